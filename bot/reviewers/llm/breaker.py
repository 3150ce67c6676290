"""When a server fails, nobody asks it for a while; then one caller tries."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.domain.errors import NotNow, Refused, RefusedBecause

#: So many failures in a row make everybody wait (FAULTS 36).
FAILURES = 3
#: The first pause; each failed trial doubles it, up to the longest.
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 30.0, 600.0
#: A server that names its own pause is believed, up to this.
LONGEST_BELIEVED_SECONDS = 3600.0
#: A key that is wrong or out of credit does not mend itself: one trial an hour (FAULTS 48).
SHUT_OUT_SECONDS = 3600.0
#: While one caller tries, the others come back after this.
TRIAL_SECONDS = 10.0


class Breaker:
    """Knows whether calls to one server make sense at this moment. `clock` tells seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._trials = 0
        self._closed_until = 0.0
        self._shut_out = ""
        self._trying_until = 0.0

    def enter(self) -> None:
        """Returns when a call may be made. Raises `NotNow` with the pause that is left, or `Refused` for as long as
        the server does not let us in."""
        now = self._clock()
        if now < self._closed_until:
            if self._shut_out:
                raise shut_out(self._shut_out)
            raise NotNow("calls to the reviewer pause", self._closed_until - now)
        if not self._closed_until:
            return
        if now < self._trying_until:
            raise NotNow("somebody tries the reviewer just now", TRIAL_SECONDS)
        # A trial that never reports back, because its caller was cancelled, is over after a pause.
        self._trying_until = now + LONGEST_PAUSE_SECONDS

    def worked(self) -> None:
        """The server answered: everybody may call."""
        self._failures = self._trials = 0
        self._closed_until = self._trying_until = 0.0
        self._shut_out = ""

    def failed(self, after: float | None = None) -> None:
        """The server is away, or asked for a pause of so many seconds."""
        self._failures += 1
        self._shut_out = ""
        if after is not None:
            self._close(min(after, LONGEST_BELIEVED_SECONDS))
        elif self._failures >= FAILURES:
            self._close(min(PAUSE_SECONDS * 2**self._trials, LONGEST_PAUSE_SECONDS))
            self._trials += 1

    def refused(self, why: str) -> None:
        """The server does not let us in."""
        self._shut_out = why
        self._close(SHUT_OUT_SECONDS)

    def left(self) -> None:
        """A caller went away without a result: the next one may try."""
        self._trying_until = 0.0

    def _close(self, seconds: float) -> None:
        self._closed_until = max(self._closed_until, self._clock() + seconds)
        self._trying_until = 0.0


def shut_out(why: str) -> Refused:
    """The error for a server that does not let us in, whatever is asked."""
    return Refused(why, RefusedBecause.NO_RIGHT)
