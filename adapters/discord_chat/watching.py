"""Stops discord.py from sending again by itself: a 429 or a server's failure becomes our error at once.

The library would repeat a request up to five times after a failure of the server's. Whether the first one was done
nobody knows then, so our courier asks `find` first. Its waiting for buckets that are used up stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import aiohttp

from adapters.discord_chat.errors import Throttled
from bot.domain.errors import NotNow

#: A pause where none is told, and where not Discord but what stands before it sent us away with a page.
UNTOLD_SECONDS = 5.0
PAGE_SECONDS = 60.0


def watch() -> aiohttp.TraceConfig:
    """For an aiohttp session: raises `NotNow` or `Throttled` out of the request that met one."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_look)
    return trace


async def _look(session: aiohttp.ClientSession, context: SimpleNamespace, seen: aiohttp.TraceRequestEndParams) -> None:
    response = seen.response
    if response.status == 429:
        raise throttled(response.headers, await _body(response))
    if response.status >= 500:
        await response.read()  # which gives the connection back
        raise NotNow(f"Discord failed with {response.status}")


async def _body(response: aiohttp.ClientResponse) -> Any:
    try:
        return await response.json(content_type=None)
    except ValueError:
        return None


def throttled(headers: Mapping[str, str], body: Any) -> Throttled:
    """The pause that a 429 asks for, however it says so; a page without JSON shuts every door."""
    told = body if isinstance(body, dict) else None
    default = UNTOLD_SECONDS if told is not None else PAGE_SECONDS
    pause = _seconds((told or {}).get("retry_after")) or _seconds(headers.get("Retry-After")) or default
    everywhere = told is None or bool(told.get("global")) or headers.get("X-RateLimit-Scope") == "global"
    return Throttled(pause, everywhere)


def _seconds(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
