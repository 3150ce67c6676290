"""Finds the answer that a text nearly repeats."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz import fuzz, process

from bot.domain.fairness import ALIKE, bare, is_long_enough


class WordByWord:
    """`bot.ports.Copies`: compares texts letter by letter, without case, punctuation and layout. A changed word here
    and there does not hide a copy; saying the same in one's own words is none."""

    def find(self, text: str, others: Mapping[int, str]) -> int | None:
        """The other text that is most alike, by its number, if it is alike enough; the smallest of equal ones."""
        if not is_long_enough(text):
            return None
        best = process.extractOne(
            bare(text), {number: bare(other) for number, other in others.items()}, scorer=fuzz.ratio, score_cutoff=ALIKE
        )
        return None if best is None else int(best[2])
