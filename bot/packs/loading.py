"""Reads packs and questions file by file, and gathers what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from bot.domain.questions import Question
from bot.packs.checks import Finding, check_question, check_together, unsafe_texts
from bot.packs.explaining import explain
from bot.packs.folders import PackFolder, UnreadableError, Walk, read_text, walk
from bot.packs.library import Library, Pack, PacksUnsound, Source
from bot.packs.plain_yaml import NotPlainError, read_plain
from bot.packs.problems import Problem
from bot.packs.shapes import PackShape, QuestionShape, Shape

AnyShape = TypeVar("AnyShape", bound=Shape)


@dataclass(frozen=True, slots=True)
class Examined:
    """What could be read, and all that is wrong: with problems, the library holds only what has the right shape."""

    library: Library
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A question and where it was read."""

    question: Question
    source: Source

    def problems(self, findings: Iterable[Finding]) -> Iterator[Problem]:
        return (self.source.problem(loc, message) for loc, message in findings)


def load_packs(root: Path) -> Library:
    """All packs below `root`. Raises `PacksUnsound`, which lists every problem with file and line."""
    examined = examine(root)
    if examined.problems:
        raise PacksUnsound(examined.problems)
    return examined.library


def examine(root: Path) -> Examined:
    """Reads all packs below `root` and checks them. Opens no file outside of them."""
    found = walk(root)
    packs: list[Pack] = []
    drafts: list[_Draft] = []
    for folder in found.packs:
        pack, read = _read_pack(found, folder)
        drafts += read
        if pack:
            packs.append(pack)
    found.problems.extend(_between(drafts))
    sources = {draft.question.id: draft.source for draft in reversed(drafts)}
    return Examined(Library(tuple(packs), sources), tuple(sorted(found.problems)))


def _between(drafts: Sequence[_Draft]) -> Iterator[Problem]:
    for position, finding in check_together([draft.question for draft in drafts]):
        yield from drafts[position].problems([finding])


def _read_pack(found: Walk, folder: PackFolder) -> tuple[Pack | None, list[_Draft]]:
    drafts = [draft for slug in folder.slugs if (draft := _read_question(found, folder, slug))]
    read = _read_shape(found, folder.path / "pack.yaml", PackShape)
    if read is None:
        return None, drafts
    shape, source = read
    found.problems.extend(source.problem(*finding) for finding in _check_pack(shape, folder))
    by_id = {draft.question.id: draft.question for draft in drafts}
    questions = tuple(by_id[slug] for slug in dict.fromkeys(shape.questions) if slug in by_id)
    return Pack(shape.id, shape.title, shape.description, shape.language, shape.licence, questions), drafts


def _check_pack(shape: PackShape, folder: PackFolder) -> Iterator[Finding]:
    name = folder.path.resolve().name
    if shape.id != name:
        yield ("id",), f"the pack calls itself `{shape.id}`, but its folder is called `{name}`; give both one name"
    for position, slug in enumerate(shape.questions):
        if slug not in folder.slugs:
            yield ("questions", position), f"there is no `questions/{slug}.yaml`; write it, or take this line away"
        elif slug in shape.questions[:position]:
            yield ("questions", position), f"`{slug}` stands twice on the list and would be asked twice; keep one"
    for slug in sorted(set(folder.slugs) - set(shape.questions)):
        yield ("questions",), f"`questions/{slug}.yaml` is not on the list and would never be asked; add it"


def _read_question(found: Walk, folder: PackFolder, slug: str) -> _Draft | None:
    read = _read_shape(found, folder.path / "questions" / f"{slug}.yaml", QuestionShape)
    if read is None:
        return None
    shape, source = read
    draft = _Draft(shape.value(folder.path.resolve().name), source)
    found.problems.extend(draft.problems(check_question(draft.question)))
    if shape.id != slug:
        message = f"the question calls itself `{shape.id}`, but its file is `{slug}.yaml`; give both one name"
        found.problems.append(source.problem(("id",), message))
    return draft


def _read_shape(found: Walk, path: Path, shape: type[AnyShape]) -> tuple[AnyShape, Source] | None:
    """A file's fields, or nothing and its problems noted."""
    name = found.name(path)
    try:
        document = read_plain(read_text(path))
    except UnreadableError as error:
        found.add(path, str(error))
        return None
    except NotPlainError as error:
        found.problems.extend(Problem(name, line, message) for line, message in error.faults)
        return None
    source = Source(name, document)
    found.problems.extend(source.problem(*finding) for finding in unsafe_texts(document.value))
    try:
        return shape.model_validate(document.value), source
    except ValidationError as error:
        found.problems.extend(source.problem(*finding) for finding in explain(shape, error))
        return None
