"""The courier: a key never speaks twice, whatever the platform and the process do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from fakes import FrozenClock, RecordingChat
from patience import until

from bot.domain.errors import NotNow, Refused
from bot.domain.outgoing import Edit, Outgoing, Post, Remove
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef
from bot.services import delivery
from bot.services.delivery import Courier
from bot.shelves import SendState
from bot.storage.engine import Database
from bot.storage.storage import SqlStorage

CHANNEL = ChannelRef("test", "one", "study")
HELLO = Post("hello", CHANNEL, "Hello")
GROUP = 1


@dataclass
class SlowChat(RecordingChat):
    """Answers only when it is let, once it was reached."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, item: Outgoing) -> str:
        self.reached.set()
        await self.may_answer.wait()
        return await super().deliver(item)


@dataclass
class PostOffice:
    storage: SqlStorage
    courier: Courier
    chat: RecordingChat

    async def state(self) -> SendState | None:
        row = await self.storage.read(lambda tx: tx.delivery.by_key(GROUP, HELLO.key))
        return row.state if row else None

    async def claimed_until(self) -> datetime:
        row = await self.storage.read(lambda tx: tx.delivery.by_key(GROUP, HELLO.key))
        assert row is not None
        assert row.claimed_until is not None
        return row.claimed_until


@asynccontextmanager
async def office(database: Database, chat: RecordingChat | None = None) -> AsyncIterator[PostOffice]:
    clock = FrozenClock()
    storage = SqlStorage(database, clock)
    chat = chat or RecordingChat()
    await storage.write(lambda tx: tx.members.add_group(SpaceRef("test", "one"), "One", clock.now()))
    yield PostOffice(storage, Courier(storage, {"test": chat}, clock), chat)


async def renewed_since(post: PostOffice, first: datetime) -> bool:
    return await post.claimed_until() > first + timedelta(seconds=0.2)


def edit(id: str) -> Edit:
    return Edit("hello:edit", MessageRef("test", "one", "study", id), "Hello again")


def message(id: str) -> MessageRef:
    return MessageRef("test", "one", "study", id)


async def test_the_same_key_speaks_once_and_answers_with_the_same_id(database: Database) -> None:
    async with office(database) as post:
        first = await post.courier.send(GROUP, HELLO)
        second = await post.courier.send(GROUP, HELLO)

        assert first == second
        assert len(post.chat.posts()) == 1
        assert post.chat.finds == 0


async def test_a_newer_revision_changes_what_stands_there(database: Database) -> None:
    async with office(database) as post:
        await post.courier.send(GROUP, HELLO, 1)
        await post.courier.send(GROUP, HELLO, 2, edit)
        await post.courier.send(GROUP, HELLO, 2, edit)

        assert [(each.text, each.edits) for each in post.chat.posts()] == [("Hello again", 1)]


async def test_x004_after_a_cut_line_find_decides(database: Database) -> None:
    async with office(database) as post:

        def cut(item: Outgoing) -> None:
            raise NotNow("cut")

        post.chat.after = cut
        with pytest.raises(NotNow):
            await post.courier.send(GROUP, HELLO)
        post.chat.after = lambda item: None

        assert await post.courier.send(GROUP, HELLO) == "m1"
        assert (len(post.chat.delivered), post.chat.finds) == (1, 1)


async def test_a_refusal_is_final(database: Database) -> None:
    async with office(database) as post:

        def refuse(item: Outgoing) -> None:
            raise Refused("no")

        post.chat.trouble = refuse
        with pytest.raises(Refused):
            await post.courier.send(GROUP, HELLO)
        post.chat.trouble = lambda item: None

        assert await post.courier.send(GROUP, HELLO) is None
        assert await post.courier.arrived(GROUP, HELLO) is None
        assert post.chat.delivered == []


async def test_what_is_not_wanted_any_more_leaves_no_trace(database: Database) -> None:
    async with office(database) as post:
        assert await post.courier.send(GROUP, HELLO, still=lambda tx: False) is None

        assert post.chat.delivered == []
        assert await post.state() is None


async def test_whether_an_earlier_attempt_arrived_is_asked_without_saying_anything(database: Database) -> None:
    async with office(database) as post:
        assert await post.courier.arrived(GROUP, HELLO) is None

        def away(item: Outgoing) -> None:
            raise NotNow("away")

        post.chat.trouble = away
        with pytest.raises(NotNow):
            await post.courier.send(GROUP, HELLO)
        assert await post.courier.arrived(GROUP, HELLO) is None

        post.chat.trouble, post.chat.after = (lambda item: None), away
        with pytest.raises(NotNow):
            await post.courier.send(GROUP, HELLO)
        assert await post.courier.arrived(GROUP, HELLO) == "m1"
        assert await post.state() is SendState.SENT


async def test_what_was_said_can_be_taken_back_and_is_not_said_again(database: Database) -> None:
    async with office(database) as post:
        await post.courier.send(GROUP, HELLO)
        await post.courier.take_back(GROUP, HELLO, message)
        await post.courier.take_back(GROUP, HELLO, message)

        assert post.chat.posts() == []
        assert len([each for each in post.chat.delivered if isinstance(each, Remove)]) == 1
        assert await post.courier.send(GROUP, HELLO) is None


async def test_a_platform_that_is_not_connected_holds_nothing_up(database: Database) -> None:
    async with office(database) as post:
        nowhere = Courier(post.storage, {}, FrozenClock())
        with pytest.raises(NotNow):
            await nowhere.send(GROUP, HELLO)

        assert await post.courier.send(GROUP, HELLO) == "m1"  # at once: nobody has it in hand


async def test_a_bug_in_an_adapter_holds_nothing_up(database: Database) -> None:
    async with office(database) as post:

        def stumble(item: Outgoing) -> None:
            raise ZeroDivisionError

        post.chat.trouble = stumble
        with pytest.raises(ZeroDivisionError):
            await post.courier.send(GROUP, HELLO)
        post.chat.trouble = lambda item: None

        assert await post.courier.send(GROUP, HELLO) == "m1"


async def test_two_at_once_say_it_once(database: Database) -> None:
    async with office(database) as post:
        ends = await asyncio.gather(*(post.courier.send(GROUP, HELLO) for _ in range(5)), return_exceptions=True)

        assert len(post.chat.delivered) == 1
        assert all(end == "m1" or isinstance(end, NotNow) for end in ends)


async def test_x002_what_a_dead_process_had_in_hand_is_free_when_its_claim_runs_out(database: Database) -> None:
    async with office(database) as post:
        now = datetime.now(UTC)
        await post.storage.write(lambda tx: tx.delivery.claim(GROUP, HELLO, 0, now, timedelta(hours=1)))

        with pytest.raises(NotNow) as held:
            await post.courier.send(GROUP, HELLO)
        assert held.value.after is not None
        assert 0 < held.value.after <= 3600
        await post.storage.write(lambda tx: tx.delivery.keep(GROUP, HELLO.key, timedelta(0)))  # the hour is over

        assert await post.courier.send(GROUP, HELLO) == "m1"


async def test_who_waits_for_a_slow_platform_keeps_the_message_in_hand(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RENEW_SECONDS", 0.05)
    slow = SlowChat()
    async with office(database, slow) as post:
        sending = asyncio.create_task(post.courier.send(GROUP, HELLO))
        await slow.reached.wait()
        first = await post.claimed_until()
        await until(lambda: renewed_since(post, first))

        with pytest.raises(NotNow):
            await post.courier.send(GROUP, HELLO)
        slow.may_answer.set()

        assert await sending == "m1"
        assert len(slow.posts()) == 1
