"""Pictures on Discord: a file beside the message, with what it shows in words. A text never stays out because its
picture does."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from adapters.discord_chat.content import Piece, attached
from adapters.discord_chat.errors import DiscordSaysNo
from bot.domain.errors import RefusedBecause
from bot.domain.outgoing import Picture

log = logging.getLogger(__name__)

Send = Callable[[Mapping[str, Any], Picture | None], Awaitable[Any]]


async def with_picture(piece: Piece, send: Send) -> Any:
    """Sends a message with its picture, and without it where we may not attach files. Raises as `send`."""
    if piece.picture is None:
        return await send(piece.message, None)
    try:
        return await send(attached(piece.message, piece.picture), piece.picture)
    except DiscordSaysNo as no:
        if no.because is not RefusedBecause.NO_RIGHT:
            raise
        log.info("discord_takes_no_picture", extra={"why": str(no)})
    return await send(piece.message, None)
