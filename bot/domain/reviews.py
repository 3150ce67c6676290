"""What a review is, and how a score is made of verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.questions import Question


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
    """What a reviewer says of one text. `gate` is set when the text is no real answer."""

    points: tuple[PointVerdict, ...]
    versions: Versions
    gate: Gate | None = None


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
    return Review(points, review.versions, review.gate)


def _checked(point: str, verdict: PointVerdict | None, answer: str) -> PointVerdict:
    if verdict is None or verdict.verdict is Verdict.MISSING:
        return PointVerdict(point, Verdict.MISSING, 0.0 if verdict is None else verdict.credit)
    if not verdict.quote or verdict.quote not in answer:
        return PointVerdict(point, Verdict.MISSING, 0.0)
    return verdict


def ungraded(question: Question, gate: Gate) -> Review:
    """The review of a text that needs no reviewer: every point is missing, by rule."""
    versions = Versions("rule", "", "", "1")
    return Review(tuple(PointVerdict(point.id, Verdict.MISSING, 0.0) for point in question.points), versions, gate)
