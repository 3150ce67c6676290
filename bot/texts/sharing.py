"""What a member shows to the group of a mock round or a loop, and what they read about it first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.domain.companies import Company
from bot.domain.debriefs import Debrief, WriteUp
from bot.domain.inert import inert
from bot.texts.debriefs import practice_signal, vote_name
from bot.texts.rounds import label_competency
from bot.texts.wording import _, short_day


def label_share() -> str:
    """Show a result to the group; nothing is shown yet."""
    return _("Share…")


def label_share_round(title: str) -> str:
    """The same, in a list of rounds."""
    return _("Share “{title}”…").format(title=title)


def label_share_now() -> str:
    """After the preview: show it."""
    return _("Post it")


def shared_round(name: str, company: Company, note: WriteUp, day: date) -> str:
    """All that others see of a round: no answer, no question, no quote."""
    lines = [f"- {label_competency(note.competency)}: **{10 * note.score:.1f}** / 10"]
    if note.fit is not None:
        what = _("What {company} looks for").format(company=inert(company.title, 60))
        lines.append(f"- {what}: **{10 * note.fit:.1f}** / 10")
    lines.append(_("- The interviewer's vote: **{vote}**").format(vote=vote_name(note.vote)))
    head = _("**{name} shares a mock round**: {title}, {company}, {day}").format(
        name=inert(name, 60), title=inert(note.title, 80), company=inert(company.title, 60), day=short_day(day)
    )
    return "\n".join([head, *lines, practice_signal()])


def shared_loop(name: str, company: Company, notes: Sequence[WriteUp], result: Debrief, day: date) -> str:
    """All that others see of a loop: the votes and the recommendation."""
    lines = [f"- {inert(note.title, 80)}: **{vote_name(note.vote)}** ({10 * note.score:.1f} / 10)" for note in notes]
    head = _("**{name} shares a whole loop**: {company}, {day}").format(
        name=inert(name, 60), company=inert(company.title, 60), day=short_day(day)
    )
    verdict = _("Recommended.") if result.recommended else _("Not yet recommended.")
    return "\n".join([head, *lines, f"**{verdict}** {practice_signal()}"])


def share_preview(shown: str) -> str:
    """Before anything is shown."""
    head = _(
        "Nothing is shown yet. This, and nothing else of your interviews, would stand in the study channel for all to "
        "read:"
    )
    return f"{head}\n\n{shown}"


def share_under_way() -> str:
    """The second click."""
    return _("Thank you. It stands in the study channel in a moment.")


def shared_already() -> str:
    """Shared before."""
    return _("You shared this one already; it stands in the study channel.")


def nothing_to_share() -> str:
    """A round without a report, or of others."""
    return _("There is no report of a round of yours to share here. `/mock history` shows those you finished.")


def nowhere_to_share() -> str:
    """No question is asked in this space."""
    return _("There is no study channel here to share it in. An organiser makes one with `/study-admin setup`.")
