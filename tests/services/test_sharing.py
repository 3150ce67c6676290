"""What a member shows of a round: nothing without two clicks, and then exactly what the first one showed (F42)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from firms import LOOP, company
from group import FixedQuestions, Study, study
from interview import LONG, Interview

from bot.app import KnownCompanies
from bot.domain.outgoing import Action, Button, Post, Reply, Say
from bot.domain.refs import Person
from bot.storage.engine import Database


@pytest.fixture
async def group(database: Database) -> AsyncIterator[Study]:
    companies = KnownCompanies([company(), company("contoso", LOOP)])
    async with study(database, questions=FixedQuestions(8), companies=companies) as made:
        yield made


@pytest.fixture
async def ada(group: Study) -> Interview:
    """Somebody with a report."""
    interview = Interview(group)
    await interview.begin()
    await interview.answer(LONG)
    await interview.say("stop")
    return interview


def share_button(interview: Interview) -> Button:
    """The one under the latest words."""
    item = interview.group.chat.said(interview.room)[-1].item
    assert isinstance(item, Say)
    [button] = item.buttons
    assert button.action is Action.ROUND_SHARE
    return button


async def click(group: Study, who: Person, button: Button) -> Reply:
    reply = await group.press(who, button.action, button.target)
    await group.settle()
    assert isinstance(reply, Reply)
    return reply


def shared(group: Study) -> list[str]:
    """What stands in the study channel beside the question."""
    posts = [each for each in group.chat.posts(group.channel.id) if isinstance(each.item, Post)]
    return [each.text for each in posts if not each.item.key.startswith("post:")]


async def test_the_first_click_shows_nothing_to_others_and_the_second_exactly_what_was_seen(
    group: Study, ada: Interview
) -> None:
    first = await click(group, ada.person, share_button(ada))
    before = shared(group)
    second = await click(group, ada.person, first.buttons[0])

    assert before == []
    [post] = shared(group)
    assert first.text.endswith(f"\n\n{post}")
    assert post.startswith("**Ada shares a mock round**: Design, Neutral")
    assert "Backend: **" in post
    assert LONG[:30] not in post
    assert "Question" not in post
    assert "study channel" in second.text


async def test_what_was_shared_is_shared_once(group: Study, ada: Interview) -> None:
    first = await click(group, ada.person, share_button(ada))
    for _ in range(2):
        await click(group, ada.person, first.buttons[0])

    again = await click(group, ada.person, share_button(ada))

    assert len(shared(group)) == 1
    assert "already" in again.text


async def test_a_text_that_changed_is_shown_first_once_more(group: Study, ada: Interview) -> None:
    first = await click(group, ada.person, share_button(ada))
    renamed = Person(ada.person.user, "Ada L.")

    second = await click(group, renamed, first.buttons[0])

    assert shared(group) == []
    assert "Ada L. shares" in second.text
    await click(group, renamed, second.buttons[0])
    assert len(shared(group)) == 1


async def test_the_history_shares_a_round_as_well(group: Study, ada: Interview) -> None:
    history = await group.call(ada.person, "mock", action="history")
    assert isinstance(history, Reply)

    first = await click(group, ada.person, history.buttons[0])

    assert "Ada shares a mock round" in first.text


async def test_nobody_shares_the_round_of_others(group: Study, ada: Interview) -> None:
    mallory = group.person("Mallory")
    first = await click(group, ada.person, share_button(ada))

    refused = [await click(group, mallory, button) for button in (share_button(ada), first.buttons[0])]

    assert shared(group) == []
    assert all("it is not yours" in each.text for each in refused)


@pytest.mark.parametrize("target", ["", "x", "1", "99999999999", "1.1", "1.0.0", "-1.0.5"])
async def test_a_forged_target_posts_nothing(group: Study, ada: Interview, target: str) -> None:
    reply = await click(group, ada.person, Button(Action.SHARE_NOW, "Post it", target))

    assert reply.text
    assert shared(group) == []


async def test_a_whole_loop_is_shared_with_its_votes_and_nothing_else(group: Study) -> None:
    ada = Interview(group)
    await ada.begin(action="loop", company="contoso", mode="strict")
    kept_back = await group.call(ada.person, "mock", action="history")
    for answers in (1, 1, 2):
        for _ in range(answers):
            await ada.answer(LONG)
        if answers == 1:
            kept_back = await group.call(ada.person, "mock", action="history")
            await ada.press(Action.ROUND_NEXT)

    first = await click(group, ada.person, share_button(ada))
    await click(group, ada.person, first.buttons[0])

    assert isinstance(kept_back, Reply)
    assert kept_back.buttons == (), "in a strict loop nothing is told before the debrief"
    assert "of 10" not in kept_back.text
    [post] = shared(group)
    assert "Ada shares a whole loop" in post
    assert "Phone screen: **" in post
    assert "Recommended." in post
    assert LONG[:30] not in post
