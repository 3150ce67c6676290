"""Which fields a company profile has; `bot.packs.companies` reads and checks them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from bot.domain.companies import (
    Basis,
    Company,
    Competency,
    DecisionRule,
    Fact,
    Interviewer,
    Manner,
    RoundPlan,
    Stage,
)
from bot.packs.shapes import PointShape, Shape, Slug

Text = Annotated[str, Field(min_length=3, max_length=300)]
Probe = Annotated[
    str, Field(min_length=10, max_length=200, description="A follow-up; holds {quote} and {question}, once each.")
]
AnyCompetency = Annotated[Competency, Field(strict=False)]


class FactShape(Shape):
    """A statement about how a company interviews."""

    text: Text = Field(description="One sentence.")
    basis: Basis = Field(strict=False, description="`seed`, or `general knowledge, not checked`.")


class InterviewerShape(Shape):
    """Who asks in a round; a role, never a real person."""

    role: str = Field(min_length=5, max_length=120, description="A role, as in `an engineer from the team next door`.")
    manner: Text = Field(description="How they speak; told to a model.")
    opening: Text = Field(description="What they say first.")


class RoundShape(Shape):
    """One round of a loop."""

    id: Slug = Field(description="A short name, used once in this profile.")
    title: str = Field(min_length=3, max_length=60, description="The round's name as people read it.")
    stage: Stage = Field(strict=False, description="`phone-screen`, `on-site`, or `as-appropriate` for the last one.")
    competency: Competency = Field(strict=False, description="What the round looks at.")
    minutes: int = Field(ge=10, le=90, description="How long it takes.")
    questions: int = Field(ge=1, le=4, description="How many main questions are asked.")
    interviewer: InterviewerShape = Field(description="Who asks.")

    def value(self) -> RoundPlan:
        """The round as the domain knows it."""
        who = Interviewer(self.interviewer.role, self.interviewer.manner, self.interviewer.opening)
        return RoundPlan(self.id, self.title, self.stage, self.competency, self.minutes, self.questions, who)


class MannerShape(Shape):
    """How the interviewers of a company speak."""

    nods: list[Text] = Field(min_length=1, max_length=6, description="Said where there is nothing to quote.")
    probes: list[Probe] = Field(min_length=2, max_length=8, description="Follow-ups, used in turn.")
    closing: Text = Field(description="Said at the end of a round.")


class DecisionShape(Shape):
    """How votes become a recommendation."""

    yes_from: float = Field(ge=0, le=1, description="The score from which an interviewer votes yes.")
    strong_from: float = Field(ge=0, le=1, description="The score from which it is a strong yes.")
    strong_no_below: float = Field(ge=0, le=1, description="The score below which it is a clear no.")
    yes_share: float = Field(gt=0, le=1, description="How large a share of the votes must be a yes.")
    must_pass: list[AnyCompetency] = Field(default=[], description="A no in one of these decides alone.")
    senior_decides: bool = Field(description="Whether the last interviewer may turn the result.")

    def value(self) -> DecisionRule:
        """The rule as the domain knows it."""
        return DecisionRule(
            self.yes_from,
            self.strong_from,
            self.strong_no_below,
            self.yes_share,
            tuple(self.must_pass),
            self.senior_decides,
        )


PackList = Annotated[list[Slug], Field(min_length=1, max_length=10, description="Packs, best first.")]
Weight = Annotated[int, Field(ge=1, le=5, description="1 is little, 5 is most.")]


class ByCompetency(Shape):
    """A group with a field for each competency, so that a mistyped one is named. What is left out is not there."""

    def by_competency(self) -> dict[Competency, Any]:
        """What stands in the file, and no more."""
        return {Competency(name): value for name, value in self.model_dump(by_alias=True, exclude_unset=True).items()}


class PacksShape(ByCompetency):
    """Where the questions on each competency come from."""

    backend: PackList = Field(default=[])
    system_design: PackList = Field(default=[], alias="system-design")
    coding: PackList = Field(default=[])
    behavioral: PackList = Field(default=[])


class WeightsShape(ByCompetency):
    """How much each competency counts."""

    backend: Weight = 1
    system_design: Weight = Field(default=1, alias="system-design")
    coding: Weight = 1
    behavioral: Weight = 1


class CompanyShape(Shape):
    """How a company interviews."""

    id: Slug = Field(description="The file's name.")
    title: str = Field(min_length=3, max_length=60, description="The company's name as people read it.")
    facts: list[FactShape] = Field(min_length=1, max_length=12, description="What is said of it, each with its basis.")
    looks_for: list[PointShape] = Field(
        min_length=1, max_length=5, description="Points added to behavioural questions; their ids begin with `fit-`."
    )
    packs: PacksShape = Field(description="Where questions come from, best first.")
    weights: WeightsShape = Field(description="How much each competency counts in the recommendation.")
    manner: MannerShape = Field(description="How its interviewers speak.")
    rounds: list[RoundShape] = Field(min_length=1, max_length=8, description="The loop, in order.")
    decision: DecisionShape = Field(description="How votes become a recommendation.")

    def value(self) -> Company:
        """The profile as the domain knows it."""
        return Company(
            id=self.id,
            title=self.title,
            facts=tuple(Fact(each.text, each.basis) for each in self.facts),
            looks_for=tuple(point.value() for point in self.looks_for),
            packs={competency: tuple(packs) for competency, packs in self.packs.by_competency().items()},
            weights=self.weights.by_competency(),
            manner=Manner(tuple(self.manner.nods), tuple(self.manner.probes), self.manner.closing),
            rounds=tuple(each.value() for each in self.rounds),
            decision=self.decision.value(),
        )
