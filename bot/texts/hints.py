"""Hints and their price (RULES, Points)."""

from __future__ import annotations

from bot.domain.inert import inert
from bot.texts.wording import _


def label_hint() -> str:
    """The button beside Answer; it names the price before anything is taken."""
    return _("Hint (-1 point)")


def label_next_hint(free: bool) -> str:
    """The button under a hint."""
    return _("Next hint (free)") if free else _("Next hint (-1 point)")


def hint(number: int, of: int, text: str, cost: int, free: bool) -> str:
    """One hint, for the eyes of whoever took it. `cost` is what all hints taken so far cost together."""
    lines = [_("**Hint {number} of {all}:** {hint}").format(number=number, all=of, hint=inert(text, 600)), ""]
    if free:
        lines.append(_("You have answered already, so this one costs nothing."))
    else:
        lines.append(
            _(
                "Each hint costs 1 point, and so far that makes {cost}. However many you take, a real answer in time "
                "still earns at least 4."
            ).format(cost=cost)
        )
    if number == of:
        lines.append(_("That was the last one."))
    return "\n".join(lines)


def no_hints() -> str:
    """A question without hints."""
    return _("There are no hints for this question. Nothing was taken off.")
