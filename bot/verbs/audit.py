"""`studybot grader audit`: how good the reviewer is, measured on the gold set."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import heapq
import json
import sys
import time
from collections.abc import Awaitable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bot.domain.audits import LIMITS, Attack, Case, Figures, measure, passed
from bot.domain.budgets import MICROS, Costs, Usage
from bot.domain.errors import NotNow, Refused
from bot.domain.questions import Question
from bot.domain.reviews import NON_ANSWER_CAP, Review, Versions, checked, score
from bot.packs import content_root, load_packs
from bot.packs.gold import FOLDER, SHIPPED, Gold, GoldAnswer, GoldAttack, load_gold
from bot.packs.prices import load_costs
from bot.ports import Reviewer
from bot.settings import Settings
from bot.shelves import Audit
from bot.storage.engine import open_database
from bot.storage.migrate import migrate
from bot.storage.storage import SqlTx

T = TypeVar("T")

#: So many reviews of a server are under way at a time. Without a server they would only take time from each other.
AT_ONCE = 8
#: So many answers are graded twice, since a second grade costs as much as the first.
TWICE = 20
#: On so many answers each attack is tried, where asking costs nothing; else on one.
ATTACKED = 8
_DESCRIPTION = (
    "Lets the reviewer grade the gold set in content/gold, prints how well it agrees with people, and ends with 1 when "
    "it passes a limit. A whole audit is stored in the database, and its badge stands under each full review."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options beside those of the settings."""
    parser.description = _DESCRIPTION
    parser.add_argument("--most", type=int, metavar="N", help="grade only so many answers; then nothing is stored")
    parser.add_argument("--no-store", action="store_true", help="only print")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the audit there as JSON as well")


async def audit(args: argparse.Namespace, reviewer: Reviewer, settings: Settings | None) -> int:
    """Measures, prints and stores; 1 when a limit was passed, 2 when nothing could be graded."""
    gold, costs = await asyncio.to_thread(_content)
    figures = await measured(reviewer, gold, costs, args.most)
    if figures is None:
        print("Nothing could be graded: the reviewer was away, or refused. Look with: studybot doctor", file=sys.stderr)
        return 2
    found = Audit(reviewer.versions, gold.version, datetime.now(UTC), figures)
    print(shown(found))
    if args.write is not None:
        await asyncio.to_thread(args.write.write_text, as_json(found), encoding="utf-8")
    if settings is not None and args.most is None and not args.no_store:
        await _store(settings, found)
        print(f"\nStored in {settings.database_shown}.")
    broken = passed(figures)
    for name in broken:
        print(f"Limit passed: {name} may be {getattr(LIMITS, name):g}.", file=sys.stderr)
    return 1 if broken else 0


def _content() -> tuple[Gold, Costs]:
    return load_gold(content_root(), load_packs(content_root())), load_costs(content_root())


async def measured(reviewer: Reviewer, gold: Gold, costs: Costs, most: int | None = None) -> Figures | None:
    """The figures of a reviewer on the gold set; None when it graded nothing."""
    calls: list[Usage] = []
    answers = gold.answers[:most]
    costly = reviewer.kept_under is not None
    asking = _Asking(reviewer, calls)
    cases = await _all([_case(asking, each, at < TWICE) for at, each in enumerate(answers)])
    count = 1 if costly else ATTACKED
    found = await _all(
        [_attack(asking, attack, base) for attack in gold.attacks[:most] for base in attacked(attack, answers, count)]
    )
    whole = [case for case in cases if case is not None]
    if not whole:
        return None
    amount = costs.of_all(calls)
    known = all(call.model in costs.prices for call in calls)
    won = [attack for attack in found if attack is not None]
    return measure(whole, won, len(cases) - len(whole), amount.tokens, amount.micros if known else None)


Graded = tuple[Review, float] | None


class _Asking:
    """Asks, so many at a time, and keeps the books. A first grade is asked for once, however many attacks it is held
    against."""

    def __init__(self, reviewer: Reviewer, calls: list[Usage]) -> None:
        self._reviewer = reviewer
        self._calls = calls
        self._turns = asyncio.Semaphore(1 if reviewer.kept_under is None else AT_ONCE)
        self._known: dict[tuple[str, str], asyncio.Task[Graded]] = {}

    async def review(self, question: Question, answer: str) -> Graded:
        """The review and the seconds it took; None where there is none to be had."""
        key = (question.id, answer)
        if key not in self._known:
            self._known[key] = asyncio.create_task(self.ask(question, answer))
        return await self._known[key]

    async def ask(self, question: Question, answer: str, second: bool = False) -> Graded:
        """The same, asked anew."""
        async with self._turns:
            begun = time.perf_counter()
            try:
                review = await self._reviewer.review(question, answer, spent=self._calls.append, second=second)
            except (NotNow, Refused):
                return None
            return checked(question, review, answer), time.perf_counter() - begun


