"""The delivery shelf: every outgoing message has a key and a row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from bot.domain.errors import NotNow
from bot.domain.outgoing import Outgoing
from bot.shelves import Sending, SendState
from bot.storage.tables import joined_groups, sendings
from bot.storage.work import database_now, insert_new

# A message of this group. What a story has in hand stays so when its group joins another meanwhile.
_NOW = select(joined_groups.c.group_id).where(joined_groups.c.former == bindparam("of")).scalar_subquery()
_THIS = or_(sendings.c.group_id == bindparam("of"), sendings.c.group_id == _NOW), sendings.c.key == bindparam("of_key")
# Put together once: making a statement takes longer than running it.
_ROW = select(sendings).where(*_THIS)
_ROW_HELD = _ROW.with_for_update()
_CHANGE = update(sendings).where(*_THIS)
_RENEW = _CHANGE.where(sendings.c.claimed_until.is_not(None))


class SqlDelivery:
    """Outgoing messages of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def by_key(self, group: int, key: str) -> Sending | None:
        """The row of a message."""
        row = self._conn.execute(_ROW, _is(group, key)).first()
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
        if insert_new(self._conn, sendings, ("key",), first) is not None:
            return None
        return self.claim_known(group, item.key, hold)

    def claim_known(self, group: int, key: str, hold: timedelta) -> Sending | None:
        """The same for a message that has a row; None when it has none, and then nothing is taken."""
        row = self._conn.execute(_ROW_HELD, _is(group, key)).first()
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
        self._conn.execute(_RENEW, {**_is(group, key), "claimed_until": database_now(self._conn) + hold})

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
        self._conn.execute(_CHANGE, {**_is(group, key), **values})


def _is(group: int, key: str) -> dict[str, Any]:
    return {"of": group, "of_key": key}


def _sending(row: Row[Any]) -> Sending:
    return Sending(
        row.key, row.group_id, SendState(row.state), row.revision, row.sent_id, row.attempted, row.claimed_until
    )
