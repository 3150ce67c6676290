"""What is owed, what was parked, which nodes live and who holds which lease: rows, and functions on a connection."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from bot.storage.types import JsonText, RowId, UtcDateTime, metadata

#: A story that must be told. The row goes when the engine has taken it over, or when it was told.
owed = Table(
    "owed",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("story", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("group_id", Integer, index=True),
    Column("args", JsonText, nullable=False),
    Column("not_before", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("key", "attempt"),
    Index(None, "not_before"),
)

#: A story set aside after too many failures, for an organiser to see.
parked = Table(
    "parked",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("story", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("group_id", Integer, index=True),
    Column("args", JsonText, nullable=False),
    Column("why", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Processes that tell stories; one lives while its heartbeat is fresh.
nodes = Table(
    "nodes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("roles", Text, nullable=False),
)

#: How often a story was taken over from a node that died with it.
takeovers = Table(
    "takeovers",
    metadata,
    Column("workflow_id", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Things only one process may do at a time.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Owed:
    """One row of `owed`."""

    id: int
    story: str
    key: str
    attempt: int
    failures: int
    group_id: int | None
    args: list[Any]


@dataclass(frozen=True, slots=True)
class Parked:
    """One row of `parked`. `why` is a short reason without any chat text."""

    story: str
    key: str
    group_id: int | None
    why: str
    attempts: int
    at: datetime


def insert_for(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows `on_conflict_…` on this connection's database."""
    return insert_on(conn.dialect.name, table)


