"""How good the reviewers of this installation are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audits import Figures
from bot.domain.reviews import Versions


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit: what was measured, against which gold set and rubrics, and what it found."""

    versions: Versions
    gold: str
    at: datetime
    figures: Figures


class AuditsShelf(Protocol):
    """Audits belong to the installation rather than to a group."""

    def store(self, audit: Audit) -> None:
        """Keeps an audit; one of the same versions and gold set is replaced."""
        ...

    def expire(self, gold: str) -> None:
        """Audits against another gold set or other rubrics than these say nothing any more."""
        ...

    def of(self, versions: Versions) -> Audit | None:
        """What is known of exactly these versions."""
        ...
