"""A whole loop of mock rounds, while the bot's process is killed with -9 in every stage of it: over real sockets, with
a scripted model. With `pytest -s` the conversation is printed as the candidate reads it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from discord_stage import discord_stage
from interviewing import interviewing, is_review
from live import Bot, Live, live
from openai_world import Asked, OpenAiWorld, silent
from slack_stage import slack_stage
from sqlalchemy import create_engine, select
from stage import RealStage, Seen, Somebody

from adapters.slack_chat import SlackMode
from bot import texts
from bot.domain.rounds import ASKING, READS_FOR, Speaker, TurnKind
from bot.storage.rounds import mock_turns

FIRST = "I would look at the slow requests first and see whether the database or our own code takes the time."
SECOND = "Then I put an index where the plan shows a full scan, and measure again with the same load."
THIRD = "A queue in front of the workers keeps the spikes away from the database."
OTHERS = (
    "I keep a map from the key to its place, so that looking one up takes constant time.",
    "Last year I broke the nightly import, told everybody at once, and wrote the check that was missing.",
)

pytestmark = pytest.mark.slow


only_by_faults = pytest.mark.skipif("STUDYBOT_KILLS" not in os.environ, reason="killed on Slack by `make faults`")


SLACK = {f"slack-{mode}": mode for mode in SlackMode}


@pytest.fixture(params=["discord", *(pytest.param(name, marks=only_by_faults) for name in SLACK)])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[RealStage]:
    now = datetime.now(UTC)
    async with slack_stage(SLACK[request.param], now) if request.param in SLACK else discord_stage(now) as stage:
        yield stage


def unimpressed(asked: Asked, point: str) -> tuple[str, str]:
    """Finds the first point of each rubric in what the candidate said first, and no other."""
    said = asked.answer.splitlines()[0]
    return ("covered", said) if asked.points[0] == point else ("missing", "")


@dataclass
class Candidate:
    """Somebody in a loop, with a bot that is killed again and again."""

    day: Live
    model: OpenAiWorld
    who: Somebody

    async def reads(self) -> list[Seen]:
        """What the interviewers said."""
        return [each for each in await self.day.stage.room(self.who) if each.by_bot]

    async def hears(self, words: str) -> Seen:
        """The message with these words, once it is there."""

        async def there() -> list[Seen]:
            return [each for each in await self.reads() if words in each.text]

        return (await self.day.soon(there))[-1]

    async def write(self, text: str) -> Seen:
        return await self.day.stage.write_in_room(self.who, text)

    async def signed(self, message: Seen) -> None:
        """Once the received sign is on it."""

        async def is_signed() -> bool:
            return any(each.reviewing for each in await self.day.stage.room(self.who) if each.id == message.id)

        await self.day.soon(is_signed)

    def cut_next(self) -> None:
        """The next words of the bot arrive, and it does not learn that they did."""
        self.day.stage.cut_after("say")

    async def dies_saying(self, words: str) -> None:
        """Killed the moment these words stand there."""
        await self.hears(words)
        await self.day.bot.kill()

    async def dies_asking(self, reviews: int) -> None:
        """Killed while the model is asked for a grade, of which there were so many before."""

        async def is_asked() -> bool:
            return self.reviews > reviews

        await self.day.soon(is_asked)
        await self.day.bot.kill()

    async def comes_back(self) -> None:
        self.day.stage.forgive_restarts()
        await self.day.bot.start()
        await self.day.stage.opened()

    @property
    def reviews(self) -> int:
        return sum(map(is_review, self.model.chats))


@asynccontextmanager
async def candidate(stage: RealStage, folder: Path) -> AsyncIterator[Candidate]:
    async with OpenAiWorld(interviewing(unimpressed)) as model:
        settings = {"STUDYBOT_REVIEWER": "openai", "OPENAI_BASE_URL": model.url, "STUDYBOT_MODEL": "m"}
        bot = Bot(folder, stage.environment() | settings, stage.port)
        async with live(stage, bot) as day:
            ada = Candidate(day, model, await day.member("Ada"))
            try:
                yield ada
            finally:
                for each in await stage.room(ada.who):
                    day.told.append(f"{each.author}: {each.text}")
    assert stage.complaints() == []


async def test_killed_in_every_stage_of_a_loop_it_reads_as_one_conversation(stage: RealStage, tmp_path: Path) -> None:
    async with candidate(stage, tmp_path) as ada:
        # opening the place
        ada.cut_next()
        await ada.day.command(ada.who, "/mock", action="loop", company="startup", mode="coach")
        await ada.dies_saying("Chat with an engineer")
        # the first question
        ada.cut_next()
        await ada.comes_back()
        await ada.dies_saying("Question 1 of 3")
        await ada.comes_back()
        # listening; the candidate goes on meanwhile
        written = await ada.write(FIRST)
        await ada.signed(written)
        await ada.day.bot.kill()
        with stage.dead():
            await ada.write(SECOND)
        # thinking
        ada.model.script.append(silent)
        await ada.comes_back()
        await ada.dies_asking(0)
        # speaking
        ada.cut_next()
        await ada.comes_back()
        await ada.dies_saying("Coach:")
        await ada.comes_back()
        # pause
        ada.cut_next()
        await ada.write("pause")
        await ada.dies_saying("the clock stands still")
        await ada.comes_back()
        # going on
        ada.cut_next()
        await ada.write("resume")
        await ada.dies_saying("Welcome back")
        await ada.comes_back()
        # leaving a question out
        ada.cut_next()
        await ada.write("skip")
        await ada.dies_saying("Question 2 of 3")
        await asyncio.sleep(READS_FOR.total_seconds())
        await ada.comes_back()
        # the report: graded, then said
        before = ada.reviews
        ada.model.script.append(silent)
        await ada.write(THIRD)
        await ada.write("stop")
        await ada.dies_asking(before)
        ada.cut_next()
        await ada.comes_back()
        await ada.dies_saying("Report: Chat with an engineer")
        await ada.comes_back()
        # between two rounds
        following = await ada.hears("Next: Pairing conversation")
        await ada.day.press(ada.who, following, texts.label_next_round())
        await ada.day.bot.kill()
        await ada.comes_back()
        await ada.hears("Question 1 of 2")
        await ada.write(OTHERS[0])
        await ada.write("stop")
        # the last round, and the debrief
        following = await ada.hears("Next: Founder")
        await ada.day.press(ada.who, following, texts.label_next_round())
        await ada.hears("In your earlier round")
        await ada.write(OTHERS[1])
        await ada.write("stop")
        await ada.dies_saying("Debrief: A young start-up")
        await ada.comes_back()
        await ada.day.soon(lambda: is_all_said(ada.day.bot))

        said = [each.text for each in await ada.reads()]
        turns = turns_of(ada.day.bot)

    # Everything an interviewer had to say stands there once, with the first words of each of the three places.
    assert len(said) == len(turns.spoken) + 3
    questions = [text for text, kind in zip(turns.spoken, turns.kinds, strict=True) if kind in ASKING]
    assert len(set(questions)) == len(questions), "nothing is asked twice"
    assert turns.kinds[:2] == [TurnKind.QUESTION, TurnKind.FOLLOW_UP]
    assert turns.kinds.count(TurnKind.REPORT) == 3
    assert turns.kinds[-1] is TurnKind.DEBRIEF
    # Nothing the candidate said is lost, also what was said while nobody listened.
    assert turns.answers == [FIRST, SECOND, THIRD, *OTHERS]
    graded = [asked.answer for asked in ada.model.chats if is_review(asked)]
    assert {f"{FIRST}\n{SECOND}", THIRD} <= set(graded)


@dataclass(frozen=True)
class Turns:
    """What was said in all rounds, by the database."""

    spoken: list[str]
    kinds: list[TurnKind]
    answers: list[str]


def turns_of(bot: Bot) -> Turns:
    engine = create_engine(bot.url)
    try:
        with engine.connect() as conn:
            rows = conn.execute(select(mock_turns).order_by(mock_turns.c.round_id, mock_turns.c.number)).all()
    finally:
        engine.dispose()
    theirs = [row for row in rows if row.speaker == Speaker.INTERVIEWER]
    answers = [row.text for row in rows if row.kind in (TurnKind.ANSWER, TurnKind.ADDITION)]
    assert all(row.said for row in theirs)
    return Turns([row.text for row in theirs], [TurnKind(row.kind) for row in theirs], answers)


async def is_all_said(bot: Bot) -> bool:
    engine = create_engine(bot.url)
    try:
        with engine.connect() as conn:
            return conn.execute(select(mock_turns.c.id).where(~mock_turns.c.said).limit(1)).first() is None
    finally:
        engine.dispose()
