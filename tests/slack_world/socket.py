"""Socket Mode: the websockets a bot holds, and what is on its way through them."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from itertools import count

from aiohttp import WSMsgType, web

from slack_world.values import Json

MOST_CONNECTIONS = 10


class Gone(Exception):
    """The socket ended before the bot had acknowledged."""


@dataclass(eq=False)
class Line:
    """One open websocket."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    pending: dict[str, asyncio.Future[Json]] = field(default_factory=dict)


@dataclass(eq=False)
class Switchboard:
    """All open websockets. An envelope goes to one of them, in turn."""

    app_id: str = ""
    lines: list[Line] = field(default_factory=list)
    is_down: bool = False
    _tickets: set[str] = field(default_factory=set)
    _turn: count[int] = field(default_factory=count)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def new_ticket(self) -> str:
        """A websocket's address may be used once."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if self.is_down or ticket not in self._tickets:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=409)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.lines) >= MOST_CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        assert request.transport is not None
        line = Line(socket, request.transport)
        self.lines.append(line)
        try:
            await self._talk(line)
        finally:
            self._forget(line)
        return socket

    async def _talk(self, line: Line) -> None:
        await line.socket.send_json(self._hello())
        self._arrived.set()
        async for message in line.socket:
            if message.type is WSMsgType.TEXT and isinstance(ack := json.loads(message.data), dict):
                self._acknowledged(line, ack)

    def _hello(self) -> Json:
        info = {"host": "applink-test", "build_number": 1, "approximate_connection_time": 18060}
        hello: Json = {"type": "hello", "num_connections": len(self.lines), "debug_info": info}
        return hello | {"connection_info": {"app_id": self.app_id}}

    def _acknowledged(self, line: Line, ack: Json) -> None:
        envelope = str(ack.get("envelope_id", ""))
        waiting = line.pending.pop(envelope, None)
        # Nobody waits for what comes too late or twice.
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload") or {})

    def _forget(self, line: Line) -> None:
        self.lines.remove(line)
        if not self.lines:
            self._arrived.clear()
        for waiting in line.pending.values():
            if not waiting.done():
                waiting.set_exception(Gone())

    async def somebody_listens(self, seconds: float) -> bool:
        """Waits for a connection."""
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError:
            return False
        return True

    async def send(self, envelope: Json, seconds: float) -> Json:
        """Returns what the bot acknowledged with; TimeoutError or Gone when it did not."""
        line = self.lines[next(self._turn) % len(self.lines)]
        name = str(uuid.uuid4())
        waiting = line.pending[name] = asyncio.get_running_loop().create_future()
        try:
            await line.socket.send_json({"envelope_id": name} | envelope)
            async with asyncio.timeout(seconds):
                body: Json = await waiting
                return body
        except (ConnectionError, RuntimeError) as gone:
            raise Gone from gone
        finally:
            line.pending.pop(name, None)

    async def say_disconnect(self, reason: str) -> None:
        """Asks the bot to connect anew; as Slack does, the old socket still works for a while."""
        for line in list(self.lines):
            await line.socket.send_json(_disconnect(reason))

    async def drop(self, *, politely: bool = False) -> None:
        """Ends all connections, with a farewell or as if a cable had been pulled."""
        dropped = list(self.lines)
        for line in dropped:
            if politely:
                await line.socket.close()
            else:
                line.transport.abort()
        while any(line in self.lines for line in dropped):  # noqa: ASYNC110  (each line forgets itself in its own task)
            await asyncio.sleep(0.005)


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-test"}}
