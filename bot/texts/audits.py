"""How good the reviewer is, in plain words."""

from __future__ import annotations

from datetime import date

from bot.domain.audits import Figures
from bot.domain.inert import inert
from bot.domain.reviews import Versions
from bot.texts.wording import _, short_day


def badge(day: date, figures: Figures) -> str:
    """One line under a full review."""
    words = _(
        "Reviewer measured {day} on {answers} answers graded by people: agreement {agreement} of 1, {high} % graded "
        "much too high."
    )
    return words.format(
        day=short_day(day), answers=figures.answers, agreement=_two(figures.agreement), high=_percent(figures.too_high)
    )


def not_audited() -> str:
    """No audit fits these versions."""
    return _("This reviewer is not audited.")


def grader(versions: Versions, day: date | None, figures: Figures | None, helpful: int, unhelpful: int) -> str:
    """`/study-admin grader`."""
    parts = [_("**The reviewer**"), _which(versions)]
    if figures is None or day is None:
        parts.append(not_audited() + " " + _("Whoever runs the bot can measure it with `studybot grader audit`."))
    else:
        parts.append(_figures(day, figures))
    parts.append(_("Votes here: {helpful} helpful, {unhelpful} not.").format(helpful=helpful, unhelpful=unhelpful))
    return "\n\n".join(part for part in parts if part)


def _which(versions: Versions) -> str:
    return _("{reviewer} {model} (prompt {prompt}, code {code})").format(
        reviewer=inert(versions.reviewer, 60),
        model=inert(versions.model, 120) or "-",
        prompt=inert(versions.prompt, 60) or "-",
        code=inert(versions.code, 60),
    )


def _figures(day: date, figures: Figures) -> str:
    lines = [
        _("Measured {day} on {answers} answers that people graded:").format(
            day=short_day(day), answers=figures.answers
        ),
        _("- agreement with people: {agreement} (1 is perfect, 0 is chance)").format(agreement=_two(figures.agreement)),
        _("- much too kind: {high} % of answers; much too strict: {low} %").format(
            high=_percent(figures.too_high), low=_percent(figures.too_low)
        ),
        _("- points heard rightly: {points}").format(points=_two(figures.points)),
        _("- attacks that won something: {worked} of {attacks}").format(
            worked=figures.attacks_worked, attacks=figures.attacks
        ),
    ]
    if figures.repeatability is not None:
        lines.append(_("- the same grade when asked again: {share} %").format(share=_percent(figures.repeatability)))
    return "\n".join(lines)


def _two(value: float) -> str:
    return f"{value:.2f}"


def _percent(share: float) -> int:
    return round(100 * share)
