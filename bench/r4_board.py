"""R4: does the board stay quick when a group grows from 10,000 answers to 1,000,000?

The same calls through the service, on a small and on a large group. See bench/README.md.
"""

from __future__ import annotations

import asyncio
import random
from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import Any, Protocol

from bench._group import GROUP, LAST_DAY, NOW, PLACE, Filled, fill, user
from bench._measure import Place, Ratio, new_database, options, places, report, say, take_turns
from bot.domain.standings import Period, period_key
from bot.services import views
from bot.services.standings import board_for
from bot.shelves import Tx
from bot.storage.engine import Database, make_maintenance_engine
from bot.storage.storage import SqlStorage

SMALL, LARGE = 10_000, 1_000_000
TOP_TARGET, OWN_TARGET = 1.2, 3.0
#: So many calls are timed together, so that the clock and a context switch weigh little.
CALLS = 10


class Read(Protocol):
    """Something asked of the board by a member."""

    def __call__(self, tx: Tx, member: int) -> object: ...


class _Clock:
    """It is the evening of the last day."""

    def now(self) -> Any:
        return NOW


def reads(period: Period) -> dict[str, tuple[Read, float]]:
    """What is asked, with the member who asks, and what it may cost on the large group."""
    key = period_key(period, LAST_DAY)
    return {
        "top 10": (lambda tx, member: tx.standings.top(GROUP, period, key, 10), TOP_TARGET),
        "board for all": (lambda tx, member: views.leaderboard_for_all(tx, GROUP, PLACE, period, NOW), TOP_TARGET),
        "own rank": (lambda tx, member: board_for(tx, GROUP, member, period, LAST_DAY), OWN_TARGET),
        "/leaderboard": (
            lambda tx, member: views.leaderboard(tx, GROUP, user(member), PLACE, period, NOW),
            OWN_TARGET,
        ),
    }


def askers(members: int) -> Sequence[int]:
    """Members of every rank, the same share of each group."""
    return random.Random(44).sample(range(1, members + 1), min(members, 100))


class _Group:
    """One group and who asks in it."""

    def __init__(self, database: Database, filled: Filled) -> None:
        self._storage = SqlStorage(database, _Clock())
        self._askers = askers(filled.members)

    async def ask(self, read: Read, turn: int) -> float:
        """How long some calls take, one after another."""
        began = perf_counter()
        for call in range(CALLS):
            member = self._askers[(turn * CALLS + call) % len(self._askers)]
            await self._storage.read(partial(read, member=member))
        return perf_counter() - began


async def measure(place: Place, small: int, large: int, turns: int) -> dict[str, Any]:
    """Every read, on both groups in turns."""
    async with new_database(place, "r4_small") as few, new_database(place, "r4_large") as many:
        little = _Group(few, await _filled(few, small))
        big = _Group(many, await _filled(many, large))
        found: dict[str, Any] = {}
        for period in reversed(Period):
            for name, (read, target) in reads(period).items():
                ratio = await _compare(big, little, read, turns, target)
                say(f"  {period.value:6}{name:15}{ratio}")
                found.setdefault(period.value, {})[name] = ratio.as_json()
        return found


async def _filled(database: Database, answers: int) -> Filled:
    began = perf_counter()
    filled = await asyncio.to_thread(_fill, database, answers)
    if answers <= SMALL:  # for the large group it takes minutes, and it is written by the same lines
        assert await SqlStorage(database, _Clock()).read(lambda tx: tx.standings.differences(None)) == 0
    say(f"  {filled.answers} answers by {filled.members} members, written in {perf_counter() - began:.1f} s")
    return filled


def _fill(database: Database, answers: int) -> Filled:
    """On a connection without time limits."""
    engine = make_maintenance_engine(database.url)
    with engine.begin() as conn:
        filled = fill(conn, answers)
    engine.dispose()
    return filled


async def _compare(big: _Group, little: _Group, read: Read, turns: int, target: float) -> Ratio:
    return await take_turns(lambda turn: big.ask(read, turn), lambda turn: little.ask(read, turn), turns, target)


async def run(args: Namespace) -> dict[str, Any]:
    """On each database there is."""
    small, large, turns = (SMALL, LARGE // 20, 6) if args.short else (SMALL, LARGE, 60)
    found: dict[str, Any] = {"answers": {"ours": large, "bare": small}, "figures": {}}
    with places(args) as there:
        for place in there:
            say(f"R4 on {place.name}: {large} answers against {small}")
            found["figures"][place.name] = await measure(place, small, large, turns)
    return found


if __name__ == "__main__":
    arguments = options("R4: the board of a large group against that of a small one")
    report("r4_board", arguments, asyncio.run(run(arguments)))
