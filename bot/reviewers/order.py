"""Where the order of words decides: steps told backwards, and the properties of one thing told of the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from bot.reviewers.matching import Phrase
from bot.reviewers.text import Sentence, plain_text, stem, words_of
from bot.reviewers.vocabulary import COMMON_WORDS, NEGATORS, OPPOSITES, STOP_WORDS

#: Two things that a question compares, each as the words that only it has.
Things = tuple[frozenset[str], frozenset[str]]

_STEPS = frozenset("first then before after followed finally afterwards".split())
#: Only short lists of steps can be compared by first mention.
MOST_STEPS, MOST_WORDS = 12, 40
_CLAUSE = re.compile(r"[,;:()]|\b(?:while|whereas|but|unlike)\b")
_PAIR = re.compile(
    r"(?:advantages?|disadvantages?|benefits?|drawbacks?|differences?|prefer|better|compare|comparison)\b[^?.]*?"
    r"(?:of|between|to use|is|are|compare|prefer|do)?\s*((?:[\w-]+ ){0,2}?[\w-]+) (?:over|and|or|versus|vs\.?|than) "
    r"(?:an? |the |basic )?((?:[\w-]+ ){0,1}[\w-]+)"
)


def steps_of(points: Iterable[str], asked: frozenset[str]) -> tuple[str, ...]:
    """The words of the points in their order, without those of the question, when the points tell short steps."""
    words = [word for point in points for word in words_of(point)]
    if not _STEPS.intersection(words):
        return ()
    steps = tuple(dict.fromkeys(stem(word) for word in words if _counts(word) and stem(word) not in asked))
    return steps if 3 <= len(steps) <= MOST_STEPS else ()


def _counts(word: str) -> bool:
    return word not in STOP_WORDS and word not in COMMON_WORDS and word not in NEGATORS and word not in _STEPS


def told_backwards(steps: Sequence[str], sentences: Sequence[Sentence]) -> bool:
    """Are the steps mentioned more backwards than forwards?"""
    said = [word for sentence in sentences for word in sentence.stems]
    if not steps or len(said) > MOST_WORDS:
        return False
    places = [said.index(step) for step in steps if step in said]
    if len(places) < 3:
        return False
    pairs = list(combinations(places, 2))
    return sum(1 for one, other in pairs if one > other) > 0.6 * len(pairs)


def compared(prompt: str) -> Things | None:
    """The two things a question asks to tell apart, as the words that only one of them has."""
    found = _PAIR.search(plain_text(prompt))
    if not found:
        return None
    one, other = (frozenset(stem(word) for word in words_of(side) if _counts(word)) for side in found.groups())
    for pair in OPPOSITES:
        left, right = map(stem, pair)
        if (left in one and right in other) or (right in one and left in other):
            return frozenset({left}), frozenset({right})
    return (one - other, other - one) if one - other and other - one else None


def leaning(things: Things | None, wanted: Phrase, sentence: Sentence) -> int | None:
    """Of which compared thing the sentence says the phrase: below 0 of the phrase's own, above 0 of the other.

    None when the phrase does not speak of exactly one of the two, or a negation makes the sentence hard to read.
    """
    if things is None or any(sentence.turned):
        return None
    one, other = things
    if bool(one.intersection(wanted.stems)) == bool(other.intersection(wanted.stems)):
        return None
    meant, swapped = (one, other) if one.intersection(wanted.stems) else (other, one)
    votes = 0
    for clause in _clauses(sentence, one | other):
        weight = len((wanted.core - one - other).intersection(clause))
        votes += weight * (bool(swapped.intersection(clause)) - bool(meant.intersection(clause)))
    return votes


def _clauses(sentence: Sentence, things: frozenset[str]) -> list[frozenset[str]]:
    """The clauses of a sentence as stems; one that names nothing compared speaks of what the clause before named."""
    found: list[frozenset[str]] = []
    for text in _CLAUSE.split(sentence.text):
        clause = frozenset(stem(word) for word in words_of(text))
        if found and not things.intersection(clause):
            clause |= things.intersection(found[-1])
        if clause:
            found.append(clause)
    return found
