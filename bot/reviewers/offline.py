"""The reviewer that needs no key and no network: it looks for the rubric in the answer, word by word.

The same text always gets the same review. It cannot understand; it can only find, so its comments are labelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from bot.domain.budgets import Spent, unbooked
from bot.domain.questions import Question, RubricPoint
from bot.domain.reviews import PATIENCE_SECONDS, Gate, PointVerdict, Review, Verdict, Versions, score
from bot.reviewers.attacks import without_attacks
from bot.reviewers.evidence import Match, Shares, matches, shares_of
from bot.reviewers.gates import has_shrug, is_echo, is_heap_of_words, is_shrug
from bot.reviewers.matching import Coverage, Phrase, Said, phrase, stems_of
from bot.reviewers.order import Things, compared, leaning, steps_of, told_backwards
from bot.reviewers.samples import Graded, scaled, settled
from bot.reviewers.star import asks_for_experience, part_of, told
from bot.reviewers.text import Sentence, quote, sentences, without_markup

VERSIONS = Versions(reviewer="offline", model="words", prompt="", code="8")


@dataclass(frozen=True, slots=True)
class Calibration:
    """The few numbers of this reviewer, chosen on graded answers by leaving out whole questions."""

    #: Strengths below `low` earn nothing, above `high` everything; `bend` under 1 is kind to half-found points.
    low: float = 0.15
    high: float = 0.7
    bend: float = 0.65
    covered: float = 0.6
    partial: float = 0.4
    #: A sentence that takes up this much of a point, and denies this share of it, speaks against the point.
    taken_up: float = 0.4
    denied: float = 0.4
    #: A sentence that says this much of a wrong claim claims it.
    claimed: float = 0.72
    #: Sentence vectors: a cosine below `near` says nothing, one above `same` says as much as `heard`.
    near: float = 0.4
    same: float = 0.85
    heard: float = 0.5
    #: What one sentence against the rubric leaves of all other credits, and what steps told backwards leave.
    doubt: float = 0.55
    backwards: float = 0.3


CALIBRATION = Calibration()
#: A short text with a shrug in it and nothing found is a shrug.
SHRUG_ANSWER_WORDS = 32
#: A text of which nobody takes up more than this, of question, points or model answer, is about something else.
UNRELATED = 0.13


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to look for on behalf of one point."""

    point: RubricPoint
    said: tuple[Phrase, ...]
    wrong: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class _Rubric:
    """A question made ready for looking things up."""

    wanted: tuple[_Wanted, ...]
    wordings: tuple[tuple[str, ...], ...]
    shares: Shares
    asked: tuple[Sentence, ...]
    models: tuple[str, ...]
    truths: tuple[Phrase, ...]
    question: Phrase
    model: Phrase
    things: Things | None
    steps: tuple[str, ...]
    is_story: bool


@lru_cache(maxsize=512)
def _rubric(question: Question) -> _Rubric:
    known = stems_of([question.prompt])
    wanted = tuple(
        _Wanted(
            point,
            tuple(phrase(text, known) for text in (point.text, *point.wordings)),
            tuple(phrase(text, frozenset()) for text in point.wrong_claims),
        )
        for point in question.points
    )
    points = tuple(point.text for point in question.points)
    said = tuple(text for point in question.points for text in (point.text, *point.wordings))
    modelled = tuple(sentence.text for sentence in sentences(question.model_answer))
    return _Rubric(
        wanted=wanted,
        wordings=tuple((point.text, *point.wordings) for point in question.points),
        shares=shares_of([each.said for each in wanted]),
        asked=tuple(sentences(question.prompt)),
        models=tuple(text for text in (question.model_answer, " ".join(points)) if text),
        truths=tuple(phrase(text, frozenset()) for text in said + modelled),
        question=phrase(question.prompt, frozenset()),
        model=phrase(" ".join((question.model_answer, *points)), frozenset()),
        things=compared(question.prompt),
        steps=steps_of(points, known),
        is_story=asks_for_experience(question.prompt),
    )


class Ear(Hashable, Protocol):
    """Hears that two sentences mean the same though they share no word."""

    @property
    def name(self) -> str:
        """The model behind it."""
        ...

    def nearness(self, wordings: Sequence[Sequence[str]], said: Sequence[str]) -> list[list[float]]:
        """For each point, given by its wordings, the cosine between each sentence and the wording nearest to it."""
        ...


