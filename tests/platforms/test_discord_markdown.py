"""Our small Markdown on Discord: what is ours is rendered, everything else is read and does nothing."""

from __future__ import annotations

import re

import pytest
from hostile import STRANGE

from adapters.discord_chat.markdown import render
from bot.domain.inert import BREAK, inert, quote_block

#: What Discord's client finds even behind a backslash, outside code.
LIVE = re.compile(r"https?://|<[@#:/ati]|@(?:everyone|here)|\]\(|discord\.gg/|steam://")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
#: Discord's marks that are not behind a backslash.
BARE = re.compile(r"(?<!\\)(?:\\\\)*(\*\*|__|~~|\|\|)")


def shown(text: str) -> str:
    return render(text).replace(BREAK, "")


@pytest.mark.parametrize(
    ("ours", "discords"),
    [
        ("**bold** and *italic*", "**bold** and *italic*"),
        ("`a_b * c`", "`a_b * c`"),
        ("``a ` b``", "`a ˋ b`"),
        ("- one\n- two *three*", "- one\n- two *three*"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("> quoted\n> more", "> quoted\n> more"),
        ("> ```\n> x = 1\n> ```", "> ```\n> x = 1\n> ```"),
        ("```python\nif a:\n    b()\n```", "```python\nif a:\n    b()\n```"),
        ("snake_case_name", "snake\\_case\\_name"),
        ("2 * 3 * 4", "2 \\* 3 \\* 4"),
        ("# no heading", "\\# no heading"),
        ("-# no small print", "\\-# no small print"),
        ("||no spoiler||", "\\|\\|no spoiler\\|\\|"),
        ("~~stays~~", "\\~\\~stays\\~\\~"),
        ("[no](https://link.example)", "\\[no\\](https://link.example)"),
        (":smile: at 10:30", "\\:smile: at 10:30"),
        ("a < b and b > c", "a \\< b and b > c"),
        (r"\*literal\*", r"\*literal\*"),
        ("* no list", "\\* no list"),
        ("an unclosed ** mark", "an unclosed \\*\\* mark"),
        ("an unclosed `tick", "an unclosed \\`tick"),
    ],
)
def test_our_marks_are_rendered_and_all_others_are_words(ours: str, discords: str) -> None:
    assert shown(ours) == discords


@pytest.mark.fault(91)
def test_a_fence_that_was_never_closed_is_closed() -> None:
    assert render("before\n```\ncode **here**") == "before\n```\ncode **here**\n```"


@pytest.mark.fault(91)
def test_ticks_inside_a_fence_do_not_end_it() -> None:
    rendered = render("```\na ``` b\n```\nafter")

    assert rendered.count("```") == 2
    assert rendered.endswith("```\nafter")


@pytest.mark.fault(42, 43)
@pytest.mark.parametrize(
    "text",
    [
        "@everyone and @here",
        "<@123456789012345678> <@!1> <@&1> <#1> </run:1> <t:1700000000:R> <:wave:1> <a:wave:1> <id:customize>",
        "https://evil.example http://evil.example HTTPS://EVIL.EXAMPLE",
        "[nice](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
        "discord.gg/abcdef and discord.com/invite/abcdef",
        r"\[nice\](https://evil.example) \<@1> \@everyone",
    ],
)
def test_nothing_pings_links_or_loads(text: str) -> None:
    for version in (text, f"**{text}**", f"> {text}", f"- {text}", inert(text), quote_block(inert(text))):
        assert not LIVE.search(CODE.sub("", render(version)).casefold())


@pytest.mark.fault(90, 91, 92)
@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_of_people_stays_inside_its_own_lines(text: str) -> None:
    quoted = quote_block(inert(text, 200, multiline=True))

    rendered = render(f"before\n{quoted}\n**after**")

    lines = rendered.split("\n")
    assert (lines[0], lines[-1]) == ("before", "**after**")
    assert all(line.startswith(">") for line in lines[1:-1])
    assert "```" not in "\n".join(lines[1:-1])
    assert not BARE.search("\n".join(lines[1:-1]))
    assert not LIVE.search("\n".join(lines[1:-1]).casefold())


def test_rendering_takes_time_by_length_only() -> None:
    for text in ("*" * 4000, "`" * 4000, "**a" * 1300, "[" * 4000, "\\" * 4000, "> " * 2000, "<@" * 2000):
        render(text)
