"""Brings a database to the newest schema, at every start, however many processes start at once."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, exc, text

from bot.domain.errors import NotNow
from bot.storage.engine import Database, DatabaseProblem, make_maintenance_engine, ours

#: Any number, as long as every version of the bot uses the same.
POSTGRES_LOCK = 0x53_54_55_44_59
#: Another process may be rebuilding a large table.
PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 1.0

#: Alembic keeps the migration that runs in a global.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema a database has, None before its first start, and the newest that this version knows."""

    current: str | None
    newest: str | None
    is_newer: bool


def schema_of(conn: Connection) -> Schema:
    """Looks, and changes nothing."""
    known = ScriptDirectory.from_config(migrations(conn))
    current = MigrationContext.configure(conn).get_current_revision()
    return Schema(current, known.get_current_head(), current is not None and not _knows(known, current))


async def migrate(database: Database) -> None:
    """Upgrades the schema, all or nothing: killed half way, the next start does it again from the beginning.

    Raises `DatabaseProblem` when the database was made by a newer version of the bot.
    """
    await asyncio.to_thread(upgrade, database.url)


def upgrade(url: URL) -> None:
    """As `migrate`, for callers without a loop."""
    engine = make_maintenance_engine(url)
    try:
        for _ in range(int(PATIENCE_SECONDS / PAUSE_SECONDS)):
            try:
                with _one_at_a_time, engine.begin() as conn:
                    _upgrade(conn)
                return
            except exc.DBAPIError as error:
                if not isinstance(ours(error), NotNow):
                    raise
            threading.Event().wait(PAUSE_SECONDS)
        raise DatabaseProblem("The database stays busy, so its tables cannot be brought up to date. Try again later.")
    finally:
        engine.dispose()


def migrations(conn: Connection) -> Config:
    """Alembic's settings for this connection; there is no alembic.ini."""
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def _upgrade(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":  # on SQLite, BEGIN IMMEDIATE is the lock
        conn.execute(text("select pg_advisory_xact_lock(:key)"), {"key": POSTGRES_LOCK})
    config = migrations(conn)
    _refuse_a_newer_schema(conn, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")
    if conn.dialect.name == "sqlite" and (broken := conn.exec_driver_sql("PRAGMA foreign_key_check").first()):
        raise DatabaseProblem(f"The upgrade would leave rows of table {broken[0]} that belong to nothing. Report this.")


def _refuse_a_newer_schema(conn: Connection, known: ScriptDirectory) -> None:
    current = MigrationContext.configure(conn).get_current_revision()
    if current is not None and not _knows(known, current):
        raise DatabaseProblem(
            f"The database has schema {current}, which this version of studybot does not know (its newest is "
            f"{known.get_current_head()}). Install the newer version again, or restore a backup made before it."
        )


def _knows(known: ScriptDirectory, revision: str) -> bool:
    try:
        known.get_revision(revision)
    except CommandError:
        return False
    return True
