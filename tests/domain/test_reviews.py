from __future__ import annotations

import pytest

from bot.domain.questions import Level, Question, QuestionKind, RubricPoint
from bot.domain.reviews import (
    Facet,
    Gate,
    PointVerdict,
    Review,
    Verdict,
    Versions,
    as_typed,
    held_to,
    levels_to_show,
    score,
    without_name,
    worth_working_on,
)

VERSIONS = Versions("test", "", "", "")


def question(kind: QuestionKind = QuestionKind.CONCEPT) -> Question:
    points = (RubricPoint("big", "The big one.", 3), RubricPoint("small", "The small one.", 1))
    return Question("q", "p", "Title", "Why?", Level.MID, kind, (), points, (), (), "")


def review(big: float, small: float, gate: Gate | None = None) -> Review:
    verdicts = (
        PointVerdict("big", Verdict.COVERED, big, "big"),
        PointVerdict("small", Verdict.COVERED, small, "small"),
    )
    return Review(verdicts, VERSIONS, gate)


def seen(**levels: int) -> Review:
    return Review((), VERSIONS, levels=tuple((Facet(name), level) for name, level in levels.items()))


@pytest.mark.parametrize(
    ("big", "small", "expected"), [(1, 1, 1.0), (1, 0, 0.75), (0, 1, 0.25), (7, 9, 1.0), (-3, 1, 0.25), (99, -99, 0.75)]
)
def test_a_score_is_made_of_credits_by_weight_and_never_leaves_its_bounds(
    big: float, small: float, expected: float
) -> None:
    assert score(question(), review(big, small)) == expected


def test_a_text_that_is_no_answer_scores_at_most_a_tenth() -> None:
    assert score(question(), review(1, 1, Gate.OFF_TOPIC)) == 0.1


@pytest.mark.parametrize("most", [0.0, 0.2, 0.5, 0.75])
def test_a_review_that_is_held_back_scores_no_more_than_allowed(most: float) -> None:
    held = held_to(question(), review(1, 5), most)

    assert score(question(), held) == pytest.approx(most)


def test_a_review_that_is_below_is_left_as_it_is() -> None:
    assert held_to(question(), review(0.2, 0), 0.5) == review(0.2, 0)


def test_what_is_held_back_is_called_by_what_is_left_of_it() -> None:
    held = {most: held_to(question(), review(1, 1), most).points[0] for most in (0.7, 0.4, 0.1)}

    assert [held[most].verdict for most in (0.7, 0.4, 0.1)] == [Verdict.COVERED, Verdict.PARTIAL, Verdict.MISSING]
    assert held[0.1].quote is None


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("I am Ada Byron, hello", "Ada Byron", "I am █████████, hello"),
        ("Adaptive caches, says Ada", "Ada", "Adaptive caches, says ███"),
        ("Go is a language", "Go", "Go is a language"),
        ("a.b matters, axb too", "a.b", "███ matters, axb too"),
        ("No name here", "", "No name here"),
    ],
)
def test_x110_an_authors_name_is_made_unreadable_and_nothing_moves(text: str, name: str, expected: str) -> None:
    assert without_name(text, name) == expected
    assert len(expected) == len(text)


def test_a_quote_that_held_a_name_is_what_was_typed() -> None:
    text = "I, Ada Byron, would measure first."
    said = Review((PointVerdict("big", Verdict.COVERED, 1.0, "█████████, would measure"),), VERSIONS)

    assert as_typed(said, without_name(text, "Ada Byron"), text).points[0].quote == "Ada Byron, would measure"


def test_levels_are_shown_by_what_matters_to_the_kind_of_question() -> None:
    levels = seen(depth=2, trade_offs=3, communication=4)

    shown = {kind: [facet for facet, _ in levels_to_show(question(kind), levels)] for kind in QuestionKind}

    assert shown[QuestionKind.DESIGN] == [Facet.TRADE_OFFS, Facet.DEPTH, Facet.COMMUNICATION]
    assert shown[QuestionKind.EXPERIENCE] == [Facet.DEPTH, Facet.COMMUNICATION]


@pytest.mark.parametrize(
    ("kind", "levels", "expected"),
    [
        (QuestionKind.DESIGN, {"depth": 3, "trade_offs": 3, "communication": 1}, Facet.TRADE_OFFS),
        (QuestionKind.CONCEPT, {"depth": 3, "trade_offs": 3, "communication": 1}, Facet.COMMUNICATION),
        (QuestionKind.EXPERIENCE, {"depth": 4, "trade_offs": 1, "communication": 4}, None),
        (QuestionKind.CONCEPT, {}, None),
    ],
)
def test_the_facet_worth_working_on_is_where_most_is_to_gain(
    kind: QuestionKind, levels: dict[str, int], expected: Facet | None
) -> None:
    assert worth_working_on(question(kind), seen(**levels)) == expected
