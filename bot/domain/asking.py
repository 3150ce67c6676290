"""When a track asks, which question it asks, and how long the question stays open."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import cycle, islice
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.domain.errors import Mistake

#: How long after its time a question may still be posted.
GRACE = timedelta(hours=6)
#: No late question is posted after this local time.
LATEST_LOCAL = time(22, 0)
#: Up to here a question counts as posted on time, and does not say that it is late.
PUNCTUAL = timedelta(minutes=5)
#: A question stays open at least and at most this long.
MIN_OPEN = timedelta(hours=24)
MAX_OPEN = timedelta(days=7)

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_SETS = {
    "daily": range(7),
    "everyday": range(7),
    "all": range(7),
    "weekdays": range(5),
    "weekday": range(5),
    "workdays": range(5),
    "weekends": (5, 6),
    "weekend": (5, 6),
}
_TIME = re.compile(r"(?P<hour>\d{1,2})(?:\s*[:.h]\s*(?P<minute>\d{2}))?\s*(?P<half>[ap]m)?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """At which local time of which weekdays (0 = Monday) a track asks."""

    zone: str
    at: time
    weekdays: frozenset[int]

    def __post_init__(self) -> None:
        """A schedule without a day would never come due."""
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError(f"weekdays must be some of 0..6, not {sorted(self.weekdays)}")


# --- reading what an organiser typed ---------------------------------------------------------------------------------


class Unclear(StrEnum):
    """What somebody typed that cannot be read."""

    TIME = "time"
    HALF_DAY = "half_day"
    TIME_OF_DAY = "time_of_day"
    ZONE = "zone"
    DAYS = "days"
    NO_DAYS = "no_days"


class Misread(Mistake):
    """Something of a schedule that cannot be read, with what they may have meant."""

    def __init__(self, what: Unclear, typed: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(f"{what.value}: {typed[:40]!r}")
        self.what = what
        self.typed = typed
        self.near = near


def read_schedule(time_text: str, zone: str, days: str) -> Schedule:
    """The schedule somebody typed. Raises `Misread`."""
    return Schedule(read_zone(zone), read_time(time_text), read_days(days))


def read_time(text: str) -> time:
    """A local time such as 09:00, 9:00, 9.30, 9am or 9:30 pm. Raises `Misread`."""
    found = _TIME.fullmatch(text.strip().lower().replace("a.m.", "am").replace("p.m.", "pm"))
    if found is None or not (found["minute"] or found["half"]):
        raise Misread(Unclear.TIME, text)
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise Misread(Unclear.HALF_DAY, text)
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    if hour > 23 or minute > 59:
        raise Misread(Unclear.TIME_OF_DAY, text)
    return time(hour, minute)


@cache
def zone_names() -> Mapping[str, str]:
    """All zones by their name in small letters. It reads the zone folder once; call it at start, not in the loop."""
    names = zoneinfo.available_timezones() - {"Factory", "localtime"}
    return MappingProxyType({name.casefold(): name for name in sorted(names)})


def read_zone(text: str) -> str:
    """The IANA name somebody meant, whatever its case. Raises `Misread` with suggestions."""
    typed = "_".join(text.split()).casefold()
    known = zone_names()
    if typed in known:
        return known[typed]
    raise Misread(Unclear.ZONE, text, _near_zones(typed))


def _near_zones(typed: str) -> tuple[str, ...]:
    """Up to three zones whose city or whole name looks like what was typed."""
    known = zone_names()
    cities: dict[str, str] = {}
    for folded, name in known.items():
        if "/" in name and not name.startswith("Etc/"):
            cities.setdefault(folded.rsplit("/", 1)[1], name)
    city = typed.rsplit("/", 1)[-1]
    by_city = [cities[near] for near in difflib.get_close_matches(city, cities, n=2, cutoff=0.75)]
    by_name = [known[near] for near in difflib.get_close_matches(typed, known, n=2, cutoff=0.75)]
    return tuple(dict.fromkeys([*by_name, *by_city]))[:3]


def read_days(text: str) -> frozenset[int]:
    """Weekdays such as "mon-fri", "mon, wed, fri", "daily", "weekends" or "fri-mon". Raises `Misread`."""
    tidy = re.sub(r"\s*(?:-|\u2013|\u2014|\.\.+|\bto\b|\bthrough\b)\s*", "-", text.strip().casefold())
    words = [word for word in re.split(r"[\s,;+&/]+", tidy.replace("every day", "daily")) if word != "and"]
    days = frozenset(day for word in words if word for day in _days_of(word, text))
    if not days:
        raise Misread(Unclear.NO_DAYS, text)
    return days


def _days_of(word: str, whole: str) -> Iterable[int]:
    """The days of one word: a set such as "weekends", a range such as "fri-mon", or one day."""
    if word in _DAY_SETS:
        return _DAY_SETS[word]
    first, dash, last = word.partition("-")
    begin = _day(first, whole)
    if not dash:
        return (begin,)
    return (day % 7 for day in range(begin, begin + (_day(last, whole) - begin) % 7 + 1))


def _day(word: str, whole: str) -> int:
    """The weekday that begins with these letters, two at least."""
    name = word.rstrip(".")
    for number, day in enumerate(_DAYS):
        if len(name) >= 2 and (day.startswith(name) or name == day + "s"):
            return number
    raise Misread(Unclear.DAYS, whole)


def days_text(weekdays: Iterable[int]) -> str:
    """Weekdays in short, readable again by `read_days`: "Mon-Fri", "Mon, Wed, Fri", "Fri-Mon", "daily"."""
    days = frozenset(weekdays)
    if len(days) == 7:
        return "daily"
    parts = []
    for first in sorted(day for day in days if (day - 1) % 7 not in days):
        run = [first]
        while (run[-1] + 1) % 7 in days:
            run.append((run[-1] + 1) % 7)
        parts.append([f"{_short(run[0])}-{_short(run[-1])}"] if len(run) > 2 else [_short(day) for day in run])
    return ", ".join(name for part in parts for name in part)


def _short(day: int) -> str:
    return _DAYS[day][:3].capitalize()


# --- when ------------------------------------------------------------------------------------------------------------


def local_day(zone: str, at: datetime) -> date:
    """The calendar date in a zone at this moment."""
    return at.astimezone(ZoneInfo(zone)).date()


def due_on(schedule: Schedule, day: date) -> datetime:
    """The one moment (UTC) at which a date's question is due, whatever the clocks do that day.

    A time that exists twice is used the first time. One that does not exist moves ahead by the gap; where that would
    carry it into the next date (a gap over midnight, as in Scoresbysund) it moves back by the gap instead, so that
    two dates never share a day. A date that a zone left out altogether falls on the next one's moment.
    """
    zone = ZoneInfo(schedule.zone)
    wanted = datetime.combine(day, schedule.at, tzinfo=zone)
    for choice in (wanted, wanted.replace(fold=1)):
        moment = choice.astimezone(UTC)
        if moment.astimezone(zone).date() == day:
            return moment
    return wanted.astimezone(UTC)


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first moment (UTC) strictly after `after` at which the track asks."""
    day = local_day(schedule.zone, after)
    while True:
        if day.weekday() in schedule.weekdays and (due := due_on(schedule, day)) > after:
            return due
        day += timedelta(days=1)


