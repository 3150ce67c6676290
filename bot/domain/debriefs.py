"""What interviewers write down after a mock round, what the senior round asks about, and what a whole loop comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.companies import Company, Competency, DecisionRule, RoundPlan, Stage
from bot.domain.questions import Question, QuestionKind, RubricPoint
from bot.domain.reviews import COVERED_FROM, NON_ANSWER_CAP, PARTIAL_FROM, Review, Verdict

#: A hint takes so much from the score of its question.
HINT_COSTS = 0.05
MOST_REMARKS = 3
#: What the company looks for is a third of the judgement in a round that asked about it.
FIT_SHARE = 1 / 3


class Vote(StrEnum):
    """What an interviewer says in the end."""

    STRONG_YES = "strong_yes"
    YES = "yes"
    NO = "no"
    STRONG_NO = "strong_no"

    @property
    def is_yes(self) -> bool:
        """Whether it speaks for the candidate."""
        return self in (Vote.YES, Vote.STRONG_YES)


def vote_for(rule: DecisionRule, score: float) -> Vote:
    """The vote that follows from a score of 0..1."""
    if score >= rule.strong_from:
        return Vote.STRONG_YES
    if score >= rule.yes_from:
        return Vote.YES
    return Vote.STRONG_NO if score < rule.strong_no_below else Vote.NO


# ---------------------------------------------------------------- which questions


def with_company(question: Question, company: Company) -> Question:
    """The question as this company's interviewers grade it: what the company looks for is part of the rubric of
    questions about the candidate's own experience."""
    if question.kind is not QuestionKind.EXPERIENCE:
        return question
    return replace(question, points=(*question.points, *company.looks_for))


#: A question of the senior round is about at most so many gaps of one earlier question.
MOST_GAPS_TOGETHER = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """What an earlier round left open: the question, and its points that were not heard, the weightiest first."""

    round_title: str
    question: Question
    points: tuple[RubricPoint, ...]

    @property
    def weight(self) -> float:
        """How much of the question was left open, 0..1."""
        return sum(point.weight for point in self.points) / max(1, self.question.total_weight)


def gap_in(title: str, question: Question, review: Review | None) -> Gap | None:
    """What is left open of one question; None when nothing is."""
    heard = {each.point: each.credit for each in review.points} if review is not None else {}
    open_ones = [point for point in question.points if heard.get(point.id, 0.0) < COVERED_FROM]
    open_ones.sort(key=lambda point: (heard.get(point.id, 0.0) >= PARTIAL_FROM, -point.weight))
    return Gap(title, question, tuple(open_ones[:MOST_GAPS_TOGETHER])) if open_ones else None


def worst_gaps(gaps: Sequence[Gap], most: int) -> tuple[Gap, ...]:
    """The gaps most worth another question; of each earlier round one first, so that not all are about one."""
    ordered = sorted(gaps, key=lambda gap: -gap.weight)
    first = {gap.round_title: gap for gap in reversed(ordered)}
    leading = sorted(first.values(), key=lambda gap: -gap.weight)
    return tuple([*leading, *(gap for gap in ordered if gap not in leading)][:most])


def about_gap(gap: Gap, prompt: str) -> Question:
    """A question of the senior round: only what was left open counts."""
    return replace(gap.question, prompt=prompt, points=gap.points, samples=())


# ---------------------------------------------------------------- one round


@dataclass(frozen=True, slots=True)
class Graded:
    """One question that a round came to, with the review of all that was said to it; None where nothing was said."""

    question: Question
    review: Review | None
    hints: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """A point of a rubric with what the member said about it; without a quote it was not heard."""

    question: str
    point: str
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class WriteUp:
    """What one interviewer writes down, knowing nothing of the others. `score` is in the round's own competency, `fit`
    in what the company looks for, where a question was about that; both 0..1. `answered` of `asked` questions."""

    title: str
    stage: Stage
    competency: Competency
    score: float
    fit: float | None
    vote: Vote
    strengths: tuple[Remark, ...]
    gaps: tuple[Remark, ...]
    answered: int
    asked: int


def write_up(company: Company, plan: RoundPlan, graded: Sequence[Graded]) -> WriteUp:
    """The write-up of a round over the questions it came to. A question that was skipped counts as not answered."""
    fits = {point.id for point in company.looks_for}
    scores = [each for each in (_share(one, lambda id: id not in fits) for one in graded) if each is not None]
    fit = [each for each in (_share(one, lambda id: id in fits) for one in graded) if each is not None]
    score = sum(scores) / len(scores) if scores else 0.0
    fitting = sum(fit) / len(fit) if fit else None
    overall = score if fitting is None else (1 - FIT_SHARE) * score + FIT_SHARE * fitting
    return WriteUp(
        plan.title,
        plan.stage,
        plan.competency,
        score,
        fitting,
        vote_for(company.decision, overall),
        strengths_in(graded),
        gaps_in(graded),
        sum(1 for each in graded if each.review is not None),
        len(graded),
    )


