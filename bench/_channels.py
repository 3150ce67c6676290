"""Channels where questions are asked, written in bulk: the rows that so many set-ups would have left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Connection, Table, func, insert, select, text, update

from bot.storage import tables
from bot.storage.work import owed

#: A channel and the space it is in.
Place = tuple[str, str]
#: At this hour of its day each question comes, whatever the hour of the benchmark.
HOUR = 9
PACK = "microsoft-backend"


def configure(conn: Connection, platform: str, places: Sequence[Place]) -> None:
    """A group for each space and a track for each channel, which asks on all days; the first one is tomorrow's."""
    now = datetime.now(UTC)
    next_at = now + timedelta(days=1)
    groups = dict(zip(dict.fromkeys(space for space, _ in places), _free_ids(conn, tables.groups), strict=False))
    conn.execute(
        insert(tables.groups), [{"id": id, "name": f"Group {id}", "created_at": now} for id in groups.values()]
    )
    named = [{"group_id": id, "platform": platform, "workspace": space, "name": space} for space, id in groups.items()]
    conn.execute(insert(tables.spaces), [{**each, "left": False} for each in named])
    tracks = zip(_free_ids(conn, tables.tracks), places, strict=False)
    numbered = [(id, groups[space], channel, space) for id, (space, channel) in tracks]
    conn.execute(insert(tables.tracks), [_track(id, group, next_at) for id, group, _, _ in numbered])
    conn.execute(
        insert(tables.track_channels),
        [
            {
                "id": id,
                "group_id": group,
                "track_id": id,
                "platform": platform,
                "workspace": space,
                "channel_id": channel,
                "failures": 0,
            }
            for id, group, channel, space in numbered
        ],
    )
    if conn.dialect.name == "postgresql":
        for table in ("groups", "spaces", "tracks", "track_channels"):
            conn.execute(text(f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))"))


def _free_ids(conn: Connection, table: Table) -> Iterator[int]:
    return count((conn.execute(select(func.max(table.c.id))).scalar() or 0) + 1)


def _track(id: int, group: int, next_at: datetime) -> Mapping[str, object]:
    return {
        "id": id,
        "group_id": group,
        "state": "active",
        "zone": zone_where_it_is(HOUR, next_at),
        "local_time": f"{HOUR:02}:{next_at.minute:02}",
        "weekdays": "0123456",
        "packs": PACK,
        "comments": "brief",
        "next_at": next_at,
        "created_at": next_at,
    }


def zone_where_it_is(hour: int, moment: datetime) -> str:
    """A zone in which it is this hour now."""
    ahead = (hour - moment.astimezone(UTC).hour + 11) % 24 - 11
    return "UTC" if not ahead else f"Etc/GMT{-ahead:+d}"


def all_due(conn: Connection, moment: datetime) -> None:
    """Every track is due since this moment, its time of day with it."""
    when = {"zone": zone_where_it_is(HOUR, moment), "local_time": f"{HOUR:02}:{moment.minute:02}"}
    conn.execute(update(tables.tracks).values(next_at=moment, **when))


def a_day_passes(conn: Connection) -> None:
    """Whatever happened was a day earlier than it was."""
    day = timedelta(days=1)
    for asking in conn.execute(tables.askings.select().order_by(tables.askings.c.day)).all():
        moved = {"day": asking.day - day, "due_at": asking.due_at - day, "created_at": asking.created_at - day}
        conn.execute(update(tables.askings).where(tables.askings.c.id == asking.id).values(**moved))
    for posting in conn.execute(tables.postings.select().where(tables.postings.c.posted_at.is_not(None))).all():
        moved = {"posted_at": posting.posted_at - day, "closes_at": posting.closes_at - day}
        conn.execute(update(tables.postings).where(tables.postings.c.id == posting.id).values(**moved))
    for waiting in conn.execute(owed.select().where(owed.c.not_before.is_not(None))).all():
        conn.execute(update(owed).where(owed.c.id == waiting.id).values(not_before=waiting.not_before - day))
