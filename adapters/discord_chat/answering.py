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

from adapters.discord_chat.errors import CUT, ours
from adapters.discord_chat.settings import DiscordSettings
from adapters.discord_chat.watching import watch


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
        path = "/interactions/{webhook_id}/{webhook_token}/callback"
        await self._send("POST", path, to.id, to.token, {"type": int(kind), "data": dict(data)})

    async def replace(self, to: Opening, data: Mapping[str, Any]) -> None:
        """Puts this in the place of the first response."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        await self._send("PATCH", path, to.application, to.token, dict(data))

    async def follow_up(self, to: Opening, data: Mapping[str, Any]) -> str:
        """One more message; returns its id."""
        path = "/webhooks/{webhook_id}/{webhook_token}"
        sent = await self._send("POST", path, to.application, to.token, dict(data), {"wait": "true"})
        return str(sent["id"])

    async def _send(
        self, method: str, path: str, id: str, token: str, data: dict[str, Any], params: dict[str, Any] | None = None
    ) -> Any:
        route = Route(method, path, webhook_id=id, webhook_token=token)
        route.url = self._base + route.url.removeprefix(Route.BASE)
        try:
            return await self._adapter.request(route, self._open(), payload=data, proxy=self._proxy, params=params)
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
