"""Points, the periods they count for, and boards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.answers import Timeliness
from bot.domain.asking import local_day

#: Points for an answer in time, and the most its score can add.
FOR_ANSWERING = 4
FOR_SCORE = 6


def points(score: float, timeliness: Timeliness, hints: int = 0, non_answer: bool = False) -> int:
    """What an answer is worth: 4 plus 6 x score, a hint costs one (never under 4), late counts half.

    Halves are rounded up, twice if need be: first the sum, then the half of a late one. A non-answer and one that came
    more than seven days late are worth nothing.
    """
    if non_answer or timeliness is Timeliness.TOO_LATE:
        return 0
    earned = max(FOR_ANSWERING, _round_half_up(FOR_ANSWERING + FOR_SCORE * _within(score)) - hints)
    return (earned + 1) // 2 if timeliness is Timeliness.LATE else earned


def growth(first: float, second: float, timeliness: Timeliness) -> int:
    """What a second attempt adds: 6 x the difference of the scores where it is positive, rounded as `points` are; a
    late one half, and nothing when it came more than seven days late."""
    if timeliness is Timeliness.TOO_LATE:
        return 0
    earned = max(0, _round_half_up(FOR_SCORE * (_within(second) - _within(first))))
    return (earned + 1) // 2 if timeliness is Timeliness.LATE else earned


def score10(score: float) -> str:
    """A score 0..1 as people read it: "7", "7.5", "10"."""
    return f"{_round_half_up(_within(score) * 100) / 10:g}"


def _within(score: float) -> float:
    return min(1.0, max(0.0, score))


def _round_half_up(number: float) -> int:
    """Rounded, halves up. A score is a sum of fractions, so a half may arrive as 3.4999999999999996."""
    return math.floor(number + 0.5 + 1e-9)


class Period(StrEnum):
    """The span a board counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


def period_key(period: Period, day: date) -> str:
    """The name of the period a date lies in: "2026-11-23", "2026-W48" (ISO week and ISO year), "2026-11", "all"."""
    match period:
        case Period.DAY:
            return day.isoformat()
        case Period.WEEK:
            iso = day.isocalendar()
            return f"{iso.year:04d}-W{iso.week:02d}"
        case Period.MONTH:
            return f"{day.year:04d}-{day.month:02d}"
        case Period.ALL:
            return "all"


def keys_of(day: date) -> tuple[tuple[Period, str], ...]:
    """Every period a date counts for, with its key."""
    return tuple((period, period_key(period, day)) for period in Period)


def local_date_for_points(timeliness: Timeliness, posting_day: date, zone: str, received_at: datetime) -> date:
    """The date points are booked on: the posting's local date, for a late answer the track's date of receipt."""
    return posting_day if timeliness is Timeliness.IN_TIME else local_day(zone, received_at)


@dataclass(frozen=True, slots=True)
class Row:
    """One member's total in a period."""

    member_id: int
    name: str
    points: int
    answers: int


@dataclass(frozen=True, slots=True)
class Place:
    """One line of a board. `rank` is None for somebody without points, whom only they themselves see."""

    rank: int | None
    name: str
    points: int
    answers: int
    you: bool


@dataclass(frozen=True, slots=True)
class Board:
    """A board for one viewer: the top, and around them their neighbours when they are not in it."""

    period: Period
    key: str
    top: tuple[Place, ...]
    around: tuple[Place, ...]
    you: Place | None
    people: int


def rank(rows: Sequence[Row]) -> tuple[tuple[int, Row], ...]:
    """Everybody with points, best first; equal points share a rank (1, 2, 2, 4), and who came into the
    group last stands first, so that newcomers are seen."""
    listed = sorted((row for row in rows if row.points > 0), key=_order)
    ranked: list[tuple[int, Row]] = []
    for number, row in enumerate(listed, start=1):
        shares = ranked and ranked[-1][1].points == row.points
        ranked.append((ranked[-1][0] if shares else number, row))
    return tuple(ranked)


def _order(row: Row) -> tuple[int, int]:
    return (-row.points, -row.member_id)


def board(period: Period, key: str, rows: Sequence[Row], viewer: int | None, top: int = 3) -> Board:
    """The board over all rows of a period. For a large group see `board_from`."""
    ranked = rank(rows)
    mine = next((row for row in rows if row.member_id == viewer), None)
    at = next((number for number, (_, row) in enumerate(ranked) if row.member_id == viewer), None)
    around = ranked[max(0, at - 1) : at + 2] if at is not None else ()
    return board_from(period, key, [row for _, row in ranked[:top]], around, mine, len(ranked))


def board_from(
    period: Period, key: str, top: Sequence[Row], around: Sequence[tuple[int, Row]], mine: Row | None, people: int
) -> Board:
    """The board from its parts: the best rows, the viewer's neighbourhood with ranks, the viewer's own row.

    `around` holds the viewer as well and is left out when they stand in the top; `mine` may have no points;
    `people` is how many have some.
    """
    viewer = mine.member_id if mine else None
    places = tuple(_place(number, row, viewer) for number, row in rank(top))
    near = tuple(_place(number, row, viewer) for number, row in around)
    you = next((place for place in (*places, *near) if place.you), None)
    if you is None and mine is not None:
        you = _place(None, mine, viewer)
    in_top = any(place.you for place in places)
    return Board(period, key, places, () if in_top else near, you, people)


def _place(number: int | None, row: Row, viewer: int | None) -> Place:
    return Place(number, row.name, row.points, row.answers, row.member_id == viewer)
