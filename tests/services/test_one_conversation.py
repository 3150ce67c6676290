"""Rounds of several groups in one conversation, as on Discord, where all servers of a member share it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from firms import company
from group import FixedQuestions, Study, study
from interview import LONG, Interview

from bot.app import KnownCompanies
from bot.domain.incoming import MessagePosted, Replied
from bot.domain.outgoing import Action, Immediate, Received
from bot.domain.refs import MessageRef, Person, ThreadRef
from bot.services.conducting import saying_key
from bot.shelves import Round
from bot.storage.engine import Database


@dataclass
class Both:
    """One person with a round in each of two groups; everything is said by the bot of the first."""

    here: Interview
    there: Interview

    async def rounds(self) -> tuple[Round, Round]:
        return await self.here.latest(), await self.there.latest()

    async def write(self, text: str, reply_to: str | None = None) -> Immediate:
        """In the conversation, which does not tell a workspace."""
        group, room = self.here.group, replace(self.here.room, workspace="")
        author = Person(replace(self.here.person.user, workspace=""), "Ada")
        ref = replace(group.new_message(self.here.room), workspace="")
        replied = Replied(MessageRef(ref.platform, "", ref.channel, reply_to), ours=True) if reply_to else None
        reply = await group.receive(MessagePosted(ref, room, author, text, group.clock.now(), replied))
        await group.settle()
        return reply

    async def question_of(self, round: Round) -> str:
        """The id of the message with the question that waits."""
        key = saying_key(round.id, round.asked_by)
        sending = await self.here.group.core.storage.read(lambda tx: tx.delivery.by_key(round.group, key))
        assert sending is not None
        assert sending.sent_id is not None
        return sending.sent_id

    async def heard(self, round: Round) -> list[str]:
        """What counts as answers of a round."""
        turns = await self.here.group.core.storage.read(lambda tx: tx.rounds.turns(round.group, round.id))
        return [turn.text for turn in turns if turn.kind == "answer"]


@pytest.fixture
async def both(database: Database) -> AsyncIterator[Both]:
    companies = KnownCompanies([company()])
    async with (
        study(database, questions=FixedQuestions(6), companies=companies) as here,
        study(database, questions=FixedQuestions(6), companies=companies, workspace="two") as there,
    ):
        both = Both(Interview(here), Interview(there))
        await both.here.begin()
        await there.call(both.there.person, "mock", round="backend")
        await here.settle()
        await share_one_conversation(here, *await both.rounds())
        yield both


async def share_one_conversation(group: Study, first: Round, second: Round) -> None:
    assert first.room is not None
    room = ThreadRef(second.user.platform, second.user.workspace, first.room.channel, first.room.id)
    await group.core.storage.write(lambda tx: tx.rounds.change(replace(second, room=room)))


async def test_the_first_words_of_a_second_group_tell_where_it_was_opened(both: Both) -> None:
    first, second = [opened.text for _, opened in both.here.group.chat.rooms()]

    assert "Group one" not in first
    assert "Group two" in second


async def test_words_that_may_be_meant_for_either_are_asked_about_and_count_for_none(both: Both) -> None:
    reply = await both.write(LONG)

    first, second = await both.rounds()
    assert reply is None
    assert await both.heard(first) == await both.heard(second) == []
    [asked] = [each.text for each in both.here.group.chat.said() if "which one you mean" in each.text]
    assert "Group one" in asked
    assert "Group two" in asked


@pytest.mark.parametrize("which", [0, 1])
async def test_a_reply_goes_to_the_round_whose_words_it_answers(both: Both, which: int) -> None:
    rounds = await both.rounds()

    reply = await both.write(LONG, reply_to=await both.question_of(rounds[which]))

    assert isinstance(reply, Received)
    assert await both.heard(rounds[which]) == [LONG]
    assert await both.heard(rounds[1 - which]) == []


async def test_while_the_other_is_paused_words_go_to_the_one_that_runs(both: Both) -> None:
    first, second = await both.rounds()
    await both.there.group.press(both.there.person, Action.ROUND_PAUSE, str(second.id))

    await both.write(LONG)

    assert await both.heard(first) == [LONG]
    assert await both.heard(second) == []
