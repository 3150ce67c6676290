"""What counts as a repeat of somebody else's answer, and what does not."""

from __future__ import annotations

import pytest

from bot.reviewers.copying import WordByWord

TEXT = (
    "I would put a token bucket per user into one shared Redis, with an atomic script, so that all machines count "
    "together; when Redis is slow I fail open with a small local limit and raise an alarm."
)
IN_OTHER_WORDS = (
    "Every user has a bucket of tokens, kept in a Redis that all machines share. A script takes a token in one step. "
    "Should Redis not answer in time, each machine falls back to its own small limit, and somebody is paged."
)
REPEATS = {
    "word for word": TEXT,
    "in capitals, without stops": TEXT.upper().replace(",", "").replace(";", ""),
    "in other lines": TEXT.replace(", ", ",\n\n"),
    "a word changed here and there": TEXT.replace("machines", "servers").replace("small", "tiny"),
    "with a greeting before it": f"Hi all! {TEXT}",
}
OWN = {
    "in other words": IN_OTHER_WORDS,
    "half of it": TEXT[: len(TEXT) // 2],
    "quoted, and then thought on": f"{TEXT} {IN_OTHER_WORDS}",
    "nothing": "",
}


@pytest.mark.parametrize("how", REPEATS)
def test_f50_a_repeated_text_is_found(how: str) -> None:
    assert WordByWord().find(REPEATS[how], {3: IN_OTHER_WORDS, 7: TEXT}) == 7


@pytest.mark.parametrize("how", OWN)
def test_f50_ones_own_words_are_no_repeat(how: str) -> None:
    assert WordByWord().find(OWN[how], {7: TEXT}) is None


def test_f50_two_short_answers_may_be_the_same() -> None:
    assert WordByWord().find("A token bucket per user.", {7: "A token bucket per user."}) is None


def test_f50_where_nobody_else_has_answered_nothing_is_repeated() -> None:
    assert WordByWord().find(TEXT, {}) is None
