"""How many members have how many points: kept beside the totals, so that a rank is read and not counted.

Many transactions move the same few lines. So a transaction notes its changes and writes them in one go right before its
commit, always in the same order: nobody waits crosswise for another, and a line is held for a moment only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, delete, event, func, select

from bot.domain.standings import Period
from bot.storage.tables import tallies
from bot.storage.work import insert_for

#: Group, period, its key, points. The line of 0 points tells how many have any.
TallyKey = tuple[int, str, str, int]

#: Under this name a connection carries what it has noted.
NOTED = "noted_tallies"
NAMES = ("group_id", "period", "period_key", "points")


class Tallies:
    """The tallies as this transaction sees them."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def move(self, group: int, period: str, key: str, before: int, after: int) -> None:
        """Notes that a member's total changed."""
        if before == after:
            return
        noted = _noted(self._conn)
        for points, change in ((before, -1), (after, 1)):
            if points > 0:
                noted[group, period, key, points] += change
        noted[group, period, key, 0] += (after > 0) - (before > 0)

    def people(self, group: int, period: Period, key: str) -> int:
        """How many members have points."""
        noted = self._in_hand(group, period, key, lambda points: points == 0)
        return noted + self._stored(group, period, key, tallies.c.points == 0)

    def above(self, group: int, period: Period, key: str, points: int) -> int:
        """How many members have more points than this."""
        least = max(points, 0)
        noted = self._in_hand(group, period, key, lambda theirs: theirs > least)
        return noted + self._stored(group, period, key, tallies.c.points > least)

    def kept(self, group: int | None) -> Mapping[TallyKey, int]:
        """All lines of a group, or of all groups."""
        self.write()
        rows = self._conn.execute(select(tallies).where(*([] if group is None else [tallies.c.group_id == group])))
        return {(row.group_id, row.period, row.period_key, row.points): row.people for row in rows}

    def write(self) -> None:
        """Stores what was noted."""
        _write(self._conn)

    def _in_hand(self, group: int, period: Period, key: str, which: Callable[[int], bool]) -> int:
        noted = self._conn.get_execution_options().get(NOTED, {})
        return sum(
            change for name, change in noted.items() if name[:3] == (group, period.value, key) and which(name[3])
        )

    def _stored(self, group: int, period: Period, key: str, which: Any) -> int:
        line = tallies.c
        stored = select(func.coalesce(func.sum(line.people), 0)).where(
            line.group_id == group, line.period == period.value, line.period_key == key, which
        )
        return int(self._conn.execute(stored).scalar_one())


def tallies_of(points_by_total: Mapping[tuple[int, str, str, int], int]) -> Counter[TallyKey]:
    """The tallies that belong to these totals."""
    counted: Counter[TallyKey] = Counter()
    for (group, period, key, _), points in points_by_total.items():
        if points > 0:
            counted[group, period, key, points] += 1
            counted[group, period, key, 0] += 1
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
    insert = insert_for(conn, tallies)
    more = {"people": tallies.c.people + insert.excluded.people}
    conn.execute(insert.on_conflict_do_update(index_elements=NAMES, set_=more), rows)
    left = [
        {f"old_{name}": part for name, part in zip(NAMES, key, strict=True)} for key, change in changes if change < 0
    ]
    if left:
        line = [tallies.c[name] == bindparam(f"old_{name}") for name in NAMES]
        conn.execute(delete(tallies).where(*line, tallies.c.people == 0), left)
