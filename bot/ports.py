"""The sockets in the wall: what the core asks of the outside, in our words. The storage's shelves: `bot.shelves`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from bot.domain.budgets import Spent, unbooked
from bot.domain.companies import Company
from bot.domain.incoming import Incoming
from bot.domain.outgoing import Button, Immediate, Outgoing, Picture
from bot.domain.pictures import Sketch
from bot.domain.questions import Question
from bot.domain.refs import ChannelRef, SpaceRef, ThreadRef, UserRef
from bot.domain.repetition import Card, Recalled
from bot.domain.reviews import Review, Versions
from bot.domain.rounds import Probe
from bot.domain.standings import Board, Period
from bot.shelves import Tx

T = TypeVar("T")

Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Callable[[], Awaitable[Scope]], Callable[[Scope], Awaitable[None]]], Awaitable[None]]

#: What a step of a story may take and return: small plain JSON, never chat text.
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Reviewer(Protocol):
    """Comments on an answer: a language model, or the offline reviewer."""

    @property
    def name(self) -> str:
        """How this reviewer is labelled, as in "offline"."""
        ...

    @property
    def versions(self) -> Versions:
        """What its reviews are made by."""
        ...

    @property
    def kept_under(self) -> Versions | None:
        """The versions under which its verdict on the same text may be used again; None where asking again costs
        nothing."""
        ...

    @property
    def patience_seconds(self) -> float:
        """How long to wait for a review, in seconds; whoever asks gives up then and comes back later."""
        ...

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        """What the reviewer says of this text. Raises `NotNow` when it is away, `Refused` when it never will.

        `spent` is told of every call that cost something, also when it came to nothing. `second` asks for a grade that
        knows nothing of an earlier one: points in another order, no stored verdict.
        """
        ...

    async def close(self) -> None:
        """Closes what is open towards a server."""
        ...


class Interviewer(Protocol):
    """Words follow-ups in a mock round. It decides nothing: what it may ask about is given, and what it says is checked
    before anybody reads it."""

    async def follow_up(self, probe: Probe, *, spent: Spent = unbooked) -> str:
        """A question in the interviewer's manner. Raises `NotNow` or `Refused`; then the pack's own words are said."""
        ...


class Copies(Protocol):
    """Finds texts that repeat others."""

    def find(self, text: str, others: Mapping[int, str]) -> int | None:
        """The number of the other text that this one nearly repeats; None where it says its own. Blocks for some
        milliseconds."""
        ...


class Memory(Protocol):
    """Knows how people forget."""

    def card_after(self, past: Sequence[Recalled]) -> Card | None:
        """What is remembered of a question after these answers to it, whatever their order; None without any. The same
        answers make the same card."""
        ...

    def recall(self, card: Card, now: datetime) -> float:
        """How likely it is, 0..1, that somebody with this card still knows it."""
        ...


class Pictures(Protocol):
    """Draws what goes with a text."""

    async def draw(self, sketch: Sketch) -> Picture | None:
        """The picture with its words, or None when it cannot be drawn in time: the text goes out alone then. Never
        fails."""
        ...

    async def close(self) -> None:
        """Ends what is open."""
        ...


class Storage(Protocol):
    """Where facts and promises live. `work` is a plain function of quick statements: it runs in a writer's thread,
    may share its commit with others who wait, and may be run a second time when the shared commit fails. So it must
    do nothing but read and write through `tx`.
    """

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Runs `work` in a transaction and returns after the commit. Raises `NotNow` when the database is busy,
        full or away; then nothing was stored."""
        ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Runs `work` against one consistent picture of the data; nothing it writes is kept."""
        ...


@dataclass(frozen=True, slots=True)
class ChatTraits:
    """What platforms differ in. The core asks these values, never the platform's name."""

    text_limit: int
    #: A private message can be shown without a click (RULES, What others see).
    whispers_at_once: bool
    #: A message in a thread is addressed by the thread's id rather than by the channel's.
    thread_is_place: bool = False
    #: So long the sign lasts that somebody is writing; None where there is none.
    typing_seconds: float | None = None


