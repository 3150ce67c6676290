from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from processes import in_own_process
from sqlalchemy import Connection, Engine, event, inspect, make_url, text

import bot.storage.pacing
import bot.storage.room
import bot.storage.tables
import bot.storage.work  # noqa: F401  (imported for their tables)
from bot.storage import migrate as migrate_module
from bot.storage.engine import Database, make_maintenance_engine, open_database
from bot.storage.migrate import migrate, upgrade
from bot.storage.types import metadata

VERSIONS = Path(migrate_module.__file__).parent / "migrations" / "versions"


def differences(conn: Connection) -> list[object]:
    def ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or name in metadata.tables

    context = MigrationContext.configure(conn, opts={"include_name": ours, "compare_type": True})
    return list(compare_metadata(context, metadata))


def names(conn: Connection) -> set[str]:
    return set(inspect(conn).get_table_names())


async def test_the_migrations_make_exactly_the_tables_the_code_knows(database: Database) -> None:
    assert await database.read(differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)

    assert await database.read(differences) == []


async def test_the_work_engines_tables_are_left_alone(empty_database: Database) -> None:
    await empty_database.write(lambda conn: conn.exec_driver_sql("create table workflow_status (i integer)").rowcount)

    await migrate(empty_database)

    assert "workflow_status" in await empty_database.read(names)


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
def test_a_migration_outlives_our_code(path: Path) -> None:
    imports = [line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))]

    assert set(imports) <= {"from __future__ import annotations", "import sqlalchemy as sa", "from alembic import op"}


def upgrade_in_own_process(url: str) -> None:
    upgrade(make_url(url))


async def test_four_processes_that_start_at_once_migrate_once(empty_database: Database, database_url: str) -> None:
    plain = empty_database.url.render_as_string(hide_password=False)

    processes = [in_own_process(upgrade_in_own_process, plain) for _ in range(4)]
    for process in processes:
        await asyncio.to_thread(process.join, 300)

    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert await empty_database.read(differences) == []


def upgrade_and_stop_half_way(url: str, sign: str) -> None:
    """Waits, with its transaction open, to be killed."""
    created = 0

    @event.listens_for(Engine, "after_cursor_execute")
    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal created
        created += "CREATE TABLE" in statement
        if created == 8:
            Path(sign).touch()
            time.sleep(600)

    upgrade(make_url(url))


async def test_x082_a_migration_killed_half_way_is_finished_by_the_next_start(
    empty_database: Database, tmp_path: Path
) -> None:
    sign = tmp_path / "half way"
    plain = empty_database.url.render_as_string(hide_password=False)
    process = in_own_process(upgrade_and_stop_half_way, plain, str(sign))
    while not sign.exists():
        assert process.is_alive()
        await asyncio.sleep(0.05)

    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    await asyncio.to_thread(process.join)
    assert await empty_database.read(names) == set()
    await migrate(empty_database)

    assert await empty_database.read(differences) == []


MONTHS = (("2026-03", 1, 9), ("2026-04", 1, 5), ("2026-05", 1, 2), ("2026-06", 2, 7), ("2026-12", 2, 0))


def before_seasons(conn: Connection) -> None:
    """Two members with points in some months, as the version before seasons would have them."""
    command.upgrade(migrate_module.migrations(conn), "0011")
    at = {"now": "2026-11-23 12:00:00+00:00"}
    conn.execute(text("insert into groups (id, name, created_at) values (1, 'g', :now)"), at)
    member = (
        'insert into members (id, group_id, name, hidden, welcomed, "left", created_at) '
        "values (:id, 1, 'm', false, false, false, :now)"
    )
    for id in (1, 2):
        conn.execute(text(member), {"id": id, **at})
    for key, id, points in MONTHS:
        line = "insert into totals values (1, 'month', :key, :id, :points, 1)"
        conn.execute(text(line), {"key": key, "id": id, "points": points})


async def test_a_season_is_made_from_its_months(empty_database: Database) -> None:
    await asyncio.to_thread(in_one_transaction, empty_database, before_seasons)
    await migrate(empty_database)

    totals = "select period_key, member_id, points, answers from totals where period = 'season' order by 1, 2"
    tallies = "select period_key, points, people from tallies where period = 'season' order by 1, 2"
    rows = await empty_database.read(lambda conn: [conn.execute(text(query)).all() for query in (totals, tallies)])
    assert [tuple(row) for row in rows[0]] == [
        ("2026-Q1", 1, 9, 1),
        ("2026-Q2", 1, 7, 2),
        ("2026-Q2", 2, 7, 1),
        ("2026-Q4", 2, 0, 1),
    ]
    assert [tuple(row) for row in rows[1]] == [
        ("2026-Q1", 0, 1),
        ("2026-Q1", 9, 1),
        ("2026-Q2", 0, 2),
        ("2026-Q2", 7, 2),
    ]


