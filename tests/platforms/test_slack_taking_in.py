"""Taking in what people write on Slack: acknowledged when it is stored, once each, and nothing that is not ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from patience import until
from slack_side import Day, day_on_slack
from slack_world import Delay, Error, Status

from bot.domain.incoming import Incoming, MessageEdited, MessagePosted, MessagesDeleted, PlaceGone, SpaceJoined
from bot.domain.outgoing import Received, Reply


@pytest.fixture
async def day() -> AsyncIterator[Day]:
    async with day_on_slack() as day:
        yield day


@pytest.fixture(params=["socket", "http"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Day]:
    async with day_on_slack(request.param) as day:
        yield day


# ---------------------------------------------------------------- acknowledging


async def test_x015_no_ack_before_the_event_is_stored(either: Day) -> None:
    question = await either.question()
    either.side.intake.gate = asyncio.Event()
    either.slack.waits = False

    written = await either.slack.write(either.ada, either.study, "an answer", thread=question)
    await until(lambda: either.side.intake.asked)

    assert written.delivery is not None
    assert not written.delivery.acked
    either.side.intake.gate.set()
    await until(lambda: written.delivery is not None and written.delivery.acked)
    assert len(either.side.intake.of(MessagePosted)) == 1


async def test_x013_what_could_not_be_stored_is_delivered_again_and_stored_then(either: Day) -> None:
    question = await either.question()
    either.side.intake.away = True
    either.slack.ack_seconds, either.slack.retry_pauses = 1, (0.05,) * 200
    either.slack.waits = False

    written = await either.slack.write(either.ada, either.study, "an answer", thread=question)
    await until(lambda: either.side.intake.asked >= 2)
    assert written.delivery is not None
    assert not written.delivery.acked
    either.side.intake.away = False

    await until(lambda: written.delivery is not None and written.delivery.acked)
    assert {one.message.id for one in either.side.intake.of(MessagePosted)} == {written.ts}


@pytest.mark.fault(14, 16, 17)
async def test_x016_copies_are_told_alike_so_that_the_core_recognises_them(either: Day) -> None:
    question = await either.question()
    either.slack.deliver_times = 4

    written = await either.slack.write(either.ada, either.study, "an answer", thread=question)
    assert written.delivery is not None
    await either.slack.again(written.delivery)

    told = either.side.intake.of(MessagePosted)
    assert len(told) == 5
    assert len({(one.message, one.text, one.at) for one in told}) == 1
    assert all(attempt.acked for attempt in written.delivery.attempts)


async def test_x018_a_mention_of_the_bot_is_one_message_and_no_mention_of_a_member(day: Day) -> None:
    question = await day.question()

    written = await day.slack.write(day.ada, day.study, f"@{day.slack.bot.name} a map", thread=question)
    await day.slack.settled()

    assert {one.message.id for one in day.side.intake.of(MessagePosted)} == {written.ts}
    (told,) = day.side.intake.of(MessagePosted)
    assert told.mentions == ()


async def test_a_mention_of_a_member_is_told(day: Day) -> None:
    question = await day.question()
    bob = day.slack.add_member("Bob")

    await day.slack.write(day.ada, day.study, "as @Bob said, a map", thread=question)

    (told,) = day.side.intake.of(MessagePosted)
    assert told.mentions == (day.side.user(bob.id),)
    assert told.text == "as @somebody said, a map"


# ---------------------------------------------------------------- what does not concern us


async def test_talk_outside_of_our_threads_asks_nobody_anything(day: Day) -> None:
    root = await day.slack.write(day.ada, day.study, "lunch?")
    await day.question()
    day.side.intake.asked = 0
    calls = len(day.slack.requests)

    reply = await day.slack.write(day.ada, day.study, "yes please", thread=root)
    await day.slack.edit(reply, "no thanks")
    await day.slack.delete(reply)
    await day.slack.edit(root, "dinner?")

    assert day.side.intake.asked == 0
    assert len(day.slack.requests) == calls


async def test_x026_a_link_preview_changes_nothing(day: Day) -> None:
    question = await day.question()
    written = await day.slack.write(day.ada, day.study, "see https://example.com", thread=question)
    day.side.intake.asked = 0

    await day.slack.unfurl(written)

    assert day.side.intake.asked == 0


async def test_x030_our_own_words_other_bots_and_joins_are_no_answers(day: Day) -> None:
    question = await day.question()
    other = day.slack.add_member("Other", bot=True)
    await day.slack.join(other, day.study)

    await day.slack.write(other, day.study, "beep", thread=question)
    await day.slack.write(day.slack.bot, day.study, "our own echo", thread=question)
    await day.slack.settled()

    assert day.side.intake.of(MessagePosted) == []
    assert day.side.intake.of(MessageEdited) == []


async def test_a_reply_that_is_also_sent_to_the_channel_is_one_answer(day: Day) -> None:
    question = await day.question()

    written = await day.slack.write(day.ada, day.study, "an answer for all", thread=question, broadcast=True)

    (told,) = day.side.intake.of(MessagePosted)
    assert (told.message.id, told.thread) == (written.ts, day.side.thread(day.study.id, question.ts))


# ---------------------------------------------------------------- orders, places


async def test_x019_events_in_any_order_are_told_with_their_own_times(day: Day) -> None:
    question = await day.question()
    day.slack.waits = False
    day.slack.shuffle(7)

    written = await day.slack.write(day.ada, day.study, "first", thread=question)
    await day.slack.edit(written, "second")
    await day.slack.edit(written, "third")
    await day.slack.delete(written)
    await day.slack.settled()

    edits = sorted(day.side.intake.of(MessageEdited), key=lambda one: one.at)
    assert [one.text for one in edits] == ["second", "third"]
    (posted,), (deleted,) = day.side.intake.of(MessagePosted), day.side.intake.of(MessagesDeleted)
    assert posted.at < edits[0].at < edits[1].at < deleted.at


async def test_x029_a_deleted_question_is_told_with_and_without_replies(day: Day) -> None:
    bare = await day.question()
    answered = await day.question()
    await day.slack.write(day.ada, day.study, "an answer", thread=answered)

    await day.slack.delete(bare)
    await day.slack.delete(answered)

    gone = [one.messages[0].id for one in day.side.intake.of(MessagesDeleted)]
    assert gone == [bare.ts, answered.ts]


async def test_x029_a_channel_that_is_archived_deleted_or_left_is_told(day: Day) -> None:
    archived, deleted, left = (day.slack.add_channel(name) for name in ("one", "two", "three"))

    await day.slack.archive(archived)
    await day.slack.delete_channel(deleted)
    await day.slack.leave(day.slack.bot, left)

    gone = [one.place for one in day.side.intake.of(PlaceGone)]
    assert {place.id for place in gone} == {archived.id, deleted.id, left.id}


async def test_a_member_who_leaves_the_channel_stays_a_member(day: Day) -> None:
    await day.slack.leave(day.ada, day.study)

    assert [one for one in day.side.intake.told if not isinstance(one, SpaceJoined)] == []


async def test_x069_a_renamed_or_private_channel_goes_on_by_its_id(day: Day) -> None:
    hidden = day.slack.add_channel("hidden", private=True)
    await day.slack.join(day.ada, hidden)
    await day.slack.rename(hidden, "elsewhere")

    root = await day.question(hidden)
    await day.slack.write(day.ada, hidden, "an answer", thread=root)

    (told,) = day.side.intake.of(MessagePosted)
    assert told.message.channel == hidden.id


# ---------------------------------------------------------------- what is answered, and who somebody is


async def test_a_word_to_a_message_is_seen_by_its_author_alone_in_the_thread(day: Day) -> None:
    def answer(event: Incoming) -> Reply | None:
        return Reply("This question is closed.") if isinstance(event, MessageEdited) else None

    day.side.intake.answer = answer
    question = await day.question()
    written = await day.slack.write(day.ada, day.study, "an answer", thread=question)
    await day.slack.edit(written, "a better answer")

    await until(lambda: day.slack.ephemerals(day.ada))
    (whisper,) = day.slack.ephemerals(day.ada)
    assert (whisper.words, whisper.thread_ts) == ("This question is closed.", question.ts)


async def test_a_name_is_asked_once_and_an_answer_without_one_is_stored_all_the_same(day: Day) -> None:
    question = await day.question()
    day.slack.script("users.info", Status(500))

    await day.slack.write(day.ada, day.study, "one", thread=question)
    await day.slack.write(day.ada, day.study, "two", thread=question)
    await day.slack.write(day.ada, day.study, "three", thread=question)

    assert [one.author.name for one in day.side.intake.of(MessagePosted)] == ["", "Ada", "Ada"]
    assert len(day.slack.calls("users.info")) == 2


async def test_a_slow_answer_about_a_name_holds_no_message_up(day: Day) -> None:
    question = await day.question()
    day.slack.script("users.info", Delay(60))

    await day.slack.write(day.ada, day.study, "an answer", thread=question)

    (told,) = day.side.intake.of(MessagePosted)
    assert told.author.name == ""


async def test_a_sign_that_slack_refuses_does_no_harm(day: Day) -> None:
    day.side.intake.answer = lambda event: Received(event.message) if isinstance(event, MessagePosted) else None
    day.slack.script("reactions.add", Error("missing_scope"))
    question = await day.question()

    written = await day.slack.write(day.ada, day.study, "an answer", thread=question)
    await until(lambda: day.slack.calls("reactions.add"))

    assert written.delivery is not None
    assert written.delivery.acked


# ---------------------------------------------------------------- several workspaces


async def test_x070_the_same_ids_in_two_workspaces_are_not_confused(day: Day) -> None:
    other = day.slack.add_team("Other")
    day.side.installations.tokens = {day.slack.team.id: day.slack.bot_token, other.id: other.bot_token}
    day.side.installations.only = None
    there = day.slack.add_channel("study", team=other)
    eve = day.slack.add_member("Eve", team=other)
    await day.slack.join(eve, there)
    question = await day.question()
    root = await day.question(there)

    await day.slack.write(day.ada, day.study, "here", thread=question)
    await day.slack.write(eve, there, "there", thread=root)

    here, elsewhere = day.side.intake.of(MessagePosted)
    assert (here.message.workspace, elsewhere.message.workspace) == (day.slack.team.id, other.id)
    assert elsewhere.author.user.workspace == other.id
    assert {one.space.workspace for one in day.side.intake.of(SpaceJoined)} == {day.slack.team.id, other.id}


async def test_x071_somebody_of_a_foreign_workspace_belongs_to_the_space_and_never_organises(day: Day) -> None:
    acme = day.slack.add_foreign_team("Acme")
    zoe = day.slack.add_member("Zoe", team=acme, owner=True)
    shared = day.slack.add_channel("shared", shared=True)
    await day.slack.join(zoe, shared)
    root = await day.question(shared)

    await day.slack.write(zoe, shared, "an answer", thread=root)

    (told,) = day.side.intake.of(MessagePosted)
    assert told.author.user == day.side.user(zoe.id)
    assert not told.author.organiser
