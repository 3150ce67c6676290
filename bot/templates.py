"""Templates of pages: escaped, strict about names, and compiled before the first request."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


@cache
def templates(folder: Path) -> Environment:
    """The folder's templates, all read and compiled once in a process, so that no request waits for the disk."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in made.list_templates():
        made.get_template(name)
    return made
