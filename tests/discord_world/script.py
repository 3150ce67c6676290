"""What a test may tell the Discord of our tests to do with a request, and the limits it keeps by itself."""

from __future__ import annotations

import json
import math
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from discord_world.model import Json
from discord_world.rules import WORDS

Scope = Literal["user", "global", "shared"]
Form = Literal["float", "int", "missing", "html"]

CLOUDFLARE_PAGE = "<!doctype html><title>Error 1015</title><p>You are being rate limited.</p>"


@dataclass(frozen=True, slots=True)
class Status:
    """An error body: `Status(403, code=50013)`, `Status(500)`."""

    status: int
    code: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Html:
    """A page of whatever stands before Discord instead of an answer."""

    status: int = 429
    page: str = CLOUDFLARE_PAGE
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RateLimited:
    """A 429. `form` is how the pause is told: a float or an int in the body, nowhere, or on a page without JSON."""

    retry_after: float = 1.5
    scope: Scope = "user"
    form: Form = "float"


@dataclass(frozen=True, slots=True)
class Delay:
    """A pause, then `then` (the honest answer if none is given)."""

    seconds: float
    then: Outcome | None = None


@dataclass(frozen=True, slots=True)
class CutBefore:
    """The line breaks and nothing was done."""


@dataclass(frozen=True, slots=True)
class CutAfter:
    """Done, and then the line breaks."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The honest answer: `script(..., Pass(), Status(500))` spoils the second request."""


Outcome = Status | Html | RateLimited | Delay | CutBefore | CutAfter | Pass


@dataclass(frozen=True, slots=True)
class Times:
    """The same outcome for the next `count` requests."""

    count: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Forever:
    """The same outcome until `discord.unscript()`."""

    outcome: Outcome


@dataclass(eq=False)
class Script:
    """Outcomes for requests of one method whose route or path matches a pattern such as `/channels/*/messages`."""

    method: str
    pattern: str
    outcomes: list[Outcome]
    forever: Outcome | None = None

    def next(self, method: str, route: str, path: str) -> Outcome | None:
        if self.method not in ("*", method):
            return None
        if self.pattern != route and not fnmatchcase(path, self.pattern):
            return None
        return self.outcomes.pop(0) if self.outcomes else self.forever


def script_of(method: str, pattern: str, outcomes: tuple[Outcome | Times | Forever, ...]) -> Script:
    script = Script(method, pattern, [])
    for one in outcomes:
        match one:
            case Times(count, outcome):
                script.outcomes += [outcome] * count
            case Forever(outcome):
                script.forever = outcome
            case _:
                script.outcomes.append(one)
    return script


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: JSON unless `page` is given."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str | None = None

    @property
    def raw(self) -> bytes:
        if self.page is not None:
            return self.page.encode()
        return b"" if self.status == 204 else json.dumps(self.body).encode()


# Discord's own 429 and 5xx come through Google's front; a 429 without this header is Cloudflare's.
VIA = {"Via": "1.1 google"}


def too_many(limited: RateLimited) -> Answer:
    if limited.form == "html":
        return Answer(429, headers={"Retry-After": str(math.ceil(limited.retry_after))}, page=CLOUDFLARE_PAGE)
    everywhere = limited.scope == "global"
    body: Json = {"message": "You are being rate limited.", "global": everywhere}
    headers = VIA | {"X-RateLimit-Scope": limited.scope} | ({"X-RateLimit-Global": "true"} if everywhere else {})
    if limited.form != "missing":
        body["retry_after"] = limited.retry_after if limited.form == "float" else math.ceil(limited.retry_after)
        headers["Retry-After"] = str(math.ceil(limited.retry_after))
    return Answer(429, body, headers)


def refused(outcome: Status) -> Answer:
    if outcome.status >= 500 and not outcome.code:
        return Answer(outcome.status, headers=VIA, page=outcome.words or "upstream connect error")
    words = outcome.words or WORDS.get(outcome.code, "") or f"{outcome.status}: Refused"
    if outcome.status == 401:
        words = outcome.words or "401: Unauthorized"
    return Answer(outcome.status, {"message": words, "code": outcome.code}, VIA)


