"""From what a picture shows to SVG: where everything stands. How it looks is in `templates`, the words in `bot.texts`.

The colours are those of the study room by day: a sheet of paper reads well on Discord's dark and on Slack's white.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, assert_never

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot import texts
from bot.domain.pictures import (
    CALENDAR_WEEKS,
    CompetencyProfile,
    DayMark,
    ProgressChart,
    Sketch,
    StreakCalendar,
    days_shown,
    in_groups,
    mean_of,
    months_begin,
)
from bot.domain.standings import Board, Place, score10
from bot.pictures.lettering import BOLD, REGULAR, Lettering, fit, width_of

#: Width of every picture, in units of which a phone shows about 350 and Discord 520.
WIDTH = 480
PAD = 28
FAMILY = "Inter, system-ui, sans-serif"
COLOURS: Mapping[str, str] = {
    "page": "#fffdfa",
    "ink": "#24221e",
    "soft": "#6a655b",
    "faint": "#cfc7b7",
    "line": "#e5dfd2",
    "track": "#efe9dd",
    "accent": "#14655f",
    "lamp": "#d98e04",
    "lamp-ink": "#7a4d00",
    "lamp-soft": "#fff4db",
    "ice": "#d7e8f4",
    "ice-ink": "#3f6fa8",
}
#: Behind initials; white letters can be read on each.
HUES = ("#b4532a", "#3f6fa8", "#7a4f9a", "#4d7a34", "#a8426a", "#8a6a14", "#2f7c86", "#5a5fa8")

#: A board shows so many rows at most, however many members there are.
MOST_ROWS = 10
MOST_MEASURES = 8
ROW, GAP, ROWS_AT = 60, 18, 72
NAME_AT, BAR = 110, 210
CELL, STEP, CELLS_AT = 25, 30, 98
#: A day before a member came; no word is said about it.
BEFORE = "before"
LEFT, RIGHT, TOP, BOTTOM = 62, WIDTH - PAD - 6, 92, 262
BARS_AT, BAR_STEP = 82, 62


def draw(sketch: Sketch, lettering: Lettering) -> str:
    """The picture as SVG: the same for the same values and the same fonts. Blocks for some milliseconds."""
    match sketch:
        case Board():
            return _render("board.svg", sketch, **_board(sketch, lettering))
        case StreakCalendar():
            return _render("streak.svg", sketch, **_streak(sketch))
        case ProgressChart():
            return _render("progress.svg", sketch, **_progress(sketch))
        case CompetencyProfile():
            return _render("profile.svg", sketch, **_profile(sketch, lettering))
        case _:
            assert_never(sketch)


def _render(template: str, sketch: Sketch, **values: Any) -> str:
    title = fit(values.pop("title"), WIDTH - 2 * PAD - 42, 19, BOLD)
    return _templates().get_template(template).render(alt=texts.picture_alt(sketch), title=title, **values)


def _paint(fill: str = "", line: str = "") -> Markup:
    """The attributes that give a shape its colours, by name."""
    classes = " ".join([*([f"fill-{fill}"] if fill else []), *([f"line-{line}"] if line else [])])
    stroke = f' stroke="{COLOURS[line]}"' if line else ""
    return Markup(f'class="{classes}" fill="{COLOURS[fill] if fill else "none"}"{stroke}')


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(paint=_paint, WIDTH=WIDTH, PAD=PAD, FAMILY=FAMILY)
    made.globals.update(NAME_AT=NAME_AT, BAR=BAR, CELL=CELL, LEFT=LEFT, RIGHT=RIGHT, BOTTOM=BOTTOM)
    return made


# ---------------------------------------------------------------- boards


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a board, every word cut to its room."""

    y: int
    rank: str
    rank_size: float
    name: str
    known: bool
    letters: str
    hue: str
    points: str
    answers: str
    share: float
    first: bool
    you: str
    gap: bool


def _board(board: Board, lettering: Lettering) -> dict[str, Any]:
    rows = list(_rows(board, lettering))
    end = rows[-1].y + ROW if rows else ROWS_AT + 48
    return {
        "title": texts.board_title(board),
        "rows": rows,
        "empty": texts.board_empty(),
        "foot": texts.board_foot(board),
        "height": end + (48 if board.people else 16),
    }


def _rows(board: Board, lettering: Lettering) -> Iterator[_Row]:
    top, around = board.top[:MOST_ROWS], board.around[:MOST_ROWS]
    most = max((place.points for place in (*top, *around)), default=0)
    y, above = ROWS_AT, 0
    for number, place in enumerate((*top, *around)):
        gap = number == len(top) > 0 and place.rank is not None and place.rank > above + 1
        y += GAP if gap else 0
        yield _row(place, y, gap, most, lettering, "" if board.of.growth else texts.answers(place.answers))
        y, above = y + ROW, place.rank or above


