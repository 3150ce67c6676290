"""`studybot manifest slack`: the app's manifest for Slack, made from the declaration of the commands."""

from __future__ import annotations

import argparse
import json
import sys


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `manifest`."""
    parser = subparsers.add_parser(
        "manifest",
        help="print the Slack app's manifest and the link that makes the app",
        description="Prints the manifest that Slack makes the app from, and on stderr the link that does it at once.",
        epilog="example: studybot manifest slack > manifest.json",
    )
    parser.add_argument("platform", choices=("slack",), help="whose manifest")
    parser.add_argument("--url", metavar="ADDRESS", help="public address of this bot, for requests instead of a socket")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints both."""
    from adapters.slack_chat.manifest import create_link, manifest

    shown = manifest(args.url)
    print(json.dumps(shown, indent=2, ensure_ascii=False))
    print(f"Create the app with this link:\n{create_link(shown)}", file=sys.stderr)
    return 0
