"""What stands in a picture, and the same in words for those who do not see it (F77)."""

from __future__ import annotations

from itertools import groupby
from typing import assert_never

from bot.domain.inert import shorten, visible
from bot.domain.pictures import CompetencyProfile, DayMark, ProgressChart, Scored, Sketch, StreakCalendar, mean_of
from bot.domain.standings import Board, Place, score10
from bot.texts.counting import answers, nameless_member, people, points
from bot.texts.debriefs import practice_signal
from bot.texts.standings import board_title
from bot.texts.wording import _, n_, short_day

#: What every platform takes as the description of a picture (Discord: 1,024 characters).
MOST_ALT = 1000


def picture_alt(sketch: Sketch) -> str:
    """The picture in words: plain text without marks of our Markdown, for screen readers and where no picture shows."""
    match sketch:
        case Board():
            said = _board_alt(sketch)
        case StreakCalendar():
            said = _streak_alt(sketch)
        case ProgressChart():
            said = _progress_alt(sketch)
        case CompetencyProfile():
            said = _profile_alt(sketch)
        case _:
            assert_never(sketch)
    return shorten(said, MOST_ALT)


def _plain(text: str) -> str:
    """Somebody's words in one line. No Markdown is read in a description, so there is nothing to escape."""
    return " ".join(visible(text).split())


# ---------------------------------------------------------------- boards


def _board_alt(board: Board) -> str:
    lines = [f"{board_title(board)}.", *(_place(place, board.of.growth) for place in (*board.top, *board.around))]
    if not board.top:
        lines.append(board_empty())
    return " ".join([*lines, board_foot(board)]).strip()


def _place(place: Place, growth: bool) -> str:
    name = _plain(place.name) or nameless_member()
    line = _("{rank}: {name}, {points}.") if growth else _("{rank}: {name}, {points}, {answers}.")
    return line.format(
        rank=place.rank if place.rank is not None else "-",
        name=_("{name} (you)").format(name=name) if place.you else name,
        points=points(place.points),
        answers=answers(place.answers),
    )


def board_empty() -> str:
    """On a board without anybody."""
    return _("Nobody has points yet.")


def board_foot(board: Board) -> str:
    """Below the rows: how many people have points."""
    return _("{people} with points").format(people=people(board.people)) if board.people else ""


def picture_you() -> str:
    """Behind the viewer's own name."""
    return _("you")


def picture_name() -> str:
    """In place of a name whose letters no font here has."""
    return _("name: see the text")


# ---------------------------------------------------------------- streaks


def streak_title(calendar: StreakCalendar) -> str:
    """The head of a calendar."""
    if not calendar.streak:
        return _("Your days")
    return n_("A streak of {number} day", "A streak of {number} days", calendar.streak)


def streak_foot(calendar: StreakCalendar) -> str:
    """Below a calendar: the best there was, and what is held for a bad day."""
    held = n_("{number} freeze in hand", "{number} freezes in hand", calendar.freezes)
    if not calendar.longest:
        return held
    longest = n_("Longest: {number} day", "Longest: {number} days", calendar.longest)
    return _("{longest}, {freezes}").format(longest=longest, freezes=held)


def mark_name(mark: DayMark) -> str:
    """What became of a day."""
    return {
        DayMark.ANSWERED: _("answered"),
        DayMark.FROZEN: _("saved by a freeze"),
        DayMark.UNCOUNTED: _("nothing counted"),
        DayMark.MISSED: _("not answered"),
    }[mark]


def _streak_alt(calendar: StreakCalendar) -> str:
    counted = [
        _("{what}: {number}").format(what=mark_name(mark), number=calendar.marks.count(mark))
        for mark in DayMark
        if mark in calendar.marks
    ]
    days = _("The days up to {day}: {counted}.").format(day=short_day(calendar.last), counted=", ".join(counted))
    latest = [f"{len(list(run))} × {mark_name(mark)}" for mark, run in groupby(calendar.marks[:-29:-1])]
    parts = [f"{streak_title(calendar)}.", f"{streak_foot(calendar)}."]
    if calendar.marks:
        parts += [days, _("The latest four weeks, newest first: {runs}.").format(runs=", ".join(latest))]
    return " ".join(parts)


# ---------------------------------------------------------------- progress


def progress_title() -> str:
    """The head of a chart."""
    return _("Your scores, 0 to 10")


def progress_empty() -> str:
    """On a chart without an answer."""
    return _("No graded answer yet.")


def progress_foot(chart: ProgressChart, size: int) -> str:
    """Below a chart: how many answers, their mean, and what a dot stands for."""
    if not chart.answers:
        return ""
    text = _("{answers}, {mean} on average (dotted)").format(
        answers=answers(len(chart.answers)), mean=score10(mean_of(chart.answers))
    )
    return text if size == 1 else text + _("; a dot is {answers}").format(answers=answers(size))


def _progress_alt(chart: ProgressChart) -> str:
    if not chart.answers:
        return f"{progress_title()}. {progress_empty()}"
    shown = chart.answers[:-11:-1]
    latest = ", ".join(_scored(each) for each in shown)
    best = max(chart.answers, key=lambda each: each.score)
    return _("{title}. {answers}, {mean} on average, the best {best}. The latest, newest first: {latest}.").format(
        title=progress_title(),
        answers=answers(len(chart.answers)),
        mean=score10(mean_of(chart.answers)),
        best=score10(best.score),
        latest=latest,
    )


def _scored(one: Scored) -> str:
    return _("{score} on {day}").format(score=score10(one.score), day=short_day(one.day))


# ---------------------------------------------------------------- profiles


def _profile_alt(profile: CompetencyProfile) -> str:
    measures = [
        _("{label}: {score} of 10.").format(label=_plain(each.label), score=score10(each.score))
        for each in profile.measures
    ]
    return " ".join([f"{_plain(profile.title)}.", *measures, f"{_plain(profile.verdict)}.", practice_signal()])
