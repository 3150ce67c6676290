"""The whole loop of a company: independent notes, a senior round about their gaps, and a debrief (F39)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fakes import missing
from firms import LOOP, company
from group import FixedQuestions, Study, question, study
from interview import LONG, Interview, partly

from bot.app import KnownCompanies
from bot.domain.companies import Stage
from bot.domain.incoming import MessagePosted
from bot.domain.outgoing import Action, Immediate, Reply
from bot.domain.rounds import RoundState
from bot.storage.engine import Database

WEAK = "There are many ways to do it and it depends on the case, I would have to look it up."


@pytest.fixture
async def group(database: Database) -> AsyncIterator[Study]:
    companies = KnownCompanies([company(), company("contoso", LOOP)])
    async with study(database, questions=FixedQuestions(8), companies=companies) as made:
        yield made


async def begin(group: Study, name: str, mode: str = "strict") -> Interview:
    interview = Interview(group, name)
    await interview.begin(action="loop", company="contoso", mode=mode)
    return interview


async def take(interview: Interview, texts: tuple[str, ...]) -> str:
    """Answers until the round is over, and returns the last words of its interviewer."""
    for text in texts:
        await interview.answer(text)
    if (await interview.latest()).state is not RoundState.DONE:
        await interview.say("stop")
    return interview.heard[-1]


async def go_on(interview: Interview) -> Immediate:
    return await interview.press(Action.ROUND_NEXT)


async def test_a_loop_leads_from_phone_screen_to_debrief_and_may_take_days(group: Study) -> None:
    ada = await begin(group, "Ada")

    first = await take(ada, (LONG,))
    group.clock.set(group.clock.now() + timedelta(days=2))
    await go_on(ada)
    second = await take(ada, (LONG,))
    await go_on(ada)
    opening = ada.heard[0]
    last = await take(ada, (LONG, LONG))

    assert "round 1 of 3" in first
    assert "System design" in first
    assert "round 2 of 3" in second
    assert "Question 1" in opening or "Your question" in opening
    assert last.startswith("**Debrief: Contoso**")
    assert "Phone screen: **a strong yes**" in last
    assert "**Recommended.**" in last
    assert "practice signal, not a hiring decision" in last
    assert last.count("general knowledge that nobody checked") == 1


async def test_weak_answers_are_not_recommended(group: Study) -> None:
    ada, words = await begin(group, "Ada"), ""

    for _ in range(3):
        group.reviewer.script.extend([missing(question("any"))] * 8)
        words = await take(ada, (WEAK, WEAK, WEAK, WEAK))
        group.reviewer.script.clear()
        await go_on(ada)

    assert "**Not yet recommended.**" in words
    assert "a clear no" in words


async def test_the_senior_round_asks_each_candidate_about_their_own_gaps(group: Study) -> None:
    openings = []
    for name, covered in (("Ada", "bucket"), ("Bea", "shared")):
        interview = await begin(group, name)
        for _ in range(2):
            group.reviewer.script.extend([partly(covered, LONG)] * 4)
            await take(interview, (LONG, LONG, LONG))
            group.reviewer.script.clear()
            await go_on(interview)
        round = await interview.latest()
        assert round.plan.stage is Stage.AS_APPROPRIATE
        openings.append(interview.heard[0])

    assert all("In your earlier round" in opening for opening in openings)
    assert openings[0] != openings[1]


async def test_between_two_rounds_of_a_strict_loop_nothing_is_given_away(group: Study) -> None:
    ada = await begin(group, "Ada")

    await take(ada, (LONG,))

    assert not any("Report" in text or "/ 10" in text for text in ada.heard)


async def test_a_coached_loop_reports_after_each_round(group: Study) -> None:
    ada = await begin(group, "Ada", mode="coach")

    await take(ada, (LONG,))

    assert any("**Report: Phone screen**" in text for text in ada.heard)


async def test_an_open_loop_goes_on_by_the_command_and_is_stopped_by_it(group: Study) -> None:
    ada = await begin(group, "Ada")
    await take(ada, (LONG,))

    status = await group.call(ada.person, "mock", action="loop", company="contoso")
    stopped = await group.call(ada.person, "mock", action="stop")
    nothing = await group.call(ada.person, "mock", action="resume")

    assert isinstance(status, Reply)
    assert "1 of 3" in status.text
    assert [button.action for button in status.buttons] == [Action.ROUND_NEXT]
    assert isinstance(stopped, Reply)
    assert "stopped" in stopped.text
    assert isinstance(nothing, Reply)
    assert "no open round" in nothing.text


async def test_nobody_goes_on_with_the_loop_of_others(group: Study) -> None:
    ada = await begin(group, "Ada")
    await take(ada, (LONG,))
    round = await ada.latest()

    reply = await group.press(group.person("Mallory"), Action.ROUND_NEXT, str(round.id))

    assert isinstance(reply, Reply)
    assert len(group.chat.rooms()) == 1


async def test_a_loop_whose_first_round_was_given_up_can_go_on(group: Study) -> None:
    ada = await begin(group, "Ada")
    await ada.say("stop")

    status = await group.call(ada.person, "mock", action="loop", company="contoso")
    await go_on(ada)

    assert isinstance(status, Reply)
    assert "0 of 3" in status.text
    assert [button.action for button in status.buttons] == [Action.ROUND_NEXT]
    assert "Your question" in ada.heard[0]
    assert len(group.chat.rooms()) == 2


@pytest.mark.parametrize("is_over", [False, True])
async def test_what_was_said_in_an_earlier_round_means_nothing_in_the_next(group: Study, is_over: bool) -> None:
    ada = await begin(group, "Ada")
    group.reviewer.script.extend([partly("bucket", LONG)] * (not is_over))
    await ada.answer(LONG)
    stop, _ = await ada.write("stop")
    await group.settle()
    await go_on(ada)

    # A platform where both stand in one conversation tells it anew after an outage.
    await group.receive(MessagePosted(stop, ada.room, ada.person, "stop", group.clock.now()))
    await group.settle()

    assert (await ada.latest()).state is RoundState.OPEN
