"""Turns SVG into PNG, in a process of its own: the library does not let other threads run while it draws, and a
drawing that hangs can be ended. Run as a file; it knows nothing of the rest of the program.

Each order on standard input is a head of two numbers, how many bytes of font paths (one a line) and of SVG follow. Each
answer on standard output is a head of one number and the PNG; the number is 0 for an SVG that cannot be drawn.
"""

from __future__ import annotations

import signal
import struct
import sys
from typing import BinaryIO

ORDER, ANSWER = struct.Struct(">II"), struct.Struct(">I")
#: Pixels across: sharp at the 480 to 550 points that chats show, and a third cheaper than twice as many would be.
PIXELS = 800


def png_of(svg: str, fonts: list[str]) -> bytes:
    """The picture; empty when the SVG is not sound."""
    import resvg_py  # here, so that the bot, which knows the form of orders from this file, does not load it

    try:
        return resvg_py.svg_to_bytes(svg_string=svg, width=PIXELS, skip_system_fonts=True, font_files=fonts)
    except ValueError as error:
        print(error, file=sys.stderr)
        return b""


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Draws until nobody asks any more."""
    while len(head := orders.read(ORDER.size)) == ORDER.size:
        fonts, svg = (orders.read(length).decode() for length in ORDER.unpack(head))
        png = png_of(svg, fonts.splitlines())
        answers.write(ANSWER.pack(len(png)) + png)
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the bot, which closes our input
    serve(sys.stdin.buffer, sys.stdout.buffer)
