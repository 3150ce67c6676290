"""What is shown beside a chat, and what completes while somebody types."""

from __future__ import annotations

from datetime import timedelta

import pytest
from group import GOOD, FixedQuestions, study

from bot.domain.incoming import CompletionAsked
from bot.domain.outgoing import Action, Choices, Form, Reply
from bot.domain.refs import ChannelRef, UserRef
from bot.domain.standings import Period
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_beside_the_chat_stand_todays_question_and_the_board(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        before = await group.core.views.beside(ada.user, group.channel, Period.WEEK)
        await group.write(ada, GOOD)
        await group.settle()
        after = await group.core.views.beside(ada.user, group.channel, Period.WEEK)

        assert before.today is not None
        assert (before.today.title, before.today.answered) == ("Question pack-1", False)
        assert [(each.action, each.target) for each in before.buttons] == [(Action.ANSWER, before.today.posting_id)]
        assert after.today is not None
        assert after.today.answered
        assert after.buttons == ()
        assert after.board.you is not None
        assert after.board.you.points == 10


@only_sqlite
async def test_strangers_and_unknown_places_see_nothing(database: Database) -> None:
    async with study(database) as group:
        await group.write(group.person("Ada"), GOOD)
        await group.settle()
        other = UserRef("test", "two", "u-ada")

        foreign = await group.core.views.beside(other, group.channel, Period.ALL)
        nowhere = await group.core.views.beside(other, ChannelRef("test", "two", "study"), Period.ALL)
        elsewhere = await group.core.views.beside(
            group.person("Ada").user, ChannelRef("test", "one", "general"), Period.ALL
        )

        assert foreign == nowhere
        assert (foreign.today, foreign.board.top, foreign.board.people) == (None, (), 0)
        assert elsewhere.today is None


@only_sqlite
async def test_today_says_what_is_open_and_whether_it_is_answered(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        before = await group.call(ada, "/study today")
        await group.write(ada, GOOD)
        after = await group.call(ada, "/study today")

        assert isinstance(before, Reply)
        assert isinstance(after, Reply)
        assert "How would you solve pack-1?" in before.text
        assert "You have not answered it yet." in before.text
        assert "You have answered it." in after.text


@only_sqlite
async def test_between_questions_today_says_when_the_next_one_comes(database: Database) -> None:
    async with study(database, questions=FixedQuestions(1)) as group:
        await group.call(group.organiser, "/study-admin pause")
        await group.pass_time(timedelta(days=8), timedelta(hours=12))

        said = await group.call(group.person("Ada"), "/study today")

        assert isinstance(said, Reply)
        assert said.text.startswith("No question is open here.")


@only_sqlite
async def test_the_form_is_empty_at_first_and_knows_its_question(database: Database) -> None:
    async with study(database) as group:
        form = await group.call(group.person("Ada"), "/study answer")

        assert isinstance(form, Form)
        assert form.target == str((await group.posting()).id)
        assert form.title == "Question pack-1"
        assert form.fields[0].value == ""


COMPLETIONS = {
    "a command": (("study", "help"), "command", "stu", "study help"),
    "a zone by its city": (("study-admin", "setup"), "zone", "berl", "Europe/Berlin"),
    "a zone by its beginning": (("study-admin", "setup"), "zone", "america/new", "America/New_York"),
    "a pack": (("study-admin", "setup"), "pack", "", "pack"),
}


@only_sqlite
@pytest.mark.parametrize("what", COMPLETIONS)
async def test_options_complete_while_somebody_types(database: Database, what: str) -> None:
    path, option, typed, expected = COMPLETIONS[what]
    async with study(database) as group:
        asked = CompletionAsked(path, option, typed, group.organiser, group.channel)

        said = await group.receive(asked)

        assert isinstance(said, Choices)
        assert expected in {choice.value for choice in said.items}
        assert len(said.items) <= 25


@only_sqlite
@pytest.mark.parametrize(
    ("path", "option"), [(("study", "help"), "other"), (("nothing",), "zone"), (("study", "privacy"), "board")]
)
async def test_what_does_not_complete_brings_no_choices(database: Database, path: tuple[str, ...], option: str) -> None:
    async with study(database) as group:
        asked = CompletionAsked(path, option, "x", group.person("Ada"), group.channel)

        assert await group.receive(asked) == Choices(())


@only_sqlite
async def test_members_are_not_offered_organisers_commands(database: Database) -> None:
    async with study(database) as group:
        asked = CompletionAsked(("study", "help"), "command", "", group.person("Ada"), group.channel)

        said = await group.receive(asked)

        assert isinstance(said, Choices)
        assert not any("admin" in choice.value for choice in said.items)
