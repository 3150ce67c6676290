"""`/mock`: opening a round or a loop, what a second one offers, and the history.

Everything here happens inside the caller's transaction.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import texts
from bot.domain.companies import NEUTRAL, Company, Competency, RoundPlan, Stage
from bot.domain.debriefs import about_gap, gap_in, with_company, worst_gaps
from bot.domain.errors import Mistake
from bot.domain.incoming import ButtonPressed, CommandCalled
from bot.domain.outgoing import Action, Button, Reply
from bot.domain.questions import Level, Question
from bot.domain.refs import ChannelRef, Person
from bot.domain.rounds import (
    UNDER_WAY,
    Mode,
    RoundState,
    Wish,
    asks_for,
)
from bot.ports import Companies, Questions, Story
from bot.services.members import member_for
from bot.services.rounds import done_from_afar, round_of
from bot.shelves import Loop, LoopState, NewRound, Round, Tx

#: A round takes at least and at most so many minutes.
FEWEST_MINUTES, MOST_MINUTES = 5, 90
#: So many rounds are shown in the history, and so many of them may be shared from there.
HISTORY, SHAREABLE = 60, 5

_START, _LOOP, _HISTORY = "start", "loop", "history"
_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody would like to practise; `competency` None stands for the whole loop."""

    company: Company
    competency: Competency | None
    level: Level
    mode: Mode
    minutes: int | None = None


