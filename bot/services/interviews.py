"""What the interviewer of a mock round does by itself: opening the private place, thinking about an answer, speaking,
looking at the clock, and writing the report. These are the steps of the stories about rounds."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot import texts
from bot.domain.budgets import Costs
from bot.domain.companies import Company
from bot.domain.debriefs import Graded, write_up
from bot.domain.errors import NotNow, Refused
from bot.domain.files import MOST_FILES
from bot.domain.outgoing import Action, Button, OpenRoom, Picture, Say, Whisper, read_room
from bot.domain.refs import MessageRef, ThreadRef
from bot.domain.reviews import Review
from bot.domain.rounds import (
    ANSWERING,
    ASKING,
    LISTEN_FOR,
    REPORTING,
    SILENT_FOR,
    UNDER_WAY,
    Close,
    Ended,
    Floor,
    FollowUp,
    Mode,
    NextQuestion,
    Nudge,
    RoundClock,
    RoundState,
    Speaker,
    TurnKind,
    Wish,
    asks_for,
)
from bot.ports import Clock, Companies, Pictures, Questions, Storage
from bot.services import conducting, debriefs, rounds
from bot.services.budgets import Bill
from bot.services.delivery import Courier
from bot.services.drafts import FETCH_FOR, fetch
from bot.services.judging import Judges, Judging, Scene, Thought
from bot.shelves import Round, Turn, Tx

log = logging.getLogger(__name__)

#: While an answer is being thought about, the clock is looked at again after so many seconds.
LOOK_AGAIN_SECONDS = 20.0
#: What was said meanwhile is thought over together with the rest after so long.
THINK_AGAIN_SECONDS = 1.0
#: While files of an answer are being read, they are waited for in so many seconds each time.
FILES_AGAIN_SECONDS = 2.0


class Interviews:
    """The steps of a mock round."""

    def __init__(
        self,
        storage: Storage,
        judges: Judges,
        companies: Companies,
        questions: Questions,
        courier: Courier,
        clock: Clock,
        costs: Costs,
        pictures: Pictures,
    ) -> None:
        self._storage = storage
        self._judging = Judging(storage, judges, clock, costs)
        self._companies = companies
        self._questions = questions
        self._courier = courier
        self._clock = clock
        self._pictures = pictures

    # ---------------------------------------------------------------- opening

    async def open_room(self, group: int, round: int) -> None:
        """Opens the private place, and the first question waits in it. Where there is none to be had the member learns
        of it. Raises `NotNow`."""
        scene = await self._scene(group, round)
        if scene is None or scene.round.state not in UNDER_WAY or scene.round.room is not None:
            return
        try:
            id = await self._courier.send(group, self._room_of(scene))
        except Refused as refused:
            log.info("no_private_place", extra={"round": round, "why": str(refused)})
            await self._no_room(scene)
            return
        if id is not None:
            now = self._clock.now()
            await self._storage.write(lambda tx: _enter(tx, scene, id, now))

    def _room_of(self, scene: Scene) -> OpenRoom:
        round, plan = scene.round, scene.round.plan
        intro = texts.room_intro(scene.company, plan, round.mode, self._judging.word_check, scene.where)
        return OpenRoom(
            f"room:{round.id}:{round.epoch}",
            round.user,
            round.place,
            texts.round_title(scene.company.title, plan),
            intro if round.epoch == 0 else texts.we_go_on_here(),
            texts.room_warning(),
        )

    async def _no_room(self, scene: Scene) -> None:
        round, now = scene.round, self._clock.now()

        def stop(tx: Tx) -> None:
            held = tx.rounds.held(tx.members.group_now(round.group), round.id)
            if held is not None and held.state in UNDER_WAY:
                conducting.stop_silently(tx, held, now)

        await self._storage.write(stop)
        item = Whisper(f"no_room:{round.id}:{round.epoch}", round.user, round.place, texts.no_private_place())
        await self._courier.reaches(round.group, item)

    # ---------------------------------------------------------------- hearing

    async def read_files(self, group: int, turn: int) -> None:
        """Fetches the files of an answer. Raises `NotNow` while the platform is away; a file that does not come within
        minutes is given up."""
        found = await self._storage.read(lambda tx: tx.rounds.held_answer(group, turn))
        if found is None:
            return
        round, told, held = found
        patient = self._clock.now() - told.at < FETCH_FOR
        read = [await fetch(self._courier, round.user.space, file, patient) for file in held.files[:MOST_FILES]]
        now = self._clock.now()
        await self._storage.write(lambda tx: rounds.take_files(tx, tx.members.group_now(group), turn, read, now))

    async def hear(self, group: int, round: int, asked_by: int) -> float | None:
        """Lets the member finish and thinks. Seconds to wait where they have not said all yet, or said more meanwhile:
        then it is thought over again. None when what follows is written down, or this question is not waiting any
        more."""
        scene = await self._scene(group, round)
        if scene is None or not _waits(scene.round, asked_by):
            return None
        if (wait := self._still_talks(scene)) > 0:
            return wait
        return None if await self._think(scene) else THINK_AGAIN_SECONDS

    def _still_talks(self, scene: Scene) -> float:
        """Seconds until the member has said all."""
        if scene.waits_for_files:
            return FILES_AGAIN_SECONDS
        last = max((turn.at for turn in scene.turns if turn.kind is TurnKind.ANSWER), default=scene.round.opened_at)
        return (LISTEN_FOR - (self._clock.now() - last)).total_seconds()

    async def _think(self, scene: Scene) -> bool:
        """Grades what was said, decides what follows and writes it down. False when the member said more meanwhile. An
        outage of the reviewer changes nothing but the wording: the word check decides what to ask, and the report waits
        for the reviewer."""
        async with self._courier.typing(scene.round.room):
            thought = await self._judging.thought(scene)
        now = self._clock.now()
        return await self._storage.write(lambda tx: self._go_on(tx, scene, thought, now))

    def _go_on(self, tx: Tx, scene: Scene, thought: Thought, now: datetime) -> bool:
        """Writes down what follows, unless the member said or changed something meanwhile."""
        group = tx.members.group_now(scene.round.group)
        self._judging.book(tx, group, thought.bills)
        round = tx.rounds.held(group, scene.round.id)
        if round is None or not _waits(round, scene.round.asked_by):
            return True
        turns = tx.rounds.turns(group, round.id)
        position = round.floor.position
        if conducting.answers_to(turns, position) != scene.answers(position):
            return False
        heard = 0 if thought.provisional else scene.last_heard
        tx.rounds.set_review(group, round.id, position, thought.review, heard)
        # The time in which the interviewer thinks is not the member's.
        clock = RoundClock(round.clock.minutes, scene.clock.spent(now), now)
        round = replace(round, clock=clock, floor=replace(round.floor, answers=round.floor.answers + 1))
        _take_step(tx, round, scene, thought, now)
        return True

    # ---------------------------------------------------------------- speaking

    async def speak(self, group: int, round: int) -> None:
        """Says all that the interviewer has to say by now, in order; each once. When the private place is gone, the
        round waits. Raises `NotNow`."""
        found, unsaid = await self._storage.read(lambda tx: _unsaid(tx, group, round))
        if found is None or found.room is None:
            return
        for turn, before in unsaid:
            try:
                await self._say(found, found.room, turn, before)
            except Refused as refused:
                log.info("private_place_gone", extra={"round": round, "why": str(refused)})
                await self._storage.write(lambda tx: _gone(tx, group, round, self._clock.now()))
                return

    async def _say(self, round: Round, room: ThreadRef, turn: Turn, before: Sequence[str]) -> None:
        key, settled = conducting.saying_key(round.id, turn.number), self._settled(room, before)
        picture = await self._picture(round, turn)
        item = Say(key, room, turn.text, buttons=_buttons(round, turn), settles=settled, picture=picture)

        def said(tx: Tx, _: str) -> None:
            tx.rounds.set_said(tx.members.group_now(round.group), turn.id)

        if await self._courier.send(round.group, item, then=said) is None:
            # It was refused before: nobody says it again.
            await self._storage.write(lambda tx: said(tx, ""))

    async def _picture(self, round: Round, turn: Turn) -> Picture | None:
        """What a report or a debrief shows; nothing where it cannot be drawn, or the company's profile is gone."""
        company = self._companies.company(round.company)
        if company is None or turn.kind not in REPORTING:
            return None
        sketch = await self._storage.read(lambda tx: debriefs.profile(tx, company, round, turn.kind))
        return await self._pictures.draw(sketch) if sketch is not None else None

    def _settled(self, room: ThreadRef, before: Sequence[str]) -> tuple[MessageRef, ...]:
        return tuple(self._courier.message_in(room, id) for id in before)

    # ---------------------------------------------------------------- watching

    async def watch(self, group: int, round: int, epoch: int) -> float | None:
        """Looks at the clock: seconds until it should be looked at again, or None when nobody needs to any more. When
        the time is up the round closes, and after a long silence it pauses; in code, whatever anybody says (F36)."""
        now = self._clock.now()
        return await self._storage.write(lambda tx: _watch(tx, tx.members.group_now(group), round, epoch, now))

    # ---------------------------------------------------------------- the end

    async def grade_rest(self, group: int, round: int) -> None:
        """Grades every question whose answers the reviewer has not seen as they are now. While the reviewer is away the
        member is told once, and the report waits: raises `NotNow`. Where a budget is used up, or the reviewer refuses
        a text, the word check stands."""
        scene = await self._scene(group, round)
        if scene is None or scene.round.state is not RoundState.CLOSING:
            return
        if scene.waits_for_files:
            raise NotNow("a file of an answer is being read", FILES_AGAIN_SECONDS)
        for each in scene.questions:
            last = max((t.number for t in scene.turns if _is_answer(t, each.position)), default=0)
            if scene.answers(each.position) and each.heard < last:
                async with self._courier.typing(scene.round.room):
                    review, bills = await self._judging.for_report(scene, each.position)
                await self._storage.write(partial(self._graded, scene, each.position, review, last, bills))

    def _graded(self, scene: Scene, position: int, review: Review, heard: int, bills: Sequence[Bill], tx: Tx) -> None:
        group = tx.members.group_now(scene.round.group)
        self._judging.book(tx, group, bills)
        tx.rounds.set_review(group, scene.round.id, position, review, heard)

    async def write_report(self, group: int, round: int) -> None:
        """Writes notes and report; in a loop what comes next, or after its last round the debrief."""
        now = self._clock.now()
        await self._storage.write(lambda tx: self._report(tx, tx.members.group_now(group), round, now))

    def _report(self, tx: Tx, group: int, id: int, now: datetime) -> None:
        round = tx.rounds.held(group, id)
        company = self._company(round) if round is not None else None
        if round is None or company is None or round.state is not RoundState.CLOSING:
            return
        asked = [each for each in tx.rounds.questions(group, id) if each.position <= round.floor.position]
        turns = tx.rounds.turns(group, id)
        graded = [
            Graded(each.question, each.review if conducting.answers_to(turns, each.position) else None, each.hints)
            for each in asked
        ]
        notes = write_up(company, round.plan, graded)
        done = replace(round, state=RoundState.DONE, notes=notes)
        tx.rounds.change(done)
        debriefs.say_report(tx, self._questions, company, done, self._judging.word_check, now)

    # ---------------------------------------------------------------- looking

    def _company(self, round: Round) -> Company | None:
        """The company of a round; one whose profile was taken away is led to its end by another."""
        known = self._companies.company(round.company)
        return known or next((c for id in self._companies.ids if (c := self._companies.company(id))), None)

    async def _scene(self, group: int, round: int) -> Scene | None:
        return await self._storage.read(lambda tx: self._look(tx, group, round))

    def _look(self, tx: Tx, group: int, id: int) -> Scene | None:
        round = tx.rounds.by_id(group, id)
        company = self._company(round) if round is not None else None
        if round is None or company is None:
            return None
        member = tx.members.by_id(group, round.member)
        name = member.name if member is not None else ""
        where = rounds.space_name(tx, round) if tx.rounds.elsewhere(round.user) else ""
        return Scene(round, company, tx.rounds.questions(group, id), tx.rounds.turns(group, id), name, where)


