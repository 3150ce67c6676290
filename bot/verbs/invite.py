"""`studybot invite discord`: the link that lets the bot into a server."""

from __future__ import annotations

import argparse
import asyncio

from bot.domain.errors import Mistake, NotNow, Refused
from bot.settings import Settings, add_setting_options, settings_from


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `invite`."""
    parser = subparsers.add_parser(
        "invite",
        help="print the link that lets the bot into a Discord server",
        description="Asks Discord whose token is set, and prints the link that invites the bot with the rights it "
        "needs and no more. In Slack the app's own page installs it: studybot manifest slack",
        epilog="example: studybot invite discord",
    )
    parser.add_argument("platform", choices=("discord",), help="where to")
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints the link."""
    settings = settings_from(args)
    print(asyncio.run(_link(settings)))
    return 0


async def _link(settings: Settings) -> str:
    from adapters.discord_chat.check import check, invite_link

    if settings.discord_token is None:
        raise Mistake("DISCORD_TOKEN is not set, and the link belongs to its application. Try: studybot setup discord")
    token = settings.discord_token.get_secret_value()
    proxy = settings.discord_proxy.get_secret_value() if settings.discord_proxy else None
    try:
        application = await check(token, settings.discord_api_base, proxy)
    except Refused as refused:
        raise Mistake(f"{refused}. Make a new one and set it up: studybot setup discord") from refused
    except NotNow as away:
        raise Mistake(f"{away}. Look at the connection, then try again: studybot invite discord") from away
    return invite_link(application.id)
