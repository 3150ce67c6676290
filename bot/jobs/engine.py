"""Runs stories on DBOS: the only file that imports it.

DBOS owns queueing, resuming after a crash and fairness between groups. Pauses and failures are ours (`telling.py`): a
telling that must be repeated is filed as a new owed row, where everybody can see it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import zlib
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.jobs.nodes import Stranded
from bot.jobs.telling import StepFailed, Stories, describe, file_end, has_moved, plain_json, tell
from bot.ports import Clock, Story, Telling
from bot.storage.engine import URL, Connection, Database
from bot.storage.work import Owed

log = logging.getLogger(__name__)

T = TypeVar("T")

#: DBOS asks for three lowercase letters at least.
NAME = "studybot"
QUEUE = "stories"
#: Otherwise it is a hash of the source, and work of the previous version would be left standing after every edit.
VERSION = "1"
POLLING_SECONDS = 0.25
#: A group's stories wait in so many lanes, each told one after another. DBOS claims from all lanes in one statement,
#: and a story and its next attempt share a lane, so they never run side by side.
LANES = 16
#: In a mock round somebody waits for an answer, of which the model may take ten seconds: no round waits for another.
_OF_A_ROUND = frozenset({Story.OPEN_ROUND, Story.HEAR_ANSWER, Story.SPEAK, Story.END_ROUND, Story.READ_ROUND_FILES})
DATABASE_PAUSE_SECONDS = 2.0
AT_ONCE = 500
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


class StoryEngine:
    """Tells stories durably: what a crash interrupts goes on at the first step that did not finish."""

    def __init__(self, database: Database, stories: Stories, clock: Clock, node: str, at_once: int = 32) -> None:
        self._database = database
        self._stories = {story.value: telling for story, telling in stories.items()}
        self._clock = clock
        self._node = node
        self._at_once = at_once
        self._running: dict[asyncio.Task[Any], str] = {}
        self._client = DBOSClient(
            system_database_engine=database.engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=NAME,
            lazy=True,
        )

    async def start(self) -> None:
        """Takes work from now on. Must be called in the loop that the stories shall run on."""
        _let_us_log()
        url = _url_for_dbos(self._database.url)
        await asyncio.to_thread(DBOS.migrate, url)
        DBOS(config=_config(url, self._node))
        for name, telling in self._stories.items():
            DBOS.workflow(name=name, max_recovery_attempts=None)(self._workflow(telling, name))
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE,
            worker_concurrency=self._at_once,
            partition_concurrency=1,
            polling_interval_sec=POLLING_SECONDS,
            on_conflict="always_update",
        )

    async def stop(self, grace_seconds: int) -> None:
        """Takes no more work, waits so long for what runs, then lets go of the rest: another node finishes it."""
        grace = grace_seconds if self._running else 0
        await _in_a_thread(lambda: DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=grace))
        # DBOS made its own pool the loop's, and has just closed it.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="default"))
        unfinished = list(self._running)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if unfinished:
            log.info("stories_let_go", extra={"count": len(unfinished)})

    def enqueue(self, conn: Connection, owed: Owed) -> None:
        """Hands a story over inside the caller's transaction; one handed over before is left as it is."""
        options: EnqueueOptions = {
            "workflow_name": owed.story,
            "queue_name": QUEUE,
            "workflow_id": f"{owed.key}#{owed.attempt}",
            "app_version": VERSION,
            "queue_partition_key": lane(owed),
        }
        args = (owed.key, owed.attempt, owed.failures, owed.group_id, owed.args)
        self._client.enqueue_in_transaction(conn, options, *args)

    async def begun(self) -> list[tuple[str, str]]:
        """Id and node of all work that was begun and not ended."""
        begun = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        return [(work.workflow_id, work.executor_id or "") for work in begun]

    def running(self) -> set[str]:
        """Ids of what this process is telling right now."""
        return set(self._running.values())

    async def stranded(self, workflow_ids: Collection[str]) -> list[Stranded]:
        """What these were about; those that ended meanwhile are left out."""
        found = await DBOS.list_workflows_async(status="PENDING", workflow_ids=list(workflow_ids), load_output=False)
        return _stranded(found)

    async def broken(self) -> list[Stranded]:
        """What the engine itself could not bring to an end: a story's own errors never get this far."""
        found = await DBOS.list_workflows_async(status="ERROR", queue_name=QUEUE, limit=AT_ONCE, load_output=False)
        return _stranded(found)

    async def resume(self, workflow_ids: Collection[str]) -> None:
        """Queues them again; a node that was only frozen cannot write to them any more."""
        await DBOS.resume_workflows_async(list(workflow_ids), queue_name=QUEUE)

    async def give_up(self, workflow_id: str) -> None:
        """Ends it for good."""
        await DBOS.cancel_workflows_async([workflow_id])

    async def forget(self, workflow_ids: Collection[str]) -> None:
        """As if they had never been handed over."""
        await DBOS.delete_workflows_async(list(workflow_ids))

    async def clean(self, before: datetime) -> int:
        """Deletes what ended before then: DBOS keeps everything for ever. Returns how many."""
        deleted = 0
        while ended := await DBOS.list_workflows_async(
            status=list(ENDED),
            completed_before=before.astimezone(UTC).isoformat(),
            limit=AT_ONCE,
            load_input=False,
            load_output=False,
        ):
            await DBOS.delete_workflows_async([work.workflow_id for work in ended])
            deleted += len(ended)
        return deleted

    def _workflow(self, telling: Telling, name: str) -> Callable[..., Awaitable[str]]:
        async def told(key: str, attempt: int, failures: int, group_id: int | None, args: list[Any]) -> str:
            task = asyncio.current_task()
            assert task is not None
            self._running[task] = f"{key}#{attempt}"
            try:
                owed = Owed(0, name, key, attempt, failures, group_id, args)
                end = await tell(telling, _do, owed)
                if end is not None or await self._has_moved(owed):
                    await DBOS.run_step_async({"name": "file what follows"}, self._file, owed, end)
                return "told" if end is None else type(end).__name__.lower()
            finally:
                del self._running[task]

        return told

    async def _has_moved(self, owed: Owed) -> bool:
        """Whether its group joined another while it was told. A story that was told again after a crash may see it
        later than before, and files the same."""
        return await _until_it_answers(lambda: self._database.read(lambda conn: has_moved(conn, owed) is not None))

    async def _file(self, owed: Owed, end: Any) -> None:
        def file(conn: Connection) -> None:
            file_end(conn, owed, end, self._clock.now())

        await _until_it_answers(lambda: self._database.write(file))


