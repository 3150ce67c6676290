"""Guesses at one's own score, and kind words on how near they come (F53)."""

from __future__ import annotations

from bot.domain.guesses import HITS_WITHIN, Calibration, Guessed
from bot.domain.standings import score10
from bot.texts.wording import _, n_


def guess_form_label() -> str:
    """The second field of a form for an answer."""
    return _("Your guess: how many points of 10?")


def guess_form_placeholder() -> str:
    """Inside that field."""
    return _("Leave it empty if you like. Only you will see it.")


def guess_kept(guess: float) -> str:
    """On the receipt."""
    return _("Your guess, {guess} of 10, is kept for your full review.").format(guess=score10(guess))


def guess_unread() -> str:
    """On the receipt, for a guess that is no number."""
    return _("I could not read your guess, so there is none: a number from 0 to 10 would do, such as 7 or 7.5.")


def guess_too_late() -> str:
    """On the receipt, for a guess after the score."""
    return _("Your score was known already, so this guess does not count.")


def guess_line(guessed: Guessed) -> str:
    """In a full review."""
    guess, score = score10(guessed.guess), score10(guessed.score)
    if guess == score:
        return _("**Your guess:** {guess}, and {score} it was. Spot on!").format(guess=guess, score=score)
    return _("**Your guess:** {guess}, and it was {score}.").format(guess=guess, score=score)


def calibration_line(calibration: Calibration) -> str:
    """How somebody's newest guesses did, for their eyes only."""
    over = n_("your last guess", "your last {number} guesses", calibration.guesses)
    error = calibration.mean_error
    if abs(error) <= HITS_WITHIN:
        return _("You know your answers well: over {guesses} you were neither too high nor too low.").format(
            guesses=over
        )
    by = f"{abs(error):.1f}"
    if error > 0:
        return _(
            "Over {guesses} you were {points} points too hopeful on average. Ask yourself what an interviewer would "
            "still want to hear."
        ).format(guesses=over, points=by)
    return _("Over {guesses} you were {points} points better than you thought, on average. Trust yourself.").format(
        guesses=over, points=by
    )
