"""`studybot packs lint` names what is wrong, lets a reviewer grade the samples, and ends with one line of figures."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from packshelf import Shelf

from bot.domain.budgets import Spent, unbooked
from bot.domain.questions import Question
from bot.domain.reviews import PATIENCE_SECONDS, PointVerdict, Review, Verdict, Versions
from bot.packs import load_packs
from bot.verbs import packs


class GivesEverySample:
    """A reviewer that gives each text the score people gave it, except where it was told another."""

    name = "as people do"
    kept_under: Versions | None = None
    patience_seconds = PATIENCE_SECONDS

    def __init__(self, **instead: float) -> None:
        self._instead = instead

    @property
    def versions(self) -> Versions:
        return Versions("scripted", "none", "1", "1")

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        sample = next(sample for sample in question.samples if sample.text == answer)
        credit = self._instead.get(sample.kind.value, sample.score)
        verdicts = tuple(PointVerdict(point.id, Verdict.PARTIAL, credit) for point in question.points)
        return Review(verdicts, Versions(self.name, "", "", ""))

    async def close(self) -> None:
        pass


def _studybot(*words: str) -> int:
    parser = argparse.ArgumentParser()
    packs.add_parser(parser.add_subparsers())
    args = parser.parse_args(["packs", *words])
    return packs.run(args)


async def test_samples_in_their_bands_are_no_problem(shelf: Shelf) -> None:
    library = load_packs(shelf.root)

    graded = await packs.grade(library, GivesEverySample())

    assert list(packs.outside_bands(library, graded)) == []
    assert packs.summary(library, 0, graded, 0) == (
        "1 pack, 1 question, 0 company profiles, samples in their band: 3 of 3, "
        "unseen paraphrases recognised: 1 of 1, problems: 0"
    )


@pytest.mark.parametrize(
    ("kind", "given", "line", "band"),
    [("reference", 0.79, 52, "0.8 to 1"), ("wrong_claim", 0.41, 67, "0 to 0.4"), ("empty", 0.11, 70, "0 to 0.1")],
)
async def test_a_sample_outside_of_its_band_is_named_with_its_line(
    kind: str, given: float, line: int, band: str, shelf: Shelf
) -> None:
    library = load_packs(shelf.root)

    [problem] = packs.outside_bands(library, await packs.grade(library, GivesEverySample(**{kind: given})))

    assert problem.path == "packs/little-pack/questions/database-index.yaml"
    assert shelf.question.read_text(encoding="utf-8").split("\n")[problem.line - 1] == f"  - kind: {kind}"
    assert problem.line == line
    assert f"{given:.2f}, outside of {band}" in problem.message


async def test_a_paraphrase_that_goes_unrecognised_is_counted_and_no_problem(shelf: Shelf) -> None:
    library = load_packs(shelf.root)

    graded = await packs.grade(library, GivesEverySample(paraphrase=0.59))

    assert list(packs.outside_bands(library, graded)) == []
    assert "unseen paraphrases recognised: 0 of 1" in packs.summary(library, 0, graded, 0)


def test_lint_of_a_sound_pack_ends_with_zero_and_the_figures(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    code = packs.lint(shelf.root, GivesEverySample())

    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("1 pack, 1 question, 0 company profiles, samples in their band: 3 of 3,")
    assert code == 0


def test_lint_of_one_pack_alone_works_too(shelf: Shelf) -> None:
    assert packs.lint(shelf.pack, GivesEverySample()) == 0


def test_lint_prints_problems_of_the_reviewer_and_ends_with_one(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    code = packs.lint(shelf.root, GivesEverySample(reference=0.5))

    problem, summary = capsys.readouterr().out.splitlines()
    assert "database-index.yaml:52: the reviewer gives this sample of kind reference 0.50" in problem
    assert summary.endswith("problems: 1")
    assert code == 1


def test_lint_prints_paths_that_can_be_opened_from_here(
    shelf: Shelf, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.change("    weight: 3", "    weight: 9")
    monkeypatch.chdir(shelf.root.parent)

    code = _studybot("lint", "content")

    assert "content/packs/little-pack/questions/database-index.yaml:20: `weight` is 9" in capsys.readouterr().out
    assert code == 1


def test_lint_of_no_folder_says_what_to_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = _studybot("lint", str(tmp_path / "nowhere"))

    assert "name a content folder" in capsys.readouterr().err
    assert code == 2


def test_schemas_are_written_where_asked(tmp_path: Path) -> None:
    code = _studybot("schema", "--write", str(tmp_path / "new"))

    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "company.schema.json",
        "pack.schema.json",
        "question.schema.json",
    ]
    assert code == 0
