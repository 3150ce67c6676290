"""The joining and the codes' shelf: what moves when two groups, or two members, become one."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from fakes import START
from sqlalchemy import Connection, select

from bot.domain.asking import Schedule
from bot.domain.codes import Purpose
from bot.domain.refs import ChannelRef, SpaceRef, UserRef
from bot.domain.standings import Period
from bot.shelves import Booking, Comments, Member, Posting, TrackState, Via
from bot.storage.engine import Database
from bot.storage.joining import joined_by
from bot.storage.storage import SqlTx
from bot.storage.tables import form_submissions, groups
from bot.storage.work import due, owed, park, parked_stories

DAYS = [date(2026, 11, 23) + timedelta(days=number) for number in range(250)]
_numbers = itertools.count(1)


def a_group(tx: SqlTx, name: str) -> int:
    return tx.members.add_group(SpaceRef("test", name), name, START)


def a_member(tx: SqlTx, group: int, name: str, space: str = "one") -> Member:
    return tx.members.add(group, UserRef("test", space, name), name, None, START)


def a_posting(tx: SqlTx, group: int) -> Posting:
    """A question that somebody may answer."""
    schedule, channel = Schedule("UTC", START.time(), frozenset({0})), ChannelRef("test", str(group), "study")
    made = tx.asking.add_track(group, TrackState.ACTIVE, schedule, ("pack",), Comments.BRIEF, START, channel, START)
    track = tx.asking.track(group, made)
    assert track is not None
    asking = tx.asking.insert_asking(track, DAYS[0], "scheduled", START, None, START)
    assert asking is not None
    posting = tx.asking.posting(group, tx.asking.add_posting(group, asking, track.channels[0]))
    assert posting is not None
    return posting


def an_answer(tx: SqlTx, group: int, posting: Posting, member: int, points: int, day: date = DAYS[0]) -> int:
    """An answer with points, booked on a day."""
    answer = tx.answers.add(group, posting, member, Via.FORM, "text", False, False, day, START).id
    key = f"event:{next(_numbers)}"
    tx.standings.book(group, Booking(key, member, posting.asking, answer, points, 1, day), START)
    return answer


# ---------------------------------------------------------------- groups


async def test_what_waits_to_be_told_is_told_of_the_group_that_was_joined(database: Database) -> None:
    def join(conn: Connection) -> tuple[int, int]:
        tx = SqlTx(conn, START)
        one, two = a_group(tx, "one"), a_group(tx, "two")
        tx.owe("review_answer", "at once", two, 7, 1)
        tx.owe("review_answer", "later", two, 8, 1, not_before=START + timedelta(days=1))
        tx.owe("review_answer", "of the other", one, 9, 1)
        park(conn, "review_answer", "set aside", two, [two, 10, 1], "why", 3, START)
        tx.joining.join(one, two, START)
        SqlTx(conn, START).owe("review_answer", "by the old number", two, 11, 1)
        return one, two

    one, two = await database.write(join)

    rows = await database.read(lambda conn: due(conn, START + timedelta(days=2), 50, ["review_answer"]))
    assert {(row.key, row.group_id, row.args[0]) for row in rows} == {
        (key, one, one) for key in ("at once", "later", "of the other", "by the old number")
    }
    (aside,) = await database.read(lambda conn: parked_stories(conn, one))
    assert aside.key == "set aside"
    assert await database.read(lambda conn: joined_by(conn, two)) == one
    assert await database.read(lambda conn: conn.execute(select(owed.c.id).where(owed.c.group_id == two)).all()) == []


async def test_a_group_that_joined_one_that_joined_another_is_that_one_now(database: Database) -> None:
    def join(conn: Connection) -> list[int]:
        tx = SqlTx(conn, START)
        one, two, three = (a_group(tx, name) for name in ("one", "two", "three"))
        tx.joining.join(two, three, START)
        tx.joining.join(one, two, START)
        fresh = SqlTx(conn, START)
        return [fresh.members.group_now(group) for group in (one, two, three)]

    now = await database.write(join)

    assert now == [now[0]] * 3
    assert await database.read(lambda conn: len(conn.execute(select(groups)).all())) == 1


async def test_totals_and_ranks_are_those_of_both(database: Database) -> None:
    def join(conn: Connection) -> tuple[int, int, list[int]]:
        tx = SqlTx(conn, START)
        one, two = a_group(tx, "one"), a_group(tx, "two")
        for group, space, points in ((one, "one", (9, 7)), (two, "two", (9, 8, 0))):
            posting = a_posting(tx, group)
            for number, each in enumerate(points):
                an_answer(tx, group, posting, a_member(tx, group, f"{number}", space).id, each)
        tx.joining.join(one, two, START)
        standings = tx.standings
        return (
            standings.differences(None),
            standings.people(one, Period.ALL, "all"),
            [standings.ahead_of(one, Period.ALL, "all", points) for points in (9, 8, 7)],
        )

    assert await database.write(join) == (0, 4, [0, 2, 3])


async def test_what_the_same_transaction_booked_before_comes_along(database: Database) -> None:
    """Tallies are noted and written at the end, and then under the number that counts."""

    def join(conn: Connection) -> None:
        tx = SqlTx(conn, START)
        one, two = a_group(tx, "one"), a_group(tx, "two")
        an_answer(tx, two, a_posting(tx, two), a_member(tx, two, "ada").id, 9)
        SqlTx(conn, START).joining.join(one, two, START)

    await database.write(join)

    assert await database.read(lambda conn: SqlTx(conn, START).standings.differences(None)) == 0


async def test_forms_that_two_platforms_named_alike_are_still_known(database: Database) -> None:
    def join(conn: Connection) -> list[str]:
        tx = SqlTx(conn, START)
        one, two = a_group(tx, "one"), a_group(tx, "two")
        for group, names in ((one, ("a", "b")), (two, ("b", "c"))):
            answer = an_answer(tx, group, a_posting(tx, group), a_member(tx, group, "ada", str(group)).id, 9)
            for name in names:
                tx.answers.submission(group, name, answer, START)
        tx.joining.join(one, two, START)
        known = select(form_submissions.c.submission).where(form_submissions.c.group_id == one)
        return list(conn.execute(known.order_by(form_submissions.c.submission)).scalars())

    assert await database.write(join) == ["a", "b", "c"]


async def test_a_group_that_is_gone_joins_nothing_any_more(database: Database) -> None:
    def join(conn: Connection) -> None:
        tx = SqlTx(conn, START)
        one, two = a_group(tx, "one"), a_group(tx, "two")
        tx.joining.join(one, two, START)
        tx.joining.join(one, two, START)

    with pytest.raises(LookupError):
        await database.write(join)


# ---------------------------------------------------------------- members


async def test_points_of_two_members_add_up_in_every_period(database: Database) -> None:
    def merge(conn: Connection) -> tuple[int, int, int, int]:
        tx = SqlTx(conn, START)
        group = a_group(tx, "one")
        one, two, three = (a_member(tx, group, name) for name in ("one", "two", "three"))
        posting, another = a_posting(tx, group), a_posting(tx, group)
        of_each = {one.id: an_answer(tx, group, posting, one.id, 0), two.id: an_answer(tx, group, another, two.id, 0)}
        for number, day in enumerate(DAYS):
            giver, asking = ((one, posting.asking), (two, another.asking))[number % 2]
            booking = Booking(f"more:{number}", giver.id, asking, of_each[giver.id], 3, 0, day)
            tx.standings.book(group, booking, START)
        an_answer(tx, group, posting, three.id, 5)
        tx.joining.merge(group, one, two)
        row = tx.standings.own(group, Period.ALL, "all", one.id)
        assert row is not None
        people = tx.standings.people(group, Period.ALL, "all")
        return row.points, people, tx.standings.ahead_of(group, Period.ALL, "all", 5), tx.standings.differences(group)

    assert await database.write(merge) == (3 * len(DAYS), 2, 1, 0)


async def test_only_askings_that_both_answered_are_told_of(database: Database) -> None:
    def answer(conn: Connection) -> tuple[set[int], int]:
        tx = SqlTx(conn, START)
        group = a_group(tx, "one")
        one, two = a_member(tx, group, "one"), a_member(tx, group, "two")
        both, first, second = (a_posting(tx, group) for _ in range(3))
        for posting, member in ((both, two), (both, one), (first, one), (second, two)):
            an_answer(tx, group, posting, member.id, 3)
        found = tx.joining.answered_twice(group, one.id, two.id)
        assert [(mine.member, theirs.member) for mine, theirs in found] == [(one.id, two.id)]
        return {answer.asking for pair in found for answer in pair}, both.asking

    askings, both = await database.write(answer)

    assert askings == {both}


async def test_an_answer_that_stands_is_not_set_aside(database: Database) -> None:
    def set_aside(conn: Connection) -> bool:
        tx = SqlTx(conn, START)
        group = a_group(tx, "one")
        posting, member = a_posting(tx, group), a_member(tx, group, "ada")
        tx.joining.set_aside(group, an_answer(tx, group, posting, member.id, 9))
        return tx.answers.of(group, posting.asking, member.id) is not None

    assert await database.write(set_aside)


# ---------------------------------------------------------------- codes


async def test_codes_are_forgotten_after_a_day_and_replaced_by_newer_ones(database: Database) -> None:
    ada, place = UserRef("test", "one", "ada"), ChannelRef("test", "one", "study")

    def issue(conn: Connection) -> list[bool]:
        tx = SqlTx(conn, START)
        group = a_group(tx, "one")
        for hours, hash, purpose in (
            (0, "old", "join"),
            (1, "kept", "link"),
            (25, "new", "join"),
            (25, "newest", "join"),
        ):
            now = START + timedelta(hours=hours)
            if hash == "new":
                used = tx.codes.by_hash("old")
                assert used is not None
                tx.codes.use(used.id)
            tx.codes.issue(group, Purpose(purpose), hash, ada, place, now, now + timedelta(minutes=15))
        return [tx.codes.by_hash(hash) is not None for hash in ("old", "kept", "new", "newest")]

    assert await database.write(issue) == [False, True, False, True]
