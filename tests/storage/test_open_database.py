from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage.engine import DatabaseProblem, open_database
from bot.storage.migrate import migrate


def problem_with(url: str, create: bool = True) -> str:
    with pytest.raises(DatabaseProblem) as caught:
        open_database(url, create=create)
    said = str(caught.value)
    assert "\n" not in said
    return said


def filled(path: Path) -> Path:
    """A SQLite database of some pages."""
    with sqlite3.connect(path) as connection:
        connection.execute("create table notes (body text)")
        connection.executemany("insert into notes values (?)", [("x" * 1000,)] * 200)
    connection.close()
    return path


def test_x075_a_missing_folder_is_named_and_not_made(tmp_path: Path) -> None:
    said = problem_with(f"sqlite:///{tmp_path}/gone/studybot.db")

    assert str(tmp_path / "gone") in said
    assert not (tmp_path / "gone").exists()


def test_x075_a_missing_file_is_named_and_not_made_where_one_is_expected(tmp_path: Path) -> None:
    said = problem_with(f"sqlite:///{tmp_path}/studybot.db", create=False)

    assert "does not exist" in said
    assert not list(tmp_path.iterdir())


def test_x075_a_file_lost_beside_its_log_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "studybot.db-wal").write_bytes(b"the last commits")

    assert "still there" in problem_with(f"sqlite:///{tmp_path}/studybot.db")
    assert not (tmp_path / "studybot.db").exists()


def test_x075_a_read_only_file_is_refused(tmp_path: Path) -> None:
    path = filled(tmp_path / "studybot.db")
    path.chmod(0o444)

    assert "read-only" in problem_with(f"sqlite:///{path}")


@pytest.mark.parametrize("where", [0, 4096, 40_000])
def test_x075_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, where: int) -> None:
    path = filled(tmp_path / "studybot.db")
    data = bytearray(path.read_bytes())
    data[where : where + 4096] = b"\xa5" * 4096
    path.write_bytes(data)

    assert "damaged" in problem_with(f"sqlite:///{path}")
    assert path.read_bytes() == bytes(data)


def test_x075_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "studybot.db"
    path.write_text("Dear diary, " * 100)

    assert "not a SQLite database" in problem_with(f"sqlite:///{path}")
    assert path.read_text() == "Dear diary, " * 100


def test_x075_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "not a file" in problem_with(f"sqlite:///{tmp_path}")


@pytest.mark.fault(75, 82)
async def test_a_schema_of_a_newer_version_is_refused_and_left_as_it_is(database_url: str) -> None:
    database = await asyncio.to_thread(open_database, database_url)
    await migrate(database)
    await database.write(lambda conn: conn.execute(text("update alembic_version set version_num = '9999'")).rowcount)

    with pytest.raises(DatabaseProblem, match="schema 9999"):
        await migrate(database)

    now = await database.read(lambda conn: conn.execute(text("select version_num from alembic_version")).scalar_one())
    assert now == "9999"
    await database.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not an address"),
        ("studybot.db", "not an address"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://localhost/studybot", "not in mysql"),
    ],
)
def test_an_address_that_cannot_be_is_explained(url: str, says: str) -> None:
    assert says in problem_with(url)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    said = problem_with("postgresql://ada:hunter2@127.0.0.1:1/studybot")

    assert "127.0.0.1" in said
    assert "hunter2" not in said


def test_the_customary_short_name_of_postgresql_is_understood(postgres_url: str) -> None:
    open_database(postgres_url.replace("postgresql://", "postgres://", 1)).close_now()
