"""The study room's tables and its store. The core never reads them: to it the room is a platform like any other."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.outgoing import Button, Picture, read_button_code
from bot.ports import RoomChannel, RoomEvent, RoomEventKind, RoomMessage, RoomPerson, RoomPicture
from bot.storage.engine import Database
from bot.storage.types import JsonText, RowId, UtcDateTime, metadata

#: How many faces a message shows beside its number of replies.
FACES = 3

room_people = Table(
    "room_people",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("demo", Boolean, nullable=False),
    Column("organiser", Boolean, nullable=False),
    Column("zone", String(64)),
)

room_channels = Table(
    "room_channels",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
)

#: One row. Whoever takes the next number holds its lock until the commit, so numbers become visible in their order and
#: a reader who asks for "everything after 7" never misses an 8 that is committed after the 9.
room_counter = Table(
    "room_counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", RowId, nullable=False),
)

room_messages = Table(
    "room_messages",
    metadata,
    Column("number", RowId, primary_key=True, autoincrement=False),
    Column("seq", RowId, nullable=False, unique=True),
    Column("channel", String(64), nullable=False),
    Column("thread", String(64)),
    Column("author", String(64)),
    Column("speaker", String(80)),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),
    Column("deleted", Boolean, nullable=False),
    Column("reply_to", String(64)),
    Column("buttons", JsonText, nullable=False),
    Column("visible_to", String(64)),
    Column("thread_name", Text),
    Column("sign", Boolean, nullable=False),
    Column("commented_at", UtcDateTime),
    Column("key", String(200), unique=True),
    Column("replies", Integer, nullable=False),
    Column("repliers", JsonText, nullable=False),
    #: Words, width and height of its picture; null where it has none.
    Column("picture", JsonText, nullable=False),
    Index("ix_room_messages_place", "channel", "thread", "number"),
)

#: Apart from the messages, which are read by the hundred.
room_pictures = Table(
    "room_pictures",
    metadata,
    Column("message", RowId, primary_key=True, autoincrement=False),
    Column("png", LargeBinary, nullable=False),
)

room_sessions = Table(
    "room_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

room_events = Table(
    "room_events",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("message", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)


class SqlRoomStore:
    """`RoomStore` in the bot's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def seed(self, channels: Sequence[RoomChannel], people: Sequence[RoomPerson]) -> None:
        """Adds those whose ids are not there yet; two processes may do it at the same moment."""

        def work(conn: Connection) -> None:
            conn.execute(_insert(conn, room_counter).values(id=1, seq=0).on_conflict_do_nothing())
            for channel in channels:
                conn.execute(
                    _insert(conn, room_channels).values(id=channel.id, name=channel.name).on_conflict_do_nothing()
                )
            for person in people:
                conn.execute(_insert(conn, room_people).values(**_person_columns(person)).on_conflict_do_nothing())

        await self._database.write(work)

    async def people(self) -> Sequence[RoomPerson]:
        """Everybody, demo names first, then in order of arrival."""
        query = select(room_people).order_by(case((room_people.c.demo, 0), else_=1), room_people.c.number)
        return await self._database.read(lambda conn: [_person(row) for row in conn.execute(query)])

    async def add_person(self, name: str) -> RoomPerson:
        """Somebody new. A name that is taken already gets a number behind it."""
        id = secrets.token_hex(6)
        return await self._database.write(lambda conn: _add_person(conn, id, name))

    async def set_zone(self, person: str, zone: str) -> None:
        """Notes the time zone of this person's browser."""
        statement = update(room_people).where(room_people.c.id == person).values(zone=zone)
        await self._database.write(lambda conn: _run(conn, statement))

    async def channels(self) -> Sequence[RoomChannel]:
        """All channels, oldest first."""
        query = select(room_channels).order_by(room_channels.c.number)
        return await self._database.read(
            lambda conn: [RoomChannel(id=row.id, name=row.name) for row in conn.execute(query)]
        )

    async def open_session(self, token_hash: str, person: str, at: datetime) -> None:
        """Remembers who holds this cookie."""
        statement = insert(room_sessions).values(token_hash=token_hash, person=person, at=at)
        await self._database.write(lambda conn: _run(conn, statement))

    async def close_session(self, token_hash: str) -> None:
        """Forgets the cookie."""
        statement = delete(room_sessions).where(room_sessions.c.token_hash == token_hash)
        await self._database.write(lambda conn: _run(conn, statement))

    async def session_person(self, token_hash: str, since: datetime) -> RoomPerson | None:
        """Who holds this cookie, unless it was given before `since`."""
        query = (
            select(room_people)
            .join(room_sessions, room_sessions.c.person == room_people.c.id)
            .where(room_sessions.c.token_hash == token_hash, room_sessions.c.at >= since)
        )
        row = await self._database.read(lambda conn: conn.execute(query).one_or_none())
        return None if row is None else _person(row)

    async def post(self, message: RoomMessage, owed: str | None = None, picture: Picture | None = None) -> RoomMessage:
        """Stores a message under a new id and seq, or returns the one that has its key already."""
        return await self._database.write(lambda conn: _post(conn, message, owed, picture))

    async def png(self, message: str) -> bytes | None:
        """The picture of a message, as long as that is not deleted."""
        if not _is_number(message):
            return None
        query = select(room_pictures.c.png).where(room_pictures.c.message == int(message))
        return await self._database.read(lambda conn: conn.execute(query).scalar_one_or_none())

    async def change(
        self,
        id: str,
        how: Callable[[RoomMessage], RoomMessage | None],
        owed: RoomEvent | None = None,
        picture: Picture | None = None,
    ) -> RoomMessage | None:
        """Stores what `how` makes of a message, and its new picture where there is one; None when it is not there or
        `how` says None."""
        return await self._database.write(lambda conn: _change(conn, id, how, owed, picture))

    async def clear_signs(self, thread: str, author: str, at: datetime) -> None:
        """Takes the received signs from this person's messages in a thread: a comment came at that moment."""
        waiting = select(room_messages.c.number).where(
            room_messages.c.thread == thread,
            room_messages.c.author == author,
            or_(room_messages.c.sign, room_messages.c.commented_at.is_(None)),
        )

        def work(conn: Connection) -> None:
            for number in conn.execute(waiting).scalars().all():
                _change(conn, str(number), lambda message: replace(message, sign=False, commented_at=at), None, None)

        await self._database.write(work)

    async def by_key(self, key: str) -> RoomMessage | None:
        """The message stored under this key."""
        return await self._database.read(lambda conn: _by_key(conn, key))

    async def get(self, id: str) -> RoomMessage | None:
        """One message, also when it is deleted."""
        return await self._database.read(lambda conn: _get(conn, id))

    async def messages(self, channel: str, viewer: str, thread: str | None, most: int = 200) -> Sequence[RoomMessage]:
        """The newest messages this viewer may see in a channel or thread, oldest first, without deleted ones."""
        query = (
            select(room_messages)
            .where(
                room_messages.c.channel == channel,
                room_messages.c.thread.is_(None) if thread is None else room_messages.c.thread == thread,
                room_messages.c.deleted.is_(False),
                _seen_by(viewer),
            )
            .order_by(room_messages.c.number.desc())
            .limit(most)
        )
        newest_first = await self._database.read(lambda conn: [_message(row) for row in conn.execute(query)])
        return newest_first[::-1]

    async def changed_since(self, seq: int, viewer: str, most: int = 200) -> Sequence[RoomMessage]:
        """What changed after `seq` and this viewer may see, in order of seq, deleted ones included."""
        query = (
            select(room_messages)
            .where(room_messages.c.seq > seq, _seen_by(viewer))
            .order_by(room_messages.c.seq)
            .limit(most)
        )
        return await self._database.read(lambda conn: [_message(row) for row in conn.execute(query)])

    async def last_seq(self) -> int:
        """The newest seq; 0 before the first message."""
        query = select(room_counter.c.seq)
        return await self._database.read(lambda conn: conn.execute(query).scalar_one_or_none() or 0)

    async def undelivered(self, before: datetime, most: int = 50) -> Sequence[RoomEvent]:
        """Events that happened before then and were not taken by the intake yet, oldest first."""
        query = select(room_events).where(room_events.c.at < before).order_by(room_events.c.at).limit(most)
        return await self._database.read(lambda conn: [_event(row) for row in conn.execute(query)])

    async def delivered(self, event: str) -> None:
        """Strikes out an event."""
        statement = delete(room_events).where(room_events.c.id == event)
        await self._database.write(lambda conn: _run(conn, statement))


