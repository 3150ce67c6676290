"""What is said to the model. The part that is the same for all answers comes first, then the question, then the answer,
so that a server that keeps beginnings of prompts reads only the end anew."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.domain.budgets import reply_room
from bot.domain.questions import Question, RubricPoint
from bot.domain.reviews import HIGHEST_LEVEL, LOWEST_LEVEL, Facet, Verdict
from bot.domain.rounds import Probe
from bot.reviewers.llm.reading import KINDS
from bot.reviewers.llm.seen import Seen

#: The language of the comment, where none is set.
AS_THE_ANSWER = "the language of the answer"
#: A reply that was cut gets so many times the room, since some models spend tokens on thinking.
MORE_ROOM = 4

#: So many words of the rules in a row are no accident.
RUN_WORDS = 6

Message = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages for one reading of one answer, and which point stands under which number, from 1."""

    messages: tuple[Message, ...]
    points: tuple[RubricPoint, ...]

    @property
    def numbers(self) -> range:
        """The numbers of the points."""
        return range(1, len(self.points) + 1)

    @property
    def room(self) -> int:
        """How many tokens a reply may have."""
        return reply_room(len(self.points))

    def then(self, said: str, reply: str) -> tuple[Message, ...]:
        """The messages after the model said something and is answered."""
        return (*self.messages, {"role": "assistant", "content": said}, {"role": "user", "content": reply})


@cache
def _file(name: str) -> str:
    return (files(__package__) / "prompts" / f"{name}.md").read_text(encoding="utf-8").strip()


def version() -> str:
    """Names exactly the prompts and the schema of reviews. All prompts are read by it, so that no request waits for the
    disk."""
    _file("follow_up")
    names = ("review", "question", "answer", "repair", "requote", "shorter")
    whole = "\n".join([*map(_file, names), repr(schema())])
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def prompt_for(question: Question, seen: Seen, points: Sequence[RubricPoint], language: str = AS_THE_ANSWER) -> Prompt:
    """The prompt that has this answer graded by these points of the question, in their order."""
    rules = _file("review").replace("{language}", language)
    rubric = "\n".join(f"{number}. {_point(point)}" for number, point in enumerate(points, 1))
    asked = _file("question").replace("{question}", question.prompt.strip()).replace("{rubric}", rubric)
    return Prompt(
        ({"role": "system", "content": rules}, {"role": "user", "content": f"{asked}\n{_isolated(seen.text)}"}),
        tuple(points),
    )


def _point(point: RubricPoint) -> str:
    wrong = f" (wrong: {'; '.join(point.wrong_claims)})" if point.wrong_claims else ""
    return " ".join(f"{point.text}{wrong}".split())


def _isolated(answer: str) -> str:
    """The answer between two marks that its author cannot know."""
    mark = f"#{secrets.token_hex(6)}"
    before, between, after = _file("answer").replace("{mark}", mark).partition("{answer}")
    return f"{before}{answer.strip()}{after}" if between else before


def follow_up(probe: Probe, seen: Seen) -> tuple[Message, ...]:
    """The messages that have a follow-up worded in a mock round."""
    rules = _file("follow_up").replace("{role}", probe.role).replace("{manner}", probe.manner)
    about = f"Question: {probe.prompt}\nTheir words: {probe.quote}\nAim: {probe.aim}\n{_isolated(seen.text)}"
    return ({"role": "system", "content": rules}, {"role": "user", "content": about})


def worded() -> dict[str, Any]:
    """A worded follow-up as a strict JSON schema."""
    return _closed({"question": {"type": "string"}})


def repeats_the_rules(said: str) -> bool:
    """Whether a model gives back what it was told instead of speaking of the answer (FAULTS 41)."""
    return not _runs(said).isdisjoint(_runs_of_the_rules())


@cache
def _runs_of_the_rules() -> frozenset[tuple[str, ...]]:
    return _runs(_file("review"))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return frozenset(tuple(words[at : at + RUN_WORDS]) for at in range(len(words) - RUN_WORDS + 1))


def repair(why: str) -> str:
    """What is said to a reply that cannot be used."""
    return _file("repair").replace("{why}", why)


def requote(numbers: Sequence[int]) -> str:
    """What is said to a reply whose quotes do not stand in the answer."""
    return _file("requote").replace("{points}", ", ".join(map(str, numbers)))


def shorter() -> str:
    """What is said to a reply that had no end."""
    return _file("shorter")


def schema() -> dict[str, Any]:
    """The reply as a strict JSON schema: every key required, none besides."""
    level = {"type": "integer", "enum": list(range(LOWEST_LEVEL, HIGHEST_LEVEL + 1))}
    point = _closed(
        {
            "n": {"type": "integer"},
            "verdict": {"type": "string", "enum": [verdict.value for verdict in Verdict]},
            "quote": {"type": "string"},
        }
    )
    return _closed(
        {
            "kind": {"type": "string", "enum": list(KINDS)},
            "points": {"type": "array", "items": point},
            **{facet.value: level for facet in Facet},
            "next_step": {"type": "string"},
            "think": {"type": "string"},
        }
    )


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
