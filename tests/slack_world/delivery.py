"""How Slack brings things to a bot: one try, or several when nobody acknowledges."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlencode

import aiohttp

from slack_world.books import Books
from slack_world.signing import signed
from slack_world.socket import Gone, Switchboard
from slack_world.values import Json, Team


class Kind(Enum):
    """What is delivered, by the name that Socket Mode has for it."""

    EVENT = "events_api"
    INTERACTION = "interactive"
    COMMAND = "slash_commands"


@dataclass
class Attempt:
    retry: int
    reason: str
    at: float
    acked: bool = False
    status: int | None = None
    body: Json | None = None
    after: float = 0.0
    #: Slack's word for what went wrong, told with the next try.
    failure: str = ""


@dataclass(eq=False)
class Delivery:
    """Something on its way to the bot."""

    kind: Kind
    payload: Json
    team: Team
    attempts: list[Attempt] = field(default_factory=list)
    #: Given up for good.
    lost: bool = False
    #: JSON that came in at its response_url.
    responses: list[Json] = field(default_factory=list)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def trigger_id(self) -> str:
        return str(self.payload.get("trigger_id", ""))

    @property
    def response_url(self) -> str:
        return str(self.payload.get("response_url", ""))

    @property
    def _best(self) -> Attempt | None:
        return next((a for a in self.attempts if a.acked), self.attempts[-1] if self.attempts else None)

    @property
    def acked(self) -> bool:
        return any(attempt.acked for attempt in self.attempts)

    @property
    def status(self) -> int | None:
        return self._best.status if self._best else None

    @property
    def body(self) -> Json | None:
        """What the acknowledgement said, None without words."""
        return self._best.body if self._best else None

    @property
    def after(self) -> float:
        return self._best.after if self._best else 0.0

    def finish(self, *, wanted: bool = True) -> None:
        """Nothing more happens to it; what the app did not subscribe to is not lost."""
        self.lost = wanted and not self.acked
        self._over.set()

    async def over(self) -> None:
        """Until it is acknowledged or given up."""
        await self._over.wait()


@dataclass(eq=False)
class Postman:
    """Delivers over sockets or HTTP, with everything that can make deliveries odd."""

    books: Books
    board: Switchboard
    mode: str = "socket"
    request_url: str = ""
    ack_seconds: float = 10
    retry_pauses: tuple[float, ...] = (0, 0.1, 0.3)
    #: How long a delivery waits for a bot that is not connected, before that try counts as failed.
    reconnect_seconds: float = 30
    deliver_times: int = 1
    #: The quiet time after which shuffled events are let go.
    shuffle_seconds: float = 0.15
    _random: random.Random | None = None
    _held: list[Delivery] = field(default_factory=list)
    _letting_go: asyncio.Task[None] | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _http: aiohttp.ClientSession | None = None
    #: The last request that was sent over HTTP and accepted: headers and body.
    last_http: tuple[dict[str, str], str] | None = None

    def shuffle(self, seed: int | None) -> None:
        """From now on events come out of order; None ends that."""
        self._random = None if seed is None else random.Random(seed)

    def bring(self, delivery: Delivery) -> Delivery:
        """Sends it off; does not wait."""
        if self._random is not None and delivery.kind is Kind.EVENT:
            self._hold(delivery)
        else:
            self._start(delivery)
        return delivery

    @property
    def can_reach(self) -> bool:
        return self.mode == "http" or bool(self.board.lines)

    async def settled(self) -> None:
        """Until nothing is on its way any more."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http:
            await self._http.close()

    # ---------------------------------------------------------------- order

    def _hold(self, delivery: Delivery) -> None:
        self._held.append(delivery)
        if self._letting_go:
            self._letting_go.cancel()
        self._letting_go = self.keep(self._let_go_soon())

    async def _let_go_soon(self) -> None:
        try:
            await asyncio.sleep(self.shuffle_seconds)
        except asyncio.CancelledError:
            return
        held, self._held = self._held, []
        if self.board.is_down and self.mode == "socket":
            for delivery in held:
                delivery.finish()
            return
        copies = [(delivery, retry) for delivery in held for retry in range(self.deliver_times)]
        (self._random or random.Random()).shuffle(copies)
        first: dict[Delivery, list[asyncio.Task[None]]] = {delivery: [] for delivery in held}
        for delivery, retry in copies:
            first[delivery].append(self.keep(self._attempt(delivery, retry)))
        for delivery, tries in first.items():
            self.keep(self._bring(delivery, tries))

    def _start(self, delivery: Delivery) -> None:
        if self.board.is_down and self.mode == "socket":
            delivery.finish()
            return
        copies = self.deliver_times if delivery.kind is Kind.EVENT else 1
        tries = [self.keep(self._attempt(delivery, retry)) for retry in range(copies)]
        self.keep(self._bring(delivery, tries))

    def keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Does something beside the test; `settled` waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # ---------------------------------------------------------------- one delivery

    async def _bring(self, delivery: Delivery, first: list[asyncio.Task[None]]) -> None:
        """Waits for the first copies, then tries again as long as Slack would."""
        try:
            await asyncio.wait(first)
            pauses = self.retry_pauses if delivery.kind is Kind.EVENT else ()
            for retry, pause in enumerate(pauses, start=len(first)):
                failure = delivery.attempts[-1].failure
                if delivery.acked or failure == "no_retry":
                    break
                await asyncio.sleep(pause)
                await self._attempt(delivery, retry, failure)
        finally:
            delivery.finish()

    async def again(self, delivery: Delivery) -> None:
        """One more copy, whatever became of the others."""
        await self._attempt(delivery, len(delivery.attempts))

    async def _attempt(self, delivery: Delivery, retry: int, reason: str = "") -> None:
        usual = "timeout" if self.mode == "socket" else "http_timeout"
        attempt = Attempt(retry, (reason or usual) if retry else "", time.time())
        delivery.attempts.append(attempt)
        begun = time.monotonic()
        way = self._over_socket if self.mode == "socket" else self._over_http
        await way(delivery, attempt)
        attempt.after = time.monotonic() - begun

    async def _over_socket(self, delivery: Delivery, attempt: Attempt) -> None:
        patience = self.reconnect_seconds if delivery.kind is Kind.EVENT else 0
        if not self.board.lines and not (patience and await self.board.somebody_listens(patience)):
            attempt.failure = "connection_failed"
            return
        envelope: Json = {"payload": delivery.payload, "type": delivery.kind.value}
        envelope["accepts_response_payload"] = delivery.kind is not Kind.EVENT
        if delivery.kind is Kind.EVENT:
            envelope |= {"retry_attempt": attempt.retry, "retry_reason": attempt.reason}
        try:
            body = await self.board.send(envelope, self.ack_seconds)
        except (TimeoutError, Gone):
            attempt.failure = "timeout"
        else:
            attempt.acked, attempt.status, attempt.body = True, 200, body or None

    async def _over_http(self, delivery: Delivery, attempt: Attempt) -> None:
        kind, body = http_body(delivery)
        headers = {"Content-Type": kind} | signed(self.books.signing_secret, body)
        if attempt.retry:
            headers |= {"X-Slack-Retry-Num": str(attempt.retry), "X-Slack-Retry-Reason": attempt.reason}
        try:
            status, text, no_retry = await self.post(headers, body)
        except TimeoutError:
            attempt.failure = "http_timeout"
            return
        except aiohttp.ClientError:
            attempt.failure = "connection_failed"
            return
        attempt.status, attempt.body = status, _read(text)
        attempt.acked = 200 <= status < 300
        if attempt.acked:
            self.last_http = headers, body
        else:
            attempt.failure = "no_retry" if no_retry else "http_error"

    async def post(self, headers: dict[str, str], body: str) -> tuple[int, str, bool]:
        """One request to the bot's address: status, text, and whether it asked not to be tried again."""
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        headers = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"} | headers
        async with (
            asyncio.timeout(self.ack_seconds),
            self._http.post(self.request_url, data=body.encode(), headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.text(), answer.headers.get("X-Slack-No-Retry") == "1"


def http_body(delivery: Delivery) -> tuple[str, str]:
    """Content type and body: events are JSON, the rest are forms."""
    match delivery.kind:
        case Kind.EVENT:
            return "application/json", json.dumps(delivery.payload)
        case Kind.INTERACTION:
            return "application/x-www-form-urlencoded", urlencode({"payload": json.dumps(delivery.payload)})
        case Kind.COMMAND:
            return "application/x-www-form-urlencoded", urlencode(delivery.payload)


def _read(text: str) -> Json | None:
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"text": text}
