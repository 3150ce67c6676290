"""`studybot docs`: writes the pages that derive from the code, so that they cannot fall behind."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.commands import COMMANDS, Command, Who

HEAD = """# Commands

This page is made from the declaration in `bot/commands.py` by `studybot docs`; change it there.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `docs`."""
    parser = subparsers.add_parser(
        "docs",
        help="write the pages that derive from the code",
        description="Prints the page of all commands, or writes it into a folder.",
        epilog="example: studybot docs --write docs",
    )
    parser.add_argument("--write", metavar="FOLDER", type=Path, help="write commands.md there instead of printing it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints or writes the page."""
    if args.write is None:
        print(commands_page(), end="")
        return 0
    args.write.mkdir(parents=True, exist_ok=True)
    (args.write / "commands.md").write_text(commands_page(), encoding="utf-8")
    return 0


def commands_page() -> str:
    """The page of all commands."""
    parts = [HEAD]
    for who, title in ((Who.EVERYONE, "For everybody"), (Who.ORGANISER, "For organisers")):
        parts.append(f"## {title}\n")
        parts += [_command(command) for command in COMMANDS if command.who is who]
    return "\n".join(parts)


def _command(command: Command) -> str:
    lines = [f"### `{command.title}`\n", f"{command.help}\n", f"Example: `{command.example}`\n"]
    for option in command.options:
        choices = f" One of: {', '.join(option.choices)}." if option.choices else ""
        lines.append(f"- `{option.name}`: {option.help}{choices}")
    return "\n".join(lines) + ("\n" if command.options else "")
