"""Small fonts to test with: files that say which characters they have, and hold no letters."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path


def typeface(path: Path, chars: str) -> Path:
    """A font file whose character map names these, as format 12."""
    groups = b"".join(struct.pack(">III", ord(char), ord(char), number) for number, char in enumerate(sorted(chars), 1))
    cmap = struct.pack(">HHI", 12, 0, 16 + len(groups)) + struct.pack(">II", 0, len(chars)) + groups
    return written(path, {b"cmap": struct.pack(">HHHHI", 0, 1, 3, 10, 12) + cmap})


def written(path: Path, tables: Mapping[bytes, bytes], head: bytes = b"") -> Path:
    """A file with these tables; `head` stands before them, as in a collection of fonts."""
    at = len(head) + 12 + 16 * len(tables)
    directory, body = b"", b""
    for name, table in tables.items():
        directory += struct.pack(">4sIII", name, 0, at + len(body), len(table))
        body += table
    path.write_bytes(head + struct.pack(">4sHHHH", b"\0\1\0\0", len(tables), 0, 0, 0) + directory + body)
    return path
