"""Cards and charts: `draw` makes SVG of plain values, the `Studio` makes PNG of them. Words in a picture are never the
only place where something is said: `bot.texts.picture_alt` says the same."""

from bot.pictures.drawing import draw
from bot.pictures.lettering import Lettering, MachineFonts
from bot.pictures.studio import Studio

__all__ = ["Lettering", "MachineFonts", "Studio", "draw"]
