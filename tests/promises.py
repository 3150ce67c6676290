"""The eight promises (FAULTS P1 to P8), checked by comparing what the outside saw with the database.

    assert await broken_promises(group) == []
    assert await broken_promises(database, await heard_in_room(database)) == []

What was seen outside comes as `Heard` values, what adapters acknowledged as message refs. Let the stations settle
first.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fakes import RecordingChat, heard_inside
from group import Study
from sqlalchemy import Connection, func, select

from bot.domain.answers import Timeliness, join_parts, same_text
from bot.domain.fairness import Why
from bot.domain.inert import BREAK
from bot.domain.outgoing import Post, Say, Whisper
from bot.domain.refs import MessageRef
from bot.domain.standings import growth, points
from bot.ports import Story
from bot.services import reviews as review_service
from bot.services.fairness import unscored
from bot.services.standings import Grade, grade_of
from bot.shelves import Answer, AnswerState, MessageKind, PostingState, SendState, Via
from bot.storage.engine import Database, open_database
from bot.storage.storage import SqlTx
from bot.storage.tables import (
    answer_versions,
    answers,
    askings,
    form_submissions,
    identities,
    point_events,
    postings,
    reviews,
    sendings,
    spaces,
)
from bot.storage.types import metadata
from bot.storage.work import owed, parked

#: How long something may be in the making before it counts as stuck: a claim of the courier plus a minute (P7).
PATIENCE = timedelta(seconds=85)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of ours as it stands outside. `text` is None where a platform shows it in a form of its own."""

    key: str
    text: str | None
    place: str
    workspace: str = ""
    user: str | None = None
    gone: bool = False


async def broken_promises(
    where: Study | Database,
    heard: Iterable[Heard] | None = None,
    acknowledged: Iterable[MessageRef] = (),
    submissions: Iterable[str] = (),
    now: datetime | None = None,
    patience: timedelta = PATIENCE,
) -> list[str]:
    """A sentence for each promise that is broken; none when all hold."""
    if isinstance(where, Study):
        found = heard_in(where.chat) if heard is None else list(heard)
        acks = [*where.acknowledged, *acknowledged]
        moment = now or where.clock.now()
        return await broken_promises(where.database, found, acks, submissions, moment, patience)
    seen = Seen(tuple(heard or ()), tuple(acknowledged), tuple(submissions), now or datetime.now(UTC), patience)
    return await where.read(lambda conn: list(check(conn, seen)))


async def broken_promises_at(
    url: str, heard: Iterable[Heard], acknowledged: Iterable[MessageRef] = (), submissions: Iterable[str] = ()
) -> list[str]:
    """The same for a database nobody has open here, such as that of a process that was killed."""
    database = await asyncio.to_thread(open_database, url, create=False, writers=1, readers=1)
    try:
        return await broken_promises(database, heard, acknowledged, submissions)
    finally:
        await database.close()


def heard_in(chat: RecordingChat) -> list[Heard]:
    """What stands, or stood, in a recorded chat."""
    return [_heard(standing.item, standing.text, standing.removed) for standing in chat.standing.values()]


def _heard(item: Post | Say | Whisper, text: str, gone: bool) -> Heard:
    match item:
        case Post():
            return Heard(item.key, text, item.channel.id, item.channel.workspace, None, gone)
        case Say():
            return Heard(item.key, text, item.thread.id, item.thread.workspace, None, gone)
        case Whisper():
            return Heard(item.key, text, item.place.id, item.user.workspace, item.user.id, gone)


