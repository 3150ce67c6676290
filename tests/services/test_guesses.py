"""Guesses as members make them: with an answer, before its score, and for their own eyes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dashboards import serving
from fakes import covering
from group import GOOD, PLATFORM, Study, study
from organised import reply_of
from studyroom import free_port

from bot.domain.errors import NotNow
from bot.domain.incoming import FormSent
from bot.domain.outgoing import Action, Form, FormKind, Immediate
from bot.domain.refs import Person
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = timedelta(days=1)


async def send(group: Study, person: Person, guess: str, text: str = GOOD) -> Immediate:
    target, now = str((await group.posting()).id), group.clock.now()
    fields, sending = {"answer": text, "guess": guess}, f"f-{person.name}-{guess}-{len(text)}-{now:%d%H%M%S}"
    return await group.receive(FormSent(FormKind.ANSWER, target, person, group.channel, fields, sending, now))


async def worth(group: Study, credit: float) -> None:
    """The next review gives this score."""
    question = group.questions.question("pack-1")
    assert question is not None
    group.reviewer.script.append(covering(question, GOOD, credit))


async def full_review(group: Study, person: Person) -> str:
    newest = await group.core.storage.read(
        lambda tx: tx.answers.latest_of(group.group, tx.members.by_user(group.group, person.user).id, 1)  # type: ignore[union-attr]
    )
    return reply_of(await group.press(person, Action.FULL_REVIEW, str(newest[0][0].id))).text


async def test_f53_a_guess_before_the_score_is_compared_in_the_full_review(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await worth(group, 0.55)

        receipt = reply_of(await send(group, ada, "7")).text
        await group.settle()

        assert "Your guess, 7 of 10, is kept" in receipt
        assert "Your guess:** 7, and it was 5.5." in await full_review(group, ada)
        assert not any("guess" in each.text for each in group.chat.said())


@only_sqlite
async def test_f53_nobody_has_to_guess_and_words_are_no_guess(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")

        silent = reply_of(await send(group, ada, "")).text
        unread = reply_of(await send(group, ben, "<@everyone> great")).text
        await group.settle()

        assert "guess" not in silent
        assert "could not read your guess" in unread
        assert "everyone" not in unread
        assert "guess" not in await full_review(group, ada) + await full_review(group, ben)


@only_sqlite
async def test_f53_after_the_score_no_guess_counts(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await send(group, ada, "")
        await group.settle()

        form = await group.press(ada, Action.ANSWER, str((await group.posting()).id))
        same = reply_of(await send(group, ada, "10")).text
        other = reply_of(await send(group, ada, "10", f"{GOOD} And one more thing.")).text
        await group.settle()

        assert isinstance(form, Form)
        assert [field.name for field in form.fields] == ["answer"]
        assert "known already" in same
        assert "known already" in other
        assert "guess" not in await full_review(group, ada)


@only_sqlite
async def test_f53_while_the_reviewer_is_away_a_guess_may_be_changed(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(NotNow("away"))
        await send(group, ada, "7")
        await group.settle()

        form = await group.press(ada, Action.ANSWER, str((await group.posting()).id))
        await send(group, ada, "9")
        await group.pass_time(timedelta(minutes=1), timedelta(seconds=20))

        assert isinstance(form, Form)
        assert [field.value for field in form.fields] == [GOOD, "7"]
        assert "Your guess:** 9, and it was 10." in await full_review(group, ada)


@only_sqlite
async def test_f53_three_guesses_tell_how_well_one_knows_ones_answers(database: Database) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    async with study(database, dashboards={PLATFORM: address}) as group, serving(group, port, address) as desk:
        ada, ben = group.person("Ada"), group.person("Ben")
        said = []
        for _ in range(3):
            await worth(group, 0.5)
            await send(group, ada, "8")
            await group.settle()
            said.append(reply_of(await group.call(ada, "/study progress")).text)
            await group.pass_time(DAY, DAY)
        others = reply_of(await group.call(ben, "/study progress")).text
        async with desk.browser(ada) as client:
            page = (await client.get("/dashboard/progress")).text

        told = "your last 3 guesses you were 3.0 points too hopeful"
        assert ["guess" in each for each in said] == [False, False, True]
        assert told in said[-1]
        assert told in page
        assert "guess" not in others


@only_sqlite
async def test_a_withdrawn_answer_takes_its_guess_along(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await send(group, ada, "7")
        await group.settle()
        newest = await group.core.storage.read(lambda tx: tx.answers.latest_of(group.group, 1, 1))

        await group.press(ada, Action.NOT_AN_ANSWER, str(newest[0][0].id))

        left = await group.core.storage.read(lambda tx: tx.guesses.newest(group.group, 1, 5))
        assert left == []
