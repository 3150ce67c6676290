"""`studybot boards`: proves that the boards equal their event log, or makes them equal again."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable

from bot.app import SystemClock
from bot.settings import Settings, add_setting_options, settings_from
from bot.shelves import Tx
from bot.storage.engine import open_database
from bot.storage.migrate import migrate
from bot.storage.storage import SqlStorage


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `boards`."""
    parser = subparsers.add_parser(
        "boards",
        help="prove the boards by their event log, or repair them",
        description="Every change of points is an event. `check` adds all events up and compares; `repair` makes the "
        "boards anew from them. `check` ends with 1 when something differs.",
        epilog="example: studybot boards check",
    )
    parser.add_argument("what", choices=("check", "repair"), help="look only, or mend")
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when boards and log are equal (again)."""
    settings = settings_from(args)
    if args.what == "repair":
        repaired = asyncio.run(_with_storage(settings, lambda tx: tx.standings.recompute(None)))
        print(f"{repaired} rows differed; the boards equal their event log.")
        return 0
    different = asyncio.run(_with_storage(settings, lambda tx: tx.standings.differences(None)))
    if different:
        print(f"{different} rows of the boards differ from their event log. Mend them: studybot boards repair")
        return 1
    print("The boards equal their event log.")
    return 0


async def _with_storage(settings: Settings, work: Callable[[Tx], int]) -> int:
    database = open_database(settings.database_url, create=False)
    try:
        await migrate(database)
        return await SqlStorage(database, SystemClock()).write(work)
    finally:
        await database.close()
