"""Slack as a stage: people in our tests' Slack, with the real adapter over Socket Mode or over signed HTTP."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from typing import Any

from patience import until
from slack_world import Cut, Error, SlackWorld, slack_world
from slack_world.values import Channel, Ephemeral, Message, Shown, View
from stage import BOT, START, STUDY, Answered, Dialog, GoingClock, Seen, Somebody
from studyroom import free_port

from adapters.slack_chat import SlackMode, SlackSettings, create, manifest, words
from bot.commands import COMMANDS, MENUS
from bot.domain.outgoing import Button
from bot.domain.refs import ChannelRef, SpaceRef
from bot.ports import Adapter, Clock, Views
from bot.storage.engine import Database
from bot.web import build_app, serve

#: Which method of Slack's brings what.
METHODS = {"post": "chat.postMessage", "say": "chat.postMessage", "whisper": "chat.postEphemeral"}
SIGN = "eyes"


class NoHurry:
    """A pace nobody has to keep: the limits have tests of their own."""

    async def turn(self, bucket: str, per_second: float, hurries: bool = False) -> None:
        """At once."""

    async def hold(self, bucket: str, seconds: float) -> None:
        """Nothing is held."""


class OneToken:
    """The installation of our tests' workspaces."""

    def __init__(self, slack: SlackWorld) -> None:
        self._slack = slack

    async def token(self, space: SpaceRef) -> str | None:
        teams = {team.id: team.bot_token for team in self._slack.books.teams}
        return teams.get(space.workspace) if space.workspace else self._slack.bot_token

    async def forget(self, space: SpaceRef) -> None:
        """There is only one."""