class Fate(StrEnum):
    """What becomes of a question that is due."""

    POST = "post"
    POST_LATE = "post_late"
    SKIP = "skip"


def fate(schedule: Schedule, due_at: datetime, now: datetime) -> Fate:
    """Whether a due question is posted, posted with a word that it is late, or skipped for the day.

    Up to five minutes are punctual at any hour, so a track that asks at 23:00 is served; after that the evening's
    end holds for every track, because a late question must not wake anybody.
    """
    waited = now - due_at
    if waited <= PUNCTUAL:
        return Fate.POST
    local = now.astimezone(ZoneInfo(schedule.zone))
    same_day = local.date() == local_day(schedule.zone, due_at)
    if waited > GRACE or not same_day or local.time() > LATEST_LOCAL:
        return Fate.SKIP
    return Fate.POST_LATE


def closes_at(posted_at: datetime, next_due: datetime) -> datetime:
    """When a question closes: with the track's next one, at least 24 hours and at most 7 days after it was posted."""
    return min(max(next_due, posted_at + MIN_OPEN), posted_at + MAX_OPEN)


@dataclass(frozen=True, slots=True)
class Pause:
    """Local dates on which a track asks nothing, both ends included; without `last` until somebody resumes."""

    first: date
    last: date | None


def is_paused(pauses: Iterable[Pause], day: date) -> bool:
    """Whether a date lies in one of the pauses."""
    return any(pause.first <= day and (pause.last is None or day <= pause.last) for pause in pauses)


# --- which question --------------------------------------------------------------------------------------------------


def choose(candidates: Sequence[str], used: Sequence[str]) -> str | None:
    """The question to ask next, or None when there is none at all; see `upcoming`."""
    return next(iter(upcoming(candidates, used, 1)), None)


def upcoming(candidates: Sequence[str], used: Sequence[str], n: int) -> tuple[str, ...]:
    """The next `n` questions: those never asked in their order, then the one that was asked longest ago.

    `used` lists what was asked, oldest first, repeats included. So nothing repeats before all were used; a question
    that was added comes first, once, and one that was removed leaves no hole.
    """
    last_use = {question: number for number, question in enumerate(used)}
    order = sorted(dict.fromkeys(candidates), key=lambda question: last_use.get(question, -1))
    return tuple(islice(cycle(order), n))
