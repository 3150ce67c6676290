"""Sixty days of a group in New York: a clock change, outages, holidays, a pause, and people who do all they can.

`sixty_days.txt` is the whole timeline as `studybot simulate` tells it, for reading; here it is compared letter by
letter. The questions and the reviewer are the tests' own, so that better packs leave it as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from fakes import ScriptedReviewer, covering
from group import FixedQuestions
from sqlalchemy import update

from bot.domain.budgets import Spent, unbooked
from bot.domain.questions import Question
from bot.domain.reviews import Review
from bot.shelves import Asking, Posting, PostingState, Tx
from bot.simulation.plan import CALLS, Plan
from bot.simulation.play import Simulation
from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate
from bot.storage.storage import SqlTx
from bot.storage.tables import totals

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

T = TypeVar("T")

EXPECTED = Path(__file__).with_name("sixty_days.txt")
PLAN = Plan(days=60, people=5, zone="America/New_York", seed=7)
NEW_YORK = ZoneInfo(PLAN.zone)
LATE_DAY = date(2026, 10, 14)
QUESTIONS = 12
GROUP = TRACK = 1


class OneGoodText(ScriptedReviewer):
    """The model answer covers everything, any other text a little of it."""

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        return covering(question, answer, 1.0 if question.model_answer in answer else 0.4)


def simulation(plan: Plan, database: Database) -> Simulation:
    return Simulation(plan, database, FixedQuestions(QUESTIONS), OneGoodText())


async def played(plan: Plan, database: Database) -> str:
    """The timeline of a plan on an empty database."""
    play = simulation(plan, database)
    async for _ in play.days():
        pass
    return await play.told()


async def look(database: Database, work: Callable[[Tx], T]) -> T:
    return await database.read(lambda conn: work(SqlTx(conn, datetime.now(UTC))))


@on_sqlite
async def test_sixty_days_go_exactly_as_the_rules_say(database: Database) -> None:
    told = await played(PLAN, database)

    await the_rules_were_kept(database, told)
    assert told == EXPECTED.read_text(encoding="utf-8").rstrip("\n")


async def the_rules_were_kept(database: Database, told: str) -> None:
    recent: list[Asking] = list(await look(database, lambda tx: tx.asking.recent(GROUP, TRACK, 500)))[::-1]
    asked = {each.id: each for each in recent}
    there: list[Posting] = [
        each
        for found in asked
        for each in await look(database, lambda tx, id=found: tx.asking.postings(GROUP, id))  # type: ignore[misc]
    ]
    posted = [each for each in there if each.posted_at is not None]
    scheduled = [each for each in posted if asked[each.asking].slot == "scheduled"]

    moments = [each.posted_at.astimezone(NEW_YORK) for each in scheduled if each.posted_at is not None]
    assert {moment.weekday() for moment in moments} == set(range(5))
    assert {f"{moment:%H:%M}" for moment in moments if moment.date() != LATE_DAY} == {"09:00"}
    assert {moment.tzname() for moment in moments} == {"EDT", "EST"}

    # Each was asked, or skipped for a reason.
    weekdays = [day for number in range(PLAN.days) if (day := PLAN.start + timedelta(days=number)).weekday() < 5]
    assert [each.day for each in asked.values() if each.slot == "scheduled"] == weekdays

    names = [asked[each.asking].question for each in posted]
    assert all(len(set(names[i : i + QUESTIONS])) == len(names[i : i + QUESTIONS]) for i in range(len(names)))

    for each in posted:
        assert each.posted_at is not None
        assert each.closes_at is not None
        assert timedelta(hours=24) <= each.closes_at - each.posted_at <= timedelta(days=7)
    assert told.count("closed: ") == len([each for each in posted if each.state is PostingState.CLOSED])


@pytest.mark.parametrize(
    "event",
    [
        "the clocks go back by 60 minutes",
        "the bot goes down",
        "the bot is back",
        "question, late: ",
        "no question: late",
        "no question: paused",
        "extra question: ",
        *(f"/study-admin {each.command}" for each in CALLS),
        "digest: Our week, ",
        "Our goal: 60 % of us answer 3 times a week. Reached: ",
        " is new here",
        " leaves",
        " edits the answer",
        " takes a hint",
        " deletes the answer: 10 points, then 0",
        " appeals against",
        "decides the appeal of",
        " tries again",
        " hides the name",
        " after the close",
        " agrees to be quoted",
        "a very good answer is quoted",
        "is taken for talk",
        " does not know: 0 points",
        " answers by form",
        " repeats what ",
        " wrote: 0 points",
    ],
)
def test_each_scripted_event_is_in_the_timeline(event: str) -> None:
    assert event in EXPECTED.read_text(encoding="utf-8")


async def test_the_same_seed_tells_the_same_and_another_seed_something_else(tmp_path: Path) -> None:
    told = []

    for number, seed in enumerate((1, 1, 2)):
        other = await asyncio.to_thread(open_database, f"sqlite:///{tmp_path / f'{number}.db'}")
        await migrate(other)
        told.append(await played(Plan(days=4, people=3, seed=seed), other))
        await other.close()

    assert told[0] == told[1]
    assert told[0].replace("seed 1", "seed 2") != told[2]


@on_sqlite
async def test_boards_that_differ_from_their_log_are_told(database: Database) -> None:
    play = simulation(Plan(days=4, people=3), database)

    async for day in play.days():
        if day == date(2026, 10, 6):
            await database.write(lambda conn: conn.execute(update(totals).values(points=totals.c.points + 1)))

    assert list(play.wrong) == [date(2026, 10, 7), date(2026, 10, 8)]
    assert "DIFFERENT from their event log on 2 of 4 days, first on 2026-10-07" in await play.told()
