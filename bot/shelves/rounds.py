"""Mock rounds: what they are about, what was said in them, and the loops they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.companies import RoundPlan
from bot.domain.debriefs import WriteUp
from bot.domain.incoming import Attachment
from bot.domain.questions import Level, Question
from bot.domain.refs import ChannelRef, MessageRef, ThreadRef, UserRef
from bot.domain.reviews import Review
from bot.domain.rounds import Ended, Floor, Mode, RoundClock, RoundState, Speaker, TurnKind


@dataclass(frozen=True, slots=True)
class NewRound:
    """A round that begins: who wanted it, where, and what it is."""

    member: int
    user: UserRef
    place: ChannelRef
    company: str
    plan: RoundPlan
    level: Level
    mode: Mode
    loop: int | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One mock round. `room` is its private place, once that is open; `asked_by` the number of the interviewer's turn
    that waits for an answer; `epoch` grows whenever its clock starts again."""

    id: int
    group: int
    member: int
    user: UserRef
    place: ChannelRef
    room: ThreadRef | None
    company: str
    plan: RoundPlan
    level: Level
    mode: Mode
    loop: int | None
    state: RoundState
    floor: Floor
    asked_by: int
    clock: RoundClock
    epoch: int
    opened_at: datetime
    ended_at: datetime | None
    why: Ended | None
    notes: WriteUp | None


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that was said in a round, or is about to be: `said` is False until an interviewer's words stand there.
    `position` is the question it is about; `message` the platform's id of a member's message."""

    id: int
    number: int
    speaker: Speaker
    kind: TurnKind
    text: str
    position: int
    message: str | None
    at: datetime
    said: bool


@dataclass(frozen=True, slots=True)
class HeldAnswer:
    """An answer that waits for its files, and what it will be then."""

    kind: TurnKind
    text: str
    files: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class RoundQuestion:
    """A question of a round, as it was worded then. `heard` is the number of the last turn that its review knows."""

    position: int
    question: Question
    review: Review | None
    heard: int
    hints: int


class LoopState(StrEnum):
    """Where a loop stands."""

    OPEN = "open"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Loop:
    """Several rounds of one company, one after another."""

    id: int
    group: int
    member: int
    company: str
    level: Level
    mode: Mode
    state: LoopState
    opened_at: datetime


class RoundsShelf(Protocol):
    """Rounds, their questions and turns, and loops."""

    def begin(self, group: int, new: NewRound, now: datetime) -> Round:
        """A new round with its questions; its private place is not open yet."""
        ...

    def by_id(self, group: int, round: int) -> Round | None:
        """One round."""
        ...

    def held(self, group: int, round: int) -> Round | None:
        """One round; nobody else changes it until the transaction ends."""
        ...

    def in_room(self, place: ThreadRef, user: UserRef) -> Sequence[Round]:
        """The rounds of this account in this private place or in a conversation around it: those under way, newest
        first (several where one conversation serves several workspaces), else the newest one that is over. A
        conversation may not tell its workspace, which is empty then and does not matter."""
        ...

    def elsewhere(self, user: UserRef) -> bool:
        """Whether this account opened a round in another workspace of its platform as well."""
        ...

    def with_room(self, place: ThreadRef) -> Sequence[Round]:
        """The rounds under way in this private place."""
        ...

    def of_target(self, round: int, user: UserRef) -> Round | None:
        """The round with this id, if this account opened it, whichever group it belongs to."""
        ...

    def of_member(self, group: int, member: int, states: Sequence[RoundState], most: int) -> Sequence[Round]:
        """A member's rounds of these states, newest first."""
        ...

    def of_loop(self, group: int, loop: int) -> Sequence[Round]:
        """The rounds of a loop, oldest first."""
        ...

    def change(self, round: Round) -> None:
        """Stores a round's room, state, floor, clock, end and notes."""
        ...

    def live(self, platform: str) -> Sequence[tuple[Round, Sequence[str]]]:
        """Rounds under way whose private place is on a platform, with the ids of the members' messages in it."""
        ...

    def add_turn(self, round: Round, speaker: Speaker, kind: TurnKind, text: str, now: datetime) -> Turn:
        """What an interviewer will say."""
        ...

    def add_answer(
        self, round: Round, kind: TurnKind, text: str, position: int, message: str, now: datetime
    ) -> Turn | None:
        """What the member said about a question; None when this message is known already."""
        ...

    def add_held(self, round: Round, held: HeldAnswer, position: int, message: str, now: datetime) -> Turn | None:
        """What the member said about a question with files that are not read yet; None when this message is known
        already."""
        ...

    def held_answer(self, group: int, turn: int) -> tuple[Round, Turn, HeldAnswer] | None:
        """An answer that waits for its files; None when it does not any more."""
        ...

    def take_held(self, group: int, turn: Turn, kind: TurnKind, text: str) -> None:
        """Its files were read, and it is this now."""
        ...

    def add_note(self, round: Round, text: str, message: str, now: datetime) -> bool:
        """A member's message that is no answer; False when it is known already."""
        ...

    def turns(self, group: int, round: int) -> Sequence[Turn]:
        """All that was said, in order."""
        ...

    def set_said(self, group: int, turn: int) -> None:
        """An interviewer's words stand there."""
        ...

    def set_text(self, group: int, round: int, message: str, text: str) -> Turn | None:
        """A member's message reads so now, and what is known of its question is out of date; None when it is none of an
        answer."""
        ...

    def holding(self, message: MessageRef) -> Round | None:
        """The round in which this message was written; an empty workspace does not matter."""
        ...

    def questions(self, group: int, round: int) -> Sequence[RoundQuestion]:
        """The questions of a round, in order."""
        ...

    def set_review(self, group: int, round: int, position: int, review: Review, heard: int) -> None:
        """What the reviewer says of all that was said to a question up to a turn."""
        ...

    def take_hint(self, group: int, round: int, position: int) -> int:
        """One more hint was given to a question; returns how many there were before."""
        ...

    def asked_before(self, group: int, member: int) -> Sequence[str]:
        """Ids of the questions a member was asked in rounds, oldest first."""
        ...

    def begin_loop(self, group: int, member: int, company: str, level: Level, mode: Mode, now: datetime) -> Loop:
        """A new loop."""
        ...

    def loop(self, group: int, loop: int) -> Loop | None:
        """One loop."""
        ...

    def open_loop(self, group: int, member: int) -> Loop | None:
        """The loop a member is in."""
        ...

    def end_loop(self, group: int, loop: int, state: LoopState) -> None:
        """A loop is over."""
        ...
