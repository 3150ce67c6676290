"""Private places of mock rounds on Slack: threads in the app's own conversation with somebody (F34)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from patience import until
from slack_side import Day, day_on_slack
from slack_world import Channel, Cut, Error, Member, Message, Status

from adapters.slack_chat import words
from adapters.slack_chat.answering import SIGN
from adapters.slack_chat.manifest import SCOPES, manifest
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import ButtonPressed, CommandCalled, Incoming, MessageEdited, MessagePosted, MessagesDeleted
from bot.domain.outgoing import Action, Button, Edit, Immediate, OpenRoom, Received, Remove, Reply, Say, read_room
from bot.domain.refs import ThreadRef
from bot.ports import LiveThread

LONG_AGO = datetime.now(UTC) - timedelta(days=1)
HINT = Button(Action.ROUND_HINT, "Hint", "3")


@pytest.fixture
async def day() -> AsyncIterator[Day]:
    """With the rights and events of our own manifest, and no others."""
    async with day_on_slack() as day:
        day.slack.use_manifest(manifest())
        yield day


@pytest.fixture(params=["socket", "http"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Day]:
    async with day_on_slack(request.param) as day:
        day.slack.use_manifest(manifest())
        yield day


def room_for(day: Day, who: Member, key: str = "room:3:0") -> OpenRoom:
    place = day.side.channel(day.study.id)
    return OpenRoom(key, day.side.user(who.id), place, "Backend", "**Backend**\n\nYou talk to an engineer.", "Careful!")


async def opened(day: Day, who: Member | None = None) -> tuple[Channel, Message]:
    """The app's conversation with somebody, and the first words of a round in it."""
    whose = who or day.ada
    channel, root = read_room(await day.adapter.chat.deliver(room_for(day, whose)))
    conversation = day.slack.dm(whose)
    assert conversation.id == channel
    return conversation, next(one for one in day.slack.dms(whose) if one.ts == root)


def place_of(day: Day, root: Message) -> ThreadRef:
    return day.side.thread(root.channel.id, root.ts)


def live(day: Day, root: Message, *parts: Message) -> LiveThread:
    return LiveThread(place_of(day, root), datetime.now(UTC), tuple(part.ts for part in parts))


def answering(kind: type[Incoming], answer: Any) -> Any:
    def answered(event: Incoming) -> Immediate:
        return answer(event) if isinstance(event, kind) else None

    return answered


# ---------------------------------------------------------------- opening


async def test_f34_a_room_is_a_thread_in_the_apps_conversation_and_begins_with_the_first_words(day: Day) -> None:
    id = await day.adapter.chat.deliver(room_for(day, day.ada))

    (first,) = day.slack.dms(day.ada)
    assert read_room(id) == (first.channel.id, first.ts)
    assert first.words == "Backend\n\nYou talk to an engineer."
    assert day.slack.messages(day.study) == []


async def test_two_rooms_of_one_member_are_two_threads_of_one_conversation(day: Day) -> None:
    ids = [await day.adapter.chat.deliver(room_for(day, day.ada, f"room:{round}:0")) for round in (3, 4)]

    (one, first), (other, second) = map(read_room, ids)
    assert one == other
    assert first != second


@pytest.mark.parametrize("trouble", [Cut(after=True), Cut(), Status(500)])
async def test_x004_what_became_of_a_room_is_asked_and_never_guessed(day: Day, trouble: Cut | Status) -> None:
    day.slack.script("chat.postMessage", trouble)

    with pytest.raises(NotNow):
        await day.adapter.chat.deliver(room_for(day, day.ada))

    found = await day.adapter.chat.find(room_for(day, day.ada), LONG_AGO)
    arrived = [f"{one.channel.id}/{one.ts}" for one in day.slack.dms(day.ada)]
    assert arrived == ([found] if found else [])
    assert (found is not None) == (trouble == Cut(after=True))


