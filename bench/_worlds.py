"""The chat platforms of our tests, each in a process of its own, and studybot as a process that talks to them."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any, Generic, TypeVar

TESTS = Path(__file__).parents[1] / "tests"
sys.path.append(str(TESTS))

from discord_world import DiscordWorld, discord_world  # noqa: E402
from discord_world.model import Kind  # noqa: E402  (the line above makes it known)
from slack_world import SlackWorld, slack_world  # noqa: E402

__all__ = [
    "Away",
    "Bot",
    "DiscordWorld",
    "Kind",
    "SlackWorld",
    "cpu_seconds",
    "free_port",
    "started",
    "until",
    "world_apart",
]

W = TypeVar("W", DiscordWorld, SlackWorld)

WORLDS: dict[str, Callable[[], AbstractAsyncContextManager[Any]]] = {"discord": discord_world, "slack": slack_world}
GRACE_SECONDS = 20.0
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Away(Generic[W]):
    """A world in another process. What is asked of it is a plain function, which runs there."""

    def __init__(self, pid: int, pipe: Connection) -> None:
        self.pid = pid
        self._pipe = pipe
        self._one_at_a_time = asyncio.Lock()

    async def do(self, work: Callable[..., Any], *args: Any) -> Any:
        """What `work(world, *args)` returns there, awaited where it must be. Raises what it raised."""
        async with self._one_at_a_time:
            self._pipe.send((work, args))
            ok, found = await asyncio.to_thread(self._pipe.recv)
        if not ok:
            raise RuntimeError(f"in the world: {found}")
        return found


@contextlib.asynccontextmanager
async def world_apart(kind: str) -> AsyncIterator[Away[Any]]:
    """A "discord" or a "slack" until the block ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_host, args=(kind, theirs), daemon=True)
    process.start()
    theirs.close()
    assert process.pid is not None
    try:
        yield Away(process.pid, ours)
    finally:
        with contextlib.suppress(BrokenPipeError):
            ours.send(None)
        await asyncio.to_thread(process.join, GRACE_SECONDS)
        process.kill()


def _host(kind: str, pipe: Connection) -> None:
    # Ctrl-C is for whoever started us; they tell us to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The outside does not become slow where this machine is busy; who may do so says so.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    asyncio.run(_serve(kind, pipe))


async def _serve(kind: str, pipe: Connection) -> None:
    async with WORLDS[kind]() as world:
        while (asked := await asyncio.to_thread(pipe.recv)) is not None:
            work, args = asked
            try:
                found = work(world, *args)
                pipe.send((True, await found if inspect.isawaitable(found) else found))
            except Exception as error:
                pipe.send((False, f"{type(error).__name__}: {error}"))


# ---------------------------------------------------------------- studybot


@dataclass(frozen=True, slots=True)
class Bot:
    """A process; its words are in a file."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def cpu_seconds(self) -> float:
        """What it has used so far, in the kernel too."""
        return cpu_seconds(self.process.pid)

    @property
    def rss_bytes(self) -> int:
        """The memory it has now."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE_BYTES

    def must_live(self) -> None:
        """Raises when it has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"it ended with {self.process.returncode}:\n{self.log.read_text()[-2000:]}")


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


@contextlib.contextmanager
def started(*words: str, folder: Path, settings: Mapping[str, str]) -> Iterator[Bot]:
    """`python` with these words and nothing set but these settings; told to end with the block."""
    log = folder / f"log-{perf_counter()}"
    env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(sys.path), **settings}
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, *words], cwd=folder, env=env, stdout=file, stderr=file)
    try:
        yield Bot(process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    """One that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(happened: Callable[[], Any], bot: Bot, seconds: float, every: float = 0.2) -> None:
    """Returns once it happened. Raises when the bot has ended, or after so many seconds."""
    async with asyncio.timeout(seconds):
        while True:
            found = happened()
            if await found if inspect.isawaitable(found) else found:
                return
            bot.must_live()
            await asyncio.sleep(every)
