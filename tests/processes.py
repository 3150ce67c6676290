"""Other processes of the bot: real ones, that can be stopped and killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from typing import Any


def in_own_process(work: Callable[..., None], *args: Any) -> SpawnProcess:
    """Starts a plain function in a fresh interpreter."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=args, daemon=True)
    process.start()
    return process
