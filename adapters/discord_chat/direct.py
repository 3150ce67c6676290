"""Private conversations with people."""

from __future__ import annotations

from collections import OrderedDict

from adapters.discord_chat.rest import Rest

MOST = 5_000


class Direct:
    """Knows the place of each conversation; it never changes, so Discord is asked once."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._places: OrderedDict[str, str] = OrderedDict()

    async def place(self, user: str) -> str:
        """The id of the conversation with somebody. Raises `NotNow` or `Refused`."""
        if user not in self._places:
            opened = await self._rest.call("POST", "/users/@me/channels", json={"recipient_id": user})
            self._places[user] = str(opened["id"])
            if len(self._places) > MOST:
                self._places.popitem(last=False)
        return self._places[user]
