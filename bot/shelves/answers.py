"""Answers, and the messages they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.refs import MessageRef, ThreadRef, UserRef
from bot.shelves.asking import Posting

#: The first attempt earns an answer's points, the second what it adds (RULES, Points).
FIRST_ATTEMPT, SECOND_ATTEMPT = 1, 2


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

    `born` is the version with which it was given, or given anew after it was withdrawn. `attempt` is 2 for a second
    attempt, which has a review and growth points of its own (RULES, Points).
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
    attempt: int = 1

    @property
    def is_second(self) -> bool:
        """Whether this is a second attempt."""
        return self.attempt == SECOND_ATTEMPT


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

    def of(self, group: int, asking: int, member: int, attempt: int = FIRST_ATTEMPT) -> Answer | None:
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
        attempt: int = FIRST_ATTEMPT,
        own_day: date | None = None,
    ) -> Answer:
        """A new answer, or a withdrawn one of theirs given anew; version counts on. `own_day` is the date at its
        author's, which a first attempt needs."""
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
        """Takes an answer back: its texts, guesses and reviews go, in all versions (F15)."""
        ...

    def latest_of(self, group: int, member: int, most: int) -> Sequence[tuple[Answer, str]]:
        """A member's newest answers with their questions' ids, withdrawn ones left out."""
        ...

    def count(self, group: int, states: tuple[AnswerState, ...]) -> int:
        """How many answers of a group are in these states."""
        ...
