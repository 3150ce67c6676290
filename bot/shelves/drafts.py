"""Answers that are being written over several messages, and files that came with messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.incoming import Attachment
from bot.domain.refs import MessageRef


class DraftState(StrEnum):
    """What became of a draft."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Draft:
    """While it is open, the member's messages in the posting's thread join one answer, and nothing is reviewed."""

    id: int
    group: int
    posting: int
    member: int
    state: DraftState
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file of a message. `text` is there once it was read, and stays empty where it could not be."""

    id: int
    file: Attachment
    text: str | None


class DraftsShelf(Protocol):
    """Drafts and files."""

    def begin(self, group: int, posting: int, member: int, now: datetime) -> Draft:
        """A new draft."""
        ...

    def open_of(self, group: int, posting: int, member: int) -> Draft | None:
        """The draft this member has open there."""
        ...

    def by_id(self, group: int, draft: int) -> Draft | None:
        """One draft."""
        ...

    def end(self, group: int, draft: int, state: DraftState) -> bool:
        """It is over; False when it was before."""
        ...

    def holds(self, group: int, answer: int) -> bool:
        """Whether this answer is still being written, in the thread."""
        ...

    def add_files(self, group: int, message: MessageRef, files: Sequence[Attachment]) -> None:
        """Notes the files of a message that was seen."""
        ...

    def files(self, group: int, message: MessageRef) -> Sequence[MessageFile]:
        """The files of a message, in its order."""
        ...

    def set_text(self, group: int, file: int, text: str) -> None:
        """What a file says; nothing where it could not be read."""
        ...

    def forget_files(self, group: int, message: MessageRef) -> None:
        """The files of a message are gone."""
        ...
