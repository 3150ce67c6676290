"""The only file that knows the SDK: one request, its bounds, and its errors turned into ours.

Importing it costs most of a second and 50 MB, so the reviewer does that on its first call, beside the loop.
"""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI

from bot.domain.budgets import Usage
from bot.domain.errors import Refused, RefusedBecause
from bot.reviewers.llm.breaker import shut_out
from bot.reviewers.llm.replies import (
    ROOM_NAMES,
    Abilities,
    Away,
    Declined,
    End,
    Form,
    NotTaken,
    OddReply,
    Reply,
)

#: Reading a reply stops here (FAULTS 39). The longest that we ask for has about 20,000 bytes.
MOST_BYTES = 256_000
CONNECT_SECONDS = 10.0
#: Where a server tells no usage: about so many characters are a token.
CHARACTERS_A_TOKEN = 4
#: The official service counts what a model thinks as well, and takes no other name for the limit.
OFFICIAL_HOST = "api.openai.com"
_OUT_OF_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_TOO_LONG = ("context_length_exceeded", "string_above_max_length")


class _TooMuch(Exception):
    """The reply has more bytes than anybody asked for."""


class Server:
    """One OpenAI-compatible server and the model asked for there. When it is silent for so many seconds it is given up
    (FAULTS 35)."""

    def __init__(self, base_url: str | None, key: str | None, model: str, silence: float) -> None:
        for name in ("openai", "httpx2", "httpcore2"):  # their debug lines hold whole requests
            logging.getLogger(name).setLevel(logging.WARNING)
        limits = httpx2.Timeout(silence, connect=min(silence, CONNECT_SECONDS))
        self._http = httpx2.AsyncClient(
            # Neither a proxy nor a password file of the machine has a say in where the key goes.
            trust_env=False,
            follow_redirects=False,
            transport=_Bounded(httpx2.AsyncHTTPTransport()),
            timeout=limits,
        )
        self._client = AsyncOpenAI(
            api_key=key or "none",
            base_url=base_url or f"https://{OFFICIAL_HOST}/v1",
            max_retries=0,
            # Named here as well: the SDK takes a client's five seconds for its default, and puts ten minutes in place.
            timeout=limits,
            http_client=self._http,
            default_headers={"Accept-Encoding": "identity"},
        )
        self._model = model
        self.starts_with = Abilities(room_name=_room_name(self._client.base_url.host))

    async def close(self) -> None:
        """Closes what is open."""
        await self._client.close()

    async def models(self) -> tuple[str, ...]:
        """The models the server knows of. Raises `NotNow`, `Refused` and `NotTaken`."""
        usage = Usage(self._model, 0, 0)
        try:
            found = await self._client.models.list()
            return tuple(model.id for model in found.data)
        except openai.NotFoundError:
            raise NotTaken("no list of models") from None
        except (openai.OpenAIError, httpx2.HTTPError, _TooMuch) as error:
            raise _ours(error, usage) from None
        except (AttributeError, TypeError, ValueError, RecursionError):
            raise NotTaken("no list of models") from None

    async def ask(
        self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], room: int, abilities: Abilities
    ) -> Reply:
        """One reply of at most `room` tokens. Raises `NotNow`, `Refused`, `NotTaken` and `OddReply`; what they say
        holds neither a text of people nor the key."""
        request = _request(self._model, messages, schema, room, abilities)
        estimate = Usage(self._model, sum(len(each["content"]) for each in messages) // CHARACTERS_A_TOKEN + 1, 0)
        try:
            found: Any = await self._client.chat.completions.create(**request)
        except (openai.OpenAIError, httpx2.HTTPError, _TooMuch) as error:
            raise _ours(error, estimate) from None
        except (ValueError, RecursionError):  # JSON by its header, and not by its text
            raise OddReply("it is not a chat completion", estimate) from None
        return _reply(found, estimate)


def _room_name(host: str) -> str:
    return ROOM_NAMES[host == OFFICIAL_HOST]


def _request(
    model: str, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], room: int, abilities: Abilities
) -> dict[str, Any]:
    request: dict[str, Any] = {"model": model, "messages": list(messages), abilities.room_name: room}
    if abilities.takes_temperature:
        request["temperature"] = 0
    if abilities.form is Form.SCHEMA:
        request["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "review", "strict": True, "schema": schema},
        }
    elif abilities.form is Form.OBJECT:
        request["response_format"] = {"type": "json_object"}
    return request


