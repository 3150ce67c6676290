"""The asking shelf: tracks, pauses, askings, postings and the copies of questions they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, and_, bindparam, delete, func, select, update

from bot.domain.asking import Pause, Schedule
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef
from bot.shelves import (
    SCHEDULED,
    Asking,
    AskingState,
    Comments,
    Posting,
    PostingState,
    Showing,
    SkipReason,
    Stopped,
    Track,
    TrackChannel,
    TrackState,
)
from bot.storage.tables import askings, groups, pauses, postings, question_copies, spaces, track_channels, tracks
from bot.storage.work import insert_new

# What every step of a story reads, put together once: making a statement takes four times as long as running it.
_TRACK = select(tracks).where(tracks.c.group_id == bindparam("of"), tracks.c.id == bindparam("one"))
_CHANNELS = (
    select(track_channels)
    .where(track_channels.c.track_id.in_(bindparam("ids", expanding=True)))
    .order_by(track_channels.c.id)
)
_ASKING = select(askings).where(askings.c.group_id == bindparam("of"), askings.c.id == bindparam("one"))
_POSTING = select(postings).where(postings.c.group_id == bindparam("of"), postings.c.id == bindparam("one"))
_CHANGE_POSTING = update(postings).where(postings.c.group_id == bindparam("of"), postings.c.id == bindparam("one"))
_CHANGE_ASKING = update(askings).where(askings.c.group_id == bindparam("of"), askings.c.id == bindparam("one"))
_CHANGE_CHANNEL = update(track_channels).where(
    track_channels.c.group_id == bindparam("of"), track_channels.c.id == bindparam("one")
)
_COPY = select(question_copies.c.body).where(question_copies.c.hash == bindparam("hash"))
_DUE = (
    select(tracks)
    .where(tracks.c.state == TrackState.ACTIVE, tracks.c.next_at <= bindparam("now"))
    .order_by(tracks.c.next_at, tracks.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_HOLD = (
    select(tracks.c.id)
    .where(tracks.c.group_id == bindparam("of"), tracks.c.id == bindparam("one"))
    .with_for_update(key_share=True)
)
_MOVE_NEXT = update(tracks).where(tracks.c.id == bindparam("one"))
_PAUSES = (
    select(pauses)
    .where(pauses.c.group_id == bindparam("of"), pauses.c.track_id == bindparam("one"))
    .order_by(pauses.c.id)
)
_HAS_ASKED = (
    askings.c.group_id == bindparam("of"),
    askings.c.track_id == bindparam("one"),
    askings.c.state == AskingState.ASKED,
)
_USED = select(askings.c.question_id).where(*_HAS_ASKED).order_by(askings.c.id)
_LAST_DAYS = (
    select(askings.c.question_id, func.max(askings.c.day).label("day"))
    .where(*_HAS_ASKED)
    .group_by(askings.c.question_id)
)
_IN_CHANNEL = (postings.c.group_id == bindparam("of"), postings.c.track_channel_id == bindparam("one"))
_OPEN_BEFORE = (
    select(postings)
    .where(*_IN_CHANNEL, postings.c.state == PostingState.POSTED, postings.c.id < bindparam("posting"))
    .order_by(postings.c.id)
)
_POSTED_AFTER = (
    select(postings.c.id)
    .join(askings, askings.c.id == postings.c.asking_id)
    .where(*_IN_CHANNEL, postings.c.posted_at > bindparam("at"), askings.c.slot == SCHEDULED)
    .limit(1)
)
_ABOUT_TO_POST = select(postings.c.id).where(*_IN_CHANNEL, postings.c.state == PostingState.WAITING).limit(1)

#: Reasons to stand still that give way to another one. What is gone stays so when we leave as well.
_WEAKER = {
    Stopped.FAILURES: (),
    Stopped.NO_RIGHT: (Stopped.FAILURES,),
    Stopped.GONE: (Stopped.FAILURES, Stopped.NO_RIGHT, Stopped.LEFT),
    Stopped.LEFT: (Stopped.FAILURES, Stopped.NO_RIGHT),
}


class SqlAsking:
    """Tracks and askings of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # tracks

    def due_tracks(self, now: datetime, most: int) -> Sequence[Track]:
        """Active tracks whose slot has come, locked until the transaction ends; others' locked ones are left out."""
        return self._tracks(_DUE, now=now, most=most)

    def track(self, group: int, track: int) -> Track | None:
        """One track with its channels."""
        return _first(self._tracks(_TRACK, of=group, one=track))

    def tracks(self, group: int) -> Sequence[Track]:
        """The active tracks of a group."""
        return self._tracks(
            select(tracks).where(tracks.c.group_id == group, tracks.c.state == TrackState.ACTIVE).order_by(tracks.c.id)
        )

    def track_in(self, group: int, channel: ChannelRef) -> Track | None:
        """The active track that asks in this channel."""
        asks_here = select(track_channels.c.track_id).where(*_at(track_channels, channel))
        return _first(
            self._tracks(
                select(tracks)
                .where(
                    tracks.c.group_id == group,
                    tracks.c.state == TrackState.ACTIVE,
                    tracks.c.id.in_(asks_here),
                )
                .order_by(tracks.c.id)
                .limit(1)
            )
        )

    def add_track(
        self,
        group: int,
        state: TrackState,
        schedule: Schedule,
        packs: tuple[str, ...],
        comments: Comments,
        next_at: datetime,
        channel: ChannelRef,
        now: datetime,
        showing: Showing = Showing.OPEN,
        again: bool = False,
    ) -> int:
        """A new track that asks in one channel."""
        values = _settings(state, schedule, packs, comments, next_at, showing, again)
        track: int = self._conn.execute(
            tracks.insert().values(group_id=group, created_at=now, **values).returning(tracks.c.id)
        ).scalar_one()
        self.add_channel(group, track, channel)
        return track

    def add_channel(self, group: int, track: int, channel: ChannelRef) -> None:
        """The track asks in one more channel."""
        self._conn.execute(
            track_channels.insert().values(
                group_id=group,
                track_id=track,
                platform=channel.platform,
                workspace=channel.workspace,
                channel_id=channel.id,
                failures=0,
                stopped=None,
            )
        )

    def change_track(
        self,
        group: int,
        track: int,
        state: TrackState,
        schedule: Schedule,
        packs: tuple[str, ...],
        comments: Comments,
        next_at: datetime,
        showing: Showing = Showing.OPEN,
        again: bool = False,
    ) -> None:
        """New settings for a track; a tick settles anew when its digest is due."""
        self._conn.execute(
            update(tracks)
            .where(tracks.c.group_id == group, tracks.c.id == track)
            .values(digest_at=None, **_settings(state, schedule, packs, comments, next_at, showing, again))
        )

    def set_merged(self, group: int, track: int) -> None:
        """A draft's settings are those of the track that stood in its channel already."""
        self._conn.execute(
            update(tracks).where(tracks.c.group_id == group, tracks.c.id == track).values(state=TrackState.MERGED)
        )

    def hold(self, group: int, track: int) -> None:
        """Nobody else settles anything about this track until the transaction ends."""
        self._conn.execute(_HOLD, {"of": group, "one": track})

    def hold_all(self, group: int) -> None:
        """Nobody else settles which tracks the group has until the transaction ends."""
        self._conn.execute(select(groups.c.id).where(groups.c.id == group).with_for_update(key_share=True))

    def move_next(self, track: int, next_at: datetime) -> None:
        """The slot after the one just claimed."""
        self._conn.execute(_MOVE_NEXT, {"one": track, "next_at": next_at})

    def pauses(self, group: int, track: int) -> Sequence[Pause]:
        """All pauses of a track."""
        rows = self._conn.execute(_PAUSES, {"of": group, "one": track})
        return [Pause(row.first_day, row.last_day) for row in rows]

    def add_pause(self, group: int, track: int, pause: Pause) -> None:
        """No scheduled question on these local days."""
        self._conn.execute(
            pauses.insert().values(group_id=group, track_id=track, first_day=pause.first, last_day=pause.last)
        )

    def end_pauses(self, group: int, track: int, today: date) -> None:
        """Ends the pauses that today lies in."""
        mine = (pauses.c.group_id == group, pauses.c.track_id == track)
        reaches_today = pauses.c.last_day.is_(None) | (pauses.c.last_day >= today)
        self._conn.execute(delete(pauses).where(*mine, pauses.c.first_day == today, reaches_today))
        self._conn.execute(
            update(pauses)
            .where(*mine, pauses.c.first_day < today, reaches_today)
            .values(last_day=today - timedelta(days=1))
        )

    def cancel_pauses(self, group: int, track: int, today: date) -> bool:
        """Takes back the pauses that were planned for later; True when there were any."""
        planned = (pauses.c.group_id == group, pauses.c.track_id == track, pauses.c.first_day > today)
        return self._conn.execute(delete(pauses).where(*planned)).rowcount > 0

    def count_failure(self, group: int, track_channel: int) -> int:
        """One more failure in a row; returns how many now."""
        failures: int = self._conn.execute(
            update(track_channels)
            .where(track_channels.c.group_id == group, track_channels.c.id == track_channel)
            .values(failures=track_channels.c.failures + 1)
            .returning(track_channels.c.failures)
        ).scalar_one()
        return failures

    def clear_failures(self, group: int, track_channel: int) -> None:
        """The channel works (again)."""
        self._set_channel(group, track_channel, failures=0, stopped=None)

    def stop_channel(self, group: int, track_channel: int, why: Stopped) -> bool:
        """The channel stands still until an organiser resumes; False when it does so already, for a reason as good."""
        stopped = track_channels.c.stopped
        changes = stopped.is_(None) | stopped.in_([weaker.value for weaker in _WEAKER[why]])
        mine = (track_channels.c.group_id == group, track_channels.c.id == track_channel)
        return self._conn.execute(update(track_channels).where(*mine, changes).values(stopped=why)).rowcount > 0

    def channels_in(self, group: int, place: SpaceRef | ChannelRef) -> Sequence[TrackChannel]:
        """The channels of a space in which active tracks ask, or the one channel as often as they ask there."""
        here = _at(track_channels, place) if isinstance(place, ChannelRef) else _within(track_channels, place)
        rows = self._conn.execute(
            select(track_channels)
            .join(tracks, tracks.c.id == track_channels.c.track_id)
            .where(track_channels.c.group_id == group, *here, tracks.c.state == TrackState.ACTIVE)
            .order_by(track_channels.c.id)
        )
        return [_channel(row) for row in rows]

    def _set_channel(self, group: int, track_channel: int, **values: Any) -> None:
        self._conn.execute(_CHANGE_CHANNEL, {"of": group, "one": track_channel, **values})

    def _tracks(self, query: Select[Any], **values: int | datetime) -> list[Track]:
        rows = self._conn.execute(query, values).all()
        channels = self._channels_of(row.id for row in rows)
        return [_track(row, channels.get(row.id, ())) for row in rows]

    def _channels_of(self, ids: Iterable[int]) -> dict[int, tuple[TrackChannel, ...]]:
        found: dict[int, tuple[TrackChannel, ...]] = {}
        wanted = list(ids)
        if not wanted:
            return found
        for row in self._conn.execute(_CHANNELS, {"ids": wanted}):
            found[row.track_id] = (*found.get(row.track_id, ()), _channel(row))
        return found

    # askings

    def insert_asking(
        self, track: Track, day: date, slot: str, due_at: datetime, skipped: SkipReason | None, now: datetime
    ) -> int | None:
        """The asking's id, or None when this track has one for that day and slot (F5)."""
        row = {
            "group_id": track.group,
            "track_id": track.id,
            "day": day,
            "slot": slot,
            "state": AskingState.SKIPPED if skipped else AskingState.DUE,
            "reason": skipped,
            "due_at": due_at,
            "created_at": now,
        }
        new = insert_new(self._conn, askings, ("track_id", "day", "slot"), row)
        return None if new is None else int(new.id)

    def asking(self, group: int, asking: int) -> Asking | None:
        """One asking."""
        row = self._conn.execute(_ASKING, {"of": group, "one": asking}).first()
        return None if row is None else _asking(row)

    def extras_on(self, group: int, track: int, day: date) -> int:
        """How many extra askings the track had on a local day."""
        return self._conn.execute(
            select(func.count()).where(
                askings.c.group_id == group,
                askings.c.track_id == track,
                askings.c.day == day,
                askings.c.slot.startswith("extra-"),
            )
        ).scalar_one()

    def recent(self, group: int, track: int, most: int) -> Sequence[Asking]:
        """The newest askings of a track, newest first."""
        rows = self._conn.execute(
            select(askings)
            .where(askings.c.group_id == group, askings.c.track_id == track)
            .order_by(askings.c.id.desc())
            .limit(most)
        )
        return [_asking(row) for row in rows]

    def choose(
        self,
        group: int,
        asking: int,
        question: str,
        hash: str,
        body: str,
        now: datetime,
        asked_before: date | None = None,
    ) -> None:
        """Settles the question and keeps a copy of its wording."""
        copy = {"hash": hash, "question_id": question, "body": body, "kept_at": now}
        insert_new(self._conn, question_copies, ("hash",), copy)
        chosen = {"question_id": question, "question_hash": hash, "asked_before": asked_before}
        self._set_asking(group, asking, state=AskingState.ASKED, **chosen)

    def put_off(self, group: int, asking: int, due_at: datetime) -> None:
        """The same day's question, at another time."""
        self._set_asking(group, asking, due_at=due_at)

    def skip(self, group: int, asking: int, reason: SkipReason) -> None:
        """This slot brings no question."""
        self._set_asking(group, asking, state=AskingState.SKIPPED, reason=reason)

    def _set_asking(self, group: int, asking: int, **values: Any) -> None:
        self._conn.execute(_CHANGE_ASKING, {"of": group, "one": asking, **values})

    def used(self, group: int, track: int) -> Sequence[str]:
        """Ids of the questions this track has chosen, oldest first."""
        return list(self._conn.execute(_USED, {"of": group, "one": track}).scalars())

    def last_days(self, group: int, track: int) -> Mapping[str, date]:
        """The questions this track has asked, each with the day on which it did so last."""
        rows = self._conn.execute(_LAST_DAYS, {"of": group, "one": track})
        return {row.question_id: row.day for row in rows}

    def copy(self, hash: str) -> str | None:
        """The kept wording of a question."""
        return self._conn.execute(_COPY, {"hash": hash}).scalar()

    # postings

    def add_posting(self, group: int, asking: int, channel: TrackChannel, hidden: bool = False) -> int:
        """The asking in one channel, waiting to be posted; the existing one if there is one."""
        row = {
            "group_id": group,
            "asking_id": asking,
            "track_channel_id": channel.id,
            "platform": channel.channel.platform,
            "workspace": channel.channel.workspace,
            "channel_id": channel.channel.id,
            "state": PostingState.WAITING,
            "hidden": hidden,
        }
        made = insert_new(self._conn, postings, ("asking_id", "track_channel_id"), row)
        if made is not None:
            return int(made.id)
        posting: int = self._conn.execute(
            select(postings.c.id).where(
                postings.c.group_id == group,
                postings.c.asking_id == asking,
                postings.c.track_channel_id == channel.id,
            )
        ).scalar_one()
        return posting

    def posting(self, group: int, posting: int) -> Posting | None:
        """One posting."""
        return self._posting(_POSTING, of=group, one=posting)

    def postings(self, group: int, asking: int) -> Sequence[Posting]:
        """The postings of an asking."""
        rows = self._conn.execute(
            select(postings).where(postings.c.group_id == group, postings.c.asking_id == asking).order_by(postings.c.id)
        )
        return [_posting(row) for row in rows]

    def mark_posted(
        self, group: int, posting: int, message: MessageRef, posted_at: datetime, closes_at: datetime
    ) -> None:
        """The post stands in the channel."""
        self._set_posting(
            group,
            posting,
            state=PostingState.POSTED,
            message_channel=message.channel,
            message_id=message.id,
            posted_at=posted_at,
            closes_at=closes_at,
        )

    def mark_thread(self, group: int, posting: int, thread: ThreadRef) -> None:
        """The post's thread is open."""
        self._set_posting(group, posting, thread_id=thread.id)

    def mark_gone(self, group: int, place: ChannelRef | ThreadRef) -> None:
        """The postings of this channel, or the one with this thread, have no place any more."""
        here = _at(postings, place.parent if isinstance(place, ThreadRef) else place)
        this = (postings.c.thread_id == place.id,) if isinstance(place, ThreadRef) else ()
        self._conn.execute(update(postings).where(postings.c.group_id == group, *here, *this).values(gone=True))

    def live_threads(self, platform: str, late_since: datetime) -> Sequence[Posting]:
        """Postings of all groups on a platform in whose threads answers are still taken, newest first: open ones, and
        those that closed after `late_since`."""
        rows = self._conn.execute(
            select(postings)
            .where(takes_answers(platform, late_since))
            .order_by(postings.c.posted_at.desc(), postings.c.id.desc())
        )
        return [_posting(row) for row in rows]

    def set_posting(self, group: int, posting: int, state: PostingState, closes_at: datetime | None = None) -> None:
        """A posting's new state, and its new close where given."""
        more = {} if closes_at is None else {"closes_at": closes_at}
        self._set_posting(group, posting, state=state, **more)

    def _set_posting(self, group: int, posting: int, **values: Any) -> None:
        self._conn.execute(_CHANGE_POSTING, {"of": group, "one": posting, **values})

    def posting_in(self, group: int, thread: ThreadRef) -> Posting | None:
        """The posting whose thread this is."""
        return self._posting(
            select(postings).where(
                postings.c.group_id == group,
                *_at(postings, thread.parent),
                postings.c.thread_id == thread.id,
            )
        )

    def open_in(self, group: int, channel: ChannelRef) -> Posting | None:
        """The newest posting of a channel that is not closed."""
        return self._posting(
            select(postings)
            .where(postings.c.group_id == group, *_at(postings, channel), postings.c.state == PostingState.POSTED)
            .order_by(postings.c.id.desc())
            .limit(1)
        )

    def open_in_space(self, group: int, space: SpaceRef) -> Sequence[Posting]:
        """The newest posting that is not closed of each channel of a space, newest first."""
        rows = self._conn.execute(
            select(postings)
            .where(
                postings.c.group_id == group,
                *_within(postings, space),
                postings.c.state == PostingState.POSTED,
                postings.c.gone.is_(False),
            )
            .order_by(postings.c.id.desc())
        )
        newest: dict[ChannelRef, Posting] = {}
        for posting in map(_posting, rows):
            newest.setdefault(posting.channel, posting)
        return list(newest.values())

    def asks_in(self, group: int, message: MessageRef) -> bool:
        """Whether this message hangs in a channel or thread where we ask."""
        here = (postings.c.channel_id == message.channel) | (postings.c.thread_id == message.channel)
        place = (postings.c.platform == message.platform, postings.c.workspace == message.workspace)
        row = self._conn.execute(
            select(postings.c.id).where(postings.c.group_id == group, *place, here).limit(1)
        ).first()
        return row is not None

    def waiting_in(self, group: int, channel: ChannelRef) -> bool:
        """Whether a posting of this channel is just being posted, so that its thread may not be known yet. It stays
        unknown until the transaction ends, so whoever learns it finds what this transaction holds for it."""
        unsettled = postings.c.thread_id.is_(None) & postings.c.state.in_([PostingState.WAITING, PostingState.POSTED])
        row = self._conn.execute(
            select(postings.c.id)
            .where(postings.c.group_id == group, *_at(postings, channel), unsettled)
            .limit(1)
            .with_for_update(read=True)
        ).first()
        return row is not None

    def about_to_post(self, group: int, track_channel: int) -> bool:
        """Whether a posting of this channel still waits to be posted."""
        return self._conn.execute(_ABOUT_TO_POST, {"of": group, "one": track_channel}).first() is not None

    def waiting(self, group: int, track_channel: int) -> Sequence[Posting]:
        """The postings of this channel that still wait to be posted."""
        rows = self._conn.execute(
            select(postings)
            .where(
                postings.c.group_id == group,
                postings.c.track_channel_id == track_channel,
                postings.c.state == PostingState.WAITING,
            )
            .order_by(postings.c.id)
        )
        return [_posting(row) for row in rows]

    def open_before(self, group: int, track_channel: int, posting: int) -> Sequence[Posting]:
        """The earlier postings of this channel that are still open."""
        rows = self._conn.execute(_OPEN_BEFORE, {"of": group, "one": track_channel, "posting": posting})
        return [_posting(row) for row in rows]

    def posted_after(self, group: int, track_channel: int, at: datetime) -> bool:
        """Whether a later scheduled question stands in this channel."""
        return self._conn.execute(_POSTED_AFTER, {"of": group, "one": track_channel, "at": at}).first() is not None

    def _posting(self, query: Select[Any], **values: int) -> Posting | None:
        row = self._conn.execute(query, values).first()
        return None if row is None else _posting(row)


