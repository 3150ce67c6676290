"""How a company interviews: its rounds, who asks in them and in which manner, what it looks for, how it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.questions import RubricPoint


class Competency(StrEnum):
    """What a round looks at."""

    BACKEND = "backend"
    SYSTEM_DESIGN = "system-design"
    CODING = "coding"
    BEHAVIORAL = "behavioral"


class Stage(StrEnum):
    """Where in a loop a round stands. The last one asks about the gaps that the others wrote down."""

    PHONE_SCREEN = "phone-screen"
    ON_SITE = "on-site"
    AS_APPROPRIATE = "as-appropriate"


class Basis(StrEnum):
    """What a statement about a company rests on."""

    SEED = "seed"
    GENERAL = "general knowledge, not checked"


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement about how a company interviews, and what it rests on."""

    text: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Interviewer:
    """Who asks in a round: a role, never a real person. `manner` is told to a model, `opening` to the member."""

    role: str
    manner: str
    opening: str


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """One round of a loop: so many main questions in so many minutes."""

    id: str
    title: str
    stage: Stage
    competency: Competency
    minutes: int
    questions: int
    interviewer: Interviewer


@dataclass(frozen=True, slots=True)
class Manner:
    """How the interviewers of a company speak. Each of `probes` holds `{quote}` and `{question}`: what the member said,
    and what is asked about it. `nods` are said where there is nothing to quote, `closing` at the end of a round."""

    nods: tuple[str, ...]
    probes: tuple[str, ...]
    closing: str


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """From which score (0..1) an interviewer votes yes, or strongly so, and below which strongly no; how large a share
    of all votes must be a yes; in which competencies a no decides alone; whether the senior round may turn a close
    result."""

    yes_from: float
    strong_from: float
    strong_no_below: float
    yes_share: float
    must_pass: tuple[Competency, ...]
    senior_decides: bool


@dataclass(frozen=True, slots=True)
class Company:
    """A company's way to interview, or the neutral one. `looks_for` are points of a rubric that is added to behavioural
    questions; `weights` say how much a competency counts in the recommendation; `packs` where questions come from."""

    id: str
    title: str
    facts: tuple[Fact, ...]
    looks_for: tuple[RubricPoint, ...]
    packs: Mapping[Competency, tuple[str, ...]]
    weights: Mapping[Competency, int]
    manner: Manner
    rounds: tuple[RoundPlan, ...]
    decision: DecisionRule


#: The profile that is used where no company is named.
NEUTRAL = "neutral"
