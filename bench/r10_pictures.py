"""R10: what a picture costs, against the bare library with a trivial drawing of the same size.

Ours is everything from plain values to the PNG: layout, text, the drawing process and the way there and back. The bare
side draws one rectangle, in a process that has nothing else to do. See bench/README.md.
"""

from __future__ import annotations

import asyncio
import statistics
from argparse import Namespace
from datetime import date, timedelta
from time import perf_counter
from typing import Any

from bench._measure import options, report, say, take_turns, timed
from bot.domain.outgoing import Picture
from bot.domain.pictures import CompetencyProfile, DayMark, Measure, ProgressChart, Scored, Sketch, StreakCalendar
from bot.domain.standings import Period, Row, board, period_key
from bot.pictures import Lettering, Studio
from bot.pictures.lettering import SHIPPED
from bot.pictures.studio import MOST_BYTES, Pen

TURNS, SHORT_TURNS = 30, 6
MOST_MS = 150.0
DAY = date(2026, 11, 25)
NAMES = ("Ada Lovelace", "Łukasz Żółć", "Grace Hopper", "Μαρία", "@everyone <b>", "Юлия Ким", "W" * 40)


def sketches(number: int) -> dict[str, Sketch]:
    """Each picture at its fullest. The number makes each a new one, since what was drawn before is kept."""
    rows = [Row(each, NAMES[each % len(NAMES)], 20 + number + each % 900, each % 7 + 1) for each in range(5_000)]
    scores = tuple(Scored(DAY + timedelta(days=each), (each * 37 + number) % 101 / 100) for each in range(300))
    marks = tuple(list(DayMark)[(each + number) % 4] for each in range(365))
    measures = tuple(Measure(f"Competency {each} of {number}", each / 8) for each in range(8))
    return {
        "board of 5,000": board(Period.WEEK, period_key(Period.WEEK, DAY), rows, 2_500),
        "streak of a year": StreakCalendar(DAY, marks, number, 365, 2),
        "300 scores": ProgressChart(scores),
        "profile of 8": CompetencyProfile("Debrief", measures, "Recommended"),
    }


async def drawn(studio: Studio, sketch: Sketch) -> Picture:
    """The picture, which must not be missing here."""
    picture = await studio.draw(sketch)
    if picture is None:
        raise SystemExit("a picture could not be drawn")
    return picture


async def figures(turns: int) -> dict[str, Any]:
    """For each picture its ratio, and its largest size."""
    studio, bare = Studio(Lettering(), patience=60), Pen()
    found: dict[str, Any] = {}
    for name in sketches(0):
        sizes: list[int] = []

        async def ours(turn: int, name: str = name, sizes: list[int] = sizes) -> float:
            sketch = sketches(turn)[name]
            began = perf_counter()
            picture = await drawn(studio, sketch)
            took = perf_counter() - began
            sizes.append(len(picture.png))
            return took

        width, height = (await drawn(studio, sketches(turns + 1)[name])).size
        size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'

        async def theirs(turn: int, size: str = size) -> float:
            svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="{turn + 9}" height="9"/></svg>'
            return await timed(asyncio.to_thread(bare.draw, svg, list(SHIPPED.values())))

        ratio = await take_turns(ours, theirs, turns)
        met = {"ms_target": MOST_MS, "ms_met": ratio.ours_ms <= MOST_MS}
        weight = {"bytes": max(sizes), "bytes_target": MOST_BYTES, "bytes_met": max(sizes) <= MOST_BYTES}
        found[name] = ratio.as_json() | met | weight
        say(f"  {name:18}{ratio}  {statistics.median(sizes) / 1000:.0f} KB")
    await studio.close()
    await asyncio.to_thread(bare.close)
    return found


def run(args: Namespace) -> dict[str, Any]:
    """Every picture."""
    return {"figures": {"R10": asyncio.run(figures(SHORT_TURNS if args.short else TURNS))}}


if __name__ == "__main__":
    arguments = options("R10: what a picture costs, against a trivial drawing by the bare library")
    report("r10_pictures", arguments, run(arguments))
