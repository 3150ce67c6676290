"""The same contract when things go wrong: lines are cut after the platform accepted, events come several times and out
of order, people change their minds while a review runs, threads are locked and channels fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from group import GOOD, FixedQuestions
from patience import until
from stage import STUDY, Play, Seen, Stage, in_one_mode, once, play_on, title_of

from bot import texts
from bot.domain.errors import NotNow
from bot.domain.outgoing import Action, OpenThread, Outgoing, Post, Say
from bot.services.intake import FrontDoor

BETTER = "The counters live in one shared Redis, since eight machines must see the same numbers."
CUT = NotNow("the line was cut")


async def post_one(play: Play) -> None:
    """Olga asks for one more question, and it has all the time it needs."""
    await play.stage.command(play.olga, "/study-admin post")
    await play.settle()
    for _ in range(4):
        await play.pass_time(minutes=3)


async def standing(play: Play, root: Seen | None = None) -> list[Seen]:
    """What all can read in the thread."""
    return [each for each in await play.thread(root=root) if not each.private]


# ---------------------------------------------------------------- said once


@in_one_mode
async def test_x004_a_post_whose_line_was_cut_after_it_was_accepted_stands_once(play: Play) -> None:
    ada = await play.stage.member("Ada")
    play.stage.cut_after("post")

    await post_one(play)

    play.question = await play.newest_question()
    assert await play.stage.ever_said(title_of(play.question)) == 1
    await play.answer(ada, GOOD)
    assert len(await play.comments()) == 1


@in_one_mode
async def test_x004_a_comment_whose_line_was_cut_after_it_was_accepted_stands_once(play: Play) -> None:
    ada = await play.stage.member("Ada")
    play.stage.cut_after("say")

    await play.answer(ada, GOOD)
    await play.pass_time(minutes=1)

    assert await play.stage.ever_said("One question to think on") == 1
    assert len(await play.comments()) == 1


@in_one_mode
async def test_x003_a_post_that_was_sent_and_not_noted_is_found_again(play: Play) -> None:
    ada = await play.stage.member("Ada")
    play.line.after = once(lambda item: isinstance(item, Post), CUT)

    await post_one(play)

    play.question = await play.newest_question()
    assert await play.stage.ever_said(title_of(play.question)) == 1
    await play.answer(ada, GOOD)
    assert len(await play.comments()) == 1


@in_one_mode
async def test_x052_a_comment_that_was_sent_and_not_noted_is_found_again(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer_at = await play.answer(ada, GOOD)
    await play.stage.delete(ada, answer_at)
    await play.settle()
    play.line.after = once(lambda item: isinstance(item, Say), CUT)

    await play.answer(ada, BETTER)
    await play.pass_time(minutes=1)

    (comment,) = await play.comments()
    assert "The counters live in" in comment.text
    assert [each for each in await standing(play) if each.by_bot] == [comment]


@in_one_mode
async def test_x052_an_answer_by_form_is_shown_once_however_often_its_line_is_cut(play: Play) -> None:
    ada = await play.stage.member("Ada")
    play.stage.cut_after("say")
    await play.by_form(ada, GOOD)

    await play.settle()
    await play.pass_time(minutes=1)

    assert await play.stage.ever_said(GOOD) == 1
    assert len(await play.comments()) == 1


@in_one_mode
async def test_x006_a_thread_that_opened_without_our_knowing_is_the_questions_thread(play: Play) -> None:
    ada = await play.stage.member("Ada")
    play.stage.cut_after("thread")
    play.line.after = once(lambda item: isinstance(item, OpenThread), CUT)

    await post_one(play)
    play.question = await play.newest_question()
    await play.answer(ada, GOOD)

    assert await play.stage.ever_said(title_of(play.question)) == 1
    assert len(await play.comments()) == 1


@in_one_mode
async def test_x005_a_thread_that_cannot_be_opened_yet_is_opened_later_under_the_one_post(play: Play) -> None:
    ada = await play.stage.member("Ada")
    failures = iter([True, True, True])

    def fails_three_times(item: Outgoing) -> None:
        if isinstance(item, OpenThread) and next(failures, False):
            raise NotNow("no threads at the moment")

    play.line.before = fails_three_times

    await post_one(play)
    play.question = await play.newest_question()
    await play.answer(ada, GOOD)

    assert await play.stage.ever_said(title_of(play.question)) == 1
    assert len(await play.comments()) == 1


@in_one_mode
async def test_x005_without_a_thread_answers_by_form_are_reviewed_and_shown_when_it_is_there(play: Play) -> None:
    ada = await play.stage.member("Ada")

    def fails(item: Outgoing) -> None:
        if isinstance(item, OpenThread):
            raise NotNow("no threads at the moment")

    play.line.before = fails
    await play.stage.command(play.olga, "/study-admin post")
    await play.settle()
    play.question = await play.newest_question()
    await play.by_form(ada, GOOD)
    await play.settle()

    assert await play.points(ada) == 10
    play.line.before = lambda item: None
    for _ in range(6):
        await play.pass_time(minutes=15)
    shown, _ = await standing(play)
    assert GOOD in shown.text


async def test_x020_an_answer_that_came_before_we_knew_of_its_thread_is_taken_up(play: Play) -> None:
    ada = await play.stage.member("Ada")
    play.line.after = once(lambda item: isinstance(item, OpenThread), CUT)
    await play.stage.command(play.olga, "/study-admin post")
    await play.settle()
    play.question = await play.newest_question()

    await play.stage.write(ada, GOOD, under=play.question)
    await play.settle()
    early = await play.comments()
    for _ in range(2):
        await play.pass_time(minutes=1)

    assert early == []
    assert len(await play.comments()) == 1


# ---------------------------------------------------------------- told several times


async def test_x016_an_answer_that_is_delivered_three_times_is_reviewed_once(play: Play) -> None:
    ada = await play.stage.member("Ada")
    play.stage.redeliver(3)

    await play.stage.write(ada, GOOD, under=play.question)
    await play.stage.calm()
    await play.settle()

    assert play.scripted.asked == [GOOD]
    assert len(await play.comments()) == 1
    assert await play.points(ada) == 10


async def test_x016_everything_three_times_and_out_of_order_comes_to_the_same(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")
    cleo = await play.stage.member("Cleo")
    play.stage.redeliver(3)

    hers = await play.stage.write(ada, GOOD, under=play.question)
    his = await play.stage.write(bob, GOOD, under=play.question)
    await play.stage.edit(ada, hers, BETTER)
    await play.by_form(cleo, GOOD)
    await play.stage.delete(bob, his)
    await play.stage.calm()
    await play.settle()

    comments = await play.comments()
    assert len(comments) == 2
    assert sum("The counters live in" in each.text for each in comments) == 1
    assert await play.stage.ever_said("The counters live in") == 1
    assert [await play.points(each) for each in (ada, bob, cleo)] == [10, 0, 10]


async def test_x017_an_answer_that_is_delivered_again_much_later_is_still_known(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.answer(ada, GOOD)
    play.stage.redeliver(3)

    await play.pass_time(hours=25)
    await play.stage.touch(ada, answer)
    await play.stage.calm()
    await play.settle()

    assert play.scripted.asked == [GOOD]
    assert len(await play.comments()) == 1


# ---------------------------------------------------------------- while a review runs


async def under_review(play: Play) -> asyncio.Task[None]:
    """The reviewer has the answer and does not say anything yet."""
    play.scripted.gate = asyncio.Event()
    telling = asyncio.create_task(play.settle())
    await play.scripted.begun.wait()
    return telling


async def over(play: Play, telling: asyncio.Task[None]) -> None:
    """The reviewer speaks, and all that follows is done."""
    assert play.scripted.gate is not None
    play.scripted.gate.set()
    await telling
    await play.settle()


async def test_x027_an_edit_while_the_review_runs_gets_one_comment_on_the_last_version(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.stage.write(ada, GOOD, under=play.question)
    telling = await under_review(play)

    await play.stage.edit(ada, answer, BETTER)
    await over(play, telling)

    (comment,) = await play.comments()
    assert "The counters live in" in comment.text
    assert play.scripted.asked == [GOOD, BETTER]
    assert await play.stage.ever_said("One question to think on") == 1


async def test_x028_an_answer_deleted_while_its_review_runs_gets_no_comment(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.stage.write(ada, GOOD, under=play.question)
    telling = await under_review(play)

    await play.stage.delete(ada, answer)
    await over(play, telling)

    assert await standing(play) == []
    assert await play.points(ada) == 0


async def test_x024_an_answer_after_the_close_counts_half_and_says_so(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.pass_time(hours=25)

    await play.answer(ada, GOOD)
    (comment,) = await play.comments()
    full = await play.stage.press(ada, comment, texts.label_full_review())

    assert "late, so half the points" in full.text
    assert await play.points(ada) == 5


# ---------------------------------------------------------------- places that take no words


@in_one_mode
async def test_x053_a_locked_thread_sends_the_review_to_its_author_alone(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.stage.write(ada, GOOD, under=play.question)
    await play.stage.lock(play.question)

    await play.settle()
    for _ in range(5):
        await play.pass_time(minutes=30)

    said = [item for item in play.line.tried if isinstance(item, Say) and item.key.startswith("comment:")]
    assert await play.comments() == []
    assert len(said) <= 2
    assert any("10 of 10" in each.text for each in await play.stage.private(ada))
    assert await play.points(ada) == 10


@in_one_mode
async def test_f20_where_nothing_reaches_the_author_organisers_are_told_and_nothing_is_lost(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.stage.write(ada, GOOD, under=play.question)
    await play.stage.lock(play.question)
    unreachable = await play.stage.close_private(ada)

    await play.settle()
    reached = any("10 of 10" in each.text for each in await play.stage.private(ada))
    told = any("A review is done, but" in each.text for each in await play.stage.private(play.olga))
    await play.stage.open_private(ada)
    progress = await play.stage.command(ada, "/study progress")
    full = await play.stage.press(ada, progress.private[-1], texts.label_full_review())

    assert (reached, told) == (not unreachable, unreachable)
    assert "10 of 10" in full.text


async def test_x029_a_deleted_question_ends_quietly_and_the_next_one_comes(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.answer(ada, GOOD)
    if not await play.stage.remove_question(play.question):
        pytest.skip("nobody can delete the bot's words here")

    await play.settle()
    before = len(await play.questions())
    await play.pass_time(hours=25)

    assert len(await play.questions()) == before + 1


async def test_x029_in_a_deleted_channel_nothing_is_asked_any_more_and_organisers_learn_it_once(play: Play) -> None:
    await play.stage.add_channel("algo")
    await play.set_up("algo")
    if not await play.stage.remove_channel("algo"):
        pytest.skip("nobody can delete a channel here")
    await play.settle()
    before = len(await play.questions())
    play.line.tried.clear()

    await play.pass_time(hours=24)
    await play.pass_time(hours=24)

    gone = play.stage.channel_ref("algo")
    told = [each for each in await play.stage.private(play.olga) if gone.id in each.text]
    assert [item for item in play.line.tried if isinstance(item, Post) and item.channel == gone] == []
    assert len(await play.questions()) == before + 2
    assert len(told) == 1


@in_one_mode
async def test_x063_a_channel_that_fails_costs_few_calls_and_starts_again_when_resumed(play: Play) -> None:
    await play.stage.lose_rights(STUDY)
    for _ in range(4):
        await play.pass_time(hours=24)
    tried = len([item for item in play.line.tried if isinstance(item, Post)])

    await play.stage.regain_rights(STUDY)
    before = len(await play.questions())
    resumed = await play.stage.command(play.olga, "/study-admin resume")
    await play.pass_time(hours=72)

    assert tried <= 10
    assert "Running again" in resumed.text
    assert len(await play.questions()) > before


# ---------------------------------------------------------------- long words, faults of ours


LONG = "\n\n".join(
    [
        "First, an honest word on 👩🏽‍💻 limits, which nobody reads to the end. " * 12,
        "```python\n" + "\n".join(f"window_{n} = count(user, seconds={n})  # 🪣" for n in range(120)) + "\n```",
        *(f"Paragraph {n} on buckets: " + "it holds what it holds, and no more than that. " * 9 for n in range(12)),
    ]
)


@pytest.fixture
async def wordy(stage: Stage, tmp_path: Path) -> AsyncIterator[Play]:
    """A group whose questions have very long model answers."""
    questions = FixedQuestions()
    for each in questions.packs["pack"]:
        object.__setattr__(each, "model_answer", LONG)
    async with play_on(stage, tmp_path, questions=questions) as play:
        yield play


@in_one_mode
async def test_x054_a_long_model_answer_comes_in_parts_with_its_code_whole(wordy: Play) -> None:
    await wordy.pass_time(hours=25)

    parts = [each for each in await wordy.thread() if each.by_bot]
    words = " ".join("\n".join(each.text for each in parts).replace("`", "").replace("python", "").split())
    assert len(parts) > 1 or len(LONG) < wordy.line.traits.text_limit
    assert all(f"window_{n} = count(user, seconds={n})" in words for n in range(120))
    assert [words.count(f"Paragraph {n} on buckets") for n in range(12)] == [1] * 12
    assert words.index("First, an honest word") < words.index("window_0") < words.index("Paragraph 11")
    assert "\ufffd" not in words


async def test_x115_a_fault_of_ours_shows_no_trace_and_the_next_try_works(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await play.stage.member("Ada")
    opened = await play.stage.press(ada, play.question, texts.label_answer())
    assert opened.form is not None

    def broken(*args: object) -> None:
        raise RuntimeError("select secret from table where /etc/studybot")

    with monkeypatch.context() as fault:
        fault.setattr(FrontDoor, "_file", broken)
        said = [
            await play.stage.command(ada, "/study today"),
            await play.stage.press(ada, play.question, texts.label_answer()),
            await play.stage.send(ada, opened.form, GOOD),
        ]

    for each in said:
        assert each.text, each
        assert not any(word in each.text for word in ("Traceback", "RuntimeError", "secret", "/etc", "select"))
    again = await play.by_form(ada, GOOD)
    assert texts.answer_received() in again.text


async def test_f16_a_press_while_the_database_is_busy_is_answered_in_words(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await play.stage.member("Ada")

    def busy(*args: object) -> None:
        raise NotNow("the database is busy")

    with monkeypatch.context() as fault:
        fault.setattr(FrontDoor, "_file", busy)
        said = await play.stage.command(ada, "/study today")

    assert said.text
    assert "database is busy" not in said.text


async def test_x013_a_message_that_could_not_be_stored_is_told_again(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await play.stage.member("Ada")
    real, failures = FrontDoor._file, iter([True, True])

    def busy_twice(self: FrontDoor, *args: object) -> object:
        if next(failures, False):
            raise NotNow("the database is busy")
        return real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(FrontDoor, "_file", busy_twice)
    play.stage.hurry()
    written = await play.stage.write(ada, GOOD, under=play.question)
    await until(lambda: play.is_signed(written))
    await play.settle()

    assert len(await play.comments()) == 1


def test_actions_keep_their_names() -> None:
    """Buttons of old posts carry them (FAULTS 72)."""
    assert {"answer", "review", "count", "uncount", "hide", "show", "postnow", "setup"} <= {
        each.value for each in Action
    }