class OfflineReviewer:
    """Reviews by looking for the words of the rubric. Needs nothing but the question and the text; with an ear it also
    hears other words for the same. A rubric is proved by its own samples with `by_samples` off."""

    name = "offline"
    kept_under: Versions | None = None
    patience_seconds = PATIENCE_SECONDS

    def __init__(self, ear: Ear | None = None, by_samples: bool = True) -> None:
        self._ear = ear
        self._by_samples = by_samples
        self.versions = versions_with(ear)

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        """The review of this text: a few milliseconds of work, beside the loop, since a long text takes longer."""
        return await asyncio.to_thread(judge, question, answer, CALIBRATION, self._ear, self._by_samples)

    async def close(self) -> None:
        """Nothing is open."""


def judge(
    question: Question,
    answer: str,
    calibration: Calibration = CALIBRATION,
    ear: Ear | None = None,
    by_samples: bool = True,
) -> Review:
    """The review of this text, by the measure of the question's graded samples; the same for the same question, text
    and ear."""
    review = _judged(question, answer, calibration, ear)
    if not by_samples or review.gate is not None:
        return review
    before = score(question, review)
    after = settled(before, _graded(question, calibration, ear))
    points = (
        point if point.verdict is Verdict.CONTRADICTED else replace(point, credit=scaled(point.credit, before, after))
        for point in review.points
    )
    return replace(review, points=tuple(points))


@lru_cache(maxsize=512)
def _graded(question: Question, calibration: Calibration, ear: Ear | None) -> tuple[Graded, ...]:
    """The question's samples. Those that stand for words nobody thought of are kept for testing."""
    known = [sample for sample in question.samples if not sample.unseen]
    reviews = [_judged(question, sample.text, calibration, ear) for sample in known]
    return tuple(Graded(score(question, review), sample.score) for sample, review in zip(known, reviews, strict=True))


def _judged(question: Question, answer: str, calibration: Calibration, ear: Ear | None) -> Review:
    """The review of a text by itself."""
    rubric = _rubric(question)
    text = without_markup(answer)
    everything = sentences(text)
    left = without_attacks(text, everything)
    spoken = [sentence for sentence in left if not is_shrug(sentence)]
    own = [sentence for sentence in spoken if not is_echo(sentence, rubric.asked)]
    # A list of keywords stays one when a sentence stands beside it.
    telling = [sentence for sentence in own if not is_heap_of_words(sentence.text, ())]
    said = Said(telling)
    # What speaks against the author counts even in a sentence that was dropped: an attack must not wash it away.
    against = [sentence for sentence in everything if not is_echo(sentence, rubric.asked)]
    found = matches(said, rubric.shares)
    if ear is not None and telling:
        heard = ear.nearness(rubric.wordings, [text[each.start : each.end] for each in telling])
        found = _heard(found, heard, calibration)
    findings = _findings(rubric, found, said, said if telling == against else Said(against), calibration)
    gate = _gate(rubric, everything, spoken, own, telling) or _weak_gate(rubric, said, everything, findings)
    points = tuple(_verdict(answer, finding, gate, calibration) for finding in findings)
    return Review(points, versions_with(ear), gate)


def versions_with(ear: Ear | None) -> Versions:
    """What a review by words is made by, with or without an ear."""
    return VERSIONS if ear is None else replace(VERSIONS, model=f"{VERSIONS.model} and {ear.name}")


def _heard(found: Sequence[Match], nearness: Sequence[Sequence[float]], calibration: Calibration) -> list[Match]:
    """What was found by words, and more where a sentence is near in meaning."""
    more = []
    for match, cosines in zip(found, nearness, strict=True):
        best = max(range(len(cosines)), key=cosines.__getitem__)
        share = (cosines[best] - calibration.near) / (calibration.same - calibration.near)
        heard = calibration.heard * min(1.0, max(0.0, share))
        strength = match.strength + (1 - match.strength) * heard
        more.append(Match(strength, match.sentence if match.strength >= heard else best))
    return more


def _gate(
    rubric: _Rubric,
    everything: Sequence[Sentence],
    spoken: Sequence[Sentence],
    own: Sequence[Sentence],
    telling: Sequence[Sentence],
) -> Gate | None:
    if not everything:
        return Gate.EMPTY
    if not spoken:
        return Gate.DONT_KNOW
    if not own:
        return Gate.ECHO
    if not telling or is_heap_of_words("\n".join(sentence.text for sentence in own), rubric.models):
        return Gate.KEYWORD_LIST
    return None


