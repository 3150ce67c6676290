"""The home page on Slack, and a workspace's coming and going."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from patience import until
from slack_side import ANSWER_BUTTON, FORM, Day, day_on_slack
from slack_world import Error

from bot.domain.errors import Refused
from bot.domain.incoming import (
    ButtonPressed,
    FormSent,
    HomeOpened,
    Incoming,
    MemberLeft,
    MessagePosted,
    SpaceJoined,
    SpaceLeft,
    SpaceThrottled,
)
from bot.domain.outgoing import Action, Button, Immediate, Post, Reply
from bot.domain.refs import ChannelRef, SpaceRef


@pytest.fixture(params=["socket", "http"])
async def day(request: pytest.FixtureRequest) -> AsyncIterator[Day]:
    async with day_on_slack(request.param) as day:
        yield day


PAGE = Reply("**Today**\n\nWhy?\n\n- 12 points", (ANSWER_BUTTON, Button(Action.HIDE_ME, "Hide my name")))


def at_home(event: Incoming) -> Immediate:
    match event:
        case HomeOpened():
            return PAGE
        case ButtonPressed():
            return FORM
        case FormSent():
            return Reply("Your answer is stored.")
        case _:
            return None


async def test_the_home_page_shows_what_the_core_says(day: Day) -> None:
    day.side.intake.answer = at_home

    await day.slack.open_home(day.ada)

    await until(lambda: day.slack.home(day.ada))
    home = day.slack.home(day.ada)
    assert home is not None
    assert "Today" in home.words
    assert "12 points" in home.words
    assert list(home.buttons) == ["Answer", "Hide my name"]
    (opened,) = day.side.intake.of(HomeOpened)
    assert (opened.person.name, opened.person.zone) == ("Ada", "Europe/Berlin")


async def test_the_home_page_is_opened_often(day: Day) -> None:
    day.side.intake.answer = at_home

    for _ in range(3):
        await day.slack.open_home(day.ada)

    await until(lambda: len(day.slack.calls("views.publish")) == 3)
    assert all(call.error is None for call in day.slack.calls("views.publish"))


async def test_an_answer_from_the_home_page_is_taken_and_acknowledged_directly(day: Day) -> None:
    day.side.intake.answer = at_home
    await day.slack.open_home(day.ada)
    await until(lambda: day.slack.home(day.ada))
    home = day.slack.home(day.ada)
    assert home is not None

    await day.slack.press(day.ada, home, "Answer")
    (view,) = day.slack.views(day.ada)
    await day.slack.submit(day.ada, view, {"answer": "Because it fills up."})

    (sent,) = day.side.intake.of(FormSent)
    assert sent.target == "7"
    await until(lambda: day.slack.dms(day.ada))
    assert [one.words for one in day.slack.dms(day.ada)] == ["Your answer is stored."]


async def test_a_button_that_opens_an_address_is_acknowledged_and_asks_nothing(day: Day) -> None:
    link = Button(Action.DASHBOARD, "Open my dashboard", url="https://study.example.org/dashboard/open/x.y")
    day.side.intake.answer = lambda event: Reply("Your page.", (link,)) if isinstance(event, HomeOpened) else None
    await day.slack.open_home(day.ada)
    await until(lambda: day.slack.home(day.ada))
    home = day.slack.home(day.ada)
    assert home is not None

    pressed = await day.slack.press(day.ada, home, "Open my dashboard")

    assert [each.url for each in day.slack.live_links] == [link.url]
    assert pressed.acked
    assert day.side.intake.of(ButtonPressed) == []
    day.slack.live_links.clear()  # this one we wanted


async def test_a_home_page_that_cannot_be_made_disturbs_nobody(day: Day) -> None:
    day.side.intake.away = True

    opened = await day.slack.open_home(day.ada)

    assert opened.acked


# ---------------------------------------------------------------- coming and going


async def test_x061_an_uninstalled_bot_forgets_its_token_and_asks_nothing_more(day: Day) -> None:
    question = await day.question()
    await day.slack.uninstall(day.slack.team)
    await day.slack.settled()
    before = len(day.slack.requests)

    left = day.side.intake.of(SpaceLeft)
    assert {one.space for one in left} == {day.side.space}
    assert day.side.installations.forgotten
    with pytest.raises(Refused):
        await day.question()
    await day.slack.write(day.ada, day.study, "still here", thread=question)
    assert len(day.slack.requests) == before
    assert day.side.intake.of(MessagePosted) == []


async def test_x061_a_removal_that_could_not_be_stored_is_told_again(day: Day) -> None:
    day.side.intake.away = True
    day.slack.ack_seconds, day.slack.retry_pauses = 1, (0.05,) * 200
    day.slack.waits = False

    await day.slack.uninstall(day.slack.team)
    await until(lambda: day.side.intake.asked >= 1)
    assert day.side.installations.forgotten == []
    day.side.intake.away = False

    await until(lambda: day.side.installations.forgotten)
    assert day.side.intake.of(SpaceLeft)


async def test_a_workspace_that_comes_back_is_joined_again(day: Day) -> None:
    question = await day.question()
    await day.slack.uninstall(day.slack.team)
    await day.slack.settled()
    day.slack.team.token_error = None
    day.side.installations.only = day.slack.bot_token

    await day.slack.write(day.ada, day.study, "hello again", thread=question)

    assert len(day.side.intake.of(SpaceJoined)) == 2
    assert len(day.side.intake.of(MessagePosted)) == 1


async def test_x064_one_workspace_with_a_dead_token_leaves_the_others_alone(day: Day) -> None:
    other = day.slack.add_team("Other")
    day.side.installations.tokens = {day.slack.team.id: day.slack.bot_token, other.id: other.bot_token}
    day.side.installations.only = None
    there, eve = day.slack.add_channel("study", team=other), day.slack.add_member("Eve", team=other)
    here = await day.question()
    elsewhere = await day.question(there)
    day.slack.script("chat.postMessage", Error("token_revoked"), channel=there)
    with pytest.raises(Refused):
        await day.adapter.chat.deliver(_post(other.id, there.id))

    await day.slack.write(eve, there, "lost", thread=elsewhere)
    await day.slack.write(day.ada, day.study, "an answer", thread=here)

    assert [one.text for one in day.side.intake.of(MessagePosted)] == ["an answer"]
    with pytest.raises(Refused):
        await day.adapter.chat.deliver(_post(other.id, there.id))
    assert len([one for one in day.slack.calls("chat.postMessage") if one.args["channel"] == there.id]) == 2


def _post(team: str, channel: str) -> Post:
    return Post("post:9", ChannelRef("slack", team, channel), "Why?")


async def test_x031_a_member_whose_account_was_closed_is_told(day: Day) -> None:
    await day.slack.move_zone(day.ada, "Asia/Tokyo")
    await day.slack.deactivate(day.ada)

    (left,) = day.side.intake.of(MemberLeft)
    assert left.user == day.side.user(day.ada.id)


async def test_a_changed_profile_is_known_at_once(day: Day) -> None:
    question = await day.question()
    await day.slack.write(day.ada, day.study, "one", thread=question)
    await day.slack.move_zone(day.ada, "Asia/Tokyo")

    await day.slack.write(day.ada, day.study, "two", thread=question)

    assert [one.author.zone for one in day.side.intake.of(MessagePosted)] == ["Europe/Berlin", "Asia/Tokyo"]
    assert len(day.slack.calls("users.info")) == 1


async def test_x067_a_workspace_that_is_held_back_is_told(day: Day) -> None:
    delivered = await day.slack.rate_limited()

    (throttled,) = day.side.intake.of(SpaceThrottled)
    assert throttled.space == SpaceRef("slack", day.slack.team.id)
    assert delivered.acked
