"""Slack's Web API: one call, with the token of the space, and its errors in our words. Nothing is ever sent twice
here: what became of a message whose answer was lost is asked of `find`."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack_chat.errors import SlackSaysNo, from_code, pause_of
from adapters.slack_chat.files import fetch
from adapters.slack_chat.settings import SlackSettings
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.refs import SpaceRef
from bot.ports import Installations, Pace

Json = dict[str, Any]

log = logging.getLogger(__name__)

PLATFORM = "slack"
#: The courier waits 20 s for a platform; a call ends before.
TIMEOUT_SECONDS = 15
#: So many pauses and dead tokens are remembered.
_MOST_REMEMBERED = 1000


class Calls:
    """The Web API for every space the bot is installed in."""

    def __init__(self, settings: SlackSettings, installations: Installations, pace: Pace) -> None:
        self._settings = settings
        self._installations = installations
        self.pace = pace
        self._held: dict[str, float] = {}
        self._dead: dict[str, str] = {}
        #: The SDK writes payloads and addresses of sockets to its log at DEBUG; ours stays without.
        self.quiet = logging.getLogger(f"{__name__}.sdk")
        self.quiet.setLevel(logging.ERROR)

    def client(self, token: str | None = None) -> AsyncWebClient:
        """The SDK's client, without its own retries: they would send a message again after a cut line."""
        return AsyncWebClient(
            token, self._settings.api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[], logger=self.quiet
        )

    async def token(self, space: SpaceRef) -> str:
        """The token of a space. Raises `Refused` where there is none, or Slack said that it is dead."""
        token = await self._installations.token(space)
        if token is None:
            raise Refused(f"not installed in {space.workspace}", RefusedBecause.NO_RIGHT)
        if code := self._dead.get(_mark(token)):
            raise SlackSaysNo("anything", code, RefusedBecause.NO_RIGHT)
        return token

    async def has_token(self, space: SpaceRef) -> bool:
        """Whether there is a token for a space."""
        return await self._installations.token(space) is not None

    async def write(self, space: SpaceRef, method: str, bucket: str = "", **args: Any) -> Json:
        """A call that changes something; its arguments travel as JSON."""
        return await self._call(space, method, bucket, json={k: v for k, v in args.items() if v is not None})

    async def read(self, space: SpaceRef, method: str, **args: str | int) -> Json:
        """A call that reads; Slack takes the arguments of these from the address only."""
        return await self._call(space, method, "", http_verb="GET", params=args)

    async def _call(self, space: SpaceRef, method: str, bucket: str, **how: Any) -> Json:
        token = await self.token(space)
        bucket = bucket or f"{PLATFORM}:{space.workspace}:{method}"
        self._wait_over(bucket, method)
        return await self._sent(self.client(token), method, bucket, **how)

    async def connection(self) -> str:
        """The address of a new websocket. Raises `Refused` for a token that Slack does not take."""
        opened = await self._sent(
            self.client(self._settings.app_token or None), "apps.connections.open", f"{PLATFORM}:connections"
        )
        return str(opened["url"])

    async def _sent(self, client: AsyncWebClient, method: str, bucket: str, **how: Any) -> Json:
        try:
            answer = await client.api_call(method, **how)
        except SlackApiError as error:
            raise await self._translated(error, method, bucket, client.token or "") from error
        except (aiohttp.ClientError, SlackClientError, TimeoutError, ConnectionError, json.JSONDecodeError) as error:
            raise NotNow(f"Slack did not answer {method}: {type(error).__name__}") from error
        if not isinstance(answer.data, dict):
            raise NotNow(f"Slack did not answer {method} with JSON")
        return answer.data | {"_scopes": answer.headers.get("x-oauth-scopes", "")}

    async def _translated(self, error: SlackApiError, method: str, bucket: str, token: str) -> NotNow | SlackSaysNo:
        answer: Any = error.response
        status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0))
        if status == 429:
            return await self._hold(method, bucket, pause_of(answer.headers))
        data = getattr(answer, "data", None)
        code = data.get("error") if isinstance(data, Mapping) else None
        if status >= 500 or not isinstance(code, str):
            return NotNow(f"Slack answered {method} with status {status}")
        ours = from_code(method, code)
        if isinstance(ours, SlackSaysNo) and ours.dead_token:
            self._note_dead(token, code)
        return ours

    async def _hold(self, method: str, bucket: str, seconds: float) -> NotNow:
        """Remembers the pause Slack asked for. Other routes go on."""
        _remember(self._held, bucket, time.monotonic() + seconds)
        await self.pace.hold(bucket, seconds)
        return NotNow(f"Slack asks for a pause of {seconds:g} s before {method}", seconds)

    def _wait_over(self, bucket: str, method: str) -> None:
        left = self._held.get(bucket, 0.0) - time.monotonic()
        if left > 0:
            raise NotNow(f"Slack asked for a pause before {method}", left)

    def _note_dead(self, token: str, code: str) -> None:
        """Nothing more is asked with this token; a new one is another token."""
        if _mark(token) not in self._dead:
            log.error("slack_token_refused", extra={"code": code})
            _remember(self._dead, _mark(token), code)

    async def file(self, space: SpaceRef, url: str, limit: int) -> bytes:
        """What a file of a space holds. Raises `NotNow` or `Refused`."""
        return await fetch(self._settings.api_url, await self.token(space), url, limit)

    async def upload(self, url: str, data: bytes) -> None:
        """Brings a file to the address that Slack gave for it. Raises `NotNow` or `Refused`."""
        await self._post(url, "a file", data=data)

    async def answer(self, url: str, message: Json) -> None:
        """Sends a message to a response_url. Raises `NotNow` or `Refused`; 404 means that its half hour is over."""
        await self._post(url, "an answer", json=message)

    async def _post(self, url: str, what: str, **how: Any) -> None:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
                session.post(url, **how) as answer,
            ):
                status = answer.status
        except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
            raise NotNow(f"Slack did not take {what}: {type(error).__name__}") from error
        if status == 429 or status >= 500:
            raise NotNow(f"Slack did not take {what}: status {status}")
        if status >= 400:
            raise Refused(f"Slack did not take {what}: status {status}")


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _remember(memory: dict[str, Any], key: str, value: Any) -> None:
    memory.pop(key, None)
    memory[key] = value
    while len(memory) > _MOST_REMEMBERED:
        memory.pop(next(iter(memory)))