def _share(graded: Graded, counts: Callable[[str], bool]) -> float | None:
    """The part of a question's weight that was earned on these points; None when it has none of them."""
    points = [point for point in graded.question.points if counts(point.id)]
    if not points:
        return None
    if graded.review is None:
        return 0.0
    credit = {each.point: each.credit for each in graded.review.points}
    earned = sum(point.weight * credit.get(point.id, 0.0) for point in points) / sum(point.weight for point in points)
    capped = min(earned, NON_ANSWER_CAP) if graded.review.gate else earned
    return max(0.0, capped - HINT_COSTS * graded.hints)


def strengths_in(graded: Sequence[Graded]) -> tuple[Remark, ...]:
    """What was covered, with the words that cover it; the weightiest points first, of each question one first."""
    found = [
        (point.weight, Remark(each.question.title, point.text, verdict.quote))
        for each in graded
        if each.review is not None and not each.review.gate
        for verdict in each.review.points
        if verdict.verdict is Verdict.COVERED and verdict.quote
        for point in each.question.points
        if point.id == verdict.point
    ]
    return _spread(found)


def gaps_in(graded: Sequence[Graded]) -> tuple[Remark, ...]:
    """What was got wrong or not heard, the weightiest points first, of each question one first. What was got wrong has
    its quote."""
    found: list[tuple[int, Remark]] = []
    for each in graded:
        verdicts = {verdict.point: verdict for verdict in each.review.points} if each.review is not None else {}
        for point in each.question.points:
            verdict = verdicts.get(point.id)
            wrong = verdict is not None and verdict.verdict is Verdict.CONTRADICTED
            if wrong or verdict is None or verdict.verdict is Verdict.MISSING:
                quote = verdict.quote if verdict is not None and wrong else None
                found.append((point.weight + (10 if wrong else 0), Remark(each.question.title, point.text, quote)))
    return _spread(found)


def _spread(found: Sequence[tuple[int, Remark]]) -> tuple[Remark, ...]:
    ordered = [remark for _, remark in sorted(found, key=lambda each: -each[0])]
    leading: dict[str, Remark] = {}
    for remark in ordered:
        leading.setdefault(remark.question, remark)
    first = list(leading.values())
    return tuple([*first, *(remark for remark in ordered if remark not in first)][:MOST_REMARKS])


# ---------------------------------------------------------------- the whole loop


class Reason(StrEnum):
    """Why a recommendation is what it is."""

    ENOUGH_YES = "enough_yes"
    TOO_FEW_YES = "too_few_yes"
    MUST_PASS = "must_pass"
    SENIOR_FOR = "senior_for"
    SENIOR_AGAINST = "senior_against"


@dataclass(frozen=True, slots=True)
class Debrief:
    """What all interviewers together come to. `weighted` is the mean score by the company's weights, 0..1; `reasons`
    name what decided, with the competency where one did."""

    recommended: bool
    weighted: float
    yes: int
    votes: int
    reasons: tuple[tuple[Reason, Competency | None], ...]
    by_competency: Mapping[Competency, float]


#: A senior interviewer may turn a result that is no further from the needed share of votes than this.
CLOSE = 0.2


def debrief(company: Company, notes: Sequence[WriteUp]) -> Debrief:
    """The recommendation of a loop, by the company's rule. `notes` holds at least one write-up."""
    rule = company.decision
    yes = sum(1 for note in notes if note.vote.is_yes)
    share = yes / len(notes)
    recommended = share >= rule.yes_share
    reasons: list[tuple[Reason, Competency | None]] = [
        (Reason.ENOUGH_YES if recommended else Reason.TOO_FEW_YES, None),
    ]
    senior = next((note for note in notes if note.stage is Stage.AS_APPROPRIATE), None)
    if rule.senior_decides and senior is not None and _turns(senior, recommended, abs(share - rule.yes_share)):
        recommended = senior.vote.is_yes
        reasons.append((Reason.SENIOR_FOR if recommended else Reason.SENIOR_AGAINST, None))
    for competency in rule.must_pass:
        if failed := _failed(notes, competency):
            recommended = False
            reasons.append((Reason.MUST_PASS, failed))
    scores = by_competency(notes)
    weights = {each: company.weights.get(each, 1) for each in scores}
    weighted = sum(scores[each] * weights[each] for each in scores) / max(1, sum(weights.values()))
    return Debrief(recommended, weighted, yes, len(notes), tuple(reasons), scores)


def _turns(senior: WriteUp, recommended: bool, distance: float) -> bool:
    """Whether a senior interviewer turns the result: a no always stands, a yes only where the votes were close."""
    return senior.vote.is_yes is not recommended and (not senior.vote.is_yes or distance <= CLOSE)


def _failed(notes: Sequence[WriteUp], competency: Competency) -> Competency | None:
    """The competency, where more of its interviewers said no than yes; the senior round is about all of them."""
    votes = [
        note.vote.is_yes for note in notes if note.competency is competency and note.stage is not Stage.AS_APPROPRIATE
    ]
    return competency if votes and sum(votes) * 2 < len(votes) else None


def by_competency(notes: Sequence[WriteUp]) -> Mapping[Competency, float]:
    """The mean score of each competency over the rounds that looked at it."""
    found: dict[Competency, list[float]] = {}
    for note in notes:
        found.setdefault(note.competency, []).append(note.score)
    return {competency: sum(scores) / len(scores) for competency, scores in found.items()}
