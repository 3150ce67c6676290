"""What members remember, and the questions they are asked again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.questions import Question
from bot.domain.refs import ChannelRef, UserRef
from bot.domain.repetition import Card, Recalled, Retained
from bot.domain.reviews import Review


@dataclass(frozen=True, slots=True)
class Repeater:
    """A member who was asked whether they want to be asked again. `on` is their answer; `user` and `place` are where
    they gave it; `most` questions come a day. `closed`: they take no private words, and have not been told yet that it
    is off for that. `last_day` is the local date of the newest private message."""

    member: int
    group: int
    on: bool
    most: int
    user: UserRef
    place: ChannelRef
    closed: bool
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Due:
    """A member's card for a question."""

    question: str
    card: Card


class ReaskState(StrEnum):
    """What became of a question that is asked again."""

    OWED = "owed"
    ASKED = "asked"
    DROPPED = "dropped"
    ANSWERED = "answered"
    GRADED = "graded"


@dataclass(frozen=True, slots=True)
class Reask:
    """A question that a member is asked again, privately. Those of one day come in one message, which is named after
    its `first`. `since` is when the member answered it before; guess and score are 0..1."""

    id: int
    group: int
    member: int
    first: int
    question: Question
    day: date
    state: ReaskState
    since: datetime
    text: str
    answered_at: datetime | None
    guess: float | None
    score: float | None
    review: Review | None


class RepetitionShelf(Protocol):
    """Cards, who wants to be asked again, and what they were asked."""

    # what is remembered

    def touch(self, group: int, member: int, question: str) -> None:
        """Something about the member's answers to this question has changed: its card is to be made anew."""
        ...

    def touch_all(self, group: int, member: int) -> None:
        """All cards of this member are to be made anew, from everything they ever answered."""
        ...

    def are_touched(self) -> bool:
        """Whether any card is to be made anew."""
        ...

    def touched(self, most: int, group: int | None = None, member: int | None = None) -> Sequence[tuple[int, int, str]]:
        """Cards that are to be made anew, of one member where named: group, member and question."""
        ...

    def past(self, group: int, member: int, question: str) -> Sequence[Recalled]:
        """All graded answers of a member to a question that stand, in threads, by form and re-asked."""
        ...

    def put(self, group: int, member: int, question: str, card: Card | None) -> None:
        """The card as it is now; none where nothing is remembered."""
        ...

    def cards(self, group: int, member: int) -> Sequence[Due]:
        """A member's cards, the longest due first."""
        ...

    def remembered(self, group: int, questions: Collection[str]) -> Mapping[str, Sequence[Card]]:
        """The cards for these questions of all who are still here, in the order of the members."""
        ...

    def busy(self, group: int, member: int, since: date) -> frozenset[str]:
        """Questions that are open in the group now, or that the member was asked again on or after this date and has
        not answered."""
        ...

    # who wants it

    def repeater(self, group: int, member: int) -> Repeater | None:
        """What a member said; None where they were never asked."""
        ...

    def agree(self, group: int, member: int, user: UserRef, place: ChannelRef, most: int, next_at: datetime) -> None:
        """The member wants so many questions a day, there; the first time at this moment."""
        ...

    def refuse(self, group: int, member: int, user: UserRef, place: ChannelRef) -> None:
        """The member wants none (any more)."""
        ...

    def stop(self, group: int, member: int, closed: bool) -> None:
        """It is off until they ask for it again. `closed`: since they take no private words."""
        ...

    def was_told(self, group: int, member: int) -> None:
        """They know that it is off."""
        ...

    def are_due(self, now: datetime) -> bool:
        """Whether `due` would find anybody."""
        ...

    def due(self, now: datetime, most: int) -> Sequence[Repeater]:
        """Members whose moment has come. Locked until the transaction ends; others' locked ones are left out."""
        ...

    def move_next(self, group: int, member: int, next_at: datetime, last_day: date | None) -> None:
        """The member's next moment, and the date of their newest private message."""
        ...

    # what they are asked

    def ask(
        self, group: int, member: int, first: int | None, question: Question, day: date, since: datetime, now: datetime
    ) -> int:
        """One more question for the message of `first`, or the first of a new one; returns its id."""
        ...

    def reask(self, group: int, id: int, *, hold: bool = False) -> Reask | None:
        """One question that is asked again; held where nobody else may change it until the transaction ends."""
        ...

    def message(self, group: int, first: int) -> Sequence[Reask]:
        """The questions of one private message, in their order."""
        ...

    def set_state(self, group: int, first: int, state: ReaskState) -> None:
        """What became of the questions of a message that were still owed."""
        ...

    def answer(self, group: int, id: int, text: str, guess: float | None, at: datetime) -> None:
        """The member's answer."""
        ...

    def grade(self, group: int, id: int, score: float, review: Review) -> None:
        """What the reviewer says of it."""
        ...

    def retained(self, group: int, since: datetime, member: int | None = None) -> Sequence[Retained]:
        """All re-asked questions of a group, of one member where named, that were answered since then and graded,
        oldest first."""
        ...
