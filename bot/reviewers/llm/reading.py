"""From a model's reply to values, strictly: whatever does not fit is named, so that it can be asked again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.reviews import HIGHEST_LEVEL, LOWEST_LEVEL, Advice, Facet, Gate, Verdict

#: What the model calls a text that is no real answer.
KINDS: Mapping[str, Gate | None] = {
    "answer": None,
    "keywords": Gate.KEYWORD_LIST,
    "off_topic": Gate.OFF_TOPIC,
    "dont_know": Gate.DONT_KNOW,
}
#: No more of the model's own words is kept.
ADVICE_CHARACTERS = 300


class Unusable(Exception):
    """A reply that cannot be used. The text says why, in words of ours that the model may read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says: by number of the point a verdict with its quote, and the rest where it gave it."""

    kind: Gate | None
    points: Mapping[int, tuple[Verdict, str]]
    levels: tuple[tuple[Facet, int], ...]
    advice: Advice | None


def read(text: str, numbers: range) -> Reading:
    """The reply as values, for points of these numbers. Raises `Unusable`.

    Verdicts, quotes and numbers must be there and of their type; a score, or anything else that was not asked for,
    makes a reply unusable too, since a model that adds its own marks has not understood what it is for.
    """
    whole = _object(_loads(text), "the reply", {"points"}, {"kind", *Facet, "next_step", "think"})
    found = Reading(
        _kind(whole.get("kind", "answer")),
        _points(whole["points"], numbers),
        tuple((facet, _level(facet, whole[facet])) for facet in Facet if facet in whole),
        _advice(whole),
    )
    if _is_example(found, whole):
        raise Unusable("it is the empty example given back")
    return found


def _is_example(found: Reading, whole: Mapping[str, Any]) -> bool:
    """Is nothing filled in? Small models copy the example of the prompt, whatever the answer says."""
    return (
        found.kind is None
        and all(said == (Verdict.MISSING, "") for said in found.points.values())
        and found.levels == tuple((facet, LOWEST_LEVEL) for facet in Facet)
        and whole.get("next_step") == whole.get("think") == ""
    )


def _loads(text: str) -> Any:
    """JSON, also inside a code fence, between some words, or behind thoughts."""
    text = text.rpartition("</think>")[2]
    start, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[start : end + 1], object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except Unusable:
        raise
    except (ValueError, RecursionError):
        raise Unusable("it is not one JSON object") from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unusable("a key stands in it twice")
    return found


def _no_constant(name: str) -> float:
    raise Unusable("a number in it is none")


def _object(value: Any, what: str, needed: set[str], known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unusable(f"{what} is not a JSON object")
    if lacking := needed - value.keys():
        raise Unusable(f"{what} lacks {', '.join(sorted(lacking))}")
    if value.keys() - needed - known:
        raise Unusable(f"{what} has keys that were not asked for")
    return value


def _kind(value: Any) -> Gate | None:
    if not isinstance(value, str) or value not in KINDS:
        raise Unusable(f"kind must be one of {', '.join(KINDS)}")
    return KINDS[value]


def _points(value: Any, numbers: range) -> dict[int, tuple[Verdict, str]]:
    if not isinstance(value, list):
        raise Unusable("points is not a list")
    found: dict[int, tuple[Verdict, str]] = {}
    for each in value:
        point = _object(each, "a point", {"n", "verdict", "quote"}, set())
        number = _whole(point["n"], "n")
        if number not in numbers or number in found:
            raise Unusable("a number of a point is not in the rubric, or stands there twice")
        found[number] = _verdict(point["verdict"]), _text(point["quote"], "a quote")
    if len(found) < len(numbers):
        raise Unusable("points of the rubric are left out")
    return found


def _verdict(value: Any) -> Verdict:
    if not isinstance(value, str) or value not in list(Verdict):
        raise Unusable(f"a verdict must be one of {', '.join(Verdict)}")
    return Verdict(value)


def _level(facet: Facet, value: Any) -> int:
    level = _whole(value, facet)
    if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        raise Unusable(f"{facet} goes from {LOWEST_LEVEL} to {HIGHEST_LEVEL}")
    return level


def _whole(value: Any, what: str) -> int:
    """A whole number, also written as 2.0; never a truth value."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value != int(value):
        raise Unusable(f"{what} is not a whole number")
    return int(value)


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise Unusable(f"{what} is not a text")
    return value


def _advice(whole: Mapping[str, Any]) -> Advice | None:
    """The model's own words, when it gave both."""
    texts = [_text(whole.get(key, ""), key).strip()[:ADVICE_CHARACTERS] for key in ("next_step", "think")]
    return Advice(*texts) if all(texts) else None
