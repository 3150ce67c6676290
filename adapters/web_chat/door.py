"""The door in: what people do in the room becomes events for the intake, and what it answers becomes messages.

Messages are stored first and told afterwards, with a row that remembers what was not told yet: the room is a platform,
and platforms deliver again what a bot did not take.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from adapters.web_chat import words
from adapters.web_chat.feed import Feed
from adapters.web_chat.people import CHANNELS
from adapters.web_chat.slash import Called
from bot import texts
from bot.domain.errors import NotNow
from bot.domain.incoming import (
    ButtonPressed,
    CommandCalled,
    CompletionAsked,
    FormSent,
    Incoming,
    MessageEdited,
    MessagePosted,
    MessagesDeleted,
    Replied,
    SpaceJoined,
)
from bot.domain.outgoing import Action, Button, Choice, Choices, Form, FormKind, Immediate, Received, Reply
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef, UserRef
from bot.markdown import mentioned
from bot.ports import Clock, Intake, RoomEvent, RoomEventKind, RoomMessage, RoomPerson, RoomStore

log = logging.getLogger(__name__)

PLATFORM = "web"
WORKSPACE = "room"
SPACE = SpaceRef(PLATFORM, WORKSPACE)

#: So long a person waits for the answer to a command or button; after that it follows by itself.
PATIENCE_SECONDS = 1.5
#: A first telling has this long before it is repeated.
OVERDUE = timedelta(seconds=5)
#: An event that fails so often by a bug of ours is given up.
TRIES = 5


class Door:
    """Tells the intake, and shows at once what it answers."""

    def __init__(self, intake: Intake, store: RoomStore, clock: Clock, feed: Feed, zone: str) -> None:
        self._zone = zone
        self._intake = intake
        self._store = store
        self._clock = clock
        self._feed = feed
        self._under_way: set[asyncio.Task[Any]] = set()
        self._failures: Counter[str] = Counter()

    async def join(self) -> None:
        """Says that the room is there. Raises `NotNow`."""
        home = channel_ref(CHANNELS[0].id)
        await self._intake.receive(SpaceJoined(SPACE, words.ROOM, self._clock.now(), ask_in=home, zone=self._zone))

    async def tell(self, event: RoomEvent) -> None:
        """Tells what was stored a moment ago, and waits for it a moment only: the message is safe already. When the
        intake cannot take it, the row stays, and it is told again later."""
        telling = asyncio.create_task(self._try_to_tell(event))
        self._under_way.add(telling)
        telling.add_done_callback(self._under_way.discard)
        await asyncio.wait({telling}, timeout=PATIENCE_SECONDS)

    async def _try_to_tell(self, event: RoomEvent) -> None:
        try:
            await self._tell(event)
        except NotNow as error:
            log.info("the room tells it again later: %s", error)
        except Exception:
            log.exception("an event could not be told: %s", event.id)

    async def tell_overdue(self) -> None:
        """Tells what was not taken at first, oldest first. Raises `NotNow`."""
        for event in await self._store.undelivered(self._clock.now() - OVERDUE):
            try:
                await self._tell(event)
            except NotNow:
                raise
            except Exception:
                await self._failed(event)

    async def _failed(self, event: RoomEvent) -> None:
        """A bug of ours: it is loud, and after some tries the event makes way for its neighbours."""
        log.exception("an event could not be told: %s", event.id)
        self._failures[event.id] += 1
        if self._failures[event.id] >= TRIES:
            await self._store.delivered(event.id)

    async def _tell(self, event: RoomEvent) -> None:
        message = await self._store.get(event.message)
        incoming = await self._translate(event, message) if message is not None else None
        if message is not None and incoming is not None:
            answer = await self._intake.receive(incoming)
            await self._show(answer, f"reply:{event.id}", message, event.at)
        await self._store.delivered(event.id)

    async def _translate(self, event: RoomEvent, message: RoomMessage) -> Incoming | None:
        """The event as a value, with the text as it is now: an older one would only be corrected a moment later."""
        if event.kind is RoomEventKind.DELETED:
            return MessagesDeleted((message_ref(message),), event.at)
        people = {person.id: person for person in await self._store.people()}
        author = people.get(message.author or "")
        if author is None or message.deleted:
            return None
        if event.kind is RoomEventKind.EDITED:
            return MessageEdited(message_ref(message), thread_of(message), as_person(author), message.text, event.at)
        return MessagePosted(
            message_ref(message),
            thread_of(message),
            as_person(author),
            message.text,
            event.at,
            await self._replied(message),
            _mentions(message.text, list(people.values())),
        )

    async def _replied(self, message: RoomMessage) -> Replied | None:
        quoted = await self._store.get(message.reply_to) if message.reply_to else None
        if quoted is None:
            return None
        author = user_ref(quoted.author) if quoted.author else None
        return Replied(message_ref(quoted), author, ours=author is None)

    async def call(self, called: Called, person: RoomPerson, place: RoomMessage, call: str) -> Form | None:
        """A command. Its answer becomes a message, a form comes back. Raises `NotNow`."""
        event = CommandCalled(
            called.path, as_person(person), channel_ref(place.channel), call, self._clock.now(), called.options
        )
        return await self._ask(event, f"reply:call:{call}", place, person)

    async def press(
        self, button: Button, person: RoomPerson, message: RoomMessage, press: str, menu: bool = False
    ) -> Form | None:
        """A button of one of the bot's messages, or with `menu` the menu of somebody's own. Raises `NotNow`."""
        event = ButtonPressed(
            button.action,
            button.target,
            as_person(person),
            channel_ref(message.channel),
            press,
            self._clock.now(),
            message_ref(message) if message.id else None,
            thread_of(message),
            message.text if menu else "",
            user_ref(message.author) if menu and message.author else None,
        )
        return await self._ask(event, f"reply:press:{press}", message, person)

    async def dashboard(self, person: RoomPerson) -> str | None:
        """Where this person's dashboard opens, for a few minutes. Raises `NotNow`."""
        press, place, now = secrets.token_hex(12), channel_ref(CHANNELS[0].id), self._clock.now()
        event = ButtonPressed(Action.DASHBOARD, "", as_person(person), place, press, now)
        answer = await self._intake.receive(event)
        return answer.buttons[0].url if isinstance(answer, Reply) and answer.buttons else None

    async def send_form(
        self,
        kind: FormKind,
        target: str,
        fields: Mapping[str, str],
        person: RoomPerson,
        place: RoomMessage,
        sending: str,
    ) -> None:
        """A form. Returns after it is stored; raises `NotNow` when it is not, and then it must stay open."""
        event = FormSent(
            kind, target, as_person(person), channel_ref(place.channel), fields, sending, self._clock.now()
        )
        answer = await self._intake.receive(event)
        await self._show(answer, f"reply:form:{sending}", replace(place, visible_to=person.id), event.at)

    async def complete(
        self, path: tuple[str, ...], option: str, typed: str, person: RoomPerson, channel: str
    ) -> Sequence[Choice]:
        """Suggestions for an option; none when the intake is not there, since typing goes on without them."""
        asked = CompletionAsked(path, option, typed, as_person(person), channel_ref(channel))
        try:
            answer = await self._intake.receive(asked)
        except NotNow:
            return ()
        return answer.items if isinstance(answer, Choices) else ()

    async def _ask(self, event: Incoming, key: str, place: RoomMessage, person: RoomPerson) -> Form | None:
        """Waits a moment for the answer; one that takes longer is shown when it comes."""
        asked = asyncio.create_task(self._ask_and_show(event, key, replace(place, visible_to=person.id)))
        done, _ = await asyncio.wait({asked}, timeout=PATIENCE_SECONDS)
        if done:
            return asked.result()
        self._under_way.add(asked)
        asked.add_done_callback(lambda task: self._follow(task, key, place, person))
        raise StillWorking

    async def _ask_and_show(self, event: Incoming, key: str, place: RoomMessage) -> Form | None:
        answer = await self._intake.receive(event)
        if isinstance(answer, Form):
            return answer
        await self._show(answer, key, place, self._clock.now())
        return None

    def _follow(self, task: asyncio.Task[Form | None], key: str, place: RoomMessage, person: RoomPerson) -> None:
        self._under_way.discard(task)
        if task.cancelled():
            return
        error, form = task.exception(), None
        if error is None:
            form = task.result()
        elif not isinstance(error, NotNow):
            log.error("a late answer failed", exc_info=error)
        if form is not None or error is not None:
            following = asyncio.create_task(self._say_late(form, key, place, person))
            self._under_way.add(following)
            following.add_done_callback(self._under_way.discard)

    async def _say_late(self, form: Form | None, key: str, place: RoomMessage, person: RoomPerson) -> None:
        """A form cannot open by itself after the person has gone on; a button opens it."""
        reply = Reply(texts.try_again()) if form is None else _late_form(form)
        try:
            await self._show(reply, f"{key}:late", replace(place, visible_to=person.id), self._clock.now())
        except NotNow as error:
            log.warning("a late answer could not be stored: %s", error)

    async def close(self) -> None:
        """Ends what is still under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _show(self, answer: Immediate, key: str, place: RoomMessage, asked_at: datetime) -> None:
        """A reply becomes a message, seen by all or by the one who asked; the received sign goes onto the answer."""
        match answer:
            case Reply():
                await self._store.post(
                    RoomMessage(
                        channel=place.channel,
                        thread=place.thread,
                        text=answer.text,
                        at=self._clock.now(),
                        buttons=answer.buttons,
                        visible_to=None if answer.public else place.visible_to or place.author,
                        key=key,
                    ),
                    picture=answer.picture,
                )
            case Received():
                await self._store.change(answer.message.id, lambda message: _signed(message, asked_at))
            case _:
                pass
        self._feed.nudge()


def _late_form(form: Form) -> Reply:
    """A form opens only while somebody waits for it; later a button opens it."""
    return Reply(texts.form_late(), (form.again,)) if form.again else Reply(texts.command_late())


class StillWorking(Exception):
    """The answer takes its time; it will appear by itself."""


def _signed(message: RoomMessage, asked_at: datetime) -> RoomMessage | None:
    """The received sign, unless the comment was quicker than we were."""
    commented = message.commented_at is not None and message.commented_at >= asked_at
    return None if message.deleted or message.sign or commented else replace(message, sign=True)


def as_person(person: RoomPerson) -> Person:
    """Who did it, with the rights they have at this moment."""
    return Person(user_ref(person.id), person.name, person.organiser, zone=person.zone)


def user_ref(id: str) -> UserRef:
    """An account of the room."""
    return UserRef(PLATFORM, WORKSPACE, id)


def channel_ref(id: str) -> ChannelRef:
    """A channel of the room."""
    return ChannelRef(PLATFORM, WORKSPACE, id)


def message_ref(message: RoomMessage) -> MessageRef:
    """A message of the room."""
    return MessageRef(PLATFORM, WORKSPACE, message.channel, message.id)


def thread_of(message: RoomMessage) -> ThreadRef | None:
    """The thread a message stands in."""
    return ThreadRef(PLATFORM, WORKSPACE, message.channel, message.thread) if message.thread else None


def _mentions(text: str, people: Sequence[RoomPerson]) -> tuple[UserRef, ...]:
    named = mentioned(text, [person.name for person in people])
    return tuple(user_ref(person.id) for person in people if person.name in named)