async def test_each_room_is_found_by_its_own_key(day: Day) -> None:
    ids = [await day.adapter.chat.deliver(room_for(day, day.ada, f"room:{round}:0")) for round in (3, 4)]

    found = [await day.adapter.chat.find(room_for(day, day.ada, f"room:{round}:0"), LONG_AGO) for round in (3, 4, 5)]

    assert found == [*ids, None]


async def test_a_conversation_that_cannot_be_opened_just_now_is_tried_again(day: Day) -> None:
    day.slack.script("conversations.open", Status(503))

    with pytest.raises(NotNow):
        await day.adapter.chat.deliver(room_for(day, day.ada))

    await day.adapter.chat.deliver(room_for(day, day.ada))
    assert len(day.slack.dms(day.ada)) == 1


@pytest.mark.parametrize(
    ("method", "code", "because"),
    [
        ("conversations.open", "user_disabled", RefusedBecause.CLOSED),
        ("conversations.open", "cannot_dm_bot", RefusedBecause.CLOSED),
        ("conversations.open", "user_not_found", RefusedBecause.GONE),
        ("conversations.open", "user_not_visible", RefusedBecause.GONE),
        ("conversations.open", "restricted_action", RefusedBecause.NO_RIGHT),
        ("conversations.open", "invalid_user_combination", RefusedBecause.OTHER),
        ("chat.postMessage", "messages_tab_disabled", RefusedBecause.CLOSED),
    ],
)
async def test_a_refused_room_says_why(day: Day, method: str, code: str, because: RefusedBecause) -> None:
    day.slack.script(method, Error(code))

    with pytest.raises(Refused) as refused:
        await day.adapter.chat.deliver(room_for(day, day.ada))

    assert refused.value.because is because
    assert day.slack.dms(day.ada) == []


async def test_somebody_who_left_the_workspace_gets_no_room(day: Day) -> None:
    await day.slack.deactivate(day.ada)

    with pytest.raises(Refused) as refused:
        await day.adapter.chat.deliver(room_for(day, day.ada))

    assert refused.value.because is RefusedBecause.CLOSED


async def test_an_older_installation_without_the_new_rights_is_refused_and_told_what_is_missing(day: Day) -> None:
    day.slack.scopes = set(SCOPES) - {"im:write", "im:history"}

    with pytest.raises(Refused) as refused:
        await day.adapter.chat.deliver(room_for(day, day.ada))
    lacks = await day.adapter.chat.lacking(day.side.channel(day.study.id))

    assert refused.value.because is RefusedBecause.NO_RIGHT
    assert [one.what for one in lacks] == [words.RIGHTS["im:history"], words.RIGHTS["im:write"]]


async def test_a_guest_gets_a_room_like_everybody(day: Day) -> None:
    zoe = day.slack.add_member("Zoe", restricted=True)

    await opened(day, zoe)

    assert len(day.slack.dms(zoe)) == 1
    assert day.slack.dms(day.ada) == []


# ---------------------------------------------------------------- speaking in it


async def test_what_is_said_in_a_room_stands_in_its_thread_with_its_buttons_and_is_found(day: Day) -> None:
    _, root = await opened(day)
    asked = Say("round:3:1", place_of(day, root), "Question 1 of 2: why?", buttons=(HINT,))

    id = await day.adapter.chat.deliver(asked)

    (said,) = day.slack.messages(root.channel, thread=root)
    assert (said.ts, said.words, list(said.buttons)) == (id, "Question 1 of 2: why?\nHint", ["Hint"])
    assert await day.adapter.chat.find(asked, LONG_AGO) == id
    assert await day.adapter.chat.find(Say("round:3:2", asked.thread, asked.text), LONG_AGO) is None


async def test_x004_a_word_whose_answer_was_lost_is_found_in_the_room(day: Day) -> None:
    _, root = await opened(day)
    asked = Say("round:3:1", place_of(day, root), "Question 1 of 2: why?")
    day.slack.script("chat.postMessage", Cut(after=True))

    with pytest.raises(NotNow):
        await day.adapter.chat.deliver(asked)

    (said,) = day.slack.messages(root.channel, thread=root)
    assert await day.adapter.chat.find(asked, LONG_AGO) == said.ts


