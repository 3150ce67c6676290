"""Another name on the boards: everywhere at once, inert, and nobody else's (F47)."""

from __future__ import annotations

import pytest
from group import GOOD, Study, study
from organised import reply_of

from bot.domain.refs import Person
from bot.domain.standings import Period
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def go_by(group: Study, person: Person, name: str) -> str:
    return reply_of(await group.call(person, "/study privacy", name=name)).text


async def seen(group: Study, viewer: str) -> str:
    """Every board there is, as somebody sees them."""
    boards = [await group.call(group.person(viewer), "/leaderboard", period=each.value) for each in Period]
    for_all = await group.call(group.organiser, "/leaderboard", show="all")
    return "\n".join(reply_of(each).text for each in (*boards, for_all))


async def test_f47_an_alias_stands_on_every_board_at_once_and_hiding_hides_it_too(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()

        done = await go_by(group, ada, "Night  Owl")
        as_owl = await seen(group, "Ben")
        settings = reply_of(await group.call(ada, "/study privacy")).text
        await group.call(ada, "/study privacy", board="hide")
        hidden = await seen(group, "Ben")
        await group.call(ada, "/study privacy", board="show")
        await go_by(group, ada, "none")
        own = await seen(group, "Ben")

        assert "every board shows you as Night Owl" in done
        assert "Boards show you as Night Owl" in settings
        assert as_owl.count("1\\. Night Owl, 10 points") == len(Period) + 1
        assert "Ada" not in as_owl
        assert "Owl" not in hidden + own
        assert "Ada" not in hidden
        assert own.count("1\\. Ada, 10 points") == len(Period) + 1


@only_sqlite
@pytest.mark.parametrize("taken", ["Ben", "bеn", "B e n", "Early Bird", "ЕARLY BIRD"])
async def test_nobody_goes_by_a_name_that_looks_like_another_s(database: Database, taken: str) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await go_by(group, group.person("Ben"), "Early Bird")

        refused = await go_by(group, ada, taken)

        assert "nothing was changed" in refused
        assert "none" not in reply_of(await group.call(ada, "/study privacy")).text


@only_sqlite
@pytest.mark.parametrize("name", ["", "\u200b", "…", "x" * 41, "🦉" * 3])
async def test_a_name_that_cannot_stand_on_a_board_is_explained(database: Database, name: str) -> None:
    async with study(database) as group:
        said = await go_by(group, group.person("Ada"), name)

        assert "shows you as" not in said
        assert "shows your name" in reply_of(await group.call(group.person("Ada"), "/study privacy")).text


@only_sqlite
async def test_one_s_own_name_in_other_letters_is_fine(database: Database) -> None:
    async with study(database) as group:
        assert "shows you as ADA" in await go_by(group, group.person("Ada"), "ADA")
