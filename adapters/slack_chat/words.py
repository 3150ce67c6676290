"""What the adapter itself says on Slack. The bot's own words come from `bot.texts`."""

from __future__ import annotations

from bot.domain.inert import inert

BOT = "studybot"
DESCRIPTION = "One interview question a day, answered in its thread, with a kind review."

# ---------------------------------------------------------------- when something does not work

FORM_FAILED = "That could not be stored just now. Your text is still here: please press the button below once more."
FORM_SLOW = "I am still storing this. Nothing is lost: please press the button below once more in a moment."
NOT_INSTALLED = (
    "I am not installed in this workspace any more. An admin can install me again from Slack's app directory."
)


def unknown_channel(typed: str) -> str:
    """A channel that Slack did not turn into its own notation."""
    shown = inert(typed, 40)
    return (
        f"I could not find the channel “{shown}”. Type # and its first letters, and choose it from the list that "
        "Slack shows; a private channel has to invite me first."
    )


# ---------------------------------------------------------------- beside our texts

FORM_CANCEL = "Cancel"
FIELD_MORE = "(continued)"


# ---------------------------------------------------------------- rights


RIGHTS_MEND = "Reinstall the app with the manifest that `studybot manifest slack` prints, which asks for this right."
INVITE_MEND = "In the channel, type /invite @studybot and send it."
ARCHIVED_MEND = "Unarchive the channel, or choose another one."
NO_CHANNEL_MEND = "Choose a channel that exists; a private one has to invite the bot first: /invite @studybot"
TOKEN_MEND = "Install the app into this workspace again, and give the bot its new token (SLACK_BOT_TOKEN)."

IN_CHANNEL = "Being a member of the channel"
ARCHIVED = "Writing: the channel is archived"
CHANNEL = "Seeing this channel"
TOKEN = "A token that Slack accepts"

#: The rights (Slack calls them scopes) without which something would be missing, in people's words.
RIGHTS = {
    "chat:write": "Writing messages (chat:write)",
    "commands": "Slash commands and message menus (commands)",
    "channels:history": "Reading answers in public channels (channels:history)",
    "groups:history": "Reading answers in private channels (groups:history)",
    "channels:read": "Seeing public channels (channels:read)",
    "groups:read": "Seeing private channels (groups:read)",
    "im:history": "Reading answers in mock rounds (im:history)",
    "im:write": "Opening a private place for mock rounds (im:write)",
    "reactions:write": "Marking an answer as received (reactions:write)",
    "users:read": "Names, time zones and who is an admin (users:read)",
}

# ---------------------------------------------------------------- what a person's message is shown as

SOMEBODY = "@somebody"
SOME_CHANNEL = "#channel"
