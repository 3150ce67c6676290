"""Hidden answers: nobody reads the others' before answering or the close (F13); the best are quoted by consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from appealed import button, full_review, try_again
from fakes import covering, missing
from group import GOOD, Study, study
from organised import reply_of, set_up

from bot import texts
from bot.domain.incoming import MessagePosted
from bot.domain.outgoing import Action, Edit, Form, Post, Reply, Say, Whisper
from bot.domain.refs import Person
from bot.storage.engine import Database

ADAS = "A leaky bucket smooths the bursts before they reach the workers."
BOBS = "Sliding windows count requests more fairly than fixed windows do."
DAY = timedelta(hours=24, minutes=1)


async def hidden(group: Study) -> None:
    """From the next question on answers are hidden; and that question is there."""
    await set_up(group, answers="hidden")
    await group.call(group.organiser, "/study-admin post")
    await group.settle()


def heard(group: Study, person: Person) -> str:
    """All that the chat has shown this person: what stands where all read it, and private words."""
    words = []
    for item in group.chat.delivered:
        if isinstance(item, Post | Say | Edit) or (isinstance(item, Whisper) and item.user == person.user):
            words.append(item.text)
    return "\n".join(words)


async def read(group: Study, person: Person) -> Reply:
    return reply_of(await group.press(person, Action.READ_ANSWERS, str((await group.posting()).id)))


async def consent(group: Study, person: Person, action: Action = Action.SHOW_AT_CLOSE) -> Reply:
    """Presses the button under the newest full review."""
    shown = [each.item for each in group.chat.whispers(person.user) if each.item.key.startswith("full:")]
    button = next(each for each in shown[-1].buttons if each.action is Action.SHOW_AT_CLOSE)
    return reply_of(await group.press(person, action, button.target))


# ---------------------------------------------------------------- before the close


async def test_the_preview_and_the_question_say_that_answers_are_hidden(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)

        preview = group.chat.whispers(group.organiser.user)[-1].text
        assert "Answers: `hidden`" in preview
        assert "Answer with the button, please, not in the thread" in group.chat.posts()[-1].text
        assert "Answer in the thread or with the button" in group.chat.posts()[0].text


async def test_f13_no_call_shows_an_answer_to_somebody_who_has_not_answered(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        ada, bob, carl = map(group.person, ("Ada", "Bob", "Carl"))

        await group.send_form(ada, ADAS)
        await group.settle()
        await group.send_form(ada, f"{ADAS} They queue.")
        await group.settle()
        await group.send_form(bob, BOBS)
        await group.settle()

        for reader in (carl, group.organiser):
            assert "leaky" not in heard(group, reader)
            assert "Sliding" not in heard(group, reader)
        assert "Sliding" not in heard(group, ada)
        assert group.chat.comments() == []
        assert (await read(group, carl)).text == texts.answer_first()
        assert reply_of(await group.call(carl, "/study answers")).text == texts.answer_first()


async def test_the_full_review_goes_to_its_author_alone(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        ada = group.person("Ada")

        receipt = reply_of(await group.send_form(ada, ADAS))
        await group.settle()

        (review,) = [each for each in group.chat.whispers(ada.user) if each.item.key.startswith("full:")]
        assert "10 of 10" in review.text
        assert texts.reading_makes_final() in receipt.text
        assert [each.action for each in receipt.buttons] == [
            Action.FULL_REVIEW,
            Action.READ_ANSWERS,
            Action.NOT_AN_ANSWER,
        ]
        again = reply_of(await group.press(ada, Action.FULL_REVIEW, receipt.buttons[0].target))
        assert "10 of 10" in again.text


async def test_f13_who_has_answered_reads_the_others(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        ada, bob = group.person("Ada"), group.person("Bob")
        await group.send_form(ada, f"{ADAS} @everyone")
        await group.send_form(bob, BOBS)

        shown = await read(group, bob)

        assert "leaky bucket" in shown.text
        assert "Ada" in shown.text
        assert "@everyone" not in shown.text
        assert "Sliding" not in shown.text, "one's own is not among the others'"
        assert "leaky bucket" in reply_of(await group.call(bob, "/study answers")).text


async def test_who_is_hidden_on_the_board_is_read_without_a_name(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        ada, bob = group.person("Ada"), group.person("Bob")
        await group.send_form(ada, ADAS)
        await group.press(ada, Action.HIDE_ME)
        await group.send_form(bob, BOBS)

        shown = await read(group, bob)

        assert "leaky bucket" in shown.text
        assert "Ada" not in shown.text


async def test_long_answers_are_read_page_by_page(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        ada, bob = group.person("Ada"), group.person("Bob")
        long = " ".join(f"word{number}" for number in range(800))
        await group.send_form(ada, long)
        await group.send_form(bob, BOBS)

        pages = [await read(group, bob)]
        while pages[-1].buttons:
            button = pages[-1].buttons[0]
            pages.append(reply_of(await group.press(bob, button.action, button.target)))

        assert len(pages) > 2
        assert all(len(page.text) <= 2000 for page in pages)
        assert all(f"word{number}" in "".join(page.text for page in pages) for number in range(800))


async def test_after_reading_ones_own_answer_is_final(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        ada, bob = group.person("Ada"), group.person("Bob")
        await group.send_form(ada, ADAS)
        await group.send_form(bob, BOBS)
        form = await group.press(bob, Action.ANSWER, str((await group.posting()).id))
        await read(group, bob)

        copied = reply_of(await group.send_form(bob, ADAS))
        refused = await group.press(bob, Action.ANSWER, str((await group.posting()).id))

        assert isinstance(form, Form)
        assert copied.text.startswith(texts.read_so_final())
        assert ADAS.split(".")[0] in copied.text, "what was typed is given back"
        assert reply_of(refused).text == texts.read_so_final()


async def test_taking_the_answer_back_after_reading_does_not_open_a_second_try(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        ada, bob = group.person("Ada"), group.person("Bob")
        await group.send_form(ada, ADAS)
        receipt = reply_of(await group.send_form(bob, BOBS))
        await read(group, bob)
        await group.press(bob, Action.NOT_AN_ANSWER, receipt.buttons[-1].target)

        again = reply_of(await group.send_form(bob, ADAS))
        await group.settle()

        assert again.text.startswith(texts.read_so_final())
        assert (await read(group, bob)).text == texts.answer_first()
        assert await group.points(bob) == 0


async def test_after_reading_no_second_attempt_can_copy(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        ada, bob = group.person("Ada"), group.person("Bob")
        await group.send_form(ada, ADAS)
        await group.send_form(bob, BOBS)
        await group.settle()
        target = button(await full_review(group, bob, 2), Action.TRY_AGAIN).target
        form = await group.press(bob, Action.TRY_AGAIN, target)
        await read(group, bob)

        copied = await try_again(group, bob, ADAS, 2)
        refused = await group.press(bob, Action.TRY_AGAIN, target)

        assert isinstance(form, Form)
        assert copied.text.startswith(texts.read_so_final())
        assert reply_of(refused).text == texts.read_so_final()


# ---------------------------------------------------------------- in the thread


async def test_an_answer_in_the_thread_is_not_counted_and_its_author_told_of_the_form_once_a_day(
    database: Database,
) -> None:
    async with study(database) as group:
        await hidden(group)
        ada = group.person("Ada")

        message, said = await group.write(ada, GOOD)
        await group.settle()
        await group.edit(ada, message, f"{GOOD} And more.")
        await group.write(ada, ADAS)
        await group.settle()

        told = [each for each in group.chat.whispers(ada.user) if each.item.key.startswith("useform:")]
        assert said is None
        assert [each.text for each in told] == [texts.answer_with_the_form()]
        assert [each.action for each in told[0].item.buttons] == [Action.ANSWER]
        assert group.reviewer.asked == []
        counted = await group.press(ada, Action.COUNT_AS_ANSWER, message=message, text=GOOD, author=ada.user)
        assert reply_of(counted).text == texts.hidden_takes_forms()


async def test_talk_in_the_thread_is_left_alone(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)

        await group.write(group.person("Ada"), "good morning")
        await group.settle()

        assert not [each for each in group.chat.whispers() if each.item.key.startswith("useform:")]


async def test_a_message_that_came_before_its_thread_was_known_is_no_answer_either(database: Database) -> None:
    async with study(database) as group:
        await set_up(group, answers="hidden")
        ada = group.person("Ada")
        await group.call(group.organiser, "/study-admin post")
        number = len(group.chat.standing) + 1
        thread = replace(await group.thread(), id=f"tm{number}")
        event = MessagePosted(group.new_message(thread), thread, ada, GOOD, group.clock.now())

        await group.receive(event)
        await group.settle()

        assert (await group.thread()).id == thread.id
        assert group.reviewer.asked == []


# ---------------------------------------------------------------- the close


async def closed(group: Study) -> None:
    await group.pass_time(timedelta(days=7, minutes=20), step=timedelta(hours=12))


async def test_at_the_close_all_answers_are_open(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        posting, thread = await group.posting(), await group.thread()
        people = [group.person(f"Member{number}") for number in range(10)]
        for number, person in enumerate(people):
            await group.send_form(person, f"Answer number{number} is a token bucket with a steady refill.")

        await closed(group)

        said = [each for each in group.chat.said(thread) if each.item.key.startswith("answers:")]
        words = "\n".join(each.text for each in said)
        assert len(said) <= 3
        assert all(f"number{number}" in words for number in range(8))
        assert "And 2 more" in words
        stranger = group.person("Stranger")
        assert "number9" in reply_of(await group.press(stranger, Action.READ_ANSWERS, str(posting.id))).text
        assert [each.action for each in said[-1].item.buttons] == [Action.READ_ANSWERS]


async def test_f15_an_answer_taken_back_after_the_close_goes_from_what_was_opened(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        thread = await group.thread()
        ada, bob = group.person("Ada"), group.person("Bob")
        receipt = reply_of(await group.send_form(ada, ADAS))
        await group.send_form(bob, BOBS)
        await closed(group)

        await group.press(ada, Action.NOT_AN_ANSWER, receipt.buttons[-1].target)
        await group.settle()

        words = "\n".join(each.text for each in group.chat.said(thread))
        assert "leaky" not in words
        assert "Sliding" in words


async def test_where_nobody_answered_the_close_opens_nothing(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        thread = await group.thread()

        await closed(group)

        assert [each.item.key.split(":")[0] for each in group.chat.said(thread)] == ["close"]


async def test_a_late_answer_is_shown_like_any_other(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        posting, thread = await group.posting(), await group.thread()
        await closed(group)

        await group.send_form(group.person("Ada"), ADAS, target=str(posting.id))
        await group.settle()

        keys = [each.item.key.split(":")[0] for each in group.chat.said(thread)]
        assert keys == ["close", "shown", "comment"]


async def test_a_question_that_promised_to_hide_answers_keeps_it_when_the_setting_changes(database: Database) -> None:
    async with study(database) as group:
        await hidden(group)
        await set_up(group, answers="open")

        await group.send_form(group.person("Ada"), ADAS)
        await group.settle()

        assert group.chat.said(await group.thread()) == []


# ---------------------------------------------------------------- the best, by consent


async def test_the_best_of_those_who_agreed_are_quoted_at_the_close_without_a_score(database: Database) -> None:
    async with study(database) as group:
        thread = await group.thread()
        question = group.questions.packs["pack"][0]
        for number, credit in enumerate((0.95, 0.9, 1.0, 0.2)):
            person, text = group.person(f"Member{number}"), f"Answer number{number} is a token bucket, always."
            group.reviewer.script.append(covering(question, text, credit))
            await group.send_form(person, text)
            await group.settle()
            if credit > 0.7:
                await consent(group, person)

        await closed(group)

        best = [each.text for each in group.chat.said(thread) if each.item.key.startswith("best:")]
        assert ["number2" in best[0], "number0" in best[1], len(best)] == [True, True, 2]
        assert "Member2" in best[0]
        assert not any("of 10" in each for each in best)


async def test_nobody_is_quoted_who_was_not_asked_or_said_no(database: Database) -> None:
    async with study(database) as group:
        thread = await group.thread()
        ada, bob = group.person("Ada"), group.person("Bob")
        for person in (ada, bob):
            await group.send_form(person, GOOD)
        await group.settle()
        await consent(group, ada)
        await consent(group, ada, Action.KEEP_MINE)

        await closed(group)

        assert not [each for each in group.chat.said(thread) if each.item.key.startswith("best:")]
        late = reply_of(await group.press(ada, Action.SHOW_AT_CLOSE, "1"))
        assert late.text == texts.closed_for_consent()


async def test_nobody_agrees_for_somebody_else(database: Database) -> None:
    async with study(database) as group:
        thread = await group.thread()
        await group.send_form(group.person("Ada"), GOOD)
        await group.send_form(group.person("Bob"), GOOD)
        await group.settle()

        said = reply_of(await group.press(group.person("Bob"), Action.SHOW_AT_CLOSE, "1"))
        await closed(group)

        assert said.text == texts.not_found()
        assert not [each for each in group.chat.said(thread) if each.item.key.startswith("best:")]


@pytest.mark.parametrize("hide", [True, False])
async def test_a_quoted_answer_names_its_author_unless_hidden(database: Database, hide: bool) -> None:
    async with study(database) as group:
        thread, ada = await group.thread(), group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()
        await consent(group, ada)
        if hide:
            await group.press(ada, Action.HIDE_ME)

        await closed(group)

        (best,) = [each for each in group.chat.said(thread) if each.item.key.startswith("best:")]
        assert ("Ada" in best.text) is not hide


async def test_consent_ends_with_the_answer_it_was_for(database: Database) -> None:
    async with study(database) as group:
        thread, ada = await group.thread(), group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await consent(group, ada)
        await group.delete(message)
        await group.write(ada, ADAS)

        await closed(group)

        assert not [each for each in group.chat.said(thread) if each.item.key.startswith("best:")]


async def test_f15_a_quoted_answer_that_is_taken_back_goes(database: Database) -> None:
    async with study(database) as group:
        thread, ada = await group.thread(), group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await consent(group, ada)
        await closed(group)
        before = [each.item.key for each in group.chat.said(thread)]

        await group.delete(message)
        await group.settle()

        assert any(key.startswith("best:") for key in before)
        assert [each.item.key.split(":")[0] for each in group.chat.said(thread)] == ["close"]


async def test_a_poor_answer_is_not_asked_for_consent(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(missing(group.questions.packs["pack"][0]))
        await group.write(ada, GOOD)
        await group.settle()

        shown = [each.item for each in group.chat.whispers(ada.user) if each.item.key.startswith("full:")]
        assert Action.SHOW_AT_CLOSE not in {each.action for each in shown[-1].buttons}
