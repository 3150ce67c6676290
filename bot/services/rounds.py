"""Mock rounds as their members drive them: opening one, answering in it, and asking for something in between.

Everything here happens inside the caller's transaction. What an interviewer says is a turn with `said=False`; the
story `SPEAK` says it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import texts
from bot.domain.answers import clean, join_parts
from bot.domain.companies import NEUTRAL, Company, Competency, RoundPlan, Stage
from bot.domain.debriefs import about_gap, gap_in, with_company, worst_gaps
from bot.domain.errors import Mistake
from bot.domain.files import as_part
from bot.domain.incoming import ButtonPressed, CommandCalled, MessageEdited, MessagePosted, MessagesDeleted
from bot.domain.outgoing import Action, Button, Received, Reply, read_id
from bot.domain.questions import Level, Question
from bot.domain.refs import ChannelRef, Person, ThreadRef, UserRef
from bot.domain.rounds import (
    ANSWERING,
    LISTEN_FOR,
    READS_FOR,
    UNDER_WAY,
    Close,
    Ended,
    Floor,
    Mode,
    NextQuestion,
    RoundClock,
    RoundState,
    Speaker,
    TurnKind,
    Wish,
    after_question,
    asks_for,
    wish_in,
)
from bot.ports import Companies, Questions, Story
from bot.services.members import member_for
from bot.shelves import HeldAnswer, Loop, LoopState, NewRound, Round, Turn, Tx

#: A round takes at least and at most so many minutes.
FEWEST_MINUTES, MOST_MINUTES = 5, 90
#: So many rounds are shown in the history, and so many of them may be shared from there.
HISTORY, SHAREABLE = 60, 5

#: Ids of messages are kept up to this length.
MESSAGE_ID_LENGTH = 64

#: Buttons of a round, and what each of them asks for.
WISHES = {
    Action.ROUND_RESUME: Wish.RESUME,
    Action.ROUND_PAUSE: Wish.PAUSE,
    Action.ROUND_STOP: Wish.STOP,
    Action.ROUND_SKIP: Wish.SKIP,
    Action.ROUND_HINT: Wish.HINT,
    Action.ROUND_REPEAT: Wish.REPEAT,
    Action.ROUND_TIME: Wish.TIME,
}
#: Wishes about the question under which the button stands.
_ABOUT_A_QUESTION = (Wish.SKIP, Wish.HINT)
_START, _LOOP, _HISTORY = "start", "loop", "history"
_LEVELS = tuple(Level)


# ---------------------------------------------------------------- /mock


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
            return _done_from_afar(tx, rounds[0], wish, call, now)
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
        last = _round_of(tx, event)
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
        texts.open_already(title_of(companies, rounds[0])),
        (
            Button(Action.ROUND_RESUME, texts.label_resume(), str(rounds[0].id)),
            Button(Action.ROUND_STOP, texts.label_stop_round(), str(rounds[0].id)),
        ),
    )


def title_of(companies: Companies, round: Round) -> str:
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


# ---------------------------------------------------------------- in the room


def in_room(tx: Tx, event: MessagePosted) -> Sequence[Round]:
    """The round in whose private place its member wrote this. Several, the newest first, where one conversation serves
    several groups and nothing tells which of their rounds is meant."""
    if event.thread is None:
        return ()
    there = tx.rounds.in_room(event.thread, event.author.user)
    return _meant(tx, there, event) if len(there) > 1 else there


def _meant(tx: Tx, there: Sequence[Round], event: MessagePosted) -> Sequence[Round]:
    """Of several rounds in one conversation the one that knows the message, or to whose words it replies, or the only
    one whose clock runs."""
    known = tx.rounds.holding(event.message)
    if known is not None:
        return (known,)
    if event.reply_to is not None:
        return [each for each in there if _has_said(tx, each, event.reply_to.message.id)] or there
    running = [each for each in there if each.state is RoundState.OPEN]
    return running if len(running) == 1 else there


def _has_said(tx: Tx, round: Round, message: str) -> bool:
    sent = (
        tx.delivery.by_key(round.group, saying_key(round.id, turn.number))
        for turn in reversed(tx.rounds.turns(round.group, round.id))
        if turn.speaker is Speaker.INTERVIEWER
    )
    return any(each is not None and each.sent_id == message for each in sent)


def ask_which(tx: Tx, there: Sequence[Round], event: MessagePosted, now: datetime) -> None:
    """Several rounds in one conversation may be meant: the newest one's interviewer asks."""
    newest = tx.rounds.held(there[0].group, there[0].id)
    if newest is None or event.system or event.author.bot:
        return
    if tx.rounds.add_note(newest, "", event.message.id, now):
        text = texts.which_round([(each.plan.title, space_name(tx, each)) for each in there])
        say(tx, newest, TurnKind.WORD, text, now)


