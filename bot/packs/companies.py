"""Reads and checks company profiles: `content/companies/<name>.yaml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import reduce
from pathlib import Path

from pydantic import ValidationError

from bot.domain.companies import NEUTRAL, Company, Stage
from bot.packs.checks import GIVEN_AWAY, Finding, unsafe_texts
from bot.packs.company_shapes import CompanyShape
from bot.packs.explaining import explain
from bot.packs.folders import UnreadableError, read_text
from bot.packs.library import Library, PacksUnsound, Source
from bot.packs.plain_yaml import NotPlainError, read_plain
from bot.packs.problems import Problem
from bot.packs.wording import phrases

#: A question needs at least so many minutes.
MINUTES_A_QUESTION = 8
_HOLES = ("{quote}", "{question}")


def load_companies(root: Path, library: Library) -> tuple[Company, ...]:
    """All profiles below `root`, the neutral one first. Raises `PacksUnsound`, which lists every problem; having no
    profile at all is one."""
    companies, problems = examine_companies(root, library)
    if not companies and not problems:
        problems = (_NO_NEUTRAL,)
    if problems:
        raise PacksUnsound(problems)
    return companies


def examine_companies(root: Path, library: Library) -> tuple[tuple[Company, ...], tuple[Problem, ...]]:
    """What could be read, and all that is wrong with it. A folder without profiles has none to check."""
    paths, problems = _files(root / "companies")
    companies: list[Company] = []
    for path in paths:
        company, found = _read(root, path, library)
        problems += found
        if company is not None:
            companies.append(company)
    ordered = sorted(companies, key=lambda company: (company.id != NEUTRAL, company.id))
    return tuple(ordered), tuple(sorted(problems))


_NO_NEUTRAL = Problem("companies", 1, f"there is no `{NEUTRAL}.yaml`, which is used where nobody is named; add one")


def _files(folder: Path) -> tuple[list[Path], list[Problem]]:
    """The profiles in this folder by name, and what does not belong there: it would be shipped, and read by nobody."""
    if folder.is_symlink():
        return [], [Problem("companies", 1, "this is a symbolic link, which could lead anywhere; put the folder here")]
    if not folder.is_dir():
        return [], []
    entries = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    profiles = [path for path in entries if path.suffix == ".yaml"]
    problems = [
        Problem(f"companies/{path.name}", 1, "this was not opened; a profile is a file `<id>.yaml`, so rename it")
        for path in entries
        if path not in profiles and path.name != "README.md"
    ]
    if all(path.stem != NEUTRAL for path in profiles):
        problems.append(_NO_NEUTRAL)
    return profiles, problems


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
            if pack in packs[:at]:
                yield ("packs", competency.value, at), f"`{pack}` stands twice on this list; keep one"
            elif known and pack not in known:
                close = get_close_matches(pack, known, n=1)
                advice = f"did you mean `{close[0]}`?" if close else f"known here are {', '.join(known)}"
                yield ("packs", competency.value, at), f"there is no pack `{pack}`; {advice}"


def _manner_has_its_holes(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    for at, probe in enumerate(company.manner.probes):
        if any(probe.count(hole) != 1 for hole in _HOLES) or _has_braces(_without_holes(probe)):
            yield ("manner", "probes", at), "a probe holds `{quote}` and `{question}` once each, and no other braces"
    for at, nod in enumerate(company.manner.nods):
        if _has_braces(nod):
            yield ("manner", "nods", at), "nothing is put into a nod; take the braces out"
    if _has_braces(company.manner.closing):
        yield ("manner", "closing"), "nothing is put into the closing; take the braces out"


def _without_holes(probe: str) -> str:
    return reduce(lambda text, hole: text.replace(hole, ""), _HOLES, probe)


def _has_braces(text: str) -> bool:
    return "{" in text or "}" in text


def _decision_can_be_made(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    rule = company.decision
    if not rule.strong_no_below < rule.yes_from < rule.strong_from:
        yield ("decision", "yes_from"), "`strong_no_below` must be under `yes_from`, and that under `strong_from`"
    if rule.senior_decides and company.rounds[-1].stage is not Stage.AS_APPROPRIATE:
        yield ("decision", "senior_decides"), "no round is `as-appropriate`, so there is nobody senior to decide"


def _looks_for_is_its_own(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    counts = Counter(point.id for point in company.looks_for)
    taken = {point.id for pack in library.packs for question in pack.questions for point in question.points}
    for at, point in enumerate(company.looks_for):
        if not point.id.startswith("fit-"):
            yield ("looks_for", at, "id"), "begin this id with `fit-`, so that it is never a point of a question"
        if counts[point.id] > 1:
            yield ("looks_for", at, "id"), f"two points are called `{point.id}`; rename one"
        if not point.follow_up:
            yield ("looks_for", at), "add a `follow_up`: what is asked when nobody heard this"
        if point.id in taken:
            yield ("looks_for", at, "id"), f"a question already has a point `{point.id}`; rename this one"


def _follow_ups_give_nothing_away(company: Company, stem: str, library: Library) -> Iterator[Finding]:
    rubric = [text for point in company.looks_for for text in (point.text, *point.wordings, *point.wrong_claims)]
    known = {phrase for text in rubric for phrase in phrases(text, GIVEN_AWAY)}
    for at, point in enumerate(company.looks_for):
        for phrase, written in phrases(point.follow_up, GIVEN_AWAY).items():
            if phrase in known:
                yield (
                    ("looks_for", at, "follow_up"),
                    f"`{written}` also stands in what the company looks for; ask without giving it away",
                )


_CHECKS: tuple[Check, ...] = (
    _own_name,
    _rounds_make_sense,
    _competencies_are_known,
    _packs_exist,
    _manner_has_its_holes,
    _decision_can_be_made,
    _looks_for_is_its_own,
    _follow_ups_give_nothing_away,
)
