from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, Router
from studyroom import free_port

from bot.domain.errors import Mistake
from bot.web import build_app, serve
from bot.web.guard import MOST_BYTES, host_name


async def _name(request: Request) -> Response:
    return PlainTextResponse("part " + (await request.body()).decode())


async def _broken(request: Request) -> Response:
    raise RuntimeError("select secret from table")


async def _endless(request: Request) -> Response:
    async def lines() -> AsyncIterator[str]:
        while True:
            yield "x"
            await asyncio.sleep(0.05)

    return StreamingResponse(lines())


PART = Router([Route("/", _name, methods=["GET", "POST"]), Route("/broken", _broken), Route("/endless", _endless)])


def client_of(app: Starlette, host: str = "localhost") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=f"http://{host}")


@asynccontextmanager
async def serving(app: Starlette, port: int) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(serve(app, "127.0.0.1", port))
    async with httpx2.AsyncClient() as client:
        while True:
            with suppress(httpx2.TransportError):
                await client.get(f"http://127.0.0.1:{port}/healthz")
                break
            await asyncio.sleep(0.01)
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("ready", "failing", "said", "status"),
    [(True, False, "ready", 200), (False, False, "starting", 503), (True, True, "failing", 503)],
)
async def test_x116_health_tells_the_status_and_nothing_else(
    ready: bool, failing: bool, said: str, status: int
) -> None:
    app = build_app({}, lambda: ready, failing=lambda: failing)

    async with client_of(app) as client:
        answer = await client.get("/healthz")

    assert (answer.text, answer.status_code) == (said, status)


async def test_each_part_lives_under_its_prefix() -> None:
    app = build_app({"/": PART, "/slack": Router([Route("/", _broken), Route("/events", _name)])}, lambda: True)

    async with client_of(app) as client:
        assert (await client.get("/")).text == "part "
        assert (await client.get("/slack/events")).text == "part "


@pytest.mark.parametrize(
    ("hosts", "host", "known"),
    [
        ((), "localhost:8000", True),
        ((), "[::1]:8000", True),
        ((), "192.168.0.7", False),
        (("study.example",), "Study.Example:8000", True),
        (("study.example",), "evil.example", False),
        (("0.0.0.0",), "192.168.0.7:8000", True),
        (("0.0.0.0",), "evil.example", False),
        (("::",), "[fe80::1]:80", True),
    ],
)
async def test_x107_only_known_hosts_are_answered(hosts: tuple[str, ...], host: str, known: bool) -> None:
    app = build_app({"/": PART}, lambda: True, hosts=hosts)

    async with client_of(app) as client:
        answer = await client.get("/", headers={"Host": host})

    assert answer.status_code == (200 if known else 421)


@pytest.mark.parametrize(
    ("host", "name"), [("a:1", "a"), ("A", "a"), ("[::1]:1", "::1"), ("[::1]", "::1"), ("::1", "::1"), ("", "")]
)
def test_the_name_in_a_host_header(host: str, name: str) -> None:
    assert host_name(host) == name


async def test_x115_errors_are_told_in_words_without_traces(caplog: pytest.LogCaptureFixture) -> None:
    app = build_app({"/": PART}, lambda: True)

    async with client_of(app) as client:
        broken, missing, wrong = (
            await client.get("/broken"),
            await client.get("/nowhere"),
            await client.request("DELETE", "/"),
        )

    assert [answer.status_code for answer in (broken, missing, wrong)] == [500, 404, 405]
    assert "secret" not in broken.text
    assert "content-security-policy" in broken.headers
    reference = broken.text.partition("reference ")[2][:8]
    assert reference in caplog.text


async def test_a_body_past_the_limit_is_refused_whether_it_tells_its_size_or_not() -> None:
    app = build_app({"/": PART}, lambda: True)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MOST_BYTES // 65536 + 2):
            yield b"x" * 65536

    async with client_of(app) as client:
        told = await client.post("/", content=b"x" * (MOST_BYTES + 1))
        untold = await client.post("/", content=pieces())

    assert (told.status_code, untold.status_code) == (413, 413)


async def test_a_port_that_is_taken_is_explained() -> None:
    port = free_port()

    async with serving(build_app({}, lambda: True), port):
        with pytest.raises(Mistake, match=f"{port}.*PORT={port + 1}"):
            await serve(build_app({}, lambda: True), "127.0.0.1", port)


async def test_stopping_ends_open_streams_and_leaves_our_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    port = free_port()

    async with serving(build_app({"/": PART}, lambda: True), port) as task, httpx2.AsyncClient() as client:
        during = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        async with client.stream("GET", f"http://127.0.0.1:{port}/endless") as stream:
            await anext(stream.aiter_bytes())
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    assert before == during