def space_name(tx: Tx, round: Round) -> str:
    """Where a round was opened, by the name of that server or workspace."""
    spaces = tx.members.spaces(round.group)
    return next((each.name for each in spaces if each.ref == round.user.space), "")


def said(tx: Tx, found: Round, event: MessagePosted, now: datetime) -> Received | None:
    """A message of a member in the private place of a round: an answer, or a wish in plain words. One that is known
    already, in this round or another, changes nothing; what is said when the round is over is for no later one."""
    round = tx.rounds.held(found.group, found.id)
    if round is None or event.system or event.author.bot:
        return None
    # Rounds of one person follow each other in one conversation, of which a platform may tell everything once more.
    known = tx.rounds.holding(event.message)
    if known is not None and known.id != round.id:
        return None
    if round.state not in UNDER_WAY:
        tx.rounds.add_note(round, "", event.message.id, now)
        return None
    text = clean(event.text)
    wish = wish_in(text)
    if wish is None and (text or event.files):
        return _answered(tx, round, text, event, now)
    if tx.rounds.add_note(round, text, event.message.id, now) and wish is not None:
        grant(tx, round, wish, now)
    return None


def _answered(tx: Tx, round: Round, text: str, event: MessagePosted, now: datetime) -> Received | None:
    turns = tx.rounds.turns(round.group, round.id)
    asking = next((turn for turn in turns if turn.number == round.asked_by), None)
    waiting = asking is not None and _may_answer(tx, round, asking, event.at)
    position = round.floor.position if waiting else _latest_position(turns, round.floor.position)
    kind = TurnKind.ANSWER if waiting else TurnKind.ADDITION
    if event.files:
        held = tx.rounds.add_held(round, HeldAnswer(kind, text, event.files), position, event.message.id, now)
        if held is None:
            return None
        tx.owe(Story.READ_ROUND_FILES, f"round_files:{held.id}", round.group, held.id)
    elif tx.rounds.add_answer(round, kind, text, position, event.message.id, now) is None:
        return None
    if round.state is RoundState.PAUSED:
        if event.at >= _paused_at(turns, round):
            _run(tx, round, now)
    elif waiting and not event.files:
        owe_hearing(tx, round, now)
    return Received(event.message)


def take_files(tx: Tx, group: int, turn: int, read: Sequence[str], now: datetime) -> None:
    """The files of an answer were read, each as its text or nothing: they belong to it now."""
    before = tx.rounds.held_answer(group, turn)
    round = tx.rounds.held(group, before[0].id) if before is not None else None
    found = tx.rounds.held_answer(group, turn)
    if round is None or found is None:
        return
    _, told, held = found
    parts = [as_part(file.name, text) for file, text in zip(held.files, read, strict=False) if text]
    whole = clean("\n".join(filter(None, [held.text, *parts])))
    tx.rounds.take_held(group, told, held.kind if whole else TurnKind.WORD, whole)
    unread = [file.name for at, file in enumerate(held.files) if not any(read[at : at + 1])]
    if unread and round.state is not RoundState.STOPPED:
        say(tx, round, TurnKind.WORD, texts.files_not_read(unread), now)
    if whole and held.kind is TurnKind.ANSWER and round.state is RoundState.OPEN:
        owe_hearing(tx, round, now)


def _may_answer(tx: Tx, round: Round, asking: Turn, written_at: datetime) -> bool:
    """Whether what was written then can be about this question. What is written while it is being prepared belongs to
    the one before, however late it comes. One that was sent off may stand there although we do not know it yet: a
    process that died saying it learns of it only when it looks for it again."""
    if asking.said:
        return written_at > asking.at - READS_FOR
    sending = tx.delivery.by_key(round.group, saying_key(round.id, asking.number))
    return sending is not None and written_at > sending.attempted + READS_FOR


