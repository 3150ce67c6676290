"""Recalling: which question a channel is asked again because the group is about to forget it (F52)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.domain.repetition import NOT_BEFORE, ONE_IN, Remembered, about_to_forget
from bot.ports import Memory, Questions
from bot.shelves import SCHEDULED, Asking, AskingState, Track, Tx

#: Among so many of the newest askings the latest daily questions are looked for.
LOOKED_THROUGH = 50


@dataclass(frozen=True, slots=True)
class Recalled:
    """A question that is asked again, and the day on which it was asked last."""

    question: str
    asked_before: date


def to_recall(tx: Tx, memory: Memory, questions: Questions, track: Track, asking: Asking) -> Recalled | None:
    """What this asking brings in place of a new question; None where a new one comes. What people remember is weighed
    at the moment the asking was due, so that a later look finds the same."""
    if not track.again or asking.slot != SCHEDULED or _was_lately(tx, asking):
        return None
    days = _rested(tx, questions, track, asking.day)
    held = tx.repetition.remembered(track.group, days) if days else {}
    chosen = about_to_forget(
        Remembered(question, tuple(memory.recall(card, asking.due_at) for card in cards))
        for question, cards in held.items()
    )
    return Recalled(chosen, days[chosen]) if chosen is not None else None


def _was_lately(tx: Tx, asking: Asking) -> bool:
    """Whether one of the daily questions right before this one was such a question already."""
    recent = tx.asking.recent(asking.group, asking.track, LOOKED_THROUGH)
    daily = [each for each in recent if each.slot == SCHEDULED and each.state is AskingState.ASKED]
    before = [each for each in daily if each.id < asking.id][: ONE_IN - 1]
    return any(each.asked_before is not None for each in before)


def _rested(tx: Tx, questions: Questions, track: Track, day: date) -> dict[str, date]:
    """The track's questions that were asked long enough ago, and are in its packs still, each with its last day."""
    present, latest = set(questions.ids_in(track.packs)), day - NOT_BEFORE
    asked = tx.asking.last_days(track.group, track.id)
    return {question: last for question, last in asked.items() if last <= latest and question in present}
