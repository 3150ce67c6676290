"""Text of people and models, made harmless: it can be read in our messages, but not ping, link, format or disturb.

In our small Markdown a backslash before a punctuation mark makes it literal; adapters render it so. What platforms find
even behind a backslash (mentions, links) is broken by a mark nobody sees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

#: Breaks mentions and links without being seen (zero width space).
BREAK = "\u200b"
MAX_NAME = 40
NOBODY = "somebody"

_JOINERS = "\u200c\u200d"
_EMOJI_STYLE = "\ufe0f"
#: Letters and marks that show nothing though they are no format characters: fillers, blanks, variation selectors.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE0F), *range(0xE0100, 0xE01F0)))
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
#: The controls among the first 128 characters, line feed and tab aside.
_ASCII_JUNK = {code: None for code in (*range(32), 127) if code not in (9, 10)}
_SPECIAL = re.compile(r"[\\`*_~|\[\]<>&]")
_LINE_START = re.compile(r"^([ \u00a0]*)(?:([-+=#]|:(?=-))|(\d+)([.)])(?=\s|$))", re.MULTILINE)
_MENTION = re.compile(r"@|<(?![\s=\d])")
_SCHEME = re.compile(
    r"(?<=:)(?=//)|\b(?:mailto|javascript|vbscript|data|file|tel|sms|slack|discord):(?=\S)|www\.(?=\S)"
    r"|(?<=[\w-]\.)(?=[a-z]{2,24}/)",
    re.IGNORECASE,
)


def sound(text: str) -> str:
    """The text as well-formed, composed Unicode with line feeds, fit for any database: NUL, surrogates, controls gone.

    Runs of combining marks are cut at 30, the bound of Unicode's stream-safe format, since composing longer ones takes
    time by the square of their length.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    lines = _LINE_ENDS.sub("\n", whole)
    if lines.isascii():  # as most texts are; the rest concerns other letters
        return lines.translate(_ASCII_JUNK)
    kept = "".join(char for char in lines if char in "\n\t" or not _is_junk(char))
    return unicodedata.normalize("NFC", _cap_marks(kept, 30))


def _is_junk(char: str) -> bool:
    code = ord(char)
    return code < 32 or 0x7F <= code < 0xA0 or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def visible(text: str) -> str:
    """Sound text without characters that hide, turn or pile up: bidi controls, zero width, stacks of marks.

    Joiners stay where writing needs them: between emoji, and inside words of scripts that join their letters.
    """
    whole = sound(text)
    if whole.isascii():
        return whole
    shown = "".join(char for char in whole if not _hides(char))
    composed = unicodedata.normalize("NFC", _cap_marks(shown, 30))
    # A mark at the head of a line would land on the character that we put before it.
    capped = _cap_marks(composed, 2, homeless=False)
    joined = "".join(char for at, char in enumerate(capped) if char not in _JOINERS or _is_joint(capped, at))
    return unicodedata.normalize("NFC", joined)


def _hides(char: str) -> bool:
    return char in _INVISIBLE or (char not in _JOINERS and unicodedata.category(char) == "Cf")


