"""One contract, every platform: what people do and see in a group is the same in the study room, on Discord and on
Slack. What goes wrong is told in test_contract_faults, hostile words and hands in test_contract_hostile."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes import missing
from group import GOOD
from patience import until
from stage import STUDY, Play, Stage, play_on, title_of

from bot import texts
from bot.commands import COMMANDS, MENUS, Who
from bot.domain.errors import NotNow
from bot.reviewers.offline import OfflineReviewer

BETTER = "The counters live in one shared Redis, since eight machines must see the same numbers."
COUNT, UNCOUNT = (menu.label for menu in MENUS)


@pytest.fixture
async def offline(stage: Stage, tmp_path: Path) -> AsyncIterator[Play]:
    """The same group with the reviewer that needs no key."""
    async with play_on(stage, tmp_path, reviewer=await asyncio.to_thread(OfflineReviewer)) as play:
        yield play


# ---------------------------------------------------------------- the question


async def test_a_question_stands_in_the_channel_with_a_thread_and_a_button(play: Play) -> None:
    question = play.question

    assert "Question pack-" in question.text
    assert "How would you solve pack-" in question.text
    assert question.buttons == (texts.label_answer(), texts.label_hint())
    assert await play.thread() == []


async def test_f1_the_daily_question_comes_at_its_local_time_and_closes_the_one_before(play: Play) -> None:
    before = len(await play.questions())

    await play.pass_time(hours=23, minutes=55)
    early = len(await play.questions())
    await play.pass_time(minutes=6)

    newest = await play.newest_question()
    assert (early, len(await play.questions())) == (before, before + 1)
    assert "Question of the day, Tue 3 Mar" in newest.text
    assert "late" not in newest.text
    assert any("The model answer of" in each.text for each in await play.thread())


async def test_f4_after_an_outage_the_question_comes_late_and_says_so(play: Play) -> None:
    before = len(await play.questions())

    await play.pass_time(hours=26)

    assert len(await play.questions()) == before + 1
    assert "This one is late" in (await play.newest_question()).text


async def test_f4_after_a_long_outage_the_day_is_left_out(play: Play) -> None:
    before = len(await play.questions())

    await play.pass_time(hours=33)

    assert len(await play.questions()) == before


async def test_f6_no_question_repeats_before_all_were_used(play: Play) -> None:
    while len(await play.questions()) < 5:
        await play.stage.command(play.olga, "/study-admin post")
        await play.settle()

    titles = [title_of(each) for each in await play.questions()]
    assert len(set(titles)) == 5, titles


async def test_f10_a_preview_is_private_and_uses_nothing_up(play: Play) -> None:
    public = await _public(play)

    first = await play.stage.command(play.olga, "/study-admin preview", count="3")
    second = await play.stage.command(play.olga, "/study-admin preview", count="3")

    assert first.text.count("Question pack-") == 3
    assert first.text == second.text
    assert not first.public
    assert await _public(play) == public


async def _public(play: Play) -> list[str]:
    return [each.id for each in await play.stage.channel(play.olga) if not each.private]


async def test_f11_a_pause_asks_nothing_until_it_is_ended(play: Play) -> None:
    before = len(await play.questions())

    paused = await play.stage.command(play.olga, "/study-admin pause")
    await play.pass_time(hours=25)
    quiet = len(await play.questions())
    resumed = await play.stage.command(play.olga, "/study-admin resume")
    await play.pass_time(hours=24)

    assert "Paused from" in paused.text
    assert "Running again" in resumed.text
    assert (quiet, len(await play.questions())) == (before, before + 1)


# ---------------------------------------------------------------- answering


async def test_f12_an_answer_in_the_thread_gets_one_comment_for_all_to_see(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")

    answer = await play.answer(ada, GOOD)

    (comment,) = await play.comments()
    assert comment.reply_to == (answer.id if play.stage.quotes else None)
    assert comment.id in [each.id for each in await play.thread(bob)]
    assert await play.points(ada) == 10


async def test_f12_an_answer_by_form_is_shown_in_the_thread_and_commented_there(play: Play) -> None:
    ada = await play.stage.member("Ada")

    receipt = await play.by_form(ada, GOOD)
    await play.settle()

    shown, comment = [each for each in await play.thread() if not each.private]
    assert texts.answer_received() in receipt.text
    assert receipt.public == ()
    assert GOOD in shown.text
    assert "Ada" in f"{shown.author} {shown.text}"
    assert comment.buttons == (texts.label_full_review(),)
    assert await play.points(ada) == 10


async def test_f12_the_command_opens_the_form_with_ones_own_answer_in_it(play: Play) -> None:
    ada = await play.stage.member("Ada")
    empty = await play.stage.command(ada, "/study answer")
    assert empty.form is not None

    await play.stage.send(ada, empty.form, GOOD)
    filled = await play.stage.command(ada, "/study answer")

    assert list(empty.form.fields.values()) == ["", ""]
    assert filled.form is not None
    assert filled.form.fields[texts.answer_form_label()] == GOOD


async def test_f12_one_member_has_one_answer_however_it_was_given(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.by_form(ada, GOOD)
    await play.settle()

    await play.by_form(ada, BETTER)
    await play.settle()

    shown, comment = [each for each in await play.thread() if not each.private]
    assert BETTER in shown.text
    assert "The counters live in" in comment.text
    assert "(1 answer)" in await play.board(ada, period="all")


async def test_f12_who_answered_in_the_thread_is_sent_there_by_the_button(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.answer(ada, GOOD)

    pressed = await play.stage.press(ada, play.question, texts.label_answer())

    assert pressed.form is None
    assert texts.answered_in_thread() in pressed.text


async def test_f12_further_messages_join_the_answer_until_the_comment(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.stage.write(ada, GOOD, under=play.question)
    await play.stage.write(ada, BETTER, under=play.question)
    await play.settle()

    assert play.scripted.asked[-1] == f"{GOOD}\n{BETTER}"
    assert len(await play.comments()) == 1


async def test_f14_an_edit_is_reviewed_once_and_its_comment_replaces_the_old_one(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.answer(ada, GOOD)
    (before,) = await play.comments()

    await play.stage.edit(ada, answer, BETTER)
    await play.settle()

    (after,) = await play.comments()
    assert play.scripted.asked == [GOOD, BETTER]
    assert (after.id, after.reply_to) == (before.id, before.reply_to)
    assert "The counters live in" in after.text


async def test_x026_a_change_that_is_none_of_the_text_says_nothing(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.answer(ada, GOOD)
    before = await play.thread()

    await play.stage.touch(ada, answer)
    await play.settle()

    assert play.scripted.asked == [GOOD]
    assert [each.id for each in await play.thread()] == [each.id for each in before]


async def test_f15_a_deleted_answer_takes_comment_and_points_along(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.answer(ada, GOOD)

    await play.stage.delete(ada, answer)
    await play.settle()

    assert [each for each in await play.thread() if not each.private] == []
    assert await play.points(ada) == 0


async def test_f15_an_answer_by_form_is_taken_back_on_its_receipt(play: Play) -> None:
    ada = await play.stage.member("Ada")
    receipt = await play.by_form(ada, GOOD)
    await play.settle()

    taken = await play.stage.press(ada, receipt.private[-1], texts.label_withdraw())
    await play.settle()

    assert texts.uncounted() in taken.text
    assert [each for each in await play.thread() if not each.private] == []
    assert await play.points(ada) == 0


async def test_the_menu_of_a_message_makes_it_an_answer_and_takes_it_back(play: Play) -> None:
    ada = await play.stage.member("Ada")
    talk = await play.stage.write(ada, "Token bucket!", under=play.question)
    await play.settle()

    counted = await play.stage.choose(ada, talk, COUNT)
    await play.settle()
    commented = len(await play.comments())
    taken = await play.stage.choose(ada, talk, UNCOUNT)
    await play.settle()

    assert (texts.counted() in counted.text, texts.uncounted() in taken.text) == (True, True)
    assert (commented, len(await play.comments())) == (1, 0)


async def test_somebody_elses_message_cannot_be_made_an_answer(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")
    talk = await play.stage.write(ada, "Token bucket!", under=play.question)

    await play.stage.choose(bob, talk, COUNT)
    await play.settle()

    assert play.scripted.asked == []
    assert await play.comments() == []


async def test_f17_talk_is_not_graded_and_nothing_is_said(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")
    first = await play.stage.write(ada, "Thanks a lot!", under=play.question)
    for text in ("👍", "🎉 🎉", "https://example.com/a-long-article", "Hi all", "good luck everybody"):
        await play.stage.write(ada, text, under=play.question)
    await play.stage.write(bob, "I think that you would rather want two of them", under=play.question, reply_to=first)
    await play.stage.write(bob, "what would you say the store should be?", under=play.question, to=ada)
    await play.stage.write(bob, "A long message that stands in the channel and in no thread of ours at all.")
    await play.stage.noise(play.question)

    await play.settle()

    there = await play.thread()
    assert play.scripted.asked == []
    assert [each for each in there if each.by_bot or each.reviewing] == []
    assert await play.stage.private(ada) == []
    assert await play.stage.private(bob) == []


async def test_x018_a_message_that_names_the_bot_is_one_answer(play: Play) -> None:
    ada = await play.stage.member("Ada")

    await play.stage.write(ada, GOOD, under=play.question, to=play.stage.bot)
    await play.settle()

    assert len(play.scripted.asked) == 1
    assert len(await play.comments()) == 1


# ---------------------------------------------------------------- the review


async def test_f21_the_comment_for_all_is_brief_and_tells_no_score(play: Play) -> None:
    ada = await play.stage.member("Ada")

    await play.answer(ada, GOOD)

    (comment,) = await play.comments()
    assert len(comment.text) <= 300
    assert " ".join(GOOD.split()[:4]) in comment.text
    assert "of 10" not in comment.text
    assert "Names an algorithm" not in comment.text


async def test_f21_a_high_and_a_low_score_read_alike_in_public(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")
    await play.answer(ada, GOOD)
    play.scripted.script.append(missing(play.asked))
    await play.answer(bob, GOOD)

    best, worst = await play.comments()

    assert best.layout == worst.layout
    assert "One question to think on" in best.text
    assert "One question to think on" in worst.text


async def test_f21_the_full_review_goes_to_its_author_alone_as_often_as_wanted(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")
    await play.answer(ada, GOOD)
    (comment,) = await play.comments()

    hers = [await play.stage.press(ada, comment, texts.label_full_review()) for _ in range(3)]
    his = await play.stage.press(bob, comment, texts.label_full_review())

    assert all("10 of 10" in each.text for each in hers)
    assert len({each.text for each in hers}) == 1
    assert len(hers[0].text) < 900
    assert not any(each.public for each in (*hers, his))
    assert texts.not_found().splitlines()[0][:20] in his.text
    assert not any("of 10" in each.text for each in await play.stage.private(bob))
    assert not any("of 10" in each.text for each in await play.thread(bob))


async def test_f21_the_full_review_comes_at_once_where_no_click_is_needed(play: Play) -> None:
    ada = await play.stage.member("Ada")

    await play.answer(ada, GOOD)

    at_once = [each for each in await play.stage.private(ada) if "10 of 10" in each.text]
    assert len(at_once) == play.line.traits.whispers_at_once


async def test_f25_an_answer_that_cannot_be_graded_now_is_graded_later(play: Play) -> None:
    ada = await play.stage.member("Ada")
    play.scripted.script.append(NotNow("the reviewer is away"))

    await play.answer(ada, GOOD)
    waiting = await play.comments()
    progress = await play.stage.command(ada, "/study progress")
    await play.pass_time(minutes=1)

    assert waiting == []
    assert "not graded yet" in progress.text
    assert len(await play.comments()) == 1
    assert await play.points(ada) == 10


async def test_f73_an_answer_carries_the_received_sign_until_its_comment_comes(play: Play) -> None:
    ada = await play.stage.member("Ada")

    answer = await play.stage.write(ada, GOOD, under=play.question)

    await until(lambda: play.is_signed(answer))
    assert await play.comments() == []
    await play.settle()
    await until(lambda: play.is_unsigned(answer))
    assert len(await play.comments()) == 1


async def test_f73_a_new_version_carries_the_sign_until_the_comment_is_the_new_one(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.answer(ada, GOOD)
    await until(lambda: play.is_unsigned(answer))

    await play.stage.edit(ada, answer, BETTER)

    await until(lambda: play.is_signed(answer))
    await play.settle()
    await until(lambda: play.is_unsigned(answer), seconds=20)


async def test_f27_without_a_key_the_offline_reviewer_does_it_all_and_says_so(offline: Play) -> None:
    ada = await offline.stage.member("Ada")

    await offline.answer(ada, "Tokens refill steadily into a bucket, and the counters live in redis for all machines.")
    (comment,) = await offline.comments()
    full = await offline.stage.press(ada, comment, texts.label_full_review())

    assert "word check, provisional" in full.text
    assert await offline.points(ada) > 4


@pytest.mark.parametrize("said", ["I don't know", "The weather in the mountains was lovely all week long."])
async def test_f23_a_non_answer_is_kept_and_earns_nothing(offline: Play, said: str) -> None:
    ada = await offline.stage.member("Ada")

    await offline.answer(ada, said)
    (comment,) = await offline.comments()
    full = await offline.stage.press(ada, comment, texts.label_full_review())

    assert full.text.startswith(("0 of 10", "1 of 10"))
    assert "✓" not in full.text
    assert len(comment.text) <= 300


# ---------------------------------------------------------------- board and words


async def test_f44_the_board_of_each_period_is_private_to_the_asker(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.answer(ada, GOOD)

    for period in ("day", "week", "month", "all"):
        asked = await play.stage.command(ada, "/leaderboard", period=period)

        assert "Ada, 10 points (1 answer)" in asked.text
        assert "← you" in asked.text
        assert asked.public == ()


async def test_the_boards_of_this_channel_its_track_and_of_growth_are_shown_to_the_asker(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.answer(ada, GOOD)

    channel = await play.stage.command(ada, "/leaderboard", of="channel")
    track = await play.stage.command(ada, "/leaderboard", of="track", period="season")
    growth = await play.stage.command(ada, "/leaderboard", view="growth")
    unknown = await play.stage.command(ada, "/leaderboard", track="nothing-such")

    assert "this channel" in channel.text
    assert "Ada, 10 points (1 answer)" in channel.text
    assert "10 of 10 possible" in track.text
    assert "growth" in growth.text
    assert "I find no such board" in unknown.text
    assert all(each.public == () for each in (channel, track, growth, unknown))


async def test_f44_an_organiser_may_show_the_board_to_all_and_nobody_else(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.answer(ada, GOOD)

    hers = await play.stage.command(ada, "/leaderboard", show="all")
    olgas = await play.stage.command(play.olga, "/leaderboard", show="all")

    assert hers.public == ()
    assert "for organisers" in hers.text
    (shown,) = olgas.public
    assert "Ada, 10 points (1 answer)" in shown.text
    assert "you" not in shown.text


async def test_the_first_word_to_a_new_member_comes_once_and_hides_them_on_a_click(play: Play) -> None:
    ada = await play.stage.member("Ada")
    await play.answer(ada, GOOD)
    await play.stage.command(play.olga, "/study-admin post")
    await play.settle()
    play.question = await play.newest_question()
    await play.answer(ada, BETTER)

    (welcome,) = [each for each in await play.stage.private(ada) if "Welcome!" in each.text]
    hidden = await play.stage.press(ada, welcome, texts.label_hide())

    assert texts.where_offline() in welcome.text
    assert "no longer shows your name" in hidden.text
    board = await play.board(play.olga)
    assert "20 points (2 answers)" in board
    assert "Ada" not in board


async def test_f75_every_declared_command_is_offered(play: Play) -> None:
    offered = await play.stage.offered(play.olga)

    assert offered >= {command.title for command in COMMANDS}


async def test_f75_every_declared_command_is_answered_privately(play: Play) -> None:
    for command in COMMANDS:
        answered = await play.stage.command(play.olga, command.title, **_options_in(command.example))
        if command.path == ("study", "answer"):
            assert answered.form is not None
            continue
        assert answered.text, command.title
        assert answered.public == (), command.title


def _options_in(example: str) -> dict[str, str]:
    words = [word for word in shlex.split(example.replace("#", "")) if ":" in word]
    return {name: value for name, _, value in (word.partition(":") for word in words) if name != "pack"}


async def test_f75_help_explains_each_command_the_asker_may_call(play: Play) -> None:
    ada = await play.stage.member("Ada")

    hers = await play.stage.command(ada, "/study help")
    olgas = await play.stage.command(play.olga, "/study help")
    one = await play.stage.command(ada, "/study help", command="leaderboard")

    assert all(each.title in olgas.text for each in COMMANDS)
    assert not any(each.title in hers.text for each in COMMANDS if each.who is Who.ORGANISER)
    assert "/leaderboard period:week" in one.text


async def test_f75_an_option_that_completes_offers_what_fits(play: Play) -> None:
    offered = await play.stage.suggested(play.olga, "/study-admin setup", "zone", "berl")
    if offered is None:
        pytest.skip("this platform suggests nothing while a command is typed")

    assert offered == ["Europe/Berlin"]


async def test_x031_somebody_who_left_has_no_name_on_the_board(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")
    await play.answer(ada, GOOD)
    if not await play.stage.leave(ada):
        pytest.skip("nobody can leave for good here")

    board = await play.board(bob)

    assert "10 points (1 answer)" in board
    assert "Ada" not in board


async def test_an_option_that_cannot_be_is_explained(play: Play) -> None:
    said = await play.stage.command(play.olga, "/study-admin pause", until="the day after")

    assert "is not a date I can read" in said.text


# ---------------------------------------------------------------- set-up


async def test_f61_a_set_up_is_shown_privately_before_anything_is_public(play: Play) -> None:
    await play.stage.add_channel("algo")

    preview = await play.preview("algo", time="08:30", days="daily")

    assert preview.private
    assert "This is what I would do; nothing is public yet." in preview.text
    assert "08:30 (Europe/Berlin)" in preview.text
    assert [each for each in await play.stage.channel(play.olga, "algo") if not each.private] == []


async def test_f61_after_the_yes_one_question_is_posted_when_asked_for(play: Play) -> None:
    await play.stage.add_channel("algo")
    preview = await play.preview("algo")

    done = await play.stage.press(play.olga, preview, texts.label_confirm_setup())
    await play.settle()
    before = await play.questions("algo")
    await play.stage.press(play.olga, done.private[-1], texts.label_post_now())
    await play.settle()

    assert "Done. The first question comes on Tue 3 Mar, 09:00" in done.text
    assert before == []
    assert len(await play.questions("algo")) == 1


async def test_f61_the_set_up_form_has_four_questions_with_defaults(play: Play) -> None:
    await play.stage.add_channel("algo")
    before = {each.id for each in await play.stage.private(play.olga)}

    asked = await play.stage.command(play.olga, "/study-admin setup", "algo")
    assert asked.form is not None
    await play.stage.send(play.olga, asked.form, {texts.setup_label_time(): "08:30"})
    await play.settle()

    new = [each for each in await play.stage.private(play.olga) if each.id not in before]
    (preview,) = [each for each in new if texts.label_confirm_setup() in each.buttons]
    assert asked.form.fields[texts.setup_label_time()] == "09:00"
    zone = asked.form.fields[texts.setup_label_zone()]
    assert zone in ("Europe/Berlin", "UTC")  # Discord does not tell where somebody lives
    assert f"08:30 ({zone})" in preview.text
    assert [each for each in await play.stage.channel(play.olga, "algo") if not each.private] == []


async def test_f61_a_set_up_form_that_cannot_be_read_gives_back_what_was_typed(play: Play) -> None:
    asked = await play.stage.command(play.olga, "/study-admin setup")
    assert asked.form is not None

    said = await play.stage.send(play.olga, asked.form, {texts.setup_label_zone(): "Atlantis"})

    assert "Atlantis" in said.text
    assert "Nothing was changed" in said.text


async def test_f61_missing_rights_are_named_one_by_one(play: Play) -> None:
    async for channel, words in play.stage.lacking_places():
        before = {each.id for each in await play.stage.private(play.olga)}
        await play.stage.command(play.olga, "/study-admin setup", channel=channel)
        await play.settle()

        (told,) = [
            each
            for each in await play.stage.private(play.olga)
            if each.id not in before and "I am checking" not in each.text
        ]
        assert "I cannot ask there yet; nothing was changed" in told.text, channel
        assert words in told.text, told.text
        assert texts.label_confirm_setup() not in told.buttons


async def test_f62_organisers_commands_are_refused_privately_to_others(play: Play) -> None:
    ada = await play.stage.member("Ada")
    public = await _public(play)

    for command in COMMANDS:
        if command.who is Who.ORGANISER:
            refused = await play.stage.command(ada, command.title, **_options_in(command.example))
            assert "is for organisers of this group" in refused.text, command.title
            assert refused.public == ()

    await play.settle()
    assert await _public(play) == public


async def test_x098_a_right_that_was_taken_away_a_second_ago_is_gone(play: Play) -> None:
    await play.stage.demote(play.olga)

    refused = await play.stage.command(play.olga, "/study-admin pause")

    assert "is for organisers of this group" in refused.text


async def test_f69_a_failing_channel_does_not_hold_up_another_and_organisers_are_told(play: Play) -> None:
    await play.stage.add_channel("algo")
    await play.set_up("algo")
    healthy = len(await play.questions("algo"))
    await play.stage.lose_rights(STUDY)

    for _ in range(4):
        await play.pass_time(hours=24)

    # Tuesday to Friday; after three failures the channel stands still and is not tried again.
    tried = [item for item in play.line.tried if getattr(item, "channel", None) == play.stage.channel_ref()]
    told = [each for each in await play.stage.private(play.olga) if "I stopped asking in this channel" in each.text]
    assert len(await play.questions("algo")) == healthy + 4
    assert len(tried) <= 10
    assert len(told) == 1
