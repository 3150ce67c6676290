"""The world of a pretend group: a clock that is set by hand, and a chat platform in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.errors import Refused, RefusedBecause
from bot.domain.outgoing import Edit, OpenRoom, OpenThread, Outgoing, Post, Remove, Say, Whisper, room_id
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef, UserRef
from bot.ports import ChatTraits, Lacking


class SteppedClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._now

    def move(self, **by: float) -> None:
        """Ahead, as in `move(hours=1)`."""
        self._now += timedelta(**by)

    def set(self, now: datetime) -> None:
        """Shows this moment."""
        self._now = now


@dataclass(slots=True)
class Standing:
    """A message as it stands in the chat."""

    id: str
    item: Post | Say | Whisper
    text: str
    thread: str | None = None
    removed: bool = False
    edits: int = 0


def _nobody_looks(item: Outgoing) -> None:
    """Where nobody wants to be told."""


@dataclass(slots=True)
class MemoryChat:
    """`bot.ports.ChatPlatform` without a platform behind it. `after` is told of each item that stands there now."""

    traits: ChatTraits = field(default_factory=lambda: ChatTraits(text_limit=2000, whispers_at_once=True))
    standing: dict[str, Standing] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    opened: dict[str, OpenRoom] = field(default_factory=dict)
    after: Callable[[Outgoing], None] = _nobody_looks

    async def deliver(self, item: Outgoing) -> str:
        """Does it. Raises `Refused` for an edit of a message that is gone."""
        id = self._do(item)
        self.after(item)
        return id

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """The id under which it stands there."""
        if isinstance(item, OpenThread):
            return self.threads.get(item.message.id)
        if isinstance(item, OpenRoom):
            return next((id for id, opened in self.opened.items() if opened.key == item.key), None)
        found = self.by_key(item.key)
        return found.id if found is not None else None

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        """Nobody can bring files here. Raises `Refused`."""
        raise Refused("no such file", RefusedBecause.GONE)

    async def typing(self, place: ThreadRef) -> None:
        """Nobody looks."""

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        """We may do everything."""
        return ()

    def _do(self, item: Outgoing) -> str:
        match item:
            case Post() | Say() | Whisper():
                return self._stand(item)
            case OpenThread():
                return self.threads.setdefault(item.message.id, f"t{item.message.id}")
            case Edit():
                message = self._present(item.message)
                message.text = item.text
                message.edits += 1
                return message.id
            case OpenRoom():
                id = room_id(f"dm-{item.user.id}", f"r{len(self.opened) + 1}")
                self.opened[id] = item
                return id
            case Remove():
                if item.message.id in self.standing:
                    self.standing[item.message.id].removed = True
                return item.message.id

    def _stand(self, item: Post | Say | Whisper) -> str:
        id = f"m{len(self.standing) + 1}"
        thread = item.thread.id if isinstance(item, Say) else None
        self.standing[id] = Standing(id, item, item.text, thread)
        return id

    def _present(self, ref: MessageRef) -> Standing:
        message = self.standing.get(ref.id)
        if message is None or message.removed:
            raise Refused("the message is gone", RefusedBecause.GONE)
        return message

    # what people see

    def by_key(self, key: str) -> Standing | None:
        """The message that was said under this key."""
        return next((each for each in self.standing.values() if each.item.key == key and not each.removed), None)

    def posts(self, channel: str | None = None) -> list[Standing]:
        """Messages in channels."""
        found = [each for each in self.standing.values() if isinstance(each.item, Post) and not each.removed]
        return [
            each
            for each in found
            if channel is None or (isinstance(each.item, Post) and each.item.channel.id == channel)
        ]

    def said(self, thread: ThreadRef | None = None) -> list[Standing]:
        """What stands in threads."""
        found = [each for each in self.standing.values() if isinstance(each.item, Say) and not each.removed]
        return [each for each in found if thread is None or each.thread == thread.id]

    def whispers(self, user: UserRef | None = None) -> list[Standing]:
        """Private words."""
        found = [each for each in self.standing.values() if isinstance(each.item, Whisper) and not each.removed]
        return [each for each in found if user is None or (isinstance(each.item, Whisper) and each.item.user == user)]

    def rooms(self, user: UserRef | None = None) -> list[tuple[str, OpenRoom]]:
        """Private places by their ids, with their first words."""
        return [(id, each) for id, each in self.opened.items() if user is None or each.user == user]
