"""How questions do, for organisers."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.inert import inert
from bot.domain.question_health import ENOUGH, QuestionHealth, Sign, signs
from bot.domain.standings import score10
from bot.texts.counting import answers
from bot.texts.wording import _, as_code, n_, short_day


def question_list(questions: Sequence[QuestionHealth], of: int) -> str:
    """`/study-admin question` without a question."""
    if not questions:
        return _("No question was asked yet, so there is nothing to tell.")
    lines = [_("**How the questions do**"), ""]
    lines += [_line(each) for each in questions]
    if of > len(questions):
        lines += [
            "",
            _("{shown} of {all} questions; the dashboard shows all of them.").format(shown=len(questions), all=of),
        ]
    lines += ["", _("`/study-admin question question:…` tells more of one.")]
    return "\n".join(lines)


def _line(health: QuestionHealth) -> str:
    facts = [answers(health.answers)]
    if health.mean is not None:
        facts.append(_("mean {score} of 10").format(score=score10(health.mean)))
    facts += [sign_text(sign) for sign in signs(health)]
    mark = "⚠ " if signs(health) else ""
    return _("- {mark}{title} (`{id}`): {facts}").format(
        mark=mark, title=inert(health.title, 80), id=as_code(health.id), facts=", ".join(facts)
    )


def question_stats(health: QuestionHealth) -> str:
    """`/study-admin question` with one."""
    lines = [
        _("**{title}** (`{id}`)").format(title=inert(health.title, 120), id=as_code(health.id)),
        "",
        _("- Asked: {times}, last on {day}").format(times=times(health.asked), day=short_day(health.last_asked)),
        _("- Graded answers: {number}").format(number=health.answers),
        _("- Difficulty: {words}").format(words=difficulty_text(health)),
        _("- Separation: {words}").format(words=separation_text(health)),
        _("- Appeals: {words}").format(words=_with_share(health.appeals, health.appeal_rate)),
        _("- Found helpful: {words}").format(words=helpful_text(health)),
    ]
    lines += [_("- ⚠ {sign}").format(sign=sign_text(sign)) for sign in signs(health)]
    if health.answers < ENOUGH:
        lines += ["", _("Fewer than {number} answers say little yet.").format(number=ENOUGH)]
    return "\n".join(lines)


def times(number: int) -> str:
    """How often something happened."""
    return n_("once", "{number} times", number)


def difficulty_text(health: QuestionHealth) -> str:
    """The mean score, where there is one."""
    return _("not known yet") if health.mean is None else _("mean {score} of 10").format(score=score10(health.mean))


def separation_text(health: QuestionHealth) -> str:
    """How far strong and weak members are apart."""
    if health.separation is None:
        return _("too few answers")
    return _("{points} of 10 between the stronger half and the weaker half").format(points=apart(health.separation))


def apart(separation: float) -> str:
    """How far two halves are apart, in points of 10, as in "+1.5"."""
    return f"{10 * separation:+.1f}".replace("-", "−")


def helpful_text(health: QuestionHealth) -> str:
    """What votes said."""
    if health.helpful_rate is None:
        return _("no votes")
    return _("{helpful} of {votes} votes ({percent} %)").format(
        helpful=health.helpful, votes=health.helpful + health.unhelpful, percent=round(100 * health.helpful_rate)
    )


def _with_share(number: int, share: float | None) -> str:
    return (
        str(number) if share is None else _("{number} ({percent} %)").format(number=number, percent=round(100 * share))
    )


def sign_text(sign: Sign) -> str:
    """Why a question deserves a look."""
    return {
        Sign.EASY: _("very easy for this group"),
        Sign.HARD: _("very hard for this group"),
        Sign.SAME: _("the stronger half does no better in it"),
        Sign.DISPUTED: _("its reviews are often appealed"),
        Sign.UNHELPFUL: _("its reviews help few"),
    }[sign]


def question_not_asked(typed: str) -> str:
    """A question that this group was not asked."""
    return _(
        "This group was not asked `{typed}` within a year, so there is nothing to tell. "
        "`/study-admin question` lists what was asked."
    ).format(typed=as_code(typed))
