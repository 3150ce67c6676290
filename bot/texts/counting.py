"""Things and people counted, in words."""

from __future__ import annotations

from bot.texts.wording import _, n_


def nameless_member() -> str:
    """In place of the name of a member who hid it, who left, or whose name we have not learned yet."""
    return _("a member")


def points(number: int) -> str:
    """A number of points."""
    return n_("{number} point", "{number} points", number)


def answers(number: int) -> str:
    """A number of answers."""
    return n_("{number} answer", "{number} answers", number)


def people(number: int) -> str:
    """A number of people."""
    return n_("{number} person", "{number} people", number)
