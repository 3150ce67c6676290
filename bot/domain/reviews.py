"""What a review is, and how a score is made of verdicts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.questions import Question, QuestionKind


class Verdict(StrEnum):
    """What an answer does with one rubric point."""

    COVERED = "covered"
    PARTIAL = "partial"
    MISSING = "missing"
    CONTRADICTED = "contradicted"


class Gate(StrEnum):
    """Why a text is no real answer and scores at most `NON_ANSWER_CAP`."""

    EMPTY = "empty"
    DONT_KNOW = "dont_know"
    OFF_TOPIC = "off_topic"
    ECHO = "echo"
    KEYWORD_LIST = "keyword_list"


#: RULES, Score: a non-answer or off-topic text scores at most 0.1.
NON_ANSWER_CAP = 0.1
#: Who asks for a review waits so long for it, unless the settings say otherwise (FAULTS 35).
PATIENCE_SECONDS = 60.0


class Facet(StrEnum):
    """What a reviewer who understands looks at beside the rubric, each on four levels whose anchors stand in its
    prompt."""

    DEPTH = "depth"
    TRADE_OFFS = "trade_offs"
    COMMUNICATION = "communication"


LOWEST_LEVEL, HIGHEST_LEVEL = 1, 4
#: How much each facet matters to a kind of question. It decides what a full review shows first, and what it names as
#: most worth working on. It does not enter the score: a level has no quote that code could check, so it is a matter of
#: taste, and an answer that flatters its reviewer could win points by it.
FACET_WEIGHTS: Mapping[QuestionKind, Mapping[Facet, int]] = {
    QuestionKind.CONCEPT: {Facet.DEPTH: 3, Facet.COMMUNICATION: 2, Facet.TRADE_OFFS: 1},
    QuestionKind.DESIGN: {Facet.TRADE_OFFS: 3, Facet.DEPTH: 2, Facet.COMMUNICATION: 1},
    QuestionKind.EXPERIENCE: {Facet.DEPTH: 2, Facet.COMMUNICATION: 2, Facet.TRADE_OFFS: 0},
    QuestionKind.CODING: {Facet.DEPTH: 3, Facet.COMMUNICATION: 2, Facet.TRADE_OFFS: 2},
}


class Flag(StrEnum):
    """Why a person should look at a review."""

    #: The text speaks to its reviewer, and the reviewer was much kinder than the word check: the score was held back.
    SUSPECT = "suspect"
    #: Two readings of the same text came to different scores.
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Advice:
    """A reviewer's own words to the author, in the language of the answer. Text of a model: inert on its way out."""

    next_step: str
    think: str


