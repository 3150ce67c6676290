"""Reads from a TrueType or OpenType file what it can write and how wide; the tables are those of the OpenType
specification: `cmap`, `head`, `hhea`, `hmtx`."""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

#: A table larger than this belongs to no font that we want to read.
MOST_BYTES = 8_000_000
#: Which encodings of a font name its characters by Unicode, the fullest first: platform and encoding.
_UNICODE = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))


class BadFont(ValueError):
    """The file is no font, or not one that we can read."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The characters a font has, as ranges in order: where each begins, and where it ends."""

    starts: array[int]
    ends: array[int]

    def __contains__(self, char: str) -> bool:
        at = bisect_right(self.starts, ord(char)) - 1
        return at >= 0 and ord(char) <= self.ends[at]


NOTHING = Coverage(array("L"), array("L"))


def read_coverage(path: Path) -> Coverage:
    """What the first font of a file can write. Raises `BadFont` or `OSError`."""
    with _open(path) as font:
        codes = sorted(code for code, glyph in _mapping(font(b"cmap")) if glyph)
    starts, ends = array("L"), array("L")
    for code in codes:
        if ends and code <= ends[-1] + 1:
            ends[-1] = code
        else:
            starts.append(code)
            ends.append(code)
    return Coverage(starts, ends)


def read_widths(path: Path) -> Mapping[str, float]:
    """How far each character of a file's first font moves the pen, in parts of the letter size. Raises `BadFont` or
    `OSError`."""
    with _open(path) as font:
        (units,) = struct.unpack_from(">H", font(b"head"), 18)
        (count,) = struct.unpack_from(">H", font(b"hhea"), 34)
        advances = struct.unpack_from(">" + "Hh" * count, font(b"hmtx"))[::2]
        glyphs = [(code, glyph) for code, glyph in _mapping(font(b"cmap")) if glyph]
    return {chr(code): advances[min(glyph, count - 1)] / units for code, glyph in glyphs}


@contextmanager
def _open(path: Path) -> Iterator[Callable[[bytes], bytes]]:
    """The tables of a font by name."""
    try:
        with path.open("rb") as file:
            places = _directory(file)

            def table(name: bytes) -> bytes:
                offset, length = places.get(name, (0, 0))
                if not 0 < length <= MOST_BYTES:
                    raise BadFont(f"{path.name} has no table {name!r} that we can read")
                file.seek(offset)
                return file.read(length)

            yield table
    except struct.error as error:
        raise BadFont(f"{path.name} is broken") from error


def _directory(file: BinaryIO) -> dict[bytes, tuple[int, int]]:
    """Where each table of the file's first font stands, and how long it is."""
    if file.read(4) == b"ttcf":  # a collection of fonts tells first where each begins
        (start,) = struct.unpack(">8xI", file.read(12))
        file.seek(start)
    else:
        file.seek(0)
    kind, count = struct.unpack(">4sH6x", file.read(12))
    if kind not in (b"\0\1\0\0", b"OTTO", b"true"):
        raise BadFont("this is no font")
    entries = struct.iter_unpack(">4s4xII", file.read(16 * count))
    return {name: (offset, length) for name, offset, length in entries}


def _mapping(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Code and glyph of every character, 0 for a glyph that is not there."""
    (count,) = struct.unpack_from(">2xH", cmap)
    subtables = {
        (platform, encoding): offset
        for platform, encoding, offset in struct.iter_unpack(">HHI", cmap[4 : 4 + 8 * count])
    }
    offset = next((subtables[each] for each in _UNICODE if each in subtables), None)
    if offset is None:
        raise BadFont("its characters are not named by Unicode")
    (format,) = struct.unpack_from(">H", cmap, offset)
    match format:
        case 4:
            return _short_mapping(cmap, offset)
        case 12:
            return _long_mapping(cmap, offset)
        case _:
            raise BadFont(f"a character map of format {format} is not read")


def _long_mapping(cmap: bytes, offset: int) -> Iterator[tuple[int, int]]:
    """Format 12: groups of characters whose glyphs follow each other."""
    (groups,) = struct.unpack_from(">I", cmap, offset + 12)
    for start, end, glyph in struct.iter_unpack(">III", cmap[offset + 16 : offset + 16 + 12 * groups]):
        for code in range(start, min(end, sys.maxunicode) + 1):
            yield code, glyph + code - start


def _short_mapping(cmap: bytes, offset: int) -> Iterator[tuple[int, int]]:
    """Format 4: segments of characters up to U+FFFF, whose glyphs are shifted by a number or looked up in a list."""
    (twice,) = struct.unpack_from(">H", cmap, offset + 6)
    count, ends_at = twice // 2, offset + 14
    columns = [struct.unpack_from(f">{count}H", cmap, ends_at + pad + twice * n) for n, pad in enumerate((0, 2, 2, 2))]
    ranges_at = ends_at + 2 + 3 * twice
    for number, (end, start, shift, there) in enumerate(zip(*columns, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):  # the last segment stands for nothing
            glyph = code
            if there:
                (glyph,) = struct.unpack_from(">H", cmap, ranges_at + 2 * number + there + 2 * (code - start))
            yield code, (glyph + shift) & 0xFFFF if glyph else 0
