"""Discord and Slack, each with the whole bot as a process of its own, over real sockets, from an empty database. With
`pytest -s` each day is printed as its people read it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from discord_stage import discord_stage
from live import Bot, Live, live
from patience import until
from slack_stage import slack_stage
from stage import RealStage, Seen, title_of

from adapters.slack_chat import SlackMode
from bot import texts

GOOD = (
    "I would put a token bucket per user into one shared Redis, with an atomic script, so that all machines count "
    "together; when Redis is slow I fail open with a small local limit and raise an alarm."
)
BETTER = "The counters live in one shared Redis, since eight machines must see the same numbers, and keys expire."
#: Nothing that a review would quote.
ASIDE = "My grandmother agrees with me."

Opening = Callable[[], AbstractAsyncContextManager[RealStage]]
STAGES: dict[str, Opening] = {
    "discord": lambda: discord_stage(datetime.now(UTC)),
    "slack-socket": lambda: slack_stage(SlackMode.SOCKET, datetime.now(UTC)),
    "slack-http": lambda: slack_stage(SlackMode.HTTP, datetime.now(UTC)),
}

pytestmark = pytest.mark.slow


#: What is said goes the same way, however Slack brings what is heard.
in_one_mode = pytest.mark.parametrize("stage", ["discord", "slack-socket"], indirect=True)


@pytest.fixture(params=STAGES)
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[RealStage]:
    async with STAGES[request.param]() as stage:
        yield stage


@asynccontextmanager
async def running(stage: RealStage, folder: Path) -> AsyncIterator[Live]:
    """A bot for this stage; afterwards every promise holds and the platform has nothing to complain of."""
    bot = Bot(folder, stage.environment() | {"STUDYBOT_REVIEWER": "offline"}, stage.port)
    async with live(stage, bot) as playing:
        yield playing
        # What a kill left half-done is taken up again within a lease; that long the process lives on.
        with suppress(TimeoutError):
            await until(playing.keeps_its_promises, 120)
    assert await playing.broken_promises() == []
    assert stage.complaints() == []
    assert await stage.pings() == []


async def test_a_whole_day_with_every_event_told_three_times_and_out_of_order(stage: RealStage, tmp_path: Path) -> None:
    async with running(stage, tmp_path) as day:
        day.chapter("Set-up")
        question = await day.set_up()
        ada, bob, cleo, dan = [await day.member(name) for name in ("Ada", "Bob", "Cleo", "Dan")]
        stage.redeliver(3)

        day.chapter("Answers: Ada and Cleo in the thread, Bob with the form")
        hers = await day.write(ada, GOOD, question)
        brief = (await day.commented(question, 1))[0]
        receipt = await day.by_form(bob, question, BETTER)
        cleos = await day.write(cleo, GOOD, question)
        await day.commented(question, 3)
        full = await day.press(ada, brief, texts.label_full_review())
        refused = await day.press(dan, brief, texts.label_full_review())

        day.chapter("Second thoughts: Ada edits, Cleo deletes")
        await stage.edit(ada, hers, BETTER)
        await day.soon(lambda: reads(day, question, "The counters live in", 2))
        await stage.delete(cleo, cleos)
        await day.soon(lambda: is_count(day, question, 2))
        await day.read(question)

        day.chapter("The board, and a pause")
        board = await day.command(day.olga, "/leaderboard", show="all")
        paused = await day.command(day.olga, "/study-admin pause")

    assert texts.answer_received() in receipt.text
    assert "word check, provisional" in full.text
    assert "of 10" not in refused.text
    assert "Ada" in board.public[0].text
    assert "Bob" in board.public[0].text
    assert "Cleo" not in board.public[0].text
    assert "Paused from" in paused.text


@in_one_mode
async def test_x004_an_outside_that_accepts_and_cuts_the_line_sees_one_post_and_one_comment(
    stage: RealStage, tmp_path: Path
) -> None:
    async with running(stage, tmp_path) as day:
        await day.set_up()
        ada, bob = [await day.member(name) for name in ("Ada", "Bob")]

        before = await day.questions()
        stage.cut_after("post")
        await day.command(day.olga, "/study-admin post")
        question = await day.next_question(before)
        stage.cut_after("say")
        await day.write(ada, GOOD, question)
        await day.commented(question, 1)
        stage.cut_after("say")
        await day.by_form(bob, question, f"{BETTER} {ASIDE}")
        await day.commented(question, 2)
        await day.read(question)

    assert await stage.ever_said(title_of(question)) == 1
    assert await stage.ever_said(ASIDE) == 1
    assert len(await day.comments(question)) == 2


@in_one_mode
async def test_x003_x052_killed_right_after_it_spoke_it_says_nothing_twice(stage: RealStage, tmp_path: Path) -> None:
    async with running(stage, tmp_path) as day:
        await day.set_up()
        ada = await day.member("Ada")

        before = await day.questions()
        stage.cut_after("post")
        await day.command(day.olga, "/study-admin post")
        question = (await day.soon(lambda: after(day, before)))[0]
        await day.bot.kill()
        await day.bot.start()
        await stage.opened()
        await day.soon(lambda: stage.has_thread(question))
        stage.cut_after("say")
        await day.write(ada, GOOD, question)
        await day.commented(question, 1)
        await day.bot.kill()
        await day.bot.start()
        await stage.opened()
        full = await day.press(ada, (await day.comments(question))[0], texts.label_full_review())

    assert "word check, provisional" in full.text
    assert await stage.ever_said(title_of(question)) == 1
    assert len(await day.comments(question)) == 1


async def test_x021_x022_x023_answers_written_while_the_line_was_lost_are_all_reviewed_once(
    stage: RealStage, tmp_path: Path
) -> None:
    async with running(stage, tmp_path) as day:
        question = await day.set_up()
        people = [await day.member(f"Student {number}") for number in range(1, 22)]

        day.chapter("The line is lost, and comes back as if nothing had been")
        await day.write(people[0], GOOD, question)
        await stage.drop()
        await day.write(people[1], GOOD, question)
        await day.commented(question, 2)

        day.chapter("The line is lost for good; twenty answers are written meanwhile")
        async with stage.away() as missed:
            if not missed:
                await day.bot.kill()
            for person in people[1:]:
                await day.write(person, f"{GOOD} That is what {person.name} says.", question)
        if not missed:
            await day.bot.start()
        await day.commented(question, 21)
        await day.read(question)

    assert await stage.ever_said("One question to think on") == 21


async def test_both_platforms_are_one_group_with_one_board(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    async with discord_stage(now) as discord, slack_stage(SlackMode.SOCKET, now) as slack:
        both = {"STUDYBOT_PLATFORMS": "discord,slack", "STUDYBOT_REVIEWER": "offline"}
        bot = Bot(tmp_path, discord.environment() | slack.environment() | both)
        async with live(discord, bot) as there:
            await slack.opened()
            here = Live(bot, slack, there.told)
            here.olga = await slack.member("Olga", organiser=True)
            ada, bob = await discord.member("Ada"), await slack.member("Bob")

            there.chapter("On Discord")
            theirs = await there.set_up()
            await there.write(ada, GOOD, theirs)
            await there.commented(theirs, 1)
            told = await there.command(there.olga, "/study-admin join")
            code = _code_in(told.text)

            here.chapter("On Slack")
            ours = await here.set_up()
            await here.write(bob, GOOD, ours)
            await here.commented(ours, 1)
            preview = await here.command(here.olga, "/study-admin join", code=code)
            await here.press(here.olga, preview.private[-1], texts.label_confirm_join())

            there.chapter("One board")
            on_discord = await there.command(ada, "/leaderboard", period="all")
            on_slack = await here.command(bob, "/leaderboard", period="all")

    for board in (on_discord.text, on_slack.text):
        assert "Ada" in board
        assert "Bob" in board
    assert [*discord.complaints(), *slack.complaints()] == []


def _code_in(text: str) -> str:
    found = re.search(r"code:([A-Z0-9-]+)", text)
    assert found is not None, text
    return found[1]


# ---------------------------------------------------------------- what is waited for


async def reads(day: Live, question: Seen, words: str, times: int) -> bool:
    """Whether so many comments hold these words."""
    return sum(words in each.text for each in await day.comments(question)) == times


async def is_count(day: Live, question: Seen, count: int) -> bool:
    return len(await day.comments(question)) == count


async def after(day: Live, before: list[Seen]) -> list[Seen]:
    """The questions after those, the moment they stand there."""
    return (await day.questions())[len(before) :]
