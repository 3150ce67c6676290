"""Who is there: sessions by cookie, without accounts, and names as they come in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from adapters.web_chat import words
from bot.domain.inert import NOBODY, clean_name
from bot.ports import Clock, RoomChannel, RoomPerson, RoomStore

COOKIE = "studyroom"
LASTS = timedelta(days=60)

CHANNELS = (RoomChannel("study", "study"),)
PEOPLE = (
    RoomPerson("olga", "Olga", demo=True, organiser=True),
    RoomPerson("amir", "Amir", demo=True),
    RoomPerson("bea", "Bea", demo=True),
    RoomPerson("chen", "Chen", demo=True),
)


class Sessions:
    """Remembers who holds which cookie. The store sees hashes only: whoever reads it cannot come in with them."""

    def __init__(self, store: RoomStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def person(self, request: Request) -> RoomPerson | None:
        """Who sends this request."""
        token = request.cookies.get(COOKIE)
        return await self._store.session_person(_hash(token), self._clock.now() - LASTS) if token else None

    async def enter(self, request: Request, response: Response, person: RoomPerson) -> None:
        """Gives this browser a new cookie for the person; the one it had is worth nothing any more."""
        await self._forget(request)
        token = secrets.token_urlsafe(32)
        await self._store.open_session(_hash(token), person.id, self._clock.now())
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(LASTS.total_seconds()),
            path="/",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )

    async def leave(self, request: Request, response: Response) -> None:
        """Ends this browser's session on both sides."""
        await self._forget(request)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")

    async def _forget(self, request: Request) -> None:
        if token := request.cookies.get(COOKIE):
            await self._store.close_session(_hash(token))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def room_name(typed: str) -> str | None:
    """A name as the room keeps it, or None where there is nothing to read."""
    name = clean_name(typed)
    return None if name == NOBODY and typed.strip().casefold() != NOBODY else name


def is_bots_name(name: str) -> bool:
    """Whether somebody would pass for the bot."""
    return name.casefold() == words.BOT


def from_this_page(request: Request) -> bool:
    """Whether a request that changes something was made by a page of ours. A browser says so itself; a request that
    tells neither is not from a browser's page of ours."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Browsers leave that header out where the page came neither by https nor from this machine.
    return request.headers.get("origin", "").partition("://")[2] == request.headers.get("host")