async def heard_in_room(database: Database) -> list[Heard]:
    """What the bot said in the study room."""
    from bot.storage.room import room_messages

    def read(conn: Connection) -> list[Heard]:
        rows = conn.execute(select(room_messages).where(room_messages.c.key.is_not(None)))
        return [
            Heard(row.key, row.text, row.thread or row.channel, "room", row.visible_to, row.deleted) for row in rows
        ]

    return await database.read(read)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the outside knows."""

    heard: Sequence[Heard]
    acknowledged: Sequence[MessageRef]
    submissions: Sequence[str]
    now: datetime
    patience: timedelta

    @property
    def visible(self) -> list[Heard]:
        return [each for each in self.heard if not each.gone]

    def under(self, key: str) -> list[Heard]:
        """What stands under this key now."""
        return [each for each in self.visible if each.key == key]


def check(conn: Connection, seen: Seen) -> Iterator[str]:
    """Every broken promise, on one picture of the data."""
    tx = SqlTx(conn, seen.now)
    all_answers = _answers(conn, tx)
    yield from _answers_are_stored(conn, tx, seen, all_answers)
    yield from _questions_are_posted_once(conn, seen)
    yield from _comments_are_single_and_new(conn, tx, seen, all_answers)
    yield from _points_are_right(conn, tx, all_answers)
    yield from _groups_stay_apart(conn, seen)
    yield from _words_are_harmless(seen)
    yield from _nothing_is_stuck(conn, seen, all_answers)
    yield from (f"P8: {what}" for what in heard_inside())


def _answers(conn: Connection, tx: SqlTx) -> list[Answer]:
    rows = conn.execute(select(answers.c.group_id, answers.c.id).order_by(answers.c.id)).all()
    found = (tx.answers.by_id(row.group_id, row.id) for row in rows)
    return [answer for answer in found if answer is not None]


# ---------------------------------------------------------------- P1


def _answers_are_stored(conn: Connection, tx: SqlTx, seen: Seen, all_answers: Sequence[Answer]) -> Iterator[str]:
    for ref in set(seen.acknowledged):
        message = tx.answers.message(ref)
        if message is None:
            yield f"P1: message {ref.id} was acknowledged and is not stored"
        elif message.kind is MessageKind.HELD:
            yield f"P1: message {ref.id} was acknowledged and is still held"
    known = set(conn.execute(select(form_submissions.c.submission)).scalars())
    yield from (f"P1: form {sent} was acknowledged and is not stored" for sent in set(seen.submissions) - known)
    for answer in all_answers:
        yield from _text_is_whole(conn, tx, answer)


def _text_is_whole(conn: Connection, tx: SqlTx, answer: Answer) -> Iterator[str]:
    parts = tx.answers.parts(answer.group, answer.id)
    if answer.state is AnswerState.WITHDRAWN:
        kept = conn.execute(
            select(func.count()).select_from(answer_versions).where(answer_versions.c.answer_id == answer.id)
        ).scalar_one()
        if kept or parts:
            yield f"P1: answer {answer.id} was withdrawn and its text is still there"
    elif not answer.text:
        yield f"P1: answer {answer.id} stands without a text"
    elif answer.via is Via.THREAD and not same_text(answer.text, join_parts(part.text for part in parts)):
        yield f"P1: answer {answer.id} is not what its {len(parts)} messages say"


# ---------------------------------------------------------------- P2


def _questions_are_posted_once(conn: Connection, seen: Seen) -> Iterator[str]:
    said = Counter(each.key for each in seen.visible if each.key.startswith("post:"))
    yield from (f"P2: {key} stands {times} times" for key, times in said.items() if times > 1)
    rows = conn.execute(
        select(postings.c.id, postings.c.state, askings.c.track_id, askings.c.day, postings.c.track_channel_id)
        .join(askings, askings.c.id == postings.c.asking_id)
        .where(askings.c.slot == "scheduled")
    ).all()
    days = Counter((row.track_id, row.day, row.track_channel_id) for row in rows if f"post:{row.id}" in said)
    yield from (
        f"P2: track {track} asked {times} times on {day}" for (track, day, _), times in days.items() if times > 1
    )
    for row in rows:
        is_posted = row.state in (PostingState.POSTED, PostingState.CLOSED)
        if is_posted and f"post:{row.id}" not in {each.key for each in seen.heard}:
            yield f"P2: posting {row.id} is {row.state} and nobody saw it"
        if row.state == PostingState.DROPPED and f"post:{row.id}" in said:
            yield f"P2: posting {row.id} was dropped and stands there"


# ---------------------------------------------------------------- P3


def _comments_are_single_and_new(
    conn: Connection, tx: SqlTx, seen: Seen, all_answers: Sequence[Answer]
) -> Iterator[str]:
    by_answer = Counter(each.key.split(":")[1] for each in seen.visible if each.key.startswith("comment:"))
    yield from (f"P3: answer {id} has {times} comments" for id, times in by_answer.items() if times > 1)
    unknown = set(by_answer) - {str(answer.id) for answer in all_answers}
    yield from (f"P3: a comment stands for answer {id}, which is not there" for id in unknown)
    for answer in all_answers:
        if by_answer[str(answer.id)]:
            yield from _comment_is_new(conn, tx, seen, answer)
        if answer.state is AnswerState.WITHDRAWN and any(
            each.key.startswith(f"shown:{answer.id}:") for each in seen.visible
        ):
            yield f"P3: answer {answer.id} was withdrawn and is still shown in the thread"


def _comment_is_new(conn: Connection, tx: SqlTx, seen: Seen, answer: Answer) -> Iterator[str]:
    if answer.state is AnswerState.WITHDRAWN:
        yield f"P3: answer {answer.id} was withdrawn and has a comment"
        return
    key = review_service.comment_key(answer)
    standing = seen.under(key)
    if not standing:
        yield f"P3: answer {answer.id} has a comment from before it was withdrawn"
    if answer.state is not AnswerState.REVIEWED or not standing:
        return
    row = conn.execute(select(sendings.c.revision).where(sendings.c.key == key)).first()
    if row is None or row.revision != answer.version:
        yield f"P3: the comment on answer {answer.id} is not of version {answer.version}"
    case = review_service.load(tx, answer.group, answer.id, answer.version)
    text = standing[0].text
    if case is not None and text is not None and text != review_service.comment_text(case):
        yield f"P3: the comment on answer {answer.id} says something else than its review"


# ---------------------------------------------------------------- P4


def _points_are_right(conn: Connection, tx: SqlTx, all_answers: Sequence[Answer]) -> Iterator[str]:
    if wrong := tx.standings.differences(None):
        yield f"P4: {wrong} totals differ from the log"
    for answer in all_answers:
        booked = tx.standings.booked(answer.group, answer.id)
        due = _due(conn, tx, answer)
        if due is not None and booked != due:
            yield f"P4: answer {answer.id} has (points, answers) {booked} and is due {due}"
    strays = conn.execute(
        select(point_events.c.id)
        .join(answers, answers.c.id == point_events.c.answer_id)
        .where((answers.c.member_id != point_events.c.member_id) | (answers.c.asking_id != point_events.c.asking_id))
    ).all()
    yield from (f"P4: event {row.id} books somebody else's answer" for row in strays)
    log = select(point_events.c.id).join(askings, askings.c.id == point_events.c.asking_id)
    elsewhere = conn.execute(log.where(askings.c.track_id != point_events.c.track_id)).all()
    yield from (f"P4: event {row.id} counts for a track that did not ask" for row in elsewhere)


def _due(conn: Connection, tx: SqlTx, answer: Answer) -> tuple[int, int] | None:
    """What an answer is due by its newest review; None while a new version waits for its own."""
    if answer.state is AnswerState.WITHDRAWN:
        return 0, 0
    review = tx.reviews.of(answer.group, answer.id, answer.version)
    if review is not None:
        time = Timeliness.LATE if answer.late else Timeliness.IN_TIME
        grade = grade_of(tx, answer)
        assert grade is not None
        if answer.is_second:
            return _growth_due(tx, answer, grade, time)
        if unscored(tx, answer):
            return 0, 1
        hints = tx.hints.paid(answer.group, answer.asking, answer.member)
        return points(grade.score, time, hints, grade.non_answer), 1
    was_reviewed = conn.execute(select(reviews.c.version).where(reviews.c.answer_id == answer.id)).first()
    return None if was_reviewed or answer.born < answer.version else (0, 0)


def _growth_due(tx: SqlTx, second: Answer, grade: Grade, time: Timeliness) -> tuple[int, int] | None:
    first = tx.answers.of(second.group, second.asking, second.member)
    if first is None or first.state is AnswerState.WITHDRAWN:
        return 0, 0
    begun = grade_of(tx, first)
    if begun is None:
        return None
    because = unscored(tx, first)
    if unscored(tx, second) or (because is not None and because.why is Why.CAP):
        return 0, 0
    return 0 if grade.non_answer else growth(0.0 if begun.non_answer else begun.score, grade.score, time), 0


# ---------------------------------------------------------------- P5


def _groups_stay_apart(conn: Connection, seen: Seen) -> Iterator[str]:
    yield from _rows_agree(conn)
    yield from _private_words_reach_their_owner(conn, seen)
    yield from _texts_stay_home(conn, seen)


def _rows_agree(conn: Connection) -> Iterator[str]:
    """Every row and the row it refers to belong to the same group."""
    for table in metadata.sorted_tables:
        for key in table.foreign_keys if "group_id" in table.c else ():
            other = key.column.table
            if "group_id" not in other.c:
                continue
            query = select(func.count()).select_from(table.join(other, key.parent == key.column))
            if crossed := conn.execute(query.where(table.c.group_id != other.c.group_id)).scalar_one():
                yield f"P5: {crossed} rows of {table.name} refer to another group's {other.name}"


def _private_words_reach_their_owner(conn: Connection, seen: Seen) -> Iterator[str]:
    rows = conn.execute(
        select(answers.c.id, identities.c.user_id).join(identities, identities.c.member_id == answers.c.member_id)
    )
    owners: dict[str, set[str]] = {}
    for row in rows:
        owners.setdefault(str(row.id), set()).add(row.user_id)
    for each in seen.heard:
        if each.key.startswith("full:") and each.user not in owners.get(each.key.split(":")[1], ()):
            yield f"P5: {each.key} was shown to {each.user}"


def _texts_stay_home(conn: Connection, seen: Seen) -> Iterator[str]:
    """No answer's text is heard in a space of another group."""
    of_space = {row.workspace: row.group_id for row in conn.execute(select(spaces.c.workspace, spaces.c.group_id))}
    texts: dict[str, set[int]] = {}
    for row in conn.execute(select(answer_versions.c.text, answer_versions.c.group_id)):
        texts.setdefault(row.text, set()).add(row.group_id)
    long_ones = {text: groups for text, groups in texts.items() if len(text) >= 20}
    for each in seen.heard:
        group = of_space.get(each.workspace)
        for text, groups in long_ones.items() if each.text and group is not None else ():
            if group not in groups and text in (each.text or ""):
                yield f"P5: {each.key} tells group {group} an answer of {sorted(groups)}"


