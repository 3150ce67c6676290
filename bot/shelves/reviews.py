"""Reviews, one for each version of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.reviews import Review, Versions


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

    def add(self, group: int, review: StoredReview, rubric_hash: str, text_hash: str | None = None) -> bool:
        """Stores a review; False when this version has one. With `text_hash`, `same` finds it."""
        ...

    def same(self, group: int, rubric_hash: str, versions: Versions, text_hash: str) -> Review | None:
        """What a reviewer of these versions said in this group of the same text under the same rubric, if it did."""
        ...

    def of(self, group: int, answer: int, version: int) -> StoredReview | None:
        """The review of this version."""
        ...
