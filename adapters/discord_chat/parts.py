"""What the door in and the door out share."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.discord_chat.answering import Answering
from adapters.discord_chat.direct import Direct
from adapters.discord_chat.members import Members
from adapters.discord_chat.openings import Openings
from adapters.discord_chat.rest import Rest
from adapters.discord_chat.settings import DiscordSettings
from adapters.discord_chat.signs import Signs
from bot.ports import Pace


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that speaks to Discord in one process."""

    settings: DiscordSettings
    rest: Rest
    answering: Answering
    openings: Openings
    signs: Signs
    members: Members
    direct: Direct

    async def close(self) -> None:
        """Ends what is open; whatever is said later opens anew."""
        await self.signs.close()
        await self.answering.close()
        await self.rest.close()


def parts_of(settings: DiscordSettings, pace: Pace) -> Parts:
    """All of them for one bot."""
    rest = Rest(settings, pace)
    return Parts(settings, rest, Answering(settings), Openings(), Signs(rest), Members(rest), Direct(rest))
