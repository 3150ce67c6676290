"""Everything that is there while one process listens: the connection, what is heard of it, and the door in."""

from __future__ import annotations

from typing import Any

import discord

from adapters.discord_chat.catch_up import CatchUp
from adapters.discord_chat.door import Door
from adapters.discord_chat.gateway import Gateway, Listener
from adapters.discord_chat.hearing import Hearing
from adapters.discord_chat.parts import Parts
from adapters.discord_chat.rest import Account, Http
from bot.ports import Intake, Views


class Listening:
    """Listens with the rights of this account."""

    def __init__(self, intake: Intake, views: Views, parts: Parts, account: Account, http: Http) -> None:
        self.gateway = Gateway(parts.rest, parts.settings)
        self._client = Listener(http, _intents(account), self._hear)
        self._door = Door(intake, parts, self._read_threads)
        self._hearing = Hearing(self._door, parts, account, self._client)
        self._reading = CatchUp(views, parts.rest, self._hearing, self._door, self._client)

    async def run(self) -> None:
        """Until cancelled. Raises as `Gateway.run`."""
        await self.gateway.run(self._client)

    def _hear(self, event: str, *args: Any) -> None:
        self.gateway.note(event)
        if event == "connect":
            self._read_threads()
        self._hearing.hear(event, *args)

    def _read_threads(self) -> None:
        self._reading.start()

    async def close(self) -> None:
        """Ends what is under way."""
        await self._reading.close()
        await self._hearing.close()
        await self._door.close()


def _intents(account: Account) -> discord.Intents:
    """No more than is needed, and of the privileged ones only those that were granted."""
    return discord.Intents(
        guilds=True,
        guild_messages=True,
        dm_messages=True,
        message_content=account.reads_messages,
        members=account.sees_members,
    )
