"""What stands behind a slash command: words and options, as `bot.commands` declares them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.slack_chat.typed import channel_id, mentioned, plain, unescape
from bot import texts
from bot.commands import COMMANDS, TOPICS, Command, Option, OptionKind, find, option_with
from bot.domain.errors import Mistake

#: A word, or name:"several words"; a quotation that is not closed yet runs to the end.
_TOKEN = re.compile(r'(?:<[^<>]*>|[^\s"]|"[^"]*(?:"|$))+')
_CURLED = str.maketrans("“”„‟″", '"""""')
HELP = ("study", "help")


@dataclass(frozen=True, slots=True)
class Called:
    """A command as it was typed."""

    path: tuple[str, ...]
    options: dict[str, str]


def read(slash: str, text: str) -> Called:
    """The command that "/study" and the text behind it call. A word nobody knows stays in the path, so that the core
    can say what was meant. Raises `Mistake` for an option that is not written right."""
    first = slash.removeprefix("/").lower()
    tokens = _TOKEN.findall(text.translate(_CURLED))
    if not tokens and first in TOPICS:
        return Called(HELP, {})
    path = tuple(token.lower() for token in tokens[:1])
    command = find((first, *path)) or find((first,))
    if command is None:
        return Called((first, *(unescape(word) for word in path)), {})
    return Called(command.path, _options(tokens[len(command.path) - 1 :], command))


def _options(tokens: Sequence[str], command: Command) -> dict[str, str]:
    only = command.options[0] if len(command.options) == 1 else None
    if only is not None and not only.choices and all(":" not in token for token in tokens):
        words_behind = " ".join(_value(only, token.replace('"', "")) for token in tokens)
        return {only.name: words_behind} if tokens else {}
    return dict(_option(token, command) for token in tokens)


def _option(token: str, command: Command) -> tuple[str, str]:
    name, colon, value = token.partition(":")
    if not colon or token.startswith("<"):
        return _by_value(token, command)
    option = next((one for one in command.options if one.name == name.lower()), None)
    return name.lower(), _value(option, value.replace('"', ""))


def _by_value(token: str, command: Command) -> tuple[str, str]:
    """A value without its option's name, where only one option can be meant, as in "/leaderboard week"."""
    value = plain(token.replace('"', ""))
    if (meant := option_with(command, value.lower())) is not None:
        return meant.name, value.lower()
    channels = [option.name for option in command.options if option.kind is OptionKind.CHANNEL]
    if channels and (id := channel_id(token)):
        return channels[0], id
    raise Mistake(texts.option_without_name(value, command.example))


def _value(option: Option | None, value: str) -> str:
    if option is not None and option.kind is OptionKind.USER:
        return next(iter(mentioned(value)), None) or plain(value)
    is_channel = option is not None and option.kind is OptionKind.CHANNEL
    return (channel_id(value) if is_channel else None) or plain(value)


def slash_names() -> tuple[str, ...]:
    """The words that begin a command, in the order of their declaration."""
    return tuple(dict.fromkeys(command.path[0] for command in COMMANDS))
