"""Reviewing: asked once, stored whole or not at all, said once, and never of an old text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import VERSIONS, ScriptedReviewer, covering, missing
from group import GOOD, FixedQuestions, Study, nearby, question, study
from hypothesis import example, given
from hypothesis import strategies as st
from promises import broken_promises
from sqlalchemy import Connection, select

from bot import texts
from bot.domain.errors import NotNow, Refused
from bot.domain.inert import BREAK, visible
from bot.domain.outgoing import Action, Outgoing, Reply
from bot.domain.questions import Question, RubricPoint
from bot.domain.refs import Person
from bot.domain.reviews import Gate, PointVerdict, Review, Verdict, Versions
from bot.shelves import AnswerState, Booking, Comments
from bot.storage.engine import Database
from bot.storage.standings import SqlStandings
from bot.storage.tables import answers, point_events, reviews

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)

BETTER = "A sliding window in Redis counts the requests of each client exactly."
ASKED = question("pack-1")


async def full_review(group: Study, person: Person, answer: int = 1) -> str:
    said = await group.press(person, Action.FULL_REVIEW, str(answer))
    assert isinstance(said, Reply)
    return said.text


async def stored(database: Database) -> tuple[int, int, str]:
    """How many reviews, how many bookings, and the first answer's state."""

    def count(conn: Connection) -> tuple[int, int, str]:
        state = conn.execute(select(answers.c.state)).scalars().first() or ""
        return len(conn.execute(select(reviews)).all()), len(conn.execute(select(point_events)).all()), state

    return await database.read(count)


# ---------------------------------------------------------------- while a review runs


async def while_reviewing(group: Study, act: Callable[[], Awaitable[object]]) -> None:
    """Acts while the reviewer thinks, then lets everything settle."""
    group.reviewer.gate = asyncio.Event()
    settling = asyncio.create_task(group.settle())
    await group.reviewer.begun.wait()
    await act()
    group.reviewer.gate.set()
    await settling
    await group.settle()


async def test_x027_an_edit_during_the_review_leaves_one_comment_on_the_last_text(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)

        await while_reviewing(group, lambda: group.edit(ada, message, BETTER))

        (comment,) = group.chat.comments()
        assert group.reviewer.asked == [GOOD, BETTER]
        assert "sliding window" in comment.text
        assert comment.edits == 0
        assert [each.item.key for each in group.chat.whispers(ada.user) if "full" in each.item.key] == ["full:1:2"]
        assert await stored(database) == (1, 1, AnswerState.REVIEWED)
        assert await broken_promises(group) == []


async def test_x028_a_deletion_during_the_review_leaves_no_comment_and_no_points(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)

        await while_reviewing(group, lambda: group.delete(message))

        assert group.chat.comments() == []
        assert await stored(database) == (0, 0, AnswerState.WITHDRAWN)
        assert await group.points(ada) == 0
        assert await broken_promises(group) == []


