"""The gateway of the Discord of our tests: sessions, intents, heartbeats, resuming, and everything that goes wrong."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from discord_world.model import Channel, Guild, Json
from discord_world.payloads import application_json, member_json, user_json
from discord_world.sessions import (
    GUILDS,
    MEMBERS,
    MESSAGE_CONTENT,
    NEED_A_GRANT,
    Build,
    Event,
    Line,
    Rights,
    Session,
    intent_of,
)

if TYPE_CHECKING:
    from discord_world.state import World

FINAL_CODES = {4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014}
HEARTBEAT_MS = 41_250


@dataclass(frozen=True, slots=True)
class Identify:
    at: float
    intents: int
    shard: tuple[int, int]
    accepted: bool


class Gateway:
    """All sessions of the bot. `emit` is how the world tells an event."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions: dict[str, Session] = {}
        self.lines: list[Line] = []
        self.identifies: list[Identify] = []
        self.resumes: list[bool] = []
        self.closed_with: list[int] = []
        self.events: deque[Event] = deque(maxlen=50_000)
        self.refused_resumes = 0
        self.session_starts = 1000
        self.seen_again = 0
        self._open = asyncio.Event()
        self._open.set()
        self._told = 0
        self._copies: tuple[int, float, random.Random] | None = None

    # Telling

    def emit(self, name: str, build: Build, guild: Guild | None, channel: Channel | None) -> None:
        if not self._is_told(name, guild, channel):
            return
        self._told += 1
        # Frozen now: a later copy must not know what happened since.
        event = Event(name, guild, channel, self._told, self._shown(build))
        self.events.append(event)
        if self._copies is None:
            self._deliver(event)
            return
        times, within, dice = self._copies
        for _ in range(times):
            asyncio.get_running_loop().call_later(dice.uniform(0, within), self._deliver, event)

    def _is_told(self, name: str, guild: Guild | None, channel: Channel | None) -> bool:
        """Nothing comes from servers the bot is not in, from those that are away, and from places it does not see."""
        there = guild is None or (guild.id in self.world.guilds and not guild.unavailable)
        if not there and not name.startswith("GUILD_"):
            return False
        return channel is None or name == "INTERACTION_CREATE" or channel.seen_by(self.world.bot)

    def _shown(self, build: Build) -> dict[tuple[bool, bool], Json]:
        viewers: list[Rights] = [*self.sessions.values()] or [Rights(MEMBERS | MESSAGE_CONTENT)]
        return {(one.sees_members, one.reads_messages): build(one) for one in viewers}

    def repeat(self, times: int, seed: int, within: float) -> None:
        """From now on every event comes several times, each copy after its own pause; once is back to normal."""
        self._copies = None if times == 1 and not within else (times, within, random.Random(seed))

    def replay(self, events: Sequence[Event], times: int, shuffle: int | None) -> None:
        copies = [event for event in events for _ in range(times)]
        if shuffle is not None:
            random.Random(shuffle).shuffle(copies)
        for event in copies:
            self._deliver(event)

    def _deliver(self, event: Event) -> None:
        need = intent_of(event.name, event.channel)
        for session in list(self.sessions.values()):
            if need and not session.intents & need:
                continue
            if _shard_of(event, session.shard[1]) != session.shard[0]:
                continue
            session.tell(event.name, event.shown_to(session))

    # Connections

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        await self._open.wait()
        line = Line(socket, request.transport)
        self.lines.append(line)
        line.say(10, {"heartbeat_interval": HEARTBEAT_MS, "_trace": []})
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._answer(line, frame.data)
        finally:
            self._hang_up(line)
        return socket

    def _hang_up(self, line: Line) -> None:
        line.stop()
        self.lines.remove(line)
        session = line.session
        if session is None or session.line is not line:
            return
        session.line = None
        if line.socket.close_code in (1000, 1001):
            # The bot said goodbye; a session that Discord itself closed is gone from `sessions` already, or waits.
            self.sessions.pop(session.id, None)

    async def _answer(self, line: Line, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return await self._refuse(line, 4002, "Error while decoding payload.")
        match frame.get("op"):
            case 1:
                line.say(11)
            case 2:
                await self._identify(line, frame["d"])
            case 6:
                await self._resume(line, frame["d"])
            case _ if line.session is None:
                await self._refuse(line, 4003, "Not authenticated.")
            case 8:
                self._chunk(line.session, frame["d"])
            case 3 | 4:
                pass
            case _:
                await self._refuse(line, 4001, "Unknown opcode.")

    async def _refuse(self, line: Line, code: int, words: str) -> None:
        self.closed_with.append(code)
        await line.sent()
        await line.close(code, words)

    async def _identify(self, line: Line, data: Json) -> None:
        if line.session is not None:
            return await self._refuse(line, 4005, "Already authenticated.")
        shard = tuple(data.get("shard") or (0, 1))
        right_token = data["token"] == self.world.token
        granted = self.world.privileged or not data["intents"] & NEED_A_GRANT
        seen = Identify(self.world.clock.elapsed(), data["intents"], (shard[0], shard[1]), right_token and granted)
        self.identifies.append(seen)
        if not right_token:
            return await self._refuse(line, 4004, "Authentication failed.")
        if not granted:
            return await self._refuse(line, 4014, "Disallowed intent(s).")
        session = Session(data["intents"], secrets.token_hex(16), seen.shard)
        self.sessions[session.id] = session
        session.line, line.session = line, session
        self._welcome(session)
        return None

    def _welcome(self, session: Session) -> None:
        world = self.world
        guilds = [guild for guild in world.guilds.values() if _shard(guild.id, session.shard[1]) == session.shard[0]]
        flags = application_flags(world)
        ready: Json = {
            "v": 10,
            "user": user_json(world.bot) | {"verified": True, "mfa_enabled": True, "email": None},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"ws{world.base.removeprefix('http')}/gateway",
            "shard": list(session.shard),
            "application": {"id": world.bot.id, "flags": flags},
            "private_channels": [],
            "relationships": [],
            "_trace": [],
        }
        session.tell("READY", ready)
        for guild in guilds:
            if session.intents & GUILDS and not guild.unavailable:
                session.tell("GUILD_CREATE", world.whole(guild, session))

    async def _resume(self, line: Line, data: Json) -> None:
        if data["token"] != self.world.token:
            return await self._refuse(line, 4004, "Authentication failed.")
        session = self.sessions.get(data["session_id"])
        if session is None or self.refused_resumes:
            self.refused_resumes = max(0, self.refused_resumes - 1)
            self.sessions.pop(data["session_id"], None)
            self.resumes.append(False)
            return line.say(9, False)
        self.resumes.append(True)
        session.line, line.session = line, session
        for number, frame in list(session.told):
            if number > (data["seq"] or 0) - self.seen_again and number > 1:
                line.send(frame)
        self.seen_again = 0
        return session.tell("RESUMED", {"_trace": []})

    def _chunk(self, session: Session, data: Json) -> None:
        guild = self.world.guilds.get(str(data["guild_id"]))
        if guild is None:
            return
        members = list(guild.members.values())
        if data.get("user_ids"):
            wanted = data["user_ids"] if isinstance(data["user_ids"], list) else [data["user_ids"]]
            members = [member for member in members if member.id in map(str, wanted)]
        elif data.get("query"):
            members = [one for one in members if one.name.lower().startswith(data["query"].lower())]
        chunk: Json = {"guild_id": guild.id, "members": [member_json(member) for member in members]}
        chunk |= {"chunk_index": 0, "chunk_count": 1, "not_found": []}
        session.tell("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    # What goes wrong

    async def drop(self, code: int, resumable: bool | None, words: str = "") -> None:
        """Closes every connection; a session stays resumable unless the code (or the caller) says otherwise."""
        keeps = code not in FINAL_CODES if resumable is None else resumable
        for line in list(self.lines):
            if line.session is not None:
                line.session.line = None
                if not keeps:
                    self.sessions.pop(line.session.id, None)
                line.session = None
            self.closed_with.append(code)
        await asyncio.gather(*(line.close(code, words) for line in list(self.lines)))

    def cut(self) -> None:
        for line in list(self.lines):
            if line.session is not None:
                line.session.line = None
                line.session = None
            line.cut()

    def ask_to_reconnect(self) -> None:
        """Opcode 7."""
        for line in list(self.lines):
            line.say(7)

    def invalidate(self, resumable: bool = False) -> None:
        """Opcode 9 on a running connection."""
        for line in list(self.lines):
            if line.session is not None and not resumable:
                self.sessions.pop(line.session.id, None)
            line.say(9, resumable)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """While it lasts nobody gets a connection: lines are cut, and new ones hear nothing until the end."""
        self._open.clear()
        self.cut()
        try:
            yield
        finally:
            self._open.set()

    @property
    def connected(self) -> int:
        return sum(session.line is not None for session in self.sessions.values())

    async def sent(self) -> None:
        for line in list(self.lines):
            await line.sent()


def _shard(guild_id: str, count: int) -> int:
    return (int(guild_id) >> 22) % count


def _shard_of(event: Event, count: int) -> int:
    return _shard(event.guild.id, count) if event.guild is not None else 0


def application_flags(world: World) -> int:
    """Message content, members and presences by right of a small bot, or none of them."""
    return (1 << 13 | 1 << 15 | 1 << 19) if world.privileged else 0


def application(world: World) -> dict[str, Any]:
    return application_json(world.bot, world.owner, application_flags(world), len(world.guilds))
