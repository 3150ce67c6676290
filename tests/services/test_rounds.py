"""Mock rounds: `/mock`, the private place, follow-ups, wishes, time, and the report (F34-F38, F40, F41)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from fakes import missing
from firms import company, plan
from group import FixedQuestions, Study, question, study
from interview import LONG, Interview, partly
from patience import until

from bot.app import KnownCompanies
from bot.domain.budgets import Spent, unbooked
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import (
    Attachment,
    ButtonPressed,
    MemberLeft,
    MessageEdited,
    MessagePosted,
    MessagesDeleted,
    PlaceGone,
)
from bot.domain.outgoing import Action, OpenRoom, Outgoing, Received, Reply, Say
from bot.domain.reviews import Gate
from bot.domain.rounds import LISTEN_FOR, SILENT_FOR, Probe, RoundState
from bot.services import rounds
from bot.storage.engine import Database

MORE = "And the counters live in Redis, since all servers have to see the same numbers."


@pytest.fixture
async def group(database: Database) -> AsyncIterator[Study]:
    companies = KnownCompanies([company(), company("contoso", (plan("chat"),))])
    async with study(database, questions=FixedQuestions(6), companies=companies) as made:
        yield made


@pytest.fixture
async def ada(group: Study) -> Interview:
    interview = Interview(group)
    await interview.begin()
    return interview


# ---------------------------------------------------------------- opening


async def test_a_round_opens_in_a_private_place_with_its_first_question(group: Study) -> None:
    ada = Interview(group)

    reply = await ada.begin()

    assert isinstance(reply, Reply)
    assert "private place" in reply.text
    _, opened = group.chat.rooms(ada.person.user)[-1]
    assert "an engineer of the team" in opened.text
    assert "Question 1 of 2" in ada.heard[0]
    assert group.chat.posts() == group.chat.posts(group.channel.id)[:1], "nothing of it stands in the channel"


async def test_without_options_it_asks_with_buttons(group: Study) -> None:
    ada = group.person("Ada")

    first = await group.call(ada, "mock")
    assert isinstance(first, Reply)
    second = await group.press(ada, first.buttons[1].action, first.buttons[1].target)
    assert isinstance(second, Reply)
    third = await group.press(ada, second.buttons[0].action, second.buttons[0].target)

    assert [button.label for button in first.buttons] == ["Neutral", "Contoso"]
    assert [button.label for button in second.buttons][-1] == "The whole loop"
    assert isinstance(third, Reply)
    assert "private place" in third.text


async def test_a_second_round_offers_to_resume_or_stop_the_open_one(group: Study, ada: Interview) -> None:
    again = await group.call(ada.person, "mock", company="contoso")

    assert isinstance(again, Reply)
    assert [button.label for button in again.buttons] == ["Resume", "Stop"]
    assert len(group.chat.rooms()) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"company": "nobody"}, "no profile"),
        ({"company": "neutral", "minutes": "soon"}, "5 to 90"),
        ({"company": "neutral", "minutes": "4"}, "5 to 90"),
        ({"company": "neutral", "minutes": "٣٠"}, "5 to 90"),
    ],
)
async def test_an_option_that_says_nothing_is_explained(group: Study, options: dict[str, str], words: str) -> None:
    reply = await group.call(group.person("Ada"), "mock", **options)

    assert isinstance(reply, Reply)
    assert words in reply.text
    assert group.chat.rooms() == []


async def test_where_no_private_place_can_be_opened_the_member_learns_what_to_do(group: Study) -> None:
    def closed(item: Outgoing) -> None:
        if isinstance(item, OpenRoom):
            raise Refused("no direct messages", RefusedBecause.NO_RIGHT)

    group.chat.trouble = closed
    ada = Interview(group)

    await ada.begin()

    assert "Allow direct messages" in group.chat.whispers(ada.person.user)[-1].text
    assert (await ada.latest()).state is RoundState.STOPPED


async def test_a_room_that_arrived_in_the_dark_is_not_opened_twice(group: Study) -> None:
    broken = iter([True])

    def cut(item: Outgoing) -> None:
        if isinstance(item, OpenRoom) and next(broken, False):
            raise NotNow("the line was cut")

    group.chat.after = cut
    ada = Interview(group)

    await ada.begin()
    await group.pass_time(timedelta(minutes=2), timedelta(seconds=10))

    assert len(group.chat.rooms()) == 1
    assert len(ada.heard) == 1


# ---------------------------------------------------------------- answering


async def test_a_follow_up_names_what_was_said_and_aims_at_what_was_not(group: Study, ada: Interview) -> None:
    group.reviewer.script.append(partly("bucket", LONG))

    said = await ada.answer(LONG)

    assert "You said “I would put a token bucket in front of every client" in said
    assert "How would you measure it?" in said
    assert "shared store" not in said, "the rubric is not given away"


async def test_a_complete_answer_leads_to_the_next_question(ada: Interview) -> None:
    said = await ada.answer(LONG)

    assert "Question 2 of 2" in said


async def test_an_answer_in_five_messages_is_one(group: Study, ada: Interview) -> None:
    for part in ("First I would", "take a token bucket", "for each client", "and keep it in Redis", "with a refill"):
        await ada.write(part)
        group.clock.set(group.clock.now() + timedelta(seconds=2))
        await group.settle()
    await ada.think()

    assert len(group.reviewer.asked) == 1
    assert group.reviewer.asked[0].splitlines()[0] == "First I would"
    assert len(ada.heard) == 2


async def test_each_answer_is_acknowledged_at_once_and_a_repeat_is_not_an_answer(group: Study, ada: Interview) -> None:
    message, first = await ada.write(LONG)
    _, second = await ada.write(LONG, message)
    await ada.think()

    assert isinstance(first, Received)
    assert second is None
    assert group.reviewer.asked == [LONG]


@pytest.mark.parametrize("text", ["I don't know", "hmm", "ok", "no idea, sorry"])
async def test_a_non_answer_does_not_advance(group: Study, ada: Interview, text: str) -> None:
    group.reviewer.script.append(missing(question("any"), Gate.DONT_KNOW))

    said = await ada.answer(text)

    assert "hint" in said
    assert (await ada.latest()).floor.position == 0


async def test_what_is_said_while_the_interviewer_thinks_is_thought_over_again(group: Study, ada: Interview) -> None:
    group.reviewer.gate = asyncio.Event()
    await ada.write(LONG)
    group.clock.set(group.clock.now() + LISTEN_FOR + timedelta(seconds=1))
    thinking = asyncio.create_task(group.settle())
    await group.reviewer.begun.wait()

    await ada.write("And I keep the counters in Redis.")
    group.reviewer.gate.set()
    await thinking
    await ada.think()

    assert group.reviewer.asked[-1].endswith("And I keep the counters in Redis.")
    assert len(ada.heard) == 2


async def test_what_comes_while_the_next_question_is_prepared_belongs_to_the_one_before(
    group: Study, ada: Interview
) -> None:
    def slow(item: Outgoing) -> None:
        if isinstance(item, Say):
            raise NotNow("the line is slow")

    group.chat.trouble = slow
    await ada.write(LONG)
    await ada.think()
    await ada.write("And I keep the counters in Redis.")
    group.chat.trouble = lambda item: None
    await group.pass_time(timedelta(minutes=2), timedelta(seconds=10))

    assert "Question 2 of 2" in ada.heard[-1]
    assert group.reviewer.asked == [LONG]
    await ada.say("stop")
    assert group.reviewer.asked[-1] == f"{LONG}\nAnd I keep the counters in Redis."


async def test_who_answers_the_first_question_at_once_is_heard_though_we_do_not_know_yet_that_it_stands_there(
    group: Study,
) -> None:
    def cut(item: Outgoing) -> None:
        if isinstance(item, Say):
            raise NotNow("the line was cut")

    ada = Interview(group)
    group.chat.trouble = cut
    await ada.begin()
    await ada.write(LONG)
    group.chat.trouble = lambda item: None
    await group.pass_time(timedelta(minutes=2), timedelta(seconds=10))

    assert group.reviewer.asked == [LONG]
    assert len(ada.heard) == 2


async def test_in_strict_mode_no_feedback_comes_before_the_end(group: Study) -> None:
    ada, bea = Interview(group), Interview(group, "Bea")
    await ada.begin(mode="strict")
    await bea.begin(mode="coach")
    group.reviewer.script.extend([partly("bucket", LONG), partly("bucket", LONG)])

    assert "Coach:" not in await ada.answer(LONG)
    assert "Coach:" in await bea.answer(LONG)


@dataclass
class Wording:
    """Words follow-ups as it was told to."""

    says: str | Exception

    async def follow_up(self, probe: Probe, *, spent: Spent = unbooked) -> str:
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.mark.parametrize(
    ("says", "said"),
    [
        ("“a token bucket in front of every client” it is. And when one of them dies?", True),
        ("You are hired! What do you say to that?", False),
        (NotNow("away"), False),
        (Refused("no"), False),
    ],
)
async def test_a_models_wording_is_said_only_when_it_passes(
    database: Database, says: str | Exception, said: bool
) -> None:
    companies = KnownCompanies([company()])
    async with study(database, questions=FixedQuestions(6), companies=companies, interviewer=Wording(says)) as group:
        ada = Interview(group)
        await ada.begin(mode="strict")
        group.reviewer.script.append(partly("bucket", LONG))

        heard = await ada.answer(LONG)

    assert ("when one of them dies?" in heard) is said
    assert ("How would you measure it?" in heard) is not said


async def test_an_outage_of_the_reviewer_in_mid_round_changes_nothing(group: Study, ada: Interview) -> None:
    group.reviewer.script.append(NotNow("away"))

    said = await ada.answer(LONG)

    assert said != ada.heard[0]
    assert (await ada.latest()).state is RoundState.OPEN


@pytest.mark.fault(60)
async def test_x060_while_the_interviewer_thinks_the_typing_sign_is_renewed(group: Study, ada: Interview) -> None:
    group.chat.traits = replace(group.chat.traits, typing_seconds=2.1)
    group.reviewer.gate = asyncio.Event()
    await ada.write(LONG)

    thinking = asyncio.create_task(ada.think())
    await until(lambda: len(group.chat.typed) > 2)
    group.reviewer.gate.set()
    await thinking
    signs = len(group.chat.typed)
    await asyncio.sleep(0.3)

    assert set(group.chat.typed) == {ada.room}
    assert len(group.chat.typed) == signs
    assert len(ada.heard) == 2


# ---------------------------------------------------------------- wishes


async def test_hints_become_more_specific_and_end(ada: Interview) -> None:
    hints = [await ada.say("hint"), await ada.say("Hint please"), await ada.say("hint!"), await ada.say("hint")]

    assert "What could run out first?" in hints[0]
    assert "Tokens refill." in hints[2]
    assert "no more hints" in hints[3]


async def test_skip_goes_on_and_the_last_skip_ends_the_round(group: Study, ada: Interview) -> None:
    await ada.answer(LONG)

    await ada.say("skip")

    assert "That was my last question." in ada.heard[1 + 1]
    assert (await ada.latest()).state is RoundState.DONE


async def test_time_repeat_and_status_change_nothing(group: Study, ada: Interview) -> None:
    group.clock.set(group.clock.now() + timedelta(minutes=5))

    assert "15 minutes of 20" in await ada.say("how much time is left?")
    assert await ada.say("repeat") == ada.heard[0]
    assert "question 1 of 2" in await ada.say("status")
    assert group.reviewer.asked == []


async def test_a_paused_round_stops_its_clock_and_goes_on_where_it_was(group: Study, ada: Interview) -> None:
    assert "Paused" in await ada.say("pause")
    group.clock.set(group.clock.now() + timedelta(days=3))
    await group.settle()

    reply = await group.call(ada.person, "mock", action="resume")
    await group.settle()

    assert isinstance(reply, Reply)
    assert ada.heard[0] in ada.heard[-1]
    assert "About 20 minutes" in await ada.say("time")


async def test_an_answer_right_before_a_pause_is_thought_about_after_it(group: Study, ada: Interview) -> None:
    await ada.write(LONG)
    await ada.say("pause")
    await ada.think()
    assert group.reviewer.asked == []

    await ada.say("resume")
    await ada.think()

    assert group.reviewer.asked == [LONG]
    assert "Question 2 of 2" in ada.heard[-1]


async def test_an_answer_that_is_told_again_does_not_end_a_pause(group: Study, ada: Interview) -> None:
    message, _ = await ada.write(LONG)
    await ada.think()
    await ada.say("pause")

    _, again = await ada.write(LONG, message)
    await group.settle()

    assert again is None
    assert (await ada.latest()).state is RoundState.PAUSED


async def test_what_was_written_before_a_pause_and_comes_late_does_not_end_it(group: Study, ada: Interview) -> None:
    late = MessagePosted(group.new_message(ada.room), ada.room, ada.person, LONG, group.clock.now())
    group.clock.set(group.clock.now() + timedelta(minutes=1))
    await ada.say("pause")

    await group.receive(late)
    assert (await ada.latest()).state is RoundState.PAUSED

    assert "Welcome back" in await ada.say("resume")
    await ada.think()
    assert group.reviewer.asked == [LONG]


async def test_what_was_written_before_a_follow_up_and_comes_late_is_no_answer_to_it(
    group: Study, ada: Interview
) -> None:
    group.reviewer.script.append(partly("bucket", LONG))
    written_at = group.clock.now()
    await ada.answer(LONG)
    late = MessagePosted(group.new_message(ada.room), ada.room, ada.person, MORE, written_at)

    await group.receive(late)
    await ada.think()
    heard = len(ada.heard)
    await ada.say("stop")

    assert heard == 2, "the interviewer waits for an answer to the follow-up"
    assert group.reviewer.asked[-1] == f"{LONG}\n{MORE}"


@pytest.mark.parametrize(("seconds", "is_answer"), [(1, False), (10, True)])
async def test_a_question_that_may_stand_there_unknown_to_us_can_be_answered(
    group: Study, ada: Interview, seconds: int, is_answer: bool
) -> None:
    def away(item: Outgoing) -> None:
        raise NotNow("nobody knows what became of it")

    group.chat.trouble = away
    await ada.answer(LONG)
    group.clock.move(seconds=seconds)
    await ada.write(MORE)
    group.chat.trouble = lambda item: None
    await group.pass_time(timedelta(minutes=1), timedelta(seconds=5))

    assert (MORE in group.reviewer.asked) is is_answer
    assert sum("Question 2 of 2" in text for text in ada.heard) == 1


async def test_a_press_that_is_delivered_twice_takes_one_hint(group: Study, ada: Interview) -> None:
    round = await ada.latest()
    at = group.clock.now()
    press = ButtonPressed(Action.ROUND_HINT, str(round.id), ada.person, group.channel, "one press", at, thread=ada.room)

    for _ in range(2):
        await group.receive(press)
    await group.settle()

    assert sum("Hint" in text for text in ada.heard) == 1


async def test_a_second_click_under_a_question_that_is_done_skips_nothing_more(group: Study, ada: Interview) -> None:
    round = await ada.latest()
    under_the_first = rounds.target_of(round.id, round.asked_by)
    first, second = [await ada.press(Action.ROUND_SKIP, under_the_first) for _ in range(2)]

    assert first is None
    assert isinstance(second, Reply)
    assert "earlier question" in second.text
    assert "Question 2 of 2" in ada.heard[-1]
    assert (await ada.latest()).state is RoundState.OPEN


CODE = Attachment("limiter.py", 100, "ref")


async def attach(group: Study, ada: Interview, text: str, *files: Attachment) -> None:
    await group.receive(
        MessagePosted(group.new_message(ada.room), ada.room, ada.person, text, group.clock.now(), files=files)
    )
    await group.settle()


@pytest.mark.parametrize("text", ["", "This is how I would write it:"])
async def test_a_code_file_is_an_answer(group: Study, ada: Interview, text: str) -> None:
    group.chat.files["ref"] = b"def allow(client):\n    return bucket(client).take()\n"

    await attach(group, ada, text, CODE)
    await ada.think()

    [asked] = group.reviewer.asked
    assert asked.startswith(text)
    assert "limiter.py:\n```py\ndef allow(client):" in asked
    assert "Question 2 of 2" in ada.heard[-1]


async def test_the_interviewer_waits_for_a_file_as_long_as_the_platform_is_away(group: Study, ada: Interview) -> None:
    group.chat.files["ref"] = NotNow("away")
    await ada.write(LONG)
    await attach(group, ada, "", CODE)
    await ada.think()
    before = list(group.reviewer.asked)

    group.chat.files["ref"] = b"x = 1"
    await group.pass_time(timedelta(minutes=1), timedelta(seconds=5))

    assert before == []
    assert group.reviewer.asked == [f"{LONG}\nlimiter.py:\n```py\nx = 1\n```"]


@pytest.mark.parametrize("name", ["picture.png", "gone.py"])
async def test_a_file_that_cannot_be_read_is_named_and_what_was_said_counts(
    group: Study, ada: Interview, name: str
) -> None:
    await attach(group, ada, LONG, Attachment(name, 100, "nowhere"))
    await ada.think()

    assert any(f"could not read “{name}”" in text for text in ada.heard)
    assert group.reviewer.asked == [LONG]


async def test_a_file_without_words_that_cannot_be_read_is_no_answer(group: Study, ada: Interview) -> None:
    await attach(group, ada, "", Attachment("picture.png", 100, "nowhere"))
    await ada.think()

    assert group.reviewer.asked == []
    assert "could not read" in ada.heard[-1]


async def test_a_message_that_is_deleted_while_its_file_is_read_is_gone(group: Study, ada: Interview) -> None:
    group.chat.files["ref"] = NotNow("away")
    message = group.new_message(ada.room)
    await group.receive(MessagePosted(message, ada.room, ada.person, LONG, group.clock.now(), files=(CODE,)))
    await group.settle()

    await group.receive(MessagesDeleted((message,), group.clock.now()))
    group.chat.files["ref"] = b"x = 1"
    await group.pass_time(timedelta(minutes=1), timedelta(seconds=10))

    assert group.reviewer.asked == []


async def test_a_report_waits_for_the_last_file(group: Study, ada: Interview) -> None:
    group.chat.files["ref"] = NotNow("away")
    await attach(group, ada, "", CODE)
    await ada.say("stop")

    group.chat.files["ref"] = b"x = 1"
    await group.pass_time(timedelta(minutes=1), timedelta(seconds=5))

    assert "Report" in ada.heard[-1]
    assert group.reviewer.asked == ["limiter.py:\n```py\nx = 1\n```"]


async def test_the_same_account_name_in_another_workspace_is_somebody_else(group: Study, ada: Interview) -> None:
    round = await ada.latest()
    stranger = replace(ada.person, user=replace(ada.person.user, workspace="elsewhere"))

    await group.receive(
        MessagePosted(
            group.new_message(ada.room),
            replace(ada.room, workspace="elsewhere"),
            stranger,
            LONG,
            group.clock.now(),
        )
    )
    reply = await group.press(stranger, Action.ROUND_STOP, str(round.id))
    await group.settle()

    assert isinstance(reply, Reply)
    assert len(ada.heard) == 1
    assert (await ada.latest()).state is RoundState.OPEN


async def test_a_button_in_the_private_place_does_what_the_word_does(ada: Interview) -> None:
    assert await ada.press(Action.ROUND_HINT) is None
    assert "What could run out first?" in ada.heard[-1]


async def test_nobody_presses_the_buttons_of_others(group: Study, ada: Interview) -> None:
    round = await ada.latest()

    reply = await group.press(group.person("Mallory"), Action.ROUND_STOP, str(round.id))

    assert isinstance(reply, Reply)
    assert (await ada.latest()).state is RoundState.OPEN


# ---------------------------------------------------------------- time, places, people


async def test_when_the_time_is_up_the_round_closes_politely(group: Study, ada: Interview) -> None:
    await ada.answer(LONG)

    for _ in range(5):
        group.clock.set(group.clock.now() + timedelta(minutes=4))
        await ada.write("time")
        await group.settle()

    assert any("Our time is up" in text for text in ada.heard)
    assert (await ada.latest()).state is RoundState.DONE


async def test_after_a_long_silence_the_round_pauses_by_itself(group: Study, ada: Interview) -> None:
    await group.pass_time(SILENT_FOR + timedelta(minutes=1), timedelta(minutes=1))

    assert "stopped the clock" in ada.heard[-1]
    assert (await ada.latest()).state is RoundState.PAUSED

    await ada.answer(LONG)
    assert (await ada.latest()).state is RoundState.OPEN


async def test_a_deleted_private_place_is_replaced_on_resume(group: Study, ada: Interview) -> None:
    await group.receive(PlaceGone(ada.room, group.clock.now()))

    await group.call(ada.person, "mock", action="resume")
    await group.settle()

    assert len(group.chat.rooms()) == 2
    assert "Question 1 of 2" in ada.heard[-1]


async def test_whoever_leaves_has_no_open_round(group: Study, ada: Interview) -> None:
    await group.receive(MemberLeft(ada.person.user, group.clock.now()))

    assert (await ada.latest()).state is RoundState.STOPPED


async def test_nothing_of_a_round_counts_on_the_board(group: Study, ada: Interview) -> None:
    await ada.answer(LONG)
    await ada.say("stop")

    assert await group.points(ada.person) == 0


# ---------------------------------------------------------------- the report


async def test_the_report_names_scores_quotes_drills_and_what_it_is(group: Study, ada: Interview) -> None:
    group.reviewer.script.extend([partly("bucket", LONG), partly("bucket", LONG)])
    await ada.answer(LONG)

    await ada.say("stop")

    report = ada.heard[-1]
    assert "Backend: **" in report
    assert "“I would put a token bucket" in report
    assert "Keeps counters in a shared store" in report
    assert report.count("\n- ") >= 5
    assert "Two drills" in report
    assert "practice signal, not a hiring decision" in report


async def test_an_edit_counts_in_the_report(group: Study, ada: Interview) -> None:
    message, _ = await ada.write("Nothing much about this at all, really.")
    await ada.think()
    group.reviewer.script.clear()

    await group.receive(MessageEdited(message, ada.room, ada.person, LONG, group.clock.now()))
    await ada.say("stop")

    assert group.reviewer.asked[-1] == LONG


async def test_a_round_in_which_nothing_was_said_has_no_report(ada: Interview) -> None:
    await ada.say("stop")

    assert "nothing to write a report about" in ada.heard[-1]
    assert (await ada.latest()).state is RoundState.STOPPED


async def test_a_report_waits_for_a_reviewer_that_is_away_and_says_so_once(group: Study, ada: Interview) -> None:
    await ada.answer(LONG)
    await ada.write("One more thought about the counters in Redis.")
    group.reviewer.script.extend([NotNow("away"), NotNow("busy", after=5), NotNow("away")])
    await ada.say("stop")
    await group.settle()

    assert ada.heard[-1].startswith("The reviewer is away")
    await group.pass_time(timedelta(minutes=10), timedelta(seconds=30))

    assert sum(text.startswith("The reviewer is away") for text in ada.heard) == 1
    assert "Report" in ada.heard[-1]


async def test_history_shows_ones_own_rounds_only(group: Study, ada: Interview) -> None:
    await ada.answer(LONG)
    await ada.say("stop")

    own = await group.call(ada.person, "mock", action="history")
    other = await group.call(group.person("Bea"), "mock", action="history")

    assert isinstance(own, Reply)
    assert "Neutral, Design" in own.text
    assert isinstance(other, Reply)
    assert "not finished a round" in other.text
