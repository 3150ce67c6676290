"""Requests to Discord's API: on our addresses, in turn, and never sent again by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from discord import ApplicationFlags, HTTPException, LoginFailure
from discord.http import HTTPClient, Route

from adapters.discord_chat.content import as_form
from adapters.discord_chat.errors import CUT, DeadToken, Throttled, ours
from adapters.discord_chat.settings import DiscordSettings
from adapters.discord_chat.watching import watch
from bot.domain.errors import NotNow
from bot.domain.outgoing import Picture
from bot.ports import Pace

#: Discord allows 50 a second under one token.
PER_SECOND = 48.5
#: A pause up to this is waited for here: a request that met a 429 was certainly not done.
SHORT_SECONDS = 5.0
TRIES = 3
TIDY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who the bot is, and which of the privileged intents it was granted."""

    id: str
    application: str
    reads_messages: bool
    sees_members: bool


class Http(HTTPClient):
    """discord.py's own client with our address. `Route.BASE` belongs to the class, so to every client in the process;
    here it is put right for each request."""

    def __init__(self, settings: DiscordSettings, pace: Pace) -> None:
        super().__init__(asyncio.get_running_loop(), proxy=settings.proxy, http_trace=watch())
        self._base = settings.api_base.rstrip("/")
        self._bucket = settings.bucket
        self._pace = pace
        self._held: dict[str, float] = {}
        self._tidy_at = 0.0

    def _try_clear_expired_ratelimits(self) -> None:
        """The library looks through all its buckets for each new one: with thousands of channels, an eighth of all the
        work of posting in them. Every few seconds is often enough."""
        now = self.loop.time()
        if now >= self._tidy_at:
            self._tidy_at = now + TIDY_SECONDS
            super()._try_clear_expired_ratelimits()

    async def request(self, route: Route, **asked: Any) -> Any:
        """One request in its turn. After a 429 with a short pause it is sent again; a long one raises `Throttled`."""
        route.url = self._base + route.url.removeprefix(Route.BASE)
        for _ in range(TRIES - 1):
            try:
                return await self._once(route, asked)
            except Throttled as error:
                if error.pause > SHORT_SECONDS:
                    raise
        return await self._once(route, asked)

    async def _once(self, route: Route, asked: Mapping[str, Any]) -> Any:
        await self._wait_for(route)
        await self._pace.turn(self._bucket, PER_SECOND, _is_sign(route))
        try:
            answer = await super().request(route, **asked)
        except Throttled as error:
            await self._hold(route, error)
            raise
        if isinstance(answer, str) and answer:
            raise NotNow("something else answered in Discord's place")
        return answer

    async def _wait_for(self, route: Route) -> None:
        now = self.loop.time()
        self._held = {name: until for name, until in self._held.items() if until > now}
        left = max((self._held[name] - now for name in ("*", _name(route)) if name in self._held), default=0.0)
        if left > SHORT_SECONDS:
            raise Throttled(left, everywhere=False)
        await asyncio.sleep(left)

    async def _hold(self, route: Route, error: Throttled) -> None:
        self._held["*" if error.everywhere else _name(route)] = self.loop.time() + error.pause
        if error.everywhere:
            await self._pace.hold(self._bucket, error.pause)


def _is_sign(route: Route) -> bool:
    """The received sign: somebody who has just written looks whether it was taken."""
    return route.method == "PUT" and "/reactions/" in route.path


def _name(route: Route) -> str:
    return f"{route.key} {route.major_parameters}"


class Rest:
    """The bot's requests. Signs in on first use, so a process that only speaks needs no gateway. After a 401 nothing is
    asked any more."""

    def __init__(self, settings: DiscordSettings, pace: Pace) -> None:
        self._settings = settings
        self._pace = pace
        self._opening = asyncio.Lock()
        self._http: Http | None = None
        self._account: Account | None = None
        self._dead = False

    async def account(self) -> Account:
        """Who we are. Raises `NotNow` or `Refused`."""
        await self.http()
        assert self._account is not None
        return self._account

    async def http(self) -> Http:
        """The library's client, signed in. Raises `NotNow` or `Refused`."""
        async with self._opening:
            if self._dead:
                raise DeadToken
            if self._http is None:
                self._http, self._account = await self._sign_in()
            return self._http

    async def _sign_in(self) -> tuple[Http, Account]:
        http = Http(self._settings, self._pace)
        try:
            with self.in_our_words():
                me = await http.static_login(self._settings.token)
                return http, _account(str(me["id"]), await http.application_info())
        except BaseException:
            await http.close()
            raise

    async def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        picture: Picture | None = None,
        **places: str,
    ) -> Any:
        """One request, with a file beside its JSON where there is a picture. Raises `NotNow` (it may have been done all
        the same) or `Refused`."""
        http = await self.http()
        body = {"json": json} if picture is None else {"form": as_form(json, picture)}
        asked = {name: value for name, value in (*body.items(), ("params", params)) if value is not None}
        with self.in_our_words():
            return await http.request(Route(method, path, **places), **asked)

    @contextmanager
    def in_our_words(self) -> Iterator[None]:
        """Errors of the library's come out as ours, and a 401 is the last one."""
        try:
            yield
        except LoginFailure as error:  # what the library makes of a 401 while it signs in
            self._dead = True
            raise DeadToken from error
        except HTTPException as error:
            if error.status == 401:
                self._dead = True
                raise DeadToken from error
            raise ours(error) from error
        except CUT as error:
            raise ours(error) from error

    def deny_privileges(self) -> Account:
        """The gateway says that the privileged intents are not switched on, whatever the application says."""
        assert self._account is not None
        self._account = replace(self._account, reads_messages=False, sees_members=False)
        return self._account

    async def close(self) -> None:
        """Ends what is open; a later request signs in anew."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()


def _account(id: str, application: Mapping[str, Any]) -> Account:
    flags = ApplicationFlags._from_value(application.get("flags") or 0)
    return Account(
        id,
        str(application["id"]),
        flags.gateway_message_content or flags.gateway_message_content_limited,
        flags.gateway_guild_members or flags.gateway_guild_members_limited,
    )
