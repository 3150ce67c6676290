"""Our forms as Discord's, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from adapters.discord_chat.content import noted, split_code
from bot.domain.outgoing import Field, FieldKind, Form, FormKind

_CHOICES, _TEXT, _CHANNEL, _LABEL = 3, 4, 8, 18
_ONE_LINE, _PARAGRAPH = 1, 2
#: The kinds of channel in which a question can be posted with a thread: text and announcements.
ASKABLE = (0, 5)
_MARK = "sb1f"
_LONGEST = 4000
_MOST_CHOICES = 25


def modal(form: Form, server: str | None = None) -> dict[str, Any]:
    """The form as Discord shows it. What it is about travels in its id, so it outlives a restart."""
    return {
        "custom_id": noted(f"{_MARK}:{form.kind.value}:{form.target}", server),
        "title": _cut(form.title, 45),
        "components": [_labelled(field) for field in form.fields],
    }


def _labelled(field: Field) -> dict[str, Any]:
    return {"type": _LABEL, "label": _cut(field.label, 45), "component": _component(field)}


def _component(field: Field) -> dict[str, Any]:
    match field.kind:
        case FieldKind.TEXT:
            return _text(field)
        case FieldKind.CHANNEL:
            chosen = {"default_values": [{"id": field.value, "type": "channel"}]} if field.value else {}
            head = {"type": _CHANNEL, "custom_id": field.name, "channel_types": list(ASKABLE)}
            return head | {"required": field.required, "min_values": int(field.required), "max_values": 1} | chosen
        case FieldKind.CHOICES:
            return _choices(field)
        case _:
            assert_never(field.kind)


def _text(field: Field) -> dict[str, Any]:
    most = max(1, min(field.max_length, _LONGEST))
    shown = {"value": field.value[:most], "placeholder": _cut(field.placeholder, 100)}
    return {
        "type": _TEXT,
        "custom_id": field.name,
        "style": _PARAGRAPH if field.multiline else _ONE_LINE,
        "required": field.required,
        "max_length": most,
    } | {name: words for name, words in shown.items() if words}


def _choices(field: Field) -> dict[str, Any]:
    chosen = set(field.value.split(","))
    options = [
        {"value": each.value[:100], "label": _cut(each.label, 100), "default": each.value in chosen}
        for each in field.choices[:_MOST_CHOICES]
    ]
    return {
        "type": _CHOICES,
        "custom_id": field.name,
        "required": field.required,
        "min_values": int(field.required),
        "max_values": max(1, len(options)),
        "options": options,
    } | ({"placeholder": _cut(field.placeholder, 100)} if field.placeholder else {})


def read_modal_id(code: str) -> tuple[FormKind, str] | None:
    """Which form came back and what it is about, or None for one that we do not know."""
    mark, _, rest = split_code(code)[0].partition(":")
    kind, colon, target = rest.partition(":")
    if mark != _MARK or not colon or kind not in set(FormKind):
        return None
    return FormKind(kind), target


def read_fields(components: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What was filled in, by the name of the field."""
    fields: dict[str, str] = {}
    for outer in components:
        inner = [outer["component"]] if "component" in outer else outer.get("components") or []
        for part in inner:
            values = part.get("values")
            fields[part["custom_id"]] = ",".join(values) if values is not None else part.get("value") or ""
    return fields


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
