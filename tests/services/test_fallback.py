"""Where words cannot be said any more, the next place in order takes them, and nothing is lost (F20)."""

from __future__ import annotations

from group import GOOD, study
from organised import set_up

from bot.domain.errors import Refused, RefusedBecause
from bot.domain.outgoing import Action, Outgoing, Reply, Say, Whisper
from bot.ports import ChatTraits
from bot.storage.engine import Database


def locked(item: Outgoing) -> None:
    if isinstance(item, Say):
        raise Refused("the thread is locked", RefusedBecause.CLOSED)


def deaf(item: Outgoing) -> None:
    if isinstance(item, Say) or (isinstance(item, Whisper) and item.key.startswith("full:")):
        raise Refused("nobody takes words here", RefusedBecause.CLOSED)


async def test_in_a_locked_thread_the_review_goes_to_its_author_alone(database: Database) -> None:
    async with study(database) as group:
        group.chat.traits = ChatTraits(text_limit=2000, whispers_at_once=False)
        group.chat.trouble = locked
        ada = group.person("Ada")

        await group.write(ada, GOOD)
        await group.settle()

        assert group.chat.comments() == []
        assert any(each.item.key.startswith("full:") for each in group.chat.whispers(ada.user))
        assert await group.points(ada) == 10


async def test_when_nobody_can_be_reached_organisers_learn_it_and_the_review_stays_behind_its_button(
    database: Database,
) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study help")
        group.chat.trouble = deaf
        ada = group.person("Ada")

        await group.write(ada, GOOD)
        await group.settle()

        notices = [each for each in group.chat.whispers(group.organiser.user) if "review is done" in each.text]
        assert len(notices) == 1
        progress = await group.call(ada, "/study progress")
        assert isinstance(progress, Reply)
        review = await group.press(ada, Action.FULL_REVIEW, progress.buttons[0].target)
        assert isinstance(review, Reply)
        assert "10 of 10" in review.text


async def test_an_answer_by_form_in_a_locked_thread_is_reviewed_all_the_same(database: Database) -> None:
    async with study(database) as group:
        group.chat.trouble = locked
        ada = group.person("Ada")

        await group.send_form(ada, GOOD)
        await group.settle()

        assert await group.points(ada) == 10


async def test_where_comments_are_private_and_need_a_click_the_thread_says_that_the_review_is_ready(
    database: Database,
) -> None:
    async with study(database) as group:
        group.chat.traits = ChatTraits(text_limit=2000, whispers_at_once=False)
        await set_up(group, comments="private")
        ada = group.person("Ada")

        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await group.edit(ada, message, GOOD + " And a shared store keeps the counters.")
        await group.settle()

        comments = group.chat.comments()
        assert [each.text for each in comments] == ["Your review is ready. The button below shows it to you alone."]
        assert isinstance(comments[0].item, Say)
        button = comments[0].item.buttons[0]
        assert button.label == "My full review"
        review = await group.press(ada, Action.FULL_REVIEW, button.target)
        assert isinstance(review, Reply)
        assert "10 of 10" in review.text
        assert not any(each.item.key.startswith("full:") for each in group.chat.whispers())


async def test_where_comments_are_private_and_need_no_click_the_thread_stays_still(database: Database) -> None:
    async with study(database) as group:
        await set_up(group, comments="private")
        ada = group.person("Ada")

        await group.write(ada, GOOD)
        await group.settle()

        assert group.chat.comments() == []
        assert any("10 of 10" in each.text for each in group.chat.whispers(ada.user))
