"""Walks pack folders and reads their files: real files of modest size inside the pack, and nothing else."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bot.packs.problems import Problem

MAX_FILE_BYTES = 200_000
MAX_QUESTIONS = 5_000

_TOO_MANY = (
    f"there are more than {MAX_QUESTIONS:,} questions here, which no group needs, so nothing was read; "
    "take packs out, or name a smaller folder"
)
_STRANGER = (
    "this does not belong into a pack and was not opened; a pack holds `pack.yaml`, `README.md` and "
    "`questions/<id>.yaml`, so take it out or rename it"
)


class UnreadableError(Exception):
    """This file is not read, and why."""


@dataclass(frozen=True, slots=True)
class PackFolder:
    """A folder that holds a pack, and the names of its question files without `.yaml`."""

    path: Path
    slugs: tuple[str, ...]


@dataclass(slots=True)
class Walk:
    """What a walk over the packs found; nothing was opened yet."""

    root: Path
    packs: list[PackFolder] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def name(self, path: Path) -> str:
        """The path as people read it: from the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def add(self, path: Path, message: str) -> None:
        """Notes a problem with a file or folder as a whole."""
        self.problems.append(Problem(self.name(path), 1, message))


def walk(root: Path) -> Walk:
    """Finds the packs below `root`: `root/packs/*`, or the folders in `root`, or `root` where that is itself a pack."""
    found = Walk(root)
    room = MAX_QUESTIONS
    for folder in _pack_folders(found):
        pack = _pack_folder(found, folder, room)
        room -= len(pack.slugs)
        if room < 0:
            found.add(folder, _TOO_MANY)
            found.packs.clear()
            break
        found.packs.append(pack)
    if not found.packs and not found.problems:
        found.add(root, "no pack was found here; a pack is a folder with a `pack.yaml`, inside of `packs/`")
    return found


def _pack_folders(found: Walk) -> list[Path]:
    if _is_plain_file(found.root / "pack.yaml"):
        return [found.root]
    inner = found.root / "packs"
    parent = inner if inner.is_dir() and not inner.is_symlink() else found.root
    return [path for path in _entries(found, parent) if _is_folder(found, path)]


def _entries(found: Walk, folder: Path) -> list[Path]:
    """The visible things in a folder, by name; of a huge folder only slightly more than we would ever read."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, MAX_QUESTIONS + 2)]
    except OSError as error:
        found.add(folder, f"the folder cannot be read ({error.strerror}); look at its name and its rights")
        return []
    return [folder / name for name in sorted(names) if not name.startswith(".")]


def _is_folder(found: Walk, path: Path) -> bool:
    if path.is_symlink():
        found.add(path, "this is a symbolic link, which could lead out of the packs; put the real folder here")
        return False
    return path.is_dir()


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _pack_folder(found: Walk, folder: Path, room: int) -> PackFolder:
    questions = folder / "questions"
    if not os.path.lexists(questions):
        found.add(folder, "the folder `questions/` is missing; each question is a file in it")
        return PackFolder(folder, ())
    if not _is_folder(found, questions):
        return PackFolder(folder, ())
    names = _entries(found, questions)
    slugs = tuple(path.stem for path in names if path.suffix == ".yaml")
    if len(names) <= room:
        for path in (*names, *_entries(found, folder)):
            _remark_on_strangers(found, folder, path)
    return PackFolder(folder, slugs)


def _remark_on_strangers(found: Walk, folder: Path, path: Path) -> None:
    """Names files that no pack has: they would be shipped, and read by nobody."""
    if path.parent == folder and path.name in {"pack.yaml", "questions", "README.md"}:
        return
    if path.parent != folder and path.suffix == ".yaml":
        return
    found.add(path, _STRANGER)


def read_text(path: Path) -> str:
    """The text of a file. Follows no links and reads no more than a pack may hold. Raises `UnreadableError`."""
    try:
        data = _read(path)
    except OSError as error:
        raise UnreadableError(_why_not(path, error)) from error
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableError(
            f"the file is larger than {MAX_FILE_BYTES // 1000} kB, so it was not read; shorten its texts"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError("the file is not UTF-8 text; save it as UTF-8 in your editor") from error


def _read(path: Path) -> bytes:
    # Not blocking: a pipe by that name would wait for a writer for ever.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if path.is_symlink():
        raise OSError(0, "symbolic link")
    descriptor = os.open(path, flags)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "no file")
        return file.read(MAX_FILE_BYTES + 1)


def _why_not(path: Path, error: OSError) -> str:
    if path.is_symlink():
        return "this is a symbolic link, which could lead out of the pack, so it was not read; put the real file here"
    if not path.exists():
        return "the file is missing; write it, or take its name off the list"
    if not path.is_file():
        return "this is no ordinary file, so it was not read; put a text file here"
    return f"the file cannot be read ({error.strerror}); look at its rights"
