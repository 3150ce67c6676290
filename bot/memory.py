"""What stays in a member's memory, by the FSRS algorithm of the `fsrs` library. Nobody else knows that library."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import fsrs

from bot.domain.repetition import Card, Rating, Recalled, rating_of

_RATINGS = {
    Rating.AGAIN: fsrs.Rating.Again,
    Rating.HARD: fsrs.Rating.Hard,
    Rating.GOOD: fsrs.Rating.Good,
    Rating.EASY: fsrs.Rating.Easy,
}


class FsrsMemory:
    """`bot.ports.Memory`. Without steps of minutes, since nobody is asked twice a day; and without fuzz, so that the
    same answers make the same card every time."""

    def __init__(self) -> None:
        self._scheduler = fsrs.Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)

    def card_after(self, past: Sequence[Recalled]) -> Card | None:
        """The card after these answers, whatever their order; None without any."""
        if not past:
            return None
        answers = sorted(past, key=lambda each: each.at)
        card = fsrs.Card(card_id=0, due=answers[0].at)
        for each in answers:
            card, _ = self._scheduler.review_card(card, _RATINGS[rating_of(each.score)], each.at)
        return Card(card.due, answers[-1].at, card.to_json())

    def recall(self, card: Card, now: datetime) -> float:
        """How likely it is, 0..1, that somebody with this card still knows it."""
        return float(self._scheduler.get_card_retrievability(fsrs.Card.from_json(card.state), now))
