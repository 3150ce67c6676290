from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hostile import STRANGE
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.inert import inert, sound
from bot.markdown import mentioned, plain, render

ALLOWED = {
    "p": set(),
    "br": set(),
    "strong": set(),
    "em": set(),
    "code": set(),
    "pre": set(),
    "blockquote": set(),
    "ul": set(),
    "ol": {"start"},
    "li": {"class"},
    "span": {"class"},
}


class Reader(HTMLParser):
    """Notes every tag and attribute that a browser would see, and that all is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert {name for name, _ in attrs} <= ALLOWED[tag]
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment came through")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration came through")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and *italic*", "<p><strong>bold</strong> and <em>italic</em></p>"),
        ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("```python\nif a < b:\n    pass\n```", "<pre><code>if a &lt; b:\n    pass</code></pre>"),
        ("```\nnever closed", "<pre><code>never closed</code></pre>"),
        ("> said\n> so", "<blockquote><p>said<br>so</p></blockquote>"),
        ("- one\n- two\n  more", "<ul><li>one</li><li>two<br>more</li></ul>"),
        ("3. three\n4. four", '<ol start="3"><li>three</li><li>four</li></ol>'),
        ("- ● covered", '<ul><li class="marked">● covered</li></ul>'),
        (r"\*not\* \<b\> \`this\`", "<p>*not* &lt;b&gt; `this`</p>"),
        ("2 * 3 * 4 = 24", "<p>2 * 3 * 4 = 24</p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("# no heading", "<p># no heading</p>"),
        ("[link](https://elsewhere.example)", "<p>[link](https://elsewhere.example)</p>"),
        ("", ""),
    ],
)
def test_the_small_markdown_is_rendered(text: str, html: str) -> None:
    assert render(text) == html


def test_only_names_in_the_room_are_shown_as_mentions() -> None:
    html = render("hello @Bea and @bea 2 and @everyone and a@Bea", ["Bea", "Bea 2"])

    assert html.count('class="mention"') == 2
    assert "@bea 2</span>" in html
    assert mentioned("hello @bea 2, is @Olga there?", ["Bea", "Bea 2", "Olga"]) == ["Bea 2", "Olga"]


@pytest.mark.parametrize("strange", STRANGE)
def test_x093_no_tag_or_attribute_of_a_text_survives(strange: str) -> None:
    reader = read(render(sound(strange), ["Olga"]))

    assert "<script" not in render(sound(strange))
    assert not re.search(r"https?://", " ".join(re.findall(r'(?:href|src)="[^"]*"', render(sound(strange)))))
    assert reader.text is not None


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("*`>- \n\\<&\"'@1.ab#_[](){}~|\u202e"), max_size=120))
def test_x093_whatever_is_typed_becomes_closed_harmless_tags(text: str) -> None:
    read(render(text, ["ab", "a"]))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_x091_inert_text_is_shown_letter_by_letter(text: str) -> None:
    said = inert(text)

    shown = read(render(f"**{said}**" if said.strip() else "")).text

    assert "".join(shown.split()) == "".join(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", said).split())


@pytest.mark.parametrize(
    "text", ["*" * 8000, "**a" * 2600, "**a " * 2000, "` `` " * 1600, "`" * 8000, "> " * 4000, "\\" * 8000, "@a" * 4000]
)
def test_long_marks_are_rendered_without_trouble(text: str) -> None:
    read(render(text, ["a", "ab"]))


def test_a_quotation_in_one_line_is_short_and_bare() -> None:
    assert plain("**One** `two`\n> three\n- four \\*") == "One two three four *"
    assert len(plain("word " * 100)) <= 90
