"""Second attempts: a review of their own, growth points only, and they go when the answer goes (F31)."""

from __future__ import annotations

import asyncio

import pytest
from appealed import button, full_review, graded, reply_of, try_again, twice_graded
from group import Study
from promises import broken_promises

from bot.domain.incoming import Replied
from bot.domain.outgoing import Action, Form, Received
from bot.domain.refs import MessageRef, Person
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def answered(group: Study, person: Person, text: str) -> MessageRef:
    message, _ = await group.write(person, text)
    await group.settle()
    return message


async def reply_to_comment(group: Study, person: Person, text: str) -> tuple[MessageRef, object]:
    """A reply to the newest comment in the thread."""
    thread = await group.thread()
    comment = group.chat.comments()[-1]
    quoted = MessageRef(thread.platform, thread.workspace, thread.channel, comment.id)
    return await group.write(person, text, reply_to=Replied(quoted, ours=True))


async def test_a_reply_to_the_comment_is_a_second_attempt_and_earns_what_it_grew(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5))

        _, said = await reply_to_comment(group, ada, graded(1.0))
        await group.settle()

        assert isinstance(said, Received)
        assert await group.points(ada) == 7 + 3
        assert len(group.chat.comments()) == 2
        assert "**Second attempt:** 5 of 10 before, 3 points for growing" in group.chat.whispers(ada.user)[-1].text
        assert await broken_promises(group) == []


async def test_a_second_attempt_by_form_stays_between_us(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5))
        target = button(await full_review(group, ada), Action.TRY_AGAIN).target

        form = await group.press(ada, Action.TRY_AGAIN, target)
        receipt = await try_again(group, ada, graded(0.9))
        await group.settle()

        assert isinstance(form, Form)
        assert len(group.chat.said()) == 1
        assert await group.points(ada) == 7 + 2
        second = reply_of(await group.press(ada, Action.FULL_REVIEW, receipt.buttons[0].target))
        assert "2 points for growing" in second.text
        assert button(await full_review(group, ada), Action.FULL_REVIEW).label == "Review of my second attempt"
        assert await broken_promises(group) == []


@only_sqlite
@pytest.mark.parametrize("worse", [0.0, 0.2, 0.5, 0.55])
async def test_a_second_attempt_that_is_no_better_takes_nothing(database: Database, worse: float) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5))

        await try_again(group, ada, graded(worse))
        await group.settle()

        assert await group.points(ada) == 7


async def test_one_sending_of_the_form_delivered_many_times_is_one_attempt(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5))

        await asyncio.gather(*(try_again(group, ada, graded(1.0), sending="one") for _ in range(4)))
        await group.settle()

        assert len(group.reviewer.asked) == 2
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


@only_sqlite
async def test_an_edit_of_the_second_attempt_is_a_version_of_it(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5))
        message, _ = await reply_to_comment(group, ada, graded(1.0))
        await group.settle()

        await group.edit(ada, message, graded(0.7))
        await reply_to_comment(group, ada, graded(0.9))  # a third text is talk
        await group.settle()

        assert await group.points(ada) == 7 + 1
        assert len(group.reviewer.asked) == 3


async def test_when_the_first_answer_changes_the_growth_is_measured_anew(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        message = await answered(group, ada, graded(0.5))
        await try_again(group, ada, graded(1.0))
        await group.settle()

        await group.edit(ada, message, graded(0.8))
        await group.settle()

        assert await group.points(ada) == 9 + 1
        assert await broken_promises(group) == []


async def test_withdrawing_the_first_answer_takes_the_second_attempt_along(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        message = await answered(group, ada, graded(0.5))
        await reply_to_comment(group, ada, graded(1.0))
        await group.settle()

        await group.delete(message)
        await group.settle()

        assert await group.points(ada) == 0
        assert group.chat.comments() == []
        assert await broken_promises(group) == []


@only_sqlite
async def test_withdrawing_the_second_attempt_alone_leaves_the_first(database: Database) -> None:
    async with twice_graded(database) as group:
        ada = group.person("Ada")
        await answered(group, ada, graded(0.5))
        message, _ = await reply_to_comment(group, ada, graded(1.0))
        await group.settle()

        await group.delete(message)
        await group.settle()
        between = await group.points(ada)
        await try_again(group, ada, graded(0.9))
        await group.settle()

        assert between == 7
        assert await group.points(ada) == 9


@only_sqlite
async def test_a_late_second_attempt_earns_half_and_a_very_late_one_is_not_taken(database: Database) -> None:
    async with twice_graded(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await answered(group, ada, graded(0.5))
        await answered(group, ben, graded(0.5))
        posting = str((await group.posting()).id)

        group.clock.move(days=8)
        await try_again(group, ada, graded(1.0))
        await group.settle()
        group.clock.move(days=7)
        late = await try_again(group, ben, graded(1.0), answer=2)
        await group.settle()

        assert posting == "1"
        assert await group.points(ada) == 7 + 2
        assert await group.points(ben) == 7
        assert "score 1.0" in late.text  # what was typed is given back


@only_sqlite
async def test_thanks_under_the_comment_and_replies_to_others_comments_stay_talk(database: Database) -> None:
    async with twice_graded(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await answered(group, ada, graded(0.5))
        await reply_to_comment(group, ada, "Thanks, that was really helpful!")
        await reply_to_comment(group, ada, "I don't know")
        await answered(group, ben, graded(0.5))

        await reply_to_comment(group, ada, graded(1.0))  # under Ben's comment
        await group.settle()

        assert len(group.reviewer.asked) == 1  # Ben wrote the same text, and the same text has one score
        assert await group.points(ada) == 7


@only_sqlite
async def test_nobody_tries_again_for_somebody_else(database: Database) -> None:
    async with twice_graded(database) as group:
        await answered(group, group.person("Ada"), graded(0.5))

        said = await try_again(group, group.person("Ben"), graded(1.0))
        await group.settle()

        assert "cannot find" in said.text
        assert await group.points(group.person("Ada")) == 7
