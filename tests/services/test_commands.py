"""Commands: who may call them, what is logged, and kind words for what cannot be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from group import GOOD, Study, study
from hostile import STRANGE
from promises import broken_promises, harm_in

from bot.commands import COMMANDS, Command, Who
from bot.domain.incoming import CommandCalled
from bot.domain.outgoing import Action, Form, Immediate, Reply
from bot.domain.refs import ChannelRef
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ORGANISERS = [command for command in COMMANDS if command.who is Who.ORGANISER]


def words(said: Immediate) -> str:
    assert isinstance(said, Reply)
    return said.text


async def log(group: Study) -> list[tuple[str, str, str]]:
    """Account, what, outcome; oldest first."""
    lines = await group.core.storage.read(lambda tx: tx.members.log_lines(group.group, 100))
    return [(user, what, outcome) for _, user, what, outcome in reversed(lines)]


@only_sqlite
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.title)
@pytest.mark.parametrize("organiser", [False, True])
async def test_x098_each_command_serves_whom_it_is_for_and_is_logged(
    database: Database, command: Command, organiser: bool
) -> None:
    async with study(database) as group:
        person = group.person("Ada", organiser=organiser)

        said = await group.call(person, command.title)

        assert isinstance(said, Reply | Form)
        refused = isinstance(said, Reply) and "is for organisers" in said.text
        assert refused == (command.who is Who.ORGANISER and not organiser)
        outcome = "refused" if refused else "done"
        assert await log(group) == ([("u-ada", command.title, outcome)] if command.who is Who.ORGANISER else [])
        assert not (isinstance(said, Reply) and said.public)


@only_sqlite
@pytest.mark.parametrize("command", ORGANISERS, ids=lambda command: command.title)
async def test_x098_a_refused_command_changes_nothing_and_a_right_taken_away_is_gone(
    database: Database, command: Command
) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin health")
        former = replace(group.organiser, organiser=False)
        posts, tracks = len(group.chat.posts()), await group.tracks()

        said = await group.call(former, command.title)
        await group.settle()

        organisers = await group.core.storage.read(lambda tx: tx.members.organisers(group.group))
        assert "is for organisers" in words(said)
        assert (len(group.chat.posts()), await group.tracks()) == (posts, tracks)
        assert organisers == []
        assert group.chat.whispers() == []


@only_sqlite
@pytest.mark.parametrize("action", [Action.CONFIRM_SETUP, Action.POST_NOW])
@pytest.mark.parametrize("target", ["1", "99", "", "x"])
async def test_x098_an_organisers_button_is_checked_when_it_is_pressed(
    database: Database, action: Action, target: str
) -> None:
    async with study(database) as group:
        said = await group.press(group.person("Ada"), action, target)
        await group.settle()

        assert "is for organisers" in words(said)
        assert len(group.chat.posts()) == 1
        assert [outcome for _, _, outcome in await log(group)] == ["refused"]


UNKNOWN = {
    "stduy today": "Did you mean `/study today`?",
    "study todya": "Did you mean `/study today`?",
    "xyzzy": "`/study help` lists what I can do.",
    "": "`/study help` lists what I can do.",
}


@only_sqlite
@pytest.mark.parametrize("typed", UNKNOWN)
async def test_x115_an_unknown_command_is_answered_kindly(database: Database, typed: str) -> None:
    async with study(database) as group:
        assert UNKNOWN[typed] in words(await group.call(group.person("Ada"), f"/{typed}"))


#: A call that cannot be served as typed, and what the answer tells.
MISTAKES = [
    ("/leaderboard", {"period": "century"}, "`day`, `week`, `month`, `season` or `all`"),
    ("/leaderboard", {"colour": "red"}, "has no option of that name"),
    ("/study today", {"x": "y"}, "takes no options"),
    ("/study privacy", {"board": "burn"}, "`hide` or `show`"),
    ("/study help", {"command": "nothing of ours"}, "I do not know"),
    ("/study-admin setup", {"zone": "Mars/Olympus"}, "time zone"),
    ("/study-admin setup", {"time": "25:99"}, "25:99"),
    ("/study-admin setup", {"days": "caturday"}, "caturday"),
    ("/study-admin setup", {"pack": "none"}, "I have no pack"),
    ("/study-admin setup", {"comments": "loud"}, "`brief`, `full` or `private`"),
    ("/study-admin pause", {"until": "soon"}, "not a date"),
    ("/study-admin pause", {"until": "2020-01-01"}, "not in the past"),
    ("/study-admin preview", {"count": "a hundred"}, "from 1 to 14"),
    ("/study-admin preview", {"count": "0"}, "from 1 to 14"),
]


@only_sqlite
@pytest.mark.parametrize(("command", "options", "told"), MISTAKES, ids=lambda value: str(value)[:40])
async def test_x115_a_mistake_is_explained_and_changes_nothing(
    database: Database, command: str, options: dict[str, str], told: str
) -> None:
    async with study(database) as group:
        tracks = await group.tracks()

        said = words(await group.call(group.organiser, command, **options))

        assert told in said
        assert "Traceback" not in said
        assert await group.tracks() == tracks


async def test_x090_strange_words_in_commands_and_options_are_answered_harmlessly(database: Database) -> None:
    async with study(database) as group:
        options = [(command, option.name) for command in COMMANDS for option in command.options]
        for number, strange in enumerate(STRANGE):
            command, option = options[number % len(options)]
            called = [
                CommandCalled((strange,), group.organiser, group.channel, "c", group.clock.now()),
                CommandCalled(("study", strange), group.organiser, group.channel, "c", group.clock.now()),
                CommandCalled(command.path, group.organiser, group.channel, "c", group.clock.now(), {option: strange}),
                CommandCalled(
                    ("study", "today"), group.organiser, group.channel, "c", group.clock.now(), {strange: "x"}
                ),
            ]
            for event in called:
                said = await group.receive(event)
                assert isinstance(said, Reply | Form)  # what holds nothing to read is a call without options
                assert harm_in(said.text if isinstance(said, Reply) else said.title) is None
        await group.settle()
        assert await broken_promises(group) == []


@only_sqlite
async def test_help_lists_what_one_may_call_and_explains_each(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        mine = words(await group.call(ada, "/study help"))
        theirs = words(await group.call(group.organiser, "/study help"))

        for command in COMMANDS:
            assert command.title in theirs
            assert (f"`{command.title}`" in mine) == (command.who is Who.EVERYONE)
            assert command.example in words(await group.call(ada, "/study help", command=command.title))


@only_sqlite
async def test_a_place_that_is_not_served_is_told_so(database: Database) -> None:
    async with study(database) as group:
        nowhere = ChannelRef("test", "unknown", "study")
        for command in COMMANDS:
            said = await group.receive(
                CommandCalled(command.path, group.person("Ada"), nowhere, "c", group.clock.now())
            )
            assert "do not serve this place yet" in words(said)


@only_sqlite
async def test_a_channel_without_questions_says_who_can_change_that(database: Database) -> None:
    async with study(database, started=False) as group:
        for title in ("/study today", "/study-admin post", "/study-admin health", "/study-admin pause"):
            assert "No questions are set up" in words(await group.call(group.organiser, title))


@only_sqlite
async def test_privacy_says_where_answers_go_and_hides(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)

        shown = words(await group.call(ada, "/study privacy"))
        hidden = words(await group.call(ada, "/study privacy", board="hide"))
        after = words(await group.call(ada, "/study privacy"))

        assert "Your answers stay on this machine" in shown
        assert "The board shows your name" in shown
        assert hidden.startswith("Done")
        assert "does not show your name" in after