def _is_joint(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and _may_join(text[at - 1], text[at + 1])


def _may_join(before: str, after: str) -> bool:
    """Whether a joiner between these two does honest work."""
    emoji = _is_emoji(after) and (_is_emoji(before) or before == _EMOJI_STYLE)
    return emoji or (_joins_letters(before) and _joins_letters(after))


def _is_emoji(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk") and ord(char) > 0x2000


def _joins_letters(char: str) -> bool:
    """A letter or mark of the scripts from Arabic to Khmer, where joiners change the shape of words."""
    return 0x0600 <= ord(char) <= 0x18FF and unicodedata.category(char)[0] in "LM"


def _is_mark(char: str) -> bool:
    return char > "\u02ff" and unicodedata.category(char) in ("Mn", "Me")


def _cap_marks(text: str, most: int, homeless: bool = True) -> str:
    """At most so many combining marks after each other; unless `homeless`, none without a letter to stand on."""

    def kept() -> Iterator[str]:
        run = 0 if homeless else most
        for char in text:
            if _is_mark(char):
                run += 1
                if run > most:
                    continue
            elif char not in _JOINERS:
                run = most if char.isspace() and not homeless else 0
            yield char

    return "".join(kept())


def inert(text: str, limit: int | None = None, *, multiline: bool = False) -> str:
    """Text of people or models for use inside our Markdown: readable as it was, but it does nothing.

    One line unless `multiline`. `limit` counts what a reader sees, before the escapes; a longer text ends in "…".
    """
    plain = _tidy_lines(visible(text)) if multiline else " ".join(visible(text).split())
    if limit is not None:
        plain = shorten(plain, limit)
    harmless = _SCHEME.sub(lambda found: found[0] + BREAK, plain)
    harmless = _MENTION.sub(lambda found: found[0] + BREAK, harmless)
    harmless = _SPECIAL.sub(r"\\\g<0>", harmless)
    return _LINE_START.sub(_escape_line_start, harmless)


def _tidy_lines(text: str) -> str:
    """Lines without long gaps between them; indents are kept by hard spaces, since four plain ones would mean code."""
    lines = text.replace("\t", "    ")
    indented = re.sub(r"(?m)^ {4,}", lambda found: "\u00a0" * len(found[0]), lines)
    return re.sub(r"\n{3,}", "\n\n", indented).strip("\n").rstrip()


def _escape_line_start(found: re.Match[str]) -> str:
    """A heading, list or rule at the head of a line, made plain text."""
    indent, mark, number, point = found.groups()
    return f"{indent}\\{mark}" if mark else f"{indent}{number}\\{point}"


def quote_block(text: str) -> str:
    """Every line as a quotation. The text is ours or inert already."""
    return "\n".join(f"> {line}" for line in text.split("\n"))


def clean_name(name: str) -> str:
    """A display name as we keep it: one line, at most 40 characters, never empty. It still has to be made inert."""
    plain = shorten(" ".join(visible(name[: MAX_NAME * 50]).split()), MAX_NAME)
    return plain if any(unicodedata.category(char)[0] in "LNPS" for char in plain) else NOBODY


# --- cutting ---------------------------------------------------------------------------------------------------------


#: So much of a shortened text is kept at least, even where that cuts a word.
LONG_ENOUGH = 0.6


def shorten(text: str, limit: int) -> str:
    """The text in at most `limit` characters, "…" included: cut between words where one ends near, and never in the
    middle of a joined character."""
    if len(text) <= limit:
        return text
    if limit <= 0:
        return ""
    kept = text[: _border(text, limit - 1)]
    last_word = kept.rfind(" ")
    near = not text[len(kept)].isspace() and last_word >= len(kept) * LONG_ENOUGH
    return (kept[:last_word] if near else kept).rstrip() + "…"


def _border(text: str, at: int) -> int:
    """The last place up to `at` where the text may be cut; `at` itself when one joined character fills all before."""
    place = at
    while place > 0 and not _may_cut(text, place):
        place -= 1
    return place or at


def _may_cut(text: str, at: int) -> bool:
    """Whether no character, emoji, flag or escape spans this place."""
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if after in _JOINERS or before == "\u200d" or unicodedata.category(after)[0] == "M" or _is_tone_or_tag(after):
        return False
    if _is_flag_letter(before) and _is_flag_letter(after):
        return _run_before(text, at, _is_flag_letter) % 2 == 0
    return _run_before(text, at, lambda char: char == "\\") % 2 == 0


def _is_tone_or_tag(char: str) -> bool:
    return 0x1F3FB <= ord(char) <= 0x1F3FF or 0xE0020 <= ord(char) <= 0xE007F


def _is_flag_letter(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _run_before(text: str, at: int, belongs: Callable[[str], bool]) -> int:
    """How many characters of one kind stand directly before a place."""
    start = at
    while start > 0 and belongs(text[start - 1]):
        start -= 1
    return at - start


#: Below this a part could not hold a fence and some text.
SMALLEST_PART = 20
_FENCE = "```"
#: A line in bold from end to end.
_HEADING = re.compile(r"\*\*[^*]+\*\*")


def split_text(text: str, limit: int) -> tuple[str, ...]:
    """The text in parts of at most `limit` characters, cut at line ends where it can be, never after a heading.

    A code fence that spans a cut is closed and opened again, a quotation goes on as a quotation, and no joined
    character is broken. Blank parts are left out. Raises `ValueError` for a limit under `SMALLEST_PART`.
    """
    if limit < SMALLEST_PART:
        raise ValueError(f"a part needs room for {SMALLEST_PART} characters, not {limit}")
    if len(text) <= limit and _FENCE not in text:
        return (text,) if text.strip() else ()
    parts = _Parts(limit)
    for line in text.split("\n"):
        parts.add(line)
    return parts.finished()


class _Parts:
    """The parts made so far, the one being filled, and the fence that is open in it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._done: list[str] = []
        self._lines: list[str] = []
        self._used = 0
        self._fence = ""
        self._fence_at = 0

    def add(self, line: str) -> None:
        if not self._fence and line.lstrip().startswith(_FENCE) and line.count(_FENCE) % 2:
            self._open(line.lstrip())
        elif self._fence and line.strip() == _FENCE:
            self._put(_FENCE)
            self._fence = ""
        else:
            self._add_text(line)

    def finished(self) -> tuple[str, ...]:
        self._flush()
        return tuple(self._done)

    def _open(self, line: str) -> None:
        """Opens a fence; what stands behind it is its first line when it is too long to be a language."""
        fence = line if len(line) * 4 <= self._limit else _FENCE
        if self._room() < len(fence) + len(_FENCE) + 1:
            self._flush()
        self._fence, self._fence_at = fence, len(self._lines)
        self._put(fence)
        if fence != line:
            self._add_text(line.removeprefix(_FENCE))

    def _add_text(self, line: str) -> None:
        while len(line) > self._room():
            line = self._cut_in(line)
        self._put(line)

    def _put(self, line: str) -> None:
        self._lines.append(line)
        self._used += len(line) + 1

    def _room(self) -> int:
        """What one more line may hold. In a fence the room to close it is kept free, so that every part can end."""
        return self._limit - self._used - (len(_FENCE) + 1 if self._fence else 0)

    def _cut_in(self, line: str) -> str:
        """Makes room for a line, or takes what fits of one that is too long; what is left of it comes back."""
        fresh = self._lines == ([self._fence] if self._fence else [])
        if not fresh:
            heading = self._heading_at_end()
            self._flush()
            for each in heading:
                self._put(each)
            return line
        mark = "> " if line.startswith("> ") else ""
        at = _cut(line, self._room(), whole_words=not self._fence, least=len(mark) + 1)
        self._put(line[:at])
        self._flush()
        return mark + (line[at:] if self._fence else line[at:].lstrip(" "))

    def _heading_at_end(self) -> list[str]:
        """Takes a heading off the end of this part: it goes with what it stands above."""
        is_last = not self._fence and len(self._lines) > 1 and _HEADING.fullmatch(self._lines[-1])
        return [self._lines.pop()] if is_last else []

    def _flush(self) -> None:
        lines = self._lines
        if self._fence:
            lines = [*lines, _FENCE] if len(lines) > self._fence_at + 1 else lines[:-1]
        part = "\n".join(lines).strip("\n").rstrip()
        if not re.fullmatch(r"\s*|```[^\n]*\s+```", part):
            self._done.append(part)
        self._lines, self._used, self._fence_at = [], 0, 0
        if self._fence:
            self._put(self._fence)


def _cut(line: str, room: int, *, whole_words: bool, least: int) -> int:
    """Where to cut a line longer than its room: after a word if one ends in its second half, else anywhere safe."""
    at = max(_border(line, room), least)
    space = line.rfind(" ", 0, at + 1)
    return space if whole_words and space > max(room // 2, least) else at
