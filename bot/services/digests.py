"""The weekly digest: the only board that comes by itself (RULES, What others see), and the group's goal in it.

It is owed for each channel of a track under the key of its week, so neither a crash nor a second node says it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

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
from bot.domain.errors import Mistake
from bot.domain.outgoing import Post, Reply
from bot.domain.questions import question_from_json
from bot.domain.standings import Period
from bot.ports import Clock, Storage, Story
from bot.services import asking, hidden, notices
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

    def __init__(self, storage: Storage, courier: Courier, clock: Clock) -> None:
        self._storage = storage
        self._courier = courier
        self._clock = clock

    async def post(self, group: int, track: int, channel: int, monday: str) -> None:
        """Posts the digest in one channel, if it is still wanted and somebody answered. A place that takes no words
        goes without."""
        now = self._clock.now()
        place, digest = await self._storage.read(lambda tx: _made(tx, group, track, channel, monday, now))
        if place is None or digest is None:
            return
        item = Post(digest_key(track, monday, channel), place.channel, texts.digest(digest))

        def wanted(tx: Tx) -> bool:
            return _wanted(tx, group, track, channel, monday, self._clock.now()) is not None

        await self._courier.reaches(group, item, still=wanted)

    async def propose_fewer_days(self, group: int, track: int, channel: int, monday: str) -> None:
        """Tells organisers privately when far fewer people answered than before, once a month at most."""
        await self._storage.write(lambda tx: _propose(tx, group, track, channel, date.fromisoformat(monday)))


def _wanted(
    tx: Tx, group: int, track: int, channel: int, monday: str, now: datetime
) -> tuple[Track, TrackChannel] | None:
    """Track and channel, while their digest of this week may still come."""
    found = tx.asking.track(group, track)
    if found is None or found.state is not TrackState.ACTIVE or not tx.digests.settings(group, track).on:
        return None
    zone = found.schedule.zone
    due_at = due_of(zone, date.fromisoformat(monday))
    place = next((each for each in found.channels if each.id == channel and not each.stopped), None)
    return (found, place) if place is not None and send_at(zone, due_at, now) is not None else None


def _made(
    tx: Tx, group: int, track: int, channel: int, monday: str, now: datetime
) -> tuple[TrackChannel | None, texts.Digest | None]:
    wanted = _wanted(tx, group, track, channel, monday, now)
    if wanted is None:
        return None, None
    found, place = wanted
    return place, make(tx, found, date.fromisoformat(monday), now)


# ---------------------------------------------------------------- what it tells


def make(tx: Tx, track: Track, monday: date, now: datetime) -> texts.Digest | None:
    """The digest of a track's week as it stands now; None while nobody has answered."""
    *_, week = weeks = _weeks(tx, track, monday)
    if not week.answers:
        return None
    goal = tx.digests.settings(track.group, track.id).goal
    sunday = monday + A_WEEK - A_DAY
    taken = tx.digests.taken(track.group, track.id, weeks[0].monday, sunday)
    return texts.Digest(
        week,
        board_for(tx, track.group, None, Period.WEEK, sunday),
        [_quoted(tx, answer) for answer in tx.digests.quoted(track.group, track.id, now - A_WEEK, now, MOST_BEST)],
        _weakness(tx, track, monday),
        goal_state(goal, monday, week.questions, taken) if goal is not None else None,
    )


def _weeks(tx: Tx, track: Track, monday: date) -> list[Week]:
    """The weeks before this one, and this one."""
    first, last = monday - WEEKS_BEFORE * A_WEEK, monday + A_WEEK - A_DAY
    asked = tx.digests.asked(track.group, track.id, first, last)
    taken = tx.digests.taken(track.group, track.id, first, last)
    return [week_of(first + number * A_WEEK, asked, taken) for number in range(WEEKS_BEFORE + 1)]


def _quoted(tx: Tx, answer: Answer) -> texts.Quoted:
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
        made = make(tx, track, monday_of(local_day(zone, now)), now)
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
