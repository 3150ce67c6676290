"""The app's manifest, derived from the declaration of the commands: what Slack needs to know to create the app."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from adapters.slack_chat import words
from adapters.slack_chat.commands import slash_names
from bot.commands import COMMANDS, MENUS, TOPICS, Menu
from bot.domain.inert import shorten
from bot.domain.outgoing import Button

Json = dict[str, Any]

#: The least rights with which everything works.
SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:write",
    "users:read",
)
EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "group_archive",
    "group_deleted",
    "group_left",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
    "user_change",
)
PATH = "/slack/events"
#: The limits of Slack's manual.
_DESCRIPTION_LIMIT = 100
_HINT_LIMIT = 100
_MENU_LIMIT = 24
_MENU_HELP_LIMIT = 150


def manifest(address: str | None = None) -> Json:
    """The manifest for Socket Mode, or for HTTP where the public address of our server is given."""
    url = {} if address is None else {"request_url": address.rstrip("/") + PATH}
    return {
        "display_information": {"name": words.BOT, "description": words.DESCRIPTION},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": words.BOT, "always_online": True},
            "shortcuts": [_shortcut(menu) for menu in MENUS],
            "slash_commands": [_slash(name, address) for name in slash_names()],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)} | url,
            "interactivity": {"is_enabled": True} | url,
            "org_deploy_enabled": False,
            "socket_mode_enabled": address is None,
            "token_rotation_enabled": False,
        },
    }


def create_link(shown: Mapping[str, Any]) -> str:
    """The page on which Slack creates the app from a manifest; the person presses two buttons there."""
    compact = json.dumps(shown, separators=(",", ":"))
    return f"https://api.slack.com/apps?new_app=1&manifest_json={quote(compact, safe='')}"


def _slash(name: str, address: str | None) -> Json:
    inside = [command for command in COMMANDS if command.path[0] == name]
    words_behind = " | ".join(command.path[1] for command in inside if len(command.path) > 1)
    options = " ".join(f"{option.name}:…" for command in inside if len(command.path) == 1 for option in command.options)
    told = {"command": f"/{name}", "description": shorten(TOPICS.get(name, inside[0].help), _DESCRIPTION_LIMIT)}
    # Escaped, a channel arrives with its id whatever it is called.
    shown: Json = told | {"should_escape": True}
    shown |= {"usage_hint": shorten(words_behind or options, _HINT_LIMIT)} if words_behind or options else {}
    return shown | ({"url": address.rstrip("/") + PATH} if address is not None else {})


def _shortcut(menu: Menu) -> Json:
    return {
        "name": shorten(menu.label, _MENU_LIMIT),
        "type": "message",
        "callback_id": Button(menu.action, menu.label).code,
        "description": shorten(menu.help, _MENU_HELP_LIMIT),
    }
