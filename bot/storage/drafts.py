"""The drafts shelf: answers that are being written over several messages, and files that came with messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    select,
    update,
)

from bot.domain.incoming import Attachment
from bot.domain.refs import MessageRef
from bot.shelves import Draft, DraftState, MessageFile, Via
from bot.storage.tables import answers, thread_messages
from bot.storage.types import UtcDateTime, metadata

drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("posting_id", ForeignKey("postings.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Index("ix_drafts_posting", "posting_id", "member_id", "state"),
)

#: `ref` is where its platform keeps the file; `text` is there once it was read.
message_files = Table(
    "message_files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("thread_message_id", ForeignKey("thread_messages.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("size", Integer, nullable=False),
    Column("ref", Text, nullable=False),
    Column("text", Text),
)


# Asked with every answer, so put together once.
_HOLDS = (
    select(drafts.c.id)
    .join(answers, (drafts.c.posting_id == answers.c.posting_id) & (drafts.c.member_id == answers.c.member_id))
    .where(
        answers.c.group_id == bindparam("of"),
        answers.c.id == bindparam("one"),
        answers.c.via == Via.THREAD,
        drafts.c.state == DraftState.OPEN,
    )
    .limit(1)
)


class SqlDrafts:
    """Drafts and files of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def begin(self, group: int, posting: int, member: int, now: datetime) -> Draft:
        """A new draft."""
        values = {"posting_id": posting, "member_id": member, "state": DraftState.OPEN, "opened_at": now}
        row = self._conn.execute(drafts.insert().values(group_id=group, **values).returning(drafts)).one()
        return _draft(row)

    def open_of(self, group: int, posting: int, member: int) -> Draft | None:
        """The draft this member has open there."""
        row = self._conn.execute(
            select(drafts)
            .where(
                drafts.c.group_id == group,
                drafts.c.posting_id == posting,
                drafts.c.member_id == member,
                drafts.c.state == DraftState.OPEN,
            )
            .order_by(drafts.c.id.desc())
            .limit(1)
        ).first()
        return None if row is None else _draft(row)

    def by_id(self, group: int, draft: int) -> Draft | None:
        """One draft."""
        row = self._conn.execute(select(drafts).where(drafts.c.group_id == group, drafts.c.id == draft)).first()
        return None if row is None else _draft(row)

    def end(self, group: int, draft: int, state: DraftState) -> bool:
        """It is over; False when it was before."""
        mine = (drafts.c.group_id == group, drafts.c.id == draft, drafts.c.state == DraftState.OPEN)
        return self._conn.execute(update(drafts).where(*mine).values(state=state)).rowcount > 0

    def holds(self, group: int, answer: int) -> bool:
        """Whether this answer is still being written, in the thread."""
        return self._conn.execute(_HOLDS, {"of": group, "one": answer}).first() is not None

    def add_files(self, group: int, message: MessageRef, files: Sequence[Attachment]) -> None:
        """Notes the files of a message that was seen."""
        of = self._conn.execute(_message(group, message)).scalar_one()
        rows = [
            {"group_id": group, "thread_message_id": of, "name": file.name[:200], "size": file.size, "ref": file.ref}
            for file in files
        ]
        if rows:
            self._conn.execute(message_files.insert(), rows)

    def files(self, group: int, message: MessageRef) -> Sequence[MessageFile]:
        """The files of a message, in its order."""
        rows = self._conn.execute(
            select(message_files)
            .where(
                message_files.c.group_id == group,
                message_files.c.thread_message_id.in_(_message(group, message)),
            )
            .order_by(message_files.c.id)
        )
        return [MessageFile(row.id, Attachment(row.name, row.size, row.ref), row.text) for row in rows]

    def set_text(self, group: int, file: int, text: str) -> None:
        """What a file says; nothing where it could not be read."""
        mine = (message_files.c.group_id == group, message_files.c.id == file)
        self._conn.execute(update(message_files).where(*mine).values(text=text))

    def forget_files(self, group: int, message: MessageRef) -> None:
        """The files of a message are gone."""
        mine = (message_files.c.group_id == group, message_files.c.thread_message_id.in_(_message(group, message)))
        self._conn.execute(delete(message_files).where(*mine))


def _message(group: int, ref: MessageRef) -> Any:
    c = thread_messages.c
    return select(c.id).where(
        c.group_id == group,
        c.platform == ref.platform,
        c.workspace == ref.workspace,
        c.channel_id == ref.channel,
        c.message_id == ref.id,
    )


def _draft(row: Row[Any]) -> Draft:
    return Draft(row.id, row.group_id, row.posting_id, row.member_id, DraftState(row.state), row.opened_at)