@dataclass(slots=True)
class Limits:
    """Discord's limits. With `enforce` off every answer still carries bucket headers, with room left.

    `per_second` is the token's own over all routes but interactions (a test may stretch its `second`); windows are
    fixed and open with their first request. `per_channel` is for new messages in one channel, `reactions` for one
    channel, `others` for every other route with its channel, server or webhook. `invalid` is how many 401, 403 and
    429 in how many seconds until Cloudflare shuts the door.
    """

    per_second: int = 50
    second: float = 1.0
    per_channel: tuple[int, float] = (5, 5.0)
    reactions: tuple[int, float] = (1, 0.25)
    others: tuple[int, float] = (10, 2.0)
    invalid: tuple[int, float] = (10_000, 600.0)
    enforce: bool = False

    def bucket(self, method: str, route: str) -> tuple[int, float]:
        if (method, route) == ("POST", "/channels/{channel_id}/messages"):
            return self.per_channel
        if "/reactions/" in route and method != "GET":
            return self.reactions
        return self.others


@dataclass(slots=True)
class _Window:
    ends: float
    left: int


class Meter:
    """Counts requests against `Limits` and writes the headers."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.refused: list[Scope] = []
        self._windows: dict[str, _Window] = {}
        self._invalid: list[float] = []

    def take(self, method: str, route: str, path: str, bot: bool) -> tuple[Answer | None, dict[str, str]]:
        """A 429 if the request is one too many, and the headers for whatever else is answered."""
        limit, seconds = self.limits.bucket(method, route)
        if not self.limits.enforce:
            return None, self._headers(method, route, limit, limit - 1, seconds)
        if self._shut():
            return Answer(429, page=CLOUDFLARE_PAGE, headers={"Retry-After": str(int(self.limits.invalid[1]))}), {}
        if bot and (wait := self._use("global", self.limits.per_second, self.limits.second)[0]):
            return self._refuse(wait, "global"), {}
        wait, left, resets = self._use(f"{method} {route} {_major(path)}", limit, seconds)
        headers = self._headers(method, route, limit, left, resets)
        if wait:
            return self._refuse(wait, "user"), headers
        return None, headers

    def note(self, status: int, shared: bool) -> None:
        """Counts an answer that Discord calls invalid: 401, 403 and every 429 that is not shared."""
        if status in (401, 403) or (status == 429 and not shared):
            self._invalid.append(time.monotonic())

    @property
    def invalid(self) -> int:
        return len(self._invalid)

    def _shut(self) -> bool:
        most, seconds = self.limits.invalid
        return len(self._invalid) >= most and self._invalid[-most] > time.monotonic() - seconds

    def _refuse(self, wait: float, scope: Scope) -> Answer:
        self.refused.append(scope)
        return too_many(RateLimited(round(wait, 3), scope))

    def _use(self, key: str, limit: int, seconds: float) -> tuple[float, int, float]:
        now = time.monotonic()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = _Window(now + seconds, limit)
        if window.left == 0:
            return max(window.ends - now, 0.001), 0, window.ends - now
        window.left -= 1
        return 0.0, window.left, window.ends - now

    def _headers(self, method: str, route: str, limit: int, left: int, resets: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left if self.limits.enforce else max(left, 1)),
            "X-RateLimit-Reset": f"{time.time() + resets:.3f}",
            "X-RateLimit-Reset-After": f"{resets:.3f}",
            "X-RateLimit-Bucket": f"{zlib.crc32(f'{method} {route}'.encode()):08x}",
        }


def _major(path: str) -> str:
    """Channel, server or webhook of a path: each has a bucket of its own."""
    parts = path.strip("/").split("/")
    if parts[0] == "webhooks":
        return "/".join(parts[:3])
    return "/".join(parts[:2]) if parts[0] in ("channels", "guilds") else ""