def _weak_gate(rubric: _Rubric, said: Said, everything: Sequence[Sentence], found: Sequence[_Finding]) -> Gate | None:
    """Gates for texts in which next to nothing was found: a shrug with decoration, or something else altogether."""
    best = max((finding.strength for finding in found), default=0.0)
    words = sum(len(sentence.words) for sentence in said.sentences)
    if words <= SHRUG_ANSWER_WORDS and best < 0.6 and any(has_shrug(sentence) for sentence in everything):
        return Gate.DONT_KNOW
    related = max(best, said.coverage(rubric.question).strength, said.coverage(rubric.model).strength)
    return Gate.OFF_TOPIC if related < UNRELATED else None


@dataclass(frozen=True, slots=True)
class _Finding:
    """What was found for one point: how strongly, in which sentence, and which sentence claims the contrary."""

    point: RubricPoint
    strength: float
    sentence: Sentence | None
    contrary: Sentence | None = None
    denied: bool = False
    doubt: float = 1.0


def _findings(
    rubric: _Rubric, matched: Sequence[Match], said: Said, everything: Said, calibration: Calibration
) -> list[_Finding]:
    found = [
        _look_for(rubric, wanted, match, said, everything, calibration)
        for wanted, match in zip(rubric.wanted, matched, strict=True)
    ]
    against = sum(1 for finding in found if finding.contrary or finding.denied)
    doubt = calibration.doubt**against
    if told_backwards(rubric.steps, said.sentences):
        doubt *= calibration.backwards
    return [replace(finding, doubt=doubt) for finding in found]


def _look_for(
    rubric: _Rubric, wanted: _Wanted, match: Match, said: Said, everything: Said, calibration: Calibration
) -> _Finding:
    strength = match.strength
    sentence = said.sentences[match.sentence] if strength else None
    part = part_of(wanted.point.text) if rubric.is_story else None
    clarity, number = told(part, said.sentences) if part else (0.0, 0)
    contrary = _claimed(rubric, wanted, everything, calibration)
    if part and clarity > strength and contrary is None:
        return _Finding(wanted.point, clarity, said.sentences[number])
    denied = contrary is None and _denied(rubric, wanted, everything, calibration)
    return _Finding(wanted.point, strength, sentence, contrary, denied)


def _denied(rubric: _Rubric, wanted: _Wanted, said: Said, calibration: Calibration) -> bool:
    """Does the sentence closest to the point say the contrary, by a "not" or by speaking of the other thing?"""
    coverages = [said.coverage(target) for target in wanted.said]
    best = max(coverages, key=lambda coverage: coverage.strength)
    if not best.strength:
        return False
    if all(_is_denied(each, calibration) for each in coverages if each.strength >= 0.6 * best.strength):
        return True
    sentence = said.sentences[best.best]
    leans = [leaning(rubric.things, target, sentence) or 0 for target in wanted.said]
    return best.strength >= calibration.claimed and min(leans) > 0


def _is_denied(coverage: Coverage, calibration: Calibration) -> bool:
    best = coverage.best
    return (
        coverage.wanted.deniable
        and coverage.single[best] >= calibration.taken_up
        and coverage.denied[best] >= calibration.denied
    )


def _claimed(rubric: _Rubric, wanted: _Wanted, said: Said, calibration: Calibration) -> Sentence | None:
    """The sentence that makes a wrong claim about this point, and makes it better than it says anything true."""
    for target in wanted.wrong:
        wrong = said.coverage(target)
        for number, share in enumerate(wrong.single):
            leans = leaning(rubric.things, target, said.sentences[number])
            if (
                share >= calibration.claimed
                and wrong.agrees(number, calibration.denied)
                and (leans is None or leans < 0)
                and share > max(said.share(truth, number) for truth in rubric.truths)
            ):
                return said.sentences[number]
    return None


def _verdict(answer: str, finding: _Finding, gate: Gate | None, calibration: Calibration) -> PointVerdict:
    point = finding.point.id
    if gate is not None:
        return PointVerdict(point, Verdict.MISSING, 0.0)
    if finding.contrary:
        return PointVerdict(
            point, Verdict.CONTRADICTED, 0.0, quote(answer, finding.contrary.start, finding.contrary.end)
        )
    credit = 0.0 if finding.denied else finding.doubt * _credit(finding.strength, calibration)
    if credit < calibration.partial or finding.sentence is None:
        return PointVerdict(point, Verdict.MISSING, credit)
    kind = Verdict.COVERED if credit >= calibration.covered else Verdict.PARTIAL
    return PointVerdict(point, kind, credit, quote(answer, finding.sentence.start, finding.sentence.end))


def _credit(strength: float, calibration: Calibration) -> float:
    share = (strength - calibration.low) / (calibration.high - calibration.low)
    return float(min(1.0, max(0.0, share)) ** calibration.bend)
