"""Words on their way to Slack and back: nothing that people wrote comes alive, and nothing of it is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hostile import STRANGE
from slack_world.checks import MOST_BLOCK_TEXT, message_problems, text_length
from slack_world.markup import live_links, notices
from slack_world.values import Shown

from adapters.slack_chat.answering import INERT
from adapters.slack_chat.incoming import moment
from adapters.slack_chat.rich_text import TEXT_LIMIT, blocks, fallback
from adapters.slack_chat.typed import channel_id, mentioned, plain
from bot.domain.inert import inert, quote_block, split_text
from bot.domain.outgoing import Action, Button


def shown(text: str) -> Shown:
    return Shown(fallback(text), blocks(text))


def elements(text: str) -> list[dict[str, Any]]:
    (block,) = blocks(text)
    return list(block["elements"])


def runs(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict) and part.get("type") == "text":
        yield part
    elif isinstance(part, dict):
        yield from runs(part.get("elements", []))
    elif isinstance(part, list):
        for one in part:
            yield from runs(one)


def test_our_marks_become_styles() -> None:
    (section,) = elements("**bold** and *slanted* and `code` and **bold *both* ways**")

    styled = [(run["text"], tuple(run.get("style", ()))) for run in section["elements"]]
    assert styled == [
        ("bold", ("bold",)),
        (" and ", ()),
        ("slanted", ("italic",)),
        (" and ", ()),
        ("code", ("code",)),
        (" and ", ()),
        ("bold ", ("bold",)),
        ("both", ("bold", "italic")),
        (" ways", ("bold",)),
    ]


def test_lists_quotations_and_code_stand_as_such() -> None:
    kinds = [element["type"] for element in elements("- one\n- two\n\nwords\n> said\n```python\nx = 1\n```")]

    assert kinds == ["rich_text_list", "rich_text_section", "rich_text_quote", "rich_text_preformatted"]


def test_numbered_lists_keep_their_numbers() -> None:
    (numbered,) = elements("3. three\n4. four")

    assert (numbered["style"], numbered["offset"], len(numbered["elements"])) == ("ordered", 2, 2)


def test_points_with_a_mark_of_their_own_get_no_bullet() -> None:
    (section,) = elements("- ✓ sorted first\n- ○ empty input")

    assert section["type"] == "rich_text_section"
    assert section["elements"][0]["text"] == "✓ sorted first\n○ empty input"


def test_a_long_text_without_blanks_or_ends_is_rendered_quickly() -> None:
    for mark in ("*", "`", "\\", "**a", "> ", "- ", "_", "<"):
        assert blocks(mark * 1500)


def test_a_button_is_told_by_its_code() -> None:
    (actions,) = blocks("", (Button(Action.ANSWER, "Answer", "7"), Button(Action.HIDE_ME, "x" * 100)))

    assert [one["action_id"] for one in actions["elements"]] == ["sb1:answer:7", "sb1:hide:"]
    assert len(actions["elements"][1]["text"]["text"]) == 75


@pytest.mark.parametrize("text", STRANGE)
@pytest.mark.fault(42, 43, 91, 92)
def test_x091_hostile_text_is_words_and_nothing_else(text: str) -> None:
    marked = f"**{inert(text, 40)}** said\n\n{quote_block(inert(text, 800, multiline=True))}\n\nthe end"

    message = shown(marked)

    assert message_problems(message.blocks) == []
    assert list(notices(message, INERT, lambda sign, name: "<!channel>")) == []
    assert list(live_links(message, INERT)) == []
    assert elements(marked)[-1]["elements"][-1]["text"].endswith("the end")


@pytest.mark.parametrize(
    "raw",
    [
        "<!channel>",
        "<@U012345>",
        "<!subteam^S1>",
        "@everyone @here @channel",
        "<https://evil.example|our page>",
        "![x](https://evil.example/?q=secret)",
        "https://evil.example/x.png",
        "```\n<!here>",
        "> <!channel>\n> https://evil.example",
        "- <!channel>",
    ],
)
@pytest.mark.fault(42, 43)
def test_x042_even_raw_text_pings_nobody_and_links_nowhere(raw: str) -> None:
    """The core makes people's words inert; were it ever to forget, Slack would still be told words, not notation."""
    message = shown(raw)

    assert list(notices(message, INERT, lambda sign, name: "<!channel>")) == []
    assert list(live_links(message, INERT)) == []


@pytest.mark.parametrize(
    "text", ["🙂👩‍👩‍👧‍👦" * 900, "<&>" * 2000, "```\n" + "x = '&'\n" * 900, "a" * 9000, "word & " * 1500]
)
@pytest.mark.fault(54)
def test_x054_each_part_of_a_long_text_fits_a_message(text: str) -> None:
    parts = split_text(text, TEXT_LIMIT)

    for part in parts:
        message = shown(part)
        assert message_problems(message.blocks) == []
        assert text_length(message.blocks) <= MOST_BLOCK_TEXT / 2
        assert len(message.text) <= 5 * TEXT_LIMIT
        assert not re.search("[\ud800-\udfff]", json.dumps(message.blocks, ensure_ascii=False))
    read = "".join(run["text"] for part in parts for run in runs(blocks(part)))
    assert "".join(read.split()) == "".join(text.removeprefix("```\n").split())


def test_a_message_without_words_still_says_something_to_phones() -> None:
    assert fallback("\n\n") == "…"


# ---------------------------------------------------------------- what people type


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt; stays", "&lt; stays"),
        ("see <https://example.com/a?b=1&amp;c=2>", "see https://example.com/a?b=1&c=2"),
        ("<http://example.com|example.com>", "example.com"),
        ("<https://example.com|the page>", "the page (https://example.com)"),
        ("<mailto:ada@example.com|ada@example.com>", "ada@example.com"),
        ("hello <@U0123ABC>", "hello @somebody"),
        ("in <#C0123ABC|study> and <#C0123ABD|>", "in #study and #channel"),
        ("<!here> <!subteam^S1|@helpers> <!date^1392734382^{date}|18 Feb>", "@here @helpers 18 Feb"),
        ("x <> y", "x <> y"),
        ("vector&lt;int&gt; v;", "vector<int> v;"),
    ],
)
def test_typed_text_comes_back_as_it_was_typed(sent: str, typed: str) -> None:
    assert plain(sent) == typed


def test_mentions_are_found_once_each() -> None:
    assert mentioned("<@U1> and <@W2|name> and <@U1>") == ("U1", "W2")


def test_a_channel_is_read_from_slacks_notation_alone() -> None:
    assert channel_id("<#C123|study>") == "C123"
    assert channel_id("#study") is None


def test_a_time_keeps_its_microseconds() -> None:
    assert moment("1700000000.123456").microsecond == 123456
    assert moment("1700000000").microsecond == 0
