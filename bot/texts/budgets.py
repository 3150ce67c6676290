"""What reviews may cost, and how to check oneself while a review waits (FEATURES F65)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.budgets import MICROS, MOST_AN_HOUR, Amount, Limit, Span, Why
from bot.domain.inert import inert
from bot.domain.questions import Question
from bot.texts.wording import _, as_code, n_, when


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One limit and what was spent of it. `calls` and `spent` are None for what each member may spend."""

    span: Span
    limit: Limit
    calls: int | None
    spent: Amount | None


@dataclass(frozen=True, slots=True)
class BudgetView:
    """What `/study-admin budget` shows. `model` is None where reviews cost nothing."""

    lines: Sequence[BudgetLine]
    model: str | None
    priced: bool
    noted: date | None


def self_check(question: Question, why: Why, until: datetime, zone: str) -> str:
    """To the author alone, while their answer waits: the rubric as a check list, and no score."""
    lines = [
        _(
            "Your answer is kept, but not graded yet: {why} I will review it on {when}; you need not do anything."
        ).format(why=_why(why), when=when(until, zone)),
        "",
        _("Until then you can check it yourself. Does it say this?"),
        *(f"- ☐ {inert(point.text, 200)}" for point in question.points),
    ]
    return "\n".join(lines)


def _why(why: Why) -> str:
    match why:
        case Why.MONTH:
            return _("this group's budget for reviews is used up for this month.")
        case Why.DAY:
            return _("this group's budget for reviews is used up for today.")
        case Why.MEMBER_DAY:
            return _("your part of this group's budget for reviews is used up for today.")
        case Why.SHARE:
            return _("what is left of this group's budget for today is for those who had less of it.")
        case Why.RATE | Why.UNDER_WAY:
            return n_(
                "I review {number} answer of one person in an hour.",
                "I review {number} answers of one person in an hour.",
                MOST_AN_HOUR,
            )


def notice_budget_used_up(span: str) -> str:
    """To organisers, once for each day or month."""
    this = _("this month") if span == Span.MONTH else _("today")
    return _(
        "The budget for reviews is used up for {this}. Answers are kept, and I review them when it begins anew; until "
        "then their authors get the rubric to check themselves. `/study-admin budget` shows what was spent and raises "
        "the limit; then I review them at once."
    ).format(this=this)


def budget(view: BudgetView) -> str:
    """`/study-admin budget`."""
    lines = [_("**What reviews may cost**"), *map(_line, view.lines)]
    if view.model is None:
        lines.append(_("Reviews cost nothing here: no language model is asked."))
    elif view.priced and view.noted is not None:
        lines.append(
            _("`{model}` is counted with its price of {date}. Days and months begin at 00:00 UTC.").format(
                model=as_code(view.model), date=view.noted.isoformat()
            )
        )
    else:
        lines.append(
            _(
                "I know no price of `{model}`, so only limits in tokens hold, as in `day:200000tokens`. Days and "
                "months begin at 00:00 UTC."
            ).format(model=as_code(view.model))
        )
    return "\n".join(lines)


def _line(line: BudgetLine) -> str:
    limit = _limit(line.limit)
    if line.calls is None or line.spent is None:
        return _("- Each member, each day: at most {limit}").format(limit=limit)
    name = _("This month") if line.span is Span.MONTH else _("Today")
    return _("- {name}: {spent}; at most {limit}").format(name=name, spent=_spent(line.calls, line.spent), limit=limit)


def _spent(calls: int, spent: Amount) -> str:
    return _("{calls}, {tokens}, {money}").format(
        calls=n_("{number} call", "{number} calls", calls),
        tokens=_tokens(spent.tokens),
        money=_money(spent.micros),
    )


def _limit(limit: Limit) -> str:
    ends = [_money(limit.micros)] if limit.micros is not None else []
    ends += [_tokens(limit.tokens)] if limit.tokens is not None else []
    return _(" or ").join(ends) or _("as much as there is")


def _tokens(count: int) -> str:
    return _("{number} tokens").format(number=f"{count:,}")


def _money(micros: int) -> str:
    """Cents, and more digits where there would be none to see."""
    dollars = micros / MICROS
    return _("${number}").format(number=f"{dollars:.4f}" if 0 < micros < MICROS // 100 else f"{dollars:.2f}")


def spent_today(calls: int, spent: Amount) -> str:
    """A line of `/study-admin health`."""
    return _("- Reviews cost today: {spent}").format(spent=_spent(calls, spent))


def not_a_limit(typed: str) -> str:
    """A limit that cannot be read."""
    return _(
        "“{typed}” is no limit I can read. Write dollars as in `month:5.00`, tokens as in `day:200000tokens`, `none` "
        "for no limit, or `default`. Nothing was changed."
    ).format(typed=inert(typed, 40))
