"""Boards: the published order, everybody's own view, and totals that can be made anew from the log."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from fakes import START, covering, missing
from group import GOOD, Study, nearby, question, study
from promises import broken_promises
from sqlalchemy import update

from bot.domain.outgoing import Action, Reply
from bot.domain.refs import Person
from bot.domain.standings import Period
from bot.shelves import Booking, Tx
from bot.storage.engine import Database
from bot.storage.tables import totals

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)

ASKED = question("pack-1")
#: What a review of this credit on the heavier point is worth: 4 + 6 * 0.6 * credit.
WORTH = {10: 1.0, 7: 0.5, 4: 0.0}


async def earn(group: Study, name: str, points: int) -> Person:
    """A member who answers and is given so many points."""
    person = group.person(name)
    group.reviewer.script.append(covering(ASKED, GOOD, WORTH[points]) if points > 4 else missing(ASKED))
    await group.write(person, GOOD)
    await group.settle()
    return person


async def board(group: Study, person: Person, period: str = "week", **more: str) -> list[str]:
    """The board's lines as somebody sees them, without title and blank lines."""
    said = await group.call(person, "/leaderboard", period=period, **more)
    assert isinstance(said, Reply)
    return [line for line in said.text.splitlines()[1:] if line]


async def test_the_board_shows_the_top_and_the_askers_neighbours(database: Database) -> None:
    async with study(database) as group:
        for name, points in (("Ada", 10), ("Ben", 7), ("Cy", 7), ("Dot", 7), ("Eve", 7), ("Fay", 4)):
            await earn(group, name, points)

        assert await board(group, group.person("Ada")) == [
            "**1\\. Ada, 10 points (1 answer) ← you**",
            "2\\. Eve, 7 points (1 answer)",
            "2\\. Dot, 7 points (1 answer)",
            "6 people with points.",
        ]
        assert await board(group, group.person("Fay")) == [
            "1\\. Ada, 10 points (1 answer)",
            "2\\. Eve, 7 points (1 answer)",
            "2\\. Dot, 7 points (1 answer)",
            "2\\. Ben, 7 points (1 answer)",
            "**6\\. Fay, 4 points (1 answer) ← you**",
            "6 people with points.",
        ]
        assert await board(group, group.person("Stranger")) == [
            "1\\. Ada, 10 points (1 answer)",
            "2\\. Eve, 7 points (1 answer)",
            "2\\. Dot, 7 points (1 answer)",
            "You have no points here yet; the open question waits for you.",
        ]
        assert await broken_promises(group) == []


@only_sqlite
async def test_an_empty_board_says_how_to_open_it(database: Database) -> None:
    async with study(database) as group:
        lines = await board(group, group.person("Ada"))

        assert lines[0] == "Nobody has points yet. The first answer opens the board."


