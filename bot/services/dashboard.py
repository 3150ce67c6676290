"""The door for reading through which a browser looks: who is let in, and what one member sees of group and self.

Whoever is looking is looked up anew for every page: who left, or is no organiser any more, sees it at once.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import TypeVar

from bot import texts
from bot.domain.asking import local_day
from bot.domain.companies import Competency
from bot.domain.dashboard import LINK_LASTS, VISIT_LASTS, Pass, read_signed, signed
from bot.domain.guesses import Calibration
from bot.domain.outgoing import Action, Button
from bot.domain.pictures import StreakCalendar
from bot.domain.question_health import QuestionHealth
from bot.domain.questions import Question, QuestionKind, question_from_json
from bot.domain.refs import Person, UserRef
from bot.domain.rounds import RoundState
from bot.domain.standings import WHOLE_GROUP, Board, Period, Place, Scope, period_key
from bot.ports import Clock, Memory, Questions, Storage
from bot.services import boards, fullreview, guesses, organising, question_health, reviews, streaks
from bot.services.repetition import ComingBack, coming_back
from bot.services.standings import board_for
from bot.shelves import Answer, AnswerState, Member, PastAnswer, PastPeriod, PostingState, Tx

T = TypeVar("T")

#: Where the dashboard lives on our web server.
PREFIX = "/dashboard"
#: So many answers are drawn over time, and listed on one page.
MOST_DRAWN = 200
PER_PAGE = 20
WEEKS = 12
#: So many mock rounds are looked at.
MOST_ROUNDS = 50

#: Which competency of an interview a kind of question is about.
COMPETENCY = {
    QuestionKind.CONCEPT: Competency.BACKEND,
    QuestionKind.DESIGN: Competency.SYSTEM_DESIGN,
    QuestionKind.CODING: Competency.CODING,
    QuestionKind.EXPERIENCE: Competency.BEHAVIORAL,
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, as they are now. `member` is None for somebody who has not taken part yet; `today` and `zone` are the
    group's."""

    group: int
    place: str
    name: str
    member: Member | None
    organiser: bool
    zone: str
    today: date


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A board, and the group's tracks by number and name where there are several."""

    board: Board
    tracks: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ListedAnswer:
    """One of the member's answers in a list."""

    id: int
    title: str
    competency: Competency
    day: date
    late: bool
    second: bool
    score: float | None


