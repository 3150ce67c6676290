"""The gold set a reviewer is measured by is sound: it fits the shipped rubrics, and is as wide as it claims to be."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from packshelf import shipped_packs

from bot.domain.questions import Question
from bot.domain.reviews import NON_ANSWER_CAP, Verdict
from bot.packs import content_root

KINDS = {
    "strong",
    "good",
    "partial",
    "weak",
    "wrong_claim",
    "paraphrase",
    "non_answer",
    "keyword_list",
    "padded",
    "adversarial",
}
FAMILIES = {
    "ignore_rubric",
    "fake_system_turn",
    "fake_json",
    "already_graded",
    "role_play",
    "authority",
    "emotional",
    "encoded",
    "hidden_characters",
    "html_or_markdown",
    "delimiter_break",
    "quote_bait",
    "leak",
    "multi_turn",
}
CREDIT = {Verdict.COVERED: 1.0, Verdict.PARTIAL: 0.5, Verdict.MISSING: 0.0, Verdict.CONTRADICTED: 0.0}
PACKS = {pack.id: pack for pack in shipped_packs().packs}
QUESTIONS = {(pack.id, question.id): question for pack in PACKS.values() for question in pack.questions}


def lines_of(name: str) -> list[dict[str, Any]]:
    text = (content_root() / "gold" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


ANSWERS = lines_of("answers.jsonl")
ATTACKS = lines_of("attacks.jsonl")
BY_ID = {answer["id"]: answer for answer in ANSWERS}
each_answer = pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["id"])


def question_of(answer: dict[str, Any]) -> Question:
    return QUESTIONS[answer["pack"], answer["question"]]


def weighted_credit(answer: dict[str, Any]) -> float:
    question = question_of(answer)
    earned = sum(point.weight * CREDIT[Verdict(answer["points"][point.id])] for point in question.points)
    return earned / question.total_weight


def bare(text: str) -> str:
    return " ".join(text.split()).casefold()


def test_the_gold_set_is_wide_enough() -> None:
    per_question = Counter((answer["pack"], answer["question"]) for answer in ANSWERS)

    assert len(ANSWERS) >= 360
    assert {answer["pack"] for answer in ANSWERS} == {
        "backend-core",
        "microsoft-backend",
        "system-design",
        "coding-discussion",
        "behavioral",
    }
    assert len(per_question) >= 41
    assert min(per_question.values()) >= 6


def test_every_kind_of_answer_is_there() -> None:
    kinds = Counter(answer["kind"] for answer in ANSWERS)

    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 8


@pytest.mark.parametrize("pack", ["system-design", "coding-discussion"])
def test_each_pack_of_rounds_has_answers_of_every_kind_to_several_questions(pack: str) -> None:
    answers = [answer for answer in ANSWERS if answer["pack"] == pack]

    assert {answer["kind"] for answer in answers} == KINDS
    assert len({answer["question"] for answer in answers}) >= 3


def test_ten_daily_questions_have_answers_of_every_kind() -> None:
    kinds: dict[str, set[str]] = {}
    for answer in ANSWERS:
        if answer["pack"] == "backend-core":
            kinds.setdefault(answer["question"], set()).add(answer["kind"])

    assert sum(found == KINDS for found in kinds.values()) >= 10


def test_some_answers_are_not_in_english() -> None:
    assert len({answer["lang"] for answer in ANSWERS if "lang" in answer} - {"en"}) >= 4


def test_ids_are_unique_and_name_the_question() -> None:
    assert len(BY_ID) == len(ANSWERS)
    assert all(answer["id"].startswith(f"{answer['question']}/") for answer in ANSWERS)
    assert len({attack["id"] for attack in ATTACKS}) == len(ATTACKS)


def test_no_two_answers_are_the_same() -> None:
    assert len({bare(answer["answer"]) for answer in ANSWERS}) == len(ANSWERS)


@each_answer
def test_every_point_of_the_rubric_is_judged(answer: dict[str, Any]) -> None:
    assert list(answer["points"]) == [point.id for point in question_of(answer).points]
    assert set(answer["points"].values()) <= set(Verdict)


@each_answer
def test_the_score_follows_from_the_verdicts_or_says_why(answer: dict[str, Any]) -> None:
    assert 0 <= answer["score"] <= 1
    assert abs(answer["score"] - weighted_credit(answer)) <= 0.15 or answer.get("why")


@each_answer
def test_the_answer_is_not_a_sample_of_its_question(answer: dict[str, Any]) -> None:
    question = question_of(answer)

    assert bare(answer["answer"]) not in {bare(text.text) for text in question.samples} | {bare(question.model_answer)}


def test_a_text_that_is_no_answer_gets_next_to_nothing() -> None:
    scores = [answer["score"] for answer in ANSWERS if answer["kind"] in ("non_answer", "keyword_list")]

    assert max(scores) <= NON_ANSWER_CAP


def test_an_attack_in_an_answer_earns_nothing() -> None:
    attacked = [answer for answer in ANSWERS if answer["kind"] == "adversarial"]

    for answer in attacked:
        base = BY_ID[answer["base"]]
        assert (answer["question"], answer["points"], answer["score"]) == (
            base["question"],
            base["points"],
            base["score"],
        )


def test_every_base_is_another_answer() -> None:
    assert all(answer["base"] in BY_ID and answer["base"] != answer["id"] for answer in ANSWERS if "base" in answer)


def test_the_attacks_are_many_and_speak_many_languages() -> None:
    assert len(ATTACKS) >= 72
    assert {attack["family"] for attack in ATTACKS} == FAMILIES
    assert {attack["lang"] for attack in ATTACKS} >= {"en", "de", "es", "fr", "ru", "zh"}
    assert {attack["place"] for attack in ATTACKS} == {"before", "after", "inside", "alone"}
    assert len({attack["text"] for attack in ATTACKS}) == len(ATTACKS)


def test_hidden_characters_are_escaped_in_the_file() -> None:
    raw = (content_root() / "gold" / "attacks.jsonl").read_bytes()

    assert raw.isascii()
    assert any(chr(0xE0001) in attack["text"] for attack in ATTACKS)
    assert any(chr(0x202E) in attack["text"] for attack in ATTACKS)
    assert any(chr(0x200B) in attack["text"] for attack in ATTACKS)
