"""Hints: one more specific than the other, each with its price, and never a surprise on the board (F19)."""

from __future__ import annotations

import asyncio

import pytest
from appealed import TwiceReviewer, graded, try_again
from fakes import covering
from group import GOOD, Study, question, study
from joined import answer, board, lines, link, one_question, promises_broken
from promises import broken_promises

from bot.domain.outgoing import Action, Immediate, Reply
from bot.domain.refs import Person
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def reply_of(said: Immediate) -> Reply:
    assert isinstance(said, Reply), said
    return said


async def hint(group: Study, person: Person) -> Reply:
    return reply_of(await group.press(person, Action.HINT, str((await group.posting()).id)))


async def next_hint(group: Study, person: Person, before: Reply) -> Reply:
    return reply_of(await group.press(person, Action.HINT, before.buttons[0].target))


async def test_each_hint_is_the_next_one_and_costs_a_point(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")

        first = await hint(group, ada)
        second = await next_hint(group, ada, first)
        await group.write(ada, GOOD)
        await group.settle()

        assert "What could run out first?" in first.text
        assert first.buttons[0].label == "Next hint (-1 point)"
        assert "Think of a bucket." in second.text
        assert "so far that makes 2" in second.text
        assert await group.points(ada) == 10 - 2
        assert await broken_promises(group) == []


@only_sqlite
async def test_the_price_stands_on_the_button_before_anything_is_taken(database: Database) -> None:
    async with study(database) as group:
        (post,) = group.chat.posts()

        assert [(each.action, each.label) for each in post.item.buttons] == [
            (Action.ANSWER, "Answer"),
            (Action.HINT, "Hint (-1 point)"),
        ]


async def test_a_button_pressed_many_times_at_once_costs_one_hint(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")

        shown = await asyncio.gather(*(hint(group, ada) for _ in range(5)))
        nexts = await asyncio.gather(*(next_hint(group, ada, shown[0]) for _ in range(4)))
        await group.write(ada, GOOD)
        await group.settle()

        assert {each.text for each in shown} == {shown[0].text}
        assert {each.text for each in nexts} == {nexts[0].text}
        assert await group.points(ada) == 10 - 2


@only_sqlite
async def test_the_command_takes_the_next_hint_each_time_up_to_the_last(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")

        said = [reply_of(await group.call(ada, "/study hint")).text for _ in range(4)]

        assert ["Hint 1 of 3" in said[0], "Hint 2 of 3" in said[1], "Hint 3 of 3" in said[2]] == [True] * 3
        assert said[3] == said[2]
        assert "That was the last one." in said[2]


@only_sqlite
async def test_hints_never_take_an_answer_under_four(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(covering(question("pack-1"), GOOD, 0.1))

        for _ in range(3):
            await group.call(ada, "/study hint")
        await group.write(ada, GOOD)
        await group.settle()

        assert await group.points(ada) == 4


async def test_hints_after_the_answer_cost_it_nothing_but_count_when_it_is_given_anew(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()

        free = await hint(group, ada)
        kept = await group.points(ada)
        await group.delete(message)
        await group.settle()
        await group.write(ada, GOOD + " And I would measure it.")
        await group.settle()

        assert "costs nothing" in free.text
        assert kept == 10
        assert await group.points(ada) == 9
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_hint_after_i_dont_know_counts_for_the_answer_that_follows(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, "I don't know")
        await group.settle()

        await hint(group, ada)
        await group.edit(ada, message, GOOD)
        await group.settle()

        assert await group.points(ada) == 9


@only_sqlite
async def test_a_forged_or_foreign_hint_button_finds_nothing(database: Database) -> None:
    async with study(database) as group, study(database, workspace="two") as there:
        ada, theirs = group.person("Ada"), (await there.posting()).id

        for target in ("", "x", "1-", "-1", f"{theirs}", f"{theirs}-1", "1-0", "99999999999-1", "²-1"):
            said = reply_of(await group.press(ada, Action.HINT, target))

            assert "cannot find" in said.text, target


@only_sqlite
async def test_before_the_first_question_there_is_nothing_to_hint_at(database: Database) -> None:
    async with study(database, started=False) as group:
        said = reply_of(await group.call(group.person("Ada"), "/study hint"))

        assert said.buttons == ()


async def test_hints_of_two_accounts_that_become_one_take_nothing_from_an_answer_that_stands(
    database: Database,
) -> None:
    async with one_question(database) as (host, guest):
        await host.call(host.person("Ada"), "/study hint")
        await host.call(host.person("Ada"), "/study hint")
        await guest.call(guest.person("Ada"), "/study hint")
        await answer(guest, "Ada", GOOD)
        await host.settle()

        await link(guest, host, "Ada")
        said = reply_of(await host.call(host.person("Ada"), "/study hint"))
        await host.settle()

        assert "Hint 3 of 3" in said.text
        assert lines(await board(host, "Ada")) == [("Ada", 9, 1)]
        assert await promises_broken(host, guest) == []


async def test_second_attempts_of_two_accounts_that_become_one_go_with_the_answer_that_goes(
    database: Database,
) -> None:
    async with one_question(database, TwiceReviewer()) as (host, guest):
        for number, community in enumerate((host, guest), start=1):
            await answer(community, "Ada", graded(0.5))
            await host.settle()
            await try_again(community, community.person("Ada"), graded(0.9), number * 2 - 1)
            await host.settle()

        await link(guest, host, "Ada")
        await host.settle()

        assert lines(await board(host, "Ada")) == [("Ada", 9, 1)]
        assert await promises_broken(host, guest) == []
