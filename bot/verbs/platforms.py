"""Connects the platforms that are set: each adapter is imported only when it is needed."""

from __future__ import annotations

from collections.abc import Iterator

from bot.app import Core
from bot.domain.refs import SpaceRef
from bot.ports import Adapter, Pace
from bot.settings import Settings
from bot.settings.values import Platform
from bot.storage.engine import Database
from bot.storage.pacing import SqlPace
from bot.storage.room import SqlRoomStore


class OneInstallation:
    """`bot.ports.Installations` with the one token that is set."""

    def __init__(self, token: str) -> None:
        self._token: str | None = token

    async def token(self, space: SpaceRef) -> str | None:
        """The token, whatever the space: who sets one token serves one space."""
        return self._token

    async def forget(self, space: SpaceRef) -> None:
        """It is not used any more by this process; a start with the same token will be refused by the platform."""
        self._token = None


def connect(settings: Settings, database: Database, core: Core, zone: str) -> tuple[Adapter, ...]:
    """An adapter for each platform that is set. `zone` is the local time of the study room."""
    return tuple(_adapters(settings, database, core, zone))


def _adapters(settings: Settings, database: Database, core: Core, zone: str) -> Iterator[Adapter]:
    pace = SqlPace(database)
    for platform in settings.platforms:
        match platform:
            case Platform.WEB:
                from adapters import web_chat

                yield web_chat.create(SqlRoomStore(database), core.views, core.clock, zone)
            case Platform.DISCORD:
                yield _discord(settings, core, pace)
            case Platform.SLACK:
                yield _slack(settings, core, pace)


def _discord(settings: Settings, core: Core, pace: Pace) -> Adapter:
    from adapters import discord_chat

    assert settings.discord_token is not None
    return discord_chat.create(
        discord_chat.DiscordSettings(
            token=settings.discord_token.get_secret_value(),
            api_base=settings.discord_api_base,
            gateway_url=settings.discord_gateway_url,
            proxy=settings.discord_proxy.get_secret_value() if settings.discord_proxy else None,
        ),
        pace,
        core.views,
    )


def _slack(settings: Settings, core: Core, pace: Pace) -> Adapter:
    from adapters import slack_chat

    assert settings.slack_bot_token is not None
    return slack_chat.create(
        slack_chat.SlackSettings(
            mode=slack_chat.SlackMode(settings.slack_mode.value),
            app_token=settings.slack_app_token.get_secret_value() if settings.slack_app_token else None,
            signing_secret=settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None,
            api_url=f"{settings.slack_api_url}/",
        ),
        OneInstallation(settings.slack_bot_token.get_secret_value()),
        pace,
        core.views,
    )
