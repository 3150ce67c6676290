"""`studybot release`: brings the database to this version, before new processes start."""

from __future__ import annotations

import argparse
import asyncio

from bot.settings import Settings, add_setting_options, settings_from
from bot.storage.engine import open_database
from bot.storage.migrate import migrate


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `release`."""
    parser = subparsers.add_parser(
        "release",
        help="bring the database to this version",
        description="Brings the database to this version. Doing it twice, or in several places at once, is harmless.",
        epilog="example: studybot release",
    )
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when the database is at this version. Raises `DatabaseProblem` in words."""
    settings = settings_from(args)
    asyncio.run(_release(settings))
    print(f"{settings.database_shown} is at this version.")
    return 0


async def _release(settings: Settings) -> None:
    if settings.database_file is not None:
        settings.database_file.parent.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    try:
        await migrate(database)
    finally:
        await database.close()
