"""Who somebody is: asked of Slack, remembered for a while."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from adapters.slack_chat.calls import Calls
from adapters.slack_chat.incoming import Us, space_of, to_person
from bot.domain.errors import NotNow, Refused
from bot.domain.refs import Person, SpaceRef, UserRef

log = logging.getLogger(__name__)

#: A name or zone may be this old. A right never is: it is asked fresh where it matters.
AGE_SECONDS = 600.0
#: The acknowledgement of a message waits no longer than this for a name it can do without.
NAME_SECONDS = 1.0
_MOST = 5000


@dataclass(frozen=True, slots=True)
class _Known:
    person: Person
    until: float


@dataclass(frozen=True, slots=True)
class _Bot:
    """Whose token it is; `home` is None for one that serves a whole organisation."""

    home: SpaceRef | None
    user: str
    id: str
    team: str


class People:
    """The bot itself and the people it meets, by workspace."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._people: dict[UserRef, _Known] = {}
        self._us: dict[str, _Bot] = {}

    async def us(self, space: SpaceRef) -> Us:
        """The bot in a workspace; asked once for each token. Raises `NotNow` or `Refused`.

        What happens in a shared channel may name somebody else's workspace: ours is the one the token was made for. A
        token for a whole organisation (Enterprise Grid) serves whichever workspace is named.
        """
        token = await self._calls.token(space)
        if token not in self._us:
            told = await self._calls.write(space, "auth.test")
            home = None if told.get("is_enterprise_install") else space_of(told["team_id"])
            self._us[token] = _Bot(home, told["user_id"], told.get("bot_id") or "", told.get("team") or "")
        bot = self._us[token]
        return Us(bot.home or space, bot.user, bot.id, bot.team)

    async def first(self) -> Us | None:
        """The bot in the one workspace that its token alone names; None where each workspace has its own. Raises as
        `us`."""
        nowhere = space_of("")
        us = await self.us(nowhere) if await self._calls.has_token(nowhere) else None
        return None if us is None or us.space == nowhere else us

    async def named(self, user: UserRef) -> Person:
        """Somebody with name and zone where Slack tells them at once, else without; never holds anything up for long.
        Whether they organise is not to be taken from here."""
        try:
            async with asyncio.timeout(NAME_SECONDS):
                return await self.person(user)
        except (NotNow, Refused, TimeoutError) as error:
            log.info("slack_name_not_told", extra={"why": str(error)})
            return Person(user, "")

    async def caller(self, user: UserRef, organising: bool) -> Person:
        """Who asks for something. Where it takes an organiser, the right is asked fresh; raises as `us` then."""
        return await self.person(user, fresh=True) if organising else await self.named(user)

    async def person(self, user: UserRef, fresh: bool = False) -> Person:
        """Somebody with name, zone and rights; `fresh` asks again. Raises `NotNow` or `Refused`."""
        known = self._people.get(user)
        if known is not None and not fresh and known.until > time.monotonic():
            return known.person
        told = await self._calls.read(user.space, "users.info", user=user.id)
        person = to_person(user.space, told["user"])
        self.note(person)
        return person

    def note(self, person: Person) -> None:
        """Remembers what an event told."""
        self._people.pop(person.user, None)
        self._people[person.user] = _Known(person, time.monotonic() + AGE_SECONDS)
        while len(self._people) > _MOST:
            self._people.pop(next(iter(self._people)))