async def _until_it_answers(work: Callable[[], Awaitable[T]]) -> T:
    """Were this given up while the database is away, the story would be lost."""
    while True:
        try:
            return await work()
        except NotNow:
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)


def lane(owed: Owed) -> str:
    """Where a story waits: its group, so that a busy group does not keep others waiting, and one of the lanes; what is
    told in a mock round has lanes of its own, one for what is said there, which comes one after another."""
    if owed.story in _OF_A_ROUND:
        alone = owed.key.rpartition(":")[0] if owed.story == Story.SPEAK else owed.key
        return f"{owed.group_id}:{alone}"
    return f"{owed.group_id}:{zlib.crc32(owed.key.encode()) % LANES}"


async def _do(step: str, work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    """A step's outcome is kept as plain JSON, errors too: so a story sees the same error when it is replayed, and no
    error's words, which might quote somebody, stay behind in the engine's tables."""

    async def once() -> dict[str, Any]:
        try:
            return {"result": plain_json(await work(*args))}
        except NotNow as error:
            return {"not_now": error.after}
        except Refused as error:
            return {"refused": error.because.value}
        except Exception as error:
            log.warning("step_failed", extra={"step": step, "why": describe(error)}, exc_info=error)
            return {"failed": describe(error)}

    outcome = await DBOS.run_step_async({"name": step}, once)
    if "not_now" in outcome:
        raise NotNow(f"the outside is away in step {step!r}", outcome["not_now"])
    if "refused" in outcome:
        raise Refused(f"the outside refused step {step!r}", RefusedBecause(outcome["refused"]))
    if "failed" in outcome:
        raise StepFailed(f"{outcome['failed']} in step {step!r}")
    return outcome["result"]


def _stranded(found: Iterable[WorkflowStatus]) -> list[Stranded]:
    return [Stranded(work.workflow_id, _owed(work.name, work.input["args"])) for work in found if work.input]


def _owed(name: str, args: Any) -> Owed:
    key, attempt, failures, group_id, story_args = args
    return Owed(0, name, key, attempt, failures, group_id, story_args)


def _config(url: str, node: str) -> DBOSConfig:
    return {
        "name": NAME,
        "system_database_url": url,
        "application_version": VERSION,
        "executor_id": node,
        "serializer": DBOSPortableJSONSerializer(),
        "sys_db_pool_size": 5,
        "use_listen_notify": False,
        "log_level": "WARNING",
    }


def _url_for_dbos(url: URL) -> str:
    """DBOS makes its own connections: to the same file, or to the schema `dbos` of the same database."""
    plain = url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql")
    return plain.render_as_string(hide_password=False)


def _let_us_log() -> None:
    """DBOS writes to the console on its own unless its logger has a handler already."""
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.propagate = True


async def _in_a_thread(work: Callable[[], None]) -> None:
    """In a thread of its own: the loop's pool belongs to DBOS, which waits here for its end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def run() -> None:
        try:
            work()
        except Exception:
            log.exception("engine_did_not_stop_cleanly")
        loop.call_soon_threadsafe(finish)

    def finish() -> None:
        if not done.done():
            done.set_result(None)

    threading.Thread(target=run, name="engine-stop", daemon=True).start()
    await done
