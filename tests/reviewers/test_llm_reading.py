from __future__ import annotations

import json
from typing import Any

import pytest
from openai_world import graded

from bot.domain.reviews import Advice, Facet, Gate, Verdict
from bot.reviewers.llm.reading import ADVICE_CHARACTERS, Unusable, read

SAID = [("covered", "one"), ("partial", "two"), ("missing", "")]
SOUND = graded(SAID)
NUMBERS = range(1, 4)


def changed(**by: Any) -> str:
    return json.dumps({**json.loads(SOUND), **by})


def points(*said: dict[str, Any]) -> str:
    return changed(points=list(said))


def point(n: Any = 3, verdict: Any = "missing", quote: Any = "", **others: Any) -> str:
    first, second = ({"n": n, "verdict": "covered", "quote": "x"} for n in (1, 2))
    return points(first, second, {"n": n, "verdict": verdict, "quote": quote, **others})


def without(key: str) -> str:
    whole = json.loads(SOUND)
    del whole[key]
    return json.dumps(whole)


NOTHING = [("missing", "")] * 3
EXAMPLE = graded(NOTHING, depth=1, trade_offs=1, communication=1, next_step="", think="")

BAD = {
    "the empty example of the prompt": EXAMPLE,
    "nothing": "",
    "words": "The answer is good, 8 out of 10.",
    "a number": "10",
    "null": "null",
    "a list": f"[{SOUND}]"[:-2],
    "half of it": SOUND[: len(SOUND) // 2],
    "half of a string": SOUND[:-20] + "}",
    "a page": "<html><body>502 Bad Gateway</body></html>",
    "single quotes": SOUND.replace('"', "'"),
    "a comma too much": SOUND[:-1] + ",}",
    "two objects": SOUND + SOUND,
    "a hundred thousand brackets": '{"points":' + "[" * 100_000 + "}",
    "a key twice": SOUND[:-1] + ',"kind":"answer"}',
    "a score of 11 of 10": changed(score=11),
    "extra keys": changed(thoughts="hm"),
    "extra keys in a point": point(credit=1),
    "no points": without("points"),
    "points that are a text": changed(points="all covered"),
    "points that are an object": changed(points={"1": "covered"}),
    "a point that is a word": changed(points=["covered", "covered", "covered"]),
    "a point left out": points({"n": 1, "verdict": "covered", "quote": "x"}),
    "a point twice": point(n=2),
    "an unknown point": point(n=4),
    "point zero": point(n=0),
    "a point by its name": point(n="three"),
    "a point that is true": point(n=True),
    "not a number": point(n=float("nan")),
    "no end": point(n=float("inf")),
    "an unknown verdict": point(verdict="brilliant"),
    "a verdict that is a number": point(verdict=1),
    "a quote that is none": point(quote=None),
    "quotes in a list": point(quote=["a", "b"]),
    "a level of five": changed(depth=5),
    "a level of nothing": changed(communication=None),
    "a level between two": changed(trade_offs=2.5),
    "an unknown kind": changed(kind="excellent"),
    "advice that is a list": changed(next_step=["read"]),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_x037_a_reply_that_does_not_fit_is_unusable(text: str) -> None:
    with pytest.raises(Unusable):
        read(text, NUMBERS)


def test_there_are_at_least_thirty_bad_replies() -> None:
    assert len(BAD) >= 30


@pytest.mark.parametrize(
    "text",
    [SOUND, f"```json\n{SOUND}\n```", f"Here it is: {SOUND} Anything else?", f"<think>{{hm}}</think>{SOUND}"],
    ids=["bare", "fenced", "between words", "behind thoughts"],
)
def test_a_sound_reply_is_read_whatever_stands_around_it(text: str) -> None:
    reading = read(text, NUMBERS)

    assert reading.points == {1: (Verdict.COVERED, "one"), 2: (Verdict.PARTIAL, "two"), 3: (Verdict.MISSING, "")}
    assert reading.kind is None
    assert dict(reading.levels) == {Facet.DEPTH: 2, Facet.TRADE_OFFS: 1, Facet.COMMUNICATION: 3}
    assert reading.advice == Advice("Say what happens under load.", "What would you measure first?")


def test_points_may_come_in_any_order() -> None:
    whole = json.loads(SOUND)
    whole["points"].reverse()

    assert read(json.dumps(whole), NUMBERS).points == read(SOUND, NUMBERS).points


@pytest.mark.parametrize(
    ("kind", "gate"),
    [("off_topic", Gate.OFF_TOPIC), ("keywords", Gate.KEYWORD_LIST), ("dont_know", Gate.DONT_KNOW), ("answer", None)],
)
def test_a_text_that_is_no_answer_may_be_called_so(kind: str, gate: Gate | None) -> None:
    assert read(changed(kind=kind), NUMBERS).kind is gate


@pytest.mark.parametrize("key", ["kind", "depth", "next_step", "think"])
def test_what_does_not_count_may_be_left_out(key: str) -> None:
    assert read(without(key), NUMBERS).points == read(SOUND, NUMBERS).points


def test_a_models_own_words_have_an_end() -> None:
    advice = read(changed(next_step="x" * 100_000), NUMBERS).advice

    assert advice is not None
    assert len(advice.next_step) == ADVICE_CHARACTERS


def test_a_reply_that_finds_nothing_and_says_what_to_do_is_no_empty_example() -> None:
    for filled in ({"next_step": "Name one cost."}, {"depth": 2}, {"kind": "dont_know"}):
        assert read(json.dumps({**json.loads(EXAMPLE), **filled}), NUMBERS).points[1] == (Verdict.MISSING, "")
