"""What is longer than a message of its platform goes out in parts, each once, whatever happens in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from fakes import FrozenClock, RecordingChat
from group import study
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.outgoing import Action, Button, Edit, Outgoing, Post, Remove, Say, Whisper
from bot.domain.refs import ChannelRef, MessageRef, SpaceRef, ThreadRef, UserRef
from bot.ports import ChatTraits
from bot.services.delivery import Courier, parts_of
from bot.shelves import Tx
from bot.storage.engine import Database
from bot.storage.storage import SqlStorage

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GROUP = 1
LIMIT = 60
CHANNEL = ChannelRef("test", "one", "study")
THREAD = ThreadRef("test", "one", "study", "t1")
BUTTON = Button(Action.FULL_REVIEW, "My full review", "1")
ANSWERED = MessageRef("test", "one", "study", "in-1")


def lines(count: int, word: str = "line") -> str:
    return "\n".join(f"This is {word} {number:02} of a long text." for number in range(count))


def said(text: str) -> Say:
    return Say("long", THREAD, text, ANSWERED, (BUTTON,))


@dataclass
class Desk:
    courier: Courier
    chat: RecordingChat

    async def say(self, text: str, revision: int = 1) -> str | None:
        def edit(id: str) -> Edit:
            return Edit(f"long:{revision}", message(id), text, (BUTTON,))

        return await self.courier.send(GROUP, said(text), revision, edit)

    def standing(self) -> list[str]:
        """What stands there now, from top to bottom."""
        return [each.text for each in self.chat.standing.values() if not each.removed]


def message(id: str) -> MessageRef:
    return MessageRef("test", "one", "study", id)


@asynccontextmanager
async def desk(database: Database) -> AsyncIterator[Desk]:
    clock = FrozenClock()
    storage = SqlStorage(database, clock)
    chat = RecordingChat(ChatTraits(text_limit=LIMIT, whispers_at_once=True))
    await storage.write(lambda tx: tx.members.add_group(SpaceRef("test", "one"), "One", clock.now()))
    yield Desk(Courier(storage, {"test": chat}, clock), chat)


def failing_at(number: int, error: Exception) -> Callable[[Outgoing], None]:
    """Raises once, at the so-manyth delivery from now on."""
    left = [number]

    def fail(_: Outgoing) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise error

    return fail


# ---------------------------------------------------------------- parts

EMOJI = ("👩\u200d💻", "🇩🇪", "👍🏽", "e\u0323\u0302", "❤\ufe0f", "word ", "x", " ")
PIECES = st.lists(
    st.tuples(st.sampled_from([*EMOJI, "\n", "\n```\n", "\n```py\n"]), st.integers(1, 900)), min_size=1, max_size=8
)


@pytest.mark.parametrize("limit", [2000, 3000, 4096, 40_000])
@given(pieces=PIECES)
@settings(max_examples=40)
def test_x054_parts_fit_and_break_neither_emoji_nor_fences(limit: int, pieces: list[tuple[str, int]]) -> None:
    text = "".join(piece * (times if len(piece) < 4 or piece in EMOJI else 1) for piece, times in pieces)
    assume(text.strip())  # nobody says nothing

    parts = [part for part in parts_of(said(text), limit) if isinstance(part, Say)]

    assert all(len(part.text) <= limit for part in parts)
    for emoji in EMOJI[:5]:
        assert sum(part.text.count(emoji) for part in parts) == text.count(emoji)
    if len(parts) > 1:
        assert not any(ends_in_code(part.text) for part in parts)
    words = "".join(part.text for part in parts).replace("```py", "").replace("```", "")
    assert "".join(words.split()) == "".join(text.replace("```py", "").replace("```", "").split())


def test_x054_the_first_part_replies_and_the_last_one_has_the_buttons() -> None:
    parts = [part for part in parts_of(said(lines(4)), LIMIT) if isinstance(part, Say)]

    assert [part.key for part in parts] == ["long", "long~2", "long~3", "long~4"]
    assert [part.reply_to for part in parts] == [ANSWERED, None, None, None]
    assert [part.buttons for part in parts] == [(), (), (), (BUTTON,)]
    assert "\n".join(part.text for part in parts) == lines(4)


@pytest.mark.parametrize(
    "item",
    [
        Post("short", CHANNEL, "Hello", (BUTTON,)),
        Whisper("blank", UserRef("test", "one", "u"), CHANNEL, " " * 100, buttons=(BUTTON,)),
        Edit("edit", ANSWERED, lines(9)),
        Remove("remove", ANSWERED),
    ],
    ids=lambda item: item.key,
)
def test_what_cannot_be_parted_goes_out_as_it_is(item: Outgoing) -> None:
    assert parts_of(item, LIMIT) == (item,)


def ends_in_code(text: str) -> bool:
    opened = False
    for line in text.split("\n"):
        opened = line != "```" if opened else line.startswith("```")
    return opened


# ---------------------------------------------------------------- on their way


async def test_x054_every_part_is_said_once_in_order(database: Database) -> None:
    async with desk(database) as post:
        first = await post.say(lines(3))
        again = await post.say(lines(3))

        assert first == again == "m1"
        assert post.standing() == lines(3).split("\n")
        assert len(post.chat.delivered) == 3


@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize("part", [1, 2, 3])
async def test_x054_a_crash_at_any_part_leaves_each_part_once(database: Database, part: int, cut: str) -> None:
    async with desk(database) as post:
        trouble = failing_at(part, NotNow("the line was cut"))
        post.chat.trouble, post.chat.after = (
            (trouble, post.chat.after) if cut == "before" else (lambda _: None, trouble)
        )

        with pytest.raises(NotNow):
            await post.say(lines(3))
        await post.say(lines(3))

        assert post.standing() == lines(3).split("\n")


@pytest.mark.parametrize("part", [1, 2, 3])
async def test_x054_what_follows_is_written_when_the_last_part_stands(database: Database, part: int) -> None:
    async with desk(database) as post:
        followed: list[tuple[str, int]] = []

        def then(tx: Tx, id: str) -> None:
            followed.append((id, len(post.standing())))

        post.chat.trouble = failing_at(part, NotNow("the line was cut"))

        with pytest.raises(NotNow):
            await post.courier.send(GROUP, said(lines(3)), then=then)
        assert followed == []
        await post.courier.send(GROUP, said(lines(3)), then=then)

        assert followed == [("m1", 3)]


async def test_x054_an_edit_changes_every_part(database: Database) -> None:
    async with desk(database) as post:
        await post.say(lines(3))
        await post.say(lines(3, "new line"), 2)

        assert post.standing() == lines(3, "new line").split("\n")
        assert [each.edits for each in post.chat.standing.values()] == [1, 1, 1]


async def test_x054_a_shorter_text_takes_parts_away_and_a_longer_one_brings_them_back(database: Database) -> None:
    async with desk(database) as post:
        for revision, count in enumerate((4, 1, 3, 2, 5), 1):
            await post.say(lines(count, f"text {revision}"), revision)

            assert post.standing() == lines(count, f"text {revision}").split("\n")


@pytest.mark.parametrize("removal", [1, 2])
async def test_x054_a_crash_while_parts_go_away_leaves_none_of_them(database: Database, removal: int) -> None:
    async with desk(database) as post:
        await post.say(lines(3))
        post.chat.after = failing_at(1 + removal, NotNow("the line was cut"))  # the edit of the first comes before

        with pytest.raises(NotNow):
            await post.say(lines(1, "short"), 2)
        await post.say(lines(1, "short"), 2)

        assert post.standing() == [lines(1, "short")]


async def test_x054_taking_back_takes_all_parts(database: Database) -> None:
    async with desk(database) as post:
        await post.say(lines(3))
        post.chat.after = failing_at(2, NotNow("the line was cut"))

        with pytest.raises(NotNow):
            await post.courier.take_back(GROUP, said(""), message)
        await post.courier.take_back(GROUP, said(""), message)

        assert post.standing() == []
        assert await post.say(lines(3)) is None
        assert post.standing() == []


async def test_x054_a_text_that_is_not_wanted_any_more_is_not_finished(database: Database) -> None:
    async with desk(database) as post:
        wanted = iter([True, False, False])

        await post.courier.send(GROUP, said(lines(3)), still=lambda tx: next(wanted))

        assert post.standing() == lines(3).split("\n")[:1]


async def test_x054_what_arrived_in_part_is_completed(database: Database) -> None:
    async with desk(database) as post:
        item = Post("question", CHANNEL, lines(3), (BUTTON,))
        post.chat.after = failing_at(1, NotNow("the line was cut"))
        with pytest.raises(NotNow):
            await post.courier.send(GROUP, item)

        assert await post.courier.arrived(GROUP, item) == "m1"
        assert post.standing() == lines(3).split("\n")
        assert await post.courier.arrived(GROUP, item) == "m1"
        assert len(post.chat.delivered) == 3


@only_sqlite
async def test_a_refused_part_ends_it(database: Database) -> None:
    async with desk(database) as post:
        post.chat.trouble = failing_at(2, Refused("gone", RefusedBecause.GONE))

        with pytest.raises(Refused):
            await post.say(lines(3))

        assert post.standing() == lines(3).split("\n")[:1]


@only_sqlite
async def test_x054_a_long_answer_by_form_is_shown_edited_and_withdrawn_in_parts(database: Database) -> None:
    async with study(database) as group:
        group.chat.traits = ChatTraits(text_limit=2000, whispers_at_once=False)
        ada = group.person("Ada")
        long, short = "A token bucket refills. " * 140, "A token bucket refills steadily for all."

        shown = []
        for text in (long, short, long):
            await group.send_form(ada, text)
            await group.settle()
            shown.append([each.text for each in group.chat.said() if each.item.key.startswith("shown:")])
        receipt = await group.send_form(ada, long + "Yes.")
        await group.settle()
        await group.press(ada, Action.NOT_AN_ANSWER, receipt.buttons[0].target)  # type: ignore[union-attr]
        await group.settle()

        assert [len(parts) for parts in shown] == [2, 1, 2]
        assert all(" ".join(parts).split() == long.split() for parts in shown[::2])
        assert group.chat.said() == []


@only_sqlite
@pytest.mark.parametrize("organiser", [True, False])
async def test_help_stands_in_messages_of_two_thousand_characters(database: Database, organiser: bool) -> None:
    async with study(database) as group:
        said = await group.call(group.person("Ada", organiser=organiser), "/study help")
        text = said.text  # type: ignore[union-attr]

        item = Whisper("help", group.organiser.user, group.channel, text)
        parts = [part.text for part in parts_of(item, 2000) if isinstance(part, Whisper)]

        assert len(parts) <= 2
        assert "\n".join(parts) == text
