"""`studybot simulate`: weeks of a pretend group in seconds, told as a timeline."""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from pathlib import Path

from bot.app import LoadedQuestions
from bot.domain.asking import zone_names
from bot.packs import content_root, load_packs
from bot.packs.prices import load_costs
from bot.reviewers.llm.reviewer import DEFAULT_MODEL
from bot.reviewers.offline import OfflineReviewer
from bot.simulation.costs import Counting
from bot.simulation.plan import Plan, read_plan
from bot.simulation.play import Simulation
from bot.storage.engine import Database, open_database
from bot.storage.migrate import migrate


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `simulate`."""
    usual = Plan()
    parser = subparsers.add_parser(
        "simulate",
        help="weeks of a pretend group in seconds, told as a timeline",
        description="Plays weeks of a pretend group through the real program, with the shipped packs and the offline "
        "reviewer on a database that is thrown away: questions, answers, edits, deletes, copies, appeals, pauses, an "
        "outage, a change of clocks, late joiners. Prints the timeline, the same for the same options, and compares "
        "the boards with their event log every day. Ends with 1 when they differ.",
        epilog="example: studybot simulate --days 60 --people 12 --zone America/New_York --seed 7",
    )
    for name, default, meaning in (
        ("--days", usual.days, "how many local days"),
        ("--people", usual.people, "how many people take part; their names are demo names"),
        ("--zone", usual.zone, "the group's time zone"),
        ("--seed", usual.seed, "another number, other people"),
        ("--start", usual.start, "the first day"),
    ):
        parser.add_argument(name, default=str(default), help=f"{meaning} (default {default})")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints the timeline; 0 when the boards equalled their log on every day. Raises `Mistake` for odd options."""
    zone_names()
    plan = read_plan(args.days, args.people, args.zone, args.seed, args.start)
    begun = time.perf_counter()
    questions = LoadedQuestions(load_packs(content_root()))
    reviewer = Counting(OfflineReviewer(), DEFAULT_MODEL, load_costs(content_root()))
    # What is loaded by now stays: looking it through for garbage would take a tenth of the time.
    gc.freeze()
    with tempfile.TemporaryDirectory(prefix="studybot-simulation-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'simulation.db'}", lasting=False)
        simulation = Simulation(plan, database, questions, reviewer)
        print(asyncio.run(_told(simulation, database)))
    print(reviewer)
    print(f"Took {time.perf_counter() - begun:.1f} seconds.", file=sys.stderr)
    return 1 if simulation.wrong else 0


async def _told(simulation: Simulation, database: Database) -> str:
    try:
        await migrate(database)
        async for _ in simulation.days():
            pass
        return await simulation.told()
    finally:
        await database.close()
