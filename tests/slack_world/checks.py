"""Slack's rules for blocks and views: what it refuses, with a pointer to the place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slack_world.values import Json

MOST_TEXT = 40_000
MOST_MARKDOWN = 12_000
#: All text of a message's blocks; undocumented, refusals have been seen above some 10,000 characters.
MOST_BLOCK_TEXT = 10_000
MOST_MESSAGE_BLOCKS, MOST_VIEW_BLOCKS = 50, 100

PLAIN, ANY = ("plain_text",), ("plain_text", "mrkdwn")

#: The properties of each part: for a text object its limit and kinds, for a string its limit, None for anything.
Rule = tuple[int, tuple[str, ...]] | int | None
_BLOCKS: dict[str, dict[str, Rule]] = {
    "section": {"text": (3000, ANY), "fields": None, "accessory": None, "expand": None},
    "header": {"text": (150, PLAIN)},
    "divider": {},
    "context": {"elements": None},
    "actions": {"elements": None},
    "input": {
        "label": (2000, PLAIN),
        "hint": (2000, PLAIN),
        "element": None,
        "optional": None,
        "dispatch_action": None,
    },
    "image": {"image_url": 3000, "alt_text": 2000, "title": (2000, PLAIN), "slack_file": None},
    "rich_text": {"elements": None},
    "markdown": {"text": MOST_MARKDOWN},
}
_NEEDED = {
    "header": ("text",),
    "context": ("elements",),
    "actions": ("elements",),
    "input": ("label", "element"),
    "image": ("alt_text",),
    "rich_text": ("elements",),
    "markdown": ("text",),
}
_CHOOSING: dict[str, Rule] = {"options": None, "option_groups": None, "placeholder": (150, PLAIN)}
_LOOKING_UP: dict[str, Rule] = dict.fromkeys(
    "response_url_enabled default_to_current_conversation filter min_query_length".split()
)
_INITIAL: dict[str, Rule] = {
    f"initial_{name}": None
    for name in "option options date time date_time user users channel channels conversation conversations".split()
}
_ELEMENTS: dict[str, dict[str, Rule]] = {
    "button": {"text": (75, PLAIN), "value": 2000, "url": 3000, "style": None, "accessibility_label": 75},
    "plain_text_input": {
        "placeholder": (150, PLAIN),
        "initial_value": 3000,
        "multiline": None,
        "min_length": None,
        "max_length": None,
        "dispatch_action_config": None,
    },
    "number_input": {
        "is_decimal_allowed": None,
        "initial_value": None,
        "min_value": None,
        "max_value": None,
        "placeholder": (150, PLAIN),
    },
    "overflow": {"options": None},
    "timezone": {},
}
for _kind in ("static_select", "external_select", "users_select", "channels_select", "conversations_select"):
    _ELEMENTS[_kind] = _CHOOSING | _LOOKING_UP | _INITIAL
    _ELEMENTS[f"multi_{_kind}"] = _CHOOSING | _LOOKING_UP | _INITIAL | {"max_selected_items": None}
for _kind in ("radio_buttons", "checkboxes", "datepicker", "timepicker", "datetimepicker"):
    _ELEMENTS[_kind] = _CHOOSING | _INITIAL | {"timezone": None}
for _kind in ("email_text_input", "url_text_input", "rich_text_input"):
    _ELEMENTS[_kind] = {"placeholder": (150, PLAIN), "initial_value": None, "dispatch_action_config": None}
_EVERYWHERE: dict[str, Rule] = {"action_id": 255, "confirm": None, "focus_on_load": None}
_CONFIRM: dict[str, Rule] = {
    "title": (100, PLAIN),
    "text": (300, ANY),
    "confirm": (30, PLAIN),
    "deny": (30, PLAIN),
    "style": None,
}
_MOST_OPTIONS = {"radio_buttons": 10, "checkboxes": 10, "overflow": 5}
_IN_INPUTS_ONLY = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input"}
_VIEWS: dict[str, dict[str, Rule]] = {
    "home": {},
    "modal": {
        "title": (24, PLAIN),
        "submit": (24, PLAIN),
        "close": (24, PLAIN),
        "clear_on_close": None,
        "notify_on_close": None,
        "submit_disabled": None,
    },
}
_ALL_VIEWS: dict[str, Rule] = {"private_metadata": 3000, "callback_id": 255, "external_id": 255, "blocks": None}

Problems = Iterator[str]


def message_problems(blocks: object) -> list[str]:
    return list(_blocks(blocks, MOST_MESSAGE_BLOCKS))


def view_problems(view: object) -> list[str]:
    """Everything wrong with a modal or a home."""
    return list(_view(view))


def text_length(part: object) -> int:
    """All text in blocks, as Slack adds it up."""
    match part:
        case list():
            return sum(text_length(one) for one in part)
        case dict():
            own = part.get("text")
            return sum(text_length(v) for v in part.values()) + (len(own) if isinstance(own, str) else 0)
    return 0


def _view(view: object) -> Problems:
    if not isinstance(view, dict) or view.get("type") not in _VIEWS:
        yield "unsupported type [json-pointer:/view/type]"
        return
    modal = view["type"] == "modal"
    yield from _properties(view, _VIEWS[view["type"]] | _ALL_VIEWS | {"type": None}, "/view")
    if modal and "title" not in view:
        yield "missing required field: title [json-pointer:/view]"
    blocks = view.get("blocks")
    yield from _blocks(blocks, MOST_VIEW_BLOCKS, "/view/blocks", allow=lambda kind: kind != "markdown")
    if modal and isinstance(blocks, list) and any(b.get("type") == "input" for b in blocks) and "submit" not in view:
        yield "missing required field: submit, as there is an input [json-pointer:/view]"


def _blocks(
    blocks: object, most: int, at: str = "/blocks", allow: Callable[[str], bool] = lambda kind: True
) -> Problems:
    if not isinstance(blocks, list):
        yield f"must be an array [json-pointer:{at}]"
        return
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:{at}]"
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        place = f"{at}/{number}"
        if not isinstance(block, dict) or block.get("type") not in _BLOCKS or not allow(block["type"]):
            yield f"unsupported type [json-pointer:{place}/type]"
            continue
        if (name := block.get("block_id")) is not None and name in seen:
            yield f"block_id {name} already exists [json-pointer:{place}/block_id]"
        seen.add(block.get("block_id", place))
        yield from _block(block, place)


def _block(block: Json, at: str) -> Problems:
    kind = block["type"]
    yield from _properties(block, _BLOCKS[kind] | {"type": None, "block_id": 255}, at)
    for name in _NEEDED.get(kind, ()):
        if name not in block:
            yield f"missing required field: {name} [json-pointer:{at}]"
    match kind:
        case "section":
            yield from _section(block, at)
        case "context":
            yield from _count(block.get("elements"), 10, f"{at}/elements")
            for number, element in enumerate(block.get("elements") or []):
                if element.get("type") != "image":
                    yield from _text(element, 3000, ANY, f"{at}/elements/{number}")
        case "actions":
            yield from _count(block.get("elements"), 25, f"{at}/elements")
            yield from _elements(block.get("elements") or [], f"{at}/elements")
        case "input":
            yield from _element(block.get("element"), f"{at}/element", in_input=True)
        case "image" if "image_url" not in block and "slack_file" not in block:
            yield f"missing required field: image_url [json-pointer:{at}]"


def _section(block: Json, at: str) -> Problems:
    fields = block.get("fields")
    if "text" not in block and not fields:
        yield f"missing required field: text [json-pointer:{at}]"
    if fields is not None:
        yield from _count(fields, 10, f"{at}/fields")
        for number, one in enumerate(fields):
            yield from _text(one, 2000, ANY, f"{at}/fields/{number}")
    accessory = block.get("accessory")
    if accessory is not None and accessory.get("type") != "image":
        yield from _element(accessory, f"{at}/accessory")


def _elements(elements: list[Any], at: str) -> Problems:
    seen: set[str] = set()
    for number, element in enumerate(elements):
        yield from _element(element, f"{at}/{number}")
        name = element.get("action_id") if isinstance(element, dict) else None
        if name is not None and name in seen:
            yield f"action_id {name} already exists [json-pointer:{at}/{number}/action_id]"
        seen.add(str(name))


def _element(element: object, at: str, *, in_input: bool = False) -> Problems:
    if not isinstance(element, dict) or element.get("type") not in _ELEMENTS:
        yield f"unsupported type [json-pointer:{at}/type]"
        return
    kind = element["type"]
    if (kind in _IN_INPUTS_ONLY and not in_input) or (kind == "button" and in_input):
        yield f"unsupported element {kind} here [json-pointer:{at}]"
    yield from _properties(element, _ELEMENTS[kind] | _EVERYWHERE | {"type": None}, at)
    if kind == "button" and "text" not in element:
        yield f"missing required field: text [json-pointer:{at}]"
    if element.get("style") not in (None, "primary", "danger"):
        yield f"must be primary or danger [json-pointer:{at}/style]"
    yield from _lengths(element, at)
    yield from _options(element, at)
    if "confirm" in element:
        yield from _properties(element["confirm"], _CONFIRM, f"{at}/confirm")


def _lengths(element: Json, at: str) -> Problems:
    least, most = element.get("min_length"), element.get("max_length")
    if least is not None and not 0 <= least <= 3000:
        yield f"must be between 0 and 3000 [json-pointer:{at}/min_length]"
    if most is not None and not 1 <= most <= 3000:
        yield f"must be between 1 and 3000 [json-pointer:{at}/max_length]"
    initial = element.get("initial_value")
    if most is not None and isinstance(initial, str) and len(initial) > most:
        yield f"initial_value is longer than max_length [json-pointer:{at}/initial_value]"


def _options(element: Json, at: str) -> Problems:
    groups = element.get("option_groups") or []
    options = [*(element.get("options") or []), *(o for group in groups for o in group.get("options", []))]
    kind = element["type"]
    if kind in {"static_select", "multi_static_select", *_MOST_OPTIONS}:
        yield from _count(options, _MOST_OPTIONS.get(kind, 100), f"{at}/options")
    rules: dict[str, Rule] = {"text": (75, ANY), "value": 150, "description": (75, ANY), "url": 3000}
    for number, option in enumerate(options):
        yield from _properties(option, rules, f"{at}/options/{number}")
    chosen = [element.get("initial_option"), *(element.get("initial_options") or [])]
    values = {option.get("value") for option in options}
    for one in chosen:
        if one is not None and "external" not in kind and one.get("value") not in values:
            yield f"initial option is not among the options [json-pointer:{at}/initial_option]"


def _count(items: object, most: int, at: str) -> Problems:
    if not isinstance(items, list) or not items:
        yield f"no fewer than 1 items allowed [json-pointer:{at}]"
    elif len(items) > most:
        yield f"no more than {most} items allowed [json-pointer:{at}]"


def _properties(part: object, rules: dict[str, Rule], at: str) -> Problems:
    if not isinstance(part, dict):
        yield f"must be an object [json-pointer:{at}]"
        return
    for name, value in part.items():
        place = f"{at}/{name}"
        match rules.get(name, "unknown"):
            case "unknown":
                yield f"invalid additional property: {name} [json-pointer:{at}]"
            case int(most):
                if not isinstance(value, str):
                    yield f"must be a string [json-pointer:{place}]"
                elif len(value) > most:
                    yield f"must be less than {most + 1} characters [json-pointer:{place}]"
            case (int(most), tuple(kinds)):
                yield from _text(value, most, kinds, place)


def _text(part: object, most: int, kinds: tuple[str, ...], at: str) -> Problems:
    match part:
        case dict() if part.get("type") in kinds and isinstance(text := part.get("text"), str):
            allowed = {"type", "text", "emoji"} if part["type"] == "plain_text" else {"type", "text", "verbatim"}
            if not text:
                yield f"must be more than 0 characters [json-pointer:{at}/text]"
            if len(text) > most:
                yield f"must be less than {most + 1} characters [json-pointer:{at}/text]"
            for extra in sorted(set(part) - allowed):
                yield f"invalid additional property: {extra} [json-pointer:{at}]"
        case _:
            yield f"must be a text object of {' or '.join(kinds)} [json-pointer:{at}]"
