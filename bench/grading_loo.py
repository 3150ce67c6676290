"""What the offline reviewer is worth on questions it was not set for.

Its few numbers are chosen again and again on all questions but one, by a small grid, and that one is then judged with
what was chosen. Prints, for answers graded by people, the correlation with their grades (over all and within a
question), for the answers with known points the F1, and for the attacks the share withstood; first as shipped, then
left out.

    python bench/grading_loo.py --data PATH_TO_GRADED_ANSWERS [--embed FOLDER_WITH_THE_MODEL]
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import resource
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.domain.reviews import Verdict, score
from bot.reviewers.embed.install import ear_in
from bot.reviewers.offline import CALIBRATION, Calibration, Ear, judge
from bot.verbs.grader import question_of

GRID = [
    replace(CALIBRATION, low=low, high=high, bend=bend, doubt=doubt, denied=denied)
    for low, high, bend, doubt, denied in itertools.product(
        (0.1, 0.15, 0.2), (0.65, 0.7, 0.75), (0.65, 0.8), (0.55, 0.7), (0.4, 0.5)
    )
]
HEARD_GRID = [
    replace(CALIBRATION, low=low, high=high, near=near, same=same, heard=heard)
    for low, high, near, same, heard in itertools.product(
        (0.15, 0.2), (0.7, 0.75, 0.8), (0.3, 0.4), (0.8, 0.85), (0.3, 0.4, 0.5)
    )
]
Figures = dict[str, float]


@dataclass(frozen=True)
class Graded:
    """One review as the runner needs it: score, covered points, number of points."""

    score: float
    covered: frozenset[int]
    points: int

    def row(self) -> tuple[float, set[int], int]:
        return self.score, set(self.covered), self.points


Grades = dict[str, Graded]


def load(data: Path) -> tuple[ModuleType, dict[str, Any], list[dict[str, Any]]]:
    """The runner that lies beside the data, the items by id, and what people said of them."""
    spec = importlib.util.spec_from_file_location("run_grading", data / "run_grading.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"There is no run_grading.py in {data}.")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    items, gold = runner.load(str(data))
    return runner, items, gold


def grade(items: dict[str, Any], gold: Sequence[dict[str, Any]], calibration: Calibration, ear: Ear | None) -> Grades:
    grades = {}
    for entry in gold:
        item = items[entry["id"]]
        question = question_of(item)
        review = judge(question, item["answer"], calibration, ear)
        covered = frozenset(
            int(point.point) for point in review.points if point.verdict in (Verdict.COVERED, Verdict.PARTIAL)
        )
        grades[entry["id"]] = Graded(score(question, review), covered, len(question.points))
    return grades


def figures(runner: ModuleType, items: dict[str, Any], gold: Sequence[dict[str, Any]], grades: Grades) -> Figures:
    """The figures that the runner reports, of these entries alone."""
    sets = defaultdict(list)
    for entry in gold:
        sets[entry["set"]].append(entry)
    rows = {name: grade.row() for name, grade in grades.items()}
    found: Figures = {}
    for name in ("mohler", "saf"):
        if len(sets[name]) > 1:
            mine, theirs = [rows[e["id"]][0] for e in sets[name]], [e["gold"] for e in sets[name]]
            found[f"{name} pearson"] = runner.pearson(mine, theirs)
            found[f"{name} within"] = runner.within(mine, theirs, [e["q"] for e in sets[name]], runner.pearson)
    if sets["backend"]:
        found["points F1"] = runner.backend_report(sets["backend"], rows)["macro_f1"]
    if sets["robust"]:
        report = runner.robust_report(sets["robust"], rows, items, 0)
        found |= {name: report[name] for name in ("resist", "accept", "balanced")}
    return {name: value for name, value in found.items() if value == value}


def question_name(entry: dict[str, Any]) -> str:
    """The same name for a question in every set it is used in."""
    name: str = entry["q"] if ":" in entry["q"] else f"{entry['set']}:{entry['q']}"
    return name


def left_out(
    runner: ModuleType,
    items: dict[str, Any],
    gold: list[dict[str, Any]],
    graded: list[Grades],
    grid: Sequence[Calibration],
) -> tuple[Grades, Counter[Calibration]]:
    """The grades of each question under what was best for all others, and how often each choice was made."""
    merged: Grades = {}
    chosen: Counter[Calibration] = Counter()
    for name in sorted({question_name(entry) for entry in gold}):
        rest = [entry for entry in gold if question_name(entry) != name]
        worth = [statistics.fmean(figures(runner, items, rest, grades).values()) for grades in graded]
        best = worth.index(max(worth))
        chosen[grid[best]] += 1
        merged |= {entry["id"]: graded[best][entry["id"]] for entry in gold if question_name(entry) == name}
    return merged, chosen


def milliseconds(items: dict[str, Any], gold: Sequence[dict[str, Any]], ear: Ear | None) -> list[float]:
    """Of each answer, the first one of a question left out: it makes the rubric ready."""
    spent, seen = [], set[str]()
    for entry in gold:
        item = items[entry["id"]]
        question = question_of(item)
        before = time.perf_counter()
        judge(question, item["answer"], CALIBRATION, ear)
        if question.prompt in seen:
            spent.append(1000 * (time.perf_counter() - before))
        seen.add(question.prompt)
    return spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with items.jsonl, gold.jsonl, run_grading.py")
    parser.add_argument("--embed", type=Path, help="folder where `studybot embed install` put the model")
    args = parser.parse_args()
    runner, items, gold = load(args.data)
    ear = ear_in(args.embed) if args.embed else None
    spent = milliseconds(items, gold, ear)
    grid = HEARD_GRID if ear else GRID
    graded = [grade(items, gold, calibration, ear) for calibration in grid]
    merged, chosen = left_out(runner, items, gold, graded, grid)
    report = {
        "as shipped": figures(runner, items, gold, grade(items, gold, CALIBRATION, ear)),
        "left out": figures(runner, items, gold, merged),
    }
    rounded = {kind: {name: round(value, 3) for name, value in found.items()} for kind, found in report.items()}
    common = chosen.most_common(1)[0]
    print(
        json.dumps(
            {
                **rounded,
                "grid": len(grid),
                "choices": len(chosen),
                "most common choice": str(common[0]),
                "chosen for": common[1],
                "milliseconds per answer (median, p95)": [
                    round(statistics.median(spent), 2),
                    round(statistics.quantiles(spent, n=20)[-1], 2),
                ],
                "memory (MB at most)": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            },
            indent=1,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