@only_sqlite
async def test_one_with_no_points_is_on_nobodys_board(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await group.write(ada, "I don't know")
        await group.write(ben, GOOD)
        await group.settle()

        assert not any("Ada" in line for line in await board(group, ben))
        assert (await board(group, ada))[-1].startswith("You have no points here yet")


@only_sqlite
async def test_periods_count_the_local_days_they_are_made_of(database: Database) -> None:
    async with study(database) as group:
        ada = await earn(group, "Ada", 10)
        await group.pass_time(timedelta(days=1), timedelta(hours=6))
        await earn(group, "Ada", 7)
        day_two = {period: (await board(group, ada, period))[0] for period in ("day", "week", "month", "all")}
        await group.pass_time(timedelta(days=6), timedelta(hours=12))
        await earn(group, "Ada", 4)

        later = {period: (await board(group, ada, period))[0] for period in ("day", "week", "month", "all")}
        assert day_two == {
            "day": "**1\\. Ada, 7 points (1 answer), 2 days in a row ← you**",
            "week": "**1\\. Ada, 17 points (2 answers), 2 days in a row ← you**",
            "month": "**1\\. Ada, 17 points (2 answers), 2 days in a row ← you**",
            "all": "**1\\. Ada, 17 points (2 answers), 2 days in a row ← you**",
        }
        assert later == {
            "day": "**1\\. Ada, 4 points (1 answer) ← you**",
            "week": "**1\\. Ada, 4 points (1 answer) ← you**",
            "month": "**1\\. Ada, 21 points (3 answers) ← you**",
            "all": "**1\\. Ada, 21 points (3 answers) ← you**",
        }


@only_sqlite
async def test_f48_a_board_says_what_i_gained_on_my_own_period_before_and_never_what_i_lost(database: Database) -> None:
    async with study(database) as group:
        ada, ben = await earn(group, "Ada", 4), await earn(group, "Ben", 10)
        first = [await board(group, each) for each in (ada, ben)]
        await group.pass_time(timedelta(days=7), timedelta(days=1))
        await earn(group, "Ada", 10)
        await earn(group, "Ben", 7)

        assert not any("more than" in line for lines in first for line in lines)
        assert (await board(group, ada))[-1] == "You: 6 points more than the week before."
        assert not any("more than" in line for line in await board(group, ben))
        assert not any("more than" in line for line in await board(group, ada, "all"))


@only_sqlite
async def test_f44_a_season_has_its_board_and_past_ones_stay_to_be_read(database: Database) -> None:
    async with study(database) as group:
        ada = await earn(group, "Ada", 10)
        await earn(group, "Ben", 7)
        running = await group.call(ada, "/leaderboard", period="season")
        group.clock.set(datetime(2027, 1, 2, 8, tzinfo=UTC))
        await group.settle()
        await earn(group, "Ben", 4)
        past = [await group.call(ada, "/leaderboard", period="season", when=when) for when in ("last", "2026-Q4")]
        now = await board(group, ada, "season")
        group.clock.set(datetime(2027, 1, 15, 8, tzinfo=UTC))
        final = await group.call(group.organiser, "/leaderboard", when="Q4 2026", show="all")
        unread = await group.call(ada, "/leaderboard", when="summer")
        before = await group.call(ada, "/leaderboard", when="2026-10")
        await group.settle()

        texts = [said.text for said in (running, *past, final, unread, before) if isinstance(said, Reply)]
        assert texts[0].startswith("**Board of the season, 2026-Q4**")
        assert [text.splitlines()[0] for text in texts[1:3]] == ["**Board of the season, 2026-Q4 (over)**"] * 2
        assert "**1\\. Ada, 10 points (1 answer) ← you**\n2\\. Ben, 7 points (1 answer)" in texts[1]
        assert now[0] == "1\\. Ben, 4 points (1 answer)"
        assert texts[3].startswith("**Board of the season, 2026-Q4 (final)**")
        assert "Please write it like last, 2026-Q3" in texts[4]
        assert "Nobody had points then." in texts[5]
        assert await broken_promises(group) == []


@only_sqlite
async def test_one_click_hides_a_name_and_another_shows_it(database: Database) -> None:
    async with study(database) as group:
        ada, ben = await earn(group, "Ada", 10), group.person("Ben")

        hidden = await group.press(ada, Action.HIDE_ME)
        seen_by_ben = await board(group, ben)
        await group.call(ada, "/study privacy", board="show")

        assert isinstance(hidden, Reply)
        assert hidden.text.startswith("Done")
        assert seen_by_ben[0] == "1\\. a member, 10 points (1 answer)"
        assert (await board(group, ben))[0] == "1\\. Ada, 10 points (1 answer)"


@only_sqlite
async def test_an_organiser_shows_the_board_to_all_and_others_may_not(database: Database) -> None:
    async with study(database) as group:
        ada = await earn(group, "Ada", 10)

        shown = await group.call(group.organiser, "/leaderboard", show="all")
        refused = await group.call(ada, "/leaderboard", show="all")

        assert isinstance(shown, Reply)
        assert isinstance(refused, Reply)
        assert shown.public
        assert "Ada, 10 points" in shown.text
        assert "you" not in shown.text
        assert not refused.public
        assert "Ada" not in refused.text


@only_sqlite
async def test_progress_shows_ones_own_points_and_scores(database: Database) -> None:
    async with study(database) as group:
        ada = await earn(group, "Ada", 10)

        said = await group.call(ada, "/study progress")
        nothing = await group.call(group.person("Ben"), "/study progress")

        assert isinstance(said, Reply)
        assert isinstance(nothing, Reply)
        assert said.text.splitlines() == [
            "**This week:** 10 points, rank 1",
            "**All time:** 10 points, rank 1",
            "**Streak:** 1 day in a row",
            "",
            "**Your latest answers**",
            "- Mon 23 Nov: Question pack-1: 10 of 10",
        ]
        assert nothing.text.startswith("You have not answered yet")


# ---------------------------------------------------------------- the log and the totals


async def test_x056_totals_changed_by_hand_are_noticed_and_made_anew(database: Database) -> None:
    async with study(database) as group:
        ada = await earn(group, "Ada", 10)
        await earn(group, "Ben", 7)
        await database.write(lambda conn: conn.execute(update(totals).values(points=99)).close())

        health = await group.call(group.organiser, "/study-admin health")
        differ = await group.core.storage.write(lambda tx: tx.standings.recompute(None))

        assert isinstance(health, Reply)
        assert "rows differ" in health.text
        assert differ >= 8
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


async def test_x055_bookings_at_the_same_moment_lose_no_points(database: Database) -> None:
    async with study(database) as group:
        people = [await earn(group, f"P{number}", 4) for number in range(4)]

        def book(number: int, tx: Tx) -> bool:
            who = number % len(people) + 1
            day = date(2026, 11, 1 + number % 28)
            return tx.standings.book(1, Booking(f"extra:{number}", who, 1, who, 1, 0, day), START)

        await asyncio.gather(*(group.core.storage.write(partial(book, number)) for number in range(100)))

        assert [await group.points(person) for person in people] == [29] * 4
        assert await group.core.storage.read(lambda tx: tx.standings.differences(None)) == 0


@on_postgres
async def test_x055_two_processes_book_for_the_same_members(database: Database, database_url: str) -> None:
    async with study(database) as group, nearby(database_url) as there:
        for number in range(12):
            await group.write(group.person(f"P{number}"), GOOD)
        tell = group.core.stories.reviews.review
        tell_there = there.core.stories.reviews.review

        await asyncio.gather(
            *(tell(1, answer, 1) for answer in range(1, 13)), *(tell_there(1, answer, 1) for answer in range(12, 0, -1))
        )
        await group.settle()

        assert [await group.points(group.person(f"P{number}")) for number in range(12)] == [10] * 12
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_booking_told_twice_counts_once(database: Database) -> None:
    async with study(database) as group:
        ada = await earn(group, "Ada", 4)
        again = Booking("answer:1:1", 1, 1, 1, 4, 1, START.date())

        def book(tx: Tx) -> bool:
            return tx.standings.book(1, again, START)

        assert await group.core.storage.write(book) is False
        assert await group.points(ada) == 4


@only_sqlite
async def test_a_withdrawn_answer_leaves_every_board(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await group.delete(message)
        await group.settle()

        rows = await group.core.storage.read(
            lambda tx: [
                tx.standings.own(1, period, key, 1)
                for period, key in ((Period.DAY, "2026-11-23"), (Period.WEEK, "2026-W48"), (Period.ALL, "all"))
            ]
        )
        assert [(row.points, row.answers) for row in rows if row] == [(0, 0)] * 3
        assert await broken_promises(group) == []
