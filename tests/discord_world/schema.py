"""Checks requests against Discord's own description of its API, of which discord_api.json is an extract.

Only the part of JSON Schema that the description uses. Beyond it, a field that the description does not name is a
complaint: Discord would ignore it in silence, and a misspelt field would never be found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from discord_world.model import Json

API = Path(__file__).parent / "discord_api.json"

# Fields that Discord takes or overlooks although its description leaves them out: `nsfw` is in its handbook;
# discord.py sends `tts` with every edit of an answer, and `tts` and `type` with a new thread in a forum.
TAKEN_ALL_THE_SAME = {
    ("ApplicationCommandUpdateRequest", "nsfw"),
    ("ApplicationCommandCreateRequest", "nsfw"),
    ("IncomingWebhookUpdateRequestPartial", "tts"),
    ("IncomingWebhookUpdateForInteractionCallbackRequestPartial", "tts"),
    ("BaseCreateMessageCreateRequest", "tts"),
    ("CreateForumThreadRequest", "type"),
}


# Sent by discord.py when it opens a thread in a forum.
FORUM_QUERY = "use_nested_fields"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: `template` is the path as the description writes it."""

    method: str
    template: str
    body: Json | None
    body_required: bool
    query: Mapping[str, Json]


class Description:
    """The extract, read once."""

    def __init__(self, extract: Json) -> None:
        self.schemas: Json = extract["schemas"]
        self.routes = [
            Route(method.upper(), path, entry.get("body"), entry.get("body_required", False), entry.get("query", {}))
            for path, methods in extract["paths"].items()
            for method, entry in methods.items()
        ]
        self._by_length: dict[tuple[str, int], list[tuple[list[str], Route]]] = {}
        for route in sorted(self.routes, key=lambda one: one.template.count("{")):
            steps = route.template.split("/")
            self._by_length.setdefault((route.method, len(steps)), []).append((steps, route))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The operation for a raw path, with what stands in its places."""
        parts = path.split("/")
        for steps, route in self._by_length.get((method, len(parts)), ()):
            if all(step == part or step.startswith("{") for step, part in zip(steps, parts, strict=True)):
                named = zip(steps, map(unquote, parts), strict=True)
                return route, {step[1:-1]: part for step, part in named if step.startswith("{")}
        return None

    def complaints(self, route: Route, query: Mapping[str, str], body: object) -> list[str]:
        """What is wrong with a request, as `path: words`; nothing if all is well."""
        strange = [name for name in query if name not in route.query and name != FORUM_QUERY]
        found = [f"{name}: No such query parameter." for name in strange]
        for name, value in query.items():
            if name in route.query:
                found += self._check(_typed(value, self._plain(route.query[name])), route.query[name], name)
        if body is not None and route.body is None:
            return [*found, "body: This route takes no body."]
        if body is None:
            return [*found, "body: This field is required"] if route.body_required else found
        return found + (self._check(body, route.body, "") if route.body else [])

    def check(self, value: object, schema: str) -> list[str]:
        """Complaints about a value by the name of its schema."""
        return self._check(value, self.schemas[schema], "", schema)

    def _plain(self, schema: Json) -> Json:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        return schema

    def _check(self, value: object, schema: Json, path: str, name: str = "") -> list[str]:
        if name == "SnowflakeType" and _is(value, "integer"):
            # Written as a string in the description; Discord takes numbers too, and discord.py sends them.
            value = str(value)
        if "$ref" in schema:
            return self._check(value, self.schemas[schema["$ref"]], path, schema["$ref"])
        if "const" in schema and value != schema["const"]:
            return [f"{path}: Value must be {schema['const']!r}."]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{path}: Value must be one of {schema['enum']}."]
        found = [one for part in schema.get("allOf", ()) for one in self._check(value, part, path)]
        branches = schema.get("oneOf") or schema.get("anyOf")
        if branches:
            found += self._check_branches(value, branches, path)
        if "type" in schema and not _is(value, schema["type"]):
            return [*found, f"{path}: Could not be interpreted as {schema['type']}."]
        return found + list(self._inside(value, schema, path, name))

    def _check_branches(self, value: object, branches: list[Json], path: str) -> list[str]:
        best: list[str] | None = None
        for branch in branches:
            found = self._check(value, branch, path)
            if not found:
                return []
            if self._is_meant(value, branch) and (best is None or len(found) < len(best)):
                best = found
        return best or [f"{path}: Fits none of the forms that are allowed here."]

    def _is_meant(self, value: object, branch: Json) -> bool:
        """Whether a value was most likely meant for this branch: by its JSON type, and by `type` where it has one."""
        plain = self._plain(branch)
        if "type" in plain and not _is(value, plain["type"]):
            return False
        kind = plain.get("properties", {}).get("type")
        if kind is None or not isinstance(value, dict):
            return "const" not in plain and "enum" not in plain
        return not self._check(value.get("type"), kind, "") if "type" in value else True

    def _inside(self, value: object, schema: Json, path: str, name: str) -> Iterator[str]:
        if isinstance(value, str):
            yield from _text(value, schema, path)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                yield f"{path}: Value must be from {schema.get('minimum')} to {schema.get('maximum')}."
        elif isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                most = f"from {schema.get('minItems', 0)} to {schema.get('maxItems', 'any number of')}"
                yield f"{path}: Must have {most} items."
            if schema.get("uniqueItems") and len({json.dumps(one, sort_keys=True) for one in value}) != len(value):
                yield f"{path}: Items must be unique."
            for number, one in enumerate(value):
                yield from self._check(one, schema.get("items", {}), f"{path}.{number}".lstrip("."))
        elif isinstance(value, dict):
            yield from self._object(value, schema, path, name)

    def _object(self, value: Json, schema: Json, path: str, name: str) -> Iterator[str]:
        yield from (
            f"{_at(path, one)}: This field is required" for one in schema.get("required", ()) if one not in value
        )
        if len(value) > schema.get("maxProperties", len(value)):
            yield f"{path}: Must have at most {schema['maxProperties']} fields."
        known = schema.get("properties")
        other = schema.get("additionalProperties", known is None)
        for key, one in value.items():
            if known is not None and key in known:
                yield from self._check(one, known[key], _at(path, key))
            elif isinstance(other, dict):
                yield from self._check(one, other, _at(path, key))
            elif not other and (name, key) not in TAKEN_ALL_THE_SAME:
                yield f"{_at(path, key)}: {name or 'This object'} has no such field."


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _is(value: object, kinds: str | list[str]) -> bool:
    return any(_is_one(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _is_one(value: object, kind: str) -> bool:
    match kind:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "array":
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _text(value: str, schema: Json, path: str) -> Iterator[str]:
    # Discord counts characters as Python does.
    if len(value) < schema.get("minLength", 0):
        yield f"{path}: Must be {schema['minLength']} or more in length."
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{path}: Must be {schema['maxLength']} or fewer in length."
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path}: Value {value!r} does not match {schema['pattern']}."
    if schema.get("format") == "snowflake" and not value.isdecimal():
        yield f"{path}: Value {value!r} is not snowflake."
    if schema.get("format") == "uri" and "://" not in value:
        yield f"{path}: Not a well formed URL."


def _typed(value: str, schema: Json) -> Any:
    """A query parameter as the value it stands for."""
    kinds = schema.get("type", "string")
    if "integer" in kinds and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "boolean" in kinds and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    return value


@cache
def description() -> Description:
    return Description(json.loads(API.read_text(encoding="utf-8")))
