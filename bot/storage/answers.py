"""The answers' shelf: messages seen, answers and their versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select, update

from bot.domain.refs import MessageRef, ThreadRef, UserRef
from bot.shelves import FIRST_ATTEMPT, Answer, AnswerState, MessageKind, Posting, ThreadMessage, Via
from bot.storage.appeals import forget_words
from bot.storage.asking import takes_answers
from bot.storage.tables import (
    answer_versions,
    answers,
    askings,
    form_submissions,
    guesses,
    postings,
    reviews,
    thread_messages,
)
from bot.storage.work import insert_for, insert_new, inserted


class SqlAnswers:
    """Answers of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # messages

    def message(self, ref: MessageRef) -> ThreadMessage | None:
        """A message we have seen, a deleted one included."""
        named = {"on": ref.platform, "there": ref.workspace, "channel": ref.channel, "id": ref.id}
        row = self._conn.execute(_MESSAGE, named).first()
        return None if row is None else _message(row)

    def see(self, message: ThreadMessage) -> bool:
        """Notes a message; False when it was seen before, and then nothing changes."""
        key = ("platform", "workspace", "channel_id", "message_id")
        return insert_new(self._conn, thread_messages, key, _message_values(message)) is not None

    def change(self, message: ThreadMessage) -> None:
        """Stores a message's new state under its ref."""
        self._conn.execute(update(thread_messages).where(*_is(message.ref)).values(**_message_values(message)))

    def held_in(self, group: int, thread: ThreadRef) -> Sequence[ThreadMessage]:
        """Messages held for a thread that was not known yet, oldest first."""
        return self._messages(
            select(thread_messages).where(
                thread_messages.c.group_id == group,
                thread_messages.c.platform == thread.platform,
                thread_messages.c.workspace == thread.workspace,
                thread_messages.c.thread_id == thread.id,
                thread_messages.c.kind == MessageKind.HELD,
                thread_messages.c.deleted.is_(False),
            )
        )

    def parts(self, group: int, answer: int) -> Sequence[ThreadMessage]:
        """The messages that make an answer, oldest first, deleted ones left out."""
        return [_message(row) for row in self._conn.execute(_PARTS, {"of": group, "one": answer})]

    def part_ids(self, platform: str, late_since: datetime) -> Mapping[int, Sequence[str]]:
        """The ids of the messages that make answers, by posting, for postings that take answers; oldest first."""
        rows = self._conn.execute(
            select(postings.c.id, thread_messages.c.message_id)
            .join(answers, (answers.c.asking_id == postings.c.asking_id) & (answers.c.posting_id == postings.c.id))
            .join(thread_messages, thread_messages.c.answer_id == answers.c.id)
            .where(
                takes_answers(platform, late_since),
                thread_messages.c.kind == MessageKind.PART,
                thread_messages.c.deleted.is_(False),
            )
            .order_by(thread_messages.c.sent_at, thread_messages.c.id)
        )
        found: dict[int, list[str]] = {}
        for row in rows:
            found.setdefault(row.id, []).append(row.message_id)
        return found

    def submission(self, group: int, submission: str, answer: int | None, now: datetime) -> bool:
        """Notes one sending of a form, and the answer it made, if any; False when it came before."""
        return inserted(
            self._conn,
            insert_for(self._conn, form_submissions)
            .values(submission=submission, group_id=group, answer_id=answer, at=now)
            .on_conflict_do_nothing(index_elements=["submission", "group_id"]),
        )

    def _messages(self, query: Select[Any]) -> list[ThreadMessage]:
        ordered = query.order_by(thread_messages.c.sent_at, thread_messages.c.id)
        return [_message(row) for row in self._conn.execute(ordered)]

    # answers

    def of(self, group: int, asking: int, member: int, attempt: int = FIRST_ATTEMPT) -> Answer | None:
        """The member's answer to an asking, a withdrawn one included, but none that was set aside (its number is below
        0)."""
        return self._one(_OF_MEMBER, asking=asking, member=member, attempt=attempt, of=group)

    def by_id(self, group: int, answer: int) -> Answer | None:
        """One answer."""
        return self._one(_BY_ID, of=group, one=answer)

    def held(self, group: int, answer: int) -> Answer | None:
        """One answer, which nobody else changes until the transaction ends."""
        return self._one(_HELD, of=group, one=answer)

    def add(
        self,
        group: int,
        posting: Posting,
        member: int,
        via: Via,
        text: str,
        dont_know: bool,
        late: bool,
        day: date,
        now: datetime,
        attempt: int = FIRST_ATTEMPT,
        own_day: date | None = None,
    ) -> Answer:
        """A new answer, or a withdrawn one of theirs given anew; version counts on. `own_day` is the date at its
        author's, which a first attempt needs."""
        values = {
            "posting_id": posting.id,
            "via": via,
            "state": AnswerState.RECEIVED,
            "late": late,
            "day": day,
            "received_at": now,
            "own_day": own_day,
        }
        insert = insert_for(self._conn, answers).values(
            group_id=group,
            asking_id=posting.asking,
            member_id=member,
            attempt=attempt,
            version=1,
            born=1,
            **values,
        )
        row = self._conn.execute(
            insert.on_conflict_do_update(
                index_elements=["asking_id", "member_id", "attempt"],
                set_={**values, "version": answers.c.version + 1, "born": answers.c.version + 1},
            ).returning(answers.c.id, answers.c.version)
        ).one()
        self._add_text(group, row.id, row.version, text, dont_know)
        found = self.by_id(group, row.id)
        assert found is not None
        return found

    def new_version(self, group: int, answer: int, text: str, dont_know: bool) -> int:
        """Stores a changed text; returns its version."""
        version: int = self._conn.execute(
            update(answers)
            .where(answers.c.group_id == group, answers.c.id == answer)
            .values(version=answers.c.version + 1, state=AnswerState.RECEIVED)
            .returning(answers.c.version)
        ).scalar_one()
        self._add_text(group, answer, version, text, dont_know)
        return version

    def forget_earlier(self, group: int, answer: int) -> None:
        """The texts and reviews of all versions but the newest go."""
        newest = select(answers.c.version).where(answers.c.id == answer).scalar_subquery()
        for table, version in ((answer_versions, answer_versions.c.number), (reviews, reviews.c.version)):
            self._conn.execute(
                delete(table).where(table.c.group_id == group, table.c.answer_id == answer, version < newest)
            )
        forget_words(self._conn, group, answer, before=newest)

    def set_state(self, group: int, answer: int, state: AnswerState) -> None:
        """An answer's new state."""
        self._conn.execute(_CHANGE, {"of": group, "one": answer, "state": state})

    def withdraw(self, group: int, answer: int) -> None:
        """Takes an answer back: its texts, guesses and reviews go, in all versions (F15)."""
        mine = (answers.c.group_id == group, answers.c.id == answer)
        withdrawn = {"state": AnswerState.WITHDRAWN, "version": answers.c.version + 1}
        if self._conn.execute(update(answers).where(*mine).values(**withdrawn)).rowcount != 1:
            return
        for table in (answer_versions, reviews, guesses):
            self._conn.execute(delete(table).where(table.c.group_id == group, table.c.answer_id == answer))
        forget_words(self._conn, group, answer)
        self._conn.execute(
            update(thread_messages)
            .where(thread_messages.c.group_id == group, thread_messages.c.answer_id == answer)
            .values(answer_id=None, kind=MessageKind.TALK, text="")
        )

    def latest_of(self, group: int, member: int, most: int) -> Sequence[tuple[Answer, str]]:
        """A member's newest answers with their questions' ids, withdrawn ones left out."""
        rows = self._conn.execute(
            _with_text()
            .add_columns(askings.c.question_id)
            .join(askings, askings.c.id == answers.c.asking_id)
            .where(
                answers.c.group_id == group,
                answers.c.member_id == member,
                answers.c.attempt == FIRST_ATTEMPT,
                answers.c.state != AnswerState.WITHDRAWN,
            )
            .order_by(answers.c.id.desc())
            .limit(most)
        )
        return [(_answer(row), row.question_id) for row in rows]

    def count(self, group: int, states: tuple[AnswerState, ...]) -> int:
        """How many answers of a group are in these states."""
        return self._conn.execute(
            select(func.count()).select_from(answers).where(answers.c.group_id == group, answers.c.state.in_(states))
        ).scalar_one()

    def _add_text(self, group: int, answer: int, version: int, text: str, dont_know: bool) -> None:
        row = {"answer_id": answer, "number": version, "group_id": group, "text": text, "dont_know": dont_know}
        self._conn.execute(_ADD_TEXT, row)

    def _one(self, query: Select[Any], **values: int) -> Answer | None:
        row = self._conn.execute(query, values).first()
        return None if row is None else _answer(row)