def owe_hearing(tx: Tx, round: Round, now: datetime) -> None:
    """The interviewer will think about what is said to their question, a moment after the latest word."""
    # After a pause it is another listening: the one before ended with the pause.
    key = f"hear:{round.id}:{round.asked_by}:{round.epoch}"
    tx.owe(Story.HEAR_ANSWER, key, round.group, round.id, round.asked_by, not_before=now + LISTEN_FOR)


def _paused_at(turns: Sequence[Turn], round: Round) -> datetime:
    """When the clock was stopped: what was written before ends no pause, however late it comes."""
    return next((turn.at for turn in reversed(turns) if turn.kind is TurnKind.PAUSE), round.opened_at)


def _latest_position(turns: Sequence[Turn], otherwise: int) -> int:
    return next((turn.position for turn in reversed(turns) if turn.speaker is Speaker.MEMBER), otherwise)


def edited(tx: Tx, event: MessageEdited) -> bool:
    """Whether an edited message is an answer of a round. Its question is graded anew for the report; what was asked
    about it stays asked."""
    round = tx.rounds.holding(event.message)
    if round is None:
        return False
    tx.rounds.set_text(round.group, round.id, event.message.id, clean(event.text))
    return True


def deleted(tx: Tx, event: MessagesDeleted) -> None:
    """Deleted answers do not count any more."""
    for message in event.messages:
        round = tx.rounds.holding(message)
        if round is not None:
            tx.rounds.set_text(round.group, round.id, message.id, "")


def pressed(tx: Tx, event: ButtonPressed, now: datetime) -> Reply | None:
    """A button of a round, by the one it belongs to."""
    found = _round_of(tx, event)
    round = tx.rounds.held(found.group, found.id) if found is not None else None
    if round is None:
        return Reply(texts.not_found())
    if round.state not in UNDER_WAY:
        return Reply(texts.round_over())
    wish = WISHES[event.action]
    if wish in _ABOUT_A_QUESTION and _is_earlier(tx, round, event):
        return Reply(texts.earlier_question())
    if not _is_inside(round, event):
        return _done_from_afar(tx, round, wish, event.press, now)
    _grant_once(tx, round, wish, event.press, now)
    return None


def target_of(round: int, turn: int) -> str:
    """What buttons under a turn of a round act on."""
    return f"{round}.{turn}"


def _round_of(tx: Tx, event: ButtonPressed) -> Round | None:
    """The round that a button acts on, where it is the presser's own."""
    id = read_id(event.target.partition(".")[0])
    return tx.rounds.of_target(id, event.person.user) if id is not None else None


def _is_earlier(tx: Tx, round: Round, event: ButtonPressed) -> bool:
    """Whether a button stands under a question that is done: a second click on it is not about the next one."""
    number = read_id(event.target.partition(".")[2])
    turns = tx.rounds.turns(round.group, round.id) if number is not None else ()
    return any(turn.number == number and turn.position < round.floor.position for turn in turns)


def _grant_once(tx: Tx, round: Round, wish: Wish, event: str, now: datetime) -> None:
    """A press or call that is delivered twice asks once."""
    if tx.rounds.add_note(round, wish.value, f"asked:{event}"[:MESSAGE_ID_LENGTH], now):
        grant(tx, round, wish, now)


def _is_inside(round: Round, event: ButtonPressed) -> bool:
    room = round.room
    if room is None:
        return False
    thread = event.thread.id if event.thread is not None else None
    return room.id == thread or (room.channel == event.place.id != round.place.id)


def _done_from_afar(tx: Tx, round: Round, wish: Wish, event: str, now: datetime) -> Reply:
    """A wish from outside of the private place: it is granted there, and said here that it was."""
    held = tx.rounds.held(round.group, round.id)
    if held is None or held.state not in UNDER_WAY:
        return Reply(texts.round_over())
    if held.room is None:
        return _reopen(tx, held, wish, now)
    _grant_once(tx, held, wish, event, now)
    return Reply(texts.goes_on() if wish is Wish.RESUME else texts.done_as_asked())


