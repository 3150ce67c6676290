"""Spaces that are left and joined again, channels and threads that go, people who leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes import START
from group import GOOD, PLATFORM, Study, study
from organised import fates, reply_of, set_up
from promises import broken_promises
from sqlalchemy import select

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import MemberLeft, PlaceGone, SpaceJoined, SpaceLeft, SpaceThrottled
from bot.domain.outgoing import Action, OpenThread, Outgoing, Say
from bot.domain.refs import ChannelRef, Person, SpaceRef, ThreadRef, UserRef
from bot.shelves import Stopped
from bot.storage.engine import Database
from bot.storage.tables import spaces

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = timedelta(days=1)


async def leave(group: Study) -> None:
    assert await group.receive(SpaceLeft(group.space, group.clock.now())) is None


async def come_back(group: Study, name: str = "Group one") -> None:
    assert await group.receive(SpaceJoined(group.space, name, group.clock.now())) is None


async def lose(group: Study, place: ChannelRef | ThreadRef) -> None:
    assert await group.receive(PlaceGone(place, group.clock.now())) is None


async def stopped(group: Study) -> list[Stopped | None]:
    return [channel.stopped for track in await group.tracks() for channel in track.channels]


async def health(group: Study) -> str:
    return reply_of(await group.call(group.organiser, "/study-admin health")).text


# ---------------------------------------------------------------- spaces


async def test_x061_after_a_kick_nothing_is_asked_or_said_and_all_data_stay(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()
        before = len(group.chat.delivered)

        await leave(group)
        await group.pass_time(2 * DAY, timedelta(hours=6))

        assert len(group.chat.delivered) == before
        assert await stopped(group) == [Stopped.LEFT]
        assert await fates(group) == ["asked", "no_channel", "no_channel"]
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


async def test_x061_what_was_owed_at_the_kick_ends_without_a_word(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await group.write(ben, GOOD)
        await group.send_form(group.person("Cleo"), GOOD)
        await group.delete(message)
        await group.call(group.organiser, "/study-admin post")
        await group.call(group.organiser, "/study-admin setup", time="10:00")
        before, finds = len(group.chat.delivered), group.chat.finds

        await leave(group)
        await group.settle()

        assert (len(group.chat.delivered), group.chat.finds) == (before, finds)
        work = await group.core.storage.read(lambda tx: tx.work(group.group))
        assert list(work.parked) == []
        assert await group.points(ben) == 10


async def test_x061_a_space_that_comes_back_waits_for_an_organiser(database: Database) -> None:
    async with study(database) as group:
        await leave(group)
        await come_back(group, "A new name")
        await group.pass_time(DAY, timedelta(hours=6))
        assert len(group.chat.posts()) == 1

        told = await health(group)
        resumed = reply_of(await group.call(group.organiser, "/study-admin resume"))
        await group.pass_time(DAY, timedelta(hours=1))

        assert "I was removed and am back" in told
        assert "A new name (`test`): I am in it".replace("`", "") in told.replace("`", "")
        assert "Running again" in resumed.text
        assert await stopped(group) == [None]
        assert len(group.chat.posts()) == 2


@only_sqlite
async def test_x061_the_review_of_before_the_kick_is_there_after_it(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await leave(group)
        await group.settle()
        await come_back(group)

        progress = reply_of(await group.call(ada, "/study progress"))
        review = reply_of(await group.press(ada, Action.FULL_REVIEW, progress.buttons[0].target))

        assert "10 of 10" in review.text
        assert group.chat.comments() == []


@only_sqlite
async def test_x061_leaving_one_space_leaves_the_others_alone(database: Database) -> None:
    async with study(database) as here, study(database, workspace="two") as there:
        await leave(here)

        await there.pass_time(DAY, timedelta(hours=6))

        assert len(there.chat.posts()) == 2
        assert await stopped(there) == [None]


@only_sqlite
async def test_a_channel_of_a_space_that_is_left_is_not_resumed_from_elsewhere(database: Database) -> None:
    async with study(database) as group:
        elsewhere = SpaceRef(PLATFORM, "elsewhere")
        other = ChannelRef(PLATFORM, "elsewhere", "study")

        named = {"group_id": group.group, "platform": PLATFORM, "workspace": "elsewhere", "name": "Elsewhere"}
        await group.database.write(lambda conn: conn.execute(spaces.insert().values(**named)).rowcount)
        await group.core.storage.write(lambda tx: tx.asking.add_channel(group.group, 1, other))
        await group.receive(SpaceLeft(elsewhere, group.clock.now()))
        await lose(group, group.channel)

        await group.call(group.organiser, "/study-admin resume")

        assert await stopped(group) == [None, Stopped.LEFT]
        assert "removed from its community" in await health(group)


async def test_x062_a_space_that_comes_again_after_an_outage_goes_on_as_it_was(database: Database) -> None:
    async with study(database) as group:
        before = await group.tracks()

        await come_back(group)
        await come_back(group, "Renamed")
        await group.pass_time(DAY, timedelta(hours=6))

        named = await group.database.read(lambda conn: list(conn.execute(select(spaces.c.name)).scalars()))
        assert [(each.schedule, each.channels) for each in await group.tracks()] == [
            (each.schedule, each.channels) for each in before
        ]
        assert len(group.chat.posts()) == 2
        assert named == ["Renamed"]


@only_sqlite
async def test_leaving_a_space_nobody_knows_changes_nothing(database: Database) -> None:
    async with study(database) as group:
        unknown = SpaceRef(PLATFORM, "unknown")
        user = UserRef(PLATFORM, "unknown", "u-ada")

        for event in (
            SpaceLeft(unknown, START),
            SpaceThrottled(unknown, START),
            PlaceGone(ChannelRef(PLATFORM, "unknown", "study"), START),
            MemberLeft(user, START),
        ):
            assert await group.receive(event) is None

        assert await stopped(group) == [None]


async def test_x067_events_held_back_are_shown_in_health_for_a_day(database: Database) -> None:
    async with study(database) as group:
        await group.receive(SpaceThrottled(group.space, group.clock.now()))

        at_once = await health(group)
        group.clock.set(START + timedelta(hours=25))
        later = await health(group)

        assert "held messages back" in at_once
        assert "held messages back" not in later
        assert "I am in it" in later


# ---------------------------------------------------------------- channels and threads


async def test_x029_a_deleted_channel_pauses_its_questions_and_organisers_learn_once(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin preview")
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.call(group.organiser, "/study-admin post")

        for _ in range(2):
            await lose(group, group.channel)
            await group.settle()
        await group.pass_time(2 * DAY, timedelta(hours=6))

        told = [each for each in group.chat.whispers(group.organiser.user) if "is gone" in each.text]
        assert len(told) == 1
        assert await stopped(group) == [Stopped.GONE]
        assert len(group.chat.posts()) == 1
        assert group.chat.said() == []
        assert await group.points(ada) == 10
        assert "it was deleted, or I cannot see it any more" in await health(group)
        assert await broken_promises(group) == []


@only_sqlite
async def test_x029_a_channel_that_can_be_seen_again_is_resumed_and_its_next_loss_is_told_anew(
    database: Database,
) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin preview")
        await lose(group, group.channel)
        await group.settle()
        await group.call(group.organiser, "/study-admin resume")
        await group.pass_time(DAY, timedelta(hours=1))
        assert len(group.chat.posts()) == 2

        await lose(group, group.channel)
        await group.settle()

        told = [each for each in group.chat.whispers(group.organiser.user) if "is gone" in each.text]
        assert len(told) == 2


@only_sqlite
async def test_x029_setting_up_another_channel_goes_on_there(database: Database) -> None:
    async with study(database) as group:
        await lose(group, group.channel)
        await set_up(group, channel="other", time="09:00", days="daily")

        await group.pass_time(DAY, timedelta(hours=1))

        assert len(group.chat.posts("other")) == 1
        assert len(group.chat.posts("study")) == 1


async def test_x029_in_a_deleted_thread_nothing_more_is_said_and_the_answers_keep_their_points(
    database: Database,
) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        before = len(group.chat.said())
        await group.write(ben, GOOD)
        await group.send_form(group.person("Cleo"), GOOD)

        await lose(group, await group.thread())
        await group.settle()
        await group.edit(ada, message, GOOD + " And a shared store keeps the counters.")
        await group.pass_time(8 * DAY, timedelta(hours=12))

        progress = reply_of(await group.call(ben, "/study progress"))
        review = reply_of(await group.press(ben, Action.FULL_REVIEW, progress.buttons[0].target))
        first_thread = [each for each in group.chat.said() if each.thread == group.chat.said()[0].thread]
        assert len(first_thread) == before
        assert [await group.points(each) for each in (ada, ben)] == [10, 10]
        assert "10 of 10" in review.text
        assert len(group.chat.posts()) > 1
        assert not any("review is done" in each.text for each in group.chat.whispers())
        work = await group.core.storage.read(lambda tx: tx.work(group.group))
        assert list(work.parked) == []


async def test_x029_a_thread_found_gone_at_the_close_is_left_alone(database: Database) -> None:
    async with study(database) as group:
        thread = await group.thread()

        def gone(item: Outgoing) -> None:
            if isinstance(item, Say):
                raise Refused("unknown channel", RefusedBecause.GONE)

        group.chat.trouble = gone
        await group.pass_time(2 * DAY, timedelta(hours=6))
        group.chat.trouble = lambda item: None

        work = await group.core.storage.read(lambda tx: tx.work(group.group))
        assert list(work.parked) == []
        assert thread not in [each.thread for each in await group.core.views.open_threads(PLATFORM)]
        assert group.chat.said() == []


@only_sqlite
async def test_x029_a_thread_that_cannot_be_opened_on_a_deleted_post_is_set_aside_where_organisers_see_it(
    database: Database,
) -> None:
    async with study(database, started=False) as group:

        def gone(item: Outgoing) -> None:
            if isinstance(item, OpenThread):
                raise Refused("unknown message", RefusedBecause.GONE)

        await set_up(group, time="09:30", zone="UTC", days="daily")
        group.chat.trouble = gone
        await group.pass_time(timedelta(hours=4), timedelta(hours=1))

        assert len(group.chat.posts()) == 1
        assert "Set aside: post_question" in await health(group)


@pytest.mark.parametrize(
    ("because", "why"),
    [
        (RefusedBecause.NO_RIGHT, "I lack a right there"),
        (RefusedBecause.GONE, "it was deleted, or I cannot see it any more"),
        (RefusedBecause.OTHER, "posting failed several times"),
    ],
)
@only_sqlite
async def test_x069_a_channel_that_takes_no_posts_stands_still_and_health_says_why(
    database: Database, because: RefusedBecause, why: str
) -> None:
    async with study(database) as group:

        def refuse(item: Outgoing) -> None:
            raise Refused("made private", because)

        group.chat.trouble = refuse
        await group.pass_time(5 * DAY, timedelta(hours=6))
        told = await health(group)
        group.chat.trouble = lambda item: None
        await group.call(group.organiser, "/study-admin resume")
        await group.pass_time(DAY, timedelta(hours=6))

        assert why in told
        assert len(group.chat.posts()) == 2
        assert "stands still" not in await health(group)


# ---------------------------------------------------------------- people


async def shown_board(group: Study) -> str:
    return reply_of(await group.call(group.person("Ben"), "/leaderboard", period="all")).text.replace("\\", "")


async def test_x031_the_board_shows_no_name_for_who_left_until_they_do_something(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()

        await group.receive(MemberLeft(ada.user, group.clock.now()))
        away = await shown_board(group)
        await group.call(ada, "/study today")
        back = await shown_board(group)

        assert "1. a member, 10 points" in away
        assert "Ada" not in away
        assert "1. Ada, 10 points" in back


@only_sqlite
async def test_x031_talk_in_a_thread_brings_the_name_back_too(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()
        await group.receive(MemberLeft(ada.user, group.clock.now()))

        await group.write(ada, "thanks")

        assert "1. Ada, 10 points" in await shown_board(group)


@only_sqlite
async def test_x031_who_leaves_is_told_of_nothing_as_an_organiser(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin preview")

        await group.receive(MemberLeft(group.organiser.user, group.clock.now()))

        assert await group.core.storage.read(lambda tx: tx.members.organisers(group.group)) == []


async def test_a_name_that_is_not_told_leaves_the_one_we_know(database: Database) -> None:
    async with study(database) as group:
        nameless = Person(group.person("Ada").user, "")
        await group.write(nameless, GOOD)
        await group.settle()
        before = await shown_board(group)
        await group.call(group.person("Ada", zone="Europe/Paris"), "/study today")
        known = await shown_board(group)
        await group.write(nameless, "thanks")
        await group.call(nameless, "/study privacy", board="show")
        after = await shown_board(group)

        assert "1. a member, 10 points" in before
        assert "1. Ada, 10 points" in known
        assert after == known


@only_sqlite
async def test_a_form_answer_of_somebody_without_a_name_is_shown_under_a_neutral_one(database: Database) -> None:
    async with study(database) as group:
        await group.send_form(Person(group.person("Ada").user, ""), GOOD)
        await group.settle()

        item = group.chat.said()[0].item
        assert isinstance(item, Say)
        assert item.speaker == "a member"


@only_sqlite
async def test_a_first_word_that_is_not_taken_is_given_up_quietly(database: Database) -> None:
    async with study(database) as group:

        def closed(item: Outgoing) -> None:
            if item.key.startswith("welcome:"):
                raise Refused("no private messages", RefusedBecause.CLOSED)

        group.chat.trouble = closed
        await group.write(group.person("Ada"), GOOD)
        await group.pass_time(timedelta(hours=2), timedelta(minutes=30))

        work = await group.core.storage.read(lambda tx: tx.work(group.group))
        assert (list(work.parked), len(group.chat.comments())) == ([], 1)


@only_sqlite
async def test_a_first_word_waits_for_a_platform_that_is_away(database: Database) -> None:
    async with study(database) as group:

        def away(item: Outgoing) -> None:
            if item.key.startswith("welcome:"):
                raise NotNow("away")

        group.chat.trouble = away
        await group.write(group.person("Ada"), GOOD)
        await group.settle()
        group.chat.trouble = lambda item: None
        await group.pass_time(timedelta(minutes=5), timedelta(minutes=1))

        assert sum("Welcome!" in each.text for each in group.chat.whispers()) == 1
