"""Second attempts: a reply to the comment, or a form. Each has a review of its own and earns growth points only
(RULES, Points). There is one for an answer; edits are versions of it, and it goes when the answer goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import texts
from bot.domain.answers import (
    MAX_ANSWER,
    Message,
    Take,
    Timeliness,
    clean,
    is_dont_know,
    same_text,
    what_is,
)
from bot.domain.incoming import FormSent, MessagePosted
from bot.domain.outgoing import Action, Button, Field, Form, FormKind, Immediate, Received, Reply, read_id
from bot.domain.refs import UserRef
from bot.domain.standings import local_date_for_points
from bot.services import answers, asking, given, hidden, reviews
from bot.services.answers import ANSWER_FIELD
from bot.services.fullreview import second_of
from bot.shelves import SECOND_ATTEMPT, Answer, AnswerState, MessageKind, Posting, ThreadMessage, Tx, Via

# ---------------------------------------------------------------- in the thread


def posted(tx: Tx, group: int, event: MessagePosted, now: datetime) -> Immediate:
    """A message in a thread. A reply to the comment on its author's answer is a second attempt, all else is for
    `answers.posted` to judge."""
    if event.reply_to is None or not event.reply_to.ours or event.thread is None or event.author.bot:
        return answers.posted(tx, group, event, now)
    tx.members.hold(group, event.author.user)
    seen_before = tx.answers.message(event.message) is not None
    said = answers.posted(tx, group, event, now)
    message = tx.answers.message(event.message)
    if seen_before or message is None or message.deleted or message.kind is not MessageKind.TALK:
        return said
    posting = tx.asking.posting_in(group, event.thread)
    first = given.standing_answer(tx, posting, event.author.user) if posting is not None else None
    if posting is None or first is None or first.posting != posting.id or not _is_its_comment(tx, first, event):
        return said
    return _take(tx, posting, first, replace(message, text=clean(event.text)), now) or said


def _is_its_comment(tx: Tx, first: Answer, event: MessagePosted) -> bool:
    comment = tx.delivery.by_key(first.group, reviews.comment_key(first))
    replied = event.reply_to
    return comment is not None and replied is not None and comment.sent_id == replied.message.id


def _take(tx: Tx, posting: Posting, first: Answer, message: ThreadMessage, now: datetime) -> Received | None:
    """Talk under a comment stays talk, and so does whatever comes after the one second attempt."""
    taken = what_is(Message(message.text, mentions_member=message.mentions_member))
    time = given.time_of(posting, message.changed_at, now)
    if taken is not Take.ANSWER or time is Timeliness.TOO_LATE or second_of(tx, first) is not None:
        return None
    second = _add(tx, posting, first, Via.THREAD, message.text, time, now)
    tx.answers.change(replace(message, kind=MessageKind.PART, answer=second.id))
    return Received(message.ref)


# ---------------------------------------------------------------- by form


def form(tx: Tx, group: int, target: str, viewer: UserRef, now: datetime) -> Form | Reply:
    """The form for a second attempt, filled with the one they gave by form already."""
    first = _own(tx, group, target, viewer)
    posting = tx.asking.posting(group, first.posting) if first is not None else None
    if first is None or posting is None:
        return Reply(texts.not_found())
    if given.time_of(posting, now, now) is Timeliness.TOO_LATE:
        return Reply(texts.attempts_over())
    if hidden.is_final(tx, posting, first):
        return Reply(texts.read_so_final())
    second = second_of(tx, first)
    if second is not None and second.via is Via.THREAD:
        return Reply(texts.attempt_in_thread())
    asked = tx.asking.asking(group, first.asking)
    assert asked is not None
    typed = second.text if second is not None else ""
    field = Field(ANSWER_FIELD, texts.answer_form_label(), typed, multiline=True, max_length=MAX_ANSWER)
    title, again = texts.attempt_form_title(asking.question_of(tx, asked)), Action.TRY_AGAIN
    button = Button(again, texts.label_open_form(), target)
    return Form(FormKind.TRY_AGAIN, target, title, (field,), texts.answer_form_send(), button)


def form_sent(tx: Tx, group: int, event: FormSent, now: datetime) -> Reply:
    """A second attempt by form, or a changed one."""
    tx.members.hold(group, event.person.user)
    first = _own(tx, group, event.target, event.person.user)
    posting = tx.asking.posting(group, first.posting) if first is not None else None
    text = clean(event.fields.get(ANSWER_FIELD, ""))
    if first is None or posting is None:
        return given.with_text(texts.not_found(), text)
    if not text:
        return Reply(texts.answer_empty())
    earlier = tx.answers.of(group, first.asking, first.member, SECOND_ATTEMPT)
    if earlier is not None and not tx.answers.submission(group, event.submission, earlier.id, now):
        return Reply(texts.uncounted()) if earlier.state is AnswerState.WITHDRAWN else _receipt(earlier)
    if hidden.is_final(tx, posting, first):
        return given.with_text(texts.read_so_final(), text)
    time = given.time_of(posting, event.at, now)
    if time is Timeliness.TOO_LATE:
        return given.with_text(texts.attempts_over(), text)
    if earlier is not None and earlier.state is not AnswerState.WITHDRAWN:
        return _changed(tx, earlier, text, time)
    second = _add(tx, posting, first, Via.FORM, text, time, now)
    tx.answers.submission(group, event.submission, second.id, now)
    return _receipt(second)


def _changed(tx: Tx, second: Answer, text: str, time: Timeliness) -> Reply:
    if second.via is Via.THREAD:
        return given.with_text(texts.attempt_in_thread(), text)
    if same_text(text, second.text):
        return Reply(texts.answer_unchanged())
    if time is Timeliness.LATE and not second.late:
        return given.with_text(texts.closed_for_edits(), text)
    version = tx.answers.new_version(second.group, second.id, text, is_dont_know(text))
    answers.owe_review(tx, second.group, second.id, version)
    return _receipt(second)


def _receipt(second: Answer) -> Reply:
    review = Button(Action.FULL_REVIEW, texts.label_second_review(), str(second.id))
    withdraw = Button(Action.NOT_AN_ANSWER, texts.label_withdraw(), str(second.id))
    return Reply(texts.attempt_received(), (review, withdraw))


# ---------------------------------------------------------------- shared


def _own(tx: Tx, group: int, target: str, user: UserRef) -> Answer | None:
    """The first attempt that a target names, if it is this user's and stands."""
    id = read_id(target)
    answer = tx.answers.by_id(group, id) if id is not None else None
    if answer is None or answer.is_second or not given.is_by(tx, answer, user):
        return None
    return None if answer.state is AnswerState.WITHDRAWN else answer


def _add(tx: Tx, posting: Posting, first: Answer, via: Via, text: str, time: Timeliness, now: datetime) -> Answer:
    """A second attempt, and what is owed for it."""
    asked = tx.asking.asking(posting.group, posting.asking)
    assert asked is not None
    day = local_date_for_points(time, asked.day, given.zone_of(tx, posting), now)
    late, no_idea = time is Timeliness.LATE, is_dont_know(text)
    second = tx.answers.add(
        posting.group, posting, first.member, via, text, no_idea, late, day, now, attempt=SECOND_ATTEMPT
    )
    answers.owe_review(tx, second.group, second.id, second.version)
    return second
