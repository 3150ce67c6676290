"""Streaks, in kind words only, and the zone a member's days are counted in."""

from __future__ import annotations

from datetime import datetime

from bot.domain.streaks import MILESTONES, Streak
from bot.texts.wording import _, n_, when


def days_in_a_row(number: int) -> str:
    """How long a streak is."""
    return n_("{number} day in a row", "{number} days in a row", number)


def streak_line(streak: Streak) -> str:
    """One's own streak, as it stands beside one's points."""
    if not streak.days:
        return _("**Streak:** your next answer begins one")
    line = _("**Streak:** {days}").format(days=days_in_a_row(streak.days))
    if streak.freezes:
        line = _("{line}, {freezes}").format(line=line, freezes=_freezes(streak.freezes))
    return line


def _freezes(number: int) -> str:
    return n_("{number} freeze in hand", "{number} freezes in hand", number)


def milestone(days: int) -> str:
    """A kind word at one of the milestones."""
    week, month, hundred = MILESTONES
    words = {
        week: _("It is becoming a habit, and a missed day will not end it: you have earned a freeze."),
        month: _("Thirty questions thought through, a little each day. That stays with you."),
        hundred: _("A hundred days of showing up. Enjoy this one; you made it happen."),
    }
    return _("**{days}!** {words}").format(days=days_in_a_row(days), words=words[days])


def streak_on() -> str:
    """After choosing to hear of it."""
    return _(
        "Done: your streak stands beside your points, where only you see it, with a word at 7, 30 and 100 days. "
        "`/study privacy streak:off` ends that."
    )


def streak_off() -> str:
    """After choosing not to."""
    return _("Done: I do not mention your streak any more. `/study privacy streak:on` brings it back.")


def zone_now(zone: str | None, own: bool, now: datetime) -> str:
    """`/study timezone` without a zone."""
    if zone is None:
        return _(
            "I do not know your time zone, so your days are those of the question's track. "
            "Set yours with `/study timezone zone:Europe/Berlin`."
        )
    if own:
        said = _("Your days are counted in the zone you set. There it is {when}. `zone:auto` takes your profile's.")
    else:
        said = _("Your days are counted in the zone of your profile. There it is {when}. Another: `zone:Asia/Tokyo`.")
    return said.format(when=when(now, zone))


def zone_set(zone: str, now: datetime) -> str:
    """After setting one's zone."""
    return _("Done: from now on your days are counted where it is {when}.").format(when=when(now, zone))
