from __future__ import annotations

import re
import unicodedata

import pytest
from hostile import STRANGE
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.inert import (
    BREAK,
    MAX_NAME,
    NOBODY,
    clean_name,
    inert,
    quote_block,
    shorten,
    sound,
    split_text,
    visible,
)

ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TEXTS = st.text(st.characters() | st.sampled_from("`*_~|<>@#[]()\\\n -+1.:/&\u0301\u200d\u202e👩🇩"), max_size=400)


def as_read(markdown: str) -> str:
    """What a reader sees of text without markup: escapes and invisible breaks gone."""
    return ESCAPED.sub(r"\1", markdown).replace(BREAK, "")


def assert_harmless(markdown: str) -> None:
    bare = ESCAPED.sub("x", markdown)
    assert not re.search(r"[\\`*_~|\[\]<>]", bare), "markup"
    assert not re.search(r"(?m)^ *([-+=#]|\d+[.)](\s|$))", bare), "a heading or list"
    assert not re.search(rf"@(?!{BREAK})", markdown), "a mention"
    assert not re.search(rf"<(?!{BREAK}|[\s=\d])", markdown), "a mention in brackets"
    assert "://" not in markdown, "a link"
    assert not re.search(r"(?i)discord\.gg/|www\.\w|javascript:\S", markdown.replace(":" + BREAK, "")), "a link"
    assert not set(markdown) & set(BIDI), "turned text"
    assert not any(unicodedata.category(char) in ("Cs", "Cc") and char != "\n" for char in markdown)
    assert not re.search(r"[\u0300-\u036f]{3}", markdown), "piled up marks"
    markdown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("plain words, as they are.", "plain words, as they are."),
        ("2 < 3 and 4 > 3", r"2 \< 3 and 4 \> 3"),
        ("**bold** _it_ ~~no~~ ||spoiler||", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \|\|spoiler\|\|"),
        ("`code`", r"\`code\`"),
        ("@everyone", f"@{BREAK}everyone"),
        ("<@42>", rf"\<{BREAK}@{BREAK}42\>"),
        ("<!channel>", rf"\<{BREAK}!channel\>"),
        ("https://evil.example", f"https:{BREAK}//evil.example"),
        ("[nice](https://e.example/)", rf"\[nice\](https:{BREAK}//e.{BREAK}example/)"),
        ("discord.gg/abc", f"discord.{BREAK}gg/abc"),
        ("javascript:alert(1)", f"javascript:{BREAK}alert(1)"),
        ("# heading", r"\# heading"),
        ("C# and F#", "C# and F#"),
        ("- no list\n1. none", r"\- no list 1. none"),
        ("a\\*b", r"a\\\*b"),
        ("R&D &lt;b&gt;", r"R\&D \&lt;b\&gt;"),
        ("\u202etxet\u202c \x00\ud800", "txet"),
        ("e\u200bvery\u2060one", "everyone"),
        ("Z\u0301\u0302\u0303\u0304o", "Ź\u0302\u0303o"),
        ("👩\u200d👩\u200d👧 می\u200cخواهم", "👩\u200d👩\u200d👧 می\u200cخواهم"),
    ],
)
def test_text_of_people_is_readable_and_does_nothing(text: str, made: str) -> None:
    assert inert(text) == made


def test_several_lines_stay_where_they_are_wanted() -> None:
    text = "one\r\n# two\n\n\n\n- three\n10. four\n> five"

    assert inert(text, multiline=True) == "one\n\\# two\n\n\\- three\n10\\. four\n\\> five"


def test_the_limit_counts_what_a_reader_sees() -> None:
    assert inert("****", limit=4) == r"\*\*\*\*"
    assert as_read(inert("*" * 9, limit=5)) == "****…"
    assert as_read(inert("👩\u200d💻👩\u200d💻", limit=5)) == "👩\u200d💻…"
    assert inert("anything", limit=0) == ""