@dataclass(frozen=True, slots=True)
class AnswerList:
    """A page of answers, newest first; `older` leads to the next one."""

    answers: tuple[ListedAnswer, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Skill:
    """One competency: answers to daily questions and their mean score, mock rounds and theirs."""

    competency: Competency
    answers: int
    score: float | None
    rounds: int
    round_score: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """The member over time: graded answers oldest first, weeks oldest first, and each competency. `calendar` is None
    for who has no day that counts yet, or wants to hear nothing of streaks; `again` for who is not asked again."""

    week: Place | None
    ever: Place | None
    answers: tuple[ListedAnswer, ...]
    weeks: tuple[PastPeriod, ...]
    skills: tuple[Skill, ...]
    calibration: Calibration | None = None
    calendar: StreakCalendar | None = None
    again: ComingBack | None = None


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """One answer as its author sees it. `review` is our Markdown, None while there is none; `model_answer` is there
    once the question is closed; `other` is the second attempt beside a first one, or the other way round."""

    listed: ListedAnswer
    prompt: str
    text: str
    review: str | None
    points: int
    other: int | None
    model_answer: str | None


class Dashboard:
    """Lets people in by signed links, and reads their pages. `reviewer` is how the one at work is called; `memory` and
    `questions` tell what comes back to somebody."""

    def __init__(self, storage: Storage, clock: Clock, reviewer: str, memory: Memory, questions: Questions) -> None:
        self._storage = storage
        self._clock = clock
        self.reviewer = reviewer
        self.memory = memory
        self.questions = questions

    async def enter(self, link: str) -> str | None:
        """The cookie of a new visit; None for a link that opens nothing (any more). Raises `NotNow`."""
        now, cookie = self._clock.now(), secrets.token_urlsafe(32)

        def work(tx: Tx) -> str | None:
            key = tx.dashboard.key()
            granted = read_signed(key, link, now) if key is not None else None
            if granted is None or _visitor(tx, granted, now) is None:
                return None
            visit = Pass(tx.members.group_now(granted.group), granted.user, now + VISIT_LASTS)
            tx.dashboard.open_visit(_hash(cookie), visit, now)
            return cookie

        return await self._storage.write(work)

    async def leave(self, cookie: str) -> None:
        """The visit is over, whoever has a copy of the cookie. Raises `NotNow`."""
        await self._storage.write(lambda tx: tx.dashboard.close_visit(_hash(cookie)))

    async def look(self, cookie: str, page: Callable[[Tx, Visitor, datetime], T]) -> tuple[Visitor, T] | None:
        """A page for whoever holds this cookie, both from one picture of the data; None for a visit that is over or
        never was. Raises `NotNow`."""
        now = self._clock.now()

        def work(tx: Tx) -> tuple[Visitor, T] | None:
            granted = tx.dashboard.visit(_hash(cookie))
            if granted is None or granted.until <= now:
                return None
            visitor = _visitor(tx, granted, now)
            return None if visitor is None else (visitor, page(tx, visitor, now))

        return await self._storage.read(work)


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def link_button(tx: Tx, group: int, person: Person, bases: Mapping[str, str], now: datetime) -> Button | None:
    """A button that opens somebody's own dashboard; None where `bases`, by platform, knows no address of it that their
    platform's people can reach."""
    base = bases.get(person.user.platform)
    if base is None:
        return None
    key = tx.dashboard.key() or tx.dashboard.make_key(secrets.token_bytes(32), now)
    link = signed(key, Pass(group, person.user, now + LINK_LASTS))
    return Button(Action.DASHBOARD, texts.label_dashboard(), url=f"{base}{PREFIX}/open/{link}")


def _visitor(tx: Tx, granted: Pass, now: datetime) -> Visitor | None:
    """Whoever this pass lets in; None when they are not in the group (any more)."""
    group = tx.members.group_of(granted.user.space)
    if group is None or group != tx.members.group_now(granted.group):
        return None
    member = tx.members.by_user(group, granted.user)
    if member is not None and member.left:
        return None
    tracks = tx.asking.tracks(group)
    zone = tracks[0].schedule.zone if tracks else "UTC"
    return Visitor(
        group,
        _place_name(tx, group, granted.user),
        member.name if member is not None else "",
        member,
        granted.user in tx.members.organisers(group),
        zone,
        local_day(zone, now),
    )


def _place_name(tx: Tx, group: int, user: UserRef) -> str:
    return next((space.name for space in tx.members.spaces(group) if space.ref == user.space), "")


# ---------------------------------------------------------------- pages


def board(tx: Tx, visitor: Visitor, period: Period, of: Scope = WHOLE_GROUP) -> Board:
    """A board of the group as the visitor may see it."""
    member = visitor.member.id if visitor.member is not None else None
    return board_for(tx, visitor.group, member, period, visitor.today, of)


def board_page(tx: Tx, visitor: Visitor, period: Period, track: int | None, growth: bool) -> BoardPage | None:
    """The board of the group, or of one of its tracks, with the tracks to choose from; None for a track that is not
    the group's."""
    names = boards.names(tx, visitor.group)
    if track is not None and track not in names:
        return None
    shown = board(tx, visitor, period, Scope(track=track, growth=growth))
    return BoardPage(shown, tuple(names.items()) if len(names) > 1 else ())


def progress(tx: Tx, visitor: Visitor, memory: Memory, questions: Questions, now: datetime) -> Progress:
    """The visitor over time and by competency, their streak, and what comes back to them."""
    week, ever = (board(tx, visitor, period).you for period in (Period.WEEK, Period.ALL))
    if visitor.member is None:
        return Progress(week, ever, (), (), ())
    past = tx.dashboard.past_answers(visitor.group, visitor.member.id, MOST_DRAWN)
    listed = tuple(reversed(_listed(tx, past)))
    graded = tuple(each for each in listed if each.score is not None)
    keys = [period_key(Period.WEEK, visitor.today - timedelta(weeks=back)) for back in range(WEEKS)]
    weeks = tuple(tx.dashboard.past_periods(visitor.group, visitor.member.id, Period.WEEK, keys))
    skills = _skills(tx, visitor.group, visitor.member.id, graded)
    calibration = guesses.calibration_of(tx, visitor.group, visitor.member.id)
    calendar = streaks.calendar_for(tx, visitor.member, now)
    counts = calendar is not None and bool(calendar.marks)
    again = coming_back(tx, visitor.member, memory, questions, now)
    return Progress(week, ever, graded, weeks, skills, calibration, calendar if counts else None, again)


def _skills(tx: Tx, group: int, member: int, graded: Sequence[ListedAnswer]) -> tuple[Skill, ...]:
    """Each competency in which there is something."""
    rounds = tx.rounds.of_member(group, member, (RoundState.DONE,), MOST_ROUNDS)
    notes = [round.notes for round in rounds if round.notes is not None]
    skills = []
    for competency in Competency:
        scores = [each.score for each in graded if each.competency is competency and each.score is not None]
        heard = [note.score for note in notes if note.competency is competency]
        if scores or heard:
            skills.append(Skill(competency, len(scores), _mean(scores), len(heard), _mean(heard)))
    return tuple(skills)


def _mean(scores: Sequence[float]) -> float | None:
    return fmean(scores) if scores else None


def answers(tx: Tx, visitor: Visitor, before: int | None) -> AnswerList:
    """A page of the visitor's answers: the newest, or those older than one."""
    if visitor.member is None:
        return AnswerList((), None)
    past = tx.dashboard.past_answers(visitor.group, visitor.member.id, PER_PAGE + 1, before)
    shown = _listed(tx, past[:PER_PAGE])
    return AnswerList(shown, shown[-1].id if len(past) > PER_PAGE else None)


def _listed(tx: Tx, past: Sequence[PastAnswer]) -> tuple[ListedAnswer, ...]:
    questions = {hash: _question(tx, hash) for hash in {each.question for each in past}}
    return tuple(_line(each, questions[each.question]) for each in past)


def _line(past: PastAnswer, question: Question) -> ListedAnswer:
    competency = COMPETENCY[question.kind]
    return ListedAnswer(past.id, question.title, competency, past.day, past.late, past.attempt > 1, past.score)


def _question(tx: Tx, hash: str) -> Question:
    """The wording that was asked."""
    body = tx.asking.copy(hash)
    assert body is not None
    return question_from_json(body)


def answer(tx: Tx, visitor: Visitor, id: int, now: datetime) -> OwnAnswer | None:
    """One of the visitor's own answers with its full review; None for every other one."""
    found = tx.answers.by_id(visitor.group, id)
    if found is None or visitor.member is None or found.member != visitor.member.id:
        return None
    case = reviews.load(tx, visitor.group, found.id, found.version)
    if found.state is AnswerState.WITHDRAWN or case is None:
        return None
    review = fullreview.shown(tx, case.question, found, case.review, now).text if case.review is not None else None
    question = case.question
    posting = tx.asking.posting(visitor.group, found.posting)
    closed = posting is not None and posting.state is PostingState.CLOSED
    points, _ = tx.standings.booked(visitor.group, found.id)
    past = tx.dashboard.past_answers(visitor.group, visitor.member.id, 1, found.id + 1)
    return OwnAnswer(
        _line(past[0], question),
        question.prompt,
        found.text,
        review,
        points,
        _other_attempt(tx, found),
        question.model_answer if closed else None,
    )


def questions(tx: Tx, visitor: Visitor) -> Sequence[QuestionHealth] | None:
    """How the group's questions do; None for whoever is no organiser."""
    return question_health.of_group(tx, visitor.group, visitor.today) if visitor.organiser else None


def health(tx: Tx, visitor: Visitor, reviewer: str, now: datetime) -> Sequence[str] | None:
    """What `/study-admin health` says of each of the group's tracks, as our Markdown; None for whoever is no
    organiser."""
    if not visitor.organiser:
        return None
    return [organising.health(tx, track, reviewer, now).text for track in tx.asking.tracks(visitor.group)]


def _other_attempt(tx: Tx, answer: Answer) -> int | None:
    """The second attempt beside a first, or the first beside a second."""
    if not answer.is_second:
        second = fullreview.second_of(tx, answer)
        return second.id if second is not None else None
    first = tx.answers.of(answer.group, answer.asking, answer.member)
    return first.id if first is not None else None
