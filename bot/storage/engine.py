"""One database, written by few threads that let everybody who waits share a commit.

A commit costs about the same for one row or for fifty, so works that wait at the same moment run one after another in
one transaction. A work that raises is taken out and runs alone: it gets its own error and its neighbours none.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar, cast

from sqlalchemy import URL as URL
from sqlalchemy import Connection as Connection  # whoever writes works names these
from sqlalchemy import Engine, create_engine, event, exc, make_url
from sqlalchemy.pool import NullPool

from bot.domain.errors import NotNow, StudybotError

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Something to do in a transaction. It may be run again when the transaction fails, so it only reads and writes rows.
Work = Callable[[Connection], T]

#: What became of a work: its result, or its error.
End = tuple[Any, Exception | None]

#: So many works share a commit at most: more would only make the first ones wait.
GUESTS = 64
#: So many may wait. Beyond that the database is not slow but away, and it is kinder to say so at once.
WAITING = 10_000
#: So long a work may wait for its turn; a platform would have stopped listening by then.
PATIENCE_SECONDS = 15.0
#: Deadlocks and serialisation failures are nobody's fault and rarely happen twice.
TRIES = 3

SQLITE_BUSY_MS = 15_000
SQLITE_READONLY = 8
#: Busy, locked, no memory, read-only, disk error, disk full, cannot open, locking protocol (sqlite3.h).
SQLITE_OUTSIDE = frozenset({5, 6, 7, SQLITE_READONLY, 10, 13, 14, 15})
#: Sorts of SQLSTATE that come from the server's state rather than from our statement: connection, resources, limits,
#: intervention, disk. 57014 is a statement cut off by its time limit.
POSTGRES_OUTSIDE = ("08", "53", "55", "57", "58")
POSTGRES_AGAIN = frozenset({"40001", "40P01"})
#: A server that is gone without a word is noticed within these limits (libpq's names).
POSTGRES_LIMITS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "options": "-c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000 -c timezone=UTC",
}


class DatabaseProblem(StudybotError):
    """The database cannot be used as it is; the text says why in one line, and what to do."""


class _Spoiled(Exception):
    """A work raised; `index` says which, `__cause__` what."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


@dataclass(slots=True)
class _Guest:
    """A work that waits for its turn, and the future its caller waits on."""

    work: Work[Any]
    future: asyncio.Future[Any]
    since: float = field(default_factory=monotonic)


