"""Files that people share in messages: told as our own value, and fetched from Slack's own host alone, since the bot's
token goes with the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import Attachment

#: Where Slack keeps private files.
HOSTS = frozenset(("files.slack.com",))
FETCH_SECONDS = 10.0


def to_files(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """What came with a message; a file that Slack does not tell about, or has deleted, has no address."""
    return tuple(
        Attachment(
            str(each.get("name") or each.get("title") or ""),
            int(each.get("size") or 0),
            str(each.get("url_private_download") or each.get("url_private") or ""),
        )
        for each in message.get("files") or ()
        if isinstance(each, Mapping)
    )


async def fetch(api_url: str, token: str, url: str, limit: int) -> bytes:
    """What stands at a file's private address. Raises `NotNow`, or `Refused` for one that is gone, larger than this,
    kept by somebody else, or not shown to this token."""
    if not _is_slacks(api_url, url):
        raise Refused("the file is not kept by Slack")
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.get(url, headers={"Authorization": f"Bearer {token}"}, allow_redirects=False) as answer,
        ):
            return await _read(answer, url, limit)
    except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
        raise NotNow(f"Slack did not hand out a file: {type(error).__name__}") from error


def _is_slacks(api_url: str, url: str) -> bool:
    """Whether an address is one of Slack's, or of whatever stands in for it."""
    try:
        address, api = urlsplit(url), urlsplit(api_url)
    except ValueError:
        return False
    own = (address.scheme, address.netloc) == (api.scheme, api.netloc)
    return own or (address.scheme == "https" and address.netloc in HOSTS)


async def _read(answer: aiohttp.ClientResponse, url: str, limit: int) -> bytes:
    if answer.status == 429 or answer.status >= 500:
        raise NotNow(f"Slack did not hand out a file: status {answer.status}")
    # Without the right to read files Slack answers with its page to log in.
    if answer.status in (301, 302, 303, 307, 308) or _is_page(answer, url):
        raise Refused("Slack shows its files only with files:read", RefusedBecause.NO_RIGHT)
    if answer.status != 200:
        raise Refused(f"Slack did not hand out a file: status {answer.status}", RefusedBecause.GONE)
    data = bytearray()
    async for piece in answer.content.iter_chunked(16_384):
        data += piece
        if len(data) > limit:
            raise Refused("the file is larger than was said", RefusedBecause.TOO_LONG)
    return bytes(data)


def _is_page(answer: aiohttp.ClientResponse, url: str) -> bool:
    return answer.content_type == "text/html" and not urlsplit(url).path.lower().endswith((".html", ".htm"))
