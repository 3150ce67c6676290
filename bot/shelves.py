"""The shelves of the storage: what one transaction (`Tx`) can read and write, topic by topic, and the records it holds.

Every method that touches a group's rows takes the group first, and never reaches another group's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.domain.asking import Pause, Schedule
from bot.domain.codes import Purpose
from bot.domain.outgoing import Outgoing
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef, UserRef
from bot.domain.reviews import Review
from bot.domain.standings import Period, Row

# ---------------------------------------------------------------- members


@dataclass(frozen=True, slots=True)
class Member:
    """One person in one group. The name is empty until a platform told it. `left` says that the account by which the
    member was found is not there any more; of one found otherwise, that none of theirs is."""

    id: int
    group: int
    name: str
    hidden: bool
    welcomed: bool
    zone: str | None
    left: bool = False


@dataclass(frozen=True, slots=True)
class Space:
    """A place of the group on one platform. `left`: we were removed there. `throttled_at`: when the platform last held
    events of it back."""

    ref: SpaceRef
    name: str
    left: bool
    throttled_at: datetime | None


class MembersShelf(Protocol):
    """Groups, spaces, members, identities, and the log of what organisers did."""

    def group_of(self, space: SpaceRef) -> int | None:
        """The group this space belongs to. Where the transaction writes, it stays so until its end."""
        ...

    def group_now(self, group: int) -> int:
        """The group itself, or the one it has joined. Where the transaction writes, it stays so until its end."""
        ...

    def add_group(self, space: SpaceRef, name: str, now: datetime) -> int:
        """A group for a space seen for the first time; the one it has already otherwise."""
        ...

    def serve(self, space: SpaceRef, name: str) -> None:
        """We are (again) in this space, which is called so now."""
        ...

    def leave(self, space: SpaceRef) -> None:
        """We are in this space no more."""
        ...

    def is_left(self, space: SpaceRef) -> bool:
        """Whether we were removed from this space."""
        ...

    def throttled(self, space: SpaceRef, now: datetime) -> None:
        """The platform held events of this space back."""
        ...

    def spaces(self, group: int) -> Sequence[Space]:
        """The group's spaces, oldest first."""
        ...

    def hold(self, group: int, user: UserRef) -> None:
        """Until the transaction ends nobody else gets past this line for the same account, nor for another account of
        the same member, so what is read about them afterwards stays true. Comes before anything that decides by what
        somebody did so far."""
        ...

    def by_user(self, group: int, user: UserRef) -> Member | None:
        """The member behind this account."""
        ...

    def by_id(self, group: int, member: int) -> Member | None:
        """The member with this id."""
        ...

    def add(self, group: int, user: UserRef, name: str, zone: str | None, now: datetime) -> Member:
        """The member behind this account, made on first sight."""
        ...

    def update(self, group: int, member: int, name: str, zone: str | None) -> None:
        """The newest name and zone the platform told us."""
        ...

    def set_left(self, group: int, user: UserRef, left: bool) -> None:
        """Whether this account left. A member has left when none of their accounts is here any more."""
        ...

    def set_hidden(self, group: int, member: int, hidden: bool) -> None:
        """Whether the board shows this member's name."""
        ...

    def set_welcomed(self, group: int, member: int) -> None:
        """The first word was owed; it is owed once."""
        ...

    def set_organiser(self, group: int, user: UserRef, organiser: bool) -> None:
        """What the platform last said about this account's right to organise."""
        ...

    def organisers(self, group: int) -> Sequence[UserRef]:
        """The accounts that were organisers when last seen."""
        ...

    def user_of(self, group: int, member: int, space: SpaceRef) -> UserRef | None:
        """The member's account in a space."""
        ...

    def log(self, group: int, user: UserRef, what: str, outcome: str, now: datetime) -> None:
        """Notes a call of an organiser's command, refused ones included (F62)."""
        ...

    def log_lines(self, group: int, most: int) -> Sequence[tuple[datetime, str, str, str]]:
        """The newest lines of that log: when, account, what, outcome."""
        ...