class _Crew:
    """Threads that serve one queue, each taking as many guests at a time as stand there.

    The threads are daemons: one that hangs in a driver must not hold the process.
    """

    def __init__(self, name: str, threads: int, most: int, serve: Callable[[Sequence[Work[Any]]], list[End]]) -> None:
        self._queue: queue.SimpleQueue[_Guest | None] = queue.SimpleQueue()
        self._most = most
        self._serve = serve
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        self._closed = False
        for thread in self._threads:
            thread.start()

    async def ask(self, work: Work[T]) -> T:
        """Waits for the work's turn and its end."""
        if self._closed:
            raise NotNow("the database is closed")
        if self._queue.qsize() >= WAITING:
            raise NotNow("too many wait for the database already")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put(_Guest(work, future))
        return await future

    def close(self, seconds: float) -> None:
        """Serves who waits, then lets the threads go; one that hangs longer is left behind."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        deadline = monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - monotonic()))

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            guests, last = self._gather(first)
            if guests:
                self._answer(guests)
            if last:
                return

    def _gather(self, first: _Guest) -> tuple[list[_Guest], bool]:
        """Who stands there now, without those who went away; and whether it is time to stop."""
        guests = [first]
        last = False
        while len(guests) < self._most and not last:
            try:
                guest = self._queue.get_nowait()
            except queue.Empty:
                break
            if guest is None:
                last = True
            else:
                guests.append(guest)
        return [guest for guest in guests if not guest.future.done()], last

    def _answer(self, guests: list[_Guest]) -> None:
        too_old = monotonic() - PATIENCE_SECONDS
        late = [guest for guest in guests if guest.since < too_old]
        served = [guest for guest in guests if guest.since >= too_old]
        told: list[tuple[_Guest, End]] = [
            (guest, (None, NotNow("the database did not get round to it"))) for guest in late
        ]
        if served:
            told += zip(served, self._serve([guest.work for guest in served]), strict=True)
        for loop in {guest.future.get_loop() for guest in guests}:
            mine = [(guest.future, end) for guest, end in told if guest.future.get_loop() is loop]
            try:
                loop.call_soon_threadsafe(_tell, mine)
            except RuntimeError:
                log.debug("loop_closed_before_the_answer")


def _tell(ends: list[tuple[asyncio.Future[Any], End]]) -> None:
    for future, (result, error) in ends:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            # A future refuses StopIteration, and its caller would wait for ever.
            future.set_exception(RuntimeError(str(error)) if isinstance(error, StopIteration) else error)


class Database:
    """Reads and writes by plain functions on a connection, run in threads of its own.

    `on_owed` is called, in a writer's thread, after each commit in which something became owed.
    """

    def __init__(self, url: URL, writers: int, readers: int, lasting: bool = True) -> None:
        self.url = url
        self.dialect = url.get_backend_name()
        self.on_owed: Callable[[], None] = _nobody_listens
        self.engine = make_engine(url, pool_size=writers, lasting=lasting)
        self._read_engine = make_engine(url, pool_size=readers, read_only=True)
        self._writers = _Crew("database-writer", writers, GUESTS, self._together)
        self._readers = _Crew("database-reader", readers, 1, self._look)

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in a transaction and returns after its commit.

        Raises `NotNow` when the database is busy, full or away: then nothing was stored (only where the line broke in
        the very moment of the commit nobody can know, so works are written to bear a second run). What `work` itself
        raises comes back as it is, after a rollback.
        """
        return await self._writers.ask(work)

    async def read(self, work: Work[T]) -> T:
        """Runs `work` against one consistent picture; writing in it fails."""
        return await self._readers.ask(work)

    async def is_there(self, seconds: float) -> bool:
        """Whether it answers within so many seconds."""
        # On SQLite the plainest of queries would not even look at the file.
        asking = "pragma schema_version" if self.dialect == "sqlite" else "select 1"
        with suppress(NotNow, TimeoutError):
            async with asyncio.timeout(seconds):
                await self.read(lambda conn: conn.exec_driver_sql(asking).scalar_one())
                return True
        return False

    async def close(self) -> None:
        """Finishes what waits, then closes every connection."""
        await asyncio.to_thread(self.close_now)

    def close_now(self, seconds: float = 5.0) -> None:
        """As `close`, for callers without a loop."""
        self._writers.close(seconds)
        self._readers.close(seconds)
        self._read_engine.dispose()
        self.engine.dispose()

    def _together(self, works: Sequence[Work[Any]], again: bool = True) -> list[End]:
        """All in one transaction; if that fails, as small as needed for nobody to suffer for another."""
        if len(works) == 1:
            return [self._alone(works[0])]
        try:
            return [(result, None) for result in self._transact(works)]
        except _Spoiled as spoiled:
            cause = cast(Exception, spoiled.__cause__)
            if again:
                return self._without(works, spoiled.index, cause)
            return self._each(works, cause)
        except Exception as error:
            return self._each(works, error)

    def _without(self, works: Sequence[Work[Any]], index: int, cause: Exception) -> list[End]:
        """The others together once more, then the one that raised by itself."""
        ends = self._together([*works[:index], *works[index + 1 :]], again=False)
        # What ran into a limit had its time; a second go would make the neighbours wait twice.
        spent = _is_outside(cause) and not _is_worth_another_try(cause)
        mine = (None, ours(cause)) if spent else self._alone(works[index])
        return [*ends[:index], mine, *ends[index:]]

    def _each(self, works: Sequence[Work[Any]], error: Exception) -> list[End]:
        """Everybody alone, unless the database itself is away: then nobody needs to try."""
        if _is_outside(error) and not _is_worth_another_try(error):
            return [(None, ours(error)) for _ in works]
        return [self._alone(work) for work in works]

    def _alone(self, work: Work[Any]) -> End:
        for last in [False] * (TRIES - 1) + [True]:
            try:
                return self._transact([work])[0], None
            except Exception as raised:
                error = cast(Exception, raised.__cause__) if isinstance(raised, _Spoiled) else raised
                if last or not _is_worth_another_try(error):
                    return None, ours(error)
        raise AssertionError("the last try returns")

    def _transact(self, works: Sequence[Work[Any]]) -> list[Any]:
        with self.engine.begin() as conn:
            conn.info.pop("owed", None)
            results = []
            for index, work in enumerate(works):
                try:
                    results.append(work(conn))
                except Exception as error:
                    raise _Spoiled(index) from error
            owed = conn.info.pop("owed", False)
        if owed:
            self._knock()
        return results

    def _knock(self) -> None:
        try:
            self.on_owed()
        except Exception:
            log.exception("whoever_listens_failed")  # it is committed all the same

    def _look(self, works: Sequence[Work[Any]]) -> list[End]:
        return [self._look_once(work) for work in works]

    def _look_once(self, work: Work[Any]) -> End:
        try:
            with self._read_engine.connect() as conn:
                return work(conn), None
        except Exception as error:
            return None, error if _is_a_write(error) else ours(error)


