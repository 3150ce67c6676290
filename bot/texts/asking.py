"""Words around a question: its post, its close, and what is asked today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.inert import inert, shorten
from bot.domain.questions import Question
from bot.texts.wording import _, short_day, when


def label_answer() -> str:
    """The button under a question."""
    return _("Answer")


def label_answer_one(title: str) -> str:
    """The same, where several questions are open."""
    return shorten(_("Answer: {title}").format(title=title), 70)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the post of a question depends on beside its wording. `before`: the day on which it was asked last, where it
    is asked again because the group is about to forget it."""

    closes_at: datetime
    zone: str
    day: date
    late: bool
    extra: bool
    hidden: bool = False
    before: date | None = None


def question_post(question: Question, asked: Asked) -> str:
    """The post of a question."""
    head = _("An extra question") if asked.extra else _("Question of the day, {day}").format(day=short_day(asked.day))
    lines = [f"**{head}: {inert(question.title)}**"]
    if asked.before is not None:
        lines.append(_("*Asked before, on {day}: what is still there?*").format(day=short_day(asked.before)))
    lines += [question.prompt.strip(), _facts(question)]
    if asked.late:
        lines.append(_("This one is late, sorry: I was away at its time. You have a full day all the same."))
    lines.append(_how(asked).format(when=when(asked.closes_at, asked.zone)))
    return "\n\n".join(lines)


def _how(asked: Asked) -> str:
    if asked.hidden:
        return _(
            "Answer with the button, please, not in the thread: nobody reads the answers of others before they have "
            "answered themselves, or the question is closed. Open until {when}."
        )
    return _("Answer in the thread or with the button. Open until {when}.")


def _facts(question: Question) -> str:
    topics = ", ".join(inert(topic) for topic in question.topics)
    return _("*{level} level · {topics}*").format(level=question.level.value, topics=topics)


def thread_name(question: Question, day: date) -> str:
    """The name of a question's thread."""
    return _("{day}: {title}").format(day=short_day(day), title=question.title)[:100]


def closing_post(question: Question) -> str:
    """What stands in the thread at the close."""
    return _(
        "**This question is closed.** Late answers still count half for seven days.\n\nOne good answer:\n\n{answer}"
    ).format(answer=question.model_answer.strip())


def nothing_open() -> str:
    """No question to answer."""
    return _("No question is open here right now. The next one comes on its day; `/study today` shows when.")


def today(title: str, prompt: str, closes_at: datetime, zone: str, answered: bool) -> str:
    """`/study today` while a question is open."""
    state = _("You have answered it.") if answered else _("You have not answered it yet.")
    return _("**{title}**\n\n{prompt}\n\nOpen until {when}. {state}").format(
        title=inert(title), prompt=prompt.strip(), when=when(closes_at, zone), state=state
    )


def nothing_today(next_at: datetime, zone: str) -> str:
    """`/study today` between questions."""
    return _("No question is open here. The next one comes on {when}.").format(when=when(next_at, zone))
