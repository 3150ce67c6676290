"""What a member reads after a mock round, and after a whole loop."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.companies import Basis, Company, Competency
from bot.domain.debriefs import Debrief, Reason, Remark, Vote, WriteUp
from bot.domain.inert import inert
from bot.texts.rounds import competency_name, label_competency
from bot.texts.wording import _, n_

_QUOTE = 140
_POINT = 200


def vote_name(vote: Vote) -> str:
    """A vote in words."""
    return {
        Vote.STRONG_YES: _("a strong yes"),
        Vote.YES: _("yes"),
        Vote.NO: _("no"),
        Vote.STRONG_NO: _("a clear no"),
    }[vote]


def practice_signal() -> str:
    """What a report is, and what it is not (FEATURES F38)."""
    return _("This is a practice signal, not a hiring decision.")


def report(company: Company, note: WriteUp, drills: Sequence[str], minutes: int, word_check: bool) -> str:
    """The report of one round."""
    parts = [
        inert(company.manner.closing, 300),
        f"**{report_title(inert(note.title, 80))}**",
        scores(company, note),
        _listed(_("**What came across**"), note.strengths),
        _listed(_("**What I did not hear, or would look at again**"), note.gaps),
        drills_text(drills),
        _("Time used: {time}. {answered} of {asked} questions answered.").format(
            time=n_("{number} minute", "{number} minutes", minutes), answered=note.answered, asked=note.asked
        ),
        _foot(word_check),
    ]
    return "\n\n".join(part for part in parts if part)


def report_title(title: str) -> str:
    """The head of a report about a round."""
    return _("Report: {title}").format(title=title)


def debrief_title(company: str) -> str:
    """The head of a debrief."""
    return _("Debrief: {company}").format(company=company)


def fit_with(company: str) -> str:
    """What is asked beside the competency."""
    return _("What {company} looks for").format(company=company)


def vote_said(vote: Vote) -> str:
    """An interviewer's vote, in their words."""
    return _("My vote: {vote}").format(vote=vote_name(vote))


def verdict(recommended: bool) -> str:
    """What a loop comes to."""
    return _("Recommended") if recommended else _("Not yet recommended")


def scores(company: Company, note: WriteUp) -> str:
    """The score in each thing a round looked at, and the vote."""
    lines = [f"- {label_competency(note.competency)}: **{10 * note.score:.1f}** / 10"]
    if note.fit is not None:
        lines.append(f"- {fit_with(inert(company.title, 60))}: **{10 * note.fit:.1f}** / 10")
    lines.append(_("- My vote: **{vote}**").format(vote=vote_name(note.vote)))
    return "\n".join(lines)


def _listed(head: str, remarks: Sequence[Remark]) -> str:
    return "\n".join([head, *map(_remark, remarks)]) if remarks else ""


def _remark(remark: Remark) -> str:
    point = inert(remark.point, _POINT)
    return f"- {point} “{inert(remark.quote, _QUOTE)}”" if remark.quote else f"- {point}"


def drills_text(drills: Sequence[str]) -> str:
    """What to practise next."""
    if not drills:
        return ""
    return "\n".join([_("**Two drills for this week**"), *(f"- {each}" for each in drills)])


def drill_again(question: str) -> str:
    """A drill: the same question."""
    return _("Answer “{question}” aloud again in five minutes, beginning with what was missing.").format(
        question=inert(question, 80)
    )


def drill_other(question: str, competency: Competency) -> str:
    """A drill: another question of the packs."""
    return _(
        "Take “{question}” next ({competency}), and write down your first three sentences before you speak."
    ).format(question=inert(question, 80), competency=competency_name(competency))


def _foot(word_check: bool) -> str:
    if word_check:
        return (
            _("Scores come from a word check without a language model, so they are provisional. ") + practice_signal()
        )
    return practice_signal()


def loop_goes_on(closing: str, done: int, of: int, following: str) -> str:
    """Between two rounds of a loop; `closing` is how this company's interviewers say goodbye."""
    return (
        inert(closing, 300)
        + " "
        + _(
            "My notes are written, and the others will not see them. That was round {done} of {of}. Next: "
            "**{following}**. Take a break if you like; a loop may be spread over days."
        ).format(done=done, of=of, following=inert(following, 80))
    )


def debrief(
    company: Company, notes: Sequence[WriteUp], result: Debrief, drills: Sequence[str], word_check: bool
) -> str:
    """The debrief of a loop: the vote of each round, one recommendation with its reasons, what to practise."""
    votes = [
        f"- {inert(note.title, 80)}: **{vote_name(note.vote)}** ({10 * note.score:.1f} / 10)"
        + (f", “{inert(note.strengths[0].quote or '', 90)}”" if note.strengths else "")
        for note in notes
    ]
    reasons = " ".join(reason_text(reason, competency, result) for reason, competency in result.reasons)
    parts = [
        f"**{debrief_title(inert(company.title, 60))}**",
        "\n".join([_("**The votes**"), *votes]),
        f"**{verdict(result.recommended)}.** {reasons}",
        _by_competency(result),
        _listed(_("**Most worth working on**"), _worst(notes)),
        drills_text(drills),
        basis(company),
        _foot(word_check),
    ]
    return "\n\n".join(part for part in parts if part)


def _by_competency(result: Debrief) -> str:
    lines = [f"- {label_competency(each)}: **{10 * value:.1f}** / 10" for each, value in result.by_competency.items()]
    return "\n".join([_("**By competency**"), *lines])


def _worst(notes: Sequence[WriteUp]) -> list[Remark]:
    """The first gap of the weakest rounds; the senior round may have found one of the others' still open."""
    ordered = sorted(notes, key=lambda note: note.score)
    first = {(note.gaps[0].question, note.gaps[0].point): note.gaps[0] for note in reversed(ordered) if note.gaps}
    return [gap for note in ordered for gap in note.gaps[:1] if first[gap.question, gap.point] is gap][:3]


def reason_text(reason: Reason, competency: Competency | None, result: Debrief) -> str:
    """Why a recommendation is what it is."""
    match reason:
        case Reason.ENOUGH_YES:
            return _("{yes} of {votes} interviewers vote yes, which is enough here.").format(
                yes=result.yes, votes=result.votes
            )
        case Reason.TOO_FEW_YES:
            return _("{yes} of {votes} interviewers vote yes, which is too few here.").format(
                yes=result.yes, votes=result.votes
            )
        case Reason.MUST_PASS:
            name = competency_name(competency) if competency is not None else ""
            return _("No offer goes out here without a yes in {competency}.").format(competency=name)
        case Reason.SENIOR_FOR:
            return _("It was close, and the senior interviewer decided for you.")
        case Reason.SENIOR_AGAINST:
            return _("The senior interviewer has the last word here, and was not convinced yet.")


def basis(company: Company) -> str:
    """What the picture of a company rests on, said once."""
    if all(fact.basis is Basis.SEED for fact in company.facts):
        return ""
    return _("How {company} interviews is told here from general knowledge that nobody checked.").format(
        company=inert(company.title, 60)
    )
