"""The gold set: answers graded by people, and attacks, in `content/gold/`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain.questions import Question, content_hash
from bot.domain.reviews import Verdict
from bot.packs.library import Library

FOLDER = "gold"
SHIPPED = "audit.json"


@dataclass(frozen=True, slots=True)
class GoldAnswer:
    """An answer with the verdict of people on each point, and their score."""

    id: str
    question: Question
    kind: str
    answer: str
    points: Mapping[str, Verdict]
    score: float


@dataclass(frozen=True, slots=True)
class GoldAttack:
    """A text that tries to win points, and where it stands beside an answer."""

    id: str
    text: str
    place: str

    def on(self, answer: str) -> str:
        """The answer with the attack in it; alone where it stands alone."""
        match self.place:
            case "before":
                return f"{self.text}\n{answer}"
            case "inside":
                head, dot, tail = answer.partition(". ")
                return f"{head}{dot}{self.text} {tail}" if dot else f"{answer}\n{self.text}"
            case "after":
                return f"{answer}\n{self.text}"
            case _:
                return self.text


@dataclass(frozen=True, slots=True)
class Gold:
    """The whole set. `version` names exactly these answers, attacks and the rubrics they were graded by."""

    answers: tuple[GoldAnswer, ...]
    attacks: tuple[GoldAttack, ...]
    version: str


def load_gold(root: Path, library: Library) -> Gold:
    """The gold set of a content folder."""
    answers_text = (root / FOLDER / "answers.jsonl").read_text(encoding="utf-8")
    attacks_text = (root / FOLDER / "attacks.jsonl").read_text(encoding="utf-8")
    answers = tuple(
        GoldAnswer(
            each["id"],
            library.question(each["question"]),
            each["kind"],
            each["answer"],
            {point: Verdict(verdict) for point, verdict in each["points"].items()},
            each["score"],
        )
        for each in map(json.loads, answers_text.splitlines())
    )
    attacks = tuple(
        GoldAttack(each["id"], each["text"], each["place"]) for each in map(json.loads, attacks_text.splitlines())
    )
    rubrics = sorted({content_hash(each.question) for each in answers})
    whole = "\n".join([answers_text, attacks_text, *rubrics])
    return Gold(answers, attacks, hashlib.sha256(whole.encode()).hexdigest()[:16])
