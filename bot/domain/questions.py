"""What a question is: prompt, rubric, hints, model answer and the samples that prove its rubric."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any


class Level(StrEnum):
    """How much experience a question expects."""

    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"


class QuestionKind(StrEnum):
    """What sort of answer a question invites."""

    CONCEPT = "concept"
    DESIGN = "design"
    EXPERIENCE = "experience"
    CODING = "coding"


class SampleKind(StrEnum):
    """Which kind of answer a graded sample stands for."""

    REFERENCE = "reference"
    PARAPHRASE = "paraphrase"
    PARTIAL = "partial"
    WRONG_CLAIM = "wrong_claim"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class RubricPoint:
    """One thing a good answer says. `weight` is relative to the other points of the question; `follow_up` is what an
    interviewer asks when an answer left it out."""

    id: str
    text: str
    weight: int
    wordings: tuple[str, ...] = ()
    wrong_claims: tuple[str, ...] = ()
    follow_up: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer with the score people would give it, 0..1; `unseen` shares no wording with the rubric."""

    kind: SampleKind
    text: str
    score: float
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One interview question. Its `id` never changes and is never reused."""

    id: str
    pack: str
    title: str
    prompt: str
    level: Level
    kind: QuestionKind
    topics: tuple[str, ...]
    points: tuple[RubricPoint, ...]
    hints: tuple[str, ...]
    follow_ups: tuple[str, ...]
    model_answer: str
    samples: tuple[Sample, ...] = ()
    replaces: str | None = None

    @property
    def total_weight(self) -> int:
        """The sum of the weights of all points."""
        return sum(point.weight for point in self.points)

    def point(self, point_id: str) -> RubricPoint:
        """The point with this id. Raises `KeyError` when the rubric has none."""
        for point in self.points:
            if point.id == point_id:
                return point
        raise KeyError(point_id)


def question_to_json(question: Question) -> str:
    """The question as text that `question_from_json` reads back; same question, same text."""
    return json.dumps(asdict(question), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_hash(question: Question) -> str:
    """A short name for exactly this wording of question and rubric (SHA-256, 32 hex digits)."""
    return hashlib.sha256(question_to_json(question).encode()).hexdigest()[:32]


@lru_cache(maxsize=512)
def question_from_json(text: str) -> Question:
    """The question that `question_to_json` wrote. Every step of a story reads it again, so it is kept in memory."""
    raw: dict[str, Any] = json.loads(text)
    return Question(
        id=raw["id"],
        pack=raw["pack"],
        title=raw["title"],
        prompt=raw["prompt"],
        level=Level(raw["level"]),
        kind=QuestionKind(raw["kind"]),
        topics=tuple(raw["topics"]),
        points=tuple(
            RubricPoint(
                p["id"], p["text"], p["weight"], tuple(p["wordings"]), tuple(p["wrong_claims"]), p.get("follow_up", "")
            )
            for p in raw["points"]
        ),
        hints=tuple(raw["hints"]),
        follow_ups=tuple(raw["follow_ups"]),
        model_answer=raw["model_answer"],
        samples=tuple(Sample(SampleKind(s["kind"]), s["text"], s["score"], s["unseen"]) for s in raw["samples"]),
        replaces=raw["replaces"],
    )
