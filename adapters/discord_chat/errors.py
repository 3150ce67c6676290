"""Discord's errors in our words: try later, or do not try again and why."""

from __future__ import annotations

import asyncio

import aiohttp
from discord import HTTPException

from bot.domain.errors import NotNow, Refused, RefusedBecause, StudybotError

CANNOT_WRITE_TO_THEM = 50007
BAD_FORM = 50035
ARCHIVED = 50083
REPLY_NEEDS_HISTORY = 160002
THREAD_EXISTS = 160004
LOCKED = 160005

_CLOSED = (CANNOT_WRITE_TO_THEM, ARCHIVED, LOCKED)
#: What came apart between us and Discord; whether it was done there, nobody knows.
CUT = (aiohttp.ClientError, OSError, asyncio.TimeoutError)


class DiscordSaysNo(Refused):
    """Refused, with Discord's own number for it."""

    def __init__(self, code: int, why: str, because: RefusedBecause) -> None:
        super().__init__(why, because)
        self.code = code


class DeadToken(Refused):
    """The token is no good: nothing will work with it."""

    def __init__(self) -> None:
        super().__init__("Discord does not know this bot token (DISCORD_TOKEN); it was revoked or mistyped.")


class Throttled(NotNow):
    """A 429. `everywhere` means all requests of this bot, not only those of one kind."""

    def __init__(self, after: float, everywhere: bool) -> None:
        super().__init__(f"Discord asks for a pause of {after:g} seconds", after)
        self.pause = after
        self.everywhere = everywhere


def ours(error: HTTPException | aiohttp.ClientError | OSError | asyncio.TimeoutError) -> StudybotError:
    """The error in our words."""
    if not isinstance(error, HTTPException):
        return NotNow(f"Discord cannot be reached: {type(error).__name__}")
    why = f"Discord refused with {error.status} ({error.code}): {error.text or 'no words'}"
    return DiscordSaysNo(error.code, why, _because(error))


def _because(error: HTTPException) -> RefusedBecause:
    if error.code in _CLOSED:
        return RefusedBecause.CLOSED
    if error.status == 404 or (error.code == BAD_FORM and "message_reference" in error.text):
        return RefusedBecause.GONE
    if error.status in (401, 403) or error.code == REPLY_NEEDS_HISTORY:
        return RefusedBecause.NO_RIGHT
    return RefusedBecause.OTHER
