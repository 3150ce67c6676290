"""Answers: what a message, an edit, a deletion, a form or a menu does to them. Everything happens inside the caller's
transaction; what is owed for it is written down with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import texts
from bot.domain.answers import (
    JOIN_FOR,
    Message,
    Take,
    Timeliness,
    clean,
    is_dont_know,
    join_parts,
    same_text,
    trusted_time,
    what_is,
)
from bot.domain.asking import local_day
from bot.domain.files import MOST_FILES, as_part, is_readable
from bot.domain.incoming import Attachment, ButtonPressed, FormSent, MessageEdited, MessagePosted, MessagesDeleted
from bot.domain.outgoing import Action, Button, Immediate, Received, Reply, read_id
from bot.domain.refs import MessageRef, Person, ThreadRef, UserRef
from bot.domain.standings import local_date_for_points
from bot.ports import Story
from bot.services import given, guesses, hidden, standings
from bot.services.members import member_for, name_of, note, owe_welcome
from bot.shelves import SECOND_ATTEMPT, Answer, AnswerState, MessageKind, Posting, PostingState, ThreadMessage, Tx, Via

#: The name of the form's field for the text.
ANSWER_FIELD = "answer"


# ---------------------------------------------------------------- messages


def posted(tx: Tx, group: int, event: MessagePosted, now: datetime) -> Immediate:
    """A message in a thread: an answer, a part of one, or talk (RULES, What is an answer)."""
    if event.author.bot or event.system or event.thread is None:
        return None
    tx.members.hold(group, event.author.user)
    message = _seen(group, event, event.thread, now)
    known = tx.answers.message(event.message)
    if known is not None:
        _set_right(tx, known, message, now)
        return None
    return _arrived(tx, group, message, event.author, now, event.files)


def edited(tx: Tx, group: int, event: MessageEdited, now: datetime) -> Immediate:
    """An edit: of an answer it makes a new version when it changes the text (F14)."""
    if event.author.bot or event.thread is None:
        return None
    tx.members.hold(group, event.author.user)
    at, _ = trusted_time(event.at, now)
    known = tx.answers.message(event.message)
    if known is None:
        created = MessagePosted(event.message, event.thread, event.author, event.text, at)
        return _arrived(tx, group, _seen(group, created, event.thread, now), event.author, now)
    if known.deleted or known.author != event.author.user or at < known.changed_at:
        return None
    changed = replace(known, text=_with_files(tx, known, event.text), changed_at=at)
    match known.kind:
        case MessageKind.HELD:
            tx.answers.change(changed)
            return None
        case MessageKind.TALK:
            posting = tx.asking.posting_in(group, known.thread)
            return _take(tx, posting, changed, event.author, now) if posting is not None else None
        case MessageKind.PART:
            return _part_edited(tx, known, changed, now)
        case MessageKind.DECLINED:
            return None


def deleted(tx: Tx, group: int, event: MessagesDeleted, now: datetime) -> None:
    """Deleted messages: an answer without any part left is withdrawn (F15). A deletion that overtakes its message is
    remembered, so that the message does not come back (FAULTS 19)."""
    for ref in event.messages:
        known = tx.answers.message(ref)
        if known is None and tx.asking.asks_in(group, ref) and not tx.answers.see(_gone_before(group, ref, now)):
            known = tx.answers.message(ref)  # it arrived at this very moment
        if known is not None:
            _delete(tx, known, now)


def _delete(tx: Tx, known: ThreadMessage, now: datetime) -> None:
    tx.members.hold(known.group, known.author)
    fresh = tx.answers.message(known.ref)
    if fresh is None or fresh.deleted:
        return
    tx.answers.change(replace(fresh, deleted=True, text="", changed_at=now))
    tx.drafts.forget_files(fresh.group, fresh.ref)
    if fresh.kind is MessageKind.PART and fresh.answer is not None:
        _rejoin(tx, fresh.group, fresh.answer, now, forget=True)


def file_held(tx: Tx, posting: Posting, thread: ThreadRef, now: datetime) -> None:
    """Takes up messages that came before their thread was known (FAULTS 20)."""
    for held in tx.answers.held_in(posting.group, thread):
        if tx.drafts.files(held.group, held.ref):
            _owe_files(tx, held)
        else:
            _take(tx, posting, held, Person(held.author, held.author_name), now)


def take_held(tx: Tx, group: int, ref: MessageRef, now: datetime) -> None:
    """Takes up a message whose files were read, whatever came of them (F18)."""
    held = tx.answers.message(ref)
    if held is None:
        return
    tx.members.hold(group, held.author)
    posting = tx.asking.posting_in(group, held.thread)
    held = tx.answers.message(ref)
    if posting is None or held is None or held.deleted or held.kind is not MessageKind.HELD:
        return
    whole = replace(held, text=_with_files(tx, held, held.text))
    _take(tx, posting, whole, Person(held.author, held.author_name), now)


def _with_files(tx: Tx, message: ThreadMessage, written: str) -> str:
    """What somebody wrote, with the files of the message that were read."""
    read = [each for each in tx.drafts.files(message.group, message.ref) if each.text]
    return clean("\n".join([written, *(as_part(each.file.name, each.text or "") for each in read)]))


def _owe_files(tx: Tx, message: ThreadMessage) -> None:
    ref = message.ref
    place = (ref.platform, ref.workspace, ref.channel, ref.id)
    tx.owe(Story.READ_FILES, f"files:{':'.join(place)}"[:120], message.group, *place)


def _waits_for(tx: Tx, posting: Posting, message: ThreadMessage, files: tuple[Attachment, ...], now: datetime) -> bool:
    """Whether a message is put aside until its files are read: one that would be an answer, or a part of one, with
    them. Files of talk are left alone."""
    if posting.secret or not files:
        return False
    standing = given.standing_answer(tx, posting, message.author)
    code = any(is_readable(file.name, file.size) for file in files)
    whole = replace(message, text=f"{message.text}\n```\n{files[0].name}\n```") if code else message
    return _taken(tx, posting, whole, standing, now) is not Take.TALK


def _arrived(
    tx: Tx,
    group: int,
    message: ThreadMessage,
    author: Person,
    now: datetime,
    files: tuple[Attachment, ...] = (),
) -> Immediate:
    """A message not seen before. Noting it first keeps out a deletion that comes at the same moment."""
    files = files[:MOST_FILES]
    posting = tx.asking.posting_in(group, message.thread)
    if posting is None and tx.asking.waiting_in(group, message.thread.parent):
        if tx.answers.see(replace(message, kind=MessageKind.HELD)):
            tx.drafts.add_files(group, message.ref, files)
        return None
    posting = posting or tx.asking.posting_in(group, message.thread)  # known since a moment, perhaps
    if posting is None or not tx.answers.see(replace(message, text="")):
        return None
    note(tx, group, author)
    if _waits_for(tx, posting, message, files, now):
        tx.answers.change(replace(message, kind=MessageKind.HELD))
        tx.drafts.add_files(group, message.ref, files)
        _owe_files(tx, message)
        return Received(message.ref)
    return _take(tx, posting, message, author, now)


def _set_right(tx: Tx, known: ThreadMessage, created: ThreadMessage, now: datetime) -> None:
    """An edit that overtook its message said nothing of when that was written, and so of its place in the answer."""
    if known.deleted or known.author != created.author or created.sent_at >= known.sent_at:
        return
    tx.answers.change(replace(known, sent_at=created.sent_at))
    if known.kind is MessageKind.PART and known.answer is not None:
        _rejoin(tx, known.group, known.answer, now)


def _take(tx: Tx, posting: Posting, message: ThreadMessage, author: Person, now: datetime) -> Immediate:
    """Takes a message for what it is and stores it so. Its time is that of its newest text, so that nobody writes a
    word before the close and puts the answer into it afterwards."""
    tx.members.hold(posting.group, author.user)
    standing = given.standing_answer(tx, posting, author.user)
    taken = _taken(tx, posting, message, standing, now)
    time = given.time_of(posting, message.changed_at, now)
    if taken is not Take.TALK and posting.secret:
        hidden.owe_use_form(tx, posting, author.user, now)
        taken = Take.TALK
    if taken is Take.TALK or time is Timeliness.TOO_LATE:
        tx.answers.change(replace(message, kind=MessageKind.TALK, answer=None, text=""))
        return None
    return _count(tx, posting, message, author, standing, message.changed_at, now)


def _taken(tx: Tx, posting: Posting, message: ThreadMessage, standing: Answer | None, now: datetime) -> Take:
    """What the message is, given what its author has said so far."""
    drafting = _is_drafting(tx, posting, message, standing, now)
    joins_standing = standing is not None and standing.posting == posting.id and _may_join(standing, now)
    return what_is(
        Message(
            message.text,
            message.replies_to_member,
            message.mentions_member,
            has_answer=standing is not None or drafting,
            answer_open=joins_standing or drafting,
        )
    )


def _is_drafting(tx: Tx, posting: Posting, message: ThreadMessage, standing: Answer | None, now: datetime) -> bool:
    """Whether its author is writing a long answer here. What comes after the close is no part of one that came before:
    the model answer is there to be read by then."""
    member = tx.members.by_user(posting.group, message.author)
    if member is None or tx.drafts.open_of(posting.group, posting.id, member.id) is None:
        return False
    if standing is None:
        return True
    in_time = given.time_of(posting, message.changed_at, now) is Timeliness.IN_TIME
    return standing.via is Via.THREAD and standing.posting == posting.id and (in_time or standing.late)


def _count(
    tx: Tx,
    posting: Posting,
    message: ThreadMessage,
    author: Person,
    standing: Answer | None,
    at: datetime,
    now: datetime,
) -> Immediate:
    """Makes a message an answer, or a part of the one that stands."""
    if standing is None:
        standing = _add(tx, posting, author, Via.THREAD, message.text, at, now)
        tx.answers.change(replace(message, kind=MessageKind.PART, answer=standing.id))
    else:
        tx.answers.change(replace(message, kind=MessageKind.PART, answer=standing.id))
        _rejoin(tx, posting.group, standing.id, now)
    return Received(message.ref)


def _part_edited(tx: Tx, known: ThreadMessage, changed: ThreadMessage, now: datetime) -> Immediate:
    answer = tx.answers.by_id(known.group, known.answer) if known.answer is not None else None
    if answer is None or same_text(known.text, changed.text):
        return None
    if not _may_edit(tx, answer, changed.changed_at, now):
        return None
    tx.answers.change(changed)
    _rejoin(tx, known.group, answer.id, now)
    return Received(known.ref)


def _rejoin(tx: Tx, group: int, answer: int, now: datetime, *, forget: bool = False) -> None:
    """The answer's text from its parts, as a new version when it changed; without any text it is withdrawn. `forget`
    takes what was deleted from the earlier versions too."""
    standing = tx.answers.held(group, answer)
    if standing is None or standing.state is AnswerState.WITHDRAWN:
        return
    text = join_parts(part.text for part in tx.answers.parts(group, answer))
    if not text:
        withdraw(tx, standing, now)
    elif not same_text(text, standing.text):
        version = tx.answers.new_version(group, answer, text, is_dont_know(text))
        _owe_review(tx, group, answer, version)
    if forget and text:
        tx.answers.forget_earlier(group, answer)


# ---------------------------------------------------------------- forms


def form_sent(tx: Tx, group: int, event: FormSent, now: datetime) -> Reply:
    """An answer by form: always counts, and replaces the sender's earlier one by form."""
    posting = _posting_named(tx, group, event.target)
    if posting is None or posting.channel.space != event.place.space:
        return Reply(texts.not_found())
    text = clean(event.fields.get(ANSWER_FIELD, ""))
    if not text:
        return Reply(texts.answer_empty())
    tx.members.hold(group, event.person.user)
    earlier = given.last_answer(tx, posting, event.person.user)
    if earlier is not None and not tx.answers.submission(group, event.submission, earlier.id, now):
        return Reply(texts.uncounted()) if earlier.state is AnswerState.WITHDRAWN else _receipt(earlier, posting)
    if earlier is not None and hidden.is_final(tx, posting, earlier):
        return given.with_text(texts.read_so_final(), text)
    if earlier is None or earlier.state is AnswerState.WITHDRAWN:
        return _new_by_form(tx, posting, event, text, now)
    return _changed_by_form(tx, earlier, posting, event, text, now)


