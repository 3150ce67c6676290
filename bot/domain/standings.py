"""Points, the periods they count for, and boards."""

from __future__ import annotations

import calendar
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.answers import Timeliness
from bot.domain.asking import local_day

#: Points for an answer in time, and the most its score can add.
FOR_ANSWERING = 4
FOR_SCORE = 6
#: The most a question is worth to who answers it well and in time.
FOR_QUESTION = FOR_ANSWERING + FOR_SCORE


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
    SEASON = "season"
    ALL = "all"


#: After the end of a period its points may still move for so long: a question stays open for a week at most, and a
#: review may be appealed for another.
SETTLES_WITHIN = timedelta(days=14)


class Phase(StrEnum):
    """How far a period is."""

    RUNNING = "running"
    OVER = "over"
    FINAL = "final"


def period_key(period: Period, day: date) -> str:
    """The name of the period a date lies in: "2026-11-23", "2026-W48" (ISO week and ISO year), "2026-11", "2026-Q4"
    (a season is a quarter of the calendar), "all"."""
    match period:
        case Period.DAY:
            return day.isoformat()
        case Period.WEEK:
            iso = day.isocalendar()
            return f"{iso.year:04d}-W{iso.week:02d}"
        case Period.MONTH:
            return f"{day.year:04d}-{day.month:02d}"
        case Period.SEASON:
            return f"{day.year:04d}-Q{_quarter(day)}"
        case Period.ALL:
            return "all"


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def last_day(period: Period, day: date) -> date | None:
    """The last date of the period that a date lies in; all time has none."""
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day + timedelta(days=6 - day.weekday())
        case Period.MONTH:
            return _end_of_month(day.year, day.month)
        case Period.SEASON:
            return _end_of_month(day.year, 3 * _quarter(day))
        case Period.ALL:
            return None


def first_day(period: Period, day: date) -> date | None:
    """The first date of the period that a date lies in; all time has none."""
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.SEASON:
            return date(day.year, 3 * _quarter(day) - 2, 1)
        case Period.ALL:
            return None


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def phase(period: Period, day: date, today: date) -> Phase:
    """How far the period is that a date lies in."""
    end = last_day(period, day)
    if end is None or today <= end:
        return Phase.RUNNING
    return Phase.FINAL if today > end + SETTLES_WITHIN else Phase.OVER


_WEEK = re.compile(r"(?P<year>\d{4})[- ]?w(?P<week>\d{1,2})")
_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})")
_SEASON = re.compile(r"(?P<year>\d{4})[- ]?q(?P<quarter>[1-4])|q(?P<quarter2>[1-4])[- ]?(?P<year2>\d{4})")


def read_period(typed: str, period: Period, today: date) -> tuple[Period, date] | None:
    """The period somebody meant, with a date in it: "last" is the one before the present one, a date lies in the one
    of this kind, and "2026-W48", "2026-11", "2026-Q4" say themselves of which kind they are. None if it cannot be
    read."""
    text = typed.strip().casefold()
    if text in ("last", "previous"):
        earlier = day_before(period, today)
        return None if earlier is None else (period, earlier)
    try:
        if found := _WEEK.fullmatch(text):
            return Period.WEEK, date.fromisocalendar(int(found["year"]), int(found["week"]), 1)
        if found := _MONTH.fullmatch(text):
            return Period.MONTH, date(int(found["year"]), int(found["month"]), 1)
        if found := _SEASON.fullmatch(text):
            year, quarter = found["year"] or found["year2"], found["quarter"] or found["quarter2"]
            return Period.SEASON, date(int(year), 3 * int(quarter), 1)
        return period, date.fromisoformat(text)
    except ValueError:
        return None


def day_before(period: Period, day: date) -> date | None:
    """A date in the period before the one that a date lies in; there is none before all time."""
    match period:
        case Period.DAY:
            return day - timedelta(days=1)
        case Period.WEEK:
            return day - timedelta(days=7)
        case Period.MONTH:
            return day.replace(day=1) - timedelta(days=1)
        case Period.SEASON:
            return date(day.year, 3 * _quarter(day) - 2, 1) - timedelta(days=1)
        case Period.ALL:
            return None


def keys_of(day: date) -> tuple[tuple[Period, str], ...]:
    """Every period a date counts for, with its key."""
    return tuple((period, period_key(period, day)) for period in Period)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a board is of: the whole group, one of its tracks or one of its channels, by our numbers; `growth` leaves
    only what second attempts added."""

    track: int | None = None
    channel: int | None = None
    growth: bool = False

    @property
    def key(self) -> str:
        """The name under which totals are kept: "all", "track:3", "channel:7", and "growth" or "growth:track:3"."""
        place = "all"
        if self.channel is not None:
            place = f"channel:{self.channel}"
        elif self.track is not None:
            place = f"track:{self.track}"
        if not self.growth:
            return place
        return "growth" if place == "all" else f"growth:{place}"


#: The board of the whole group, all points.
WHOLE_GROUP = Scope()


def scopes_of(track: int, channel: int, growth: bool) -> tuple[Scope, ...]:
    """Every board that points of this track and channel count on; those of a second attempt are growth as well."""
    kinds = (False, True) if growth else (False,)
    return tuple(
        scope
        for kind in kinds
        for scope in (Scope(None, None, kind), Scope(track, None, kind), Scope(None, channel, kind))
    )


def track_names(packs: Sequence[Sequence[str]]) -> list[str]:
    """How people call tracks: by their first pack and how many more there are, as in "sql" and "sql+4"; of several that
    are called alike the later ones are numbered, as in "sql#2". No spaces, since a name is typed in one word."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for each in packs:
        name = each[0] if len(each) == 1 else f"{each[0]}+{len(each) - 1}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names


def possible_points(points: int, questions: int) -> int:
    """What these questions were worth at most. Growth is rounded by itself, so a question may bring one point more than
    that; nobody is told of more points than were possible."""
    return max(points, FOR_QUESTION * questions)


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
    """A board for one viewer: the top, and around them their neighbours when they are not in it. `streak`: how many
    days the viewer has answered in a row, 0 where they do not want to hear of it. `gain`: how many points more they
    have than in the period before, 0 where it is no more. `of`, `place`: what the board is of, and how people call the
    track. `possible`: the most points the viewer could have, 0 where it is not told; `joined_late` when questions of
    the period that came before they joined are left out of it (F49)."""

    period: Period
    key: str
    top: tuple[Place, ...]
    around: tuple[Place, ...]
    you: Place | None
    people: int
    streak: int = 0
    phase: Phase = Phase.RUNNING
    gain: int = 0
    of: Scope = WHOLE_GROUP
    place: str = ""
    possible: int = 0
    joined_late: bool = False


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
