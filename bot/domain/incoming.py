"""What comes in from a platform, in our own words. Adapters build these values; the intake files them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.outgoing import Action, FormKind
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef, UserRef


@dataclass(frozen=True, slots=True)
class Replied:
    """What a message replies to: the message, and who wrote it where the platform tells."""

    message: MessageRef
    author: UserRef | None = None
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; `size` in bytes as the platform says. `ref` is where its platform keeps it, for
    that platform's adapter alone."""

    name: str
    size: int
    ref: str


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """Somebody wrote a message. `at` is the platform's own time stamp; `system` means a join, pin or the like."""

    message: MessageRef
    thread: ThreadRef | None
    author: Person
    text: str
    at: datetime
    reply_to: Replied | None = None
    mentions: tuple[UserRef, ...] = ()
    system: bool = False
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """Somebody changed a message; `at` is the time of the change."""

    message: MessageRef
    thread: ThreadRef | None
    author: Person
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessagesDeleted:
    """One message or many went away, whoever did it."""

    messages: tuple[MessageRef, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class FormSent:
    """A form came back. `submission` names this one sending, so that a repeat is recognised."""

    kind: FormKind
    target: str
    person: Person
    place: ChannelRef
    fields: Mapping[str, str]
    submission: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A button under one of our messages was pressed, or a message menu chosen.

    `message` is the message it was pressed on; `text` and `author` are filled for a menu on somebody's own message.
    """

    action: Action
    target: str
    person: Person
    place: ChannelRef
    press: str
    at: datetime
    message: MessageRef | None = None
    thread: ThreadRef | None = None
    text: str = ""
    author: UserRef | None = None


@dataclass(frozen=True, slots=True)
class CommandCalled:
    """A command was called: `path` is its words without the slash, as in ("study-admin", "pause")."""

    path: tuple[str, ...]
    person: Person
    place: ChannelRef
    call: str
    at: datetime
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompletionAsked:
    """Somebody is typing an option of a command and would like suggestions."""

    path: tuple[str, ...]
    option: str
    typed: str
    person: Person
    place: ChannelRef


@dataclass(frozen=True, slots=True)
class SpaceJoined:
    """The bot serves a space from now on.

    `ask_in` is given where coming there means consent to ask at once, as in the study room; `zone` is its local time.
    """

    space: SpaceRef
    name: str
    at: datetime
    ask_in: ChannelRef | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class SpaceLeft:
    """The bot was removed from a space. An outage of the space is not this."""

    space: SpaceRef
    at: datetime


@dataclass(frozen=True, slots=True)
class PlaceGone:
    """A channel or a thread was deleted, or we cannot see it any more."""

    place: ChannelRef | ThreadRef
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """Somebody left a space, was removed from it, or deleted the account."""

    user: UserRef
    at: datetime


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody opened the bot's own page, where the platform has one."""

    person: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class SpaceThrottled:
    """The platform holds events of this space back, because there were too many of them."""

    space: SpaceRef
    at: datetime


#: What is filed; suggestions while somebody types are answered and leave no trace.
Happening = (
    MessagePosted
    | MessageEdited
    | MessagesDeleted
    | FormSent
    | ButtonPressed
    | CommandCalled
    | SpaceJoined
    | SpaceLeft
    | PlaceGone
    | MemberLeft
    | HomeOpened
    | SpaceThrottled
)
Incoming = Happening | CompletionAsked
