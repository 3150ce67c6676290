"""The full review as its author sees it: the grade that counts, and what can be pressed under it."""

from __future__ import annotations

from datetime import datetime

from bot import texts
from bot.domain.answers import LATE_FOR
from bot.domain.appeals import Decision, may_appeal, target_of
from bot.domain.outgoing import Action, Button, Reply
from bot.domain.questions import Question
from bot.services import audits, fairness, guesses, standings, streaks
from bot.shelves import SECOND_ATTEMPT, Answer, AnswerState, Appeal, StoredReview, Tx
from bot.texts.reviews import FULL_LIMIT


def shown(tx: Tx, question: Question, answer: Answer, stored: StoredReview, now: datetime) -> Reply:
    """The review with the lines of an appeal, a second attempt, a milestone and a guess. What the review says of each
    point is cut shorter for them; only a line that would leave nothing of it is left out."""
    appeal = tx.appeals.of(answer.group, answer.id, answer.version)
    review, score = stored.review, stored.score
    if appeal is not None and appeal.decision is Decision.SECOND and appeal.second is not None:
        review = appeal.second
    if appeal is not None and appeal.score is not None:
        score = appeal.score
    badge = audits.badge(tx, review.versions)
    room = FULL_LIMIT - len(badge) - len("\n\n")
    text, above = texts.full_review(question, review, score, answer.late, room), ""
    said = (
        _appeal_line(appeal),
        _growth_line(tx, answer),
        _milestone_line(tx, answer, now),
        fairness.line(tx, answer),
        guesses.line(tx, answer, stored.version, score),
    )
    for line in (line for line in said if line):
        head = f"{line}\n{above}"
        shorter = texts.full_review(question, review, score, answer.late, room - len(head))
        says_less = "\n" in text and "\n" not in shorter  # the headline alone
        if not says_less and len(head) + len(shorter) <= room:
            text, above = shorter, head
    whole = "\n\n".join(filter(None, [above + text, badge]))
    return Reply(whole, _buttons(tx, answer, stored, appeal, now))


def _appeal_line(appeal: Appeal | None) -> str:
    if appeal is None or appeal.score is None or appeal.decision in (None, Decision.KEPT, Decision.COUNTED):
        return ""
    return texts.appeal_line(appeal.score, appeal.why)


def _growth_line(tx: Tx, answer: Answer) -> str:
    if not answer.is_second:
        return ""
    first = tx.answers.of(answer.group, answer.asking, answer.member)
    grade = standings.grade_of(tx, first) if first is not None else None
    if grade is None:
        return ""
    earned, _ = tx.standings.booked(answer.group, answer.id)
    return texts.growth_line(grade.score, earned, answer.late)


def _milestone_line(tx: Tx, answer: Answer, now: datetime) -> str:
    reached = None if answer.is_second or answer.late else streaks.milestone(tx, answer, now)
    return texts.milestone(reached) if reached is not None else ""


def _buttons(tx: Tx, answer: Answer, stored: StoredReview, appeal: Appeal | None, now: datetime) -> tuple[Button, ...]:
    target = target_of(answer.id, stored.version)
    buttons = [
        Button(Action.HELPFUL, texts.label_helpful(), target),
        Button(Action.UNHELPFUL, texts.label_unhelpful(), target),
    ]
    second = None if answer.is_second else second_of(tx, answer)
    if second is not None:
        buttons.append(Button(Action.FULL_REVIEW, texts.label_second_review(), str(second.id)))
    elif not answer.is_second and _may_try(tx, answer, now):
        buttons.append(Button(Action.TRY_AGAIN, texts.label_try_again(), str(answer.id)))
    if tx.repetition.repeater(answer.group, answer.member) is None:
        buttons.append(Button(Action.AGAIN_ON, texts.label_again_on(), str(answer.id)))
    if appeal is None and may_appeal(stored.at, now):
        buttons.append(Button(Action.APPEAL, texts.label_appeal(), target))
    return tuple(buttons)


def _may_try(tx: Tx, answer: Answer, now: datetime) -> bool:
    posting = tx.asking.posting(answer.group, answer.posting)
    return posting is not None and (posting.closes_at is None or now <= posting.closes_at + LATE_FOR)


def second_of(tx: Tx, first: Answer) -> Answer | None:
    """The second attempt that grows from an answer, unless there is none or it was withdrawn."""
    second = tx.answers.of(first.group, first.asking, first.member, SECOND_ATTEMPT)
    return None if second is None or second.state is AnswerState.WITHDRAWN else second
