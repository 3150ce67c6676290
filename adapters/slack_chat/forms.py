"""Forms as Slack shows them: modals. What they are about travels with them, so that nothing has to be remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack_chat import words
from adapters.slack_chat.rich_text import LABEL_LIMIT, TEXT_LIMIT, blocks
from bot.domain.inert import inert, shorten
from bot.domain.outgoing import Choice, Field, FieldKind, Form, FormKind

Json = dict[str, Any]

CALLBACK = "sb1:form"
#: The limits of Slack's manual.
TITLE_LIMIT = 24
_MOST_TYPED = 3000
_MOST_CHOICES = 100
_PLACEHOLDER_LIMIT = 150
_LABEL_LIMIT = 2000
#: Between a field's name and the number of its input, where a text needs several.
_PART = "~"


@dataclass(frozen=True, slots=True)
class About:
    """What a form is about: it comes back with it."""

    kind: FormKind
    target: str
    channel: str
    thread: str | None = None


def modal(form: Form, channel: str, thread: str | None = None) -> Json:
    """The form as a view. A title that is too long for Slack's head is told in full above the fields."""
    about = {"kind": form.kind.value, "target": form.target, "channel": channel, "thread": thread}
    head = blocks(f"**{inert(form.title)}**") if len(form.title) > TITLE_LIMIT else []
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(about),
        "title": _plain(form.title, TITLE_LIMIT),
        "submit": _plain(form.send_label, TITLE_LIMIT),
        "close": _plain(words.FORM_CANCEL, TITLE_LIMIT),
        "blocks": [*head, *(block for field in form.fields for block in _inputs(field))],
    }


def about(view: Mapping[str, Any]) -> About | None:
    """What a form that came back is about, or None when it is none of ours."""
    try:
        told = json.loads(view.get("private_metadata") or "")
        return About(FormKind(told["kind"]), str(told["target"]), str(told["channel"]), told.get("thread"))
    except (ValueError, KeyError, TypeError):
        return None


def fields(view: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by the names of the fields."""
    filled: dict[str, str] = {}
    for block, inside in view.get("state", {}).get("values", {}).items():
        name = block.partition(_PART)[0]
        filled[name] = filled.get(name, "") + "".join(_value(element) for element in inside.values())
    return filled


def last_input(view: Mapping[str, Any]) -> str:
    """The input beside which a word about the whole form is shown."""
    return next((block["block_id"] for block in reversed(view["blocks"]) if block["type"] == "input"), "")


def _value(element: Mapping[str, Any]) -> str:
    match element.get("type"):
        case "conversations_select":
            return element.get("selected_conversation") or ""
        case "multi_static_select":
            return ",".join(option["value"] for option in element.get("selected_options") or ())
        case _:
            return element.get("value") or ""


def _inputs(field: Field) -> Iterator[Json]:
    """The input of a field. Slack's hold 3,000 characters: a longer text goes on in the next, so that none is lost."""
    match field.kind:
        case FieldKind.TEXT:
            text = field.value[: field.max_length]
            pieces = [text[at : at + _MOST_TYPED] for at in range(0, len(text), _MOST_TYPED)] or [""]
            for number, piece in enumerate(pieces):
                yield _text_input(field, number, piece)
        case FieldKind.CHANNEL:
            yield _input(field, _channel(field))
        case FieldKind.CHOICES:
            yield _input(field, _choices(field))


def _text_input(field: Field, number: int, piece: str) -> Json:
    element: Json = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": field.multiline,
        "max_length": min(field.max_length, _MOST_TYPED),
    }
    element |= {"initial_value": piece} if piece else {}
    element |= {"placeholder": _plain(field.placeholder, _PLACEHOLDER_LIMIT)} if field.placeholder else {}
    shown = _input(field, element)
    if number == 0:
        return shown
    label = _plain(f"{field.label} {words.FIELD_MORE}", _LABEL_LIMIT)
    return shown | {"block_id": f"{field.name}{_PART}{number}", "label": label, "optional": True}


def _channel(field: Field) -> Json:
    """Slack's own list of channels; those of other organisations and direct messages are no place for a question."""
    kinds = {"include": ["public", "private"], "exclude_bot_users": True}
    element: Json = {"type": "conversations_select", "action_id": "channel", "filter": kinds}
    return element | ({"initial_conversation": field.value} if field.value else {})


def _choices(field: Field) -> Json:
    chosen = [value.strip() for value in field.value.split(",")]
    offered = [choice for choice in field.choices if choice.value in chosen]
    others = [choice for choice in field.choices if choice.value not in chosen]
    options = [_option(choice) for choice in [*offered, *others][:_MOST_CHOICES]]
    element: Json = {"type": "multi_static_select", "action_id": "choices", "options": options}
    element |= {"placeholder": _plain(field.placeholder, _PLACEHOLDER_LIMIT)} if field.placeholder else {}
    return element | ({"initial_options": options[: len(offered)]} if offered else {})


def _option(choice: Choice) -> Json:
    return {"text": _plain(choice.label, LABEL_LIMIT), "value": choice.value}


def _input(field: Field, element: Json) -> Json:
    label = _plain(field.label, _LABEL_LIMIT)
    return {"type": "input", "block_id": field.name, "label": label, "element": element, "optional": not field.required}


def _plain(text: str, limit: int) -> Json:
    return {"type": "plain_text", "text": shorten(text, limit), "emoji": False}


def error(view: Mapping[str, Any], text: str) -> Json:
    """The answer that keeps a form open, with everything typed in it, and says why."""
    return {"response_action": "errors", "errors": {last_input(view): text[:TEXT_LIMIT]}}
