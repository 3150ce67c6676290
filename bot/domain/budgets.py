"""What asking a reviewer costs, and who may still ask (FEATURES F65)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call to a language model used. Tokens are counted by its server, or estimated where it tells none."""

    model: str
    tokens_in: int
    tokens_out: int


#: Told of every call that was made, however it ended.
Spent = Callable[[Usage], None]


def unbooked(usage: Usage) -> None:
    """For callers who keep no books."""
