from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes import PIXEL

from bot.domain.outgoing import Action, Button, Picture
from bot.ports import RoomChannel, RoomEvent, RoomEventKind, RoomMessage, RoomPerson, RoomPicture
from bot.storage.engine import Database
from bot.storage.room import SqlRoomStore

PICTURE = Picture(PIXEL, "board.png", "A board.")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def store(database: Database) -> SqlRoomStore:
    store = SqlRoomStore(database)
    await store.seed([RoomChannel("study", "study")], [RoomPerson("olga", "Olga", demo=True, organiser=True)])
    return store


def said(text: str, **more: object) -> RoomMessage:
    return replace(RoomMessage("study", text, NOW, author="olga"), **more)  # type: ignore[arg-type]


async def test_seeding_again_adds_nothing(store: SqlRoomStore) -> None:
    await store.seed([RoomChannel("study", "other name")], [RoomPerson("olga", "Somebody")])

    assert [channel.name for channel in await store.channels()] == ["study"]
    assert [person.name for person in await store.people()] == ["Olga"]


async def test_a_name_that_is_taken_gets_a_number(store: SqlRoomStore) -> None:
    names = [(await store.add_person("Olga")).name for _ in range(2)]

    assert names == ["Olga 2", "Olga 3"]
    assert [person.demo for person in await store.people()] == [True, False, False]


async def test_a_key_never_speaks_twice(store: SqlRoomStore) -> None:
    first = await store.post(said("once", key="k"), owed="e1")
    again = await store.post(said("twice", key="k"), owed="e2")

    assert again == first
    assert [event.id for event in await store.undelivered(NOW + timedelta(1))] == ["e1"]


async def test_a_picture_is_kept_with_its_message_and_goes_with_it(store: SqlRoomStore) -> None:
    message = await store.post(said("a board", key="k"), picture=PICTURE)

    assert message.picture == RoomPicture("A board.", 1, 1)
    assert (await store.get(message.id)) == message
    assert await store.png(message.id) == PIXEL

    again = await store.post(said("a board", key="k"), picture=PICTURE)
    await store.change(message.id, lambda message: replace(message, deleted=True))

    assert again.id == message.id
    assert await store.png(message.id) is None


@pytest.mark.parametrize("id", ["", "x", "-1", "9" * 30, "7"])
async def test_there_is_no_picture_where_there_is_no_message(store: SqlRoomStore, id: str) -> None:
    assert await store.png(id) is None


async def test_what_is_stored_comes_back_as_it_was(store: SqlRoomStore) -> None:
    message = said(
        "text",
        buttons=(Button(Action.ANSWER, "Answer", "7"),),
        visible_to="olga",
        thread_name="A thread",
        edited_at=NOW,
        commented_at=NOW,
        sign=True,
        key="k",
    )

    stored = await store.post(message)

    assert await store.get(stored.id) == replace(message, id=stored.id, seq=stored.seq)


async def test_replies_are_counted_on_the_message_above(store: SqlRoomStore) -> None:
    root = await store.post(said("question"))
    await store.post(said("answer", thread=root.id))
    reply = await store.post(said("another", thread=root.id))
    await store.post(said("for one", thread=root.id, visible_to="olga"))
    await store.change(reply.id, lambda message: replace(message, deleted=True))

    above = await store.get(root.id)

    assert above is not None
    assert (above.replies, above.repliers) == (1, ("olga",))
    assert above.seq == await store.last_seq()


async def test_a_reader_gets_what_changed_and_nothing_private_of_others(store: SqlRoomStore) -> None:
    before = await store.last_seq()
    first = await store.post(said("to all"))
    await store.post(said("to Bea", visible_to="bea"))
    await store.change(first.id, lambda message: replace(message, text="edited"))

    assert [message.text for message in await store.changed_since(before, "olga")] == ["edited"]
    assert [message.text for message in await store.changed_since(before, "bea")] == ["to Bea", "edited"]
    assert [message.text for message in await store.messages("study", "olga", None)] == ["edited"]


async def test_seqs_become_visible_in_their_order(store: SqlRoomStore) -> None:
    seen: list[int] = []

    async def read() -> None:
        while len(seen) < 40:
            seen.extend(message.seq for message in await store.changed_since(seen[-1] if seen else 0, "olga"))

    reading = asyncio.create_task(read())
    await asyncio.gather(*(store.post(said(str(number))) for number in range(40)))
    await reading

    assert seen == sorted(set(seen))
    assert len(seen) == 40


async def test_a_change_that_says_no_changes_nothing(store: SqlRoomStore) -> None:
    message = await store.post(said("text"))
    event = RoomEvent("e", RoomEventKind.EDITED, message.id, NOW)

    assert await store.change(message.id, lambda old: None, event) is None
    assert await store.change("999", lambda old: old, event) is None
    assert await store.change("no number", lambda old: old, event) is None
    assert await store.undelivered(NOW + timedelta(1)) == []


async def test_a_comment_takes_the_sign_and_says_when(store: SqlRoomStore) -> None:
    root = await store.post(said("question"))
    mine = await store.post(said("answer", thread=root.id, sign=True))
    other = await store.post(said("answer", thread=root.id, author="bea", sign=True))

    await store.clear_signs(root.id, "olga", NOW)

    changed, untouched = await store.get(mine.id), await store.get(other.id)
    assert changed is not None
    assert untouched is not None
    assert (changed.sign, changed.commented_at, untouched.sign) == (False, NOW, True)


async def test_an_old_or_closed_session_is_worth_nothing(store: SqlRoomStore) -> None:
    await store.open_session("hash", "olga", NOW)

    assert await store.session_person("hash", NOW + timedelta(seconds=1)) is None
    person = await store.session_person("hash", NOW)
    assert person is not None
    assert person.name == "Olga"

    await store.close_session("hash")
    assert await store.session_person("hash", NOW) is None
