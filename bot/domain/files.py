"""Code files that come with an answer: which are read, how much of them, and how they stand in the text (F18)."""

from __future__ import annotations

import re

#: Of a larger file nothing is read.
MAX_FILE_BYTES = 64 * 1024
#: So many characters of a file join the answer, cut at a line's end; what is cut is said.
MAX_FILE_TEXT = 8_000
#: So many files of one message are read.
MOST_FILES = 3

_KINDS = frozenset(
    """
    txt md rst log py pyi java kt kts scala go rs c h cc cpp hpp cs fs vb swift m js mjs cjs jsx ts tsx vue html css
    sql json yaml yml toml ini cfg conf xml csv tsv proto graphql tf sh bash zsh ps1 bat rb php pl lua r jl ex exs erl
    hs clj dart groovy gradle dockerfile makefile
""".split()
)
_PLAIN_KIND = re.compile(r"[a-z0-9]{1,12}")


def is_readable(name: str, size: int) -> bool:
    """Whether a file is text of a kind that answers hold, and small enough to be read."""
    return kind_of(name) in _KINDS and size <= MAX_FILE_BYTES


def kind_of(name: str) -> str:
    """The ending of a file's name in small letters, or its whole name where it has none."""
    return name.strip().lower().rpartition(".")[2]


def read_text(data: bytes) -> str | None:
    """The text in a file's bytes, whatever is no UTF-8 replaced; None for what is no text."""
    if b"\x00" in data:
        return None
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def as_part(name: str, text: str) -> str:
    """A file as a part of an answer: its name, and its text between fences that nothing in it can close."""
    shown, cut = _cut(text.strip("\n"))
    kind = kind_of(name) if _PLAIN_KIND.fullmatch(kind_of(name)) else ""
    body = re.sub(r"`{3,}", lambda found: "'" * len(found[0]), shown)
    more = f"\n(cut: {len(shown)} of {len(text)} characters)" if cut else ""
    return f"{' '.join(name.split())[:80]}:\n```{kind}\n{body}\n```{more}"


def _cut(text: str) -> tuple[str, bool]:
    if len(text) <= MAX_FILE_TEXT:
        return text, False
    end = text.rfind("\n", MAX_FILE_TEXT // 2, MAX_FILE_TEXT)
    return text[: end if end > 0 else MAX_FILE_TEXT], True
