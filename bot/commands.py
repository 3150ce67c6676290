"""Every command, declared once. The study room's box, `/study help` and docs/commands.md derive from this list,
and so will every platform's own command tree."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import Mistake


class Who(StrEnum):
    """Who may call a command."""

    EVERYONE = "everyone"
    ORGANISER = "organiser"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command. `choices` is closed; `completes` means that suggestions are asked for while typing."""

    name: str
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    completes: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `path` is its words without the slash."""

    path: tuple[str, ...]
    help: str
    example: str
    who: Who = Who.EVERYONE
    options: tuple[Option, ...] = ()

    @property
    def title(self) -> str:
        """The command as people type it, without options."""
        return "/" + " ".join(self.path)


PERIODS = ("day", "week", "month", "all")

COMMANDS: tuple[Command, ...] = (
    Command(
        ("leaderboard",),
        "Who is ahead: the top, you and your neighbours.",
        "/leaderboard period:week",
        options=(
            Option("period", "Which days count; this week if you leave it out.", choices=PERIODS),
            Option("show", "Organisers may show the board to all.", choices=("me", "all")),
        ),
    ),
    Command(
        ("study", "help"),
        "What I can do, with an example for each command.",
        "/study help",
        options=(Option("command", "Explain one command.", completes=True),),
    ),
    Command(("study", "today"), "Today's question, and whether you have answered it.", "/study today"),
    Command(("study", "answer"), "Answer today's question in a form.", "/study answer"),
    Command(("study", "progress"), "Your points and your latest reviews, for your eyes only.", "/study progress"),
    Command(
        ("study", "privacy"),
        "Where your answers go, and whether your name is on the board.",
        "/study privacy board:hide",
        options=(Option("board", "Hide your name on the board, or show it.", choices=("hide", "show")),),
    ),
    Command(
        ("study-admin", "setup"),
        "Choose channel, time, days and questions; you see a private preview first.",
        "/study-admin setup time:09:00 zone:Europe/Berlin days:mon-fri pack:microsoft-backend",
        Who.ORGANISER,
        (
            Option("channel", "Where to ask; this channel if you leave it out."),
            Option("time", "Local time of the daily question, such as 09:00."),
            Option("zone", "Time zone, such as Europe/Berlin.", completes=True),
            Option("days", "Days of the week, such as mon-fri or daily."),
            Option("pack", "Question packs, separated by commas.", completes=True),
            Option("comments", "What stands in the thread under an answer.", choices=("brief", "full", "private")),
        ),
    ),
    Command(
        ("study-admin", "post"),
        "Post one extra question now; the daily one comes all the same.",
        "/study-admin post",
        Who.ORGANISER,
    ),
    Command(
        ("study-admin", "preview"),
        "The next questions and their days, shown to you alone; nothing is used up.",
        "/study-admin preview count:7",
        Who.ORGANISER,
        (Option("count", "How many, 1 to 14; 7 if you leave it out."),),
    ),
    Command(
        ("study-admin", "pause"),
        "No daily question on these days; nobody loses anything by it.",
        "/study-admin pause until:2026-12-27",
        Who.ORGANISER,
        (
            Option("from", "First day without a question, as YYYY-MM-DD; today if you leave it out."),
            Option("until", "Last day without a question, as YYYY-MM-DD; open-ended if you leave it out."),
        ),
    ),
    Command(
        ("study-admin", "resume"),
        "End the pause: the next daily question comes on its day.",
        "/study-admin resume",
        Who.ORGANISER,
    ),
    Command(
        ("study-admin", "health"),
        "Last and next question, waiting reviews, anything that needs you.",
        "/study-admin health",
        Who.ORGANISER,
    ),
)


def find(path: tuple[str, ...]) -> Command | None:
    """The command with this path."""
    return next((command for command in COMMANDS if command.path == path), None)


def nearest(path: tuple[str, ...]) -> Command | None:
    """The command somebody probably meant."""
    titles = {" ".join(command.path): command for command in COMMANDS}
    close = difflib.get_close_matches(" ".join(path), titles, n=1, cutoff=0.5)
    return titles[close[0]] if close else None


def read_options(command: Command, given: Mapping[str, str]) -> dict[str, str]:
    """The options as given, checked against the declaration. Raises `Mistake` for one that cannot be."""
    known = {option.name: option for option in command.options}
    for name, value in given.items():
        if name not in known:
            raise Mistake(_unknown_option(command, name))
        choices = known[name].choices
        if choices and value not in choices:
            raise Mistake(f"`{name}` can be {_listed(choices)}. For example: `{command.example}`")
    for option in command.options:
        if option.required and not given.get(option.name):
            raise Mistake(f"`{command.title}` needs `{option.name}`: {option.help} For example: `{command.example}`")
    return {name: value.strip() for name, value in given.items() if value.strip()}


def _unknown_option(command: Command, name: str) -> str:
    known = tuple(option.name for option in command.options)
    if not known:
        return f"`{command.title}` takes no options. Send it without."
    return f"`{command.title}` has no option of that name. It knows {_listed(known)}. For example: `{command.example}`"


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
