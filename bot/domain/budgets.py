"""What asking a reviewer costs, and who may still ask (FEATURES F65)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.domain.questions import Question


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call to a language model used. Tokens are counted by its server, or estimated where it tells none."""

    model: str
    tokens_in: int
    tokens_out: int


#: Told of every call that was made, however it ended.
Spent = Callable[[Usage], None]


def unbooked(usage: Usage) -> None:
    """For callers who keep no books."""


#: So many make a US dollar: costs are whole numbers of millionths.
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, which is millionths of a dollar for each."""

    tokens_in: float
    tokens_out: float


@dataclass(frozen=True, slots=True)
class Amount:
    """What was spent, or may be: tokens, and millionths of a dollar."""

    tokens: int = 0
    micros: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.micros + other.micros)


class Span(StrEnum):
    """What a limit is for. Stored, so the values never change."""

    MONTH = "month"
    DAY = "day"
    MEMBER_DAY = "member-day"


@dataclass(frozen=True, slots=True)
class Limit:
    """As much may be spent; None where that way of counting knows no end."""

    tokens: int | None = None
    micros: int | None = None

    def allows(self, spent: Amount) -> bool:
        """Whether all of this may be spent."""
        return (self.tokens is None or spent.tokens <= self.tokens) and (
            self.micros is None or spent.micros <= self.micros
        )

    def rest(self, spent: Amount) -> Limit:
        """What is left of it."""
        return Limit(
            None if self.tokens is None else self.tokens - spent.tokens,
            None if self.micros is None else self.micros - spent.micros,
        )


Limits = Mapping[Span, Limit]

#: Where nobody decided otherwise. With `gpt-4.1-mini` a dollar is about 700 reviews; tokens are limited as well, for
#: models whose price is not known.
DEFAULT_LIMITS: Limits = {
    Span.MONTH: Limit(20_000_000, 10 * MICROS),
    Span.DAY: Limit(2_000_000, MICROS),
    Span.MEMBER_DAY: Limit(200_000, MICROS // 10),
}
#: So many reviews of one member are under way at a time, and are begun within an hour; further ones wait (FAULTS 47).
MOST_UNDER_WAY = 2
MOST_AN_HOUR = 30
#: A mock round is a conversation: each answer is graded and perhaps followed up in the model's words.
MOST_AN_HOUR_IN_ROUNDS = 90
HOUR = timedelta(hours=1)
#: A review that has not reported back after so many times its longest was killed: what was set aside for it stays spent
#: (FAULTS 34).
UNDER_WAY_TIMES = 2
#: How soon a member's next review is tried while others of theirs are under way.
SOON_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Costs:
    """What calls cost, when that was noted, and how much a group may spend unless its organisers say otherwise."""

    prices: Mapping[str, Price] = field(default_factory=dict)
    noted: date | None = None
    limits: Limits = field(default_factory=lambda: DEFAULT_LIMITS)

    def of(self, usage: Usage) -> Amount:
        """What a call costs, rounded up. A model whose price is not known costs tokens only."""
        price = self.prices.get(usage.model)
        micros = 0.0 if price is None else usage.tokens_in * price.tokens_in + usage.tokens_out * price.tokens_out
        # A sum of decimal prices may lie a hair above the whole number that it is.
        return Amount(usage.tokens_in + usage.tokens_out, math.ceil(round(micros, 6)))

    def of_all(self, calls: Iterable[Usage]) -> Amount:
        """What several calls cost."""
        return sum(map(self.of, calls), Amount())


#: Tokens of the rules every prompt begins with and of the schema, rounded up.
FRAME_TOKENS = 600
#: What frames a reply, and each point with its quote.
REPLY_TOKENS, REPLY_TOKENS_A_POINT = 400, 90
#: Fewer bytes than most languages need for a token, so that an estimate is rather too high.
BYTES_A_TOKEN = 3


def reply_room(points: int) -> int:
    """How many tokens a reply about so many points may have."""
    return REPLY_TOKENS + REPLY_TOKENS_A_POINT * points


def estimate(model: str, question: Question, answer: str) -> Usage:
    """What one call about an answer may use, rather too much than too little."""
    words = [question.prompt, answer, *(point.text for point in question.points)]
    words += [claim for point in question.points for claim in point.wrong_claims]
    read = sum(len(word.encode()) for word in words) // BYTES_A_TOKEN
    return Usage(model, FRAME_TOKENS + read, reply_room(len(question.points)))


# ---------------------------------------------------------------- who may ask


class Why(StrEnum):
    """Why a review waits. Stored with what is owed, so the values never change."""

    MONTH = "month"
    DAY = "day"
    MEMBER_DAY = "member-day"
    SHARE = "share"
    RATE = "rate"
    UNDER_WAY = "under-way"


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a review waits, and until when."""

    why: Why
    until: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """What a group and one of its members have spent, what is set aside for calls under way included.

    `others` counts the other members who spent something today; `begun` holds when this member's reviews of the last
    hour began, oldest first, and `under_way` is how many of them have no end yet.
    """

    month: Amount = Amount()
    day: Amount = Amount()
    member: Amount = Amount()
    others: int = 0
    begun: tuple[datetime, ...] = ()
    under_way: int = 0


