"""Signatures on what Slack sends over HTTP, right ones and wrong ones."""

from __future__ import annotations

import hashlib
import hmac
import time
from enum import Enum, auto


class Forgery(Enum):
    """What is wrong with a request that claims to come from Slack."""

    HONEST = auto()
    UNSIGNED = auto()
    WRONG_SECRET = auto()
    #: Signed well, six minutes ago.
    OLD = auto()
    #: The body was changed after signing.
    CHANGED = auto()
    #: Word for word a request that was sent before.
    AGAIN = auto()


SIX_MINUTES = 360


def signed(secret: str, body: str, at: float | None = None) -> dict[str, str]:
    """The headers that vouch for a body."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def forged(kind: Forgery, secret: str, body: str) -> tuple[dict[str, str], str]:
    """Headers and body of a request that is wrong in one way."""
    match kind:
        case Forgery.UNSIGNED:
            return {}, body
        case Forgery.WRONG_SECRET:
            return signed(secret[::-1] + "0", body), body
        case Forgery.OLD:
            return signed(secret, body, time.time() - SIX_MINUTES), body
        case Forgery.CHANGED:
            return signed(secret, body), body.replace('"text": "', '"text": "changed ', 1) + " "
        case Forgery.HONEST | Forgery.AGAIN:
            return signed(secret, body), body
