"""When a text is no real answer: nothing there, a shrug, the question back, a heap of words, something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.reviewers.matching import COMMON_STEMS
from bot.reviewers.text import Sentence, words_of
from bot.reviewers.vocabulary import FOREIGN_LITTLE_WORDS, STOP_WORDS

_SHRUG = re.compile(
    r"\b(?:i|we) (?:\w+ly |just |still |would |will |could |did |do |am |have )*not (?:\w+ly |even )*(?:know"
    r"|remember|recall"
    r"|understand|explain|answer|have (?:an?|any) (?:idea|answer|clue|strategy|opinion)|sure|(?:really )?have (?:a"
    r"|an|any))\b"
    r"|\bi (?:cannot|can not) (?:\w+ly )?(?:answer|remember|recall|say|tell|explain|think of)\b"
    r"|\b(?:no|not an?|without an?|any) (?:real )?(?:idea|clue|answer|comment|thoughts)\b|\bnot (?:answered"
    r"|attempted|too sure|sure)\b"
    r"|\bidk\b|\bdunno\b|\bnever (?:heard|had to|built|used|done|learned|worked)\b|\bskip (?:this|it)\b|\bi guess\b"
    r"|\bi would (?:need|have) to (?:think|look|google|check|read)\b"
    r"|^\W*(?:n ?/ ?a|pass|skip|tbd|todo|none|nothing|unknown|sorry|whatever|fine|ok|okay|hi|hello|thanks|test|idk)\W*$"
    r"|\bweiss (?:ich )?nicht|\bkeine ahnung|\bno (?:lo )?se\b|\bje ne sais pas\b|\bnao sei\b|\bnon (?:lo )?so\b"
    r"|не знаю|不知道|わからない"
)
#: A sentence that starts with a shrug and then goes on this long may hold an answer after all.
SHRUG_WORDS = 8
#: A heap of words is at least this long.
HEAP_WORDS = 6
#: A name as it stands in a list of keywords: `Bloom filter`, `robots.txt`, `S3`.
_TERM = re.compile(r"[\w./+#'-]+(?: [\w./+#'-]+){0,2}")


def is_shrug(sentence: Sentence) -> bool:
    """Does the sentence only say that its author has no answer?"""
    return len(sentence.words) <= SHRUG_WORDS and has_shrug(sentence)


def has_shrug(sentence: Sentence) -> bool:
    """Does the sentence say anywhere that its author is at a loss?"""
    return bool(_SHRUG.search(sentence.text))


def is_echo(sentence: Sentence, asked: Sequence[Sentence]) -> bool:
    """Does the sentence only give a sentence of the question back?"""
    said = sentence.content - COMMON_STEMS
    if len(said) < 2:
        return False
    for question in asked:
        own = question.content - COMMON_STEMS
        if len(said & own) >= 0.9 * len(said) and len(said & own) >= 0.6 * len(own):
            return True
    return False


def is_heap_of_words(text: str, models: Sequence[str]) -> bool:
    """Are these words without sentences: a list of keywords, buzzwords in a row, or somebody's text shuffled?"""
    words = words_of(text)
    return len(words) >= HEAP_WORDS and (
        _is_list_of_terms(text) or _is_bare_row(text, words) or any(_is_shuffled(words, words_of(m)) for m in models)
    )


def _is_list_of_terms(text: str) -> bool:
    """Mostly single words, or names of two and three with no little word in them that would make a clause."""
    parts = [part.strip(" .") for part in re.split(r"[,;|\n•·]+", text) if part.strip()]
    return len(parts) >= HEAP_WORDS and sum(map(_is_term, parts)) >= 0.8 * len(parts)


def _is_term(part: str) -> bool:
    return bool(_TERM.fullmatch(part)) and (" " not in part or STOP_WORDS.isdisjoint(words_of(part)))


def _is_bare_row(text: str, words: Sequence[str]) -> bool:
    """No little words between the big ones, and no sign (arrow, colon, bracket, number) that stands for them."""
    little = sum(1 for word in words if word in STOP_WORDS or word in FOREIGN_LITTLE_WORDS)
    return (
        # The little words of other alphabets are not known here.
        sum(1 for word in words if word.isascii()) > 0.5 * len(words)
        and len(words) >= HEAP_WORDS + 2
        and little <= 0.05 * len(words)
        and not re.search(r"[-=]>|[:;()=+\d]|→|- ", text)
    )


def _is_shuffled(words: Sequence[str], model: Sequence[str]) -> bool:
    """Nearly all words of the model and nearly no two of them in its order: no person answers like that."""
    known = set(model)
    shared = known.intersection(words)
    pairs = set(pairwise(model))
    kept = sum(1 for pair in pairwise(words) if pair in pairs)
    return (
        len(shared) >= 0.7 * len(known)
        and sum(1 for word in words if word in known) >= 0.8 * len(words)
        and kept <= 0.25 * (len(words) - 1)
    )
