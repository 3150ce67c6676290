"""Every shipped pack is sound, and the offline reviewer grades its samples within their bands."""

from __future__ import annotations

import pytest
from packshelf import shipped_packs

from bot.domain.questions import Question, Sample
from bot.domain.reviews import score
from bot.packs import Library, content_root, load_packs
from bot.packs.checks import BANDS
from bot.reviewers.offline import OfflineReviewer

# Broken content is one failing test below, rather than an error that hides every other test of this file.
SHIPPED = shipped_packs()
QUESTIONS = [question for pack in SHIPPED.packs for question in pack.questions]
BANDED = [
    pytest.param(question, sample, id=f"{question.id}-{sample.kind}-{position}")
    for question in QUESTIONS
    for position, sample in enumerate(question.samples)
    if sample.kind in BANDS
]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_packs(content_root())


def test_the_shipped_packs_are_sound(library: Library) -> None:
    assert {pack.id for pack in library.packs} >= {"microsoft-backend", "backend-core"}


def test_two_weeks_of_daily_questions_do_not_repeat(library: Library) -> None:
    prompts = {question.prompt for question in library.questions(["microsoft-backend", "backend-core"])}

    assert len(prompts) >= 14


def test_an_interviewer_can_ask_about_every_point(library: Library) -> None:
    points = [point for pack in library.packs for question in pack.questions for point in question.points]

    assert [point.id for point in points if not point.follow_up] == []


@pytest.mark.parametrize(("question", "sample"), BANDED)
async def test_a_sample_lies_in_its_band(question: Question, sample: Sample) -> None:
    review = await OfflineReviewer(by_samples=False).review(question, sample.text)

    assert BANDS[sample.kind].holds(score(question, review)), review


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
async def test_quotes_stand_in_the_answer(question: Question) -> None:
    for sample in question.samples:
        review = await OfflineReviewer(by_samples=False).review(question, sample.text)

        assert all(verdict.quote in sample.text for verdict in review.points if verdict.quote is not None)
