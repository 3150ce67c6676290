"""Asking: the tracks that are due, the story of one posting from choice to close, and what organisers settle."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot import texts
from bot.domain.asking import (
    MAX_OPEN,
    MIN_OPEN,
    Fate,
    Schedule,
    choose,
    closes_at,
    due_on,
    fate,
    is_paused,
    local_day,
    next_due,
    upcoming,
)
from bot.domain.errors import Refused, RefusedBecause
from bot.domain.outgoing import Action, Button, OpenThread, Post, Say
from bot.domain.questions import Question, content_hash, question_from_json, question_to_json
from bot.domain.refs import MessageRef, ThreadRef
from bot.ports import Clock, Memory, Questions, Storage, Story
from bot.services import answers, notices, recalling
from bot.services.delivery import Courier, Then, nothing_more
from bot.shelves import (
    SCHEDULED,
    Asking,
    Posting,
    PostingState,
    Showing,
    SkipReason,
    Stopped,
    Track,
    TrackChannel,
    TrackState,
    Tx,
)

log = logging.getLogger(__name__)

#: So many tracks are claimed in one transaction.
CLAIM_MOST = 50
#: After so many failures in a row a channel stands still until an organiser resumes (F69, FAULTS 63).
MOST_FAILURES = 3
#: What a stopped channel is told of, by the last refusal.
STOPPED_BECAUSE = {RefusedBecause.NO_RIGHT: Stopped.NO_RIGHT, RefusedBecause.GONE: Stopped.GONE}
#: The next question is on its way: look again after this time.
LOOK_AGAIN = timedelta(minutes=5)
#: Askings of a track older than so many concern nobody who changes it.
RECENT = 10
#: A button pressed again within this time is the same wish.
JUST_NOW = timedelta(minutes=1)


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


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be posted: since when, and when it will close as far as is known."""

    case: Open
    question: Question
    now: datetime
    close: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """A question that is closed, and what its thread is told."""

    case: Open
    words: Say


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
        claim_slots(tx, track, now)
    return len(due)


def claim_slots(tx: Tx, track: Track, now: datetime) -> None:
    """Files the slots of a track that have come, also those an outage let pass."""
    slot = track.next_at
    while slot <= now:
        _file_slot(tx, track, slot, now)
        slot = next_due(track.schedule, slot)
    tx.asking.move_next(track.id, slot)


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
            posting = tx.asking.add_posting(track.group, asking, channel, track.showing is Showing.HIDDEN)
            tx.owe(Story.POST_QUESTION, f"post:{posting}", track.group, posting)


def file_extra(tx: Tx, track: Track, now: datetime) -> None:
    """One question by hand: an extra of today, which says so (P2)."""
    tx.asking.hold(track.group, track.id)
    day = local_day(track.schedule.zone, now)
    number = tx.asking.extras_on(track.group, track.id, day) + 1
    asking = tx.asking.insert_asking(track, day, f"extra-{number}", now, None, now)
    if asking is not None:
        owe_postings(tx, track, asking)


def asked_just_now(tx: Tx, track: Track, now: datetime) -> bool:
    """Whether an extra is on its way already, or was asked for within a minute."""
    extras = (each for each in tx.asking.recent(track.group, track.id, RECENT) if each.slot != SCHEDULED)
    return any(now - each.due_at < JUST_NOW or _waits(tx, each) for each in extras)


def reschedule(tx: Tx, track: Track, schedule: Schedule, now: datetime) -> datetime | None:
    """A question that waits while its schedule is moved (FAULTS 12): it comes at its new time, if that is still ahead
    on its day, else not at all. Returns the new time, where there is one."""
    claim_slots(tx, track, now)
    put_off = None
    for each in tx.asking.recent(track.group, track.id, RECENT):
        if each.slot != SCHEDULED or not _waits(tx, each):
            continue
        due = due_on(schedule, each.day)
        if each.day.weekday() in schedule.weekdays and due > now:
            tx.asking.put_off(track.group, each.id, due)
            put_off = due
        else:
            _drop_all(tx, each, SkipReason.MOVED)
    return put_off


def _waits(tx: Tx, asking: Asking) -> bool:
    """Whether nothing of this asking was sent, or may have been."""
    there = tx.asking.postings(asking.group, asking.id)
    waiting = [each for each in there if each.state is PostingState.WAITING]
    return bool(waiting) and len(waiting) == len(there) and not any(_was_tried(tx, each) for each in there)


def _was_tried(tx: Tx, posting: Posting) -> bool:
    return tx.delivery.by_key(posting.group, post_key(posting.id)) is not None


def _drop_all(tx: Tx, asking: Asking, reason: SkipReason) -> None:
    tx.asking.skip(asking.group, asking.id, reason)
    for posting in tx.asking.postings(asking.group, asking.id):
        tx.asking.set_posting(asking.group, posting.id, PostingState.DROPPED)


