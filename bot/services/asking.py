"""Asking: the tracks that are due, the story of one posting from choice to close, and what organisers settle."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import texts
from bot.domain.asking import (
    MAX_OPEN,
    MIN_OPEN,
    Fate,
    choose,
    closes_at,
    fate,
    is_paused,
    local_day,
    next_due,
    upcoming,
)
from bot.domain.errors import Refused
from bot.domain.outgoing import Action, Button, OpenThread, Post, Say
from bot.domain.questions import Question, content_hash, question_from_json, question_to_json
from bot.domain.refs import MessageRef, ThreadRef
from bot.ports import Clock, Questions, Storage, Story
from bot.services import answers, notices
from bot.services.delivery import Courier
from bot.shelves import Asking, Posting, PostingState, SkipReason, Track, TrackChannel, TrackState, Tx

log = logging.getLogger(__name__)

#: So many tracks are claimed in one transaction.
CLAIM_MOST = 200
#: After so many failures in a row a channel stands still until an organiser resumes (F69, FAULTS 63).
MOST_FAILURES = 3
#: The next question is on its way: look again after this time.
LOOK_AGAIN = timedelta(minutes=5)
SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Open:
    """All that the story of one posting is about."""

    posting: Posting
    asking: Asking
    track: Track
    channel: TrackChannel

    @property
    def extra(self) -> bool:
        """Posted by hand."""
        return self.asking.slot != SCHEDULED


# ---------------------------------------------------------------- the tick


async def tick(storage: Storage, clock: Clock) -> int:
    """Files every slot that has come and what is owed for it; nodes share the ticks. Returns how many tracks."""
    total = 0
    while claimed := await storage.write(lambda tx: claim(tx, clock.now())):
        total += claimed
    return total


def claim(tx: Tx, now: datetime) -> int:
    """One transaction of the tick: slots, postings and owed stories commit together (F5, FAULTS 7)."""
    due = tx.asking.due_tracks(now, CLAIM_MOST)
    for track in due:
        slot = track.next_at
        while slot <= now:
            _file_slot(tx, track, slot, now)
            slot = next_due(track.schedule, slot)
        tx.asking.move_next(track.id, slot)
    return len(due)


def _file_slot(tx: Tx, track: Track, due_at: datetime, now: datetime) -> None:
    day = local_day(track.schedule.zone, due_at)
    skipped = _why_skipped(tx, track, due_at, now)
    asking = tx.asking.insert_asking(track, day, SCHEDULED, due_at, skipped, now)
    if asking is not None and skipped is None:
        owe_postings(tx, track, asking)


def _why_skipped(tx: Tx, track: Track, due_at: datetime, now: datetime) -> SkipReason | None:
    if is_paused(tx.asking.pauses(track.group, track.id), local_day(track.schedule.zone, due_at)):
        return SkipReason.PAUSED
    if fate(track.schedule, due_at, now) is Fate.SKIP:
        return SkipReason.LATE
    return None if any(not channel.stopped for channel in track.channels) else SkipReason.NO_CHANNEL


def owe_postings(tx: Tx, track: Track, asking: int) -> None:
    """A posting for each channel of the track that is not standing still, and the story that posts it."""
    for channel in track.channels:
        if not channel.stopped:
            posting = tx.asking.add_posting(track.group, asking, channel)
            tx.owe(Story.POST_QUESTION, f"post:{posting}", track.group, posting)


def file_extra(tx: Tx, track: Track, now: datetime) -> None:
    """One question by hand: an extra of today, which says so (P2)."""
    day = local_day(track.schedule.zone, now)
    number = tx.asking.extras_on(track.group, track.id, day) + 1
    asking = tx.asking.insert_asking(track, day, f"extra-{number}", now, None, now)
    if asking is not None:
        owe_postings(tx, track, asking)


# ---------------------------------------------------------------- the story of one posting


class Asker:
    """The steps of posting and closing a question."""

    def __init__(self, storage: Storage, questions: Questions, courier: Courier, clock: Clock) -> None:
        self._storage = storage
        self._questions = questions
        self._courier = courier
        self._clock = clock

    async def choose(self, group: int, posting: int) -> bool:
        """Settles the question of the posting's asking, once for all its channels; False when there is none."""
        return await self._storage.write(lambda tx: self._choose(tx, group, posting))

    def _choose(self, tx: Tx, group: int, posting: int) -> bool:
        case = load(tx, group, posting)
        if case is None:
            return False
        if case.asking.question is not None:
            return True
        question = self._pick(tx, case.track)
        if question is None:
            self._give_up(tx, case)
            return False
        now = self._clock.now()
        tx.asking.choose(group, case.asking.id, question.id, content_hash(question), question_to_json(question), now)
        return True

    def _pick(self, tx: Tx, track: Track) -> Question | None:
        chosen = choose(self._questions.ids_in(track.packs), tx.asking.used(track.group, track.id))
        return self._questions.question(chosen) if chosen is not None else None

    def _give_up(self, tx: Tx, case: Open) -> None:
        group = case.track.group
        tx.asking.skip(group, case.asking.id, SkipReason.NO_QUESTION)
        for posting in tx.asking.postings(group, case.asking.id):
            tx.asking.set_posting(group, posting.id, PostingState.DROPPED)
        key = f"noquestion:{case.track.id}:{case.asking.day}"
        notices.owe(tx, group, case.channel.channel, key, notices.Notice.NO_QUESTION)

    async def post(self, group: int, posting: int) -> bool:
        """Posts the question, if it is still wanted; False when it is not, or was refused for good."""
        case = await self._storage.read(lambda tx: load(tx, group, posting))
        if case is None or case.posting.state is not PostingState.WAITING:
            return case is not None and case.posting.state is PostingState.POSTED
        if not await self._storage.write(lambda tx: self._still_wanted(tx, group, posting)):
            return False
        return await self._post(case)

    def _still_wanted(self, tx: Tx, group: int, posting: int) -> bool:
        """A posting that waited too long, or whose day was paused meanwhile, is dropped (FAULTS 10, 12)."""
        case = load(tx, group, posting)
        if case is None:
            return False
        if tx.delivery.by_key(group, post_key(posting)) is not None:
            return True
        reason = self._unwanted(tx, case)
        if reason is not None:
            tx.asking.set_posting(group, posting, PostingState.DROPPED)
            if all(each.state is PostingState.DROPPED for each in tx.asking.postings(group, case.asking.id)):
                tx.asking.skip(group, case.asking.id, reason)
        return reason is None

    def _unwanted(self, tx: Tx, case: Open) -> SkipReason | None:
        if case.channel.stopped or case.track.state is not TrackState.ACTIVE:
            return SkipReason.NO_CHANNEL
        if case.extra:
            return None
        if is_paused(tx.asking.pauses(case.track.group, case.track.id), case.asking.day):
            return SkipReason.PAUSED
        late = fate(case.track.schedule, case.asking.due_at, self._clock.now()) is Fate.SKIP
        return SkipReason.LATE if late else None

    async def _post(self, case: Open) -> bool:
        group, now = case.track.group, self._clock.now()
        close = self._close_of(case, now)
        item = Post(post_key(case.posting.id), case.posting.channel, *await self._wording(case, now, close))
        try:
            sent_id = await self._courier.send(group, item)
        except Refused as refused:
            why = str(refused)
            await self._storage.write(lambda tx: self._failed(tx, case, why))
            return False
        if sent_id is None:
            return False
        channel = case.posting.channel
        message = MessageRef(channel.platform, channel.workspace, channel.id, sent_id)
        await self._storage.write(lambda tx: _posted(tx, case, message, now, close))
        return True

    async def _wording(self, case: Open, now: datetime, close: datetime) -> tuple[str, tuple[Button, ...]]:
        question = await self._storage.read(lambda tx: question_of(tx, case.asking))
        late = not case.extra and fate(case.track.schedule, case.asking.due_at, now) is not Fate.POST
        asked = texts.Asked(close, case.track.schedule.zone, case.asking.day, late, case.extra)
        button = Button(Action.ANSWER, texts.label_answer(), str(case.posting.id))
        return texts.question_post(question, asked), (button,)

    def _close_of(self, case: Open, now: datetime) -> datetime:
        return closes_at(now, next_due(case.track.schedule, max(now, case.asking.due_at)))

    def _failed(self, tx: Tx, case: Open, why: str) -> None:
        """A refused post: after some in a row the channel stands still, and organisers are told once (F69)."""
        group = case.track.group
        tx.asking.set_posting(group, case.posting.id, PostingState.DROPPED)
        if tx.asking.count_failure(group, case.channel.id) >= MOST_FAILURES and not case.channel.stopped:
            tx.asking.stop_channel(group, case.channel.id)
            key = f"stopped:{case.channel.id}:{case.posting.id}"
            notices.owe(tx, group, case.channel.channel, key, notices.Notice.CHANNEL_STOPPED, why)

    async def open_thread(self, group: int, posting: int) -> None:
        """Opens the thread on the post that stands there; answers that came before it are taken up (FAULTS 6, 20)."""
        case = await self._storage.read(lambda tx: load(tx, group, posting))
        if case is None or case.posting.message is None or case.posting.thread is not None:
            return
        message = case.posting.message
        question = await self._storage.read(lambda tx: question_of(tx, case.asking))
        item = OpenThread(f"thread:{posting}", message, texts.thread_name(question, case.asking.day))
        thread_id = await self._courier.send(group, item)
        if thread_id is not None:
            channel = case.posting.channel
            thread = ThreadRef(channel.platform, channel.workspace, channel.id, thread_id)
            await self._storage.write(lambda tx: _threaded(tx, case.posting, thread, self._clock.now()))

    async def close(self, group: int, posting: int) -> float | None:
        """Closes the question when its time has come and says the model answer; before that, returns in how many
        seconds to come again."""
        wait = await self._storage.write(lambda tx: self._close(tx, group, posting))
        if wait is not None:
            return wait
        case = await self._storage.read(lambda tx: load(tx, group, posting))
        if case is None or case.posting.thread is None:
            return None
        question = await self._storage.read(lambda tx: question_of(tx, case.asking))
        await self._courier.send(group, Say(f"close:{posting}", case.posting.thread, texts.closing_post(question)))
        return None

    def _close(self, tx: Tx, group: int, posting: int) -> float | None:
        """Seconds until the close, or None once it is closed. Without a next question it stays open up to 7 days."""
        case = load(tx, group, posting)
        if case is None or case.posting.state is not PostingState.POSTED:
            return None
        now, due = self._clock.now(), case.posting.closes_at
        assert due is not None and case.posting.posted_at is not None
        if now < due:
            return (due - now).total_seconds()
        last = case.posting.posted_at + MAX_OPEN
        if now < last and not tx.asking.posted_after(group, case.channel.id, case.posting.posted_at):
            later = min(last, self._next_chance(tx, case, now))
            tx.asking.set_posting(group, posting, PostingState.POSTED, later)
            return (later - now).total_seconds()
        tx.asking.set_posting(group, posting, PostingState.CLOSED)
        return None

    def _next_chance(self, tx: Tx, case: Open, now: datetime) -> datetime:
        """When the next question may be there: soon if its slot is being worked on, else at the next slot."""
        working = case.track.next_at <= now or tx.asking.waiting_in(case.track.group, case.posting.channel)
        return now + LOOK_AGAIN if working else next_due(case.track.schedule, now)


