"""The delivery shelf: every outgoing message has a key and a row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from bot.domain.errors import NotNow
from bot.domain.outgoing import Outgoing
from bot.shelves import Sending, SendState
from bot.storage.tables import joined_groups, sendings
from bot.storage.work import database_now, insert_for, inserted


class SqlDelivery:
    """Outgoing messages of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def by_key(self, group: int, key: str) -> Sending | None:
        """The row of a message."""
        row = self._conn.execute(select(sendings).where(*_is(group, key))).first()
        return None if row is None else _sending(row)

    def claim(self, group: int, item: Outgoing, revision: int, now: datetime, hold: timedelta) -> Sending | None:
        """Takes the message in hand for so long, by the database's clock, and returns its row as it was before; None
        when there was none. Raises `NotNow` while somebody else has it in hand."""
        first = {
            "key": item.key,
            "group_id": group,
            "kind": type(item).__name__.lower(),
            "state": SendState.SENDING,
            "revision": revision,
            "attempted": now,
            "claimed_until": database_now(self._conn) + hold,
        }
        if inserted(
            self._conn,
            insert_for(self._conn, sendings).values(**first).on_conflict_do_nothing(index_elements=["key"]),
        ):
            return None
        return self.claim_known(group, item.key, hold)

    def claim_known(self, group: int, key: str, hold: timedelta) -> Sending | None:
        """The same for a message that has a row; None when it has none, and then nothing is taken."""
        row = self._conn.execute(select(sendings).where(*_is(group, key)).with_for_update()).first()
        if row is None:
            return None
        before, now = _sending(row), database_now(self._conn)
        if before.claimed_until is not None and before.claimed_until > now:
            raise NotNow("this message is being sent", (before.claimed_until - now).total_seconds())
        if before.state in (SendState.SENDING, SendState.SENT):
            self._set(group, key, claimed_until=now + hold)
        return before

    def keep(self, group: int, key: str, hold: timedelta) -> None:
        """Renews a claim; one that was let go of stays so."""
        self._conn.execute(
            update(sendings)
            .where(*_is(group, key), sendings.c.claimed_until.is_not(None))
            .values(claimed_until=database_now(self._conn) + hold)
        )

    def sent(self, group: int, key: str, sent_id: str, revision: int) -> None:
        """It stands there; nobody has it in hand any more."""
        self._set(group, key, state=SendState.SENT, sent_id=sent_id, revision=revision, claimed_until=None)

    def release(self, group: int, key: str) -> None:
        """Nobody has it in hand; its state stays."""
        self._set(group, key, claimed_until=None)

    def end(self, group: int, key: str, state: SendState) -> None:
        """Refused, or removed: nothing more will be said under this key."""
        self._set(group, key, state=state, claimed_until=None)

    def _set(self, group: int, key: str, **values: Any) -> None:
        self._conn.execute(update(sendings).where(*_is(group, key)).values(**values))


def _is(group: int, key: str) -> tuple[ColumnElement[bool], ...]:
    """A message of this group. What a story has in hand stays so when its group joins another meanwhile."""
    now = select(joined_groups.c.group_id).where(joined_groups.c.former == group).scalar_subquery()
    return (or_(sendings.c.group_id == group, sendings.c.group_id == now), sendings.c.key == key)


def _sending(row: Row[Any]) -> Sending:
    return Sending(
        row.key, row.group_id, SendState(row.state), row.revision, row.sent_id, row.attempted, row.claimed_until
    )
