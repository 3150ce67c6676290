"""Content packs: reads `content/`, and names file and line when something is wrong.

`plain_yaml` turns one file into plain values with their lines, `folders` walks the packs and opens nothing outside of
them, `shapes` says which fields there are, `checks` what good content is, `library` holds the result.
"""

from __future__ import annotations

from pathlib import Path

from bot.packs.companies import load_companies
from bot.packs.library import Library, Pack, PacksUnsound
from bot.packs.loading import Examined, examine, load_packs
from bot.packs.problems import Problem

__all__ = [
    "Examined",
    "Library",
    "Pack",
    "PacksUnsound",
    "Problem",
    "content_root",
    "examine",
    "load_companies",
    "load_packs",
]


def content_root() -> Path:
    """The folder of the shipped content; it lies beside `bot/`, in a checkout as in an installed wheel."""
    return Path(__file__).resolve().parents[2] / "content"
