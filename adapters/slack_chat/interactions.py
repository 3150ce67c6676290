"""Commands, buttons, menus and forms: what people ask of the bot by name. All are acknowledged in time; who they come
from is asked fresh where it takes an organiser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from adapters.slack_chat import commands, forms
from adapters.slack_chat.answering import Spot
from adapters.slack_chat.door import Door, now
from adapters.slack_chat.incoming import channel_of, message_of, moment, submission_id, thread_of, user_of
from adapters.slack_chat.people import People
from adapters.slack_chat.places import Places
from adapters.slack_chat.rich_text import LINK
from adapters.slack_chat.typed import plain
from bot import texts
from bot.commands import ORGANISERS_ACTIONS, Who, find
from bot.domain.errors import Mistake
from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent, Incoming
from bot.domain.outgoing import FormKind, read_button_code
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef, UserRef

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Where:
    """Who pressed something, and where it stands."""

    user: UserRef
    channel: ChannelRef
    message: MessageRef | None
    thread: ThreadRef | None

    @classmethod
    def of(cls, space: SpaceRef, body: Json) -> Where:
        """Read from an interaction. On the home page there is no channel: the person's own id reaches them."""
        container, message = body.get("container") or {}, body.get("message") or {}
        user = user_of(space, body["user"]["id"])
        channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or user.id
        ts = message.get("ts") or container.get("message_ts") or body.get("message_ts")
        thread = message.get("thread_ts") or container.get("thread_ts")
        return cls(
            user,
            channel_of(space, channel),
            message_of(space, channel, ts) if ts else None,
            thread_of(space, channel, thread) if thread and thread != ts else None,
        )

    def spot(self, body: Json) -> Spot:
        """Where the answer goes."""
        thread = self.thread.id if self.thread else None
        return Spot(self.user, self.channel.id, thread, body.get("response_url"), body.get("trigger_id"))


class Interactions:
    """Bolt's listeners for what people ask by name. `door` raises `NotNow` while nobody listens."""

    def __init__(self, people: People, places: Places, door: Callable[[], Door]) -> None:
        self._people = people
        self._places = places
        self._door = door

    async def command(self, ack: AsyncAck, command: Json, context: AsyncBoltContext) -> None:
        """A slash command."""
        space: SpaceRef = context["us"].space
        user, channel = user_of(space, command["user_id"]), channel_of(space, command["channel_id"])
        trigger = command["trigger_id"]

        async def make() -> Incoming:
            called = commands.read(command["command"], command.get("text") or "")
            called = await self._places.with_ids(space, called)
            known = find(called.path)
            leads = known is not None and (known.who is Who.ORGANISER or called.options.get("show") == "all")
            person = await self._people.caller(user, leads)
            return CommandCalled(called.path, person, channel, trigger, now(), called.options)

        spot = Spot(user, channel.id, hook=command.get("response_url"), trigger=trigger)
        await self._door().ask(trigger, make, spot)
        await ack()

    async def button(self, ack: AsyncAck, body: Json, action: Json, context: AsyncBoltContext) -> None:
        """A button under one of our messages, or on the home page."""
        if action.get("action_id") == LINK:
            await ack()  # the browser has opened it; Slack tells us all the same
            return
        space: SpaceRef = context["us"].space
        read = read_button_code(action.get("action_id", ""))
        where = Where.of(space, body)
        spot = where.spot(body)

        async def make() -> Incoming:
            if read is None:
                raise Mistake(texts.stale_button())
            person = await self._people.caller(where.user, read[0] in ORGANISERS_ACTIONS)
            at = moment(action["action_ts"]) if "action_ts" in action else now()
            return ButtonPressed(*read, person, where.channel, body["trigger_id"], at, where.message, where.thread)

        await self._door().ask(body["trigger_id"], make, spot)
        await ack()

    async def menu(self, ack: AsyncAck, body: Json, context: AsyncBoltContext) -> None:
        """Something chosen from the menu of a message."""
        space: SpaceRef = context["us"].space
        read = read_button_code(body.get("callback_id", ""))
        where, message = Where.of(space, body), body.get("message") or {}
        author = user_of(space, message["user"]) if message.get("user") else None

        async def make() -> Incoming:
            if read is None:
                raise Mistake(texts.stale_button())
            person = await self._people.named(where.user)
            text = plain(message.get("text") or "")
            return ButtonPressed(
                *read, person, where.channel, body["trigger_id"], now(), where.message, where.thread, text, author
            )

        await self._door().ask(body["trigger_id"], make, where.spot(body))
        await ack()

    async def form(self, ack: AsyncAck, body: Json, view: Json, context: AsyncBoltContext) -> None:
        """A form that was sent. It closes once it is stored, and not before."""
        about = forms.about(view)
        user = user_of(context["us"].space, body["user"]["id"])
        if about is None:
            await ack(forms.error(view, texts.stale_button()))
            return

        async def make() -> Incoming:
            person = await self._people.caller(user, about.kind is not FormKind.ANSWER)
            channel = channel_of(user.space, about.channel)
            sending = submission_id(view)
            return FormSent(about.kind, about.target, person, channel, forms.fields(view), sending, now())

        trouble = await self._door().form(make, view, about.thread)
        await (ack() if trouble is None else ack(trouble))
