"""Our small Markdown as HTML. Only the tags written here ever appear: every piece of text passes through `escape`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator

from markupsafe import Markup, escape

#: A run of ticks is taken whole and bold ends within reach: whatever is typed, rendering takes time by its length only.
_INLINE = re.compile(
    r"\\(?P<literal>[!-/:-@\[-`{-~])"
    r"|(?<!`)(?P<ticks>`++)(?P<code>[^\n]+?)(?<!`)(?P=ticks)(?!`)"
    r"|\*\*(?=[^\s*])(?P<bold>(?:\\.|[^\\\n]){1,1000}?)(?<=\S)\*\*"
    r"|(?<![*\w])\*(?=[^\s*])(?P<italic>(?:\\.|[^\\*\n])+?)(?<=\S)\*(?!\*)"
    r"|(?P<mention>(?<!\w)@\w[^\n@]{0,80})"
)
_FENCE = re.compile(r"^ {0,3}```[^`\n]*$")
_BULLET = re.compile(r"^ {0,3}- (?=\S)")
_NUMBER = re.compile(r"^ {0,3}(\d{1,3})\. (?=\S)")
#: Beyond this, quotations inside quotations stay as they are typed.
_DEEPEST = 4


def render(text: str, names: Collection[str] = ()) -> Markup:
    """The text as safe HTML. `names` are those whose mention is shown as one."""
    by_length = sorted(names, key=len, reverse=True)
    return Markup("").join(_blocks(text.split("\n"), by_length, 0))


def plain(text: str, most: int = 90) -> str:
    """The first words without marks, for a quotation in one line. Still to be escaped."""
    bare = re.sub(r"\\([!-/:-@\[-`{-~])|[*`]+|^> ?|^ {0,3}- ", r"\1", text, flags=re.MULTILINE)
    line = " ".join(bare.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _blocks(lines: list[str], names: list[str], depth: int) -> Iterator[Markup]:
    at = 0
    while at < len(lines):
        start = at
        if _FENCE.match(lines[at]):
            at = _end(lines, at + 1, lambda line: line.strip() != "```")
            yield Markup("<pre><code>{}</code></pre>").format("\n".join(lines[start + 1 : at]))
            at += 1
        elif lines[at].startswith(">") and depth < _DEEPEST:
            at = _end(lines, at, lambda line: line.startswith(">"))
            quoted = [re.sub("^> ?", "", line) for line in lines[start:at]]
            yield Markup("<blockquote>{}</blockquote>").format(Markup("").join(_blocks(quoted, names, depth + 1)))
        elif _BULLET.match(lines[at]):
            at = _end(lines, at, _is_item(_BULLET))
            yield Markup("<ul>{}</ul>").format(_items(lines[start:at], _BULLET, names))
        elif number := _NUMBER.match(lines[at]):
            at = _end(lines, at, _is_item(_NUMBER))
            yield Markup('<ol start="{}">{}</ol>').format(int(number[1]), _items(lines[start:at], _NUMBER, names))
        elif not lines[at].strip():
            at += 1
        else:
            at = _end(lines, at + 1, lambda line: not _begins_block(line, depth))
            yield Markup("<p>{}</p>").format(_lines(lines[start:at], names))


def _end(lines: list[str], at: int, goes_on: Callable[[str], bool]) -> int:
    while at < len(lines) and goes_on(lines[at]):
        at += 1
    return at


def _is_item(mark: re.Pattern[str]) -> Callable[[str], bool]:
    """Whether a line is an item or the indented rest of one."""
    return lambda line: bool(mark.match(line)) or (line.startswith("  ") and bool(line.strip()))


def _items(lines: list[str], mark: re.Pattern[str], names: list[str]) -> Markup:
    items: list[list[str]] = []
    for line in lines:
        if found := mark.match(line):
            items.append([line[found.end() :]])
        else:
            items[-1].append(line.strip())
    return Markup("").join(_item(item, names) for item in items)


def _item(lines: list[str], names: list[str]) -> Markup:
    """A point that brings a mark of its own, such as ● or ✓, needs no bullet before it."""
    own_mark = unicodedata.category(lines[0][:1] or " ") == "So"
    opening = Markup('<li class="marked">') if own_mark else Markup("<li>")
    return opening + _lines(lines, names) + Markup("</li>")


def _begins_block(line: str, depth: int) -> bool:
    quote = line.startswith(">") and depth < _DEEPEST
    return quote or not line.strip() or any(mark.match(line) for mark in (_FENCE, _BULLET, _NUMBER))


def _lines(lines: list[str], names: list[str]) -> Markup:
    return Markup("<br>").join(_inline(line.strip(), names) for line in lines)


def _inline(text: str, names: list[str]) -> Markup:
    return Markup("").join(_pieces(text, names))


def _pieces(text: str, names: list[str]) -> Iterator[Markup]:
    at = 0
    while found := _INLINE.search(text, at):
        yield escape(text[at : found.start()])
        at = found.end()
        if found["literal"]:
            yield escape(found["literal"])
        elif found["code"]:
            yield Markup("<code>{}</code>").format(_code(found["code"]))
        elif found["bold"]:
            yield Markup("<strong>{}</strong>").format(_inline(found["bold"], names))
        elif found["italic"]:
            yield Markup("<em>{}</em>").format(_inline(found["italic"], names))
        else:
            name = _name_at(found["mention"][1:], names)
            yield Markup('<span class="mention">@{}</span>').format(name) if name else Markup("@")
            at = found.start() + 1 + len(name)
    yield escape(text[at:])


def _code(inside: str) -> str:
    """Code in ticks; one blank at each end makes room for ticks inside."""
    return inside[1:-1] if len(inside) > 2 and inside[0] == inside[-1] == " " else inside


def _name_at(text: str, names: list[str]) -> str:
    found = next((name for name in names if text.casefold().startswith(name.casefold())), "")
    ends = text[len(found) : len(found) + 1]
    return text[: len(found)] if found and not (ends.isalnum() or ends == "_") else ""


def mentioned(text: str, names: Collection[str]) -> list[str]:
    """Whose names stand behind an @ in this text, in order."""
    by_length = sorted(names, key=len, reverse=True)
    found = (_name_at(part, by_length) for part in re.split(r"(?<!\w)@", text)[1:])
    wanted = [name.casefold() for name in found if name]
    return [name for name in names if name.casefold() in wanted]
