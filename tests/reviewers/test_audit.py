"""`studybot grader audit` over the real gold set, and the badge that follows from it (F28, F29)."""

from __future__ import annotations

import argparse
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fakes import VERSIONS
from group import GOOD, Study, study
from hypothesis import given
from hypothesis import strategies as st
from openai_world import OpenAiWorld, failing, grading
from packshelf import shipped_packs

from bot.domain.audits import passed
from bot.domain.budgets import Costs
from bot.domain.outgoing import Action, Reply
from bot.packs import content_root
from bot.packs.gold import GoldAnswer, GoldAttack, load_gold
from bot.reviewers.llm import build, prompt
from bot.reviewers.offline import OfflineReviewer
from bot.shelves import Audit, Tx
from bot.storage.engine import Database
from bot.verbs import audit

GOLD = load_gold(content_root(), shipped_packs())
SHIPPED = audit.shipped()
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def _prompts_are_read_before_the_loop_runs() -> None:
    prompt.version()


async def test_the_shipped_audit_is_that_of_the_offline_reviewer_as_it_is_now() -> None:
    figures = await audit.measured(OfflineReviewer(), GOLD, Costs())
    assert figures is not None
    assert passed(figures) == ()
    assert SHIPPED.versions == OfflineReviewer().versions
    assert SHIPPED.gold == GOLD.version
    assert replace(figures, seconds=SHIPPED.figures.seconds) == SHIPPED.figures, "run: studybot grader audit --write"


@pytest.mark.parametrize(
    ("place", "text"),
    [("before", "X\nOne. Two"), ("inside", "One. X Two"), ("after", "One. Two\nX"), ("alone", "X")],
)
def test_an_attack_stands_where_it_is_said_to(place: str, text: str) -> None:
    assert GoldAttack("id", "X", place).on("One. Two") == text


def pairs_of(gold: Sequence[GoldAnswer]) -> set[tuple[str, str]]:
    return {(attack.id, answer.id) for attack in GOLD.attacks[:9] for answer in audit.attacked(attack, gold, 8)}


def test_an_attack_is_tried_on_answers_that_have_something_to_win() -> None:
    tried = audit.attacked(GOLD.attacks[0], GOLD.answers, audit.ATTACKED)

    assert len({answer.id for answer in tried}) == audit.ATTACKED
    assert {answer.kind for answer in tried} <= {"weak", "partial", "good"}


@given(st.sets(st.sampled_from(range(len(GOLD.answers))), min_size=1, max_size=20), st.randoms())
def test_answers_that_come_or_go_leave_the_other_pairs_as_they_are(gone: set[int], luck: random.Random) -> None:
    left = [answer for at, answer in enumerate(GOLD.answers) if at not in gone]
    luck.shuffle(left)
    lost = {GOLD.answers[at].id for at in gone}

    before, after = pairs_of(GOLD.answers), pairs_of(left)

    assert before - after == {pair for pair in before if pair[1] in lost}


def test_every_attack_has_answers_of_its_own() -> None:
    tried = {tuple(each.id for each in audit.attacked(attack, GOLD.answers, 2)) for attack in GOLD.attacks}

    assert len(tried) > len(GOLD.attacks) * 0.9


# ---------------------------------------------------------------- a model


async def test_a_kind_model_passes_a_limit_and_its_cost_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    async with OpenAiWorld(grading(lambda asked, number, point: ("covered", asked.answer[:40]))) as world:
        reviewer = build(base_url=world.url, key="a key", model="a-model")
        args = argparse.Namespace(most=30, no_store=True, write=None)

        code = await audit.audit(args, reviewer, None)
        await reviewer.close()

    shown = capsys.readouterr()
    assert code == 1
    assert "Limit passed: too_high" in shown.err
    assert "price not known" in shown.out


async def test_a_server_that_is_away_grades_nothing_and_stores_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    async with OpenAiWorld(failing(401)) as world:
        reviewer = build(base_url=world.url, key="a key", model="a-model")
        args = argparse.Namespace(most=3, no_store=True, write=None)

        code = await audit.audit(args, reviewer, None)
        await reviewer.close()

    assert code == 2
    assert "Nothing could be graded" in capsys.readouterr().err


def test_an_audit_is_written_and_read_as_it_was() -> None:
    assert audit.as_json(SHIPPED) == (content_root() / "gold" / "audit.json").read_text(encoding="utf-8")


# ---------------------------------------------------------------- the badge


@pytest.fixture
async def group(database: Database) -> AsyncIterator[Study]:
    async with study(database) as made:
        yield made


async def store(group: Study, found: Audit) -> None:
    await group.core.storage.write(lambda tx: tx.audits.store(found))


async def full_review(group: Study) -> str:
    ada = group.person("Ada")
    await group.write(ada, GOOD)
    await group.settle()
    posting = await group.posting()

    def own(tx: Tx) -> int:
        member = tx.members.by_user(group.group, ada.user)
        assert member is not None
        answer = tx.answers.of(group.group, posting.asking, member.id)
        assert answer is not None
        return answer.id

    answer = await group.core.storage.read(own)
    reply = await group.press(ada, Action.FULL_REVIEW, str(answer))
    assert isinstance(reply, Reply)
    return reply.text


async def test_a_full_review_shows_how_its_reviewer_was_measured(group: Study) -> None:
    await store(group, Audit(VERSIONS, "gold", AT, SHIPPED.figures))

    assert f"Reviewer measured Tue 24 Nov on {SHIPPED.figures.answers} answers" in await full_review(group)


@pytest.mark.parametrize("changed", ["reviewer", "model", "prompt", "code"])
async def test_an_audit_of_other_versions_is_none(group: Study, changed: str) -> None:
    other = replace(VERSIONS, **{changed: "other"})
    await store(group, Audit(other, "gold", AT, SHIPPED.figures))

    reply = await group.call(group.organiser, "/study-admin grader")

    assert isinstance(reply, Reply)
    assert "not audited" in reply.text
    assert "measured" not in await full_review(group)


async def test_an_audit_against_other_rubrics_expires(group: Study) -> None:
    await store(group, Audit(VERSIONS, "old gold", AT, SHIPPED.figures))
    await group.core.storage.write(lambda tx: tx.audits.expire("new gold"))

    reply = await group.call(group.organiser, "/study-admin grader")

    assert isinstance(reply, Reply)
    assert "not audited" in reply.text


async def test_organisers_see_figures_and_votes(group: Study) -> None:
    await store(group, Audit(VERSIONS, "gold", AT, SHIPPED.figures))

    reply = await group.call(group.organiser, "/study-admin grader")
    refused = await group.call(group.person("Ada"), "/study-admin grader")

    assert isinstance(reply, Reply)
    assert "much too kind" in reply.text
    assert "0 helpful" in reply.text
    assert isinstance(refused, Reply)
    assert "organisers" in refused.text
