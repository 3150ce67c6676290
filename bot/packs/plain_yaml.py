"""The plain part of YAML: texts, numbers, lists and groups, each with its line.

Anchors, aliases, tags and deep nesting are refused while the file is being read, so that a small file can never grow
into a large value. Values are built from the parser's events rather than by PyYAML's constructors, which know more
types than we want: here `no` and `2026-01-01` are texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bot.packs.problems import Loc

MAX_DEPTH = 8
_TOO_DEEP = f"values are nested deeper than {MAX_DEPTH} levels; no question needs that, flatten it"
#: libyaml looks ahead, and from 0.2.6 on it refuses a thousand levels in these words before we have counted to eight.
_TOO_DEEP_FOR_LIBYAML = "exceeded maximum nesting depth"

#: Control characters, invisible ones, and those that turn the direction of writing; line feed and tab are harmless.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)

_INTEGER = re.compile(r"[-+]?[0-9]{1,15}")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{1,15}")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's values, with the line on which each begins."""

    value: Any
    lines: Mapping[Loc, int]

    def line(self, loc: Loc) -> int:
        """The line of the value at `loc`, or of the nearest value around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)


class NotPlainError(Exception):
    """The text is no plain YAML; `faults` holds line and message of each place."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__(faults)
        self.faults = faults


def read_plain(text: str) -> Document:
    """The values of a YAML text. Raises `NotPlainError`."""
    faults = [
        (number, f"there is an invisible character here (U+{ord(found[0]):04X}); delete it and type the text again")
        for number, line in enumerate(text.split("\n"), start=1)
        if (found := INVISIBLE.search(line.removesuffix("\r")))
    ]
    if faults:
        raise NotPlainError(faults)
    builder = _Builder(yaml.parse(text, Loader=_Parser))
    try:
        value = builder.document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotPlainError([(line, _not_yaml(str(error.problem)))]) from error
    except yaml.YAMLError as error:
        raise NotPlainError([(1, _not_yaml(" ".join(str(error).split())))]) from error
    if builder.faults:
        raise NotPlainError(builder.faults)
    return Document(value, builder.lines)


def _not_yaml(detail: str) -> str:
    if detail == _TOO_DEEP_FOR_LIBYAML:
        return _TOO_DEEP
    return (
        f"this is not YAML ({detail}); look at the indentation, "
        'and put a text that holds `: ` or ` #` in "double quotes" or after `>-`'
    )


class _Builder:
    """Builds one document from parser events and collects what is not plain."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self.lines: dict[Loc, int] = {}
        self.faults: list[tuple[int, str]] = []

    def document(self) -> Any:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise NotPlainError([(1, "the file is empty; content/README.md shows what belongs into it")])
        value = self._node(next(self._events), ())
        next(self._events)
        extra = next(self._events)
        if not isinstance(extra, yaml.StreamEndEvent):
            self._fault(extra, "a second document begins here and would be ignored; remove it and the `---`")
        return value

    def _fault(self, event: Any, message: str) -> None:
        self.faults.append((event.start_mark.line + 1, message))

    def _node(self, event: Any, loc: Loc) -> Any:
        self.lines.setdefault(loc, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent):
            self._fault(event, f"the alias `*{event.anchor}` is not allowed in packs; write the text out")
            return None
        if event.anchor is not None:
            self._fault(event, f"the anchor `&{event.anchor}` is not allowed in packs; remove it")
        if event.tag is not None:
            self._fault(event, f"the tag `{event.tag}` is not allowed in packs; remove it, and quote texts instead")
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if len(loc) >= MAX_DEPTH:
            self._fault(event, _TOO_DEEP)
            raise NotPlainError(self.faults)
        return self._list(loc) if isinstance(event, yaml.SequenceStartEvent) else self._group(loc)

    def _list(self, loc: Loc) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._node(event, (*loc, len(values))))
        return values

    def _group(self, loc: Loc) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, loc)
            if key in values:
                self._fault(event, f"`{key}` stands twice in this group, and only one can count; remove one of them")
            values[key] = self._node(next(self._events), (*loc, key))
        return values

    def _key(self, event: Any, loc: Loc) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._fault(event, "the name of a field must be a plain word")
            raise NotPlainError(self.faults)
        self._node(event, (*loc, event.value))
        return str(event.value)


def _scalar(event: Any) -> Any:
    text = str(event.value)
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
