"""An ordinary day on Slack, over both ways in which Slack brings it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from patience import until
from slack_side import ANSWER_BUTTON, FORM, Day, day_on_slack

from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent, MessageEdited, MessagePosted, MessagesDeleted
from bot.domain.outgoing import (
    Action,
    Edit,
    FormKind,
    OpenThread,
    Received,
    Remove,
    Reply,
    Say,
    Whisper,
)


@pytest.fixture(params=["socket", "http"])
async def day(request: pytest.FixtureRequest) -> AsyncIterator[Day]:
    async with day_on_slack(request.param) as day:
        yield day


async def test_a_question_stands_in_the_channel_with_its_button_and_words_for_notifications(day: Day) -> None:
    question = await day.question()

    assert "A question" in question.words
    assert "Why?" in question.text
    assert list(question.buttons) == ["Answer"]
    opened = await day.adapter.chat.deliver(
        OpenThread("thread:1", day.side.message(day.study.id, question.ts), "a name")
    )
    assert opened == question.ts


async def test_a_reply_in_a_thread_of_ours_is_told_with_name_zone_and_plain_text(day: Day) -> None:
    question = await day.question()

    written = await day.slack.write(day.ada, day.study, "a < b & see https://example.com", thread=question)

    (told,) = day.side.intake.of(MessagePosted)
    assert told.text == "a < b & see https://example.com"
    assert told.message == day.side.message(day.study.id, written.ts)
    assert told.thread == day.side.thread(day.study.id, question.ts)
    assert (told.author.name, told.author.zone) == ("Ada", "Europe/Berlin")
    assert written.delivery is not None
    assert written.delivery.acked


async def test_the_received_sign_gives_way_to_the_comment(day: Day) -> None:
    day.side.intake.answer = lambda event: Received(event.message) if isinstance(event, MessagePosted) else None
    question = await day.question()
    written = await day.slack.write(day.ada, day.study, "an answer", thread=question)
    await until(lambda: written.reactions.get("eyes"))

    await day.adapter.chat.deliver(
        Say(
            "comment:1",
            day.side.thread(day.study.id, question.ts),
            "Thank you!",
            day.side.message(day.study.id, written.ts),
        )
    )

    (comment,) = [one for one in day.slack.messages(day.study, thread=question) if one.user == day.slack.bot.id]
    assert comment.words == "Thank you!"
    await until(lambda: not written.reactions.get("eyes"))


async def test_a_full_review_is_seen_by_its_author_alone_in_the_thread(day: Day) -> None:
    question = await day.question()

    await day.adapter.chat.deliver(
        Whisper(
            "review:1",
            day.side.user(day.ada.id),
            day.side.channel(day.study.id),
            "**7 of 10**",
            day.side.thread(day.study.id, question.ts),
        )
    )

    (whisper,) = day.slack.ephemerals(day.ada)
    assert (whisper.words, whisper.thread_ts) == ("7 of 10", question.ts)


async def test_an_edit_and_a_deletion_are_told(day: Day) -> None:
    question = await day.question()
    written = await day.slack.write(day.ada, day.study, "an answer", thread=question)

    await day.slack.edit(written, "a better answer")
    await day.slack.delete(written)

    (edited,) = day.side.intake.of(MessageEdited)
    assert edited.text == "a better answer"
    (deleted,) = day.side.intake.of(MessagesDeleted)
    assert deleted.messages == (day.side.message(day.study.id, written.ts),)


async def test_our_messages_are_edited_and_removed(day: Day) -> None:
    question = await day.question()
    ref = day.side.message(day.study.id, question.ts)

    await day.adapter.chat.deliver(Edit("edit:1", ref, "Another question", (ANSWER_BUTTON,)))
    assert question.words.startswith("Another question")
    await day.adapter.chat.deliver(Remove("remove:1", ref))
    assert day.slack.messages(day.study) == []
    assert await day.adapter.chat.deliver(Remove("remove:1", ref)) == question.ts


async def test_a_command_is_answered_in_private(day: Day) -> None:
    day.side.intake.answer = lambda event: Reply("**Nothing** is open.") if isinstance(event, CommandCalled) else None

    call = await day.slack.command(day.ada, day.study, "/study", "today")

    (called,) = day.side.intake.of(CommandCalled)
    assert called.path == ("study", "today")
    assert called.place == day.side.channel(day.study.id)
    assert called.person.zone == "Europe/Berlin"
    assert call.acked
    await until(lambda: day.slack.ephemerals(day.ada))
    (whisper,) = day.slack.ephemerals(day.ada)
    assert whisper.words == "Nothing is open."


async def test_the_answer_button_opens_a_form_that_closes_once_it_is_stored(day: Day) -> None:
    day.side.intake.answer = lambda event: FORM if isinstance(event, ButtonPressed) else Reply("Your answer is stored.")
    question = await day.question()

    await day.slack.press(day.ada, question, "Answer")
    (view,) = day.slack.views(day.ada)
    assert view.asked == {"answer": "Your answer"}
    assert "Why does a hash map resize?" in view.words
    await day.slack.submit(day.ada, view, {"answer": "Because it fills up."})

    assert day.slack.views(day.ada) == []
    (pressed,) = day.side.intake.of(ButtonPressed)
    assert (pressed.action, pressed.target) == (Action.ANSWER, "7")
    (sent,) = day.side.intake.of(FormSent)
    assert (sent.kind, sent.target, dict(sent.fields)) == (FormKind.ANSWER, "7", {"answer": "Because it fills up."})
    assert sent.place == day.side.channel(day.study.id)
    await until(lambda: [one.words for one in day.slack.ephemerals(day.ada)] == ["Your answer is stored."])
