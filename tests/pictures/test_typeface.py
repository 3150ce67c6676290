from __future__ import annotations

import struct
from pathlib import Path

import pytest
from typefaces import typeface, written

from bot.pictures.lettering import BOLD, REGULAR, SHIPPED
from bot.pictures.typeface import BadFont, read_coverage, read_widths


def test_the_shipped_font_writes_the_alphabets_of_europe() -> None:
    coverage = read_coverage(SHIPPED[REGULAR])

    assert all(char in coverage for char in "Az09ßÅŁőΩжЯ€’…–")
    assert not any(char in coverage for char in "漢אم😀")


def test_wider_letters_have_wider_widths() -> None:
    regular, bold = (read_widths(SHIPPED[weight]) for weight in (REGULAR, BOLD))

    assert 0 < regular["i"] < regular["n"] < regular["W"] < 2
    assert regular["n"] < bold["n"]


def test_a_font_with_format_12_tells_its_characters(tmp_path: Path) -> None:
    coverage = read_coverage(typeface(tmp_path / "a.ttf", "ab漢😀"))

    assert [char in coverage for char in "ab漢😀"] == [True] * 4
    assert [char in coverage for char in "`c字😁"] == [False] * 4


def test_a_font_with_format_4_tells_its_characters(tmp_path: Path) -> None:
    # a to c by a shift, x by a list in which y has no glyph, and the segment that ends every table
    ends, starts, shifts, lists = (ord("c"), ord("y"), 0xFFFF), (ord("a"), ord("x"), 0xFFFF), (1, 0, 1), (0, 4, 0)
    columns = struct.pack(">3HH3H3H3H", *ends, 0, *starts, *shifts, *lists) + struct.pack(">HH", 7, 0)
    table = struct.pack(">HHHHHHH", 4, 14 + len(columns), 0, 6, 4, 1, 2) + columns
    path = written(tmp_path / "a.ttf", {b"cmap": struct.pack(">HHHHI", 0, 1, 3, 1, 12) + table})

    coverage = read_coverage(path)

    assert [char in coverage for char in "abcxy\uffff"] == [True, True, True, True, False, False]


def test_a_collection_is_read_as_its_first_font(tmp_path: Path) -> None:
    head = struct.pack(">4sIII", b"ttcf", 0x10000, 1, 16)
    cmap = typeface(tmp_path / "plain.ttf", "漢").read_bytes()[28:]

    coverage = read_coverage(written(tmp_path / "all.ttc", {b"cmap": cmap}, head))

    assert "漢" in coverage


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"wOF2" + bytes(40),
        b"\0\1\0\0\0\1" + bytes(6),
        b"ttcf" + b"\xff" * 12,
        b"\0\1\0\0\xff\xff" + bytes(6),
        b"\0\1\0\0\0\1" + bytes(6) + struct.pack(">4sIII", b"cmap", 0, 0, 2**31),
        b"\0\1\0\0\0\1" + bytes(6) + struct.pack(">4sIII", b"cmap", 0, 28, 8) + bytes(8),
    ],
)
def test_a_file_that_is_no_sound_font_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.ttf"
    path.write_bytes(content)

    with pytest.raises(BadFont):
        read_coverage(path)
