"""The books of our tests' Slack: who and what there is, and a record of what the bot did with it."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from slack_world.markup import live_links, notices
from slack_world.values import (
    Channel,
    Ephemeral,
    File,
    Json,
    LiveLink,
    Member,
    Message,
    Notice,
    Request,
    Shown,
    Team,
    UserGroup,
    View,
)

#: Slack's own; tests on slow machines allow more.
ACK_SECONDS = TRIGGER_SECONDS = 3.0
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def token(kind: str, *parts: str) -> str:
    """An obviously made up token, put together so that nothing in the files looks like one."""
    return "-".join((kind, "made", "up", *parts))


@dataclass(eq=False)
class Trigger:
    """The right to open a form for somebody, once and soon."""

    id: str
    team: Team
    member: Member
    at: float
    used: bool = False
    #: The form it was made in, if any.
    view: View | None = None


@dataclass(eq=False)
class Books:
    clock: Callable[[], float] = time.time
    app_id: str = ""
    app_token: str = field(default_factory=lambda: token("xapp", "1"))
    signing_secret: str = field(default_factory=lambda: hashlib.sha256(b"made up").hexdigest()[:32])
    trigger_seconds: float = 10 * ACK_SECONDS
    teams: list[Team] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    groups: dict[str, UserGroup] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    #: How often a bot asks about a new file before Slack has looked at it.
    looks_needed: int = 1
    triggers: dict[str, Trigger] = field(default_factory=dict)
    #: What people see in private, and their forms, by member.
    ephemerals: defaultdict[Member, list[Ephemeral]] = field(default_factory=lambda: defaultdict(list))
    views: defaultdict[Member, list[View]] = field(default_factory=lambda: defaultdict(list))
    homes: dict[Member, View] = field(default_factory=dict)
    posted: list[Message] = field(default_factory=list)
    notified: list[Notice] = field(default_factory=list)
    live_links: list[LiveLink] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _last_ts: int = 0

    # ---------------------------------------------------------------- names

    def new_id(self, prefix: str) -> str:
        number, text = next(self._numbers), ""
        while number:
            number, digit = divmod(number, 36)
            text = _BASE36[digit] + text
        return f"{prefix}0TEST{text:0>5}"

    def new_ts(self) -> str:
        """The next message's time, which is also its name; never the same twice."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_trigger(self, member: Member, team: Team, view: View | None = None) -> Trigger:
        number = next(self._numbers)
        trigger = Trigger(f"{number}.{number * 7}.{number:032x}", team, member, time.monotonic(), view=view)
        self.triggers[trigger.id] = trigger
        return trigger

    # ---------------------------------------------------------------- finding

    def team_of(self, bot_token: str) -> Team | None:
        return next((t for t in self.teams if t.bot_token == bot_token and not t.foreign), None)

    def dm(self, member: Member) -> Channel:
        """The direct channel between a member and the bot of the workspace; opened on first use."""
        team = self.home_team(member)
        for channel in self.channels.values():
            if channel.direct is member and channel.team is team:
                return channel
        channel = Channel(team, self.new_id("D"), "directmessage", direct=member, members=[member, team.bot])
        self.channels[channel.id] = channel
        return channel

    def home_team(self, member: Member) -> Team:
        """The workspace in which the bot meets this person: theirs, or the one that shares a channel with them."""
        if not member.team.foreign:
            return member.team
        shared = (c.team for c in self.channels.values() if member in c.members)
        return next(shared, self.teams[0])

    def message(self, channel: Channel, ts: str) -> Message | None:
        return next((m for m in channel.messages if m.ts == ts and not m.deleted), None)

    def open_view(self, view_id: str) -> View | None:
        everywhere = [*(v for views in self.views.values() for v in views), *self.homes.values()]
        return next((v for v in everywhere if v.id == view_id or v.content.get("external_id") == view_id), None)

    def named(self, team: Team) -> Callable[[str, str], str | None]:
        """How a name after @ or # reads in Slack's notation."""

        def found(sign: str, name: str) -> str | None:
            if sign == "#":
                channels = (c for c in self.channels.values() if c.team is team and c.name == name)
                return next((f"<#{c.id}|{name}>" for c in channels), None)
            if name in {"channel", "here", "everyone"}:
                return f"<!{name}>"
            people = (m for m in self.members.values() if m.name.lower() == name.lower())
            groups = (g for g in self.groups.values() if g.handle == name)
            return next((m.mention for m in people), next((f"<!subteam^{g.id}>" for g in groups), None))

        return found

    # ---------------------------------------------------------------- keeping

    def heard(self, shown: Shown, team: Team, flags: Json) -> None:
        """Writes down whom words of the bot ping and what in them can be clicked."""
        self.notified += notices(shown, flags, self.named(team))
        self.live_links += live_links(shown, flags)

    def complain(self, what: str) -> None:
        self.complaints.append(what)
