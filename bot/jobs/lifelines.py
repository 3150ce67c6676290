"""Where all processes share a disk, a death is seen at once: a process keeps a file locked for as long as it lives.

The system lets go of the lock whichever way the process ends. Between several hosts only the heartbeat tells.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.storage.engine import URL

if sys.platform != "win32":  # there, the heartbeat tells as well
    import fcntl


class Lifeline:
    """This process's locked file, beside those of the others. Without a folder it does nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder if sys.platform != "win32" else None
        self._held: tuple[int, Path] | None = None

    def hold(self, node: str) -> None:
        """Until `let_go`, or the end of the process."""
        if self._folder is None:
            return
        self._folder.mkdir(exist_ok=True)
        unborn, path = self._folder / f"{node}.new", self._folder / node
        file = os.open(unborn, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unborn.rename(path)  # it is locked from the first moment that others look at it
        self._held = (file, path)

    def let_go(self) -> None:
        """Leaves no trace."""
        if self._held is not None:
            file, path = self._held
            self._held = None
            path.unlink(missing_ok=True)
            os.close(file)

    def cut(self) -> list[str]:
        """The nodes that died without a word and are not buried yet."""
        if self._folder is None or not self._folder.is_dir():
            return []
        return [path.name for path in sorted(self._folder.iterdir()) if path.suffix != ".new" and _is_dead(path)]

    def bury(self, node: str) -> None:
        """Its death is in the books now."""
        if self._folder is not None:
            (self._folder / node).unlink(missing_ok=True)


def folder_for(url: URL) -> Path | None:
    """Beside a SQLite file; none for a server, which other hosts may use as well."""
    return Path(f"{url.database}-nodes") if url.get_backend_name() == "sqlite" else None


def _is_dead(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True
