"""A whole Microsoft loop, from phone screen to debrief, with the shipped packs and profiles: on Discord over real
sockets, with the word check and with a scripted model. With `pytest -s` it is printed as the candidate reads it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from discord_stage import discord_stage
from interviewing import interviewing, is_review
from openai_world import Asked, OpenAiWorld
from packshelf import shipped_packs
from stage import Play, Seen, Somebody, play_on

from bot import texts
from bot.app import KnownCompanies, LoadedQuestions
from bot.domain.companies import Competency, Stage
from bot.domain.questions import Question
from bot.domain.rounds import UNDER_WAY, RoundState, Speaker
from bot.packs import content_root, load_companies
from bot.reviewers.llm import build, prompt
from bot.reviewers.offline import OfflineReviewer
from bot.shelves import Round, RoundQuestion, Turn, Tx

pytestmark = pytest.mark.slow

LIBRARY = shipped_packs()
COMPANIES = load_companies(content_root(), LIBRARY)
prompt.version()  # prompts are read before the loop runs

WEAK = "There are many ways, it depends on the case, and I would have to look up how people usually do that."
#: An honest story, with what was learned and who took part.
FIT = (
    "My first attempt was wrong, I told the team so, and it taught me to measure before I believe something. I sat "
    "down with the other team, listened to them first, and we fixed it together. Customers waited less for their "
    "reports afterwards."
)
#: What a candidate says about a question.
Says = Callable[[Round, Question], str]


def strong(question: Question) -> str:
    return f"{question.model_answer} {FIT}"[:1900]


def weak_in_coding(round: Round, question: Question) -> str:
    is_weak = round.plan.competency is Competency.CODING
    return WEAK if is_weak else strong(question)


def weak_but_in_coding(round: Round, question: Question) -> str:
    is_strong = round.plan.competency is Competency.CODING
    return strong(question) if is_strong else WEAK


def fair(asked: Asked, point: str) -> tuple[str, str]:
    """What a model that knows its trade says of these answers."""
    said = next((line for line in asked.answer.splitlines() if not line.startswith("There are many ways")), None)
    return ("missing", "") if said is None else ("covered", " ".join(said.split()[:12]))


def bare(text: str) -> str:
    """What is left of a text whatever a platform makes of its signs."""
    return "".join(filter(str.isalnum, text))


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[tuple[Play, OpenAiWorld]]:
    async with OpenAiWorld(interviewing(fair)) as model, discord_stage() as stage:
        reviewer = build(base_url=model.url, model="m")
        known = LoadedQuestions(LIBRARY)
        companies = KnownCompanies(COMPANIES)
        async with play_on(stage, folder, reviewer, known, companies, interviewer=reviewer) as play:
            yield play, model
        await reviewer.close()


@asynccontextmanager
async def offline(folder: Path) -> AsyncIterator[tuple[Play, None]]:
    async with discord_stage() as stage:
        known = LoadedQuestions(LIBRARY)
        async with play_on(stage, folder, OfflineReviewer(), known, KnownCompanies(COMPANIES)) as play:
            yield play, None


@dataclass
class Candidate:
    """Somebody who goes through a whole loop."""

    play: Play
    who: Somebody
    says: Says

    async def begin(self) -> None:
        await self.play.stage.command(self.who, "/mock", action="loop", company="microsoft", mode="strict")
        await self.play.settle()

    async def round(self) -> Round:
        return (await self.rounds())[-1]

    async def rounds(self) -> Sequence[Round]:
        """All rounds, oldest first."""

        def of_member(tx: Tx) -> Sequence[Round]:
            space = self.play.stage.space()
            group = tx.members.group_of(space)
            assert group is not None
            members = [tx.members.by_id(group, id) for id in range(1, 10)]
            mine = next(each for each in members if each is not None and each.name == self.who.name)
            return list(reversed(tx.rounds.of_member(group, mine.id, tuple(RoundState), 20)))

        return await self.play.core.storage.read(of_member)

    async def questions(self, round: Round) -> Sequence[RoundQuestion]:
        return await self.play.core.storage.read(lambda tx: tx.rounds.questions(round.group, round.id))

    async def turns(self, round: Round) -> Sequence[Turn]:
        return await self.play.core.storage.read(lambda tx: tx.rounds.turns(round.group, round.id))

    async def room(self) -> list[Seen]:
        return await self.play.stage.room(self.who)

    async def go_through(self) -> str:
        """Answers until the debrief, and returns it."""
        await self.begin()
        while True:
            round = await self.round()
            if round.state in UNDER_WAY:
                await self.answer(round)
                continue
            last = (await self.room())[-1]
            if "Debrief" in last.text:
                return last.text
            await self.play.pass_time(minutes=20)
            await self.play.stage.press(self.who, last, texts.label_next_round())
            await self.play.settle()

    async def answer(self, round: Round) -> None:
        question = (await self.questions(round))[round.floor.position].question
        said = self.says(round, LIBRARY.question(question.id))
        await self.play.stage.write_in_room(self.who, "skip" if round.floor.nudges else said)
        await self.play.pass_time(seconds=6)


KINDS = {"offline": offline, "scripted": scripted}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_whole_loop_tells_two_candidates_apart_and_names_their_gaps(kind: str, tmp_path: Path) -> None:
    async with KINDS[kind](tmp_path) as (play, model):
        people = [("Ada", weak_in_coding), ("Bea", weak_but_in_coding)]
        candidates = [Candidate(play, await play.stage.member(name), says) for name, says in people]
        debriefs = [await each.go_through() for each in candidates]
        rooms = [await each.room() for each in candidates]
        for room in rooms:
            print("\n".join(f"{each.author}: {each.text}" for each in room))

        for candidate, room in zip(candidates, rooms, strict=True):
            rounds = await candidate.rounds()
            assert [each.plan.stage for each in rounds] == [
                Stage.PHONE_SCREEN,
                *[Stage.ON_SITE] * 4,
                Stage.AS_APPROPRIATE,
            ]
            turns = [turn for each in rounds for turn in await candidate.turns(each)]
            spoken = [turn for turn in turns if turn.speaker is Speaker.INTERVIEWER]
            assert all(turn.said for turn in spoken)
            assert len([each for each in room if each.by_bot]) == len(spoken) + len(rounds), "all was said, once"
            written = [bare(each.text) for each in room if not each.by_bot]
            assert [bare(turn.text) for turn in turns if turn.speaker is Speaker.MEMBER] == written, "all was heard"

        ada, bea = [(await each.rounds())[-1] for each in candidates]
        asked_ada = [each.question for each in await candidates[0].questions(ada)]
        asked_bea = [each.question for each in await candidates[1].questions(bea)]

    # Each candidate's senior round is about their own gaps, and names them.
    assert asked_ada[0].id not in {each.id for each in asked_bea}
    assert all("“Coding”" in each.prompt for each in asked_ada[:1])
    assert all("“Coding”" not in each.prompt for each in asked_bea)
    for each in (*asked_ada, *asked_bea):
        whole = LIBRARY.question(each.id)
        aims = [point.follow_up for point in each.points[:2] if point.follow_up]
        assert each.title == whole.title
        assert each.title in each.prompt
        assert all(aim in each.prompt for aim in aims), "what stayed open is asked"
    assert "Recommended." in debriefs[0]
    assert "Not yet recommended." in debriefs[1]
    for debrief in debriefs:
        assert "practice signal, not a hiring decision" in debrief
    if model is not None:
        assert any(is_review(asked) for asked in model.chats)
        assert any(not is_review(asked) for asked in model.chats), "follow-ups are worded by the model"
        assert not any("Ada" in json.dumps(asked.messages) for asked in model.chats)
