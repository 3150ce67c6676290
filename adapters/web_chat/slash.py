"""The / box: what a typed command says, and what could come next. All of it derives from `bot.commands`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.web_chat import words
from bot import texts
from bot.commands import COMMANDS, Command, Option, OptionKind, Who, find, nearest, option_with, read_options
from bot.domain.errors import Mistake
from bot.ports import RoomChannel

#: A word, or name:"several words"; a quotation that is not closed yet runs to the end.
_TOKEN = re.compile(r'(?:[^\s"]|"[^"]*(?:"|$))+')
MOST = 16


@dataclass(frozen=True, slots=True)
class Called:
    """A command as it was typed."""

    path: tuple[str, ...]
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of the completion: `insert` is the whole text of the box when it is taken."""

    insert: str
    title: str
    help: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the box should offer: our own suggestions, or those of the bot for an option."""

    head: str = ""
    items: tuple[Suggestion, ...] = ()
    path: tuple[str, ...] = ()
    option: str = ""
    typed: str = ""
    before: str = ""


def is_command(text: str) -> bool:
    """Whether a text is a command rather than a message. A blank before the slash makes it a message."""
    return bool(re.match(r"/[A-Za-z]", text))


def read(text: str, channels: Sequence[RoomChannel] = ()) -> Called:
    """The command a text calls; the name of a channel becomes its id. Raises `Mistake` for a command that does not
    exist or is not written right."""
    tokens = _TOKEN.findall(text[1:])
    command = _longest(tokens)
    if command is None:
        path = tuple(token.lower() for token in tokens[:2] if ":" not in token)
        meant = nearest(path) if path else None
        raise Mistake(words.unknown_command("/" + " ".join(path or tokens[:1]), meant.title if meant else None))
    options = dict(_option(token, command) for token in tokens[len(command.path) :])
    return Called(command.path, _with_ids(command, read_options(command, options), channels))


def _with_ids(command: Command, options: dict[str, str], channels: Sequence[RoomChannel]) -> dict[str, str]:
    of_channels = {option.name for option in command.options if option.kind is OptionKind.CHANNEL}
    return {name: _id_of(value, channels) if name in of_channels else value for name, value in options.items()}


def _id_of(typed: str, channels: Sequence[RoomChannel]) -> str:
    """The channel's id; what names none of ours is left for the bot to judge."""
    name = typed.removeprefix("#").casefold()
    return next((channel.id for channel in channels if name in (channel.id.casefold(), channel.name.casefold())), typed)


def _longest(tokens: Sequence[str]) -> Command | None:
    lowered = tuple(token.lower() for token in tokens)
    found = (find(lowered[:count]) for count in range(len(lowered), 0, -1))
    return next((command for command in found if command is not None), None)


def _option(token: str, command: Command) -> tuple[str, str]:
    name, colon, value = token.partition(":")
    if colon:
        return name.lower(), value.replace('"', "")
    meant = option_with(command, token.lower())
    if meant is None:
        raise Mistake(texts.option_without_name(token, command.example))
    return meant.name, token.lower()


def suggest(text: str, organiser: bool, channels: Sequence[RoomChannel] = ()) -> Wanted:
    """What fits behind a text that begins with a slash."""
    tokens = _TOKEN.findall(text[1:])
    command = _longest(tokens)
    begun = tokens[-1] if tokens and not text[-1].isspace() else ""
    typed_path = " ".join(tokens).lower()
    if command is None or (begun and len(tokens) == len(command.path)):
        return Wanted(words.COMMAND_HEAD, _commands(typed_path, organiser))
    before = text[: len(text) - len(begun)]
    name, colon, value = begun.partition(":")
    if colon:
        return _values(command, name.lower(), value, f"{before}{name}:", channels)
    return Wanted(command.title, _options(command, tokens, name.lower(), before))


def _commands(typed: str, organiser: bool) -> tuple[Suggestion, ...]:
    """Commands that begin so, or hold it; an organiser's only to organisers, who alone may call them."""
    open_to = [command for command in COMMANDS if organiser or command.who is Who.EVERYONE]
    names = [(" ".join(command.path), command) for command in open_to]
    first = [command for name, command in names if name.startswith(typed)]
    rest = [command for name, command in names if typed in name and command not in first]
    return tuple(
        Suggestion(
            command.title + (" " if command.options else ""),
            command.title,
            command.help,
            words.ORGANISERS_ONLY if command.who is Who.ORGANISER else "",
        )
        for command in (first + rest)[:MOST]
    )


def _options(command: Command, tokens: Sequence[str], begun: str, before: str) -> tuple[Suggestion, ...]:
    given = {token.partition(":")[0].lower() for token in tokens if ":" in token}
    free = [option for option in command.options if option.name not in given and option.name.startswith(begun)]
    named = [Suggestion(f"{before}{option.name}:", f"{option.name}:", option.help) for option in free]
    # A value that only one option has needs no name, as in "/mock loop".
    values = [choice for option in command.options if option.name not in given for choice in option.choices]
    alone = [each for each in values if begun and each.startswith(begun) and option_with(command, each)]
    return (*(value(before, each, each) for each in alone), *named)[:MOST]


def _values(command: Command, name: str, typed: str, before: str, channels: Sequence[RoomChannel]) -> Wanted:
    option = next((option for option in command.options if option.name == name), None)
    if option is None:
        return Wanted()
    if option.completes:
        return Wanted(option.help, (), command.path, name, typed.replace('"', ""), before)
    if option.kind is OptionKind.CHANNEL:
        begun = typed.removeprefix("#").casefold()
        named = [f"#{channel.name}" for channel in channels if channel.name.casefold().startswith(begun)]
        return Wanted(option.help, tuple(value(before, name, name) for name in named[:MOST]))
    return Wanted(option.help, _choices(option, typed, before))


def _choices(option: Option, typed: str, before: str) -> tuple[Suggestion, ...]:
    fitting = [choice for choice in option.choices if choice.startswith(typed.lower())]
    return tuple(value(before, choice, choice) for choice in fitting)


def value(before: str, chosen: str, label: str) -> Suggestion:
    """A value for an option, in quotation marks when it holds blanks."""
    quoted = f'"{chosen}"' if re.search(r"\s", chosen) else chosen
    return Suggestion(f"{before}{quoted} ", label, "" if label == chosen else chosen)