def _is_answer(turn: Turn, position: int) -> bool:
    return turn.kind in ANSWERING and turn.position == position


def _waits(round: Round, asked_by: int) -> bool:
    return round.state is RoundState.OPEN and round.asked_by == asked_by


def _enter(tx: Tx, scene: Scene, id: str, now: datetime) -> None:
    """The private place is there: the first question, or where the round was."""
    round = tx.rounds.held(tx.members.group_now(scene.round.group), scene.round.id)
    if round is None or round.state not in UNDER_WAY or round.room is not None:
        return
    channel, thread = read_room(id)
    user = round.user
    round = replace(round, room=ThreadRef(user.platform, user.workspace, channel, thread))
    if round.state is RoundState.OPENING:
        clock = RoundClock(round.plan.minutes, round.clock.used, now)
        round = replace(round, state=RoundState.OPEN, clock=clock, epoch=round.epoch + 1)
        questions = [each.question for each in scene.questions]
        conducting.owe_watch(tx, round)
        conducting.move(tx, round, NextQuestion(0), questions, "", now)
    else:
        tx.rounds.change(round)
        conducting.grant(tx, round, Wish.RESUME, now)


def _take_step(tx: Tx, round: Round, scene: Scene, thought: Thought, now: datetime) -> None:
    question, step = scene.on_the_table.question, thought.step
    feedback = texts.coach(thought.review) if round.mode is Mode.COACH else ""
    match step:
        case Nudge(times):
            floor = replace(round.floor, nudges=times)
            conducting.ask(tx, replace(round, floor=floor), TurnKind.NUDGE, texts.nudge(times), now)
        case FollowUp(point):
            words = _follow_up(scene.company, round, step, thought, asks_for(question, point))
            asked = (*round.floor.asked, point.id)
            floor = Floor(round.floor.position, asked, 0, round.floor.answers)
            text = "\n\n".join(filter(None, [feedback, words]))
            conducting.ask(tx, replace(round, floor=floor), TurnKind.FOLLOW_UP, text, now)
        case NextQuestion() | Close():
            questions = [each.question for each in scene.questions]
            conducting.move(tx, round, step, questions, feedback, now)