# ---------------------------------------------------------------- P6

#: What would ping, link or load something, if it stands in a text of ours just so.
_HARMFUL = re.compile(
    rf"@(?!{BREAK})(?:everyone|here|channel)\b|<[@#!]|<a?:\w+:\d|</\w|\]\(|\w:(?!{BREAK})//|\bwww\.\w|\bdiscord\.gg/\w",
    re.IGNORECASE,
)


def harm_in(text: str) -> str | None:
    """What in a text of ours would ping somebody or load a foreign address, or None."""
    bare = re.sub(r"\\[\\`*_~|\[\]<>&]", "\ufffc", text)
    # Nothing is a link between backticks, while some platforms read mentions there too.
    bare = re.sub(r"`[^`\n]*`", lambda code: code[0].replace("](", "] ("), bare)
    found = _HARMFUL.search(bare)
    return found.group() if found else None


def _words_are_harmless(seen: Seen) -> Iterator[str]:
    for each in seen.heard:
        if each.text and (harm := harm_in(each.text)):
            yield f"P6: {each.key} holds {harm!r}"


# ---------------------------------------------------------------- P7


def _nothing_is_stuck(conn: Connection, seen: Seen, all_answers: Sequence[Answer]) -> Iterator[str]:
    rows = conn.execute(select(owed.c.key, owed.c.attempt, owed.c.not_before, owed.c.created_at)).all()
    for not_told in rows:
        since = not_told.not_before or not_told.created_at
        if since + seen.patience < seen.now:
            yield f"P7: {not_told.key} is owed since {since}"
    waiting = {row.key for row in rows} | set(conn.execute(select(parked.c.key)).scalars())
    held = conn.execute(select(sendings.c.key, sendings.c.claimed_until).where(sendings.c.claimed_until.is_not(None)))
    for key, until in held:
        if until + timedelta(minutes=1) < seen.now:
            yield f"P7: {key} is in somebody's hand since long"
    yield from _everything_unfinished_is_owed(conn, seen, all_answers, waiting)


