"""Every sentence the room itself shows. What the bot says comes from `bot.texts` instead."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import texts
from bot.domain.standings import Board, Period

ROOM = "Study room"
BOT = "studybot"

# Coming in
WHO_TITLE = "Who are you today?"
WHO_INTRO = (
    "This is a chat on your own machine: no account, no password. Pick one of the demo names to look around, "
    "or come in under a name of your own."
)
WHO_DEMO = "Demo people"
WHO_NEW = "Be someone new"
WHO_NAME = "Your name"
WHO_HINT = "as the others will see it"
WHO_ENTER = "Come in"
WHO_FOOT = "Open a second browser, be somebody else there, and talk to yourself: both windows follow live."
NAME_MISSING = "Please write a name first."
NAME_OF_BOT = "That is the bot's own name. Please take another one."
NOBODY_THERE = "That name is not in the room any more. Please pick another one."
DEMO = "demo"
ORGANISER = "organiser"
LEARNER = "learner"

# The room
SKIP = "Skip to the messages"
MENU = "Channels, question and board"
CLOSE = "Close"
CHANNELS = "Channels"
CHANNEL_NOTE = "One question a day, answered in its thread"
BACK = "Back to the channel"
TODAY = "Today's question"
TODAY_NONE = "No question is open here right now. The next one comes by itself."
TODAY_ANSWERED = "You have answered it"
BOARD = "Board"
BOARD_EMPTY = "Nobody has points here yet. The first answer opens the board."
BOARD_AWAY = "The board is taking a breath. It comes back by itself."
NO_RANK = "not ranked yet"
SOMEBODY = "somebody who left"
NAMELESS = "a member"
PEOPLE = "People"
MINE = "My dashboard"
SWITCH = "Be someone else"
THEME = "Light or dark"
WELCOME = "Welcome to #{channel}"
BEGINNING = (
    "This is where it begins. The question of the day arrives by itself; answer it in its thread, in your own words, "
    "and the bot comments. Type / to see what else it can do."
)
CHANNEL_EMPTY = "Nobody has said anything yet."
THREAD = "Thread"
THREAD_EMPTY = "No answers here yet. Yours can be the first: write it below, in your own words."
CHANNEL_BOX = "Message #{channel}, or / for a command"
THREAD_BOX = "Write your answer, or join the talk"
ROUND = "Mock round"
ROUND_BOX = "Answer, or say hint, skip, pause, stop"
SEND = "Send"
BOX_HINT = "Enter sends, Shift+Enter makes a new line, / shows the commands"
NEW_MESSAGES = "New messages below"
LIVE_LOST = "The line to the bot is interrupted. I keep trying; what you typed stays here."
JS_NEEDED = "The study room needs JavaScript, which is switched off in this browser."

# Messages
BOT_TAG = "bot"
EDITED = "edited"
ONLY_YOU = "Only you can see this"
DISMISS = "Dismiss"
REVIEWING = "reviewing"
REPLY = "Reply"
REPLY_TO = "Reply to"
REPLYING = "Replying to {name}"
CANCEL = "Cancel"
OPEN_THREAD = "Open the thread"
START_THREAD = "Answer in the thread"
GO_TO_ROOM = "Go to your round"
EDIT = "Edit"
DELETE = "Delete"
DELETE_ASK = "Delete this message? If it is your answer, its comment and points go with it."
SAVE = "Save"
COUNT = "Count this as my answer"
NOT_ANSWER = "This was not an answer"
MORE = "More for this message"
GONE_QUOTE = "a message that was deleted"
FOR_SPEAKER = "through the form"

# When something does not work
TRY_AGAIN = "That could not be stored just now. Your text is still here; please send it again in a moment."
STILL_WORKING = "I am on it. The answer will appear here in a moment."
GONE = "That message is not there any more."
NOT_YOURS = "Only the author can change a message."
NO_BUTTON = "That button is not there any more. The page now shows what is."
TOO_LONG = "That is {over} characters too long for one message; {limit} fit. Your text is still here."
NOT_FROM_HERE = "This request did not come from the study room, so I left it alone. Please load the page again."
SIGN_IN_FIRST = "You have left the room in another tab. Come in again; your text is still here."
STARTING = "Just a moment, the study room is opening"
STARTING_MORE = "This page looks again by itself."

NO_CHANNEL = "This channel"
NO_CHANNEL_MEND = "The study room has no such channel. Its channels stand at the left; name one of those."

# Commands
COMMAND_HEAD = "Commands"
CHOICE_HEAD = "Choices"
CHOOSE_ONE = "Please choose at least one."
PEOPLE_HEAD = "People"
ORGANISERS_ONLY = "organisers"


def unknown_command(typed: str, meant: str | None) -> str:
    """What to do about a command that does not exist."""
    hint = f"Did you mean {meant}?" if meant else "Type / to see them all."
    return f"I know no command {typed}. {hint} To send it as a message, put a space before it."


def replies(count: int) -> str:
    """The link to a thread."""
    return "1 reply" if count == 1 else f"{count} replies"


def points(count: int) -> str:
    """Points on a board."""
    return "1 point" if count == 1 else f"{count} points"


def you(streak: int) -> str:
    """Beside one's own name on the board, with one's streak from its second day on."""
    return f"you, {streak} days in a row" if streak > 1 else "you"


def possible(board: Board) -> str:
    """Below the board: how much of what was possible the viewer has."""
    return texts.possible_line(board)


def period(name: Period) -> str:
    """The tabs of the board."""
    return "All" if name is Period.ALL else name.value.capitalize()


def clock_time(at: datetime) -> str:
    """The time of day beside a message."""
    return f"{at:%H:%M}"


def day(at: datetime, now: datetime) -> str:
    """The line between two days."""
    if at.date() == now.date():
        return "Today"
    if at.date() == (now - timedelta(days=1)).date():
        return "Yesterday"
    return f"{at:%A}, {at.day} {at:%B}" + ("" if at.year == now.year else f" {at.year}")


def full_time(at: datetime) -> str:
    """The whole moment, for those who point at the time."""
    return f"{at:%A}, {at.day} {at:%B %Y}, {at:%H:%M}"


def closes(at: datetime, now: datetime) -> str:
    """When today's question closes, in the reader's own zone."""
    if at.date() == now.date():
        return f"open until {at:%H:%M} today"
    if at.date() == (now + timedelta(days=1)).date():
        return f"open until tomorrow, {at:%H:%M}"
    return f"open until {at:%A}, {at:%H:%M}"
