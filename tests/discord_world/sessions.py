"""What the gateway of our tests is made of: intents, events, sessions, and the websocket a session speaks through."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from discord_world.model import Channel, Guild, Json

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, GUILD_REACTIONS, GUILD_TYPING = 1 << 9, 1 << 10, 1 << 11
DIRECT_MESSAGES, DIRECT_REACTIONS, DIRECT_TYPING = 1 << 12, 1 << 13, 1 << 14
MESSAGE_CONTENT = 1 << 15
NEED_A_GRANT = MEMBERS | PRESENCES | MESSAGE_CONTENT

Build = Callable[["Rights"], Json]


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it read when it was told; sessions with fewer rights were shown less."""

    name: str
    guild: Guild | None
    channel: Channel | None
    number: int
    shown: dict[tuple[bool, bool], Json] = field(repr=False)

    def shown_to(self, rights: Rights) -> Json:
        found = self.shown.get((rights.sees_members, rights.reads_messages))
        return found if found is not None else next(iter(self.shown.values()))


@dataclass(eq=False)
class Rights:
    """What a session may be shown, by its intents."""

    intents: int

    @property
    def sees_members(self) -> bool:
        return bool(self.intents & MEMBERS)

    @property
    def reads_messages(self) -> bool:
        return bool(self.intents & MESSAGE_CONTENT)


@dataclass(eq=False)
class Session(Rights):
    """What one IDENTIFY opened. It outlives its connection and keeps what was not seen."""

    id: str
    shard: tuple[int, int]
    told: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=20_000))
    number: int = 0
    line: Line | None = None

    def tell(self, name: str, data: Json) -> None:
        self.number += 1
        frame = json.dumps({"op": 0, "t": name, "s": self.number, "d": data})
        self.told.append((self.number, frame))
        if self.line is not None:
            self.line.send(frame)


class Line:
    """One websocket. Frames are sent in order by a task of its own, so telling an event never waits."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.socket = socket
        self.session: Session | None = None
        self._transport = transport
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        self._sender = asyncio.create_task(self._send_all())

    def send(self, frame: str) -> None:
        self._frames.put_nowait(frame)

    def say(self, op: int, data: object = None) -> None:
        self.send(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    async def _send_all(self) -> None:
        with suppress(ConnectionError):
            while True:
                frame = await self._frames.get()
                await self.socket.send_str(frame)
                self._frames.task_done()

    async def sent(self) -> None:
        waiting = asyncio.ensure_future(self._frames.join())
        await asyncio.wait({waiting, self._sender}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def close(self, code: int, words: str = "") -> None:
        self.stop()
        await self.socket.close(code=code, message=words.encode())

    def stop(self) -> None:
        self._sender.cancel()

    def cut(self) -> None:
        """The line breaks without a word."""
        self.stop()
        if self._transport is not None:
            self._transport.abort()


def intent_of(name: str, channel: Channel | None) -> int:
    """The intent an event needs; 0 for those that always come."""
    private = channel is not None and channel.guild is None
    if name.startswith("MESSAGE_REACTION"):
        return DIRECT_REACTIONS if private else GUILD_REACTIONS
    if name.startswith("MESSAGE"):
        return DIRECT_MESSAGES if private else GUILD_MESSAGES
    if name.startswith("GUILD_MEMBER"):
        return MEMBERS
    if name == "TYPING_START":
        return DIRECT_TYPING if private else GUILD_TYPING
    return 0 if name == "INTERACTION_CREATE" else GUILDS