def _new_by_form(tx: Tx, posting: Posting, event: FormSent, text: str, now: datetime) -> Reply:
    time = given.time_of(posting, event.at, now)
    if time is Timeliness.TOO_LATE:
        assert posting.closes_at is not None
        return given.with_text(texts.too_late(given.zone_of(tx, posting), posting.closes_at), text)
    answer = _add(tx, posting, event.person, Via.FORM, text, event.at, now)
    tx.answers.submission(posting.group, event.submission, answer.id, now)
    return _receipt(answer, posting, guesses.take(tx, answer, answer.version, event.fields, now))


def _changed_by_form(tx: Tx, standing: Answer, posting: Posting, event: FormSent, text: str, now: datetime) -> Reply:
    if standing.via is Via.THREAD:
        return given.with_text(texts.answered_in_thread(), text)
    if same_text(text, standing.text):
        guessed = guesses.take(tx, standing, standing.version, event.fields, now)
        return Reply(_joined(texts.answer_unchanged(), guessed))
    if not _may_edit(tx, standing, event.at, now):
        return given.with_text(texts.closed_for_edits(), text)
    version = tx.answers.new_version(standing.group, standing.id, text, is_dont_know(text))
    _owe_review(tx, standing.group, standing.id, version)
    return _receipt(standing, posting, guesses.take(tx, standing, version, event.fields, now))