# ---------------------------------------------------------------- joining


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was handed out at a place, and who typed it first, if anybody did."""

    id: int
    group: int
    purpose: Purpose
    issuer: UserRef
    place: ChannelRef
    expires_at: datetime
    taker: UserRef | None
    used: bool


class CodesShelf(Protocol):
    """Codes that join two groups or two accounts. A code leads from one group to another, so here alone a row is looked
    up without its group."""

    def issue(
        self,
        group: int,
        purpose: Purpose,
        hash: str,
        issuer: UserRef,
        place: ChannelRef,
        now: datetime,
        until: datetime,
    ) -> None:
        """A new code. The issuer's earlier ones that nobody has used are good no more."""
        ...

    def by_hash(self, hash: str) -> Code | None:
        """The code with this hash, which nobody else changes until the transaction ends."""
        ...

    def by_id(self, code: int) -> Code | None:
        """One code, which nobody else changes until the transaction ends."""
        ...

    def take(self, code: int, taker: UserRef) -> None:
        """Somebody typed it, so it is theirs."""
        ...

    def use(self, code: int) -> None:
        """It did what it was made for, and never does so again."""
        ...

    def wrong(self, group: int, user: UserRef, now: datetime) -> None:
        """Notes that somebody typed a code that is none."""
        ...

    def wrong_since(self, user: UserRef, since: datetime) -> int:
        """How often somebody did so since then."""
        ...


@dataclass(frozen=True, slots=True)
class Community:
    """A group in figures: its people, the tracks that ask, and the answers that stand."""

    name: str
    people: int
    tracks: int
    answers: int


class JoiningShelf(Protocol):
    """Two groups become one, two members become one."""

    def community(self, group: int) -> Community:
        """A group in figures."""
        ...

    def join(self, group: int, former: int, now: datetime) -> None:
        """All that the former group has is the group's from now on, and the former is no more. Nobody else does
        anything in either until the transaction ends."""
        ...

    def accounts(self, group: int, member: int) -> Sequence[UserRef]:
        """All accounts of a member, oldest first."""
        ...

    def answered_twice(self, group: int, member: int, other: int) -> Sequence[tuple[Answer, Answer]]:
        """The answers of both where they answered the same asking. Nobody else changes any answer of theirs until the
        transaction ends."""
        ...

    def set_aside(self, group: int, answer: int) -> None:
        """A withdrawn answer makes room: its asking counts as not answered by it. It stays for the log's sake."""
        ...

    def merge(self, group: int, member: Member, other: Member) -> None:
        """All that the other member has is this one's from now on, and the other is no more."""
        ...


# ---------------------------------------------------------------- asking


class Comments(StrEnum):
    """What stands in the thread under an answer (RULES, What others see)."""

    BRIEF = "brief"
    FULL = "full"
    PRIVATE = "private"


class TrackState(StrEnum):
    """A draft waits for an organiser's yes; an active one asks; a merged one gave its settings to the active one."""

    DRAFT = "draft"
    ACTIVE = "active"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Track:
    """A schedule of questions from some packs. `next_at` is the next slot, UTC."""

    id: int
    group: int
    state: TrackState
    schedule: Schedule
    packs: tuple[str, ...]
    comments: Comments
    next_at: datetime
    channels: tuple[TrackChannel, ...] = ()


class Stopped(StrEnum):
    """Why a channel stands still until an organiser resumes."""

    FAILURES = "failures"
    NO_RIGHT = "no_right"
    GONE = "gone"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class TrackChannel:
    """A channel a track asks in. It stands still after some failures in a row (F69), or when it is not there."""

    id: int
    channel: ChannelRef
    failures: int
    stopped: Stopped | None


class AskingState(StrEnum):
    """What became of a track's slot."""

    DUE = "due"
    ASKED = "asked"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why a slot was skipped; it harms nobody."""

    LATE = "late"
    PAUSED = "paused"
    MOVED = "moved"
    NO_QUESTION = "no_question"
    NO_CHANNEL = "no_channel"


@dataclass(frozen=True, slots=True)
class Asking:
    """A track's question of one local day; slot `scheduled`, or `extra-n` for one posted by hand."""

    id: int
    group: int
    track: int
    day: date
    slot: str
    state: AskingState
    reason: SkipReason | None
    due_at: datetime
    question: str | None
    question_hash: str | None