def drop_waiting(tx: Tx, group: int, channel: TrackChannel) -> None:
    """What waits to be posted in this channel is not."""
    for posting in tx.asking.waiting(group, channel.id):
        case = load(tx, group, posting.id)
        if case is not None:
            _drop(tx, case, SkipReason.NO_CHANNEL)


def _drop(tx: Tx, case: Open, reason: SkipReason) -> None:
    """This channel gets no question; when none does, the asking was skipped, and its question is free again."""
    tx.asking.hold(case.track.group, case.track.id)
    tx.asking.set_posting(case.track.group, case.posting.id, PostingState.DROPPED)
    if all(each.state is PostingState.DROPPED for each in tx.asking.postings(case.track.group, case.asking.id)):
        tx.asking.skip(case.track.group, case.asking.id, reason)


# ---------------------------------------------------------------- the story of one posting


class Asker:
    """The steps of posting and closing a question."""

    def __init__(self, storage: Storage, questions: Questions, memory: Memory, courier: Courier, clock: Clock) -> None:
        self._storage = storage
        self._questions = questions
        self._memory = memory
        self._courier = courier
        self._clock = clock

    async def post(self, group: int, posting: int) -> float | None:
        """Settles the question of the posting's asking, once for all its channels, posts it if it is still wanted, and
        opens its thread. Returns in how many seconds it may be posted; None when it stands there, there is nothing to
        post, or it was refused for good."""
        chosen = await self._storage.write(lambda tx: self._choose(tx, group, posting))
        if not isinstance(chosen, Chosen):
            return chosen
        if await self._post(chosen):
            await self._open_thread(group, posting)
        return None

    def _choose(self, tx: Tx, group: int, posting: int) -> Chosen | float | None:
        """What is to be posted; seconds until it may be; None when there is nothing to post."""
        case = _held(tx, group, posting)
        if case is None or case.posting.state is PostingState.DROPPED:
            return None
        now = self._clock.now()
        if now < case.asking.due_at and not _was_tried(tx, case.posting):
            return (case.asking.due_at - now).total_seconds()
        if not self._is_settled(tx, case):
            question, asked_before = self._pick(tx, case)
            if question is None:
                self._give_up(tx, case)
                return None
            body = question_to_json(question)
            tx.asking.choose(group, case.asking.id, question.id, content_hash(question), body, now, asked_before)
            case = _anew(tx, case)
        return Chosen(case, question_of(tx, case.asking), now, _close_of(tx, case, now))

    def _is_settled(self, tx: Tx, case: Open) -> bool:
        """One that was chosen stays, unless it left the packs before anybody may have seen it (FAULTS 11)."""
        chosen = case.asking.question
        if chosen is None:
            return False
        return chosen in self._questions.ids_in(case.track.packs) or not _waits(tx, case.asking)

    def _pick(self, tx: Tx, case: Open) -> tuple[Question | None, date | None]:
        """The question, and the day on which it was asked before where it is asked again for that."""
        track = case.track
        if recalled := recalling.to_recall(tx, self._memory, self._questions, track, case.asking):
            return self._questions.question(recalled.question), recalled.asked_before
        chosen = choose(self._questions.ids_in(track.packs), tx.asking.used(track.group, track.id))
        return self._questions.question(chosen) if chosen is not None else None, None

    def _give_up(self, tx: Tx, case: Open) -> None:
        _drop_all(tx, case.asking, SkipReason.NO_QUESTION)
        key = f"noquestion:{case.track.id}:{case.asking.day}"
        notices.owe(tx, case.track.group, case.channel.channel, key, notices.Notice.NO_QUESTION)

    async def _post(self, chosen: Chosen) -> bool:
        case, now, close = chosen.case, chosen.now, chosen.close
        if case.posting.state is not PostingState.WAITING:
            return case.posting.state is PostingState.POSTED
        item = Post(post_key(case.posting.id), case.posting.channel, *_wording(case, chosen.question, now, close))
        try:
            stands = await self._bring(chosen, item)
        except Refused as refused:
            why, because = str(refused), refused.because
            await self._storage.write(lambda tx: _failed(tx, case, why, because))
            return False
        if not stands:
            await self._storage.write(lambda tx: self._let_go(tx, case))
        return stands

    async def _bring(self, chosen: Chosen, item: Post) -> bool:
        """Sends the post while it is wanted; whether it stands there. One that waited too long, or whose day was paused
        meanwhile, is not sent any more (FAULTS 10, 12); an earlier attempt may have brought it there all the same."""
        group, posting = chosen.case.track.group, chosen.case.posting.id

        def wanted(tx: Tx) -> bool:
            fresh = load(tx, group, posting)
            return fresh is not None and self._unwanted(tx, fresh) is None

        def posted(tx: Tx, sent_id: str) -> None:
            channel = item.channel
            message = MessageRef(channel.platform, channel.workspace, channel.id, sent_id)
            _posted(tx, chosen.case, message, chosen.now, chosen.close)

        sent_id = await self._courier.send(group, item, still=wanted, then=posted)
        return (sent_id or await self._courier.arrived(group, item, posted)) is not None

    def _let_go(self, tx: Tx, case: Open) -> None:
        reason = self._unwanted(tx, case)
        if reason is None:  # refused, and the process ended before it was counted
            _failed(tx, case, "the platform refused it", RefusedBecause.OTHER)
        else:
            _drop(tx, case, reason)

    def _unwanted(self, tx: Tx, case: Open) -> SkipReason | None:
        if case.channel.stopped or case.track.state is not TrackState.ACTIVE:
            return SkipReason.NO_CHANNEL
        if case.extra:
            return None
        if is_paused(tx.asking.pauses(case.track.group, case.track.id), case.asking.day):
            return SkipReason.PAUSED
        late = fate(case.track.schedule, case.asking.due_at, self._clock.now()) is Fate.SKIP
        return SkipReason.LATE if late else None

    async def _open_thread(self, group: int, posting: int) -> None:
        """Opens the thread on the post that stands there; answers that came before it are taken up (FAULTS 6, 20)."""
        case, question = await self._storage.read(lambda tx: _with_question(tx, group, posting))
        if case is None or question is None or case.posting.message is None or case.posting.thread is not None:
            return
        message = case.posting.message
        item = OpenThread(f"thread:{posting}", message, texts.thread_name(question, case.asking.day))
        now = self._clock.now()

        def opened(tx: Tx, thread_id: str) -> None:
            channel = case.posting.channel
            _threaded(tx, case.posting, ThreadRef(channel.platform, channel.workspace, channel.id, thread_id), now)

        await self._said(case, item, opened)

    async def close(self, group: int, posting: int) -> float | None:
        """Closes the question when its time has come and says the model answer; before that, returns in how many
        seconds to come again."""
        end = await self._storage.write(lambda tx: self._close(tx, group, posting))
        if not isinstance(end, Closed):
            return end
        await self._said(end.case, end.words)
        return None

    async def _said(self, case: Open, item: OpenThread | Say, then: Then = nothing_more) -> None:
        """Sends. A place that turns out to be gone ends it quietly (FAULTS 29); raises any other `Refused`."""
        try:
            await self._courier.send(case.track.group, item, then=then)
        except Refused as refused:
            place = case.posting.thread
            if refused.because is not RefusedBecause.GONE or place is None:
                raise
            await self._storage.write(lambda tx: tx.asking.mark_gone(case.track.group, place))

    def _close(self, tx: Tx, group: int, posting: int) -> Closed | float | None:
        """What is said now that it is closed; seconds until the close; None when there is nothing to say."""
        case = load(tx, group, posting)
        if case is None:
            return None
        wait = self._until_close(tx, case) if case.posting.state is PostingState.POSTED else None
        return wait if wait is not None else _closing_words(tx, case)

    def _until_close(self, tx: Tx, case: Open) -> float | None:
        """Seconds until the close, or None once it is closed. Without a next question it stays open up to 7 days."""
        group, posting = case.track.group, case.posting.id
        now, due = self._clock.now(), case.posting.closes_at
        assert due is not None
        assert case.posting.posted_at is not None
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
        working = case.track.next_at <= now or tx.asking.about_to_post(case.track.group, case.channel.id)
        return now + LOOK_AGAIN if working else _unpaused(tx, case.track, next_due(case.track.schedule, now))


