"""Hints: the next one, privately, for a point of what the answer will earn (RULES, Points)."""

from __future__ import annotations

from datetime import datetime

from bot import texts
from bot.domain.appeals import HINT_COSTS, read_target, target_of
from bot.domain.incoming import ButtonPressed, CommandCalled
from bot.domain.outgoing import Action, Button, Reply, read_id
from bot.domain.questions import Question
from bot.domain.refs import SpaceRef
from bot.services import asking
from bot.services.members import member_for
from bot.shelves import AnswerState, Member, Posting, PostingState, Tx


def pressed(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Reply:
    """The button beside Answer takes the first hint, and later shows the newest again; the button under a hint takes
    exactly the next. So a double press never costs twice."""
    wanted = read_target(event.target)
    id = read_id(event.target) if wanted is None else wanted[0]
    posting = tx.asking.posting(group, id) if id is not None else None
    if posting is None or not _may_see(posting, event.place.space):
        return Reply(texts.not_found())
    member = member_for(tx, group, event.person, now)
    taken = tx.hints.taken(group, posting.asking, member.id)
    return _give(tx, posting, member, max(taken, 1) if wanted is None else wanted[1], event.press, now)


def called(tx: Tx, group: int, event: CommandCalled, now: datetime) -> Reply:
    """`/study hint`: each call takes the next one; a call that was delivered twice takes one."""
    posting = tx.asking.open_in(group, event.place)
    if posting is None:
        return Reply(texts.nothing_open())
    member = member_for(tx, group, event.person, now)
    call = f"{event.person.user.platform}:{event.person.user.workspace}:{event.call}"
    known = tx.hints.by_event(group, call)
    next_one = known or tx.hints.taken(group, posting.asking, member.id) + 1
    return _give(tx, posting, member, next_one, call, now)


def _may_see(posting: Posting, space: SpaceRef) -> bool:
    return posting.channel.space == space and posting.state in (PostingState.POSTED, PostingState.CLOSED)


def _give(tx: Tx, posting: Posting, member: Member, number: int, event: str, now: datetime) -> Reply:
    """Shows this hint, and notes it when it is the next one not seen yet. The member is held by the caller."""
    question = _question(tx, posting)
    if question is None or not question.hints:
        return Reply(texts.no_hints())
    group, asked = posting.group, posting.asking
    taken = tx.hints.taken(group, asked, member.id)
    free = _costs_nothing(tx, posting, member)
    shown = min(number, taken + 1, len(question.hints))
    if shown < 1:
        return Reply(texts.not_found())
    if shown > taken:
        tx.hints.take(group, asked, member.id, shown, event, free, now)
    cost = HINT_COSTS * tx.hints.paid(group, asked, member.id)
    text = texts.hint(shown, len(question.hints), question.hints[shown - 1], cost, free)
    if shown == len(question.hints):
        return Reply(text)
    return Reply(text, (Button(Action.HINT, texts.label_next_hint(free), target_of(posting.id, shown + 1)),))


def _costs_nothing(tx: Tx, posting: Posting, member: Member) -> bool:
    """Whether an answer of theirs stands already. "I don't know" is none: what follows it is the answer."""
    answer = tx.answers.of(posting.group, posting.asking, member.id)
    return answer is not None and answer.state is not AnswerState.WITHDRAWN and not answer.dont_know


def _question(tx: Tx, posting: Posting) -> Question | None:
    """The wording this posting was made with."""
    asked = tx.asking.asking(posting.group, posting.asking)
    return asking.question_of(tx, asked) if asked is not None and asked.question_hash is not None else None
