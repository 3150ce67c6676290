"""Builds the server and runs it inside the loop that everything else runs in."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Collection, Iterator, Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from bot.domain.errors import Mistake
from bot.ports import AsgiApp
from bot.web.guard import Guard
from bot.web.pages import STYLE, page

#: How long open connections may take to end once the server is told to stop.
GRACE_SECONDS = 3


def build_app(
    mounts: Mapping[str, AsgiApp],
    ready: Callable[[], bool],
    *,
    failing: Callable[[], bool] = lambda: False,
    hosts: Collection[str] = (),
    signed: Collection[str] = (),
) -> Starlette:
    """The application: health, the adapters' parts under their prefixes, and a guard before all of it.

    `hosts` are names it answers to besides this machine's own; "0.0.0.0" among them admits every numeric address.
    Below the `signed` prefixes it answers to every name, since each request there proves itself by a signature.
    """

    async def health(request: Request) -> Response:
        if failing():
            return PlainTextResponse("failing", 503)
        return PlainTextResponse("ready") if ready() else PlainTextResponse("starting", 503)

    async def style(request: Request) -> Response:
        return PlainTextResponse(STYLE, media_type="text/css")

    # The longest prefix first, so that "/" does not swallow the others.
    parts = sorted(mounts.items(), key=lambda part: -len(part[0]))
    return Starlette(
        routes=[
            Route("/healthz", health),
            Route("/pages.css", style),
            *(Mount(prefix.rstrip("/"), app) for prefix, app in parts),
        ],
        middleware=[Middleware(Guard, hosts=hosts, signed=signed)],
        exception_handlers={HTTPException: _not_served},
    )


async def _not_served(request: Request, error: Exception) -> Response:
    return page("method" if isinstance(error, HTTPException) and error.status_code == 405 else "missing")


async def serve(app: Starlette, host: str, port: int) -> None:
    """Serves until cancelled, then lets open connections end within seconds. Raises `Mistake` when the address cannot
    be had."""
    with contextlib.closing(_listen(host, port)) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        server = _QuietServer(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise


class _QuietServer(uvicorn.Server):
    """Leaves signals to the front door: uvicorn's own handlers would replace ours while it runs."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise Mistake(_cannot_listen(host, port, error)) from error
    listener.setblocking(False)
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    return (
        f"Nothing can listen on {host}:{port} ({error.strerror or error}). "
        f"Perhaps another studybot runs there already. Stop it, or choose another port: PORT={port + 1}"
    )
