"""The commands as Discord is told them, derived from the one declaration; told again only when they changed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.discord_chat.forms import ASKABLE
from adapters.discord_chat.rest import Rest
from bot.commands import COMMANDS, MENUS, TOPICS, Command, Option, OptionKind, Who
from bot.domain.outgoing import Action

log = logging.getLogger(__name__)

_COMMAND, _MESSAGE_MENU = 1, 3
_SUBCOMMAND, _STRING, _USER, _CHANNEL = 1, 3, 6, 7
_TYPES = {OptionKind.TEXT: _STRING, OptionKind.USER: _USER, OptionKind.CHANNEL: _CHANNEL}
_MANAGE_SERVER = 1 << 5
#: In servers only, and installed there only.
_PLACES: dict[str, Any] = {"contexts": [0], "integration_types": [0]}


def tree() -> list[dict[str, Any]]:
    """All commands and message menus."""
    alone = [_command(each.path[0], each.help, (each,)) for each in COMMANDS if len(each.path) == 1]
    topics = [_command(name, help, _under(name)) for name, help in TOPICS.items()]
    menus = [{"type": _MESSAGE_MENU, "name": menu.label, **_PLACES} for menu in MENUS]
    return alone + topics + menus


def _under(topic: str) -> tuple[Command, ...]:
    return tuple(each for each in COMMANDS if each.path[0] == topic and len(each.path) > 1)


def _command(name: str, help: str, commands: tuple[Command, ...]) -> dict[str, Any]:
    """Discord hides an organiser's command from others; that they may call it is checked again when it comes."""
    alone = len(commands[0].path) == 1
    inside = _options(commands[0]) if alone else [_subcommand(each) for each in commands]
    hidden = all(each.who is Who.ORGANISER for each in commands)
    rights = {"default_member_permissions": _MANAGE_SERVER} if hidden else {}
    return {"type": _COMMAND, "name": name, "description": help[:100], "options": inside} | rights | _PLACES


def _subcommand(command: Command) -> dict[str, Any]:
    name, help = command.path[1], command.help[:100]
    return {"type": _SUBCOMMAND, "name": name, "description": help, "options": _options(command)}


def _options(command: Command) -> list[dict[str, Any]]:
    """Required ones first, as Discord wants them."""
    return [_option(each) for each in sorted(command.options, key=lambda option: not option.required)]


def _option(option: Option) -> dict[str, Any]:
    channel = option.kind is OptionKind.CHANNEL
    shown: dict[str, Any] = {
        "type": _TYPES[option.kind],
        "name": option.name,
        "description": option.help[:100],
        "required": option.required,
    }
    if channel:
        shown["channel_types"] = list(ASKABLE)
    if option.choices:
        shown["choices"] = [{"name": choice, "value": choice} for choice in option.choices]
    if option.completes:
        shown["autocomplete"] = True
    return shown


def menu_action(label: str) -> Action | None:
    """What an entry of a message's menu asks for."""
    return next((menu.action for menu in MENUS if menu.label == label), None)


async def declare(rest: Rest) -> None:
    """Makes Discord's list of our commands ours. Raises `NotNow` or `Refused`."""
    path, application = "/applications/{application_id}/commands", (await rest.account()).application
    known = await rest.call("GET", path, application_id=application)
    wanted = tree()
    if _plain(known) == _plain(wanted):
        return
    await rest.call("PUT", path, json=wanted, application_id=application)
    log.info("discord_commands_declared", extra={"commands": len(wanted)})


def _plain(commands: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What of commands can differ, without ids, versions and what Discord fills in by itself."""
    return sorted((_shape(each) for each in commands), key=repr)


def _shape(part: Mapping[str, Any]) -> Any:
    return (
        part["name"],
        part.get("type") or _COMMAND,
        part.get("description") or "",
        bool(part.get("required")),
        bool(part.get("autocomplete")),
        tuple(sorted(part.get("channel_types") or ())),
        tuple((choice["name"], choice["value"]) for choice in part.get("choices") or ()),
        str(part.get("default_member_permissions") or ""),
        tuple(sorted(part.get("contexts") or ())),
        tuple(_shape(option) for option in part.get("options") or ()),
    )
