"""Reads and checks company profiles: `content/companies/<name>.yaml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from bot.domain.companies import (
    NEUTRAL,
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
from bot.packs.checks import Finding, unsafe_texts
from bot.packs.explaining import explain
from bot.packs.folders import UnreadableError, read_text
from bot.packs.library import Library, PacksUnsound, Source
from bot.packs.plain_yaml import NotPlainError, read_plain
from bot.packs.problems import Problem
from bot.packs.shapes import PointShape, Shape, Slug

Text = Annotated[str, Field(min_length=3, max_length=300)]
Probe = Annotated[
    str, Field(min_length=10, max_length=200, description="A follow-up; holds {quote} and {question}, once each.")
]
AnyCompetency = Annotated[Competency, Field(strict=False)]
#: A question needs at least so many minutes.
MINUTES_A_QUESTION = 8
_HOLES = ("{quote}", "{question}")


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


class CompanyShape(Shape):
    """How a company interviews."""

    id: Slug = Field(description="The file's name.")
    title: str = Field(min_length=3, max_length=60, description="The company's name as people read it.")
    facts: list[FactShape] = Field(min_length=1, max_length=12, description="What is said of it, each with its basis.")
    looks_for: list[PointShape] = Field(
        min_length=1, max_length=5, description="Points added to behavioural questions; their ids begin with `fit-`."
    )
    packs: dict[AnyCompetency, list[Slug]] = Field(description="Where questions come from, best first.")
    weights: dict[AnyCompetency, Annotated[int, Field(ge=1, le=5)]] = Field(
        description="How much each competency counts in the recommendation."
    )
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
            packs={competency: tuple(packs) for competency, packs in self.packs.items()},
            weights=dict(self.weights),
            manner=Manner(tuple(self.manner.nods), tuple(self.manner.probes), self.manner.closing),
            rounds=tuple(each.value() for each in self.rounds),
            decision=self.decision.value(),
        )


def load_companies(root: Path, library: Library) -> tuple[Company, ...]:
    """All profiles below `root`, the neutral one first. Raises `PacksUnsound`, which lists every problem."""
    companies, problems = examine_companies(root, library)
    if problems:
        raise PacksUnsound(problems)
    return companies


def examine_companies(root: Path, library: Library) -> tuple[tuple[Company, ...], tuple[Problem, ...]]:
    """What could be read, and all that is wrong with it. A folder without profiles has none to check."""
    folder = root / "companies"
    companies: list[Company] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() and not folder.is_symlink() else ():
        company, found = _read(root, path, library)
        problems += found
        if company is not None:
            companies.append(company)
    if companies and all(company.id != NEUTRAL for company in companies):
        problems.append(Problem("companies", 1, f"there is no `{NEUTRAL}.yaml`, which is used where nobody is named"))
    ordered = sorted(companies, key=lambda company: (company.id != NEUTRAL, company.id))
    return tuple(ordered), tuple(sorted(problems))


def _read(root: Path, path: Path, library: Library) -> tuple[Company | None, list[Problem]]:
    name = path.relative_to(root).as_posix()
    try:
        document = read_plain(read_text(path))
    except UnreadableError as error:
        return None, [Problem(name, 1, str(error))]
    except NotPlainError as error:
        return None, [Problem(name, line, message) for line, message in error.faults]
    source = Source(name, document)
    problems = [source.problem(*finding) for finding in unsafe_texts(document.value)]
    try:
        shape = CompanyShape.model_validate(document.value)
    except ValidationError as error:
        return None, problems + [source.problem(*finding) for finding in explain(CompanyShape, error)]
    company = shape.value()
    findings = [finding for check in _CHECKS for finding in check(company, path.stem, library)]
    return company, problems + [source.problem(*finding) for finding in findings]


Check = Callable[[Company, str, Library], Iterator[Finding]]


def _own_name(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    if company.id != stem:
        yield ("id",), f"the profile calls itself `{company.id}`, but its file is `{stem}.yaml`; give both one name"


def _rounds_make_sense(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    counts = Counter(plan.id for plan in company.rounds)
    last = len(company.rounds) - 1
    for at, plan in enumerate(company.rounds):
        if counts[plan.id] > 1:
            yield ("rounds", at, "id"), f"two rounds are called `{plan.id}`; rename one"
        if plan.stage is Stage.PHONE_SCREEN and at > 0:
            yield ("rounds", at, "stage"), "a phone screen comes first; move it up, or make it `on-site`"
        if plan.stage is Stage.AS_APPROPRIATE and at < last:
            yield ("rounds", at, "stage"), "the senior round asks about the gaps of all others, so it comes last"
        if plan.minutes < MINUTES_A_QUESTION * plan.questions:
            yield (
                ("rounds", at, "minutes"),
                f"{plan.questions} questions need at least {MINUTES_A_QUESTION * plan.questions} minutes",
            )


def _competencies_are_known(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    for at, plan in enumerate(company.rounds):
        if plan.competency not in company.weights:
            yield ("rounds", at, "competency"), f"`weights` says nothing of `{plan.competency}`; add it there"
        if not company.packs.get(plan.competency):
            yield ("rounds", at, "competency"), f"`packs` names no pack for `{plan.competency}`; add one there"
    used = {plan.competency for plan in company.rounds}
    for at, competency in enumerate(company.decision.must_pass):
        if competency not in used:
            yield ("decision", "must_pass", at), f"no round looks at `{competency}`, so nobody could pass it"


def _packs_exist(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    known = [pack.id for pack in library.packs]
    for competency, packs in company.packs.items():
        for at, pack in enumerate(packs):
            if known and pack not in known:
                close = get_close_matches(pack, known, n=1)
                advice = f"did you mean `{close[0]}`?" if close else f"known here are {', '.join(known)}"
                yield ("packs", competency.value, at), f"there is no pack `{pack}`; {advice}"


def _manner_has_its_holes(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    for at, probe in enumerate(company.manner.probes):
        if any(probe.count(hole) != 1 for hole in _HOLES) or probe.count("{") != len(_HOLES):
            yield ("manner", "probes", at), "a probe holds `{quote}` and `{question}` once each, and no other braces"
    for at, nod in enumerate(company.manner.nods):
        if "{" in nod:
            yield ("manner", "nods", at), "nothing is put into a nod; take the braces out"


def _decision_is_ordered(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    rule = company.decision
    if not rule.strong_no_below < rule.yes_from < rule.strong_from:
        yield ("decision",), "`strong_no_below` must be under `yes_from`, and that under `strong_from`"


def _looks_for_is_its_own(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    counts = Counter(point.id for point in company.looks_for)
    for at, point in enumerate(company.looks_for):
        if not point.id.startswith("fit-"):
            yield ("looks_for", at, "id"), "begin this id with `fit-`, so that it is never a point of a question"
        if counts[point.id] > 1:
            yield ("looks_for", at, "id"), f"two points are called `{point.id}`; rename one"
        if not point.follow_up:
            yield ("looks_for", at), "add a `follow_up`: what is asked when nobody heard this"


_CHECKS: tuple[Check, ...] = (
    _own_name,
    _rounds_make_sense,
    _competencies_are_known,
    _packs_exist,
    _manner_has_its_holes,
    _decision_is_ordered,
    _looks_for_is_its_own,
)
