"""Discord: events over the gateway, everything else over REST. To the core it is a platform like any other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from adapters.discord_chat.chat import DiscordChat
from adapters.discord_chat.gateway import Gateway, IntentsRefused
from adapters.discord_chat.incoming import PLATFORM
from adapters.discord_chat.listening import Listening
from adapters.discord_chat.parts import parts_of
from adapters.discord_chat.rest import Account
from adapters.discord_chat.settings import DiscordSettings
from adapters.discord_chat.tree import declare
from adapters.discord_chat.words import NO_CONTENT_MEND
from bot.domain.errors import NotNow, Refused
from bot.ports import AsgiApp, ChatPlatform, Intake, Pace, Views

__all__ = ["DiscordSettings", "create"]

log = logging.getLogger(__name__)

DECLARE_PAUSE = 5.0
LONGEST_DECLARE_PAUSE = 300.0


def create(settings: DiscordSettings, pace: Pace, views: Views) -> DiscordAdapter:
    """The adapter of one bot."""
    # At DEBUG the library writes down whole events: people's texts, and tokens with which a call can be answered.
    for name in ("discord.gateway", "discord.http", "discord.webhook.async_"):
        logging.getLogger(name).setLevel(logging.INFO)
    return DiscordAdapter(settings, pace, views)


class DiscordAdapter:
    """`Adapter` of Discord."""

    platform = PLATFORM
    #: Discord tells every event to each connection, so one is enough.
    one_at_a_time = True

    def __init__(self, settings: DiscordSettings, pace: Pace, views: Views) -> None:
        self._views = views
        self._parts = parts_of(settings, pace)
        self._gateway: Gateway | None = None
        self.chat: ChatPlatform = DiscordChat(self._parts)
        self.http: Mapping[str, AsgiApp] = {}

    @property
    def opened(self) -> bool:
        """Whether events come in."""
        return self._gateway is not None and self._gateway.open

    async def run(self, intake: Intake) -> None:
        """Listens until cancelled. Raises `NotNow` when Discord is away at the start, `Refused` when it will not have
        us."""
        account = await self._parts.rest.account()
        declaring = asyncio.create_task(self._declare())
        try:
            await self._listen(intake, account)
        except IntentsRefused:
            await self._listen(intake, self._parts.rest.deny_privileges())
        finally:
            declaring.cancel()
            await asyncio.gather(declaring, return_exceptions=True)

    async def _listen(self, intake: Intake, account: Account) -> None:
        if not account.reads_messages:
            log.warning("discord_message_content_missing", extra={"mend": NO_CONTENT_MEND})
        listening = Listening(intake, self._views, self._parts, account, await self._parts.rest.http())
        self._gateway = listening.gateway
        try:
            await listening.run()
        finally:
            await listening.close()

    async def _declare(self) -> None:
        """Tells Discord our commands, beside everything else."""
        pause = DECLARE_PAUSE
        while True:
            try:
                await declare(self._parts.rest)
                return
            except NotNow as away:
                log.info("discord_commands_wait", extra={"why": str(away)})
            except Refused as refused:
                log.warning("discord_commands_refused", extra={"why": str(refused)})
                return
            except Exception:
                log.exception("discord_commands_not_declared")
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_DECLARE_PAUSE)

    async def close(self) -> None:
        """Ends what is open towards Discord, when nothing more will be said."""
        await self._parts.close()