def _insert(conn: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def _run(conn: Connection, statement: Any) -> None:
    conn.execute(statement)


def _seen_by(viewer: str) -> Any:
    return or_(room_messages.c.visible_to.is_(None), room_messages.c.visible_to == viewer)


def _next_seq(conn: Connection) -> int:
    taken = update(room_counter).where(room_counter.c.id == 1).values(seq=room_counter.c.seq + 1)
    seq: int = conn.execute(taken.returning(room_counter.c.seq)).scalar_one()
    return seq


def _add_person(conn: Connection, id: str, name: str) -> RoomPerson:
    alike = select(room_people.c.name).where(room_people.c.name.startswith(name, autoescape=True))
    taken = set(conn.execute(alike).scalars())
    person = RoomPerson(id=id, name=next(free for free in _numbered(name) if free not in taken))
    conn.execute(insert(room_people).values(**_person_columns(person)))
    return person


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        yield f"{name} {number}"


def _post(conn: Connection, message: RoomMessage, owed: str | None, picture: Picture | None) -> RoomMessage:
    seq = _next_seq(conn)
    stored = replace(message, id=str(seq), seq=seq, picture=_shown(picture))
    row = _insert(conn, room_messages).values(number=seq, **_message_columns(stored))
    if (
        conn.execute(row.on_conflict_do_nothing(index_elements=["key"]).returning(room_messages.c.number)).first()
        is None
    ):
        earlier = _by_key(conn, message.key or "")
        assert earlier is not None, "only a key that is there already keeps a message out"
        return earlier
    if picture is not None:
        conn.execute(insert(room_pictures).values(message=seq, png=picture.png))
    if owed is not None:
        _owe(conn, RoomEvent(owed, RoomEventKind.POSTED, stored.id, stored.at))
    _count_replies(conn, stored)
    return stored


def _change(
    conn: Connection,
    id: str,
    how: Callable[[RoomMessage], RoomMessage | None],
    owed: RoomEvent | None,
    picture: Picture | None,
) -> RoomMessage | None:
    before = _get(conn, id, lock=True)
    wanted = how(before) if before is not None else None
    if before is None or wanted is None:
        return None
    after = replace(wanted, id=before.id, seq=_next_seq(conn), picture=_shown(picture) or wanted.picture)
    conn.execute(update(room_messages).where(room_messages.c.number == int(id)).values(**_message_columns(after)))
    if owed is not None:
        _owe(conn, owed)
    if picture is not None or after.deleted != before.deleted:
        conn.execute(delete(room_pictures).where(room_pictures.c.message == int(id)))
    if picture is not None:
        conn.execute(insert(room_pictures).values(message=int(id), png=picture.png))
    if after.deleted != before.deleted:
        _count_replies(conn, after)
    return after


def _shown(picture: Picture | None) -> RoomPicture | None:
    return RoomPicture(picture.alt, *picture.size) if picture is not None else None


def _owe(conn: Connection, event: RoomEvent) -> None:
    conn.execute(insert(room_events).values(id=event.id, kind=event.kind.value, message=event.message, at=event.at))


def _count_replies(conn: Connection, reply: RoomMessage) -> None:
    """Refreshes what the message above says about its thread; private ones do not show there."""
    if reply.thread is None or reply.visible_to is not None:
        return
    public = (
        room_messages.c.thread == reply.thread,
        room_messages.c.deleted.is_(False),
        room_messages.c.visible_to.is_(None),
    )
    replies = conn.execute(select(func.count()).where(*public)).scalar_one()
    latest = func.max(room_messages.c.number).desc()
    faces = conn.execute(
        select(room_messages.c.author)
        .where(*public, room_messages.c.author.is_not(None))
        .group_by(room_messages.c.author)
        .order_by(latest)
        .limit(FACES)
    ).scalars()
    counted = {"replies": replies, "repliers": list(faces), "seq": _next_seq(conn)}
    conn.execute(update(room_messages).where(room_messages.c.number == int(reply.thread)).values(**counted))


def _by_key(conn: Connection, key: str) -> RoomMessage | None:
    row = conn.execute(select(room_messages).where(room_messages.c.key == key)).one_or_none()
    return None if row is None else _message(row)


def _is_number(id: str) -> bool:
    return id.isascii() and id.isdecimal() and len(id) < 19


def _get(conn: Connection, id: str, lock: bool = False) -> RoomMessage | None:
    if not _is_number(id):
        return None
    query = select(room_messages).where(room_messages.c.number == int(id))
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _message(row)


def _person_columns(person: RoomPerson) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "demo": person.demo,
        "organiser": person.organiser,
        "zone": person.zone,
    }