class SlackStage:
    """`Stage` of Slack."""

    platform = "slack"
    quotes = False

    def __init__(self, slack: SlackWorld, mode: SlackMode, clock: GoingClock) -> None:
        self.slack = slack
        self.clock = clock
        self._mode = mode
        self.port = free_port()
        self._channels = {STUDY: slack.add_channel(STUDY)}
        slack.ack_seconds = slack.trigger_seconds = 60
        slack.retry_pauses = (0, 0.05, 0.1)
        slack.use_manifest(manifest(f"http://127.0.0.1:{self.port}" if mode is SlackMode.HTTP else None))
        if mode is SlackMode.HTTP:
            slack.mode, slack.request_url = "http", f"http://127.0.0.1:{self.port}/slack/events"

    @property
    def settings(self) -> SlackSettings:
        return SlackSettings(self._mode, self.slack.app_token, self.slack.signing_secret, self.slack.api_url)

    def adapter(self, views: Views, database: Database, clock: Clock) -> Adapter:
        return create(self.settings, OneToken(self.slack), NoHurry(), views)

    async def serve(self, adapter: Adapter) -> None:
        if self._mode is SlackMode.HTTP:
            await serve(build_app(adapter.http, lambda: True), "127.0.0.1", self.port)
        await asyncio.Event().wait()

    async def opened(self) -> None:
        if self._mode is SlackMode.HTTP:
            await until(self._answers)
        else:
            await until(lambda: self.slack.connections)

    async def _answers(self) -> bool:
        try:
            return await self.slack.ssl_check() == 200
        except OSError:
            return False

    # who and where

    @property
    def bot(self) -> Somebody:
        return Somebody(BOT, self.slack.bot)

    async def member(self, name: str, organiser: bool = False) -> Somebody:
        member = self.slack.add_member(name, admin=organiser, zone="Europe/Berlin")
        return Somebody(name, member)

    async def leave(self, who: Somebody) -> bool:
        await self.slack.deactivate(who.handle)
        return True

    async def demote(self, who: Somebody) -> None:
        who.handle.admin = False

    async def add_channel(self, name: str) -> None:
        self._channels[name] = self.slack.add_channel(name)

    def space(self) -> SpaceRef:
        return SpaceRef("slack", self.slack.team.id)

    def channel_ref(self, name: str = STUDY) -> ChannelRef:
        return ChannelRef("slack", self.slack.team.id, self._channels[name].id)

    # what people do

    async def write(
        self,
        who: Somebody,
        text: str,
        *,
        under: Seen | None = None,
        reply_to: Seen | None = None,
        to: Somebody | None = None,
        channel: str = STUDY,
    ) -> Seen:
        """Slack knows no reply to one message of a thread: people name each other."""
        place = self._channels[under.channel if under else channel]
        root = self._message(under.id) if under else None
        named = to.handle if to else self._message(reply_to.id).author if reply_to else None
        typed = f"@{named.name} {text}" if named else text
        return self._seen(await self.slack.write(who.handle, place, typed, thread=root))

    async def attach(self, who: Somebody, text: str, under: Seen, name: str, data: bytes) -> Seen:
        """Writes in a thread, with a file."""
        place, root = self._channels[under.channel], self._message(under.id)
        return self._seen(await self.slack.write(who.handle, place, text, thread=root, files={name: data}))

    async def edit(self, who: Somebody, message: Seen, text: str) -> None:
        await self.slack.edit(self._message(message.id), text)

    async def touch(self, who: Somebody, message: Seen) -> None:
        await self.slack.unfurl(self._message(message.id))

    async def delete(self, who: Somebody, message: Seen) -> None:
        await self.slack.delete(self._message(message.id))

    async def press(self, who: Somebody, message: Seen, label: str) -> Answered:
        return await self._answered(who, self.slack.press(who.handle, self._shown(who, message.id), label))

    async def choose(self, who: Somebody, message: Seen, label: str) -> Answered:
        menu = next(menu for menu in MENUS if menu.label == label)
        code = Button(menu.action, menu.label).code
        return await self._answered(who, self.slack.shortcut(who.handle, code, self._message(message.id)))

    async def send(self, who: Somebody, form: Dialog, typed: str | Mapping[str, str]) -> Answered:
        view: View = form.handle
        values = {next(iter(form.fields)): typed} if isinstance(typed, str) else typed
        blocks = {label: name for name, label in reversed(view.asked.items())}
        filled = {blocks[label]: value for label, value in values.items()}
        return await self._answered(who, self.slack.submit(who.handle, view, filled))

    async def command(self, who: Somebody, title: str, at: str = STUDY, **options: str) -> Answered:
        name, *inside = title.split()
        if "channel" in options:
            options["channel"] = self._named(options["channel"])
        typed = " ".join([*inside, *(f'{option}:"{value}"' for option, value in options.items())])
        return await self._answered(who, self.slack.command(who.handle, self._channels[at], name, typed))

    def _named(self, channel: str) -> str:
        """A channel as Slack sends it along with a command."""
        known = self._channels.get(channel)
        return f"<#{known.id}|{channel}>" if known else f"#{channel}"

    async def forge_press(self, who: Somebody, message: Seen, code: str) -> Answered:
        shown = self._shown(who, message.id)
        button = {"type": "button", "action_id": code, "text": {"type": "plain_text", "text": "x"}, "value": "-"}
        forged = {"type": "actions", "block_id": "forged", "elements": [button]}
        shown.blocks = [*shown.blocks, forged]
        try:
            return await self._answered(who, self.slack.press(who.handle, shown, code))
        finally:
            shown.blocks = [block for block in shown.blocks if block is not forged]

    async def forge_form(self, who: Somebody, target: str, text: str) -> Answered:
        """The form of a question, with another target noted in it."""
        opened = await self.command(who, "/study answer")
        assert opened.form is not None
        view: View = opened.form.handle
        about = json.loads(view.content["private_metadata"])
        view.content["private_metadata"] = json.dumps(about | {"target": target})
        return await self.send(who, opened.form, text)

    async def _answered(self, who: Somebody, doing: Any) -> Answered:
        """What is new for this person once the bot has said something."""
        private = {each.id for each in await self.private(who)}
        public = {each.id for each in self._public()}
        forms = [id(view) for view in self.slack.views(who.handle)]
        call = await doing

        async def said() -> Answered:
            new = [each for each in await self.private(who) if each.id not in private]
            shown = [each for each in self._public() if each.id not in public]
            opened = [view for view in self.slack.views(who.handle) if id(view) not in forms]
            errors = [words for view in self.slack.views(who.handle) for words in view.errors.values()]
            form = Dialog(opened[-1].title, _fields(opened[-1]), opened[-1]) if opened else None
            return Answered(tuple(new), tuple(shown), form, "\n".join(errors))

        assert call.acked, f"Slack gave up: {call.status} {call.body}"
        await until(lambda: _is_something(said()))
        return await said()

    # what people see

    def _public(self) -> list[Seen]:
        return [self._seen(one) for channel in self._channels.values() for one in channel.messages if not one.deleted]

    async def channel(self, reader: Somebody, name: str = STUDY) -> list[Seen]:
        channel = self._channels[name]
        standing = [self._seen(one) for one in self.slack.messages(channel)]
        whispered = [self._seen(one) for one in self._whispers(reader) if one.channel is channel and not one.thread_ts]
        return _in_order([*standing, *whispered])

    async def thread(self, reader: Somebody, root: Seen) -> list[Seen]:
        message = self._message(root.id)
        standing = [self._seen(one) for one in self.slack.messages(message.channel, thread=message)]
        whispered = [self._seen(one) for one in self._whispers(reader) if one.thread_ts == root.id]
        return _in_order([*standing, *whispered])

    async def private(self, reader: Somebody) -> list[Seen]:
        whispers = [self._seen(one) for one in self._whispers(reader)]
        return _in_order([*whispers, *await self.room(reader)])

    async def room(self, reader: Somebody) -> list[Seen]:
        return [self._seen(one) for one in self.slack.books.dm(reader.handle).messages]

    async def write_in_room(self, who: Somebody, text: str) -> Seen:
        root = next(one for one in reversed(self.slack.dms(who.handle)) if not one.is_reply)
        return self._seen(await self.slack.write(who.handle, root.channel, text, thread=root))

    async def attach_in_room(self, who: Somebody, text: str, name: str, data: bytes) -> Seen:
        """Writes there, with a file."""
        root = next(one for one in reversed(self.slack.dms(who.handle)) if not one.is_reply)
        return self._seen(await self.slack.write(who.handle, root.channel, text, thread=root, files={name: data}))

    def _whispers(self, reader: Somebody) -> list[Ephemeral]:
        return [one for one in self.slack.ephemerals(reader.handle) if not one.gone]

    async def look(self, reader: Somebody, message: Seen) -> bytes | None:
        """Slack shows the file of a block to everybody who sees the message."""
        open_to_them = [*self._channels.values(), self.slack.books.dm(reader.handle)]
        there: list[Message | Ephemeral] = [one for channel in open_to_them for one in channel.messages]
        there += self._whispers(reader)
        blocks = next((one.blocks for one in there if one.ts == message.id), [])
        files = [block["slack_file"]["id"] for block in blocks if block["type"] == "image"]
        return self.slack.books.files[files[0]].content if files else None

    def refuse_pictures(self) -> bool:
        self.slack.scopes = self.slack.scopes - {"files:write"}
        return True

    async def offered(self, who: Somebody) -> set[str]:
        """What the manifest declares: the slash commands, and in their hints the words behind them. Where those are
        more than a hint holds, `/study help` tells the rest."""
        commands = manifest()["features"]["slash_commands"]
        hints = {each["command"]: each.get("usage_hint", "").split(" | ") for each in commands}
        one_word = {each.title for each in COMMANDS if len(each.path) == 1 and each.title in hints}
        cut = {name for name, words in hints.items() if words[-1].endswith("…")}
        told = (await self.command(who, "/study help")).text if cut else ""
        told_of = {each.title for each in COMMANDS if f"/{each.path[0]}" in cut and each.title in told}
        return one_word | told_of | {f"{name} {word}" for name, words in hints.items() for word in words}

    async def pings(self) -> list[str]:
        return [f"{each.kind} {each.whom}" for each in self.slack.notified]

    async def links(self) -> list[str]:
        return [each.url for each in self.slack.live_links]

    async def ever_said(self, fragment: str) -> int:
        return sum(fragment in _read(each) for each in self.slack.posted)

    async def noise(self, root: Seen) -> None:
        message, channel = self._message(root.id), self._channels[root.channel]
        other = self.slack.add_member("A bot of others", bot=True)
        long = "I am a bot too, and I have a lot to say about buckets and tokens."
        await self.slack.write(other, channel, long, thread=message)
        late = self.slack.add_member("Zoe")
        await self.slack.join(late, channel)
        await self.slack.react(late, message, "tada")

    async def calm(self) -> None:
        await self.slack.settled()

    # trouble

    def redeliver(self, times: int) -> None:
        self.slack.deliver_times = times
        self.slack.shuffle(7)

    def cut_after(self, what: str) -> None:
        if what in METHODS:
            self.slack.script(METHODS[what], Cut(after=True))

    async def suggested(self, who: Somebody, title: str, option: str, typed: str) -> list[str] | None:
        """Slack suggests nothing behind a slash command."""
        return None

    async def lose_rights(self, channel: str = STUDY) -> None:
        no = Error("restricted_action")
        self.slack.script("chat.postMessage", no, for_ever=True, channel=self._channels[channel])

    async def lacking_places(self) -> AsyncIterator[tuple[str, str]]:
        self._channels["outside"] = self.slack.add_channel("outside", bot_inside=False)
        yield "outside", words.IN_CHANNEL
        self._channels["old"] = self.slack.add_channel("old")
        await self.slack.archive(self._channels["old"])
        yield "old", words.ARCHIVED
        await self.add_channel("algo")
        scopes = set(self.slack.scopes)
        for scope in ("groups:history", "reactions:write"):
            self.slack.scopes = scopes - {scope}
            yield "algo", words.RIGHTS[scope]
        self.slack.scopes = scopes

    async def regain_rights(self, channel: str = STUDY) -> None:
        self.slack.forget_script()

    async def remove_question(self, root: Seen) -> bool:
        await self.slack.delete(self._message(root.id))
        return True

    async def remove_channel(self, name: str) -> bool:
        await self.slack.delete_channel(self._channels[name])
        return True

    def hurry(self) -> None:
        self.slack.ack_seconds = 1.0

    def environment(self) -> dict[str, str]:
        return {
            "STUDYBOT_PLATFORMS": "slack",
            "SLACK_MODE": self._mode.value,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
        }

    async def has_thread(self, root: Seen) -> bool:
        return True

    async def drop(self) -> None:
        if self._mode is SlackMode.SOCKET:
            await self.slack.drop()

    def dead(self) -> AbstractContextManager[None]:
        """Slack sees for itself that nobody takes what it tells."""
        return nullcontext()

    def forgive_restarts(self) -> None:
        """Slack does not mind."""

    @asynccontextmanager
    async def away(self) -> AsyncIterator[bool]:
        """Over HTTP there is no line to lose."""
        if self._mode is SlackMode.HTTP:
            yield False
            return
        await self.slack.down()
        yield True
        self.slack.up()
        await until(lambda: self.slack.connections)

    async def close_private(self, who: Somebody) -> bool:
        """Whoever left the channel sees nothing in it; a direct message still reaches them."""
        self.slack.script("chat.postEphemeral", *[Error("user_not_in_channel")] * 2)
        return False

    async def open_private(self, who: Somebody) -> None:
        """Whoever left the channel is back."""

    async def lock(self, root: Seen) -> None:
        no = Error("restricted_action_thread_locked")
        self.slack.script("chat.postMessage", no, for_ever=True, channel=self._channels[root.channel])

    def complaints(self) -> list[str]:
        return self.slack.complaints

    # reading

    def _message(self, ts: str) -> Message:
        everything = itertools.chain(*(channel.messages for channel in self.slack.books.channels.values()))
        return next(one for one in everything if one.ts == ts)

    def _shown(self, who: Somebody, ts: str) -> Message | Ephemeral:
        whispered: list[Message | Ephemeral] = [one for one in self._whispers(who) if one.ts == ts]
        return next(iter(whispered), None) or self._message(ts)

    def _seen(self, one: Message | Ephemeral) -> Seen:
        is_message = isinstance(one, Message)
        signs = one.reactions.get(SIGN, []) if isinstance(one, Message) else []
        return Seen(
            one.ts,
            BOT if one.author is self.slack.bot else one.author.name,
            _read(one),
            channel=_name(one.channel),
            thread=one.thread_ts if one.thread_ts != one.ts else None,
            buttons=tuple(one.buttons),
            private=not is_message or one.channel.direct is not None,
            reviewing=self.slack.bot.id in signs,
            edited=isinstance(one, Message) and one.edited,
            layout=tuple(_layout(one.blocks)),
            links=tuple(each["url"] for each in one.buttons.values() if "url" in each),
            picture="".join(block["alt_text"] for block in one.blocks if block["type"] == "image"),
        )


