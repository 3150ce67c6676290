"""Two groups on one database never meet, and strange words stay words, from the first message to the board."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from dashboards import serving
from group import GOOD, PLATFORM, Study, study
from hostile import STRANGE
from promises import broken_promises, harm_in, heard_in
from sqlalchemy import Connection, func, select
from studyroom import free_port

from bot.commands import COMMANDS
from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent, MessageEdited, MessagesDeleted
from bot.domain.outgoing import Action, Form, FormKind, Immediate, Reply
from bot.domain.refs import Person, UserRef
from bot.domain.standings import Period
from bot.storage.engine import Database
from bot.storage.types import metadata

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DASHBOARD = ("", "board/day", "board/month", "board/all", "progress", "answers")
SECRET = "Our secret sauce is a leaky bucket with rhubarb in the shared store."


@asynccontextmanager
async def two_groups(
    database: Database, dashboards: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Study, Study]]:
    """Both with two questions, answers of both kinds, reviews, points and a draft of a track."""
    async with (
        study(database, dashboards=dashboards) as here,
        study(database, workspace="two", dashboards=dashboards) as there,
    ):
        for group, text in ((here, GOOD), (there, SECRET)):
            await group.write(group.person("Ada"), text)
            await group.send_form(group.person("Rhubarb" if group is there else "Ben"), text)
            await group.settle()
            await group.call(group.organiser, "/study-admin setup", time="10:00")
            await group.call(group.organiser, "/study-admin post")
            await group.settle()
            await group.write(group.person("Ada"), text)
            await group.settle()
        await here.settle()  # the next tick makes the cards of what was reviewed
        yield here, there


def words(said: Immediate) -> str:
    assert isinstance(said, Reply), said
    return said.text


async def rows_of(database: Database, group: int) -> dict[str, list[tuple[object, ...]]]:
    """All that a group has."""

    def read(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
        tables = [table for table in metadata.sorted_tables if "group_id" in table.c]
        return {
            table.name: sorted(
                (tuple(row) for row in conn.execute(select(table).where(table.c.group_id == group))), key=str
            )
            for table in tables
        }

    return await database.read(read)


async def highest_id(database: Database) -> int:
    """No row has a higher number than this."""

    def read(conn: Connection) -> int:
        ids = [table.c.id for table in metadata.sorted_tables if "id" in table.c and table.c.id.type.python_type is int]
        return max(conn.execute(select(func.max(id))).scalar() or 0 for id in ids)

    return await database.read(read)


async def test_x100_every_button_and_form_with_another_groups_ids_finds_nothing(database: Database) -> None:
    async with two_groups(database) as (here, there):
        before = await rows_of(database, there.group)
        mine = {
            table: {row[0] for row in rows}
            for table, rows in (await rows_of(database, here.group)).items()
            if table in ("answers", "postings", "tracks")
        }
        ada = replace(here.organiser, user=here.person("Ada").user)
        theirs = set(range(1, await highest_id(database) + 1)) - mine["answers"] - mine["postings"] - mine["tracks"]
        missing = words(await here.press(ada, Action.FULL_REVIEW, "2000000000"))

        for id in theirs:
            event = FormSent(FormKind.ANSWER, str(id), ada, here.channel, {"answer": GOOD}, f"f{id}", here.clock.now())
            assert words(await here.receive(event)) == missing
            for action in set(Action) - {Action.HIDE_ME, Action.SHOW_ME}:
                assert words(await here.press(ada, action, str(id))) == missing, (action, id)
        await here.settle()

        assert theirs
        assert await rows_of(database, there.group) == before
        assert await broken_promises(here, [*heard_in(here.chat), *heard_in(there.chat)]) == []


@only_sqlite
async def test_x100_messages_of_another_space_cannot_be_touched_from_here(database: Database) -> None:
    async with two_groups(database) as (here, there):
        before = await rows_of(database, there.group)
        there_thread = await there.thread()
        ada = here.person("Ada")
        thread = replace(there_thread, workspace="one")
        for ref in list(there.acknowledged):
            foreign = replace(ref, workspace="one")
            at = here.clock.now()
            await here.receive(MessageEdited(foreign, thread, ada, "Overwritten by somebody from elsewhere.", at))
            await here.receive(MessagesDeleted((foreign,), at))
            for action in (Action.COUNT_AS_ANSWER, Action.NOT_AN_ANSWER):
                pressed = ButtonPressed(
                    action, "", ada, here.channel, "p", at, ref, there_thread, SECRET, there.person("Ada").user
                )
                assert words(await here.receive(pressed)).startswith("I cannot find that any more")
        await here.settle()

        assert await rows_of(database, there.group) == before


@only_sqlite
async def test_x100_no_command_tells_of_another_group(database: Database) -> None:
    async with two_groups(database) as (here, there):
        before = await rows_of(database, there.group)
        said = []
        for command in COMMANDS:
            for extra in ({}, {option.name: (option.choices or ("2",))[-1] for option in command.options}):
                event = CommandCalled(command.path, here.organiser, here.channel, "c", here.clock.now(), extra)
                reply = await here.receive(event)
                said.append(reply.text if isinstance(reply, Reply) else str(reply))
        await here.settle()
        said += [each.text for each in here.chat.standing.values()]

        assert not any("rhubarb" in text.casefold() for text in said)
        assert await rows_of(database, there.group) == before


@only_sqlite
async def test_x100_every_address_of_a_dashboard_with_ids_of_others_is_a_missing_one(database: Database) -> None:
    """Another group's, and another member's of the same group."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    async with two_groups(database, {PLATFORM: address}) as (here, there), serving(here, port, address) as desk:
        before = await rows_of(database, there.group)
        hers = {row[0] for row in (await rows_of(database, here.group))["answers"] if row[4] == 1}
        everything = range(1, await highest_id(database) + 1)

        async with desk.browser(here.person("Ada")) as client:
            missing = await client.get("/dashboard/answers/2000000000")
            others = [await client.get(f"/dashboard/answers/{id}") for id in everything if id not in hers]
            pages = [await client.get(f"/dashboard/{path}") for path in DASHBOARD]
            pages += [await client.get(f"/dashboard/answers?before={id}") for id in (*everything, 2000000000)]

        assert len(hers) == 2
        assert {(each.status_code, each.text) for each in others} == {(404, missing.text)}
        assert not any("rhubarb" in page.text.casefold() for page in pages)
        assert await rows_of(database, there.group) == before


