"""Every command, declared once. The study room's box, `/study help` and docs/commands.md derive from this list,
and so will every platform's own command tree."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.companies import Competency
from bot.domain.errors import Mistake
from bot.domain.outgoing import Action
from bot.domain.questions import Level
from bot.domain.rounds import Mode, Wish


class Who(StrEnum):
    """Who may call a command."""

    EVERYONE = "everyone"
    ORGANISER = "organiser"


class OptionKind(StrEnum):
    """What an option holds: words, or the id of a channel or of a person, which adapters read from the platform's own
    notation. Where a platform has none for people, their name is given."""

    TEXT = "text"
    CHANNEL = "channel"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command. `choices` is closed; `completes` means that suggestions are asked for while typing."""

    name: str
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    completes: bool = False
    kind: OptionKind = OptionKind.TEXT


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


class Wrong(StrEnum):
    """What is wrong with an option."""

    UNKNOWN = "unknown"
    NO_CHOICE = "no_choice"
    MISSING = "missing"


class WrongOption(Mistake):
    """An option that does not fit its command; `option` is the declared one, unless there is none of that name."""

    def __init__(self, wrong: Wrong, command: Command, option: Option | None = None) -> None:
        super().__init__(f"{command.title}: {wrong.value} option {option.name if option is not None else ''}".rstrip())
        self.wrong = wrong
        self.command = command
        self.option = option


PERIODS = ("day", "week", "month", "season", "all")
#: What a board may be of, seen from where the command is called; and what it counts.
BOARDS_OF = ("group", "channel", "track")
VIEWS = ("points", "growth")

#: What a command is for when it is called without its second word, and how it is told in lists of commands.
TOPICS = {
    "study": "Today's question, your progress and help.",
    "study-admin": "For organisers: set up, pause and look after the daily question.",
}


@dataclass(frozen=True, slots=True)
class Menu:
    """Something to choose from the menu of a message."""

    action: Action
    label: str
    help: str


MENUS = (
    Menu(Action.COUNT_AS_ANSWER, "Count as my answer", "Your message in the thread is your answer to the question."),
    Menu(Action.NOT_AN_ANSWER, "This was no answer", "Your message is not counted as an answer."),
)

#: Buttons of organisers and moderators, and the command with which they would do the same: its right is asked for.
ORGANISERS_ACTIONS = {
    Action.CONFIRM_SETUP: ("study-admin", "setup"),
    Action.ASK_ALONG: ("study-admin", "setup"),
    Action.POST_NOW: ("study-admin", "post"),
    Action.CONFIRM_JOIN: ("study-admin", "join"),
    Action.SHOW_APPEAL: ("study-admin", "appeals"),
    Action.KEEP_GRADE: ("study-admin", "appeals"),
    Action.TAKE_SECOND: ("study-admin", "appeals"),
    Action.GIVE_GRADE: ("study-admin", "appeals"),
    Action.LET_COUNT: ("study-admin", "appeals"),
}

