"""What the Discord adapter is told at the front door."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

API_BASE = "https://discord.com/api/v10"


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """All traffic follows these addresses; without `gateway_url` the gateway's own address is asked of the API."""

    token: str = field(repr=False)
    api_base: str = API_BASE
    gateway_url: str | None = None
    #: May hold a password.
    proxy: str | None = field(default=None, repr=False)

    @property
    def bucket(self) -> str:
        """Where requests under this token take their turns."""
        return f"discord:{hashlib.sha256(self.token.encode()).hexdigest()[:16]}"