def _wording(case: Open, question: Question, now: datetime, close: datetime) -> tuple[str, tuple[Button, ...]]:
    late = not case.extra and fate(case.track.schedule, case.asking.due_at, now) is not Fate.POST
    zone, day, before = case.track.schedule.zone, case.asking.day, case.asking.asked_before
    asked = texts.Asked(close, zone, day, late, case.extra, case.posting.hidden, before)
    target = str(case.posting.id)
    buttons = [Button(Action.ANSWER, texts.label_answer(), target)]
    if question.hints:
        buttons.append(Button(Action.HINT, texts.label_hint(), target))
    return texts.question_post(question, asked), tuple(buttons)


def _close_of(tx: Tx, case: Open, now: datetime) -> datetime:
    """When a question posted now will close, as far as is known; days without a question keep it open."""
    after = next_due(case.track.schedule, max(now, case.asking.due_at))
    return closes_at(now, _unpaused(tx, case.track, after))


def _failed(tx: Tx, case: Open, why: str, because: RefusedBecause) -> None:
    """A refused post: after some in a row the channel stands still, and organisers are told once (F69)."""
    group = case.track.group
    if load(tx, group, case.posting.id) is None:
        return  # its group joined another meanwhile, and the story is told again
    _drop(tx, case, SkipReason.NO_CHANNEL)
    if tx.asking.count_failure(group, case.channel.id) < MOST_FAILURES:
        return
    if tx.asking.stop_channel(group, case.channel.id, STOPPED_BECAUSE.get(because, Stopped.FAILURES)):
        key = f"stopped:{case.channel.id}:{case.posting.id}"
        notices.owe(tx, group, case.channel.channel, key, notices.Notice.CHANNEL_STOPPED, why)