async def _is_something(said: Any) -> bool:
    answered: Answered = await said
    return bool(answered.private or answered.public or answered.form or answered.notice)


def _name(channel: Channel) -> str:
    return channel.name


def _in_order(seen: list[Seen]) -> list[Seen]:
    return sorted(seen, key=lambda each: tuple(map(int, each.id.split("."))))


def _fields(view: View) -> dict[str, str]:
    given = {name: block.get("element", {}).get("initial_value", "") for name, block in view.inputs.items()}
    return {label: given[name] for name, label in view.asked.items()}


def _read(shown: Shown) -> str:
    """The words as a reader sees them, without the labels of buttons."""
    parts = [_words(block) for block in shown.blocks if block.get("type") != "actions"]
    text = "\n".join(parts) if parts else shown.text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _words(part: Any) -> str:
    match part:
        case {"type": "rich_text_list", "elements": list(items)}:
            ordered = part.get("style") == "ordered"
            start = int(part.get("offset", 0)) + 1
            return "\n".join(f"{f'{n}. ' if ordered else ''}{_words(item)}" for n, item in enumerate(items, start))
        case {"type": "rich_text", "elements": list(elements)}:
            return "\n".join(map(_words, elements))
        case {"elements": list(elements)}:
            return "".join(map(_words, elements))
        case {"type": "user", "user_id": str(user)}:
            return f"<@{user}>"
        case {"text": {"text": str(text)}} | {"text": str(text)}:
            return text
        case _:
            return ""


def _layout(part: Any) -> Iterator[str]:
    """The types and styles of all parts; words themselves have none."""
    for each in part if isinstance(part, list) else [part]:
        if not isinstance(each, dict):
            continue
        style = each.get("style")
        named = "+".join(sorted(style)) if isinstance(style, dict) else str(style or "")
        if each.get("type") != "text" or named:
            yield f"{each.get('type', '')}:{named}"
        yield from _layout(each.get("elements", []))


@asynccontextmanager
async def slack_stage(mode: SlackMode, start: datetime = START) -> AsyncIterator[SlackStage]:
    """A Slack with one workspace and one channel."""
    clock = GoingClock(start)
    async with slack_world(lambda: clock.now().timestamp()) as slack:
        yield SlackStage(slack, mode, clock)
