"""What somebody has answered to a posting, and when: asked by everything that is about an answer."""

from __future__ import annotations

from datetime import datetime

from bot import texts
from bot.domain.answers import Timeliness, timeliness
from bot.domain.outgoing import Reply
from bot.domain.refs import UserRef
from bot.shelves import Answer, AnswerState, Posting, Tx


def last_answer(tx: Tx, posting: Posting, user: UserRef) -> Answer | None:
    """The author's answer to this question, a withdrawn one included."""
    member = tx.members.by_user(posting.group, user)
    return tx.answers.of(posting.group, posting.asking, member.id) if member is not None else None


def standing_answer(tx: Tx, posting: Posting, user: UserRef) -> Answer | None:
    """The author's answer, unless they have none or it was withdrawn."""
    answer = last_answer(tx, posting, user)
    return None if answer is None or answer.state is AnswerState.WITHDRAWN else answer


def is_by(tx: Tx, answer: Answer, user: UserRef) -> bool:
    """Whether this account's member gave the answer."""
    member = tx.members.by_user(answer.group, user)
    return member is not None and member.id == answer.member


def time_of(posting: Posting, sent_at: datetime, now: datetime) -> Timeliness:
    """Whether something sent then is in time, late or too late."""
    return Timeliness.IN_TIME if posting.closes_at is None else timeliness(sent_at, now, posting.closes_at)


def zone_of(tx: Tx, posting: Posting) -> str:
    """The zone of the track that asked."""
    asking = tx.asking.asking(posting.group, posting.asking)
    track = tx.asking.track(posting.group, asking.track) if asking is not None else None
    return track.schedule.zone if track is not None else "UTC"


def with_text(why: str, text: str) -> Reply:
    """A form that changed nothing gives back what was typed into it."""
    return Reply(f"{why}\n\n{texts.your_text(text)}" if text else why)