async def test_words_in_a_room_are_changed_and_taken_away(day: Day) -> None:
    _, root = await opened(day)
    chat, place = day.adapter.chat, place_of(day, root)
    ids = [await chat.deliver(Say(f"round:3:{number}", place, f"Word {number}")) for number in (1, 2)]
    first, second = (day.side.message(root.channel.id, id) for id in ids)

    await chat.deliver(Edit("edit:1", first, "A better word", (HINT,)))
    await chat.deliver(Remove("remove:1", second))

    (said,) = day.slack.messages(root.channel, thread=root)
    assert (said.words, list(said.buttons)) == ("A better word\nHint", ["Hint"])


async def test_a_room_that_is_gone_refuses_the_next_word(day: Day) -> None:
    _, root = await opened(day)
    day.slack.script("chat.postMessage", Error("thread_not_found"))

    with pytest.raises(Refused) as refused:
        await day.adapter.chat.deliver(Say("round:3:1", place_of(day, root), "Question 1 of 2: why?"))

    assert refused.value.because is RefusedBecause.GONE


# ---------------------------------------------------------------- what its member writes


async def test_x015_what_is_written_in_a_room_is_told_with_its_thread_and_acknowledged_when_stored(either: Day) -> None:
    _, root = await opened(either)

    written = await either.slack.write(either.ada, root.channel, "a *token bucket*", thread=root)

    (told,) = either.side.intake.of(MessagePosted)
    assert told.message == either.side.message(root.channel.id, written.ts)
    assert told.thread == place_of(either, root)
    assert (told.author.user, told.author.name) == (either.side.user(either.ada.id), "Ada")
    assert written.delivery is not None
    assert written.delivery.acked


async def test_a_file_in_a_room_is_told_and_can_be_read(day: Day) -> None:
    _, root = await opened(day)

    await day.slack.write(day.ada, root.channel, "my sketch", thread=root, files={"sketch.txt": b"queue -> worker"})

    (told,) = day.side.intake.of(MessagePosted)
    (file,) = told.files
    assert (file.name, told.thread) == ("sketch.txt", place_of(day, root))
    assert await day.adapter.chat.read_file(day.side.space, file.ref, 1000) == b"queue -> worker"


async def test_f73_an_answer_in_a_room_is_signed_until_the_interviewer_goes_on(day: Day) -> None:
    day.side.intake.answer = answering(MessagePosted, lambda event: Received(event.message))
    _, root = await opened(day)

    written = await day.slack.write(day.ada, root.channel, "a token bucket", thread=root)
    await until(lambda: written.reactions.get(SIGN))
    answered = day.side.message(root.channel.id, written.ts)
    await day.adapter.chat.deliver(Say("round:3:1", place_of(day, root), "And then?", settles=(answered,)))

    await until(lambda: not written.reactions.get(SIGN))


async def test_an_edit_and_a_deletion_in_a_room_are_told(day: Day) -> None:
    _, root = await opened(day)
    written = await day.slack.write(day.ada, root.channel, "a bucket", thread=root)

    await day.slack.edit(written, "a token bucket")
    await day.slack.delete(written)

    (edited,), (gone,) = day.side.intake.of(MessageEdited), day.side.intake.of(MessagesDeleted)
    assert (edited.message.id, edited.thread, edited.text) == (written.ts, place_of(day, root), "a token bucket")
    assert [one.id for one in gone.messages] == [written.ts]


async def test_x029_a_room_whose_first_words_were_deleted_is_told(day: Day) -> None:
    _, root = await opened(day)
    await day.slack.write(day.ada, root.channel, "an answer", thread=root)

    await day.slack.delete(root)

    (gone,) = day.side.intake.of(MessagesDeleted)
    assert [one.id for one in gone.messages] == [root.ts]


