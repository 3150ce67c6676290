"""How much of a phrase an answer says: every word of the phrase is looked for as itself, as a relative, as a typo,
and on the same side of "not"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.reviewers.text import Sentence, plain_text, stem, words_and_polarity, words_of
from bot.reviewers.vocabulary import COMMON_WORDS, NEGATIVE_VERBS, NEGATORS, OPPOSITES, STOP_WORDS, SYNONYMS

#: What a word counts when it stands there itself, as a relative, with another ending or a typo.
SAME, RELATED, ALIKE = 1.0, 0.85, 0.8
#: A word of the question proves little, a frequent word proves half.
QUESTION_WORD, COMMON_WORD = 0.4, 0.5

#: In a pool of wordings a relative proves less, and this many full words make a sentence rich.
POOLED_RELATIVE, RICH = 0.6, 5.0

COMMON_STEMS = frozenset(stem(word) for word in COMMON_WORDS)


def _families() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(SYNONYMS):
        for word in line.split():
            found[stem(word)].add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one, other in OPPOSITES:
        found[stem(one)].add(stem(other))
        found[stem(other)].add(stem(one))
    return {word: frozenset(others) for word, others in found.items()}


_FAMILIES = _families()
_OPPOSITES = _opposites()
#: By number of sentence, 0..1; sentences worth nothing are left out.
Worth = dict[int, float]

_NOWHERE: tuple[Worth, Worth] = ({}, {})
_NO_FAMILY: frozenset[int] = frozenset()
_NO_WORDS: frozenset[str] = frozenset()


def families_of(stems: Iterable[str]) -> frozenset[int]:
    """The families of words that these belong to."""
    return frozenset[int]().union(*(_FAMILIES.get(word, _NO_FAMILY) for word in stems))


@dataclass(frozen=True, slots=True)
class Term:
    """One content word of a phrase, what finding it is worth, whether the question says it already, and negations."""

    stem: str
    weight: float
    asked: bool
    turned: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text to look for: its content words as terms. A phrase that itself holds a "not" cannot be denied by one."""

    text: str
    stems: tuple[str, ...]
    terms: tuple[Term, ...]
    weight: float
    deniable: bool
    turned: bool

    @property
    def core(self) -> frozenset[str]:
        """The words that the question does not say already."""
        return frozenset(term.stem for term in self.terms if not term.asked)


@lru_cache(maxsize=8_000)
def phrase(text: str, question_stems: frozenset[str]) -> Phrase:
    """The text ready to be looked for, with the question's own words discounted."""
    words, turned = words_and_polarity(plain_text(text))
    stems = tuple(stem(word) for word in words)
    sides = dict(zip(stems, turned, strict=True))
    content = [
        found for word, found in zip(words, stems, strict=True) if word not in STOP_WORDS and word not in NEGATORS
    ] or stems
    terms = tuple(_term(found, question_stems, sides[found]) for found in dict.fromkeys(content))
    deniable = not any(turned) and not NEGATIVE_VERBS.intersection(words)
    return Phrase(text, stems, terms, sum(term.weight for term in terms) or 1.0, deniable, any(turned))


