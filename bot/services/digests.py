"""The weekly digest: the only board that comes by itself (RULES, What others see), and the group's goal in it.

It is owed for each channel of a track under the key of its week, so neither a crash nor a second node says it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from bot import texts
from bot.domain.asking import days_text, local_day
from bot.domain.digests import (
    A_WEEK,
    WEEKS_BEFORE,
    Goal,
    Weakness,
    Week,
    due_of,
    fewer_days,
    goal_state,
    monday_of,
    next_digest,
    send_at,
    weakest,
    week_of,
)
from bot.domain.errors import Mistake, NotNow
from bot.domain.outgoing import Edit, Post, Reply
from bot.domain.questions import question_from_json
from bot.domain.refs import ChannelRef, MessageRef
from bot.domain.standings import WHOLE_GROUP, Board, Period, Scope
from bot.ports import Clock, Pictures, Storage, Story
from bot.services import asking, boards, fairness, hidden, notices
from bot.services.delivery import Courier
from bot.services.standings import board_for
from bot.shelves import Answer, Track, TrackChannel, TrackState, Tx

#: So many tracks are claimed in one transaction.
CLAIM_MOST = 50
#: So many of the best answers stand in a digest.
MOST_BEST = 2
MOST_ANSWERS, MOST_SHARE = 7, 100
#: What is not said of a first goal.
USUAL_GOAL = Goal(3, 80)
A_DAY = timedelta(days=1)


# ---------------------------------------------------------------- the tick


async def tick(storage: Storage, clock: Clock) -> int:
    """Owes every digest that has come; nodes share the ticks. Returns how many tracks were looked at."""
    total = 0
    while await storage.read(lambda tx: tx.digests.are_due(clock.now())):  # most ticks find nothing
        claimed = await storage.write(lambda tx: claim(tx, clock.now()))
        if not claimed:
            break
        total += claimed
    return total


def claim(tx: Tx, now: datetime) -> int:
    """One transaction of the tick: what is owed and the next moment commit together."""
    due = tx.digests.due(now, CLAIM_MOST)
    for track, due_at in due:
        if due_at is not None:
            _owe(tx, track, due_at, now)
        tx.digests.move_next(track.id, next_digest(track.schedule.zone, now))
    return len(due)


def _owe(tx: Tx, track: Track, due_at: datetime, now: datetime) -> None:
    """After a long outage only the newest digest comes, if even that is not too late."""
    zone, newest = track.schedule.zone, due_at
    while (later := next_digest(zone, newest)) <= now:
        newest = later
    at = send_at(zone, newest, now)
    if at is None:
        return
    monday = monday_of(local_day(zone, newest)).isoformat()
    for channel in track.channels:
        key = digest_key(track.id, monday, channel.id)
        tx.owe(Story.POST_DIGEST, key, track.group, track.id, channel.id, monday, not_before=at)


def digest_key(track: int, monday: str, channel: int) -> str:
    """The key of a week's digest in one of the track's channels."""
    return f"digest:{track}:{monday}:{channel}"


# ---------------------------------------------------------------- the story


class Digests:
    """The steps of a digest."""

    def __init__(self, storage: Storage, courier: Courier, clock: Clock, pictures: Pictures) -> None:
        self._storage = storage
        self._courier = courier
        self._clock = clock
        self._pictures = pictures

    async def post(self, group: int, track: int, channel: int, monday: str) -> None:
        """Posts the digest in one channel, if it is still wanted and somebody answered. A place that takes no words
        goes without. Raises `NotNow` when an answer in it was taken back in this moment: then it is made anew."""
        now = self._clock.now()
        case = await self._storage.read(lambda tx: _case(tx, group, track, channel, monday))
        if case is None or case.digest is None or not case.is_wanted(now):
            return

        def wanted(tx: Tx) -> bool:
            fresh = _case(tx, group, track, channel, monday)
            if fresh is not None and fresh.revision != case.revision:
                raise NotNow("an answer of that week was taken back meanwhile")
            return fresh is not None and fresh.is_wanted(self._clock.now())

        await self._courier.reaches(group, await self._item(case, case.digest), case.revision, still=wanted)

    async def tell_again(self, group: int, answer: int) -> None:
        """An answer was taken back: where a digest quoted it, its words go there as well."""
        for case in await self._storage.read(lambda tx: _quoting(tx, group, answer)):
            message = partial(_message, case.channel.channel)
            if case.digest is None:
                await self._courier.take_back(group, Post(case.key, case.channel.channel, ""), message)
                continue
            item = await self._item(case, case.digest)
            await self._courier.reaches(group, item, case.revision, partial(_edit, case, item))

    async def _item(self, case: Case, digest: texts.Digest) -> Post:
        """The post, with the board drawn where that could be done (F77)."""
        card = await self._pictures.draw(digest.board) if digest.board.top else None
        return Post(case.key, case.channel.channel, texts.digest(digest), picture=card)

    async def propose_fewer_days(self, group: int, track: int, channel: int, monday: str) -> None:
        """Tells organisers privately when far fewer people answered than before, once a month at most."""
        await self._storage.write(lambda tx: _propose(tx, group, track, channel, date.fromisoformat(monday)))


@dataclass(frozen=True, slots=True)
class Case:
    """One week of a track in one of its channels. `revision` grows when a quoted answer is taken back."""

    track: Track
    channel: TrackChannel
    monday: date
    on: bool
    revision: int
    digest: texts.Digest | None

    @property
    def key(self) -> str:
        """The key of its post."""
        return digest_key(self.track.id, self.monday.isoformat(), self.channel.id)

    def is_wanted(self, now: datetime) -> bool:
        """Whether it may still be posted."""
        zone, asks = self.track.schedule.zone, self.track.state is TrackState.ACTIVE and not self.channel.stopped
        return self.on and asks and send_at(zone, due_of(zone, self.monday), now) is not None


def _case(tx: Tx, group: int, track: int, channel: int, monday: str) -> Case | None:
    found = tx.asking.track(group, track)
    place = next((each for each in found.channels if each.id == channel), None) if found is not None else None
    if found is None or place is None:
        return None
    first = date.fromisoformat(monday)
    revision = tx.digests.changes(group, track, *_closing_in(found, first))
    on = tx.digests.settings(group, track).on
    return Case(found, place, first, on, revision, make(tx, found, first))


def _quoting(tx: Tx, group: int, answer: int) -> list[Case]:
    """The digests that stand there with this answer, as they are without it."""
    found = tx.answers.by_id(group, answer)
    posting = tx.asking.posting(group, found.posting) if found is not None else None
    asked = tx.asking.asking(group, found.asking) if found is not None else None
    track = tx.asking.track(group, asked.track) if asked is not None else None
    if posting is None or track is None or posting.closes_at is None or not tx.digests.was_quoted(group, answer):
        return []
    zone = track.schedule.zone
    due_at = next_digest(zone, posting.closes_at - timedelta(microseconds=1))
    monday = monday_of(local_day(zone, due_at)).isoformat()
    cases = [_case(tx, group, track.id, each.id, monday) for each in track.channels]
    return [each for each in cases if each is not None and _stands(tx, each)]


def _stands(tx: Tx, case: Case) -> bool:
    row = tx.delivery.by_key(case.track.group, case.key)
    return row is not None and row.sent_id is not None


def _message(channel: ChannelRef, id: str) -> MessageRef:
    return MessageRef(channel.platform, channel.workspace, channel.id, id)


def _edit(case: Case, item: Post, id: str) -> Edit:
    return Edit(f"{case.key}:{case.revision}", _message(item.channel, id), item.text, picture=item.picture)


# ---------------------------------------------------------------- what it tells


def make(tx: Tx, track: Track, monday: date) -> texts.Digest | None:
    """The digest of a track's week as it stands now; None while nobody has answered."""
    *_, week = weeks = _weeks(tx, track, monday)
    if not week.answers:
        return None
    goal = tx.digests.settings(track.group, track.id).goal
    sunday = monday + A_WEEK - A_DAY
    taken = tx.digests.taken(track.group, track.id, weeks[0].monday, sunday)
    return texts.Digest(
        week,
        _board(tx, track, sunday),
        _quoted(tx, track, monday),
        _weakness(tx, track, monday),
        goal_state(goal, monday, week.questions, taken) if goal is not None else None,
    )


