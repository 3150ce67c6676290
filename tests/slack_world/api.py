"""The Web API over HTTP: reads requests, checks who asks, lets faults happen, answers as Slack does."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiMapping

from slack_world import chat_methods as slack_chat_methods
from slack_world import room_methods as slack_room_methods
from slack_world import view_methods as slack_view_methods
from slack_world.desk import METHODS, Args, Call, Desk, Method, Refusal, TooMany
from slack_world.faults import Cut, Delay, Error, Fault, Html, RateLimited, Status
from slack_world.hooks import Hooks
from slack_world.socket import Switchboard
from slack_world.values import Json, Request, Team

#: Importing them registers what they serve.
SERVED_BY = (slack_chat_methods, slack_room_methods, slack_view_methods)

PAGE = "<html><body><h1>Something between you and Slack is busy</h1></body></html>"
_APP_LEVEL, _OPEN = "apps.connections.open", "api.test"


@dataclass
class _Answer:
    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None

    def as_response(self) -> web.Response:
        if self.text is not None:
            return web.Response(text=self.text, status=self.status, content_type="text/html", headers=self.headers)
        return web.json_response(self.body, status=self.status, headers=self.headers)


Work = Callable[[], Awaitable[_Answer]]


@dataclass(eq=False)
class Api:
    desk: Desk
    board: Switchboard
    hooks: Hooks

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/api/{method}", self._method),
            web.post("/upload/v1/{file}", self._upload),
            web.get("/files-pri/{file}/{name}", self._file),
            web.post("/respond/{hook}", self._respond),
            web.get("/link/", self._link),
            web.get("/oauth/v2/authorize", self._authorize),
        ]

    # ---------------------------------------------------------------- methods

    async def _method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        token, args, is_json = await _read(request)
        team = self.desk.books.team_of(token)
        fault = self.desk.script.take(name, args.text("channel") or None)

        async def answered() -> _Answer:
            return self._answer(name, token, team, args)

        answer = await _with_fault(request, fault, answered)
        kept = {key: value for key, value in args.items() if key not in {"token", "client_secret"}}
        error = answer.body.get("error")
        status = answer.status if not isinstance(fault, Cut) else 0
        at = self.desk.books.clock()
        record = Request(name, kept, at, status, error, team.id if team else None, is_json)
        self.desk.books.requests.append(record)
        return answer.as_response()

    def _answer(self, name: str, token: str, team: Team | None, args: Args) -> _Answer:
        try:
            return _Answer({"ok": True} | self._served(name, token, team, args), headers=self._headers())
        except Refusal as no:
            return _Answer({"ok": False, "error": no.code} | no.more, headers=self._headers())
        except TooMany as no:
            return _rate_limited(no.after)

    def _headers(self) -> dict[str, str]:
        return {"x-oauth-scopes": ",".join(sorted(self.desk.scopes)), "x-slack-req-id": "made-up"}

    def _served(self, name: str, token: str, team: Team | None, args: Args) -> Json:
        if name == _OPEN:
            return {"args": dict(args)}
        if name == _APP_LEVEL:
            return self._connection(token)
        method = METHODS.get(name)
        if method is None:
            self.desk.books.complain(f"{name}: no such method here")
            raise Refusal("unknown_method")
        for unknown in sorted(set(args) - method.names):
            self.desk.books.complain(f"{name}: Slack knows no argument {unknown}")
        call = Call(self.desk, self._caller(method, token, team), args, name)
        if method.scope:
            call.need(method.scope)
        return method.answer(call)

    def _caller(self, method: Method, token: str, team: Team | None) -> Team:
        if not method.by_bot:
            return self.desk.books.teams[0]
        if not token:
            raise Refusal("not_authed")
        if token == self.desk.books.app_token:
            raise Refusal("not_allowed_token_type")
        if team is None:
            raise Refusal("invalid_auth")
        if team.token_error:
            raise Refusal(team.token_error)
        return team

    def _connection(self, token: str) -> Json:
        """The address of a websocket."""
        if not token:
            raise Refusal("not_authed")
        if token != self.desk.books.app_token:
            raise Refusal("not_allowed_token_type" if self.desk.books.team_of(token) else "invalid_auth")
        if self.board.is_down:
            raise Refusal("internal_error")
        address = self.desk.base_url.replace("http", "ws", 1)
        return {"url": f"{address}/link/?ticket={self.board.new_ticket()}&app_id={self.desk.books.app_id}"}

    # ---------------------------------------------------------------- beside the methods

    async def _link(self, request: web.Request) -> web.StreamResponse:
        fault = self.desk.script.take("socket")
        if fault is None:
            return await self.board.serve(request)

        async def refused() -> _Answer:
            return _Answer({}, 503)

        return (await _with_fault(request, fault, refused)).as_response()

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        async def kept() -> _Answer:
            file = self.desk.books.files.get(request.match_info["file"])
            if file is None:
                return _Answer({}, 404, text="no such upload")
            file.content = await _uploaded(request)
            if len(file.content) != file.length:
                self.desk.books.complain(f"{file.name}: {file.length} bytes announced, {len(file.content)} sent")
            return _Answer({}, text=f"OK - {len(file.content)}")

        answer = await _with_fault(request, self.desk.script.take("files.upload"), kept)
        if answer.text is None:
            return answer.as_response()
        return web.Response(text=answer.text, status=answer.status, content_type="text/plain")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A file, to whoever may read it; anybody else is sent to the page to log in."""
        file = self.desk.books.files.get(request.match_info["file"])
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.desk.books.team_of(token) is None or "files:read" not in self.desk.scopes:
            raise web.HTTPFound("/login")
        if file is None or file.content is None:
            raise web.HTTPNotFound
        return web.Response(body=file.content, content_type="application/octet-stream")

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.text())

        async def taken() -> _Answer:
            status, said = self.hooks.respond(request.match_info["hook"], body)
            return _Answer({"ok": True} if status == 200 else {"ok": False, "error": said}, status, text=said)

        return (await _with_fault(request, self.desk.script.take("response_url"), taken)).as_response()

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        """The page on which a person agrees; here they always do, to the last `consent` that was prepared."""
        back, state = request.query.get("redirect_uri", ""), request.query.get("state", "")
        code = next(reversed(self.desk.consents), "")
        answer = {"code": code, "state": state} if code else {"error": "access_denied", "state": state}
        raise web.HTTPFound(f"{back}?{urlencode(answer)}")


