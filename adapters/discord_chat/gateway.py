"""The connection that brings every event: opened by discord.py, kept up by us.

The library's own loop would connect to an address of its class, begin sessions without counting them, and go round for
ever where Discord said no. So the loop is ours; frames, heartbeats, parsing and the cache are the library's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket, WebSocketClosure
from discord.state import ConnectionState

from adapters.discord_chat.budget import pause_before
from adapters.discord_chat.errors import CUT, DeadToken
from adapters.discord_chat.rest import Http, Rest
from adapters.discord_chat.settings import DiscordSettings
from bot.domain.errors import NotNow, Refused

log = logging.getLogger(__name__)

HELLO_SECONDS = 30.0
GOODBYE_SECONDS = 2.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
#: After a connection of this length the next failure counts as the first again.
STEADY_SECONDS = 60.0
#: Discord asks for a pause between 1 and 5 seconds where a session was lost.
INVALID_SECONDS = (1.0, 2.0)
#: Closing codes after which trying again brings the same (Discord's manual, Gateway Close Event Codes).
WRONG_TOKEN = 4004
NO_SUCH_INTENT = 4014
FINAL = {4010: "shard", 4011: "too many servers for one connection", 4012: "API version", 4013: "intents"}


class IntentsRefused(Exception):
    """A privileged intent was asked for and is not switched on."""


class Line(DiscordWebSocket):
    """One connection. One that is given up half-way is closed, or its heartbeat would go on in its own thread."""

    async def poll_event(self) -> None:
        """Waits for one frame."""
        async with self._closed_when_given_up():
            await super().poll_event()

    async def identify(self) -> None:
        """Begins a session."""
        async with self._closed_when_given_up():
            await super().identify()

    async def resume(self) -> None:
        """Goes on with a session."""
        async with self._closed_when_given_up():
            await super().resume()

    async def received_message(self, msg: Any, /) -> None:
        """One frame. An event that nobody understands is loud, and does not end the connection."""
        try:
            await super().received_message(msg)
        except (ReconnectWebSocket, WebSocketClosure, discord.ConnectionClosed, *CUT):
            raise
        except Exception:
            log.exception("discord_event_not_understood")

    @asynccontextmanager
    async def _closed_when_given_up(self) -> AsyncIterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            await self.let_go(code=1000)
            raise

    async def let_go(self, code: int = 4000) -> None:
        """Closes what is still open; 1000 ends the session too. Whoever does not answer is left."""
        with suppress(*CUT):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self.close(code=code)


class Listener(discord.Client):
    """discord.py's client as parser and cache, with our HTTP client in it, and events heard on the spot: a task for
    each, as the library makes, would lose their order."""

    def __init__(self, http: Http, intents: discord.Intents, hear: Callable[..., None]) -> None:
        self._ours = http
        self._hear = hear
        # Nobody misses a voice here, and the library would say at each start that it has none.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.5,
        )

    def _get_state(self, **options: Any) -> ConnectionState[Any]:
        self.http = self._ours
        return super()._get_state(**options)

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """One event, by the library's name for it."""
        self._hear(event, *args)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The library would sleep here, with the line open; how long to wait is settled before it opens."""

    async def close(self) -> None:
        """Nothing of this client is its own."""


@dataclass(frozen=True, slots=True)
class Session:
    """What can be resumed."""

    id: str
    sequence: int | None
    address: yarl.URL


class Gateway:
    """Keeps a connection."""

    def __init__(self, rest: Rest, settings: DiscordSettings) -> None:
        self._rest = rest
        self._fixed = yarl.URL(settings.gateway_url) if settings.gateway_url else None
        self._session: Session | None = None
        self._failures = 0
        self._away = False
        #: Whether events come in.
        self.open = False

    async def run(self, listener: Listener) -> None:
        """Until cancelled. Raises `Refused` when Discord will not have us, `IntentsRefused` for a privileged intent."""
        async with listener:
            while True:
                await self._pause()
                try:
                    await self._once(listener)
                except (NotNow, *CUT) as away:
                    self._failed(str(away) or type(away).__name__)

    def _failed(self, why: str) -> None:
        self._failures += 1
        if not self._away:
            log.warning("discord_gateway_away", extra={"why": why})
        self._away = True

    async def _pause(self) -> None:
        """None after a first failure, then longer and longer; a little by chance, so that not all bots of the world
        return in the same moment."""
        if self._failures > 1:
            pause = min(FIRST_PAUSE * 2 ** (self._failures - 2), LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))

    async def _once(self, listener: Listener) -> None:
        """One connection from its beginning to its end. Raises `NotNow` where there was none."""
        line = await self._connect(listener)
        listener.ws, began = line, listener.loop.time()
        try:
            while True:
                await line.poll_event()
        except ReconnectWebSocket as again:
            self._session = _session_of(line) if again.resume else None
            if not again.resume:
                await asyncio.sleep(random.uniform(*INVALID_SECONDS))
        except discord.ConnectionClosed as closed:
            self._session = None
            _raise_if_final(closed.code)
        except CUT:
            self._session = _session_of(line)
        finally:
            self.open = False
            await line.let_go()
        self._failures = 1 if listener.loop.time() - began > STEADY_SECONDS else self._failures + 1

    async def _connect(self, listener: Listener) -> Line:
        """An open line: with the session that was there, or a new one when Discord's count allows it."""
        session = self._session
        address = self._fixed or (session.address if session else None)
        if session is None:
            told = await self._new_session()
            opening = Line.from_client(listener, gateway=address or told)
        else:
            opening = Line.from_client(
                listener, gateway=address, session=session.id, sequence=session.sequence, resume=True
            )
        try:
            return await asyncio.wait_for(opening, HELLO_SECONDS)
        except ReconnectWebSocket as error:
            raise NotNow("the gateway hung up") from error
        except discord.ConnectionClosed as closed:
            _raise_if_final(closed.code)
            raise NotNow(f"the gateway hung up with {closed.code}") from closed

    async def _new_session(self) -> yarl.URL:
        """Where to begin one, as soon as we may."""
        found = await self._rest.call("GET", "/gateway/bot")
        pause = pause_before(found["session_start_limit"])
        if pause:
            log.warning("discord_session_waits", extra={"seconds": pause, "begun": found["session_start_limit"]})
            await asyncio.sleep(pause)
        return yarl.URL(found["url"])

    def note(self, event: str) -> None:
        """Events come in: after "connect" nobody tells what happened before it, after "resumed" all of it was told."""
        if event in ("connect", "resumed"):
            self.open, self._away = True, False
            log.info("discord_connected", extra={"resumed": event == "resumed"})


def _session_of(line: Line) -> Session | None:
    return Session(line.session_id, line.sequence, line.gateway) if line.session_id else None


def _raise_if_final(code: int) -> None:
    if code == WRONG_TOKEN:
        raise DeadToken
    if code == NO_SUCH_INTENT:
        raise IntentsRefused
    if code in FINAL:
        raise Refused(f"Discord closed the connection for good ({code}): {FINAL[code]}")
