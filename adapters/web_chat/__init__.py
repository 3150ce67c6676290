"""The study room: a chat in the browser, without accounts. To the core it is a platform like any other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from adapters.web_chat.chat import RoomChat
from adapters.web_chat.door import PLATFORM, Door
from adapters.web_chat.feed import Feed
from adapters.web_chat.pages import HERE, Pages
from adapters.web_chat.people import CHANNELS, PEOPLE
from adapters.web_chat.routes import Room
from adapters.web_chat.static import Static
from bot.domain.errors import NotNow
from bot.ports import AsgiApp, ChatPlatform, Clock, Intake, RoomStore, Views

log = logging.getLogger(__name__)

#: How often the room looks for what the intake did not take.
RETRY_SECONDS = 2.0


def create(store: RoomStore, views: Views, clock: Clock, zone: str = "UTC") -> WebChat:
    """The study room over this store. `zone` is the local time of its questions."""
    return WebChat(store, views, clock, zone)


class WebChat:
    """`Adapter` of the study room."""

    platform = PLATFORM
    one_at_a_time = False

    def __init__(self, store: RoomStore, views: Views, clock: Clock, zone: str) -> None:
        self._zone = zone
        static = Static(HERE / "static")
        self._store = store
        self._clock = clock
        self._feed = Feed()
        self._room = Room(store, Pages(store, views, clock, static.addresses(), zone), clock, self._feed, static)
        self.chat: ChatPlatform = RoomChat(store, clock, self._feed)
        self.http: Mapping[str, AsgiApp] = {"/": self._room.app()}

    @property
    def opened(self) -> bool:
        """Whether people can do something here."""
        return self._room.door is not None

    async def run(self, intake: Intake) -> None:
        """Opens the room and keeps telling what was not taken, until cancelled. Then open streams end."""
        door = Door(intake, self._store, self._clock, self._feed, self._zone)
        try:
            await self._open(door)
            self._room.door = door
            await self._keep_telling(door)
        finally:
            self._room.door = None
            self._feed.close()
            await door.close()

    async def close(self) -> None:
        """Nothing of the room outlives `run`."""

    async def _open(self, door: Door) -> None:
        while True:
            try:
                await self._store.seed(CHANNELS, PEOPLE)
                await door.join()
                return
            except NotNow as error:
                log.warning("the study room cannot open yet: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _keep_telling(self, door: Door) -> None:
        away = False
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                await door.tell_overdue()
                away = False
            except NotNow as error:
                if not away:
                    log.warning("the room will tell it again later: %s", error)
                away = True
