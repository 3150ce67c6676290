"""Draws pictures as PNG beside the loop: the layout in a thread, the pixels in a process of their own."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from bot import texts
from bot.domain.outgoing import Picture
from bot.domain.pictures import CompetencyProfile, ProgressChart, Sketch, StreakCalendar
from bot.domain.standings import Board
from bot.pictures.drawing import draw
from bot.pictures.lettering import Lettering, MachineFonts, usual_folders
from bot.pictures.pen import ANSWER, ORDER

log = logging.getLogger(__name__)

PEN = Path(__file__).with_name("pen.py")
#: A picture may keep its text waiting for so long, all that is drawn before it included.
PATIENCE_SECONDS = 3.0
#: A process that has drawn nothing by then hangs, and is ended.
DRAW_SECONDS = 15.0
#: A larger picture is not sent.
MOST_BYTES = 300_000
#: A process that cannot draw is started again after so long.
REST_SECONDS = 60.0
#: The latest pictures are kept: a board that many ask for is drawn once.
MOST_KEPT = 24


class CannotDraw(Exception):
    """There will be no picture; the message says why."""


class Pen:
    """The drawing process, started with the first picture. Its methods block."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._rests_until = 0.0
        self._one_by_one = threading.Lock()

    def draw(self, svg: str, fonts: Sequence[Path]) -> bytes:
        """The PNG. Raises `CannotDraw`."""
        with self._one_by_one:
            if time.monotonic() < self._rests_until:
                raise CannotDraw("the drawing process failed a moment ago")
            try:
                return self._ordered("\n".join(map(str, fonts)).encode(), svg.encode())
            except (OSError, EOFError) as error:
                self._end()
                self._rests_until = time.monotonic() + REST_SECONDS
                raise CannotDraw(f"the drawing process ended: {error}") from error

    def _ordered(self, fonts: bytes, svg: bytes) -> bytes:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        too_long = threading.Timer(DRAW_SECONDS, process.kill)
        too_long.start()
        try:
            process.stdin.write(ORDER.pack(len(fonts), len(svg)) + fonts + svg)
            process.stdin.flush()
            head = process.stdout.read(ANSWER.size)
            if len(head) < ANSWER.size:
                raise EOFError("no answer")
            (length,) = ANSWER.unpack(head)
            png = process.stdout.read(length)
        finally:
            too_long.cancel()
        if not png:
            raise CannotDraw("the drawing is not sound")
        return png

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-I", str(PEN)]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def close(self) -> None:
        """Ends the process; one that draws is waited for."""
        with self._one_by_one:
            self._end()


class Studio:
    """`bot.ports.Pictures`. `patience` is how many seconds a picture may keep its text waiting."""

    def __init__(self, lettering: Lettering | None = None, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._lettering = lettering or Lettering(MachineFonts(usual_folders()))
        self._pen = Pen()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._failing = False
        #: Fifty who ask at once take one thread, not all of them.
        self._turn = asyncio.Lock()

    async def draw(self, sketch: Sketch) -> Picture | None:
        """The picture, or None when it cannot be drawn in time; then the text goes out alone."""
        try:
            async with asyncio.timeout(self._patience), self._turn:
                png = await asyncio.to_thread(self._png, sketch)
        except (CannotDraw, TimeoutError) as error:
            self._note_failure(str(error) or "it took too long")
            return None
        self._failing = False
        return Picture(png, _file_name(sketch), texts.picture_alt(sketch))

    def _png(self, sketch: Sketch) -> bytes:
        svg = draw(sketch, self._lettering)
        key = hashlib.sha256(svg.encode()).hexdigest()
        if key in self._kept:
            return self._kept[key]
        png = self._pen.draw(svg, self._lettering.fonts_for(svg))
        if len(png) > MOST_BYTES:
            raise CannotDraw(f"the picture has {len(png)} bytes")
        self._kept[key] = png
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return png

    def _note_failure(self, why: str) -> None:
        """One line for an outage, not one for each picture."""
        if not self._failing:
            log.warning("pictures_fail", extra={"why": why})
        self._failing = True

    async def close(self) -> None:
        """Ends the drawing process."""
        await asyncio.to_thread(self._pen.close)


def _file_name(sketch: Sketch) -> str:
    match sketch:
        case Board():
            return "board.png"
        case StreakCalendar():
            return "streak.png"
        case ProgressChart():
            return "progress.png"
        case CompetencyProfile():
            return "profile.png"
