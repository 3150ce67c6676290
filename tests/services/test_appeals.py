"""Votes and appeals: a blind second grade, then a moderator, and board and log change once (F30)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from appealed import TwiceReviewer, appeal, button, decide, full_review, graded, reply_of, send, twice_graded
from group import GOOD, FixedQuestions, Study, question, study
from promises import broken_promises, harm_in

from bot.domain.errors import NotNow
from bot.domain.outgoing import Action, Form, FormKind, Whisper
from bot.domain.questions import RubricPoint
from bot.domain.refs import Person
from bot.storage.engine import Database
from bot.texts.reviews import FULL_LIMIT

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def answered(group: Study, person: Person, text: str) -> None:
    await group.call(group.organiser, "/study-admin health")  # so that the bot knows who organises
    await group.write(person, text)
    await group.settle()


def told(group: Study, person: Person) -> list[str]:
    """The private words to somebody."""
    return [each.text for each in group.chat.whispers(person.user)]


# ---------------------------------------------------------------- votes


async def test_a_vote_counts_once_and_may_be_changed(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, GOOD)
        target = button(await full_review(group, ada), Action.HELPFUL).target

        await asyncio.gather(*(group.press(ada, Action.HELPFUL, target) for _ in range(3)))
        first = await group.core.storage.read(lambda tx: tx.appeals.votes(group.group))
        await group.press(ada, Action.UNHELPFUL, target)
        changed = await group.core.storage.read(lambda tx: tx.appeals.votes(group.group))

        assert (first.helpful, first.unhelpful) == (1, 0)
        assert (changed.helpful, changed.unhelpful) == (0, 1)


@only_sqlite
async def test_nobody_votes_on_somebody_elses_review(database: Database) -> None:
    async with study(database) as group:
        await answered(group, group.person("Ada"), GOOD)

        said = reply_of(await group.press(group.person("Ben"), Action.HELPFUL, "1-1"))

        assert "cannot find" in said.text
        assert (await group.core.storage.read(lambda tx: tx.appeals.votes(group.group))).helpful == 0


# ---------------------------------------------------------------- the second grade


async def test_a_second_grade_that_agrees_is_told_and_a_person_may_still_be_asked(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5, again=0.6))

        await appeal(group, ada)
        agreed = told(group, ada)[-1]
        said = [reply_of(await group.press(ada, Action.ASK_MODERATOR, "1")) for _ in range(2)]
        await group.settle()

        assert "came to 6 of 10; the first was 5" in agreed
        assert await group.points(ada) == 7
        cases = [each for each in group.chat.whispers(group.organiser.user) if each.item.key.startswith("appeal_case")]
        assert len(cases) == 1
        assert "a moderator will look" in said[0].text
        assert told(group, ada)[-1] == agreed  # the reply said the rest


async def test_the_second_grade_knows_nothing_of_the_first_and_of_the_reason(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        text = graded(0.5, again=0.9)
        await answered(group, ada, text)

        await appeal(group, ada, reason="The shared store is in my last sentence.")

        assert group.reviewer.seconds == [text]  # type: ignore[attr-defined]


async def test_where_grades_differ_a_moderator_decides_and_board_and_log_change_once(database: Database) -> None:
    async with twice_graded(database) as group:
        ada, olga = group.person("Ada"), group.organiser
        await answered(group, ada, graded(0.5, again=1.0))

        await appeal(group, ada)
        before = await group.points(ada)
        case = reply_of(await group.call(olga, "/study-admin appeals"))
        await asyncio.gather(*(decide(group, olga, Action.TAKE_SECOND) for _ in range(3)))
        await decide(group, olga, Action.KEEP_GRADE)
        await group.settle()

        assert before == 7
        assert "I named the shared store." in case.text
        assert "**First grade: 5 of 10**" in case.text
        assert "**Second grade, blind: 10 of 10**" in case.text
        assert "Ada" not in case.text
        assert await group.points(ada) == 10
        assert "raised your score from 5 to 10" in told(group, ada)[-1]
        assert "After your appeal: 10 of 10" in (await full_review(group, ada)).text
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_moderators_own_grade_needs_a_number_and_never_lowers_the_score(database: Database) -> None:
    async with twice_graded(database) as group:
        ada, olga = group.person("Ada"), group.organiser
        await answered(group, ada, graded(0.5, again=0.1))
        await appeal(group, ada)

        form = await group.press(olga, Action.GIVE_GRADE, "1")
        for typed in ("", "eleven", "11", "-3", "4.9", "nan", "1e1", "٨"):
            said = await send(group, olga, FormKind.GRADE, "1", score=typed, reason="because")
            assert "never lowers" in said.text, typed
        no_second = reply_of(await group.press(olga, Action.TAKE_SECOND, "1"))
        await send(group, olga, FormKind.GRADE, "1", score="8,5", reason="The store is named, see @everyone's line.")
        await group.settle()

        assert isinstance(form, Form)
        assert "cannot find" in no_second.text  # the second grade was lower
        assert await group.points(ada) == 9
        assert "from 5 to 8.5" in told(group, ada)[-1]
        assert await broken_promises(group) == []


@only_sqlite
async def test_the_reason_stands_above_a_full_review_that_fills_its_room(database: Database) -> None:
    asked = question("pack-1")
    points = [
        RubricPoint(f"point-{n}", f"Says what happens in case {n} {'and why ' * 12}".strip(), 1) for n in range(9)
    ]
    questions = FixedQuestions()
    questions.packs["pack"] = [replace(asked, points=tuple(points))] * 5
    reason = f"The shared store is named{' and so is its key' * 6}."
    async with study(database, reviewer=TwiceReviewer(), questions=questions) as group:
        ada, olga = group.person("Ada"), group.organiser
        await answered(group, ada, graded(0.5, again=1.0))
        await appeal(group, ada)

        before = (await full_review(group, ada)).text
        await send(group, olga, FormKind.GRADE, "1", score="8", reason=reason)
        after = (await full_review(group, ada)).text

        assert len(before) > FULL_LIMIT - len(reason)
        assert after.startswith(f"**After your appeal: 8 of 10.** {reason}\n")
        assert after.count("◐") == len(points)
        assert len(after) <= FULL_LIMIT


async def test_without_a_second_opinion_the_moderator_is_asked_at_once(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, GOOD)

        await appeal(group, ada)
        case = reply_of(await group.call(group.organiser, "/study-admin appeals"))
        await decide(group, group.organiser, Action.KEEP_GRADE)
        await group.settle()

        assert len(group.reviewer.asked) == 1
        assert "no second grade" in case.text
        assert "left your score at 10" in told(group, ada)[-1]


@only_sqlite
async def test_an_appeal_waits_for_a_reviewer_that_is_away(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5, again=1.0))
        group.reviewer.script.append(NotNow("away"))

        await appeal(group, ada)
        waits = reply_of(await group.call(group.organiser, "/study-admin appeals"))
        group.clock.move(minutes=1)
        await group.settle()

        assert "No appeal waits" in waits.text
        assert "10 of 10" in reply_of(await group.call(group.organiser, "/study-admin appeals")).text


# ---------------------------------------------------------------- ends and limits


async def test_an_edit_or_a_withdrawal_ends_the_appeal(database: Database) -> None:
    async with twice_graded(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await answered(group, ada, graded(0.5, again=1.0))
        message, _ = await group.write(ben, graded(0.4, again=0.9))
        await group.settle()
        await appeal(group, ada)
        await appeal(group, ben, answer=2)

        await group.edit(ada, next(ref for ref in group.acknowledged), graded(0.6, again=0.9))
        await group.delete(message)
        await group.settle()
        said = [await decide(group, group.organiser, Action.TAKE_SECOND, case) for case in (1, 2)]
        listed = reply_of(await group.call(group.organiser, "/study-admin appeals"))
        await group.settle()

        assert all("is over" in each.text for each in said)
        assert "No appeal waits" in listed.text
        assert [await group.points(each) for each in (ada, ben)] == [8, 0]
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_review_is_appealed_within_seven_days_and_once(database: Database) -> None:
    async with twice_graded(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await answered(group, ada, graded(0.5, again=1.0))
        await group.write(ben, graded(0.4, again=1.0))
        await group.settle()
        target = button(await full_review(group, ada), Action.APPEAL).target
        await appeal(group, ada)

        again = await send(group, ada, FormKind.APPEAL, target, reason="And once more.")
        empty = await send(group, ben, FormKind.APPEAL, "2-1", reason="  ")
        group.clock.move(days=7, seconds=1)
        late = await send(group, ben, FormKind.APPEAL, "2-1", reason="I was away.")

        assert "appealed this review already" in again.text
        assert "in a sentence" in empty.text
        assert "seven days" in late.text
        assert "I was away." in late.text
        assert Action.APPEAL not in [each.action for each in (await full_review(group, ben, 2)).buttons]


# ---------------------------------------------------------------- moderators


async def test_nobody_decides_about_their_own_answer(database: Database) -> None:
    async with twice_graded(database) as group:
        olga = group.organiser
        await answered(group, olga, graded(0.5, again=1.0))

        await appeal(group, olga)
        listed = reply_of(await group.call(olga, "/study-admin appeals"))
        said = [await decide(group, olga, action) for action in (Action.SHOW_APPEAL, Action.TAKE_SECOND)]
        form = await send(group, olga, FormKind.GRADE, "1", score="10", reason="I am right")

        assert "No appeal waits for you" in listed.text
        assert all("answer of their own" in each.text for each in (*said, form))
        assert await group.points(olga) == 7


async def test_organisers_appoint_moderators_who_may_decide_until_they_may_not(database: Database) -> None:
    async with twice_graded(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await answered(group, ada, graded(0.5, again=1.0))
        await group.write(ben, graded(0.5))
        await group.settle()

        refused = reply_of(await group.call(ben, "/study-admin appeals"))
        appointed = reply_of(await group.call(group.organiser, "/study-admin moderators", add="@ben"))
        await appeal(group, ada)
        notices = [each.item for each in group.chat.whispers(ben.user) if each.item.key.startswith("appeal_case")]
        shown = reply_of(await group.call(ben, "/study-admin appeals"))
        await group.call(group.organiser, "/study-admin moderators", remove=f"<@{ben.user.id}>")
        gone = await decide(group, ben, Action.TAKE_SECOND)

        assert "organiser" in refused.text
        assert "Ben may decide" in appointed.text
        assert len(notices) == 1
        assert isinstance(notices[0], Whisper)
        assert "First grade: 5 of 10" in shown.text
        assert "for moderators" in gone.text
        assert await group.points(ada) == 7


@only_sqlite
async def test_words_in_reasons_stay_words(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5, again=1.0))

        await appeal(group, ada, reason="<@U1> @everyone [x](http://evil.example) " + "a" * 9000)
        case = reply_of(await group.call(group.organiser, "/study-admin appeals"))

        assert harm_in(case.text) is None
        assert "a" * 600 not in case.text