@dataclass(frozen=True, slots=True)
class PointVerdict:
    """The verdict on one point. `credit` is 0..1; `quote` stands literally in the answer, or is None."""

    point: str
    verdict: Verdict
    credit: float
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """What made a review: reviewer, its model, prompt and code, so that a score can be explained later."""

    reviewer: str
    model: str
    prompt: str
    code: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer says of one text. `gate` is set when the text is no real answer; levels go from `LOWEST_LEVEL`
    to `HIGHEST_LEVEL`."""

    points: tuple[PointVerdict, ...]
    versions: Versions
    gate: Gate | None = None
    levels: tuple[tuple[Facet, int], ...] = ()
    advice: Advice | None = None
    flag: Flag | None = None


def score(question: Question, review: Review) -> float:
    """The score 0..1: credits by weight, capped when the text is no real answer (RULES, Score)."""
    credit = {verdict.point: min(1.0, max(0.0, verdict.credit)) for verdict in review.points}
    earned = sum(point.weight * credit.get(point.id, 0.0) for point in question.points)
    whole = earned / question.total_weight if question.total_weight else 0.0
    return min(whole, NON_ANSWER_CAP) if review.gate else whole


def checked(question: Question, review: Review, answer: str) -> Review:
    """The review with exactly one verdict for each point of the rubric, and only quotes that stand in the answer.

    A claim with a quote the answer does not hold is dropped: its point counts as missing (FEATURES F22).
    """
    given = {verdict.point: verdict for verdict in review.points}
    points = tuple(_checked(point.id, given.get(point.id), answer) for point in question.points)
    return replace(review, points=points)


def held_to(question: Question, review: Review, most: float) -> Review:
    """The review with all credits lowered in proportion, so that its score is at most `most`."""
    whole = score(question, review)
    if whole <= most:
        return review
    return replace(review, points=tuple(_lowered(verdict, most / whole) for verdict in review.points))


#: Less credit than this is only part of a point, and less than that is nothing to speak of.
COVERED_FROM, PARTIAL_FROM = 0.6, 0.2


def _lowered(verdict: PointVerdict, share: float) -> PointVerdict:
    credit = min(1.0, max(0.0, verdict.credit)) * share
    if verdict.verdict not in (Verdict.COVERED, Verdict.PARTIAL):
        return replace(verdict, credit=credit)
    if credit < PARTIAL_FROM:
        return PointVerdict(verdict.point, Verdict.MISSING, credit)
    covered = verdict.verdict is Verdict.COVERED and credit >= COVERED_FROM
    return replace(verdict, verdict=Verdict.COVERED if covered else Verdict.PARTIAL, credit=credit)


def levels_to_show(question: Question, review: Review) -> tuple[tuple[Facet, int], ...]:
    """The levels that matter to this kind of question, the weightiest first."""
    weights = FACET_WEIGHTS[question.kind]
    shown = [(facet, level) for facet, level in review.levels if weights[facet]]
    return tuple(sorted(shown, key=lambda each: -weights[each[0]]))


def worth_working_on(question: Question, review: Review) -> Facet | None:
    """The facet in which most is to be gained, by weight; None when every level is the highest or there are none."""
    weights = FACET_WEIGHTS[question.kind]
    gains = [(weights[facet] * (HIGHEST_LEVEL - level), facet) for facet, level in levels_to_show(question, review)]
    most = max((gain for gain, _ in gains), default=0)
    return next((facet for gain, facet in gains if gain == most), None) if most else None


def _checked(point: str, verdict: PointVerdict | None, answer: str) -> PointVerdict:
    if verdict is None or verdict.verdict is Verdict.MISSING:
        return PointVerdict(point, Verdict.MISSING, 0.0 if verdict is None else verdict.credit)
    if not verdict.quote or verdict.quote not in answer:
        return PointVerdict(point, Verdict.MISSING, 0.0)
    return verdict


#: Stands for each letter of a name, so that all other words keep their places.
_NAMELESS = "█"
_SHORTEST_NAME = 3


def without_name(text: str, name: str) -> str:
    """The text, with its author's name made unreadable where they wrote it (FEATURES F66); just as long."""
    if len(name.strip()) < _SHORTEST_NAME:
        return text
    return re.sub(rf"(?<!\w){re.escape(name.strip())}(?!\w)", lambda found: _NAMELESS * len(found[0]), text)


def as_typed(review: Review, nameless: str, text: str) -> Review:
    """A review of the nameless text as one of the text itself: its quotes are what was typed."""
    if nameless == text:
        return review
    return replace(review, points=tuple(_as_typed(verdict, nameless, text) for verdict in review.points))


def _as_typed(verdict: PointVerdict, nameless: str, text: str) -> PointVerdict:
    at = nameless.find(verdict.quote) if verdict.quote else -1
    if at < 0 or not verdict.quote:
        return verdict
    return replace(verdict, quote=text[at : at + len(verdict.quote)])


def ungraded(question: Question, gate: Gate) -> Review:
    """The review of a text that needs no reviewer: every point is missing, by rule."""
    versions = Versions("rule", "", "", "1")
    return Review(tuple(PointVerdict(point.id, Verdict.MISSING, 0.0) for point in question.points), versions, gate)
