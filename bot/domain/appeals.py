"""Appeals: until when, what counts as agreement, and what a moderator may decide. And hints: what they cost."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

#: FEATURES F30: so long after a review its author may appeal.
APPEAL_FOR = timedelta(days=7)
#: Two grades of one text are the same opinion when they lie no further apart: one and a half points of ten.
AGREES_WITHIN = 0.15
#: A reason is a sentence or two.
LONGEST_REASON = 500
#: What each hint costs (RULES, Points).
HINT_COSTS = 1


class Decision(StrEnum):
    """What a moderator decided on an appeal. `counted`: the grade stays, and an answer that earned no points earns
    them."""

    KEPT = "kept"
    COUNTED = "counted"
    SECOND = "second"
    OWN = "own"


def may_appeal(reviewed_at: datetime, now: datetime) -> bool:
    """Whether a review of that moment can still be appealed."""
    return now <= reviewed_at + APPEAL_FOR


def agrees(first: float, second: float) -> bool:
    """Whether a second grade confirms the first; scores 0..1."""
    return abs(first - second) <= AGREES_WITHIN + 1e-9


def raises(first: float, other: float) -> bool:
    """Whether a grade is one an appeal may end with in place of the first: nobody loses by asking."""
    return other > first + 1e-9


def read_score(typed: str) -> float | None:
    """A score 0-10 as a moderator types it, with a point or a comma, as 0..1; None when it is none."""
    text = typed.strip().replace(",", ".").removesuffix("/10").strip()
    whole, _, rest = text.partition(".")
    if not (text.isascii() and whole.isdecimal() and len(text) <= 6 and (rest.isdecimal() or not rest)):
        return None
    value = float(text)
    return value / 10 if value <= 10 else None


def target_of(id: int, number: int) -> str:
    """A row and a number that goes with it (its version, or which hint), as a button carries them."""
    return f"{id}-{number}"


def read_target(target: str) -> tuple[int, int] | None:
    """What `target_of` wrote; None when it cannot be one of ours (it may be forged)."""
    id, _, number = target.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in (id, number)):
        return None
    both = int(id), int(number)
    return both if max(both) < 2**31 else None
