"""Our small Markdown as Discord's. What the two do not share is escaped, so that no text can do more than be read.

Links are shown and dead: a zero width mark breaks each address where the client would recognise it, so it neither links
nor loads anything. The same mark breaks mentions; `allowed_mentions` says once more that nobody is pinged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.domain.inert import BREAK

_FENCE = re.compile(r"^ {0,3}```([^`\n]*)$")
_BULLET = re.compile(r"^( {0,3})- (?=\S)")
_NUMBER = re.compile(r"^( {0,3}\d{1,3}\. )(?=\S)")
#: Ticks are taken whole and bold ends within reach, so that rendering takes time by the length of a text only.
_INLINE = re.compile(
    r"\\(?P<literal>[!-/:-@\[-`{-~])"
    r"|(?<!`)(?P<ticks>`++)(?P<code>[^\n]+?)(?<!`)(?P=ticks)(?!`)"
    r"|\*\*(?=[^\s*])(?P<bold>(?:\\.|[^\\\n]){1,1000}?)(?<=\S)\*\*"
    r"|(?<![*\w])\*(?=[^\s*])(?P<italic>(?:\\.|[^\\*\n])+?)(?<=\S)\*(?!\*)"
)
#: Discord's own marks: emphasis, spoilers, masked links, mentions, time stamps, emoji by name.
_SPECIAL = re.compile(r"[\\`*_~|\[\]<]|:(?=\w+:)")
_MENTION = re.compile(rf"[@<](?!{BREAK}|[\s=\d]|$)")
_ADDRESS = re.compile(
    r"(?<=:)(?=//)|\b(?:mailto|tel|sms|discord|steam):(?=[^\s\u200b])|(?<=[\w-]\.)(?=[a-z]{2,24}/)", re.IGNORECASE
)
_LINE_START = re.compile(r"^(\s*)(?:([-+*#>])(?=[\s#>])|(-)(?=#)|(\d{1,9})([.)])(?=\s))")


def render(text: str) -> str:
    """The text as Discord's Markdown."""
    return "\n".join(_blocks(text.split("\n"), quoted=False))


def _blocks(lines: list[str], quoted: bool) -> Iterator[str]:
    at = 0
    while at < len(lines):
        start = at
        if fence := _FENCE.match(lines[at]):
            at = _run(lines, at + 1, lambda line: line.strip() != "```")
            yield from _fenced(fence[1], lines[start + 1 : at])
            at += 1
        elif lines[at].startswith(">") and not quoted:
            at = _run(lines, at, lambda line: line.startswith(">"))
            inside = [re.sub("^> ?", "", line) for line in lines[start:at]]
            yield from (f"> {line}" for line in _blocks(inside, quoted=True))
        else:
            yield _line(lines[at])
            at += 1


def _run(lines: list[str], at: int, goes_on: Callable[[str], bool]) -> int:
    while at < len(lines) and goes_on(lines[at]):
        at += 1
    return at


def _fenced(language: str, lines: list[str]) -> Iterator[str]:
    """Code as it is. Ticks inside that would end it are taken apart."""
    named = language.strip() if re.fullmatch(r"[\w+#.-]{0,20}", language.strip()) else ""
    yield f"```{named}"
    yield from (line.replace("```", f"`{BREAK}`{BREAK}`") for line in lines)
    yield "```"


def _line(line: str) -> str:
    mark = _BULLET.match(line) or _NUMBER.match(line)
    if mark is None:
        return _first(_inline(line))
    return mark[0] + _first(_inline(line[mark.end() :]))


def _first(line: str) -> str:
    """Nothing at the head of a line makes it a heading, a list or a quotation."""
    return _LINE_START.sub(_escape_start, line)


def _escape_start(found: re.Match[str]) -> str:
    indent, mark, minus, number, point = found.groups()
    return f"{indent}{number}\\{point}" if number else f"{indent}\\{mark or minus}"


def _inline(text: str) -> str:
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    at = 0
    while found := _INLINE.search(text, at):
        yield plain(text[at : found.start()])
        at = found.end()
        if found["literal"]:
            yield _literal(found["literal"], text[at : at + 1])
        elif found["code"]:
            yield _code(found["code"])
        elif found["bold"]:
            yield f"**{_inline(found['bold'])}**"
        else:
            yield f"*{_inline(found['italic'])}*"
    yield plain(text[at:])


def plain(text: str) -> str:
    """Text without any marks of its own, shown as it reads."""
    dead = _ADDRESS.sub(lambda found: found[0] + BREAK, text)
    broken = _MENTION.sub(lambda found: found[0] + BREAK, dead)
    return _SPECIAL.sub(r"\\\g<0>", broken).replace("\\](", f"\\]{BREAK}(")


def _literal(char: str, behind: str) -> str:
    """A mark that is meant as itself. Where a mention or a link could follow it is broken, if it was not already."""
    begins = (char in "@<" and behind not in ("", " ", BREAK)) or (char == "]" and behind == "(")
    stop = BREAK if begins else ""
    return f"\\{char}{stop}"


def _code(inside: str) -> str:
    """Code in ticks, which Discord ends at the first tick: those inside become a look-alike."""
    return "`" + inside.strip("`").replace("`", "ˋ") + "`"
