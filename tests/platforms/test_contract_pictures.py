"""Cards and charts on every platform: seen by those who see the text, saying the same in words, never in its way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from firms import company
from interview import LONG
from stage import Play, Seen, Somebody, Stage, in_one_mode, once, play_on

from bot import texts
from bot.app import KnownCompanies
from bot.domain.digests import next_digest
from bot.domain.errors import NotNow
from bot.domain.outgoing import Outgoing, Say
from bot.pictures import Lettering, Studio

PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = "@everyone <!channel> 漢字 \u202e [x](http://evil.example)"


@pytest.fixture
async def play(stage: Stage, tmp_path: Path) -> AsyncIterator[Play]:
    studio = Studio(Lettering(), patience=60)
    async with play_on(stage, tmp_path, companies=KnownCompanies([company()]), pictures=studio) as play:
        yield play
    await studio.close()


async def member_with_points(play: Play, name: str) -> Somebody:
    who = await play.stage.member(name)
    await play.answer(who, LONG)
    return who


async def sees(play: Play, who: Somebody, message: Seen) -> bool:
    png = await play.stage.look(who, message)
    return png is not None and png.startswith(PNG)


async def test_f77_a_board_carries_a_card_for_its_reader_alone(play: Play) -> None:
    ada = await member_with_points(play, "Ada")
    bea = await play.stage.member("Bea")

    (board,) = (await play.stage.command(ada, "/leaderboard")).private

    assert "Ada (you), 10 points" in board.picture
    assert "Ada" in board.text
    assert await sees(play, ada, board)
    assert not await sees(play, bea, board)


@in_one_mode
async def test_f46_study_progress_carries_the_calendar_for_its_reader_alone(play: Play) -> None:
    ada = await member_with_points(play, "Ada")
    bea = await play.stage.member("Bea")

    progress = (await play.stage.command(ada, "/study progress")).private[-1]

    assert progress.picture.startswith("A streak of 1 day.")
    assert "answered: 1" in progress.picture
    assert "**" not in progress.picture
    assert await sees(play, ada, progress)
    assert not await sees(play, bea, progress)


@in_one_mode
async def test_f77_a_board_for_all_carries_a_card_for_all(play: Play) -> None:
    await member_with_points(play, "Ada")
    bea = await play.stage.member("Bea")

    (board,) = (await play.stage.command(play.olga, "/leaderboard", show="all")).public

    assert "1: Ada, 10 points" in board.picture
    assert await sees(play, bea, board)


@in_one_mode
@pytest.mark.fault(92)
async def test_a_hostile_name_stays_words_in_the_description(play: Play) -> None:
    who = await member_with_points(play, HOSTILE)

    (board,) = (await play.stage.command(who, "/leaderboard")).private

    assert "@everyone" in board.picture
    assert "\u202e" not in board.picture
    assert await play.stage.pings() == []
    assert await play.stage.links() == []


@in_one_mode
async def test_a_board_without_anybody_needs_no_card(play: Play) -> None:
    ada = await play.stage.member("Ada")

    (board,) = (await play.stage.command(ada, "/leaderboard")).private

    assert board.picture == ""
    assert await play.stage.look(ada, board) is None


@in_one_mode
async def test_where_no_pictures_are_taken_the_text_comes_alone(play: Play) -> None:
    ada = await member_with_points(play, "Ada")
    if not play.stage.refuse_pictures():
        pytest.skip("nobody can forbid pictures here")

    (mine,) = (await play.stage.command(ada, "/leaderboard")).private
    (alls,) = (await play.stage.command(play.olga, "/leaderboard", show="all")).public

    assert [mine.picture, alls.picture] == ["", ""]
    assert "Ada" in mine.text
    assert "Ada" in alls.text


@in_one_mode
async def test_f77_the_digest_carries_the_board_of_its_week(play: Play) -> None:
    await member_with_points(play, "Ada")
    bea = await play.stage.member("Bea")
    now = play.stage.clock.now()

    await play.pass_time(seconds=(next_digest("Europe/Berlin", now) - now).total_seconds())

    (digest,) = [each for each in await play.stage.channel(bea) if each.picture]
    assert "Our week" in digest.text
    assert "1: Ada, 10 points" in digest.picture
    assert await sees(play, bea, digest)


@in_one_mode
async def test_a_digest_that_is_changed_shows_the_board_as_it_is_now(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.answer(ada, LONG)
    await member_with_points(play, "Cleo")
    review = (await play.stage.press(ada, (await play.comments())[0], texts.label_full_review())).private[-1]
    await play.stage.press(ada, review, texts.label_show_at_close())
    await play.pass_time(days=1, minutes=5)
    now = play.stage.clock.now()
    await play.pass_time(seconds=(next_digest("Europe/Berlin", now) - now).total_seconds())
    (before,) = [each for each in await play.stage.channel(ada) if each.picture]
    drawn = await play.stage.look(ada, before)

    await play.stage.delete(ada, answer)
    await play.settle()

    (after,) = [each for each in await play.stage.channel(ada) if each.picture]
    assert after.id == before.id
    assert "Ada, 10 points" in before.picture
    assert "Ada" not in after.text + after.picture
    assert "1: Cleo, 10 points" in after.picture
    assert await sees(play, ada, after)
    assert await play.stage.look(ada, after) != drawn


async def report_of(play: Play, who: Somebody) -> None:
    """Goes through a round to its report."""
    await play.stage.command(who, "/mock", round="backend")
    await play.settle()
    for _ in range(2):
        await play.stage.write_in_room(who, LONG)
        await play.pass_time(seconds=6)
        await play.stage.calm()
    await play.settle()


@in_one_mode
async def test_f38_the_report_shows_the_competencies(play: Play) -> None:
    ada = await play.stage.member("Ada")

    await report_of(play, ada)

    reports = [each for each in await play.stage.room(ada) if each.picture]
    (report,) = reports
    assert texts.practice_signal() in report.text
    assert "Backend: 10 of 10" in report.picture
    assert texts.practice_signal() in report.picture
    assert await sees(play, ada, report)


@in_one_mode
async def test_a_report_that_was_cut_off_is_not_shown_twice(play: Play) -> None:
    ada = await play.stage.member("Ada")
    cut: list[Outgoing] = []

    def is_report(item: Outgoing) -> bool:
        return isinstance(item, Say) and item.picture is not None and not cut

    play.line.after = once(is_report, NotNow("the line was cut after the message had arrived"))

    await report_of(play, ada)
    await play.pass_time(minutes=5)

    assert len([each for each in await play.stage.room(ada) if each.picture]) == 1
