"""Organising: what `/study-admin` changes. Everything happens inside the caller's transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot import texts
from bot.commands import find, read_options
from bot.domain.asking import (
    Pause,
    Schedule,
    days_text,
    is_paused,
    local_day,
    next_due,
    read_schedule,
    zone_names,
)
from bot.domain.errors import Mistake
from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent, SpaceJoined
from bot.domain.outgoing import Action, Button, Choice, Field, FieldKind, Form, FormKind, Reply, read_id
from bot.domain.refs import ChannelRef, Person, SpaceRef
from bot.ports import Questions, Story
from bot.services import asking, budgets
from bot.shelves import SCHEDULED, AnswerState, Comments, Showing, Space, Track, TrackState, Tx

#: What a new track does unless somebody says otherwise.
DEFAULT_TIME = time(9, 0)
WEEKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
MOST_PREVIEWS = 14
#: So many tracks are offered to a channel that might ask along.
MOST_ALONG = 3
#: Health tells of events that a platform held back for so long.
THROTTLED_FOR = timedelta(days=1)
CHANNEL_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
UNGRADED = (AnswerState.RECEIVED, AnswerState.WAITING)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an organiser would like a track to be."""

    channel: ChannelRef
    schedule: Schedule
    packs: tuple[str, ...]
    comments: Comments
    showing: Showing = Showing.OPEN
    again: bool = False


# ---------------------------------------------------------------- set-up


def join(tx: Tx, questions: Questions, event: SpaceJoined, now: datetime) -> None:
    """A group for a new space; and where coming there means consent, a track with today's question in it. In a space
    that was known nothing starts by itself."""
    group = tx.members.add_group(event.space, event.name, now)
    tx.members.serve(event.space, event.name)
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
    asked = tx.asking.insert_asking(track, today, SCHEDULED, now, None, now)
    if asked is not None:
        asking.owe_postings(tx, track, asked)
        if local_day(track.schedule.zone, track.next_at) == today:
            tx.asking.move_next(track.id, next_due(track.schedule, track.next_at))


def setup_form(tx: Tx, group: int, questions: Questions, event: CommandCalled) -> Form:
    """The four questions of a set-up, filled with what stands in this channel, else with defaults."""
    stands = _stands(tx, group, questions, event.place, event.person)
    packs = tuple(Choice(pack, pack) for pack in questions.pack_ids)
    chosen = ",".join(pack for pack in stands.packs if pack in questions.pack_ids)
    fields = (
        Field("channel", texts.setup_label_channel(), event.place.id, kind=FieldKind.CHANNEL, max_length=64),
        Field("time", texts.setup_label_time(), f"{stands.schedule.at:%H:%M}", max_length=20, placeholder="09:00"),
        Field("zone", texts.setup_label_zone(), stands.schedule.zone, max_length=64, placeholder="Europe/Berlin"),
        Field("pack", texts.setup_label_packs(), chosen, kind=FieldKind.CHOICES, choices=packs),
    )
    return Form(FormKind.SETUP, "", texts.setup_form_title(), fields, texts.setup_form_send())


def form_sent(tx: Tx, group: int, questions: Questions, event: FormSent, now: datetime) -> Reply:
    """The set-up form goes the way of the command. What cannot be read comes back with all that was typed."""
    command = find(("study-admin", "setup"))
    assert command is not None
    try:
        options = read_options(command, event.fields)
        wish = _wish(tx, group, questions, event, options)
    except Mistake as mistake:
        return Reply(texts.setup_form_wrong(texts.mistaken(mistake), event.fields))
    if tx.answers.submission(group, event.submission, None, now):
        _draft(tx, group, wish, event, now)
    return Reply(texts.setup_checking())


def draft(
    tx: Tx, group: int, questions: Questions, event: CommandCalled, options: Mapping[str, str], now: datetime
) -> Reply:
    """Stores what the organiser wishes as a draft; a private preview follows, nothing public before the yes (F61)."""
    _draft(tx, group, _wish(tx, group, questions, event, options), event, now)
    return Reply(texts.setup_checking())


def _draft(tx: Tx, group: int, wish: Wish, event: CommandCalled | FormSent, now: datetime) -> None:
    track = _add(tx, group, wish, TrackState.DRAFT, now)
    user = event.person.user
    tx.owe(Story.PREVIEW_SETUP, f"setup:{track}", group, track, user.platform, user.workspace, user.id, event.place.id)


def _wish(
    tx: Tx, group: int, questions: Questions, event: CommandCalled | FormSent, options: Mapping[str, str]
) -> Wish:
    """What was typed, completed by what stands, else by defaults."""
    channel = _channel(event.place, options.get("channel"))
    stands = _stands(tx, group, questions, channel, event.person)
    at = options.get("time") or stands.schedule.at.strftime("%H:%M")
    days = options.get("days") or days_text(stands.schedule.weekdays)
    return Wish(
        channel,
        read_schedule(at, options.get("zone") or stands.schedule.zone, days),
        _packs(questions, options["pack"]) if "pack" in options else stands.packs,
        Comments(options["comments"]) if "comments" in options else stands.comments,
        Showing(options["answers"]) if "answers" in options else stands.showing,
        options["again"] == "on" if "again" in options else stands.again,
    )