def _reopen(tx: Tx, round: Round, wish: Wish, now: datetime) -> Reply:
    """The private place is not open yet, or was deleted."""
    if wish is Wish.STOP:
        stop_silently(tx, round, now)
        return Reply(texts.stopped_early())
    if round.state is RoundState.PAUSED:
        round = replace(round, epoch=round.epoch + 1)
        tx.rounds.change(round)
    tx.owe(Story.OPEN_ROUND, f"room:{round.id}:{round.epoch}", round.group, round.id)
    return Reply(texts.round_opening())


# ---------------------------------------------------------------- wishes


def grant(tx: Tx, round: Round, wish: Wish, now: datetime) -> None:
    """Does what a member asked for; the words about it are said in the round's private place. The round is held."""
    match wish:
        case Wish.STOP:
            close(tx, round, Ended.STOPPED, "", now)
        case Wish.SKIP:
            _skip(tx, round, now)
        case Wish.PAUSE:
            pause(tx, round, texts.round_paused(), now)
        case Wish.RESUME:
            _resume(tx, round, now)
        case Wish.HINT:
            _hint(tx, round, now)
        case Wish.REPEAT:
            _repeat(tx, round, now)
        case Wish.TIME:
            say(tx, round, TurnKind.WORD, texts.time_left(_minutes_left(round, now), round.plan.minutes), now)
        case Wish.STATUS:
            of = len(tx.rounds.questions(round.group, round.id))
            minutes, number = _minutes_left(round, now), round.floor.position + 1
            say(tx, round, TurnKind.WORD, texts.round_status(number, of, minutes, round.plan.minutes), now)


