"""Being asked again, as members live it: only after a yes, once a day at most, in private, and on no board."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from fakes import covering
from group import GOOD, FixedQuestions, Study, nearby, study
from joined import answer as answer_there
from joined import join, link, two_communities
from organised import reply_of
from promises import broken_promises

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import FormSent, MemberLeft
from bot.domain.outgoing import Action, Form, FormKind, Immediate, Outgoing, Whisper
from bot.domain.refs import Person
from bot.domain.repetition import Stayed, stayed
from bot.shelves import Tx
from bot.simulation.world import Standing
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def asked_again(group: Study, person: Person) -> list[Standing]:
    return [each for each in group.chat.whispers(person.user) if each.item.key.startswith("again:")]


def targets(message: Standing, action: Action) -> list[str]:
    return [button.target for button in message.item.buttons if button.action is action]


async def answer(group: Study, person: Person, credit: float = 0.7) -> None:
    """Answers the open question; 0.7 falls due after two days."""
    question = group.questions.question("pack-1")
    assert question is not None
    group.reviewer.script.append(covering(question, GOOD, credit))
    await group.write(person, GOOD)
    await group.settle()


async def days(group: Study, number: int, step: timedelta = 4 * HOUR) -> None:
    await group.pass_time(number * DAY, step)


async def practise(group: Study, person: Person, target: str, text: str = GOOD, **more: str) -> Immediate:
    fields, now = {"answer": text, **more}, group.clock.now()
    return await group.receive(FormSent(FormKind.PRACTICE, target, person, group.channel, fields, f"p-{target}", now))


async def wants(group: Study, person: Person, **options: str) -> str:
    return reply_of(await group.call(person, "/study again", action="on", **options)).text


# ---------------------------------------------------------------- when and for whom


async def test_f52_after_a_yes_a_question_comes_back_in_private_when_it_falls_due(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await answer(group, ada)
        await answer(group, ben)
        said = await wants(group, ada)
        await days(group, 1)
        early = asked_again(group, ada)
        await days(group, 1)

        (message,) = asked_again(group, ada)
        assert "At most one message a day, with one question, at 09:00 where you live" in said
        assert early == []
        assert "How would you solve pack-1?" in message.text
        assert "counts on no board" in message.text
        assert isinstance(message.item, Whisper)
        assert message.item.alone
        assert targets(message, Action.AGAIN_OFF)
        assert asked_again(group, ben) == []
        assert await broken_promises(group) == []


@only_sqlite
async def test_f52_it_comes_in_the_morning_of_the_members_own_day(database: Database) -> None:
    async with study(database) as group:
        mina, lou = group.person("Mina", zone="Asia/Tokyo"), group.person("Lou", zone="America/Los_Angeles")
        came: dict[str, datetime] = {}

        def note(item: Outgoing) -> None:
            if isinstance(item, Whisper) and item.key.startswith("again:"):
                came.setdefault(item.user.id, group.clock.now())

        group.chat.after = note
        for person in (mina, lou):
            await answer(group, person)
            await wants(group, person)
        await days(group, 3, HOUR)

        assert came == {
            mina.user.id: datetime(2026, 11, 25, 0, 0, tzinfo=UTC),
            lou.user.id: datetime(2026, 11, 25, 17, 0, tzinfo=UTC),
        }


@only_sqlite
async def test_f52_never_two_private_messages_a_day_whatever_is_due(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        for _ in range(4):
            await answer(group, ada)
            await answer(group, ben)
            await days(group, 1)
        await days(group, 5)
        await wants(group, ada)
        await wants(group, ben, questions="2")

        for number in range(1, 4):
            await days(group, 1)
            assert len(asked_again(group, ada)) == number or number == 3
            assert len(asked_again(group, ben)) == min(number, 2)

        assert [len(targets(each, Action.PRACTISE)) for each in asked_again(group, ada)][:2] == [1, 1]
        assert [len(targets(each, Action.PRACTISE)) for each in asked_again(group, ben)] == [2, 2]


@only_sqlite
async def test_f52_without_an_answer_it_rests_for_a_week(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)

        await days(group, 8)
        once = len(asked_again(group, ada))
        await days(group, 4)

        assert once == 1
        assert len(asked_again(group, ada)) == 2


@only_sqlite
async def test_f52_a_question_that_is_still_open_is_not_asked_again(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.call(group.organiser, "/study-admin setup", days="mon")
        await group.settle()
        await answer(group, ada, 0.1)
        await wants(group, ada)
        posting = await group.posting()
        closes = posting.closes_at
        assert closes is not None

        while group.clock.now() + HOUR < closes:
            await group.pass_time(HOUR, HOUR)

        assert asked_again(group, ada) == []


@only_sqlite
async def test_x012_while_the_group_is_on_holiday_nobody_is_asked_and_nothing_is_lost(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await group.call(group.organiser, "/study-admin pause", **{"from": "2026-11-25", "until": "2026-11-27"})
        await days(group, 4)
        during = asked_again(group, ada)
        await days(group, 1)

        assert during == []
        assert len(asked_again(group, ada)) == 1


@only_sqlite
async def test_x010_after_a_night_away_it_comes_by_day_or_not_at_all(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await days(group, 1)
        group.clock.set(datetime(2026, 11, 25, 21, 30, tzinfo=UTC))
        await group.settle()
        by_night = asked_again(group, ada)
        group.clock.set(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))
        await group.settle()

        assert by_night == []
        assert len(asked_again(group, ada)) == 1


# ---------------------------------------------------------------- answering


async def test_f52_the_answer_is_reviewed_in_private_moves_the_card_and_counts_nowhere(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await days(group, 2)
        (message,) = asked_again(group, ada)
        (target,) = targets(message, Action.PRACTISE)
        points, public = await group.points(ada), len(group.chat.said()) + len(group.chat.posts())

        form = await group.press(ada, Action.PRACTISE, target)
        receipt = reply_of(await practise(group, ada, target, guess="7")).text
        await group.settle()
        review = group.chat.by_key(f"practised:{target}")
        status = reply_of(await group.call(ada, "/study again")).text

        assert isinstance(form, Form)
        assert [field.name for field in form.fields] == ["answer", "guess"]
        assert "comes to you alone" in receipt
        assert review is not None
        assert "10 of 10" in review.text
        assert "Your guess:** 7, and it was 10." in review.text
        assert "falls due again on" in review.text
        assert "Question pack-1: due now" not in status
        assert "Question pack-1: " in status
        assert await group.points(ada) == points
        assert len(group.chat.said()) + len(group.chat.posts()) == public
        await days(group, 3)
        assert len(asked_again(group, ada)) == 1
        assert await broken_promises(group) == []


@only_sqlite
async def test_f52_the_same_form_twice_is_one_answer_and_the_button_shows_its_review(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await days(group, 2)
        (target,) = targets(asked_again(group, ada)[0], Action.PRACTISE)

        await practise(group, ada, target)
        again = reply_of(await practise(group, ada, target, "Something else entirely, sent a second time.")).text
        await group.settle()
        asked = len(group.reviewer.asked)
        shown = reply_of(await group.press(ada, Action.PRACTISE, target)).text
        late = reply_of(await practise(group, ada, target, "And a third one, after the review.")).text
        await group.settle()

        assert "review is under way" in again
        assert "10 of 10" in shown
        assert "10 of 10" in late
        assert len(group.reviewer.asked) == asked


@only_sqlite
async def test_f52_only_whoever_was_asked_may_answer_or_stop(database: Database) -> None:
    async with study(database) as group:
        ada, eve = group.person("Ada"), group.person("Eve")
        await answer(group, ada)
        await answer(group, eve)
        await wants(group, ada)
        await days(group, 2)
        (target,) = targets(asked_again(group, ada)[0], Action.PRACTISE)

        said = [
            reply_of(await group.press(eve, Action.PRACTISE, target)).text,
            reply_of(await group.press(eve, Action.AGAIN_OFF, target)).text,
            reply_of(await practise(group, eve, target)).text,
        ]

        assert len(set(said)) == 1
        assert said[0].startswith("I cannot find that any more")


@only_sqlite
async def test_f52_after_a_week_it_is_closed_and_the_typed_text_comes_back(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await days(group, 2)
        (target,) = targets(asked_again(group, ada)[0], Action.PRACTISE)
        group.clock.move(days=8)

        pressed = reply_of(await group.press(ada, Action.PRACTISE, target)).text
        sent = reply_of(await practise(group, ada, target)).text

        assert "more than a week ago" in pressed
        assert "more than a week ago" in sent
        assert GOOD in sent


@only_sqlite
async def test_x044_an_honest_i_dont_know_needs_no_reviewer_and_comes_back_soon(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await days(group, 2)
        (target,) = targets(asked_again(group, ada)[0], Action.PRACTISE)
        asked = len(group.reviewer.asked)

        await practise(group, ada, target, "I don't know")
        await group.settle()
        await days(group, 2)

        assert len(group.reviewer.asked) == asked
        assert len(asked_again(group, ada)) == 2


@only_sqlite
async def test_f25_while_the_reviewer_is_away_the_answer_waits_and_is_told_once(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await days(group, 2)
        (target,) = targets(asked_again(group, ada)[0], Action.PRACTISE)
        group.reviewer.script.append(NotNow("away"))

        await practise(group, ada, target)
        await group.settle()
        waiting = group.chat.by_key(f"practised:{target}")
        await group.pass_time(HOUR)

        told = [each for each in group.chat.whispers(ada.user) if each.item.key == f"practised:{target}"]
        assert waiting is None
        assert len(told) == 1


# ---------------------------------------------------------------- yes and no


@only_sqlite
@pytest.mark.parametrize("how", ["command", "button", "left", "removed"])
async def test_f52_a_no_stops_what_is_owed_already(database: Database, how: str) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await days(group, 2)
        (target,) = targets(asked_again(group, ada)[0], Action.AGAIN_OFF)
        await practise(group, ada, target, "I don't know")
        await group.settle()
        if how == "command":
            await group.call(ada, "/study again", action="off")
        elif how == "button":
            await group.press(ada, Action.AGAIN_OFF, target)
        elif how == "left":
            await group.receive(MemberLeft(ada.user, group.clock.now()))
        else:
            await group.core.storage.write(lambda tx: tx.members.leave(group.space))
        await days(group, 9)

        assert len(asked_again(group, ada)) == 1


@only_sqlite
async def test_f52_who_comes_back_is_asked_nothing_before_a_new_yes(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await group.receive(MemberLeft(ada.user, group.clock.now()))
        await days(group, 1)
        await group.call(ada, "/study today")
        await days(group, 3)
        silent = asked_again(group, ada)
        await wants(group, ada)
        await days(group, 1)

        assert silent == []
        assert len(asked_again(group, ada)) == 1


@only_sqlite
@pytest.mark.parametrize("command", ["/study today", "/study progress"])
async def test_f52_closed_messages_switch_it_off_and_the_next_command_says_so_once(
    database: Database, command: str
) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)

        def closed(item: Outgoing) -> None:
            if isinstance(item, Whisper):
                raise Refused("cannot write to them", RefusedBecause.CLOSED)

        group.chat.trouble = closed
        await days(group, 3)
        group.chat.trouble = lambda item: None
        first = reply_of(await group.call(ada, command)).text
        second = reply_of(await group.call(ada, command)).text
        await days(group, 9)

        assert "I could not write to you in private" in first
        assert "I could not write to you in private" not in second
        assert asked_again(group, ada) == []


@only_sqlite
async def test_f52_the_full_review_offers_it_until_somebody_has_said_yes_or_no(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        review = next(each for each in group.chat.whispers(ada.user) if each.item.key.startswith("full:"))
        (target,) = targets(review, Action.AGAIN_ON)

        said = reply_of(await group.press(ada, Action.AGAIN_ON, target)).text
        later = reply_of(await group.press(ada, Action.FULL_REVIEW, target))
        await days(group, 2)

        assert said.startswith("Done: before you forget a question")
        assert all(button.action is not Action.AGAIN_ON for button in later.buttons)
        assert len(asked_again(group, ada)) == 1


@only_sqlite
async def test_f52_the_status_shows_what_comes_back_and_when(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        nothing = reply_of(await group.call(ada, "/study again")).text
        await answer(group, ada, 1.0)
        await days(group, 1)
        await answer(group, ada, 0.1)
        off = reply_of(await group.call(ada, "/study again")).text
        await wants(group, ada, questions="2")
        on = reply_of(await group.call(ada, "/study again")).text

        assert "No question of yours is on its way back yet" in nothing
        assert "I do not ask you anything again" in off
        for told in (off, on):
            assert "- Question pack-2: Wed 25 Nov, about 100 %\n- Question pack-1: Tue 1 Dec, about 98 %" in told
        assert "up to 2 questions, the next not before Wed 25 Nov, 09:00 (Europe/Berlin)" in on


# ---------------------------------------------------------------- once


async def test_x004_cut_off_right_after_the_platform_took_it_it_is_sent_once(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        cut = [True]

        def dies(item: Outgoing) -> None:
            if isinstance(item, Whisper) and item.key.startswith("again:") and cut:
                cut.pop()
                raise NotNow("the line was cut")

        group.chat.after = dies
        await days(group, 3)
        (message,) = asked_again(group, ada)
        (target,) = targets(message, Action.PRACTISE)

        assert not cut
        assert isinstance(await group.press(ada, Action.PRACTISE, target), Form)
        assert len([each for each in group.chat.delivered if each.key == message.item.key]) == 1


async def test_x007_two_nodes_that_tick_at_once_ask_once(database: Database, database_url: str) -> None:
    async with study(database) as group, nearby(database_url) as other:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        await days(group, 1)
        for each in (group, other):
            each.clock.set(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))
        await asyncio.gather(group.core.tick(), other.core.tick())
        for each in (group, other):
            await each.settle()

        assert len(asked_again(group, ada)) + len(asked_again(other, ada)) == 1


@only_sqlite
async def test_f52_a_withdrawn_answer_is_forgotten(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        newest = await group.core.storage.read(lambda tx: tx.answers.latest_of(group.group, 1, 1))
        await group.press(ada, Action.NOT_AN_ANSWER, str(newest[0][0].id))
        await days(group, 4)

        assert asked_again(group, ada) == []


@only_sqlite
async def test_f52_a_question_that_left_the_packs_is_not_asked_again(database: Database) -> None:
    packs = FixedQuestions()
    async with study(database, questions=packs) as group:
        ada = group.person("Ada")
        await answer(group, ada)
        await wants(group, ada)
        packs.packs["pack"] = packs.packs["pack"][1:]
        await days(group, 4)

        assert asked_again(group, ada) == []


@only_sqlite
async def test_x057_linked_accounts_are_asked_once_where_the_older_one_said_yes(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        await answer_there(host, "Ada", GOOD)
        for community in (host, guest):
            await wants(community, community.person("Ada"))
        await link(host, guest, "Ada")
        await days(host, 10)

        ada = host.person("Ada"), guest.person("Ada")
        assert len(asked_again(host, ada[0])) == 1
        assert asked_again(guest, ada[1]) == []


# ---------------------------------------------------------------- what stayed


@only_sqlite
async def test_f52_what_was_still_known_after_7_days_can_be_counted(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        for person in (ada, ben):
            await answer(group, person, 1.0)
            await wants(group, person)
        await days(group, 9)
        for person, text in ((ada, GOOD), (ben, "I don't know")):
            (message,) = asked_again(group, person)
            await practise(group, person, targets(message, Action.PRACTISE)[0], text)
        await group.settle()

        def read(tx: Tx) -> list[Stayed]:
            told = tx.repetition.retained(group.group, group.clock.now() - 30 * DAY)
            return [stayed(told, number) for number in (7, 30)]

        hers = reply_of(await group.call(ada, "/study again")).text
        assert "Still known after 7 days: 1 of 1." in hers
        assert await group.core.storage.read(read) == [Stayed(7, 2, 1), Stayed(30, 0, 0)]
