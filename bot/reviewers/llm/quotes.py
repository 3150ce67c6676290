"""Whether a model's quote is evidence: it stands in the answer, it is the author's own, and it says something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.questions import Question
from bot.reviewers.gates import is_echo
from bot.reviewers.llm.seen import Seen, Span
from bot.reviewers.matching import COMMON_STEMS, families_of
from bot.reviewers.text import Sentence, quote, sentences, words_of
from bot.reviewers.vocabulary import STOP_WORDS

#: Signs that models add, drop or exchange when they copy.
_DROPPED = frozenset("\"'`*_“”„‘’«»\\")
_DASHES = str.maketrans("–—−‐‑", "-----")
_GAP = re.compile(r"\s*(?:\.{3,}|…|\[\.\.\.\])\s*")
#: In English at least this share of the words of a text are little ones.
LITTLE_WORDS = 0.2


@dataclass(frozen=True, slots=True)
class Evidence:
    """Looks quotes up in one answer to one question."""

    answer: str
    seen: Seen
    folded: str
    places: tuple[int, ...]
    asked: tuple[Sentence, ...]
    subject: frozenset[str | int]
    in_english: bool

    def proofs(self, quotes: Sequence[str]) -> list[str | None]:
        """For each quote the words of the answer that it repeats, as they were typed; None where it proves nothing.

        Words that have nothing to do with the subject prove one point at most: somebody may well say a thing by a
        picture that nobody foresaw, but not everything by the same.
        """
        strange: set[Span] = set()
        found = []
        for said in quotes:
            span = self._span(said)
            own = self._sentences(span) if span else ()
            proof = quote(self.answer, *span) if span and self._is_evidence(span, own) else None
            if proof and not self._is_about_the_subject(own):
                places = {(each.start, each.end) for each in own}
                proof = None if self.seen.attacked or places & strange else proof
                strange |= places
            found.append(proof)
        return found

    def stands(self, said: str) -> bool:
        """Whether the answer holds these words at all."""
        return self._span(said) is not None

    def _span(self, said: str) -> tuple[int, int] | None:
        """Where the quote stands in the answer."""
        parts = [_folded(part)[0].strip(" .,;:!?") for part in _GAP.split(said)]
        wanted = max(parts, key=len, default="")
        at = self.folded.find(wanted) if wanted else -1
        if at < 0:
            return None
        first, last = self.places[at], self.places[at + len(wanted) - 1]
        return self.seen.starts[first], self.seen.ends[last]

    def _sentences(self, span: Span) -> tuple[Sentence, ...]:
        """The sentences of the author's that a place belongs to."""
        start, end = span
        return tuple(each for each in self.seen.spoken if each.start < end and start < each.end)

    def _is_evidence(self, span: Span, own: Sequence[Sentence]) -> bool:
        """Whether this is the author's own, says something to the question and nothing to the grader."""
        start, end = span
        is_order = any(start < last and first < end for first, last in self.seen.orders)
        says = _meaning(sentences(self.answer[start:end]))
        return bool(own and says) and not is_order and not all(is_echo(each, self.asked) for each in own)

    def _is_about_the_subject(self, own: Sequence[Sentence]) -> bool:
        """Whether any word of these belongs to what is known of the question. That can be said of English only, and
        whether they prove their point is for the model to say."""
        return not self.in_english or not self.subject.isdisjoint(_with_families(_meaning(own)))


def evidence_in(question: Question, answer: str, seen: Seen) -> Evidence:
    """What looks quotes up in this answer."""
    folded, places = _folded(seen.text)
    return Evidence(answer, seen, folded, places, _asked(question), _subject(question), _english(seen))


def _folded(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without what copying changes, and for each character its place before."""
    signs: list[str] = []
    places: list[int] = []
    for at, sign in enumerate(text.translate(_DASHES)):
        if sign in _DROPPED:
            continue
        if sign.isspace():
            sign = " "
            if signs and signs[-1] == " ":
                continue
        for each in sign.casefold():
            signs.append(each)
            places.append(at)
    return "".join(signs), tuple(places)


def _meaning(said: Sequence[Sentence]) -> frozenset[str]:
    return frozenset[str]().union(*(sentence.content for sentence in said))


def _with_families(stems: frozenset[str]) -> frozenset[str | int]:
    return frozenset[str | int]((*stems, *families_of(stems)))


@lru_cache(maxsize=512)
def _asked(question: Question) -> tuple[Sentence, ...]:
    return tuple(sentences(question.prompt))


@lru_cache(maxsize=512)
def _subject(question: Question) -> frozenset[str | int]:
    """The words of everything that is known about the question, and their relatives."""
    texts = [question.title, question.prompt, question.model_answer, *question.topics]
    for point in question.points:
        texts += [point.text, *point.wordings, *point.wrong_claims]
    return _with_families(_meaning([sentence for text in texts for sentence in sentences(text)]) - COMMON_STEMS)


def _english(seen: Seen) -> bool:
    words = words_of(seen.text)
    return sum(1 for word in words if word in STOP_WORDS) >= LITTLE_WORDS * len(words)