def _board(tx: Tx, track: Track, day: date) -> Board:
    """The board of the week: the group's, which is the track's own where it has several. Each of its channels then
    reads who was ahead in what it was asked."""
    names = boards.names(tx, track.group)
    of = Scope(track=track.id) if len(names) > 1 else WHOLE_GROUP
    return replace(board_for(tx, track.group, None, Period.WEEK, day, of), place=names[track.id] if of.track else "")


def _weeks(tx: Tx, track: Track, monday: date) -> list[Week]:
    """The weeks before this one, and this one."""
    first, last = monday - WEEKS_BEFORE * A_WEEK, monday + A_WEEK - A_DAY
    asked = tx.digests.asked(track.group, track.id, first, last)
    taken = tx.digests.taken(track.group, track.id, first, last)
    return [week_of(first + number * A_WEEK, asked, taken) for number in range(WEEKS_BEFORE + 1)]


def _quoted(tx: Tx, track: Track, monday: date) -> list[texts.Quoted]:
    """The best of what was quoted since the digest before, however late either of them comes; no copies."""
    found = tx.digests.quoted(track.group, track.id, *_closing_in(track, monday))
    return [_named(tx, each) for each in found if not fairness.is_copy(tx, each)][:MOST_BEST]


def _closing_in(track: Track, monday: date) -> tuple[datetime, datetime]:
    """After which moment, and until which, a question of this digest closed."""
    zone = track.schedule.zone
    return due_of(zone, monday - A_WEEK), due_of(zone, monday)


