"""What a model gets to see of an answer: cut, without orders to its grader, without anybody's name, in plain letters.

Every character that is sent knows where it stood in the answer, so that a quote of the model leads back to the words
as they were typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.reviewers.attacks import without_attacks
from bot.reviewers.llm.orders import speaks_of_grading
from bot.reviewers.text import READ_CHARACTERS, Sentence, sentences, without_markup

#: A model reads this much of an answer, up to the end of a sentence; what follows is not judged. It is twice what the
#: word check reads, and at four characters a token the most that one answer costs is known before the call.
SENT_CHARACTERS = 12_000
#: At least so much of that is sent, even where no sentence ends before.
LEAST_SHARE = 0.8
#: Markup that says more than this is no tag around something but a place to hide words in; it is not sent.
HIDING_WORDS, HIDING_CHARACTERS = 4, 60

_BREAK = re.compile(r"[.!?…。！？]\s|\n")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_PRIVATE = (
    ("[secret]", re.compile(r"\b(?:sk-|xox[a-z]-|xapp-|gh[pousr]_|AKIA)[\w-]{8,}")),
    ("[email]", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "[name]",
        re.compile(r"<(?:@[!&]?|#|!|:\w{1,40}:|a:\w{1,40}:|/\w{1,40}:)[^<>\s]{1,100}>|<!\w+(?:[|^][^<>]{0,80})?>"),
    ),
    (
        "[link]",
        re.compile(
            r"<(?:https?|mailto):[^<>\n]{1,2000}>|\b(?:https?|ftp|slack|discord)://[^\s<>]+|\bwww\.[^\s<>]+", re.I
        ),
    ),
    (
        "[id]",
        re.compile(r"(?<![\w.])\d{15,22}(?![\w.]\d)|\b[UWCDGTB](?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{8,12}\b"),
    ),
    ("[number]", re.compile(r"(?<![\w+])\+\d[\d ()/-]{7,18}\d\b")),
)
#: In code the same sign begins a decorator; outside of it, somebody's name.
_AT_NAME = re.compile(r"(?<![\w@.])@[^\W_][\w.-]*")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is sent. `starts` and `ends` say for each character which ones of the answer it stands for; `orders` are
    the places of the answer that speak to the grader, and `spoken` the sentences that answer."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    orders: tuple[Span, ...]
    spoken: tuple[Sentence, ...]

    @property
    def attacked(self) -> bool:
        """Whether the answer tries to command its grader."""
        return bool(self.orders)


def see(answer: str) -> Seen:
    """What a model gets to see of this answer."""
    read = answer[: _end(answer)]
    masked = _masked(read)
    everything = sentences(masked)
    kept = [each for each in without_attacks(masked, everything) if not speaks_of_grading(each, read)]
    spans = {(sentence.start, sentence.end) for sentence in kept}
    orders = [(each.start, each.end) for each in everything if (each.start, each.end) not in spans]
    markup = list(_masked_spans(read, masked))
    hidden = [span for span in markup if _hides_words(read[slice(*span)]) or _touches(read, span, orders)]
    removed = [(span, "\n") for span in (*orders, *hidden)]
    private = list(_private_spans(read))
    signs = list(_signs(read, _without_overlaps([*removed, *private])))
    return Seen(
        "".join(sign for sign, _, _ in signs),
        tuple(start for _, start, _ in signs),
        tuple(end for _, _, end in signs),
        tuple(orders),
        tuple(kept),
    )


def _end(answer: str) -> int:
    """Where to stop reading: at the last end of a sentence that fits."""
    if len(answer) <= SENT_CHARACTERS:
        return len(answer)
    least = int(SENT_CHARACTERS * LEAST_SHARE)
    ends = [found.end() for found in _BREAK.finditer(answer, least, SENT_CHARACTERS)]
    return ends[-1] if ends else SENT_CHARACTERS


def _masked(text: str) -> str:
    """As the word check blanks markup out, for texts longer than it reads."""
    parts = []
    while text:
        at = len(text)
        if at > READ_CHARACTERS:
            at = max(text.rfind("\n", READ_CHARACTERS // 2, READ_CHARACTERS) + 1, 0) or READ_CHARACTERS
        parts.append(without_markup(text[:at]))
        text = text[at:]
    return "".join(parts)


def _masked_spans(text: str, masked: str) -> Iterator[Span]:
    """Stretches of markup, with the spaces in them."""
    start = end = -1
    for at, (char, shown) in enumerate(zip(text, masked, strict=True)):
        if char == shown:
            continue
        if start >= 0 and not text[end:at].isspace() and end != at:
            yield start, end
            start = -1
        start, end = (at if start < 0 else start), at + 1
    if start >= 0:
        yield start, end


def _hides_words(markup: str) -> bool:
    is_blob = len(markup) >= 24 and not re.search(r"[<>`\s]", markup)
    return is_blob or len(markup) > HIDING_CHARACTERS or len(re.findall(r"\w+", markup)) > HIDING_WORDS


def _touches(text: str, span: Span, orders: Sequence[Span]) -> bool:
    """Whether this markup is the frame of an order: no word stands between the two."""
    return any(not re.search(r"\w", text[min(span[1], end) : max(span[0], start)]) for start, end in orders)


def _private_spans(text: str) -> Iterator[tuple[Span, str]]:
    """What leads to a person, and what is sent in its place."""
    for mark, pattern in _PRIVATE:
        yield from ((found.span(), mark) for found in pattern.finditer(text))
    code = [found.span() for found in _CODE.finditer(text)]
    for found in _AT_NAME.finditer(text):
        if not any(start <= found.start() < end for start, end in code):
            yield found.span(), "[name]"


def _without_overlaps(spans: Sequence[tuple[Span, str]]) -> list[tuple[Span, str]]:
    """In order; spans that touch become one, under the sign of the first."""
    joined: list[tuple[Span, str]] = []
    for (start, end), mark in sorted(spans):
        if joined and start < joined[-1][0][1]:
            (first, last), before = joined[-1]
            joined[-1] = (first, max(last, end)), before
        else:
            joined.append(((start, end), mark))
    return joined


def _signs(text: str, replaced: Sequence[tuple[Span, str]]) -> Iterator[tuple[str, int, int]]:
    """Each character to send, with the start and end of what it stands for."""
    at = 0
    for (start, end), mark in [*replaced, ((len(text), len(text)), "")]:
        yield from _plain_signs(text, at, start)
        yield from ((sign, start, end) for sign in mark)
        at = end


#: More marks than this over one letter are there to disturb.
MOST_MARKS = 2


def _plain_signs(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Compatibility forms become plain ones (NFKC), letter by letter with its marks; what nobody sees is gone."""
    borders = [at for at in range(start, end) if at == start or not unicodedata.combining(text[at])]
    for first, last in pairwise([*borders, end]):
        cluster = text[first : min(last, first + 1 + MOST_MARKS)]
        for sign in unicodedata.normalize("NFKC", cluster):
            if sign in "\n\t" or not _is_unseen(sign):
                yield sign, first, last


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cf", "Cc", "Cs", "Co", "Cn", "Me")
