"""Waiting for something that other tasks, threads or processes do."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def until(happened: Callable[[], object | Awaitable[object]], seconds: float = 60) -> None:
    """Returns once it happened; a TimeoutError says that it never did."""
    async with asyncio.timeout(seconds):
        while not await _truth(happened()):  # noqa: ASYNC110  (another process sets no event of ours)
            await asyncio.sleep(0.02)


async def _truth(value: object | Awaitable[object]) -> object:
    return await value if inspect.isawaitable(value) else value
