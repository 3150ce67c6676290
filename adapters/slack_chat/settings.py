"""What the Slack adapter is told at the front door."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class SlackMode(StrEnum):
    """How Slack brings events: over a socket that we open, or as signed requests to our web server."""

    SOCKET = "socket"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """`app_token` belongs to Socket Mode, `signing_secret` to HTTP mode. All traffic follows `api_url`."""

    mode: SlackMode = SlackMode.SOCKET
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    api_url: str = "https://slack.com/api/"
