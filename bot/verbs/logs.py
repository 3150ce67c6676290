"""Logs: one line for each finished thing, as events with fields; never tokens, rarely texts."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

#: What the library's records carry beside our own fields.
_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
#: Fields whose values are never printed, whoever logged them.
_SECRET_WORDS = ("token", "secret", "password", "authorization", "cookie", "api_key", "text")
#: Libraries that tell more than anybody reads.
_QUIET = ("apscheduler", "dbos", "alembic", "uvicorn", "httpx2", "asyncio", "discord", "slack_bolt", "slack_sdk")


def start_logs(level: str) -> None:
    """Sends the log to stderr: coloured lines for a person, JSON lines for a collector."""
    person = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if person else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso"),
                _fields,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _redact,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    if level != "debug":
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)


def _fields(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The fields a record was logged with."""
    record: logging.LogRecord = event["_record"]
    event.update({key: value for key, value in record.__dict__.items() if key not in _PLAIN and key[0] != "_"})
    return event


def _redact(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "(left out)"
    return event
