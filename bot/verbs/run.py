"""`studybot run`: everything in one process, for a newcomer and for a small group."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bot.reviewers.llm import DEFAULT_MODEL, host_of
from bot.settings import Settings, add_setting_options
from bot.settings.values import Platform
from bot.verbs.node import Node, run_node


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `run`."""
    parser = subparsers.add_parser(
        "run",
        help="start everything in one process",
        description="Starts the study room, the questions and the reviews in one process. Stop with Ctrl-C.",
        epilog="example: studybot run --port 9000",
    )
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs until told to stop."""
    return run_node(args, Node.serve, Node.listen, Node.gateway, Node.work, _greet)


async def _greet(node: Node) -> None:
    """Says where to go, once the server had its chance to refuse the address."""
    await asyncio.sleep(0.3)
    print(greeting(node.settings), flush=True)
    if node.settings.reached_from_outside and Platform.WEB in node.settings.platforms:
        print("Other machines can reach this room, and in it everybody may be anybody.", file=sys.stderr)


def greeting(settings: Settings) -> str:
    """What a newcomer needs to know."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    shown = f"[{host}]" if ":" in host else host
    lines = ["", "  studybot is running."]
    if Platform.WEB in settings.platforms:
        lines += ["  Open this address in your browser:", "", f"      http://{shown}:{settings.port}/", ""]
    lines += [
        f"  Your data:       {settings.database_shown}",
        f"  Reviewer:        {_reviewer(settings)}",
        *(f"  {name + ':':<16} {_connection(settings, platform)}" for platform, name in _CHATS.items()),
        "  To stop:         Ctrl-C (your data stays)",
        "",
    ]
    return "\n".join(lines)


def _reviewer(settings: Settings) -> str:
    if not settings.asks_a_model:
        return "offline word check; no key needed, nothing leaves this machine"
    return f"the language model {settings.model or DEFAULT_MODEL} at {host_of(settings.openai_base_url)}"


_CHATS = {Platform.DISCORD: "Discord", Platform.SLACK: "Slack"}


def _connection(settings: Settings, platform: Platform) -> str:
    if platform in settings.platforms:
        return "connecting; call /study-admin setup in your study channel"
    return f"studybot setup {platform}"
