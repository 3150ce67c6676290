"""`studybot setup discord|slack`: leads through the tokens, checks each at once, and keeps them in .env."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from dotenv import set_key
from pydantic import SecretStr

from bot.domain.errors import Mistake, NotNow, Refused
from bot.settings import ENV_FILE, read_addresses
from bot.settings.values import Unfit, read_signing_secret, read_token

T = TypeVar("T")

#: So often a token may be wrong before we stop asking.
MOST_TRIES = 3

DISCORD_STEPS = """
Discord, in four steps

  1. Open https://discord.com/developers/applications and press "New Application".
  2. On its page "Bot" press "Reset Token" and copy the token.
  3. On the same page switch on "Message Content Intent", so that answers written in the thread can be read.
     Without it people answer with the button and the form.
  4. Paste the token here; it is not shown.
"""
SLACK_STEPS = """
Slack, in four steps

  1. Open this link, choose your workspace, and press "Create":
     {link}
  2. On the page "Install App" press "Install to Workspace" and copy the "Bot User OAuth Token" (it begins with xoxb-).
  3. {third}
  4. Paste them here; they are not shown.
"""
_SOCKET_STEP = (
    'On the page "Basic Information", under "App-Level Tokens", make one with the scope connections:write\n'
    "     and copy it (it begins with xapp-)."
)
_HTTP_STEP = 'On the page "Basic Information", under "App Credentials", copy the "Signing Secret".'


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `setup`."""
    parser = subparsers.add_parser(
        "setup",
        help="connect Discord or Slack, step by step",
        description="Leads through the tokens of a platform, checks each at once, and writes them into .env here.",
        epilog="example: studybot setup discord",
    )
    parser.add_argument("platform", choices=("discord", "slack"), help="what to connect")
    parser.add_argument(
        "--url", metavar="ADDRESS", help="Slack only: the public address of this bot, for requests instead of a socket"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Asks, checks, writes, and says what comes next. Raises `Mistake` when no token is good."""
    if args.platform == "discord":
        _discord()
    else:
        _slack(args.url)
    print("\nStart the bot, then call /study-admin setup in your study channel: studybot run")
    return 0


def _discord() -> None:
    from adapters.discord_chat.check import check, invite_link

    addresses = read_addresses()
    print(DISCORD_STEPS)
    token, application = _ask(
        "DISCORD_TOKEN", read_token("DISCORD_TOKEN"), lambda token: check(token, *addresses.discord)
    )
    print(f"This is {application.name}.")
    if not application.reads_messages:
        print("It may not read messages: people answer with the button and the form, until step 3 is done.")
    _keep({"DISCORD_TOKEN": token})
    print(f"\nLet it into your server with this link:\n{invite_link(application.id)}")


def _slack(url: str | None) -> None:
    from adapters.slack_chat.check import check_app_token, check_bot_token
    from adapters.slack_chat.manifest import create_link, manifest

    api_url = read_addresses().slack
    print(SLACK_STEPS.format(link=create_link(manifest(url)), third=_HTTP_STEP if url else _SOCKET_STEP))
    bot, workspace = _ask("SLACK_BOT_TOKEN", read_token("SLACK_BOT_TOKEN"), lambda t: check_bot_token(t, api_url))
    print(f"This is {workspace.bot} in {workspace.name}.")
    if workspace.lacking:
        print(f"It lacks {', '.join(workspace.lacking)}: reinstall the app with its manifest, studybot manifest slack.")
    if url:
        secret, _ = _ask("SLACK_SIGNING_SECRET", read_signing_secret, _unchecked)
        _keep({"SLACK_BOT_TOKEN": bot, "SLACK_SIGNING_SECRET": secret, "SLACK_MODE": "http"})
    else:
        app, _ = _ask("SLACK_APP_TOKEN", read_token("SLACK_APP_TOKEN"), lambda t: check_app_token(t, api_url))
        _keep({"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app, "SLACK_MODE": "socket"})


async def _unchecked(secret: str) -> None:
    """Only a request signed by Slack proves a signing secret."""


def _ask(name: str, read: Callable[[object], SecretStr], look: Callable[[str], Awaitable[T]]) -> tuple[str, T]:
    """The value typed for a setting, and what the platform said of it. Asks again when it is wrong."""
    for _ in range(MOST_TRIES):
        try:
            value = read(_typed(f"{name}: ")).get_secret_value()
            return value, asyncio.run(_looked(look(value)))
        except Unfit as unfit:
            print(f"{unfit.why} {unfit.do}")
        except Refused as refused:
            print(f"{refused}. Copy it again, or make a new one.")
        except NotNow as away:
            raise Mistake(f"{away}. Nothing was written; look at the connection and try again.") from away
    raise Mistake(
        f"{name} was not accepted {MOST_TRIES} times. Nothing was written; try again when you have a new one."
    )


async def _looked(looking: Awaitable[T]) -> T:
    return await looking


def _typed(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    line = sys.stdin.readline()
    if not line:
        raise Mistake(f"{prompt.strip(': ')} was not given. Nothing was written.")
    return line.strip()


def _keep(values: dict[str, str]) -> None:
    """Writes the settings into .env, which nobody else on this machine may read."""
    file = Path(ENV_FILE)
    file.touch(mode=0o600)
    for name, value in values.items():
        set_key(file, name, value, quote_mode="never")
    print(f"Written to {ENV_FILE}: {', '.join(values)}. Keep that file to yourself.")