def _posted(tx: Tx, case: Open, message: MessageRef, now: datetime, close: datetime) -> None:
    group, posting = case.track.group, case.posting.id
    tx.asking.mark_posted(group, posting, message, now, close)
    tx.asking.clear_failures(group, case.channel.id)
    tx.owe(Story.CLOSE_QUESTION, f"close:{posting}", group, posting, not_before=close)
    if not case.extra:
        _close_earlier(tx, case, now)


def _close_earlier(tx: Tx, case: Open, now: datetime) -> None:
    """A question closes when the next scheduled one is posted, if it was open for a day (RULES, Day and closing)."""
    group = case.track.group
    for earlier in tx.asking.open_before(group, case.channel.id, case.posting.id):
        if earlier.posted_at is not None and earlier.posted_at + MIN_OPEN <= now:
            tx.asking.set_posting(group, earlier.id, PostingState.POSTED, now)
            tx.owe(Story.CLOSE_QUESTION, f"close:{earlier.id}:by:{case.posting.id}", group, earlier.id)


def _threaded(tx: Tx, posting: Posting, thread: ThreadRef, now: datetime) -> None:
    tx.asking.mark_thread(posting.group, posting.id, thread)
    known = tx.asking.posting(posting.group, posting.id)
    if known is not None:
        answers.file_held(tx, known, thread, now)


