"""What goes out to a platform, in our own words. Texts are simple Markdown; the adapter renders and escapes them.

The Markdown of our texts is small: **bold**, *italic*, `code`, fenced code, "> " quotes, "- " lists and paragraphs.
A backslash before a punctuation mark makes that mark literal. Text that people or models wrote is passed through
`inert` before it gets into one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from struct import unpack_from

from bot.domain.refs import ChannelRef, MessageRef, ThreadRef, UserRef


class Action(StrEnum):
    """What a button or message menu asks for. The value travels in button ids, so it never changes."""

    ANSWER = "answer"
    FULL_REVIEW = "review"
    COUNT_AS_ANSWER = "count"
    NOT_AN_ANSWER = "uncount"
    HIDE_ME = "hide"
    SHOW_ME = "show"
    POST_NOW = "postnow"
    CONFIRM_SETUP = "setup"
    ASK_ALONG = "along"
    CONFIRM_JOIN = "join"
    READ_ANSWERS = "read"
    SHOW_AT_CLOSE = "consent"
    KEEP_MINE = "unconsent"
    DRAFT = "draft"
    DRAFT_DONE = "done"
    DRAFT_CANCEL = "cancel"
    HINT = "hint"
    TRY_AGAIN = "again"
    HELPFUL = "helpful"
    UNHELPFUL = "unhelpful"
    APPEAL = "appeal"
    ASK_MODERATOR = "person"
    SHOW_APPEAL = "case"
    KEEP_GRADE = "keep"
    TAKE_SECOND = "take"
    GIVE_GRADE = "grade"
    LET_COUNT = "letcount"
    MOCK = "mock"
    ROUND_RESUME = "mgo"
    ROUND_PAUSE = "mpause"
    ROUND_STOP = "mstop"
    ROUND_SKIP = "mskip"
    ROUND_HINT = "mhint"
    ROUND_REPEAT = "mrepeat"
    ROUND_TIME = "mtime"
    ROUND_NEXT = "mnext"
    DASHBOARD = "dash"
    ROUND_SHARE = "mshare"
    SHARE_NOW = "mshow"
    AGAIN_ON = "keep_fresh"
    AGAIN_OFF = "no_more"
    PRACTISE = "practise"


class FormKind(StrEnum):
    """Which form is shown or came back."""

    ANSWER = "answer"
    SETUP = "setup"
    TRY_AGAIN = "again"
    APPEAL = "appeal"
    GRADE = "grade"
    PRACTICE = "practice"


class FieldKind(StrEnum):
    """What is put into a field: words, one of our channels, or some of the choices given."""

    TEXT = "text"
    CHANNEL = "channel"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `target` is the id of what it acts on. One with a `url` opens that address in the browser instead of
    asking us; it is only good for a while, so it is never kept."""

    action: Action
    label: str
    target: str = ""
    url: str = ""

    @property
    def code(self) -> str:
        """The button as one short id, for platforms that carry it as text."""
        return f"sb1:{self.action.value}:{self.target}"


def read_button_code(code: str) -> tuple[Action, str] | None:
    """Action and target of a button's code, or None when it is not one of ours."""
    mark, _, rest = code.partition(":")
    name, _, target = rest.partition(":")
    if mark != "sb1" or name not in set(Action):
        return None
    return Action(name), target


def read_id(target: str) -> int | None:
    """The row a button's target names, or None when it cannot be one of ours (it may be forged)."""
    if not (target.isascii() and target.isdecimal() and len(target) <= 10):
        return None
    return number if (number := int(target)) < 2**31 else None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose, or a suggestion while typing."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, with the limits the platform should enforce and we check again.

    The value of a channel's field is the channel's id; of choices, the chosen values with commas between. `choices`
    belong to `FieldKind.CHOICES`, of which one or more may be chosen.
    """

    name: str
    label: str
    value: str = ""
    multiline: bool = False
    required: bool = True
    max_length: int = 4000
    placeholder: str = ""
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form to show to one person. `target` is the id of what it acts on and comes back with it.

    `again` is the button that brings it once more, for platforms that open a form only within a moment of being asked.
    Without it the command has to be sent again.
    """

    kind: FormKind
    target: str
    title: str
    fields: tuple[Field, ...]
    send_label: str
    again: Button | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that goes with a text, as PNG. `alt` says the same in at most 1,000 characters of plain words."""

    png: bytes = field(repr=False)
    name: str
    alt: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as every PNG says at its beginning."""
        width, height = unpack_from(">II", self.png, 16)
        return width, height


@dataclass(frozen=True, slots=True)
class Reply:
    """An immediate word to the person who asked, private unless `public`."""

    text: str
    buttons: tuple[Button, ...] = ()
    public: bool = False
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """The answer in this message is stored and its review is under way: show the received sign (F73)."""

    message: MessageRef


@dataclass(frozen=True, slots=True)
class Choices:
    """Suggestions for an option, best first."""

    items: tuple[Choice, ...]


#: What the intake may answer at once; None means: nothing to say.
Immediate = Reply | Form | Received | Choices | None


@dataclass(frozen=True, slots=True)
class Post:
    """A new message in a channel. Every outgoing item has a `key`: the same key never speaks twice. A `picture` never
    says more than the text."""

    key: str
    channel: ChannelRef
    text: str
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A thread under a message; an existing one counts as success. Its id is the thread's."""

    key: str
    message: MessageRef
    name: str


@dataclass(frozen=True, slots=True)
class Say:
    """A message in a thread, as a reply where `reply_to` is given.

    `speaker` is the name of the member for whom it is shown (an answer that came by form). `settles` are messages whose
    received sign has done its work by it, beside the one it replies to. A `picture` never says more than the text.
    """

    key: str
    thread: ThreadRef
    text: str
    reply_to: MessageRef | None = None
    buttons: tuple[Button, ...] = ()
    speaker: str | None = None
    settles: tuple[MessageRef, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """New text for one of our own messages. `reply_to` is the message it answers, where it answers one: the received
    sign there has done its work again. `picture` is what a message with a picture shows from now on."""

    key: str
    message: MessageRef
    text: str
    buttons: tuple[Button, ...] = ()
    reply_to: MessageRef | None = None
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """Take one of our own messages away; one that is gone already counts as success."""

    key: str
    message: MessageRef


@dataclass(frozen=True, slots=True)
class Whisper:
    """A private message that only `user` sees, near `place` where the platform can do that. `alone`: rather in the
    conversation with them, where it stays, if their platform has one."""

    key: str
    user: UserRef
    place: ChannelRef
    text: str
    thread: ThreadRef | None = None
    buttons: tuple[Button, ...] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A private place for one member, with the first words in it: a conversation, or a thread in one.

    Where the member takes no private messages, a thread near `place` to which they alone are invited; then `warning`
    stands before the words. What is delivered is a `room_id`.
    """

    key: str
    user: UserRef
    place: ChannelRef
    title: str
    text: str
    warning: str


def room_id(channel: str, thread: str) -> str:
    """The id of a private place: the channel or conversation, and the thread in it (the conversation itself, where it
    has no threads)."""
    return f"{channel}/{thread}"


def read_room(id: str) -> tuple[str, str]:
    """Channel and thread of a `room_id`. Raises `ValueError` for another text."""
    channel, slash, thread = id.partition("/")
    if not slash or not channel or not thread:
        raise ValueError(f"{id!r} names no private place")
    return channel, thread


Outgoing = Post | OpenThread | Say | Edit | Remove | Whisper | OpenRoom
