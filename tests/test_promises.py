"""The checker of the eight promises is itself checked: it is silent after a good day, and names each breach."""

from __future__ import annotations

import asyncio

import pytest
from fakes import InsideTransaction, outside_of_transactions
from group import GOOD, study
from promises import Heard, broken_promises, broken_promises_at, harm_in, heard_in

from bot.domain.inert import inert
from bot.domain.refs import MessageRef
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_a_good_day_breaks_no_promise(database: Database) -> None:
    async with study(database) as group:
        ada, ben, cy = group.person("Ada"), group.person("Ben"), group.person("Cy")
        await group.write(ada, GOOD)
        await group.send_form(ben, GOOD)
        gone, _ = await group.write(cy, GOOD)
        await group.settle()
        await group.delete(gone)
        await group.settle()

        assert await broken_promises(group) == []
        assert len(group.chat.comments()) == 2


def heard(key: str, words: str = "x", workspace: str = "one", user: str | None = None) -> Heard:
    return Heard(key, words, "place", workspace, user)


#: What happens behind everybody's back, and the promise it breaks.
BREACHES = {
    "an answer lost its text": ("delete from answer_versions", "P1: answer 1 stands without a text"),
    "a message was forgotten": ("delete from thread_messages", "P1: message in-1 was acknowledged and is not stored"),
    "a posting was dropped": ("update postings set state = 'dropped'", "P2: posting 1 was dropped and stands there"),
    "a posting is only claimed": (
        "insert into postings (group_id, asking_id, track_channel_id, platform, workspace, channel_id, state, gone)"
        " select group_id, asking_id, 2, platform, workspace, 'other', 'posted', gone from postings",
        "P2: posting 2 is posted and nobody saw it",
    ),
    "an answer is withdrawn in silence": ("update answers set state = 'withdrawn'", "P3: answer 1 was withdrawn"),
    "the comment is old": ("update sendings set revision = 0", "P3: the comment on answer 1 is not of version 1"),
    "the review changed": (
        "update reviews set points = '[]'",
        "P3: the comment on answer 1 says something else than its review",
    ),
    "a total is wrong": ("update totals set points = 3 where period = 'all'", "P4: 3 totals differ from the log"),
    "an event is wrong": ("update point_events set points = 3", "P4: answer 1 has (points, answers) (3, 1)"),
    "a row crosses groups": (
        "update members set group_id = 2",
        "P5: 1 rows of answers refer to another group's members",
    ),
    "work lies about": (
        "insert into owed (story, key, attempt, failures, args, created_at)"
        " values ('x', 'old', 0, 0, '[]', '2020-01-01 00:00:00.000000')",
        "P7: old is owed since",
    ),
    "a message stays in hand": (
        "update sendings set claimed_until = '2020-01-01 00:00:00.000000'",
        "P7: post:1 is in somebody's hand since long",
    ),
    "a review is owed by nobody": ("update answers set state = 'received'", "P7: answer 1 waits for a review"),
    "a posting is owed by nobody": ("update postings set state = 'waiting'", "P7: posting 1 is unfinished"),
    "a message is still being sent": ("update sendings set state = 'sending'", "P7: comment:1:1 stands outside"),
}


@only_sqlite
@pytest.mark.parametrize("what", BREACHES)
async def test_a_breach_in_the_database_is_named(database: Database, what: str) -> None:
    breach, complaint = BREACHES[what]
    async with study(database) as group:
        await group.write(group.person("Ada"), GOOD)
        await group.settle()

        await _behind_everybodys_back(database, breach)

        assert complaint in "\n".join(await broken_promises(group))


async def _behind_everybodys_back(database: Database, statement: str) -> None:
    def without_rules() -> None:
        raw = database.engine.raw_connection()
        raw.cursor().execute("pragma foreign_keys = off")
        raw.cursor().execute(statement)
        raw.commit()
        raw.close()

    await asyncio.to_thread(without_rules)


#: What the outside hears too much, and the promise it breaks.
TOO_MUCH = {
    "a second post": (heard("post:1"), "P2: post:1 stands 2 times"),
    "a second comment": (heard("comment:1:1"), "P3: answer 1 has 2 comments"),
    "a comment on nothing": (heard("comment:9:1"), "P3: a comment stands for answer 9, which is not there"),
    "a private word to another": (heard("full:1:1", user="u-ben"), "P5: full:1:1 was shown to u-ben"),
    "another group's answer": (heard("close:1", GOOD, "two"), "P5: close:1 tells group 2 an answer of [1]"),
    "a ping": (heard("x", "hello @everyone"), "P6: x holds '@everyone'"),
    "a link": (heard("x", "see [this](https://evil.example)"), "P6: x holds ']('"),
}


@only_sqlite
@pytest.mark.parametrize("what", TOO_MUCH)
async def test_words_that_should_not_be_are_named(database: Database, what: str) -> None:
    more, complaint = TOO_MUCH[what]
    async with study(database) as group, study(database, workspace="two"):
        await group.write(group.person("Ada"), GOOD)
        await group.settle()

        found = await broken_promises(group, [*heard_in(group.chat), more])

        assert complaint in "\n".join(found)


@only_sqlite
async def test_a_missing_post_or_form_is_named(database: Database, sqlite_url: str) -> None:
    async with study(database) as group:
        await group.settle()
        lost = MessageRef("test", "one", "study", "lost")

        found = await broken_promises_at(sqlite_url, [], [lost], ["form-x"])

        assert "P2: posting 1 is posted and nobody saw it" in found
        assert "P1: message lost was acknowledged and is not stored" in found
        assert "P1: form form-x was acknowledged and is not stored" in found


@only_sqlite
async def test_a_call_inside_a_transaction_is_heard(database: Database) -> None:
    def careless(_: object) -> None:
        outside_of_transactions("a careless call")

    async with study(database) as group:
        with pytest.raises(InsideTransaction):
            await group.database.write(careless)

        assert await broken_promises(group) == ["P8: a careless call was called inside a transaction"]
        assert await broken_promises(group) == []


@pytest.mark.parametrize(
    ("words", "harm"),
    [
        ("@everyone", "@everyone"),
        ("<@1>", "<@"),
        ("<!channel>", "<!"),
        ("[a](b)", "]("),
        ("http://evil.example", "p://"),
        ("WWW.evil.example", "WWW.e"),
        ("**bold** and `code` a@b", None),
        (r"a \<\@b\> \[a\](b)", None),
        (inert("@everyone <@1> [a](https://evil.example) www.evil.example <!here>"), None),
    ],
)
def test_harm_in_a_text_is_seen(words: str, harm: str | None) -> None:
    assert harm_in(words) == harm
