"""One question in several places of a group: asked on the same day, answered once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from group import GOOD, Study
from joined import (
    answer,
    answer_of,
    board,
    join,
    lines,
    link,
    offered_along,
    one_question,
    posting_in,
    promises_broken,
    thread_in,
    two_communities,
)
from organised import reply_of, set_up

from bot.domain.errors import Refused
from bot.domain.incoming import ButtonPressed
from bot.domain.outgoing import Action, Outgoing, Post, Say, Whisper
from bot.domain.refs import MessageRef, ThreadRef
from bot.storage.engine import Database

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_both_places_get_the_same_question_on_the_same_day(database: Database) -> None:
    async with one_question(database) as (host, guest):
        await host.pass_time(timedelta(days=2), step=timedelta(hours=1))

        asked = [[each.text for each in community.chat.posts()] for community in (host, guest)]
        assert asked[0] == asked[1]
        assert len(asked[0]) == 3
        assert (await posting_in(host)).asking == (await posting_in(guest)).asking
        closed = [[each.text for each in community.chat.said()] for community in (host, guest)]
        assert closed[0] == closed[1]
        assert len(closed[0]) == 2
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_the_preview_offers_it_only_where_a_channel_has_no_questions_yet(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        await guest.call(guest.organiser, "/study-admin setup", time="10:00")
        await host.call(host.organiser, "/study-admin setup", channel="elsewhere", time="10:00")
        await guest.settle()

        shown = [each.chat.whispers(each.organiser.user)[-1] for each in (guest, host)]
        actions = [[button.action for button in each.item.buttons] for each in shown if isinstance(each.item, Whisper)]
        assert actions == [[Action.CONFIRM_SETUP], [Action.CONFIRM_SETUP, Action.ASK_ALONG, Action.ASK_ALONG]]
        assert ["“Same question as …”" in each.text for each in shown] == [False, True]


@on_sqlite
async def test_the_yes_said_twice_asks_in_the_channel_once(database: Database) -> None:
    async with two_communities(database, started=False) as (host, guest):
        await set_up(host, time="09:00", zone="Europe/Berlin")
        await join(host, guest)
        target = await offered_along(guest)

        said = [await guest.press(guest.organiser, Action.ASK_ALONG, target) for _ in range(2)]
        said.append(await guest.press(guest.organiser, Action.CONFIRM_SETUP, target.split("-")[0]))

        (track,) = await guest.tracks()
        assert said[0] == said[1] == said[2]
        assert [each.channel for each in track.channels] == [host.channel, guest.channel]


@on_sqlite
async def test_a_channel_with_questions_of_its_own_does_not_ask_along(database: Database) -> None:
    async with two_communities(database, started=False) as (host, guest):
        await set_up(host, time="09:00", zone="Europe/Berlin")
        await join(host, guest)
        target = await offered_along(guest)
        await guest.press(guest.organiser, Action.CONFIRM_SETUP, target.split("-")[0])

        said = reply_of(await guest.press(guest.organiser, Action.ASK_ALONG, target))

        assert "questions of its own already" in said.text
        assert [len(track.channels) for track in await guest.tracks()] == [1, 1]


@on_sqlite
@pytest.mark.parametrize("target", ["", "-", "1", "1-", "-1", "1-1-1", "99-99", "x-y", "2-99"])
async def test_a_yes_that_names_nothing_of_ours_changes_nothing(database: Database, target: str) -> None:
    async with two_communities(database, started=False) as (host, guest):
        await set_up(host, time="09:00", zone="Europe/Berlin")
        await join(host, guest)
        await offered_along(guest)

        said = reply_of(await guest.press(guest.organiser, Action.ASK_ALONG, target))

        assert "cannot find that" in said.text or "questions of its own" in said.text
        assert [len(track.channels) for track in await guest.tracks()] == [1]


@on_sqlite
async def test_a_linked_members_answer_counts_once_across_both(database: Database) -> None:
    async with one_question(database) as (host, guest):
        await link(host, guest, "Ada")
        await answer(host, "Ada", GOOD)
        await answer(guest, "Ada", "In the other thread I say something else about tokens and buckets.")
        await host.settle()

        today = reply_of(await guest.call(guest.person("Ada"), "/study today"))
        assert "You have answered it" in today.text
        assert [len(each.chat.comments()) for each in (host, guest)] == [1, 0]
        assert lines(await board(guest, "Ada")) == lines(await board(host, "Ada")) == [("Ada", 10, 1)]
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_a_form_in_the_other_place_changes_the_one_answer(database: Database) -> None:
    async with one_question(database) as (host, guest):
        await link(host, guest, "Ada")
        for community in (host, guest):
            text = f"{GOOD} By {community.space.platform}."
            await community.send_form(community.person("Ada"), text, str((await posting_in(community)).id))
            await host.settle()

        found = await answer_of(guest, "Ada")
        assert found is not None
        assert found.text.endswith("By slack.")
        assert [len(each.chat.said()) for each in (host, guest)] == [2, 0]
        assert lines(await board(guest, "Ada")) == [("Ada", 10, 1)]
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_a_message_counted_by_menu_in_the_other_thread_joins_the_one_answer(database: Database) -> None:
    """The comment stays where it stands, and replies to nothing that is elsewhere."""
    async with one_question(database) as (host, guest):
        await link(host, guest, "Ada")
        first = await answer(host, "Ada", GOOD)
        ada, thread = guest.person("Ada"), await thread_in(guest)
        second, _ = await guest.write(ada, "And counters live in redis, which all nodes share.", thread=thread)
        pressed = await guest.core.intake.receive(counting(guest, second, thread))
        await host.settle()
        await host.delete(first)
        await host.settle()

        found = await answer_of(host, "Ada")
        assert reply_of(pressed).text.startswith("Counted")
        assert found is not None
        assert found.text == "And counters live in redis, which all nodes share."
        (comment,) = host.chat.comments()
        assert isinstance(comment.item, Say)
        assert guest.chat.comments() == []
        assert await promises_broken(host, guest) == []


def counting(community: Study, message: MessageRef, thread: ThreadRef) -> ButtonPressed:
    """The menu on one's own message."""
    ada, text = community.person("Ada"), "And counters live in redis, which all nodes share."
    now = community.clock.now()
    return ButtonPressed(Action.COUNT_AS_ANSWER, "", ada, community.channel, "p", now, message, thread, text, ada.user)


