"""How long a model and its server are waited for: everything follows from how long whoever asked waits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits of one review, in seconds. Whoever asked waits for `whole`."""

    whole: float

    @property
    def review(self) -> float:
        """A review with all its calls ends a little before whoever asked for it gives up."""
        return self.whole * 11 / 12

    @property
    def silence(self) -> float:
        """A server that says nothing for so long is given up (FAULTS 35), while there is time to say so."""
        return self.whole / 2

    @property
    def turn(self) -> float:
        """A review waits so long for its turn; then it goes back to where it came from, and others get theirs."""
        return self.whole / 3
