"""`studybot web`: the web server alone, beside workers on the same database."""

from __future__ import annotations

import argparse

from bot.settings import add_setting_options
from bot.verbs.node import Node, run_node


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `web`."""
    parser = subparsers.add_parser(
        "web",
        help="only the web server",
        description="Serves the study room and /healthz. Questions and reviews are the worker's.",
        epilog="example: studybot web",
    )
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs until told to stop."""
    return run_node(args, Node.serve, Node.listen)
