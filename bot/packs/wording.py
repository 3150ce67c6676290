"""Compares texts by their words, for the checks: which content words they hold, and which phrases they share."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")

#: Words that tell nothing about what a text is on.
_SMALL = """
a about after again all also although always am among an and another any anything are as at away back be because
been before being between both but by can cannot could did do does doing don't done down each either else even
ever every everything few first for from get gets getting give given go goes going good got had has have having he
her here him his how i if in instead into is isn't it it's its itself just keep kind know last least less let like
long look lot made make makes making many may maybe me might mine more most much must my need needs never no nor
not nothing now of off often on once one only onto or other our out over own per put quite rather really right same
say see several she should since so some someone something sort still such take takes tell than that that's the
their them then there these they thing things think this those though through thus to together too two under until
up upon us use used uses using usually very want was way we well were what when where whether which while who whole
why will with within without would yes yet you your
"""
_SMALL_WORDS = frozenset(_SMALL.split())


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """All words in small letters."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()))


@lru_cache(maxsize=4096)
def content_words(text: str) -> tuple[str, ...]:
    """The words that carry meaning, without their commonest endings, in order."""
    return tuple(_stem(word) for word in _telling_words(text))


def _telling_words(text: str) -> tuple[str, ...]:
    return tuple(word for word in words(text) if word not in _SMALL_WORDS)


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    if word.endswith("ss"):
        return word
    for ending in ("ings", "ing", "ies", "ied", "es", "ed", "s"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)
    return word


def phrases(text: str, length: int) -> dict[tuple[str, ...], str]:
    """Every run of `length` content words within one sentence, with the words as they were written."""
    return {
        found[start : start + length]: " ".join(written[start : start + length])
        for found, written in ((content_words(part), _telling_words(part)) for part in sentences(text))
        for start in range(len(found) - length + 1)
    }


def sentences(text: str) -> tuple[str, ...]:
    """The text, cut at sentence ends and at new lines."""
    return tuple(part.strip() for part in _SENTENCE_END.split(text) if part.strip())


def says_literally(text: str, clause: str) -> bool:
    """True when the words of `clause` stand in `text` one after the other."""
    return f" {' '.join(words(clause))} " in f" {' '.join(words(text))} "


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of words that both have (Jaccard)."""
    return len(one & other) / len(one | other) if one or other else 0.0


def near_duplicates(texts: Sequence[str], threshold: float) -> Iterator[tuple[int, int]]:
    """Each text that is about as alike as `threshold` to an earlier one: its position, and the earlier one's.

    Two sets this alike share one of their rarest words, so only texts that do are compared: thousands stay quick.
    """
    sets = [frozenset(content_words(text)) for text in texts]
    spread = Counter(word for found in sets for word in found)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for position, found in enumerate(sets):
        rare_first = sorted(found, key=lambda word: (spread[word], word))
        marks = rare_first[: len(found) - int(threshold * len(found)) + 1]
        earlier = sorted({other for word in marks for other in holders[word]})
        twin = next((other for other in earlier if likeness(found, sets[other]) >= threshold), None)
        if twin is not None:
            yield position, twin
        for word in marks:
            holders[word].append(position)
