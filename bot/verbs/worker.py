"""`studybot worker`: ticks and durable work alone."""

from __future__ import annotations

import argparse

from bot.settings import add_setting_options
from bot.verbs.node import Node, run_node


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `worker`."""
    parser = subparsers.add_parser(
        "worker",
        help="only the work behind: questions, reviews, messages",
        description="Posts questions, reviews answers and delivers messages. Any number may share one PostgreSQL.",
        epilog="example: studybot worker",
    )
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs until told to stop."""
    return run_node(args, Node.work)