def _named(tx: Tx, answer: Answer) -> texts.Quoted:
    asked = tx.asking.asking(answer.group, answer.asking)
    assert asked is not None
    return texts.Quoted(asking.question_of(tx, asked).title, hidden.shown(tx, answer))


def _weakness(tx: Tx, track: Track, monday: date) -> Weakness | None:
    rows = tx.digests.reviewed(track.group, track.id, monday, monday + A_WEEK - A_DAY)
    bodies = {hash: tx.asking.copy(hash) for hash in {hash for hash, _ in rows}}
    questions = {hash: question_from_json(body) for hash, body in bodies.items() if body is not None}
    return weakest([(questions[hash], review) for hash, review in rows if hash in questions])


def _propose(tx: Tx, group: int, track: int, channel: int, monday: date) -> None:
    found = tx.asking.track(group, track)
    place = next((each for each in found.channels if each.id == channel), None) if found is not None else None
    if found is None or place is None:
        return
    days = fewer_days(found.schedule.weekdays, _weeks(tx, found, monday))
    if days is not None:
        key = f"fewer:{track}:{channel}:{monday:%Y-%m}"
        notices.owe(tx, group, place.channel, key, notices.Notice.FEWER_DAYS, days_text(days).replace(" ", "").lower())


# ---------------------------------------------------------------- what organisers settle


def command(tx: Tx, track: Track, options: Mapping[str, str], now: datetime) -> Reply:
    """`/study-admin digest`: on, off, a private preview, or how it stands."""
    do, zone = options.get("do"), track.schedule.zone
    if do == "preview":
        made = make(tx, track, monday_of(local_day(zone, now)))
        return Reply(texts.digest_empty() if made is None else texts.digest_preview(texts.digest(made)))
    on = tx.digests.settings(track.group, track.id).on
    if do is not None and (do == "on") is not on:
        on = do == "on"
        tx.digests.switch(track.group, track.id, on)
    return Reply(texts.digest_on(next_digest(zone, now), zone) if on else texts.digest_off())


def goal(tx: Tx, track: Track, options: Mapping[str, str]) -> Reply:
    """`/study-admin goal`: sets the group's goal, ends it, or says what it is."""
    if options.get("set") == "off":
        tx.digests.set_goal(track.group, track.id, None)
        return Reply(texts.goal_over())
    wanted = tx.digests.settings(track.group, track.id).goal
    if "answers" in options or "share" in options:
        stands = wanted or USUAL_GOAL
        wanted = Goal(
            _number(options.get("answers", str(stands.answers)), MOST_ANSWERS),
            _number(options.get("share", str(stands.share)), MOST_SHARE),
        )
        tx.digests.set_goal(track.group, track.id, wanted)
    return Reply(texts.goal_none() if wanted is None else texts.goal_is(wanted))


def _number(typed: str, most: int) -> int:
    text = typed.strip().removesuffix("%").strip()
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0
    if not 1 <= number <= most:
        raise Mistake(texts.not_a_goal(typed, 1, most))
    return number
