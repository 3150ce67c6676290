"""Organising: what `/study-admin` changes. Everything happens inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from bot import texts
from bot.domain.asking import (
    Pause,
    Schedule,
    days_text,
    is_paused,
    local_day,
    next_due,
    read_schedule,
)
from bot.domain.errors import Mistake
from bot.domain.incoming import CommandCalled, SpaceJoined
from bot.domain.outgoing import Action, Button, Reply
from bot.domain.refs import ChannelRef
from bot.ports import Questions, Story
from bot.services import asking
from bot.shelves import AnswerState, Comments, Track, TrackState, Tx

#: What a new track does unless somebody says otherwise.
DEFAULT_TIME = time(9, 0)
WEEKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
MOST_PREVIEWS = 14
UNGRADED = (AnswerState.RECEIVED, AnswerState.WAITING)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an organiser would like a track to be."""

    channel: ChannelRef
    schedule: Schedule
    packs: tuple[str, ...]
    comments: Comments


# ---------------------------------------------------------------- set-up


def join(tx: Tx, questions: Questions, event: SpaceJoined, now: datetime) -> None:
    """A group for a new space; and where coming there means consent, a track with today's question in it."""
    group = tx.members.add_group(event.space, event.name, now)
    if event.ask_in is None or tx.asking.track_in(group, event.ask_in) is not None:
        return
    schedule = Schedule(event.zone, DEFAULT_TIME, EVERY_DAY)
    wish = Wish(event.ask_in, schedule, tuple(questions.pack_ids), Comments.BRIEF)
    track = tx.asking.track(group, _add(tx, group, wish, TrackState.ACTIVE, now))
    assert track is not None
    _ask_today(tx, track, now)


def _ask_today(tx: Tx, track: Track, now: datetime) -> None:
    """Today's question at once; the schedule goes on tomorrow."""
    today = local_day(track.schedule.zone, now)
    asked = tx.asking.insert_asking(track, today, asking.SCHEDULED, now, None, now)
    if asked is not None:
        asking.owe_postings(tx, track, asked)
        if local_day(track.schedule.zone, track.next_at) == today:
            tx.asking.move_next(track.id, next_due(track.schedule, track.next_at))


def draft(
    tx: Tx, group: int, questions: Questions, event: CommandCalled, options: Mapping[str, str], now: datetime
) -> Reply:
    """Stores what the organiser wishes as a draft; a private preview follows, nothing public before the yes (F61)."""
    channel = _channel(event, options)
    present = tx.asking.track_in(group, channel)
    wish = _wish(channel, present, questions, event, options)
    track = _add(tx, group, wish, TrackState.DRAFT, now)
    user = event.person.user
    tx.owe(Story.PREVIEW_SETUP, f"setup:{track}", group, track, user.platform, user.workspace, user.id, event.place.id)
    return Reply(texts.setup_checking())


def _wish(
    channel: ChannelRef, present: Track | None, questions: Questions, event: CommandCalled, options: Mapping[str, str]
) -> Wish:
    """What was typed, completed by what stands, else by defaults."""
    zone = options.get("zone") or (present.schedule.zone if present else event.person.zone or "UTC")
    at = options.get("time") or (present.schedule.at if present else DEFAULT_TIME).strftime("%H:%M")
    days = options.get("days") or days_text(present.schedule.weekdays if present else WEEKDAYS)
    comments = Comments(options["comments"]) if "comments" in options else None
    return Wish(
        channel,
        read_schedule(at, zone, days),
        _packs(questions, options.get("pack"), present),
        comments or (present.comments if present else Comments.BRIEF),
    )


def _packs(questions: Questions, typed: str | None, present: Track | None) -> tuple[str, ...]:
    if typed is None:
        return present.packs if present is not None else tuple(questions.pack_ids)
    wanted = tuple(dict.fromkeys(name.strip() for name in typed.split(",") if name.strip()))
    for name in wanted:
        if name not in questions.pack_ids:
            raise Mistake(texts.unknown_pack(name, questions.pack_ids))
    return wanted or tuple(questions.pack_ids)


def _channel(event: CommandCalled, options: Mapping[str, str]) -> ChannelRef:
    typed = options.get("channel", "").strip("<># ").split("|")[0]
    if not typed:
        return event.place
    if not typed.replace("-", "").replace("_", "").isalnum() or len(typed) > 64:
        raise Mistake(texts.unknown_channel(options["channel"]))
    return ChannelRef(event.place.platform, event.place.workspace, typed)


def _add(tx: Tx, group: int, wish: Wish, state: TrackState, now: datetime) -> int:
    first = next_due(wish.schedule, now)
    return tx.asking.add_track(group, state, wish.schedule, wish.packs, wish.comments, first, wish.channel, now)


def setup_preview(tx: Tx, questions: Questions, track: Track) -> Reply:
    """The private preview with the yes under it."""
    first = asking.preview(tx, questions, track, 1)[0]
    text = texts.setup_preview(track.schedule, track.packs, first.at, first.title or "", track.comments.value)
    return Reply(text, (Button(Action.CONFIRM_SETUP, texts.label_confirm_setup(), str(track.id)),))


