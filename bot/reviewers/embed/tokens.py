"""From text to the numbers of word pieces that the model was trained on (BERT's uncased WordPiece)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

#: Longer words are unknown, as in the original.
LONGEST_WORD = 100
#: The model was trained on so many pieces at once; a sentence is cut behind them.
MOST_PIECES = 128


class WordPieces:
    """A vocabulary: one piece a line, the number of a piece is its line."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(lines)}
        self._unknown = self._numbers["[UNK]"]
        self._begin, self._end = self._numbers["[CLS]"], self._numbers["[SEP]"]
        self._of_word = lru_cache(maxsize=20_000)(self._split)

    def numbers(self, text: str) -> list[int]:
        """The pieces of a text between the marks for its begin and end."""
        pieces = [piece for word in _words(text) for piece in self._of_word(word)]
        return [self._begin, *pieces[: MOST_PIECES - 2], self._end]

    def _split(self, word: str) -> tuple[int, ...]:
        """The longest known pieces from left to right; a word that cannot be split this way is unknown as a whole."""
        found: list[int] = []
        start = 0
        while start < len(word):
            end = len(word)
            while end > start and (number := self._number(word[start:end], start)) is None:
                end -= 1
            if end == start or len(word) > LONGEST_WORD:
                return (self._unknown,)
            assert number is not None
            found.append(number)
            start = end
        return tuple(found)

    def _number(self, piece: str, start: int) -> int | None:
        return self._numbers.get(piece if start == 0 else f"##{piece}")


def _words(text: str) -> Iterator[str]:
    """Small letters without accents; every mark and every ideograph is a word of its own."""
    word: list[str] = []
    for character in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(character)
        if category == "Mn" or (category[0] == "C" and not character.isspace()):
            continue
        if character.isspace() or _stands_alone(character, category):
            if word:
                yield "".join(word)
                word = []
            if not character.isspace():
                yield character
        else:
            word.append(character)
    if word:
        yield "".join(word)


def _stands_alone(character: str, category: str) -> bool:
    ascii_mark = character.isascii() and not character.isalnum() and not character.isspace()
    return ascii_mark or category[0] == "P" or 0x3400 <= ord(character) <= 0x9FFF
