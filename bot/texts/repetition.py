"""Words around questions that a member is asked again, in private (F52)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.inert import inert
from bot.domain.questions import Question
from bot.domain.repetition import MORNING, Stayed
from bot.texts.wording import _, n_, short_day, when


def label_again_on() -> str:
    """The offer under a full review."""
    return _("Ask me again some day")


def label_again_off() -> str:
    """Under everything that comes by it."""
    return _("Stop these")


def label_practise() -> str:
    """Under one question that is asked again."""
    return _("Answer from memory")


def label_practise_one(question: Question) -> str:
    """The same, where several questions came together."""
    return _("Answer: {title}").format(title=question.title)[:70]


def ask_again(questions: Sequence[Question]) -> str:
    """The one private message of a day."""
    head = n_("**Do you still know this one?**", "**Do you still know these {number}?**", len(questions))
    asked = [f"**{inert(each.title)}**\n{each.prompt.strip()}" for each in questions]
    foot = _("Private practice: only you see it, and it counts on no board. A few sentences from memory will do.")
    return "\n\n".join([head, *asked, foot])


def practice_received() -> str:
    """The receipt."""
    return _("Your answer is stored. Its review comes to you alone.")


def practice_waits() -> str:
    """For somebody who presses again before the review is there."""
    return _("You have answered this one, and its review is under way. It comes to you alone.")


def practice_over() -> str:
    """A question of more than a week ago."""
    return _("That was more than a week ago, so it is closed. If it is still due, I ask you again.")


def practice_review(title: str, review: str, guess: str, next_day: date | None) -> str:
    """The review of an answer from memory. `review` and `guess` are sentences of ours."""
    lines = [_("**{title}** (private practice)").format(title=inert(title))]
    lines += [guess] if guess else []
    lines += [review]
    if next_day is not None:
        lines.append(_("By what you knew, it falls due again on {day}.").format(day=short_day(next_day)))
    return "\n".join(lines)


def again_on(most: int, first: datetime, zone: str) -> str:
    """After a yes."""
    number = n_("one question", "up to {number} questions", most)
    return _(
        "Done: before you forget a question, I ask you again, in private. At most one message a day, with {number}, "
        "at {time} where you live; the first not before {when}. Under each stands “Stop these”, and "
        "`/study again action:off` ends it as well."
    ).format(number=number, time=MORNING.strftime("%H:%M"), when=when(first, zone))


def again_off() -> str:
    """After a no."""
    return _("Done: I ask you nothing again in private. `/study again action:on` brings it back.")


def again_closed() -> str:
    """A word at the next command, when private messages did not reach somebody."""
    return _(
        "By the way: I could not write to you in private, so I have stopped asking you again. Allow private messages "
        "from this place, then `/study again action:on` brings it back."
    )


@dataclass(frozen=True, slots=True)
class DueLine:
    """A question, the day on which it falls due, none where that is today or was before, and how likely, 0..1, it is
    still known."""

    title: str
    day: date | None
    recall: float


def again_status(most: int, next_at: datetime, zone: str, due: Sequence[DueLine], kept: Sequence[Stayed] = ()) -> str:
    """`/study again` of a member who said yes; `kept` is what they still knew."""
    kept_lines = [stayed_line(each) for each in kept if each.answered]
    return "\n\n".join([again_goes_on(most, next_at, zone), _due(due), *kept_lines])


def again_goes_on(most: int, next_at: datetime, zone: str) -> str:
    """What somebody said yes to, and when it goes on."""
    number = n_("one question", "up to {number} questions", most)
    return _(
        "I ask you again in private: at most one message a day with {number}, the next not before {when}. "
        "`/study again action:off` ends it."
    ).format(number=number, when=when(next_at, zone))


def again_invitation() -> str:
    """How to begin, for whoever has not said yes; in one sentence."""
    return _(
        "If you like, I ask you in private, in at most one message a day, what you are about to forget: "
        "`/study again action:on` in your chat begins it."
    )


def again_status_off(due: Sequence[DueLine]) -> str:
    """`/study again` of everybody else."""
    head = _(
        "I do not ask you anything again. If you like, I do: the questions you are about to forget, in private, at "
        "most one message a day, at {time} where you live. `/study again action:on` begins it."
    ).format(time=MORNING.strftime("%H:%M"))
    return "\n\n".join([head, _due(due)])


def nothing_comes_back() -> str:
    """For somebody of whom nothing is graded yet."""
    return _("No question of yours is on its way back yet: each answer that is graded puts one there.")


def due_day(line: DueLine) -> str:
    """When a question falls due."""
    return short_day(line.day) if line.day is not None else _("due now")


def _due(due: Sequence[DueLine]) -> str:
    if not due:
        return nothing_comes_back()
    return "\n".join([_("**What comes back, when, and how likely you still know it**"), *map(_due_line, due)])


def _due_line(line: DueLine) -> str:
    return _("- {title}: {day}, about {share} %").format(
        title=inert(line.title), day=due_day(line), share=round(100 * line.recall)
    )


def stayed_line(stayed: Stayed) -> str:
    """What was still known after so many days."""
    return _("Still known after {days} days: {known} of {answered}.").format(
        days=stayed.days, known=stayed.known, answered=stayed.answered
    )