def _stands(tx: Tx, group: int, questions: Questions, channel: ChannelRef, person: Person) -> Wish:
    """What is set up in this channel, or would be unless somebody says otherwise."""
    track = tx.asking.track_in(group, channel)
    if track is not None:
        return Wish(channel, track.schedule, track.packs, track.comments, track.showing, track.again)
    zone = zone_names().get((person.zone or "").casefold(), "UTC")
    return Wish(channel, Schedule(zone, DEFAULT_TIME, WEEKDAYS), tuple(questions.pack_ids), Comments.BRIEF)


def _packs(questions: Questions, typed: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(name.strip() for name in typed.split(",") if name.strip()))
    for name in wanted:
        if name not in questions.pack_ids:
            raise Mistake(texts.unknown_pack(name, questions.pack_ids))
    return wanted or tuple(questions.pack_ids)


def _channel(place: ChannelRef, id: str | None) -> ChannelRef:
    """The channel that was named, always one of the space where it was named."""
    if not id:
        return place
    if not CHANNEL_ID.fullmatch(id):
        raise Mistake(texts.unknown_channel(id))
    return ChannelRef(place.platform, place.workspace, id)


def _add(tx: Tx, group: int, wish: Wish, state: TrackState, now: datetime) -> int:
    first = next_due(wish.schedule, now)
    settings = (wish.schedule, wish.packs, wish.comments)
    return tx.asking.add_track(group, state, *settings, first, wish.channel, now, wish.showing, wish.again)


def setup_preview(tx: Tx, questions: Questions, track: Track) -> Reply:
    """The private preview with the yes under it."""
    stands = tx.asking.track_in(track.group, track.channels[0].channel)
    # What the channel was asked before is not asked again under a new schedule.
    first = asking.preview(tx, questions, replace(track, id=stands.id) if stands is not None else track, 1)[0]
    how = texts.SetUp(track.comments.value, track.showing.value, track.again)
    text = texts.setup_preview(track.schedule, track.packs, first.at, first.title or "", how)
    yes = Button(Action.CONFIRM_SETUP, texts.label_confirm_setup(), str(track.id))
    along = _along(tx, track)
    return Reply(f"{text}\n\n{texts.setup_along()}" if along else text, (yes, *along))


def _along(tx: Tx, wished: Track) -> tuple[Button, ...]:
    """The questions of the group that a channel without any might ask as well."""
    if tx.asking.track_in(wished.group, wished.channels[0].channel) is not None:
        return ()
    return tuple(
        Button(
            Action.ASK_ALONG,
            texts.label_ask_along(track.channels[0].channel.platform, f"{track.schedule.at:%H:%M}"),
            f"{wished.id}-{track.id}",
        )
        for track in tx.asking.tracks(wished.group)[:MOST_ALONG]
        if track.channels
    )


def confirm(tx: Tx, group: int, track: int, space: SpaceRef, now: datetime) -> Reply:
    """The organiser's yes, said in this space: the draft becomes the channel's track, or the new settings of the one
    that stands. Saying it twice changes nothing."""
    tx.asking.hold_all(group)
    wished = tx.asking.track(group, track)
    if wished is None or not wished.channels or wished.channels[0].channel.space != space:
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
    return _done(stands, put_off or asking.next_asked(tx, stands))


def _done(track: Track, first: datetime) -> Reply:
    button = Button(Action.POST_NOW, texts.label_post_now(), str(track.id))
    return Reply(texts.setup_done(first, track.schedule.zone), (button,))


def confirm_along(tx: Tx, group: int, target: str, space: SpaceRef) -> Reply:
    """The organiser's other yes, said in this space: the draft's channel gets the same questions as a track that asks
    elsewhere, from the next one on. Saying it twice changes nothing."""
    draft, track = map(read_id, target.partition("-")[::2])
    tx.asking.hold_all(group)
    wished = tx.asking.track(group, draft) if draft is not None else None
    stands = tx.asking.track(group, track) if track is not None else None
    if wished is None or not wished.channels or stands is None or stands.state is not TrackState.ACTIVE:
        return Reply(texts.not_found())
    channel = wished.channels[0].channel
    if channel.space != space:
        return Reply(texts.not_found())
    present = tx.asking.track_in(group, channel)
    if present is None and wished.state is TrackState.DRAFT:
        tx.asking.hold(group, stands.id)
        tx.asking.add_channel(group, stands.id, channel)
        tx.asking.set_merged(group, wished.id)
    elif present is None or present.id != stands.id:
        return Reply(texts.asks_already())
    return _done(stands, asking.next_asked(tx, stands))