class PostingState(StrEnum):
    """What became of an asking in one channel."""

    WAITING = "waiting"
    POSTED = "posted"
    CLOSED = "closed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Posting:
    """One asking in one channel. `message` and `thread` are there once it was posted; `gone` means that channel or
    thread were deleted, so that nothing more is said there."""

    id: int
    group: int
    asking: int
    track_channel: int
    channel: ChannelRef
    state: PostingState
    message: MessageRef | None
    thread: ThreadRef | None
    posted_at: datetime | None
    closes_at: datetime | None
    gone: bool = False


class AskingShelf(Protocol):
    """Tracks, pauses, askings, postings and the copies of questions they hold."""

    def due_tracks(self, now: datetime, most: int) -> Sequence[Track]:
        """Active tracks whose slot has come, locked until the transaction ends; others' locked ones are left out."""
        ...

    def track(self, group: int, track: int) -> Track | None:
        """One track with its channels."""
        ...

    def tracks(self, group: int) -> Sequence[Track]:
        """The active tracks of a group."""
        ...

    def track_in(self, group: int, channel: ChannelRef) -> Track | None:
        """The active track that asks in this channel."""
        ...

    def add_track(
        self,
        group: int,
        state: TrackState,
        schedule: Schedule,
        packs: tuple[str, ...],
        comments: Comments,
        next_at: datetime,
        channel: ChannelRef,
        now: datetime,
    ) -> int:
        """A new track that asks in one channel."""
        ...

    def change_track(
        self,
        group: int,
        track: int,
        state: TrackState,
        schedule: Schedule,
        packs: tuple[str, ...],
        comments: Comments,
        next_at: datetime,
    ) -> None:
        """New settings for a track."""
        ...

    def add_channel(self, group: int, track: int, channel: ChannelRef) -> None:
        """The track asks in one more channel."""
        ...

    def set_merged(self, group: int, track: int) -> None:
        """A draft's settings are those of the track that stood in its channel already."""
        ...

    def hold(self, group: int, track: int) -> None:
        """Nobody else settles anything about this track until the transaction ends."""
        ...

    def hold_all(self, group: int) -> None:
        """Nobody else settles which tracks the group has until the transaction ends."""
        ...

    def move_next(self, track: int, next_at: datetime) -> None:
        """The slot after the one just claimed."""
        ...

    def pauses(self, group: int, track: int) -> Sequence[Pause]:
        """All pauses of a track."""
        ...

    def add_pause(self, group: int, track: int, pause: Pause) -> None:
        """No scheduled question on these local days."""
        ...

    def end_pauses(self, group: int, track: int, today: date) -> None:
        """Ends the pauses that today lies in."""
        ...

    def cancel_pauses(self, group: int, track: int, today: date) -> bool:
        """Takes back the pauses that were planned for later; True when there were any."""
        ...

    def count_failure(self, group: int, track_channel: int) -> int:
        """One more failure in a row; returns how many now."""
        ...

    def clear_failures(self, group: int, track_channel: int) -> None:
        """The channel works (again)."""
        ...

    def stop_channel(self, group: int, track_channel: int, why: Stopped) -> bool:
        """The channel stands still until an organiser resumes; False when it does so already, for a reason as good."""
        ...

    def channels_in(self, group: int, place: SpaceRef | ChannelRef) -> Sequence[TrackChannel]:
        """The channels of a space in which active tracks ask, or the one channel as often as they ask there."""
        ...

    def waiting(self, group: int, track_channel: int) -> Sequence[Posting]:
        """The postings of this channel that still wait to be posted."""
        ...

    def insert_asking(
        self, track: Track, day: date, slot: str, due_at: datetime, skipped: SkipReason | None, now: datetime
    ) -> int | None:
        """The asking's id, or None when this track has one for that day and slot (F5)."""
        ...

    def asking(self, group: int, asking: int) -> Asking | None:
        """One asking."""
        ...

    def extras_on(self, group: int, track: int, day: date) -> int:
        """How many extra askings the track had on a local day."""
        ...

    def recent(self, group: int, track: int, most: int) -> Sequence[Asking]:
        """The newest askings of a track, newest first."""
        ...

    def choose(self, group: int, asking: int, question: str, hash: str, body: str, now: datetime) -> None:
        """Settles the question and keeps a copy of its wording."""
        ...

    def put_off(self, group: int, asking: int, due_at: datetime) -> None:
        """The same day's question, at another time."""
        ...

    def skip(self, group: int, asking: int, reason: SkipReason) -> None:
        """This slot brings no question."""
        ...

    def used(self, group: int, track: int) -> Sequence[str]:
        """Ids of the questions this track has chosen, oldest first."""
        ...

    def copy(self, hash: str) -> str | None:
        """The kept wording of a question."""
        ...

    def add_posting(self, group: int, asking: int, channel: TrackChannel) -> int:
        """The asking in one channel, waiting to be posted; the existing one if there is one."""
        ...

    def posting(self, group: int, posting: int) -> Posting | None:
        """One posting."""
        ...

    def postings(self, group: int, asking: int) -> Sequence[Posting]:
        """The postings of an asking."""
        ...

    def mark_posted(
        self, group: int, posting: int, message: MessageRef, posted_at: datetime, closes_at: datetime
    ) -> None:
        """The post stands in the channel."""
        ...

    def mark_thread(self, group: int, posting: int, thread: ThreadRef) -> None:
        """The post's thread is open."""
        ...

    def mark_gone(self, group: int, place: ChannelRef | ThreadRef) -> None:
        """The postings of this channel, or the one with this thread, have no place any more."""
        ...

    def live_threads(self, platform: str, late_since: datetime) -> Sequence[Posting]:
        """Postings of all groups on a platform in whose threads answers are still taken, newest first: open ones, and
        those that closed after `late_since`."""
        ...

    def set_posting(self, group: int, posting: int, state: PostingState, closes_at: datetime | None = None) -> None:
        """A posting's new state, and its new close where given."""
        ...

    def posting_in(self, group: int, thread: ThreadRef) -> Posting | None:
        """The posting whose thread this is."""
        ...

    def open_in(self, group: int, channel: ChannelRef) -> Posting | None:
        """The newest posting of a channel that is not closed."""
        ...

    def open_in_space(self, group: int, space: SpaceRef) -> Sequence[Posting]:
        """The newest posting that is not closed of each channel of a space, newest first."""
        ...

    def asks_in(self, group: int, message: MessageRef) -> bool:
        """Whether this message hangs in a channel or thread where we ask."""
        ...

    def waiting_in(self, group: int, channel: ChannelRef) -> bool:
        """Whether a posting of this channel is just being posted, so that its thread may not be known yet. It stays
        unknown until the transaction ends, so whoever learns it finds what this transaction holds for it."""
        ...

    def about_to_post(self, group: int, track_channel: int) -> bool:
        """Whether a posting of this channel still waits to be posted."""
        ...

    def open_before(self, group: int, track_channel: int, posting: int) -> Sequence[Posting]:
        """The earlier postings of this channel that are still open."""
        ...

    def posted_after(self, group: int, track_channel: int, at: datetime) -> bool:
        """Whether a later scheduled question stands in this channel."""
        ...