@on_sqlite
async def test_private_words_go_to_the_account_where_the_answer_was_given(database: Database) -> None:
    async with one_question(database) as (host, guest):
        await link(host, guest, "Ada")
        await answer(guest, "Ada", GOOD)
        await host.settle()
        await host.pass_time(timedelta(days=1), step=timedelta(hours=2))
        await answer(host, "Ada", GOOD)
        await host.settle()

        full = [each for each in guest.chat.whispers(guest.person("Ada").user) if each.item.key.startswith("full:")]
        assert len(full) == 1
        assert [each.item.key for each in host.chat.whispers(host.person("Ada").user)] == []
        newest = await answer_of(host, "Ada")
        assert newest is not None
        for community in (host, guest):
            pressed = await community.press(community.person("Ada"), Action.FULL_REVIEW, str(newest.id))
            assert "**10 of 10**" in reply_of(pressed).text


@on_sqlite
async def test_a_pause_or_a_change_in_one_place_holds_for_both(database: Database) -> None:
    async with one_question(database) as (host, guest):
        await guest.call(guest.organiser, "/study-admin pause", until="2026-11-25")
        await set_up(host, time="11:00")

        await host.pass_time(timedelta(days=2, hours=3), step=timedelta(hours=1))

        assert [len(each.chat.posts()) for each in (host, guest)] == [2, 2]
        assert await promises_broken(host, guest) == []


@on_sqlite
async def test_where_one_place_takes_no_posts_the_other_is_asked_all_the_same(database: Database) -> None:
    async with one_question(database) as (host, guest):

        def refuse(item: Outgoing) -> None:
            if isinstance(item, Post):
                raise Refused("no right to post")

        guest.chat.trouble = refuse
        await host.pass_time(timedelta(days=4), step=timedelta(hours=1))

        assert [len(each.chat.posts()) for each in (host, guest)] == [5, 1]
        told = [each.chat.whispers(each.organiser.user) for each in (host, guest)]
        assert [sum("stopped asking" in each.text for each in some) for some in told] == [0, 1]
        assert "stands still" in reply_of(await guest.call(guest.organiser, "/study-admin health")).text

        guest.chat.trouble = lambda item: None
        await guest.call(guest.organiser, "/study-admin resume")
        await host.pass_time(timedelta(days=1), step=timedelta(hours=1))
        assert guest.chat.posts()[-1].text == host.chat.posts()[-1].text
