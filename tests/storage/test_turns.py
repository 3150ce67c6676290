"""Writers of one process take turns at a SQLite file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from bot.storage.engine import Connection, Database

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

#: Shorter than a turn is waited for, so that one which was never given back is noticed.
SOON_SECONDS = 5.0


@pytest.fixture
def guest(database: Database) -> Iterator[Engine]:
    """The engine of a library that writes to the same file."""
    engine = database.guest_engine(2)
    assert engine is not None
    with engine.begin() as conn:
        conn.execute(text("create table guests (name text not null unique)"))
    yield engine
    engine.dispose()


def add(conn: Connection, name: str) -> None:
    conn.execute(text("insert into guests values (:name)"), {"name": name})


async def names(database: Database) -> list[str]:
    rows = text("select name from guests order by rowid")
    return await database.read(lambda conn: list(conn.execute(rows).scalars()))


async def test_a_writer_waits_until_a_guest_is_done(database: Database, guest: Engine) -> None:
    inside, done = threading.Event(), threading.Event()

    def visit() -> None:
        with guest.begin() as conn:
            add(conn, "guest")
            inside.set()
            done.wait(SOON_SECONDS)

    visiting = asyncio.create_task(asyncio.to_thread(visit))
    await asyncio.to_thread(inside.wait)
    writing = asyncio.create_task(database.write(lambda conn: add(conn, "own")))
    await asyncio.sleep(0.1)
    assert not writing.done()
    done.set()
    await asyncio.gather(visiting, writing)

    assert await names(database) == ["guest", "own"]


async def test_a_turn_is_given_back_however_a_transaction_ends(database: Database, guest: Engine) -> None:
    await database.write(lambda conn: add(conn, "first"))
    for _ in range(3):
        with pytest.raises(Exception, match="UNIQUE"):
            await database.write(lambda conn: add(conn, "first"))
        with pytest.raises(Exception, match="UNIQUE"), guest.begin() as conn:
            add(conn, "first")

    async with asyncio.timeout(SOON_SECONDS):
        await database.write(lambda conn: add(conn, "own"))
        await asyncio.to_thread(visit_once, guest, "guest")

    assert await names(database) == ["first", "own", "guest"]


async def test_who_only_reads_takes_no_turn(database: Database, guest: Engine) -> None:
    with guest.connect() as conn:
        conn.execute(text("select * from guests")).all()
        async with asyncio.timeout(SOON_SECONDS):
            await database.write(lambda conn: add(conn, "own"))

    assert await names(database) == ["own"]


async def test_many_who_write_at_once_all_get_their_turn(database: Database, guest: Engine) -> None:
    async with asyncio.TaskGroup() as together:
        for number in range(40):
            together.create_task(asyncio.to_thread(visit_once, guest, f"guest {number}"))
            together.create_task(database.write(lambda conn, number=number: add(conn, f"own {number}")))  # type: ignore[misc]

    assert len(await names(database)) == 80


def visit_once(guest: Engine, name: str) -> None:
    with guest.begin() as conn:
        add(conn, name)