# ---------------------------------------------------------------- answers


class AnswerState(StrEnum):
    """What became of an answer."""

    RECEIVED = "received"
    REVIEWED = "reviewed"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


class Via(StrEnum):
    """How an answer came in."""

    THREAD = "thread"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Answer:
    """A member's answer to a posting. State `waiting` means that the reviewer is away: not graded yet.

    `born` is the version with which it was given, or given anew after it was withdrawn.
    """

    id: int
    group: int
    posting: int
    asking: int
    member: int
    via: Via
    state: AnswerState
    version: int
    born: int
    text: str
    dont_know: bool
    late: bool
    day: date
    received_at: datetime


class MessageKind(StrEnum):
    """What a message in one of our threads is to us. `declined`: its author said that it is no answer."""

    HELD = "held"
    PART = "part"
    TALK = "talk"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """A message we have seen. Only parts of answers and held ones keep their text."""

    ref: MessageRef
    group: int
    thread: ThreadRef
    author: UserRef
    author_name: str
    kind: MessageKind
    answer: int | None
    text: str
    sent_at: datetime
    changed_at: datetime
    deleted: bool
    replies_to_member: bool
    mentions_member: bool


class AnswersShelf(Protocol):
    """Messages seen, answers and their versions."""

    def message(self, ref: MessageRef) -> ThreadMessage | None:
        """A message we have seen, a deleted one included."""
        ...

    def see(self, message: ThreadMessage) -> bool:
        """Notes a message; False when it was seen before, and then nothing changes."""
        ...

    def change(self, message: ThreadMessage) -> None:
        """Stores a message's new state under its ref."""
        ...

    def held_in(self, group: int, thread: ThreadRef) -> Sequence[ThreadMessage]:
        """Messages held for a thread that was not known yet, oldest first."""
        ...

    def parts(self, group: int, answer: int) -> Sequence[ThreadMessage]:
        """The messages that make an answer, oldest first, deleted ones left out."""
        ...

    def part_ids(self, platform: str, late_since: datetime) -> Mapping[int, Sequence[str]]:
        """The ids of the messages that make answers, by posting, for the postings of `live_threads`; oldest first."""
        ...

    def submission(self, group: int, submission: str, answer: int | None, now: datetime) -> bool:
        """Notes one sending of a form or button, and the answer it made, if any; False when it came before."""
        ...

    def of(self, group: int, asking: int, member: int) -> Answer | None:
        """The member's answer to an asking, a withdrawn one included, but none that was set aside."""
        ...

    def by_id(self, group: int, answer: int) -> Answer | None:
        """One answer."""
        ...

    def held(self, group: int, answer: int) -> Answer | None:
        """One answer, which nobody else changes until the transaction ends."""
        ...

    def add(
        self,
        group: int,
        posting: Posting,
        member: int,
        via: Via,
        text: str,
        dont_know: bool,
        late: bool,
        day: date,
        now: datetime,
    ) -> Answer:
        """A new answer, or a withdrawn one of theirs given anew; version counts on."""
        ...

    def new_version(self, group: int, answer: int, text: str, dont_know: bool) -> int:
        """Stores a changed text; returns its version."""
        ...

    def forget_earlier(self, group: int, answer: int) -> None:
        """The texts and reviews of all versions but the newest go."""
        ...

    def set_state(self, group: int, answer: int, state: AnswerState) -> None:
        """An answer's new state."""
        ...

    def withdraw(self, group: int, answer: int) -> None:
        """Takes an answer back: its texts and reviews go, in all versions (F15)."""
        ...

    def latest_of(self, group: int, member: int, most: int) -> Sequence[tuple[Answer, str]]:
        """A member's newest answers with their questions' ids, withdrawn ones left out."""
        ...

    def count(self, group: int, states: tuple[AnswerState, ...]) -> int:
        """How many answers of a group are in these states."""
        ...


