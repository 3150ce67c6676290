"""A server process of R1b: `python bench/_server.py ours|bare URL PORT MEMBERS`. Prints a line once it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from bench._intake import Take, bare_insert, real_intake
from bot.web.server import build_app, serve


def door(take: Take) -> Router:
    """One address: an event comes in, and is acknowledged once it is safe."""

    async def message(request: Request) -> Response:
        await take((await request.json())["number"])
        return Response(status_code=204)

    return Router([Route("/messages", message, methods=["POST"])])


async def main(kind: str, url: str, port: int, members: int) -> None:
    """Serves until it is told to end."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    side = real_intake(url, members) if kind == "ours" else bare_insert(url)
    with contextlib.suppress(asyncio.CancelledError):
        async with side as take:
            print("ready", flush=True)
            await serve(build_app({"/": door(take)}, lambda: True), "127.0.0.1", port)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
