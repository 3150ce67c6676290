"""The visitor's own scores over time, drawn for a page: the same picture that chats get, in the page's colours."""

from __future__ import annotations

from markupsafe import Markup

from bot.domain.pictures import ProgressChart, Scored
from bot.pictures import Lettering, draw
from bot.services.dashboard import Progress

#: A browser has a font for everything.
_LETTERING = Lettering(any_letter=True)


def over_time(progress: Progress) -> Markup | None:
    """The chart; None where nothing is graded yet. Blocks for some milliseconds."""
    scored = tuple(Scored(each.day, each.score) for each in progress.answers if each.score is not None)
    return Markup(draw(ProgressChart(scored), _LETTERING)) if scored else None
