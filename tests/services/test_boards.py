"""Boards of a channel, of a track and of growth, each equal to the log; and what was possible for whoever came late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from appealed import TwiceReviewer, graded, try_again
from group import FixedQuestions, Study, study
from organised import reply_of, set_up
from promises import broken_promises

from bot.domain.incoming import CompletionAsked
from bot.domain.outgoing import Choices
from bot.domain.refs import ChannelRef, Person
from bot.shelves import Tx
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OTHER_PACK = FixedQuestions(packs=("pack", "other"))


def elsewhere(group: Study, channel: str = "design") -> Study:
    """The same group, seen from another of its channels."""
    return replace(group, channel=ChannelRef(group.space.platform, group.space.workspace, channel))


async def second_track(group: Study, pack: str = "other") -> Study:
    """A track of its own in a channel of its own, whose first question is posted."""
    there = elsewhere(group)
    await set_up(there, time="10:00", zone="Europe/Berlin", pack=pack)
    await group.pass_time(timedelta(days=1), timedelta(hours=3))
    return there


async def answer(group: Study, name: str, score: float) -> Person:
    """An answer by form to what is open in this channel."""
    person = group.person(name)
    posting = await group.core.storage.read(lambda tx: tx.asking.open_in(group.group, group.channel))
    assert posting is not None
    await group.send_form(person, graded(score), target=str(posting.id))
    await group.settle()
    return person


async def again(group: Study, name: str, score: float) -> None:
    """A second attempt on the newest answer of theirs."""
    person = group.person(name)

    def newest(tx: Tx) -> int:
        member = tx.members.by_user(group.group, person.user)
        assert member is not None
        return tx.answers.latest_of(group.group, member.id, 1)[0][0].id

    first = await group.core.storage.read(newest)
    await try_again(group, person, graded(score), first, f"again-{name}-{first}")
    await group.settle()


async def board(group: Study, name: str, **options: str) -> list[str]:
    """Every line that is not empty, as somebody sees it."""
    said = reply_of(await group.call(group.person(name), "/leaderboard", **options))
    return [line for line in said.text.splitlines() if line]


async def differences(group: Study) -> int:
    return await group.core.storage.read(lambda tx: tx.standings.differences(None))


async def test_a_channel_and_a_track_have_boards_of_their_own(database: Database) -> None:
    async with study(database, questions=OTHER_PACK, reviewer=TwiceReviewer()) as group:
        there = await second_track(group)
        for place, name, score in ((group, "Ada", 1.0), (there, "Ada", 0.0), (there, "Ben", 0.5)):
            await answer(place, name, score)

        assert await board(group, "Ada") == [
            "**Board of the week, 2026-W48**",
            "**1\\. Ada, 14 points (2 answers) ← you**",
            "2\\. Ben, 7 points (1 answer)",
            "2 people with points.",
        ]
        ben_leads = [
            "1\\. Ben, 7 points (1 answer)",
            "**2\\. Ada, 4 points (1 answer) ← you**",
            "2 people with points.",
        ]
        assert await board(there, "Ada", of="channel") == ["**Board of the week, 2026-W48, this channel**", *ben_leads]
        assert await board(there, "Ada", of="track") == ["**Board of the week, 2026-W48, other**", *ben_leads]
        assert await board(group, "Ada", track="Other") == ["**Board of the week, 2026-W48, other**", *ben_leads]
        assert (await board(group, "Ada", of="track"))[1:] == [
            "**1\\. Ada, 10 points (1 answer) ← you**",
            "1 person with points.",
        ]
        assert await differences(group) == 0
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_track_in_two_channels_is_one_board_and_each_channel_another(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        there = await second_track(group, pack="pack")
        await answer(group, "Ada", 1.0)
        await answer(there, "Ben", 0.0)

        names = reply_of(await group.call(group.person("Ada"), "/leaderboard", track="nothing such")).text
        assert "`pack`, `pack#2`" in names
        assert (await board(group, "Ada", track="pack#2"))[1] == "1\\. Ben, 4 points (1 answer)"
        assert (await board(group, "Ben", of="channel"))[1] == "1\\. Ada, 10 points (1 answer)"


@only_sqlite
async def test_a_board_that_is_not_there_and_one_of_another_group_get_the_same_words(database: Database) -> None:
    async with (
        study(database, questions=OTHER_PACK) as group,
        study(database, questions=OTHER_PACK, workspace="two", started=False) as other,
    ):
        await set_up(other, time="09:00", zone="Europe/Berlin", pack="other")
        ada = group.person("Ada")

        theirs, none = [
            reply_of(await group.call(ada, "/leaderboard", track=track)).text for track in ("other", "nothing")
        ]
        channel = reply_of(await elsewhere(group).call(ada, "/leaderboard", of="channel")).text
        offered = await group.receive(CompletionAsked(("leaderboard",), "track", "", ada, group.channel))

        assert theirs == none == channel
        assert "of tracks there are `pack+1`" in none
        assert isinstance(offered, Choices)
        assert [each.value for each in offered.items] == ["pack+1"]


async def test_the_growth_board_counts_better_second_attempts_alone(database: Database) -> None:
    async with study(database, questions=OTHER_PACK, reviewer=TwiceReviewer()) as group:
        there = await second_track(group)
        for name, first, second in (("Ada", 1.0, 1.0), ("Ben", 0.0, 0.5), ("Cy", 0.5, 0.0)):
            await answer(group, name, first)
            await again(group, name, second)
        await answer(there, "Cy", 0.0)
        await again(there, "Cy", 1.0)

        assert await board(group, "Ben", view="growth") == [
            "**Board of the week, 2026-W48, growth**",
            "1\\. Cy, 6 points",
            "**2\\. Ben, 3 points ← you**",
            "2 people with points.",
        ]
        assert (await board(group, "Ada", view="growth"))[-1].startswith("You have none here; “Try again”")
        assert await board(there, "Cy", view="growth", of="channel") == [
            "**Board of the week, 2026-W48, this channel, growth**",
            "**1\\. Cy, 6 points ← you**",
            "1 person with points.",
        ]
        assert "come from a second attempt" in (await board(group, "Ada", view="growth", when="last"))[1]
        assert await differences(group) == 0
        assert await broken_promises(group) == []


@only_sqlite
async def test_an_organiser_shows_a_channels_board_to_all(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await answer(group, "Ada", 1.0)

        shown = reply_of(await group.call(group.organiser, "/leaderboard", of="channel", show="all"))

        assert shown.public
        assert shown.text.startswith("**Board of the week, 2026-W48, this channel**")
        assert "1\\. Ada, 10 points (1 answer)" in shown.text


@only_sqlite
async def test_f49_who_joined_late_is_measured_by_what_was_asked_since(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        await answer(group, "Ada", 1.0)
        await group.pass_time(timedelta(days=2), timedelta(hours=3))
        await answer(group, "Ben", 0.5)
        await group.pass_time(timedelta(days=1), timedelta(hours=3))

        # Three questions came after the first. Ben met the third one, answered it, and has left out the fourth.
        assert (await board(group, "Ada", period="season"))[-1] == "You: 10 of 40 possible."
        assert (await board(group, "Ben", period="season"))[-1] == "You: 7 of 20 possible since you joined."
        assert (await board(group, "Ben", period="all", of="channel"))[-1] == "You: 7 of 20 possible since you joined."
        assert not any("possible" in line for line in await board(group, "Ben", period="week"))
        assert not any("possible" in line for line in await board(group, "Ben", period="season", view="growth"))


@only_sqlite
async def test_f49_a_track_counts_its_own_questions_alone(database: Database) -> None:
    async with study(database, questions=OTHER_PACK, reviewer=TwiceReviewer()) as group:
        await answer(group, "Ada", 1.0)
        there = await second_track(group)
        await answer(there, "Ada", 0.5)

        assert (await board(there, "Ada", period="season", of="track"))[-1] == "You: 7 of 10 possible."
        assert (await board(group, "Ada", period="season", of="channel"))[-1] == "You: 10 of 20 possible."
        assert (await board(group, "Ada", period="season"))[-1] == "You: 17 of 30 possible."


@only_sqlite
async def test_f49_an_answer_that_waits_for_its_review_is_not_held_against_anybody(database: Database) -> None:
    async with study(database, reviewer=TwiceReviewer()) as group:
        ada = await answer(group, "Ada", 1.0)
        await group.pass_time(timedelta(days=1), timedelta(hours=3))
        await group.write(ada, graded(1.0))

        waits = (await board(group, "Ada", period="season"))[-1]
        await group.settle()

        assert waits == "You: 10 of 10 possible."
        assert (await board(group, "Ada", period="season"))[-1] == "You: 20 of 20 possible."
