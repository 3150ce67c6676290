"""How many members have how many points: kept beside the totals, so that a rank is read and not counted.

Many transactions move the same few lines. So a transaction notes its changes and writes them in one go right before its
commit, always in the same order: nobody waits crosswise for another, and a line is held for a moment only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, delete, event, func, select

from bot.domain.standings import WHOLE_GROUP, Period, Scope
from bot.storage.tables import tallies
from bot.storage.work import insert_on

#: Group, board, period, its key, points. The line of 0 points tells how many have any.
TallyKey = tuple[int, str, str, str, int]

#: Under this name a connection carries what it has noted.
NOTED = "noted_tallies"
NAMES = ("group_id", "board", "period", "period_key", "points")


class Tallies:
    """The tallies as this transaction sees them."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def move(self, group: int, board: str, period: str, key: str, before: int, after: int) -> None:
        """Notes that a member's total changed."""
        if before == after:
            return
        noted = _noted(self._conn)
        for points, change in ((before, -1), (after, 1)):
            if points > 0:
                noted[group, board, period, key, points] += change
        noted[group, board, period, key, 0] += (after > 0) - (before > 0)

    def people(self, group: int, period: Period, key: str, of: Scope = WHOLE_GROUP) -> int:
        """How many members have points."""
        line = (group, of.key, period.value, key)
        return self._in_hand(line, lambda points: points == 0) + self._stored(line, tallies.c.points == 0)

    def above(self, group: int, period: Period, key: str, points: int, of: Scope = WHOLE_GROUP) -> int:
        """How many members have more points than this."""
        least, line = max(points, 0), (group, of.key, period.value, key)
        return self._in_hand(line, lambda theirs: theirs > least) + self._stored(line, tallies.c.points > least)

    def kept(self, group: int | None) -> Mapping[TallyKey, int]:
        """All lines of a group, or of all groups."""
        self.write()
        columns = [tallies.c[name] for name in (*NAMES, "people")]
        rows = self._conn.execute(select(*columns).where(*([] if group is None else [tallies.c.group_id == group])))
        return {(of, board, period, key, points): people for of, board, period, key, points, people in rows}

    def write(self) -> None:
        """Stores what was noted."""
        _write(self._conn)

    def _in_hand(self, line: tuple[int, str, str, str], which: Callable[[int], bool]) -> int:
        noted = self._conn.get_execution_options().get(NOTED, {})
        return sum(change for name, change in noted.items() if name[:4] == line and which(name[4]))

    def _stored(self, line: tuple[int, str, str, str], which: Any) -> int:
        named = [tallies.c[name] == part for name, part in zip(NAMES, line, strict=False)]
        stored = select(func.coalesce(func.sum(tallies.c.people), 0)).where(*named, which)
        return int(self._conn.execute(stored).scalar_one())


def tallies_of(points_by_total: Mapping[TallyKey, int]) -> Counter[TallyKey]:
    """The tallies that belong to these totals, each named by group, board, period, its key and member."""
    counted: Counter[TallyKey] = Counter()
    for (group, board, period, key, _), points in points_by_total.items():
        if points > 0:
            counted[group, board, period, key, points] += 1
            counted[group, board, period, key, 0] += 1
    return counted


def _noted(conn: Connection) -> Counter[TallyKey]:
    """What this connection has noted; from the first time on, it is written before the commit."""
    noted: Counter[TallyKey] | None = conn.get_execution_options().get(NOTED)
    if noted is None:
        noted = Counter()
        conn.execution_options(**{NOTED: noted})
        event.listen(conn, "commit", _write)
        event.listen(conn, "rollback", _forget)
    return noted


def _forget(conn: Connection) -> None:
    conn.get_execution_options()[NOTED].clear()


def _write(conn: Connection) -> None:
    noted: Counter[TallyKey] = conn.get_execution_options().get(NOTED, Counter())
    changes = sorted((key, change) for key, change in noted.items() if change)
    noted.clear()
    if not changes:
        return
    rows = [{**dict(zip(NAMES, key, strict=True)), "people": change} for key, change in changes]
    conn.execute(_adding(conn.dialect.name), rows)
    left = [
        {f"old_{name}": part for name, part in zip(NAMES, key, strict=True)} for key, change in changes if change < 0
    ]
    if left:
        conn.execute(_EMPTY, left)


@cache
def _adding(dialect: str) -> Insert:
    # Put together once: making a statement takes longer than running it.
    insert = insert_on(dialect, tallies)
    return insert.on_conflict_do_update(
        index_elements=NAMES, set_={"people": tallies.c.people + insert.excluded.people}
    )


_EMPTY = delete(tallies).where(*(tallies.c[name] == bindparam(f"old_{name}") for name in NAMES), tallies.c.people == 0)