def _first(found: Sequence[Track]) -> Track | None:
    return found[0] if found else None


def _at(table: Any, channel: ChannelRef) -> tuple[Any, ...]:
    c = table.c
    return (c.platform == channel.platform, c.workspace == channel.workspace, c.channel_id == channel.id)


def _within(table: Any, space: SpaceRef) -> tuple[Any, ...]:
    return (table.c.platform == space.platform, table.c.workspace == space.workspace)


def takes_answers(platform: str, late_since: datetime) -> ColumnElement[bool]:
    """Postings of a platform in whose threads answers are still taken: open ones, and those closed after then."""
    closed_lately = (postings.c.state == PostingState.CLOSED) & (postings.c.closes_at > late_since)
    here = select(spaces.c.workspace).where(spaces.c.platform == platform, spaces.c.left.is_(False))
    return and_(
        postings.c.platform == platform,
        postings.c.thread_id.is_not(None),
        postings.c.gone.is_(False),
        (postings.c.state == PostingState.POSTED) | closed_lately,
        postings.c.workspace.in_(here),
    )


def _channel(row: Row[Any]) -> TrackChannel:
    place = ChannelRef(row.platform, row.workspace, row.channel_id)
    return TrackChannel(row.id, place, row.failures, Stopped(row.stopped) if row.stopped else None)


