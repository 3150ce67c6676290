"""How long to wait before the next IDENTIFY, so that a bot that is started again and again stays far from Discord's
limit of 1,000 a day, at which it resets the token (FAULTS 65)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: So many sessions of a day begin at once; each further one waits a minute longer than the one before, up to six.
#:
#: Discord itself counts them, so the count outlives every restart of ours. The first hour then brings at most
#: 6 at once, 5 more in 15 minutes, and 7 in the other 45: 18. Any later hour brings 10, and an hour in which
#: Discord's count begins anew no more than 19.
AT_ONCE = 6
STEP_SECONDS = 60.0
LONGEST_SECONDS = 360.0


def pause_before(limit: Mapping[str, Any]) -> float:
    """Seconds to wait, by the `session_start_limit` that Discord tells with its gateway's address."""
    if limit["remaining"] <= 0:
        return float(limit["reset_after"]) / 1000
    begun = int(limit["total"]) - int(limit["remaining"])
    return min(max(begun - AT_ONCE + 1, 0) * STEP_SECONDS, LONGEST_SECONDS)