def _minutes_left(round: Round, now: datetime) -> int:
    return -(-int(round.clock.left(now).total_seconds()) // 60)


def saying_key(round: int, turn: int) -> str:
    """The key under which a turn of a round is said."""
    return f"round:{round}:{turn}"


def say(tx: Tx, round: Round, kind: TurnKind, text: str, now: datetime) -> Turn:
    """Writes down what the interviewer says, and that it is owed."""
    turn = tx.rounds.add_turn(round, Speaker.INTERVIEWER, kind, text, now)
    tx.owe(Story.SPEAK, f"speak:{round.id}:{turn.number}", round.group, round.id)
    return turn


def _skip(tx: Tx, round: Round, now: datetime) -> None:
    questions = [each.question for each in tx.rounds.questions(round.group, round.id)]
    move(tx, round, after_question(questions, round.floor.position, round.clock.left(now)), questions, "", now)


def move(
    tx: Tx, round: Round, step: NextQuestion | Close, questions: Sequence[Question], before: str, now: datetime
) -> None:
    """The next main question, or the end; `before` is said first."""
    if isinstance(step, Close):
        close(tx, round, step.why, before, now)
        return
    round = replace(round, floor=Floor(step.position, answers=round.floor.answers))
    text = texts.main_question(questions[step.position], step.position + 1, len(questions))
    ask(tx, round, TurnKind.QUESTION, "\n\n".join(filter(None, [before, text])), now)


def ask(tx: Tx, round: Round, kind: TurnKind, text: str, now: datetime) -> None:
    """The interviewer asks, and waits for an answer from now on."""
    turn = say(tx, round, kind, text, now)
    tx.rounds.change(replace(round, asked_by=turn.number))


def pause(tx: Tx, round: Round, words: str, now: datetime) -> None:
    """The clock stops."""
    if round.state is not RoundState.OPEN:
        return
    clock = RoundClock(round.clock.minutes, round.clock.spent(now), None)
    tx.rounds.change(replace(round, state=RoundState.PAUSED, clock=clock))
    say(tx, round, TurnKind.PAUSE, words, now)


def _resume(tx: Tx, round: Round, now: datetime) -> None:
    if round.state is RoundState.PAUSED:
        round = _run(tx, round, now)
        say(tx, round, TurnKind.WORD, f"{texts.welcome_back()}\n\n{_asked(tx, round)}", now)
    elif round.state is RoundState.OPEN:
        _repeat(tx, round, now)


def _run(tx: Tx, round: Round, now: datetime) -> Round:
    """The clock runs again, and somebody watches it."""
    clock = RoundClock(round.clock.minutes, round.clock.used, now)
    running = replace(round, state=RoundState.OPEN, clock=clock, epoch=round.epoch + 1)
    tx.rounds.change(running)
    owe_watch(tx, running)
    turns = tx.rounds.turns(round.group, round.id)
    if any(turn.kind is TurnKind.ANSWER and turn.number > round.asked_by for turn in turns):
        owe_hearing(tx, running, now)
    return running


def owe_watch(tx: Tx, round: Round) -> None:
    """Somebody looks at the clock, as long as it runs."""
    tx.owe(Story.WATCH_ROUND, f"watch:{round.id}:{round.epoch}", round.group, round.id, round.epoch)


def _repeat(tx: Tx, round: Round, now: datetime) -> None:
    say(tx, round, TurnKind.WORD, _asked(tx, round), now)


def _asked(tx: Tx, round: Round) -> str:
    """What waits for an answer."""
    turns = tx.rounds.turns(round.group, round.id)
    return next((turn.text for turn in turns if turn.number == round.asked_by), texts.goes_on())


def _hint(tx: Tx, round: Round, now: datetime) -> None:
    on_the_table = tx.rounds.questions(round.group, round.id)[round.floor.position]
    hints = on_the_table.question.hints
    if on_the_table.hints >= len(hints):
        say(tx, round, TurnKind.WORD, texts.no_more_hints(), now)
        return
    number = tx.rounds.take_hint(round.group, round.id, round.floor.position)
    say(tx, round, TurnKind.HINT, texts.round_hint(number + 1, len(hints), hints[number]), now)


# ---------------------------------------------------------------- the end


def close(tx: Tx, round: Round, why: Ended, before: str, now: datetime) -> None:
    """The interviewer says goodbye and writes the report; a round in which nothing was said has none."""
    if round.state not in UNDER_WAY:
        return
    turns = tx.rounds.turns(round.group, round.id)
    if not any(turn.kind in (*ANSWERING, TurnKind.HELD) and turn.text for turn in turns):
        kind = TurnKind.CLOSING if round.loop is None else TurnKind.NEXT
        say(tx, round, kind, texts.stopped_early(), now)
        stop_silently(tx, round, now)
        return
    clock = RoundClock(round.clock.minutes, round.clock.spent(now), None)
    closing = replace(round, state=RoundState.CLOSING, clock=clock, ended_at=now, why=why)
    tx.rounds.change(closing)
    say(tx, closing, TurnKind.CLOSING, "\n\n".join(filter(None, [before, texts.closing(why)])), now)
    tx.owe(Story.END_ROUND, f"end:{round.id}", round.group, round.id)


def stop_silently(tx: Tx, round: Round, now: datetime) -> None:
    """The round is over without a report."""
    clock = RoundClock(round.clock.minutes, round.clock.spent(now), None)
    stopped = replace(round, state=RoundState.STOPPED, clock=clock, ended_at=now, why=Ended.STOPPED)
    tx.rounds.change(stopped)


def place_gone(tx: Tx, place: ThreadRef, now: datetime) -> None:
    """The private place of a round was deleted: the clock stops, and resuming opens another one."""
    for round in tx.rounds.with_room(place):
        held = tx.rounds.held(round.group, round.id)
        if held is not None and held.state in UNDER_WAY:
            lose_room(tx, held, now)


def lose_room(tx: Tx, round: Round, now: datetime) -> None:
    """A round without a private place waits."""
    clock = RoundClock(round.clock.minutes, round.clock.spent(now), None)
    tx.rounds.change(replace(round, room=None, state=RoundState.PAUSED, clock=clock))


def member_left(tx: Tx, group: int, user: UserRef, now: datetime) -> None:
    """Whoever leaves has no open round any more; what they said is kept for their return."""
    member = tx.members.by_user(group, user)
    rounds = tx.rounds.of_member(group, member.id, UNDER_WAY, 1) if member is not None else ()
    for round in rounds:
        if round.user == user:
            stop_silently(tx, round, now)


def answers_to(turns: Sequence[Turn], position: int, since: int = 0) -> str:
    """All that the member said to a question behind a turn, as one text."""
    return join_parts(
        turn.text for turn in turns if turn.kind in ANSWERING and turn.position == position and turn.number > since
    )
