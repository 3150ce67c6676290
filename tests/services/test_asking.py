"""The daily question: when it is asked, when it is not, and when it closes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fakes import START, RecordingChat, ScriptedReviewer
from group import GOOD, PLATFORM, FixedQuestions, Study, study
from organised import asked, askings, draft_shown, fates, postings, reply_of, set_up, tick_at
from sqlalchemy import text

from bot.app import build_core
from bot.domain.asking import Schedule
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.outgoing import Action, OpenThread, Outgoing, Post
from bot.domain.questions import content_hash, question_to_json
from bot.domain.refs import ChannelRef
from bot.services import asking
from bot.shelves import Comments, PostingState, SendState, TrackState, Tx
from bot.storage.engine import Database, open_database
from bot.storage.storage import SqlStorage

#: What does not depend on the database is tried on the quicker one.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = START.astimezone(BERLIN).replace(hour=0, minute=0)
DAY = timedelta(days=1)


def at(hour: float, days: int = 0) -> datetime:
    """That hour in Berlin, so many days after the first Monday."""
    local = MONDAY + days * DAY + timedelta(hours=hour)
    return local.astimezone(UTC)


class Away:
    """A platform that cannot be reached while `away`."""

    def __init__(self, group: Study) -> None:
        self.away = True
        group.chat.trouble = self

    def __call__(self, item: Outgoing) -> None:
        if self.away:
            raise NotNow("the platform is away")


# ---------------------------------------------------------------- on its day, at its time


@on_sqlite
@pytest.mark.parametrize("day", [datetime(2027, 3, 26, tzinfo=BERLIN), datetime(2026, 10, 23, tzinfo=BERLIN)])
async def test_one_question_at_nine_on_each_side_of_a_clock_change_and_none_at_the_weekend(
    database: Database, day: datetime
) -> None:
    async with study(database, now=(day - DAY).astimezone(UTC), started=False) as group:
        await set_up(group, time="09:00", zone="Europe/Berlin", days="mon-fri")

        await group.pass_time(timedelta(days=5, hours=12), step=timedelta(minutes=30))  # Thursday to Tuesday

        posted = [each.posted_at.astimezone(BERLIN) for each in await postings(group) if each.posted_at]
        assert [f"{moment:%a %H:%M}" for moment in posted] == ["Thu 09:00", "Fri 09:00", "Mon 09:00", "Tue 09:00"]
        assert posted[1].utcoffset() != posted[2].utcoffset()
        assert len(group.chat.posts()) == 4


@on_sqlite
@pytest.mark.parametrize(
    ("day", "moment"),
    [(datetime(2027, 3, 28, tzinfo=UTC), "03:30 CEST"), (datetime(2026, 10, 25, tzinfo=UTC), "02:30 CEST")],
)
async def test_a_time_that_is_missing_or_doubled_is_used_once(database: Database, day: datetime, moment: str) -> None:
    async with study(database, now=day - timedelta(hours=12), started=False) as group:
        await set_up(group, time="02:30", zone="Europe/Berlin", days="daily")

        await group.pass_time(DAY, step=timedelta(minutes=15))

        posted = [each.posted_at.astimezone(BERLIN) for each in await postings(group) if each.posted_at]
        assert [f"{each:%H:%M %Z}" for each in posted] == [moment]


@on_sqlite
async def test_nothing_repeats_before_all_were_asked_whatever_comes_and_goes(database: Database) -> None:
    async with study(database, questions=FixedQuestions(4)) as group:
        await group.pass_time(3 * DAY, step=timedelta(hours=3))
        added = FixedQuestions(1, ("late",)).packs["late"]
        group.questions.packs["pack"] += added
        await group.pass_time(2 * DAY, step=timedelta(hours=3))
        group.questions.packs["pack"].pop(2)
        await group.pass_time(4 * DAY, step=timedelta(hours=3))

        names = [str(each) for each in await asked(group)]
        assert names[:6] == ["pack-1", "pack-2", "pack-3", "pack-4", "late-1", "pack-1"]
        assert names[6:] == ["pack-2", "pack-4", "late-1", "pack-1"]


@on_sqlite
async def test_a_preview_shows_what_will_come_and_uses_nothing_up(database: Database) -> None:
    async with study(database, questions=FixedQuestions(6)) as group:
        first = reply_of(await group.call(group.organiser, "/study-admin preview", count="4"))
        again = reply_of(await group.call(group.organiser, "/study-admin preview", count="4"))
        await group.pass_time(4 * DAY, step=timedelta(hours=3))

        shown = [line.rpartition(" ")[2] for line in first.text.splitlines()[1:]]
        assert shown == (await asked(group))[1:]
        assert first == again
        assert not first.public


# ---------------------------------------------------------------- away at its time


@on_sqlite
@pytest.mark.fault(10)
async def test_x010_back_within_the_grace_window_the_question_comes_late_and_says_so(database: Database) -> None:
    async with study(database) as group:
        group.clock.set(at(11, days=1))
        await group.settle()

        assert "late" not in group.chat.posts()[0].text
        assert "This one is late" in group.chat.posts()[1].text
        assert (await postings(group))[1].closes_at == at(11, days=2)


@on_sqlite
@pytest.mark.fault(10)
async def test_x010_too_late_the_day_is_skipped_and_the_next_one_is_asked(database: Database) -> None:
    async with study(database) as group:
        group.clock.set(at(15.5, days=2))
        await group.settle()
        group.clock.set(at(9, days=3))
        await group.settle()

        assert await fates(group) == ["asked", "late", "late", "asked"]
        assert len(group.chat.posts()) == 2
        assert await asked(group) == ["pack-1", "pack-2"]


@on_sqlite
async def test_no_late_question_wakes_anybody_in_the_evening(database: Database) -> None:
    async with study(database, started=False, now=at(8)) as group:
        await set_up(group, time="20:30", zone="Europe/Berlin", days="daily")
        group.clock.set(at(22.25))
        await group.settle()

        assert await fates(group) == ["late"]
        assert group.chat.posts() == []


@on_sqlite
async def test_a_skipped_day_takes_nobody_anything(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()
        before = await group.points(ada)

        group.clock.set(at(20, days=3))
        await group.settle()

        assert await group.points(ada) == before == 10


@on_sqlite
@pytest.mark.fault(84)
async def test_x084_a_clock_that_jumps_back_or_ahead_posts_nothing_twice(database: Database) -> None:
    async with study(database) as group:
        await tick_at(group, at(9, days=1))
        group.clock.move(hours=-1)
        await group.settle()
        assert len(group.chat.posts()) == 1  # its time has not come by this clock
        await group.pass_time(timedelta(hours=2))
        assert len(group.chat.posts()) == 2

        group.clock.move(days=1)  # a day ahead, and back again
        await group.settle()
        group.clock.move(days=-1)
        await group.pass_time(2 * DAY)

        days = [each.day for each in await askings(group)]
        assert len(days) == len(set(days))
        assert len(group.chat.posts()) == len(set(await asked(group))) == 4


# ---------------------------------------------------------------- pauses


@on_sqlite
async def test_on_a_holiday_nothing_is_asked_and_the_question_before_it_stays_open(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin pause", **{"from": "2026-11-24", "until": "2026-11-25"})

        await group.pass_time(3 * DAY, step=timedelta(hours=1))

        assert await fates(group) == ["asked", "paused", "paused", "asked"]
        assert [each.state for each in await postings(group)] == [PostingState.CLOSED, PostingState.POSTED]
        assert (await postings(group))[0].closes_at == at(9, days=3)


@on_sqlite
async def test_the_post_before_a_holiday_says_until_when_it_is_really_open(database: Database) -> None:
    async with study(database, started=False, now=at(8)) as group:
        await set_up(group, time="09:00", zone="Europe/Berlin", days="daily")
        await group.call(group.organiser, "/study-admin pause", **{"from": "2026-11-24", "until": "2026-11-25"})

        await group.pass_time(timedelta(hours=2))

        assert (await postings(group))[0].closes_at == at(9, days=3)


@on_sqlite
async def test_a_pause_without_end_lasts_until_somebody_resumes(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin pause")
        await group.pass_time(3 * DAY, step=timedelta(hours=3))
        assert len(group.chat.posts()) == 1

        reply = reply_of(await group.call(group.organiser, "/study-admin resume"))
        await group.pass_time(DAY, step=timedelta(hours=3))

        assert "Running again" in reply.text
        assert len(group.chat.posts()) == 2


@on_sqlite
async def test_resuming_does_not_take_back_a_holiday_that_is_planned(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin pause", **{"from": "2026-11-25", "until": "2026-11-25"})
        await group.call(group.organiser, "/study-admin pause", until="2026-11-23")
        await group.call(group.organiser, "/study-admin resume")
        await group.pass_time(2 * DAY, step=timedelta(hours=3))
        assert await fates(group) == ["asked", "asked", "paused"]

        await group.call(group.organiser, "/study-admin pause", **{"from": "2026-11-27", "until": "2026-11-27"})
        await group.pass_time(DAY, step=timedelta(hours=3))
        await group.call(group.organiser, "/study-admin resume")  # nothing stands still, so this means the plan
        await group.pass_time(DAY, step=timedelta(hours=3))
        assert await fates(group) == ["asked", "asked", "paused", "asked", "asked"]


@on_sqlite
@pytest.mark.parametrize("tried", [False, True])
async def test_x012_a_post_that_waits_when_a_pause_begins_is_not_sent(database: Database, tried: bool) -> None:
    async with study(database) as group:
        platform = Away(group)
        await tick_at(group, at(9, days=1))
        if tried:
            await group.settle()

        await group.call(group.organiser, "/study-admin pause", until="2026-11-24")
        platform.away = False
        await group.pass_time(timedelta(hours=3))

        assert len(group.chat.posts()) == 1
        assert await fates(group) == ["asked", "paused"]


@on_sqlite
async def test_x012_a_post_that_waits_when_its_time_is_moved_comes_at_the_new_time(database: Database) -> None:
    async with study(database) as group:
        await tick_at(group, at(9, days=1))
        await group.call(group.organiser, "/study-admin setup", time="18:00")
        draft = await group.core.storage.read(lambda tx: tx.asking.track(group.group, 2))
        assert draft is not None

        reply = reply_of(await group.press(group.organiser, Action.CONFIRM_SETUP, str(draft.id)))
        await group.pass_time(timedelta(hours=6))
        assert len(group.chat.posts()) == 1
        await group.pass_time(timedelta(hours=4))

        assert "18:00" in reply.text
        assert "Nov 24" in reply.text or "24 Nov" in reply.text
        assert [each.posted_at for each in await postings(group)] == [START, at(18, days=1)]
        assert "late" not in group.chat.posts()[1].text


@on_sqlite
async def test_x012_a_post_that_waits_when_its_day_is_given_up_is_dropped_for_a_reason(database: Database) -> None:
    async with study(database) as group:
        Away(group).away = False
        await tick_at(group, at(9, days=1))  # a Tuesday
        await group.call(group.organiser, "/study-admin setup", days="mon,wed")
        await group.press(group.organiser, Action.CONFIRM_SETUP, "2")

        await group.pass_time(2 * DAY, step=timedelta(hours=1))

        assert await fates(group) == ["asked", "moved", "asked"]
        assert [each.question for each in await askings(group)] == ["pack-1", None, "pack-2"]


@on_sqlite
async def test_x086_a_zone_changed_a_minute_before_the_post_and_back_brings_one_post(database: Database) -> None:
    async with study(database) as group:
        group.clock.set(at(8 + 59 / 60, days=1))
        await set_up(group, zone="America/Los_Angeles")
        await set_up(group, zone="Europe/Berlin")
        await group.pass_time(timedelta(hours=10))
        await set_up(group, zone="America/Los_Angeles")
        await group.pass_time(timedelta(hours=13))

        days = [each.day.isoformat() for each in await askings(group)]
        assert days == ["2026-11-23", "2026-11-24"]
        assert len(group.chat.posts()) == 2


# ---------------------------------------------------------------- extras


@on_sqlite
async def test_an_extra_question_says_so_and_leaves_the_schedule_alone(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin post")
        await group.call(group.organiser, "/study-admin post")
        await group.settle()
        await group.pass_time(DAY, step=timedelta(hours=3))

        assert [each.slot for each in await askings(group)] == ["scheduled", "extra-1", "extra-2", "scheduled"]
        assert [("An extra question" in each.text) for each in group.chat.posts()] == [False, True, True, False]
        assert len(set(await asked(group))) == 4


@on_sqlite
async def test_an_extra_does_not_close_the_question_of_the_day(database: Database) -> None:
    async with study(database) as group:
        await group.pass_time(timedelta(hours=5))
        await group.call(group.organiser, "/study-admin post")
        await group.pass_time(timedelta(hours=18))
        assert {each.state for each in await postings(group)} == {PostingState.POSTED}

        await group.pass_time(timedelta(hours=2))

        states = [each.state for each in await postings(group)]
        assert states == [PostingState.CLOSED, PostingState.POSTED, PostingState.POSTED]  # the extra has its full day


# ---------------------------------------------------------------- the close


@on_sqlite
async def test_a_question_closes_with_the_next_one_and_its_model_answer_is_said_once(database: Database) -> None:
    async with study(database) as group:
        thread = await group.thread()

        await group.pass_time(3 * DAY, step=timedelta(hours=1))

        said = [each for each in group.chat.said(thread) if "One good answer" in each.text]
        assert len(said) == 1
        assert "The model answer of pack-1" in said[0].text
        assert (await postings(group))[0].closes_at == at(9, days=1)


@on_sqlite
async def test_a_friday_question_is_open_until_monday(database: Database) -> None:
    async with study(database, now=at(8, days=4), started=False) as group:
        await set_up(group, time="09:00", zone="Europe/Berlin", days="mon-fri")
        await group.pass_time(timedelta(days=3), step=timedelta(hours=1))
        assert [each.state for each in await postings(group)] == [PostingState.POSTED]

        await group.pass_time(timedelta(hours=2), step=timedelta(minutes=30))

        assert [each.state for each in await postings(group)] == [PostingState.CLOSED, PostingState.POSTED]


@on_sqlite
async def test_nothing_stays_open_longer_than_seven_days(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin pause", **{"from": "2026-11-24"})
        await group.pass_time(timedelta(days=6, hours=23), step=timedelta(hours=1))
        assert (await postings(group))[0].state is PostingState.POSTED

        await group.pass_time(timedelta(hours=2), step=timedelta(hours=1))

        assert (await postings(group))[0].state is PostingState.CLOSED
        assert (await postings(group))[0].closes_at == START + timedelta(days=7)


@on_sqlite
async def test_a_question_stays_open_a_full_day_when_the_clocks_take_an_hour(database: Database) -> None:
    before = datetime(2027, 3, 27, 9, tzinfo=BERLIN).astimezone(UTC)
    async with study(database, now=before) as group:
        await group.pass_time(timedelta(hours=23))
        assert [each.state for each in await postings(group)] == [PostingState.POSTED, PostingState.POSTED]

        await group.pass_time(timedelta(hours=1))

        assert [each.state for each in await postings(group)] == [PostingState.CLOSED, PostingState.POSTED]


@on_sqlite
async def test_after_days_without_a_question_the_open_one_closes_with_the_next(database: Database) -> None:
    async with study(database) as group:
        group.clock.set(at(20, days=2))  # down over two questions
        await group.settle()
        assert (await postings(group))[0].state is PostingState.POSTED

        group.clock.set(at(9, days=3))
        await group.settle()
        await group.settle()

        assert [each.state for each in await postings(group)] == [PostingState.CLOSED, PostingState.POSTED]


# ---------------------------------------------------------------- nothing to ask


@on_sqlite
async def test_x011_an_empty_pack_skips_the_day_and_tells_organisers_once(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin preview")
        await group.call(group.person("Oscar", organiser=True), "/study-admin preview")
        group.questions.packs["pack"].clear()
        await group.pass_time(DAY + timedelta(hours=3))

        assert await fates(group) == ["asked", "no_question"]
        told = [each.item for each in group.chat.whispers() if each.item.key.startswith("notice:")]
        assert [each.user.id for each in told] == ["u-olga", "u-oscar"]  # type: ignore[union-attr]
        assert await group.settle() == 0

        group.questions.packs["pack"] += FixedQuestions(1, ("new",)).packs["new"]
        await group.pass_time(DAY, step=timedelta(hours=1))
        assert await fates(group) == ["asked", "no_question", "asked"]


@on_sqlite
async def test_x011_a_question_that_left_its_pack_before_it_was_sent_gives_way_to_the_next(database: Database) -> None:
    async with study(database) as group:
        platform = Away(group)
        await tick_at(group, at(9, days=1))
        asking, chosen = (await postings(group))[1].asking, group.questions.question("pack-2")
        assert chosen is not None
        kept = (chosen.id, content_hash(chosen), question_to_json(chosen), group.clock.now())
        await group.core.storage.write(lambda tx: tx.asking.choose(group.group, asking, *kept))  # and killed
        assert (await asked(group))[-1] == "pack-2"

        group.questions.packs["pack"].pop(1)
        platform.away = False
        await group.settle()

        assert (await asked(group))[-1] == "pack-3"
        assert "pack-3" in group.chat.posts()[-1].text


# ---------------------------------------------------------------- a platform in trouble


@on_sqlite
async def test_a_platform_that_is_away_is_asked_again_and_posts_once(database: Database) -> None:
    async with study(database) as group:
        platform = Away(group)
        group.clock.set(at(9, days=1))
        await group.settle()
        await group.pass_time(timedelta(hours=1), step=timedelta(minutes=5))
        platform.away = False
        await group.pass_time(timedelta(hours=2), step=timedelta(minutes=5))

        assert len(group.chat.posts()) == 2
        assert await fates(group) == ["asked", "asked"]


@on_sqlite
@pytest.mark.fault(10)
async def test_x010_a_platform_that_stays_away_past_the_grace_window_gets_no_post_any_more(database: Database) -> None:
    async with study(database) as group:
        platform = Away(group)
        group.clock.set(at(9, days=1))
        await group.settle()
        await group.pass_time(timedelta(hours=8), step=timedelta(minutes=5))
        platform.away = False
        await group.pass_time(timedelta(hours=8), step=timedelta(minutes=5))

        assert len(group.chat.posts()) == 1
        assert await fates(group) == ["asked", "late"]
        await group.pass_time(timedelta(hours=8), step=timedelta(minutes=30))
        assert await asked(group) == ["pack-1", "pack-2"]  # what was not asked is still to come


@on_sqlite
async def test_x004_a_line_cut_after_the_platform_accepted_posts_nothing_twice(database: Database) -> None:
    async with study(database) as group:

        def cut(item: Outgoing) -> None:
            group.chat.after = lambda item: None
            raise NotNow("the line was cut")

        group.chat.after = cut
        group.clock.set(at(9, days=1))
        await group.settle()
        assert len(group.chat.posts()) == 2
        assert (await postings(group))[1].state is PostingState.WAITING

        await group.pass_time(timedelta(minutes=15), step=timedelta(minutes=1))

        assert len(group.chat.posts()) == 2
        assert (await postings(group))[1].message is not None
        assert (await postings(group))[1].thread is not None


@on_sqlite
async def test_x004_a_post_that_arrived_in_the_dark_counts_even_after_the_grace_window(database: Database) -> None:
    async with study(database) as group:
        platform = Away(group)
        platform.away = False

        def cut(item: Outgoing) -> None:
            group.chat.after = lambda item: None
            platform.away = True
            raise NotNow("the line was cut")

        group.chat.after = cut
        group.clock.set(at(9, days=1))
        await group.settle()
        await group.pass_time(timedelta(hours=8))
        platform.away = False
        await group.pass_time(timedelta(hours=4))

        assert len(group.chat.posts()) == 2
        assert await fates(group) == ["asked", "asked"]
        assert (await postings(group))[1].thread is not None


@on_sqlite
@pytest.mark.parametrize("kind", [Post, OpenThread])
async def test_x003_a_telling_that_ends_after_the_platform_accepted_speaks_once(
    database: Database, kind: type[Outgoing]
) -> None:
    async with study(database) as group:

        def end(item: Outgoing) -> None:
            if isinstance(item, kind):
                group.chat.after = lambda item: None
                raise asyncio.CancelledError

        group.chat.after = end
        group.clock.set(at(9, days=1))
        with pytest.raises(asyncio.CancelledError):
            await group.settle()
        assert len(group.chat.posts()) == 2
        await group.settle()

        assert len(group.chat.posts()) == 2
        assert len([each for each in group.chat.delivered if isinstance(each, OpenThread)]) == 2
        assert (await postings(group))[1].thread is not None


@on_sqlite
@pytest.mark.fault(5)
async def test_x005_a_thread_that_does_not_open_is_tried_again_and_never_brings_a_second_post(
    database: Database,
) -> None:
    async with study(database) as group:
        refusals = iter(range(3))

        def no_threads(item: Outgoing) -> None:
            if isinstance(item, OpenThread) and next(refusals, None) is not None:
                raise NotNow("threads are away")

        group.chat.trouble = no_threads
        group.clock.set(at(9, days=1))
        await group.settle()
        await group.pass_time(timedelta(hours=1), step=timedelta(minutes=5))

        assert len(group.chat.posts()) == 2
        assert (await postings(group))[1].thread is not None


@on_sqlite
@pytest.mark.fault(63)
async def test_a_channel_that_refuses_stops_after_three_posts_with_one_notice_and_harms_no_other(
    database: Database,
) -> None:
    async with study(database, questions=FixedQuestions(20)) as group:
        await group.call(group.organiser, "/study-admin setup", channel="other", time="09:00", days="daily")
        await group.settle()
        await group.press(group.organiser, Action.CONFIRM_SETUP, draft_shown(group))
        calls: list[Outgoing] = []

        def refuse(item: Outgoing) -> None:
            if isinstance(item, Post) and item.channel.id == "study":
                calls.append(item)
                raise Refused("no right to write here", RefusedBecause.NO_RIGHT)

        group.chat.trouble = refuse
        await group.pass_time(5 * DAY, step=timedelta(hours=3))

        assert len(calls) == 3
        assert await fates(group) == ["asked", *["no_channel"] * 5]
        assert len(group.chat.posts("other")) == 5
        notices = [each.text for each in group.chat.whispers() if each.item.key.startswith("notice:")]
        assert len(notices) == 1
        assert "no right to write here" in notices[0]

        group.chat.trouble = lambda item: None
        await group.call(group.organiser, "/study-admin resume")
        await group.pass_time(DAY, step=timedelta(hours=3))
        assert len(group.chat.posts("study")) == 2
        assert (await asked(group)) == ["pack-1", "pack-2"]  # what was refused was not used up


@on_sqlite
async def test_a_refusal_that_was_not_counted_before_a_crash_is_counted_after_it(database: Database) -> None:
    async with study(database) as group:
        await tick_at(group, at(9, days=1))
        posting = (await postings(group))[1]

        def refused_and_gone(tx: Tx) -> None:
            item = Post(asking.post_key(posting.id), posting.channel, "")
            tx.delivery.claim(group.group, item, 0, group.clock.now(), timedelta(seconds=6))
            tx.delivery.end(group.group, item.key, SendState.REFUSED)

        await group.core.storage.write(refused_and_gone)
        await group.settle()

        assert await fates(group) == ["asked", "no_channel"]
        assert (await group.tracks())[0].channels[0].failures == 1


# ---------------------------------------------------------------- two at once


async def test_x007_two_ticks_at_once_file_each_question_once(database: Database, database_url: str) -> None:
    """A thousand tracks are due; two stations on one database look at the same moment."""
    async with study(database, started=False) as group:
        await _many_tracks(group, 1000)
        other = await asyncio.to_thread(open_database, database_url)
        stations = [group.core.storage, SqlStorage(other, group.clock)]
        group.clock.move(minutes=1)

        claimed = await asyncio.gather(*(asking.tick(station, group.clock) for station in stations))
        again = await asyncio.gather(*(asking.tick(station, group.clock) for station in stations))
        await other.close()

        assert sum(claimed) == 1000
        assert again == [0, 0]
        counts = "select (select count(*) from askings), (select count(*) from postings), (select count(*) from owed)"
        assert await database.read(lambda conn: tuple(conn.execute(text(counts)).one())) == (1000, 1000, 1000)


async def test_two_channels_and_two_askings_of_a_track_choose_in_turn(database: Database, database_url: str) -> None:
    async with study(database, questions=FixedQuestions(40)) as group:
        for _ in range(12):
            await group.call(group.organiser, "/study-admin post")
        other = await asyncio.to_thread(open_database, database_url)
        second = build_core(other, group.questions, ScriptedReviewer(), {PLATFORM: group.chat}, group.clock)
        waiting = [each for each in await postings(group) if each.state is PostingState.WAITING]

        await asyncio.gather(
            *(
                (group.core, second)[number % 2].stories.asker.post(group.group, each.id)
                for number, each in enumerate(waiting)
            )
        )
        await other.close()

        chosen = await asked(group)
        assert len(chosen) == len(set(chosen)) == 13


async def test_two_stations_that_tell_the_same_story_post_once(database: Database, database_url: str) -> None:
    async with study(database) as group:
        other = await asyncio.to_thread(open_database, database_url)
        chat: RecordingChat = group.chat
        second = build_core(other, group.questions, ScriptedReviewer(), {PLATFORM: chat}, group.clock)
        await tick_at(group, at(9, days=1))

        await asyncio.gather(group.settle(), second.settle())
        await group.pass_time(timedelta(minutes=5), step=timedelta(seconds=30))
        await other.close()

        assert len(chat.posts()) == 2
        assert len([each for each in chat.delivered if isinstance(each, OpenThread)]) == 2


async def _many_tracks(group: Study, count: int) -> None:
    schedule = Schedule("Europe/Berlin", START.astimezone(BERLIN).time(), frozenset(range(7)))

    def add(tx: Tx) -> None:
        for number in range(count):
            channel = ChannelRef(PLATFORM, "one", f"channel-{number}")
            packs, due = ("pack",), group.clock.now()
            tx.asking.add_track(group.group, TrackState.ACTIVE, schedule, packs, Comments.BRIEF, due, channel, due)

    await group.core.storage.write(add)
