"""All packs that were read, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.domain.errors import Mistake
from bot.domain.questions import Question
from bot.packs.plain_yaml import Document
from bot.packs.problems import Loc, Problem


class PacksUnsound(Mistake):
    """Some content cannot be used as it is; `problems` names every place, in order of file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Pack:
    """Questions that belong together, in the order in which they are posted."""

    id: str
    title: str
    description: str
    language: str
    licence: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The file a question was read from, which knows the line of each value."""

    path: str
    document: Document

    def problem(self, loc: Loc, message: str) -> Problem:
        """A problem with the value at `loc`."""
        return Problem(self.path, self.document.line(loc), message)


@dataclass(frozen=True, slots=True)
class Library:
    """Every pack and every question. Ids of questions are unique over all packs."""

    packs: tuple[Pack, ...]
    _sources: Mapping[str, Source] = field(default_factory=dict, repr=False, compare=False)
    _by_id: Mapping[str, Question] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_id = {question.id: question for pack in self.packs for question in pack.questions}
        object.__setattr__(self, "_by_id", MappingProxyType(by_id))

    def question(self, question_id: str) -> Question:
        """The question with this id. Raises `KeyError` when no pack has it."""
        return self._by_id[question_id]

    def pack(self, pack_id: str) -> Pack:
        """The pack with this id. Raises `KeyError` when there is none."""
        for pack in self.packs:
            if pack.id == pack_id:
                return pack
        raise KeyError(pack_id)

    def questions(self, pack_ids: Iterable[str]) -> tuple[Question, ...]:
        """The questions of these packs, pack after pack, each in posting order. Raises `KeyError` as `pack` does."""
        return tuple(question for pack_id in pack_ids for question in self.pack(pack_id).questions)

    def problem(self, question_id: str, loc: Loc, message: str) -> Problem:
        """A problem found later with this question, placed where the value at `loc` stands in its file."""
        return self._sources[question_id].problem(loc, message)
