from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reviewers.matching import is_alike
from bot.reviewers.text import plain_text, quote, sentences, stem, without_markup, words_and_polarity


@pytest.mark.parametrize(
    "family",
    [
        ("cache", "caches", "cached", "caching"),
        ("query", "queries"),
        ("index", "indexes", "indexing", "indexed"),
        ("replicate", "replication", "replicated"),
        ("stop", "stopped", "stopping"),
    ],
)
def test_inflections_share_a_stem(family: tuple[str, ...]) -> None:
    assert len({stem(word) for word in family}) == 1


@pytest.mark.parametrize(("one", "other"), [("header", "head"), ("process", "protest"), ("cache", "catch")])
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Ｃａｃｈｅ", "cache"),
        ("ca\u200bche", "cache"),
        ("naïve", "naive"),
        ("sooooooo", "soo"),
        ("don't", "do not"),
        ("can’t", "cannot"),
        ("time to live", "ttl"),
    ],
)
def test_text_becomes_plain(typed: str, plain: str) -> None:
    assert plain_text(typed) == plain


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("it never copies the code", {"copies", "the", "code"}),
        ("stale data is impossible", {"stale", "data", "is"}),
        ("if the key is not there it loads", set()),
        ("no, it copies", set()),
        ("it is not slow but it copies", {"slow"}),
    ],
)
def test_a_negation_reaches_its_clause(text: str, turned: set[str]) -> None:
    words, states = words_and_polarity(text)

    assert {word for word, state in zip(words, states, strict=True) if state} == turned


@pytest.mark.parametrize(
    ("one", "other"), [("connection", "conection"), ("memory", "memroy"), ("serializ", "serialis")]
)
def test_a_slip_of_the_finger_is_forgiven(one: str, other: str) -> None:
    assert is_alike(one, other)


@given(st.text(max_size=300))
def test_blanking_out_markup_moves_no_character(text: str) -> None:
    blanked = without_markup(text)

    assert len(blanked) == len(text)
    assert all(new in (old, " ", "\n") for new, old in zip(blanked, text, strict=True))


@given(st.text(max_size=300))
def test_sentences_lie_in_order_and_do_not_overlap(text: str) -> None:
    found = sentences(text)

    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(len(one.words) == len(one.stems) == len(one.turned) > 0 for one in found)


@given(st.text(max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_a_quote_is_always_part_of_the_text(text: str, start: int, end: int) -> None:
    found = quote(text, start, min(end, len(text)))

    assert found is None or (found in text and found == found.strip())


def test_what_no_browser_would_show_is_not_read_and_a_hidden_field_hides_nothing_else() -> None:
    assert without_markup("Before <p hidden>not shown</p> after").split() == ["Before", "after"]
    assert without_markup('Before <b style="x: y; display:none">not shown').split() == ["Before"]
    assert without_markup('<input type="hidden" name="csrf"> carries the token').split() == ["carries", "the", "token"]
    assert without_markup('<i aria-hidden="true"></i> shown').split() == ["shown"]


def test_escaped_letters_in_a_row_are_not_read() -> None:
    assert without_markup("see %69%67%6e%6f%72%65 or 100%25 of it").split() == ["see", "or", "100%25", "of", "it"]
