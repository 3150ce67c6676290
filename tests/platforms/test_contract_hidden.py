"""The same contract where answers are hidden: on no platform is anybody shown an answer before they have answered, or
before the close (F13)."""

from __future__ import annotations

import pytest
from group import GOOD
from stage import Answered, Play, Seen, Somebody

from bot import texts

ADAS = "A leaky bucket smooths the bursts before they reach the workers."
BOBS = "Sliding windows count requests more fairly than fixed windows do."


@pytest.fixture
async def hidden(play: Play) -> Play:
    """A group whose newest question hides answers."""
    preview = await play.preview(answers="hidden")
    await play.stage.press(play.olga, preview, texts.label_confirm_setup())
    await play.stage.command(play.olga, "/study-admin post")
    await play.settle()
    play.question = await play.newest_question()
    return play


async def seen_by(play: Play, reader: Somebody) -> str:
    """All that a reader sees: the channel, the thread, and what only they were shown."""
    there = [*await play.stage.channel(reader), *await play.thread(reader), *await play.stage.private(reader)]
    return "\n".join(each.text for each in there)


def last(said: Answered) -> Seen:
    return said.private[-1]


async def test_f13_nobody_sees_an_answer_before_answering(hidden: Play) -> None:
    play = hidden
    ada, bob, carl = [await play.stage.member(name) for name in ("Ada", "Bob", "Carl")]

    receipt = await play.by_form(ada, ADAS)
    await play.settle()
    await play.by_form(bob, BOBS)
    await play.settle()

    asked = await play.stage.command(carl, "/study answers")
    for reader in (carl, play.olga):
        words = await seen_by(play, reader)
        assert "leaky" not in words
        assert "Sliding" not in words
    assert "Sliding" not in await seen_by(play, ada)
    assert texts.answer_first() in asked.text
    reviewed = await play.stage.press(ada, last(receipt), texts.label_full_review())
    assert "10 of 10" in reviewed.text


async def test_f13_after_ones_own_answer_the_others_are_read_privately(hidden: Play) -> None:
    play = hidden
    ada, bob = await play.stage.member("Ada"), await play.stage.member("Bob")
    await play.by_form(ada, ADAS)
    receipt = await play.by_form(bob, BOBS)

    read = await play.stage.press(bob, last(receipt), texts.label_read_answers())
    again = await play.stage.command(bob, "/study answers")

    assert "leaky bucket" in read.text
    assert "leaky bucket" in again.text
    assert read.public == again.public == ()


async def test_f13_at_the_close_everybody_reads_them(hidden: Play) -> None:
    play = hidden
    ada, carl = await play.stage.member("Ada"), await play.stage.member("Carl")
    await play.by_form(ada, ADAS)
    await play.settle()

    await play.pass_time(days=7, minutes=10)

    opened = [each for each in await play.thread(carl) if texts.label_read_answers() in each.buttons]
    assert "leaky bucket" in opened[-1].text
    assert "leaky bucket" in (await play.stage.press(carl, opened[-1], texts.label_read_answers())).text


async def test_f13_an_answer_in_the_thread_is_not_counted(hidden: Play) -> None:
    play = hidden
    ada = await play.stage.member("Ada")

    await play.stage.write(ada, GOOD, under=play.question)
    await play.settle()

    told = [each for each in await play.stage.private(ada) if texts.answer_with_the_form()[:40] in each.text]
    assert len(told) == 1
    assert await play.comments() == []
    assert await play.points(ada) == 0


async def test_the_best_answer_is_quoted_with_its_authors_consent(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.answer(ada, GOOD)
    (comment,) = await play.comments()
    review = await play.stage.press(ada, comment, texts.label_full_review())

    agreed = await play.stage.press(ada, last(review), texts.label_show_at_close())
    await play.pass_time(days=7, minutes=10)

    quoted = [each for each in await play.thread() if "consent" in each.text]
    assert texts.may_be_shown() in agreed.text
    assert len(quoted) == 1
    assert "Ada" in quoted[0].text
