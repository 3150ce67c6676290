"""Are these tokens any good? One look at Slack for each, for whoever sets the bot up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

from adapters.slack_chat.manifest import SCOPES
from bot.domain.errors import NotNow, Refused

_SECONDS = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace a bot token belongs to. `lacking` are the scopes of our manifest that the app was not granted."""

    name: str
    bot: str
    lacking: tuple[str, ...]


async def check_bot_token(token: str, api_url: str) -> Workspace:
    """The workspace behind a bot token. Raises `Refused` when Slack does not take it, `NotNow` when it is away."""
    found, scopes = await _ask(f"{api_url.rstrip('/')}/auth.test", token)
    granted = {scope.strip() for scope in scopes.split(",")}
    lacking = tuple(scope for scope in SCOPES if scope not in granted)
    return Workspace(str(found.get("team", "")), str(found.get("user", "")), lacking)


async def check_app_token(token: str, api_url: str) -> None:
    """Whether an app-level token opens a socket. Raises like `check_bot_token`."""
    await _ask(f"{api_url.rstrip('/')}/apps.connections.open", token)


async def _ask(url: str, token: str) -> tuple[dict[str, Any], str]:
    try:
        async with (
            aiohttp.ClientSession(timeout=_SECONDS, headers={"Authorization": f"Bearer {token}"}) as session,
            session.post(url) as response,
        ):
            if response.status != 200:
                raise NotNow(f"Slack answered with {response.status}")
            found = await response.json()
            scopes = response.headers.get("x-oauth-scopes", "")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise NotNow("Slack cannot be reached") from error
    if not found.get("ok"):
        raise Refused(f"Slack does not take this token ({found.get('error', 'no reason given')})")
    return found, scopes