def post_key(posting: int) -> str:
    """The key of a question's post."""
    return f"post:{posting}"


def load(tx: Tx, group: int, posting: int) -> Open | None:
    """What a step needs to know about a posting."""
    found = tx.asking.posting(group, posting)
    asking = tx.asking.asking(group, found.asking) if found is not None else None
    track = tx.asking.track(group, asking.track) if asking is not None else None
    if found is None or asking is None or track is None:
        return None
    channel = next((each for each in track.channels if each.id == found.track_channel), None)
    return Open(found, asking, track, channel) if channel is not None else None


def question_of(tx: Tx, asking: Asking) -> Question:
    """The wording an asking keeps. Raises `LookupError` before one was chosen."""
    body = tx.asking.copy(asking.question_hash) if asking.question_hash is not None else None
    if body is None:
        raise LookupError(f"asking {asking.id} has no question yet")
    return question_from_json(body)


# ---------------------------------------------------------------- looking ahead


def preview(tx: Tx, questions: Questions, track: Track, count: int) -> list[texts.Preview]:
    """The next slots with their questions; nothing is used up (F10)."""
    used = tx.asking.used(track.group, track.id)
    titles = iter(upcoming(questions.ids_in(track.packs), used, count))
    pauses = tx.asking.pauses(track.group, track.id)
    lines: list[texts.Preview] = []
    slot = track.next_at
    for _ in range(count):
        paused = is_paused(pauses, local_day(track.schedule.zone, slot))
        chosen = None if paused else next(titles, None)
        question = questions.question(chosen) if chosen is not None else None
        lines.append(texts.Preview(slot, question.title if question is not None else None, paused))
        slot = next_due(track.schedule, slot)
    return lines


def next_asked(tx: Tx, track: Track) -> datetime:
    """The next slot that is not paused, looked for over the coming year."""
    pauses = tx.asking.pauses(track.group, track.id)
    slot, end = track.next_at, track.next_at + timedelta(days=366)
    while slot < end and is_paused(pauses, local_day(track.schedule.zone, slot)):
        slot = next_due(track.schedule, slot)
    return slot