async def test_x030_our_own_words_in_a_room_are_never_told(day: Day) -> None:
    _, root = await opened(day)
    said = await day.adapter.chat.deliver(Say("round:3:1", place_of(day, root), "Question 1 of 2: why?"))

    await day.adapter.chat.deliver(Edit("edit:1", day.side.message(root.channel.id, said), "Question 1 of 2: how?"))
    await day.slack.settled()

    assert day.side.intake.of(MessagePosted) == []
    assert day.side.intake.of(MessageEdited) == []


async def test_what_is_written_beside_a_room_is_told_and_answered_below_itself(day: Day) -> None:
    day.side.intake.answer = answering(MessagePosted, lambda event: Reply("Please write into the thread above."))
    conversation, _ = await opened(day)

    written = await day.slack.write(day.ada, conversation, "a token bucket")

    (told,) = day.side.intake.of(MessagePosted)
    assert told.thread == day.side.thread(conversation.id, written.ts)
    await until(lambda: day.slack.ephemerals(day.ada))
    (answer,) = day.slack.ephemerals(day.ada)
    assert (answer.words, answer.channel, answer.thread_ts) == (
        "Please write into the thread above.",
        conversation,
        written.ts,
    )


async def test_what_is_written_beside_a_room_is_changed_and_deleted_like_the_rest(day: Day) -> None:
    conversation, _ = await opened(day)
    written = await day.slack.write(day.ada, conversation, "a bucket")

    await day.slack.edit(written, "a token bucket")
    await day.slack.delete(written)

    (edited,), (gone,) = day.side.intake.of(MessageEdited), day.side.intake.of(MessagesDeleted)
    assert (edited.text, edited.thread) == ("a token bucket", day.side.thread(conversation.id, written.ts))
    assert [one.id for one in gone.messages] == [written.ts]


async def test_nothing_is_said_to_words_that_are_about_no_round(day: Day) -> None:
    conversation = day.slack.dm(day.ada)

    await day.slack.write(day.ada, conversation, "hello?")
    await day.slack.settled()

    assert len(day.side.intake.of(MessagePosted)) == 1
    assert day.slack.ephemerals(day.ada) == []
    assert [one.user for one in day.slack.dms(day.ada)] == [day.ada.id]


# ---------------------------------------------------------------- pressing and calling in it


async def test_a_button_in_a_room_is_told_with_the_members_workspace_and_answered_there_alone(either: Day) -> None:
    either.side.intake.answer = answering(ButtonPressed, lambda event: Reply("Hint 1 of 3"))
    _, root = await opened(either)
    id = await either.adapter.chat.deliver(Say("round:3:1", place_of(either, root), "Why?", buttons=(HINT,)))
    (said,) = either.slack.messages(root.channel, thread=root)

    call = await either.slack.press(either.ada, said, "Hint")

    (told,) = either.side.intake.of(ButtonPressed)
    assert (told.action, told.target) == (Action.ROUND_HINT, "3")
    assert (told.person.user, told.message) == (
        either.side.user(either.ada.id),
        either.side.message(root.channel.id, id),
    )
    assert (told.place, told.thread) == (either.side.channel(root.channel.id), place_of(either, root))
    assert call.acked
    await until(lambda: either.slack.ephemerals(either.ada))
    assert [(one.words, one.thread_ts) for one in either.slack.ephemerals(either.ada)] == [("Hint 1 of 3", root.ts)]


async def test_the_command_works_in_the_apps_conversation(day: Day) -> None:
    day.side.intake.answer = answering(CommandCalled, lambda event: Reply("Your round goes on."))
    conversation, _ = await opened(day)

    await day.slack.command(day.ada, conversation, "/mock", "resume")

    (called,) = day.side.intake.of(CommandCalled)
    assert (called.path, dict(called.options)) == (("mock",), {"action": "resume"})
    assert called.place == day.side.channel(conversation.id)
    await until(lambda: day.slack.ephemerals(day.ada))
    assert [one.words for one in day.slack.ephemerals(day.ada)] == ["Your round goes on."]


