"""Write-ups, votes and recommendations: the same weak and the same strong answer in each competency."""

from __future__ import annotations

from dataclasses import replace

import pytest
from firms import RULE, company, plan
from group import question

from bot.domain.companies import Competency, DecisionRule, Stage
from bot.domain.debriefs import (
    Graded,
    Reason,
    Vote,
    WriteUp,
    about_gap,
    debrief,
    gap_in,
    vote_for,
    with_company,
    worst_gaps,
    write_up,
)
from bot.domain.questions import QuestionKind
from bot.domain.reviews import Gate, PointVerdict, Review, Verdict, Versions

VERSIONS = Versions("test", "", "", "")


def review(credit: float, gate: Gate | None = None) -> Review:
    verdict = Verdict.COVERED if credit >= 0.6 else Verdict.MISSING
    quote = "a quote" if verdict is Verdict.COVERED else None
    points = tuple(PointVerdict(point.id, verdict, credit, quote) for point in question("q").points)
    return Review(points, VERSIONS, gate)


@pytest.mark.parametrize("competency", list(Competency))
@pytest.mark.parametrize(
    ("credit", "vote"), [(0.95, Vote.STRONG_YES), (0.7, Vote.YES), (0.45, Vote.NO), (0.1, Vote.STRONG_NO)]
)
def test_a_better_answer_is_a_better_vote_in_each_competency(competency: Competency, credit: float, vote: Vote) -> None:
    note = write_up(company(), plan(competency=competency), [Graded(question("q"), review(credit))])

    assert note.vote is vote
    assert note.score == pytest.approx(credit)


@pytest.mark.parametrize(
    ("score", "vote"), [(0.85, Vote.STRONG_YES), (0.6, Vote.YES), (0.3, Vote.NO), (0.29, Vote.STRONG_NO)]
)
def test_votes_change_at_the_thresholds(score: float, vote: Vote) -> None:
    assert vote_for(RULE, score) is vote


def test_a_skipped_question_counts_as_not_answered() -> None:
    note = write_up(company(), plan(), [Graded(question("a"), review(1.0)), Graded(question("b"), None)])

    assert note.score == pytest.approx(0.5)
    assert (note.answered, note.asked) == (1, 2)


def test_hints_and_non_answers_cost() -> None:
    hinted = write_up(company(), plan(), [Graded(question("a"), review(1.0), hints=2)])
    empty = write_up(company(), plan(), [Graded(question("a"), review(1.0, Gate.OFF_TOPIC))])

    assert hinted.score == pytest.approx(0.9)
    assert empty.score == pytest.approx(0.1)


def test_what_a_company_looks_for_is_asked_only_where_it_is_about_experience() -> None:
    story = replace(question("s"), kind=QuestionKind.EXPERIENCE)

    assert with_company(question("q"), company()) == question("q")
    assert [point.id for point in with_company(story, company()).points][-1] == "fit-learning"


def test_strengths_have_quotes_and_gaps_name_the_point() -> None:
    half = Review(
        (PointVerdict("bucket", Verdict.COVERED, 1.0, "a token bucket"), PointVerdict("shared", Verdict.MISSING, 0.0)),
        VERSIONS,
    )

    note = write_up(company(), plan(), [Graded(question("q"), half)])

    assert [remark.quote for remark in note.strengths] == ["a token bucket"]
    assert [remark.point for remark in note.gaps] == ["Keeps counters in a shared store such as Redis."]


# ---------------------------------------------------------------- the senior round


def test_only_what_stayed_open_counts_in_the_senior_round() -> None:
    half = Review((PointVerdict("bucket", Verdict.COVERED, 1.0, "q"),), VERSIONS)

    gap = gap_in("Phone screen", question("q"), half)

    assert gap is not None
    assert [point.id for point in about_gap(gap, "?").points] == ["shared"]
    assert gap_in("Phone screen", question("q"), review(1.0)) is None


def test_the_worst_gap_of_each_round_comes_before_a_second_one() -> None:
    small = Review((PointVerdict("bucket", Verdict.COVERED, 1.0, "q"),), VERSIONS)
    gaps = [
        gap_in(title, question(id), what)
        for title, id, what in (("one", "a", None), ("one", "b", None), ("two", "c", small))
    ]

    chosen = worst_gaps([gap for gap in gaps if gap is not None], 2)

    assert [gap.round_title for gap in chosen] == ["one", "two"]


# ---------------------------------------------------------------- the recommendation


def notes(*votes: tuple[Competency, Stage, float]) -> list[WriteUp]:
    return [
        write_up(company(), plan(competency=each, stage=stage), [Graded(question("q"), review(credit))])
        for each, stage, credit in votes
    ]


B, C = Competency.BACKEND, Competency.CODING
SITE, LAST = Stage.ON_SITE, Stage.AS_APPROPRIATE


@pytest.mark.parametrize(
    ("rule", "votes", "recommended", "reason"),
    [
        (RULE, [(B, SITE, 0.9), (C, SITE, 0.9)], True, Reason.ENOUGH_YES),
        (RULE, [(B, SITE, 0.1), (C, SITE, 0.1), (B, SITE, 0.9)], False, Reason.TOO_FEW_YES),
        (RULE, [(B, SITE, 0.9), (C, SITE, 0.9), (B, LAST, 0.1)], False, Reason.SENIOR_AGAINST),
        (RULE, [(B, SITE, 0.1), (C, SITE, 0.1), (B, LAST, 0.9)], True, Reason.SENIOR_FOR),
        (RULE, [(B, SITE, 0.1)] * 5 + [(B, LAST, 0.9)], False, Reason.TOO_FEW_YES),
        (replace(RULE, must_pass=(C,)), [(B, SITE, 0.9), (B, SITE, 0.9), (C, SITE, 0.1)], False, Reason.MUST_PASS),
        (
            replace(RULE, senior_decides=False),
            [(B, SITE, 0.9), (C, SITE, 0.9), (B, LAST, 0.1)],
            True,
            Reason.ENOUGH_YES,
        ),
    ],
)
def test_the_companys_rule_decides(
    rule: DecisionRule, votes: list[tuple[Competency, Stage, float]], recommended: bool, reason: Reason
) -> None:
    result = debrief(replace(company(), decision=rule), notes(*votes))

    assert result.recommended is recommended
    assert reason in [each for each, _ in result.reasons]
