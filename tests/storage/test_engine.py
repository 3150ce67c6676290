from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from processes import in_own_process
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    event,
    func,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.domain.errors import NotNow
from bot.storage import engine as engine_module
from bot.storage.engine import Database, Work, open_database

Opener = Callable[..., Awaitable[Database]]

tables = MetaData()
notes = Table("notes", tables, Column("id", Integer, primary_key=True), Column("body", Text))
counters = Table("counters", tables, Column("id", Integer, primary_key=True), Column("value", Integer, nullable=False))
#: Its rule is checked at the commit, not before.
children = Table(
    "children",
    tables,
    Column("id", Integer, primary_key=True),
    Column("note", ForeignKey("notes.id", deferrable=True, initially="DEFERRED")),
)


@pytest.fixture
async def open_at() -> AsyncIterator[Opener]:
    """Opens a database with our little tables in it."""
    opened: list[Database] = []

    async def open_it(url: str, writers: int = 4) -> Database:
        database = await asyncio.to_thread(open_database, url, writers=writers)
        opened.append(database)
        await database.write(tables.create_all)
        return database

    yield open_it
    for database in opened:
        await database.close()


def note(id: int, body: str = "") -> Work[int]:
    def work(conn: Connection) -> int:
        conn.execute(insert(notes).values(id=id, body=body))
        return id

    return work


def counter(id: int) -> Work[None]:
    def work(conn: Connection) -> None:
        conn.execute(insert(counters).values(id=id, value=0))

    return work


def stored(conn: Connection) -> list[int]:
    return sorted(conn.execute(select(notes.c.id)).scalars())


