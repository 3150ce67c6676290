"""What a server can do, and in which ways a request to it ends. Nothing here knows the SDK."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from bot.domain.budgets import Usage
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.reviewers.llm.reading import Unusable

#: How the longest reply is called: by most servers, and by the official one.
ROOM_NAMES = ("max_tokens", "max_completion_tokens")


class Form(IntEnum):
    """How a reply is asked to be JSON, the best first. Servers differ in what they can do."""

    SCHEMA = 0
    OBJECT = 1
    TEXT = 2


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a server understands, as far as we have found out."""

    form: Form = Form.SCHEMA
    room_name: str = "max_tokens"
    renamed: bool = False
    takes_temperature: bool = True


class End(StrEnum):
    """How a reply ended."""

    WHOLE = "whole"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said, how it ended and what it used."""

    text: str
    end: End
    usage: Usage


class NotTaken(Exception):
    """The server does not understand the request. `about` is what it says on that, for nobody but `lesser`."""

    def __init__(self, about: str) -> None:
        super().__init__("the server does not understand the request")
        self.about = about


class OddReply(Unusable):
    """Something came that is no reply of a model. It may have cost as much as `usage`."""

    def __init__(self, why: str, usage: Usage) -> None:
        super().__init__(why)
        self.usage = usage


class Declined(Refused):
    """The model would not grade this text. It cost `usage`."""

    def __init__(self, usage: Usage) -> None:
        super().__init__("the model declined to review a text", RefusedBecause.NOT_REVIEWED)
        self.usage = usage


class Away(NotNow):
    """The server is away, busy or silent. What it had begun may have cost `usage`."""

    def __init__(self, why: str, after: float | None = None, usage: Usage | None = None) -> None:
        super().__init__(why, after)
        self.usage = usage


def lesser(abilities: Abilities, refusal: NotTaken) -> Abilities | None:
    """What to try after this refusal; None when there is nothing left to leave out."""
    about = refusal.about.lower()
    if not abilities.renamed and ("max_tokens" in about or "max_completion_tokens" in about):
        other = ROOM_NAMES[1 - ROOM_NAMES.index(abilities.room_name)]
        return replace(abilities, room_name=other, renamed=True)
    if "temperature" in about and abilities.takes_temperature:
        return replace(abilities, takes_temperature=False)
    if abilities.form is not Form.TEXT:
        return replace(abilities, form=Form(abilities.form + 1))
    return replace(abilities, takes_temperature=False) if abilities.takes_temperature else None
