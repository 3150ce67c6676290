"""Company profiles: the shipped ones are sound and differ in substance, and each rule names its line (F58)."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from bot.domain.companies import Company, Competency, Stage
from bot.domain.debriefs import with_company
from bot.domain.reviews import score
from bot.packs import PacksUnsound, content_root, load_companies, load_packs
from bot.packs.companies import examine_companies
from bot.reviewers.offline import OfflineReviewer

LIBRARY = load_packs(content_root())
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


async def test_growth_and_collaboration_are_heard_in_a_story_and_not_elsewhere() -> None:
    microsoft = next(company for company in SHIPPED if company.id == "microsoft")
    asked = with_company(LIBRARY.question("hard-feedback"), microsoft)
    story = (
        "My first attempt failed and I learned to test the assumption earlier. I asked the colleagues who disagreed "
        "for their reasons before we decided, and we solved it together with the other team."
    )

    heard = {each.point: each.credit for each in (await OfflineReviewer().review(asked, story)).points}
    other = {each.point: each.credit for each in (await OfflineReviewer().review(asked, "Paris is in France.")).points}

    assert heard["fit-growth-mindset"] > 0.5
    assert heard["fit-collaboration"] > 0.5
    assert other["fit-growth-mindset"] == other["fit-collaboration"] == 0.0
    assert score(asked, await OfflineReviewer().review(asked, story)) > 0.2


def shelf(folder: Path, change: str = "") -> Path:
    """The neutral profile with one change."""
    before, _, after = change.partition(" => ")
    assert before in NEUTRAL
    text = NEUTRAL.replace(before, after, 1) if before else NEUTRAL
    (folder / "companies").mkdir(exist_ok=True)
    (folder / "companies" / "neutral.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("id: neutral => id: other", "give both one name"),
        ("stage: as-appropriate => stage: phone-screen", "a phone screen comes first"),
        ("stage: on-site => stage: as-appropriate", "comes last"),
        ("minutes: 30 => minutes: 10", "need at least 16 minutes"),
        ("[behavioral] => [behaviour]", "did you mean `behavioral`?"),
        ("You said “{quote}”. {question} => You said that. {question}", "once each"),
        ("Thank you, I see. => Thank you, {name}.", "take the braces out"),
        ("yes_from: 0.55 => yes_from: 0.25", "must be under"),
        ("id: fit-reflection => id: reflection", "begin this id with `fit-`"),
        ("id: fit-reflection => id: fit-working-together", "two points are called"),
        ("id: coding\n => id: phone-screen\n", "two rounds are called"),
        ("senior_decides: false => senior_decides: maybe", "senior_decides"),
        ("  coding: 2\n => ", "`weights` says nothing of `coding`"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, change: str, said: str) -> None:
    _, problems = examine_companies(shelf(tmp_path, change), LIBRARY)

    assert any(said in problem.message and problem.line > 1 for problem in problems)


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