# ---------------------------------------------------------------- reviews


@dataclass(frozen=True, slots=True)
class StoredReview:
    """A review of one version of an answer."""

    answer: int
    version: int
    score: float
    review: Review
    at: datetime


class ReviewsShelf(Protocol):
    """Reviews, one for each version of an answer."""

    def add(self, group: int, review: StoredReview, rubric_hash: str) -> bool:
        """Stores a review; False when this version has one."""
        ...

    def of(self, group: int, answer: int, version: int) -> StoredReview | None:
        """The review of this version."""
        ...


# ---------------------------------------------------------------- standings


@dataclass(frozen=True, slots=True)
class Booking:
    """A change of points. `key` makes a repeat harmless; `answers` is +1, 0 or -1."""

    key: str
    member: int
    asking: int
    answer: int
    points: int
    answers: int
    day: date


class StandingsShelf(Protocol):
    """The event log of points, and the totals kept with it in the same transaction."""

    def book(self, group: int, booking: Booking, now: datetime) -> bool:
        """Adds an event and moves the totals of its day, week, month and of all time; False for a repeated key."""
        ...

    def booked(self, group: int, answer: int) -> tuple[int, int]:
        """Points and answers booked for an answer so far."""
        ...

    def top(self, group: int, period: Period, key: str, most: int) -> Sequence[Row]:
        """The best members with points, best first, of equal ones the newest. Hidden members have an empty name."""
        ...

    def own(self, group: int, period: Period, key: str, member: int) -> Row | None:
        """A member's own total, also without points."""
        ...

    def ahead_of(self, group: int, period: Period, key: str, points: int) -> int:
        """How many members have more points than this."""
        ...

    def neighbours(self, group: int, period: Period, key: str, row: Row, each_side: int) -> Sequence[Row]:
        """The members with points right above and below, best first, the row itself left out."""
        ...

    def people(self, group: int, period: Period, key: str) -> int:
        """How many members have points."""
        ...

    def differences(self, group: int | None) -> int:
        """How many totals differ from what the event log gives; of all groups with None."""
        ...

    def recompute(self, group: int | None) -> int:
        """Makes the totals anew from the event log; returns how many differed (F44)."""
        ...