# ---------------------------------------------------------------- what came back


def _reply(found: Any, estimate: Usage) -> Reply:
    try:
        choice = found.choices[0]
        text, refusal, finish = choice.message.content, choice.message.refusal, choice.finish_reason
    except (AttributeError, IndexError, TypeError):
        raise OddReply("it is not a chat completion", estimate) from None
    usage = _usage(getattr(found, "usage", None), text, estimate)
    if refusal or finish == "content_filter":
        raise Declined(usage)
    if not isinstance(text, str):
        raise OddReply("it is empty", usage)
    return Reply(text, End.CUT if finish == "length" else End.WHOLE, usage)


def _usage(told: Any, text: object, estimate: Usage) -> Usage:
    """As the server counts, as far as its numbers can be believed."""
    said = len(text) // CHARACTERS_A_TOKEN + 1 if isinstance(text, str) else 0
    tokens_in = _count(getattr(told, "prompt_tokens", None), estimate.tokens_in)
    return replace(estimate, tokens_in=tokens_in, tokens_out=_count(getattr(told, "completion_tokens", None), said))


def _count(value: object, otherwise: int) -> int:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000_000
    return value if fits and isinstance(value, int) else otherwise


def _ours(error: Exception, usage: Usage) -> Exception:
    """An error of the SDK, or of reading the reply, as one of ours."""
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, usage)
    if isinstance(error, _TooMuch) or isinstance(error.__cause__, _TooMuch):
        return OddReply("it is far too long", replace(usage, tokens_out=MOST_BYTES // CHARACTERS_A_TOKEN))
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return Away("the reviewer's server is silent", usage=usage)
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
        return Away("the reviewer's server cannot be reached")
    return OddReply("it is not a chat completion", usage)


def _of_status(error: openai.APIStatusError, usage: Usage) -> Exception:
    status, code = error.status_code, f"{error.code} {error.type}"
    if any(word in code for word in _OUT_OF_CREDIT):
        return shut_out("the account is out of credit")
    if status in (408, 409, 425, 429) or (status >= 500 and status != 501):
        return Away(f"the reviewer's server answers {status}", pause_asked_for(error.response.headers))
    if 300 <= status < 400:
        return shut_out("the server sends us to another address, where the key must not go")
    if status in (400, 415, 422, 501):
        if "content_filter" in code or "content_policy" in code:
            return Declined(replace(usage, tokens_in=0))
        if any(word in code for word in _TOO_LONG):
            return Refused("the text is too long for the model", RefusedBecause.NOT_REVIEWED)
        return NotTaken(f"{error.param} {error.code} {error.message}")
    reasons = {401: "the key is not accepted", 402: "the account is out of credit", 403: "the key may not do this"}
    return shut_out(reasons.get(status, f"the server answers {status}: address or model may be wrong"))


def pause_asked_for(headers: Mapping[str, str]) -> float | None:
    """The pause a server asks for, in seconds, whether it gave seconds, milliseconds or a date."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        if (value := headers.get(name)) is not None and (pause := _seconds(value)) is not None:
            return max(0.0, pause / unit)
    return None


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return (until - datetime.now(UTC)).total_seconds()
    return seconds if math.isfinite(seconds) else None


# ---------------------------------------------------------------- what may go, and how much may come


#: The SDK adds what it finds in the environment, and what it knows of the machine; nobody needs that.
_SENT_HEADERS = frozenset(
    "accept accept-encoding authorization connection content-length content-type host user-agent".split()
)


class _Bounded(httpx2.AsyncBaseTransport):
    """Sends only the headers that are needed, and stops reading a reply at `MOST_BYTES`. Packed replies are refused:
    we asked for none, and a few bytes of one may unpack to any size."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for name in request.headers.keys() - _SENT_HEADERS:
            del request.headers[name]
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.stream.aclose()
            raise _TooMuch("a packed reply")
        response.stream = _BoundedStream(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for part in self._inner:
            left -= len(part)
            if left < 0:
                raise _TooMuch("a reply without an end")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
