"""What a question's members may read of each other: who read the others' answers, and whose may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.refs import ChannelRef
from bot.shelves.answers import Answer


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reviewed answer, given in time, whose author agreed that it is shown at the close."""

    answer: Answer
    score: float


class HiddenShelf(Protocol):
    """Answers as others may read them. Each answer given anew has to be agreed to anew."""

    def answers(self, group: int, posting: int) -> Sequence[Answer]:
        """The answers to a posting that stand, oldest first."""
        ...

    def newest_in(self, group: int, channel: ChannelRef) -> int | None:
        """The newest posting that stands in a channel, closed or not."""
        ...

    def changes(self, group: int, posting: int) -> int:
        """A number that grows with every answer in time, every change of one, and every one taken back."""
        ...

    def note_read(self, group: int, answer: int, now: datetime) -> None:
        """The author of this answer has read those of others."""
        ...

    def has_read(self, group: int, answer: int) -> bool:
        """Whether its author has read those of others."""
        ...

    def agree(self, group: int, answer: int, born: int, now: datetime) -> None:
        """Its author agrees that it is shown at the close."""
        ...

    def take_back(self, group: int, answer: int) -> None:
        """Its author does not agree any more."""
        ...

    def agreed(self, group: int, answer: int, born: int) -> bool:
        """Whether its author agreed."""
        ...

    def candidates(self, group: int, posting: int) -> Sequence[Candidate]:
        """The answers that may be shown, best first; of equal ones the earlier."""
        ...

    def choose(self, group: int, answers: Sequence[int]) -> None:
        """These are shown."""
        ...

    def chosen(self, group: int, posting: int) -> Sequence[Answer]:
        """The answers chosen to be shown that still stand, in the order of `candidates`."""
        ...
