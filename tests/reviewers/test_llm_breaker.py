from __future__ import annotations

import pytest

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.reviewers.llm.breaker import (
    FAILURES,
    LONGEST_BELIEVED_SECONDS,
    LONGEST_PAUSE_SECONDS,
    PAUSE_SECONDS,
    SHUT_OUT_SECONDS,
    Breaker,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def pause(breaker: Breaker) -> float:
    with pytest.raises(NotNow) as caught:
        breaker.enter()
    assert caught.value.after is not None
    return caught.value.after


def test_a_few_failures_let_others_try(breaker: Breaker) -> None:
    for _ in range(FAILURES - 1):
        breaker.failed()

    breaker.enter()


def test_failures_with_a_success_between_do_not_add_up(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.failed()
        breaker.worked()

    breaker.enter()


def test_x036_after_some_failures_everybody_pauses_and_then_one_tries(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        breaker.failed()
    assert pause(breaker) == PAUSE_SECONDS

    clock.now += PAUSE_SECONDS
    breaker.enter()

    assert pause(breaker) > 0
    breaker.worked()
    breaker.enter()
    breaker.enter()


def test_x036_pauses_grow_with_every_trial_that_fails_up_to_a_longest(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        breaker.failed()

    pauses = []
    for _ in range(8):
        pauses.append(pause(breaker))
        clock.now += pauses[-1]
        breaker.enter()
        breaker.failed()

    assert pauses[:4] == [30, 60, 120, 240]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def test_x036_a_pause_that_the_server_asks_for_is_kept(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(after=7)

    assert pause(breaker) == 7
    clock.now += 7
    breaker.enter()


def test_a_pause_of_years_is_not_believed(breaker: Breaker) -> None:
    breaker.failed(after=1e9)

    assert pause(breaker) == LONGEST_BELIEVED_SECONDS


def test_a_trial_that_was_cancelled_lets_the_next_one_try(breaker: Breaker, clock: Clock) -> None:
    for _ in range(FAILURES):
        breaker.failed()
    clock.now += PAUSE_SECONDS
    breaker.enter()

    breaker.left()

    breaker.enter()


def test_x048_a_server_that_lets_us_not_in_is_asked_once_an_hour(breaker: Breaker, clock: Clock) -> None:
    breaker.refused("the key is not accepted")

    with pytest.raises(Refused, match="the key") as caught:
        breaker.enter()
    assert caught.value.because is RefusedBecause.NO_RIGHT
    clock.now += SHUT_OUT_SECONDS
    breaker.enter()
    breaker.worked()
    breaker.enter()
