"""The audits shelf, and its table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, UniqueConstraint, delete, select

from bot.domain.audits import Figures
from bot.domain.reviews import Versions
from bot.shelves import Audit
from bot.storage.types import JsonText, UtcDateTime, metadata

audits = Table(
    "audits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reviewer", String(60), nullable=False),
    Column("model", String(120), nullable=False),
    Column("prompt", String(60), nullable=False),
    Column("code", String(60), nullable=False),
    Column("gold", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("figures", JsonText, nullable=False),
    UniqueConstraint("reviewer", "model", "prompt", "code"),
)


class SqlAudits:
    """Audits of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def store(self, audit: Audit) -> None:
        """Keeps an audit; one of the same versions is replaced."""
        self._conn.execute(delete(audits).where(*_same(audit.versions)))
        values = asdict(audit.versions) | {"gold": audit.gold, "at": audit.at, "figures": asdict(audit.figures)}
        self._conn.execute(audits.insert().values(values))

    def expire(self, gold: str) -> None:
        """Audits against another gold set or other rubrics than these say nothing any more."""
        self._conn.execute(delete(audits).where(audits.c.gold != gold))

    def of(self, versions: Versions) -> Audit | None:
        """What is known of exactly these versions."""
        row = self._conn.execute(select(audits).where(*_same(versions))).first()
        return None if row is None else _audit(row)


def _same(versions: Versions) -> tuple[Any, ...]:
    c = audits.c
    return (
        c.reviewer == versions.reviewer,
        c.model == versions.model,
        c.prompt == versions.prompt,
        c.code == versions.code,
    )


def _audit(row: Row[Any]) -> Audit:
    raw = row.figures | {"seconds": tuple(row.figures["seconds"])}
    versions = Versions(row.reviewer, row.model, row.prompt, row.code)
    return Audit(versions, row.gold, row.at, Figures(**raw))
