"""Fair points (F50): a copy earns nothing extra, nor does what is beyond the day's cap; a person has the last word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from appealed import TwiceReviewer, reply_of, send, try_again
from fakes import ScriptedReviewer
from group import FixedQuestions, Study, study
from promises import broken_promises

from bot import texts
from bot.domain.appeals import Decision
from bot.domain.fairness import SCORED_A_DAY, Why
from bot.domain.outgoing import Action, FormKind, Whisper
from bot.domain.questions import Question
from bot.domain.refs import Person
from bot.shelves import Answer, Tx
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WORDS = (
    "I would give every client a bucket of tokens that refills steadily, keep the buckets in one shared store, and "
    "take a token by an atomic script, so that all machines count together."
)


def saying(score: float, words: str = WORDS) -> str:
    """A text of these words that is graded so."""
    return f"{words} score {score}"


OTHER_WORDS = (
    "Counters live in Redis with a key per user and minute. A request adds one; whoever is above the limit waits for "
    "the next minute. On the edge between two minutes that lets twice as many through, which we accept."
)


async def answer(group: Study, name: str, text: str) -> Person:
    person = group.person(name)
    await group.write(person, text)
    await group.settle()
    return person


async def own(group: Study, person: Person, attempt: int = 1) -> Answer:
    """Their newest answer to the open question."""

    def find(tx: Tx) -> Answer | None:
        member = tx.members.by_user(group.group, person.user)
        posting = tx.asking.open_in(group.group, group.channel)
        assert posting is not None
        assert member is not None
        return tx.answers.of(group.group, posting.asking, member.id, attempt)

    found = await group.core.storage.read(find)
    assert found is not None
    return found


async def full_review(group: Study, person: Person, attempt: int = 1) -> str:
    answered = await own(group, person, attempt)
    return reply_of(await group.press(person, Action.FULL_REVIEW, str(answered.id))).text


def notices(group: Study, person: Person) -> list[str]:
    """What somebody was told under the key of a notice."""
    shown = (each.item for each in group.chat.whispers(person.user))
    return [item.text for item in shown if isinstance(item, Whisper) and item.key.startswith("notice:")]


async def test_f50_a_copy_earns_no_points_and_its_author_is_told_kindly_and_alone(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await group.call(group.organiser, "/study-admin health")
        ada = await answer(group, "Ada", saying(1.0))
        ben = await answer(group, "Ben", saying(1.0).upper().replace("SCORE", "score"))
        await answer(group, "Cy", saying(1.0))
        await answer(group, "Dot", saying(1.0, OTHER_WORDS))

        assert [await group.points(group.person(name)) for name in ("Ada", "Ben", "Cy", "Dot")] == [10, 0, 0, 10]
        assert (await full_review(group, ben)).startswith(texts.unscored_line(Why.COPY))
        assert texts.unscored_line(Why.COPY) not in await full_review(group, ada)
        assert notices(group, group.organiser) == [texts.notice_unscored(Why.COPY)]
        thread = [each.text for each in group.chat.comments()]
        assert not any("points" in text or "same" in text for text in thread)
        assert await group.core.storage.read(lambda tx: tx.standings.differences(None)) == 0
        assert await broken_promises(group) == []


class Published(FixedQuestions):
    """Packs whose model answers are long enough to be pasted."""

    def question(self, id: str) -> Question | None:
        found = super().question(id)
        return replace(found, model_answer=WORDS) if found is not None else None


async def test_f50_who_repeats_the_model_answer_earns_nothing_reads_why_and_may_appeal(database: Database) -> None:
    async with study(database, questions=Published(), reviewer=TwiceReviewer()) as group:
        ada = await answer(group, "Ada", saying(1.0))
        await answer(group, "Ben", saying(1.0, OTHER_WORDS))

        assert [await group.points(group.person(name)) for name in ("Ada", "Ben")] == [0, 10]
        assert (await full_review(group, ada)).startswith(texts.unscored_line(Why.MODEL))
        assert notices(group, group.organiser) == []
        target = await appeal(group, ada)
        case = reply_of(await group.press(group.organiser, Action.SHOW_APPEAL, target))
        assert "reads nearly the same as the model answer" in case.text
        await group.press(group.organiser, Action.LET_COUNT, target)
        await group.settle()
        assert await group.points(ada) == 10
        assert await group.core.storage.read(lambda tx: tx.standings.differences(None)) == 0


@only_sqlite
async def test_f50_a_text_in_ones_own_words_counts_after_an_edit(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await answer(group, "Ada", saying(1.0))
        ben = group.person("Ben")
        message, _ = await group.write(ben, saying(1.0))
        await group.settle()
        copied = await group.points(ben)
        await group.edit(ben, message, saying(0.5, OTHER_WORDS))
        await group.settle()

        assert (copied, await group.points(ben)) == (0, 7)
        assert texts.unscored_line(Why.COPY) not in await full_review(group, ben)


@only_sqlite
async def test_f50_who_edits_their_answer_into_a_copy_loses_its_points_and_the_other_keeps_theirs(
    database: Database,
) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, saying(0.0, OTHER_WORDS))
        await group.settle()
        ben = await answer(group, "Ben", saying(1.0))
        await group.edit(ada, message, saying(1.0))
        await group.settle()

        assert [await group.points(each) for each in (ada, ben)] == [0, 10]


@only_sqlite
async def test_f50_a_copy_that_is_reviewed_before_its_original_is_still_the_copy(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        for person in (ada, ben):
            await group.write(person, saying(1.0))
        first, second = await own(group, ada), await own(group, ben)
        for each in (second, first):
            await group.core.stories.reviews.review(group.group, each.id, each.version)
        await group.settle()

        assert [await group.points(each) for each in (ada, ben)] == [10, 0]


@only_sqlite
async def test_f50_a_second_attempt_that_repeats_somebody_is_no_growth(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await answer(group, "Ada", saying(1.0))
        ben = await answer(group, "Ben", saying(0.0, OTHER_WORDS))
        first = await own(group, ben)
        await try_again(group, ben, saying(1.0), first.id, "copied")
        await group.settle()
        copied = await group.points(ben)
        await try_again(group, ben, saying(1.0, f"{OTHER_WORDS} So I would slide the window."), first.id, "thought")
        await group.settle()

        assert (copied, await group.points(ben)) == (4, 10)


async def appeal(group: Study, person: Person) -> str:
    """Appeals, and returns what a moderator is shown as well as its target."""
    answered = await own(group, person)
    reply = reply_of(await group.press(person, Action.FULL_REVIEW, str(answered.id)))
    target = next(button.target for button in reply.buttons if button.action is Action.APPEAL)
    said = reply_of(await send(group, person, FormKind.APPEAL, target, f"a-{person.name}", reason="I wrote it."))
    assert said.text == texts.appeal_waits()
    await group.settle()
    filed = await group.core.storage.read(lambda tx: tx.appeals.of(group.group, answered.id, answered.version))
    assert filed is not None
    return str(filed.id)


async def test_f50_a_moderator_who_sees_both_texts_lets_it_count(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await group.call(group.organiser, "/study-admin health")
        await answer(group, "Ada", saying(0.8))
        ben = await answer(group, "Ben", saying(0.8))
        target = await appeal(group, ben)
        case = reply_of(await group.press(group.organiser, Action.SHOW_APPEAL, target))
        decided = reply_of(await group.press(group.organiser, Action.LET_COUNT, target))
        await group.settle()

        assert "reads nearly the same as this earlier answer" in case.text
        assert case.text.count("bucket of tokens that refills steadily") == 2
        assert "Ada" not in case.text
        assert case.buttons[0].action is Action.LET_COUNT
        assert decided.text == texts.decision_noted()
        assert await group.points(ben) == 9
        assert group.chat.whispers(ben.user)[-1].text == texts.appeal_counted()
        assert texts.unscored_line(Why.COPY) not in await full_review(group, ben)
        assert await group.core.storage.read(lambda tx: tx.standings.differences(None)) == 0
        assert await broken_promises(group) == []


@only_sqlite
async def test_f50_a_moderator_may_leave_it_as_it_is(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await group.call(group.organiser, "/study-admin health")
        await answer(group, "Ada", saying(0.8))
        ben = await answer(group, "Ben", saying(0.8))
        target = await appeal(group, ben)
        await group.press(group.organiser, Action.KEEP_GRADE, target)
        await group.settle()

        kept = await group.core.storage.read(lambda tx: tx.appeals.by_id(group.group, int(target)))
        assert kept is not None
        assert kept.decision is Decision.KEPT
        assert await group.points(ben) == 0


@only_sqlite
async def test_f50_an_answer_that_earns_points_cannot_be_let_count(database: Database) -> None:
    async with study(database, reviewer=ScriptedReviewer()) as group:
        await group.call(group.organiser, "/study-admin health")
        ada = await answer(group, "Ada", "A token bucket gives each client a steady refill and allows short bursts.")
        answered = await own(group, ada)
        reply = reply_of(await group.press(ada, Action.FULL_REVIEW, str(answered.id)))
        wanted = next(button.target for button in reply.buttons if button.action is Action.APPEAL)
        await send(group, ada, FormKind.APPEAL, wanted, "a1", reason="Look again.")
        await group.settle()
        filed = await group.core.storage.read(lambda tx: tx.appeals.of(group.group, answered.id, answered.version))
        assert filed is not None

        case = reply_of(await group.press(group.organiser, Action.SHOW_APPEAL, str(filed.id)))
        said = reply_of(await group.press(group.organiser, Action.LET_COUNT, str(filed.id)))

        assert Action.LET_COUNT not in {button.action for button in case.buttons}
        assert said.text == texts.not_found()


async def test_f50_what_is_beyond_the_days_cap_is_reviewed_and_earns_nothing(database: Database) -> None:
    questions = FixedQuestions(count=SCORED_A_DAY + 3)
    async with study(database, questions=questions, reviewer=TwiceReviewer()) as group:
        await group.call(group.organiser, "/study-admin health")
        ada, earned = group.person("Ada"), []
        for number in range(SCORED_A_DAY + 2):
            if number:
                await group.call(group.organiser, "/study-admin post")
                await group.settle()
            await answer(group, "Ada", saying(1.0, f"{OTHER_WORDS} And {number}."))
            earned.append(await group.points(ada))
        group.clock.move(minutes=1)
        beyond = await full_review(group, ada)

        assert earned == [*range(10, 10 * SCORED_A_DAY + 1, 10), 10 * SCORED_A_DAY, 10 * SCORED_A_DAY]
        assert beyond.startswith(texts.unscored_line(Why.CAP))
        assert "10 of 10" in beyond
        assert notices(group, group.organiser) == [texts.notice_unscored(Why.CAP)]
        await group.pass_time(timedelta(days=1), timedelta(hours=3))
        await answer(group, "Ada", saying(1.0, OTHER_WORDS))
        assert await group.points(ada) == 10 * SCORED_A_DAY + 10
        assert await broken_promises(group) == []


# ---------------------------------------------------------------- the best answers


async def agree(group: Study, person: Person) -> None:
    """Agrees to be quoted at the close."""
    answered = await own(group, person)
    await group.press(person, Action.SHOW_AT_CLOSE, str(answered.id))


async def offered(group: Study, person: Person) -> bool:
    """Whether the full review offers its author to be quoted."""
    answered = await own(group, person)
    reply = reply_of(await group.press(person, Action.FULL_REVIEW, str(answered.id)))
    return Action.SHOW_AT_CLOSE in {button.action for button in reply.buttons}


def best(group: Study) -> list[str]:
    """Who is quoted in threads for one of the best answers."""
    quoted = [each.text for each in group.chat.said() if each.item.key.startswith("best:")]
    return [name for text in quoted for name in ("Ada", "Ben") if name in text]


async def close_and_digest(group: Study) -> str:
    """Lets the question close and the week end; returns the digest."""
    await group.pass_time(timedelta(days=7), timedelta(hours=6))
    return next(each.text for each in group.chat.posts() if each.item.key.startswith("digest:"))


async def test_f50_a_copy_is_never_quoted_as_one_of_the_best(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        ada = await answer(group, "Ada", saying(0.9))
        ben = group.person("Ben")
        message, _ = await group.write(ben, saying(1.0, OTHER_WORDS))
        await group.settle()
        for person in (ada, ben):
            await agree(group, person)
        await group.edit(ben, message, saying(1.0))
        await group.settle()
        digest = await close_and_digest(group)

        assert best(group) == ["Ada"]
        assert "(Ada, on Question pack-1)" in digest
        assert "(Ben, on" not in digest


@only_sqlite
async def test_f50_what_a_moderator_let_count_may_be_quoted_like_any_other(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await group.call(group.organiser, "/study-admin health")
        await answer(group, "Ada", saying(0.9))
        ben = await answer(group, "Ben", saying(0.9))
        as_a_copy = await offered(group, ben)
        await group.press(group.organiser, Action.LET_COUNT, await appeal(group, ben))
        await group.settle()
        counted = await offered(group, ben)
        await agree(group, ben)

        digest = await close_and_digest(group)

        assert (as_a_copy, counted) == (False, True)
        assert best(group) == ["Ben"]
        assert "(Ben, on Question pack-1)" in digest
