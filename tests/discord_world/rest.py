"""The HTTP side of the Discord of our tests: records every request, spoils it if scripted, limits, checks, answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

import discord_world.hooks
import discord_world.places  # noqa: F401  (the same)
from discord_world.gateway import Gateway
from discord_world.model import Json
from discord_world.routes import ROUTES, Asked, Upload
from discord_world.rules import Refusal, malformed
from discord_world.schema import Route, description
from discord_world.script import (
    VIA,
    Answer,
    CutAfter,
    CutBefore,
    Delay,
    Html,
    Meter,
    Outcome,
    Pass,
    RateLimited,
    Script,
    Status,
    refused,
    too_many,
)
from discord_world.state import World

PREFIX = "/api/v10"


@dataclass(eq=False)
class Request:
    """One request as it came. `status` is 0 while it is open, and -1 if the line was cut instead of an answer."""

    method: str
    route: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    at: float
    body: object = None
    files: tuple[Upload, ...] = ()
    status: int = 0
    code: int = 0


class RestServer:
    """Listens on a port of the loopback for REST and for the gateway."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self.meter = Meter()
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self.scripts: list[Script] = []
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_route("*", PREFIX + "/{rest:.*}", self._handle)
        app.router.add_get("/attachments/{id}/{name}", self._attachment)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.world.base = f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _attachment(self, request: web.Request) -> web.Response:
        wanted = request.match_info["name"]
        places = reversed(self.world.places.values())
        for message in (one for place in places for one in reversed(place.log.values())):
            if wanted in message.files and any(request.path in one["url"] for one in message.attachments):
                return web.Response(body=message.files[wanted])
        raise web.HTTPNotFound

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path.removeprefix(PREFIX)
        found = description().find(request.method, path)
        route, places = found if found else (None, {})
        record = Request(
            request.method,
            route.template if route else path,
            unquote(path),
            dict(request.query),
            {name: value for name, value in request.headers.items() if name.lower() != "authorization"},
            time.monotonic(),
        )
        self.requests.append(record)
        record.body, record.files = await _read(request)
        outcome = self._scripted(record)
        while isinstance(outcome, Delay):
            await asyncio.sleep(outcome.seconds)
            outcome = outcome.then
        if isinstance(outcome, CutBefore):
            return _cut(request, record)
        answer = self._answer(record, route, places, request.headers.get("Authorization"), outcome)
        if isinstance(outcome, CutAfter):
            return _cut(request, record)
        record.status = answer.status
        if isinstance(answer.body, dict):
            record.code = answer.body.get("code", 0) if answer.status >= 400 else 0
        return _response(answer)

    def _scripted(self, record: Request) -> Outcome | None:
        for script in self.scripts:
            outcome = script.next(record.method, record.route, record.path)
            if outcome is not None:
                return None if isinstance(outcome, Pass) else outcome
        return None

    def _answer(
        self,
        record: Request,
        route: Route | None,
        places: Mapping[str, str],
        authorization: str | None,
        outcome: Outcome | None,
    ) -> Answer:
        headers: dict[str, str] = {}
        match outcome:
            case Status():
                answer = refused(outcome)
            case Html():
                answer = Answer(outcome.status, headers=outcome.headers, page=outcome.page)
            case RateLimited():
                answer = too_many(outcome)
            case _:
                bound = record.route.startswith(("/interactions/", "/webhooks/"))
                limited, headers = self.meter.take(record.method, record.route, record.path, bot=not bound)
                known = bound or authorization == f"Bot {self.world.token}"
                answer = limited or (self._serve(record, route, places) if known else refused(Status(401)))
        shared = answer.headers.get("X-RateLimit-Scope") == "shared"
        self.meter.note(answer.status, shared)
        if answer.page is not None:
            return answer
        return Answer(answer.status, answer.body, headers | VIA | dict(answer.headers))

    def _serve(self, record: Request, route: Route | None, places: Mapping[str, str]) -> Answer:
        handler = ROUTES.get((record.method, record.route))
        if route is None or handler is None:
            self.complaints.append(f"{record.method} {record.path}: no such route")
            return Answer(404, {"message": "404: Not Found", "code": 0})
        try:
            complaints = description().complaints(route, record.query, record.body)
            if complaints:
                raise malformed(complaints)
            asked = Asked(self.world, record.method, record.route, places, record.query, record.body, record.files)
            return handler(asked)
        except Refusal as refusal:
            if refusal.code == 50035:
                self.complaints += [f"{record.method} {record.path}: {one}" for one in refusal.complaints]
            return Answer(refusal.status, refusal.body)


async def _read(request: web.Request) -> tuple[object, tuple[Upload, ...]]:
    """The JSON of a request and the files beside it."""
    if not request.body_exists:
        return None, ()
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return (json.loads(raw) if raw else None), ()
    body: Json = {}
    files = []
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        name, data = part.name or "", await part.read(decode=True)
        if name == "payload_json":
            body = json.loads(data)
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files.append(Upload(name, part.filename or name, kind, bytes(data)))
    return body, tuple(files)


def _cut(request: web.Request, record: Request) -> web.Response:
    record.status = -1
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _response(answer: Answer) -> web.Response:
    # Exactly this content type: discord.py reads JSON from nothing else, a charset included.
    kind = "text/html" if answer.page is not None else "application/json"
    headers = dict(answer.headers) | ({"Content-Type": kind} if answer.status != 204 else {})
    return web.Response(status=answer.status, body=answer.raw or None, headers=headers)
