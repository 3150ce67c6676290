"""Socket Mode: a websocket over which Slack brings everything. Lost ones are opened again with growing pauses; an
outage is logged once, and so is its end."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from adapters.slack_chat.calls import Calls
from bot.domain.errors import NotNow

log = logging.getLogger(__name__)

#: A silent socket is taken for dead after so long; the SDK's own measure.
HEARTBEAT_SECONDS = 10.0
CONNECT_SECONDS = 15.0
#: Pauses between attempts grow up to the longest. A socket that held for so long counts as good.
FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 0.5, 60.0, 10.0
#: An old socket that Slack asked us to leave is read so long for what is still on its way.
FAREWELL_SECONDS = 15.0
#: What is in hand at the end gets so long to be stored and acknowledged.
GOODBYE_SECONDS = 2.0


class Line:
    """Keeps one socket open as long as it runs."""

    def __init__(self, calls: Calls, app: AsyncApp, connected: Callable[[], None]) -> None:
        """`connected` is called whenever a socket opens before which something may have been missed."""
        self._calls = calls
        self._app = app
        self._connected = connected
        self._reading: set[asyncio.Task[None]] = set()
        self._taking: set[asyncio.Task[None]] = set()
        self._renew = asyncio.Event()
        self._lost_at: float | None = None
        self._leaving = False
        self.opened = False

    async def run(self) -> None:
        """Listens until cancelled. Raises `Refused` for a token Slack does not take; that is not tried again."""
        self._leaving = False
        async with aiohttp.ClientSession(trust_env=True) as session:
            try:
                await self._keep_open(session)
            finally:
                self.opened = False
                await self._goodbye()

    async def _keep_open(self, session: aiohttp.ClientSession) -> None:
        missed, failures = True, 0
        while True:
            begun = time.monotonic()
            self._renew.clear()
            try:
                socket = await self._connect(session)
            except (NotNow, aiohttp.ClientError, OSError, TimeoutError) as error:
                self._note_lost(str(error) or type(error).__name__)
                missed, failures = True, failures + 1
                await asyncio.sleep(_pause(failures, error))
                continue
            self._note_open(failures)
            _start(self._reading, self._read(socket))
            if missed:
                self._connected()
            await self._renew.wait()
            missed = not self.opened
            failures = 0 if time.monotonic() - begun > STEADY_SECONDS else failures + 1
            await asyncio.sleep(_pause(failures, None) if failures else 0)

    async def _connect(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        async with asyncio.timeout(CONNECT_SECONDS):
            address = await self._calls.connection()
            return await session.ws_connect(address, heartbeat=HEARTBEAT_SECONDS)

    def _note_lost(self, why: str) -> None:
        self.opened = False
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            log.warning("slack_connection_lost", extra={"why": why})

    def _note_open(self, failures: int) -> None:
        self.opened = True
        if self._lost_at is not None:
            away = round(time.monotonic() - self._lost_at, 1)
            log.info("slack_connection_back", extra={"seconds": away, "failures": failures})
        self._lost_at = None

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Reads one socket to its end. One that Slack asks us to leave is replaced first, and then read out."""
        client, replaced = _Acknowledging(socket, self._calls.quiet), False
        try:
            async for frame in socket:
                message = json.loads(frame.data) if frame.type is aiohttp.WSMsgType.TEXT else {}
                if message.get("type") == "disconnect":
                    replaced = True
                    self._renew.set()
                    asyncio.get_running_loop().call_later(FAREWELL_SECONDS, self._hang_up, socket)
                elif not self._leaving and (request := SocketModeRequest.from_dict(message)):
                    _start(self._taking, self._take(client, request))
        finally:
            await socket.close()
            if not replaced and not self._leaving:
                self._note_lost("the socket ended")
                self._renew.set()

    def _hang_up(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        if not socket.closed:
            _start(self._taking, _close(socket))

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """One envelope. What is not acknowledged, Slack brings again."""
        answer = await run_async_bolt_app(self._app, request)
        try:
            await send_async_response(client, request, answer, time.time())
        except (ConnectionError, aiohttp.ClientError) as error:
            log.info("slack_acknowledgement_lost", extra={"why": type(error).__name__})

    async def _goodbye(self) -> None:
        """Takes no more, and finishes what is in hand."""
        self._leaving = True
        if self._taking:
            await asyncio.wait(set(self._taking), timeout=GOODBYE_SECONDS)
        both = self._taking | self._reading
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)


def _pause(failures: int, error: BaseException | None) -> float:
    """The pause after so many failures in a row, a little different each time, or the one Slack asked for."""
    asked = error.after if isinstance(error, NotNow) and error.after is not None else 0.0
    grown = FIRST_PAUSE * 2.0 ** min(failures - 1, 10)
    return max(asked, min(grown, LONGEST_PAUSE) * random.uniform(0.8, 1.2))


def _start(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    task.add_done_callback(_report)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("slack_socket_broke", exc_info=error)


async def _close(socket: aiohttp.ClientWebSocketResponse) -> None:
    await socket.close()


class _Acknowledging(AsyncBaseSocketModeClient):
    """What Bolt's own adapter needs to acknowledge: over the socket that brought the envelope."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, logger: logging.Logger) -> None:
        self._socket = socket
        self.logger = logger

    async def send_message(self, message: str) -> None:
        await self._socket.send_str(message)
