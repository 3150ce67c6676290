"""What keeps boards fair (F50): how many answers earn points on one day, and when a text repeats somebody else's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

#: So many answers of a member earn points on one local day of theirs. A track asks once a day, so this is out of reach
#: for who studies, and takes the worth out of working off every open question in an hour.
SCORED_A_DAY = 10
#: A shorter text may well be written twice: two people who know a thing say it alike. Letters, without spaces.
LONG_ENOUGH = 120
#: Two texts this much alike, of a hundred, are one text: a typo mended, a word changed here and there.
ALIKE = 90.0


class Why(StrEnum):
    """Why an answer earns no points of its own: it came after the day's cap, it repeats somebody else's, its author's
    own from when the question was asked before, or the model answer. Stored, so the values never change."""

    CAP = "cap"
    COPY = "copy"
    AGAIN = "again"
    MODEL = "model"


#: Among the texts that an answer may repeat this number is the model answer's; the ids of answers begin with one.
MODEL_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Unscored:
    """A version of an answer that earns no points; `like` is the earlier answer that it repeats."""

    why: Why
    version: int
    like: int | None = None


def is_over_cap(earlier: int) -> bool:
    """Whether an answer earns no points after so many earlier ones of its author on the same local day."""
    return earlier >= SCORED_A_DAY


def bare(text: str) -> str:
    """The words of a text, without case, punctuation and layout: what of it would be copied."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def is_long_enough(text: str) -> bool:
    """Whether a text says so much that nobody would write the same by chance."""
    return len(bare(text).replace(" ", "")) >= LONG_ENOUGH
