"""Streaks: a member's days in a row, read from what they answered and what was asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.asking import MAX_OPEN, local_day
from bot.domain.pictures import StreakCalendar, streak_calendar
from bot.domain.streaks import Answered, Streak, StreakDay, Unanswered, calendar, is_whole, milestone_on, streak_of
from bot.shelves import Answer, Member, Tx

#: So many answers, and questions without one, are read first; more only where they leave open how long a streak is.
READ_FIRST = (60, 400, None)
A_DAY = timedelta(days=1)


def days_of(tx: Tx, member: Member, now: datetime) -> tuple[StreakDay, ...]:
    """The days that matter to a member's streak, oldest first, from their first answer on."""
    return _read(tx, member, None, now).days


def streak_for(tx: Tx, member: Member | None, now: datetime) -> Streak | None:
    """A member's streak; None for somebody who wants to hear nothing of it."""
    if member is None or not member.streaks:
        return None
    return next(streak_of(past.days) for past in _readings(tx, member, now) if past.tells(date.max))


def calendar_for(tx: Tx, member: Member | None, now: datetime) -> StreakCalendar | None:
    """A member's days up to their own today; None for somebody who wants to hear nothing of streaks."""
    if member is None or not member.streaks:
        return None
    return streak_calendar(days_of(tx, member, now), local_day(zone_of(tx, member), now))


def milestone(tx: Tx, answer: Answer, now: datetime) -> int | None:
    """The milestone that an answer brought its author to. The day's first answer does that, so it is told once."""
    member = tx.members.by_id(answer.group, answer.member)
    if member is None or not member.streaks:
        return None
    for past in _readings(tx, member, now):
        day = next((each.day for each in past.answered if each.answer == answer.id), None)
        if day is not None and past.tells(day):
            first = min(each.answer for each in past.answered if each.day == day)
            return milestone_on(past.days, day) if first == answer.id else None
    return None


def zone_of(tx: Tx, member: Member) -> str:
    """The zone a member's days are counted in: their own, else that of the track they answered last."""
    if member.lives_in is not None:
        return member.lives_in
    answered = tx.streaks.answered(member.group, member.id, 1)
    if answered:
        return _track_zone(tx, member.group, answered)
    tracks = tx.asking.tracks(member.group)
    return tracks[0].schedule.zone if tracks else "UTC"


@dataclass(frozen=True, slots=True)
class _Past:
    """A member's past as far as it was read."""

    answered: Sequence[Answered]
    days: tuple[StreakDay, ...]
    whole: bool

    def tells(self, day: date) -> bool:
        """Whether it tells the streak of a date as all of the past would."""
        return self.whole or is_whole(self.days, day)


def _readings(tx: Tx, member: Member, now: datetime) -> Iterator[_Past]:
    return (_read(tx, member, most, now) for most in READ_FIRST)


def _read(tx: Tx, member: Member, most: int | None, now: datetime) -> _Past:
    answered = tx.streaks.answered(member.group, member.id, most)
    if not answered:
        return _Past((), (), True)
    # One that was taken back and given anew keeps its place, so the days of some older ones may be newer.
    cut = [answered[0].day + MAX_OPEN + A_DAY] if len(answered) == most else []
    since = min(each.day for each in answered)
    unanswered: list[Unanswered] = []
    for track in {each.track for each in answered}:
        found = tx.streaks.unanswered(member.group, member.id, track, since, most)
        unanswered += found
        if len(found) == most:
            # Where the member lives it may have been the day before or after.
            cut.append(found[0].day + A_DAY)
    zone = member.lives_in or _track_zone(tx, member.group, answered)
    days = calendar(answered, unanswered, zone, now, max(cut, default=date.min))
    return _Past(answered, days, not cut)


def _track_zone(tx: Tx, group: int, answered: Sequence[Answered]) -> str:
    """The zone of the track that was answered last."""
    track = tx.asking.track(group, answered[-1].track)
    return track.schedule.zone if track is not None else "UTC"
