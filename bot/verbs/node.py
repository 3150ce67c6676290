"""What every running process has in common: settings, logs, database, core, and one TaskGroup until it must stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from tzlocal import get_localzone_name

from adapters import web_chat
from bot.app import Core, LoadedQuestions, SystemClock, build_core
from bot.domain.asking import read_zone, zone_names
from bot.domain.errors import Mistake, NotNow
from bot.jobs.nodes import hold_lease, new_node_id
from bot.jobs.work import DurableWork
from bot.packs import content_root, load_packs
from bot.ports import Adapter, ChatPlatform
from bot.reviewers.offline import OfflineReviewer
from bot.settings import Settings, settings_from
from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate
from bot.storage.room import SqlRoomStore
from bot.verbs.logs import start_logs
from bot.web.server import build_app, serve

log = logging.getLogger(__name__)

#: How often tracks that are due are looked for.
TICK_SECONDS = 15
#: A tick that came late is still worth one run, and never two at a time.
JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


@dataclass(slots=True)
class Node:
    """One process, ready to do its share."""

    settings: Settings
    database: Database
    core: Core
    adapters: tuple[Adapter, ...]
    id: str = field(default_factory=new_node_id)
    started: bool = False

    async def listen(self) -> None:
        """The study room, and whatever else needs no gateway."""
        async with asyncio.TaskGroup() as together:
            for adapter in self.adapters:
                together.create_task(adapter.run(self.core.intake))

    async def serve(self) -> None:
        """The web server. Raises `Mistake` when its address cannot be had."""
        mounts = {prefix: app for adapter in self.adapters for prefix, app in adapter.http.items()}
        app = build_app(mounts, lambda: self.started, hosts=(self.settings.host,))
        await serve(app, self.settings.host, self.settings.port)

    async def work(self) -> None:
        """Ticks and durable work."""
        work = DurableWork(self.database, self.core.stories.by_name(), self.core.clock, self.id)
        async with asyncio.TaskGroup() as together:
            together.create_task(work.run())
            together.create_task(self._tick())

    async def gateway(self) -> None:
        """The connections to chat platforms, held by one process at a time; others stand by."""
        await hold_lease(self.database, "gateway", self.id, self._hold_gateways)

    async def _hold_gateways(self) -> None:
        log.info("gateway_active", extra={"connections": 0})
        await asyncio.Event().wait()

    async def _tick(self) -> None:
        scheduler = AsyncIOScheduler(job_defaults=JOB_DEFAULTS)
        scheduler.add_job(self._tick_once, "interval", seconds=TICK_SECONDS)
        scheduler.start()
        try:
            await self._tick_once()
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _tick_once(self) -> None:
        try:
            await self.core.tick()
        except NotNow as away:
            log.warning("tick_waits_for_the_database", extra={"why": str(away)})


@contextlib.asynccontextmanager
async def open_node(settings: Settings) -> AsyncIterator[Node]:
    """A node on its database, which is brought to this version first. Raises our errors in words."""
    database = await asyncio.to_thread(_open_database, settings)
    try:
        await migrate(database)
        yield await asyncio.to_thread(_assemble, settings, database)
    finally:
        await database.close()


def _open_database(settings: Settings) -> Database:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return open_database(settings.database_url)


def _assemble(settings: Settings, database: Database) -> Node:
    zone_names()
    questions = LoadedQuestions(load_packs(content_root()))
    clock = SystemClock()
    chats: dict[str, ChatPlatform] = {}
    core = build_core(database, questions, OfflineReviewer(), chats, clock)
    room = web_chat.create(SqlRoomStore(database), core.views, clock, local_zone())
    chats[room.platform] = room.chat
    return Node(settings, database, core, (room,))


def local_zone() -> str:
    """The zone of this machine, where it has one that is known by name."""
    try:
        return read_zone(get_localzone_name().removeprefix("Etc/"))
    except (Mistake, LookupError, ValueError):
        return "UTC"


def run_node(args: argparse.Namespace, *parts: Callable[[Node], Awaitable[None]]) -> int:
    """Runs these parts of a node until it is told to stop; 0 then. Raises our errors in words."""
    settings = settings_from(args)
    start_logs(settings.log)
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run(settings, parts))
    return 0


async def _run(settings: Settings, parts: tuple[Callable[[Node], Awaitable[None]], ...]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    async with open_node(settings) as node:
        running = asyncio.create_task(_together(node, parts))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def _together(node: Node, parts: tuple[Callable[[Node], Awaitable[None]], ...]) -> None:
    async with asyncio.TaskGroup() as together:
        for part in parts:
            together.create_task(_awaited(part, node))
        node.started = True


async def _awaited(part: Callable[[Node], Awaitable[None]], node: Node) -> None:
    await part(node)
