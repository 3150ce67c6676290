"""`studybot gateway`: the connections to chat platforms alone."""

from __future__ import annotations

import argparse

from bot.settings import add_setting_options
from bot.verbs.node import Node, run_node


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `gateway`."""
    parser = subparsers.add_parser(
        "gateway",
        help="only the connections to chat platforms",
        description="Holds the connections to chat platforms. Of several, one is active and the others stand by.",
        epilog="example: studybot gateway",
    )
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs until told to stop."""
    return run_node(args, Node.gateway)
