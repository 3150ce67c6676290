"""Other processes of the bot: real ones, that can be stopped and killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

#: A process of its own in which the libraries are loaded once; the others are its children, so they start at once.
_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(
    ["station", "live", "dbos", "bot.verbs.run", "adapters.discord_chat", "adapters.slack_chat", "adapters.web_chat"]
)


def in_own_process(work: Callable[..., None], *args: Any) -> ForkServerProcess:
    """Starts a plain function in a process that shares nothing with this one."""
    process = _nursery.Process(target=work, args=args, daemon=True)
    process.start()
    return process
