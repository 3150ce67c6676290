"""Streaks as members live them: their own days, freezes, what harms nobody, and who hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import START
from group import GOOD, Study, study
from joined import answer as answer_there
from joined import join, link, two_communities
from organised import fates, reply_of, set_up

from bot.domain.incoming import CompletionAsked, HomeOpened
from bot.domain.outgoing import Action, Choices
from bot.domain.refs import MessageRef, Person
from bot.domain.standings import Period
from bot.domain.streaks import Streak, streak_of
from bot.services import streaks
from bot.shelves import Tx
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = timedelta(days=1)


async def next_day(group: Study, days: int = 1) -> None:
    """The next questions are posted, one a day."""
    for _ in range(days):
        await group.pass_time(DAY, DAY)


async def answer(group: Study, person: Person, text: str = GOOD) -> MessageRef:
    message, _ = await group.write(person, text)
    await group.settle()
    return message


async def answer_days(group: Study, person: Person, days: int) -> None:
    """Answers the open question and those that follow; then a fresh one is open."""
    for _ in range(days):
        await answer(group, person)
        await next_day(group)


async def streak(group: Study, person: Person) -> Streak:
    """Read as boards do; all of the history says the same."""

    def read(tx: Tx) -> tuple[Streak | None, Streak]:
        member = tx.members.by_user(group.group, person.user)
        assert member is not None
        now = group.clock.now()
        return streaks.streak_for(tx, member, now), streak_of(streaks.days_of(tx, member, now))

    seen, whole = await group.core.storage.read(read)
    assert seen == whole
    return whole


# ---------------------------------------------------------------- days


async def test_f45_tokyo_and_los_angeles_answer_on_their_own_days_and_both_streaks_grow(database: Database) -> None:
    async with study(database) as group:
        mina, lou = group.person("Mina", zone="Asia/Tokyo"), group.person("Lou", zone="America/Los_Angeles")
        seen = []
        for _ in range(3):
            group.clock.move(hours=1)  # 18:00 in Tokyo
            await group.write(mina, GOOD)
            group.clock.move(hours=22)  # 23:00 in Los Angeles, an hour before the close
            await group.write(lou, GOOD)
            await group.settle()
            seen.append([(await streak(group, each)).days for each in (mina, lou)])
            group.clock.move(hours=1)
            await group.settle()

        assert seen == [[1, 1], [2, 2], [3, 3]]


async def test_f46_a_missed_day_spends_the_freeze_and_the_streak_stays(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer_days(group, ada, 7)
        earned = await streak(group, ada)
        await next_day(group)
        frozen = await streak(group, ada)
        await answer_days(group, ada, 1)
        gone_on = await streak(group, ada)
        await next_day(group)

        assert earned == Streak(7, 1)
        assert frozen == Streak(7, 0)
        assert gone_on == Streak(8, 0)
        assert await streak(group, ada) == Streak(0, 0)


@only_sqlite
async def test_weekends_and_pauses_neither_add_nor_break(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await set_up(group, days="mon-fri")
        await answer_days(group, ada, 4)
        await group.call(group.organiser, "/study-admin pause", **{"from": "2026-11-30", "until": "2026-12-02"})
        await answer(group, ada)
        before = await streak(group, ada)
        await next_day(group, 6)  # over the weekend and the pause, to Thursday
        after = await streak(group, ada)
        await answer(group, ada)

        assert before == after == Streak(5, 0)
        assert await streak(group, ada) == Streak(6, 0)


@only_sqlite
async def test_a_day_that_was_skipped_after_an_outage_harms_nobody(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer_days(group, ada, 2)
        await answer(group, ada)
        group.clock.set(START + timedelta(days=4, hours=12))  # away for two questions
        await group.settle()
        away = await fates(group)
        group.clock.set(START + timedelta(days=5))
        await group.settle()
        await answer(group, ada)

        assert away[-2:] == ["late", "late"]
        assert await streak(group, ada) == Streak(4, 0)


@only_sqlite
async def test_a_withdrawn_answer_counts_no_more_and_one_given_anew_does(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer_days(group, ada, 1)
        message = await answer(group, ada)
        two = await streak(group, ada)
        await group.delete(message)
        one = await streak(group, ada)
        await answer(group, ada, f"{GOOD} Once more.")

        assert [two.days, one.days, (await streak(group, ada)).days] == [2, 1, 2]


@only_sqlite
async def test_a_late_answer_is_none_in_time(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await answer_days(group, ada, 1)
        missed = await group.thread()
        await answer(group, ben)
        await next_day(group)
        group.clock.move(minutes=1)
        await group.write(ada, GOOD, thread=missed)
        await group.settle()

        assert [(await streak(group, each)).days for each in (ada, ben)] == [0, 1]


@only_sqlite
async def test_an_honest_i_dont_know_neither_adds_nor_breaks(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer_days(group, ada, 2)
        await answer(group, ada, "I don't know")
        await next_day(group)
        held = await streak(group, ada)
        await answer_days(group, ada, 1)

        assert held == Streak(2, 0)
        assert await streak(group, ada) == Streak(3, 0)


@only_sqlite
async def test_a_question_posted_by_hand_adds_and_never_breaks(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await set_up(group, days="mon")
        await answer(group, ada)
        await next_day(group)
        await group.call(group.organiser, "/study-admin post")
        await group.settle()
        await next_day(group, 2)
        left_out = await streak(group, ada)
        await group.call(group.organiser, "/study-admin post")
        await group.settle()
        await answer(group, ada)

        assert left_out == Streak(1, 0)
        assert await streak(group, ada) == Streak(2, 0)


@only_sqlite
async def test_a_message_that_reached_us_after_midnight_counts_for_the_day_it_was_sent(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada", zone="Europe/Berlin")
        sent = datetime(2026, 11, 23, 22, 58, tzinfo=UTC)  # 23:58 in Berlin
        group.clock.set(sent + timedelta(minutes=9))
        await group.write(ada, GOOD, at=sent)
        group.clock.set(START + DAY)
        await group.settle()
        await answer(group, ada)

        assert await streak(group, ada) == Streak(2, 0)


@only_sqlite
async def test_linked_accounts_have_one_streak(database: Database) -> None:
    async with two_communities(database) as (host, guest):
        await join(host, guest)
        for community in (host, guest, host, guest):
            await answer_there(community, "Ada", GOOD)
            await next_day(host)
        await link(host, guest, "Ada")

        assert await streak(host, host.person("Ada")) == Streak(4, 0)


@only_sqlite
async def test_a_long_history_is_read_no_further_than_needed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaks, "READ_FIRST", (2, 5, None))
    async with study(database) as group:
        ada, seen = group.person("Ada"), []
        for sign in "++---+++++++-+---++++":
            if sign == "+":
                await answer(group, ada)
            await next_day(group)
            seen.append((await streak(group, ada)).days)

        assert seen == [1, 2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 0, 0, 0, 1, 2, 3, 4]


# ---------------------------------------------------------------- who hears of it


@only_sqlite
async def test_my_streak_stands_where_i_look_and_nowhere_else(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await answer_days(group, ada, 2)
        await answer(group, ada)

        board = reply_of(await group.call(ada, "/leaderboard", period="all")).text
        progress = reply_of(await group.call(ada, "/study progress")).text
        home = reply_of(await group.receive(HomeOpened(ada, group.clock.now()))).text
        beside = await group.core.views.beside(ada.user, group.channel, Period.ALL)
        for_ben = reply_of(await group.call(ben, "/leaderboard", period="all")).text
        for_all = reply_of(await group.call(group.organiser, "/leaderboard", period="all", show="all")).text
        assert "(3 answers), 3 days in a row ← you" in board
        assert "**Streak:** 3 days in a row" in progress
        assert "**Streak:** 3 days in a row" in home
        assert beside.board.streak == 3
        assert "in a row" not in for_ben + for_all


@only_sqlite
async def test_a_milestone_is_told_once_in_the_review_that_reached_it(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer_days(group, ada, 6)
        await answer(group, ada)
        reached = reply_of(await group.press(ada, Action.FULL_REVIEW, "7")).text
        await next_day(group)
        await answer(group, ada)

        others = [reply_of(await group.press(ada, Action.FULL_REVIEW, each)).text for each in ("6", "8")]
        assert reached.startswith("**7 days in a row!**")
        assert not any("in a row" in text for text in others)
        assert not any("in a row" in comment.text for comment in group.chat.comments())


@only_sqlite
async def test_who_wants_to_hear_nothing_of_streaks_hears_nothing(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer_days(group, ada, 6)
        await answer(group, ada)

        off = reply_of(await group.call(ada, "/study privacy", streak="off")).text
        calls = [await group.call(ada, "/leaderboard"), await group.call(ada, "/study progress")]
        said = [reply_of(each).text for each in (*calls, await group.press(ada, Action.FULL_REVIEW, "7"))]
        home = reply_of(await group.receive(HomeOpened(ada, group.clock.now()))).text
        on = reply_of(await group.call(ada, "/study privacy", streak="on")).text
        again = reply_of(await group.call(ada, "/study progress")).text

        assert off.startswith("Done")
        assert not any("streak" in text.casefold() or "in a row" in text for text in said)
        assert "**Streak:**" not in home
        assert on.startswith("Done")
        assert "**Streak:** 7 days in a row, 1 freeze in hand" in again


@only_sqlite
async def test_a_streak_that_ended_is_not_mourned(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await answer_days(group, ada, 3)
        await next_day(group, 2)

        progress = reply_of(await group.call(ada, "/study progress")).text
        board = reply_of(await group.call(ada, "/leaderboard", period="all")).text
        assert "**Streak:** your next answer begins one" in progress
        assert "in a row" not in board


# ---------------------------------------------------------------- the zone


@only_sqlite
async def test_a_member_sets_their_zone_and_goes_back_to_their_profile_s(database: Database) -> None:
    async with study(database) as group:
        lou = group.person("Lou", zone="Europe/Berlin")
        profile = reply_of(await group.call(lou, "/study timezone")).text
        done = reply_of(await group.call(lou, "/study timezone", zone="america/los_angeles")).text
        await group.call(lou, "/study today")  # the platform tells Berlin again
        own = reply_of(await group.call(lou, "/study timezone")).text
        back = reply_of(await group.call(lou, "/study timezone", zone="auto")).text

        assert "zone of your profile" in profile
        assert "Mon 23 Nov, 00:00 (America/Los_Angeles)" in done
        assert "the zone you set" in own
        assert "America/Los_Angeles" in own
        assert "(Europe/Berlin)" in back


@only_sqlite
async def test_without_any_zone_days_are_the_track_s(database: Database) -> None:
    async with study(database, zone="Asia/Tokyo", now=datetime(2026, 11, 23, 0, 0, tzinfo=UTC)) as group:
        ada = group.person("Ada")
        unknown = reply_of(await group.call(ada, "/study timezone")).text
        group.clock.set(datetime(2026, 11, 23, 14, 30, tzinfo=UTC))  # 23:30 in Tokyo
        await answer(group, ada)
        group.clock.set(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))  # 10:00, the next day
        await group.settle()
        await answer(group, ada)

        assert "your days are those of the question's track" in unknown
        assert await streak(group, ada) == Streak(2, 0)


@only_sqlite
async def test_a_zone_nobody_knows_is_explained_and_changes_nothing(database: Database) -> None:
    async with study(database) as group:
        lou = group.person("Lou", zone="Europe/Berlin")

        wrong = reply_of(await group.call(lou, "/study timezone", zone="Europe/Berlni")).text

        assert "Did you mean Europe/Berlin" in wrong
        assert "(Europe/Berlin)" in reply_of(await group.call(lou, "/study timezone")).text


@only_sqlite
async def test_zones_are_completed_while_typing(database: Database) -> None:
    async with study(database) as group:
        asked = CompletionAsked(("study", "timezone"), "zone", "los_a", group.person("Lou"), group.channel)
        offered = await group.receive(asked)
        auto = await group.receive(replace(asked, typed="au"))

        assert isinstance(offered, Choices)
        assert isinstance(auto, Choices)
        assert [each.value for each in offered.items] == ["America/Los_Angeles"]
        assert auto.items[0].value == "auto"
