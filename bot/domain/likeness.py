"""Texts that look the same to a reader, whatever letters they are made of."""

from __future__ import annotations

import unicodedata

#: Cyrillic and Greek letters, and digits, that are read as Latin ones; capitals are made small before.
_LOOK_LIKE = str.maketrans(
    "авекмнорстухіјѕԁһԛԝ" + "αβεικνορτυχ" + "01",
    "abekmhopctyxijsdhqw" + "abeikvoptux" + "ol",
)


def skeleton(text: str) -> str:
    """The letters and digits of a text as they are seen: no case, no accents, no spaces, no borrowed letters. Two texts
    with the same skeleton are told apart by nobody."""
    seen = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in seen if char.isalnum()).translate(_LOOK_LIKE)
