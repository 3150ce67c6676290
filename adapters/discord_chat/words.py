"""The words that only Discord needs. All others are in `bot.texts`."""

from __future__ import annotations

# Buttons, commands and forms
STALE_COMMAND = "I have changed and no longer know this command. `/study help` lists what I can do now."
STALE_FORM = "This form is from an older version of me. Please open it again with the button or with `/study answer`."
ONLY_IN_SERVERS = "I can only do this in a server. Please call the command there."
NOT_A_MEMBER = "You are not in that server any more, so I changed nothing."
DONE = "Done."
NOT_STORED = "Here is what you wrote, so that you can send it again:"
SHOWN_BELOW = "Here it is, for everybody to see:"

# Rights: what is missing, and where to switch it on
WHERE_RIGHTS = (
    "In Discord: right-click the channel (on a phone hold it), Edit Channel, Permissions, add studybot, "
    "and allow “{name}”."
)
NO_CHANNEL = "a channel that I can see"
NO_CHANNEL_MEND = (
    "The channel is gone, or it is private and I am not in it. "
    "In Discord: right-click the channel, Edit Channel, Permissions, add studybot, and allow “View Channel”."
)
NOT_TEXT = "a text channel"
NOT_TEXT_MEND = (
    "I post a message and open a thread on it, which works in text and announcement channels only. Name one of those."
)
SLOW = "no slow mode for me"
SLOW_MEND = (
    "The channel's slow mode makes me wait between messages. "
    "In Discord: Edit Channel, Permissions, add studybot, and allow “Bypass Slowmode”; "
    "or switch slow mode off in Overview."
)
NO_CONTENT = "the right to read messages (Message Content Intent)"
NO_CONTENT_MEND = (
    "Without it I cannot see what people write in threads; the Answer button and its form work all the same. "
    "Switch it on at discord.com/developers: your application, Bot, Privileged Gateway Intents, Message Content Intent."
)
