"""Tracks, askings and postings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.asking import Pause, Schedule
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef


class Comments(StrEnum):
    """What stands in the thread under an answer (RULES, What others see)."""

    BRIEF = "brief"
    FULL = "full"
    PRIVATE = "private"


class Showing(StrEnum):
    """Whether answers are read by all at once, or by nobody else before the close or an answer of one's own (F13)."""

    OPEN = "open"
    HIDDEN = "hidden"


#: The slot of a track's daily question; those posted by hand are `extra-1`, `extra-2`, ...
SCHEDULED = "scheduled"


class TrackState(StrEnum):
    """A draft waits for an organiser's yes; an active one asks; a merged one gave its settings to the active one."""

    DRAFT = "draft"
    ACTIVE = "active"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Track:
    """A schedule of questions from some packs. `next_at` is the next slot, UTC. `again`: it asks again what the group
    is about to forget (F52)."""

    id: int
    group: int
    state: TrackState
    schedule: Schedule
    packs: tuple[str, ...]
    comments: Comments
    next_at: datetime
    channels: tuple[TrackChannel, ...] = ()
    showing: Showing = Showing.OPEN
    again: bool = False


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
    """A track's question of one local day; slot `scheduled`, or `extra-n` for one posted by hand. `asked_before`: it is
    asked again because the group is about to forget it, and this is the day on which it was asked last."""

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
    asked_before: date | None = None


class PostingState(StrEnum):
    """What became of an asking in one channel."""

    WAITING = "waiting"
    POSTED = "posted"
    CLOSED = "closed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Posting:
    """One asking in one channel. `message` and `thread` are there once it was posted; `gone` means that channel or
    thread were deleted, so that nothing more is said there. `hidden` is settled with the posting, since its words
    promise it: answers come by form, and nobody else reads them before the close or an answer of their own."""

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
    hidden: bool = False

    @property
    def secret(self) -> bool:
        """Whether answers are hidden at present."""
        return self.hidden and self.state is not PostingState.CLOSED


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
        showing: Showing = Showing.OPEN,
        again: bool = False,
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
        showing: Showing = Showing.OPEN,
        again: bool = False,
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

    def choose(
        self,
        group: int,
        asking: int,
        question: str,
        hash: str,
        body: str,
        now: datetime,
        asked_before: date | None = None,
    ) -> None:
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

    def last_days(self, group: int, track: int) -> Mapping[str, date]:
        """The questions this track has asked, each with the day on which it did so last."""
        ...

    def copy(self, hash: str) -> str | None:
        """The kept wording of a question."""
        ...

    def add_posting(self, group: int, asking: int, channel: TrackChannel, hidden: bool = False) -> int:
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
