"""What happened to each question of a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question a group was asked: how often, when last, and the hash of its newest wording."""

    id: str
    asked: int
    last_day: date
    hash: str


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """A graded first answer: whose, to what, and the score that counts, 0..1."""

    question: str
    member: int
    score: float


@dataclass(frozen=True, slots=True)
class Trust:
    """What members made of a question's reviews."""

    appeals: int = 0
    helpful: int = 0
    unhelpful: int = 0


class QuestionHealthShelf(Protocol):
    """Questions asked since a day, with what came of them."""

    def asked(self, group: int, since: date) -> Sequence[AskedQuestion]:
        """The questions, those asked last first."""
        ...

    def graded(self, group: int, since: date) -> Sequence[GradedAnswer]:
        """The graded first answers to them, withdrawn ones left out."""
        ...

    def trust(self, group: int, since: date) -> Mapping[str, Trust]:
        """Appeals and votes by question; those without any are left out."""
        ...