def _with_text() -> Select[Any]:
    current = (answer_versions.c.answer_id == answers.c.id) & (answer_versions.c.number == answers.c.version)
    return (
        select(answers, answer_versions.c.text, answer_versions.c.dont_know)
        .select_from(answers)
        .outerjoin(answer_versions, current)
    )


# What every answer passes, put together once: making a statement takes longer than running it.
_ONE = (answers.c.group_id == bindparam("of"), answers.c.id == bindparam("one"))
_BY_ID = _with_text().where(*_ONE)
_HELD = _BY_ID.with_for_update(of=answers)
_OF_MEMBER = _with_text().where(
    answers.c.group_id == bindparam("of"),
    answers.c.asking_id == bindparam("asking"),
    answers.c.member_id == bindparam("member"),
    answers.c.attempt == bindparam("attempt"),
)
_CHANGE = update(answers).where(*_ONE)
_ADD_TEXT = answer_versions.insert()
_MESSAGE = select(thread_messages).where(
    thread_messages.c.platform == bindparam("on"),
    thread_messages.c.workspace == bindparam("there"),
    thread_messages.c.channel_id == bindparam("channel"),
    thread_messages.c.message_id == bindparam("id"),
)
_PARTS = (
    select(thread_messages)
    .where(
        thread_messages.c.group_id == bindparam("of"),
        thread_messages.c.answer_id == bindparam("one"),
        thread_messages.c.kind == MessageKind.PART,
        thread_messages.c.deleted.is_(False),
    )
    .order_by(thread_messages.c.sent_at, thread_messages.c.id)
)