def before_boards(conn: Connection) -> None:
    """A first and a second attempt in two tracks, as the version before boards of tracks would have them."""
    command.upgrade(migrate_module.migrations(conn), "0013")
    for statement in BEFORE_BOARDS:
        conn.execute(text(statement), {"now": "2026-11-23 12:00:00+00:00", "day": "2026-11-23"})


BEFORE_BOARDS = (
    "insert into groups (id, name, created_at) values (1, 'g', :now)",
    'insert into members (id, group_id, name, hidden, welcomed, "left", created_at)'
    " values (1, 1, 'm', false, false, false, :now)",
    "insert into tracks (id, group_id, state, zone, local_time, weekdays, packs, comments, next_at, created_at,"
    " showing) select id, 1, 'active', 'UTC', '09:00', '12345', 'p', 'brief', :now, :now, 'open' from"
    " (select 1 as id union select 2) as two",
    "insert into track_channels (id, group_id, track_id, platform, workspace, channel_id, failures)"
    " select id, 1, id, 'test', 'one', 'study', 0 from tracks",
    "insert into askings (id, group_id, track_id, day, slot, state, due_at, created_at)"
    " select id, 1, id, :day, 'scheduled', 'asked', :now, :now from tracks",
    "insert into postings (id, group_id, asking_id, track_channel_id, platform, workspace, channel_id, state, gone)"
    " select id, 1, id, id, 'test', 'one', 'study', 'posted', false from tracks",
    "insert into answers (id, group_id, posting_id, asking_id, member_id, attempt, via, state, version, born, late,"
    " day, received_at)"
    " select 2 * tracks.id + attempt, 1, tracks.id, tracks.id, 1, attempt, 'form', 'reviewed', 1, 1, false, :day, :now"
    " from tracks, (select 1 as attempt union select 2) as attempts",
    "insert into point_events (id, group_id, key, member_id, asking_id, answer_id, points, answers, day, at)"
    " select id, 1, 'answer:' || id, 1, asking_id, id, id, 2 - attempt, :day, :now from answers",
    "insert into totals values (1, 'all', 'all', 1, 18, 2)",
    "insert into tallies values (1, 'all', 'all', 0, 1), (1, 'all', 'all', 18, 1)",
)


async def test_boards_of_tracks_channels_and_growth_are_made_from_the_log(empty_database: Database) -> None:
    await asyncio.to_thread(in_one_transaction, empty_database, before_boards)
    await migrate(empty_database)

    totals = "select board, points, answers from totals where period = 'all' order by board"
    tallies = "select board, points, people from tallies where period = 'all' and points > 0 order by board"
    weeks = "select distinct period_key from totals where period = 'week'"
    rows = await empty_database.read(
        lambda conn: [[tuple(row) for row in conn.execute(text(query))] for query in (totals, tallies, weeks)]
    )
    # The answers' numbers are their points: 3 and 5 for the first attempts, 4 and 6 for the second ones.
    assert rows[0] == [
        ("all", 18, 2),
        ("channel:1", 18, 2),
        ("growth", 10, 0),
        ("growth:channel:1", 10, 0),
        ("growth:track:1", 4, 0),
        ("growth:track:2", 6, 0),
        ("track:1", 7, 1),
        ("track:2", 11, 1),
    ]
    assert rows[1] == [(board, points, 1) for board, points, _ in rows[0]]
    assert rows[2] == [("2026-W48",)]


def before_cards(conn: Connection) -> None:
    """A member who answered in the version before questions came back, and one whose answer was withdrawn."""
    command.upgrade(migrate_module.migrations(conn), "0013")
    for statement in BEFORE_BOARDS:
        conn.execute(text(statement), {"now": "2026-11-23 12:00:00+00:00", "day": "2026-11-23"})
    conn.execute(text("update askings set question_id = 'q-' || id"))
    conn.execute(text("update answers set state = 'withdrawn' where asking_id = 2"))


async def test_what_was_answered_before_is_remembered_from_the_next_tick_on(empty_database: Database) -> None:
    await asyncio.to_thread(in_one_transaction, empty_database, before_cards)
    await migrate(empty_database)

    query = text("select member_id, question_id, group_id, due_at from cards")
    rows = await empty_database.read(lambda conn: [tuple(row) for row in conn.execute(query)])
    assert rows == [(1, "q-1", 1, None)]


def in_one_transaction(database: Database, work: Callable[[Connection], None]) -> None:
    engine = make_maintenance_engine(database.url)
    with engine.begin() as conn:
        work(conn)
    engine.dispose()


async def test_rows_outlive_a_migration_that_has_nothing_to_do(database: Database, database_url: str) -> None:
    insert = text("insert into nodes (id, started_at, heartbeat_at, roles) values ('n', :now, :now, 'all')")
    now = "2026-11-23 12:00:00+00:00"
    await database.write(lambda conn: conn.execute(insert, {"now": now}).rowcount)

    again = await asyncio.to_thread(open_database, database_url)
    await migrate(again)

    assert await again.read(lambda conn: conn.execute(text("select count(*) from nodes")).scalar_one()) == 1
    await again.close()
