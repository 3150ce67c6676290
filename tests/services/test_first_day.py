"""The main job from end to end: a question goes out, an answer comes in, a comment is said, the board moves."""

from __future__ import annotations

from group import GOOD, study

from bot.domain.outgoing import Received, Reply
from bot.storage.engine import Database


async def test_an_answer_gets_one_comment_one_private_review_and_points(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")

        message, reply = await group.write(ada, GOOD)
        await group.settle()

        assert reply == Received(message)
        assert len(group.chat.comments()) == 1
        assert group.chat.comments()[0].item.reply_to == message  # type: ignore[union-attr]
        kinds = {each.item.key.split(":")[0] for each in group.chat.whispers(ada.user)}
        assert kinds == {"welcome", "full"}
        assert await group.points(ada) == 10


async def test_the_board_shows_who_answered(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()

        board = await group.call(ada, "/leaderboard")

        assert isinstance(board, Reply)
        assert "Ada, 10 points (1 answer)" in board.text