def must_wait(limits: Limits, used: Used, call: Amount, now: datetime, most_an_hour: int = MOST_AN_HOUR) -> Wait | None:
    """Whether a call that may cost so much has to wait; what lasts longest is named (FEATURES F65).

    Of what is left of the group's day, everybody who comes is to have a part: a member who spent something already may
    have spent as much as each of the others could still have (FAULTS 114).
    """
    tomorrow = next_day(now)
    if not _fits(limits, Span.MONTH, used.month + call):
        return Wait(Why.MONTH, next_month(now))
    if not _fits(limits, Span.DAY, used.day + call):
        return Wait(Why.DAY, tomorrow)
    if not _fits(limits, Span.MEMBER_DAY, used.member + call):
        return Wait(Why.MEMBER_DAY, tomorrow)
    if _has_more_than_its_share(limits, used):
        return Wait(Why.SHARE, tomorrow)
    if len(used.begun) >= most_an_hour:
        return Wait(Why.RATE, used.begun[-most_an_hour] + HOUR)
    if used.under_way >= MOST_UNDER_WAY:
        return Wait(Why.UNDER_WAY, now + timedelta(seconds=SOON_SECONDS))
    return None


def _fits(limits: Limits, span: Span, spent: Amount) -> bool:
    return span not in limits or limits[span].allows(spent)


def _has_more_than_its_share(limits: Limits, used: Used) -> bool:
    day = limits.get(Span.DAY)
    own = Amount(used.member.tokens * used.others, used.member.micros * used.others)
    return day is not None and not day.rest(used.day).allows(own)


def first_of_month(day: date) -> date:
    """The month's first day."""
    return day.replace(day=1)


def today(now: datetime) -> date:
    """The day that is booked. Budgets go by UTC, since a group may ask in several zones."""
    return now.astimezone(UTC).date()


def next_day(now: datetime) -> datetime:
    """When the budget of a day begins anew."""
    return datetime.combine(today(now) + timedelta(days=1), time(), UTC)


def next_month(now: datetime) -> datetime:
    """When the budget of a month begins anew."""
    later = first_of_month(today(now)) + timedelta(days=31)
    return datetime.combine(first_of_month(later), time(), UTC)


# ---------------------------------------------------------------- limits as people write them

#: Words for no limit at all.
WITHOUT = ("none", "off", "unlimited")
_DOLLARS = re.compile(r"\$?\s*([0-9]{1,6})(?:\.([0-9]{1,2}))?\s*\$?")
_TOKENS = re.compile(r"([0-9]{1,12})\s*tokens?")


def read_limit(typed: str) -> Limit | None:
    """A limit as in "5.00", "200000 tokens" or "none"; None where it is none of these."""
    text = typed.strip().casefold()
    if text in WITHOUT:
        return Limit()
    if dollars := _DOLLARS.fullmatch(text):
        cents = int(dollars[1]) * 100 + int((dollars[2] or "0").ljust(2, "0"))
        # Nothing at all means no call, also of a model whose price is not known.
        return Limit(micros=cents * (MICROS // 100)) if cents else Limit(0, 0)
    if tokens := _TOKENS.fullmatch(text):
        return Limit(tokens=int(tokens[1]))
    return None
