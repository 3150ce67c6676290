from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from processes import in_own_process
from sqlalchemy import Connection, Engine, event, inspect, make_url, text

import bot.storage.pacing
import bot.storage.room
import bot.storage.tables
import bot.storage.work  # noqa: F401  (imported for their tables)
from bot.storage import migrate as migrate_module
from bot.storage.engine import Database, open_database
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


async def test_rows_outlive_a_migration_that_has_nothing_to_do(database: Database, database_url: str) -> None:
    insert = text("insert into nodes (id, started_at, heartbeat_at, roles) values ('n', :now, :now, 'all')")
    now = "2026-11-23 12:00:00+00:00"
    await database.write(lambda conn: conn.execute(insert, {"now": now}).rowcount)

    again = await asyncio.to_thread(open_database, database_url)
    await migrate(again)

    assert await again.read(lambda conn: conn.execute(text("select count(*) from nodes")).scalar_one()) == 1
    await again.close()