def confirm(tx: Tx, group: int, track: int, now: datetime) -> Reply:
    """The organiser's yes: the draft becomes the channel's track, or the new settings of the one that stands. Saying it
    twice changes nothing."""
    tx.asking.hold_all(group)
    wished = tx.asking.track(group, track)
    if wished is None or not wished.channels:
        return Reply(texts.not_found())
    present = tx.asking.track_in(group, wished.channels[0].channel)
    put_off = None
    if wished.state is TrackState.DRAFT and present is None:
        _set(tx, wished, wished, next_due(wished.schedule, now))
    elif wished.state is TrackState.DRAFT and present is not None:
        put_off = _merge(tx, present, wished, now)
    stands = tx.asking.track_in(group, wished.channels[0].channel)
    if stands is None:
        return Reply(texts.not_found())
    button = Button(Action.POST_NOW, texts.label_post_now(), str(stands.id))
    return Reply(texts.setup_done(put_off or asking.next_asked(tx, stands), stands.schedule.zone), (button,))


def _merge(tx: Tx, present: Track, wished: Track, now: datetime) -> datetime | None:
    """The track that stands takes over the draft's settings. Returns when a question comes that was waiting."""
    tx.asking.hold(present.group, present.id)
    put_off = None
    if wished.schedule != present.schedule:
        put_off = asking.reschedule(tx, present, wished.schedule, now)
    _set(tx, present, wished, _first_slot(tx, present, wished.schedule, now))
    tx.asking.set_merged(wished.group, wished.id)
    for channel in present.channels:
        tx.asking.clear_failures(present.group, channel.id)
    return put_off


def _set(tx: Tx, track: Track, wished: Track, first: datetime) -> None:
    settings = (wished.schedule, wished.packs, wished.comments)
    tx.asking.change_track(track.group, track.id, TrackState.ACTIVE, *settings, first)


def _first_slot(tx: Tx, present: Track, schedule: Schedule, now: datetime) -> datetime:
    """The next slot; a day that had its question gets no second one by a change of zone or time (FAULTS 86)."""
    slot = next_due(schedule, now)
    recent = tx.asking.recent(present.group, present.id, asking.RECENT)
    had = {each.day for each in recent if each.slot == asking.SCHEDULED}
    while had and local_day(schedule.zone, slot) <= max(had):
        slot = next_due(schedule, slot)
    return slot


# ---------------------------------------------------------------- the running track


def post_now(tx: Tx, track: Track, now: datetime) -> Reply:
    """One extra question at once."""
    asking.file_extra(tx, track, now)
    return Reply(texts.posting_now())


def preview(tx: Tx, questions: Questions, track: Track, options: Mapping[str, str]) -> Reply:
    """The next questions, privately (F10)."""
    typed = options.get("count", "7")
    count = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 2 else 0
    if not 1 <= count <= MOST_PREVIEWS:
        raise Mistake(texts.not_a_count(typed))
    return Reply(texts.preview(asking.preview(tx, questions, track, count), track.schedule.zone))


def pause(tx: Tx, track: Track, options: Mapping[str, str], now: datetime) -> Reply:
    """Days without a question; nobody loses anything by them (F11)."""
    today = local_day(track.schedule.zone, now)
    first = _day(options["from"]) if "from" in options else today
    last = _day(options["until"]) if "until" in options else None
    if last is not None and (last < first or last < today):
        raise Mistake(texts.pause_backwards())
    tx.asking.add_pause(track.group, track.id, Pause(first, last))
    return Reply(texts.paused(first, last))


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise Mistake(texts.not_a_date(typed)) from error


def resume(tx: Tx, track: Track, now: datetime) -> Reply:
    """Ends the pause and starts a channel that stood still; where nothing stands still, takes planned pauses back."""
    today = local_day(track.schedule.zone, now)
    stopped = [channel for channel in track.channels if channel.stopped]
    stood_still = bool(stopped) or is_paused(tx.asking.pauses(track.group, track.id), today)
    for channel in stopped:
        tx.asking.clear_failures(track.group, channel.id)
    tx.asking.end_pauses(track.group, track.id, today)
    changed = stood_still or tx.asking.cancel_pauses(track.group, track.id, today)
    words = texts.resumed if changed else texts.was_not_paused
    return Reply(words(asking.next_asked(tx, track), track.schedule.zone))


def health(tx: Tx, track: Track, reviewer: str) -> Reply:
    """What needs an organiser."""
    work = tx.work(track.group)
    recent = tx.asking.recent(track.group, track.id, 20)
    posted = [
        posting.posted_at
        for each in recent
        for posting in tx.asking.postings(track.group, each.id)
        if posting.posted_at is not None
    ]
    return Reply(
        texts.health(
            texts.Health(
                max(posted, default=None),
                asking.next_asked(tx, track),
                track.schedule.zone,
                any(channel.stopped for channel in track.channels),
                work.owed,
                tx.answers.count(track.group, UNGRADED),
                work.parked,
                tx.standings.differences(track.group),
                reviewer,
            )
        )
    )
