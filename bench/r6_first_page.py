"""R6: how long until the first page, against a process that only imports the same libraries?

`studybot run` from its start to the first answered GET /, on a new folder and on one with data. See bench/README.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from argparse import Namespace
from collections.abc import Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from bench._measure import options, report, say, take_turns

TARGET = 1.5
#: So often we look whether the page is there; the figure is as exact as that.
LOOK_EVERY_SECONDS = 0.004
PATIENCE_SECONDS = 60.0
#: Not other people's, and what only virtual environments load.
OURS = {"bot", "adapters", "content", "bench", "_distutils_hack"}
#: So long after the first page everything else that a running bot needs has been loaded as well.
SETTLED_SECONDS = 3
#: Runs studybot, and tells which modules it has loaded once asked by a line.
TELLS_ITS_MODULES = """
import json, sys, threading
from bot.__main__ import main
def tell():
    sys.stdin.readline()
    print("MODULES " + json.dumps(sorted(sys.modules)), flush=True)
threading.Thread(target=tell, daemon=True).start()
sys.exit(main(["run"]))
"""


def environment(folder: Path, port: int) -> dict[str, str]:
    """Nothing set but the folder and the port."""
    names = ("DATABASE_URL", "HOST", "PORT")
    kept = {name: value for name, value in os.environ.items() if name not in names and "STUDYBOT_" not in name}
    return {**kept, "STUDYBOT_DATA_DIR": str(folder), "PORT": str(port), "PYTHONPATH": os.pathsep.join(sys.path)}


def free_port() -> int:
    """One that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_page(folder: Path) -> float:
    """Seconds from the start of `studybot run` to its first page."""
    port = free_port()
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        env=environment(folder, port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_page(process, port, began)
        return perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def _wait_for_page(process: subprocess.Popen[Any], port: int, began: float) -> None:
    while not _answers(port):
        if process.poll() is not None:
            raise RuntimeError(f"studybot ended with {process.returncode} before its first page")
        if perf_counter() - began > PATIENCE_SECONDS:
            raise RuntimeError("no page came")
        sleep(LOOK_EVERY_SECONDS)


def _answers(port: int) -> bool:
    """Whether the page is there: not a refusal, and not the notice that the room is about to open."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            return page.status == 200 and b"</html>" in page.read()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def imports(libraries: Sequence[str]) -> float:
    """Seconds for a Python that imports these modules and ends."""
    code = "\n".join(f"import {name}" for name in libraries)
    began = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began


def libraries_of_run(folder: Path) -> list[str]:
    """The packages of other people that a running studybot has imported."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", TELLS_ITS_MODULES],
        env=environment(folder, port),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    _wait_for_page(process, port, perf_counter())
    sleep(SETTLED_SECONDS)
    process.stdin.write("\n")
    process.stdin.flush()
    line = next(line for line in process.stdout if line.startswith("MODULES "))
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_SECONDS)
    loaded = {name.partition(".")[0] for name in json.loads(line.removeprefix("MODULES "))}
    return sorted(loaded & packages_distributions().keys() - OURS)


async def run(args: Namespace) -> dict[str, Any]:
    """New folders first, then one with data."""
    turns = 4 if args.short else 11
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="bench") as base:
        known = Path(base) / "known"
        libraries = libraries_of_run(known)
        say(f"R6: the libraries of a running studybot are {', '.join(libraries)}")

        async def bare(_: int) -> float:
            return imports(libraries)

        async def fresh(turn: int) -> float:
            return first_page(Path(base) / f"new-{turn}")

        async def warm(_: int) -> float:
            return first_page(known)

        for name, ours in (("new folder", fresh), ("existing data", warm)):
            ratio = await take_turns(ours, bare, turns, TARGET)
            say(f"  {name:15}{ratio}")
            figures[name] = ratio.as_json()
    return {"libraries": libraries, "figures": figures}


if __name__ == "__main__":
    arguments = options("R6: the first page against importing the same libraries")
    report("r6_first_page", arguments, asyncio.run(run(arguments)))
