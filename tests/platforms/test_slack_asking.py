"""Commands, buttons, menus and forms on Slack: acknowledged in time, answered once, and no typed text is ever lost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from fakes import PIXEL
from patience import until
from slack_side import ANSWER_BUTTON, FORM, Day, day_on_slack
from slack_world import Cut, Delay, Error, Html, RateLimited, Status
from slack_world.values import Member

from adapters.slack_chat import door, uploads, words
from bot import texts
from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent, Incoming
from bot.domain.outgoing import (
    Action,
    Button,
    Choice,
    Field,
    FieldKind,
    Form,
    FormKind,
    Immediate,
    Picture,
    Received,
    Reply,
    Say,
)

PICTURE = Picture(PIXEL, "board.png", "A board.")
SETUP = Form(
    FormKind.SETUP,
    "",
    "Set up",
    (
        Field("channel", "Where", "C0TEST", kind=FieldKind.CHANNEL),
        Field("time", "When", "09:00", max_length=5),
        Field(
            "pack",
            "What",
            "b,c",
            kind=FieldKind.CHOICES,
            choices=(Choice("a", "Pack A"), Choice("b", "Pack B"), Choice("c", "Pack C")),
        ),
        Field("note", "Anything else", required=False),
    ),
    "Show me a preview",
)


@pytest.fixture
async def day() -> AsyncIterator[Day]:
    async with day_on_slack() as day:
        yield day


@pytest.fixture(params=["socket", "http"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Day]:
    async with day_on_slack(request.param) as day:
        yield day


def answering(kind: type[Incoming], answer: Immediate) -> Any:
    return lambda event: answer if isinstance(event, kind) else None


async def whispered(day: Day, to: Member) -> list[str]:
    """The private words somebody saw, once there are some."""
    await until(lambda: day.slack.ephemerals(to))
    return [one.words for one in day.slack.ephemerals(to)]


# ---------------------------------------------------------------- commands


async def test_a_command_without_words_brings_help(day: Day) -> None:
    await day.slack.command(day.ada, day.study, "/study", "")

    (called,) = day.side.intake.of(CommandCalled)
    assert called.path == ("study", "help")


async def test_options_reach_the_core_as_it_declared_them(day: Day) -> None:
    await day.slack.command(day.ada, day.study, "/study-admin", "setup channel:#study time:09:00 days:mon-fri")

    (called,) = day.side.intake.of(CommandCalled)
    assert called.path == ("study-admin", "setup")
    assert dict(called.options) == {"channel": day.study.id, "time": "09:00", "days": "mon-fri"}


async def test_a_channel_is_found_by_its_notation_its_name_and_its_id(day: Day) -> None:
    study = day.study
    for typed in (f"<#{study.id}|study>", "#Study", "study", study.id):
        await day.slack.command(day.ada, study, "/study-admin", f"setup channel:{typed}")

    assert {called.options["channel"] for called in day.side.intake.of(CommandCalled)} == {study.id}


async def test_a_channel_nobody_knows_is_explained(day: Day) -> None:
    await day.slack.command(day.ada, day.study, "/study-admin", "setup channel:#studdy")

    assert await whispered(day, day.ada) == [words.unknown_channel("#studdy").replace("\\", "")]
    assert day.side.intake.of(CommandCalled) == []


async def test_a_mistyped_command_is_explained_kindly(day: Day) -> None:
    await day.slack.command(day.ada, day.study, "/study-admin", "pause tomorrow")

    assert "name:value" in (await whispered(day, day.ada))[0]
    assert day.side.intake.of(CommandCalled) == []


async def test_a_reply_for_all_stands_in_the_channel(day: Day) -> None:
    day.side.intake.answer = answering(CommandCalled, Reply("**Board of the week**", public=True))

    await day.slack.command(day.ada, day.study, "/leaderboard", "show:all")

    await until(lambda: day.slack.messages(day.study))
    assert [one.words for one in day.slack.messages(day.study)] == ["Board of the week"]


async def test_a_picture_stands_in_the_message_itself_in_private_and_for_all(day: Day) -> None:
    for public in (False, True):
        day.side.intake.answer = answering(CommandCalled, Reply("**Board**", (ANSWER_BUTTON,), public, PICTURE))
        await day.slack.command(day.ada, day.study, "/leaderboard", "")

    await until(lambda: day.slack.messages(day.study) and day.slack.ephemerals(day.ada))
    for shown in (day.slack.messages(day.study)[0], day.slack.ephemerals(day.ada)[0]):
        text, picture, buttons = shown.blocks
        assert (text["type"], buttons["type"]) == ("rich_text", "actions")
        assert picture["alt_text"] == "A board."
        file = day.slack.books.files[picture["slack_file"]["id"]]
        assert (file.content, file.name, file.alt_text) == (PIXEL, "board.png", "A board.")


@pytest.mark.parametrize(
    ("method", "trouble"),
    [
        ("files.getUploadURLExternal", Error("missing_scope")),
        ("files.getUploadURLExternal", RateLimited(30)),
        ("files.upload", Status(500)),
        ("files.completeUploadExternal", Error("file_not_found")),
        ("files.info", Html()),
        ("response_url", Status(400, "invalid_blocks")),
    ],
)
async def test_a_text_is_said_once_whatever_slack_does_with_its_picture(day: Day, method: str, trouble: Any) -> None:
    day.slack.script(method, trouble)
    day.side.intake.answer = answering(CommandCalled, Reply("**Board**", picture=PICTURE))

    await day.slack.command(day.ada, day.study, "/leaderboard", "")

    assert await whispered(day, day.ada) == ["Board"]


async def test_a_file_slack_does_not_finish_with_holds_no_text_back(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PAUSES", (0.0, 0.0))
    day.slack.books.looks_needed = 10
    day.side.intake.answer = answering(CommandCalled, Reply("**Board**", picture=PICTURE))

    await day.slack.command(day.ada, day.study, "/leaderboard", "")

    assert await whispered(day, day.ada) == ["Board"]
    assert [block["type"] for block in day.slack.ephemerals(day.ada)[0].blocks] == ["rich_text"]


async def test_a_long_reply_comes_in_parts_with_its_buttons_under_the_last(day: Day) -> None:
    text = "\n".join(f"line {number} of a long reply" for number in range(300))
    day.side.intake.answer = answering(CommandCalled, Reply(text, (ANSWER_BUTTON,)))

    await day.slack.command(day.ada, day.study, "/study", "progress")

    await until(lambda: len(day.slack.ephemerals(day.ada)) == 3)
    parts = day.slack.ephemerals(day.ada)
    assert "\n".join(one.words.removesuffix("\nAnswer") for one in parts) == text
    assert [list(one.buttons) for one in parts] == [[], [], ["Answer"]]


async def test_x059_a_command_is_acknowledged_while_the_database_waits_and_its_answer_follows(either: Day) -> None:
    either.side.intake.gate = asyncio.Event()
    either.side.intake.answer = answering(CommandCalled, Reply("Here it is."))

    call = await either.slack.command(either.ada, either.study, "/study", "today")

    assert call.acked
    assert either.slack.ephemerals(either.ada) == []
    either.side.intake.gate.set()
    assert await whispered(either, either.ada) == ["Here it is."]
    # The limit is Slack's; how long it takes on this machine says nothing, but what we wait for by ourselves does.
    assert door.PATIENCE_SECONDS == 1.5


async def test_a_command_that_could_not_be_stored_is_answered_in_words(either: Day) -> None:
    await either.slack.join(either.ada, either.slack.add_channel("other"))
    either.side.intake.away = True

    call = await either.slack.command(either.ada, either.study, "/study", "today")

    assert call.acked
    assert await whispered(either, either.ada) == [texts.try_again()]


async def test_x115_a_bug_of_ours_is_answered_in_words_without_a_trace(day: Day) -> None:
    def broken(event: Incoming) -> None:
        if isinstance(event, CommandCalled):
            raise LookupError("SELECT secret FROM somewhere")

    day.side.intake.answer = broken

    await day.slack.command(day.ada, day.study, "/study", "today")

    [said] = await whispered(day, day.ada)
    [reference] = re.findall(r"\(reference ([0-9a-f]{8})\)", said)
    assert said == texts.try_again(reference)


async def test_x104_a_command_that_comes_twice_is_answered_once(either: Day) -> None:
    either.side.intake.answer = answering(CommandCalled, Reply("Posted."))

    call = await either.slack.command(either.ada, either.study, "/study-admin", "post")
    await either.slack.again(call)

    assert len(either.side.intake.of(CommandCalled)) == 1
    assert await whispered(either, either.ada) == ["Posted."]
    assert all(attempt.acked for attempt in call.attempts)


async def test_where_slacks_own_way_to_answer_is_closed_the_channel_is_used(day: Day) -> None:
    day.side.intake.answer = answering(CommandCalled, Reply("Here it is."))
    day.slack.script("response_url", Status(404))

    await day.slack.command(day.ada, day.study, "/study", "today")

    assert await whispered(day, day.ada) == ["Here it is."]
    assert len(day.slack.calls("chat.postEphemeral")) == 1


async def test_a_command_where_the_bot_is_not_inside_is_answered_all_the_same(day: Day) -> None:
    elsewhere = day.slack.add_channel("elsewhere", bot_inside=False)
    day.side.intake.answer = answering(CommandCalled, Reply("Here it is."))

    await day.slack.command(day.ada, elsewhere, "/study", "today")

    assert await whispered(day, day.ada) == ["Here it is."]


# ---------------------------------------------------------------- who may


async def test_x098_a_right_is_asked_fresh_for_each_command_of_organisers(day: Day) -> None:
    olga = day.slack.add_member("Olga", admin=True)
    await day.slack.command(olga, day.study, "/study-admin", "health")
    day.slack.subscribed.discard("user_change")
    await day.slack.make_admin(olga, False)

    await day.slack.command(olga, day.study, "/study-admin", "health")
    await day.slack.command(olga, day.study, "/leaderboard", "show:all")

    assert [one.person.organiser for one in day.side.intake.of(CommandCalled)] == [True, False, False]


async def test_whoever_cannot_be_asked_about_is_no_organiser(day: Day) -> None:
    olga = day.slack.add_member("Olga", admin=True)
    day.slack.script("users.info", Error("internal_error"), for_ever=True)

    await day.slack.command(olga, day.study, "/study-admin", "post")
    await day.slack.command(olga, day.study, "/study", "help")

    assert await whispered(day, olga) == [texts.try_again()]
    (called,) = day.side.intake.of(CommandCalled)
    assert not called.person.organiser


@pytest.mark.parametrize("trait", ["restricted", "foreign"])
async def test_x071_guests_and_foreign_admins_are_no_organisers(day: Day, trait: str) -> None:
    if trait == "restricted":
        guest = day.slack.add_member("Gus", admin=True, restricted=True)
    else:
        guest = day.slack.add_member("Zoe", owner=True, team=day.slack.add_foreign_team("Acme"))
    day.study.members.append(guest)

    await day.slack.command(guest, day.study, "/study-admin", "post")

    (called,) = day.side.intake.of(CommandCalled)
    assert not called.person.organiser
    assert called.person.user.workspace == day.slack.team.id


# ---------------------------------------------------------------- buttons and menus


async def test_a_button_in_a_thread_is_answered_there(day: Day) -> None:
    question = await day.question()
    await day.slack.write(day.ada, day.study, "an answer", thread=question)
    day.side.intake.answer = answering(ButtonPressed, Reply("**7 of 10**"))
    await day.adapter.chat.deliver(
        Say(
            "comment:1",
            day.side.thread(day.study.id, question.ts),
            "Thank you!",
            buttons=(Button(Action.FULL_REVIEW, "My full review", "3"),),
        )
    )
    comment = day.slack.posted[-1]

    await day.slack.press(day.ada, comment, "My full review")

    (pressed,) = day.side.intake.of(ButtonPressed)
    assert (pressed.action, pressed.target) == (Action.FULL_REVIEW, "3")
    assert pressed.message == day.side.message(day.study.id, comment.ts)
    assert pressed.thread == day.side.thread(day.study.id, question.ts)
    await until(lambda: day.slack.ephemerals(day.ada))
    (whisper,) = day.slack.ephemerals(day.ada)
    assert whisper.thread_ts == question.ts


@pytest.mark.parametrize("code", ["sb0:answer:7", "sb1:dance:7", "answer_7", "sb1:answer"])
async def test_x072_a_button_of_another_version_is_met_with_kind_words(day: Day, code: str) -> None:
    question = await day.question()
    question.blocks = [
        {
            "type": "actions",
            "block_id": "old",
            "elements": [{"type": "button", "action_id": code, "text": {"type": "plain_text", "text": "Old"}}],
        }
    ]

    pressed = await day.slack.press(day.ada, question, "Old")

    assert pressed.acked
    if code == "sb1:answer":
        (event,) = day.side.intake.of(ButtonPressed)
        assert event.target == ""
    else:
        assert await whispered(day, day.ada) == [texts.stale_button().replace("`", "")]


async def test_a_menu_on_a_message_brings_its_words_and_author(day: Day) -> None:
    question = await day.question()
    written = await day.slack.write(day.ada, day.study, "a < b", thread=question)
    day.side.intake.answer = answering(ButtonPressed, Reply("Counted."))

    await day.slack.shortcut(day.ada, "sb1:count:", written)

    (pressed,) = day.side.intake.of(ButtonPressed)
    assert (pressed.action, pressed.text) == (Action.COUNT_AS_ANSWER, "a < b")
    assert pressed.author == day.side.user(day.ada.id)
    assert pressed.message == day.side.message(day.study.id, written.ts)
    assert pressed.thread == day.side.thread(day.study.id, question.ts)
    assert await whispered(day, day.ada) == ["Counted."]


async def test_a_menu_that_counts_a_message_signs_it(day: Day) -> None:
    question = await day.question()
    written = await day.slack.write(day.ada, day.study, "a map", thread=question)
    ref = day.side.message(day.study.id, written.ts)
    day.side.intake.answer = answering(ButtonPressed, Received(ref))

    await day.slack.shortcut(day.ada, "sb1:count:", written)

    await until(lambda: written.reactions.get("eyes"))


async def test_a_menu_of_another_version_is_met_with_kind_words(day: Day) -> None:
    written = await day.slack.write(day.ada, day.study, "hello")

    await day.slack.shortcut(day.ada, "count_v0", written)

    assert await whispered(day, day.ada) == [texts.stale_button().replace("`", "")]


# ---------------------------------------------------------------- forms


async def test_a_form_that_came_too_late_to_open_is_offered_again(day: Day) -> None:
    day.side.intake.answer = answering(ButtonPressed, FORM)
    question = await day.question()
    day.slack.script("views.open", Error("expired_trigger_id"))

    await day.slack.press(day.ada, question, "Answer")

    await until(lambda: day.slack.ephemerals(day.ada))
    (whisper,) = day.slack.ephemerals(day.ada)
    assert texts.form_late() in whisper.words
    await day.slack.press(day.ada, whisper, "Answer")
    assert [view.asked for view in day.slack.views(day.ada)] == [{"answer": "Your answer"}]
    first, second = day.side.intake.of(ButtonPressed)
    assert (first.action, first.target) == (second.action, second.target)


@pytest.mark.parametrize("trouble", [Status(500), Cut(), RateLimited(30)])
async def test_a_form_slack_could_not_open_is_offered_again(day: Day, trouble: Any) -> None:
    day.side.intake.answer = answering(ButtonPressed, FORM)
    question = await day.question()
    day.slack.script("views.open", trouble)

    await day.slack.press(day.ada, question, "Answer")

    assert texts.form_late() in (await whispered(day, day.ada))[0]


async def test_a_form_without_a_button_that_came_too_late_asks_for_the_command_once_more(day: Day) -> None:
    day.side.intake.answer = answering(CommandCalled, replace(FORM, again=None))
    day.slack.script("views.open", Error("expired_trigger_id"))

    await day.slack.command(day.ada, day.study, "/study", "answer")

    assert await whispered(day, day.ada) == [texts.command_late()]


async def test_a_form_stays_open_with_its_text_when_it_could_not_be_stored(either: Day) -> None:
    either.side.intake.answer = answering(ButtonPressed, FORM)
    question = await either.question()
    await either.slack.press(either.ada, question, "Answer")
    (view,) = either.slack.views(either.ada)
    either.side.intake.away = True

    await either.slack.submit(either.ada, view, {"answer": "a long answer"})

    assert either.slack.views(either.ada) == [view]
    assert view.errors == {"answer": words.FORM_FAILED}
    either.side.intake.away = False
    await either.slack.submit(either.ada, view, {"answer": "a long answer"})
    assert either.slack.views(either.ada) == []
    (sent,) = either.side.intake.of(FormSent)
    assert sent.fields["answer"] == "a long answer"


async def test_a_form_that_takes_long_to_store_stays_open_and_is_recognised_the_second_time(day: Day) -> None:
    day.side.intake.answer = answering(ButtonPressed, FORM)
    question = await day.question()
    await day.slack.press(day.ada, question, "Answer")
    (view,) = day.slack.views(day.ada)
    day.side.intake.gate = asyncio.Event()

    await day.slack.submit(day.ada, view, {"answer": "a long answer"})
    assert view.errors == {"answer": words.FORM_SLOW}
    day.side.intake.gate.set()
    await until(lambda: day.side.intake.of(FormSent))
    await day.slack.submit(day.ada, view, {"answer": "a long answer"})

    first, second = day.side.intake.of(FormSent)
    assert first.submission == second.submission


async def test_a_changed_text_is_another_sending(day: Day) -> None:
    day.side.intake.answer = answering(ButtonPressed, FORM)
    question = await day.question()
    await day.slack.press(day.ada, question, "Answer")
    (view,) = day.slack.views(day.ada)
    day.side.intake.away = True
    await day.slack.submit(day.ada, view, {"answer": "one"})
    day.side.intake.away = False

    sent = await day.slack.submit(day.ada, view, {"answer": "two"})
    await day.slack.again(sent)

    first, second = day.side.intake.of(FormSent)
    assert first.submission == second.submission
    assert first.submission.startswith(f"{view.id}:")
    assert len(first.submission) <= 120


async def test_a_form_with_more_text_than_slack_holds_in_one_input_loses_none(day: Day) -> None:
    text = "".join(f"sentence {number}. " for number in range(500))
    field = Field("answer", "Your answer", text, multiline=True, max_length=20_000)
    day.side.intake.answer = answering(ButtonPressed, Form(FormKind.ANSWER, "7", "Why?", (field,), "Send"))
    question = await day.question()

    await day.slack.press(day.ada, question, "Answer")
    (view,) = day.slack.views(day.ada)
    assert len(view.inputs) > 2
    await day.slack.submit(day.ada, view, {})

    (sent,) = day.side.intake.of(FormSent)
    assert sent.fields["answer"] == text


async def test_the_four_questions_of_the_setup_come_back_as_values(day: Day) -> None:
    olga = day.slack.add_member("Olga", admin=True)
    day.side.intake.answer = answering(CommandCalled, SETUP)

    await day.slack.command(olga, day.study, "/study-admin", "setup")
    (view,) = day.slack.views(olga)
    await day.slack.submit(olga, view, {"channel": day.study.id, "time": "08:30", "pack": ["a", "c"]})

    (sent,) = day.side.intake.of(FormSent)
    assert sent.kind is FormKind.SETUP
    assert dict(sent.fields) == {"channel": day.study.id, "time": "08:30", "pack": "a,c", "note": ""}
    assert sent.place == day.side.channel(day.study.id)


async def test_what_stood_in_a_form_comes_back_as_it_was(day: Day) -> None:
    olga = day.slack.add_member("Olga", admin=True)
    day.side.intake.answer = answering(CommandCalled, SETUP)

    await day.slack.command(olga, day.study, "/study-admin", "setup")
    (view,) = day.slack.views(olga)
    await day.slack.submit(olga, view, {})

    (sent,) = day.side.intake.of(FormSent)
    assert dict(sent.fields) == {"channel": "C0TEST", "time": "09:00", "pack": "b,c", "note": ""}


async def test_x099_a_form_with_forged_contents_is_answered_kindly(day: Day) -> None:
    day.side.intake.answer = answering(ButtonPressed, FORM)
    question = await day.question()
    await day.slack.press(day.ada, question, "Answer")
    (view,) = day.slack.views(day.ada)
    view.content["private_metadata"] = '{"kind": "other"}'

    await day.slack.submit(day.ada, view, {"answer": "an answer"})

    assert day.side.intake.of(FormSent) == []
    assert list(view.errors) == ["answer"]


async def test_the_receipt_of_a_form_reaches_people_where_the_bot_is_not_inside(day: Day) -> None:
    elsewhere = day.slack.add_channel("elsewhere", bot_inside=False)

    def answer(event: Incoming) -> Immediate:
        return FORM if isinstance(event, CommandCalled) else Reply("Your answer is stored.")

    day.side.intake.answer = answer
    await day.slack.command(day.ada, elsewhere, "/study", "answer")
    (view,) = day.slack.views(day.ada)

    await day.slack.submit(day.ada, view, {"answer": "an answer"})

    await until(lambda: day.slack.dms(day.ada))
    assert [one.words for one in day.slack.dms(day.ada)] == ["Your answer is stored."]


async def test_closing_a_form_and_unknown_events_are_acknowledged(day: Day) -> None:
    day.side.intake.answer = answering(ButtonPressed, FORM)
    question = await day.question()
    await day.slack.press(day.ada, question, "Answer")
    (view,) = day.slack.views(day.ada)

    await day.slack.close(day.ada, view)
    delivered = await day.slack.react(day.ada, question, "tada")

    assert delivered.acked


async def test_a_slow_slack_holds_no_acknowledgement_up(day: Day) -> None:
    day.side.intake.answer = answering(CommandCalled, Reply("Here it is."))
    day.slack.script("response_url", Delay(3))

    call = await day.slack.command(day.ada, day.study, "/study", "today")

    assert call.acked
    assert await whispered(day, day.ada) == ["Here it is."]