@only_sqlite
async def test_x070_the_same_ids_in_two_spaces_are_two_people_and_two_messages(database: Database) -> None:
    async with two_groups(database) as (here, there):
        assert here.person("Ada").user.id == there.person("Ada").user.id
        assert await here.points(here.person("Ada")) == await there.points(there.person("Ada")) == 20
        assert (await here.core.views.beside(here.person("Ada").user, here.channel, Period.ALL)).board.people == 2


@only_sqlite
async def test_x099_a_private_review_is_not_for_a_namesake_of_another_space(database: Database) -> None:
    async with two_groups(database) as (_, there):
        answer = int((await rows_of(database, there.group))["answers"][0][0])  # type: ignore[call-overload]
        namesake = Person(UserRef("test", "one", "u-ada"), "Ada")
        pressed = ButtonPressed(Action.FULL_REVIEW, str(answer), namesake, there.channel, "p", there.clock.now())

        assert words(await there.receive(pressed)).startswith("I cannot find that any more")


# ---------------------------------------------------------------- strange words


async def test_x090_strange_words_go_the_whole_way_and_do_nothing(database: Database) -> None:
    """As names and zones, as answers in the thread and by form, as edits; then in comments, boards and progress."""
    async with study(database) as group:
        people = [Person(UserRef("test", "one", f"u{n}"), strange, zone=strange) for n, strange in enumerate(STRANGE)]
        await asyncio.gather(*(group.call(person, "/study privacy", board="show") for person in people))
        for number in range(0, len(STRANGE), 6):
            await say_strange_things(group, people[number], number)
        await group.settle()

        for person in people[::36]:
            for command in ("/leaderboard", "/study progress", "/study privacy"):
                assert harm_in(words(await group.call(person, command))) is None
        assert len(group.chat.comments()) == len(STRANGE[::6])
        assert await broken_promises(group) == []


async def say_strange_things(group: Study, person: Person, number: int) -> None:
    """By form or in the thread, and the latter with an edit."""
    some, more = " ".join(STRANGE[number : number + 3]), "\n".join(STRANGE[number + 3 : number + 6])
    text = f"I would say that {some} is it, or\n{more}"
    if number % 12:
        form = await group.press(person, Action.ANSWER, str((await group.posting()).id))
        assert isinstance(form, Form)
        assert harm_in(words(await group.send_form(person, text))) is None
    else:
        message, _ = await group.write(person, text)
        await group.edit(person, message, f"{GOOD}\n{text}")


@only_sqlite
async def test_x091_a_comment_keeps_its_form_around_any_quote(database: Database) -> None:
    async with study(database) as group:
        for number, strange in enumerate(STRANGE[::7]):
            await group.write(group.person(f"P{number}"), f"{strange} and more words to say that it is an answer")
        await group.settle()

        for comment in group.chat.comments():
            assert comment.text.startswith("Thank you")
            assert comment.text.endswith("What if a node dies?") or comment.text.endswith("How would you measure it?")
            assert "\n" not in comment.text
            assert len(comment.text) <= 300


@only_sqlite
async def test_x092_a_strange_name_is_inert_on_every_board(database: Database) -> None:
    async with study(database) as group:
        for name in ("@everyone", "<!channel>", "https://evil.example", "**bold**\n# head", "x" * 5000):
            await group.write(group.person(name), GOOD)
            await group.settle()
            group.clock.move(minutes=1)

            board = words(await group.call(group.organiser, "/leaderboard", show="all"))

            assert harm_in(board) is None
            assert max(len(line) for line in board.splitlines()) < 120
        await group.pass_time(timedelta(hours=1))
        assert await broken_promises(group) == []
