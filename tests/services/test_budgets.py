"""What reviews may cost: budgets and books that are kept, and members who do not stand in each other's way."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

import pytest
from fakes import ScriptedReviewer, covering
from group import GOOD, FixedQuestions, Study, study
from joined import code_of, two_communities
from packshelf import shipped_packs
from patience import until
from promises import broken_promises

from bot import texts
from bot.domain.budgets import MOST_AN_HOUR, MOST_UNDER_WAY, Amount, Costs, Spent, Usage, today, unbooked
from bot.domain.errors import NotNow
from bot.domain.fairness import Why
from bot.domain.outgoing import Action, Reply
from bot.domain.questions import Question
from bot.domain.refs import Person, ThreadRef
from bot.domain.reviews import Review, Versions
from bot.packs import content_root
from bot.packs.prices import load_costs
from bot.reviewers.llm.reviewer import DEFAULT_MODEL
from bot.services import budgets
from bot.shelves import Total, Tx
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CALL = Usage("a-model", 700, 300)
#: Room for ten calls: what is set aside for one is a little more than it uses.
TEN_CALLS = "10500tokens"


@dataclass(slots=True)
class PaidReviewer(ScriptedReviewer):
    """Each call uses a thousand tokens, whatever comes of it. It may tell of them and then fail, or hang."""

    kept_under: Versions | None = field(default_factory=lambda: Versions("paid", "a-model", "1", "1"))

    @property
    def versions(self) -> Versions:
        return Versions("scripted", "none", "1", "1")

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        try:
            said = await ScriptedReviewer.review(self, question, answer, second=second)
            return replace(said, versions=self.kept_under or said.versions)
        finally:
            spent(CALL)


async def set_budget(group: Study, **limits: str) -> str:
    options = {name.replace("_", "-"): limit for name, limit in limits.items()}
    said = await group.call(group.organiser, "/study-admin budget", **options)
    assert isinstance(said, Reply)
    return said.text


async def answers_of(group: Study, count: int, first: int = 0) -> list[Person]:
    """So many members answer, each in their own words."""
    people = [group.person(f"P{number}") for number in range(first, first + count)]
    for number, person in enumerate(people):
        await group.write(person, f"{GOOD} Number {first + number} says so.")
    return people


def self_checks(group: Study, person: Person | None = None) -> list[str]:
    words = group.chat.whispers(person.user if person is not None else None)
    return [each.text for each in words if each.item.key.startswith("self_check:")]


def notices(group: Study) -> list[str]:
    return [each.text for each in group.chat.whispers() if each.item.key.startswith("notice:")]


async def spent_today(group: Study) -> Total:
    day = today(group.clock.now())
    return await group.core.storage.read(lambda tx: tx.budgets.total(group.group, day))


# ---------------------------------------------------------------- the books


@only_sqlite
async def test_a_review_is_under_way_for_as_long_as_its_model_may_take(database: Database) -> None:
    reviewer = PaidReviewer(patience_seconds=300.0)
    async with study(database, reviewer=reviewer) as group:
        await answers_of(group, 1)
        await group.settle()
        question, begun = shipped_packs().packs[0].questions[0], group.clock.now()
        ask = partial(
            budgets.reserve, group.core.storage, Costs(), reviewer, lambda _: (group.group, 1), question, GOOD
        )
        for _ in range(MOST_UNDER_WAY):
            await ask(begun)

        with pytest.raises(NotNow):
            await ask(begun + timedelta(minutes=9))
        assert await ask(begun + timedelta(minutes=11)) is not None


async def test_every_call_is_booked_with_the_review(database: Database) -> None:
    async with study(database, reviewer=PaidReviewer()) as group:
        await answers_of(group, 3)
        await group.settle()

        assert await spent_today(group) == Total(3, Amount(3_000))
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_call_that_came_to_nothing_is_booked_as_well(database: Database) -> None:
    reviewer = PaidReviewer()
    async with study(database, reviewer=reviewer) as group:
        reviewer.script += [NotNow("away"), NotNow("away")]
        await answers_of(group, 1)

        await group.settle()
        await group.pass_time(timedelta(minutes=2), timedelta(seconds=30))

        assert await spent_today(group) == Total(3, Amount(3_000))
        assert len(group.chat.comments()) == 1


@only_sqlite
async def test_a_text_with_one_score_already_and_a_shrug_cost_nothing(database: Database) -> None:
    async with study(database, reviewer=PaidReviewer()) as group:
        for name in ("Ada", "Bo"):
            await group.write(group.person(name), GOOD)
        await group.write(group.person("Cy"), "I don't know")
        await group.settle()

        assert await spent_today(group) == Total(1, Amount(1_000))


@only_sqlite
async def test_a_reviewer_that_costs_nothing_has_no_books_and_no_limits(database: Database) -> None:
    async with study(database) as group:
        await set_budget(group, month="0", day="0", member_day="0")
        await answers_of(group, 3)
        await group.settle()

        assert await spent_today(group) == Total(0, Amount())
        assert len(group.chat.comments()) == 3
        assert "Reviews cost nothing here" in await set_budget(group)


async def test_x034_a_call_that_was_killed_stays_in_the_books_and_is_made_again(database: Database) -> None:
    reviewer = PaidReviewer(gate=asyncio.Event())
    async with study(database, reviewer=reviewer) as group:
        await answers_of(group, 1)
        telling = asyncio.create_task(group.core.stories.reviews.review(group.group, 1, 1))
        await reviewer.begun.wait()
        set_aside = (await spent_today(group)).amount.tokens
        telling.cancel()
        await asyncio.wait([telling])

        reviewer.gate = None
        await group.settle()

        assert set_aside >= 1_000
        assert await spent_today(group) == Total(2, Amount(set_aside + 1_000))
        assert len(group.chat.comments()) == 1
        assert await broken_promises(group) == []


# ---------------------------------------------------------------- the end of a budget


async def test_x046_a_budget_of_ten_calls_and_thirty_answers(database: Database) -> None:
    reviewer = PaidReviewer()
    async with study(database, reviewer=reviewer) as group:
        await set_budget(group, day=TEN_CALLS)
        people = await answers_of(group, 30)
        await group.settle()
        asked, checks, told = len(reviewer.asked), self_checks(group), notices(group)
        comments, spent = len(group.chat.comments()), await spent_today(group)
        points = [await group.points(person) for person in people]
        await group.pass_time(timedelta(hours=5), timedelta(hours=1))
        later = (len(reviewer.asked), len(self_checks(group)), len(notices(group)))

        assert (asked, comments, len(checks)) == (10, 10, 20)
        assert spent == Total(10, Amount(10_000))
        assert points[10:] == [0] * 20
        assert later == (10, 20, 1)
        assert len(told) == 1
        assert "used up for today" in told[0]
        assert all("kept, but not graded yet" in check and "☐ Names an algorithm" in check for check in checks)
        assert all("model answer" not in check for check in checks)
        assert len(self_checks(group, people[10])) == 1
        assert await broken_promises(group) == []


@only_sqlite
async def test_x046_what_waited_is_reviewed_when_the_budget_begins_anew(database: Database) -> None:
    reviewer = PaidReviewer()
    async with study(database, reviewer=reviewer) as group:
        await set_budget(group, day=TEN_CALLS)
        people = await answers_of(group, 25)
        await group.settle()

        await group.pass_time(timedelta(hours=16, minutes=5), timedelta(hours=2))
        second_day = len(reviewer.asked)
        await group.pass_time(timedelta(hours=24), timedelta(hours=6))

        assert (second_day, len(reviewer.asked)) == (20, 25)
        assert all([await group.points(person) for person in people])
        assert len([told for told in notices(group) if "used up" in told]) == 2
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_raised_limit_lets_what_waits_go_on_at_once(database: Database) -> None:
    reviewer = PaidReviewer()
    async with study(database, reviewer=reviewer) as group:
        await set_budget(group, day=TEN_CALLS)
        await answers_of(group, 15)
        await group.settle()

        await set_budget(group, day="none")
        await group.settle()

        assert len(reviewer.asked) == len(group.chat.comments()) == 15


@only_sqlite
async def test_words_about_a_budget_that_came_too_late_are_not_said(database: Database) -> None:
    async with study(database, reviewer=PaidReviewer()) as group:
        await set_budget(group, day="0")
        (ada,) = await answers_of(group, 1)
        reviews = group.core.stories.reviews
        with pytest.raises(NotNow):
            await reviews.review(group.group, 1, 1)
        await set_budget(group, day="default")
        assert await reviews.review(group.group, 1, 1)

        await group.settle()

        assert self_checks(group, ada) == []
        assert len(group.chat.comments()) == 1


@only_sqlite
async def test_fifty_reviews_at_once_do_not_pass_the_budget(database: Database) -> None:
    reviewer = PaidReviewer(gate=asyncio.Event())
    async with study(database, reviewer=reviewer) as group:
        await set_budget(group, day=TEN_CALLS)
        await answers_of(group, 50)
        ask = group.core.stories.reviews.review
        telling = [asyncio.create_task(ask(group.group, number, 1)) for number in range(1, 51)]
        await reviewer.begun.wait()
        await until(lambda: sum(task.done() for task in telling) + len(reviewer.asked) == 50)
        assert reviewer.gate is not None
        reviewer.gate.set()
        ends = await asyncio.gather(*telling, return_exceptions=True)

        assert (await spent_today(group)).amount.tokens <= 10_500
        assert len([end for end in ends if end is True]) == len(reviewer.asked) in (8, 9, 10)
        assert all(end is True or isinstance(end, NotNow) for end in ends)


@only_sqlite
async def test_a_member_with_nothing_left_does_not_end_the_budget_of_others(database: Database) -> None:
    reviewer = PaidReviewer()
    async with study(database, reviewer=reviewer) as group:
        await set_budget(group, member_day="1500tokens")
        ada, bo = group.person("Ada"), group.person("Bo")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await group.edit(ada, message, f"{GOOD} And something else.")
        await group.write(bo, f"{GOOD} So says Bo.")
        await group.settle()

        assert len(reviewer.asked) == 2
        assert ["your part of this group's budget" in text for text in self_checks(group)] == [True]
        assert self_checks(group, bo) == []
        assert notices(group) == []


# ---------------------------------------------------------------- what organisers see


@only_sqlite
async def test_the_budget_and_health_tell_what_was_spent(database: Database) -> None:
    async with study(database, reviewer=PaidReviewer()) as group:
        await answers_of(group, 2)
        await group.settle()

        shown = await set_budget(group, month="5.00", member_day="none")
        health = await group.call(group.organiser, "/study-admin health")

        assert "- This month: 2 calls, 2,000 tokens, $0.00; at most $5.00" in shown
        assert "- Today: 2 calls, 2,000 tokens, $0.00; at most $1.00 or 2,000,000 tokens" in shown
        assert "- Each member, each day: at most as much as there is" in shown
        assert "I know no price of `a-model`" in shown
        assert isinstance(health, Reply)
        assert "- Reviews cost today: 2 calls, 2,000 tokens, $0.00" in health.text


@only_sqlite
async def test_a_limit_that_cannot_be_read_changes_nothing(database: Database) -> None:
    async with study(database, reviewer=PaidReviewer()) as group:
        before = await set_budget(group)

        said = await set_budget(group, day="5.00", month="plenty")

        assert "“plenty” is no limit I can read" in said
        assert await set_budget(group) == before


def test_the_price_of_the_model_that_is_asked_by_default_is_known() -> None:
    costs = load_costs(content_root())

    assert DEFAULT_MODEL in costs.prices
    assert costs.noted is not None
    assert costs.of(Usage(DEFAULT_MODEL, 1_000, 500)).micros == 1_200


def test_the_prices_say_where_they_are_from_and_when_they_were_noted() -> None:
    noted = json.loads((content_root() / "prices.json").read_text(encoding="utf-8"))

    assert "not read off the services' own pages" in noted["source"]
    assert date.fromisoformat(noted["noted"]) == load_costs(content_root()).noted


# ---------------------------------------------------------------- groups and members that become one


@only_sqlite
async def test_x100_what_one_group_spends_is_not_the_others(database: Database) -> None:
    reviewers = PaidReviewer(), PaidReviewer()
    async with (
        study(database, reviewer=reviewers[0]) as here,
        study(database, reviewer=reviewers[1], workspace="two") as there,
    ):
        await set_budget(here, day=TEN_CALLS)
        await answers_of(here, 12)
        await here.settle()
        await answers_of(there, 12)
        await there.settle()

        assert [len(reviewer.asked) for reviewer in reviewers] == [10, 12]
        assert "2,000,000 tokens" in await set_budget(there)


@only_sqlite
async def test_groups_that_join_have_one_budget_and_all_that_was_spent(database: Database) -> None:
    async with two_communities(database, reviewer=PaidReviewer()) as (here, there):
        for group in (here, there):
            await group.write(group.person("Ada"), f"{GOOD} In {group.space.workspace}.")
            await group.settle()
            await set_budget(group, day="7.00" if group is here else "9.00", month="9.00")
        code = await code_of(here, here.organiser)
        asked = await there.call(there.organiser, "/study-admin join", code=code)
        assert isinstance(asked, Reply)
        await there.press(there.organiser, Action.CONFIRM_JOIN, asked.buttons[0].target)
        await there.settle()

        shown = await set_budget(here)

        assert "- Today: 2 calls, 2,000 tokens" in shown
        assert shown.count("at most $9.00") + shown.count("at most $7.00") == 2
        assert await set_budget(there) == shown


# ---------------------------------------------------------------- one member does not slow the others


@dataclass(slots=True)
class SlowReviewer(PaidReviewer):
    """A server that reads ten texts at a time, in the order in which they came, each for one turn."""

    queue: list[asyncio.Future[None]] = field(default_factory=list)

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.queue.append(turn)
        await turn
        spent(CALL)
        return covering(question, answer)

    def serve(self) -> None:
        """One turn passes."""
        now, self.queue[:] = self.queue[:10], self.queue[10:]
        for turn in now:
            turn.set_result(None)


async def turns_until_reviewed(group: Study, reviewer: SlowReviewer, flood: list[int], others: list[int]) -> float:
    """How many turns the others wait on average while a flood is there first and comes back as often as it is told."""
    ask = group.core.stories.reviews.review
    tasks: dict[int, asyncio.Task[bool]] = {}
    waited: dict[int, int] = {}

    async def quiet() -> None:
        await until(lambda: sum(not task.done() for task in tasks.values()) <= len(reviewer.queue))

    def begin(answers: list[int]) -> None:
        for answer in answers:
            tasks[answer] = asyncio.create_task(ask(group.group, answer, 1))

    begin(flood)
    await quiet()
    begin(others)
    for turn in range(1, 100):
        await quiet()
        reviewer.serve()
        await quiet()
        waited.update({each: turn for each in others if each not in waited and tasks[each].done()})
        if len(waited) == len(others):
            break
        group.clock.move(seconds=10)
        begin([each for each in flood if tasks[each].done() and tasks[each].exception() is not None])
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    return sum(waited.values()) / len(others)


async def threads(group: Study, count: int) -> list[ThreadRef]:
    """So many questions that are there at once."""
    for _ in range(count - 1):
        await group.call(group.organiser, "/study-admin post")
    await group.settle()
    (track,) = await group.tracks()

    def all_of(tx: Tx) -> list[ThreadRef | None]:
        asked = tx.asking.recent(group.group, track.id, count)
        return [each.thread for asking in asked for each in tx.asking.postings(group.group, asking.id)]

    found = [thread for thread in await group.core.storage.read(all_of) if thread is not None]
    assert len(found) == count
    return found


async def test_x047_a_flood_of_one_member_does_not_slow_twenty_others(database: Database) -> None:
    reviewer = SlowReviewer()
    async with study(database, reviewer=reviewer, questions=FixedQuestions(40)) as group:
        places = await threads(group, 40)
        for number, thread in enumerate(places):
            await group.write(group.person("Flo"), f"{GOOD} Number {number}.", thread=thread)
        flood = list(range(1, 41))
        for number in range(40):
            await group.write(group.person(f"Q{number}"), f"{GOOD} And number {number} agrees.", thread=places[0])

        alone = await turns_until_reviewed(group, reviewer, [], list(range(41, 61)))
        group.clock.move(hours=2)
        beside = await turns_until_reviewed(group, reviewer, flood, list(range(61, 81)))

        assert alone == 1.5
        assert beside <= 1.2 * alone


@only_sqlite
async def test_x047_a_member_gets_so_many_reviews_an_hour_and_the_rest_by_themselves(database: Database) -> None:
    reviewer = PaidReviewer()
    count = MOST_AN_HOUR + 2
    async with study(database, reviewer=reviewer, questions=FixedQuestions(count)) as group:
        flo = group.person("Flo")
        for number, thread in enumerate(await threads(group, count)):
            await group.write(flo, f"{GOOD} Number {number}.", thread=thread)
        await group.settle()
        asked, checks = len(reviewer.asked), self_checks(group, flo)
        await group.pass_time(timedelta(hours=1, minutes=15))

        assert asked == MOST_AN_HOUR
        assert ["30 answers of one person in an hour" in text for text in checks] == [True, True]
        # None about a budget; the one there is tells of the cap on points of a day.
        assert notices(group) == [texts.notice_unscored(Why.CAP)]
        assert len(reviewer.asked) == count


@only_sqlite
async def test_x114_newcomers_share_what_a_day_allows(database: Database) -> None:
    reviewer = PaidReviewer()
    async with study(database, reviewer=reviewer) as group:
        await set_budget(group, day=TEN_CALLS)
        places = await threads(group, 3)
        people = [group.person(f"P{number}") for number in range(12)]
        for person in people:
            for number, thread in enumerate(places):
                await group.write(person, f"{GOOD} Number {number}, says {person.name}.", thread=thread)
        await group.settle()

        reviewed = [person for person in people if await group.points(person)]
        assert (await spent_today(group)).amount.tokens <= 10_500
        assert len(reviewed) >= 5
        assert len(reviewer.asked) + len(self_checks(group)) == 36