class Door:
    """A work that keeps the writer busy until the test opens it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def work(self, conn: Connection) -> None:
        self.reached.set()
        self.open.wait(300)


async def all_at_once(database: Database, *works: Work[object]) -> list[object]:
    """Lets the works wait together behind one that is under way."""
    door = Door()
    first = asyncio.create_task(database.write(door.work))
    await asyncio.to_thread(door.reached.wait)
    waiting = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    door.open.set()
    await first
    return list(await asyncio.gather(*waiting, return_exceptions=True))


async def test_works_that_wait_together_share_a_commit(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url, writers=1)
    commits: list[Connection] = []
    event.listen(database.engine, "commit", commits.append)

    results = await all_at_once(database, *(note(number) for number in range(20)))

    assert results == list(range(20))
    assert len(commits) == 2
    assert await database.read(stored) == list(range(20))


async def test_a_result_comes_after_the_commit(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url)

    await database.write(note(1))

    def look_elsewhere() -> list[int]:
        with database.engine.connect() as elsewhere:
            return stored(elsewhere)

    assert await asyncio.to_thread(look_elsewhere) == [1]


async def test_a_guest_that_raises_gets_its_own_error_and_its_neighbours_none(
    open_at: Opener, database_url: str
) -> None:
    database = await open_at(database_url, writers=1)

    def bad(conn: Connection) -> None:
        conn.execute(insert(notes).values(id=99))
        raise ValueError("mine alone")

    one, wrong, two = await all_at_once(database, note(1), bad, note(2))

    assert (one, two) == (1, 2)
    assert isinstance(wrong, ValueError)
    assert await database.read(stored) == [1, 2]


async def test_many_bad_guests_harm_nobody(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url, writers=1)

    results = await all_at_once(database, note(1), note(1), note(2), note(2), note(3))

    assert [result for result in results if isinstance(result, int)] == [1, 2, 3]
    assert sum(isinstance(result, IntegrityError) for result in results) == 2
    assert await database.read(stored) == [1, 2, 3]


async def test_a_rule_broken_at_the_commit_is_charged_to_the_one_who_broke_it(
    open_at: Opener, database_url: str
) -> None:
    database = await open_at(database_url, writers=1)

    def orphan(conn: Connection) -> None:
        conn.execute(insert(children).values(id=1, note=404))

    one, wrong, two = await all_at_once(database, note(1), orphan, note(2))

    assert (one, two) == (1, 2)
    assert isinstance(wrong, IntegrityError)
    assert await database.read(stored) == [1, 2]


async def test_a_waiter_who_went_away_does_not_disturb_the_others(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url, writers=1)
    door = Door()
    first = asyncio.create_task(database.write(door.work))
    await asyncio.to_thread(door.reached.wait)
    gone, stays = asyncio.create_task(database.write(note(1))), asyncio.create_task(database.write(note(2)))
    await asyncio.sleep(0)

    first.cancel()
    gone.cancel()
    await asyncio.gather(first, gone, return_exceptions=True)
    door.open.set()

    assert await stays == 2
    assert await database.read(stored) == [2]


async def test_reading_writes_nothing(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url)

    with pytest.raises(DBAPIError):
        await database.read(note(1))

    assert await database.read(stored) == []


async def test_a_read_sees_one_picture(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url)
    looked, changed = threading.Event(), threading.Event()

    def look_twice(conn: Connection) -> tuple[list[int], list[int]]:
        before = stored(conn)
        looked.set()
        changed.wait(10)
        return before, stored(conn)

    reading = asyncio.create_task(database.read(look_twice))
    await asyncio.to_thread(looked.wait)
    await database.write(note(1))
    changed.set()

    assert await reading == ([], [])


async def test_whoever_listens_hears_of_owed_work_after_the_commit_only(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url, writers=1)
    heard: list[list[int]] = []

    def listen() -> None:
        with database._read_engine.connect() as conn:
            heard.append(stored(conn))

    def owing(conn: Connection) -> None:
        note(1)(conn)
        conn.info["owed"] = True

    def owing_in_vain(conn: Connection) -> None:
        conn.info["owed"] = True
        raise LookupError

    database.on_owed = listen
    with pytest.raises(LookupError):
        await database.write(owing_in_vain)
    await database.write(note(2))
    await database.write(owing)

    assert heard == [[1, 2]]


async def test_a_closed_database_says_not_now(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url)
    await database.close()

    with pytest.raises(NotNow):
        await database.write(note(1))


def add_one(conn: Connection) -> None:
    """Reads, then writes what follows from it: the pattern that loses updates when two do it unprotected."""
    value = conn.execute(select(counters.c.value).where(counters.c.id == 1).with_for_update()).scalar_one()
    conn.execute(counters.update().where(counters.c.id == 1).values(value=value + 1))


def add_in_own_process(url: str, times: int) -> None:
    async def main() -> None:
        database = open_database(url)
        await asyncio.gather(*(database.write(add_one) for _ in range(times)))
        await database.close()

    asyncio.run(main())


async def test_x055_two_processes_of_many_writers_lose_no_update(open_at: Opener, database_url: str) -> None:
    database = await open_at(database_url)
    await database.write(counter(1))

    other = in_own_process(add_in_own_process, database_url, 200)
    await asyncio.gather(*(database.write(add_one) for _ in range(200)))
    await asyncio.to_thread(other.join)

    assert other.exitcode == 0
    assert await database.read(lambda conn: conn.execute(select(counters.c.value)).scalar_one()) == 400


async def test_x073_a_lock_held_by_another_is_waited_for(sqlite_url: str, open_at: Opener) -> None:
    database = await open_at(sqlite_url)
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    writing = asyncio.create_task(database.write(note(1)))
    await asyncio.sleep(0.5)
    assert not writing.done()
    other.execute("ROLLBACK")

    assert await writing == 1
    other.close()


async def test_x073_a_lock_held_too_long_is_answered_with_not_now(
    sqlite_url: str, open_at: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "SQLITE_BUSY_MS", 200)
    database = await open_at(sqlite_url)
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    results = await asyncio.gather(*(database.write(note(number)) for number in range(5)), return_exceptions=True)
    other.execute("ROLLBACK")
    other.close()

    assert all(isinstance(result, NotNow) for result in results)
    assert await database.read(stored) == []
    assert await database.write(note(1)) == 1


async def test_x074_a_full_disk_stores_nothing_and_is_forgotten_when_there_is_space(
    sqlite_url: str, open_at: Opener
) -> None:
    database = await open_at(sqlite_url)
    await database.write(note(1))
    pages = await database.read(lambda conn: conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    await database.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}").scalar_one())

    small, large = await all_at_once(database, note(2), note(3, "x" * 200_000))
    with pytest.raises(NotNow):
        await database.write(note(4, "x" * 200_000))
    await database.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count=100000").scalar_one())

    assert small == 2
    assert isinstance(large, NotNow)
    assert await database.write(note(4, "x" * 200_000)) == 4
    assert await database.read(stored) == [1, 2, 4]


@pytest.mark.postgres
async def test_a_deadlock_is_tried_again(postgres_url: str, open_at: Opener) -> None:
    database, another = await open_at(postgres_url), await open_at(postgres_url)
    await database.write(counter(1))
    await database.write(counter(2))
    meet = threading.Barrier(2)

    def crosswise(first: int, second: int) -> Work[None]:
        def work(conn: Connection) -> None:
            plus_one = counters.update().values(value=counters.c.value + 1)
            conn.execute(plus_one.where(counters.c.id == first))
            with suppress(threading.BrokenBarrierError):  # both hold a row now; nobody waits for the other twice
                meet.wait(5)
                meet.abort()
            conn.execute(plus_one.where(counters.c.id == second))

        return work

    await asyncio.gather(database.write(crosswise(1, 2)), another.write(crosswise(2, 1)))

    assert await database.read(lambda conn: list(conn.execute(select(counters.c.value)).scalars())) == [2, 2]


@pytest.mark.postgres
async def test_x077_a_hanging_query_in_every_connection_ends_and_the_rest_goes_on(
    postgres_url: str, open_at: Opener
) -> None:
    database = await open_at(
        make_url(postgres_url).update_query_dict({"options": "-c statement_timeout=2000"}).render_as_string(False)
    )

    def hang(conn: Connection) -> None:
        conn.execute(text("select pg_sleep(60)"))

    results = await asyncio.gather(*(database.write(hang) for _ in range(8)), return_exceptions=True)

    assert all(isinstance(result, NotNow) for result in results)
    assert await database.write(note(1)) == 1


@pytest.mark.postgres
async def test_a_server_that_cuts_the_line_is_found_again(postgres_url: str, open_at: Opener) -> None:
    database = await open_at(postgres_url)
    await asyncio.gather(*(database.write(note(number)) for number in range(8)))
    others = text(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )

    def cut_the_others() -> None:
        with database.engine.connect() as conn:
            conn.execute(others)

    def cut_my_own_line(conn: Connection) -> None:
        conn.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    await asyncio.to_thread(cut_the_others)
    with pytest.raises(NotNow):
        await database.write(cut_my_own_line)

    assert await database.write(note(8)) == 8
    assert await database.read(lambda conn: conn.execute(select(func.count()).select_from(notes)).scalar_one()) == 9


def test_x080_a_database_nobody_closed_does_not_hold_the_process(tmp_path: Path) -> None:
    script = (
        "import asyncio; from bot.storage.engine import open_database; from sqlalchemy import text\n"
        f"database = open_database('sqlite:///{tmp_path}/a.db')\n"
        "asyncio.run(database.write(lambda conn: conn.execute(text('create table t (i integer)')) and None))\n"
    )

    ended = subprocess.run([sys.executable, "-c", script], timeout=300, cwd=Path(__file__).parents[2])

    assert ended.returncode == 0
