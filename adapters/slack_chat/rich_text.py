"""Our small Markdown as Slack's rich text: a tree in which words are words. Nothing that people or models wrote is
parsed by Slack, so no mention, link or mark of theirs comes alive, and there is nothing to escape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.inert import BREAK, shorten
from bot.domain.outgoing import Action, Button

Json = dict[str, Any]

#: Characters of our Markdown in one message. Slack refuses blocks somewhere above 10,000 characters without saying
#: where; a message of 3,000 is read on a phone without unfolding.
TEXT_LIMIT = 3000
#: The limits of Slack's manual.
LABEL_LIMIT = 75
_MOST_BUTTONS = 25
#: What every button is called that opens an address. Slack tells of its press, and there is nothing to do.
LINK = "link"

#: A run of ticks is taken whole and bold ends within reach, so that odd texts cost no more time than plain ones.
_INLINE = re.compile(
    r"\\(?P<literal>[!-/:-@\[-`{-~])"
    r"|(?<!`)(?P<ticks>`++)(?P<code>[^\n]+?)(?<!`)(?P=ticks)(?!`)"
    r"|\*\*(?=[^\s*])(?P<bold>(?:\\.|[^\\\n]){1,1000}?)(?<=\S)\*\*"
    r"|(?<![*\w])\*(?=[^\s*])(?P<italic>(?:\\.|[^\\*\n])+?)(?<=\S)\*(?!\*)"
)
_FENCE = re.compile(r"^ {0,3}```[^`\n]*$")
_QUOTE = re.compile(r"^> ?")
_BULLET = re.compile(r"^ {0,3}- (?=\S)")
_NUMBER = re.compile(r"^ {0,3}(\d{1,3})\. (?=\S)")
_HAS_SCHEME = re.compile(r"(?<=:)(?=//)")
_OWN_MARKS = "✓◐○⚠●"


@dataclass(frozen=True, slots=True)
class _Run:
    """Some characters in one style."""

    text: str
    style: frozenset[str] = frozenset()


def message(text: str, buttons: tuple[Button, ...] = (), picture: Sequence[Json] = ()) -> Json:
    """Blocks for the eye and a text for notifications. `picture` is the block that shows one, if any."""
    return {"text": fallback(text), "blocks": blocks(text, buttons, picture)}


def blocks(text: str, buttons: tuple[Button, ...] = (), picture: Sequence[Json] = ()) -> list[Json]:
    """The blocks of a message or page."""
    shown: list[Json] = []
    if elements := list(_elements(text)):
        shown.append({"type": "rich_text", "elements": elements})
    shown += picture
    for start in range(0, len(buttons), _MOST_BUTTONS):
        shown.append({"type": "actions", "elements": [_button(one) for one in buttons[start : start + _MOST_BUTTONS]]})
    return shown


def fallback(text: str) -> str:
    """The words alone, for notifications and screen readers. This text Slack does parse, so its signs are escaped."""
    words = "\n".join("".join(run.text for run in part.runs) for part in _parsed(text))
    plain = shorten(_HAS_SCHEME.sub(BREAK, words).strip(), TEXT_LIMIT) or "…"
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _button(button: Button) -> Json:
    label = {"type": "plain_text", "text": shorten(button.label, LABEL_LIMIT), "emoji": False}
    if button.url:
        return {"type": "button", "action_id": LINK, "text": label, "url": button.url}
    shown = {"type": "button", "action_id": button.code, "text": label, "value": button.target or "-"}
    return shown | ({"style": "primary"} if button.action in (Action.ANSWER, Action.CONFIRM_SETUP) else {})


# ---------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True)
class _Part:
    """A paragraph, quotation, piece of code or item of a list: `kind` is Slack's name for it; `number` counts items."""

    kind: str
    runs: tuple[_Run, ...]
    number: int = 0


def _elements(text: str) -> Iterator[Json]:
    parts = [part for part in _parsed(text) if any(run.text for run in part.runs)]
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.kind in ("bullet", "ordered"):
            end = _end_of_list(parts, at)
            yield _list(parts[at:end])
            at = end
        else:
            yield {"type": part.kind, "elements": [_text(run) for run in part.runs]}
            at += 1


def _end_of_list(parts: list[_Part], at: int) -> int:
    kind = parts[at].kind
    end = at + 1
    while end < len(parts) and parts[end].kind == kind:
        end += 1
    return end


