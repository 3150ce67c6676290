"""Who may still ask the reviewer, what it has cost, and what members get meanwhile (FEATURES F65).

Before a call, what it may cost is set aside under the group's lock, so that no number of reviews at once passes a
budget by more than the further calls of those under way. Afterwards what it did cost takes its place; of a call that
was killed, what was set aside stays booked (FAULTS 34).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot import texts
from bot.domain.budgets import (
    MOST_AN_HOUR,
    UNDER_WAY_TIMES,
    Costs,
    Limit,
    Limits,
    Span,
    Usage,
    Wait,
    Why,
    estimate,
    first_of_month,
    must_wait,
    read_limit,
    today,
)
from bot.domain.errors import Mistake, NotNow
from bot.domain.outgoing import Reply
from bot.domain.questions import Question
from bot.ports import Reviewer, Storage, Story
from bot.services import notices
from bot.shelves import Answer, Posting, Tx

log = logging.getLogger(__name__)

#: Of these budgets organisers learn, since they can do something about them.
OF_THE_GROUP = (Why.MONTH, Why.DAY)
#: The word that takes an organiser's own limit back.
DEFAULT = "default"


class OverBudget(NotNow):
    """What was set for a month, a day or a member is used up."""


class Bill:
    """What one review has cost so far. `add` is told of every call."""

    def __init__(self) -> None:
        self.booking: int | None = None
        self.calls: list[Usage] = []

    def add(self, usage: Usage) -> None:
        """One more call."""
        self.calls.append(usage)


#: The group and member whose budget a text is read from, as they are now: two groups or accounts may have become one.
Payer = Callable[[Tx], tuple[int, int]]


def author_of(answer: Answer) -> Payer:
    """Whoever gave an answer pays for its review."""

    def payer(tx: Tx) -> tuple[int, int]:
        group = tx.members.group_now(answer.group)
        return group, (tx.answers.by_id(group, answer.id) or answer).member

    return payer


def _set_aside(
    tx: Tx, costs: Costs, call: Usage, longest: timedelta, payer: Payer, now: datetime, most_an_hour: int
) -> int | Wait:
    group, member = payer(tx)
    cost = costs.of(call)
    tx.budgets.hold(group)
    used = tx.budgets.used(group, member, now, longest)
    wait = must_wait(limits_of(tx, group, costs), used, cost, now, most_an_hour)
    return tx.budgets.set_aside(group, member, call, cost, now) if wait is None else wait


def _nobody_is_told(tx: Tx, wait: Wait) -> None:
    """Where whoever waits has been told already that it takes a while."""


async def reserve(
    storage: Storage,
    costs: Costs,
    reviewer: Reviewer,
    payer: Payer,
    question: Question,
    text: str,
    now: datetime,
    waits: Callable[[Tx, Wait], None] = _nobody_is_told,
    most_an_hour: int = MOST_AN_HOUR,
) -> int | None:
    """Sets aside what a review of this text may cost; returns the number of the booking, None where asking costs
    nothing. Raises `NotNow` when it has to wait (FAULTS 46, 47), as when so many of a member's were begun within an
    hour; `waits` writes down who is told of that."""
    versions = reviewer.kept_under
    if versions is None:
        return None
    call = estimate(versions.model, question, text)
    longest = UNDER_WAY_TIMES * timedelta(seconds=reviewer.patience_seconds)

    def book(tx: Tx) -> int | Wait:
        booked = _set_aside(tx, costs, call, longest, payer, now, most_an_hour)
        if isinstance(booked, Wait):
            waits(tx, booked)
        return booked

    booked = await storage.write(book)
    if isinstance(booked, Wait):
        kind = NotNow if booked.why in (Why.RATE, Why.UNDER_WAY) else OverBudget
        raise kind("the review waits for its budget", (booked.until - now).total_seconds())
    return booked


def owe_words(tx: Tx, wait: Wait, posting: Posting, answer: Answer, now: datetime) -> None:
    """The author of an answer that waits will be told how to check it, and organisers that a budget is used up, once
    for each month or day."""
    group = tx.members.group_now(answer.group)
    log.info("review_waits_for_its_budget", extra={"answer_id": answer.id, "why": wait.why.value})
    if wait.why is not Why.UNDER_WAY:
        key = f"self_check:{answer.id}:{answer.version}"
        until = wait.until.isoformat()
        tx.owe(Story.OFFER_SELF_CHECK, key, group, answer.id, answer.version, wait.why.value, until)
    if wait.why in OF_THE_GROUP:
        begun = first_of_month(today(now)) if wait.why is Why.MONTH else today(now)
        key = f"budget:{group}:{wait.why.value}:{begun.isoformat()}"
        notices.owe(tx, group, posting.channel, key, notices.Notice.BUDGET_USED_UP, wait.why.value)


def settle(tx: Tx, costs: Costs, group: int, bill: Bill) -> None:
    """Books what a review has cost."""
    if bill.booking is not None:
        tx.budgets.settle(tx.members.group_now(group), bill.booking, bill.calls, costs.of_all(bill.calls))


def limits_of(tx: Tx, group: int, costs: Costs) -> Limits:
    """What holds in a group: what its organisers set, else what holds without them."""
    return {**costs.limits, **tx.budgets.limits(group)}


# ---------------------------------------------------------------- organisers


def command(tx: Tx, group: int, costs: Costs, model: str | None, options: Mapping[str, str], now: datetime) -> Reply:
    """`/study-admin budget`: sets limits, and shows what was spent of them. What waits for a budget is tried at once
    when a limit was set."""
    wished = {span: _read(options[span.value]) for span in Span if span.value in options}
    for span, limit in wished.items():
        tx.budgets.set_limit(group, span, limit)
    if wished:
        tx.budgets.wake(group, now)
    return Reply(texts.budget(_view(tx, group, costs, model, now)))


def _read(typed: str) -> Limit | None:
    if typed.strip().casefold() == DEFAULT:
        return None
    limit = read_limit(typed)
    if limit is None:
        raise Mistake(texts.not_a_limit(typed))
    return limit


def _view(tx: Tx, group: int, costs: Costs, model: str | None, now: datetime) -> texts.BudgetView:
    limits = limits_of(tx, group, costs)
    since = {Span.MONTH: first_of_month(today(now)), Span.DAY: today(now)}
    lines = []
    for span in Span:
        total = tx.budgets.total(group, since[span]) if span in since else None
        calls, spent = (total.calls, total.amount) if total is not None else (None, None)
        lines.append(texts.BudgetLine(span, limits.get(span, Limit()), calls, spent))
    return texts.BudgetView(lines, model, model in costs.prices, costs.noted)


def health_line(tx: Tx, group: int, now: datetime) -> str:
    """What was spent today."""
    total = tx.budgets.total(group, today(now))
    return texts.spent_today(total.calls, total.amount)
