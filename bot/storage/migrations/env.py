"""Run by Alembic: at every start on the connection it is handed, for `alembic revision` on `-x url=…`."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, make_url

import bot.storage.pacing
import bot.storage.room
import bot.storage.tables
import bot.storage.work  # noqa: F401  (imported for their tables)
from bot.storage.engine import make_maintenance_engine
from bot.storage.types import JsonText, UtcDateTime, metadata


def ours(name: str | None, kind: str, _: MutableMapping[Any, Any]) -> bool:
    """The work engine keeps its tables in the same SQLite file; they are none of our business."""
    return kind != "table" or name in metadata.tables


def plain(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Migrations outlive our code, so they name plain types."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JsonText):
        return "sa.Text()"
    return False


def run(connection: Connection) -> None:
    """Inside the caller's transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=ours,
        render_item=plain,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if (connection := context.config.attributes.get("connection")) is not None:
    run(connection)
else:
    with make_maintenance_engine(make_url(context.get_x_argument(as_dictionary=True)["url"])).begin() as own:
        run(own)
