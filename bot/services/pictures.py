"""Replies that come with a picture: what it shows is read in the transaction, and drawn when that is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.outgoing import Immediate, Picture, Reply
from bot.domain.pictures import Sketch
from bot.ports import Pictures


@dataclass(frozen=True, slots=True)
class Illustrated:
    """A reply that still waits for its picture."""

    reply: Reply
    sketch: Sketch

    @property
    def public(self) -> bool:
        """Whether all may see it."""
        return self.reply.public


#: What a transaction may come to.
Filed = Immediate | Illustrated


def with_change(filed: Reply | Illustrated, change: Callable[[Reply], Reply]) -> Reply | Illustrated:
    """The reply changed; the picture it waits for stays the same."""
    return replace(filed, reply=change(filed.reply)) if isinstance(filed, Illustrated) else change(filed)


class NoPictures:
    """`bot.ports.Pictures` where nothing is drawn: every text goes out alone."""

    async def draw(self, sketch: Sketch) -> Picture | None:
        """No picture."""
        return None

    async def close(self) -> None:
        """Nothing is open."""


async def drawn(pictures: Pictures, filed: Filed) -> Immediate:
    """What goes out: the reply with its picture, or alone where that cannot be drawn."""
    if not isinstance(filed, Illustrated):
        return filed
    return replace(filed.reply, picture=await pictures.draw(filed.sketch))