# ---------------------------------------------------------------- after the line was lost


async def test_x023_what_was_said_in_a_room_while_slack_was_away_is_read(day: Day) -> None:
    _, root = await opened(day)
    changed, deleted = [await day.slack.write(day.ada, root.channel, word, thread=root) for word in ("one", "two")]
    day.side.intake.told.clear()
    day.side.views.threads = [live(day, root, changed, deleted)]

    await day.slack.down()
    missed = await day.slack.write(day.ada, root.channel, "missed", thread=root)
    await day.slack.edit(changed, "one and a half")
    await day.slack.delete(deleted)
    day.slack.up()
    await until(lambda: day.side.intake.of(MessagesDeleted))

    (posted,), (edited,) = day.side.intake.of(MessagePosted), day.side.intake.of(MessageEdited)
    (gone,) = day.side.intake.of(MessagesDeleted)
    assert (posted.message.id, posted.thread, posted.text) == (missed.ts, place_of(day, root), "missed")
    assert (edited.message.id, edited.text) == (changed.ts, "one and a half")
    assert [one.id for one in gone.messages] == [deleted.ts]


async def test_x023_what_was_written_beside_a_room_meanwhile_is_read_in_the_order_of_writing(day: Day) -> None:
    conversation, root = await opened(day)
    day.side.views.threads = [live(day, root)]
    await day.slack.down()
    written = [
        await day.slack.write(day.ada, conversation, "beside"),
        await day.slack.write(day.ada, conversation, "inside", thread=root),
        await day.slack.write(day.ada, conversation, "beside again"),
    ]
    day.slack.up()

    await until(lambda: len(day.side.intake.of(MessagePosted)) >= 3)

    assert [one.message.id for one in day.side.intake.of(MessagePosted)] == [one.ts for one in written]


async def test_x023_what_was_written_before_the_round_is_none_of_it(day: Day) -> None:
    conversation = day.slack.dm(day.ada)
    await day.slack.write(day.ada, conversation, "hello?")
    _, root = await opened(day)
    day.side.intake.told.clear()
    day.side.views.threads = [live(day, root)]
    await day.slack.down()
    missed = await day.slack.write(day.ada, conversation, "an answer", thread=root)
    day.slack.up()

    await until(lambda: day.side.intake.of(MessagePosted))

    assert [one.message.id for one in day.side.intake.of(MessagePosted)] == [missed.ts]


async def test_x023_an_answer_beside_the_room_or_in_an_older_thread_is_not_taken_for_deleted(day: Day) -> None:
    conversation, older = await opened(day)
    _, root = await opened(day)
    kept = [
        await day.slack.write(day.ada, conversation, "beside"),
        await day.slack.write(day.ada, conversation, "in the older thread", thread=older),
    ]
    lost = [
        await day.slack.write(day.ada, conversation, "beside, and deleted"),
        await day.slack.write(day.ada, conversation, "in the older thread, and deleted", thread=older),
    ]
    day.side.views.threads = [live(day, root, *kept, *lost)]
    await day.slack.down()
    for one in lost:
        await day.slack.delete(one)
    day.slack.up()

    await until(lambda: day.side.intake.of(MessagesDeleted))

    (gone,) = day.side.intake.of(MessagesDeleted)
    assert [one.id for one in gone.messages] == [one.ts for one in lost]


async def test_x023_an_answer_with_replies_below_it_that_was_deleted_is_noticed(day: Day) -> None:
    conversation, root = await opened(day)
    deleted = await day.slack.write(day.ada, conversation, "beside")
    await day.slack.write(day.ada, conversation, "and more below it", thread=deleted)
    day.side.views.threads = [live(day, root, deleted)]
    await day.slack.down()
    await day.slack.delete(deleted)
    day.slack.up()

    await until(lambda: day.side.intake.of(MessagesDeleted))

    assert {one.id for each in day.side.intake.of(MessagesDeleted) for one in each.messages} == {deleted.ts}