class MockInterviews:
    """`/mock`, over the profiles and questions that were read at start."""

    def __init__(self, companies: Companies, questions: Questions) -> None:
        self._companies = companies
        self._questions = questions

    def called(self, tx: Tx, group: int, event: CommandCalled, options: Mapping[str, str], now: datetime) -> Reply:
        """The command in all its forms. Raises `Mistake` for an option that says nothing."""
        action = options.get("action", _START)
        member = member_for(tx, group, event.person, now)
        if action == _HISTORY:
            return _history(tx, self._companies, group, member.id)
        if action not in (_START, _LOOP):
            return self._wished(tx, group, member.id, Wish(action), event.call, now)
        if action == _START and not {"company", "round", "minutes", "level", "role"} & options.keys():
            return _open_one(tx, group, member.id, self._companies) or self._offer_companies(options)
        return self.start(tx, group, member.id, event.person, event.place, self._wanted(action, options), now)

    def _wished(self, tx: Tx, group: int, member: int, wish: Wish, call: str, now: datetime) -> Reply:
        """Resume, stop and the like, from wherever the command was called."""
        rounds = tx.rounds.of_member(group, member, UNDER_WAY, 1)
        if rounds:
            return done_from_afar(tx, rounds[0], wish, call, now)
        loop = tx.rounds.open_loop(group, member)
        if loop is None:
            return Reply(texts.nothing_to_resume())
        if wish is Wish.STOP:
            tx.rounds.end_loop(group, loop.id, LoopState.STOPPED)
            return Reply(texts.loop_stopped())
        return self._loop_status(tx, loop)

    def _wanted(self, action: str, options: Mapping[str, str]) -> Wanted:
        typed = options.get("company", NEUTRAL).casefold()
        company = self._companies.company(typed)
        if company is None:
            raise Mistake(
                texts.no_such_company(typed, self._companies.ids) if self._companies.ids else texts.no_profiles()
            )
        competency = None if action == _LOOP else Competency(options.get("round", Competency.BACKEND.value))
        level = Level(options.get("level", Level.MID.value))
        return Wanted(company, competency, level, Mode(options.get("mode", Mode.COACH.value)), _minutes(options))

    def _offer_companies(self, options: Mapping[str, str]) -> Reply:
        mode = options.get("mode", Mode.COACH.value)
        known = [company for id in self._companies.ids if (company := self._companies.company(id)) is not None]
        if not known:
            return Reply(texts.no_profiles())
        buttons = tuple(Button(Action.MOCK, company.title, f"{company.id}.{mode}") for company in known)
        return Reply(texts.choose_company(), buttons)

    def chosen(self, tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Reply:
        """A button of `/mock` without options: first the company, then the round."""
        id, _, rest = event.target.partition(".")
        mode, _, round = rest.partition(".")
        company = self._companies.company(id)
        if company is None or mode not in set(Mode):
            return Reply(texts.not_found())
        if not round:
            return _offer_rounds(company, mode)
        if round not in {_LOOP, *Competency}:
            return Reply(texts.not_found())
        member = member_for(tx, group, event.person, now)
        wanted = Wanted(company, None if round == _LOOP else Competency(round), Level.MID, Mode(mode))
        return self.start(tx, group, member.id, event.person, event.place, wanted, now)

    # beginning

    def start(
        self, tx: Tx, group: int, member: int, person: Person, place: ChannelRef, wanted: Wanted, now: datetime
    ) -> Reply:
        """Begins a round or a loop, unless one is open."""
        if (open_one := _open_one(tx, group, member, self._companies)) is not None:
            return open_one
        if wanted.competency is None:
            loop = tx.rounds.open_loop(group, member)
            if loop is not None:
                return self._loop_status(tx, loop)
            loop = tx.rounds.begin_loop(group, member, wanted.company.id, wanted.level, wanted.mode, now)
            reply = self._begin_next(tx, loop, person, place, now)
            if not tx.rounds.of_loop(group, loop.id):  # there are no questions for its first round
                tx.rounds.end_loop(group, loop.id, LoopState.STOPPED)
            return reply
        plan = _plan_for(wanted.company, wanted.competency, wanted.minutes)
        new = self._new(tx, group, member, person, place, wanted.company, plan, wanted.level, wanted.mode)
        return _begin(tx, group, new, now)

    def next_pressed(self, tx: Tx, event: ButtonPressed, now: datetime) -> Reply:
        """The next round of a loop, of which the target names a round, by the one it belongs to."""
        last = round_of(tx, event)
        loop = tx.rounds.loop(last.group, last.loop) if last is not None and last.loop is not None else None
        if last is None or loop is None or loop.state is not LoopState.OPEN:
            return Reply(texts.not_found())
        tx.members.hold(loop.group, last.user)
        if (open_one := _open_one(tx, loop.group, loop.member, self._companies)) is not None:
            return open_one
        return self._begin_next(tx, loop, Person(last.user, event.person.name), last.place, now)

    def _begin_next(self, tx: Tx, loop: Loop, person: Person, place: ChannelRef, now: datetime) -> Reply:
        company = self._companies.company(loop.company)
        done = _done_rounds(tx, loop)
        if company is None or len(done) >= len(company.rounds):
            return Reply(texts.not_found())
        plan = company.rounds[len(done)]
        new = self._new(tx, loop.group, loop.member, person, place, company, plan, loop.level, loop.mode, loop.id)
        if plan.stage is Stage.AS_APPROPRIATE:
            new = replace(new, questions=_senior_questions(tx, plan, done) or new.questions)
        return _begin(tx, loop.group, new, now)

    def _loop_status(self, tx: Tx, loop: Loop) -> Reply:
        company = self._companies.company(loop.company)
        done = len(_done_rounds(tx, loop))
        title, of = (company.title, len(company.rounds)) if company is not None else (loop.company, done)
        last = tx.rounds.of_loop(loop.group, loop.id)[-1]
        next_one = Button(Action.ROUND_NEXT, texts.label_next_round(), str(last.id))
        return Reply(texts.loop_open_already(title, done, of), (next_one,))

    def _new(
        self,
        tx: Tx,
        group: int,
        member: int,
        person: Person,
        place: ChannelRef,
        company: Company,
        plan: RoundPlan,
        level: Level,
        mode: Mode,
        loop: int | None = None,
    ) -> NewRound:
        chosen = self._choose(tx, group, member, company, plan, level)
        asked = tuple(with_company(question, company) for question in chosen)
        return NewRound(member, person.user, place, company.id, plan, level, mode, loop, asked)

    def _choose(
        self, tx: Tx, group: int, member: int, company: Company, plan: RoundPlan, level: Level
    ) -> Sequence[Question]:
        """Questions this member was asked least often, of the wanted level where there are; the company's first pack
        comes first. Among equals each member has their own order, the same every time."""
        packs = company.packs.get(plan.competency, ())
        before = tx.rounds.asked_before(group, member)
        found = [
            (before.count(id), _distance(question.level, level), at, zlib.crc32(f"{member}:{id}".encode()), question)
            for at, pack in enumerate(packs)
            for id in self._questions.ids_in([pack])
            if (question := self._questions.question(id)) is not None
        ]
        return [each[-1] for each in sorted(found, key=lambda each: each[:-1])][: plan.questions]


def _distance(one: Level, other: Level) -> int:
    return abs(_LEVELS.index(one) - _LEVELS.index(other))


def _minutes(options: Mapping[str, str]) -> int | None:
    typed = options.get("minutes")
    if typed is None:
        return None
    if not (typed.isascii() and typed.isdecimal() and FEWEST_MINUTES <= int(typed[:4]) <= MOST_MINUTES):
        raise Mistake(texts.not_minutes(typed, FEWEST_MINUTES, MOST_MINUTES))
    return int(typed)


def _offer_rounds(company: Company, mode: str) -> Reply:
    kinds = [each for each in Competency if company.packs.get(each)]
    buttons = [Button(Action.MOCK, texts.label_competency(each), f"{company.id}.{mode}.{each}") for each in kinds]
    buttons.append(Button(Action.MOCK, texts.label_loop(), f"{company.id}.{mode}.{_LOOP}"))
    return Reply(texts.choose_round(company.title), tuple(buttons))


def _open_one(tx: Tx, group: int, member: int, companies: Companies) -> Reply | None:
    """One open round per member and group: what a second `/mock` offers."""
    rounds = tx.rounds.of_member(group, member, UNDER_WAY, 1)
    if not rounds:
        return None
    return Reply(
        texts.open_already(_title_of(companies, rounds[0])),
        (
            Button(Action.ROUND_RESUME, texts.label_resume(), str(rounds[0].id)),
            Button(Action.ROUND_STOP, texts.label_stop_round(), str(rounds[0].id)),
        ),
    )


def _title_of(companies: Companies, round: Round) -> str:
    """How a round is called."""
    company = companies.company(round.company)
    return texts.round_title(company.title if company is not None else round.company, round.plan)


def _plan_for(company: Company, competency: Competency, minutes: int | None) -> RoundPlan:
    """A single round: the company's own for this competency, the on-site one first, or one in its manner."""
    own = [plan for plan in company.rounds if plan.competency is competency and plan.stage is not Stage.AS_APPROPRIATE]
    plan = next((plan for plan in own if plan.stage is Stage.ON_SITE), own[0] if own else None)
    if plan is None:
        title, who = texts.label_competency(competency), company.rounds[0].interviewer
        plan = RoundPlan(f"practice-{competency}", title, Stage.ON_SITE, competency, 45, 2, who)
    if minutes is None:
        return plan
    questions = max(1, min(plan.questions, round(plan.questions * minutes / plan.minutes)))
    return replace(plan, minutes=minutes, questions=questions)


def _begin(tx: Tx, group: int, new: NewRound, now: datetime) -> Reply:
    if not new.questions:
        return Reply(texts.no_round_questions())
    begun = tx.rounds.begin(group, new, now)
    tx.owe(Story.OPEN_ROUND, f"room:{begun.id}:0", group, begun.id)
    return Reply(texts.round_opening())


def _done_rounds(tx: Tx, loop: Loop) -> Sequence[Round]:
    return [each for each in tx.rounds.of_loop(loop.group, loop.id) if each.notes is not None]


def _senior_questions(tx: Tx, plan: RoundPlan, done: Sequence[Round]) -> tuple[Question, ...]:
    """What the senior interviewer asks: the gaps in the notes of those before, each named."""
    gaps = [
        gap
        for round in done
        for each in tx.rounds.questions(round.group, round.id)
        if each.position <= round.floor.position
        and (gap := gap_in(round.plan.title, each.question, each.review)) is not None
    ]
    return tuple(
        about_gap(
            gap,
            texts.about_a_gap(
                gap.round_title,
                gap.question.title,
                [asks for point in gap.points[:2] if (asks := asks_for(gap.question, point))],
            ),
        )
        for gap in worst_gaps(gaps, plan.questions)
    )


def _history(tx: Tx, companies: Companies, group: int, member: int) -> Reply:
    lines, buttons = [], []
    for each in tx.rounds.of_member(group, member, (RoundState.DONE,), HISTORY):
        if _is_kept_back(tx, each):
            continue
        company = companies.company(each.company)
        if each.notes is not None and each.ended_at is not None:
            name = company.title if company is not None else each.company
            notes = each.notes
            lines.append(texts.HistoryLine(each.ended_at.date(), name, each.plan.title, notes.competency, notes.score))
            label = texts.label_share_round(each.plan.title)
            buttons.append(Button(Action.ROUND_SHARE, label, str(each.id)))
    return Reply(texts.history(lines), tuple(buttons[:SHAREABLE]))


def _is_kept_back(tx: Tx, round: Round) -> bool:
    """Whether a result waits for the debrief of a strict loop (F40)."""
    loop = tx.rounds.loop(round.group, round.loop) if round.loop is not None else None
    return loop is not None and loop.mode is Mode.STRICT and loop.state is LoopState.OPEN
