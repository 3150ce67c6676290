"""Two communities on one bot, one on Discord and one on Slack, and what their people do to become one."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from fakes import START, FrozenClock, RecordingChat, ScriptedReviewer, watch_transactions
from group import FixedQuestions, Study
from organised import reply_of, set_up
from promises import broken_promises, heard_in
from sqlalchemy import Connection, func, select

from bot.app import build_core
from bot.domain.incoming import SpaceJoined
from bot.domain.outgoing import Action, Outgoing, Reply, Whisper
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef
from bot.domain.standings import Board, Period
from bot.ports import ChatTraits
from bot.shelves import Answer, Member, Posting
from bot.storage.engine import Database
from bot.storage.types import metadata

DISCORD = ChatTraits(text_limit=2000, whispers_at_once=False, thread_is_place=True)
SLACK = ChatTraits(text_limit=3000, whispers_at_once=True)


async def at_once(item: Outgoing) -> None:
    """Nothing holds a delivery up."""


@dataclass(slots=True)
class PatientChat(RecordingChat):
    """A recorded chat in which a test may wait, or fail, right before or after a message stands there."""

    before: Callable[[Outgoing], Awaitable[None]] = at_once
    later: Callable[[Outgoing], Awaitable[None]] = at_once

    async def deliver(self, item: Outgoing) -> str:
        await self.before(item)
        id = await RecordingChat.deliver(self, item)
        await self.later(item)
        return id


@asynccontextmanager
async def two_communities(
    database: Database,
    *names: str,
    questions: FixedQuestions | None = None,
    reviewer: ScriptedReviewer | None = None,
    started: bool = True,
) -> AsyncIterator[tuple[Study, Study]]:
    """The first on Discord, the second on Slack, each with its own group; both have today's question, unless `started`
    is False. With names, on a database that has others already, their places are called so."""
    watch_transactions()
    clock, reviewer, packs = FrozenClock(), reviewer or ScriptedReviewer(), questions or FixedQuestions()
    chats = {"discord": PatientChat(DISCORD), "slack": PatientChat(SLACK)}
    core = build_core(database, packs, reviewer, dict(chats), clock)
    made = []
    for start, (platform, name) in enumerate(zip(chats, names or ("guild", "team"), strict=True)):
        space, channel = SpaceRef(platform, name), ChannelRef(platform, name, f"study-{name}")
        ask_in = channel if started else None
        await core.intake.receive(SpaceJoined(space, f"Group {name}", clock.now(), ask_in, "Europe/Berlin"))
        group = await core.storage.read(lambda tx, space=space: tx.members.group_of(space))  # type: ignore[misc]
        numbers = itertools.count(1 + 1000 * start)
        community = Study(core, chats[platform], reviewer, clock, packs, space, channel, database, group, _ids=numbers)
        made.append(community)
    await core.settle()
    yield made[0], made[1]


# ---------------------------------------------------------------- what people do


async def code_of(community: Study, person: Person, command: str = "/study-admin join") -> str:
    """A fresh code, as its owner reads it."""
    found = re.search(r"`([A-Z]{4}-[A-Z]{4})`", reply_of(await community.call(person, command)).text)
    assert found is not None
    return found[1]


async def offer(host: Study, guest: Study) -> Reply:
    """An organiser of the guest typed the host's code and sees what would come along."""
    code = await code_of(host, host.organiser)
    return reply_of(await guest.call(guest.organiser, "/study-admin join", code=code))


async def say_yes(guest: Study, offered: Reply) -> Reply:
    return reply_of(await guest.press(guest.organiser, Action.CONFIRM_JOIN, offered.buttons[0].target))


async def join(host: Study, guest: Study) -> Reply:
    """The guest's group becomes the host's."""
    said = await say_yes(guest, await offer(host, guest))
    guest.group = host.group
    return said


async def link(one: Study, other: Study, name: str) -> Reply:
    """The accounts of somebody in both places become one member."""
    code = await code_of(one, one.person(name), "/study link")
    return reply_of(await other.call(other.person(name), "/study link", code=code))


async def answer(community: Study, name: str, text: str) -> MessageRef:
    """An answer in the thread of the place's open question."""
    return (await community.write(community.person(name), text, thread=await thread_in(community)))[0]


async def offered_along(guest: Study) -> str:
    """What the yes to the same question carries, as the guest's organiser sees it in the preview."""
    await guest.call(guest.organiser, "/study-admin setup", zone="Europe/Berlin", days="daily")
    await guest.settle()
    shown = guest.chat.whispers(guest.organiser.user)[-1].item
    assert isinstance(shown, Whisper)
    return next(button.target for button in shown.buttons if button.action is Action.ASK_ALONG)


async def ask_along(guest: Study) -> Reply:
    """The guest's channel, which has no questions yet, asks what another place of the group asks."""
    return reply_of(await guest.press(guest.organiser, Action.ASK_ALONG, await offered_along(guest)))


@asynccontextmanager
async def one_question(
    database: Database, reviewer: ScriptedReviewer | None = None
) -> AsyncIterator[tuple[Study, Study]]:
    """A joined group whose one track asks on Discord and on Slack; the first question stands in both."""
    made = two_communities(database, questions=FixedQuestions(9), reviewer=reviewer, started=False)
    async with made as (host, guest):
        await set_up(host, time="09:00", zone="Europe/Berlin", days="daily")
        await join(host, guest)
        await ask_along(guest)
        host.clock.set(START + timedelta(days=1))
        await host.settle()
        yield host, guest


# ---------------------------------------------------------------- what is there


async def posting_in(community: Study) -> Posting:
    """The place's open question."""
    found = await community.core.storage.read(lambda tx: tx.asking.open_in(community.group, community.channel))
    assert found is not None
    return found


async def thread_in(community: Study) -> ThreadRef:
    thread = (await posting_in(community)).thread
    assert thread is not None
    return thread


async def member(community: Study, name: str) -> Member:
    user = community.person(name).user
    found = await community.core.storage.read(lambda tx: tx.members.by_user(community.group, user))
    assert found is not None
    return found


async def answer_of(community: Study, name: str) -> Answer | None:
    """Somebody's answer to the place's open question."""
    posting, who = await posting_in(community), await member(community, name)
    return await community.core.storage.read(lambda tx: tx.answers.of(community.group, posting.asking, who.id))


async def board(community: Study, name: str) -> Board:
    """The board of all time as somebody sees it."""
    seen = await community.core.views.beside(community.person(name).user, community.channel, Period.ALL)
    return seen.board


def lines(board: Board) -> list[tuple[str, int, int]]:
    """Name, points and answers of each line at the top, by name."""
    return sorted((place.name, place.points, place.answers) for place in board.top)


async def rows_of(database: Database, group: int, column: str = "group_id") -> dict[str, int]:
    """How many rows each table has of a group, or of whatever else the column names."""

    def count(conn: Connection) -> dict[str, int]:
        tables = [table for table in metadata.sorted_tables if column in table.c]
        found = {
            table.name: conn.execute(
                select(func.count()).select_from(table).where(table.c[column] == group)
            ).scalar_one()
            for table in tables
        }
        return {name: rows for name, rows in found.items() if rows}

    return await database.read(count)


async def promises_broken(*communities: Study) -> list[str]:
    """Of P1 to P8, over all that was heard in both places."""
    heard = [each for community in communities for each in heard_in(community.chat)]
    acknowledged = [ref for community in communities for ref in community.acknowledged]
    first = communities[0]
    return await broken_promises(first.database, heard, acknowledged, now=first.clock.now())