@pytest.mark.fault(90, 91)
@pytest.mark.parametrize("strange", STRANGE, ids=ascii)
def test_x090_a_strange_text_is_shown_harmlessly_and_stays_readable(strange: str) -> None:
    for multiline in (False, True):
        made = inert(strange, multiline=multiline)

        assert_harmless(made)
        assert as_read(made).split() == visible(strange).split()
        assert multiline or "\n" not in made


def test_x090_the_corpus_is_large_enough() -> None:
    assert len(STRANGE) >= 200


@pytest.mark.parametrize("code", range(128))
def test_a_plain_text_is_read_as_it_would_be_beside_other_letters(code: int) -> None:
    text = f"a{chr(code)}b"

    assert sound(f"{text} é") == f"{sound(text)} é"
    assert visible(f"{text} é") == f"{visible(text)} é"


@given(TEXTS, st.none() | st.integers(0, 60), st.booleans())
@settings(deadline=None)
def test_x091_whatever_the_text_it_does_nothing_in_our_markdown(text: str, limit: int | None, multiline: bool) -> None:
    made = inert(text, limit, multiline=multiline)

    assert_harmless(made)
    assert limit is None or len(as_read(made)) <= limit


@pytest.mark.fault(91)
@pytest.mark.parametrize("text", ["```", "```python\nx", "a ``` b", "~~~", "> q", "||s", "**", "| a |", "***\n---"])
def test_x091_an_unclosed_fence_cannot_swallow_what_follows(text: str) -> None:
    post = f"**Quote**\n{quote_block(inert(text, multiline=True))}\nOur own line."

    bare = ESCAPED.sub("x", post)

    assert "```" not in bare
    assert bare.count("**") == 2
    assert "|" not in bare
    assert [line for line in post.split("\n") if not line.startswith("> ")] == ["**Quote**", "Our own line."]


# --- names


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Anna", "Anna"),
        ("  Anna\n Bell\t", "Anna Bell"),
        ("", NOBODY),
        (" \u200b\u2800\u3164", NOBODY),
        ("\u0301\u0302", NOBODY),
        ("\x00\ud800", NOBODY),
        ("x" * 5000, "x" * (MAX_NAME - 1) + "…"),
        ("\u202eannA", "annA"),
        ("李小龙", "李小龙"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("@everyone", "@everyone"),
    ],
)
def test_a_name_is_one_short_line_and_never_empty(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@pytest.mark.fault(90, 92)
@pytest.mark.parametrize("strange", STRANGE, ids=ascii)
def test_x092_a_strange_name_is_harmless_on_a_board(strange: str) -> None:
    name = clean_name(strange)

    assert 0 < len(name) <= MAX_NAME
    assert "\n" not in name
    assert clean_name(name) == name
    assert_harmless(inert(name))


@given(TEXTS)
def test_x092_a_kept_name_is_kept_again_as_it_is(name: str) -> None:
    assert clean_name(clean_name(name)) == clean_name(name)


# --- cutting


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("short", 5, "short"),
        ("shorter", 5, "shor…"),
        ("two words", 5, "two…"),
        ("ab👍🏽c", 4, "ab…"),
        ("a🇩🇪🇯🇵", 4, "a🇩🇪…"),
        ("xe\u0323\u0302y", 3, "x…"),
        ("anything", 1, "…"),
        ("anything", 0, ""),
    ],
)
def test_a_text_is_shortened_between_characters(text: str, limit: int, cut: str) -> None:
    assert shorten(text, limit) == cut


def fences(part: str) -> int:
    return sum(line.startswith("```") for line in part.split("\n"))


def test_a_short_text_is_one_part_and_a_blank_one_none() -> None:
    assert split_text("one\n```\ncode\n```", 2000) == ("one\n```\ncode\n```",)
    assert split_text(" \n", 2000) == ()


def test_a_limit_without_room_is_a_bug() -> None:
    with pytest.raises(ValueError, match="room"):
        split_text("anything", 10)


