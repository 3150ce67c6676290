"""Who is let into the dashboard: signed links that open it for a short while, for one account of one group."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.refs import UserRef

#: So long a link opens the dashboard, and so long it stays open then.
LINK_LASTS = timedelta(minutes=15)
VISIT_LASTS = timedelta(hours=2)
#: Keeps a signature for this purpose from being one for another under the same key.
_PURPOSE = b"dashboard link:"


@dataclass(frozen=True, slots=True)
class Pass:
    """Lets one account of one group in until a moment."""

    group: int
    user: UserRef
    until: datetime


def signed(key: bytes, granted: Pass) -> str:
    """The pass as a piece of a link: readable to everybody, but nobody without the key can make or change one."""
    user = granted.user
    claims = [granted.group, user.platform, user.workspace, user.id, int(granted.until.timestamp())]
    text = _text(json.dumps(claims, separators=(",", ":")).encode())
    return f"{text}.{_text(_signature(key, text))}"


def read_signed(key: bytes, link: str, now: datetime) -> Pass | None:
    """The pass in a piece of a link; None for one that was not signed with this key, or is too old."""
    text, _, signature = link.partition(".")
    # Compared as bytes: what comes from outside may hold any character.
    if not hmac.compare_digest(_text(_signature(key, text)).encode(), signature.encode()):
        return None
    group, platform, workspace, id, until = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    granted = Pass(group, UserRef(platform, workspace, id), datetime.fromtimestamp(until, UTC))
    return granted if now < granted.until else None


def _signature(key: bytes, text: str) -> bytes:
    return hmac.new(key, _PURPOSE + text.encode(), hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
