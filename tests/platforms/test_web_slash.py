from __future__ import annotations

import pytest

from adapters.web_chat.slash import is_command, read, suggest
from bot import texts
from bot.commands import COMMANDS, Command, Who
from bot.domain.errors import Mistake


def titles(text: str, organiser: bool = True) -> list[str]:
    return [one.title for one in suggest(text, organiser).items]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.title)
def test_the_example_of_each_command_can_be_typed(command: Command) -> None:
    called = read(command.example)

    assert called.path == command.path


def test_options_are_read_with_colons_and_quotation_marks() -> None:
    called = read('/study-admin setup time:09:00 zone:"Europe/Berlin" days:mon-fri')

    assert called.options == {"time": "09:00", "zone": "Europe/Berlin", "days": "mon-fri"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/leaderbord", "/leaderboard"),
        ("/study tody", "/study today"),
        ("/usr/bin/env", "put a space before it"),
        ("/leaderboard period:year", "`day`"),
        ("/study today x:1", "takes no options"),
    ],
)
def test_a_mistyped_command_is_explained(typed: str, said: str) -> None:
    with pytest.raises(Mistake) as mistake:
        read(typed)

    assert said in texts.mistaken(mistake.value)


@pytest.mark.parametrize("text", [" /study today", "// a comment", "a/b", "/ 2", ""])
def test_a_text_that_only_looks_like_a_command_is_a_message(text: str) -> None:
    assert not is_command(text)


def test_every_command_is_offered_behind_the_slash_and_organisers_see_more() -> None:
    assert titles("/") == [command.title for command in COMMANDS][:16]
    assert titles("/", organiser=False) == [c.title for c in COMMANDS if c.who is Who.EVERYONE]


def test_suggestions_follow_what_is_typed() -> None:
    assert titles("/lead") == ["/leaderboard"]
    assert titles("/study to") == ["/study today"]
    assert titles("/leaderboard ") == ["period:", "when:", "of:", "track:", "view:", "show:"]
    assert titles("/leaderboard sh") == ["show:"]
    assert titles("/leaderboard period:") == ["day", "week", "month", "season", "all"]
    assert [one.insert for one in suggest("/leaderboard period:m", True).items] == ["/leaderboard period:month "]
    assert titles("/leaderboard period:week ") == ["when:", "of:", "track:", "view:", "show:"]


def test_the_bot_is_asked_where_only_it_knows() -> None:
    wanted = suggest("/study-admin setup zone:ber", True)

    assert (wanted.path, wanted.option, wanted.typed) == (("study-admin", "setup"), "zone", "ber")
    assert wanted.before == "/study-admin setup zone:"


def test_a_value_that_only_one_option_has_needs_no_name() -> None:
    assert read("/leaderboard week").options == {"period": "week"}
    assert read("/leaderboard sql").options == {"track": "sql"}
    assert read("/mock loop company:microsoft").options == {"action": "loop", "company": "microsoft"}
    assert read("/mock microsoft strict").options == {"company": "microsoft", "mode": "strict"}
    assert "/mock loop " in [each.insert for each in suggest("/mock lo", organiser=False).items]
