"""Company profiles: the shipped ones are sound and differ in substance, and each rule names its line (F58)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from packshelf import shipped_packs

from bot.domain.companies import Company, Competency, Stage
from bot.domain.debriefs import with_company
from bot.domain.reviews import Verdict
from bot.packs import Library, PacksUnsound, content_root, load_companies
from bot.packs.checks import PHRASE
from bot.packs.companies import examine_companies
from bot.packs.company_shapes import PacksShape, WeightsShape
from bot.packs.wording import phrases
from bot.reviewers.offline import OfflineReviewer

LIBRARY = shipped_packs()
SHIPPED = load_companies(content_root(), LIBRARY)
NEUTRAL = (content_root() / "companies" / "neutral.yaml").read_text(encoding="utf-8")


def substance(company: Company) -> tuple[object, ...]:
    rounds = tuple((plan.stage, plan.competency, plan.minutes, plan.questions) for plan in company.rounds)
    return rounds, company.decision, tuple(point.id for point in company.looks_for)


def test_there_is_microsoft_a_neutral_one_and_five_more() -> None:
    assert {"neutral", "microsoft"} <= {company.id for company in SHIPPED}
    assert len(SHIPPED) >= 7
    assert SHIPPED[0].id == "neutral"


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(SHIPPED, 2)), ids=lambda company: company.id)
def test_two_profiles_differ_in_substance(one: Company, other: Company) -> None:
    differences = [a != b for a, b in zip(substance(one), substance(other), strict=True)]

    assert all(differences)
    assert one.manner.probes != other.manner.probes


def test_microsofts_loop_is_that_of_the_seed() -> None:
    microsoft = next(company for company in SHIPPED if company.id == "microsoft")
    stages = [plan.stage for plan in microsoft.rounds]

    assert stages[0] is Stage.PHONE_SCREEN
    assert stages[-1] is Stage.AS_APPROPRIATE
    assert 4 <= stages.count(Stage.ON_SITE) <= 5
    assert {plan.competency for plan in microsoft.rounds} == set(Competency)
    assert {"fit-growth-mindset", "fit-collaboration"} <= {point.id for point in microsoft.looks_for}
    assert microsoft.decision.senior_decides


#: As somebody might tell it, in other words than the profile's. It proves that the offline reviewer can hear this, not
#: that it always will.
HONEST = (
    "They rejected my proposal twice. I went back, read the comments again and understood I had no evidence. The third "
    "version had a prototype and went through. Security was against our plan. Instead of going over their heads I "
    "asked what worries them, and together we found a variant both could live with."
)
UNRELATED = (
    "We moved the database to new hardware on a Sunday. I copied the files, switched the DNS entry, watched the graphs "
    "for an hour and went home. It took four hours and nothing broke."
)
UNWILLING = (
    "I did everything by myself, the others were too slow anyway. I was right from the beginning so there wasn't "
    "anything to learn."
)


async def heard_in(answer: str) -> set[str]:
    """Which of the things that Microsoft looks for the offline reviewer hears in this answer, in part at least."""
    microsoft = next(company for company in SHIPPED if company.id == "microsoft")
    review = await OfflineReviewer().review(with_company(LIBRARY.question("hard-feedback"), microsoft), answer)
    heard = {each.point for each in review.points if each.verdict in (Verdict.COVERED, Verdict.PARTIAL)}
    return {point for point in heard if point.startswith("fit-")}


def test_the_honest_story_is_not_made_of_the_rubrics_words() -> None:
    microsoft = next(company for company in SHIPPED if company.id == "microsoft")
    rubric = [text for point in microsoft.looks_for for text in (point.text, *point.wordings)]

    shared = [found for text in rubric for found in phrases(text, PHRASE) if found in phrases(HONEST, PHRASE)]

    assert shared == []


async def test_growth_and_collaboration_are_heard_in_an_honest_story() -> None:
    assert {"fit-growth-mindset", "fit-collaboration"} <= await heard_in(HONEST)


@pytest.mark.parametrize("answer", [UNRELATED, UNWILLING, "Paris is in France."])
async def test_growth_and_collaboration_are_not_heard_elsewhere(answer: str) -> None:
    assert await heard_in(answer) == set()


def shelf(folder: Path, change: str = "") -> Path:
    """The neutral profile with one change."""
    before, _, after = change.partition(" => ")
    assert before in NEUTRAL
    text = NEUTRAL.replace(before, after, 1) if before else NEUTRAL
    (folder / "companies").mkdir(exist_ok=True)
    (folder / "companies" / "neutral.yaml").write_text(text, encoding="utf-8")
    return folder


def faults(root: Path) -> list[tuple[str, str]]:
    """Each problem: the line of the file as it stands there, and what is said about it."""
    _, problems = examine_companies(root, LIBRARY)
    lines = (root / "companies" / "neutral.yaml").read_text(encoding="utf-8").split("\n")
    return [(lines[problem.line - 1].strip(), problem.message) for problem in problems]


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        ("id: neutral => id: other", "id: other", "give both one name"),
        ("id: coding\n => id: phone-screen\n", "- id: phone-screen", "two rounds are called"),
        ("stage: as-appropriate => stage: phone-screen", "stage: phone-screen", "a phone screen comes first"),
        ("stage: on-site => stage: as-appropriate", "stage: as-appropriate", "comes last"),
        ("minutes: 30 => minutes: 10", "minutes: 10", "need at least 16 minutes"),
        ("minutes: 30 => minutes: 95", "minutes: 95", "goes from 10 to 90"),
        ("questions: 2 => questions: 5", "questions: 5", "goes from 1 to 4"),
        ("competency: coding => competency: codding", "competency: codding", "takes one of backend"),
        ("  coding: 2\n => ", "competency: coding", "`weights` says nothing of `coding`"),
        ("  coding: 2 =>   codding: 2", "codding: 2", "did you mean `coding`?"),
        ("  coding: 2 =>   coding: 9", "coding: 9", "goes from 1 to 5"),
        ("  coding: [coding-discussion]\n => ", "competency: coding", "`packs` names no pack for `coding`"),
        ("  coding: [coding =>   codding: [coding", "codding: [coding-discussion]", "did you mean `coding`?"),
        ("[behavioral] => [behaviour]", "behavioral: [behaviour]", "did you mean `behavioral`?"),
        ("[behavioral] => [behavioral, behavioral]", "behavioral: [behavioral, behavioral]", "stands twice"),
        ("- You said “{quote}”. => - You said that.", "- You said that. {question}", "once each"),
        ("- You said “{quote}”. => - “{quote}” {name}.", "- “{quote}” {name}. {question}", "once each"),
        ("- You said “{quote}”. => - “{quote}”}.", "- “{quote}”}. {question}", "once each"),
        ("Thank you, I see. => Thank you, {name}.", "- Thank you, {name}.", "take the braces out"),
        ("All right. => All right}.", "- All right}.", "take the braces out"),
        ("for the conversation => for {it}", "closing: Thank you for {it}.", "take the braces out"),
        ("yes_from: 0.55 => yes_from: 0.25", "yes_from: 0.25", "must be under"),
        ("strong_from: 0.8 => strong_from: 0.55", "yes_from: 0.55", "must be under"),
        ("senior_decides: false => senior_decides: maybe", "senior_decides: maybe", "must be true or false"),
        (
            "  senior_decides: false =>   must_pass: [behavioral, codng]\n  senior_decides: false",
            "must_pass: [behavioral, codng]",
            "takes one of backend",
        ),
        ("id: fit-reflection => id: reflection", "- id: reflection", "begin this id with `fit-`"),
        ("id: fit-reflection => id: fit-working-together", "- id: fit-working-together", "two points are called"),
        (
            "Who else was part of this, and how did you work with them? => "
            "Was it that you sat down with the other team and agreed on a plan?",
            "follow_up: Was it that you sat down with the other team and agreed on a plan?",
            "`sat team agreed plan` also stands",
        ),
        ("title: Neutral => title: Neutral <b>", "title: Neutral <b>", "HTML or a mention"),
        ("basis: general => basis: hearsay, general", "basis: hearsay, general knowledge, not checked", "takes one of"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, change: str, line: str, said: str) -> None:
    told = faults(shelf(tmp_path, change))

    assert any(stands == line and said in message for stands, message in told), told


def test_a_senior_round_that_is_nowhere_cannot_decide(tmp_path: Path) -> None:
    root = shelf(tmp_path, "stage: as-appropriate => stage: on-site")
    profile = root / "companies" / "neutral.yaml"
    profile.write_text(profile.read_text(encoding="utf-8").replace("decides: false", "decides: true"), encoding="utf-8")

    [(line, said)] = faults(root)

    assert line == "senior_decides: true"
    assert "nobody senior" in said


def test_a_competency_without_a_round_cannot_be_passed(tmp_path: Path) -> None:
    root = shelf(tmp_path, "  senior_decides: =>   must_pass: [coding]\n  senior_decides:")
    profile = root / "companies" / "neutral.yaml"
    profile.write_text(
        profile.read_text(encoding="utf-8").replace("competency: coding", "competency: backend"), encoding="utf-8"
    )

    [(line, said)] = faults(root)

    assert line == "must_pass: [coding]"
    assert "no round looks at `coding`" in said


def test_what_a_company_looks_for_has_something_to_ask(tmp_path: Path) -> None:
    follow_up = next(line for line in NEUTRAL.split("\n") if "Who else was part of this" in line)

    [(line, said)] = faults(shelf(tmp_path, f"{follow_up}\n => "))

    assert line == "- id: fit-working-together"
    assert "add a `follow_up`" in said


def test_what_a_company_looks_for_is_no_point_of_a_question(tmp_path: Path) -> None:
    pack = LIBRARY.pack("behavioral")
    question = pack.questions[0]
    taken = replace(question, points=(replace(question.points[0], id="fit-reflection"), *question.points[1:]))
    library = Library((replace(pack, questions=(taken,)),))

    _, problems = examine_companies(shelf(tmp_path), library)

    assert any("a question already has a point `fit-reflection`" in problem.message for problem in problems)


def test_each_competency_has_its_field() -> None:
    for shape in (PacksShape, WeightsShape):
        assert {field.alias or name for name, field in shape.model_fields.items()} == set(Competency)


def test_a_new_company_needs_no_code(tmp_path: Path) -> None:
    shelf(tmp_path)
    (tmp_path / "companies" / "contoso.yaml").write_text(
        NEUTRAL.replace("id: neutral", "id: contoso").replace("title: Neutral", "title: Contoso"), encoding="utf-8"
    )

    assert [company.id for company in load_companies(tmp_path, LIBRARY)] == ["neutral", "contoso"]


def test_without_a_neutral_profile_nothing_is_loaded(tmp_path: Path) -> None:
    shelf(tmp_path)
    (tmp_path / "companies" / "neutral.yaml").unlink()
    (tmp_path / "companies" / "contoso.yaml").write_text(
        NEUTRAL.replace("id: neutral", "id: contoso"), encoding="utf-8"
    )

    with pytest.raises(PacksUnsound, match="there is no"):
        load_companies(tmp_path, LIBRARY)


def test_without_any_profile_nothing_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(PacksUnsound, match="there is no"):
        load_companies(tmp_path, LIBRARY)


def test_a_folder_of_packs_alone_is_no_problem(tmp_path: Path) -> None:
    assert examine_companies(tmp_path, LIBRARY) == ((), ())


def test_a_file_that_would_be_read_by_nobody_is_named(tmp_path: Path) -> None:
    root = shelf(tmp_path)
    (root / "companies" / "contoso.yml").write_text(NEUTRAL, encoding="utf-8")

    _, [problem] = examine_companies(root, LIBRARY)

    assert problem.path == "companies/contoso.yml"
    assert "rename it" in problem.message


def test_a_linked_folder_or_file_is_not_followed(tmp_path: Path) -> None:
    real, linked = tmp_path / "real", tmp_path / "linked"
    real.mkdir()
    linked.mkdir()
    elsewhere = shelf(real)
    (linked / "companies").symlink_to(elsewhere / "companies")
    (elsewhere / "companies" / "contoso.yaml").symlink_to(elsewhere / "companies" / "neutral.yaml")

    companies, of_folder = examine_companies(linked, LIBRARY)
    _, of_file = examine_companies(elsewhere, LIBRARY)

    assert companies == ()
    assert "symbolic link" in of_folder[0].message
    assert [problem.path for problem in of_file] == ["companies/contoso.yaml"]
