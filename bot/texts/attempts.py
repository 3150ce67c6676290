"""Second attempts (RULES, Points)."""

from __future__ import annotations

from bot.domain.questions import Question
from bot.domain.standings import score10
from bot.texts.counting import points
from bot.texts.wording import _


def label_try_again() -> str:
    """The button under a full review."""
    return _("Try again")


def label_second_review() -> str:
    """Under the first review, where there is a second attempt; and on its receipt."""
    return _("Review of my second attempt")


def attempt_form_title(question: Question) -> str:
    """Above the form of a second attempt."""
    return _("Second attempt: {title}").format(title=question.title)[:45]


def attempt_received() -> str:
    """The receipt of a second attempt by form."""
    return _(
        "Your second attempt is stored, and its review is under way. It can only add points: 6 x what it is better by."
    )


def attempt_in_thread() -> str:
    """The form, after a second attempt in the thread."""
    return _("Your second attempt is in the thread already. Edit your message there, and I review the new text.")


def attempts_over() -> str:
    """A second attempt after late answers count no more."""
    return _("This question has closed for good: second attempts count as long as late answers do, seven days.")


def growth_line(first: float, growth: int, late: bool) -> str:
    """Under the full review of a second attempt."""
    line = _("**Second attempt:** {first} of 10 before, {points} for growing").format(
        first=score10(first), points=points(growth)
    )
    return _("{line} (late, so half)").format(line=line) if late else line
