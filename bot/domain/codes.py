"""Codes that one account hands to another: how they are made, shown, read back and kept, and how long they are good."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

#: No vowels, so that no code is a word; nothing that is mistaken for a figure when it is read aloud or copied by hand.
LETTERS = "BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 8
#: How long a code is good; each is good once.
VALID_FOR = timedelta(minutes=15)
#: So many wrong codes may be typed within `GUESSES_WITHIN`. At that pace the letters outlast any patience.
MOST_GUESSES = 5
GUESSES_WITHIN = timedelta(minutes=15)

#: A number from 0 up to, and without, the one given, which nobody can foresee.
Draw = Callable[[int], int]


class Purpose(StrEnum):
    """What a code joins: two communities, or two accounts of one person. Stored, so the values never change."""

    JOIN = "join"
    LINK = "link"


def new_code(draw: Draw) -> str:
    """A fresh code."""
    return "".join(LETTERS[draw(len(LETTERS))] for _ in range(LENGTH))


def shown(code: str) -> str:
    """A code as people read it: BCDF-GHJK."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def read_code(typed: str) -> str | None:
    """The code somebody typed, in whatever case and with whatever signs between its letters; None when it is none."""
    letters = "".join(char for char in typed[:80].upper() if char.isalnum())
    return letters if len(letters) == LENGTH and set(letters) <= set(LETTERS) else None


def code_hash(purpose: Purpose, code: str) -> str:
    """What is kept of a code: it recognises the code, and does not tell it."""
    return hashlib.sha256(f"studybot {purpose.value} {code}".encode()).hexdigest()


def good_until(now: datetime) -> datetime:
    """When a code made now ends."""
    return now + VALID_FOR


def may_guess(wrong: int) -> bool:
    """Whether somebody who typed so many wrong codes lately may type one more."""
    return wrong < MOST_GUESSES
