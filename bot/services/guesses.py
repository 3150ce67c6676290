"""Guesses: taken with an answer, compared when its score is known, and shown to nobody but their author (F53)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot import texts
from bot.domain.guesses import NEWEST, Calibration, Guessed, calibration, read_guess
from bot.domain.outgoing import Field
from bot.domain.standings import score10
from bot.shelves import Answer, Tx

GUESS_FIELD = "guess"
_LONGEST = 8


def field(guess: float | None = None) -> Field:
    """The field of a form in which a guess may be put, with the one that was made already."""
    value = score10(guess) if guess is not None else ""
    placeholder = texts.guess_form_placeholder()
    return Field(
        GUESS_FIELD, texts.guess_form_label(), value, required=False, max_length=_LONGEST, placeholder=placeholder
    )


def fields_for(tx: Tx, standing: Answer | None) -> tuple[Field, ...]:
    """The field for a guess at an answer; none once a score of it is known."""
    if standing is None:
        return (field(),)
    if tx.guesses.is_known(standing.group, standing.id):
        return ()
    return (field(tx.guesses.of(standing.group, standing.id, standing.version)),)


def take(tx: Tx, answer: Answer, version: int, fields: Mapping[str, str], now: datetime) -> str:
    """Keeps the guess that came with this version of an answer, and returns what its author is told of that; only one
    from before the score is known counts."""
    typed = fields.get(GUESS_FIELD, "").strip()
    if not typed:
        return ""
    guess = read_guess(typed)
    if guess is None:
        return texts.guess_unread()
    tx.answers.held(answer.group, answer.id)  # whoever stores a score holds it as well
    if tx.guesses.is_known(answer.group, answer.id):
        return texts.guess_too_late()
    tx.guesses.put(answer.group, answer.id, version, guess, now)
    return texts.guess_kept(guess)


def line(tx: Tx, answer: Answer, version: int, score: float) -> str:
    """What a full review says of the guess at it; nothing where none was made."""
    guess = tx.guesses.of(answer.group, answer.id, version)
    return texts.guess_line(Guessed(guess, score)) if guess is not None else ""


def calibration_of(tx: Tx, group: int, member: int) -> Calibration | None:
    """How a member's newest guesses did."""
    return calibration(tx.guesses.newest(group, member, NEWEST))
