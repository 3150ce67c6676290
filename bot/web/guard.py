"""What stands before every request: who is addressed, how much is sent, and what the browser may do with the answer."""

from __future__ import annotations

import ipaddress
import logging
import secrets
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.pages import page

log = logging.getLogger(__name__)

#: The names under which this very machine is reached.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})
#: No form of ours comes near it; Slack's largest event is far below.
MOST_BYTES = 256 * 1024

#: No inline script or style, nothing from elsewhere, no frame around us.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nothing is told to other sites. "no-referrer" would also make a browser hide the Origin of our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Refuses foreign Host headers and large bodies, and puts the security headers on every answer.

    Below the `signed` prefixes every name is answered to: requests there come from a platform through whatever name
    the bot has on the internet, and prove themselves by a signature instead of a cookie.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], signed: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = LOOPBACK | {host.lower().strip("[]") for host in hosts}
        self._signed = tuple(f"{prefix.rstrip('/')}/" for prefix in signed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is in order."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        headers = Headers(scope=scope)
        if not scope["path"].startswith(self._signed) and not self._knows(headers.get("host", "")):
            await page("host")(scope, receive, answer.send)
        elif _declared_size(headers) > MOST_BYTES:
            await page("size")(scope, receive, answer.send)
        else:
            await self._serve(scope, receive, answer)

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """Asks the application. A bug of ours is told in words here, where the headers are put on as well; the log gets
        the trace under the same reference."""
        try:
            await self._app(scope, _at_most(receive, MOST_BYTES), answer.send)
        except TooLargeError:
            await page("size")(scope, receive, answer.send)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("request failed, reference %s", reference)
            if answer.begun:
                raise
            await page("trouble", reference)(scope, receive, answer.send)

    def _knows(self, host: str) -> bool:
        """A page elsewhere can make its own name point at this machine, but it cannot choose what the browser then
        sends as Host. An address in figures cannot be made to point anywhere, so it is safe once we listen to all."""
        name = host_name(host)
        return name in self._hosts or (bool(self._hosts & EVERYWHERE) and _is_address(name))


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _declared_size(headers: Headers) -> int:
    declared = headers.get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdecimal() else 0


class TooLargeError(Exception):
    """A body without a declared length went past the limit."""


def _at_most(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise TooLargeError
        return message

    return counted


class _Answer:
    """The way out: every answer gets the headers, and we know whether it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def send(self, message: Message) -> None:
        """Passes it on."""
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)  # a page that is stricter says so itself
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)