async def _with_fault(request: web.Request, fault: Fault | None, work: Work) -> _Answer:
    match fault:
        case None:
            return await work()
        case Delay(seconds):
            await asyncio.sleep(seconds)
            return await work()
        case Cut(after):
            answer = await work() if after else _Answer({})
            if request.transport:
                request.transport.abort()
            return answer
        case Error(code):
            return _Answer({"ok": False, "error": code})
        case Status(code, error):
            return _Answer({"ok": False, "error": error}, code)
        case Html(code):
            return _Answer({}, code, text=PAGE)
        case RateLimited(after):
            return _rate_limited(after)


def _rate_limited(after: int | None) -> _Answer:
    headers = {} if after is None else {"Retry-After": str(after)}
    return _Answer({"ok": False, "error": "ratelimited"}, 429, headers)


async def _read(request: web.Request) -> tuple[str, Args, bool]:
    """Token and arguments, from the header, the query, a form or JSON."""
    args = Args(_texts(request.query))
    is_json = request.content_type == "application/json"
    if is_json:
        args |= json.loads(await request.text() or "{}")
    elif request.method == "POST":
        args |= _texts(await request.post())
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        # How an app identifies itself where it has no token yet.
        name, _, password = base64.b64decode(secret).decode().partition(":")
        args |= {"client_id": name, "client_secret": password}
    return (secret if scheme == "Bearer" else args.text("token")), args, is_json


def _texts(form: MultiMapping[Any]) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _uploaded(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""
