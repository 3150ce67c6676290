"""Filling in forms, as far as Slack's client lets a person do it."""

from __future__ import annotations

from collections.abc import Iterator

from slack_world.values import Impossible, Json, View

_MOST_TYPED = 3000
_TYPED = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
_FIELDS = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
}


def filled(view: View, values: Json) -> Json:
    """The state that is sent with a form; Impossible for what the client would not send."""
    left = dict(values)
    state: Json = {}
    for block, element, required in _inputs(view):
        value = _value_for(left, block, element)
        answer = _initial(view, block, element) if value is _UNTOUCHED else option_chosen(element, value)
        _allow(element, answer, required, block)
        state.setdefault(block, {})[element["action_id"]] = {"type": element["type"]} | answer
    if left:
        raise Impossible(f"no input called {sorted(left)}; there is {sorted(view.inputs)}")
    return state


def state_of(view: View) -> Json:
    """What stands in the form right now."""
    state: Json = {}
    for block, element, _ in _inputs(view):
        answer = _initial(view, block, element)
        state.setdefault(block, {})[element["action_id"]] = {"type": element["type"]} | answer
    return state


def option_chosen(element: Json, value: object) -> Json:
    """What an element says once somebody typed or chose this."""
    kind = element["type"]
    if kind in _TYPED:
        return {"value": value or None}
    field = _FIELDS.get(kind)
    if field is None:
        raise Impossible(f"nothing can be chosen in a {kind}")
    if not field.startswith("selected_option"):
        return {field: value}
    if value is None:
        return {field: [] if field.endswith("s") else None}
    if field == "selected_options":
        return {field: [_option(element, one) for one in (value if isinstance(value, list) else [value])]}
    return {field: _option(element, value)}


_UNTOUCHED = object()


def _inputs(view: View) -> Iterator[tuple[str, Json, bool]]:
    for block in view.blocks:
        if block.get("type") == "input":
            yield block["block_id"], block["element"], not block.get("optional", False)
        elif block.get("type") in {"actions", "section"}:
            inside = [*block.get("elements", []), block.get("accessory") or {}]
            for element in inside:
                if element.get("type") in _FIELDS and element["type"] != "overflow":
                    yield block["block_id"], element, False


def _value_for(left: Json, block: str, element: Json) -> object:
    names = (f"{block}/{element['action_id']}", block, element["action_id"])
    found = next((name for name in names if name in left), None)
    return _UNTOUCHED if found is None else left.pop(found)


def _initial(view: View, block: str, element: Json) -> Json:
    kind = element["type"]
    if (earlier := view.chosen.get((block, element["action_id"]))) is not None:
        return {key: value for key, value in earlier.items() if key.startswith("selected_") or key == "value"}
    if kind in _TYPED:
        return {"value": element.get("initial_value")}
    field = _FIELDS.get(kind, "value")
    return {field: element.get(field.replace("selected_", "initial_"), [] if field.endswith("s") else None)}


def _option(element: Json, wanted: object) -> Json:
    groups = element.get("option_groups") or []
    options = [*(element.get("options") or []), *(o for group in groups for o in group["options"])]
    if isinstance(wanted, dict):
        return wanted
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return {"text": option["text"], "value": option["value"]}
    raise Impossible(f"no option {wanted!r}; there is {[option['value'] for option in options]}")


def _allow(element: Json, answer: Json, required: bool, block: str) -> None:
    value = next(iter(answer.values()))
    if required and not value:
        raise Impossible(f"{block} has to be filled in")
    if element["type"] == "plain_text_input" and value:
        most = element.get("max_length") or _MOST_TYPED
        if not element.get("min_length", 0) <= len(value) <= most:
            raise Impossible(f"{block} takes {element.get('min_length', 0)} to {most} characters, not {len(value)}")
