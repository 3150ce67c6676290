"""Sentences that speak to the grader instead of answering. They are dropped before anything is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.reviewers.attack_families import FAMILIES, PARTNER, TURN, TURN_HEAD, Family
from bot.reviewers.text import Sentence

#: Characters that make a reader see another order than is written.
_REVERSED = re.compile("[\u202d\u202e]")
#: Letters of other alphabets that look like Latin ones and hide a word from a search.
_LOOK_ALIKES = str.maketrans("аеорсухіѕјһԁԛԝкмтнвαοερικνυτ", "aeopcyxisjhdqwkmthvaoepiknut")
_LEET = str.maketrans("013457@$", "oieastas")


def without_attacks(text: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that answer. Orders to whoever grades are left out; so is the rest of a line after a false turn,
    and the next line after a false heading."""
    forms = [_forms(each.text) for each in sentences]
    turns = [_fits(TURN, each) or _fits(TURN_HEAD, each) for each in forms]
    is_played = any(turns)
    kept: list[Sentence] = []
    posed_until = -1
    for sentence, own, is_turn in zip(sentences, forms, turns, strict=True):
        if is_turn or (is_played and _fits(PARTNER, own)):
            posed_until = _line_end(text, sentence.end)
            if _fits(TURN_HEAD, own):
                posed_until = _line_end(text, posed_until + 1)
        elif sentence.start >= posed_until and not _is_order(own) and not _is_reversed(text, sentence):
            kept.append(sentence)
    return kept


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _fits(family: Family, forms: Iterable[str]) -> bool:
    return any(family.fits(form) for form in forms)


def _is_order(forms: Iterable[str]) -> bool:
    return any(_fits(family, forms) for family in FAMILIES)


def _is_reversed(text: str, sentence: Sentence) -> bool:
    return bool(_REVERSED.search(text, sentence.start, sentence.end))


def _forms(text: str) -> set[str]:
    """A sentence as it stands, and without the disguises of look-alikes, digits for letters, and letters with gaps."""
    plain = " ".join(text.split())
    forms = {plain, plain.translate(_LOOK_ALIKES)}
    if re.search(r"[a-z][013457@$][a-z]", plain):
        forms.add(plain.translate(_LEET))
    if re.search(r"(?:\b\w[ .\-_*]+){6}", plain):
        # The borders of words are where the gaps are wider, where they are blank, or nowhere to be seen.
        for gap in (r"[ .\-_*]", r"[.\-_*]+", r"[ .\-_*]+"):
            forms.add(" ".join(re.sub(rf"(?<=\b\w){gap}(?=\w\b)", "", text).split()))
    return forms
