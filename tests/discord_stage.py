"""Discord as a stage: people in our tests' Discord, with the real adapter over REST and gateway."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

from discord_world import Call, Channel, CutAfter, DiscordWorld, Message, discord_world
from discord_world.model import bits
from patience import until
from slack_stage import NoHurry
from stage import BOT, START, STUDY, Answered, Dialog, GoingClock, Seen, Somebody
from studyroom import free_port

from adapters.discord_chat import DiscordSettings, create, words
from adapters.discord_chat.rights import NEEDED
from bot import texts
from bot.domain.inert import BREAK
from bot.domain.refs import ChannelRef, SpaceRef
from bot.ports import Adapter, Clock, Views
from bot.storage.engine import Database

SIGN = "👀"
#: Coroutines of the adapter that are on their way to the intake.
BUSY = ("Lanes._drain", "Hearing._look_up", "Door._take", "CatchUp._run")
#: What Discord's client makes a link of, where nothing breaks it.
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_LINK = re.compile(r"\bhttps?://\S|\]\(|\bdiscord\.gg/\w|\b(?:mailto|tel|sms|steam):[^\s\u200b]", re.IGNORECASE)
_LAYOUT = re.compile(r"^```|^> |^#{1,3} |^-# |^ *- |^ *\d+\. |\*\*|\*|__|~~|\|\||`", re.MULTILINE)


class DiscordStage:
    """`Stage` of Discord."""

    platform = "discord"
    quotes = True

    def __init__(self, discord: DiscordWorld, clock: GoingClock) -> None:
        self.discord = discord
        self.port = free_port()
        self.clock = clock
        discord._world.clock.now = clock.now  # type: ignore[method-assign]
        discord._world.ids._now = clock.now
        self._reached = True
        self.guild = discord.add_guild("Study Hall")
        self._channels = {STUDY: self.guild.add_channel(STUDY)}
        self._calls: list[Call] = []
        self._messages: dict[str, Message] = {}
        self._times = 1
        self._told = 0

    @property
    def settings(self) -> DiscordSettings:
        return DiscordSettings(self.discord.token, self.discord.api_base, self.discord.gateway_url)

    def adapter(self, views: Views, database: Database, clock: Clock) -> Adapter:
        return create(self.settings, NoHurry(), views)

    async def serve(self, adapter: Adapter) -> None:
        await asyncio.Event().wait()

    async def opened(self) -> None:
        """Connected, and the commands are there; the owner lets everybody see those for organisers, too."""
        await self.discord.connected()
        await self.discord.synced()
        for command in self.discord.commands:
            command["default_member_permissions"] = None
        self._sentinel = self.guild.add_member("Somebody who types")
        await self.calm()

    # who and where

    @property
    def bot(self) -> Somebody:
        return Somebody(BOT, self.discord.bot)

    async def member(self, name: str, organiser: bool = False) -> Somebody:
        return Somebody(name, self.guild.add_member(name, organiser=organiser))

    async def leave(self, who: Somebody) -> bool:
        await self.discord.leave(who.handle)
        await self.calm()
        return True

    async def demote(self, who: Somebody) -> None:
        who.handle.roles = [role for role in who.handle.roles if not role.permissions & bits(["manage_guild"])]

    async def add_channel(self, name: str) -> None:
        self._channels[name] = self.guild.add_channel(name)

    def space(self) -> SpaceRef:
        return SpaceRef("discord", self.guild.id)

    def channel_ref(self, name: str = STUDY) -> ChannelRef:
        return ChannelRef("discord", self.guild.id, self._channels[name].id)

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
        place = self._thread_on(under) if under else self._channels[channel]
        mentions = (to.handle,) if to else ()
        typed = f"{to.handle.mention} {text}" if to else text
        quoted = self._message(reply_to) if reply_to else None
        written = await self.discord.write(who.handle, place, typed, reply_to=quoted, mentions=mentions)
        await self.calm()
        return self._seen(written)

    async def attach(self, who: Somebody, text: str, under: Seen, name: str, data: bytes) -> Seen:
        """Writes in a thread, with a file."""
        place = self._thread_on(under)
        written = await self.discord.write_with_file(who.handle, place, text, name, data)
        await self.calm()
        return self._seen(written)

    async def edit(self, who: Somebody, message: Seen, text: str) -> None:
        await self.discord.edit(self._message(message), text)
        await self.calm()

    async def touch(self, who: Somebody, message: Seen) -> None:
        await self.discord.touch(self._message(message))
        await self.calm()

    async def delete(self, who: Somebody, message: Seen) -> None:
        await self.discord.delete(self._message(message))
        await self.calm()

    async def press(self, who: Somebody, message: Seen, label: str) -> Answered:
        return await self._answered(await self.discord.press(who.handle, self._message(message), label))

    async def choose(self, who: Somebody, message: Seen, label: str) -> Answered:
        return await self._answered(await self.discord.menu(who.handle, label, self._message(message)))

    async def send(self, who: Somebody, form: Dialog, typed: str | Mapping[str, str]) -> Answered:
        values = {next(iter(form.fields)): typed} if isinstance(typed, str) else typed
        return await self._answered(await self.discord.submit(form.handle, values))

    async def command(self, who: Somebody, title: str, at: str = STUDY, **options: str) -> Answered:
        # Discord lets people pick a member; whoever asks is one.
        given = {
            name: self._channels[value] if name == "channel" else who.handle if value.startswith("@") else value
            for name, value in options.items()
        }
        answered = await self._answered(await self.discord.command(who.handle, self._channels[at], title, given))
        # A busy machine: this form has no button, the command opens it.
        late = texts.command_late() in answered.text
        return await self.command(who, title, at, **options) if late else answered

    async def forge_press(self, who: Somebody, message: Seen, code: str) -> Answered:
        return await self._answered(await self.discord.forge(who.handle, self._message(message), code))

    async def forge_form(self, who: Somebody, target: str, text: str) -> Answered:
        """The form of a question, with another target noted in it."""
        opened = await self.command(who, "/study answer")
        assert opened.form is not None
        call: Call = opened.form.handle
        assert call.modal is not None
        own = call.modal.custom_id
        object.__setattr__(call.modal, "custom_id", own[: own.rindex(":") + 1] + target)
        return await self.send(who, opened.form, text)

    async def _answered(self, call: Call) -> Answered:
        await call.finished()
        self._calls.append(call)
        await self.calm()
        if texts.form_late() in call.text:  # a busy machine: a button opens it
            return await self._answered(await self.discord.press(call.user, call.message, texts.label_open_form()))
        said = [self._seen(message) for message in call.messages if not message.deleted]
        form = None
        if call.modal is not None:
            form = Dialog(call.modal.title, {each.label: str(each.value) for each in call.modal.fields}, call)
        return Answered(
            tuple(each for each in said if each.private), tuple(each for each in said if not each.private), form
        )

    # what people see

    async def channel(self, reader: Somebody, name: str = STUDY) -> list[Seen]:
        there = self._channels[name]
        standing = [self._seen(each) for each in self.discord.messages(there) if each.type not in (18, 21)]
        return _in_order([*standing, *(each for each in self._whispers(reader) if each.channel == name)])

    async def thread(self, reader: Somebody, root: Seen) -> list[Seen]:
        """What stands in the thread; the copy of the first post above it is not a message of its own."""
        thread = self._message(root).thread
        if thread is None or thread.gone:
            return []
        standing = [self._seen(each) for each in self.discord.messages(thread) if each.type != 21]
        return _in_order([*standing, *(each for each in self._whispers(reader) if each.thread == root.id)])

    async def private(self, reader: Somebody) -> list[Seen]:
        dms = [self._seen(each) for each in self.discord.dms(reader.handle)]
        return _in_order([*self._whispers(reader), *dms])

    async def room(self, reader: Somebody) -> list[Seen]:
        return [self._seen(each) for each in self.discord.dms(reader.handle)]

    async def write_in_room(self, who: Somebody, text: str) -> Seen:
        written = await self.discord.write(who.handle, self.discord.dm(who.handle), text)
        await self.calm()
        return self._seen(written)

    async def attach_in_room(self, who: Somebody, text: str, name: str, data: bytes) -> Seen:
        """Writes there, with a file."""
        written = await self.discord.write_with_file(who.handle, self.discord.dm(who.handle), text, name, data)
        await self.calm()
        return self._seen(written)

    def _whispers(self, reader: Somebody) -> list[Seen]:
        calls = self.discord._world.calls.values()
        own = [message for call in calls for message in call.messages if call.user.id == reader.handle.id]
        return [self._seen(message) for message in own if message.ephemeral and not message.deleted]

    async def look(self, reader: Somebody, message: Seen) -> bytes | None:
        found = self._messages[message.id]
        seen = found.only_for in (None, reader.handle.user) and found.channel.seen_by(reader.handle.user)
        return next(iter(found.files.values()), None) if seen else None

    def refuse_pictures(self) -> bool:
        self.guild.deny("attach_files", channel=self._channels[STUDY])
        return True

    async def offered(self, who: Somebody) -> set[str]:
        found: set[str] = set()
        for command in self.discord.commands:
            inside = [each["name"] for each in command.get("options", ()) if each["type"] == 1]
            found |= {f"/{command['name']} {name}" for name in inside} or {f"/{command['name']}"}
        return found

    async def pings(self) -> list[str]:
        return [f"{each.how} {each.who}" for each in self.discord.notified]

    async def links(self) -> list[str]:
        everything = [message for message in self._ever() if message.author is self.discord.bot]
        texts = [_CODE.sub("", _unescaped(message.shown)) for message in everything]
        return [text for text in texts if _LINK.search(text)]

    async def ever_said(self, fragment: str) -> int:
        """A message that was deleted is counted by what is left of it here."""
        self._remember()
        ours = [message for message in self._messages.values() if message.author is self.discord.bot]
        return sum(fragment in _read(message.shown) for message in ours if not message.ephemeral)

    async def noise(self, root: Seen) -> None:
        thread = self._thread_on(root)
        other = self.guild.add_member("A bot of others", bot=True)
        await self.discord.write(other, thread, "I am a bot too, and I have a lot to say about buckets and tokens.")
        late = self.guild.add_member("Zoe")
        for kind in (1, 6, 7):  # joined the thread, pinned a message, joined the server
            self.discord._world.post(thread, late.user, "", type=kind)
        await self.discord.react(late, self._message(root), "🎉")
        await self.calm()

    async def calm(self) -> None:
        """Events come in order: when a later one was answered, all earlier ones were heard."""
        if not self._reached:
            return
        self._repeat()
        await self.discord._gateway.sent()
        await self.discord.complete(self._sentinel, self._channels[STUDY], "study help", "command", "le")
        await until(lambda: not _is_busy())

    def _repeat(self) -> None:
        """Everything that was told since the last time, twice more and out of order."""
        new, self._told = self.discord.events[self._told :], len(self.discord.events)
        if self._times > 1:
            again = [event for event in new if event.name.startswith("MESSAGE_")]
            self.discord.replay(again, times=self._times - 1, shuffle=7)

    # trouble

    def redeliver(self, times: int) -> None:
        self._times = times

    def cut_after(self, what: str) -> None:
        path = "/channels/*/messages/*/threads" if what == "thread" else "/channels/*/messages"
        self.discord.script("POST", path, CutAfter())

    async def suggested(self, who: Somebody, title: str, option: str, typed: str) -> list[str] | None:
        place = self._channels[STUDY]
        found = await self.discord.complete(who.handle, place, title.removeprefix("/"), option, typed)
        return [str(value) for _, value in found]

    async def lose_rights(self, channel: str = STUDY) -> None:
        self.guild.deny("send_messages", channel=self._channels[channel])
        await self.calm()

    async def lacking_places(self) -> AsyncIterator[tuple[str, str]]:
        for right, name in NEEDED:
            named = f"without-{right.replace('_', '-')}"
            self._channels[named] = self.guild.add_channel(named, denied=(right,))
            yield named, words.NO_CHANNEL if right == "view_channel" else name
        self._channels["talk"] = self.guild.add_channel("talk", kind="forum")
        yield "talk", words.NOT_TEXT

    async def regain_rights(self, channel: str = STUDY) -> None:
        self.guild.allow("send_messages", channel=self._channels[channel])
        await self.calm()

    async def remove_question(self, root: Seen) -> bool:
        await self.discord.delete(self._message(root))
        await self.discord.remove(self._thread_on(root))
        await self.calm()
        return True

    async def remove_channel(self, name: str) -> bool:
        await self.discord.remove(self._channels[name])
        await self.calm()
        return True

    def hurry(self) -> None:
        """Discord never tells again; the adapter keeps it and tries."""

    def environment(self) -> dict[str, str]:
        return {
            "STUDYBOT_PLATFORMS": "discord",
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_BASE": self.discord.api_base,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
        }

    async def has_thread(self, root: Seen) -> bool:
        return self._message(root).thread is not None

    async def drop(self) -> None:
        await self.discord.drop(4000)

    @contextmanager
    def dead(self) -> Iterator[None]:
        self._reached = False
        yield
        self._reached = True

    def forgive_restarts(self) -> None:
        self.discord.identifies.clear()

    @asynccontextmanager
    async def away(self) -> AsyncIterator[bool]:
        self._reached = False
        self.discord.refuse_resume()
        async with self.discord.away():
            yield True
        await self.discord.connected()
        self._reached = True

    async def close_private(self, who: Somebody) -> bool:
        self.discord.close_dms(who.handle)
        return True

    async def open_private(self, who: Somebody) -> None:
        self.discord.open_dms(who.handle)

    async def lock(self, root: Seen) -> None:
        thread = self._thread_on(root)
        await self.discord.archive(thread, locked=True)
        await self.calm()

    def complaints(self) -> list[str]:
        return self.discord.complaints

    # reading

    def _thread_on(self, root: Seen) -> Channel:
        thread = self._message(root).thread
        assert thread is not None, "the question has no thread"
        return thread

    def _remember(self) -> None:
        for message in self._ever():
            self._messages[message.id] = message

    def _ever(self) -> list[Message]:
        world = self.discord._world
        standing = [message for place in world.places.values() for message in place.messages]
        return [*standing, *(message for call in world.calls.values() for message in call.messages)]

    def _message(self, seen: Seen) -> Message:
        self._remember()
        return self._messages[seen.id]

    def _seen(self, message: Message) -> Seen:
        self._messages[message.id] = message
        place = message.channel
        parent = place.parent if place.is_thread and place.parent else place
        is_dm = place.guild is None
        return Seen(
            message.id,
            BOT if message.author is self.discord.bot else message.author.name,
            _read(message.shown),
            channel=parent.name,
            thread=place.id if place.is_thread else None,
            buttons=tuple(str(each.get("label")) for each in message.buttons),
            private=message.ephemeral or is_dm,
            reply_to=message.reply_to.id if message.reply_to else None,
            reviewing=BOT in message.marks.get(SIGN, []),
            edited=message.edited,
            layout=tuple(_LAYOUT.findall(re.sub(r"\\.", "", message.shown))),
            links=tuple(each["url"] for each in message.buttons if "url" in each),
            picture="".join(each.get("description", "no words") for each in message.attachments),
        )


def _is_busy() -> bool:
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks() if not task.done()]
    return any(name in BUSY for name in names)


def _read(text: str) -> str:
    """The words as Discord's client shows them: without marks, escapes and what breaks links unseen."""
    lines = [re.sub(r"^(?:> |- )", "", line) for line in text.replace(BREAK, "").split("\n")]
    kept = "\n".join(line for line in lines if not line.startswith("```"))
    bare = re.sub(r"\\(.)|\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`", lambda found: found[1] or "", kept)
    return bare.strip()


def _unescaped(text: str) -> str:
    """The text with a mark in place of each escaped sign, so that what is escaped makes no link."""
    return re.sub(r"\\(.)", "\ufffc", text)


def _in_order(seen: list[Seen]) -> list[Seen]:
    return sorted(seen, key=lambda each: int(each.id))


@asynccontextmanager
async def discord_stage(start: datetime = START) -> AsyncIterator[DiscordStage]:
    """A Discord with one server and one channel."""
    async with discord_world(start) as discord:
        yield DiscordStage(discord, GoingClock(start))