def _term(found: str, question_stems: frozenset[str], turned: bool) -> Term:
    if found in question_stems or (len(found) > 4 and any(found in asked for asked in question_stems)):
        return Term(found, QUESTION_WORD, True, turned)
    return Term(found, COMMON_WORD if found in COMMON_STEMS else 1.0, False, turned)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares 0..1 of a phrase by sentence: what it says of it, how much of that stands under a "not", how much on the
    other side of "not" than in the phrase, and what two in a row say."""

    single: tuple[float, ...]
    denied: tuple[float, ...]
    other_side: tuple[float, ...]
    double: tuple[float, ...]
    wanted: Phrase

    @property
    def best(self) -> int:
        """The sentence that says most of it."""
        return max(range(len(self.single)), key=self.single.__getitem__, default=0)

    def agrees(self, number: int, denied: float) -> bool:
        """Does this sentence stand on the same side of "not" as the phrase, word by word or as a whole?"""
        if self.wanted.turned and not self.denied[number]:
            return False
        return self.other_side[number] < denied or (self.wanted.turned and self.denied[number] >= denied)

    @property
    def strength(self) -> float:
        """What one sentence says of it at most, or nearly what two neighbours say together."""
        return max(max(self.single, default=0.0), 0.9 * max(self.double, default=0.0))


class Said:
    """The sentences of an answer, indexed by word, so that many phrases can be looked for quickly.

    A place is a bit mask of sentences: bit 0 is the first. Words reached by a negation are indexed apart.
    """

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.sentences = sentences
        self._stems: tuple[dict[str, int], dict[str, int]] = (defaultdict(int), defaultdict(int))
        self._members: dict[int, set[str]] = defaultdict(set)
        self._beginnings: dict[str, set[str]] = defaultdict(set)
        for number, sentence in enumerate(sentences):
            for word, turned in zip(sentence.stems, sentence.turned, strict=True):
                self._stems[turned][word] |= 1 << number
                self._beginnings[word[:3]].add(word)
        self._words = self._stems[0].keys() | self._stems[1].keys()
        for word in self._words:
            for family in _FAMILIES.get(word, _NO_FAMILY):
                self._members[family].add(word)
        self._rows: dict[str, tuple[Worth, Worth]] = {}
        self._coverages: dict[tuple[str, float], Coverage] = {}

    def coverage(self, wanted: Phrase) -> Coverage:
        """How much of the phrase each sentence says, denies, or says together with the next."""
        key = wanted.text, wanted.weight
        if key not in self._coverages:
            self._coverages[key] = self._cover(wanted)
        return self._coverages[key]

    def _cover(self, wanted: Phrase) -> Coverage:
        count = len(self.sentences)
        single, double = [0.0] * count, [0.0] * count
        taken_up, denied, other_side = [0.0] * count, [0.0] * count, [0.0] * count
        for term in wanted.terms:
            found, against = self._row(term.stem)
            if not found and not against:
                continue
            weight = term.weight / wanted.weight
            for number, worth in found.items():
                single[number] += weight * worth
                double[number] += weight * max(worth, found.get(number + 1, 0.0))
                if number and number - 1 not in found:
                    double[number - 1] += weight * worth
            for number in () if term.asked else found.keys() | against.keys():
                taken_up[number] += weight * max(found.get(number, 0.0), against.get(number, 0.0))
                denied[number] += weight * against.get(number, 0.0)
                other_side[number] += weight * (against if not term.turned else _only(found, against)).get(number, 0.0)
        return Coverage(
            tuple(single), _shares(denied, taken_up), _shares(other_side, taken_up), tuple(double[:-1]), wanted
        )

    def share(self, wanted: Phrase, number: int) -> float:
        """How much of the phrase this one sentence says."""
        return sum(term.weight * self._row(term.stem)[0].get(number, 0.0) for term in wanted.terms) / wanted.weight

    def worth(self, wanted: str, foreign: frozenset[str]) -> Worth:
        """By sentence: what it is worth for this word. Foreign words do not count as relatives of it."""
        found = self._row(wanted)[0]
        if not found:
            return found
        families = _FAMILIES.get(wanted, _NO_FAMILY)
        if all(foreign.isdisjoint(self._members.get(family, set())) for family in families):
            return found
        return self._strengths(wanted, False, foreign) | self._strengths(wanted, True, foreign)

    def purities(self, phrases: Sequence[Phrase], foreign: frozenset[str]) -> list[float]:
        """How purely and how richly each sentence speaks in the words of several phrases, 0..1.

        Finds a point that is put together from several wordings, none of which it repeats as a whole.
        """
        weights: dict[str, float] = {}
        for wanted in phrases:
            for term in wanted.terms:
                weights[term.stem] = max(term.weight, weights.get(term.stem, 0.0))
        families = families_of(weights)
        return [_purity(sentence.content, weights, families, foreign) for sentence in self.sentences]

    def _row(self, wanted: str) -> tuple[Worth, Worth]:
        """By sentence: what it is worth for this word, and how strongly it says the opposite instead."""
        if wanted not in self._rows:
            if not self._may_hold(wanted):
                return _NOWHERE
            plain, turned = self._strengths(wanted, False), self._strengths(wanted, True)
            found = {number: max(plain.get(number, 0.0), worth) for number, worth in (plain | turned).items()}
            against = {number: worth for number, worth in turned.items() if worth > plain.get(number, 0.0)}
            opposite = 0
            for word in _OPPOSITES.get(wanted, _NO_WORDS):
                opposite |= self._stems[False].get(word, 0)
            against |= {number: SAME for number in _numbers(opposite) if number not in found}
            self._rows[wanted] = found, against
        return self._rows[wanted]

    def _may_hold(self, wanted: str) -> bool:
        """A quick look, since most words of a rubric stand nowhere in an answer."""
        return (
            wanted[:3] in self._beginnings
            or not self._members.keys().isdisjoint(_FAMILIES.get(wanted, _NO_FAMILY))
            or not self._words.isdisjoint(_OPPOSITES.get(wanted, _NO_WORDS))
        )

    def _strengths(self, wanted: str, turned: bool, foreign: frozenset[str] = _NO_WORDS) -> Worth:
        stems = self._stems[turned]
        related = alike = 0
        for family in _FAMILIES.get(wanted, _NO_FAMILY):
            for word in self._members.get(family, set()):
                if word not in foreign:
                    related |= stems.get(word, 0)
        for word in self._alike(wanted):
            alike |= stems.get(word, 0)
        worth = dict.fromkeys(_numbers(alike), ALIKE)
        worth.update(dict.fromkeys(_numbers(related), RELATED))
        worth.update(dict.fromkeys(_numbers(stems.get(wanted, 0)), SAME))
        return worth

    def _alike(self, wanted: str) -> Iterable[str]:
        if len(wanted) < 5:
            return ()
        return [word for word in self._beginnings.get(wanted[:3], ()) if is_alike(wanted, word)]


def _only(found: Worth, against: Worth) -> Worth:
    return {number: worth for number, worth in found.items() if number not in against}


def _shares(parts: Iterable[float], wholes: Iterable[float]) -> tuple[float, ...]:
    return tuple(part / whole if whole else 0.0 for part, whole in zip(parts, wholes, strict=True))


def _numbers(places: int) -> Iterator[int]:
    """The numbers of the sentences in a bit mask."""
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest


def _purity(
    content: Iterable[str], weights: Mapping[str, float], families: frozenset[int], foreign: frozenset[str]
) -> float:
    own = total = 0.0
    for word in content:
        full = COMMON_WORD if word in COMMON_STEMS else 1.0
        if word in weights:
            worth = weights[word]
        else:
            worth = (
                POOLED_RELATIVE * full if word not in foreign and families & _FAMILIES.get(word, _NO_FAMILY) else 0.0
            )
        own += worth
        total += max(full, worth)
    return own / total * min(1.0, own / RICH) if total else 0.0


def is_alike(one: str, other: str) -> bool:
    """Do two words share a long beginning, or differ by one slip of the finger?"""
    shorter, longer = sorted((one, other), key=len)
    shared = next((n for n, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if shared >= 5 and shared >= 0.7 * len(longer):
        return True
    if len(longer) - len(shorter) > 1 or len(shorter) < 5:
        return False
    if len(shorter) < len(longer):
        return shorter[shared:] == longer[shared + 1 :]
    swapped = shorter[shared : shared + 2] == longer[shared : shared + 2][::-1]
    return shorter[shared + 1 :] == longer[shared + 1 :] or (swapped and shorter[shared + 2 :] == longer[shared + 2 :])


def stems_of(texts: Iterable[str]) -> frozenset[str]:
    """The content stems of some texts."""
    return frozenset(stem(word) for text in texts for word in words_of(text) if word not in STOP_WORDS)
