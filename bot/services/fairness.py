"""Fairness: settling, with its review, whether an answer earns points of its own; moderators are told privately, and
its author with the review. An appeal brings a person to look."""

from __future__ import annotations

from bot import texts
from bot.domain.appeals import Decision
from bot.domain.fairness import MODEL_ANSWER, Unscored, Why, is_over_cap
from bot.domain.refs import ChannelRef
from bot.services import notices
from bot.shelves import Answer, Tx

#: With these an appeal ends in favour of the answer: whoever decided has seen why it earned nothing.
LIFTS = frozenset({Decision.COUNTED, Decision.OWN, Decision.SECOND})


def settle(tx: Tx, answer: Answer, like: int | None, place: ChannelRef) -> None:
    """Settles whether this version earns points; `like` is the earlier answer that it repeats, or `MODEL_ANSWER`.
    Moderators are told of copies once for each question, of the cap once for each member and day, and of nobody who
    repeats themselves or the model answer."""
    found = _judged(tx, answer, like)
    tx.fairness.settle(answer.group, answer.id, found)
    if found is None or found.why in (Why.AGAIN, Why.MODEL):
        return
    once = f"{answer.asking}" if found.why is Why.COPY else f"{answer.member}:{answer.day}"
    key = f"unscored:{found.why}:{answer.group}:{once}"
    notices.owe(tx, answer.group, place, key, notices.Notice.UNSCORED, found.why)


def _judged(tx: Tx, answer: Answer, like: int | None) -> Unscored | None:
    if like == MODEL_ANSWER:
        return Unscored(Why.MODEL, answer.version)
    if like is not None:
        earlier = tx.answers.by_id(answer.group, like)
        own = earlier is not None and earlier.member == answer.member
        return Unscored(Why.AGAIN if own else Why.COPY, answer.version, like)
    if is_over_cap(tx.fairness.earlier_that_day(answer.group, answer.id)):
        return Unscored(Why.CAP, answer.version)
    return None


def unscored(tx: Tx, answer: Answer) -> Unscored | None:
    """Why the newest version of an answer earns no points; None where it does, or where an appeal lifted it."""
    found = tx.fairness.of(answer.group, answer.id)
    if found is None or found.version != answer.version:
        return None
    appeal = tx.appeals.of(answer.group, answer.id, answer.version)
    return None if appeal is not None and appeal.decision in LIFTS else found


def is_copy(tx: Tx, answer: Answer) -> bool:
    """Whether an answer stands as a copy of somebody else's words: such are nobody's best answer."""
    found = unscored(tx, answer)
    return found is not None and found.why in (Why.COPY, Why.MODEL)


def line(tx: Tx, answer: Answer) -> str:
    """What its author reads of it above the full review; empty where there is nothing to say."""
    found = unscored(tx, answer)
    return texts.unscored_line(found.why) if found is not None else ""