@only_sqlite
async def test_x028_a_deletion_between_verdict_and_comment_leaves_no_comment(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.core.stories.reviews.review(group.group, 1, 1)
        await group.delete(message)

        await group.settle()

        assert group.chat.comments() == []
        assert await group.points(ada) == 0
        assert await broken_promises(group) == []


@only_sqlite
async def test_x028_a_deletion_while_the_comment_is_on_its_way_takes_it_away(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        on_its_way = asyncio.Event()
        group.chat.after = lambda item: on_its_way.set() if item.key.startswith("comment:") else None
        settling = asyncio.create_task(group.settle())
        await on_its_way.wait()
        await group.delete(message)

        await settling
        group.clock.move(minutes=1)
        await group.settle()

        assert group.chat.comments() == []
        assert await broken_promises(group) == []


@on_postgres
async def test_x028_verdicts_and_deletions_at_the_same_moment_leave_no_points(
    database: Database, database_url: str
) -> None:
    async with study(database) as group, nearby(database_url) as there:
        people = [group.person(f"P{number}") for number in range(16)]
        messages = [(await group.write(person, GOOD))[0] for person in people]
        tell = group.core.stories.reviews.review

        await asyncio.gather(
            *(tell(group.group, number + 1, 1) for number in range(len(people))),
            *(there.delete(message) for message in messages),
        )
        await group.settle()

        assert {await group.points(person) for person in people} == {0}
        assert group.chat.comments() == []
        assert await broken_promises(group) == []


# ---------------------------------------------------------------- all or nothing


class Killed(BaseException):
    """The process ends here."""


@only_sqlite
async def test_x051_verdict_and_points_are_stored_together_or_not_at_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = SqlStandings.book
    failures = iter([True])

    def fails_once(self: SqlStandings, group: int, booking: Booking, now: object) -> bool:
        if next(failures, False):
            raise NotNow("the disk is full")
        return booked(self, group, booking, now)  # type: ignore[arg-type]

    monkeypatch.setattr(SqlStandings, "book", fails_once)
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()
        first = await stored(database), list(group.chat.comments())

        group.clock.move(minutes=1)
        await group.settle()

        assert first == ((0, 0, AnswerState.RECEIVED), [])
        assert await stored(database) == (1, 1, AnswerState.REVIEWED)
        assert await group.points(ada) == 10
        assert len(group.chat.comments()) == 1
        assert await broken_promises(group) == []


@only_sqlite
@pytest.mark.parametrize("when", ["trouble", "after"])
@pytest.mark.parametrize("what", ["shown:", "comment:", "full:"])
async def test_x051_a_process_that_ends_between_verdict_and_words_says_them_once(
    database: Database, what: str, when: str
) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        ends = iter([True])

        def end(item: Outgoing) -> None:
            if item.key.startswith(what) and next(ends, False):
                raise Killed

        setattr(group.chat, when, end)
        await group.send_form(ada, GOOD)
        with pytest.raises(Killed):
            await group.settle()

        group.clock.move(minutes=1)
        await group.settle()

        keys = [each.item.key for each in group.chat.standing.values()]
        assert sorted(key for key in keys if key.startswith(("shown", "comment", "full"))) == [
            "comment:1:1",
            "full:1:1",
            "shown:1:1",
        ]
        assert len(group.reviewer.asked) == 1
        assert await group.points(ada) == 10
        assert await broken_promises(group) == []


# ---------------------------------------------------------------- not graded yet


@only_sqlite
@pytest.mark.parametrize("pause", [None, 45.0])
async def test_an_absent_reviewer_means_not_graded_yet_and_is_asked_again(
    database: Database, pause: float | None
) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(NotNow("overloaded", pause))
        await group.write(ada, GOOD)
        await group.settle()

        state = await stored(database)
        words = await full_review(group, ada)
        progress = await group.call(ada, "/study progress")
        early = await group.settle()
        group.clock.move(seconds=pause or 6)
        await group.settle()

        assert state == (0, 0, AnswerState.WAITING)
        assert words.startswith("Not graded yet")
        assert isinstance(progress, Reply)
        assert "not graded yet" in progress.text
        assert early == 0
        assert len(group.reviewer.asked) == 2
        assert await group.points(ada) == 10
        assert "10 of 10" in await full_review(group, ada)
        assert await broken_promises(group) == []


@only_sqlite
async def test_x035_a_reviewer_that_never_answers_is_cut_off(database: Database) -> None:
    async with study(database) as group:
        group.reviewer.patience_seconds = 0.01
        group.reviewer.gate = asyncio.Event()
        await group.write(group.person("Ada"), GOOD)

        await group.settle()

        assert await stored(database) == (0, 0, AnswerState.WAITING)
        assert group.chat.comments() == []


@only_sqlite
async def test_x038_a_refusal_is_no_score_and_organisers_can_see_it(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script += [Refused("I cannot help with that")] * 4
        await group.write(ada, GOOD)
        await group.settle()

        waiting = await group.call(group.organiser, "/study-admin health")
        for pause in (timedelta(hours=1), timedelta(days=1), timedelta(days=1)):
            assert await stored(database) == (0, 0, AnswerState.WAITING)
            assert (await full_review(group, ada)).startswith("Not graded yet")
            group.clock.move(seconds=pause.total_seconds())
            await group.settle()
        health = await group.call(group.organiser, "/study-admin health")

        assert isinstance(waiting, Reply)
        assert "Answers not graded yet: 1" in waiting.text
        assert "Set aside" not in waiting.text
        assert len(group.reviewer.asked) == 4
        assert isinstance(health, Reply)
        assert "Answers not graded yet: 1" in health.text
        assert "Set aside: review" in health.text
        assert "cannot help" not in health.text
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_reviewer_that_refused_and_takes_the_answer_later_brings_points(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(Refused("I cannot help with that"))
        await group.write(ada, GOOD)
        await group.settle()

        await group.pass_time(timedelta(minutes=59))
        before = await stored(database)
        await group.pass_time(timedelta(minutes=1))

        assert before == (0, 0, AnswerState.WAITING)
        assert len(group.reviewer.asked) == 2
        assert await group.points(ada) == 10


@only_sqlite
async def test_a_bug_in_a_reviewer_costs_no_points_and_is_tried_again(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(ValueError("a bug, with the text of Ada in it"))
        await group.write(ada, GOOD)
        await group.settle()
        before = await stored(database)

        group.clock.move(minutes=1)
        await group.settle()

        assert before[:2] == (0, 0)
        assert await group.points(ada) == 10


@only_sqlite
async def test_an_edit_while_the_reviewer_is_away_is_reviewed_instead(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(NotNow("away"))
        message, _ = await group.write(ada, GOOD)
        await group.settle()

        await group.edit(ada, message, BETTER)
        await group.settle()
        group.clock.move(hours=1)
        await group.settle()

        assert group.reviewer.asked == [GOOD, BETTER]
        assert len(group.chat.comments()) == 1
        assert await broken_promises(group) == []


@only_sqlite
async def test_earlier_points_stand_until_the_new_text_is_graded(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        group.reviewer.script.extend([NotNow("away"), missing(ASKED)])

        await group.edit(ada, message, BETTER)
        await group.settle()
        waiting = await group.points(ada)
        group.clock.move(minutes=1)
        await group.settle()

        assert waiting == 10
        assert await group.points(ada) == 4
        assert await broken_promises(group) == []


# ---------------------------------------------------------------- verdicts and scores


def judged(*points: tuple[str, Verdict, float, str | None], gate: Gate | None = None) -> Review:
    return Review(tuple(PointVerdict(*point) for point in points), VERSIONS, gate)


COVERED, PARTIAL, MISSING, WRONG = Verdict.COVERED, Verdict.PARTIAL, Verdict.MISSING, Verdict.CONTRADICTED

#: What the reviewer says, and what it is worth: bucket weighs 3, shared weighs 2.
SCORES = {
    "everything": (judged(("bucket", COVERED, 1.0, "token bucket"), ("shared", COVERED, 1.0, "short bursts")), 10),
    "the heavier point": (judged(("bucket", COVERED, 1.0, "token bucket"), ("shared", MISSING, 0.0, None)), 8),
    "half of the lighter one": (judged(("shared", PARTIAL, 0.5, "short bursts")), 5),
    "nothing": (judged(), 4),
    "a quote that is not there": (judged(("bucket", COVERED, 1.0, "leaky bucket"), ("shared", COVERED, 1.0, "")), 4),
    "no quote": (judged(("bucket", COVERED, 1.0, None), ("shared", PARTIAL, 0.9, None)), 4),
    "eleven of ten": (judged(("bucket", COVERED, 11.0, "token bucket"), ("shared", COVERED, 99.0, "bursts")), 10),
    "less than nothing": (judged(("bucket", COVERED, -5.0, "token bucket"), ("shared", COVERED, 1.0, "bursts")), 6),
    "not a number": (judged(("bucket", COVERED, float("nan"), "token bucket")), 4),
    "points nobody asked for": (judged(("charm", COVERED, 1.0, "token bucket")), 4),
    "a gate over full marks": (judged(("bucket", COVERED, 1.0, "token bucket"), gate=Gate.OFF_TOPIC), 5),
    "an echo": (judged(("bucket", COVERED, 1.0, "token bucket"), gate=Gate.ECHO), 0),
}


@only_sqlite
@pytest.mark.parametrize("what", SCORES)
async def test_points_come_from_verdicts_and_weights(database: Database, what: str) -> None:
    review, worth = SCORES[what]
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(review)
        await group.write(ada, GOOD)
        await group.settle()

        assert await group.points(ada) == worth
        assert await broken_promises(group) == []


@only_sqlite
async def test_a_quote_the_answer_does_not_hold_is_never_shown(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        invented = judged(("bucket", COVERED, 1.0, "I love leaky pipes"), ("shared", WRONG, 0.0, "Redis is a cat"))
        group.reviewer.script.append(invented)
        await group.write(ada, GOOD)
        await group.settle()

        everything = "\n".join([*(each.text for each in group.chat.standing.values()), await full_review(group, ada)])
        assert "leaky pipes" not in everything
        assert "a cat" not in everything


@only_sqlite
async def test_a_review_keeps_what_made_it(database: Database) -> None:
    async with study(database) as group:
        review = covering(ASKED, GOOD)
        group.reviewer.script.append(Review(review.points, Versions("llm", "model-7", "prompt-3", "code-2")))
        await group.write(group.person("Ada"), GOOD)
        await group.settle()

        row = await database.read(lambda conn: conn.execute(select(reviews)).one())
        assert (row.reviewer, row.model, row.prompt, row.code) == ("llm", "model-7", "prompt-3", "code-2")
        assert row.score_millis == 1000
        assert re.fullmatch("[0-9a-f]{32}", row.rubric_hash)


@only_sqlite
@pytest.mark.parametrize("text", ["I don't know", "no idea, sorry", "keine Ahnung"])
async def test_not_knowing_is_kept_earns_nothing_and_gets_a_hint_as_a_question(database: Database, text: str) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, text)
        await group.settle()

        review = await full_review(group, ada)
        board = await group.call(ada, "/leaderboard")
        assert group.reviewer.asked == []
        assert [each.text for each in group.chat.comments()] == [
            "Good that you say so. A question to start from: What could run out first?"
        ]
        assert "0 of 10" in review
        assert "✓" not in review
        assert await group.points(ada) == 0
        assert isinstance(board, Reply)
        assert "no points here yet" in board.text
        assert await broken_promises(group) == []


@only_sqlite
async def test_after_not_knowing_an_edit_earns_points(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, "I don't know")
        await group.settle()

        await group.edit(ada, message, GOOD)
        await group.settle()

        assert await group.points(ada) == 10
        assert len(group.chat.comments()) == 1
        assert await broken_promises(group) == []


@only_sqlite
@pytest.mark.parametrize("gate", Gate)
async def test_a_text_that_is_no_answer_claims_no_strength(database: Database, gate: Gate) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        group.reviewer.script.append(Review(covering(ASKED, GOOD).points, VERSIONS, gate))
        await group.write(ada, GOOD)
        await group.settle()

        review = await full_review(group, ada)
        assert "✓" not in review
        assert "**1 of 10**" in review


# ---------------------------------------------------------------- what others see

GRADES: dict[str, Callable[[], Review]] = {
    "high": lambda: covering(ASKED, GOOD),
    "middle": lambda: covering(ASKED, GOOD, credit=0.4),
    "low": lambda: missing(ASKED),
    "wrong": lambda: judged(("bucket", WRONG, 0.0, "steady refill")),
    "off topic": lambda: missing(ASKED, Gate.OFF_TOPIC),
}


@only_sqlite
async def test_nobody_can_tell_a_high_score_from_a_low_one(database: Database) -> None:
    comments = set()
    async with study(database) as group:
        for number, (name, grade) in enumerate(GRADES.items(), start=1):
            group.reviewer.script.append(grade())
            await group.write(group.person(name), f"{GOOD} So says person {name[:1]}.")
            await group.settle()
            text = group.chat.comments()[-1].text
            assert len(text) <= 300
            assert not re.search(r"\d|score|point|wrong|missing|correct|✓|○|⚠", text)
            comments.add(re.sub(r"“.*”|to think on: .*", "…", text))
            assert number == len(group.chat.comments())

    assert comments == {"Thank you! From your answer I noted: … One question …"}


@only_sqlite
@pytest.mark.parametrize("mode", Comments)
async def test_the_track_chooses_what_stands_in_the_thread(database: Database, mode: Comments) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        track = (await group.tracks())[0]
        await group.core.storage.write(
            lambda tx: tx.asking.change_track(
                1, track.id, track.state, track.schedule, track.packs, mode, track.next_at
            )
        )
        await group.write(ada, GOOD)
        await group.settle()

        said = [each.text.startswith("**10 of 10**") for each in group.chat.comments()]
        assert said == {Comments.BRIEF: [False], Comments.FULL: [True], Comments.PRIVATE: []}[mode]
        assert any(each.text.startswith("**10 of 10**") for each in group.chat.whispers(ada.user))
        assert await broken_promises(group) == []


@only_sqlite
async def test_the_full_review_is_its_authors_alone(database: Database) -> None:
    async with study(database) as group:
        ada, ben = group.person("Ada"), group.person("Ben")
        await group.write(ada, GOOD)
        await group.write(ben, BETTER)
        await group.settle()

        foreign = {await full_review(group, ben, 1), await full_review(group, group.person("Stranger"), 1)}
        missing_one = await full_review(group, ben, 99)

        assert foreign == {missing_one}
        assert await full_review(group, ada, 1) == await full_review(group, ada, 1)
        assert "A token bucket" in await full_review(group, ada, 1)
        assert [each.item.key for each in group.chat.whispers(ada.user)].count("full:1:1") == 1


@only_sqlite
async def test_after_taking_back_there_is_no_review_to_read(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        message, _ = await group.write(ada, GOOD)
        await group.settle()
        await group.delete(message)

        assert (await full_review(group, ada)).startswith("I cannot find that any more")


@only_sqlite
async def test_where_private_words_need_a_click_nothing_is_whispered(database: Database) -> None:
    async with study(database) as group:
        group.chat.traits = type(group.chat.traits)(text_limit=2000, whispers_at_once=False)
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()

        (comment,) = group.chat.comments()
        assert not any(each.item.key.startswith("full") for each in group.chat.whispers())
        assert [button.action for button in comment.item.buttons] == [Action.FULL_REVIEW]


@only_sqlite
async def test_the_first_word_is_said_once_and_offers_to_hide(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        for _ in range(2):
            message, _said = await group.write(ada, GOOD)
            await group.settle()
            await group.delete(message)
            await group.settle()
        await group.pass_time(timedelta(hours=25), timedelta(hours=5))
        await group.write(ada, GOOD)
        await group.settle()

        welcomes = [each for each in group.chat.whispers(ada.user) if each.item.key.startswith("welcome")]
        assert len(welcomes) == 1
        assert [button.action for button in welcomes[0].item.buttons] == [Action.HIDE_ME]


# ---------------------------------------------------------------- the limits of words

#: Words with many signs that have to be escaped, as in code, besides ordinary ones.
WORDS = st.text(alphabet=st.sampled_from("ab z.<>[]`*_~|\\&@:/\n-1\u0301😀"), min_size=1, max_size=300)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Question, Review, str]:
    """A question with up to eight long points, an answer, and verdicts that quote it."""
    answer = draw(WORDS) * draw(st.integers(1, 4))
    texts_of = [draw(WORDS) for _ in range(draw(st.integers(1, 8)))]
    points = tuple(RubricPoint(f"p{n}", text.ljust(8, "x"), 1 + n % 5) for n, text in enumerate(texts_of))
    verdicts = []
    for point in points:
        start = draw(st.integers(0, len(answer) - 1))
        quote = answer[start : start + draw(st.integers(1, 160))]
        verdicts.append(PointVerdict(point.id, draw(st.sampled_from(Verdict)), draw(st.floats(0, 1)), quote))
    hints = ("h" * draw(st.integers(8, 400)), "b", "c")
    asked = question("long")
    long = Question(
        asked.id,
        asked.pack,
        asked.title,
        asked.prompt,
        asked.level,
        asked.kind,
        asked.topics,
        points,
        hints,
        (draw(WORDS) + "?", "f" * draw(st.integers(1, 400)) + "?"),
        asked.model_answer,
    )
    return long, Review(tuple(verdicts), VERSIONS, draw(st.none() | st.sampled_from(Gate))), answer


WORST = "<[`*" * 80
WORST_CASE = (
    Question(
        "w",
        "p",
        "t",
        "p",
        ASKED.level,
        ASKED.kind,
        ("api",),
        tuple(RubricPoint(f"p{n}", WORST, 1) for n in range(8)),
        (WORST, "b", "c"),
        (WORST, "f" * 400),
        "m",
    ),
    Review(tuple(PointVerdict(f"p{n}", Verdict.CONTRADICTED, 0.0, WORST) for n in range(8)), VERSIONS),
    WORST,
)


@given(case=cases(), score=st.floats(0, 1), late=st.booleans())
@example(case=WORST_CASE, score=1.0, late=True)
def test_a_full_review_names_every_point_in_under_900_characters(
    case: tuple[Question, Review, str], score: float, late: bool
) -> None:
    asked, review, _ = case

    text = texts.full_review(asked, review, score, late)

    marks = re.findall(r"^- [✓◐○⚠]", text, re.MULTILINE)
    assert len(text) < 900
    assert len(marks) == len(asked.points)
    assert "**Next step:**" in text
    assert text.count("“") <= 2 + text.count("⚠") + ("look up whether" in text)
    assert text.count("(worth adding)") + text.count("(say more)") <= 2


def test_a_point_has_no_full_stop_where_its_line_goes_on() -> None:
    asked = replace(ASKED, points=(RubricPoint("a", "It decouples.", 1), RubricPoint("b", "It keeps order.", 1)))
    said = (PointVerdict("a", Verdict.COVERED, 1.0, "decoupled"), PointVerdict("b", Verdict.MISSING, 0.0))

    text = texts.full_review(asked, Review(said, VERSIONS), 0.5, False)

    assert "It decouples: “decoupled”" in text
    assert "It keeps order (worth adding)" in text


@given(case=cases(), turn=st.integers(0, 9))
@example(case=WORST_CASE, turn=0)
@example(case=WORST_CASE, turn=1)
def test_a_brief_comment_is_at_most_300_characters_and_quotes_literally(
    case: tuple[Question, Review, str], turn: int
) -> None:
    asked, review, answer = case

    text = texts.brief_comment(asked, review, answer, turn)

    quotes = re.findall(r"I noted: “(.*)” One question", text, re.DOTALL)
    assert len(text) <= 300
    for quote in quotes:
        assert plain(quote).rstrip("…").strip() in " ".join(plain_answer(answer).split())


def plain(shown: str) -> str:
    """A quote as it is read: without escapes and breaks."""
    return re.sub(r"\\(.)", r"\1", shown.replace(BREAK, ""))


def plain_answer(answer: str) -> str:
    """The answer as its reader would see it on one line."""
    return visible(answer.replace(". ", ".\n"))


@only_sqlite
async def test_an_answer_in_time_is_asked_once_per_version_whatever_else_happens(database: Database) -> None:
    async with study(database, questions=FixedQuestions(2)) as group:
        reviewer: ScriptedReviewer = group.reviewer
        await group.write(group.person("Ada"), GOOD)

        for _ in range(3):
            await group.settle()

        assert reviewer.asked == [GOOD]
