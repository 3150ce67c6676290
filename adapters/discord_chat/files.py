"""Files that people attach to messages: told as our own value, and fetched from Discord's own hosts alone."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp
import discord

from adapters.discord_chat.errors import CUT
from adapters.discord_chat.settings import DiscordSettings
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import Attachment

#: Where Discord keeps what people attach. Its addresses are good for a day and need no token.
HOSTS = frozenset(("cdn.discordapp.com", "media.discordapp.net"))
FETCH_SECONDS = 10.0


def to_files(message: discord.Message) -> tuple[Attachment, ...]:
    """What came with a message."""
    return tuple(Attachment(each.filename, each.size, each.url) for each in message.attachments)


async def fetch(settings: DiscordSettings, url: str, limit: int) -> bytes:
    """What stands at the address of an attachment. Raises `NotNow`, or `Refused` for one that is gone, larger than
    this, or kept by somebody else: no other address is ever called."""
    if not _is_discords(settings, url):
        raise Refused("the file is not kept by Discord")
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(url, proxy=settings.proxy, allow_redirects=False) as answer,
        ):
            return await _read(answer, limit)
    except CUT as error:
        raise NotNow(f"Discord did not hand out a file: {type(error).__name__}") from error


def _is_discords(settings: DiscordSettings, url: str) -> bool:
    """Whether an address is one of Discord's, or of whatever stands in for it."""
    try:
        address, api = urlsplit(url), urlsplit(settings.api_base)
    except ValueError:
        return False
    own = (address.scheme, address.netloc) == (api.scheme, api.netloc)
    return own or (address.scheme == "https" and address.netloc in HOSTS)


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    if answer.status == 429 or answer.status >= 500:
        raise NotNow(f"Discord did not hand out a file: status {answer.status}")
    if answer.status != 200:
        raise Refused(f"Discord did not hand out a file: status {answer.status}", RefusedBecause.GONE)
    data = bytearray()
    async for piece in answer.content.iter_chunked(16_384):
        data += piece
        if len(data) > limit:
            raise Refused("the file is larger than was said", RefusedBecause.TOO_LONG)
    return bytes(data)