def _nobody_listens() -> None:
    """Where nobody tells stories, what is owed waits in its table."""


def open_database(
    url: str, *, create: bool = True, writers: int = 4, readers: int = 4, lasting: bool = True
) -> Database:
    """Opens `sqlite:///file` or `postgresql://…` after looking whether it can be used at all. One that is not `lasting`
    is thrown away after use: on SQLite no commit waits for the disk.

    A SQLite file that is not there yet is made when the database is first written, unless `create` is False.
    Raises `DatabaseProblem`; puts no new file in place of a broken one.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        check_file(parsed.database, create)
        database = Database(parsed, writers=1, readers=readers, lasting=lasting)
    else:
        database = Database(parsed, writers=writers, readers=readers)
    try:
        _greet(database)
    except BaseException:
        database.close_now()
        raise
    return database


def make_engine(url: URL, *, pool_size: int, read_only: bool = False, lasting: bool = True) -> Engine:
    """An engine that begins, waits and gives up as we want it to; see `open_database` for `lasting`."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=PATIENCE_SECONDS)
        _teach_sqlite(engine, "BEGIN" if read_only else "BEGIN IMMEDIATE", query_only=read_only, lasting=lasting)
        return engine
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=PATIENCE_SECONDS,
        pool_pre_ping=True,
        isolation_level="REPEATABLE READ" if read_only else "READ COMMITTED",
        execution_options={"postgresql_readonly": read_only},
        connect_args=_connect_args(url),
    )


