"""Two people, two accounts each, one question in two channels: whatever they do and in whatever order, every board is
what summing up their answers by hand gives, no name is shown that is hidden, and a streak is told to who wants it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from appealed import TwiceReviewer, graded, reply_of, try_again
from group import Study
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joined import link, one_question, posting_in, promises_broken
from sqlalchemy import Connection, func, select

from bot.domain.outgoing import Action
from bot.domain.refs import Person
from bot.domain.standings import Period, scopes_of
from bot.shelves import Answer, Tx
from bot.storage import tables
from bot.storage.engine import Database
from bot.storage.storage import SqlTx

#: So long that two who write it write a copy.
LONG = (
    "Buckets refill steadily over time, they live in one shared store, and a script takes a token in one step, so that "
    "all machines count together and nobody gets more than their share."
)
PEOPLE, PLACES = (0, 1), (0, 1)
ONE = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PLACES))
TENTHS = st.integers(0, 10).map(lambda tenths: tenths / 10)
STEP = st.tuples(
    st.sampled_from(
        ["answer", "answer", "copy", "again", "take back", "link", "hide", "show", "no streak", "streak", "settle"]
    ),
    ONE,
    TENTHS,
)
Step = tuple[str, tuple[int, int], float]
SETTLE: Step = ("settle", (0, 0), 0)
#: What must be among the orders that are tried.
EXAMPLES: tuple[list[Step], ...] = (
    # Both accounts answered; linked, the later answer goes, with its growth.
    [("answer", (0, 0), 0.5), ("answer", (0, 1), 0.2), SETTLE, ("again", (0, 1), 0.9), SETTLE, ("link", (0, 0), 0)],
    # A copy of one's own other account, and what becomes of it.
    [("copy", (0, 0), 0.5), ("copy", (0, 1), 0.5), ("copy", (1, 1), 0.8), SETTLE, ("link", (0, 1), 0)],
    [("copy", (0, 0), 0.5), ("copy", (1, 1), 0.8), SETTLE, ("take back", (0, 0), 0), ("answer", (1, 1), 0.7)],
    [("link", (0, 0), 0), ("answer", (0, 0), 0.5), SETTLE, ("take back", (0, 1), 0), ("answer", (0, 1), 0.9)],
    [("hide", (0, 0), 0), ("no streak", (0, 1), 0), ("answer", (0, 1), 0.5), ("link", (0, 1), 0), ("show", (0, 0), 0)],
)


@dataclass(slots=True)
class Told:
    """What an account, or after a link a member, said about themselves, and whether an answer of theirs stands."""

    hidden: bool = False
    streaks: bool = True
    answered: bool = False


@dataclass
class Play:
    """Two people with an account in each place."""

    places: tuple[Study, Study]
    names: tuple[str, str]
    told: dict[tuple[int, int], Told] = field(
        default_factory=lambda: {(who, place): Told() for who in PEOPLE for place in PLACES}
    )

    async def step(self, what: str, who: tuple[int, int], score: float) -> None:
        group, person, told = self.at(who), self.person(who), self.told[who]
        match what:
            case "answer" | "copy":
                text = f"{LONG} score {score}" if what == "copy" else graded(score)
                posting = await posting_in(group)
                await group.send_form(person, text, str(posting.id), f"f{next(SENT)}")
                told.answered = True
            case "again" if (first := await self.answer(who)) is not None:
                await try_again(group, person, graded(score), first.id, f"s{next(SENT)}")
            case "take back" if (first := await self.answer(who)) is not None:
                await group.press(person, Action.NOT_AN_ANSWER, str(first.id))
                told.answered = False
            case "link" if self.told[who[0], 0] is not self.told[who[0], 1]:
                await link(*self.places, self.names[who[0]])
                one, other = self.told[who[0], 0], self.told[who[0], 1]
                self.told[who[0], 0] = self.told[who[0], 1] = Told(
                    one.hidden or other.hidden, one.streaks and other.streaks, one.answered or other.answered
                )
            case "hide" | "show":
                await group.call(person, "/study privacy", board=what)
                told.hidden = what == "hide"
            case "no streak" | "streak":
                await group.call(person, "/study privacy", streak="on" if what == "streak" else "off")
                told.streaks = what == "streak"
            case "settle":
                await group.settle()

    def at(self, who: tuple[int, int]) -> Study:
        return self.places[who[1]]

    def person(self, who: tuple[int, int]) -> Person:
        return self.at(who).person(self.names[who[0]])

    async def answer(self, who: tuple[int, int]) -> Answer | None:
        """Their first attempt, while it stands."""
        if not self.told[who].answered:
            return None
        posting, user, group = await posting_in(self.at(who)), self.person(who).user, self.at(who).group

        def find(tx: Tx) -> Answer | None:
            member = tx.members.by_user(group, user)
            return tx.answers.of(group, posting.asking, member.id) if member is not None else None

        return await self.at(who).core.storage.read(find)

    async def ends_well(self, who: tuple[int, int]) -> None:
        """Names are hidden, and streaks told, as whoever is behind this account wanted it."""
        group, told, user = self.at(who), self.told[who], self.person(who).user

        def name(tx: Tx) -> str | None:
            member = tx.members.by_user(group.group, user)
            row = tx.standings.own(group.group, Period.ALL, "all", member.id) if member is not None else None
            return row.name if row is not None else None

        shown = await group.core.storage.read(name)
        progress = reply_of(await group.call(self.person(who), "/study progress")).text
        assert shown in (None, "" if told.hidden else self.names[who[0]])
        assert ("**Streak:** 1 day in a row" in progress) is (told.answered and told.streaks), progress


SENT = itertools.count(1)


def by_hand(conn: Connection, tx: SqlTx) -> dict[tuple[str, int], int]:
    """Points of all time on every board, summed up from what each answer is worth and where it was given."""
    channel, asked_in = tables.track_channels, tables.track_channels.alias()
    same = [channel.c[name] == asked_in.c[name] for name in ("platform", "workspace", "channel_id")]
    number = select(func.min(channel.c.id)).where(*same)
    rows = conn.execute(
        select(tables.answers, tables.askings.c.track_id, number.scalar_subquery().label("number"))
        .join(tables.askings, tables.askings.c.id == tables.answers.c.asking_id)
        .join(tables.postings, tables.postings.c.id == tables.answers.c.posting_id)
        .join(asked_in, asked_in.c.id == tables.postings.c.track_channel_id)
    )
    sums: dict[tuple[str, int], int] = {}
    for row in rows.all():
        worth, _ = tx.standings.booked(row.group_id, row.id)
        for scope in scopes_of(row.track_id, row.number, growth=row.attempt == 2):
            sums[scope.key, row.member_id] = sums.get((scope.key, row.member_id), 0) + worth
    return {name: points for name, points in sums.items() if points}


def as_kept(conn: Connection) -> dict[tuple[str, int], int]:
    c = tables.totals.c
    rows = conn.execute(select(c.board, c.member_id, c.points).where(c.period == Period.ALL, c.points != 0))
    return {(row.board, row.member_id): row.points for row in rows}


async def play(places: tuple[Study, Study], names: tuple[str, str], steps: Sequence[Step]) -> None:
    """Does it all, lets everything be graded, and compares."""
    both, core = Play(places, names), places[0].core
    for step in steps:
        await both.step(*step)
        assert await core.storage.read(lambda tx: tx.standings.differences(None)) == 0
    await places[0].settle()
    now = places[0].clock.now()
    summed, kept = await places[0].database.read(lambda conn: (by_hand(conn, SqlTx(conn, now)), as_kept(conn)))
    assert summed == kept
    for who in both.told:
        await both.ends_well(who)


async def test_every_board_is_what_summing_up_by_hand_gives_in_any_order(database: Database, database_url: str) -> None:
    async with one_question(database, TwiceReviewer()) as places:
        numbers, loop = itertools.count(1), asyncio.get_running_loop()

        @settings(max_examples=25 if database_url.startswith("sqlite") else 8)
        @given(steps=st.lists(STEP, min_size=4, max_size=14))
        def in_any_order(steps: list[Step]) -> None:
            number = next(numbers)
            asyncio.run_coroutine_threadsafe(play(places, (f"Ada {number}", f"Ben {number}"), steps), loop).result()

        for steps in EXAMPLES:
            in_any_order = example(steps=steps)(in_any_order)
        await asyncio.to_thread(in_any_order)

        assert await promises_broken(*places) == []
        assert await places[0].core.storage.write(lambda tx: tx.standings.recompute(None)) == 0
