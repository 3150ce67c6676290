"""What the documents say is so: commands exist, pages are up to date, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.__main__ import VERBS, main
from bot.verbs.docs import commands_page

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("content/*.md"), *ROOT.glob("bench/*.md")])


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


def test_the_page_of_commands_is_up_to_date() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

    assert page == commands_page(), "run: studybot docs --write docs"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_make_target_a_document_names_exists(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE):
        assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_verb_a_document_names_explains_itself(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verbs = {verb.name for verb in VERBS}

    for verb in re.findall(r"(?:`|^)studybot ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE):
        assert verb in verbs, verb
        with pytest.raises(SystemExit) as ended:
            main([verb, "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_local_link_leads_to_a_file(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (document.parent / link).exists(), link


def test_the_readme_names_every_setting() -> None:
    from bot.settings import Settings

    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for field in Settings.model_fields.values():
        assert f"`{field.validation_alias}`" in readme, field.validation_alias
