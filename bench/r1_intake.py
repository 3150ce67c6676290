"""R1: what does it cost that an answer is stored, with the review owed for it, before it is acknowledged?

The real intake against one bare INSERT and commit for each event, in one process; R1b the same behind HTTP, each in a
server process of its own. No target is set. See bench/README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from bench._intake import Take, bare_insert, real_intake, stored
from bench._measure import Place, Ratio, options, places, report, say, take_turns
from bot.storage.engine import open_database

#: Name, how many events stand there at once, and how many come in a turn.
SHAPES = (("one at a time", 1, 50), ("bursts of 500", 500, 500))
HTTP_SHAPES = (("one connection", 1, 50), ("32 connections", 32, 160))
#: The server ends connections that are idle for five seconds.
IDLE_SECONDS = 1.0
SERVER = Path(__file__).with_name("_server.py")


async def in_turns(take: Take, numbers: range, at_once: int) -> float:
    """Seconds until all of these events are acknowledged."""
    coming = iter(numbers)

    async def one_after_another() -> None:
        for number in coming:
            await take(number)

    began = perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    return perf_counter() - began


def fresh(numbers: Callable[[], int], take: Take, count: int, at_once: int) -> Callable[[int], Awaitable[float]]:
    """Turns that never send the same event twice."""

    async def turn(_: int) -> float:
        first = numbers()
        return await in_turns(take, range(first, first + count), at_once)

    return turn


async def compare(ours: Take, bare: Take, shapes: tuple[tuple[str, int, int], ...], turns: int) -> Mapping[str, Any]:
    """Every shape of load, in turns."""
    found: dict[str, Any] = {}
    sent = itertools.count(1)
    for name, at_once, count in shapes:

        def numbers(count: int = count) -> int:
            return next(itertools.islice(sent, count - 1, None)) - count + 1

        ratio = await take_turns(fresh(numbers, ours, count, at_once), fresh(numbers, bare, count, at_once), turns)
        say(f"  {name:16}{ratio}   {rate(ratio, count)}")
        found[name] = {**ratio.as_json(), "events": count, "ours_per_second": round(count / ratio.ours_ms * 1000)}
    return found


def rate(ratio: Ratio, count: int) -> str:
    """Events a second."""
    return f"{count / ratio.ours_ms * 1000:.0f} against {count / ratio.bare_ms * 1000:.0f} events a second"


def needed(shapes: tuple[tuple[str, int, int], ...], turns: int) -> int:
    """How many members have to be there: both sides count on one row of numbers."""
    return 2 * (turns + 1) * sum(count for _, _, count in shapes)


async def in_process(place: Place, turns: int) -> Mapping[str, Any]:
    """R1."""
    url = place.new_url("r1_ours")
    bare_url = place.new_url("r1_bare")
    async with real_intake(url, needed(SHAPES, turns)) as ours, bare_insert(bare_url) as bare:
        found = await compare(ours, bare, SHAPES, turns)
    await _nothing_is_missing(url, sum(count for _, _, count in SHAPES) * (turns + 1))
    return found


async def _nothing_is_missing(url: str, events: int) -> None:
    """What was acknowledged is there, each with its review owed."""
    database = await asyncio.to_thread(open_database, url)
    answers, reviews = await stored(database)
    await database.close()
    if not answers == reviews == events:
        raise RuntimeError(f"{events} events were acknowledged; {answers} answers and {reviews} owed reviews are there")


# ---------------------------------------------------------------- R1b


async def behind_http(place: Place, turns: int) -> Mapping[str, Any]:
    """R1b: requests on loopback against two servers that differ in what they do with a message."""
    members = needed(HTTP_SHAPES, turns)
    url, bare_url = place.new_url("r1b_ours"), place.new_url("r1b_bare")
    async with server("ours", url, members) as ours, server("bare", bare_url, members) as bare:
        found = await compare(ours, bare, HTTP_SHAPES, turns)
    await _nothing_is_missing(url, sum(count for _, _, count in HTTP_SHAPES) * (turns + 1))
    return found


@contextlib.asynccontextmanager
async def server(kind: str, url: str, members: int) -> AsyncIterator[Take]:
    """A server process; sends it events over connections that stay open."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = (sys.executable, str(SERVER), kind, url, str(port), str(members))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    client = _Client(port)
    try:
        if not await process.stdout.readline():
            raise RuntimeError(f"the server did not start: {' '.join(command)}")
        yield client.send
    finally:
        client.close()
        process.terminate()
        await process.wait()


class _Client:
    """Just enough HTTP to cost little: connections are kept and used again, unless the server has tired of waiting."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._used = perf_counter()

    async def send(self, number: int) -> None:
        """Posts one event, and returns with its acknowledgement."""
        if perf_counter() - self._used > IDLE_SECONDS:
            self.close()
        self._used = perf_counter()
        reader, writer = self._idle.pop() if self._idle else await self._connect()
        body = b'{"number": %d}' % number
        writer.write(b"POST /messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 204"):
            raise RuntimeError(f"message {number} was not taken: {answer.decode(errors='replace')}")
        self._idle.append((reader, writer))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        deadline = perf_counter() + 10
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", self._port)
            except ConnectionRefusedError:
                if perf_counter() > deadline:
                    raise
                await asyncio.sleep(0.05)

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()


async def run(args: Namespace) -> dict[str, Any]:
    """Both, on each database there is."""
    turns = 2 if args.short else 15
    found: dict[str, Any] = {"R1": {}, "R1b": {}}
    with places(args) as there:
        for place in there:
            say(f"R1 on {place.name}: stored and acknowledged, against a bare INSERT")
            found["R1"][place.name] = await in_process(place, turns)
            say(f"R1b on {place.name}: the same behind HTTP")
            found["R1b"][place.name] = await behind_http(place, turns)
    return {"figures": found}


if __name__ == "__main__":
    arguments = options("R1 and R1b: an answer stored and acknowledged, against a bare INSERT")
    report("r1_intake", arguments, asyncio.run(run(arguments)))
