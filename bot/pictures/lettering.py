"""Which words can be written in a picture, and how wide they are. The shipped font writes Latin, Greek and Cyrillic;
what it lacks comes from the machine's own fonts, where one has it."""

from __future__ import annotations

import logging
import os
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from bot.domain.inert import shorten, visible
from bot.pictures.typeface import NOTHING, BadFont, Coverage, read_coverage, read_widths

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
REGULAR, BOLD = 400, 600
SHIPPED: Mapping[int, Path] = {REGULAR: STATIC / "inter.400.ttf", BOLD: STATIC / "inter.600.ttf"}

#: More is not looked at, nor for longer at a time: a machine may hold thousands of fonts.
MOST_FONTS = 1_500
READ_SECONDS = 0.3
_KINDS = (".ttf", ".otf", ".ttc")
#: Words in the names of fonts that nobody expects in a list of names; they come last.
_UNLIKELY = ("mono", "serif", "italic", "oblique", "thin", "light", "black", "bold", "condensed", "math")
#: A name is looked at so far.
_LONGEST = 200
#: Width of a letter of a font whose widths we do not read, in parts of its size.
_WIDE, _NARROW = 1.05, 0.65


class MachineFonts:
    """The fonts of this machine, looked at only when the shipped one cannot write something. Blocks: it reads files."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._unread: deque[Path] | None = None
        self._read: list[tuple[Path, Coverage]] = []
        self._known: dict[str, Path | None] = {}
        self._one_by_one = threading.Lock()

    def font_with(self, char: str) -> Path | None:
        """The first font that has this character, or None. While there is more to read than a moment allows, the next
        question goes on where this one ended."""
        with self._one_by_one:
            if char not in self._known:
                font = self._look_for(char)
                if font is None and self._unread:
                    return None
                self._known[char] = font
            return self._known[char]

    def _look_for(self, char: str) -> Path | None:
        for path, coverage in self._read:
            if char in coverage:
                return path
        if self._unread is None:
            found = [path for folder in self._folders for path in _fonts_in(folder)]
            self._unread = deque(sorted(found, key=_order)[:MOST_FONTS])
        until = time.monotonic() + READ_SECONDS
        while self._unread and time.monotonic() < until:
            path = self._unread.popleft()
            coverage = _coverage_of(path)
            self._read.append((path, coverage))
            if char in coverage:
                return path
        return None


def _fonts_in(folder: Path) -> Iterable[Path]:
    for where, _, names in os.walk(folder):
        yield from (Path(where, name) for name in names if name.lower().endswith(_KINDS))


def _order(path: Path) -> tuple[int, str]:
    name = path.name.lower()
    return sum(word in name for word in _UNLIKELY), str(path)


def _coverage_of(path: Path) -> Coverage:
    try:
        return read_coverage(path)
    except (BadFont, OSError) as error:
        log.debug("a font cannot be read", extra={"font": path.name, "why": str(error)})
        return NOTHING


def usual_folders() -> tuple[Path, ...]:
    """Where Linux, macOS and Windows keep fonts."""
    home = Path.home()
    windows = os.environ.get("WINDIR")
    return (
        *(Path(each) for each in ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")),
        *(Path(each) for each in ("/Library/Fonts", *([f"{windows}/Fonts"] if windows else []))),
        home / ".local/share/fonts",
        home / ".fonts",
        home / "Library/Fonts",
    )


class Lettering:
    """What can be written. `others` are the fonts beside the shipped one; `any_letter` is for a reader who has a font
    for everything, as a browser has."""

    def __init__(self, others: MachineFonts | None = None, *, any_letter: bool = False) -> None:
        self._others = others
        self._any = any_letter

    def name(self, name: str) -> str | None:
        """A name as it can be written: one line, without signs that no font has. None where letters would be missing,
        or nothing would be left."""
        plain = " ".join(visible(name[: 10 * _LONGEST]).split())[:_LONGEST]
        missing = {char for char in plain if not self._can_write(char)}
        if any(unicodedata.category(char)[0] in "LN" for char in missing):
            return None
        written = " ".join(visible("".join(char for char in plain if char not in missing)).split())
        return written if any(unicodedata.category(char)[0] in "LNPS" for char in written) else None

    def _can_write(self, char: str) -> bool:
        if unicodedata.category(char) in ("Co", "Cn"):
            return False  # what a private character looks like, each font decides by itself
        if self._any or char in shipped_widths(REGULAR) or not _needs_a_glyph(char):
            return True
        return self._others is not None and self._others.font_with(char) is not None

    def fonts_for(self, text: str) -> list[Path]:
        """The files with which a text is written: the shipped ones first."""
        rare = sorted({char for char in text if char not in shipped_widths(REGULAR) and _needs_a_glyph(char)})
        found = [self._others.font_with(char) for char in rare] if self._others is not None else []
        return [*SHIPPED.values(), *dict.fromkeys(path for path in found if path is not None)]


def _needs_a_glyph(char: str) -> bool:
    """Joiners and styles only tell how others are written; blanks are not written at all."""
    return not char.isspace() and unicodedata.category(char) not in ("Cf", "Cc") and not "\ufe00" <= char <= "\ufe0f"


@cache
def shipped_widths(weight: int) -> Mapping[str, float]:
    """The widths of the shipped font, read once."""
    return read_widths(SHIPPED[weight])


def width_of(text: str, size: float, weight: int = REGULAR) -> float:
    """How wide a text stands. For characters of other fonts it is an estimate, rather too wide."""
    widths = shipped_widths(weight)
    return size * sum(widths[char] if char in widths else _guess(char) for char in text)


def _guess(char: str) -> float:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    return _WIDE if unicodedata.east_asian_width(char) in "WF" else _NARROW


def fit(text: str, room: float, size: float, weight: int = REGULAR) -> str:
    """The text, cut so that it is no wider than `room`."""
    limit = min(len(text), _LONGEST)
    cut = shorten(text, limit)
    while limit > 1 and width_of(cut, size, weight) > room:
        limit -= 1
        cut = shorten(text, limit)
    return cut