def insert_on(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same, for a dialect by its name: for statements that are put together once."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def inserted(conn: Connection, statement: sqlite.Insert | postgresql.Insert) -> bool:
    """Runs an insert that may give way to a conflict; whether it put a row there. An insert's row count tells nothing
    on PostgreSQL."""
    return conn.execute(statement.returning(literal_column("1"))).first() is not None


def insert_new(conn: Connection, table: Table, keys: tuple[str, ...], row: Mapping[str, Any]) -> Row[Any] | None:
    """Puts a row there and returns its primary key; None where one with the same `keys` stands already."""
    return conn.execute(_unless_there(conn.dialect.name, table, keys), row).first()


@cache
def _unless_there(dialect: str, table: Table, keys: tuple[str, ...]) -> ReturningInsert[Any]:
    # Put together once: making a statement takes longer than running it.
    return insert_on(dialect, table).on_conflict_do_nothing(index_elements=keys).returning(*table.primary_key.columns)


def database_now(conn: Connection) -> datetime:
    """The database's own clock: the only one that several hosts share."""
    if conn.dialect.name == "postgresql":
        now: datetime = conn.execute(text("select clock_timestamp()")).scalar_one()
        return now.astimezone(UTC)
    return datetime.fromisoformat(conn.execute(text("select strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")).scalar_one())


# What is owed

# What may be told at once, and what waited for its time: each found in the index, however much waits for later. Put
# together once: making a statement takes longer than running it.
_KNOWN = owed.c.story.in_(bindparam("stories", expanding=True))
_AT_ONCE = select(owed.c.id).where(owed.c.not_before.is_(None), _KNOWN).order_by(owed.c.id)
_IN_TIME = select(owed.c.id).where(owed.c.not_before <= bindparam("now"), _KNOWN).order_by(owed.c.not_before)
_MOST = bindparam("most", type_=Integer)
_EITHER = union_all(*(select(each.limit(_MOST).subquery().c.id) for each in (_AT_ONCE, _IN_TIME)))
_DUE = select(owed).where(owed.c.id.in_(_EITHER)).order_by(owed.c.id).limit(_MOST)
_DUE_HELD = _DUE.with_for_update(skip_locked=True)
_BRING_FORWARD = (
    update(owed)
    .where(owed.c.key == bindparam("of_key"))
    .values(not_before=bindparam("at", type_=UtcDateTime()))
    .returning(owed.c.id)
)


def owe(
    conn: Connection,
    story: str,
    key: str,
    group_id: int | None,
    args: Sequence[Any],
    now: datetime,
    not_before: datetime | None = None,
    attempt: int = 0,
    failures: int = 0,
) -> None:
    """Writes down, in the caller's own transaction, that a story must be told. Owing the same key and attempt twice
    changes nothing."""
    row = {
        "story": str(story),
        "key": key,
        "attempt": attempt,
        "failures": failures,
        "group_id": group_id,
        "args": list(args),
        "not_before": not_before,
        "created_at": now,
    }
    insert_new(conn, owed, ("key", "attempt"), row)
    if not_before is None:
        conn.info["owed"] = True


def bring_forward(conn: Connection, key: str, at: datetime, now: datetime) -> bool:
    """What waits under this key is owed from then on; False where nothing does, or it was handed over already."""
    waited = conn.execute(_BRING_FORWARD, {"of_key": key, "at": None if at <= now else at}).first() is not None
    if waited and at <= now:
        conn.info["owed"] = True
    return waited


def due(conn: Connection, now: datetime, most: int, stories: Collection[str], *, hold: bool = False) -> list[Owed]:
    """The oldest rows of these stories that may be told now; a story we do not know waits for a node that does.

    `hold` keeps them from other nodes until the transaction ends, and leaves out those that others hold.
    """
    oldest = _DUE_HELD if hold else _DUE
    rows = conn.execute(oldest, {"stories": list(stories), "now": now, "most": most})
    return [_owed(row) for row in rows]


def next_due(conn: Connection, now: datetime) -> datetime | None:
    """When the first of those that still have to wait may be told."""
    return conn.execute(select(func.min(owed.c.not_before)).where(owed.c.not_before > now)).scalar()


def strike_out(conn: Connection, ids: Iterable[int]) -> None:
    """What was handed over is owed no more."""
    conn.execute(delete(owed).where(owed.c.id.in_(list(ids))))


def strike_out_told(conn: Connection, key: str, attempt: int) -> None:
    """What was told is owed no more. By key, since SQLite uses a row number again."""
    conn.execute(delete(owed).where(owed.c.key == key, owed.c.attempt == attempt))


def _owed(row: Row[Any]) -> Owed:
    return Owed(row.id, row.story, row.key, row.attempt, row.failures, row.group_id, row.args)


# What was parked


def park(
    conn: Connection,
    story: str,
    key: str,
    group_id: int | None,
    args: Sequence[Any],
    why: str,
    attempts: int,
    now: datetime,
) -> None:
    """Sets a story aside where an organiser can see it; the newest reason wins."""
    row = {
        "story": str(story),
        "key": key,
        "group_id": group_id,
        "args": list(args),
        "why": why,
        "attempts": attempts,
        "at": now,
    }
    newest = {name: row[name] for name in ("why", "attempts", "at")}
    conn.execute(insert_for(conn, parked).values(row).on_conflict_do_update(index_elements=["key"], set_=newest))


def parked_stories(conn: Connection, group_id: int | None, most: int = 50) -> list[Parked]:
    """What was parked for this group, newest first."""
    mine = parked.c.group_id.is_(None) if group_id is None else parked.c.group_id == group_id
    rows = conn.execute(select(parked).where(mine).order_by(parked.c.at.desc(), parked.c.id.desc()).limit(most))
    return [Parked(row.story, row.key, row.group_id, row.why, row.attempts, row.at) for row in rows]


# Nodes


def beat(conn: Connection, node: str, roles: str) -> None:
    """This node lives, by the database's clock."""
    now = database_now(conn)
    row = {"id": node, "started_at": now, "heartbeat_at": now, "roles": roles}
    conn.execute(
        insert_for(conn, nodes).values(row).on_conflict_do_update(index_elements=["id"], set_={"heartbeat_at": now})
    )


def living_nodes(conn: Connection, seconds: float) -> set[str]:
    """Nodes heard of within so many seconds."""
    recent = database_now(conn) - timedelta(seconds=seconds)
    return set(conn.execute(select(nodes.c.id).where(nodes.c.heartbeat_at >= recent)).scalars())


def forget_silent_nodes(conn: Connection, seconds: float) -> None:
    """Nodes not heard of for so long will not come back."""
    long_ago = database_now(conn) - timedelta(seconds=seconds)
    conn.execute(delete(nodes).where(nodes.c.heartbeat_at < long_ago))


def forget_nodes(conn: Connection, gone: Collection[str]) -> None:
    """These nodes left or died: what they held is free."""
    conn.execute(delete(nodes).where(nodes.c.id.in_(gone)))
    conn.execute(delete(leases).where(leases.c.holder.in_(gone)))


def count_takeover(conn: Connection, workflow_id: str) -> int:
    """Counts one more node that died with this work; returns how many did."""
    now = database_now(conn)
    insert = insert_for(conn, takeovers).values(workflow_id=workflow_id, times=1, at=now)
    more = insert.on_conflict_do_update(
        index_elements=["workflow_id"], set_={"times": takeovers.c.times + literal_column("1"), "at": now}
    )
    return int(conn.execute(more.returning(takeovers.c.times)).scalar_one())


def forget_takeovers(conn: Connection, before: datetime) -> None:
    """Old counts go."""
    conn.execute(delete(takeovers).where(takeovers.c.at < before))


# Leases


def take_lease(conn: Connection, name: str, holder: str, seconds: float) -> bool:
    """Takes or renews a lease, by the database's clock; False while somebody else holds it."""
    now = database_now(conn)
    until = now + timedelta(seconds=seconds)
    insert = insert_for(conn, leases).values(name=name, holder=holder, until=until)
    free = or_(leases.c.holder == holder, leases.c.until < now)
    taken = insert.on_conflict_do_update(
        index_elements=["name"], set_={"holder": holder, "until": until}, where=free
    ).returning(leases.c.holder)
    return conn.execute(taken).first() is not None


def let_go_of_lease(conn: Connection, name: str, holder: str) -> None:
    """Frees it for the next one at once."""
    conn.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
