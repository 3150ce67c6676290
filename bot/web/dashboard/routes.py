"""The dashboard's addresses. Whatever is not there, or is not the visitor's, gives the very same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router

from bot.domain.dashboard import VISIT_LASTS
from bot.domain.errors import NotNow
from bot.domain.outgoing import read_id
from bot.domain.standings import Period
from bot.ports import AsgiApp
from bot.services import dashboard
from bot.services.dashboard import PREFIX, Dashboard, Visitor
from bot.shelves import Tx
from bot.web.dashboard import charts, words
from bot.web.dashboard.pages import Pages

COOKIE = "dashboard"
Endpoint = Callable[[Request], Awaitable[Response]]
T = TypeVar("T")
#: What a page shows, read for one visitor; None where there is nothing for them.
Reading = Callable[[Tx, Visitor, datetime], T]


def dashboard_app(source: Dashboard, public_url: str | None = None) -> AsgiApp:
    """The dashboard, to be mounted under its prefix. `public_url` is the address people elsewhere reach it under."""
    return Routes(source, Pages(), public_url).app()


class Routes:
    """Everything a browser may ask for."""

    def __init__(self, source: Dashboard, pages: Pages, public_url: str | None) -> None:
        self._source = source
        self._pages = pages
        self._public = urlsplit(public_url or "")

    def app(self) -> Router:
        """The addresses."""
        return Router(
            [
                Route("/open/{link}", self._kindly(self.open)),
                Route("/leave", self._kindly(self.leave), methods=["POST"]),
                Route("/static/{name}", self.static),
                Route("/", self._kindly(self.board)),
                Route("/board/{period}", self._kindly(self.board)),
                Route("/progress", self._kindly(self.progress)),
                Route("/answers", self._kindly(self.answers)),
                Route("/answers/{id}", self._kindly(self.answer)),
                Route("/questions", self._kindly(self.questions)),
                Route("/health", self._kindly(self.health)),
                Route("/{rest:path}", self._kindly(self.missing)),
            ]
        )

    def _kindly(self, endpoint: Endpoint) -> Endpoint:
        """With a page in words where the database is away."""

        async def kind(request: Request) -> Response:
            try:
                return await endpoint(request)
            except NotNow:
                return self._pages.page("away.html", 503)

        return kind

    # ------------------------------------------------------------ coming and going

    async def open(self, request: Request) -> Response:
        """Lets in whoever has a link, and takes the link out of the address bar."""
        cookie = await self._source.enter(request.path_params["link"])
        if cookie is None:
            return self._closed()
        response = RedirectResponse(f"{PREFIX}/", 303, {"Referrer-Policy": "no-referrer"})
        # Lax and not strict: people come from a chat, and the redirect is still part of that journey.
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=int(VISIT_LASTS.total_seconds()),
            path=PREFIX,
            httponly=True,
            samesite="lax",
            secure=self._is_secure(request),
        )
        return response

    def _is_secure(self, request: Request) -> bool:
        """Whether this browser came by https, if through a server in front of us."""
        behind = self._public.scheme == "https" and request.headers.get("host") == self._public.netloc
        return behind or request.url.scheme == "https"

    async def leave(self, request: Request) -> Response:
        """Ends the visit on both sides."""
        if cookie := request.cookies.get(COOKIE):
            await self._source.leave(cookie)
        response = self._pages.page("closed.html", title=words.LEFT)
        response.delete_cookie(COOKIE, path=PREFIX, httponly=True, samesite="lax")
        return response

    async def static(self, request: Request) -> Response:
        """Style, script and icon."""
        found = self._pages.static(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return found

    # ------------------------------------------------------------ pages

    async def board(self, request: Request) -> Response:
        """A board of a period: of the group or one of its tracks, of all points or of growth alone."""
        name = request.path_params.get("period", Period.WEEK.value)
        if name not in set(Period):
            return await self.missing(request)
        period, wanted = Period(name), request.query_params.get("track", "")
        track, growth = read_id(wanted), request.query_params.get("view") == "growth"
        if wanted and track is None:
            return await self.missing(request)
        return await self._show(
            request, "board.html", lambda tx, visitor, now: dashboard.board_page(tx, visitor, period, track, growth)
        )

    async def progress(self, request: Request) -> Response:
        """One's own scores over time and by competency."""
        memory, questions = self._source.memory, self._source.questions
        seen = await self._look(
            request, lambda tx, visitor, now: dashboard.progress(tx, visitor, memory, questions, now)
        )
        if seen is None:
            return self._closed()
        visitor, shown = seen
        chart = await asyncio.to_thread(charts.over_time, shown)
        return self._pages.page("progress.html", me=visitor, shown=shown, chart=chart)

    async def answers(self, request: Request) -> Response:
        """One's own answers."""
        before = read_id(request.query_params.get("before", ""))
        return await self._show(
            request, "answers.html", lambda tx, visitor, now: dashboard.answers(tx, visitor, before)
        )

    async def answer(self, request: Request) -> Response:
        """One of one's own answers with its full review."""
        id = read_id(request.path_params["id"])
        return await self._show(
            request,
            "answer.html",
            lambda tx, visitor, now: dashboard.answer(tx, visitor, id, now) if id is not None else None,
        )

    async def questions(self, request: Request) -> Response:
        """How the group's questions do, for organisers."""
        return await self._show(request, "questions.html", lambda tx, visitor, now: dashboard.questions(tx, visitor))

    async def health(self, request: Request) -> Response:
        """What needs an organiser."""
        reviewer = self._source.reviewer
        return await self._show(
            request, "health.html", lambda tx, visitor, now: dashboard.health(tx, visitor, reviewer, now)
        )

    async def missing(self, request: Request) -> Response:
        """An address that leads nowhere."""
        return await self._show(request, "missing.html", lambda tx, visitor, now: None)

    async def _show(self, request: Request, template: str, reading: Reading[object]) -> Response:
        """A page for whoever holds the cookie; what is not there, or not theirs, is missing in the same way."""
        seen = await self._look(request, reading)
        if seen is None:
            return self._closed()
        visitor, shown = seen
        if shown is None:
            return self._pages.page("missing.html", 404, me=visitor)
        return self._pages.page(template, me=visitor, shown=shown)

    async def _look(self, request: Request, reading: Reading[T]) -> tuple[Visitor, T] | None:
        return await self._source.look(request.cookies.get(COOKIE, ""), reading)

    def _closed(self) -> Response:
        return self._pages.page("closed.html", 404, title=words.CLOSED)