def _person(row: Row[Any]) -> RoomPerson:
    return RoomPerson(id=row.id, name=row.name, demo=row.demo, organiser=row.organiser, zone=row.zone)


def _message_columns(message: RoomMessage) -> dict[str, Any]:
    return {
        "seq": message.seq,
        "channel": message.channel,
        "thread": message.thread,
        "author": message.author,
        "speaker": message.speaker,
        "text": message.text,
        "at": message.at,
        "edited_at": message.edited_at,
        "deleted": message.deleted,
        "reply_to": message.reply_to,
        "buttons": [[button.code, button.label] for button in message.buttons],
        "visible_to": message.visible_to,
        "thread_name": message.thread_name,
        "sign": message.sign,
        "commented_at": message.commented_at,
        "key": message.key,
        "replies": message.replies,
        "repliers": list(message.repliers),
        "picture": astuple(message.picture) if message.picture is not None else None,
    }


def _message(row: Row[Any]) -> RoomMessage:
    return RoomMessage(
        id=str(row.number),
        seq=row.seq,
        channel=row.channel,
        thread=row.thread,
        author=row.author,
        speaker=row.speaker,
        text=row.text,
        at=row.at,
        edited_at=row.edited_at,
        deleted=row.deleted,
        reply_to=row.reply_to,
        buttons=_buttons(row.buttons),
        visible_to=row.visible_to,
        thread_name=row.thread_name,
        sign=row.sign,
        commented_at=row.commented_at,
        key=row.key,
        replies=row.replies,
        repliers=tuple(row.repliers),
        picture=RoomPicture(*row.picture) if row.picture is not None else None,
    )


def _buttons(stored: Sequence[tuple[str, str]]) -> tuple[Button, ...]:
    """The buttons of a message; one whose action is no longer known is left out rather than shown dead."""
    read = [(read_button_code(code), label) for code, label in stored]
    return tuple(Button(known[0], label, known[1]) for known, label in read if known is not None)


def _event(row: Row[Any]) -> RoomEvent:
    return RoomEvent(id=row.id, kind=RoomEventKind(row.kind), message=row.message, at=row.at)
