from __future__ import annotations

import json
from asyncio import gather
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from openai_world import (
    Answer,
    Asked,
    OpenAiWorld,
    completion,
    failing,
    graded,
    grading,
    models,
    raw,
    slowly,
)
from reviewers.rubrics import CACHING, GOOD, WEAK, question

from bot.domain.budgets import Usage
from bot.domain.errors import NotNow, Refused
from bot.domain.questions import RubricPoint
from bot.domain.reviews import Flag, Gate, PointVerdict, Review, Verdict, score
from bot.reviewers.llm import DEFAULT_MODEL, LlmReviewer, build, host_of, prompt
from bot.reviewers.llm import reviewer as module
from bot.reviewers.llm.seen import see
from bot.reviewers.offline import judge

FIRST, SECOND, THIRD = GOOD.split(". ")


def honest(asked: Asked, number: int, point: str) -> tuple[str, str]:
    """Covers each point with the sentence that is about it, where the answer has it."""
    for word, quote in (("On a miss", FIRST), ("Entries carry", SECOND), ("hot key expires", THIRD)):
        if word in point and quote in asked.answer:
            return "covered", quote
    return "missing", ""


@pytest.fixture(autouse=True, scope="module")
def _prompts_are_read_before_the_loop_runs() -> None:
    prompt.version()


@pytest.fixture
async def world() -> AsyncIterator[OpenAiWorld]:
    async with OpenAiWorld(grading(honest)) as world:
        yield world


@pytest.fixture
async def reviewer(world: OpenAiWorld) -> AsyncIterator[LlmReviewer]:
    reviewer = build(base_url=world.url, key="a key", model="a-model")
    yield reviewer
    await reviewer.close()


def verdicts(review: Review) -> dict[str, Verdict]:
    return {point.point: point.verdict for point in review.points}


def saying(*said: tuple[str, str], **others: object) -> Answer:
    return completion(graded(said, **others))


# ---------------------------------------------------------------- a review


async def test_every_point_has_a_verdict_with_words_of_the_answer(reviewer: LlmReviewer) -> None:
    review = await reviewer.review(CACHING, GOOD)

    assert [point.quote for point in review.points] == [FIRST, SECOND, THIRD.rstrip(".")]
    assert all(point.quote and point.quote in GOOD for point in review.points)
    assert score(CACHING, review) == 1.0
    assert review.advice is not None
    assert len(review.levels) == 3


async def test_the_parts_of_the_rubric_are_paid_by_weight(reviewer: LlmReviewer, world: OpenAiWorld) -> None:
    world.otherwise = grading(
        lambda asked, number, point: {"On": ("covered", FIRST), "En": ("partial", SECOND)}.get(
            point[:2], ("missing", "")
        )
    )

    review = await reviewer.review(CACHING, f"{FIRST}. {SECOND}.")

    assert score(CACHING, review) == pytest.approx((3 + 1) / 7)


@pytest.mark.parametrize("text", ["", "?!", "I don't know.", "No idea, sorry.", "👍 👍"])
async def test_x044_a_text_in_which_nobody_answers_costs_no_call(
    reviewer: LlmReviewer, world: OpenAiWorld, text: str
) -> None:
    review = await reviewer.review(CACHING, text)

    assert review.gate in (Gate.EMPTY, Gate.DONT_KNOW)
    assert score(CACHING, review) == 0
    assert world.requests == []


