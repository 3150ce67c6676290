"""The language of the present task, and what depends on it: times, numbers and code in a sentence."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.inert import inert

#: The language of the present task; English is what stands in the code.
language: ContextVar[gettext.NullTranslations] = ContextVar("language", default=gettext.NullTranslations())  # noqa: B039


def _(message: str) -> str:
    """The sentence in the language of the present task."""
    return language.get().gettext(message)


def point_named(text: str, room: int) -> str:
    """A point of a rubric inside a line of ours: inert, at most about so many characters, and without the full stop at
    its end, since the line goes on."""
    return inert(text.strip().removesuffix("."), room)


def when(at: datetime, zone: str) -> str:
    """A moment in a zone, as in "Tue 24 Nov, 09:00 (Europe/Berlin)"."""
    local = at.astimezone(ZoneInfo(zone))
    return _("{day}, {time} ({zone})").format(day=short_day(local.date()), time=local.strftime("%H:%M"), zone=zone)


def short_day(day: date) -> str:
    """A date, as in "Tue 24 Nov"."""
    return _("{weekday} {day} {month}").format(
        weekday=weekday_names()[day.weekday()], day=day.day, month=month_name(day)
    )


def weekday_names() -> Sequence[str]:
    """Monday to Sunday, short."""
    return _("Mon Tue Wed Thu Fri Sat Sun").split()


def month_name(day: date) -> str:
    """The month of a date, short."""
    return _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()[day.month - 1]


def n_(one: str, many: str, number: int) -> str:
    """A number of things, with the plural of the language."""
    return language.get().ngettext(one, many, number).format(number=number)


def as_code(text: str) -> str:
    """Somebody's words, to stand between backticks."""
    return inert(text, 60).replace("`", "").replace("\\", "")
