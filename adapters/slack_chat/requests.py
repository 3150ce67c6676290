"""HTTP mode: Slack's signed requests. Nothing is read from a body before its signature is right."""

from __future__ import annotations

from collections.abc import Sequence

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.slack_chat.listeners import Listeners
from bot.ports import AsgiApp

#: Slack's own requests are far smaller; a form of ours holds some 25,000 characters.
MOST_BYTES = 1_000_000
_LONGEST_STAMP = 12


def serve(listeners: Listeners, signing_secret: str) -> AsgiApp:
    """The application under /slack: events, commands and interactions all come to /slack/events."""
    verifier = SignatureVerifier(signing_secret)

    async def events(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        headers: dict[str, str | Sequence[str]] = dict(request.headers.items())
        if not _is_signed(verifier, body, request):
            # Slack looks from time to time whether the address is there, and says no more than that.
            return Response(status_code=200 if body == "ssl_check=1" else 401)
        try:
            asked = AsyncBoltRequest(body=body, headers=headers)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        return _response(await listeners.app.async_dispatch(asked))

    return Starlette(routes=[Route("/events", events, methods=["POST"])])


def _is_signed(verifier: SignatureVerifier, body: str, request: Request) -> bool:
    """Whether Slack signed this body within the last five minutes; compared in constant time."""
    stamp, signature = (request.headers.get(f"x-slack-{name}", "") for name in ("request-timestamp", "signature"))
    readable = stamp.isascii() and stamp.isdecimal() and len(stamp) <= _LONGEST_STAMP and signature.isascii()
    return readable and verifier.is_valid(body, stamp, signature)


async def _body(request: Request) -> str | None:
    """The body as text; None for one that is too large."""
    collected = bytearray()
    async for piece in request.stream():
        collected += piece
        if len(collected) > MOST_BYTES:
            return None
    return collected.decode("utf-8", "replace")


def _response(answer: BoltResponse) -> Response:
    return Response(answer.body, answer.status, headers=answer.first_headers())