def _is(ref: MessageRef) -> tuple[Any, ...]:
    c = thread_messages.c
    return (
        c.platform == ref.platform,
        c.workspace == ref.workspace,
        c.channel_id == ref.channel,
        c.message_id == ref.id,
    )


def _message_values(message: ThreadMessage) -> dict[str, Any]:
    return {
        "group_id": message.group,
        "platform": message.ref.platform,
        "workspace": message.ref.workspace,
        "channel_id": message.ref.channel,
        "message_id": message.ref.id,
        "thread_channel": message.thread.channel,
        "thread_id": message.thread.id,
        "author_id": message.author.id,
        "author_name": message.author_name,
        "kind": message.kind,
        "answer_id": message.answer,
        "text": message.text,
        "sent_at": message.sent_at,
        "changed_at": message.changed_at,
        "deleted": message.deleted,
        "replies_to_member": message.replies_to_member,
        "mentions_member": message.mentions_member,
    }


def _message(row: Row[Any]) -> ThreadMessage:
    platform, workspace = row.platform, row.workspace
    return ThreadMessage(
        MessageRef(platform, workspace, row.channel_id, row.message_id),
        row.group_id,
        ThreadRef(platform, workspace, row.thread_channel, row.thread_id),
        UserRef(platform, workspace, row.author_id),
        row.author_name,
        MessageKind(row.kind),
        row.answer_id,
        row.text,
        row.sent_at,
        row.changed_at,
        row.deleted,
        row.replies_to_member,
        row.mentions_member,
    )


def _answer(row: Row[Any]) -> Answer:
    return Answer(
        row.id,
        row.group_id,
        row.posting_id,
        row.asking_id,
        row.member_id,
        Via(row.via),
        AnswerState(row.state),
        row.version,
        row.born,
        row.text or "",
        bool(row.dont_know),
        row.late,
        row.day,
        row.received_at,
        row.attempt,
    )
