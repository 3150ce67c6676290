"""A mock round on every platform: a private place, the member's own words in a follow-up, wishes, edits, the report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from discord_stage import DiscordStage
from firms import company
from interview import LONG, partly
from patience import until
from slack_stage import SlackStage
from stage import Answered, Play, Seen, Somebody, Stage, play_on

from bot import texts
from bot.app import KnownCompanies
from bot.domain.errors import NotNow
from bot.domain.outgoing import OpenRoom, Outgoing, Say

ONE_MORE = "And the counters live in a shared store so that all servers agree."


@pytest.fixture
async def play(stage: Stage, tmp_path: Path) -> AsyncIterator[Play]:
    async with play_on(stage, tmp_path, companies=KnownCompanies([company()])) as play:
        yield play


async def begin(play: Play, name: str = "Ada") -> Somebody:
    who = await play.stage.member(name)
    await play.stage.command(who, "/mock", round="backend")
    await play.settle()
    return who


async def think(play: Play) -> None:
    await play.pass_time(seconds=6)
    await play.settle()
    await play.stage.calm()


async def settled(play: Play, doing: asyncio.Task[Answered]) -> bool:
    await play.settle()
    return doing.done()


async def is_signed(play: Play, who: Somebody, message: Seen) -> bool:
    return any(each.reviewing for each in await play.stage.room(who) if each.id == message.id)


async def is_unsigned(play: Play, who: Somebody, message: Seen) -> bool:
    return not await is_signed(play, who, message)


async def asking(play: Play, who: Somebody) -> Seen:
    """The latest words of the bot that wait for an answer."""
    there = await play.stage.room(who)
    return [each for each in there if each.by_bot and texts.label_round_hint() in each.buttons][-1]


async def last(play: Play, who: Somebody) -> Seen:
    return [each for each in await play.stage.room(who) if each.by_bot][-1]


async def test_f34_a_round_opens_where_only_its_member_reads(play: Play) -> None:
    ada = await begin(play)
    bea = await play.stage.member("Bea")

    room = await play.stage.room(ada)

    assert "an engineer of the team" in room[0].text
    assert "Question 1 of 2" in room[-1].text
    assert texts.label_round_hint() in room[-1].buttons
    assert all("engineer of the team" not in each.text for each in await play.stage.channel(bea))
    assert all("engineer of the team" not in each.text for each in await play.stage.private(bea))


async def test_f35_f73_an_answer_is_signed_and_followed_up_by_its_own_words(play: Play) -> None:
    ada = await begin(play)
    play.scripted.script.append(partly("bucket", LONG))

    written = await play.stage.write_in_room(ada, LONG)
    await until(lambda: is_signed(play, ada, written))
    await think(play)
    await until(lambda: is_unsigned(play, ada, written))

    said = await last(play, ada)
    assert "“I would put a token bucket" in said.text
    assert "How would you measure it?" in said.text


async def test_f41_words_and_buttons_do_the_same(play: Play) -> None:
    ada = await begin(play)

    # The answer to a press is what the interviewer says next.
    pressing = asyncio.create_task(play.stage.press(ada, await last(play, ada), texts.label_round_hint()))
    await until(lambda: settled(play, pressing))
    await play.settle()
    first = await last(play, ada)
    await play.stage.write_in_room(ada, "hint")
    await play.settle()
    second = await last(play, ada)

    assert "Hint 1 of 3" in first.text
    assert "Hint 2 of 3" in second.text


async def test_a_code_file_in_the_private_place_is_an_answer(play: Play) -> None:
    if not isinstance(play.stage, DiscordStage | SlackStage):
        pytest.skip("nobody can attach files here")
    ada = await begin(play)

    written = await play.stage.attach_in_room(ada, "Like this:", "limiter.py", b"def allow():\n    return True\n")
    await think(play)
    await think(play)

    assert play.scripted.asked == ["Like this:\nlimiter.py:\n```py\ndef allow():\n    return True\n```"]
    assert await is_unsigned(play, ada, written)


async def test_f37_a_paused_round_goes_on_by_the_command(play: Play) -> None:
    ada = await begin(play)
    await play.stage.write_in_room(ada, "pause")
    await play.settle()
    await play.pass_time(days=3)

    reply = await play.stage.command(ada, "/mock", action="resume")
    await play.settle()

    assert "goes on" in reply.text
    assert "Question 1 of 2" in (await last(play, ada)).text


async def test_f38_the_report_ends_it(play: Play) -> None:
    ada = await begin(play)
    play.scripted.script.append(partly("bucket", LONG))
    await play.stage.write_in_room(ada, LONG)
    await think(play)

    await play.stage.write_in_room(ada, "stop")
    await play.settle()

    report = (await last(play, ada)).text
    assert "Backend" in report
    assert "“I would put a token bucket" in report
    assert "practice signal, not a hiring decision" in report
    assert await play.points(ada) == 0


async def test_an_edited_answer_counts_as_edited_and_a_deleted_one_does_not(play: Play) -> None:
    ada = await begin(play)
    play.scripted.script.extend([partly("bucket", LONG), partly("bucket", LONG)])
    written = await play.stage.write_in_room(ada, LONG)
    await think(play)
    more = await play.stage.write_in_room(ada, ONE_MORE)
    await think(play)

    await play.stage.edit(ada, written, f"{LONG} With Redis.")
    await play.stage.delete(ada, more)
    await play.settle()
    await play.stage.write_in_room(ada, "stop")
    await play.settle()

    assert play.scripted.asked == [LONG, f"{LONG}\n{ONE_MORE}", f"{LONG} With Redis."]


async def test_x016_told_three_times_and_out_of_order_each_word_and_press_counts_once(play: Play) -> None:
    play.stage.redeliver(3)
    ada = await begin(play)
    play.scripted.script.extend([partly("bucket", LONG)] * 2)

    await play.stage.write_in_room(ada, LONG)
    await play.stage.write_in_room(ada, ONE_MORE)
    await think(play)
    await play.stage.write_in_room(ada, "hint")
    await play.settle()
    pressing = asyncio.create_task(play.stage.press(ada, await asking(play, ada), texts.label_round_hint()))
    await until(lambda: settled(play, pressing))
    await play.stage.write_in_room(ada, "stop")
    await play.stage.calm()
    await play.settle()

    said = [each.text for each in await play.stage.room(ada) if each.by_bot]
    asked_for = [text.splitlines()[0] for text in said[3:-1]]
    assert play.scripted.asked == [f"{LONG}\n{ONE_MORE}"]
    assert "How would you measure it?" in said[2]
    assert [text.partition(" of 3")[0] for text in asked_for] == ["Hint 1", "Hint 2", asked_for[-1]]
    assert asked_for[-1].startswith("We stop here, as you wished.")
    assert "Report" in said[-1]


async def test_a_line_that_is_cut_speaks_once(play: Play) -> None:
    cut: set[str] = set()

    def once_each(item: Outgoing) -> None:
        if isinstance(item, OpenRoom | Say) and item.key not in cut:
            cut.add(item.key)
            raise NotNow("the line was cut")

    play.line.after = once_each
    ada = await begin(play)
    for _ in range(6):
        await play.pass_time(seconds=40)
        await play.settle()

    room = [each for each in await play.stage.room(ada) if each.by_bot]
    assert len(room) == 2


@pytest.mark.fault(60)
async def test_x060_f73_discord_shows_that_the_interviewer_is_writing(play: Play) -> None:
    if not isinstance(play.stage, DiscordStage):
        pytest.skip("there is no such sign here")
    ada, play.scripted.gate = await begin(play), asyncio.Event()
    discord = play.stage.discord
    place = discord.dm(ada.handle)

    written = await play.stage.write_in_room(ada, LONG)
    thinking = asyncio.create_task(think(play))
    await until(lambda: discord.typed(place))
    signed = await is_signed(play, ada, written)
    play.scripted.gate.set()
    await thinking

    assert signed


async def test_f34_where_private_messages_are_closed_a_private_thread_warns_first(play: Play) -> None:
    if not isinstance(play.stage, DiscordStage):
        pytest.skip("nobody can close private messages here")
    ada = await play.stage.member("Ada")
    await play.stage.close_private(ada)

    await play.stage.command(ada, "/mock", round="backend")
    await play.settle()

    [thread] = play.stage.discord.private_threads(play.stage._channels["study"])
    said = [message.shown for message in play.stage.discord.messages(thread)]
    assert any("can read it" in text for text in said)
    assert any("Question 1 of 2" in text for text in said)
