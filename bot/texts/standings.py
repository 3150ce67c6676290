"""Boards and progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.inert import inert
from bot.domain.standings import Board, Period, Place, score10
from bot.texts.counting import answers, nameless_member, people, points
from bot.texts.wording import _, short_day


def board(board: Board) -> str:
    """A leaderboard for one viewer."""
    lines = [f"**{board_title(board)}**", ""]
    if not board.top:
        lines.append(_("Nobody has points yet. The first answer opens the board."))
    lines += [_place_line(place) for place in board.top]
    if board.around:
        lines += ["", *[_place_line(place) for place in board.around]]
    if board.you is None or board.you.rank is None:
        lines += ["", _("You have no points here yet; the open question waits for you.")]
    elif board.people:
        lines += ["", _("{people} with points.").format(people=people(board.people))]
    return "\n".join(lines)


def board_for_all(board: Board) -> str:
    """A leaderboard an organiser shows to everybody: the top, and nobody's own row."""
    lines = [f"**{board_title(board)}**", ""]
    lines += [_place_line(place) for place in board.top] or [
        _("Nobody has points yet. The first answer opens the board.")
    ]
    return "\n".join(lines)


def board_title(board: Board) -> str:
    """The head of a board: its period."""
    titles = {
        Period.DAY: _("Board of the day, {key}"),
        Period.WEEK: _("Board of the week, {key}"),
        Period.MONTH: _("Board of the month, {key}"),
        Period.ALL: _("Board of all time"),
    }
    return titles[board.period].format(key=board.key)


def _place_line(place: Place) -> str:
    name = inert(place.name, 40) if place.name else nameless_member()
    # The dot is literal: as a list, platforms would number the lines themselves and hide that ranks are shared.
    text = _("{rank}\\. {name}, {points} ({answers})").format(
        rank=place.rank if place.rank is not None else "-",
        name=name,
        points=points(place.points),
        answers=answers(place.answers),
    )
    return _("**{line} ← you**").format(line=text) if place.you else text


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """One of the member's own answers."""

    day: date
    title: str
    score: float | None


def progress(all_time: Place | None, week: Place | None, lines: Sequence[ProgressLine]) -> str:
    """`/study progress`."""
    if not lines:
        return _("You have not answered yet, so there is nothing to show. `/study today` shows the open question.")
    parts = [
        standing_line(_("This week"), week),
        standing_line(_("All time"), all_time),
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
