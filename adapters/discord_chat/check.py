"""Is this token any good? One look at Discord, for whoever sets the bot up; and the link that invites it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
from discord import Permissions

from adapters.discord_chat.rights import FOR_PICTURES, FOR_ROOMS, NEEDED
from bot.domain.errors import NotNow, Refused

#: The flags of an application that may read messages: verified bots have the first, small ones the second.
_CONTENT_FLAGS = 1 << 18 | 1 << 19
_SECONDS = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True, slots=True)
class Application:
    """The application a token belongs to. `reads_messages` says whether the message content right is on."""

    id: str
    name: str
    reads_messages: bool


async def check(token: str, api_base: str, proxy: str | None = None) -> Application:
    """The application behind the token. Raises `Refused` when Discord does not know it, `NotNow` when it is away."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_SECONDS, headers={"Authorization": f"Bot {token}"}) as session,
            session.get(f"{api_base}/applications/@me", proxy=proxy) as response,
        ):
            if response.status == 401:
                raise Refused("Discord does not know this token")
            if response.status != 200:
                raise NotNow(f"Discord answered with {response.status}")
            found = await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise NotNow("Discord cannot be reached") from error
    return Application(str(found["id"]), str(found["name"]), bool(int(found.get("flags", 0)) & _CONTENT_FLAGS))


def invite_link(application: str) -> str:
    """The address at which an owner of a server lets the bot in, with the rights it needs."""
    wanted = {
        "client_id": application,
        "scope": "bot applications.commands",
        "permissions": Permissions(
            **dict.fromkeys((*(right for right, _ in NEEDED), *FOR_ROOMS, *FOR_PICTURES), True)
        ).value,
    }
    return f"https://discord.com/oauth2/authorize?{urlencode(wanted)}"
