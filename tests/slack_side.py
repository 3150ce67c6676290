"""Our Slack adapter in front of a recording intake, against the tests' Slack."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import uvicorn
from patience import until
from slack_world import SlackWorld, slack_world
from slack_world.values import Channel, Member, Message
from starlette.applications import Starlette
from starlette.routing import Mount

from adapters import slack_chat
from adapters.slack_chat import SlackChatAdapter, SlackMode, SlackSettings
from bot.domain.errors import NotNow
from bot.domain.incoming import Incoming, SpaceJoined
from bot.domain.outgoing import Action, Button, Field, Form, FormKind, Immediate, Post
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef, UserRef
from bot.domain.standings import Period
from bot.ports import LiveThread, ReaderView

E = TypeVar("E")


@dataclass
class RecordingIntake:
    """Keeps what it was told, and answers as it is told: `answer` is asked for each event."""

    told: list[Incoming] = field(default_factory=list)
    answer: Callable[[Incoming], Immediate] = lambda event: None
    #: While it is set, nothing can be stored.
    away: bool = False
    #: Set it to make what comes in wait.
    gate: asyncio.Event | None = None
    #: How often it was asked, stored or not, the joining of workspaces aside.
    asked: int = 0

    async def receive(self, event: Incoming) -> Immediate:
        if not isinstance(event, SpaceJoined):
            self.asked += 1
            if self.gate is not None:
                await self.gate.wait()
        if self.away:
            raise NotNow("the database is away")
        self.told.append(event)
        return self.answer(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]


@dataclass
class FixedInstallations:
    """Tokens by workspace; `only` serves every workspace, as the one token from the settings does."""

    tokens: dict[str, str] = field(default_factory=dict)
    only: str | None = None
    forgotten: list[SpaceRef] = field(default_factory=list)

    async def token(self, space: SpaceRef) -> str | None:
        return self.tokens.get(space.workspace, self.only)

    async def forget(self, space: SpaceRef) -> None:
        self.forgotten.append(space)
        self.tokens.pop(space.workspace, None)
        self.only = None


@dataclass
class RecordingPace:
    """Lets everybody go at once and keeps who asked."""

    turns: list[tuple[str, float]] = field(default_factory=list)
    holds: list[tuple[str, float]] = field(default_factory=list)

    async def turn(self, bucket: str, per_second: float, hurries: bool = False) -> None:
        self.turns.append((bucket, per_second))

    async def hold(self, bucket: str, seconds: float) -> None:
        self.holds.append((bucket, seconds))


@dataclass
class FixedViews:
    """The open threads of a test."""

    threads: list[LiveThread] = field(default_factory=list)
    asked: int = 0

    async def beside(self, viewer: UserRef, place: ChannelRef, period: Period) -> ReaderView:
        raise NotImplementedError

    async def open_threads(self, platform: str) -> Sequence[LiveThread]:
        self.asked += 1
        return self.threads


@dataclass
class Side:
    """The bot's side of the line."""

    slack: SlackWorld
    intake: RecordingIntake = field(default_factory=RecordingIntake)
    pace: RecordingPace = field(default_factory=RecordingPace)
    views: FixedViews = field(default_factory=FixedViews)
    installations: FixedInstallations = field(default_factory=FixedInstallations)

    def adapter(self, mode: SlackMode = SlackMode.SOCKET) -> SlackChatAdapter:
        settings = SlackSettings(
            mode=mode,
            app_token=self.slack.app_token,
            signing_secret=self.slack.signing_secret,
            api_url=self.slack.api_url,
        )
        return slack_chat.create(settings, self.installations, self.pace, self.views)

    # names of things in the tests' Slack, as the core has them

    @property
    def space(self) -> SpaceRef:
        return SpaceRef("slack", self.slack.team.id)

    def channel(self, id: str) -> ChannelRef:
        return ChannelRef("slack", self.slack.team.id, id)

    def thread(self, channel: str, ts: str) -> ThreadRef:
        return ThreadRef("slack", self.slack.team.id, channel, ts)

    def message(self, channel: str, ts: str) -> MessageRef:
        return MessageRef("slack", self.slack.team.id, channel, ts)

    def user(self, id: str) -> UserRef:
        return UserRef("slack", self.slack.team.id, id)


def side_of(slack: SlackWorld) -> Side:
    """A bot with the one token of the first workspace."""
    return Side(slack, installations=FixedInstallations(only=slack.bot_token))


@contextlib.asynccontextmanager
async def listening(side: Side, adapter: SlackChatAdapter) -> AsyncIterator[None]:
    """The adapter runs, and what people do reaches it."""
    running = asyncio.create_task(adapter.run(side.intake))
    try:
        await until(lambda: adapter.opened or running.done())
        if running.done():
            running.result()
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@contextlib.asynccontextmanager
async def over_socket(slack: SlackWorld) -> AsyncIterator[tuple[Side, SlackChatAdapter]]:
    """The bot in Socket Mode."""
    side = side_of(slack)
    adapter = side.adapter()
    async with listening(side, adapter):
        yield side, adapter


@contextlib.asynccontextmanager
async def served(adapter: SlackChatAdapter) -> AsyncIterator[str]:
    """The adapter's application on a web server of its own; the address of its events."""
    app = Starlette(routes=[Mount(prefix, app) for prefix, app in adapter.http.items()])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/slack/events"
    finally:
        server.should_exit = True
        await running


@contextlib.asynccontextmanager
async def over_http(slack: SlackWorld) -> AsyncIterator[tuple[Side, SlackChatAdapter]]:
    """The bot in HTTP mode."""
    side = side_of(slack)
    adapter = side.adapter(SlackMode.HTTP)
    async with served(adapter) as url, listening(side, adapter):
        slack.mode, slack.request_url = "http", url
        await until(lambda: side.intake.of(SpaceJoined))
        yield side, adapter


# ---------------------------------------------------------------- a day


ANSWER_BUTTON = Button(Action.ANSWER, "Answer", "7")
FORM = Form(
    FormKind.ANSWER,
    "7",
    "Why does a hash map resize?",
    (Field("answer", "Your answer", multiline=True, max_length=20_000),),
    "Send my answer",
    ANSWER_BUTTON,
)


@dataclass
class Day:
    slack: SlackWorld
    side: Side
    adapter: SlackChatAdapter
    study: Channel
    ada: Member

    async def question(self, channel: Channel | None = None) -> Message:
        """A question stands in the channel."""
        place = channel or self.study
        where = ChannelRef("slack", place.team.id, place.id)
        id = await self.adapter.chat.deliver(Post("post:1", where, "**A question**\n\nWhy?", (ANSWER_BUTTON,)))
        return next(one for one in self.slack.posted if one.ts == id)


@contextlib.asynccontextmanager
async def day_on_slack(mode: str = "socket") -> AsyncIterator[Day]:
    """A workspace with a channel and Ada in it. Whatever happens that day, nobody is pinged, no link comes alive, and
    Slack has nothing to frown at."""
    async with slack_world() as slack:
        study, ada = slack.add_channel("study"), slack.add_member("Ada", zone="Europe/Berlin")
        study.members.append(ada)
        async with (over_socket if mode == "socket" else over_http)(slack) as (side, adapter):
            yield Day(slack, side, adapter, study, ada)
        assert slack.complaints == []
        assert slack.notified == []
        assert slack.live_links == []