def _receipt(answer: Answer, posting: Posting, guessed: str = "") -> Reply:
    button = Button(Action.NOT_AN_ANSWER, texts.label_withdraw(), str(answer.id))
    if posting.secret:
        words = _joined(texts.answer_received(), guessed, texts.reading_makes_final())
        return Reply(words, (*hidden.receipt_buttons(posting, answer), button))
    return Reply(_joined(texts.answer_received(), guessed), (button,))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


# ---------------------------------------------------------------- menus


def count_this(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Immediate:
    """The menu "count this as my answer", on one's own message only."""
    if event.message is None or event.thread is None or event.author != event.person.user:
        return Reply(texts.not_found())
    tx.members.hold(group, event.person.user)
    posting = tx.asking.posting_in(group, event.thread)
    known = tx.answers.message(event.message)
    if posting is None or (known is not None and (known.deleted or known.author != event.person.user)):
        return Reply(texts.not_found())
    if posting.secret:
        return Reply(texts.hidden_takes_forms())
    if known is not None and known.kind is MessageKind.PART:
        return Reply(texts.counted_before())
    return _count_by_menu(tx, posting, event, known, now)


def _count_by_menu(
    tx: Tx, posting: Posting, event: ButtonPressed, known: ThreadMessage | None, now: datetime
) -> Immediate:
    assert event.message is not None
    assert event.thread is not None
    text = clean(event.text)
    sent_at = known.changed_at if known is not None else event.at
    time = given.time_of(posting, sent_at, now)
    standing = given.standing_answer(tx, posting, event.person.user)
    if not text:
        return Reply(texts.answer_empty())
    if time is Timeliness.TOO_LATE:
        assert posting.closes_at is not None
        return Reply(texts.too_late(given.zone_of(tx, posting), posting.closes_at))
    if standing is not None and standing.via is Via.FORM:
        return Reply(texts.answered_by_form())
    if standing is not None and not _may_edit(tx, standing, event.at, now):
        return Reply(texts.closed_for_edits())
    created = MessagePosted(event.message, event.thread, event.person, text, sent_at)
    message = replace(known, text=text) if known is not None else _seen(posting.group, created, event.thread, now)
    if known is None and not tx.answers.see(message):
        return Reply(texts.not_found())
    _count(tx, posting, message, event.person, standing, sent_at, now)
    return Reply(texts.counted())


def uncount(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Immediate:
    """The menu or button "this was not an answer": one's own part, or the whole answer."""
    tx.members.hold(group, event.person.user)
    member = tx.members.by_user(group, event.person.user)
    if member is None:
        return Reply(texts.not_found())
    if event.message is not None and not event.target:
        return _uncount_part(tx, group, event.message, member.id, now)
    id = read_id(event.target)
    answer = tx.answers.by_id(group, id) if id is not None else None
    if answer is None or answer.member != member.id or answer.state is AnswerState.WITHDRAWN:
        return Reply(texts.not_found())
    decline(tx, answer, now)
    return Reply(texts.uncounted())


def decline(tx: Tx, answer: Answer, now: datetime) -> None:
    """Its author says that none of it is an answer."""
    for part in tx.answers.parts(answer.group, answer.id):
        tx.drafts.forget_files(answer.group, part.ref)
        tx.answers.change(_declined(part))
    withdraw(tx, answer, now)


def _uncount_part(tx: Tx, group: int, ref: MessageRef, member: int, now: datetime) -> Reply:
    known = tx.answers.message(ref)
    if known is None or known.group != group or known.kind is not MessageKind.PART or known.answer is None:
        return Reply(texts.not_found())
    answer = tx.answers.by_id(group, known.answer)
    if answer is None or answer.member != member:
        return Reply(texts.not_found())
    tx.drafts.forget_files(group, known.ref)
    tx.answers.change(_declined(known))
    _rejoin(tx, group, answer.id, now, forget=True)
    return Reply(texts.uncounted())


def _declined(part: ThreadMessage) -> ThreadMessage:
    """A later edit does not make an answer of it again; the menu can."""
    return replace(part, kind=MessageKind.DECLINED, answer=None, text="")


# ---------------------------------------------------------------- shared


def withdraw(tx: Tx, answer: Answer, now: datetime) -> None:
    """Takes an answer back: text, comment and points go (F15)."""
    tx.answers.held(answer.group, answer.id)
    if not answer.is_second:
        _withdraw_what_hangs_on(tx, answer, now)
    standings.withdraw_points(tx, answer, now)
    for part in tx.answers.parts(answer.group, answer.id):
        tx.drafts.forget_files(answer.group, part.ref)
    tx.answers.withdraw(answer.group, answer.id)
    key = f"back:{answer.id}:{answer.born}"
    tx.owe(Story.TAKE_BACK, key, answer.group, answer.id, answer.posting, answer.born)


def _withdraw_what_hangs_on(tx: Tx, first: Answer, now: datetime) -> None:
    """A second attempt grew from this answer and goes with it; hints that cost it nothing count for the next one."""
    tx.hints.charge(first.group, first.asking, first.member)
    second = tx.answers.of(first.group, first.asking, first.member, SECOND_ATTEMPT)
    if second is not None and second.state is not AnswerState.WITHDRAWN:
        withdraw(tx, second, now)


def _add(tx: Tx, posting: Posting, author: Person, via: Via, text: str, at: datetime, now: datetime) -> Answer:
    """A new answer of this time, and what is owed for it."""
    group, time = posting.group, given.time_of(posting, at, now)
    member = member_for(tx, group, author, now)
    asking = tx.asking.asking(group, posting.asking)
    assert asking is not None
    zone, (sent_at, _) = given.zone_of(tx, posting), trusted_time(at, now)
    day = local_date_for_points(time, asking.day, zone, now)
    own_day = local_day(member.lives_in or zone, sent_at)
    no_idea, late = is_dont_know(text), time is Timeliness.LATE
    answer = tx.answers.add(group, posting, member.id, via, text, no_idea, late, day, now, own_day=own_day)
    _owe_review(tx, group, answer.id, answer.version)
    owe_welcome(tx, group, member, author, posting.channel)
    return answer


def _owe_review(tx: Tx, group: int, answer: int, version: int) -> None:
    """Unless its author is still writing: then the end of the draft owes it."""
    if not tx.drafts.holds(group, answer):
        owe_review(tx, group, answer, version)


def owe_review(tx: Tx, group: int, answer: int, version: int) -> None:
    """This version of an answer is to be reviewed."""
    tx.owe(Story.REVIEW_ANSWER, f"review:{answer}:{version}", group, answer, version)


def standing_of(tx: Tx, group: int, posting: int, member: int) -> Answer | None:
    """A member's answer in the thread of a posting, unless there is none or it was withdrawn."""
    found = tx.asking.posting(group, posting)
    answer = tx.answers.of(group, found.asking, member) if found is not None else None
    if answer is None or answer.state is AnswerState.WITHDRAWN or answer.via is not Via.THREAD:
        return None
    return answer


def waits_for_files(tx: Tx, posting: Posting, member: int) -> bool:
    """Whether a message of this member waits for its files to be read."""
    if posting.thread is None:
        return False
    accounts = tx.joining.accounts(posting.group, member)
    return any(held.author in accounts for held in tx.answers.held_in(posting.group, posting.thread))


def _may_join(answer: Answer, now: datetime) -> bool:
    comment_is_made = answer.state is AnswerState.REVIEWED
    return answer.via is Via.THREAD and not comment_is_made and now - answer.received_at <= JOIN_FOR


def _may_edit(tx: Tx, answer: Answer, at: datetime, now: datetime) -> bool:
    """Edits count until the close; those of a late answer as long as late ones count."""
    posting = tx.asking.posting(answer.group, answer.posting)
    if posting is None or answer.state is AnswerState.WITHDRAWN:
        return False
    time = given.time_of(posting, at, now)
    return time is Timeliness.IN_TIME or (answer.late and time is Timeliness.LATE)


def _posting_named(tx: Tx, group: int, target: str) -> Posting | None:
    id = read_id(target)
    posting = tx.asking.posting(group, id) if id is not None else None
    if posting is None or posting.state not in (PostingState.POSTED, PostingState.CLOSED):
        return None
    return posting


def _seen(group: int, event: MessagePosted, thread: ThreadRef, now: datetime) -> ThreadMessage:
    """The message as we keep it. A time stamp that cannot be is replaced, or it would outlive every later edit."""
    at, _ = trusted_time(event.at, now)
    reply = event.reply_to
    to_member = reply is not None and not reply.ours and reply.author != event.author.user
    mentioned = any(user != event.author.user for user in event.mentions)
    return ThreadMessage(
        event.message,
        group,
        thread,
        event.author.user,
        name_of(event.author),
        MessageKind.TALK,
        None,
        clean(event.text),
        at,
        at,
        False,
        to_member,
        mentioned,
    )


def _gone_before(group: int, ref: MessageRef, at: datetime) -> ThreadMessage:
    nowhere = ThreadRef(ref.platform, ref.workspace, ref.channel, "")
    nobody = UserRef(ref.platform, ref.workspace, "")
    return ThreadMessage(ref, group, nowhere, nobody, "", MessageKind.TALK, None, "", at, at, True, False, False)