COMMANDS: tuple[Command, ...] = (
    Command(
        ("leaderboard",),
        "Who is ahead: the top, you and your neighbours.",
        "/leaderboard period:week",
        options=(
            Option("period", "Which days count; this week if you leave it out.", choices=PERIODS),
            Option("when", "An earlier one: last, 2026-Q3, 2026-10, 2026-W48 or 2026-11-23."),
            Option("of", "Whose board: the group's, this channel's, or its track's.", choices=BOARDS_OF),
            Option("track", "Another track, by the packs it asks from.", completes=True),
            Option("view", "All points, or growth alone: what second attempts added.", choices=VIEWS),
            Option("show", "Organisers may show the board to all.", choices=("me", "all")),
        ),
    ),
    Command(
        ("mock",),
        "A private mock interview: one round, or a company's whole loop.",
        "/mock company:microsoft round:system-design",
        options=(
            Option(
                "action",
                "What to do; a new round if you leave it out.",
                choices=("start", "loop", "history", *(wish.value for wish in Wish)),
            ),
            Option("company", "Whose style; a neutral interviewer if you leave it out.", completes=True),
            Option("role", "What you apply for.", choices=("backend",)),
            Option("round", "What the round is about.", choices=tuple(each.value for each in Competency)),
            Option("level", "How much experience is expected.", choices=tuple(each.value for each in Level)),
            Option("minutes", "How long, 5 to 90 minutes."),
            Option(
                "mode", "Feedback after each answer, or only at the end.", choices=tuple(each.value for each in Mode)
            ),
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
    Command(
        ("study", "long"),
        "Answer today's question in several messages, or with a code file; say when you are done.",
        "/study long",
    ),
    Command(
        ("study", "answers"),
        "What others answered, once you have answered yourself or the question is closed.",
        "/study answers",
    ),
    Command(
        ("study", "hint"),
        "The next hint for today's question, shown to you alone; each costs 1 point.",
        "/study hint",
    ),
    Command(
        ("study", "progress"),
        "Your points, your streak and your latest reviews, for your eyes only.",
        "/study progress",
    ),
    Command(
        ("study", "again"),
        "Be asked in private what you are about to forget; what comes back, and when.",
        "/study again action:on",
        options=(
            Option("action", "Begin, or end it; leave it out to see what comes back.", choices=("on", "off")),
            Option("questions", "How many come in the one message of a day.", choices=("1", "2")),
        ),
    ),
    Command(
        ("study", "privacy"),
        "Where your answers go, what boards show of you, whether you hear of your streak.",
        "/study privacy board:hide",
        options=(
            Option("board", "Hide your name on the board, or show it.", choices=("hide", "show")),
            Option("name", "Another name for the boards, such as Night Owl; none for your own."),
            Option("streak", "Your own streak, and a word at 7, 30 and 100 days.", choices=("on", "off")),
        ),
    ),
    Command(
        ("study", "timezone"),
        "The time zone your days are counted in.",
        "/study timezone zone:Europe/Berlin",
        options=(Option("zone", "Such as Europe/Berlin, or auto; leave it out to see yours.", completes=True),),
    ),
    Command(
        ("study", "link"),
        "Make your accounts on two platforms one: one history, one line on the board.",
        "/study link code:BCDF-GHJK",
        options=(Option("code", "The code your other account was given; leave it out to be given one."),),
    ),
    Command(
        ("study-admin", "setup"),
        "Choose channel, time, days and questions; you see a private preview first.",
        "/study-admin setup time:09:00 zone:Europe/Berlin days:mon-fri pack:microsoft-backend",
        Who.ORGANISER,
        (
            Option("channel", "Where to ask; this channel if you leave it out.", kind=OptionKind.CHANNEL),
            Option("time", "Local time of the daily question, such as 09:00."),
            Option("zone", "Time zone, such as Europe/Berlin.", completes=True),
            Option("days", "Days of the week, such as mon-fri or daily."),
            Option("pack", "Question packs, separated by commas.", completes=True),
            Option("comments", "What stands in the thread under an answer.", choices=("brief", "full", "private")),
            Option("answers", "Hidden ones come by form and are open at the close.", choices=("open", "hidden")),
            Option("again", "Ask again, labelled, what the group is about to forget.", choices=("off", "on")),
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
        ("study-admin", "digest"),
        "The weekly digest of this channel: on, off, or what it would say now.",
        "/study-admin digest preview",
        Who.ORGANISER,
        (Option("do", "Leave it out to see how it stands.", choices=("on", "off", "preview")),),
    ),
    Command(
        ("study-admin", "goal"),
        "A goal for the whole group, told in the weekly digest: so many percent answer so often a week.",
        "/study-admin goal answers:3 share:80",
        Who.ORGANISER,
        (
            Option("answers", "How often a week, 1 to 7."),
            Option("share", "How many percent of those who take part, 1 to 100."),
            Option("set", "End the goal.", choices=("off",)),
        ),
    ),
    Command(
        ("study-admin", "join"),
        "Make this community and another one, on whichever platform, a single group with one board.",
        "/study-admin join code:BCDF-GHJK",
        Who.ORGANISER,
        (Option("code", "The code an organiser over there was given; leave it out to be given one."),),
    ),
    Command(
        ("study-admin", "appeals"),
        "Appealed reviews that wait for a moderator; you see the case and decide.",
        "/study-admin appeals",
        Who.ORGANISER,
    ),
    Command(
        ("study-admin", "moderators"),
        "Who decides appeals beside the organisers; appoint somebody, or no longer.",
        "/study-admin moderators add:@somebody",
        Who.ORGANISER,
        (
            Option("add", "Somebody who took part here already.", kind=OptionKind.USER),
            Option("remove", "Somebody you appointed.", kind=OptionKind.USER),
        ),
    ),
    Command(
        ("study-admin", "budget"),
        "What reviews by a language model cost this group, and how much they may cost.",
        "/study-admin budget day:1.00 month:10.00",
        Who.ORGANISER,
        (
            Option("month", "For all, each month: dollars (5.00), tokens (200000tokens), none or default."),
            Option("day", "For all, each day."),
            Option("member-day", "For each member, each day."),
        ),
    ),
    Command(
        ("study-admin", "grader"),
        "How good the reviewer is: measured against answers graded by people.",
        "/study-admin grader",
        Who.ORGANISER,
    ),
    Command(
        ("study-admin", "question"),
        "How your questions do: difficulty, separation, appeals, helpful votes; all of them, or one.",
        "/study-admin question question:caching-strategy",
        Who.ORGANISER,
        (Option("question", "One question by its id; all that were asked if you leave it out.", completes=True),),
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


def option_with(command: Command, value: str) -> Option | None:
    """The option that is meant by a value without its name, as in "/leaderboard week": the only one that has it among
    its choices, or else, as in "/mock microsoft", the only one whose values are suggested."""
    fitting = [option for option in command.options if value in option.choices]
    fitting = fitting or [option for option in command.options if option.completes]
    return fitting[0] if len(fitting) == 1 else None


def read_options(command: Command, given: Mapping[str, str]) -> dict[str, str]:
    """The options as given, checked against the declaration. Raises `WrongOption`."""
    known = {option.name: option for option in command.options}
    for name, value in given.items():
        if name not in known:
            raise WrongOption(Wrong.UNKNOWN, command)
        choices = known[name].choices
        if choices and value not in choices:
            raise WrongOption(Wrong.NO_CHOICE, command, known[name])
    for option in command.options:
        if option.required and not given.get(option.name):
            raise WrongOption(Wrong.MISSING, command, option)
    return {name: value.strip() for name, value in given.items() if value.strip()}