def _row(place: Place, y: int, gap: bool, most: int, lettering: Lettering, answers: str) -> _Row:
    name = lettering.name(place.name) if place.name else texts.nameless_member()
    you = texts.picture_you() if place.you else ""
    points = texts.points(place.points)
    numbers = max(width_of(points, 16, BOLD), width_of(answers, 14))
    room = WIDTH - PAD - NAME_AT - numbers - 14 - (width_of(you, 13, BOLD) + 7 if you else 0)
    known = name is not None and bool(place.name)
    rank = str(place.rank) if place.rank is not None else "-"
    return _Row(
        y=y,
        rank=rank,
        rank_size=min(18.0, round(46 / len(rank), 1)),
        name=fit(name or texts.picture_name(), room, 17, BOLD if known else REGULAR),
        known=known,
        letters=_initials(name) if known and name else "",
        hue=HUES[zlib.crc32(place.name.encode("utf-8", "replace")) % len(HUES)] if place.name else COLOURS["faint"],
        points=points,
        answers=answers,
        share=max(6.0, round(BAR * place.points / most, 1)) if place.points > 0 else 0.0,
        first=place.rank == 1,
        you=you,
        gap=gap,
    )


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word[0].isalnum())[:2].upper()


# ---------------------------------------------------------------- streaks


@dataclass(frozen=True, slots=True)
class _Cell:
    """One day of a calendar."""

    x: int
    y: int
    mark: str
    today: bool


@dataclass(frozen=True, slots=True)
class _Label:
    """A word beside or above something."""

    name: str
    x: float
    y: float
    mark: str = ""


def _streak(calendar: StreakCalendar) -> dict[str, Any]:
    """Weeks from left to right, each from Monday down to Sunday."""
    shown = days_shown(calendar)
    names = texts.weekday_names()
    left = WIDTH - PAD - CALENDAR_WEEKS * STEP + (STEP - CELL)
    cells = []
    for number, one in enumerate(shown):
        week, weekday = divmod(number, 7)
        mark = one.mark.value if one.mark is not None else BEFORE
        cells.append(_Cell(left + week * STEP, CELLS_AT + weekday * STEP, mark, one.day == calendar.last))
    months = [_Label(texts.month_name(shown[7 * week].day), left + week * STEP, 0) for week in months_begin(shown)]
    legend_at = CELLS_AT + 7 * STEP + 16
    return {
        "title": texts.streak_title(calendar),
        "cells": cells,
        "months": months,
        "weekdays": [_Label(names[n], 0, CELLS_AT + n * STEP + 17.5) for n in (0, 2, 4, 6)],
        "legend": list(_legend(legend_at)),
        "foot": texts.streak_foot(calendar),
        "height": legend_at + 2 * (CELL + 8) + 48,
    }


def _legend(y: int) -> Iterator[_Label]:
    for number, mark in enumerate(DayMark):
        row, column = divmod(number, 2)
        yield _Label(texts.mark_name(mark), PAD + column * 200, y + row * (CELL + 8), mark.value)


# ---------------------------------------------------------------- progress


@dataclass(frozen=True, slots=True)
class _Dot:
    """One answer, or the mean of some that follow each other."""

    x: float
    y: float


def _progress(chart: ProgressChart) -> dict[str, Any]:
    groups = in_groups(chart.answers)
    dots = [_Dot(_across(n, len(groups)), _height_of(mean_of(group))) for n, group in enumerate(groups)]
    values: dict[str, Any] = {
        "title": texts.progress_title(),
        "lines": [{"y": _height_of(score / 10), "label": str(score)} for score in (0, 5, 10)],
        "dots": dots,
        "empty": texts.progress_empty(),
        "foot": texts.progress_foot(chart, len(groups[-1]) if groups else 1),
        "height": BOTTOM + (72 if dots else 40),
    }
    if dots:
        latest = mean_of(groups[-1])
        values |= {
            "radius": 4 if len(dots) <= 25 else 2.8,
            "mean_y": _height_of(mean_of(chart.answers)),
            "last": score10(latest),
            "last_y": dots[-1].y - 14,
            "from_day": texts.short_day(chart.answers[0].day),
            "to_day": texts.short_day(chart.answers[-1].day),
        }
    return values


def _across(number: int, of: int) -> float:
    return round(LEFT + (RIGHT - 10 - LEFT) * (number / (of - 1) if of > 1 else 0.5), 1)


def _height_of(score: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * min(1.0, max(0.0, score)), 1)


# ---------------------------------------------------------------- profiles


def _profile(profile: CompetencyProfile, lettering: Lettering) -> dict[str, Any]:
    long = WIDTH - 2 * PAD
    bars = [
        {
            "y": BARS_AT + number * BAR_STEP,
            "label": fit(lettering.name(each.label) or texts.picture_name(), long - 80, 16),
            "score": score10(each.score),
            "width": round(long * min(1.0, max(0.0, each.score)), 1),
        }
        for number, each in enumerate(profile.measures[:MOST_MEASURES])
    ]
    verdict_y = BARS_AT + len(bars) * BAR_STEP + 14
    return {
        "title": lettering.name(profile.title) or texts.picture_name(),
        "bars": bars,
        "ticks": [PAD + long * tenth / 10 for tenth in (2.5, 5, 7.5)],
        "verdict": fit(lettering.name(profile.verdict) or "", long, 16, BOLD),
        "verdict_y": verdict_y,
        "foot": texts.practice_signal(),
        "height": verdict_y + 62,
    }
