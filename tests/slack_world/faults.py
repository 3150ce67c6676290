"""What may go wrong between a bot and Slack: scripted faults and limits."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Error:
    """The method says no: {"ok": false, "error": code}."""

    code: str


@dataclass(frozen=True)
class RateLimited:
    """429; None leaves the Retry-After header out."""

    after: int | None = 1


@dataclass(frozen=True)
class Status:
    """Another HTTP status, with JSON."""

    code: int
    error: str = "internal_error"


@dataclass(frozen=True)
class Html:
    """A page of whatever stands between the bot and Slack."""

    code: int = 503


@dataclass(frozen=True)
class Cut:
    """The connection ends without an answer: before the request was done, or after."""

    after: bool = False


@dataclass(frozen=True)
class Delay:
    """The answer takes a while."""

    seconds: float


Fault = Error | RateLimited | Status | Html | Cut | Delay


@dataclass
class _Line:
    method: str
    channel: str | None
    faults: deque[Fault]
    for_ever: bool


@dataclass
class Script:
    """What the next requests meet, in order; a line may be about one channel only."""

    lines: list[_Line] = field(default_factory=list)

    def add(self, method: str, *faults: Fault, for_ever: bool = False, channel: str | None = None) -> None:
        self.lines.append(_Line(method, channel, deque(faults), for_ever))

    def forget(self) -> None:
        self.lines.clear()

    def take(self, method: str, channel: str | None = None) -> Fault | None:
        for line in self.lines:
            if line.method == method and line.channel in (None, channel) and line.faults:
                last = line.for_ever and len(line.faults) == 1
                return line.faults[0] if last else line.faults.popleft()
        return None


@dataclass(frozen=True)
class HistoryLimit:
    """What Slack allows apps that are sold outside of its Marketplace, per method and workspace."""

    calls: int = 1
    seconds: float = 60
    objects: int = 15


@dataclass
class Limits:
    """Posts per second and channel, with the small burst that Slack forgives, and reading of history."""

    posts_per_second: float = 1
    burst: int = 3
    enforce: bool = False
    history: HistoryLimit | None = None
    #: Posts that came faster than allowed, refused or not.
    too_fast: int = 0
    _tokens: dict[str, tuple[float, float]] = field(default_factory=dict)
    _calls: defaultdict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def post(self, channel: str) -> int | None:
        """None when a post to the channel is in order, else the seconds to wait."""
        now = time.monotonic()
        left, since = self._tokens.get(channel, (float(self.burst), now))
        left = min(float(self.burst), left + (now - since) * self.posts_per_second)
        if left >= 1:
            self._tokens[channel] = (left - 1, now)
            return None
        self._tokens[channel] = (left, now)
        self.too_fast += 1
        return math.ceil((1 - left) / self.posts_per_second) if self.enforce else None

    def read(self, team: str, method: str) -> int | None:
        """None when history may be read, else the seconds to wait."""
        if self.history is None:
            return None
        now, calls = time.monotonic(), self._calls[team, method]
        while calls and calls[0] <= now - self.history.seconds:
            calls.popleft()
        if len(calls) >= self.history.calls:
            return math.ceil(calls[0] + self.history.seconds - now)
        calls.append(now)
        return None