class Questions(Protocol):
    """The questions that were read at start."""

    @property
    def pack_ids(self) -> Sequence[str]:
        """All packs."""
        ...

    def ids_in(self, packs: Sequence[str]) -> Sequence[str]:
        """The questions of these packs, in posting order; packs that are gone bring none."""
        ...

    def question(self, id: str) -> Question | None:
        """One question."""
        ...


class Companies(Protocol):
    """The company profiles that were read at start."""

    @property
    def ids(self) -> Sequence[str]:
        """All of them, in the order in which people are offered them."""
        ...

    def company(self, id: str) -> Company | None:
        """One profile."""
        ...


@dataclass(frozen=True, slots=True)
class Lacking:
    """A right that is missing in a channel, in people's words, and where to switch it on."""

    what: str
    mend: str


class ChatPlatform(Protocol):
    """One door out to a platform."""

    @property
    def traits(self) -> ChatTraits:
        """What this platform can do."""
        ...

    async def deliver(self, item: Outgoing) -> str:
        """Does it and returns the platform's id of what was made (of the message or thread; for Remove the old id).
        Raises `NotNow` (try later; if the outcome is unknown too) or `Refused` (do not)."""
        ...

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """The id under which an earlier attempt with this key arrived since then, or None. Raises as `deliver`."""
        ...

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        """What a file holds that came with a message in this space. `ref` is what the adapter told of it. Raises
        `NotNow`, or `Refused` for one that is gone, larger than this, or not kept by the platform itself."""
        ...

    async def typing(self, place: ThreadRef) -> None:
        """Shows for `traits.typing_seconds` that words are being prepared, where the platform has a sign for it. Raises
        as `deliver`."""
        ...

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        """What we may not do in this channel and would need to, one by one (F61). Raises `NotNow`."""
        ...


class Intake(Protocol):
    """One door in."""

    async def receive(self, event: Incoming) -> Immediate:
        """Files what happened and what is owed for it, in one transaction, and answers at once. An event that was
        received before changes nothing. Raises `NotNow` when it could not be stored: do not acknowledge."""
        ...


@dataclass(frozen=True, slots=True)
class TodayView:
    """The question that is open in a place, as a reader sees it. `answered` concerns the viewer."""

    posting_id: str
    title: str
    prompt: str
    closes_at: datetime
    answered: bool


@dataclass(frozen=True, slots=True)
class ReaderView:
    """What an adapter may show beside a chat to one reader: today's question and the board."""

    today: TodayView | None
    board: Board
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveThread:
    """A thread in which answers are still taken, so that what was written while nobody listened can be read there.

    `parts` are the ids of the messages in it that make up answers.
    """

    thread: ThreadRef
    posted_at: datetime
    parts: tuple[str, ...]


class Views(Protocol):
    """One door for reading."""

    async def beside(self, viewer: UserRef, place: ChannelRef, period: Period) -> ReaderView:
        """Today's question of this place and the board as this viewer may see it."""
        ...

    async def open_threads(self, platform: str) -> Sequence[LiveThread]:
        """The threads of a platform in which answers are still taken, newest first. Raises `NotNow`."""
        ...


class Pace(Protocol):
    """Keeps to a platform's limits, together with all processes that speak under the same token."""

    async def turn(self, bucket: str, per_second: float, hurries: bool = False) -> None:
        """Returns when it is this request's turn among at most so many in a second; one that `hurries` goes before the
        others that wait. Never fails: a database that is away makes this process keep the pace by itself."""
        ...

    async def hold(self, bucket: str, seconds: float) -> None:
        """The platform asked for a pause: no turn in this bucket before so many seconds have passed."""
        ...


