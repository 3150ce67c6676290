"""Boards and progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.guesses import Calibration
from bot.domain.inert import inert
from bot.domain.standings import Board, Period, Phase, Place, score10
from bot.domain.streaks import Streak
from bot.texts.counting import answers, nameless_member, people, points
from bot.texts.guesses import calibration_line
from bot.texts.streaks import days_in_a_row, streak_line
from bot.texts.wording import _, short_day


def board(board: Board) -> str:
    """A leaderboard for one viewer."""
    lines = [f"**{board_title(board)}**", ""]
    if not board.top:
        lines.append(_nobody(board))
    lines += [_place_line(board, place) for place in board.top]
    if board.around:
        lines += ["", *[_place_line(board, place) for place in board.around]]
    if board.you is None or board.you.rank is None:
        lines += ["", _no_points(board)]
    elif board.people:
        lines += ["", _("{people} with points.").format(people=people(board.people))]
    if board.gain:
        lines += [_gain(board)]
    if board.possible:
        lines += [possible_line(board)]
    return "\n".join(lines)


def board_for_all(board: Board) -> str:
    """A leaderboard an organiser shows to everybody: the top, and nobody's own row."""
    lines = [f"**{board_title(board)}**", ""]
    lines += [_place_line(board, place) for place in board.top] or [_nobody(board)]
    return "\n".join(lines)


def possible_line(board: Board) -> str:
    """How much of what was possible for the viewer they have: what was asked before they came is left out (F49)."""
    have = board.you.points if board.you is not None else 0
    if board.joined_late:
        return _("You: {points} of {possible} possible since you joined.").format(points=have, possible=board.possible)
    return _("You: {points} of {possible} possible.").format(points=have, possible=board.possible)


def _gain(board: Board) -> str:
    """A word about oneself and oneself, where there is a kind one to say."""
    than = {
        Period.DAY: _("You: {points} more than the day before."),
        Period.WEEK: _("You: {points} more than the week before."),
        Period.MONTH: _("You: {points} more than the month before."),
        Period.SEASON: _("You: {points} more than the season before."),
        Period.ALL: "",
    }
    return than[board.period].format(points=points(board.gain))


def _nobody(board: Board) -> str:
    if board.of.growth:
        return _("Nobody has growth points here. They come from a second attempt that is better than the first.")
    if board.phase is Phase.RUNNING:
        return _("Nobody has points yet. The first answer opens the board.")
    return _("Nobody had points then.")


def _no_points(board: Board) -> str:
    if board.of.growth:
        return _("You have none here; “Try again” under a full review is the way to them.")
    if board.phase is Phase.RUNNING:
        return _("You have no points here yet; the open question waits for you.")
    return _("You had no points then.")


def board_title(board: Board) -> str:
    """The head of a board: its period."""
    titles = {
        Period.DAY: _("Board of the day, {key}"),
        Period.WEEK: _("Board of the week, {key}"),
        Period.MONTH: _("Board of the month, {key}"),
        Period.SEASON: _("Board of the season, {key}"),
        Period.ALL: _("Board of all time"),
    }
    title = titles[board.period].format(key=board.key)
    if board.of.channel is not None:
        title = _("{title}, this channel").format(title=title)
    elif board.of.track is not None:
        title = _("{title}, {track}").format(title=title, track=board.place)
    if board.of.growth:
        title = _("{title}, growth").format(title=title)
    ends = {Phase.RUNNING: "{title}", Phase.OVER: _("{title} (over)"), Phase.FINAL: _("{title} (final)")}
    return ends[board.phase].format(title=title)


def not_a_period(typed: str) -> str:
    """An earlier board that cannot be read."""
    return _(
        "I cannot read “{typed}” as a period. Please write it like last, 2026-Q3, 2026-10, 2026-W48 or 2026-11-23."
    ).format(typed=inert(typed, 40))


def no_such_board(tracks: Sequence[str]) -> str:
    """A track that is not theirs, or no track at all; and what there is."""
    if not tracks:
        return _("No questions are asked here, so there is no such board. `/leaderboard` shows the group's.")
    named = ", ".join(f"`{track}`" for track in tracks)
    return _("I find no such board. `/leaderboard` shows the group's; of tracks there are {tracks}.").format(
        tracks=named
    )


def _place_line(board: Board, place: Place) -> str:
    name = inert(place.name, 40) if place.name else nameless_member()
    # The dot is literal: as a list, platforms would number the lines themselves and hide that ranks are shared.
    line = _("{rank}\\. {name}, {points}") if board.of.growth else _("{rank}\\. {name}, {points} ({answers})")
    text = line.format(
        rank=place.rank if place.rank is not None else "-",
        name=name,
        points=points(place.points),
        answers=answers(place.answers),
    )
    if not place.you:
        return text
    if board.streak > 1:
        text = _("{line}, {days}").format(line=text, days=days_in_a_row(board.streak))
    return _("**{line} ← you**").format(line=text)


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """One of the member's own answers."""

    day: date
    title: str
    score: float | None


def progress(
    all_time: Place | None,
    week: Place | None,
    lines: Sequence[ProgressLine],
    streak: Streak | None = None,
    calibration: Calibration | None = None,
) -> str:
    """`/study progress`."""
    if not lines:
        return _("You have not answered yet, so there is nothing to show. `/study today` shows the open question.")
    parts = [
        standing_line(_("This week"), week),
        standing_line(_("All time"), all_time),
        *([streak_line(streak)] if streak is not None else []),
        *([calibration_line(calibration)] if calibration is not None else []),
        "",
        _("**Your latest answers**"),
    ]
    for line in lines:
        said = _("not graded yet") if line.score is None else _("{score} of 10").format(score=score10(line.score))
        parts.append(_("- {day}: {title}: {said}").format(day=short_day(line.day), title=inert(line.title), said=said))
    return "\n".join(parts)


def standing_line(name: str, place: Place | None) -> str:
    """One's own place in one period."""
    if place is None or place.rank is None:
        return _("**{period}:** no points yet").format(period=name)
    return _("**{period}:** {points}, rank {rank}").format(period=name, points=points(place.points), rank=place.rank)
