"""`studybot packs`: checks content packs, and keeps the schemas for editors."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.domain.questions import Question, Sample
from bot.domain.reviews import score
from bot.packs import Library, Problem, content_root, examine
from bot.packs.checks import BANDS
from bot.packs.companies import examine_companies
from bot.packs.schemas import schema_files
from bot.ports import Reviewer
from bot.reviewers.offline import OfflineReviewer

#: From this score on, a reviewer has seen that a paraphrase is a good answer.
RECOGNISED = 0.6


@dataclass(frozen=True, slots=True)
class Graded:
    """A sample, where it stands, and the score that the reviewer gave it."""

    question: Question
    position: int
    sample: Sample
    score: float

    @property
    def misses_its_band(self) -> bool:
        """True when the reviewer is outside of where this kind of sample must lie; kinds without a band never are."""
        band = BANDS.get(self.sample.kind)
        return band is not None and not band.holds(self.score)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `packs lint` and `packs schema`."""
    packs = subparsers.add_parser("packs", help="check content packs", description="Checks content packs.")
    inner = packs.add_subparsers(dest="packs_verb", required=True, metavar="lint|schema")
    lint = inner.add_parser("lint", help="name every problem with file and line", description=_LINT)
    lint.add_argument("path", nargs="?", type=Path, help="a content folder, or one pack; else the shipped content")
    lint.set_defaults(run=run)
    schema = inner.add_parser("schema", help="print the schemas for editors", description=_SCHEMA)
    schema.add_argument("--write", metavar="FOLDER", type=Path, help="write the files there instead")
    schema.set_defaults(run=run)


_LINT = (
    "Checks every pack and company profile, lets the offline reviewer grade the samples, and ends with 1 when "
    "something is wrong."
)
_SCHEMA = "Prints the JSON Schemas of pack and question files; the shipped ones lie in content/schema/."


def run(args: argparse.Namespace) -> int:
    """Does what was asked; 0 when all is well, 1 when there are problems, 2 when there is nothing to look at."""
    if args.packs_verb == "schema":
        return _schema(args.write)
    return lint(args.path or content_root(), OfflineReviewer(by_samples=False))


def _schema(folder: Path | None) -> int:
    for name, text in schema_files().items():
        if folder is None:
            print(text, end="")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    return 0


def lint(root: Path, reviewer: Reviewer) -> int:
    """Prints every problem below `root` and the closing line; ends as `run` does."""
    if not root.is_dir():
        print(f"There is no folder {root}; name a content folder, or a folder with a pack.yaml.", file=sys.stderr)
        return 2
    examined = examine(root)
    companies, of_companies = examine_companies(root, examined.library)
    graded = asyncio.run(grade(examined.library, reviewer))
    problems = sorted([*examined.problems, *of_companies, *outside_bands(examined.library, graded)])
    for problem in problems:
        print(_from_here(root, problem))
    print(summary(examined.library, len(companies), graded, len(problems)))
    return 1 if problems else 0


def _from_here(root: Path, problem: Problem) -> str:
    """The problem with its path seen from the current folder, so that editors and terminals can open it."""
    path = root / problem.path
    try:
        path = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        path = Path(os.path.normpath(path))
    return f"{path}:{problem.line}: {problem.message}"


async def grade(library: Library, reviewer: Reviewer) -> list[Graded]:
    """What the reviewer says of every sample."""
    return [
        Graded(question, position, sample, score(question, await reviewer.review(question, sample.text)))
        for pack in library.packs
        for question in pack.questions
        for position, sample in enumerate(question.samples)
    ]


def outside_bands(library: Library, graded: Iterable[Graded]) -> Iterator[Problem]:
    """A problem for each sample that the reviewer scores outside of its band."""
    for one in graded:
        if one.misses_its_band:
            message = (
                f"the reviewer gives this sample of kind {one.sample.kind} {one.score:.2f}, outside of "
                f"{BANDS[one.sample.kind]}; look at the points and wordings rather than at the sample"
            )
            yield library.problem(one.question.id, ("samples", one.position), message)


def summary(library: Library, companies: int, graded: Iterable[Graded], problems: int) -> str:
    """The closing line."""
    graded = list(graded)
    banded = [one for one in graded if one.sample.kind in BANDS]
    unseen = [one for one in graded if one.sample.unseen]
    questions = sum(len(pack.questions) for pack in library.packs)
    return (
        f"{_many(len(library.packs), 'pack')}, {_many(questions, 'question')}, "
        f"{_many(companies, 'company profile')}, "
        f"samples in their band: {sum(not one.misses_its_band for one in banded)} of {len(banded)}, "
        f"unseen paraphrases recognised: {sum(one.score >= RECOGNISED for one in unseen)} of {len(unseen)}, "
        f"problems: {problems}"
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
