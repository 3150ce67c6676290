"""The weekly digest, the group's goal, and what organisers are told about both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.digests import Goal, GoalState, Weakness, Week
from bot.domain.inert import inert, quote_block
from bot.domain.standings import Board
from bot.texts.counting import answers, people
from bot.texts.hidden import ReadAnswer
from bot.texts.standings import board_for_all
from bot.texts.wording import _, n_, short_day, when

#: So much of a best answer stands in the digest; all of it stands in its thread.
QUOTE = 500


@dataclass(frozen=True, slots=True)
class Quoted:
    """An answer that was quoted at the close, and its question's title."""

    title: str
    answer: ReadAnswer


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells of a week in which somebody answered."""

    week: Week
    board: Board
    best: Sequence[Quoted]
    weakness: Weakness | None
    goal: GoalState | None


def digest(digest: Digest) -> str:
    """The weekly digest, for all to read."""
    parts = [_head(digest.week), board_for_all(digest.board), *map(_quoted, digest.best)]
    if digest.weakness is not None:
        parts.append(_weakness(digest.weakness))
    if digest.goal is not None:
        parts.append(_goal_line(digest.goal))
    return "\n\n".join(parts)


def _head(week: Week) -> str:
    given = _("{people} gave {answers}").format(people=people(week.people), answers=answers(week.answers))
    if week.questions:
        questions = n_("{number} question", "{number} questions", week.questions)
        given = _("{given} to {questions}").format(given=given, questions=questions)
    return _("**Our week, {first} to {last}**\n\n{given}.").format(
        first=short_day(week.monday), last=short_day(week.monday + timedelta(days=6)), given=given
    )


def _quoted(best: Quoted) -> str:
    name = inert(best.answer.name, 80) if best.answer.name else _("A member")
    return _("**A very good answer**, shown with its author's consent ({name}, on {title}):\n\n{text}").format(
        name=name, title=inert(best.title), text=quote_block(inert(best.answer.text, QUOTE, multiline=True))
    )


def _weakness(weakness: Weakness) -> str:
    """What the group left out, and with what question in mind to go into the next week."""
    lines = [
        _("**Most often left out:** {point} ({title}: said in {said} of {answers})").format(
            point=inert(weakness.point.text),
            title=inert(weakness.question.title),
            said=weakness.said,
            answers=answers(weakness.answers),
        )
    ]
    topic = weakness.question.topics[0] if weakness.question.topics else weakness.question.title
    focus = _("**Our focus for next week:** {topic}.").format(topic=inert(topic))
    if weakness.point.follow_up:
        ask = _("Ask yourself: {question}").format(question=inert(weakness.point.follow_up))
        focus = f"{focus} {ask}"
    return "\n".join([*lines, focus])


def _goal_line(state: GoalState) -> str:
    """One message for everybody, reached or missed; it names nobody (FEATURES F54)."""
    so_many = _("{reached} of {people}").format(reached=state.reached, people=people(state.people))
    goal = goal_words(Goal(state.needed, state.goal.share))
    if state.is_met:
        return _("**Our goal:** {goal}. Reached: {so_many} did. That was all of you together; thank you.").format(
            goal=goal, so_many=so_many
        )
    return _(
        "**Our goal:** {goal}. This week {so_many} did. Weeks differ, and a new one begins tomorrow; "
        "each answer in it counts for all of us."
    ).format(goal=goal, so_many=so_many)


def goal_words(goal: Goal) -> str:
    """A goal in words."""
    times = n_("{number} time", "{number} times", goal.answers)
    return _("{share} % of us answer {times} a week").format(share=goal.share, times=times)


# ---------------------------------------------------------------- to organisers


def digest_on(next_at: datetime, zone: str) -> str:
    """`/study-admin digest`, while it is on."""
    return _(
        "The weekly digest is on: it comes on {when}, unless nobody answered that week. "
        "`/study-admin digest preview` shows you what it would say now, `/study-admin digest off` ends it."
    ).format(when=when(next_at, zone))


def digest_off() -> str:
    """`/study-admin digest`, while it is off."""
    return _("The weekly digest is off. `/study-admin digest on` starts it again.")


def digest_preview(text: str) -> str:
    """What the digest would say now."""
    return _("*Only you see this. The digest of this week would say now:*\n\n{text}").format(text=text)


def digest_empty() -> str:
    """The preview of a week without answers."""
    return _("Nobody has answered this week's questions yet. A week without answers has no digest.")


def goal_is(goal: Goal) -> str:
    """`/study-admin goal`, and after it was set."""
    return _(
        "The group's goal here: {goal}. The weekly digest says how it stands, the same to everybody, and names nobody. "
        "`/study-admin goal set:off` ends it."
    ).format(goal=goal_words(goal))


def goal_none() -> str:
    """No goal is set."""
    return _("No goal is set here. For example: `/study-admin goal answers:3 share:80`")


def goal_over() -> str:
    """After the goal was ended."""
    return _("There is no goal here any more.")


def not_a_goal(typed: str, least: int, most: int) -> str:
    """A number of the goal that cannot be meant."""
    return _(
        "“{typed}” is not a number from {least} to {most}. For example: `/study-admin goal answers:3 share:80`"
    ).format(typed=inert(typed, 40), least=least, most=most)


def notice_fewer_days(days: str) -> str:
    """To organisers, when far fewer people answer than in the weeks before."""
    return _(
        "This week's questions got far fewer answers than those of the weeks before. People often come back when there "
        "is more time between two questions: `/study-admin setup days:{days}` would ask less often. "
        "Nothing changes unless you want it."
    ).format(days=days)
