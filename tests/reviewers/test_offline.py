"""What the offline reviewer promises about any text, and what it says of some."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviewers.attacks import ATTACKS
from reviewers.rubrics import CACHING, GOOD, INCIDENT, STORY, WEAK, WRONG, is_sound, points_of, question

from bot.domain.questions import Question, RubricPoint
from bot.domain.reviews import Review, Verdict, score
from bot.reviewers.offline import OfflineReviewer, judge
from bot.reviewers.text import QUOTE_CHARACTERS

ANSWERS = (GOOD, WEAK, WRONG, STORY, "I don't know.", "")


def verdict(review: Review, point: str) -> Verdict:
    return next(each.verdict for each in review.points if each.point == point)


async def test_a_good_answer_covers_every_point_and_scores_high() -> None:
    review = await OfflineReviewer().review(CACHING, GOOD)

    assert review.gate is None
    assert {each.verdict for each in review.points} == {Verdict.COVERED}
    assert score(CACHING, review) >= 0.9
    assert review.versions.reviewer == OfflineReviewer.name == "offline"


def test_the_order_of_good_half_and_wrong_answers_is_the_order_people_would_give() -> None:
    assert points_of(GOOD) > points_of(WEAK) > points_of(WRONG)


def test_another_wording_of_a_point_counts_as_the_point() -> None:
    review = judge(CACHING, "If the key is absent we query Postgres and put the result in Redis.")

    assert verdict(review, "read") is Verdict.COVERED


def test_the_quote_is_the_sentence_that_says_the_point() -> None:
    review = judge(CACHING, GOOD)

    assert review.points[1].quote == "Entries get an expiry time, since readers may see outdated values."


def test_a_quote_is_cut_at_a_border_of_words() -> None:
    answer = "On a miss the application loads the row from the database and stores it in the cache" + " and so on" * 30

    quote = judge(CACHING, answer).points[0].quote

    assert quote is not None
    assert len(quote) <= QUOTE_CHARACTERS
    assert answer.startswith(quote + " ")


def test_a_quote_keeps_the_characters_that_were_typed() -> None:
    answer = "Entries carry an <b>expiry\u00a0time</b>, because readers may see ｏｕｔｄａｔｅｄ values."

    quote = judge(CACHING, answer).points[1].quote

    assert quote is not None
    assert quote in answer


@given(st.text(max_size=400))
def test_every_quote_stands_literally_in_any_text(answer: str) -> None:
    assert is_sound(judge(CACHING, answer), CACHING, answer)


@given(
    st.lists(
        st.sampled_from([*GOOD.split(), *WRONG.split(), *ATTACKS[:12], "not", "<b>", "\u200b", "\n", ".", "; ", "🙂"]),
        max_size=60,
    ),
    st.sampled_from(["", " ", "\u200d", "\n"]),
)
def test_every_quote_stands_literally_in_texts_made_of_answers_and_attacks(words: list[str], glue: str) -> None:
    answer = glue.join(words)

    assert is_sound(judge(CACHING, answer), CACHING, answer)


@given(st.sampled_from(ANSWERS), st.sampled_from([CACHING, INCIDENT]))
def test_the_same_text_gets_the_same_review(answer: str, asked: Question) -> None:
    assert judge(asked, answer) == judge(asked, answer)


def test_a_wrong_claim_contradicts_its_point_and_is_quoted() -> None:
    review = judge(CACHING, "With a TTL all is well. Cached values can never be stale.")

    assert verdict(review, "stale") is Verdict.CONTRADICTED
    assert review.points[1].quote == "Cached values can never be stale."
    assert review.points[1].credit == 0.0


@pytest.mark.parametrize(
    "answer",
    [
        "Cached values can be stale.",
        "It is not true that a TTL makes the cache faster.",
        "The cache does not load every row of the database when it starts.",
        "Expiring hot keys are not harmless, the database cannot handle all requests at once.",
    ],
)
def test_a_wrong_claim_that_is_denied_is_not_punished(answer: str) -> None:
    assert Verdict.CONTRADICTED not in {each.verdict for each in judge(CACHING, answer).points}


def test_a_wrong_claim_costs_more_than_its_own_point() -> None:
    right = "On a miss the application loads the row from the database and stores it in the cache. "

    assert points_of(right + "Cached values can never be stale.") < points_of(right)


def test_a_point_that_is_denied_earns_nothing_and_is_not_called_wrong() -> None:
    review = judge(CACHING, "Entries never carry an expiry time, and readers may never see outdated values.")

    assert (verdict(review, "stale"), review.points[1].credit) == (Verdict.MISSING, 0.0)


def test_steps_told_backwards_earn_little() -> None:
    traversal = question(
        "What is the inorder traversal of a binary tree?",
        RubricPoint("left", "traverse the left subtree first", 1),
        RubricPoint("rest", "then the root, then the right subtree", 1),
    )

    assert points_of("First the left subtree, then the root, then the right subtree.", traversal) >= 0.9
    assert points_of("First the right subtree, then the root, and at the end the left subtree.", traversal) <= 0.4


def test_the_properties_of_one_thing_told_of_the_other_earn_little() -> None:
    lists = question(
        "What is the main advantage of arrays over linked lists?",
        RubricPoint("array", "the elements of an array can be accessed directly", 1),
        RubricPoint("list", "linked lists require sequential traversal", 1),
    )

    right = "The elements of an array can be accessed directly, whereas linked lists require sequential traversal."
    wrong = "The elements of a linked list can be accessed directly, whereas arrays require sequential traversal."

    assert points_of(right, lists) >= 0.9
    assert points_of(wrong, lists) <= 0.4


def test_a_story_is_recognised_by_its_parts() -> None:
    assert points_of(STORY, INCIDENT) >= 0.9


@pytest.mark.parametrize(
    "praise",
    [
        "I always stay calm, I communicate well and I take ownership of incidents.",
        "I am obsessed with our users, and I am dedicated to every release.",
        "People need me, indeed our customers are relieved when I am on a team.",
    ],
)
def test_praise_of_oneself_is_no_story(praise: str) -> None:
    review = judge(INCIDENT, praise)

    assert score(INCIDENT, review) <= 0.3
    assert verdict(review, "situation") is Verdict.MISSING


def test_what_we_did_says_less_than_what_i_did() -> None:
    ours, mine = (
        judge(INCIDENT, f"In March our search went down. {who} talked about the disk and then {who} wrote a plan.")
        for who in ("We", "I")
    )

    assert ours.points[2].credit < mine.points[2].credit


def test_time_that_went_by_is_no_result() -> None:
    review = judge(INCIDENT, "We had an outage of our search, and after some time everybody got used to it.")

    assert verdict(review, "result") is Verdict.MISSING


def test_who_can_think_of_no_story_has_told_none() -> None:
    review = judge(INCIDENT, "Cannot think of one that was hard for our users, all releases were good.")

    assert verdict(review, "situation") is Verdict.MISSING


def test_a_story_of_somebody_else_states_no_responsibility() -> None:
    review = judge(INCIDENT, "Payments failed for our users last week. Somebody else fixed it, I was not involved.")

    assert {verdict(review, part) for part in ("task", "action", "result")} == {Verdict.MISSING}


def test_saying_a_thing_three_times_earns_no_more_than_once() -> None:
    assert points_of(" ".join([WEAK] * 3)) == points_of(WEAK)


def test_a_question_of_points_without_wordings_or_model_answer_can_be_reviewed() -> None:
    bare = question("What does a queue do?", RubricPoint("decouple", "it decouples producers from consumers", 1))

    assert points_of("A queue decouples the producer from its consumers.", bare) >= 0.9
