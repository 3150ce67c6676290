"""The channel is asked again what the group is about to forget, as organisers and members live it (F52)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from appealed import TwiceReviewer
from group import GOOD, FixedQuestions, Study, study
from organised import asked, askings, reply_of, set_up, tick_at
from promises import broken_promises

from bot import texts
from bot.domain.fairness import Why
from bot.domain.incoming import MemberLeft
from bot.domain.outgoing import Action
from bot.domain.refs import Person
from bot.services.recalling import Recalled, to_recall
from bot.shelves import Tx
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WEEKS = 28
LONG = (
    "I would give every client a bucket of tokens that refills steadily, keep the buckets in one shared store, and "
    "take a token by an atomic script, so that all machines count together. score 1.0"
)
ANEW = (
    "From memory: one counter for each caller in Redis, with a key that ends after its window; a script adds one and "
    "says no above the limit, and a sliding window takes the jump away between two of them. score 0.5"
)


async def days(group: Study, number: int) -> None:
    await group.pass_time(timedelta(days=number), timedelta(hours=6))


async def answer(group: Study, *names: str) -> None:
    """These people answer the open question."""
    for name in names:
        await group.write(group.person(name), GOOD)
    await group.settle()


async def asks_again(group: Study) -> None:
    """An organiser wants it; from then on there are more questions than days."""
    await set_up(group, again="on")


def long_pack() -> FixedQuestions:
    return FixedQuestions(count=60)


def labelled(group: Study) -> list[str]:
    """The labels of the posts that have one."""
    lines = [line for each in group.chat.posts() for line in each.text.splitlines()]
    return [line for line in lines if line.startswith("*Asked before")]


async def test_f52_what_the_group_is_about_to_forget_comes_again_in_the_channel_and_says_so(database: Database) -> None:
    async with study(database, questions=long_pack()) as group:
        await asks_again(group)
        await answer(group, "Ada", "Ben", "Cy")
        await days(group, WEEKS - 1)
        early = labelled(group)
        await days(group, 1)
        post = group.chat.posts()[-1].text
        await days(group, 1)

        assert early == []
        assert "Question pack-1**\n\n*Asked before, on Mon 23 Nov: what is still there?*" in post
        assert (await asked(group))[-2:] == ["pack-1", f"pack-{WEEKS + 1}"]
        assert (await askings(group))[-2].asked_before == date(2026, 11, 23)
        assert len(labelled(group)) == 1
        assert await broken_promises(group) == []


@only_sqlite
async def test_f52_it_is_off_until_an_organiser_switches_it_on(database: Database) -> None:
    async with study(database, questions=long_pack()) as group:
        await answer(group, "Ada", "Ben", "Cy")
        await days(group, WEEKS + 2)

        assert len(set(await asked(group))) == WEEKS + 3
        assert labelled(group) == []


@only_sqlite
async def test_f52_what_fewer_than_three_present_members_answered_does_not_come_again(database: Database) -> None:
    async with study(database, questions=long_pack()) as group:
        await asks_again(group)
        await answer(group, "Ada", "Ben")
        await days(group, 1)
        await answer(group, "Ada", "Ben", "Cy")
        await group.receive(MemberLeft(group.person("Cy").user, group.clock.now()))
        await days(group, WEEKS + 2)

        assert labelled(group) == []


@only_sqlite
async def test_f52_at_most_one_daily_question_in_five_is_an_old_one_and_none_comes_by_hand(database: Database) -> None:
    async with study(database, questions=long_pack()) as group:
        await asks_again(group)
        for _ in range(3):
            await answer(group, "Ada", "Ben", "Cy")
            await days(group, 1)
        await days(group, WEEKS - 3)
        for _ in range(2):
            await group.call(group.organiser, "/study-admin post")
            await group.settle()
        await days(group, 11)

        daily = [each for each in await askings(group) if each.slot == "scheduled"]
        assert [number for number, each in enumerate(daily) if each.asked_before] == [WEEKS, WEEKS + 5, WEEKS + 10]
        assert not any(each.asked_before for each in await askings(group) if each.slot != "scheduled")


@only_sqlite
async def test_f52_however_late_in_the_day_it_is_chosen_it_is_the_same(database: Database) -> None:
    async with study(database, questions=long_pack()) as group:
        await asks_again(group)
        for _ in range(3):
            await answer(group, "Ada", "Ben", "Cy")
            await days(group, 1)
        await days(group, WEEKS - 4)
        await tick_at(group, group.clock.now() + timedelta(days=1))
        track = (await group.tracks())[0]
        slot = (await askings(group))[-1]

        def chosen(tx: Tx) -> Recalled | None:
            return to_recall(tx, group.core.memory, group.questions, track, slot)

        in_time = await group.core.storage.read(chosen)
        group.clock.move(hours=5)
        later = await group.core.storage.read(chosen)
        await group.settle()

        assert in_time == later == Recalled("pack-1", date(2026, 11, 23))
        assert (await asked(group))[-1] == "pack-1"
        assert "This one is late" in group.chat.posts()[-1].text


# ---------------------------------------------------------------- points


async def write(group: Study, person: Person, text: str) -> int:
    """What they earn by it."""
    before = await group.points(person)
    await group.write(person, text)
    await group.settle()
    return await group.points(person) - before


async def review(group: Study, person: Person) -> str:
    """Their newest full review."""

    def newest(tx: Tx) -> int:
        member = tx.members.by_user(group.group, person.user)
        posting = tx.asking.open_in(group.group, group.channel)
        assert member is not None
        assert posting is not None
        answered = tx.answers.of(group.group, posting.asking, member.id)
        assert answered is not None
        return answered.id

    id = await group.core.storage.read(newest)
    return reply_of(await group.press(person, Action.FULL_REVIEW, str(id))).text


async def test_f52_a_text_earns_points_once_also_when_it_is_asked_again(database: Database) -> None:
    async with study(database, questions=long_pack(), reviewer=TwiceReviewer()) as group:
        await group.call(group.organiser, "/study-admin health")
        await asks_again(group)
        ada, ben, cy, dot = map(group.person, ("Ada", "Ben", "Cy", "Dot"))
        first = [await write(group, each, text) for each, text in ((ada, LONG), (ben, ANEW))]
        first.append(await write(group, cy, "A short one that says a bit about buckets. score 0.2"))
        await days(group, WEEKS)
        again = [await write(group, each, text) for each, text in ((ada, LONG), (ben, f"{LONG} "), (cy, ANEW[14:]))]
        own_words = await write(group, dot, "Tokens refill and each request takes one of them away. score 1.0")

        assert first == [10, 7, 5]
        assert again == [0, 0, 0]
        assert own_words == 10
        assert (await review(group, ada)).startswith(texts.unscored_line(Why.AGAIN))
        assert (await review(group, ben)).startswith(texts.unscored_line(Why.COPY))
        told = [each.text for each in group.chat.whispers(group.organiser.user) if each.item.key.startswith("notice:")]
        assert told == [texts.notice_unscored(Why.COPY)]
        assert await group.core.storage.read(lambda tx: tx.standings.differences(None)) == 0
        assert await broken_promises(group) == []


@only_sqlite
async def test_f52_who_answers_again_in_new_words_earns_what_any_answer_earns(database: Database) -> None:
    async with study(database, questions=long_pack(), reviewer=TwiceReviewer()) as group:
        await asks_again(group)
        people = [group.person(name) for name in ("Ada", "Ben", "Cy")]
        for person in people:
            await write(group, person, f"{person.name} would begin with a bucket of tokens. score 0.6")
        await days(group, WEEKS)

        assert len(labelled(group)) == 1
        assert await write(group, people[0], ANEW) == 7


# ---------------------------------------------------------------- organisers


@only_sqlite
async def test_f52_organisers_read_how_it_stands_before_and_after(database: Database) -> None:
    async with study(database) as group:
        before = reply_of(await group.call(group.organiser, "/study-admin preview"))
        await asks_again(group)
        preview = group.chat.whispers(group.organiser.user)[-1].text
        after = reply_of(await group.call(group.organiser, "/study-admin preview"))
        await set_up(group, time="10:00")
        kept = (await group.tracks())[0].again
        await set_up(group, again="off")

        assert "about to forget" not in before.text
        assert "- Asked again when the group is about to forget it: `on`" in preview
        assert "One that the group is about to forget may come in place of one of these" in after.text
        assert (kept, (await group.tracks())[0].again) == (True, False)
