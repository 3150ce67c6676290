from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from bot.storage.engine import Database
from bot.storage.types import JsonText, UtcDateTime

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("data", JsonText),
)


@pytest.fixture
async def keep(empty_database: Database) -> Database:
    await empty_database.write(things.create)
    return empty_database


async def kept(database: Database, **values: object) -> object:
    def work(conn: Connection) -> object:
        conn.execute(insert(things).values(id=1, **values))
        return conn.execute(select(*(things.c[name] for name in values))).scalar_one()

    return await database.write(work)


async def test_a_moment_comes_back_as_the_same_instant_in_utc(keep: Database) -> None:
    tokyo = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))

    back = await kept(keep, at=tokyo)

    assert isinstance(back, datetime)
    assert back == tokyo
    assert back.tzinfo is UTC


async def test_no_moment_is_no_moment(keep: Database) -> None:
    assert await kept(keep, at=None) is None


async def test_a_naive_moment_is_refused(keep: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        await kept(keep, at=datetime(2026, 11, 23, 9, 0))


async def test_x090_json_keeps_what_a_database_would_not_take_as_text(keep: Database) -> None:
    hostile = ["a\x00b", "\ud800", "ق", {"n": 1.5, "none": None}]

    assert await kept(keep, data=hostile) == hostile
