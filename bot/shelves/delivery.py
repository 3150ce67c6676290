"""Messages that go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.domain.outgoing import Outgoing


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
