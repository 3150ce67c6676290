"""How questions do, as organisers are told in the chat and on the dashboard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from dashboards import Desk, open_desk
from fakes import covering
from group import GOOD, Study, question, study

from bot.domain.outgoing import Action, Reply
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
#: Strong members first: what each gets for their answers to two questions.
CREDITS = {"Ada": (1.0, 0.9), "Ben": (0.9, 0.8), "Cleo": (0.6, 0.5), "Dora": (0.3, 0.6), "Emil": (0.2, 0.1)}


async def two_days(group: Study) -> None:
    """Everybody answers two questions; Emil appeals and finds his first review unhelpful, Ada the other way round."""
    for day in range(2):
        for name, credits in CREDITS.items():
            group.reviewer.script.append(covering(question("pack-1"), GOOD, credits[day]))
            await group.write(group.person(name), GOOD)
            await group.settle()
        if day == 0:
            await group.press(group.person("Ada"), Action.HELPFUL, "1-1")
            await group.press(group.person("Emil"), Action.UNHELPFUL, "5-1")
            await group.pass_time(timedelta(days=1), timedelta(hours=6))


async def told(group: Study, **options: str) -> str:
    said = await group.call(group.organiser, "/study-admin question", **options)
    assert isinstance(said, Reply)
    return said.text


async def test_f59_a_questions_difficulty_separation_votes_and_freshness(database: Database) -> None:
    async with study(database) as group:
        await two_days(group)

        one = await told(group, question="pack-1")

        assert "Asked: once, last on Mon 23 Nov" in one
        assert "Graded answers: 5" in one
        assert "Difficulty: mean 6 of 10" in one
        assert "Separation: +5.5 of 10" in one
        assert "Appeals: 0 (0 %)" in one
        assert "Found helpful: 1 of 2 votes (50 %)" in one


@only_sqlite
async def test_all_questions_are_listed_and_an_unknown_one_is_explained(database: Database) -> None:
    async with study(database) as group:
        assert "0 answers" in await told(group)
        await two_days(group)

        listed = await told(group)
        unknown = await told(group, question="pack-5`")

        assert listed.index("pack-2") < listed.index("pack-1")
        assert "5 answers, mean 6 of 10" in listed
        assert "was not asked `pack-5` within a year" in unknown


@only_sqlite
async def test_what_was_taken_back_counts_no_more(database: Database) -> None:
    async with study(database) as group:
        message, _ = await group.write(group.person("Ada"), GOOD)
        await group.settle()
        assert "Graded answers: 1" in await told(group, question="pack-1")

        await group.delete(message)
        await group.settle()

        assert "Graded answers: 0" in await told(group, question="pack-1")


@only_sqlite
async def test_only_organisers_have_the_pages_of_organisers(database: Database) -> None:
    async with open_desk(database) as desk:
        await two_days(desk.group)
        ada = desk.group.person("Ada")

        async with desk.browser(ada) as client:
            missing = (await client.get("/dashboard/nothing")).text
            for page in ("questions", "health"):
                answer = await client.get(f"/dashboard/{page}")
                assert (answer.status_code, answer.text) == (404, missing)
            assert "/dashboard/questions" not in missing

            await organises(desk, True)
            questions, health = await client.get("/dashboard/questions"), await client.get("/dashboard/health")
            assert "+5.5" in questions.text
            assert "Scheduler drift: the last one came 0.0 s after its time" in health.text
            assert "Reviewer: scripted" in health.text

            await organises(desk, False)
            assert (await client.get("/dashboard/health")).status_code == 404


async def organises(desk: Desk, organiser: bool) -> None:
    """What the platform says of Ada from now on."""
    await desk.group.call(replace(desk.group.person("Ada"), organiser=organiser), "/study today")
