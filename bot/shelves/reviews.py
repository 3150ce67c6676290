"""Reviews, one for each version of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.reviews import Review


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
