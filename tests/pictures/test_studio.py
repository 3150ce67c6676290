"""Real pictures from the real drawing process."""

from __future__ import annotations

import asyncio
import logging
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sketches import SKETCHES, board_of

from bot import texts
from bot.domain.pictures import Sketch
from bot.pictures import Lettering, Studio, studio
from bot.pictures.pen import PIXELS


@pytest.fixture
async def drawing() -> AsyncIterator[Studio]:
    made = Studio(Lettering(), patience=60)
    yield made
    await made.close()


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.fault(95)
async def test_every_picture_becomes_a_small_png(drawing: Studio) -> None:
    for name, sketch in SKETCHES.items():
        picture = await drawing.draw(sketch)

        assert picture is not None, name
        width, height = size_of(picture.png)
        assert (width, height <= 3_000) == (PIXELS, True)
        assert len(picture.png) <= studio.MOST_BYTES
        assert picture.alt == texts.picture_alt(sketch)
        assert picture.name.endswith(".png")


async def test_letters_leave_traces(drawing: Studio) -> None:
    """Without its font the words would be missing, and nobody would tell."""
    short, long = [await drawing.draw(board_of(1, None, [name])) for name in ("I", "Ada Lovelace of London")]

    assert short is not None
    assert long is not None
    assert len(long.png) > len(short.png) + 1_000


async def test_many_who_ask_for_the_same_board_wait_for_one_drawing(
    drawing: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders: list[str] = []
    ordered = studio.Pen.draw

    def counted(pen: studio.Pen, svg: str, fonts: list[Path]) -> bytes:
        orders.append(svg)
        return ordered(pen, svg, fonts)

    monkeypatch.setattr(studio.Pen, "draw", counted)

    pictures = await asyncio.gather(*(drawing.draw(board_of(40)) for _ in range(50)))

    assert len(set(pictures)) == 1
    assert len(orders) == 1


async def test_a_process_that_dies_is_told_once_and_started_again(
    drawing: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    sketches: list[Sketch] = [board_of(number) for number in range(1, 5)]
    real = studio.PEN
    broken = tmp_path / "pen.py"
    broken.write_text("raise SystemExit(3)")
    monkeypatch.setattr(studio, "PEN", broken)
    caplog.set_level(logging.WARNING)

    assert [await drawing.draw(each) for each in sketches[:3]] == [None] * 3

    assert [record.message for record in caplog.records] == ["pictures_fail"]
    monkeypatch.setattr(studio, "PEN", real)
    monkeypatch.setattr(studio, "REST_SECONDS", 0.0)
    drawing._pen._rests_until = 0.0
    assert await drawing.draw(sketches[3]) is not None


async def test_a_process_that_hangs_is_ended(drawing: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hanging = tmp_path / "pen.py"
    hanging.write_text("import time; time.sleep(600)")
    monkeypatch.setattr(studio, "PEN", hanging)
    monkeypatch.setattr(studio, "DRAW_SECONDS", 0.2)

    assert await drawing.draw(board_of(1)) is None

    assert drawing._pen._process is None


async def test_a_text_does_not_wait_long_for_its_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawing = Studio(Lettering(), patience=0.1)
    slow = tmp_path / "pen.py"
    slow.write_text("import time; time.sleep(1)")
    monkeypatch.setattr(studio, "PEN", slow)
    loop = asyncio.get_running_loop()
    began = loop.time()

    assert await drawing.draw(board_of(1)) is None

    assert loop.time() - began < 0.9
    await drawing.close()


async def test_the_loop_goes_on_while_a_picture_is_drawn(drawing: Studio) -> None:
    """The library holds the interpreter while it draws; ours must not be that interpreter."""
    await drawing.draw(board_of(1))
    assert "resvg_py.resvg_py" not in sys.modules

    drawn = asyncio.create_task(drawing.draw(board_of(40, viewer=20)))
    turns = 0
    while not drawn.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert drawn.result() is not None
    assert turns > 5
