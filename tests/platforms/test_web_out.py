from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from studyroom import COMMENT, QUESTION, START, STUDY, House, open_house, thread_under

from bot.domain.errors import Refused, RefusedBecause
from bot.domain.outgoing import Action, Button, Edit, OpenThread, Outgoing, Post, Remove, Say, Whisper
from bot.domain.refs import ChannelRef, MessageRef, ThreadRef, UserRef

BEA = UserRef("web", "room", "bea")
SINCE = START - timedelta(hours=1)
NOWHERE = MessageRef("web", "room", "study", "4711")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def test_each_key_speaks_once_and_is_found_again(house: House) -> None:
    question = await house.ask_question()
    thread = thread_under(question)
    items: list[Outgoing] = [
        Post("post", STUDY, "text"),
        OpenThread("open", question, "name"),
        Say("say", thread, COMMENT),
        Whisper("whisper", BEA, STUDY, "for you"),
        Edit("edit", question, "new text"),
    ]

    for item in items:
        first, again = await house.room.chat.deliver(item), await house.room.chat.deliver(item)
        assert first == again == await house.room.chat.find(item, SINCE)

    assert len(await house.store.messages("study", "bea", None)) == 3
    assert len(await house.store.messages("study", "bea", question.id)) == 1


async def test_what_was_never_delivered_is_not_found(house: House) -> None:
    for item in (Post("p", STUDY, "x"), Remove("r", NOWHERE), Edit("e", NOWHERE, "x"), OpenThread("o", NOWHERE, "x")):
        assert await house.room.chat.find(item, SINCE) is None


async def test_removing_twice_is_fine_and_both_are_found(house: House) -> None:
    question = await house.ask_question()

    for _ in range(2):
        assert await house.room.chat.deliver(Remove("remove", question)) == question.id

    assert await house.room.chat.find(Remove("remove", question), SINCE) == question.id
    assert await house.room.chat.deliver(Remove("gone", NOWHERE)) == NOWHERE.id


@pytest.mark.parametrize("gone", ["never there", "deleted"])
async def test_what_needs_a_message_that_is_gone_is_refused(house: House, gone: str) -> None:
    question = await house.ask_question() if gone == "deleted" else NOWHERE
    await house.room.chat.deliver(Remove("remove", question))
    thread = ThreadRef("web", "room", "study", question.id)

    for item in (
        Edit("e", question, "x"),
        OpenThread("o", question, "x"),
        Say("s", thread, "x"),
        Whisper("w", BEA, STUDY, "x", thread),
    ):
        with pytest.raises(Refused) as refused:
            await house.room.chat.deliver(item)
        assert refused.value.because is RefusedBecause.GONE


async def test_a_text_past_the_limit_is_refused(house: House) -> None:
    with pytest.raises(Refused) as refused:
        await house.room.chat.deliver(Post("long", STUDY, "x" * (house.room.chat.traits.text_limit + 1)))

    assert refused.value.because is RefusedBecause.TOO_LONG


async def test_only_a_channel_that_is_not_there_lacks_something(house: House) -> None:
    assert await house.room.chat.lacking(STUDY) == ()
    assert len(await house.room.chat.lacking(ChannelRef("web", "room", "elsewhere"))) == 1


async def test_an_edit_changes_text_and_buttons(house: House) -> None:
    question = await house.ask_question()

    await house.room.chat.deliver(Edit("edit", question, "closed", (Button(Action.POST_NOW, "Post"),)))

    message = await house.store.get(question.id)
    assert message is not None
    assert (message.text, [button.label for button in message.buttons]) == ("closed", ["Post"])
    assert message.text != QUESTION