def _merge(tx: Tx, present: Track, wished: Track, now: datetime) -> datetime | None:
    """The track that stands takes over the draft's settings. Returns when a question comes that was waiting."""
    tx.asking.hold(present.group, present.id)
    put_off = None
    if wished.schedule != present.schedule:
        put_off = asking.reschedule(tx, present, wished.schedule, now)
    _set(tx, present, wished, _first_slot(tx, present, wished.schedule, now))
    tx.asking.set_merged(wished.group, wished.id)
    _start_again(tx, present)
    return put_off


def _start_again(tx: Tx, track: Track) -> bool:
    """Lets the channels that stand still try again, but for those in spaces we were removed from. True when there was
    one."""
    stopped = [each for each in track.channels if each.stopped and not tx.members.is_left(each.channel.space)]
    for channel in stopped:
        tx.asking.clear_failures(track.group, channel.id)
    return bool(stopped)


def _set(tx: Tx, track: Track, wished: Track, first: datetime) -> None:
    settings = (wished.schedule, wished.packs, wished.comments)
    tx.asking.change_track(track.group, track.id, TrackState.ACTIVE, *settings, first, wished.showing, wished.again)


def _first_slot(tx: Tx, present: Track, schedule: Schedule, now: datetime) -> datetime:
    """The next slot; a day that had its question gets no second one by a change of zone or time (FAULTS 86)."""
    slot = next_due(schedule, now)
    recent = tx.asking.recent(present.group, present.id, asking.RECENT)
    had = {each.day for each in recent if each.slot == SCHEDULED}
    while had and local_day(schedule.zone, slot) <= max(had):
        slot = next_due(schedule, slot)
    return slot


# ---------------------------------------------------------------- the running track


def post_now(tx: Tx, track: Track, event: ButtonPressed | CommandCalled, now: datetime) -> Reply:
    """One extra question at once. An event that came twice, and a button pressed twice in a row, are one wish."""
    tx.asking.hold(track.group, track.id)
    by_button = isinstance(event, ButtonPressed)
    sent = event.press if isinstance(event, ButtonPressed) else event.call
    if not tx.answers.submission(track.group, f"post:{sent}", None, now):
        return Reply(texts.posting_now())
    if by_button and asking.asked_just_now(tx, track, now):
        return Reply(texts.posting_already())
    asking.file_extra(tx, track, now)
    return Reply(texts.posting_now())


def preview(tx: Tx, questions: Questions, track: Track, options: Mapping[str, str]) -> Reply:
    """The next questions, privately (F10)."""
    typed = options.get("count", "7")
    count = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 2 else 0
    if not 1 <= count <= MOST_PREVIEWS:
        raise Mistake(texts.not_a_count(typed))
    return Reply(texts.preview(asking.preview(tx, questions, track, count), track.schedule.zone, track.again))


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
    stood_still = is_paused(tx.asking.pauses(track.group, track.id), today)
    stood_still = _start_again(tx, track) or stood_still
    tx.asking.end_pauses(track.group, track.id, today)
    changed = stood_still or tx.asking.cancel_pauses(track.group, track.id, today)
    words = texts.resumed if changed else texts.was_not_paused
    return Reply(words(asking.next_asked(tx, track), track.schedule.zone))


def health(tx: Tx, track: Track, reviewer: str, now: datetime) -> Reply:
    """What needs an organiser."""
    work = tx.work(track.group)
    posted = [
        (posting.posted_at, each)
        for each in tx.asking.recent(track.group, track.id, 20)
        for posting in tx.asking.postings(track.group, each.id)
        if posting.posted_at is not None
    ]
    drifts = [(at, (at - each.due_at).total_seconds()) for at, each in posted if each.slot == SCHEDULED]
    health = texts.health(
        texts.Health(
            max((at for at, _ in posted), default=None),
            asking.next_asked(tx, track),
            track.schedule.zone,
            _still(tx, track),
            [_connection(space, now) for space in tx.members.spaces(track.group)],
            work.owed,
            tx.answers.count(track.group, UNGRADED),
            work.parked,
            tx.standings.differences(track.group),
            reviewer,
            max(drifts)[1] if drifts else None,
        )
    )
    return Reply(f"{health}\n{budgets.health_line(tx, track.group, now)}")


def _still(tx: Tx, track: Track) -> list[texts.StandsStill]:
    """The channels that stand still, and whether that can be changed here."""
    several = len(track.channels) > 1
    return [
        texts.StandsStill(
            each.channel.id if several else None, each.stopped.value, tx.members.is_left(each.channel.space)
        )
        for each in track.channels
        if each.stopped is not None
    ]


def _connection(space: Space, now: datetime) -> texts.Connection:
    lately = space.throttled_at is not None and space.throttled_at > now - THROTTLED_FOR
    return texts.Connection(space.ref.platform, space.name, space.left, space.throttled_at if lately else None)
