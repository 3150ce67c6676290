from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.jobs.telling import Again, Park, StepFailed, describe, pause_after, plain_json, tell
from bot.ports import Do, Later
from bot.storage.work import Owed


def promise(attempt: int = 0, failures: int = 0) -> Owed:
    return Owed(1, "welcome", "welcome:7", attempt, failures, 1, ["ada"])


async def do(step: str, work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    return await work(*args)


async def end_of(ending: Later | BaseException | None, owed: Owed) -> Again | Park | None:
    async def story(do: Do, name: str) -> Later | None:
        assert name == "ada"
        if isinstance(ending, BaseException):
            raise ending
        return ending

    return await tell(story, do, owed)


async def test_a_story_that_ends_is_told() -> None:
    assert await end_of(None, promise()) is None


async def test_a_story_that_asks_for_later_gets_it_and_it_is_no_failure() -> None:
    assert await end_of(Later(42), promise(attempt=50, failures=3)) == Again(42, failures=3)


async def test_later_is_never_at_once() -> None:
    assert await end_of(Later(0), promise()) == Again(1, failures=0)


async def test_an_outside_that_names_a_pause_gets_it() -> None:
    assert await end_of(NotNow("busy", after=7.5), promise(failures=2)) == Again(7.5, failures=2)


async def test_an_outside_that_is_away_is_asked_less_and_less_often_and_that_is_no_failure() -> None:
    ends = [await end_of(NotNow("away"), promise(attempt)) for attempt in range(8)]

    pauses = [end.seconds for end in ends if isinstance(end, Again) and end.failures == 0]
    assert len(pauses) == 8
    assert pauses[0] < 6
    assert pauses[:5] == sorted(pauses[:5])
    assert 3200 < pauses[-1] < 4000


async def test_an_outside_that_stays_away_for_days_is_given_up() -> None:
    assert await end_of(NotNow("away"), promise(attempt=99)) == Park("the outside stays away")


async def test_a_refusal_is_final() -> None:
    assert await end_of(Refused("no such channel", RefusedBecause.GONE), promise()) == Park("refused: gone")


async def test_a_review_that_was_refused_is_asked_for_again_an_hour_and_days_later_then_parked() -> None:
    refused = Refused("no", RefusedBecause.NOT_REVIEWED)
    ends = [await end_of(refused, promise(attempt=n, failures=n)) for n in range(4)]

    assert ends == [Again(3600, 1), Again(86400, 2), Again(86400, 3), Park("refused: not_reviewed")]


async def test_a_bug_is_tried_again_with_growing_pauses_then_parked() -> None:
    ends = [await end_of(KeyError("Ada wrote: hello"), promise(attempt=n, failures=n)) for n in range(8)]

    assert [end.failures for end in ends[:-1] if isinstance(end, Again)] == [1, 2, 3, 4, 5, 6, 7]
    assert isinstance(ends[-1], Park)
    assert "KeyError" in ends[-1].why


async def test_what_is_kept_of_an_error_is_its_kind_and_place_never_its_words() -> None:
    end = await end_of(ValueError("Ada wrote: hello"), promise(failures=7))

    assert isinstance(end, Park)
    assert "Ada" not in end.why
    assert end.why.startswith("ValueError at test_telling.py:")
    assert describe(StepFailed("KeyError at x.py:1 in step 'say'")) == "KeyError at x.py:1 in step 'say'"


async def test_cancellation_passes() -> None:
    with pytest.raises(asyncio.CancelledError):
        await end_of(asyncio.CancelledError(), promise())


def test_a_pause_is_the_same_for_a_key_and_different_between_keys() -> None:
    assert pause_after(3, "a") == pause_after(3, "a")
    assert len({pause_after(3, f"key {number}") for number in range(20)}) > 10
    assert all(108 <= pause_after(3, f"key {number}") <= 132 for number in range(200))


def test_only_plain_json_passes_between_steps() -> None:
    assert plain_json({"a": (1, 2)}) == {"a": [1, 2]}
    with pytest.raises(TypeError):
        plain_json(object())
