"""Catches calls that would make everybody wait: a blocking call of ours while an event loop runs in the same thread.

Python announces what a program does to the outside as audit events, and SQLAlchemy announces every statement; only
`time.sleep`, which Python 3.11 does not announce, has to be wrapped. A call is ours when a file of `bot/` or of
`adapters/` is among its callers.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, SupportsIndex

from sqlalchemy import Engine, event

ROOT = Path(__file__).parents[1]
OURS = (f"{ROOT / 'bot'}/", f"{ROOT / 'adapters'}/")

#: What waits for a disk, another process or the network.
BLOCKING = frozenset(
    {"open", "os.system", "socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen"}
)

#: Files whose callers may block, and why.
ALLOWED = {
    "<frozen importlib._bootstrap>": "modules are imported lazily on purpose, once",
    "linecache.py": "a traceback reads the lines it shows",
    "zoneinfo/_common.py": "a zone is read once and kept",
    "dbos/_dbos.py": "the work engine adopts the loop it is launched in, so it is launched there, once",
    "bot/packs/folders.py": "packs are read at start, before anybody can wait",
    "bot/verbs/doctor.py": "the doctor serves nobody else meanwhile",
}


class BlockingCall(AssertionError):
    """A call that holds up the event loop; it belongs into a thread, or has an async twin."""


_watching = False


@contextmanager
def watching() -> Iterator[None]:
    """Within this, a blocking call of ours in a thread with a running loop raises `BlockingCall`."""
    global _watching
    _install()
    before, _watching = _watching, True
    try:
        yield
    finally:
        _watching = before


_installed = False


def _install() -> None:
    """Audit hooks stay for good, so there is one, asleep outside of `watching`."""
    global _installed
    if not _installed:
        sys.addaudithook(_heard)
        event.listen(Engine, "before_cursor_execute", _statement)
        time.sleep = _sleep
        _installed = True


def _heard(name: str, args: tuple[Any, ...]) -> None:
    if _watching and name in BLOCKING and not _is_harmless(name, args):
        _judge(name)


def _statement(*_: Any) -> None:
    if _watching:
        _judge("a database statement")


_real_sleep = time.sleep


def _sleep(seconds: float | SupportsIndex, /) -> None:
    if _watching:
        _judge("time.sleep")
    _real_sleep(seconds)


def _is_harmless(name: str, args: tuple[Any, ...]) -> bool:
    """An asyncio socket announces its connecting too; it does not wait, and so has a timeout of 0."""
    if name == "open":
        return isinstance(args[0], int)
    return name == "socket.connect" and args[0].gettimeout() == 0


def _judge(what: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    ours = None
    for frame in _callers():
        file = frame.f_code.co_filename
        if file.endswith(tuple(ALLOWED)):
            return
        if ours is None and file.startswith(OURS):
            ours = frame
    if ours is not None:
        place = f"{Path(ours.f_code.co_filename).relative_to(ROOT)}:{ours.f_lineno}"
        raise BlockingCall(f"{what} at {place} blocks the event loop")


def _callers() -> Iterator[FrameType]:
    """From the innermost caller to the loop's own code: what the loop was started by is not to blame."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.endswith("asyncio/base_events.py"):
        yield frame
        frame = frame.f_back