def _everything_unfinished_is_owed(
    conn: Connection, seen: Seen, all_answers: Sequence[Answer], waiting: set[str]
) -> Iterator[str]:
    """What is not finished must be owed or set aside, else nobody will ever finish it."""
    for answer in all_answers:
        unfinished = answer.state in (AnswerState.RECEIVED, AnswerState.WAITING)
        if unfinished and f"review:{answer.id}:{answer.version}" not in waiting:
            yield f"P7: answer {answer.id} waits for a review that nobody owes"
    for row in conn.execute(select(postings.c.id, postings.c.state, postings.c.thread_id)):
        unposted = row.state == PostingState.WAITING
        threadless = row.state == PostingState.POSTED and row.thread_id is None
        if (unposted or threadless) and f"post:{row.id}" not in waiting:
            yield f"P7: posting {row.id} is unfinished and nobody owes it ({Story.POST_QUESTION})"
    unsent = conn.execute(select(sendings.c.key).where(sendings.c.state == SendState.SENDING)).scalars()
    # A private review of a text that was changed meanwhile is told no further: it stands, and nobody waits for it.
    current = {f"full:{answer.id}:{answer.version}" for answer in all_answers if answer.state is AnswerState.REVIEWED}
    awaited = {each.key for each in seen.visible if not each.key.startswith("full:") or each.key in current}
    yield from (f"P7: {key} stands outside, and here it is still being sent" for key in unsent if key in awaited)
