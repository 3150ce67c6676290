"""One member with several accounts: the code, what becomes one, and in whatever order things happen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import permutations

import pytest
from fakes import ScriptedReviewer, covering
from group import GOOD, Study
from joined import (
    answer,
    answer_of,
    board,
    code_of,
    join,
    lines,
    link,
    member,
    one_question,
    promises_broken,
    rows_of,
    thread_in,
    two_communities,
)
from organised import reply_of

from bot.domain.budgets import Spent, unbooked
from bot.domain.errors import NotNow
from bot.domain.outgoing import Action
from bot.domain.questions import Question
from bot.domain.refs import MessageRef
from bot.domain.reviews import Review
from bot.shelves import AnswerState
from bot.storage.engine import Database

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


# ---------------------------------------------------------------- what becomes one


async def test_f71_linked_accounts_are_one_member_with_one_history_and_one_row(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        for community in (host, guest):
            await answer(community, "Ada", GOOD)
        await answer(host, "Ben", GOOD)
        await host.settle()
        older, younger = await member(host, "Ada"), await member(guest, "Ada")

        said = await link(guest, host, "Ada")
        await host.settle()

        assert "one member now (Discord, Slack)" in said.text
        assert not said.public
        assert lines(await board(host, "Ada")) == lines(await board(guest, "Ada")) == [("Ada", 20, 2), ("Ben", 10, 1)]
        for community in (host, guest):
            progress = reply_of(await community.call(community.person("Ada"), "/study progress")).text
            assert progress.count("10 of 10") == 2
            assert (await member(community, "Ada")).id == older.id
        assert await rows_of(database, younger.id, "member_id") == {}
        assert await host.core.storage.read(lambda tx: tx.standings.differences(host.group)) == 0
        assert await promises_broken(host, guest) == []


async def test_where_both_answered_the_earlier_answer_stays_and_the_later_goes(database: Database) -> None:
    async with one_question(database) as (host, guest):
        await answer(guest, "Ada", f"{GOOD} First of all.")
        await host.settle()
        host.clock.move(minutes=1)
        await answer(host, "Ada", f"{GOOD} And once more.")
        await host.settle()

        await link(guest, host, "Ada")
        await host.settle()

        found = await answer_of(host, "Ada")
        assert found is not None
        assert found.text.endswith("First of all.")
        assert [len(each.chat.comments()) for each in (host, guest)] == [0, 1]
        assert lines(await board(host, "Ada")) == [("Ada", 10, 1)]
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_an_answer_that_was_taken_back_gives_way_to_the_one_that_stands(database: Database) -> None:
    async with one_question(database) as (host, guest):
        first = await answer(host, "Ada", GOOD)
        await host.delete(first)
        host.clock.move(minutes=1)
        await answer(guest, "Ada", GOOD)

        await link(host, guest, "Ada")
        await host.settle()

        found = await answer_of(host, "Ada")
        assert found is not None
        assert found.state is AnswerState.REVIEWED
        assert lines(await board(host, "Ada")) == [("Ada", 10, 1)]
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_after_both_were_taken_back_one_answers_anew_in_either_place(database: Database) -> None:
    async with one_question(database) as (host, guest):
        for community in (host, guest):
            await host.delete(await answer(community, "Ada", GOOD))
        await link(host, guest, "Ada")

        await answer(guest, "Ada", f"{GOOD} Once more.")
        await host.settle()

        assert [len(each.chat.comments()) for each in (host, guest)] == [0, 1]
        assert lines(await board(host, "Ada")) == [("Ada", 10, 1)]
        assert await promises_broken(host, guest) == []


@on_sqlite
@pytest.mark.parametrize("hides", ["first", "second"])
async def test_who_is_hidden_with_one_account_is_hidden_with_both(database: Database, hides: str) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        for community in (host, guest):
            await answer(community, "Ada", GOOD)
        hidden = host if hides == "first" else guest
        await hidden.call(hidden.person("Ada"), "/study privacy", board="hide")

        await link(host, guest, "Ada")
        await host.settle()

        assert lines(await board(guest, "Ben")) == [("", 20, 2)]


@on_sqlite
async def test_nobody_is_welcomed_once_more_after_linking(database: Database) -> None:
    async with one_question(database) as (host, guest):
        await answer(host, "Ada", GOOD)
        await host.settle()
        await link(host, guest, "Ada")
        await host.delete(*host.acknowledged)

        await answer(guest, "Ada", GOOD)
        await host.settle()

        welcomes = [each for community in (host, guest) for each in community.chat.whispers() if "Welcome" in each.text]
        assert len(welcomes) == 1


@on_sqlite
async def test_a_review_under_way_while_accounts_are_linked_counts_for_the_one_member(database: Database) -> None:
    async with one_question(database) as (host, guest):
        await host.call(host.person("Ada"), "/study privacy", board="show")
        await answer(guest, "Ada", GOOD)
        host.reviewer.gate = asyncio.Event()
        settling = asyncio.create_task(host.settle())
        await host.reviewer.begun.wait()

        await link(host, guest, "Ada")
        host.reviewer.gate.set()
        await settling
        await host.settle()

        assert len(guest.chat.comments()) == 1
        assert [each.item.key for each in guest.chat.whispers(guest.person("Ada").user)].count("full:1:1") == 1
        assert lines(await board(host, "Ada")) == [("Ada", 10, 1)]
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_three_accounts_become_one_member(database: Database) -> None:
    async with two_communities(database) as (one, two), two_communities(database, "guild-3", "team-3") as (three, _):
        for guest in (two, three):
            await join(one, guest)
        for community in (one, two, three):
            await answer(community, "Ada", GOOD)
        await one.settle()

        await link(two, three, "Ada")
        said = await link(three, one, "Ada")
        await one.settle()

        assert "Discord, Slack" in said.text
        assert lines(await board(one, "Ada")) == [("Ada", 30, 3)]
        shown = reply_of(await two.call(two.person("Ada"), "/study link")).text
        assert "Linked with this account: Discord, Discord." in shown


# ---------------------------------------------------------------- in any order (FAULTS 57)


@dataclass(slots=True)
class WeighingReviewer(ScriptedReviewer):
    """An answer that was edited is worth more."""

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        return covering(question, answer, 1.0 if "Edited." in answer else 0.5)


@dataclass(slots=True)
class Doings:
    """What happens to somebody who answered with both accounts, the one on Discord first."""

    host: Study
    guest: Study
    name: str
    first: MessageRef
    second: MessageRef
    first_stands: bool = True
    second_stands: bool = True
    edited: bool = False

    @property
    def due(self) -> int:
        """Points."""
        if not (self.first_stands or self.second_stands):
            return 0
        return 10 if self.first_stands and self.edited else 7

    async def link(self) -> None:
        await link(self.guest, self.host, self.name)
        self.second_stands = self.second_stands and not self.first_stands

    async def edit(self) -> None:
        person = self.host.person(self.name)
        await self.host.edit(person, self.first, f"{GOOD} Edited.")
        self.edited = self.first_stands

    async def withdraw_first(self) -> None:
        await self.host.delete(self.first)
        self.first_stands = False

    async def withdraw_second(self) -> None:
        await self.guest.delete(self.second)
        self.second_stands = False

    async def review(self) -> None:
        await self.host.settle()


def orders() -> list[tuple[str, ...]]:
    """Every order of what may happen, with either answer withdrawn, or none."""
    always = ("link", "edit", "review")
    some = [always, (*always, "withdraw_first"), (*always, "withdraw_second")]
    return [order for events in some for order in permutations(events)]


async def somebody(host: Study, guest: Study, name: str) -> Doings:
    first = await answer(host, name, GOOD)
    second = await answer(guest, name, f"{GOOD} Again.")
    return Doings(host, guest, name, first, second)


@on_sqlite
async def test_x057_link_edit_withdrawal_and_late_reviews_come_to_the_same_in_any_order(database: Database) -> None:
    async with one_question(database, WeighingReviewer()) as (host, guest):
        people = []
        for number, order in enumerate(orders()):
            people.append(await somebody(host, guest, f"P{number}"))
            for event in order:
                await getattr(people[-1], event)()
        await host.settle()

        for one, order in zip(people, orders(), strict=True):
            own = await host.points(host.person(one.name)), await guest.points(guest.person(one.name))
            assert own == (one.due,) * 2, order
        assert await promises_broken(host, guest) == []


async def test_x057_all_of_it_at_the_same_time_for_many_people(database: Database) -> None:
    async with one_question(database, WeighingReviewer()) as (host, guest):
        people = [await somebody(host, guest, f"P{number}") for number in range(4)]

        async def sooner_or_later(act: Callable[[], Awaitable[None]]) -> None:
            while True:
                try:
                    return await act()
                except NotNow:
                    await asyncio.sleep(0.01)

        acts = [act for one in people for act in (one.link, one.edit, one.review, one.withdraw_second)]
        await asyncio.gather(*map(sooner_or_later, acts))
        await host.settle()

        for one in people:
            assert await host.points(host.person(one.name)) == await guest.points(guest.person(one.name)) == 10
        assert (await board(host, "P0")).people == 4
        assert await promises_broken(host, guest) == []


async def test_linked_accounts_that_answer_at_the_same_moment_give_one_answer(database: Database) -> None:
    async with one_question(database) as (host, guest):
        names = [f"P{number}" for number in range(3)]
        for name in names:
            await link(host, guest, name)
        threads = {each.space: await thread_in(each) for each in (host, guest)}

        writing = [
            each.write(each.person(name), f"{GOOD} {each.space.platform}", thread=threads[each.space])
            for name in names
            for each in (host, guest)
        ]
        await asyncio.gather(*writing)
        await host.settle()

        for name in names:
            found = await answer_of(host, name)
            assert found is not None
            assert (found.version, found.state) == (1, AnswerState.REVIEWED)
        assert sum(len(each.chat.comments()) for each in (host, guest)) == 3
        assert await promises_broken(host, guest) == []


async def test_codes_of_two_accounts_typed_crosswise_at_once_link_once(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        codes = {each.space: await code_of(each, each.person("Ada"), "/study link") for each in (host, guest)}

        said = await asyncio.gather(
            host.call(host.person("Ada"), "/study link", code=codes[guest.space]),
            guest.call(guest.person("Ada"), "/study link", code=codes[host.space]),
        )

        assert {reply_of(each).text[:5] for each in said} == {"Done:"}
        assert (await member(host, "Ada")).id == (await member(guest, "Ada")).id


# ---------------------------------------------------------------- the code


@on_sqlite
async def test_the_command_again_shows_which_accounts_are_linked(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        before = reply_of(await guest.call(guest.person("Ada"), "/study link"))
        await link(host, guest, "Ada")

        after = reply_of(await guest.call(guest.person("Ada"), "/study link"))

        assert "Linked with" not in before.text
        assert after.text.startswith("Linked with this account: Discord.")
        assert not before.public
        assert "cannot be taken apart again" in before.text


@on_sqlite
async def test_an_account_of_another_group_learns_that_the_communities_can_join_first(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        code = await code_of(host, host.person("Ada"), "/study link")

        said = reply_of(await guest.call(guest.person("Ada"), "/study link", code=code))

        assert "/study-admin join" in said.text
        await join(host, guest)
        later = reply_of(await guest.call(guest.person("Ada"), "/study link", code=code))
        assert later.text.startswith("Done")


@on_sqlite
async def test_two_accounts_in_the_same_place_stay_two_members(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        code = await code_of(host, host.person("Ada"), "/study link")
        said = reply_of(await host.call(host.person("Ben"), "/study link", code=code))
        await link(guest, host, "Cleo")
        through = await code_of(guest, guest.person("Cleo"), "/study link")
        roundabout = reply_of(await host.call(host.person("Ben"), "/study link", code=through))

        assert "in the same place" in said.text
        assert "in the same place" in roundabout.text
        assert len({(await member(host, name)).id for name in ("Ada", "Ben", "Cleo")}) == 3


@on_sqlite
async def test_wrong_own_used_and_old_codes_get_the_same_words_and_five_are_enough(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        ada = guest.person("Ada")
        own = await code_of(guest, ada, "/study link")
        used = await code_of(host, host.person("Ben"), "/study link")
        await guest.call(guest.person("Ben"), "/study link", code=used)
        joining = await code_of(host, host.organiser)
        old = await code_of(host, host.person("Cleo"), "/study link")
        guest.clock.move(minutes=15)

        said = [
            reply_of(await guest.call(ada, "/study link", code=code)).text
            for code in (own, used, joining, old, "BCDF-GHJK", "BCDF-GHJK")
        ]

        assert set(said[:5]) == {said[0]}
        assert "I cannot find that code" in said[0]
        assert "too many wrong codes" in said[5]


@on_sqlite
async def test_a_code_typed_twice_by_its_taker_says_the_same(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        code = await code_of(host, host.person("Ada"), "/study link")

        said = [await guest.call(guest.person("Ada"), "/study link", code=code) for _ in range(2)]

        assert said[0] == said[1]


@on_sqlite
async def test_a_linked_member_reads_the_full_review_with_either_account_and_nobody_else_does(
    database: Database,
) -> None:
    async with one_question(database) as (host, guest):
        await link(host, guest, "Ada")
        await answer(host, "Ada", GOOD)
        await host.settle()
        found = await answer_of(host, "Ada")
        assert found is not None

        async def read(community: Study, name: str) -> str:
            return reply_of(await community.press(community.person(name), Action.FULL_REVIEW, str(found.id))).text

        assert await read(host, "Ada") == await read(guest, "Ada")
        assert "I cannot find that" in await read(guest, "Ben")
