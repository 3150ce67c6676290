"""Our texts and buttons as the body of a Discord message."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.discord_chat.markdown import render
from bot.domain.errors import Refused, RefusedBecause
from bot.domain.inert import split_text
from bot.domain.outgoing import Action, Button, Picture, Reply

#: Discord counts 2,000 characters. Rendering may add a few marks, and a name stands above what came by form.
MOST = 2000
TEXT_LIMIT = 1800
SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6
_ROW, _BUTTON = 1, 2
_PRIMARY, _SECONDARY, _LINK = 1, 2, 5
_PER_ROW = 5
#: In a private conversation a button has to say which server it is about.
_MARK = "@"

NOBODY_PINGED = {"parse": [], "replied_user": False}


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of several, and the picture that goes with it."""

    message: dict[str, Any]
    picture: Picture | None = None

    def private(self) -> Piece:
        """The same for the eyes of one person, as the answer to an interaction."""
        return replace(self, message={**self.message, "flags": self.message["flags"] | EPHEMERAL})


def body(text: str, buttons: Sequence[Button] = (), server: str | None = None) -> dict[str, Any]:
    """A message that pings nobody and loads nothing. Raises `Refused` for a text that does not fit."""
    content = render(text)
    if len(content) > MOST:
        raise Refused(f"a Discord message holds {MOST} characters", RefusedBecause.TOO_LONG)
    return {
        "content": content,
        "flags": SUPPRESS_EMBEDS,
        "allowed_mentions": NOBODY_PINGED,
        "components": _rows(buttons, server),
    }


def pieces_of(reply: Reply, server: str | None = None) -> list[Piece]:
    """A reply in as many messages as it needs, its buttons and its picture under the last."""
    texts = split_text(reply.text, TEXT_LIMIT) or ("…",)
    return [*(Piece(body(text)) for text in texts[:-1]), Piece(body(texts[-1], reply.buttons, server), reply.picture)]


def attached(message: Mapping[str, Any], picture: Picture) -> dict[str, Any]:
    """A message that names the picture beside it, with what it shows in words."""
    named = {"id": 0, "filename": picture.name, "description": picture.alt}
    return {**message, "attachments": [named]}


def as_form(payload: Mapping[str, Any], picture: Picture) -> list[dict[str, Any]]:
    """The fields of a request that brings a file: the JSON, and the picture's bytes."""
    return [
        {"name": "payload_json", "value": json.dumps(payload), "content_type": "application/json"},
        {"name": "files[0]", "value": picture.png, "filename": picture.name, "content_type": "image/png"},
    ]


def _rows(buttons: Sequence[Button], server: str | None) -> list[dict[str, Any]]:
    shown = [_button(button, server) for button in buttons]
    return [{"type": _ROW, "components": shown[at : at + _PER_ROW]} for at in range(0, len(shown), _PER_ROW)]


def _button(button: Button, server: str | None) -> dict[str, Any]:
    if button.url:
        return {"type": _BUTTON, "style": _LINK, "label": button.label[:80], "url": button.url}
    style = _PRIMARY if button.action in (Action.ANSWER, Action.CONFIRM_SETUP) else _SECONDARY
    return {"type": _BUTTON, "style": style, "label": button.label[:80], "custom_id": noted(button.code, server)}


def noted(code: str, server: str | None) -> str:
    """The code of a button or form, in a private conversation with the server it is about."""
    return code if server is None else f"{code}{_MARK}{server}"


def split_code(code: str) -> tuple[str, str | None]:
    """A code as it is without a server, and the server that was noted with it."""
    own, mark, server = code.rpartition(_MARK)
    return (own, server) if mark and server.isdecimal() else (code, None)


def button_ids(message: Mapping[str, Any]) -> set[str]:
    """The codes of the buttons under a message."""
    return set(_ids(message.get("components") or ()))


def _ids(parts: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for part in parts:
        if "custom_id" in part:
            yield part["custom_id"]
        yield from _ids(part.get("components") or ())


def nonce(key: str) -> str:
    """Discord's own key for a message, 25 characters at most: sent again within minutes, it returns the first one."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]
