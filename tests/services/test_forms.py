"""Answers by form: they always count, nothing typed is lost, and a repeat changes nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from fakes import START
from group import GOOD, Study, nearby, study
from promises import broken_promises
from sqlalchemy import select, update

from bot.domain.incoming import FormSent, MessagePosted
from bot.domain.outgoing import Action, Form, FormKind, Immediate, Received, Reply
from bot.domain.refs import Person
from bot.domain.standings import Period
from bot.storage.engine import Database
from bot.storage.tables import answers, postings

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)

BETTER = "A sliding window in Redis counts the requests of each client exactly."


def words(said: Immediate) -> str:
    assert isinstance(said, Reply)
    return said.text


async def opened(group: Study, person: Person) -> Form:
    form = await group.press(person, Action.ANSWER, str((await group.posting()).id))
    assert isinstance(form, Form)
    return form


async def test_a_form_is_an_answer_that_is_shown_reviewed_and_commented(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")

        receipt = await group.send_form(ada, GOOD)
        await group.settle()

        shown, comment = group.chat.said()
        assert words(receipt) == "Your answer is stored, and its review is under way."
        assert shown.text == GOOD
        assert shown.item.speaker == "Ada"  # type: ignore[union-attr]
        assert comment.item.reply_to.id == shown.id  # type: ignore[union-attr]
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


@only_sqlite
@pytest.mark.parametrize("text", ["caching", "👍 🎉", "...", "https://example.org", "`LRU`!"])
async def test_x044_a_form_with_one_word_or_none_is_scored_by_rule_and_nobody_is_asked(
    database: Database, text: str
) -> None:
    async with study(database) as group:
        ada = group.person("Ada")

        await group.send_form(ada, text)
        await group.settle()

        assert group.reviewer.asked == []
        assert await group.points(ada) == 0
        assert "0 of 10" in words(await group.press(ada, Action.FULL_REVIEW, "1"))
        assert await broken_promises(group) == []


@only_sqlite
@pytest.mark.parametrize("text", ["token bucket", "ok", "https://example.org", "Does anybody know?"])
async def test_a_form_counts_whatever_it_says(database: Database, text: str) -> None:
    async with study(database) as group:
        said = await group.send_form(group.person("Ada"), text)
        await group.settle()

        assert words(said).startswith("Your answer is stored")
        assert len(group.chat.comments()) == 1


@only_sqlite
@pytest.mark.parametrize("text", ["", "  \n ", "\x00", "\ud83d"])
async def test_a_form_without_text_is_explained(database: Database, text: str) -> None:
    async with study(database) as group:
        said = await group.send_form(group.person("Ada"), text)
        await group.settle()

        assert "no text in the form" in words(said)
        assert group.chat.comments() == []


async def test_x016_the_same_form_four_times_is_one_answer(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")

        said = await asyncio.gather(*(group.send_form(ada, GOOD, sending="once") for _ in range(4)))
        await group.settle()
        again = await group.send_form(ada, GOOD, sending="once")
        await group.settle()

        assert {words(each) for each in [*said, again]} == {"Your answer is stored, and its review is under way."}
        assert group.reviewer.asked == [GOOD]
        assert len(group.chat.said()) == 2
        assert await broken_promises(group, submissions=["once"]) == []


@only_sqlite
async def test_another_form_is_a_new_version_in_the_same_place(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.send_form(ada, GOOD)
        await group.settle()

        form = await opened(group, ada)
        said = await group.send_form(ada, BETTER)
        await group.settle()

        assert form.fields[0].value == GOOD
        assert words(said).startswith("Your answer is stored")
        assert group.chat.said()[0].text == BETTER
        assert len(group.chat.said()) == 2
        assert group.reviewer.asked == [GOOD, BETTER]
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


@only_sqlite
async def test_the_same_text_again_changes_nothing(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.send_form(ada, GOOD)
        await group.settle()

        said = await group.send_form(ada, f" {GOOD}  ")
        await group.settle()

        assert "nothing changed" in words(said)
        assert group.reviewer.asked == [GOOD]


@only_sqlite
async def test_who_answered_in_the_thread_is_sent_there_and_loses_nothing(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)

        opens = await group.press(ada, Action.ANSWER, str((await group.posting()).id))
        called = await group.call(ada, "/study answer")
        sent = await group.send_form(ada, BETTER)
        await group.settle()

        assert words(opens) == words(called)
        assert "answered in the thread already" in words(opens)
        assert words(sent).startswith(words(opens))
        assert f"> {BETTER}" in words(sent)
        assert group.reviewer.asked == [GOOD]
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_thread_message_after_a_form_is_talk(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.send_form(ada, GOOD)

        _, said = await group.write(ada, BETTER)
        await group.settle()

        assert said is None
        assert group.reviewer.asked == [GOOD]


@only_sqlite
async def test_after_the_close_a_form_is_late_and_an_edit_by_form_comes_back(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        target = str((await group.posting()).id)
        await group.send_form(ada, GOOD)
        await group.pass_time(timedelta(hours=30), timedelta(hours=6))

        edit = await group.send_form(ada, BETTER, target)
        late = await group.send_form(ben, GOOD, target)
        await group.settle()
        better = await group.send_form(ben, BETTER, target)
        await group.settle()

        assert "stays as it was" in words(edit)
        assert f"> {BETTER}" in words(edit)
        assert words(late) == words(better) == "Your answer is stored, and its review is under way."
        assert await group.points(ada) == 10
        assert await group.points(ben) == 5
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_form_a_week_after_the_close_comes_back_with_its_text(database: Database) -> None:
    async with study(database) as group:
        target = str((await group.posting()).id)
        await group.pass_time(timedelta(days=9), timedelta(hours=12))

        said = await group.send_form(group.person("Ada"), GOOD, target)

        assert "late answers count for seven days" in words(said)
        assert f"> {GOOD}" in words(said)


@only_sqlite
async def test_the_receipt_takes_the_answer_back_and_a_repeat_does_not_revive_it(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        receipt = await group.send_form(ada, GOOD, sending="once")
        await group.settle()
        assert isinstance(receipt, Reply)

        back = await group.press(ada, receipt.buttons[0].action, receipt.buttons[0].target)
        repeat = await group.send_form(ada, GOOD, sending="once")
        await group.settle()

        assert words(back) == words(repeat)
        assert group.chat.said() == []
        assert await group.points(ada) == 0
        assert await broken_promises(group, submissions=["once"]) == []


@only_sqlite
async def test_an_answer_taken_back_can_be_given_anew_by_form_or_thread(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        receipt = await group.send_form(ada, GOOD)
        await group.settle()
        assert isinstance(receipt, Reply)
        await group.press(ada, Action.NOT_AN_ANSWER, receipt.buttons[0].target)

        _, said = await group.write(ada, BETTER)
        await group.settle()

        assert isinstance(said, Received)
        assert [each.item.key for each in group.chat.comments()] == ["comment:1:3"]
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


@on_postgres
async def test_form_and_thread_through_two_processes_are_one_answer(database: Database, database_url: str) -> None:
    async with study(database) as group, nearby(database_url) as there:
        people = [group.person(f"P{number}") for number in range(8)]
        for person in people:
            await group.call(person, "/study privacy", board="show")
        thread, now = await group.thread(), group.clock.now()
        target = str((await group.posting()).id)
        forms = [
            FormSent(FormKind.ANSWER, target, each, group.channel, {"answer": GOOD}, f"f-{each.name}", now)
            for each in people
        ]
        messages = [MessagePosted(group.new_message(thread), thread, each, BETTER, now) for each in people]

        await asyncio.gather(*map(group.receive, forms), *map(there.receive, messages))
        await group.settle()

        versions = await database.read(lambda conn: conn.execute(select(answers.c.version)).scalars().all())
        assert versions == [1] * len(people)
        assert len(group.chat.comments()) == len(people)
        assert {await group.points(each) for each in people} == {10}
        assert await broken_promises(group) == []


@only_sqlite
async def test_x005_a_form_is_graded_although_the_thread_is_not_open(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        post = await group.posting()
        thread = await group.thread()
        await _set_thread(database, None)

        await group.send_form(ada, GOOD, str(post.id))
        await group.settle()
        review = await group.press(ada, Action.FULL_REVIEW, "1")
        points = await group.points(ada)
        await _set_thread(database, thread.id)
        group.clock.move(minutes=1)
        await group.settle()

        assert "10 of 10" in words(review)
        assert points == 10
        assert len(group.chat.comments()) == 1
        assert len(group.reviewer.asked) == 1
        assert await broken_promises(group) == []


async def _set_thread(database: Database, id: str | None) -> None:
    await database.write(lambda conn: conn.execute(update(postings).values(thread_id=id)).close())


@only_sqlite
@pytest.mark.parametrize("target", ["", "0", "99", "x", "1 or 1=1", "9" * 40, "-1"])
async def test_a_forged_form_finds_nothing(database: Database, target: str) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        event = FormSent(FormKind.ANSWER, target, ada, group.channel, {"answer": GOOD}, "f", group.clock.now())

        sent = await group.receive(event)
        pressed = await group.press(ada, Action.ANSWER, target)

        assert words(sent) == words(pressed)
        assert words(sent).startswith("I cannot find that any more")


@only_sqlite
async def test_a_form_without_our_field_is_empty(database: Database) -> None:
    async with study(database) as group:
        target = str((await group.posting()).id)
        event = FormSent(
            FormKind.ANSWER, target, group.person("Ada"), group.channel, {"other": GOOD}, "f", group.clock.now()
        )

        assert "no text in the form" in words(await group.receive(event))


@only_sqlite
async def test_before_anything_is_asked_there_is_nothing_to_answer(database: Database) -> None:
    async with study(database, started=False) as group:
        assert words(await group.call(group.person("Ada"), "/study answer")).startswith("No question is open here")


@only_sqlite
async def test_late_points_are_booked_on_the_day_of_receipt_also_by_form(database: Database) -> None:
    async with study(database) as group:
        target = str((await group.posting()).id)
        ada = group.person("Ada")
        await group.pass_time(timedelta(hours=48), timedelta(hours=6))
        await group.send_form(ada, GOOD, target)
        await group.settle()

        def on(day: int) -> str:
            return (START + timedelta(days=day)).date().isoformat()

        first = await group.core.storage.read(lambda tx: tx.standings.own(1, Period.DAY, on(0), 1))
        third = await group.core.storage.read(lambda tx: tx.standings.own(1, Period.DAY, on(2), 1))

        assert first is None
        assert third is not None
        assert third.points == 5
