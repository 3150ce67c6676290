"""One thing that is wrong with a pack, and where."""

from __future__ import annotations

from dataclasses import dataclass

#: Where a value stands in a file: keys and list positions from the top, such as `("points", 2, "weight")`.
Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`path` is relative to the folder that was examined; `message` says what is wrong, why, and what to do."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"
