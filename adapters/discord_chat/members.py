"""People in servers, and what they may do there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discord import Permissions

from adapters.discord_chat.errors import DiscordSaysNo
from adapters.discord_chat.incoming import Anybody, to_person
from adapters.discord_chat.rest import Rest
from bot.domain.errors import RefusedBecause
from bot.domain.refs import Person


class Members:
    """People in servers, asked of Discord where an event does not tell."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def person(self, server: str, user: Anybody) -> Person | None:
        """Somebody as a member of a server, with the rights of this moment; None when they are not in it."""
        try:
            member = await self.member(server, str(user.id))
        except DiscordSaysNo as no:
            if no.because is RefusedBecause.GONE:
                return None
            raise
        may = permissions(await self.guild(server), member, str(user.id)).manage_guild
        plain = to_person(user, server, may)
        return Person(plain.user, member.get("nick") or plain.name, may, plain.bot)

    async def member(self, server: str, user: str) -> Mapping[str, Any]:
        """Somebody's roles. Raises `NotNow` or `Refused`."""
        found: Mapping[str, Any] = await self._rest.call(
            "GET", "/guilds/{guild_id}/members/{user_id}", guild_id=server, user_id=user
        )
        return found

    async def guild(self, server: str) -> Mapping[str, Any]:
        """A server and its roles. Raises `NotNow` or `Refused`."""
        found: Mapping[str, Any] = await self._rest.call("GET", "/guilds/{guild_id}", guild_id=server)
        return found


def permissions(guild: Mapping[str, Any], member: Mapping[str, Any], user: str) -> Permissions:
    """What somebody may do in a server as such."""
    if guild["owner_id"] == user:
        return Permissions.all()
    mine = {guild["id"], *member["roles"]}
    value = 0
    for role in guild["roles"]:
        if role["id"] in mine:
            value |= int(role["permissions"])
    found = Permissions(value)
    return Permissions.all() if found.administrator else found