def _settings(
    state: TrackState,
    schedule: Schedule,
    packs: tuple[str, ...],
    comments: Comments,
    next_at: datetime,
    showing: Showing,
    again: bool,
) -> dict[str, Any]:
    return {
        "state": state,
        "zone": schedule.zone,
        "local_time": schedule.at.strftime("%H:%M"),
        "weekdays": "".join(str(day) for day in sorted(schedule.weekdays)),
        "packs": ",".join(packs),
        "comments": comments,
        "next_at": next_at,
        "showing": showing,
        "again": again,
    }


def _track(row: Row[Any], channels: tuple[TrackChannel, ...]) -> Track:
    schedule = Schedule(row.zone, time.fromisoformat(row.local_time), frozenset(int(day) for day in row.weekdays))
    return Track(
        row.id,
        row.group_id,
        TrackState(row.state),
        schedule,
        tuple(row.packs.split(",")),
        Comments(row.comments),
        row.next_at,
        channels,
        Showing(row.showing),
        row.again,
    )


def _asking(row: Row[Any]) -> Asking:
    return Asking(
        row.id,
        row.group_id,
        row.track_id,
        row.day,
        row.slot,
        AskingState(row.state),
        SkipReason(row.reason) if row.reason else None,
        row.due_at,
        row.question_id,
        row.question_hash,
        row.asked_before,
    )


def _posting(row: Row[Any]) -> Posting:
    channel = ChannelRef(row.platform, row.workspace, row.channel_id)
    message = thread = None
    if row.message_id is not None:
        message = MessageRef(row.platform, row.workspace, row.message_channel, row.message_id)
    if row.thread_id is not None:
        thread = ThreadRef(row.platform, row.workspace, row.channel_id, row.thread_id)
    return Posting(
        row.id,
        row.group_id,
        row.asking_id,
        row.track_channel_id,
        channel,
        PostingState(row.state),
        message,
        thread,
        row.posted_at,
        row.closes_at,
        row.gone,
        row.hidden,
    )
