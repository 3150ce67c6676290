"""Channels by the name people type for them."""

from __future__ import annotations

import re

from adapters.slack_chat import words
from adapters.slack_chat.calls import Calls
from adapters.slack_chat.commands import Called
from bot.commands import OptionKind, find
from bot.domain.errors import Mistake
from bot.domain.refs import SpaceRef

_ID = re.compile("[CG][A-Z0-9]{6,}")
#: A thousand a page: larger workspaces have to choose from Slack's own list, which brings the id.
_MOST_PAGES = 5


class Places:
    """Looks channels up."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def with_ids(self, space: SpaceRef, called: Called) -> Called:
        """The command with ids for the channels in it: Slack brings them only where it is asked to, and knows the
        name. Raises `Mistake` for a channel nobody knows; `NotNow` or `Refused`."""
        command = find(called.path)
        names = [one.name for one in command.options if one.kind is OptionKind.CHANNEL] if command else []
        named = {name: called.options[name] for name in names if called.options.get(name)}
        ids = {name: await self._id(space, typed) for name, typed in named.items()}
        return Called(called.path, called.options | ids)

    async def _id(self, space: SpaceRef, typed: str) -> str:
        if _ID.fullmatch(typed):
            return typed
        name, cursor = typed.removeprefix("#").lower(), ""
        for _ in range(_MOST_PAGES):
            args: dict[str, str | int] = {"types": "public_channel,private_channel", "limit": 1000, "cursor": cursor}
            page = await self._calls.read(space, "conversations.list", exclude_archived="true", **args)
            for channel in page["channels"]:
                if channel.get("name_normalized", channel.get("name")) == name:
                    return str(channel["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        raise Mistake(words.unknown_channel(typed))
