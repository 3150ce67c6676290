"""Waiting for something that other tasks, threads or processes do."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def until(happened: Callable[[], object | Awaitable[object]], seconds: float = 180) -> None:
    """Returns once it happened; a TimeoutError says that it never did. The limit is for what never happens: on a busy
    machine everything else may take many times as long as here."""
    async with asyncio.timeout(seconds):
        while not await _truth(happened()):  # noqa: ASYNC110  (another process sets no event of ours)
            await asyncio.sleep(0.02)


async def _truth(value: object | Awaitable[object]) -> object:
    return await value if inspect.isawaitable(value) else value
