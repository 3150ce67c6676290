"""Turns what pydantic found into sentences: what is wrong, why, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.packs.problems import Loc
from bot.packs.shapes import Shape, schema


def explain(shape: type[Shape], error: ValidationError) -> Iterator[tuple[Loc, str]]:
    """Each fault with the place of its value."""
    for fault in error.errors(include_url=False):
        node, field = _field(shape, fault["loc"])
        say = _SENTENCES.get(fault["type"], _other)
        yield fault["loc"], " ".join(filter(None, [f"{field} {say(fault, node)}.", node.get("description")]))


def _field(shape: type[Shape], loc: Loc) -> tuple[dict[str, Any], str]:
    """What the schema says of the value at `loc`, and how we name it in a sentence."""
    whole = _schema(shape)
    node, name = whole, "the file"
    for step in loc:
        if isinstance(step, int):
            node, name = _resolved(whole, node.get("items", {})), f"entry {step + 1} of {name}"
        else:
            node, name = _resolved(whole, node.get("properties", {}).get(step, {"siblings": node})), f"`{step}`"
    return node, name


@cache
def _schema(shape: type[Shape]) -> dict[str, Any]:
    return schema(shape)


def _resolved(whole: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    return {**whole["$defs"][reference.rsplit("/", 1)[1]], **node} if reference else node


def _missing(fault: ErrorDetails, node: dict[str, Any]) -> str:
    return f"is missing; add a line `{fault['loc'][-1]}: …`"


def _unknown(fault: ErrorDetails, node: dict[str, Any]) -> str:
    known = list(node["siblings"].get("properties", {}))
    close = get_close_matches(str(fault["loc"][-1]), known, n=1)
    advice = f"did you mean `{close[0]}`?" if close else f"known here are {', '.join(known)}"
    return f"is no field we know, so it would go unread; {advice}"


def _wrong_type(expected: str) -> Callable[[ErrorDetails, dict[str, Any]], str]:
    return lambda fault, node: f"must be {expected}, but here stands {_shown(fault['input'])}"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case list():
            return "a list"
        case dict():
            return "a group of fields"
        case str():
            return f"the text `{value[:40]}{'…' if len(value) > 40 else ''}`"
        case bool():
            return f"the word `{str(value).lower()}`"
    return f"the number `{value}`"


def _count(fault: ErrorDetails, node: dict[str, Any]) -> str:
    low, high = node.get("minItems", 0), node.get("maxItems")
    wanted = f"at least {low}" if high is None else str(low) if low == high else f"{low} to {high}"
    return f"has {len(fault['input'])} {'entry' if len(fault['input']) == 1 else 'entries'}, but takes {wanted}"


def _length(fault: ErrorDetails, node: dict[str, Any]) -> str:
    low, high = node.get("minLength", 0), node.get("maxLength")
    return f"has {len(fault['input'].strip())} characters, but takes {low} to {high}"


def _range(fault: ErrorDetails, node: dict[str, Any]) -> str:
    return f"is {fault['input']}, but goes from {node['minimum']} to {node['maximum']}"


def _pattern(fault: ErrorDetails, node: dict[str, Any]) -> str:
    return f"is `{str(fault['input'])[:60]}`, which does not fit"


def _choice(fault: ErrorDetails, node: dict[str, Any]) -> str:
    return f"is {_shown(fault['input'])}, but takes one of {', '.join(node['enum'])}"


def _other(fault: ErrorDetails, node: dict[str, Any]) -> str:
    return f"does not fit ({fault['msg'].lower()})"


_SENTENCES: dict[str, Callable[[ErrorDetails, dict[str, Any]], str]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_type": _wrong_type("a text (put numbers in double quotes)"),
    "int_type": _wrong_type("a whole number"),
    "float_type": _wrong_type("a number"),
    "bool_type": _wrong_type("true or false"),
    "list_type": _wrong_type("a list, with one `- …` per entry"),
    "model_type": _wrong_type("a group of fields"),
    "enum": _choice,
    "too_short": _count,
    "too_long": _count,
    "string_too_short": _length,
    "string_too_long": _length,
    "string_pattern_mismatch": _pattern,
    "greater_than_equal": _range,
    "less_than_equal": _range,
}
