"""The codes' shelf: codes that join two groups or two accounts, and how often somebody typed a wrong one.

A code leads from one group to another, so here alone a row is looked up without its group.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from bot.domain.codes import Purpose
from bot.domain.refs import ChannelRef, UserRef
from bot.shelves import Code
from bot.storage.tables import codes, wrong_codes

#: So long a used or expired code is remembered, for whoever presses its button once more.
KEEP = timedelta(days=1)


class SqlCodes:
    """Codes of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def issue(
        self,
        group: int,
        purpose: Purpose,
        hash: str,
        issuer: UserRef,
        place: ChannelRef,
        now: datetime,
        until: datetime,
    ) -> None:
        """A new code. The issuer's earlier ones that nobody has used are good no more."""
        mine = (*_is(codes, issuer), codes.c.group_id == group, codes.c.purpose == purpose, codes.c.used.is_(False))
        self._conn.execute(delete(codes).where(*mine))
        self._conn.execute(delete(codes).where(codes.c.expires_at < now - KEEP))
        self._conn.execute(
            codes.insert().values(
                group_id=group,
                purpose=purpose,
                hash=hash,
                platform=issuer.platform,
                workspace=issuer.workspace,
                user_id=issuer.id,
                channel_id=place.id,
                expires_at=until,
                used=False,
            )
        )

    def by_hash(self, hash: str) -> Code | None:
        """The code with this hash, which nobody else changes until the transaction ends."""
        return self._one(codes.c.hash == hash)

    def by_id(self, code: int) -> Code | None:
        """One code, which nobody else changes until the transaction ends."""
        return self._one(codes.c.id == code)

    def take(self, code: int, taker: UserRef) -> None:
        """Somebody typed it, so it is theirs."""
        self._change(code, taker_platform=taker.platform, taker_workspace=taker.workspace, taker_id=taker.id)

    def use(self, code: int) -> None:
        """It did what it was made for, and never does so again."""
        self._change(code, used=True)

    def wrong(self, group: int, user: UserRef, now: datetime) -> None:
        """Notes that somebody typed a code that is none."""
        self._conn.execute(delete(wrong_codes).where(*_is(wrong_codes, user), wrong_codes.c.at < now - KEEP))
        self._conn.execute(
            wrong_codes.insert().values(
                group_id=group, platform=user.platform, workspace=user.workspace, user_id=user.id, at=now
            )
        )

    def wrong_since(self, user: UserRef, since: datetime) -> int:
        """How often somebody did so since then."""
        return self._conn.execute(
            select(func.count()).where(*_is(wrong_codes, user), wrong_codes.c.at > since)
        ).scalar_one()

    def _change(self, code: int, **values: Any) -> None:
        self._conn.execute(update(codes).where(codes.c.id == code).values(**values))

    def _one(self, *wanted: Any) -> Code | None:
        row = self._conn.execute(select(codes).where(*wanted).with_for_update()).first()
        return None if row is None else _code(row)


def _is(table: Any, user: UserRef) -> tuple[Any, ...]:
    c = table.c
    return (c.platform == user.platform, c.workspace == user.workspace, c.user_id == user.id)


def _code(row: Row[Any]) -> Code:
    taker = None
    if row.taker_id is not None:
        taker = UserRef(row.taker_platform, row.taker_workspace, row.taker_id)
    return Code(
        row.id,
        row.group_id,
        Purpose(row.purpose),
        UserRef(row.platform, row.workspace, row.user_id),
        ChannelRef(row.platform, row.workspace, row.channel_id),
        row.expires_at,
        taker,
        row.used,
    )
