"""What a call costs, who may still ask, and limits as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from group import question

from bot.domain.budgets import (
    DEFAULT_LIMITS,
    HOUR,
    MICROS,
    MOST_AN_HOUR,
    MOST_AN_HOUR_IN_ROUNDS,
    MOST_UNDER_WAY,
    Amount,
    Costs,
    Limit,
    Price,
    Span,
    Usage,
    Used,
    Wait,
    Why,
    estimate,
    must_wait,
    next_month,
    read_limit,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 25, tzinfo=UTC)
CALL = Amount(1_000, 100)
COSTS = Costs({"priced": Price(0.4, 1.6)}, date(2026, 6, 21))


def why(wait: Wait | None) -> Why | None:
    return wait.why if wait is not None else None


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (Usage("priced", 1_000_000, 0), Amount(1_000_000, 400_000)),
        (Usage("priced", 0, 1_000_000), Amount(1_000_000, 1_600_000)),
        (Usage("priced", 1, 0), Amount(1, 1)),
        (Usage("priced", 0, 0), Amount()),
        (Usage("of one's own", 700, 300), Amount(1_000)),
    ],
)
def test_a_call_costs_its_tokens_and_what_is_known_of_their_price(usage: Usage, cost: Amount) -> None:
    assert COSTS.of(usage) == cost


def test_an_estimate_grows_with_the_answer_in_any_script() -> None:
    short, long, chinese = (estimate("m", question("q"), text) for text in ("a" * 30, "a" * 3_000, "答" * 1_000))

    assert short.tokens_in < long.tokens_in
    assert chinese.tokens_in - short.tokens_in > 900
    assert short.tokens_out == long.tokens_out > 0


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (Used(), None),
        (Used(month=Amount(20_000_000)), Why.MONTH),
        (Used(month=Amount(0, 10 * MICROS)), Why.MONTH),
        (Used(day=Amount(0, MICROS - 99)), Why.DAY),
        (Used(day=Amount(0, MICROS - 100)), None),
        (Used(member=Amount(200_000)), Why.MEMBER_DAY),
        (Used(begun=(NOW,) * MOST_AN_HOUR), Why.RATE),
        (Used(begun=(NOW,) * MOST_UNDER_WAY, under_way=MOST_UNDER_WAY), Why.UNDER_WAY),
    ],
)
def test_x046_a_call_that_would_pass_a_limit_has_to_wait(used: Used, expected: Why | None) -> None:
    assert why(must_wait(DEFAULT_LIMITS, used, CALL, NOW)) is expected


def test_the_longest_pause_is_the_one_that_is_named() -> None:
    used = Used(month=Amount(20_000_000), day=Amount(2_000_000), begun=(NOW,) * MOST_AN_HOUR)

    assert must_wait(DEFAULT_LIMITS, used, CALL, NOW) == Wait(Why.MONTH, datetime(2026, 12, 1, tzinfo=UTC))


def test_a_day_begins_anew_at_midnight_and_a_month_on_its_first_day() -> None:
    day = must_wait(DEFAULT_LIMITS, Used(day=Amount(2_000_000)), CALL, NOW)

    assert day == Wait(Why.DAY, TOMORROW)
    assert next_month(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert next_month(datetime(2028, 1, 31, tzinfo=UTC)) == datetime(2028, 2, 1, tzinfo=UTC)


def test_x047_a_member_at_the_hourly_limit_goes_on_when_the_oldest_review_is_an_hour_old() -> None:
    begun = tuple(NOW - timedelta(minutes=MOST_AN_HOUR - n) for n in range(MOST_AN_HOUR))

    assert must_wait(DEFAULT_LIMITS, Used(begun=begun), CALL, NOW) == Wait(Why.RATE, begun[0] + timedelta(hours=1))


@pytest.mark.parametrize(
    ("own", "others", "spent", "expected"),
    [
        (0, 999, 99_000, None),  # a newcomer is let in as long as anything is left
        (1_000, 50, 60_000, Why.SHARE),
        (1_000, 30, 60_000, None),
        (90_000, 0, 90_000, None),  # whoever is alone may have it all
    ],
)
def test_x114_of_what_is_left_those_who_had_less_get_their_part(
    own: int, others: int, spent: int, expected: Why | None
) -> None:
    limits = {Span.DAY: Limit(tokens=100_000)}
    used = Used(day=Amount(spent), member=Amount(own), others=others)

    assert why(must_wait(limits, used, CALL, NOW)) is expected


def test_x114_a_thousand_newcomers_with_twenty_answers_each_share_a_day() -> None:
    limits = {Span.DAY: Limit(tokens=300 * CALL.tokens), Span.MEMBER_DAY: Limit(tokens=20 * CALL.tokens)}
    had = dict.fromkeys(range(1_000), 0)

    for n in range(20_000):
        # Every fourth answer comes from one of ten busy members, the others come in turn.
        member = n % 10 if n % 4 == 0 else n % 1_000
        day = Amount(sum(had.values()) * CALL.tokens) if n < 2_000 else Amount(300 * CALL.tokens)
        others = sum(count > 0 for each, count in had.items() if each != member) if n < 2_000 else 999
        used = Used(day=day, member=Amount(had[member] * CALL.tokens), others=others)
        if must_wait(limits, used, CALL, NOW) is None:
            had[member] += 1

    assert sum(had.values()) == 300
    assert max(had.values()) <= 10
    assert sum(count > 0 for count in had.values()) >= 200


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ("5", Limit(micros=5_000_000)),
        ("5.00", Limit(micros=5_000_000)),
        ("$0.05", Limit(micros=50_000)),
        ("2.5$", Limit(micros=2_500_000)),
        ("0", Limit(0, 0)),
        ("200000 tokens", Limit(tokens=200_000)),
        ("200000tokens", Limit(tokens=200_000)),
        ("None", Limit()),
        ("five", None),
        ("-1", None),
        ("1.234", None),
        ("1e9", None),
        ("", None),
    ],
)
def test_a_limit_is_read_as_people_write_it(typed: str, limit: Limit | None) -> None:
    assert read_limit(typed) == limit


def test_a_round_may_take_more_calls_within_an_hour_than_answers_do() -> None:
    begun = tuple(NOW - timedelta(minutes=minute) for minute in range(MOST_AN_HOUR, 0, -1))

    assert must_wait({}, Used(begun=begun), Amount(), NOW) == Wait(Why.RATE, begun[0] + HOUR)
    assert must_wait({}, Used(begun=begun), Amount(), NOW, MOST_AN_HOUR_IN_ROUNDS) is None
