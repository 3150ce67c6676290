"""A pack may come from a stranger: reading it is cheap, and nothing outside of its folder is opened (fault case 96)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from packshelf import Shelf

from bot.packs import Problem
from bot.packs.folders import MAX_FILE_BYTES, MAX_QUESTIONS

pytestmark = pytest.mark.fault(96)

SECRET = "the-neighbours-secret"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file beside the content folder that no pack may reach."""
    path = tmp_path / "secret.yaml"
    path.write_text(f"{SECRET}: {SECRET}\n", encoding="utf-8")
    return path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every path that was opened while the packs were read."""
    paths: list[Path] = []
    really_open = os.open

    def remember(path: str | Path, flags: int, *rest: int) -> int:
        paths.append(Path(path))
        return really_open(path, flags, *rest)

    monkeypatch.setattr("bot.packs.folders.os.open", remember)
    return paths


def _said(problems: tuple[Problem, ...], path: str, line: int, words: str) -> bool:
    return any((found.path, found.line) == (path, line) and words in found.message for found in problems)


BOMBS = {
    "aliases that multiply": ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n", 2, "the alias `*a`"),
    "merged groups": ("base: &base {id: x}\nid: y\n<<: *base\n", 3, "the alias `*base`"),
    "deep lists": ("a:\n  " + "[" * 50_000, 2, "nested deeper than 8 levels"),
    "deep groups": ("a:\n  " + "{a: " * 20_000, 2, "nested deeper than 8 levels"),
    "keys that are lists": ("? " * 50_000, 1, "the name of a field must be a plain word"),
    "thousands of fields": ("".join(f"k{number}: 1\n" for number in range(5_000)), 5_000, "no field we know"),
    "a number of many digits": (f"id: x\nweight: {'9' * 100_000}\n", 2, "no field we know"),
    "an object to build": (
        "id: x\nb: !!python/object/apply:os.system [echo]\n",
        2,
        "the tag `tag:yaml.org,2002:python/",
    ),
    "a file to include": ("id: x\nb: !include ../../../../secret.yaml\n", 2, "the tag `!include`"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_x096_a_yaml_bomb_is_refused_with_its_line(bomb: str, shelf: Shelf) -> None:
    text, line, words = BOMBS[bomb]
    shelf.question.write_text(text, encoding="utf-8")

    problems = shelf.problems()

    assert _said(problems, "packs/little-pack/questions/database-index.yaml", line, words)


def test_x096_a_file_that_is_too_large_is_not_read(shelf: Shelf) -> None:
    shelf.question.write_text("a" * (MAX_FILE_BYTES + 1), encoding="utf-8")

    problems = shelf.problems()

    assert _said(problems, "packs/little-pack/questions/database-index.yaml", 1, "larger than 200 kB")


def test_x096_a_file_in_another_encoding_is_refused(shelf: Shelf) -> None:
    shelf.question.write_bytes("id: database-index".encode("utf-16"))

    assert _said(shelf.problems(), "packs/little-pack/questions/database-index.yaml", 1, "not UTF-8")


@pytest.mark.parametrize(
    "way_out", ["../../../../secret", "..", "/etc/passwd", "a/../../b", "questions\\..\\x", "CON.yaml"]
)
def test_x096_a_list_cannot_lead_out_of_the_pack(way_out: str, shelf: Shelf, secret: Path, opened: list[Path]) -> None:
    shelf.change("[database-index]", f"\n  - database-index\n  - '{way_out}'", shelf.pack / "pack.yaml")

    problems = shelf.problems()

    assert _said(problems, "packs/little-pack/pack.yaml", 8, "Lower-case words joined by `-`")
    assert sorted(opened) == [shelf.pack / "pack.yaml", shelf.question]


def test_x096_a_question_that_is_a_link_is_not_followed(shelf: Shelf, secret: Path) -> None:
    shelf.question.unlink()
    shelf.question.symlink_to(secret)

    problems = shelf.problems()

    assert _said(problems, "packs/little-pack/questions/database-index.yaml", 1, "a symbolic link")
    assert SECRET not in str(problems)


@pytest.mark.parametrize("linked", ["questions", "."])
def test_x096_a_folder_that_is_a_link_is_not_followed(
    linked: str, shelf: Shelf, tmp_path: Path, opened: list[Path]
) -> None:
    folder = shelf.pack / linked
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    problems = shelf.problems()

    assert any("a symbolic link" in problem.message for problem in problems)
    assert not [path for path in opened if path.name == "database-index.yaml"]


def test_x096_a_pack_file_that_is_a_link_is_not_followed(shelf: Shelf, secret: Path) -> None:
    (shelf.pack / "pack.yaml").unlink()
    (shelf.pack / "pack.yaml").symlink_to(secret)

    problems = shelf.problems()

    assert _said(problems, "packs/little-pack/pack.yaml", 1, "a symbolic link")
    assert SECRET not in str(problems)


def test_x096_a_pipe_does_not_keep_us_waiting(shelf: Shelf) -> None:
    shelf.question.unlink()
    os.mkfifo(shelf.question)

    assert _said(shelf.problems(), "packs/little-pack/questions/database-index.yaml", 1, "no ordinary file")


def test_x096_archives_and_other_strangers_are_named_and_not_opened(shelf: Shelf, opened: list[Path]) -> None:
    for stranger in (shelf.pack / "more.zip", shelf.pack / "questions" / "more.toml"):
        stranger.write_bytes(b"PK\x03\x04")

    problems = shelf.problems()

    assert _said(problems, "packs/little-pack/more.zip", 1, "was not opened")
    assert _said(problems, "packs/little-pack/questions/more.toml", 1, "was not opened")
    assert sorted(opened) == [shelf.pack / "pack.yaml", shelf.question]


def test_x096_a_hundred_thousand_questions_are_refused_before_any_is_read(shelf: Shelf, opened: list[Path]) -> None:
    for number in range(MAX_QUESTIONS):
        (shelf.pack / "questions" / f"question-{number}.yaml").touch()
    opened.clear()

    [problem] = shelf.problems()

    assert (problem.path, problem.line) == ("packs/little-pack", 1)
    assert "more than 5,000 questions" in problem.message
    assert opened == []


def test_x096_an_empty_folder_is_told_what_a_pack_is(tmp_path: Path) -> None:
    [problem] = Shelf(tmp_path).problems()

    assert (problem.path, problem.line) == (".", 1)
    assert "a folder with a `pack.yaml`" in problem.message
