"""What people of a simulation can do with their hands: each is one event for the intake."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime

from bot.app import Core
from bot.domain.incoming import (
    ButtonPressed,
    CommandCalled,
    FormSent,
    MemberLeft,
    MessageEdited,
    MessagePosted,
    MessagesDeleted,
    Replied,
)
from bot.domain.outgoing import Action, Button, FormKind, Immediate, Reply
from bot.domain.refs import ChannelRef, MessageRef, Person, ThreadRef


@dataclass(slots=True)
class Hands:
    """People's hands in one channel. `at` is when it is done; the bot may learn of it later."""

    core: Core
    channel: ChannelRef
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def write(
        self, person: Person, thread: ThreadRef, text: str, at: datetime, comment: str | None = None
    ) -> MessageRef:
        """Writes in a thread, as a reply to one of the bot's comments where its id is given."""
        message = self._message(f"in-{next(self._ids)}")
        reply_to = Replied(self._message(comment), ours=True) if comment is not None else None
        await self.core.intake.receive(MessagePosted(message, thread, person, text, at, reply_to))
        return message

    async def edit(self, person: Person, thread: ThreadRef, message: MessageRef, text: str, at: datetime) -> None:
        """Changes a message."""
        await self.core.intake.receive(MessageEdited(message, thread, person, text, at))

    async def delete(self, message: MessageRef, at: datetime) -> None:
        """Takes a message away."""
        await self.core.intake.receive(MessagesDeleted((message,), at))

    async def press(self, person: Person, action: Action, target: str, at: datetime) -> Immediate:
        """Presses a button."""
        press = f"press-{next(self._ids)}"
        return await self.core.intake.receive(ButtonPressed(action, target, person, self.channel, press, at))

    async def send(self, person: Person, kind: FormKind, target: str, at: datetime, **fields: str) -> Immediate:
        """Sends a form."""
        sending = f"form-{next(self._ids)}"
        return await self.core.intake.receive(FormSent(kind, target, person, self.channel, fields, sending, at))

    async def call(self, person: Person, words: str, at: datetime, **options: str) -> Immediate:
        """Types a command, without its slash."""
        call = f"call-{next(self._ids)}"
        event = CommandCalled(tuple(words.split()), person, self.channel, call, at, options)
        return await self.core.intake.receive(event)

    async def leave(self, person: Person, at: datetime) -> None:
        """Leaves the place for good."""
        await self.core.intake.receive(MemberLeft(person.user, at))

    def _message(self, id: str) -> MessageRef:
        return MessageRef(self.channel.platform, self.channel.workspace, self.channel.id, id)


def button_of(said: Immediate, action: Action) -> Button | None:
    """The button of a reply that asks for this."""
    buttons = said.buttons if isinstance(said, Reply) else ()
    return next((each for each in buttons if each.action is action), None)
