"""The JSON Schemas for editors, made from the shapes of the files."""

from __future__ import annotations

import json

from bot.packs.company_shapes import CompanyShape
from bot.packs.shapes import PackShape, QuestionShape, Shape, schema

_SHAPES: dict[str, type[Shape]] = {
    "pack.schema.json": PackShape,
    "question.schema.json": QuestionShape,
    "company.schema.json": CompanyShape,
}


def schema_files() -> dict[str, str]:
    """The files of `content/schema/`, by name."""
    return {name: json.dumps(schema(shape), indent=2, ensure_ascii=False) + "\n" for name, shape in _SHAPES.items()}
