"""What messages, edits and deletions in a question's thread do, through the real flow."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from fakes import START
from group import GOOD, Study, nearby, study
from promises import broken_promises
from sqlalchemy import Connection, func, select, update

from bot.domain.incoming import Incoming, MessageEdited, MessagePosted, MessagesDeleted, Replied, SpaceJoined
from bot.domain.outgoing import Action, Received, Reply
from bot.domain.refs import MessageRef, Person, SpaceRef, ThreadRef, UserRef
from bot.shelves import Answer, AnswerState, MessageKind, ThreadMessage, Tx
from bot.storage.engine import Database
from bot.storage.tables import answer_versions, groups, point_events, postings, reviews, thread_messages
from bot.storage.types import metadata

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)

BETTER = "A sliding window in Redis counts the requests of each client exactly."
BEN = UserRef("test", "one", "u-ben")


async def answer_of(group: Study, person: Person) -> Answer | None:
    """The member's answer to the newest question, unless they have none or took it back."""
    posting = await group.posting()

    def find(tx: Tx) -> Answer | None:
        member = tx.members.by_user(group.group, person.user)
        found = tx.answers.of(group.group, posting.asking, member.id) if member else None
        return None if found is None or found.state is AnswerState.WITHDRAWN else found

    return await group.core.storage.read(find)


async def text_of(group: Study, person: Person) -> str | None:
    answer = await answer_of(group, person)
    return answer.text if answer else None


async def known(group: Study, ref: MessageRef) -> ThreadMessage | None:
    return await group.core.storage.read(lambda tx: tx.answers.message(ref))


async def everything_stored(database: Database) -> str:
    """Every column of every table, as one text to search in."""

    def read(conn: Connection) -> str:
        return "\n".join(str(tuple(row)) for table in metadata.sorted_tables for row in conn.execute(select(table)))

    return await database.read(read)


# ---------------------------------------------------------------- what is taken for what

TAKEN = {
    "an answer": (GOOD, True),
    "code": ("```\nallow = tokens > 0\n```", True),
    "I do not know": ("I don't know, sorry", True),
    "a greeting": ("Good morning everyone, have a nice day!", False),
    "thanks": ("Thanks a lot, that was a great question today!", False),
    "a link": ("https://example.org/rate-limits", False),
    "emoji": ("👍 🎉", False),
    "few words": ("a token bucket", False),
    "a question to all": ("Does anybody know what a token bucket is?", False),
    "nothing": ("   ", False),
}


@only_sqlite
@pytest.mark.parametrize("what", TAKEN)
async def test_a_first_message_is_an_answer_or_talk(database: Database, what: str) -> None:
    text, counts = TAKEN[what]
    async with study(database) as group:
        ada = group.person("Ada")

        message, said = await group.write(ada, text)
        await group.settle()

        assert said == (Received(message) if counts else None)
        assert (await answer_of(group, ada) is not None) == counts
        assert len(group.chat.comments()) == counts
        assert await broken_promises(group) == []


@only_sqlite
async def test_words_to_another_member_are_talk_and_words_to_the_bot_are_not(database: Database) -> None:
    async with study(database) as group:
        ada, cy = group.person("Ada"), group.person("Cy")
        other = MessageRef("test", "one", "study", "of-ben")

        _, to_ben = await group.write(ada, GOOD, reply_to=Replied(other, BEN))
        _, about_ben = await group.write(ada, GOOD, mentions=(BEN,))
        _, to_the_bot = await group.write(ada, GOOD, reply_to=Replied(other, None, ours=True))
        _, to_oneself = await group.write(cy, GOOD, reply_to=Replied(other, cy.user), mentions=(cy.user,))

        assert (to_ben, about_ben) == (None, None)
        assert isinstance(to_the_bot, Received)
        assert isinstance(to_oneself, Received)


@only_sqlite
async def test_x030_messages_of_bots_and_of_the_system_are_not_read(database: Database) -> None:
    async with study(database) as group:
        thread = await group.thread()
        bot = replace(group.person("Robot"), bot=True)
        await group.write(group.person("Ada"), GOOD)
        await group.settle()

        for echo in [each.text for each in group.chat.standing.values()]:
            await group.write(bot, echo)
        pinned = MessagePosted(group.new_message(thread), thread, group.person("Ben"), GOOD, START, system=True)
        await group.receive(pinned)
        await group.receive(MessageEdited(group.new_message(thread), thread, bot, GOOD, START))
        await group.settle()

        assert len(group.chat.comments()) == 1
        assert await group.points(group.person("Ben")) == 0


