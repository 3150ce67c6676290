"""How Slack reads text: what people type becomes its own notation, and what in it pings somebody or can be clicked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from slack_world.values import Blocks, Json, LiveLink, Notice, Shown

_URL = r"https?://[^\s<>|]+"
_TYPED = re.compile(rf"(?P<url>{_URL})|(?P<sign>[@#])(?P<name>[\w.-]*\w)|(?P<entity>[&<>])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ANGLED = re.compile(r"<([^<>\n]+)>")
_BARE = re.compile(_URL, re.IGNORECASE)
_BARE_DOMAIN = re.compile(r"(?<![\w@./-])(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"\[([^\]]*)\]\(\s*<?([^)\s>]+)[^)]*\)")
_BROADCASTS = ("channel", "here", "everyone")
_PLAIN_NAME = re.compile(r"(?<![\w&;])@([\w.-]*\w)")
_MEDIA = re.compile(r"\.(?:png|jpe?g|gif|webp|mp4|mov|mp3)(?:$|[?#])|youtube\.com|youtu\.be|vimeo\.com", re.IGNORECASE)

#: Finds the mention of a name after @ or #, as Slack's composer does: "<@U1>", or None for a name nobody has.
Names = Callable[[str, str], str | None]


def as_typed(text: str, names: Names) -> str:
    """What Slack makes of a text that somebody typed."""

    def replaced(match: re.Match[str]) -> str:
        if url := match["url"]:
            return f"<{url.replace('&', '&amp;')}>"
        if entity := match["entity"]:
            return _ENTITIES[entity]
        return names(match["sign"], match["name"]) or match[0]

    return _TYPED.sub(replaced, text)


def rich_text(text: str, block_id: str) -> Blocks:
    """The blocks which Slack's composer sends beside the text of a message."""
    elements: list[Json] = []
    end = 0
    for match in _ANGLED.finditer(text):
        elements += _plain(text[end : match.start()])
        elements.append(_element(match[1]))
        end = match.end()
    elements += _plain(text[end:])
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": block_id, "elements": [section]}]


def plain(text: str) -> str:
    """The text with its entities undone."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain(text: str) -> list[Json]:
    return [{"type": "text", "text": plain(text)}] if text else []


def _element(inside: str) -> Json:
    target, _, label = inside.partition("|")
    match target[0]:
        case "@":
            return {"type": "user", "user_id": target[1:]}
        case "#":
            return {"type": "channel", "channel_id": target[1:]}
        case "!":
            return {"type": "broadcast", "range": target[1:]}
    url = plain(target)
    return {"type": "link", "url": url, "text": plain(label)} if label else {"type": "link", "url": url}


# ---------------------------------------------------------------- who is pinged


def notices(shown: Shown, flags: Json, names: Names) -> Iterator[Notice]:
    """Everybody whom these words ping, wherever they stand; a fallback text counts, as phones show it."""
    for text, named, _ in [(shown.text, _looks_up(flags), True), *_texts_of_parts(shown, flags)]:
        yield from _angled_notices(text, shown)
        if named:
            yield from _named_notices(text, shown, names)
    for element in _rich_elements(shown.blocks):
        match element:
            case {"type": "user", "user_id": str(whom)}:
                yield Notice("user", whom, shown)
            case {"type": "usergroup", "usergroup_id": str(whom)}:
                yield Notice("subteam", whom, shown)
            case {"type": "broadcast", "range": str(whom)}:
                yield Notice(whom, whom, shown)


def _angled_notices(text: str, shown: Shown) -> Iterator[Notice]:
    for inside in _ANGLED.findall(text):
        target = inside.partition("|")[0]
        if target.startswith("@"):
            yield Notice("user", target[1:], shown)
        elif target.startswith("!subteam^"):
            yield Notice("subteam", target.removeprefix("!subteam^"), shown)
        elif target.startswith("!") and (name := target[1:].partition("^")[0]) in _BROADCASTS:
            yield Notice(name, name, shown)


def _named_notices(text: str, shown: Shown, names: Names) -> Iterator[Notice]:
    for name in _PLAIN_NAME.findall(_ANGLED.sub("", text)):
        if name in _BROADCASTS:
            yield Notice(name, name, shown)
        elif found := names("@", name):
            yield from _angled_notices(found, shown)


# ---------------------------------------------------------------- what can be clicked


def live_links(shown: Shown, flags: Json) -> Iterator[LiveLink]:
    """Everything that can be clicked in these words, and whether Slack would show a preview of it."""

    def link(url: str, label: str) -> LiveLink:
        media = bool(_MEDIA.search(url)) and flags.get("unfurl_media", True)
        return LiveLink(url, label, bool(flags.get("unfurl_links") or media), shown)

    # Beside blocks the text is only a notification, in which nothing can be clicked.
    own = [] if shown.blocks else [(shown.text, False, flags.get("parse") != "none")]
    for text, _, bare in [*own, *_texts_of_parts(shown, flags)]:
        for url, label in _text_links(text, bare, flags):
            yield link(url, label)
    for text in _markdown_texts(shown, flags):
        for label, url in _MARKDOWN_LINK.findall(text):
            yield link(url, label)
    for element in [*_rich_elements(shown.blocks), *shown.elements]:
        match element:
            case {"type": "button", "url": str(url), "text": {"text": str(label)}}:
                yield link(url, label)
            case {"type": "link", "url": str(url)}:
                yield link(url, element.get("text", url))


def _text_links(text: str, bare: bool, flags: Json) -> Iterator[tuple[str, str]]:
    for inside in _ANGLED.findall(text):
        target, _, label = inside.partition("|")
        if target[0] not in "@#!":
            yield plain(target), plain(label) or plain(target)
    rest = _ANGLED.sub(" ", text)
    if bare:
        yield from ((url, url) for url in (plain(found).rstrip(".,;:!?)]*_~") for found in _BARE.findall(rest)))
    if flags.get("parse") == "full":
        yield from ((name, name) for name in _BARE_DOMAIN.findall(_BARE.sub(" ", rest)))


# ---------------------------------------------------------------- where text stands


def _looks_up(flags: Json) -> bool:
    """Whether Slack looks up bare names after an @."""
    return bool(flags.get("link_names")) or flags.get("parse") == "full"


def _texts_of_parts(shown: Shown, flags: Json) -> Iterator[tuple[str, bool, bool]]:
    """Every text in blocks that Slack reads as its notation; whether it looks up bare names and links bare URLs."""
    named, bare = _looks_up(flags), flags.get("parse") != "none"
    for part in _all_parts([shown.blocks, flags.get("attachments", [])]):
        match part:
            case {"type": "mrkdwn", "text": str(text)}:
                verbatim = part.get("verbatim", False)
                yield text, named and not verbatim, bare and not verbatim
            case {"type": "markdown", "text": str(text)}:
                yield text, named, bare
            case {"fallback": _} | {"pretext": _}:
                yield from ((value, named, bare) for value in part.values() if isinstance(value, str))


def _markdown_texts(shown: Shown, flags: Json) -> Iterator[str]:
    if flags.get("markdown_text"):
        yield shown.text
    for part in _all_parts(shown.blocks):
        if part.get("type") == "markdown":
            yield str(part.get("text", ""))


def _rich_elements(blocks: Blocks) -> Iterator[Json]:
    for block in blocks:
        if block.get("type") == "rich_text":
            yield from _all_parts(block)


def _all_parts(part: Any) -> Iterator[Json]:
    if isinstance(part, list):
        for one in part:
            yield from _all_parts(one)
    elif isinstance(part, dict):
        yield part
        for one in part.values():
            yield from _all_parts(one)