def _posted(tx: Tx, case: Open, message: MessageRef, now: datetime, close: datetime) -> None:
    group, posting = case.track.group, case.posting.id
    tx.asking.mark_posted(group, posting, message, now, close)
    tx.asking.clear_failures(group, case.channel.id)
    tx.owe(Story.CLOSE_QUESTION, close_key(posting), group, posting, not_before=_look_at(now, close))
    if not case.extra:
        _close_earlier(tx, case, now)


def _close_earlier(tx: Tx, case: Open, now: datetime) -> None:
    """A question closes when the next scheduled one is posted, once it was open for a day (RULES, Day and closing)."""
    group = case.track.group
    for earlier in tx.asking.open_before(group, case.channel.id, case.posting.id):
        if earlier.posted_at is None:
            continue
        at = max(now, earlier.posted_at + MIN_OPEN)
        if at == now:
            tx.asking.set_posting(group, earlier.id, PostingState.POSTED, now)
        if not tx.bring_forward(close_key(earlier.id), at):
            # It is being told right now, and may have looked before this question was there.
            by = f"{close_key(earlier.id)}:by:{case.posting.id}"
            tx.owe(Story.CLOSE_QUESTION, by, group, earlier.id, not_before=None if at == now else at)


def _look_at(posted_at: datetime, close: datetime) -> datetime:
    """When to look whether a question closes. The next one brings that forward, and is given time to be posted."""
    return close if close >= posted_at + MAX_OPEN else close + LOOK_AGAIN


def _threaded(tx: Tx, posting: Posting, thread: ThreadRef, now: datetime) -> None:
    tx.asking.mark_thread(posting.group, posting.id, thread)
    known = tx.asking.posting(posting.group, posting.id)
    if known is not None:
        answers.file_held(tx, known, thread, now)


def close_key(posting: int) -> str:
    """The key of a question's close: of the story, and of the words that show the model answer."""
    return f"close:{posting}"


def post_key(posting: int) -> str:
    """The key of a question's post."""
    return f"post:{posting}"


def _held(tx: Tx, group: int, posting: int) -> Open | None:
    """As `load`, with the track held: two channels of an asking must not choose a question each, nor two askings of a
    track the same one."""
    case = load(tx, group, posting)
    if case is None:
        return None
    tx.asking.hold(group, case.track.id)
    return _anew(tx, case)


def _anew(tx: Tx, case: Open) -> Open:
    """The same, with its asking as it is now."""
    fresh = tx.asking.asking(case.track.group, case.asking.id)
    return replace(case, asking=fresh) if fresh is not None else case


def load(tx: Tx, group: int, posting: int) -> Open | None:
    """What a step needs to know about a posting."""
    found = tx.asking.posting(group, posting)
    asking = tx.asking.asking(group, found.asking) if found is not None else None
    track = tx.asking.track(group, asking.track) if asking is not None else None
    if found is None or asking is None or track is None:
        return None
    channel = next((each for each in track.channels if each.id == found.track_channel), None)
    return Open(found, asking, track, channel) if channel is not None else None


def _closing_words(tx: Tx, case: Open) -> Closed | None:
    if case.posting.thread is None or case.posting.gone or case.asking.question_hash is None:
        return None
    words = texts.closing_post(question_of(tx, case.asking))
    return Closed(case, Say(close_key(case.posting.id), case.posting.thread, words))


def _with_question(tx: Tx, group: int, posting: int) -> tuple[Open | None, Question | None]:
    """A posting and the wording its asking keeps, where one was chosen."""
    case = load(tx, group, posting)
    if case is None or case.asking.question_hash is None:
        return case, None
    return case, question_of(tx, case.asking)


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
    """The next slot that is not paused."""
    return _unpaused(tx, track, track.next_at)


def _unpaused(tx: Tx, track: Track, slot: datetime) -> datetime:
    """This slot or the first later one that is not paused, looked for over the coming year."""
    pauses = tx.asking.pauses(track.group, track.id)
    end = slot + timedelta(days=366)
    while slot < end and is_paused(pauses, local_day(track.schedule.zone, slot)):
        slot = next_due(track.schedule, slot)
    return slot
