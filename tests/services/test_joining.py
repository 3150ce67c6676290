"""One group across several spaces: codes between organisers, what comes along, and work that was under way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import START
from group import GOOD, Study, study
from joined import (
    PatientChat,
    answer,
    answer_of,
    board,
    code_of,
    join,
    lines,
    offer,
    posting_in,
    promises_broken,
    rows_of,
    say_yes,
    thread_in,
    two_communities,
)
from organised import reply_of, set_up
from patience import until
from sqlalchemy import Connection

from bot.domain.errors import NotNow
from bot.domain.outgoing import Action, OpenThread, Outgoing, Post
from bot.shelves import AnswerState, PostingState
from bot.storage.engine import Database

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def answered(*communities: Study) -> None:
    """Ada answered in each, and somebody who is nowhere else."""
    for number, community in enumerate(communities):
        await answer(community, "Ada", f"{GOOD} And that is answer {number}.")
        await answer(community, ("Ben", "Cleo")[number], GOOD)
    await communities[0].settle()


async def group_of(community: Study) -> int | None:
    return await community.core.storage.read(lambda tx: tx.members.group_of(community.space))


# ---------------------------------------------------------------- the code and the yes


@on_sqlite
async def test_f71_two_communities_become_one_group_by_a_code_of_one_and_a_yes_of_the_other(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await answered(host, guest)

        offered = await offer(host, guest)
        before = lines(await board(guest, "Cleo"))
        done = await say_yes(guest, offered)
        guest.group = host.group
        await host.settle()

        assert "2 members" in offered.text
        assert "1 daily question\n" in offered.text
        assert "2 answers" in offered.text
        assert "Group guild" in offered.text
        assert "cannot be undone" in offered.text
        assert before == [("Ada", 10, 1), ("Cleo", 10, 1)]
        assert done.text.startswith("Done: you are one group now")
        assert (await board(host, "Ben")).people == (await board(guest, "Cleo")).people == 4
        assert len(host.chat.whispers(host.organiser.user)) == 1
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_nothing_changes_before_the_yes(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await answered(host, guest)
        before = [await rows_of(database, group) for group in (host.group, guest.group)]

        offered = await offer(host, guest)
        await host.settle()

        after = [await rows_of(database, group) for group in (host.group, guest.group)]
        noted = {"codes", "organisers", "organiser_log"}
        assert offered.buttons
        assert not offered.public
        assert [{name: rows for name, rows in each.items() if name not in noted} for each in after] == before


async def test_everything_of_the_guest_is_the_hosts_and_no_row_of_the_guest_remains(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await answered(host, guest)
        await guest.send_form(guest.person("Dora"), GOOD, str((await posting_in(guest)).id))
        await guest.call(guest.organiser, "/study-admin pause", **{"from": "2026-12-24", "until": "2026-12-27"})
        await guest.call(guest.organiser, "/study-admin setup", channel="other", time="10:00")
        await guest.call(guest.person("Eve"), "/study link", code="BBBB-BBBB")
        theirs, ours = guest.group, host.group
        before = {name: rows for name, rows in (await rows_of(database, theirs)).items() if name != "tallies"}

        await join(host, guest)

        left, now = await rows_of(database, theirs), await rows_of(database, ours)
        assert left == {}
        assert {name: now.get(name, 0) >= rows for name, rows in before.items()} == dict.fromkeys(before, True)
        assert await host.core.storage.read(lambda tx: tx.standings.differences(ours)) == 0
        await host.settle()
        assert await rows_of(database, theirs) == {}
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_the_guests_channel_goes_on_with_its_own_questions_and_pauses(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await guest.call(guest.organiser, "/study-admin pause", until="2026-11-24")
        await join(host, guest)

        await host.pass_time(timedelta(days=2), step=timedelta(hours=1))

        assert [len(each.chat.posts()) for each in (host, guest)] == [3, 2]
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_it_works_either_way_round(database: Database) -> None:
    async with two_communities(database) as (one, other):
        await answered(one, other)

        await join(other, one)
        await one.settle()

        assert one.group == other.group
        assert (await board(one, "Ada")).people == 4
        assert await promises_broken(one, other) == []


@on_sqlite
async def test_the_yes_said_twice_changes_nothing_more(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        offered = await offer(host, guest)

        first = await say_yes(guest, offered)
        rows = await rows_of(database, host.group)
        second = await say_yes(guest, offered)

        assert first == second
        later = await rows_of(database, host.group)
        assert {**later, "organiser_log": 0} == {**rows, "organiser_log": 0}


async def test_codes_that_cross_and_are_confirmed_at_once_join_once(database: Database) -> None:
    async with two_communities(database) as (one, other):
        await answered(one, other)
        there, here = await offer(one, other), await offer(other, one)

        said = await asyncio.gather(say_yes(other, there), say_yes(one, here), say_yes(other, there))

        groups = {await group_of(each) for each in (one, other)}
        assert {reply.text for reply in said} == {said[0].text}
        assert len(groups) == 1
        one.group = other.group = groups.pop() or 0
        await one.settle()
        assert (await board(one, "Ada")).people == 4
        assert await promises_broken(one, other) == []


@on_sqlite
async def test_three_communities_become_one_after_another(database: Database) -> None:
    async with two_communities(database) as (one, two), two_communities(database, "guild-3", "team-3") as (three, _):
        await answered(one, two)
        former = [two.group, one.group]

        await join(one, two)
        await join(three, one)

        two.group = three.group
        await one.settle()
        assert [await rows_of(database, group) for group in former] == [{}, {}]
        assert {await group_of(each) for each in (one, two, three)} == {three.group}
        assert (await board(three, "Nobody")).people == 4


# ---------------------------------------------------------------- who may not, and what is no code


async def refused(community: Study, code: str) -> str:
    """What an organiser reads who typed a code that is none; nothing else has changed."""
    reply = reply_of(await community.call(community.organiser, "/study-admin join", code=code))
    assert reply.buttons == ()
    assert not reply.public
    return reply.text


@on_sqlite
async def test_wrong_old_used_own_and_foreign_codes_get_the_same_words(database: Database) -> None:
    async with two_communities(database) as (host, guest), two_communities(database, "g3", "t3") as (third, fourth):
        replaced = await code_of(host, host.organiser)
        taken = await code_of(host, host.organiser)
        await third.call(third.organiser, "/study-admin join", code=taken)
        own = await code_of(guest, guest.organiser)
        linking = await code_of(host, host.person("Ada"), "/study link")
        used = await code_of(third, third.organiser)
        await say_yes(fourth, reply_of(await fourth.call(fourth.organiser, "/study-admin join", code=used)))
        said = {await refused(guest, code) for code in (replaced, taken, linking, used)}
        guest.clock.move(minutes=16)
        old = await code_of(host, host.organiser)
        guest.clock.move(minutes=15)
        said |= {await refused(guest, code) for code in ("BCDF-GHJK", own, old, "12345678", "x")}

        assert len(said) == 1
        assert "I cannot find that code" in said.pop()


@on_sqlite
async def test_a_code_works_until_its_last_moment_and_the_yes_as_well(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        offered = await offer(host, guest)

        guest.clock.move(minutes=15)
        said = await say_yes(guest, offered)

        assert "I cannot find that code" in said.text
        assert await rows_of(database, guest.group)

        offered = await offer(host, guest)
        guest.clock.move(minutes=14, seconds=59)
        assert "you are one group" in (await say_yes(guest, offered)).text


@on_sqlite
async def test_after_five_wrong_codes_even_the_right_one_waits_a_quarter_of_an_hour(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        for _ in range(5):
            assert "cannot find that code" in await refused(guest, "BCDF-GHJK")

        right = await code_of(host, host.organiser)
        assert "too many wrong codes" in await refused(guest, right)
        other = replace(guest.person("Oskar"), organiser=True)
        assert reply_of(await guest.call(other, "/study-admin join", code=right)).buttons

        guest.clock.move(minutes=15, seconds=1)
        right = await code_of(host, host.organiser)
        assert reply_of(await guest.call(guest.organiser, "/study-admin join", code=right)).buttons


async def test_guesses_all_at_once_are_counted_one_by_one(database: Database) -> None:
    async with two_communities(database, started=False) as (_, guest):
        said = await asyncio.gather(*(refused(guest, "BCDF-GHJK") for _ in range(12)))

        assert sum("cannot find that code" in text for text in said) == 5


@on_sqlite
@pytest.mark.parametrize("options", [{}, {"code": "BCDF-GHJK"}])
async def test_x098_others_neither_get_a_code_nor_use_one(database: Database, options: dict[str, str]) -> None:
    async with two_communities(database) as (host, guest):
        reply = reply_of(await guest.call(guest.person("Eve"), "/study-admin join", **options))

        assert "is for organisers" in reply.text
        assert not reply.public
        assert "codes" not in await rows_of(database, guest.group)
        assert "wrong_codes" not in await rows_of(database, guest.group)
        assert await rows_of(database, host.group)


@on_sqlite
async def test_x098_the_yes_is_for_the_organiser_who_typed_the_code(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        offered = await offer(host, guest)
        target = offered.buttons[0].target
        pressed = [
            await guest.press(replace(guest.organiser, organiser=False), Action.CONFIRM_JOIN, target),
            await guest.press(guest.person("Eve", organiser=True), Action.CONFIRM_JOIN, target),
            await host.press(host.organiser, Action.CONFIRM_JOIN, target),
        ]

        assert "is for organisers" in reply_of(pressed[0]).text
        assert all("I cannot find that" in reply_of(each).text for each in pressed[1:])
        assert await rows_of(database, guest.group)


@on_sqlite
async def test_x098_the_code_of_somebody_who_organises_no_more_is_none(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        offered = await offer(host, guest)
        await host.call(replace(host.organiser, organiser=False), "/study-admin health")

        assert "cannot find that code" in (await say_yes(guest, offered)).text
        assert await rows_of(database, guest.group)


@on_sqlite
async def test_a_code_is_kept_as_its_hash_alone(database: Database) -> None:
    async with two_communities(database, started=False) as (host, _):
        code = await code_of(host, host.organiser)

        def dump(conn: Connection) -> str:
            connection = conn.connection.driver_connection
            assert connection is not None
            return "\n".join(connection.iterdump())

        stored = await database.read(dump)
        assert code not in stored
        assert code.replace("-", "") not in stored


@on_sqlite
async def test_x100_a_third_group_is_left_alone_by_a_join(database: Database) -> None:
    async with two_communities(database) as (host, guest), study(database) as stranger:
        await answered(host, guest)
        await answer(stranger, "Ada", GOOD)
        await stranger.settle()
        before = await rows_of(database, stranger.group)

        await join(host, guest)
        await host.settle()

        assert await rows_of(database, stranger.group) == before
        said = await host.press(host.person("Ada"), Action.FULL_REVIEW, str((await answer_of(stranger, "Ada")).id))  # type: ignore[union-attr]
        assert "I cannot find that" in reply_of(said).text


@on_sqlite
async def test_an_account_is_still_only_itself_after_a_join(database: Database) -> None:
    """Namesakes in both places stay two people until they link their accounts."""
    async with two_communities(database) as (host, guest):
        await answered(host, guest)
        await join(host, guest)

        answer_there = await answer_of(guest, "Ada")
        assert answer_there is not None
        said = await host.press(host.person("Ada"), Action.FULL_REVIEW, str(answer_there.id))

        assert "I cannot find that" in reply_of(said).text


# ---------------------------------------------------------------- work under way


async def test_a_review_under_way_while_the_groups_join_is_said_and_counted_once(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        message, _ = await guest.write(guest.person("Ada"), GOOD, thread=await thread_in(guest))
        guest.reviewer.gate = asyncio.Event()
        settling = asyncio.create_task(guest.settle())
        await guest.reviewer.begun.wait()

        await join(host, guest)
        guest.reviewer.gate.set()
        await settling
        await guest.settle()

        found = await answer_of(guest, "Ada")
        assert message in guest.acknowledged
        assert found is not None
        assert found.state is AnswerState.REVIEWED
        assert len(guest.reviewer.asked) == 1
        assert len(guest.chat.comments()) == 1
        assert await guest.points(guest.person("Ada")) == 10
        assert [each.item.key for each in guest.chat.whispers() if each.item.key.startswith("full:")] == [
            f"full:{found.id}:1"
        ]
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_a_review_that_waits_for_its_reviewer_is_told_of_the_group_they_are_now(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        guest.reviewer.script.append(NotNow("away"))
        await answer(guest, "Ada", GOOD)
        await guest.settle()

        await join(host, guest)
        await host.pass_time(timedelta(minutes=5), step=timedelta(minutes=1))

        assert len(guest.chat.comments()) == 1
        assert await guest.points(guest.person("Ada")) == 10
        assert await promises_broken(host, guest) == []


@pytest.mark.parametrize("at", [Post, OpenThread])
@pytest.mark.parametrize(("arrives", "cut"), [(False, False), (True, False), (False, True), (True, True)])
async def test_a_question_being_posted_while_the_groups_join_stands_once_and_closes(
    database: Database, at: type[Post | OpenThread], arrives: bool, cut: bool
) -> None:
    async with two_communities(database, started=False) as (host, guest):
        await set_up(guest, time="09:10", zone="Europe/Berlin", days="daily")
        offered = await offer(host, guest)
        under_way, may_go_on = asyncio.Event(), asyncio.Event()

        async def wait(item: Outgoing) -> None:
            if isinstance(item, at) and not under_way.is_set():
                under_way.set()
                await may_go_on.wait()
                if cut:
                    raise NotNow("cut")

        assert isinstance(guest.chat, PatientChat)
        if arrives:
            guest.chat.later = wait
        else:
            guest.chat.before = wait
        guest.clock.set(START + timedelta(minutes=12))
        settling = asyncio.create_task(guest.settle())
        await under_way.wait()
        assert "you are one group" in (await say_yes(guest, offered)).text
        guest.group = host.group
        may_go_on.set()
        await settling
        await until(lambda: _settled(guest, PostingState.POSTED))
        await guest.pass_time(timedelta(days=1, hours=1), step=timedelta(hours=1))

        first = await guest.core.storage.read(lambda tx: tx.asking.posting(guest.group, 1))
        assert first is not None
        assert first.state is PostingState.CLOSED
        assert len(guest.chat.posts()) == 2
        assert len(guest.chat.said()) == 1
        assert await promises_broken(host, guest) == []


async def _settled(group: Study, state: PostingState) -> bool:
    """A message in somebody's hand is taken up again when the claim has run out, by the database's clock."""
    group.clock.move(seconds=5)
    await group.settle()
    found = await group.core.storage.read(lambda tx: tx.asking.posting(group.group, 1))
    return found is not None and found.state is state and found.thread is not None


async def test_answers_that_come_while_the_groups_join_are_all_kept(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        threads = {each.space: await thread_in(each) for each in (host, guest)}
        offered = await offer(host, guest)

        async def write(community: Study, number: int) -> None:
            who = community.person(f"P{number}")
            while True:
                try:
                    await community.write(who, f"{GOOD} {number}", thread=threads[community.space])
                    return
                except NotNow:
                    await asyncio.sleep(0.01)

        writing = [write(community, number) for number in range(10) for community in (host, guest)]
        await asyncio.gather(*writing[:10], say_yes(guest, offered), guest.settle(), *writing[10:])
        former, guest.group = guest.group, host.group
        await guest.settle()

        assert (await board(host, "P1")).people == 20
        assert await rows_of(database, former) == {}
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_an_owed_story_of_a_group_that_is_no_more_is_told_of_the_one_it_joined(database: Database) -> None:
    """As when somebody wrote it down with the old number at the very last moment."""
    async with two_communities(database) as (host, guest):
        former = guest.group
        await answer(guest, "Ada", GOOD)
        await join(host, guest)
        found = await answer_of(guest, "Ada")
        assert found is not None

        await guest.core.storage.write(lambda tx: tx.owe("review_answer", "late", former, found.id, found.version))
        await guest.settle()

        assert len(guest.chat.comments()) == 1
        assert await promises_broken(host, guest) == []