@only_sqlite
async def test_a_message_beside_our_threads_is_not_even_kept(database: Database) -> None:
    async with study(database) as group:
        elsewhere = ThreadRef("test", "one", "general", "t99")

        message, said = await group.write(group.person("Ada"), GOOD, thread=elsewhere)

        assert said is None
        assert await known(group, message) is None


async def test_messages_join_the_answer_for_three_minutes(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        group.clock.move(minutes=2)
        await group.write(ada, "and caching")
        group.clock.move(minutes=2)
        _, too_late = await group.write(ada, "And one more thing that came to my mind.")
        await group.settle()

        assert too_late is None
        assert await text_of(group, ada) == f"{GOOD}\nand caching"
        assert len(group.reviewer.asked) == 1
        assert await broken_promises(group) == []


@only_sqlite
async def test_nothing_joins_an_answer_whose_comment_is_made(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()

        _, said = await group.write(ada, "Here is more about the token bucket and Redis.")

        assert said is None
        assert await text_of(group, ada) == GOOD


async def test_x020_a_reply_before_the_thread_is_known_is_held_and_counted(database: Database) -> None:
    async with study(database) as group:
        thread = await group.thread()
        ada = group.person("Ada")
        post = await group.posting()

        def unknown(conn: Connection) -> None:
            conn.execute(update(postings).values(thread_id=None))

        await database.write(unknown)
        message, said = await group.write(ada, "First try at this question today.", thread=thread)
        await group.receive(MessageEdited(message, thread, ada, GOOD, group.clock.now()))
        held = await known(group, message)
        await group.core.storage.write(lambda tx: tx.owe("post_question", f"post:{post.id}", group.group, post.id))
        await group.settle()

        assert said is None
        assert held is not None
        assert held.kind is MessageKind.HELD
        assert await text_of(group, ada) == GOOD
        assert len(group.chat.comments()) == 1
        assert await broken_promises(group) == []


# ---------------------------------------------------------------- edits


async def test_an_edit_makes_a_new_version_that_is_reviewed_once(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()

        said = await group.edit(ada, message, BETTER)
        await group.settle()

        assert said == Received(message)
        assert group.reviewer.asked == [GOOD, BETTER]
        assert len(group.chat.comments()) == 1
        assert group.chat.comments()[0].edits == 1
        assert "sliding window" in group.chat.comments()[0].text
        assert await broken_promises(group) == []


@only_sqlite
@pytest.mark.parametrize("text", [GOOD, f" {GOOD} ", GOOD.replace(" ", "  ")])
async def test_x026_an_edit_that_changes_nothing_is_not_reviewed(database: Database, text: str) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        delivered = len(group.chat.delivered)

        said = await group.edit(ada, message, text)
        await group.settle()

        assert said is None
        assert len(group.reviewer.asked) == 1
        assert len(group.chat.delivered) == delivered


@only_sqlite
async def test_an_edit_after_the_close_changes_nothing(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.pass_time(timedelta(hours=26), timedelta(hours=1))

        thread = group.chat.comments()[0].item.thread  # type: ignore[union-attr]
        said = await group.receive(MessageEdited(message, thread, ada, BETTER, group.clock.now()))
        await group.settle()

        assert said is None
        assert len(group.reviewer.asked) == 1
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


@only_sqlite
async def test_talk_edited_after_the_close_is_no_answer_in_time(database: Database) -> None:
    """Else one could reserve a place before the close and put the model answer into it."""
    async with study(database) as group:
        ada = group.person("Ada")
        thread = await group.thread()
        place, _ = await group.write(ada, "nice one")
        await group.pass_time(timedelta(hours=26), timedelta(hours=1))

        await group.receive(MessageEdited(place, thread, ada, GOOD, group.clock.now()))
        await group.settle()

        assert await group.points(ada) == 5


@only_sqlite
async def test_talk_edited_into_an_answer_counts(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, "token bucket")

        said = await group.edit(ada, message, GOOD)

        assert said == Received(message)


@only_sqlite
async def test_an_older_edit_and_a_foreign_edit_are_ignored(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        group.clock.move(minutes=1)
        await group.edit(ada, message, BETTER)

        older = await group.edit(ada, message, "An older text that comes late to us.", at=START + timedelta(seconds=5))
        foreign = await group.edit(group.person("Ben"), message, "Ben writes into the message of Ada.")

        assert (older, foreign) == (None, None)
        assert await text_of(group, ada) == BETTER


@only_sqlite
@pytest.mark.parametrize("wrong", [timedelta(days=2), timedelta(days=-400)])
async def test_x025_a_wrong_time_stamp_neither_counts_nor_stops_later_edits(
    database: Database, wrong: timedelta
) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD, at=START + wrong)
        group.clock.move(minutes=1)
        await group.edit(ada, message, "A text with a stamp from another world.", at=START + wrong)
        group.clock.move(minutes=1)
        await group.edit(ada, message, BETTER)
        await group.settle()

        answer = await answer_of(group, ada)
        assert answer is not None
        assert (answer.text, answer.late, answer.day) == (BETTER, False, START.date())
        assert await group.points(ada) == 10


# ---------------------------------------------------------------- orders


def story_of_a_message(group: Study, thread: ThreadRef, ada: Person, message: MessageRef) -> list[Incoming]:
    """Created, edited twice, deleted; each a second after the other."""

    def second(n: int) -> timedelta:
        return timedelta(seconds=n)

    return [
        MessagePosted(message, thread, ada, "My first try at this question here.", START + second(1)),
        MessageEdited(message, thread, ada, "My second try at this question here.", START + second(2)),
        MessageEdited(message, thread, ada, GOOD, START + second(3)),
        MessagesDeleted((message,), START + second(4)),
    ]


@only_sqlite
@pytest.mark.parametrize("deleted", [False, True])
async def test_x019_the_last_state_wins_in_every_order(database: Database, deleted: bool) -> None:
    async with study(database) as group:
        thread = await group.thread()
        group.clock.move(minutes=1)
        orders = list(permutations(range(4 if deleted else 3)))

        for number, order in enumerate(orders):
            person = group.person(f"P{number}")
            events = story_of_a_message(group, thread, person, group.new_message(thread))
            for step in order:
                await group.receive(events[step])
        await group.settle()

        people = [group.person(f"P{number}") for number in range(len(orders))]
        texts = {await text_of(group, person) for person in people}
        assert texts == ({None} if deleted else {GOOD})
        assert {await group.points(person) for person in people} == ({0} if deleted else {10})
        assert len(group.chat.comments()) == (0 if deleted else len(orders))
        assert await broken_promises(group) == []


@only_sqlite
async def test_x019_a_part_keeps_its_place_when_its_edit_came_first(database: Database) -> None:
    async with study(database) as group:
        thread, ada = await group.thread(), group.person("Ada")
        first, second = group.new_message(thread), group.new_message(thread)
        group.clock.move(minutes=1)

        await group.write(ada, "and Redis keeps the counters shared.", message=second, at=START + timedelta(seconds=2))
        await group.edit(ada, first, GOOD, at=START + timedelta(seconds=3))
        await group.write(ada, "A bucket.", message=first, at=START + timedelta(seconds=1))

        assert await text_of(group, ada) == f"{GOOD}\nand Redis keeps the counters shared."


# ---------------------------------------------------------------- again and again


async def test_x016_the_same_message_four_times_at_once_is_one_answer(database: Database) -> None:
    async with study(database) as group:
        ada, thread = group.person("Ada"), await group.thread()
        event = MessagePosted(group.new_message(thread), thread, ada, GOOD, group.clock.now())

        said = await asyncio.gather(*(group.receive(event) for _ in range(4)))
        await group.settle()
        again = await group.receive(event)
        await group.settle()

        answer = await answer_of(group, ada)
        assert [each for each in said if each] == [Received(event.message)]
        assert again is None
        assert answer is not None
        assert answer.version == 1
        assert len(group.reviewer.asked) == len(group.chat.comments()) == 1
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


@on_postgres
async def test_x016_parts_and_copies_through_two_processes_are_neither_lost_nor_doubled(
    database: Database, database_url: str
) -> None:
    async with study(database) as group, nearby(database_url) as there:
        thread = await group.thread()
        people = [group.person(f"P{number}") for number in range(12)]
        for person in people:
            await group.call(person, "/study privacy", board="show")
        parts = (
            "First of all I would use a token bucket.",
            "Second, keep its counters in Redis.",
            "Third, measure what clients feel.",
        )
        at = group.clock.now()
        events = [
            MessagePosted(group.new_message(thread), thread, person, text, at + timedelta(seconds=number))
            for person in people
            for number, text in enumerate(parts)
        ]
        group.clock.move(seconds=10)
        there.clock.move(seconds=10)

        await asyncio.gather(*map(group.receive, events[::2]), *map(there.receive, events[1::2]))
        await asyncio.gather(*map(group.receive, events), *map(there.receive, events))
        await group.settle()

        assert {await text_of(group, person) for person in people} == {"\n".join(parts)}
        assert {await group.points(person) for person in people} == {10}
        assert len(group.chat.comments()) == len(people)
        assert await broken_promises(group) == []


@on_postgres
async def test_x019_deletions_at_the_same_moment_leave_nothing(database: Database, database_url: str) -> None:
    async with study(database) as group, nearby(database_url) as there:
        thread = await group.thread()
        people = [group.person(f"P{number}") for number in range(10)]
        for person in people:
            await group.call(person, "/study privacy", board="show")
        refs = [group.new_message(thread) for _ in people]
        at = group.clock.now()
        made = [MessagePosted(ref, thread, person, GOOD, at) for ref, person in zip(refs, people, strict=True)]
        gone = [MessagesDeleted((ref,), at) for ref in refs]

        await asyncio.gather(*map(group.receive, made), *map(there.receive, gone))
        await group.settle()

        assert [await text_of(group, person) for person in people] == [None] * len(people)
        assert group.chat.comments() == []
        assert await broken_promises(group) == []


@on_postgres
async def test_a_new_space_joined_by_two_processes_is_one_group(database: Database, database_url: str) -> None:
    async with study(database, started=False) as group, nearby(database_url) as there:
        spaces = [SpaceJoined(SpaceRef("test", f"new-{number}"), "New", START) for number in range(10)]

        await asyncio.gather(*map(group.receive, spaces), *map(there.receive, spaces))

        there_are = await database.read(
            lambda conn: conn.execute(select(func.count()).select_from(groups)).scalar_one()
        )
        assert there_are == 11


@only_sqlite
@pytest.mark.parametrize("later", [timedelta(minutes=6), timedelta(hours=25)])
async def test_x017_a_message_is_known_again_after_hours_and_a_restart(database: Database, later: timedelta) -> None:
    async with study(database) as group:
        ada, thread = group.person("Ada"), await group.thread()
        event = MessagePosted(group.new_message(thread), thread, ada, GOOD, group.clock.now())
        talk = MessagePosted(group.new_message(thread), thread, group.person("Ben"), "hello all", group.clock.now())
        await group.receive(event)
        await group.receive(talk)
        await group.settle()

        async with study(database, now=START + later, started=False) as restarted:
            again = [await restarted.receive(each) for each in (event, talk)]
            await restarted.settle()

            assert again == [None, None]
            assert restarted.reviewer.asked == []
            assert restarted.chat.comments() == []


# ---------------------------------------------------------------- taken back


async def test_a_deleted_answer_leaves_no_text_no_comment_and_no_points(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await group.edit(ada, message, BETTER)
        await group.settle()
        assert await group.points(ada) == 10

        await group.delete(message)
        await group.settle()

        kept = await everything_stored(database)
        assert "token bucket gives" not in kept
        assert "sliding window" not in kept
        assert group.chat.comments() == []
        assert await group.points(ada) == 0
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_deleted_part_goes_from_every_version_and_the_rest_stays(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        second, _ = await group.write(ada, "and my secret word is rhubarb")
        await group.settle()

        await group.delete(second)
        await group.settle()

        assert "rhubarb" not in await everything_stored(database)
        assert await text_of(group, ada) == GOOD
        assert len(group.chat.comments()) == 1
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


@only_sqlite
async def test_after_taking_back_another_answer_can_be_given(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await group.delete(message)

        await group.write(ada, BETTER)
        await group.settle()

        assert await text_of(group, ada) == BETTER
        assert await group.points(ada) == 10
        assert len(group.chat.comments()) == 1
        assert len(group.chat.whispers(ada.user)) == 3
        assert await broken_promises(group) == []


# ---------------------------------------------------------------- late


@only_sqlite
async def test_x024_a_late_answer_earns_half_on_the_day_of_receipt(database: Database) -> None:
    async with study(database) as group:
        thread, ada = await group.thread(), group.person("Ada")
        await group.pass_time(timedelta(days=2), timedelta(hours=6))

        await group.write(ada, GOOD, thread=thread)
        await group.settle()

        days = await database.read(lambda conn: set(conn.execute(select(point_events.c.day)).scalars()))
        assert await group.points(ada) == 5
        assert days == {(START + timedelta(days=2)).date()}
        assert any("late, so half the points" in each.text for each in group.chat.whispers(ada.user))
        assert await broken_promises(group) == []


@only_sqlite
async def test_x024_an_answer_sent_in_time_and_delivered_late_is_in_time(database: Database) -> None:
    async with study(database) as group:
        thread, ada = await group.thread(), group.person("Ada")
        sent = group.clock.now() + timedelta(hours=20)
        await group.pass_time(timedelta(hours=28), timedelta(hours=4))

        await group.write(ada, GOOD, thread=thread, at=sent)
        await group.settle()

        assert await group.points(ada) == 10


@only_sqlite
async def test_an_answer_a_week_after_the_close_is_talk(database: Database) -> None:
    async with study(database) as group:
        thread, ada = await group.thread(), group.person("Ada")
        await group.pass_time(timedelta(days=9), timedelta(hours=12))

        _, said = await group.write(ada, GOOD, thread=thread)

        assert said is None
        assert await text_of(group, ada) is None


# ---------------------------------------------------------------- the menus


async def count(group: Study, person: Person, message: MessageRef, text: str, author: UserRef | None = None) -> str:
    said = await group.press(person, Action.COUNT_AS_ANSWER, message=message, text=text, author=author or person.user)
    assert isinstance(said, Reply)
    return said.text


async def uncount(group: Study, person: Person, message: MessageRef | None = None, target: str = "") -> str:
    said = await group.press(person, Action.NOT_AN_ANSWER, target, message=message)
    assert isinstance(said, Reply)
    return said.text


@only_sqlite
async def test_talk_can_be_counted_and_an_answer_can_be_uncounted(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, "token bucket")

        first = await count(group, ada, message, "token bucket")
        second = await count(group, ada, message, "token bucket")
        await group.settle()
        earned = await group.points(ada)
        back = await uncount(group, ada, message)
        await group.settle()

        assert first.startswith("Counted")
        assert "counts as your answer already" in second
        assert earned == 10
        assert back.startswith("Taken back")
        assert await group.points(ada) == 0
        assert "token" not in await everything_stored_of_answers(database)
        assert await broken_promises(group) == []


async def everything_stored_of_answers(database: Database) -> str:
    def read(conn: Connection) -> str:
        tables = (answer_versions, reviews, thread_messages)
        return "\n".join(str(tuple(row)) for table in tables for row in conn.execute(select(table)))

    return await database.read(read)


@only_sqlite
async def test_a_message_we_never_saw_can_be_counted(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        unseen = group.new_message(await group.thread())

        assert (await count(group, ada, unseen, "token bucket")).startswith("Counted")
        assert await text_of(group, ada) == "token bucket"


@only_sqlite
async def test_what_was_declined_stays_so_when_it_is_edited_and_can_be_counted_again(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await uncount(group, ada, message)

        edited = await group.edit(ada, message, BETTER)
        after_edit = await text_of(group, ada)
        counted = await count(group, ada, message, BETTER)

        assert edited is None
        assert after_edit is None
        assert counted.startswith("Counted")
        assert await text_of(group, ada) == BETTER


@only_sqlite
async def test_the_menus_work_on_ones_own_messages_only(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        talk, _ = await group.write(ada, "token bucket")
        answer, _ = await group.write(group.person("Cy"), GOOD)
        await group.write(ben, BETTER)
        gone, _ = await group.write(ada, "also gone")
        await group.delete(gone)
        lost = [
            await count(group, ben, talk, "token bucket", author=ada.user),
            await count(group, ben, talk, "Ben claims the message of Ada as his own."),
            await count(group, ada, gone, "also gone"),
            await uncount(group, ben, answer),
            await uncount(group, ben, talk),
            await uncount(group, group.person("Stranger"), answer),
        ]

        assert len(set(lost)) == 1
        assert lost[0].startswith("I cannot find that any more")
        assert await text_of(group, ben) == BETTER
        assert await text_of(group, group.person("Cy")) == GOOD
        assert await text_of(group, ada) is None


@only_sqlite
@pytest.mark.parametrize("target", ["", "0", "-1", "1", "99", "x", "1; drop table answers", "9" * 30, "٣", "1.0"])
async def test_a_forged_target_finds_nothing(database: Database, target: str) -> None:
    async with study(database) as group:
        await group.write(group.person("Ada"), GOOD)
        await group.settle()

        said = await uncount(group, group.person("Ben"), target=target)
        mine = await group.press(group.person("Ben"), Action.FULL_REVIEW, target)

        assert said.startswith("I cannot find that any more")
        assert isinstance(mine, Reply)
        assert mine.text == said
        assert await group.points(group.person("Ada")) == 10


@only_sqlite
async def test_counting_after_a_week_or_beside_a_form_is_explained(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        thread = await group.thread()
        talk, _ = await group.write(ada, "token bucket")
        await group.send_form(ada, GOOD)
        late, _ = await group.write(ben, "token bucket")

        beside = await count(group, ada, talk, "token bucket")
        group.clock.move(days=9)
        too_late = await count(group, ben, late, "token bucket")

        assert "with the form already" in beside
        assert thread is not None
        assert "token bucket" not in too_late
