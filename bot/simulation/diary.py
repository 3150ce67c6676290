"""The timeline of a simulation, for reading: one line for each thing that happened."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.simulation.plan import A_DAY, Plan

WIDTH = 120


class Diary:
    """What happened, and when."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._zone = ZoneInfo(plan.zone)
        self._lines: dict[date, list[tuple[datetime | None, str]]] = {}

    def note(self, at: datetime, what: str) -> None:
        """Something happened at a moment."""
        self._lines.setdefault(at.astimezone(self._zone).date(), []).append((at, what))

    def note_day(self, day: date, what: str) -> None:
        """Something is true of a whole day."""
        self._lines.setdefault(day, []).append((None, what))

    def local(self, at: datetime) -> str:
        """A moment near the line in which it is named, as in "Tue 09:00"."""
        return f"{at.astimezone(self._zone):%a %H:%M}"

    def day(self, day: date) -> str:
        """All of one day, in the order of the clock; a day without anything has one line as well."""
        noted = self._lines.get(day, [])
        whole = [*self._clock_change(day), *(what for at, what in noted if at is None)]
        timed = sorted((at, number, what) for number, (at, what) in enumerate(noted) if at is not None)
        lines = [self._line(day, None, what) for what in whole] + [self._line(day, at, what) for at, _, what in timed]
        return "\n".join(lines or [self._line(day, None, "")])

    def _clock_change(self, day: date) -> Iterator[str]:
        before, after = (self._plan.moment(each).astimezone(self._zone).utcoffset() for each in (day, day + A_DAY))
        assert before is not None
        assert after is not None
        if before != after:
            way = "forward" if after > before else "back"
            yield f"the clocks go {way} by {int(abs(after - before).total_seconds()) // 60} minutes"

    def _line(self, day: date, at: datetime | None, what: str) -> str:
        time = "" if at is None else f"{at.astimezone(self._zone):%H:%M %Z}"
        head = f"{day:%a %Y-%m-%d}  {time:<9}  "
        fill = textwrap.TextWrapper(WIDTH, head, " " * len(head), break_long_words=False, break_on_hyphens=False)
        return (fill.fill(what) or head).rstrip()


def in_one_line(markdown: str) -> str:
    """A longer message without marks and quotations."""
    lines = (line for line in markdown.splitlines() if line and not line.startswith(">"))
    return " / ".join(line.replace("*", "").replace("\\", "") for line in lines)
