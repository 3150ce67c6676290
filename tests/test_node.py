from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import httpx2
import pytest
from fakes import RecordingChat
from patience import until
from studyroom import free_port

from bot.domain.errors import NotNow, Refused
from bot.ports import AsgiApp, ChatPlatform, Intake
from bot.settings import read_settings
from bot.storage.engine import Database, Work
from bot.verbs import node as verbs
from bot.verbs.node import Node, open_node


@dataclass
class Platform:
    """Opens when it is told to."""

    platform: str
    one_at_a_time: bool = False
    opened: bool = False
    chat: ChatPlatform = field(default_factory=RecordingChat)
    http: Mapping[str, AsgiApp] = field(default_factory=dict)

    async def run(self, intake: Intake) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.opened = False


class Unwelcoming(Platform):
    """Refuses us."""

    async def run(self, intake: Intake) -> None:
        raise Refused("its token is wrong")


@pytest.fixture
async def node(database_url: str, tmp_path: object) -> AsyncIterator[Node]:
    env = {"DATABASE_URL": database_url, "STUDYBOT_DATA_DIR": str(tmp_path), "PORT": str(free_port())}
    settings = await asyncio.to_thread(read_settings, env)
    async with open_node(settings) as node:
        yield node


async def test_a_node_is_ready_once_all_it_listens_to_has_opened(node: Node) -> None:
    room, held_elsewhere = Platform("room"), Platform("gateway", one_at_a_time=True)
    node.adapters = (room, held_elsewhere)
    node.started = True

    assert not node.ready
    room.opened = True
    assert node.ready


async def test_a_platform_that_refuses_us_is_not_waited_for(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    node.adapters = (Platform("room", opened=True), Unwelcoming("elsewhere"))
    node.started = True
    assert not node.ready

    listening = asyncio.create_task(node.listen())
    await until(lambda: node.ready)

    assert "Elsewhere does not let the bot in" in capsys.readouterr().err
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_dashboard_answers_under_every_name_and_the_room_only_under_its_own(node: Node) -> None:
    serving = asyncio.create_task(node.serve())
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{node.settings.port}") as client:

        async def status(path: str, host: str) -> int | None:
            with suppress(httpx2.TransportError):
                return (await client.get(path, headers={"host": host})).status_code
            return None

        await until(lambda: status("/healthz", "localhost"))
        statuses = [await status(path, host) for path in ("/dashboard/", "/") for host in ("localhost", "a.example")]

    assert statuses == [404, 404, 503, 421]
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


async def test_a_node_whose_parts_have_not_begun_is_not_ready(node: Node) -> None:
    node.adapters = (Platform("room", opened=True),)

    assert not node.ready


async def test_a_node_is_failing_while_its_database_is_away(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    away = False
    really = node.database.read

    async def sometimes(work: Work[object]) -> object:
        if away:
            raise NotNow("away")
        return await really(work)

    monkeypatch.setattr(node.database, "read", sometimes)
    monkeypatch.setattr(verbs, "WATCH_SECONDS", 0.01)
    assert await node.database.is_there(60)
    watching = asyncio.create_task(node.watch_database())

    away = True
    await until(lambda: node.failing)
    away = False
    monkeypatch.setattr(verbs, "WATCH_SECONDS", 60)
    await until(lambda: not node.failing)

    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def test_a_database_that_is_closed_is_not_there(database: Database) -> None:
    await database.close()

    assert not await database.is_there(60)
