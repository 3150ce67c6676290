"""Our stand-ins behave like what they stand in for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from fakes import FrozenClock, RecordingChat, ScriptedReviewer, covering, missing
from group import GOOD, question

from bot.domain.errors import NotNow, Refused
from bot.domain.outgoing import Edit, OpenThread, Outgoing, Post, Remove, Say, Whisper
from bot.domain.refs import ChannelRef, MessageRef, ThreadRef, UserRef
from bot.domain.reviews import Gate, Verdict, checked, score

CHANNEL = ChannelRef("test", "one", "study")
THREAD = ThreadRef("test", "one", "study", "t1")
ADA = UserRef("test", "one", "u-ada")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def message(id: str) -> MessageRef:
    return MessageRef("test", "one", "study", id)


def test_a_frozen_clock_moves_only_when_told() -> None:
    clock = FrozenClock(NOW)

    first, second = clock.now(), clock.now()
    clock.move(hours=1, minutes=30)
    moved = clock.now()
    clock.set(NOW)

    assert first == second == clock.now()
    assert moved.hour == 9
    assert moved.minute == 30


async def test_a_chat_shows_what_was_said_where() -> None:
    chat = RecordingChat()

    post = await chat.deliver(Post("p", CHANNEL, "A question"))
    await chat.deliver(Say("comment:1:1", THREAD, "Thanks"))
    await chat.deliver(Whisper("w", ADA, CHANNEL, "Welcome"))

    assert [each.id for each in chat.posts("study")] == [post]
    assert chat.posts("other") == []
    assert [each.text for each in chat.said(THREAD)] == ["Thanks"]
    assert [each.text for each in chat.comments()] == ["Thanks"]
    assert [each.text for each in chat.whispers(ADA)] == ["Welcome"]
    assert chat.whispers(UserRef("test", "one", "u-ben")) == []


async def test_a_chat_edits_and_removes_and_says_when_a_message_is_gone() -> None:
    chat = RecordingChat()
    id = await chat.deliver(Post("p", CHANNEL, "old"))

    await chat.deliver(Edit("e", message(id), "new"))
    edited = chat.posts()[0].text
    await chat.deliver(Remove("r", message(id)))
    await chat.deliver(Remove("r", message(id)))

    assert edited == "new"
    assert chat.posts() == []
    with pytest.raises(Refused):
        await chat.deliver(Edit("e2", message(id), "too late"))


async def test_a_chat_finds_what_arrived_and_a_thread_that_is_open() -> None:
    chat = RecordingChat()
    item, thread = Post("p", CHANNEL, "A question"), OpenThread("t", message("m1"), "thread")

    before = await chat.find(item, NOW), await chat.find(thread, NOW)
    id, opened = await chat.deliver(item), await chat.deliver(thread)
    after = await chat.find(item, NOW), await chat.find(thread, NOW)

    assert before == (None, None)
    assert after == (id, opened)
    assert await chat.deliver(thread) == opened


async def test_trouble_comes_before_the_message_stands_and_a_cut_line_after() -> None:
    def fail(item: Outgoing) -> None:
        raise NotNow("away")

    before, after = RecordingChat(trouble=fail), RecordingChat(after=fail)

    for chat in (before, after):
        with pytest.raises(NotNow):
            await chat.deliver(Post("p", CHANNEL, "A question"))

    assert before.posts() == []
    assert len(after.posts()) == 1


async def test_a_reviewer_follows_its_script_and_then_covers_everything() -> None:
    asked = question("x")
    reviewer = ScriptedReviewer()
    reviewer.script.extend([NotNow("away"), missing(asked, Gate.OFF_TOPIC)])

    with pytest.raises(NotNow):
        await reviewer.review(asked, GOOD)
    scripted, usual = await reviewer.review(asked, GOOD), await reviewer.review(asked, GOOD)

    assert reviewer.asked == [GOOD, GOOD, GOOD]
    assert scripted.gate is Gate.OFF_TOPIC
    assert score(asked, usual) == 1.0
    assert checked(asked, usual, GOOD) == usual


async def test_a_reviewer_waits_at_its_gate() -> None:
    reviewer = ScriptedReviewer(gate=asyncio.Event())
    asking = asyncio.create_task(reviewer.review(question("x"), GOOD))

    await reviewer.begun.wait()
    waits = not asking.done()
    assert reviewer.gate is not None
    reviewer.gate.set()

    assert waits
    assert (await asking).points


def test_a_review_covers_as_much_as_it_is_told() -> None:
    asked = question("x")

    assert {point.verdict for point in covering(asked, GOOD).points} == {Verdict.COVERED}
    assert {point.verdict for point in covering(asked, GOOD, 0.5).points} == {Verdict.PARTIAL}
    assert score(asked, covering(asked, GOOD, 0.5)) == 0.5
    assert score(asked, missing(asked)) == 0.0
