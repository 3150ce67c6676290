"""What stands still, and what organisers are told by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.inert import inert
from bot.texts.wording import _, as_code, when


@dataclass(frozen=True, slots=True)
class StandsStill:
    """A channel in which nothing is asked for now. `channel` is its id where the track has several; `left` says that we
    are not in its space."""

    channel: str | None
    why: str
    left: bool


@dataclass(frozen=True, slots=True)
class Connection:
    """One of the group's spaces. `throttled_at` is given for a day after its platform held events back."""

    platform: str
    name: str
    left: bool
    throttled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """What `/study-admin health` tells of one track and its group. `drift_seconds` is how long after its time the
    newest scheduled question came."""

    last_at: datetime | None
    next_at: datetime
    zone: str
    still: Sequence[StandsStill]
    connections: Sequence[Connection]
    owed: int
    ungraded: int
    parked: Sequence[tuple[str, str]]
    wrong_totals: int
    reviewer: str
    drift_seconds: float | None = None


def health(health: Health) -> str:
    """`/study-admin health`."""
    last = when(health.last_at, health.zone) if health.last_at else _("none yet")
    lines = [
        _("**Health of this channel's questions**"),
        _("- Last question: {when}").format(when=last),
        _("- Next question: {when}").format(when=when(health.next_at, health.zone)),
        _("- Scheduler drift: {words}").format(words=_drift(health.drift_seconds)),
        _("- Reviewer: {name}").format(name=health.reviewer),
        _("- Answers not graded yet: {number}").format(number=health.ungraded),
        _("- Work waiting: {number}").format(number=health.owed),
        _("- Board against its log: {state}").format(
            state=_("equal")
            if not health.wrong_totals
            else _("{number} rows differ; run `studybot boards repair`").format(number=health.wrong_totals)
        ),
    ]
    lines += [_connection_line(each, health.zone) for each in health.connections]
    lines += [_still_line(each) for each in health.still]
    lines += [
        _("- ⚠ Set aside: {story}: {why}").format(story=story, why=inert(why, 200)) for story, why in health.parked
    ]
    return "\n".join(lines)


def _drift(seconds: float | None) -> str:
    if seconds is None:
        return _("none known yet")
    if seconds >= 120:
        return _("the last one came {minutes} minutes after its time").format(minutes=round(seconds / 60))
    return _("the last one came {seconds} s after its time").format(seconds=f"{max(0.0, seconds):.1f}")


def _connection_line(connection: Connection, zone: str) -> str:
    place = _("{name} ({platform})").format(name=inert(connection.name, 60), platform=as_code(connection.platform))
    if connection.left:
        return _("- ⚠ {place}: I was removed there, so I say nothing until I am invited again.").format(place=place)
    if connection.throttled_at is not None:
        return _(
            "- ⚠ {place}: on {when} the platform held messages back because there were too many at once; answers of "
            "that time may have come late."
        ).format(place=place, when=when(connection.throttled_at, zone))
    return _("- {place}: I am in it").format(place=place)


def _still_line(still: StandsStill) -> str:
    where = _("Channel `{channel}`").format(channel=as_code(still.channel)) if still.channel else _("This channel")
    if still.left:
        return _("- ⚠ {where} stands still: I was removed from its community. Invite me again, then resume.").format(
            where=where
        )
    reasons = {
        "failures": _("posting failed several times"),
        "no_right": _("I lack a right there; `/study-admin setup` names it"),
        "gone": _("it was deleted, or I cannot see it any more"),
        "left": _("I was removed and am back"),
    }
    return _("- ⚠ {where} stands still: {why}. `/study-admin resume` starts the questions there again.").format(
        where=where, why=reasons[still.why]
    )


def notice_channel_stopped(why: str) -> str:
    """To organisers, once: posting failed several times."""
    return _(
        "I could not post the question here several times ({why}), so I stopped asking in this channel; "
        "other channels go on. When it is mended, `/study-admin resume` starts it again."
    ).format(why=inert(why, 200))


def notice_channel_gone(name: str) -> str:
    """To organisers, once: a channel where we asked was deleted, or hidden from us."""
    return _(
        "The channel I asked in (`{name}`) is gone, or I cannot see it any more, so I stopped asking there. All "
        "answers and points are kept. `/study-admin setup` in another channel goes on there; if this one still exists, "
        "let me in again and call `/study-admin resume` in it."
    ).format(name=as_code(name))


def notice_review_not_shown() -> str:
    """To organisers: neither the thread nor the author could be reached."""
    return _(
        "A review is done, but the thread takes no words any more and its author takes no private ones. "
        "Nothing is lost: they find it by `/study progress`. Perhaps the thread is locked or archived."
    )


def notice_no_question() -> str:
    """To organisers: the packs are empty."""
    return _("There was no question to ask today: the chosen packs have none. `/study-admin setup` chooses others.")
