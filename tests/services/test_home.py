"""The bot's own page, and the threads that are read again after an outage."""

from __future__ import annotations

from datetime import timedelta

import pytest
from group import GOOD, PLATFORM, FixedQuestions, Study, study
from organised import reply_of, set_up
from sqlalchemy import Engine, event, func, select

from bot.domain.incoming import HomeOpened, SpaceLeft
from bot.domain.outgoing import Action, Reply
from bot.domain.refs import Person, UserRef
from bot.storage.engine import Database
from bot.storage.tables import members

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = timedelta(days=1)


async def home(group: Study, person: Person) -> Reply:
    return reply_of(await group.receive(HomeOpened(person, group.clock.now())))


async def test_the_page_shows_today_my_standing_and_my_settings(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        before = await home(group, ada)
        await group.write(ada, GOOD)
        await group.settle()
        await group.call(ada, "/study privacy", board="hide")
        after = await home(group, ada)

        assert "Question pack-1" in before.text
        assert "You have not answered it yet." in before.text
        assert "no points yet" in before.text
        assert "Your answers stay on this machine" in before.text
        assert "/study help" in before.text
        assert [(each.action, each.target) for each in before.buttons] == [
            (Action.ANSWER, str((await group.posting()).id)),
            (Action.HIDE_ME, ""),
        ]
        assert "You have answered it." in after.text
        assert "10 points, rank 1" in after.text
        assert "The board does not show your name" in after.text
        assert [each.action for each in after.buttons] == [Action.SHOW_ME]


async def test_opening_the_page_makes_nobody_a_member_but_learns_a_members_name(database: Database) -> None:
    async with study(database) as group:
        count = select(func.count()).select_from(members)
        await home(group, group.person("Ada"))
        strangers = await database.read(lambda conn: conn.execute(count).scalar_one())
        await group.write(Person(group.person("Ben").user, "B."), GOOD)
        await home(group, group.person("Ben", zone="Asia/Tokyo"))

        ben = await group.core.storage.read(lambda tx: tx.members.by_user(group.group, group.person("Ben").user))
        assert strangers == 0
        assert ben is not None
        assert (ben.name, ben.zone) == ("Ben", "Asia/Tokyo")


@only_sqlite
async def test_several_open_questions_have_a_button_each(database: Database) -> None:
    async with study(database, questions=FixedQuestions(packs=("pack", "more"))) as group:
        await set_up(group, channel="other", time="09:30", zone="UTC", days="daily", pack="more")
        await group.pass_time(timedelta(hours=3), timedelta(hours=1))

        said = await home(group, group.person("Ada"))

        assert [each.label for each in said.buttons[:-1]] == ["Answer: Question more-1", "Answer: Question pack-1"]


@only_sqlite
async def test_the_page_in_a_space_nobody_set_up_says_so(database: Database) -> None:
    async with study(database) as group:
        stranger = Person(UserRef(PLATFORM, "nowhere", "u-eve"), "Eve")

        assert "I do not serve this place yet" in (await home(group, stranger)).text


@only_sqlite
async def test_without_a_question_the_page_says_so(database: Database) -> None:
    async with study(database, started=False) as group:
        said = await home(group, group.person("Ada"))

        assert "No question is open right now." in said.text
        assert [each.action for each in said.buttons] == [Action.HIDE_ME]


# ---------------------------------------------------------------- threads that take answers


async def test_threads_are_open_until_late_answers_count_no_more(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        first = await group.thread()
        one, _ = await group.write(ada, GOOD)
        two, _ = await group.write(ada, "and a shared store keeps the counters")
        await group.write(group.person("Ben"), "thanks")
        await group.settle()
        await group.pass_time(DAY, timedelta(hours=6))
        second = await group.thread()

        both = await group.core.views.open_threads(PLATFORM)
        await group.call(group.organiser, "/study-admin pause")
        await group.pass_time(8 * DAY, timedelta(hours=12))
        later = await group.core.views.open_threads(PLATFORM)
        await group.pass_time(8 * DAY, timedelta(hours=12))

        assert [each.thread for each in both] == [second, first]
        assert [each.parts for each in both] == [(), (one.id, two.id)]
        assert both[0].posted_at > both[1].posted_at
        assert [each.thread for each in later] == [second]
        assert await group.core.views.open_threads(PLATFORM) == []


@only_sqlite
async def test_threads_of_other_platforms_and_of_spaces_that_are_left_are_not_listed(database: Database) -> None:
    async with study(database) as here, study(database, workspace="two") as there:
        await there.receive(SpaceLeft(there.space, there.clock.now()))

        assert [each.thread for each in await here.core.views.open_threads(PLATFORM)] == [await here.thread()]
        assert await here.core.views.open_threads("other") == []


@only_sqlite
async def test_a_message_that_was_deleted_is_no_part(database: Database) -> None:
    async with study(database) as group:
        message, _ = await group.write(group.person("Ada"), GOOD)
        await group.delete(message)

        assert [each.parts for each in await group.core.views.open_threads(PLATFORM)] == [()]


@only_sqlite
async def test_many_threads_are_read_with_few_questions_to_the_database(database: Database) -> None:
    async with study(database, questions=FixedQuestions(9)) as group:
        for _ in range(4):
            await group.call(group.organiser, "/study-admin post")
        await group.settle()
        await group.write(group.person("Ada"), GOOD)
        asked: list[str] = []

        def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        event.listen(Engine, "before_cursor_execute", count)
        found = await group.core.views.open_threads(PLATFORM)
        event.remove(Engine, "before_cursor_execute", count)

        assert len(found) == 5
        assert sum(each.lower().startswith("select") for each in asked) == 3
