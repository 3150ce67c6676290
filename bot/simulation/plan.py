"""What a simulation is asked for, and what organisers, outages and clocks do in it, whoever takes part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.asking import Misread, read_zone
from bot.domain.errors import Mistake

#: A Monday before the weeks in which Europe and North America set their clocks back.
START = date(2026, 10, 5)
MOST_DAYS, MOST_PEOPLE, MOST_SEED = 400, 200, 10**9
#: Further away calendars and zones mean little.
YEARS = range(2000, 2100)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """So many people for so many local days of a zone. The same plan with the same content goes the same way."""

    days: int = 60
    people: int = 12
    zone: str = "America/New_York"
    seed: int = 7
    start: date = START

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.start + self.days * A_DAY

    def moment(self, day: date, hour: int = 0) -> datetime:
        """An hour of a local day, as UTC."""
        return datetime.combine(day, time(hour), ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def first_monday(self) -> date:
        """From here on the script counts its days, so that its working days are working days."""
        return self.start + (-self.start.weekday() % 7) * A_DAY


def read_plan(days: str, people: str, zone: str, seed: str, start: str) -> Plan:
    """The plan somebody typed. Raises `Mistake` in words."""
    try:
        known_zone = read_zone(zone)
    except Misread as misread:
        near = f" Did you mean {' or '.join(misread.near)}?" if misread.near else ""
        raise Mistake(f'I know no time zone "{zone}".{near} Write one like --zone America/New_York.') from misread
    return Plan(
        _number("--days", days, 1, MOST_DAYS),
        _number("--people", people, 1, MOST_PEOPLE),
        known_zone,
        _number("--seed", seed, 0, MOST_SEED),
        _day(start),
    )


def _number(option: str, typed: str, least: int, most: int) -> int:
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 12 and least <= int(typed) <= most):
        raise Mistake(f'{option} takes a whole number from {least} to {most}, and "{typed}" is none.')
    return int(typed)


def _day(typed: str) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError as error:
        raise Mistake(f'--start takes a date like {START}, and "{typed}" is none.') from error
    if day.year not in YEARS:
        raise Mistake(f"--start takes a date from {YEARS.start} to {YEARS.stop - 1}, and {day} is not one of them.")
    return day


# ---------------------------------------------------------------- what happens whoever takes part


@dataclass(frozen=True, slots=True)
class Call:
    """What an organiser types at an hour of a day; `days` are options that name days, all counted from the plan's first
    Monday, `others` those that do not."""

    day: int
    hour: int
    command: str
    days: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)

    def options(self, plan: Plan) -> dict[str, str]:
        """The options as typed."""
        days = {name: (plan.first_monday + day * A_DAY).isoformat() for name, day in self.days.items()}
        return {**days, **self.others}


#: A goal, a holiday, an extra question, an open pause that somebody ends, and two days off that are planned ahead.
CALLS = (
    Call(1, 12, "goal", others={"answers": "3", "share": "60"}),
    Call(4, 12, "pause", {"from": 7, "until": 7}),
    Call(16, 15, "post"),
    Call(38, 12, "pause"),
    Call(43, 12, "resume"),
    Call(46, 12, "pause", {"from": 52, "until": 53}),
)
#: When the bot is down, as day and hour: over one morning, back within the grace window, and for three days.
OUTAGES = (((9, 7), (9, 11)), ((22, 20), (25, 18)))


def calls(plan: Plan) -> list[tuple[datetime, Call]]:
    """What organisers type, and when."""
    found = ((plan.moment(plan.first_monday + each.day * A_DAY, each.hour), each) for each in CALLS)
    return [(at, each) for at, each in found if at < plan.moment(plan.end)]


def outages(plan: Plan) -> list[tuple[datetime, datetime]]:
    """From when until when the bot is down."""
    both = [[plan.moment(plan.first_monday + day * A_DAY, hour) for day, hour in outage] for outage in OUTAGES]
    return [(begin, end) for begin, end in both if end < plan.moment(plan.end)]