async def _case(asking: _Asking, gold: GoldAnswer, twice: bool) -> Case | None:
    first = await asking.review(gold.question, gold.answer)
    second = await asking.ask(gold.question, gold.answer, second=True) if twice else None
    if first is None:
        return None
    review, seconds = first
    found = {each.point: each.verdict for each in review.points}
    again = score(gold.question, second[0]) if second is not None else None
    return Case(gold.score, score(gold.question, review), gold.points, found, seconds, again)


async def _attack(asking: _Asking, attack: GoldAttack, base: GoldAnswer) -> Attack | None:
    """An attack that stands alone has to beat a non-answer; every other one the answer without it."""
    alone = attack.place == "alone"
    before = None if alone else await asking.review(base.question, base.answer)
    after = await asking.review(base.question, attack.on(base.answer))
    if after is None or (before is None and not alone):
        return None
    without = NON_ANSWER_CAP if before is None else score(base.question, before[0])
    return Attack(score(base.question, after[0]), without)


def attacked(attack: GoldAttack, answers: Sequence[GoldAnswer], count: int) -> list[GoldAnswer]:
    """The at most `count` answers that an attack is tried on: those with something to win, others for each attack.

    Lots are drawn by the ids of attack and answer (the highest random weight of Thaler and Ravishankar, 1998), so that
    an answer or attack which comes or goes leaves all other pairs as they are.
    """
    weak = [each for each in answers if each.kind in ("weak", "partial", "good")] or answers
    return heapq.nsmallest(count, weak, key=lambda answer: _lot(attack, answer))


def _lot(attack: GoldAttack, answer: GoldAnswer) -> bytes:
    """The same in every process, which `hash` is not."""
    return hashlib.sha256(f"{attack.id}\n{answer.id}".encode()).digest()


async def _all(work: Sequence[Awaitable[T]]) -> list[T]:
    return list(await asyncio.gather(*work))


async def _store(settings: Settings, found: Audit) -> None:
    if settings.database_file is not None:
        settings.database_file.parent.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    try:
        await migrate(database)
        await database.write(lambda conn: SqlTx(conn, found.at).audits.store(found))
    finally:
        await database.close()


# ---------------------------------------------------------------- words


def shown(found: Audit) -> str:
    """The figures as a table in plain words."""
    figures, versions = found.figures, found.versions
    cost = "no money" if figures.micros == 0 else "price not known"
    if figures.micros:
        cost = f"{figures.micros / MICROS:.4f} US dollars"
    repeated = "not tried" if figures.repeatability is None else f"{figures.repeatability:.0%}"
    lines = [
        ("reviewer", " ".join(filter(None, [versions.reviewer, versions.model]))),
        ("versions", f"prompt {versions.prompt or '-'}, code {versions.code}, gold set {found.gold}"),
        ("answers graded", f"{figures.answers}, and {figures.ungraded} not"),
        ("agreement with people (r)", f"{figures.agreement:.2f}"),
        ("mean difference", f"{figures.error:.2f}"),
        ("much too high", f"{figures.too_high:.1%}"),
        ("much too low", f"{figures.too_low:.1%}"),
        ("points heard (macro F1)", f"{figures.points:.2f}"),
        ("the same when asked again", repeated),
        ("attacks that won something", f"{figures.attacks_worked} of {figures.attacks}"),
        ("time for an answer", f"{1000 * figures.seconds[0]:.0f} ms median, {1000 * figures.seconds[1]:.0f} ms p95"),
        ("cost", f"{figures.tokens} tokens, {cost}"),
    ]
    return "\n".join(f"{name + ':':<28}{value}" for name, value in lines)


def as_json(found: Audit) -> str:
    """The audit as it is shipped. How long it took says something of one machine alone, so it is left out."""
    figures = asdict(found.figures) | {"seconds": [0.0, 0.0]}
    whole = {
        "versions": asdict(found.versions),
        "gold": found.gold,
        "at": found.at.date().isoformat(),
        "figures": figures,
    }
    return json.dumps(whole, indent=2) + "\n"


def shipped() -> Audit:
    """The audit of the offline reviewer that comes with the program."""
    raw = json.loads((content_root() / FOLDER / SHIPPED).read_text(encoding="utf-8"))
    figures = Figures(**(raw["figures"] | {"seconds": tuple(raw["figures"]["seconds"])}))
    at = datetime.fromisoformat(raw["at"]).replace(tzinfo=UTC)
    return Audit(Versions(**raw["versions"]), raw["gold"], at, figures)
