"""How a story is told once, and what follows: nothing, again after a pause, or set aside for an organiser to see."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.ports import Do, Story, Telling
from bot.storage.engine import Connection, Database
from bot.storage.joining import joined_by, of_group
from bot.storage.work import Owed, due, next_due, owe, park, strike_out_told

log = logging.getLogger(__name__)

Stories = Mapping[Story, Telling]

#: Pauses after the first failure, the second and so on; the last one for all that follow.
PAUSES_SECONDS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
#: A bug seldom goes away by itself: with these pauses, eight failures are about three hours.
MOST_FAILURES = 8
#: A reviewer that refused a text may take it another time; after the last of these pauses an organiser must look.
REVIEW_PAUSES_SECONDS = (3600.0, 86400.0, 86400.0)
#: An outside that is away comes back; at one try an hour this is about four days.
MOST_ATTEMPTS = 100
SHORTEST_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Again:
    """Tell it again after a pause."""

    seconds: float
    failures: int


@dataclass(frozen=True, slots=True)
class Park:
    """Set it aside. `why` holds no chat text."""

    why: str


End = Again | Park | None


class StepFailed(Exception):
    """A step ended in an error that is none of ours; the text names its kind and place, never its words."""


async def tell(telling: Telling, do: Do, owed: Owed) -> End:
    """Tells a story and says what follows from its end. Cancellation passes."""
    try:
        end = await telling(do, *owed.args)
    except Exception as error:
        return after_error(owed, error)
    return None if end is None else Again(max(end.seconds, SHORTEST_PAUSE_SECONDS), owed.failures)


def after_error(owed: Owed, error: Exception) -> Again | Park:
    """Again while there is hope."""
    if isinstance(error, NotNow) and owed.attempt + 1 < MOST_ATTEMPTS:
        log.info("story_waits", extra={"story": owed.story, "key": owed.key, "attempt": owed.attempt})
        pause = pause_after(owed.attempt + 1, owed.key)
        return Again(pause if error.after is None else max(error.after, SHORTEST_PAUSE_SECONDS), owed.failures)
    if _was_not_reviewed(error) and owed.failures < len(REVIEW_PAUSES_SECONDS):
        log.warning("reviewer_refused", extra={"key": owed.key, "times": owed.failures + 1})
        return Again(REVIEW_PAUSES_SECONDS[owed.failures], owed.failures + 1)
    why = describe(error)
    # What a step raised was logged where it happened.
    unforeseen = None if isinstance(error, NotNow | Refused | StepFailed) else error
    noted = {"story": owed.story, "key": owed.key, "attempt": owed.attempt, "why": why}
    log.warning("story_failed", extra=noted, exc_info=unforeseen)
    failures = owed.failures + 1
    if isinstance(error, NotNow | Refused) or failures >= MOST_FAILURES:
        return Park(why)
    return Again(pause_after(failures, owed.key), failures)


def _was_not_reviewed(error: Exception) -> bool:
    return isinstance(error, Refused) and error.because is RefusedBecause.NOT_REVIEWED


def pause_after(times: int, key: str) -> float:
    """Growing pauses, up to a tenth longer or shorter: the same for one key every time, different between keys."""
    pause = PAUSES_SECONDS[min(times, len(PAUSES_SECONDS)) - 1]
    return pause * (0.9 + 0.2 * (zlib.crc32(f"{key}#{times}".encode()) / 0xFFFFFFFF))


def describe(error: BaseException) -> str:
    """An error without its words, which might quote somebody: its kind, and where in our code it came up."""
    if isinstance(error, StepFailed):
        return str(error)
    if isinstance(error, Refused):
        return f"refused: {error.because.value}"
    if isinstance(error, NotNow):
        return "the outside stays away"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def file_end(conn: Connection, owed: Owed, end: End, now: datetime) -> None:
    """Writes down what follows. Doing it twice changes nothing.

    When the story's group joined another while it was told, some of its steps found nothing to do any more: then it is
    told again, of the group that has its rows now, as after a crash.
    """
    if moved := has_moved(conn, owed):
        owed, end = moved, Again(0.0, owed.failures)
    match end:
        case Again(seconds, failures):
            not_before = now + timedelta(seconds=seconds)
            attempt = owed.attempt + 1
            owe(conn, owed.story, owed.key, owed.group_id, owed.args, now, not_before, attempt, failures)
        case Park(why):
            park(conn, owed.story, owed.key, owed.group_id, owed.args, why, owed.attempt + 1, now)
        case None:
            pass


def has_moved(conn: Connection, owed: Owed) -> Owed | None:
    """The same story of the group that its group has joined; None where that is still there."""
    group = joined_by(conn, owed.group_id)
    return None if group is None else replace(owed, group_id=group, args=of_group(owed.args, group))


def plain_json(value: Any) -> Any:
    """The value as it would come back from a database; raises TypeError when it is not plain JSON."""
    return json.loads(json.dumps(value))


class InProcess:
    """Tells stories right here, one after another, without an engine: for tests, the demo and `simulate`."""

    def __init__(self, database: Database, stories: Stories) -> None:
        self._database = database
        self._stories = {story.value: telling for story, telling in stories.items()}
        self._one_at_a_time = asyncio.Lock()

    async def settle(self, now: datetime) -> int:
        """Tells all that is due, and what becomes due by that, until nothing is left; returns how many tellings.

        A row goes only after its telling ended, so what a crash interrupts is told again.
        """
        told = 0
        async with self._one_at_a_time:
            while rows := await self._database.read(lambda conn: due(conn, now, 50, self._stories)):
                for row in rows:
                    await self._tell(row, now)
                told += len(rows)
        return told

    async def next_due(self, now: datetime) -> datetime | None:
        """When there will be something to tell, of what is owed already; None when nothing waits for its time."""
        return await self._database.read(lambda conn: next_due(conn, now))

    async def _tell(self, row: Owed, now: datetime) -> None:
        end = await tell(self._stories[row.story], _do, row)

        def ended(conn: Connection) -> None:
            strike_out_told(conn, row.key, row.attempt)
            file_end(conn, row, end, now)

        await self._database.write(ended)


async def _do(step: str, work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    return plain_json(await work(*args))
