"""The first word, privacy, and one's own page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.inert import inert
from bot.domain.standings import Place
from bot.domain.streaks import Streak
from bot.texts.standings import standing_line
from bot.texts.streaks import streak_line
from bot.texts.wording import _, when


def label_hide() -> str:
    """The one click of the first word."""
    return _("Hide my name on the board")


def label_show() -> str:
    """Back on the board."""
    return _("Show my name on the board")


def welcome(where_answers_go: str) -> str:
    """The first word to a new member (RULES, Quiet)."""
    return _(
        "Welcome! Three things, once:\n"
        "- {where}\n"
        "- Your points are on this group's board. One click below hides your name there.\n"
        "- In private I write only about your own answers, or when you ask. `/study help` shows what you can ask."
    ).format(where=where_answers_go)


def where_offline() -> str:
    """Where the text of answers goes with the offline reviewer."""
    return _("Your answers stay on this machine: a word check reviews them, and no outside service sees them.")


def hidden_now() -> str:
    """After hiding."""
    return _("Done: the board no longer shows your name. `/study privacy board:show` brings it back.")


def shown_now() -> str:
    """After showing."""
    return _("Done: the board shows your name again. `/study privacy board:hide` hides it.")


def alias_set(alias: str) -> str:
    """After taking another name."""
    return _(
        "Done: every board shows you as {alias}. In threads your messages still bear the name of your account. "
        "`/study privacy name:none` takes your own name again."
    ).format(alias=inert(alias, 40))


def alias_none() -> str:
    """After giving it up."""
    return _("Done: boards show your own name again.")


def alias_taken() -> str:
    """A name that is, or looks like, another member's."""
    return _(
        "Somebody here goes by that name, or by one that looks the same, so nothing was changed. Please take another."
    )


def alias_unfit() -> str:
    """A name that cannot be shown."""
    return _(
        "That name cannot stand on a board, so nothing was changed. It needs a letter or a digit, "
        "and at most 40 characters."
    )


def privacy(where_answers_go: str, hidden: bool, streak: bool, alias: str = "") -> str:
    """`/study privacy`."""
    if hidden:
        board = _("The board does not show your name; `/study privacy board:show` brings it back.")
    elif alias:
        board = _("Boards show you as {alias}; `/study privacy name:none` takes your own name.").format(
            alias=inert(alias, 40)
        )
    else:
        board = _('The board shows your name; `/study privacy board:hide` hides it, `name:"Night Owl"` shows another.')
    days = (
        _("You see your own streak beside your points; `/study privacy streak:off` ends that.")
        if streak
        else _("Your streak is not mentioned; `/study privacy streak:on` brings it back.")
    )
    deleted = _("Delete a message in a question's thread, and its text, comment and points are gone.")
    return "\n".join(f"- {line}" for line in (where_answers_go, board, days, deleted))


@dataclass(frozen=True, slots=True)
class HomeLine:
    """A question that is open, and whether the reader has answered it."""

    title: str
    closes_at: datetime
    zone: str
    answered: bool


def home(
    today: Sequence[HomeLine], week: Place | None, all_time: Place | None, streak: Streak | None, privacy: str
) -> str:
    """The bot's own page."""
    questions = [_home_line(line) for line in today] or [_("No question is open right now.")]
    parts = [
        _("**Today**"),
        *questions,
        "",
        standing_line(_("This week"), week),
        standing_line(_("All time"), all_time),
        *([streak_line(streak)] if streak is not None else []),
        "",
        privacy,
        "",
        _("`/study help` shows what I can do."),
    ]
    return "\n".join(parts)


def _home_line(line: HomeLine) -> str:
    state = _("You have answered it.") if line.answered else _("You have not answered it yet.")
    return _("- **{title}**, open until {when}. {state}").format(
        title=inert(line.title), when=when(line.closes_at, line.zone), state=state
    )


#: What turns a place without answers into words; services hand it to the welcome and to privacy.
WhereAnswersGo = Callable[[], str]