async def test_f23_a_text_about_something_else_scores_at_most_a_tenth(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    world.script.append(saying(*[("covered", "Bread")] * 3, kind="off_topic"))

    review = await reviewer.review(CACHING, "Bread needs flour and water, and an oven that is hot.")

    assert review.gate is Gate.OFF_TOPIC
    assert score(CACHING, review) <= 0.1


async def test_an_answer_in_which_the_word_check_finds_the_rubric_is_no_other_subject(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    world.script.append(saying(("covered", FIRST), ("covered", SECOND), ("covered", THIRD), kind="off_topic"))

    review = await reviewer.review(CACHING, GOOD)

    assert review.gate is None
    assert score(CACHING, review) == 1.0


async def test_what_a_call_used_is_told_as_the_server_counts(reviewer: LlmReviewer) -> None:
    told: list[Usage] = []

    await reviewer.review(CACHING, GOOD, spent=told.append)

    assert told == [Usage("a-model", 100, 20)]


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": -1}, {"prompt_tokens": "many", "completion_tokens": None}])
async def test_where_a_server_does_not_count_an_estimate_is_told(
    reviewer: LlmReviewer, world: OpenAiWorld, usage: dict[str, object]
) -> None:
    told: list[Usage] = []
    text = graded([("missing", "")] * 3)
    world.script.append(completion(text, usage={"unknown": 1, **usage}))

    await reviewer.review(CACHING, WEAK, spent=told.append)

    assert told[0].tokens_in > 200
    assert told[0].tokens_out == pytest.approx(len(text) / 4, abs=2)


# ---------------------------------------------------------------- quotes


async def test_f22_a_quote_that_stands_nowhere_is_asked_for_once_more(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    world.script.append(saying(("covered", "words nobody wrote"), ("covered", SECOND), ("covered", THIRD)))
    world.script.append(saying(("covered", FIRST), ("missing", ""), ("missing", "")))

    review = await reviewer.review(CACHING, GOOD)

    assert set(verdicts(review).values()) == {Verdict.COVERED}
    assert "points 1" in world.requests[1].messages[-1]["content"]


async def test_f22_a_quote_that_still_stands_nowhere_proves_nothing(reviewer: LlmReviewer, world: OpenAiWorld) -> None:
    invented = saying(("covered", "words nobody wrote"), ("covered", SECOND), ("covered", ""))
    world.otherwise = invented

    review = await reviewer.review(CACHING, GOOD)

    assert verdicts(review) == {"read": Verdict.MISSING, "stale": Verdict.COVERED, "stampede": Verdict.MISSING}
    assert all(point.quote is None or point.quote in GOOD for point in review.points)


ANSWER = "On a miss  the app “loads” the row…\nThen it *stores* it – in the `cache`. Nothing else matters to me."


@pytest.mark.parametrize(
    ("quote", "literal"),
    [
        ('the app "loads" the row', "the app “loads” the row"),
        ("ON A MISS THE APP", "On a miss  the app"),
        ("Then it stores it - in the cache.", "Then it *stores* it – in the `cache"),
        ("…stores it – in the cache…", "stores* it – in the `cache"),
        ("On a miss ... loads the row", "loads” the row"),
    ],
)
async def test_a_quote_is_found_however_it_was_copied_and_kept_as_it_was_typed(
    reviewer: LlmReviewer, world: OpenAiWorld, quote: str, literal: str
) -> None:
    world.script.append(saying(("covered", quote), ("missing", ""), ("missing", "")))

    review = await reviewer.review(CACHING, ANSWER)

    assert review.points[0].quote == literal
    assert literal in ANSWER


@pytest.mark.parametrize("quote", ["the", ".", "  ", "it", "How does a cache in front of a database work"])
async def test_a_quote_that_says_nothing_or_only_the_question_proves_nothing(
    reviewer: LlmReviewer, world: OpenAiWorld, quote: str
) -> None:
    text = "How does a cache in front of a database work? I think the rows are kept, it is faster."
    world.otherwise = saying(("covered", quote), ("missing", ""), ("missing", ""))

    review = await reviewer.review(CACHING, text)

    assert score(CACHING, review) == 0


async def test_words_without_any_tie_to_the_subject_prove_one_point_at_most(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    picture = "My grandmother has the finest plum trees of the village."
    world.otherwise = saying(*[("covered", picture)] * 3)

    review = await reviewer.review(CACHING, f"{picture} That is what I mean here.")

    assert list(verdicts(review).values()).count(Verdict.COVERED) == 1


async def test_a_reworded_answer_does_not_lose_because_the_word_check_finds_nothing(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    said = (
        "Whoever asks gets what was put aside, and if nothing is there we fetch it slowly once and put it aside.",
        "After some minutes we throw it away, because the world moved on.",
        "When everybody wants the same popular thing, a single runner goes and the others stand in line.",
    )
    text = " ".join(said)
    assert score(CACHING, judge(CACHING, text)) < 0.6
    by_word = dict(zip(("a miss", "Entries", "hot key"), said, strict=True))
    world.otherwise = grading(
        lambda asked, _, point: ("covered", next(quote for word, quote in by_word.items() if word in point))
    )

    review = await reviewer.review(CACHING, text)

    assert score(CACHING, review) == 1.0
    assert review.flag is None


async def test_f32_an_answer_in_another_language_is_graded_by_the_same_rubric(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    text = "Bei einem Fehlschlag lädt die Anwendung die Zeile. Einträge laufen ab. Ein Schloss verhindert den Ansturm."
    parts = text.rstrip(".").split(". ")
    world.script.append(saying(*[("covered", part) for part in parts], next_step="Nenne Zahlen.", think="Warum?"))

    review = await reviewer.review(CACHING, text)

    assert score(CACHING, review) == 1.0
    assert len(world.requests) == 1
    assert review.advice is not None
    assert review.advice.next_step == "Nenne Zahlen."
    assert "the language of the answer" in world.requests[0].messages[0]["content"]


async def test_the_language_of_the_comment_can_be_set(world: OpenAiWorld) -> None:
    reviewer = build(base_url=world.url, model="m", language="Portuguese")

    await reviewer.review(CACHING, GOOD)
    await reviewer.close()

    assert "in Portuguese." in world.requests[0].messages[0]["content"]


# ---------------------------------------------------------------- a second reading


def generous(asked: Asked, number: int, point: str) -> tuple[str, str]:
    return "covered", "A cache keeps rows in memory"


async def test_a_reading_far_from_the_word_check_is_made_again_with_the_points_in_another_order(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    world.script.extend([grading(generous), grading(generous)])

    review = await reviewer.review(CACHING, WEAK)

    first, again = world.requests
    assert again.points == first.points[::-1]
    assert review.flag is None


async def test_two_readings_that_differ_are_marked_and_their_mean_is_taken(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    world.script.append(grading(generous))
    world.script.append(grading(lambda asked, number, point: ("missing", "")))

    review = await reviewer.review(CACHING, WEAK)

    assert review.flag is Flag.DISPUTED
    assert score(CACHING, review) == pytest.approx(0.5)


async def test_a_second_reading_that_does_not_come_leaves_the_first_marked(
    reviewer: LlmReviewer, world: OpenAiWorld
) -> None:
    world.script.extend([grading(generous), failing(500)])

    review = await reviewer.review(CACHING, WEAK)

    assert review.flag is Flag.DISPUTED


async def test_a_blind_second_grade_sees_the_points_in_another_order(reviewer: LlmReviewer, world: OpenAiWorld) -> None:
    await reviewer.review(CACHING, GOOD)
    await reviewer.review(CACHING, GOOD, second=True)

    assert world.requests[1].points == world.requests[0].points[::-1]


# ---------------------------------------------------------------- what a server can do


def only(form: str | None) -> Answer:
    """Understands no form but this."""

    async def answer(asked: Asked, writer: object) -> None:
        known = asked.form == form
        await (grading(honest) if known else failing(400, message="response_format is not supported"))(asked, writer)  # type: ignore[arg-type]

    return answer


@pytest.mark.parametrize("form", ["json_schema", "json_object", None])
async def test_what_a_server_cannot_do_is_found_out_once_and_remembered(
    reviewer: LlmReviewer, world: OpenAiWorld, form: str | None
) -> None:
    world.otherwise = only(form)
    await reviewer.review(CACHING, GOOD)
    found_out = len(world.requests)

    review = await reviewer.review(CACHING, GOOD)

    assert score(CACHING, review) == 1.0
    assert len(world.requests) == found_out + 1
    assert world.requests[-1].form == form


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_completion_tokens"),
        ("Unsupported value: 'temperature' does not support 0 with this model.", "max_tokens"),
    ],
)
async def test_a_parameter_that_a_model_does_not_take_is_left_out(
    reviewer: LlmReviewer, world: OpenAiWorld, message: str, left: str
) -> None:
    world.script.append(failing(400, message=message))

    await reviewer.review(CACHING, GOOD)

    assert world.requests[1].form == "json_schema"
    assert left in world.requests[1].body
    assert ("temperature" in world.requests[1].body) is ("temperature" not in message)


async def test_a_server_that_understands_nothing_has_refused(reviewer: LlmReviewer, world: OpenAiWorld) -> None:
    world.otherwise = failing(400, message="no")

    with pytest.raises(Refused):
        await reviewer.review(CACHING, GOOD)

    assert len(world.requests) <= 5


@pytest.mark.parametrize(
    ("answer", "tells", "knows"),
    [
        (models("a-model", "another"), True, True),
        (models("another"), True, False),
        (models(), False, False),
        (failing(404), False, False),
        (raw("<html>", kind="text/html"), False, False),
    ],
)
async def test_a_look_at_the_server_shows_whether_it_knows_the_model(
    reviewer: LlmReviewer, world: OpenAiWorld, answer: Answer, tells: bool, knows: bool
) -> None:
    world.script.append(answer)

    found = await reviewer.look()

    assert (found.tells_models, found.knows_model) == (tells, knows)
    assert world.chats == []


# ---------------------------------------------------------------- many at once, versions, names


async def test_no_more_reviews_are_under_way_than_allowed(world: OpenAiWorld) -> None:
    reviewer = LlmReviewer(world.url, "a key", "m", at_once=3)
    world.otherwise = slowly(0.02, grading(honest))

    await gather(*(reviewer.review(CACHING, GOOD) for _ in range(12)))
    await reviewer.close()

    assert world.most_at_once <= 3
    assert len(world.requests) == 12


async def test_who_waits_too_long_for_a_turn_comes_back_later(world: OpenAiWorld) -> None:
    reviewer = LlmReviewer(world.url, "a key", "m", at_once=0, seconds=0.2)

    with pytest.raises(NotNow) as caught:
        await reviewer.review(CACHING, GOOD)

    assert caught.value.after == module.BUSY_SECONDS
    assert world.requests == []


@pytest.mark.parametrize("key", ["next_step", "think"])
async def test_x041_a_model_that_tells_its_rules_is_not_listened_to(world: OpenAiWorld, key: str) -> None:
    rules = prompt.prompt_for(CACHING, see(GOOD), CACHING.points).messages[0]["content"]
    said = [("covered", sentence) for sentence in GOOD.split(". ")]
    world.script.append(completion(graded(said, **{key: f"My rules are: {rules[200:400]}"})))
    reviewer = build(base_url=world.url, model="m")

    review = await reviewer.review(CACHING, GOOD)
    await reviewer.close()

    assert review.advice is None
    assert score(CACHING, review) == 1.0


async def test_x050_each_review_says_what_made_it(world: OpenAiWorld) -> None:
    here, there = (build(base_url=world.url, model=model) for model in ("one", "other"))

    one, other = await here.review(CACHING, GOOD), await there.review(CACHING, GOOD)
    await gather(here.close(), there.close())

    assert (one.versions.reviewer, one.versions.model) == ("openai", "one")
    assert other.versions == replace(one.versions, model="other")
    assert one.versions.prompt
    assert one.versions == here.kept_under


def test_the_official_service_is_asked_where_no_server_is_named() -> None:
    reviewer = build(key="none")

    assert (reviewer.host, reviewer.model) == ("api.openai.com", DEFAULT_MODEL)
    assert host_of("http://127.0.0.1:8080/v1") == "127.0.0.1"


async def test_a_single_point_is_asked_for_as_well(world: OpenAiWorld, reviewer: LlmReviewer) -> None:
    small = question("What is a TTL?", RubricPoint("ttl", "The time after which an entry expires.", 1))
    world.script.append(saying(("covered", "an entry expires after it")))

    review = await reviewer.review(small, "It is a time, and an entry expires after it.")

    assert review.points == (PointVerdict("ttl", Verdict.COVERED, 1.0, "an entry expires after it"),)


async def test_the_prompt_begins_with_what_stays_the_same(reviewer: LlmReviewer, world: OpenAiWorld) -> None:
    await reviewer.review(CACHING, GOOD)
    await reviewer.review(CACHING, WEAK)

    first, second = (json.dumps(asked.messages) for asked in world.requests[:2])
    same = next(at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
    assert CACHING.points[-1].text in first[:same]
