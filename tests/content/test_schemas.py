"""The schemas for editors are derived from the shapes, and the shipped files name them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.packs import content_root
from bot.packs.schemas import schema_files

YAML_FILES = sorted((content_root() / "packs").glob("*/**/*.yaml"))


@pytest.mark.parametrize("name", schema_files())
def test_the_shipped_schema_is_up_to_date(name: str) -> None:
    shipped = (content_root() / "schema" / name).read_text(encoding="utf-8")

    assert shipped == schema_files()[name], "run `studybot packs schema --write content/schema`"


def test_a_schema_knows_the_limits_and_takes_no_other_fields() -> None:
    question = json.loads(schema_files()["question.schema.json"])

    assert question["additionalProperties"] is False
    assert (question["properties"]["points"]["minItems"], question["properties"]["points"]["maxItems"]) == (4, 8)
    assert question["$defs"]["PointShape"]["properties"]["weight"]["maximum"] == 5


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.stem)
def test_an_editor_line_in_a_shipped_file_leads_to_a_shipped_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]

    named = first.removeprefix("# yaml-language-server: $schema=") if first.startswith("#") else None

    assert named is None or (path.parent / named).resolve().parent == content_root() / "schema"
