"""Slack: Socket Mode or signed requests over HTTP, on the same listeners."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from adapters.slack_chat.answering import Answering, Signs
from adapters.slack_chat.calls import PLATFORM, Calls
from adapters.slack_chat.catch_up import CatchUp
from adapters.slack_chat.chat import SlackChat
from adapters.slack_chat.door import Door
from adapters.slack_chat.line import FIRST_PAUSE, LONGEST_PAUSE, Line
from adapters.slack_chat.listeners import Listeners
from adapters.slack_chat.manifest import create_link, manifest
from adapters.slack_chat.people import People
from adapters.slack_chat.requests import serve
from adapters.slack_chat.settings import SlackMode, SlackSettings
from bot.domain.errors import NotNow
from bot.ports import AsgiApp, ChatPlatform, Installations, Intake, Pace, Views

__all__ = ["SlackChatAdapter", "SlackMode", "SlackSettings", "create", "create_link", "manifest"]

log = logging.getLogger(__name__)


def create(settings: SlackSettings, installations: Installations, pace: Pace, views: Views) -> SlackChatAdapter:
    """Slack as a platform, for every workspace the installations know."""
    return SlackChatAdapter(settings, installations, pace, views)


class SlackChatAdapter:
    """`Adapter` of Slack."""

    platform = PLATFORM

    def __init__(self, settings: SlackSettings, installations: Installations, pace: Pace, views: Views) -> None:
        if settings.mode is SlackMode.HTTP and not settings.signing_secret:
            raise ValueError("HTTP mode needs the signing secret: without it anybody could speak for Slack")
        self._mode = settings.mode
        self._calls = Calls(settings, installations, pace)
        self._people = People(self._calls)
        self._signs = Signs(self._calls)
        self._listeners = Listeners(self._calls, self._people, installations, settings.signing_secret or "")
        self._line = Line(self._calls, self._listeners.app, self._connected)
        self._views = views
        self._catch_up: CatchUp | None = None
        self._is_open = False
        self.one_at_a_time = settings.mode is SlackMode.SOCKET
        self._own_chat = SlackChat(self._calls, self._signs)
        self.chat: ChatPlatform = self._own_chat
        self.http: Mapping[str, AsgiApp] = (
            {"/slack": serve(self._listeners, settings.signing_secret or "")} if settings.mode is SlackMode.HTTP else {}
        )

    @property
    def opened(self) -> bool:
        """Whether events are taken in."""
        return self._line.opened if self._mode is SlackMode.SOCKET else self._is_open

    async def run(self, intake: Intake) -> None:
        """Listens until cancelled. Raises `Refused` when Slack does not take our token: that is not tried again."""
        door = Door(intake, self._people, Answering(self._calls), self._signs)
        self._listeners.door = door
        self._catch_up = CatchUp(self._calls, self._people, self._views, door)
        try:
            if self._mode is SlackMode.SOCKET:
                await self._meet(door)
                await self._line.run()
            else:
                self._is_open = True
                await self._meet(door)
                self._connected()
                await asyncio.Event().wait()
        finally:
            self._is_open = False
            self._listeners.door = None
            await self._catch_up.close()
            await door.close()

    async def close(self) -> None:
        """Lets go of what is done beside the messages. Each call has a connection of its own: none is left open."""
        await self._own_chat.close()

    async def _meet(self, door: Door) -> None:
        """Checks the token where one is known without an event, and says which workspace it serves."""
        pause = FIRST_PAUSE
        while True:
            try:
                us = await self._people.first()
                if us is not None:
                    await door.meet(us)
                return
            except NotNow as away:
                if pause == FIRST_PAUSE:
                    log.warning("slack_start_waits", extra={"why": str(away)})
                await asyncio.sleep(max(pause, away.after or 0.0))
                pause = min(pause * 2, LONGEST_PAUSE)

    def _connected(self) -> None:
        """What was written while nobody listened is read now, beside the listening."""
        if self._catch_up is not None:
            self._catch_up.begin()
