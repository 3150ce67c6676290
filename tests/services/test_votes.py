"""The same weak answer, and a strong one, in each competency of each company that is shipped, graded by the word check:
scores, votes and recommendations differ the right way."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from packshelf import shipped_packs

from bot.domain.companies import Company, Competency, RoundPlan, Stage
from bot.domain.debriefs import Debrief, Graded, WriteUp, debrief, with_company, write_up
from bot.domain.questions import Question
from bot.packs import content_root, load_companies
from bot.reviewers.offline import OfflineReviewer

LIBRARY = shipped_packs()
COMPANIES = {each.id: each for each in load_companies(content_root(), LIBRARY)}

WEAK = "There are many ways to do it and it depends on the case, I would have to look it up."


@dataclass(frozen=True)
class Outcome:
    """What one answer comes to."""

    note: WriteUp
    result: Debrief


async def outcome(company: Company, competency: Competency, question: Question, answer: str) -> Outcome:
    """A loop of one round with one question."""
    plan = RoundPlan("only", "Only round", Stage.ON_SITE, competency, 20, 1, company.rounds[0].interviewer)
    asked = with_company(question, company)
    note = write_up(company, plan, [Graded(asked, await OfflineReviewer().review(asked, answer))])
    return Outcome(note, debrief(company, [note]))


def strong(question: Question, company: Company) -> str:
    """The model answer, and to a question about experience also what this company looks for, in its own words."""
    told = [point.wordings[0] for point in with_company(question, company).points[len(question.points) :]]
    return " ".join([question.model_answer, *(f"{each[0].upper()}{each[1:]}." for each in told)])


@pytest.mark.parametrize("competency", list(Competency))
@pytest.mark.parametrize("company", COMPANIES)
async def test_a_strong_answer_is_recommended_and_a_weak_one_is_not(company: str, competency: Competency) -> None:
    asked = COMPANIES[company]
    first = LIBRARY.pack(asked.packs[competency][0]).questions[0]

    good = await outcome(asked, competency, first, strong(first, asked))
    poor = await outcome(asked, competency, first, WEAK)

    assert good.note.score > poor.note.score + 0.5
    assert good.note.vote.is_yes
    assert not poor.note.vote.is_yes
    assert good.result.recommended
    assert not poor.result.recommended
    assert good.note.strengths
    assert all(remark.quote for remark in good.note.strengths)
    assert not poor.note.strengths
    assert poor.note.gaps