def make_maintenance_engine(url: URL) -> Engine:
    """An engine for migrations: connections of its own, no time limits, and on SQLite no foreign keys, since changing
    a table there means building it anew."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, poolclass=NullPool)
        _teach_sqlite(engine, "BEGIN IMMEDIATE", foreign_keys=False)
        return engine
    return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": POSTGRES_LIMITS["connect_timeout"]})


def ours(error: Exception) -> Exception:
    """An error of the outside as `NotNow`; any other, such as a broken rule of the database, as it is."""
    if not _is_outside(error):
        return error
    away = NotNow(f"the database is busy or away ({type(_origin(error)).__name__})")
    away.__cause__ = error
    return away


def _origin(error: Exception) -> BaseException:
    return (error.orig or error) if isinstance(error, exc.DBAPIError) else error


def _is_outside(error: Exception) -> bool:
    if isinstance(error, exc.TimeoutError):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    origin = _origin(error)
    if isinstance(origin, sqlite3.Error):
        return getattr(origin, "sqlite_errorcode", 0) & 0xFF in SQLITE_OUTSIDE
    state = getattr(origin, "sqlstate", None)
    if state is None:
        return error.connection_invalidated or isinstance(error, exc.OperationalError)
    return str(state).startswith(POSTGRES_OUTSIDE) or state in POSTGRES_AGAIN or error.connection_invalidated


def _is_a_write(error: Exception) -> bool:
    """SQLite says the same of a database that cannot be written and of one that is only read."""
    return getattr(_origin(error), "sqlite_errorcode", 0) & 0xFF == SQLITE_READONLY


def _is_worth_another_try(error: Exception) -> bool:
    return getattr(_origin(error), "sqlstate", None) in POSTGRES_AGAIN


def _teach_sqlite(
    engine: Engine, begin: str, *, query_only: bool = False, foreign_keys: bool = True, lasting: bool = True
) -> None:
    """The driver's own transactions lose updates silently, so we begin them: `IMMEDIATE` for whoever writes."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={SQLITE_BUSY_MS}",
            "journal_mode=WAL",
            f"synchronous={'FULL' if lasting else 'OFF'}",  # an acknowledged answer outlives a power cut
            f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begins(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _connect_args(url: URL) -> dict[str, Any]:
    """Our limits, except those the address sets itself."""
    return {name: value for name, value in POSTGRES_LIMITS.items() if name not in url.query}


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        raise DatabaseProblem(
            "DATABASE_URL is not an address of a database. Write sqlite:///folder/file or postgresql://user@host/name."
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return parsed.set(drivername="sqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise DatabaseProblem(f"studybot keeps its data in SQLite or PostgreSQL, not in {backend}. Change DATABASE_URL.")


def check_file(name: str | None, create: bool = True) -> None:
    """Raises `DatabaseProblem` unless this SQLite file can be used, or made.

    Never opens the file except through SQLite: closing it elsewhere in the process would drop SQLite's locks.
    """
    if not name or name == ":memory:":
        raise DatabaseProblem("DATABASE_URL names no file. Several connections need one: sqlite:///folder/file.")
    path = Path(name).absolute()
    if not path.parent.is_dir():
        raise DatabaseProblem(
            f"The folder {path.parent} for the database does not exist. Make it, or change DATABASE_URL."
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise DatabaseProblem(f"The folder {path.parent} of the database cannot be written to. Change its rights.")
    if path.exists():
        _check_existing_file(path)
    elif not create:
        raise DatabaseProblem(f"The database {path} does not exist. Restore it, or change DATABASE_URL.")
    elif Path(f"{path}-wal").exists():
        raise DatabaseProblem(f"The database {path} is gone but its {path.name}-wal is still there. Restore both.")


def _check_existing_file(path: Path) -> None:
    if not path.is_file():
        raise DatabaseProblem(f"{path} is not a file. Change DATABASE_URL.")
    # The owner of the machine may write to any file; one without any right to write was protected on purpose.
    if not path.stat().st_mode & 0o222 or not os.access(path, os.R_OK | os.W_OK):
        raise DatabaseProblem(f"The database {path} is read-only. Give studybot the right to write to it.")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=5.0)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        raise DatabaseProblem(f"The database {path} cannot be opened: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise DatabaseProblem(f"{path} is not a SQLite database, or it is damaged. Restore a backup.") from error
    if found != "ok":
        raise DatabaseProblem(f"The database {path} is damaged. Restore a backup.")


def _greet(database: Database) -> None:
    """The first connection; on SQLite it turns the write-ahead log on, for everybody who opens the file later."""
    try:
        with database.engine.connect() as conn:
            conn.exec_driver_sql("select 1")
    except exc.DBAPIError as error:
        where = database.url.render_as_string(hide_password=True)
        reason = str(_origin(error)).strip().splitlines() or [type(error).__name__]
        raise DatabaseProblem(f"The database {where} cannot be reached: {reason[0]}") from error
