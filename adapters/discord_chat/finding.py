"""Whether something we tried to say arrived: the platform's own list of messages knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from discord.utils import time_snowflake

from adapters.discord_chat.content import button_ids
from adapters.discord_chat.rest import Rest

Message = Mapping[str, Any]

#: Two clocks may differ by so much.
SKEW = timedelta(minutes=2)
PAGE = 100
#: A thread in which more was written since then is read no further.
MOST_PAGES = 20


async def written_since(rest: Rest, place: str, since: datetime) -> AsyncIterator[Message]:
    """What stands in a place, oldest first. Raises `NotNow` or `Refused`."""
    after = str(time_snowflake(since - SKEW))
    for _ in range(MOST_PAGES):
        params = {"limit": PAGE, "after": after}
        page = await rest.call("GET", "/channels/{channel_id}/messages", params=params, channel_id=place)
        ordered = sorted(page, key=lambda message: int(message["id"]))
        for message in ordered:
            yield message
        if len(ordered) < PAGE:
            return
        after = ordered[-1]["id"]


async def find_ours(
    rest: Rest, place: str, since: datetime, body: Mapping[str, Any], reply_to: str | None, exact: bool
) -> str | None:
    """The id of our message with this body: known by its buttons, else by what it answers, else by its words.

    A later version of a text was perhaps written meanwhile, so words alone decide only where nothing else can, or
    where `exact` says that several messages share all but their words.
    """
    me = (await rest.account()).id
    fits = _fits(body, reply_to, exact)
    async for message in written_since(rest, place, since):
        if message["author"]["id"] == me and fits(message):
            return str(message["id"])
    return None


def _fits(body: Mapping[str, Any], reply_to: str | None, exact: bool) -> Callable[[Message], bool]:
    buttons = button_ids(body)
    if exact or not (buttons or reply_to):
        return lambda message: _same_words(message, body)
    if buttons:
        return lambda message: bool(buttons & button_ids(message))
    return lambda message: _answers(message) == reply_to


def _same_words(message: Message, body: Mapping[str, Any]) -> bool:
    """Discord takes blanks off both ends."""
    return bool(message["content"] == body["content"].strip())


def _answers(message: Message) -> str | None:
    return (message.get("message_reference") or {}).get("message_id")


def shows(message: Message, body: Mapping[str, Any]) -> bool:
    """Whether a message reads as this body would make it."""
    return _same_words(message, body) and button_ids(message) == button_ids(body)
