"""Whoever writes to a SQLite file in this process waits for their turn here.

SQLite has one writer at a time, and lets the others look again after pauses that grow to 100 ms (its busy handler):
behind many short transactions somebody unlucky waits a second for a lock that was free most of the time. A lock of the
process wakes the next one at once. It is a courtesy between threads: SQLite's own lock still decides, between processes
and for whoever waited here in vain.
"""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Connection, Engine, event

#: So long a turn is waited for here; then SQLite is asked all the same.
PATIENCE_SECONDS = 10.0
#: Under this name a connection notes that it has the turn.
HAS_TURN = "has_turn"
#: Statements before which Python's driver begins a transaction (sqlite3, "Transaction control").
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Turns:
    """Turns at one file, for all engines of this process that write to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def keep_whole(self, engine: Engine) -> None:
        """For an engine whose every transaction is one that writes."""
        event.listen(engine, "begin", self._take)
        event.listen(engine, "checkin", self._give_back)

    def keep_writes(self, engine: Engine) -> None:
        """For an engine on which the driver begins a transaction before the first statement that writes."""
        event.listen(engine, "before_cursor_execute", self._take_to_write)
        event.listen(engine, "checkin", self._give_back)

    def _take_to_write(self, conn: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if not cursor.connection.in_transaction and statement.lstrip()[:7].upper().startswith(_WRITES):
            self._take(conn)

    def _take(self, conn: Connection) -> None:
        if not conn.info.get(HAS_TURN):
            conn.info[HAS_TURN] = self._lock.acquire(timeout=PATIENCE_SECONDS)

    def _give_back(self, _: Any, record: Any) -> None:
        # A connection comes back when its transaction is over, however it ended.
        if record.info.pop(HAS_TURN, False):
            self._lock.release()
