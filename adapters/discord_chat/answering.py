"""What is said to an interaction: the first response, its later edit, and words after it.

These requests carry the interaction's own token instead of the bot's, and do not count among the bot's 50 a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import aiohttp
from discord import HTTPException
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter

from adapters.discord_chat.content import Piece, as_form
from adapters.discord_chat.errors import CUT, ours
from adapters.discord_chat.pictures import with_picture
from adapters.discord_chat.settings import DiscordSettings
from adapters.discord_chat.watching import watch
from bot.domain.outgoing import Picture

_CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"
_FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = f"{_FOLLOW_UP}/messages/@original"


class Kind(IntEnum):
    """Discord's numbers for a first response."""

    MESSAGE = 4
    LATER = 5
    CHOICES = 8
    FORM = 9


@dataclass(frozen=True, slots=True)
class Opening:
    """Where one interaction can be answered, for 15 minutes."""

    id: str
    token: str = field(repr=False)
    application: str


class Answering:
    """Answers interactions. Raises `NotNow` or `Refused`."""

    def __init__(self, settings: DiscordSettings) -> None:
        self._base = settings.api_base.rstrip("/")
        self._proxy = settings.proxy
        self._adapter = AsyncWebhookAdapter()  # type: ignore[no-untyped-call]
        self._session: aiohttp.ClientSession | None = None

    async def respond(self, to: Opening, kind: Kind, data: Mapping[str, Any]) -> None:
        """The first response, within three seconds of the call."""
        await self._send("POST", _CALLBACK, to.id, to.token, {"type": int(kind), "data": dict(data)})

    async def say(self, to: Opening, piece: Piece) -> None:
        """A message as the first response."""

        async def respond(message: Mapping[str, Any], picture: Picture | None) -> Any:
            data = {"type": int(Kind.MESSAGE), "data": dict(message)}
            return await self._send("POST", _CALLBACK, to.id, to.token, data, picture=picture)

        await with_picture(piece, respond)

    async def replace(self, to: Opening, piece: Piece) -> None:
        """Puts this in the place of the first response."""

        async def edit(message: Mapping[str, Any], picture: Picture | None) -> Any:
            return await self._send("PATCH", _ORIGINAL, to.application, to.token, dict(message), picture=picture)

        await with_picture(piece, edit)

    async def follow_up(self, to: Opening, piece: Piece) -> str:
        """One more message; returns its id."""

        async def send(message: Mapping[str, Any], picture: Picture | None) -> Any:
            data, wait = dict(message), {"wait": "true"}
            return await self._send("POST", _FOLLOW_UP, to.application, to.token, data, wait, picture)

        return str((await with_picture(piece, send))["id"])

    async def _send(
        self,
        method: str,
        path: str,
        id: str,
        token: str,
        data: dict[str, Any],
        params: dict[str, Any] | None = None,
        picture: Picture | None = None,
    ) -> Any:
        route = Route(method, path, webhook_id=id, webhook_token=token)
        route.url = self._base + route.url.removeprefix(Route.BASE)
        how: dict[str, Any] = {"payload": data} if picture is None else {"multipart": as_form(data, picture)}
        try:
            return await self._adapter.request(route, self._open(), proxy=self._proxy, params=params, **how)
        except (HTTPException, *CUT) as error:
            raise ours(error) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(trace_configs=[watch()], cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Ends what is open; a later answer opens anew."""
        if self._session is not None:
            await self._session.close()