def _list(items: list[_Part]) -> Json:
    sections = [{"type": "rich_text_section", "elements": [_text(run) for run in item.runs]} for item in items]
    shown: Json = {"type": "rich_text_list", "style": items[0].kind, "elements": sections}
    return shown | ({"offset": items[0].number - 1} if items[0].number > 1 else {})


def _text(run: _Run) -> Json:
    style = dict.fromkeys(sorted(run.style), True)
    return {"type": "text", "text": run.text} | ({"style": style} if style else {})


def _parsed(text: str) -> list[_Part]:
    """The parts of a text; paragraphs that follow each other become one, with their empty lines in it."""
    joined: list[_Part] = []
    for part in _parts(text.split("\n")):
        last = joined[-1] if joined else None
        if last is not None and last.kind == part.kind == "rich_text_section":
            joined[-1] = _Part(part.kind, _merged([*last.runs, _Run("\n\n"), *part.runs]))
        elif last is not None and last.kind in ("bullet", "ordered") and part.kind == "rich_text_section":
            joined.append(_Part(part.kind, _merged([_Run("\n"), *part.runs])))
        else:
            joined.append(part)
    return joined


def _parts(lines: list[str]) -> Iterator[_Part]:
    at = 0
    while at < len(lines):
        start, line = at, lines[at]
        if _FENCE.match(line):
            at = _end(lines, at + 1, lambda one: one.strip() != "```")
            yield _Part("rich_text_preformatted", (_Run("\n".join(lines[start + 1 : at])),))
            at += 1
        elif _QUOTE.match(line):
            at = _end(lines, at, lambda one: bool(_QUOTE.match(one)))
            yield _Part("rich_text_quote", _lines([_QUOTE.sub("", one) for one in lines[start:at]]))
        elif _item_mark(line):
            at = _end(lines, at, lambda one: bool(_item_mark(one)) or (one.startswith("  ") and bool(one.strip())))
            yield from _items(lines[start:at])
        elif not line.strip():
            at += 1
        else:
            at = _end(lines, at + 1, lambda one: not _begins_part(one))
            yield _Part("rich_text_section", _lines(lines[start:at]))


def _end(lines: list[str], at: int, goes_on: Callable[[str], bool]) -> int:
    while at < len(lines) and goes_on(lines[at]):
        at += 1
    return at


def _item_mark(line: str) -> re.Match[str] | None:
    return _BULLET.match(line) or _NUMBER.match(line)


def _begins_part(line: str) -> bool:
    return not line.strip() or any(mark.match(line) for mark in (_FENCE, _QUOTE, _BULLET, _NUMBER))


def _items(lines: list[str]) -> Iterator[_Part]:
    """The items of a list. Points that bring a mark of their own, such as ✓, stand as plain lines without a bullet."""
    items: list[tuple[int, list[str]]] = []
    for line in lines:
        if mark := _item_mark(line):
            items.append((int(mark[1]) if mark.re is _NUMBER else 0, [line[mark.end() :]]))
        else:
            items[-1][1].append(line.strip())
    if all(item[0][:1] in _OWN_MARKS for _, item in items):
        yield _Part("rich_text_section", _lines(["\n".join(item) for _, item in items]))
        return
    for number, item in items:
        yield _Part("ordered" if number else "bullet", _lines(item), number)


# ---------------------------------------------------------------- inside a line


def _lines(lines: list[str]) -> tuple[_Run, ...]:
    return _merged(list(_inline("\n".join(line.rstrip() for line in lines), frozenset())))


def _inline(text: str, style: frozenset[str]) -> Iterator[_Run]:
    at = 0
    while found := _INLINE.search(text, at):
        yield _Run(text[at : found.start()], style)
        at = found.end()
        if found["literal"]:
            yield _Run(found["literal"], style)
        elif found["code"]:
            yield _Run(_code(found["code"]), style | {"code"})
        elif found["bold"]:
            yield from _inline(found["bold"], style | {"bold"})
        else:
            yield from _inline(found["italic"], style | {"italic"})
    yield _Run(text[at:], style)


def _code(inside: str) -> str:
    """Code in ticks; one blank at each end makes room for ticks inside."""
    return inside[1:-1] if len(inside) > 2 and inside[0] == inside[-1] == " " else inside


def _merged(runs: list[_Run]) -> tuple[_Run, ...]:
    """Neighbours of one style become one; Slack takes no empty text."""
    kept: list[_Run] = []
    for run in runs:
        if kept and kept[-1].style == run.style:
            kept[-1] = _Run(kept[-1].text + run.text, run.style)
        elif run.text:
            kept.append(run)
    return tuple(kept)
