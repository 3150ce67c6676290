"""Where people can still be answered in private without a click: what they pressed or called in the last minutes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from adapters.discord_chat.answering import Opening
from bot.domain.refs import ChannelRef, UserRef

#: Discord's tokens last 15 minutes.
LASTS_SECONDS = 14 * 60.0
MOST = 5_000


@dataclass(slots=True)
class Open:
    """A call of somebody's, and whether it had its first response: words after it are refused before."""

    opening: Opening
    at: float
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class Openings:
    """The latest call of each person in each place, in this process."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[UserRef, str], Open] = OrderedDict()

    def note(self, user: UserRef, place: ChannelRef, opening: Opening) -> Open:
        """Somebody called or pressed something there."""
        key = (user, place.id)
        self._open.pop(key, None)
        noted = self._open[key] = Open(opening, _now())
        self._forget_old()
        return noted

    def find(self, user: UserRef, place: ChannelRef) -> Open | None:
        """Where this person can be answered in this place."""
        found = self._open.get((user, place.id))
        return found if found is not None and found.at > _now() - LASTS_SECONDS else None

    def forget(self, user: UserRef, place: ChannelRef) -> None:
        """It did not work any more."""
        self._open.pop((user, place.id), None)

    def _forget_old(self) -> None:
        while self._open:
            oldest = next(iter(self._open.values()))
            if len(self._open) <= MOST and oldest.at > _now() - LASTS_SECONDS:
                return
            self._open.popitem(last=False)


def _now() -> float:
    return asyncio.get_running_loop().time()
