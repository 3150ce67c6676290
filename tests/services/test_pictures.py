"""Which words come with a picture, and what it shows: drawn after the transaction, and never waited for in vain."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes import PIXEL, QuickPictures, covering
from firms import company
from group import GOOD, Study, question, study
from interview import LONG, Interview

from bot import texts
from bot.app import KnownCompanies
from bot.domain.outgoing import Action, Picture, Reply, Say
from bot.domain.pictures import CompetencyProfile, DayMark, StreakCalendar
from bot.domain.refs import ThreadRef
from bot.domain.standings import Board
from bot.services.delivery import parts_of
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DAY = timedelta(days=1)
PICTURE = Picture(PIXEL, "board.png", "A board.")


async def answered(group: Study, *names: str) -> None:
    for name in names:
        await group.write(group.person(name), GOOD)
    await group.settle()


@only_sqlite
async def test_a_board_comes_with_what_its_reader_may_see(database: Database) -> None:
    pictures = QuickPictures()
    async with study(database, pictures=pictures) as group:
        await answered(group, "Ada", "Ben", "Cy", "Dot", "Eve")

        mine = await group.call(group.person("Ada"), "/leaderboard")
        alls = await group.call(group.organiser, "/leaderboard", show="all")

        assert isinstance(mine, Reply)
        assert isinstance(alls, Reply)
        own, public = pictures.drawn
        assert isinstance(own, Board)
        assert isinstance(public, Board)
        assert (own.you is not None, public.you, public.around) == (True, None, ())
        assert mine.picture == Picture(PIXEL, "board.png", texts.picture_alt(own))
        assert alls.picture is not None


@only_sqlite
async def test_f46_study_progress_comes_with_the_calendar_of_ones_own_days(database: Database) -> None:
    pictures = QuickPictures()
    async with study(database, pictures=pictures) as group:
        await answered(group, "Ada")
        await group.pass_time(2 * DAY, DAY)

        said = await group.call(group.person("Ada"), "/study progress")

        assert isinstance(said, Reply)
        (calendar,) = pictures.drawn
        assert isinstance(calendar, StreakCalendar)
        assert calendar.marks == (DayMark.ANSWERED, DayMark.MISSED, DayMark.UNCOUNTED)
        assert said.picture == Picture(PIXEL, "board.png", texts.picture_alt(calendar))
        assert "**Your latest answers**" in said.text
        assert [button.action for button in said.buttons] == [Action.FULL_REVIEW]


@only_sqlite
async def test_who_has_no_day_yet_or_wants_no_streak_gets_the_words_alone(database: Database) -> None:
    pictures = QuickPictures()
    async with study(database, pictures=pictures) as group:
        newcomer = await group.call(group.person("Ben"), "/study progress")
        await answered(group, "Ada")
        await group.call(group.person("Ada"), "/study privacy", streak="off")
        quiet = await group.call(group.person("Ada"), "/study progress")

        assert isinstance(newcomer, Reply)
        assert isinstance(quiet, Reply)
        assert [newcomer.picture, quiet.picture] == [None, None]
        assert "Question pack-1" in quiet.text
        assert pictures.drawn == []


@only_sqlite
async def test_a_board_with_nobody_on_it_asks_for_no_picture(database: Database) -> None:
    pictures = QuickPictures()
    async with study(database, pictures=pictures) as group:
        said = await group.call(group.person("Ada"), "/leaderboard")

        assert isinstance(said, Reply)
        assert (said.picture, pictures.drawn) == (None, [])


@only_sqlite
@pytest.mark.fault(95)
async def test_without_a_picture_the_text_goes_out_alone(database: Database) -> None:
    async with study(database, pictures=QuickPictures(works=False)) as group:
        await answered(group, "Ada")

        said = await group.call(group.person("Ada"), "/leaderboard")

        assert isinstance(said, Reply)
        assert said.picture is None
        assert "Ada, 10 points" in said.text


@only_sqlite
async def test_who_hid_their_name_is_hidden_in_the_picture_as_well(database: Database) -> None:
    pictures = QuickPictures()
    async with study(database, pictures=pictures) as group:
        await answered(group, "Ada")
        await group.call(group.person("Ada"), "/study privacy", board="hide")

        await group.call(group.person("Ben"), "/leaderboard")
        await group.call(group.organiser, "/leaderboard", show="all")

        assert all("Ada" not in texts.picture_alt(each) for each in pictures.drawn)


@only_sqlite
async def test_f38_a_report_shows_each_thing_the_round_looked_at(database: Database) -> None:
    pictures = QuickPictures()
    async with study(database, companies=KnownCompanies([company()]), pictures=pictures) as group:
        ada = Interview(group)
        await ada.begin()
        for _ in range(2):
            group.reviewer.script.append(covering(question("any"), LONG))
            await ada.answer(LONG)
        await group.settle()

        (profile,) = pictures.drawn
        assert isinstance(profile, CompetencyProfile)
        assert [(each.label, each.score) for each in profile.measures] == [("Backend", 1.0)]
        said = [each for each in group.chat.delivered if isinstance(each, Say) and each.picture is not None]
        assert [texts.practice_signal() in each.text for each in said] == [True]


def test_a_picture_stands_under_the_last_part_of_a_long_text() -> None:
    thread = ThreadRef("test", "one", "study", "1")
    item = Say("key", thread, "A line of words.\n" * 100, picture=PICTURE)

    parts = parts_of(item, 300)

    assert len(parts) > 2
    assert [each.picture for each in parts if isinstance(each, Say)] == [None] * (len(parts) - 1) + [PICTURE]


def test_a_picture_knows_its_size() -> None:
    assert PICTURE.size == (1, 1)
