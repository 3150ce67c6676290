"""What every running process has in common: settings, logs, database, core, and one TaskGroup until it must stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from tzlocal import get_localzone_name

from bot.app import Core, KnownCompanies, LoadedQuestions, SystemClock, build_core
from bot.domain.asking import read_zone, zone_names
from bot.domain.errors import Mistake, NotNow, Refused
from bot.jobs.nodes import hold_lease, new_node_id
from bot.jobs.work import DurableWork
from bot.packs import content_root, load_companies, load_packs
from bot.packs.gold import load_gold
from bot.packs.prices import load_costs
from bot.pictures import Studio
from bot.ports import Adapter, ChatPlatform, Pictures, Reviewer
from bot.reviewers.llm import LlmReviewer
from bot.services.dashboard import PREFIX
from bot.settings import Settings, settings_from
from bot.shelves import Tx
from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate
from bot.verbs.audit import shipped
from bot.verbs.logs import start_logs
from bot.verbs.platforms import connect
from bot.verbs.reviewers import make_reviewer
from bot.web.dashboard import dashboard_app
from bot.web.server import build_app, serve

log = logging.getLogger(__name__)

#: How often tracks that are due are looked for.
TICK_SECONDS = 15
#: How often the database is asked whether it is there, and how long it may take to answer.
WATCH_SECONDS = 5
#: How long to wait before a platform that is away is tried again; the pause doubles up to the longest.
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
#: A tick that came late is still worth one run, and never two at a time.
JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


@dataclass(slots=True)
class Node:
    """One process, ready to do its share."""

    settings: Settings
    database: Database
    core: Core
    adapters: tuple[Adapter, ...]
    reviewer: Reviewer
    pictures: Pictures
    #: Which gold set and rubrics an audit has to be about.
    gold: str
    id: str = field(default_factory=new_node_id)
    started: bool = False
    failing: bool = False
    refused: set[str] = field(default_factory=set)

    @property
    def ready(self) -> bool:
        """Everything runs, and whatever this process must listen to by itself is open. A connection that one process
        holds at a time may well be another's, and a platform that refuses us for good is not waited for."""
        ours = (each for each in self.adapters if not each.one_at_a_time and each.platform not in self.refused)
        return self.started and all(each.opened for each in ours)

    async def listen(self) -> None:
        """The study room, and whatever else every process may listen to."""
        async with asyncio.TaskGroup() as together:
            for adapter in self.adapters:
                if not adapter.one_at_a_time:
                    together.create_task(self._keep_listening(adapter))

    async def serve(self) -> None:
        """The web server. Raises `Mistake` when its address cannot be had."""
        mounts = {prefix: app for adapter in self.adapters for prefix, app in adapter.http.items()}
        hosts = (self.settings.host,)
        mounts[PREFIX] = await asyncio.to_thread(dashboard_app, self.core.dashboard, self.settings.public_url)
        # Whoever comes to these proves themselves by a signature, under whatever name they reach us.
        signed = mounts.keys() - {"/"}
        app = build_app(mounts, lambda: self.ready, failing=lambda: self.failing, hosts=hosts, signed=signed)
        watching = asyncio.create_task(self.watch_database())
        try:
            await serve(app, self.settings.host, self.settings.port)
        finally:
            watching.cancel()

    async def watch_database(self) -> None:
        """Notes whether the database answers. Not done for each look at the health page, which is open to everybody."""
        while True:
            self.failing = not await self.database.is_there(WATCH_SECONDS)
            await asyncio.sleep(WATCH_SECONDS)

    async def work(self) -> None:
        """Ticks and durable work."""
        work = DurableWork(self.database, self.core.stories.by_name(), self.core.clock, self.id)
        async with asyncio.TaskGroup() as together:
            together.create_task(work.run())
            together.create_task(self._tick())

    async def gateway(self) -> None:
        """The connections to chat platforms, each held by one process at a time; others stand by."""
        async with asyncio.TaskGroup() as together:
            for adapter in self.adapters:
                if adapter.one_at_a_time:
                    together.create_task(self._hold_connection(adapter))

    async def _hold_connection(self, adapter: Adapter) -> None:
        duty = partial(self._keep_listening, adapter)
        await hold_lease(self.database, f"gateway:{adapter.platform}", self.id, duty)

    async def _keep_listening(self, adapter: Adapter) -> None:
        """Until cancelled, or until the platform refuses us for good; the other platforms go on then. Raises `Mistake`
        when there is no other."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await adapter.run(self.core.intake)
                return
            except NotNow as away:
                log.warning("platform_away", extra={"platform": adapter.platform, "why": str(away)})
            except Refused as refused:
                self._give_up(adapter, refused)
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _give_up(self, adapter: Adapter, refused: Refused) -> None:
        words = f"{adapter.platform.capitalize()} does not let the bot in: {refused}"
        if len(self.adapters) == 1:
            raise Mistake(words) from refused
        self.refused.add(adapter.platform)
        log.error("platform_refused", extra={"platform": adapter.platform, "why": str(refused)})
        print(f"studybot: {words} The other platforms go on.", file=sys.stderr, flush=True)

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
        node = await asyncio.to_thread(_assemble, settings, database)
        await _note_audits(node)
        # What is loaded by now stays. Looking it through for garbage again and again would stop everybody each time.
        gc.freeze()
        try:
            yield node
        finally:
            for adapter in node.adapters:
                await adapter.close()
            await node.reviewer.close()
            await node.pictures.close()
    finally:
        await database.close()


async def _note_audits(node: Node) -> None:
    """What was measured against other answers or rubrics counts no more; the shipped audit comes with the program."""
    own = await asyncio.to_thread(shipped)

    def note(tx: Tx) -> None:
        tx.audits.expire(node.gold)
        if own.gold == node.gold and tx.audits.of(own.versions) is None:
            tx.audits.store(own)

    await node.core.storage.write(note)


def _open_database(settings: Settings) -> Database:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return open_database(settings.database_url)


def _assemble(settings: Settings, database: Database) -> Node:
    zone_names()
    library = load_packs(content_root())
    questions = LoadedQuestions(library)
    companies = KnownCompanies(load_companies(content_root(), library))
    clock = SystemClock()
    chats: dict[str, ChatPlatform] = {}
    reviewer, where = make_reviewer(settings)
    costs = load_costs(content_root(), settings.budgets)
    interviewer = reviewer if isinstance(reviewer, LlmReviewer) else None
    dashboards, pictures = settings.dashboards, Studio()
    core = build_core(
        database, questions, reviewer, chats, clock, where, costs, companies, interviewer, dashboards, pictures
    )
    adapters = connect(settings, database, core, local_zone())
    chats.update({adapter.platform: adapter.chat for adapter in adapters})
    return Node(settings, database, core, adapters, reviewer, pictures, load_gold(content_root(), library).version)


def local_zone() -> str:
    """The zone of this machine, where it has one that is known by name."""
    try:
        return read_zone(get_localzone_name().removeprefix("Etc/"))
    except (Mistake, LookupError, ValueError):
        return "UTC"


#: Python's own five milliseconds a turn keep the loop, and with it everybody's first sign, waiting behind each thread
#: that reads an answer or a row (R11).
THREADS_TAKE_TURNS_SECONDS = 0.0005


def run_node(args: argparse.Namespace, *parts: Callable[[Node], Awaitable[None]]) -> int:
    """Runs these parts of a node until it is told to stop; 0 then. Raises our errors in words."""
    settings = settings_from(args)
    start_logs(settings.log)
    sys.setswitchinterval(THREADS_TAKE_TURNS_SECONDS)
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