def test_a_long_text_is_cut_at_line_ends() -> None:
    text = "\n".join(f"This is line {number} of the text." for number in range(40))

    parts = split_text(text, 200)

    assert "\n".join(parts) == text
    assert all(len(part) <= 200 for part in parts)


def test_a_heading_goes_with_what_it_stands_above() -> None:
    first, second = split_text("Words before it.\n\n**The heading**\n- a point of its own", 40)

    assert first == "Words before it."
    assert second == "**The heading**\n- a point of its own"
    assert split_text("**The heading**\n" + "x" * 35, 40) == ("**The heading**", "x" * 35)


def test_a_long_line_is_cut_after_words() -> None:
    assert split_text("some words " * 6, 25) == (
        "some words some words",
        "some words some words",
        "some words some words",
    )


def test_a_quotation_goes_on_as_a_quotation() -> None:
    parts = split_text("> " + "quoted words " * 20, 60)

    assert len(parts) > 3
    assert all(re.fullmatch(r"> (quoted|words)( (quoted|words))*", part) for part in parts)


@pytest.mark.fault(54)
def test_x054_a_code_fence_is_closed_and_opened_again() -> None:
    text = "Look:\n```python\n" + "\n".join(f"line_{number} = {number}" for number in range(60)) + "\n```\nDone."

    parts = split_text(text, 200)

    assert all(len(part) <= 200 and fences(part) % 2 == 0 for part in parts)
    assert all("```python\n" in part for part in parts)
    assert parts[-1].endswith("```\nDone.")
    code = [line for part in parts for line in part.split("\n") if line.startswith("line_")]
    assert code == [f"line_{number} = {number}" for number in range(60)]


@pytest.mark.fault(54)
@pytest.mark.parametrize("limit", [2000, 3000, 4096, 40_000])
@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻" * 20_000,
        "🇩🇪" * 30_000,
        "e\u0323\u0302" * 20_000,
        "👍🏽 " * 20_000,
        "```\n" + "👩\u200d💻" * 20_000 + "\n```",
        "```\n" + "x\n" * 30_000 + "```",
        "\\*" * 30_000,
        inert("*a_" * 20_000),
        "word " * 20_000,
        "x" * 100_000,
    ],
    ids=["emoji", "flags", "marks", "tones", "fenced emoji", "fenced lines", "escapes", "inert", "words", "one word"],
)
def test_x054_no_part_breaks_a_character(text: str, limit: int) -> None:
    parts = split_text(text, limit)

    assert all(0 < len(part) <= limit for part in parts)
    assert all(fences(part) % 2 == 0 for part in parts)
    for part in parts:
        body = part.removeprefix("```\n").removesuffix("\n```")
        assert not unicodedata.category(body[0]).startswith("M")
        assert body[0] not in "\u200d\U0001f3fd"
        assert body[-1] != "\u200d"
        assert (len(body) - len(body.rstrip("\\"))) % 2 == 0
        assert sum("\U0001f1e6" <= char <= "\U0001f1ff" for char in body) % 2 == 0
    joined = "".join("".join(parts).replace("```", "").split())
    assert joined == "".join(text.replace("```", "").split())


@given(TEXTS, st.integers(20, 80))
@settings(deadline=None, max_examples=300)
def test_x054_every_part_fits_whatever_the_text(text: str, limit: int) -> None:
    for part in split_text(text, limit):
        assert part.strip()
        assert len(part) <= limit


@given(st.lists(st.sampled_from(["```", "```py", "code line", "> quote", "", "a longer line of words here"])))
def test_x054_every_part_has_whole_fences(lines: list[str]) -> None:
    for part in split_text("\n".join(lines), 30):
        opened = False
        for line in part.split("\n"):
            opened = line != "```" if opened else line.startswith("```")
        assert not opened


def test_every_line_of_a_quotation_is_marked() -> None:
    assert quote_block("one\n\ntwo") == "> one\n> \n> two"