class Installations(Protocol):
    """Which token serves which space."""

    async def token(self, space: SpaceRef) -> str | None:
        """The bot's token there, or None where it is not installed."""
        ...

    async def forget(self, space: SpaceRef) -> None:
        """The bot was removed there: its token is of no use any more."""
        ...


class Adapter(Protocol):
    """One platform, translated both ways."""

    @property
    def platform(self) -> str:
        """The name in refs and in STUDYBOT_PLATFORMS."""
        ...

    @property
    def chat(self) -> ChatPlatform:
        """The door out."""
        ...

    @property
    def http(self) -> Mapping[str, AsgiApp]:
        """Prefix to application, for the one web server; empty where not needed."""
        ...

    @property
    def one_at_a_time(self) -> bool:
        """Whether only one process may listen, as with a connection that brings every event. Others stand by."""
        ...

    @property
    def opened(self) -> bool:
        """Whether it listens: what people do now is taken in. False before `run` got so far, and after it ended."""
        ...

    async def run(self, intake: Intake) -> None:
        """Listens until cancelled. Raises `NotNow` when the platform is away, `Refused` when it will not have us."""
        ...

    async def close(self) -> None:
        """Ends what is open towards the platform, when nothing more will be said."""
        ...


class Story(StrEnum):
    """Each kind of durable work. A name is never changed: work filed under it may still be waiting."""

    POST_QUESTION = "post_question"
    REVIEW_ANSWER = "review_answer"
    TAKE_BACK = "take_back"
    CLOSE_QUESTION = "close_question"
    PREVIEW_SETUP = "preview_setup"
    TELL_ORGANISERS = "tell_organisers"
    WELCOME = "welcome"
    REVIEW_APPEAL = "review_appeal"
    TELL_APPEAL = "tell_appeal"
    USE_FORM = "use_form"
    END_DRAFT = "end_draft"
    READ_FILES = "read_files"
    OFFER_SELF_CHECK = "offer_self_check"
    OPEN_ROUND = "open_round"
    HEAR_ANSWER = "hear_answer"
    SPEAK = "speak"
    WATCH_ROUND = "watch_round"
    END_ROUND = "end_round"
    POST_DIGEST = "post_digest"
    SHARE_ROUND = "share_round"
    READ_ROUND_FILES = "read_round_files"
    ASK_AGAIN = "ask_again"
    REVIEW_PRACTICE = "review_practice"


@dataclass(frozen=True, slots=True)
class Later:
    """A story's end that means: tell me again after so many seconds."""

    seconds: float


