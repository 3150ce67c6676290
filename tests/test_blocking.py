from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from blocking import OURS, BlockingCall
from sqlalchemy import create_engine, text


def ours(source: str, name: str = "waits") -> Callable[..., object]:
    """A function that looks as if it were written in our own house."""
    names: dict[str, Callable[..., object]] = {}
    exec(compile(source, f"{OURS[0]}imagined.py", "exec"), {"time": time, "text": text}, names)
    return names[name]


async def test_a_blocking_call_of_ours_in_the_loop_is_caught() -> None:
    waits = ours("def waits(): time.sleep(0)")

    with pytest.raises(BlockingCall, match=r"time\.sleep at bot/imagined\.py:1"):
        waits()


async def test_a_file_opened_in_the_loop_is_caught(tmp_path: Path) -> None:
    waits = ours("def waits(path): return open(path, 'w')")

    with pytest.raises(BlockingCall, match="open at"):
        waits(tmp_path / "file")


async def test_a_statement_sent_from_the_loop_is_caught(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'file.db'}")
    waits = ours("def waits(conn): conn.execute(text('select 1'))")

    with engine.connect() as conn, pytest.raises(BlockingCall, match="a database statement"):
        waits(conn)

    engine.dispose()


async def test_a_thread_may_block() -> None:
    waits = ours("def waits(): time.sleep(0)")

    await asyncio.to_thread(waits)


def test_without_a_loop_everybody_may_block() -> None:
    waits = ours("def waits(): time.sleep(0)")

    waits()


async def test_calls_of_others_are_not_ours_to_judge() -> None:
    time.sleep(0)  # noqa: ASYNC251
