"""The desk at which the Web API is served: who asks, with which arguments, and which methods there are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_world.books import Books
from slack_world.faults import Limits, Script
from slack_world.floor import Floor
from slack_world.values import Channel, Json, Member, Team

#: Everything our methods may need, except what lets a bot post where nobody invited it.
ALL_SCOPES = frozenset(
    """channels:history groups:history im:history mpim:history channels:read groups:read im:read im:write channels:join
    chat:write commands users:read reactions:read reactions:write files:write files:read team:read app_mentions:read
    """.split()
)


class Refusal(Exception):
    """The method answers {"ok": false, "error": code}."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.more = code, more


class TooMany(Exception):
    """429."""

    def __init__(self, after: int) -> None:
        super().__init__(after)
        self.after = after


class Args(dict[str, Any]):
    """Arguments of a call, which come as JSON values or as the texts of a form."""

    def text(self, name: str) -> str:
        value = self.get(name)
        return value if isinstance(value, str) else "" if value is None else json.dumps(value)

    def maybe(self, name: str) -> str | None:
        return self.text(name) or None

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.get(name)
        return default if value is None else value in (True, 1, "1", "true", "True")

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.get(name) or default)
        except ValueError as wrong:
            raise Refusal("invalid_arguments") from wrong

    def parsed(self, name: str, wrong: str) -> Any:
        """An object or list, which forms carry as JSON text; `wrong` is the error for other text."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as broken:
            raise Refusal(wrong) from broken


@dataclass(eq=False)
class Desk:
    books: Books
    floor: Floor
    base_url: str = ""
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    limits: Limits = field(default_factory=Limits)
    script: Script = field(default_factory=Script)
    client_id: str = "1234.5678"
    client_secret: str = "made-up"
    #: What a person's consent is worth, once: the new workspace by its code.
    consents: dict[str, Team] = field(default_factory=dict)


@dataclass(eq=False)
class Call:
    """One call of a method by the bot of a workspace."""

    desk: Desk
    team: Team
    args: Args
    method: str

    @property
    def books(self) -> Books:
        return self.desk.books

    def need(self, scope: str) -> None:
        if scope not in self.desk.scopes:
            raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(self.desk.scopes)))

    def need_for(self, channel: Channel, what: str) -> None:
        """channels:history, groups:read, ...: the scope depends on the kind of the conversation."""
        self.need(f"{ {'channel': 'channels', 'group': 'groups', 'im': 'im'}[channel.kind] }:{what}")

    def channel(self, name: str = "channel") -> Channel:
        """The conversation named in an argument, as far as this bot may know of it."""
        wanted = self.args.text(name)
        found = self.books.channels.get(wanted) or self._by_name(wanted)
        hidden = found is None or found.deleted or found.team is not self.team
        if found is None or hidden or (found.kind != "channel" and self.team.bot not in found.members):
            raise Refusal("channel_not_found")
        return found

    def _by_name(self, wanted: str) -> Channel | None:
        if (member := self.books.members.get(wanted)) and not member.is_bot:
            return self.books.dm(member)
        name = wanted.removeprefix("#")
        return next((c for c in self.books.channels.values() if c.team is self.team and c.name == name), None)

    def member(self, name: str = "user", missing: str = "user_not_found") -> Member:
        """A person in an argument, whom this workspace knows: its own, or one who shares a channel with it."""
        member = self.books.members.get(self.args.text(name))
        if member is None or not self._knows(member):
            raise Refusal(missing)
        return member

    def _knows(self, member: Member) -> bool:
        shared = (c for c in self.books.channels.values() if c.team is self.team and member in c.members)
        return member.team is self.team or any(shared)


@dataclass(frozen=True)
class Method:
    answer: Callable[[Call], Json]
    scope: str | None
    #: Names of arguments; others are a complaint. Bolt's client adds `team_id` to every call.
    names: frozenset[str]
    #: Whether a bot's token opens it; the others take an app token or none.
    by_bot: bool = True


METHODS: dict[str, Method] = {}


def served(
    name: str, names: str = "", scope: str | None = None, *, by_bot: bool = True
) -> Callable[[Callable[[Call], Json]], Callable[[Call], Json]]:
    """Registers a method under Slack's name for it."""

    def register(answer: Callable[[Call], Json]) -> Callable[[Call], Json]:
        METHODS[name] = Method(answer, scope, frozenset(names.split()) | {"token", "team_id"}, by_bot)
        return answer

    return register