class Do(Protocol):
    """Runs one named step of a story; a step that finished is not repeated after a crash, one that did not may be. What
    comes last in a story needs none: that the story ended is kept anyway."""

    async def __call__(self, step: str, work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """The step's plain JSON result."""
        ...


#: A story: named steps from beginning to end; ids are its only arguments.
Telling = Callable[..., Awaitable[Later | None]]


class Jobs(Protocol):
    """Tells owed stories."""

    async def run(self) -> None:
        """Tells what is owed until cancelled; then takes no more, and lets go within seconds."""
        ...


@dataclass(frozen=True, slots=True)
class RoomPerson:
    """Somebody in the study room. `demo` marks the names that come with it; `zone` is what their browser said."""

    id: str
    name: str
    demo: bool = False
    organiser: bool = False
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class RoomChannel:
    """A channel of the study room."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RoomPicture:
    """That a message of the study room has a picture: what it shows in words, and its size in pixels."""

    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RoomMessage:
    """A message of the study room as stored. `seq` grows with every change of any message.

    `author` is None for the bot; `visible_to` limits a message to one person; `thread` is the id of the message under
    which it hangs. `thread_name` is set once a thread was opened on it; `replies` and `repliers` count what hangs
    under it. `sign` is the received sign; `commented_at` says when the bot last answered to it, so that a sign set late
    does not stay for ever.
    """

    channel: str
    text: str
    at: datetime
    id: str = ""
    seq: int = 0
    thread: str | None = None
    author: str | None = None
    speaker: str | None = None
    edited_at: datetime | None = None
    deleted: bool = False
    reply_to: str | None = None
    buttons: tuple[Button, ...] = ()
    visible_to: str | None = None
    thread_name: str | None = None
    sign: bool = False
    commented_at: datetime | None = None
    key: str | None = None
    replies: int = 0
    repliers: tuple[str, ...] = ()
    picture: RoomPicture | None = None


class RoomEventKind(StrEnum):
    """What happened to somebody's message."""

    POSTED = "posted"
    EDITED = "edited"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something the room still has to tell the intake, stored with the change itself, so a crash forgets nothing."""

    id: str
    kind: RoomEventKind
    message: str
    at: datetime


class RoomStore(Protocol):
    """Where the study room keeps its people and messages; the core never reads them. Raises `NotNow` like Storage."""

    async def seed(self, channels: Sequence[RoomChannel], people: Sequence[RoomPerson]) -> None:
        """Adds those whose ids are not there yet."""
        ...

    async def people(self) -> Sequence[RoomPerson]:
        """Everybody, demo names first, then in order of arrival."""
        ...

    async def add_person(self, name: str) -> RoomPerson:
        """Somebody new. A name that is taken already gets a number behind it."""
        ...

    async def set_zone(self, person: str, zone: str) -> None:
        """Notes the time zone of this person's browser."""
        ...

    async def channels(self) -> Sequence[RoomChannel]:
        """All channels, oldest first."""
        ...

    async def open_session(self, token_hash: str, person: str, at: datetime) -> None:
        """Remembers who holds this cookie."""
        ...

    async def close_session(self, token_hash: str) -> None:
        """Forgets the cookie."""
        ...

    async def session_person(self, token_hash: str, since: datetime) -> RoomPerson | None:
        """Who holds this cookie, unless it was given before `since`."""
        ...

    async def post(self, message: RoomMessage, owed: str | None = None, picture: Picture | None = None) -> RoomMessage:
        """Stores a message under a new id and seq (those given are ignored) with its picture; a key that is there
        already returns the message stored under it. With `owed`, the event for the intake is stored under that id in
        the same transaction."""
        ...

    async def png(self, message: str) -> bytes | None:
        """The picture of a message, as long as that is not deleted."""
        ...

    async def change(
        self,
        id: str,
        how: Callable[[RoomMessage], RoomMessage | None],
        owed: RoomEvent | None = None,
        picture: Picture | None = None,
    ) -> RoomMessage | None:
        """Stores what `how` makes of a message, under a new seq. None, and nothing is changed, when there is no such
        message or `how` says None. With `owed`, the event for the intake is stored in the same transaction; with
        `picture` the message shows this one from now on."""
        ...

    async def clear_signs(self, thread: str, author: str, at: datetime) -> None:
        """Takes the received signs from this person's messages in a thread: a comment came at that moment."""
        ...

    async def by_key(self, key: str) -> RoomMessage | None:
        """The message stored under this key."""
        ...

    async def get(self, id: str) -> RoomMessage | None:
        """One message, also when it is deleted."""
        ...

    async def messages(self, channel: str, viewer: str, thread: str | None, most: int = 200) -> Sequence[RoomMessage]:
        """The newest messages this viewer may see in a channel or thread, oldest first, without deleted ones."""
        ...

    async def changed_since(self, seq: int, viewer: str, most: int = 200) -> Sequence[RoomMessage]:
        """What changed after `seq` and this viewer may see, in order of seq, deleted ones included."""
        ...

    async def last_seq(self) -> int:
        """The newest seq."""
        ...

    async def undelivered(self, before: datetime, most: int = 50) -> Sequence[RoomEvent]:
        """Events that happened before then and were not taken by the intake yet, oldest first."""
        ...

    async def delivered(self, event: str) -> None:
        """Strikes out an event."""
        ...