# ---------------------------------------------------------------- delivery


class SendState(StrEnum):
    """What became of an outgoing message."""

    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Sending:
    """An outgoing message's row: `attempted` is when the first attempt began, `revision` what it shows."""

    key: str
    group: int
    state: SendState
    revision: int
    sent_id: str | None
    attempted: datetime
    claimed_until: datetime | None


class DeliveryShelf(Protocol):
    """Every outgoing message has a key and a row."""

    def by_key(self, group: int, key: str) -> Sending | None:
        """The row of a message."""
        ...

    def claim(self, group: int, item: Outgoing, revision: int, now: datetime, hold: timedelta) -> Sending | None:
        """Takes the message in hand for so long, by the database's clock, and returns its row as it was before; None
        when there was none. Raises `NotNow` while somebody else has it in hand."""
        ...

    def keep(self, group: int, key: str, hold: timedelta) -> None:
        """Renews a claim; one that was let go of stays so."""
        ...

    def claim_known(self, group: int, key: str, hold: timedelta) -> Sending | None:
        """The same for a message that has a row; None when it has none, and then nothing is taken."""
        ...

    def sent(self, group: int, key: str, sent_id: str, revision: int) -> None:
        """It stands there; nobody has it in hand any more."""
        ...

    def release(self, group: int, key: str) -> None:
        """Nobody has it in hand; its state stays."""
        ...

    def end(self, group: int, key: str, state: SendState) -> None:
        """Refused, or removed: nothing more will be said under this key."""
        ...


# ---------------------------------------------------------------- work


@dataclass(frozen=True, slots=True)
class WorkView:
    """How much is owed and parked for a group."""

    owed: int
    oldest: datetime | None
    parked: Sequence[tuple[str, str]]


class Tx(Protocol):
    """One transaction."""

    @property
    def members(self) -> MembersShelf:
        """Groups and members."""
        ...

    @property
    def codes(self) -> CodesShelf:
        """Codes that join."""
        ...

    @property
    def joining(self) -> JoiningShelf:
        """What becomes one."""
        ...

    @property
    def asking(self) -> AskingShelf:
        """Tracks and askings."""
        ...

    @property
    def answers(self) -> AnswersShelf:
        """Answers."""
        ...

    @property
    def reviews(self) -> ReviewsShelf:
        """Reviews."""
        ...

    @property
    def standings(self) -> StandingsShelf:
        """Points and boards."""
        ...

    @property
    def delivery(self) -> DeliveryShelf:
        """Outgoing messages."""
        ...

    def owe(self, story: str, key: str, group: int, *args: int | str, not_before: datetime | None = None) -> None:
        """Writes down, in this transaction, that a story must be told; the same key again changes nothing. A group that
        has joined another is told of as that one."""
        ...

    def work(self, group: int) -> WorkView:
        """What is owed and parked for a group."""
        ...
