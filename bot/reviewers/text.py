"""From an answer as it was typed to sentences, words and stems, without losing where each sentence stood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.reviewers.vocabulary import CONDITIONS, NEGATED_BEFORE, NEGATORS, PHRASES, SCOPE_ENDS, STOP_WORDS

#: The offline reviewer reads this much of an answer; what follows is not judged.
READ_CHARACTERS = 6_000
#: A quote is never longer than this.
QUOTE_CHARACTERS = 160

_MARKUP = re.compile(
    r"<!--.*?(?:-->|$)"  # comments, also one that is never closed (to the end of its line)
    r"|<(script|style)\b.*?</\1\s*>"
    # an element that no browser would show, with all it holds
    r"|<([a-z]+)\b(?=[^<>]{0,300}\s(?:hidden[\s/>=]|style\s*=[^<>]*(?:display\s*:\s*none|visibility\s*:\s*hidden)))"
    r"[^<>]{0,300}>.*?(?:</\2\s*>|$)"
    r"|```\w*"  # the border of a block of code, with the name of its language
    r"|</?[a-z][a-z0-9-]*(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_INLINE = re.compile(r"</?(?:a|b|i|u|s|em|strong|code|span|sub|sup|mark|small|kbd)\b", re.IGNORECASE)
#: Base64, escapes and other blobs: nobody writes a word of forty characters with capitals and digits mixed in.
_BLOB = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){6,}|[A-Za-z0-9+/_-]{40,}={0,2}|(?=[A-Za-z0-9+/]*[0-9])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{24,}={0,2}"
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?…。！？])[\"')\]”’]*\s+|(?<=[.!?])(?=[A-Z][a-z])|[\r\n\v\f\u2028\u2029]+|;\s+|\s[•●▪*–—]\s|(?:^|\s)[-*•●]\s"
)
_WORD = re.compile(r"[^\W_]+(?:[+#]+(?!\w)|'[^\W_]+|\+[0-9]+)?|&")
_TOKEN = re.compile(rf"{_WORD.pattern}|[,:()\[\]]")
#: A negation reaches this many words of content.
NEGATION_REACH = 5
_PHRASES = [
    (said, re.compile(rf"(?<!\w){re.escape(said)}(?!\w)"), word)
    for said, word in sorted(PHRASES, key=lambda pair: -len(pair[0]))
]
_NT = re.compile(r"(?<=\w)n['’]t\b")
_LONG_RUN = re.compile(r"(.)\1{3,}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer: where it stood in the original, and its words in plain small letters."""

    start: int
    end: int
    text: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    turned: tuple[bool, ...]

    @property
    def content(self) -> frozenset[str]:
        """The stems that carry meaning."""
        return frozenset(stem for word, stem in zip(self.words, self.stems, strict=True) if word not in STOP_WORDS)


def without_markup(text: str) -> str:
    """The text with comments, tags and encoded blobs blanked out; every other character keeps its place."""
    masked = _MARKUP.sub(_blank, text[:READ_CHARACTERS])
    return _BLOB.sub(_blank, masked)


def _blank(found: re.Match[str]) -> str:
    """As many spaces; what is no mere emphasis inside a sentence also ends the sentence before it."""
    spaces = re.sub(r"[^\n]", " ", found.group())
    return spaces if _INLINE.match(found.group()) else "\n" + spaces[1:]


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text of which the markup was blanked out; those without a word are left out."""
    found = []
    for start, end in _spans(text):
        plain = plain_text(text[start:end])
        words, turned = words_and_polarity(plain)
        if words:
            found.append(Sentence(start, end, plain, words, tuple(stem(word) for word in words), turned))
    return found


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for border in _SENTENCE_END.finditer(text):
        if border.start() > start:
            yield start, border.start()
        start = border.end()
    if start < len(text):
        yield start, len(text)


def plain_text(text: str) -> str:
    """Small letters without accents, hidden characters or endless repeats; several words for one idea become one."""
    visible = text if text.isascii() and text.isprintable() else _without_hidden(text)
    plain = _LONG_RUN.sub(r"\1\1", visible.casefold().replace("’", "'").replace("`", "'"))
    plain = _NT.sub(" not", plain.replace("can't", "cannot").replace("won't", "will not"))
    for said, pattern, word in _PHRASES:
        if said in plain:  # much quicker than the pattern, and nearly always false
            plain = pattern.sub(word, plain)
    return plain


def _without_hidden(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(c for c in folded if " " <= c <= "~" or not _is_hidden(c)))


def _is_hidden(character: str) -> bool:
    if unicodedata.category(character) in ("Cf", "Cc", "Cs", "Co", "Cn", "Me"):
        return not character.isspace()
    return bool(unicodedata.combining(character)) and unicodedata.name(character, "").startswith("COMBINING")


def words_and_polarity(plain: str) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """The words of a plain text in order, and for each whether a negation reaches it."""
    words: list[str] = []
    turned: list[bool] = []
    clause, left, condition = 0, 0, False
    for token in _TOKEN.findall(plain):
        if not _WORD.fullmatch(token) or token in SCOPE_ENDS:
            clause, left, condition = len(words), 0, False
        condition = condition or token in CONDITIONS
        if not _WORD.fullmatch(token):
            continue
        words.append(token)
        if token in NEGATED_BEFORE:
            turned[clause:] = [not state for state in turned[clause:]]
            left = 0
        turned.append(left > 0)
        if token in NEGATORS and not condition:
            left = 0 if left else NEGATION_REACH
        elif token not in STOP_WORDS:
            left = max(0, left - 1)
    return tuple(words), tuple(turned)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, in order, in plain small letters."""
    return tuple(_WORD.findall(plain_text(text)))


_DOUBLED = frozenset("bdgkmnprt")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A short form that the inflections of a word share. It need not be a word itself."""
    if len(word) < 4 or not word.isalpha():
        return word
    base = _without_plural(word)
    for ending in (
        "ational",
        "ating",
        "ation",
        "ated",
        "ate",
        "ition",
        "ution",
        "ment",
        "ness",
        "able",
        "ible",
        "ally",
        "ing",
        "ity",
        "ion",
        "ive",
        "ent",
        "ant",
        "ed",
        "ly",
        "er",
        "or",
        "al",
    ):
        least = 5 if ending in ("er", "or", "al", "ent", "ant", "ive") else 3
        if base.endswith(ending) and len(base) - len(ending) >= least:
            base = base[: -len(ending)]
            if len(base) > 3 and base[-1] == base[-2] and base[-1] in _DOUBLED:
                base = base[:-1]
            break
    return base[:-1] if len(base) > 3 and base[-1] in "ey" else base


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def quote(original: str, start: int, end: int) -> str | None:
    """These characters of the original, without outer space, cut at a border of words. None when nothing is left."""
    while start < end and original[start].isspace():
        start += 1
    while end > start and original[end - 1].isspace():
        end -= 1
    if end - start > QUOTE_CHARACTERS:
        cut = original.rfind(" ", start + QUOTE_CHARACTERS // 2, start + QUOTE_CHARACTERS)
        end = cut if cut > start else start + QUOTE_CHARACTERS
    return original[start:end].strip() or None