def _follow_up(company: Company, round: Round, step: FollowUp, thought: Thought, aim: str) -> str:
    if thought.worded is not None:
        return texts.worded_follow_up(thought.worded)
    number = len(round.floor.asked) + round.floor.position
    probes, nods = company.manner.probes, company.manner.nods
    return texts.follow_up(probes[number % len(probes)], step.quote, aim, nods[number % len(nods)])


def _unsaid(tx: Tx, group: int, round: int) -> tuple[Round | None, Sequence[tuple[Turn, Sequence[str]]]]:
    """What the interviewer has to say, each with the member's messages since they spoke before."""
    found = tx.rounds.by_id(group, round)
    unsaid: list[tuple[Turn, Sequence[str]]] = []
    waiting: list[str] = []
    for turn in tx.rounds.turns(group, round) if found is not None else ():
        if turn.speaker is Speaker.INTERVIEWER:
            if not turn.said:
                unsaid.append((turn, waiting))
            waiting = []
        elif turn.message is not None and turn.kind in ANSWERING:
            waiting.append(turn.message)
    return found, unsaid


def _buttons(round: Round, turn: Turn) -> tuple[Button, ...]:
    """What stands under an interviewer's words, the same whenever they are said. Each names its turn as well, so that
    no two messages of a round are taken for one another."""
    target = rounds.target_of(round.id, turn.number)
    if turn.kind in ASKING:
        return (
            Button(Action.ROUND_HINT, texts.label_round_hint(), target),
            Button(Action.ROUND_SKIP, texts.label_skip(), target),
            Button(Action.ROUND_TIME, texts.label_time(), target),
            Button(Action.ROUND_PAUSE, texts.label_pause_round(), target),
            Button(Action.ROUND_STOP, texts.label_stop_round(), target),
        )
    if turn.kind is TurnKind.PAUSE:
        return (Button(Action.ROUND_RESUME, texts.label_resume(), target),)
    if turn.kind in (TurnKind.WORD, TurnKind.HINT):
        return (Button(Action.ROUND_REPEAT, texts.label_repeat(), target),)
    if turn.kind in REPORTING:
        return (Button(Action.ROUND_SHARE, texts.label_share(), target),)
    if turn.kind is TurnKind.NEXT:
        return (Button(Action.ROUND_NEXT, texts.label_next_round(), target),)
    return ()


def _gone(tx: Tx, group: int, id: int, now: datetime) -> None:
    held = tx.rounds.held(tx.members.group_now(group), id)
    if held is not None and held.state in UNDER_WAY:
        conducting.lose_room(tx, held, now)


def _watch(tx: Tx, group: int, id: int, epoch: int, now: datetime) -> float | None:
    round = tx.rounds.held(group, id)
    if round is None or round.state is not RoundState.OPEN or round.epoch != epoch:
        return None
    turns = tx.rounds.turns(group, id)
    if any(turn.kind in (TurnKind.ANSWER, TurnKind.HELD) and turn.number > round.asked_by for turn in turns):
        return LOOK_AGAIN_SECONDS  # the answer is being thought about, and what follows looks at the clock itself
    left = round.clock.left(now).total_seconds()
    if left <= 0:
        conducting.close(tx, round, Ended.TIME, "", now)
        return None
    last = max((turn.at for turn in turns), default=round.opened_at)
    patience = (SILENT_FOR - (now - max(last, round.clock.since or last))).total_seconds()
    if patience <= 0:
        words = texts.round_paused_by_silence(int(SILENT_FOR.total_seconds() // 60))
        conducting.pause(tx, round, words, now)
        return None
    return min(left, patience)
