"""Asking again: cards are kept of what members answered, and who said yes is asked in private what they are about to
forget (F52).

Nothing here is counted on a board. What a day brings is one private message: one owed row, one sending.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot import texts
from bot.domain.answers import MAX_ANSWER, clean, is_dont_know, is_next_to_nothing
from bot.domain.asking import is_paused, local_day
from bot.domain.budgets import Costs
from bot.domain.errors import Refused, RefusedBecause
from bot.domain.guesses import Guessed, read_guess
from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent
from bot.domain.outgoing import Action, Button, Field, Form, FormKind, Reply, Whisper, read_id
from bot.domain.refs import ChannelRef, Person, UserRef
from bot.domain.repetition import DAYS, REST, USUAL, Stayed, end_of_day, is_time, may_answer, next_morning, stayed
from bot.domain.reviews import Gate, Review, score, ungraded
from bot.ports import Clock, Memory, Questions, Reviewer, Storage, Story
from bot.services import budgets, guesses
from bot.services.answers import ANSWER_FIELD
from bot.services.budgets import Bill
from bot.services.delivery import Courier
from bot.services.members import member_for
from bot.services.reviews import ask_about
from bot.services.streaks import zone_of
from bot.shelves import AnswerState, Member, Reask, ReaskState, Repeater, Tx
from bot.texts.reviews import FULL_LIMIT

log = logging.getLogger(__name__)

#: So many cards are made anew, and so many members looked at, in one transaction.
CARDS_MOST, CLAIM_MOST = 100, 50
#: Why somebody cannot be written to in private; any other refusal may be none of theirs.
TAKES_NO_WORDS = (RefusedBecause.CLOSED, RefusedBecause.GONE)
#: So many questions are listed with their days.
LISTED = 5
#: So far back it is told what stayed.
A_YEAR = timedelta(days=365)


# ---------------------------------------------------------------- the tick


async def tick(storage: Storage, clock: Clock, memory: Memory, questions: Questions) -> None:
    """Makes cards anew whose answers changed, and owes what members are to be asked; nodes share the ticks."""
    while await storage.read(lambda tx: tx.repetition.are_touched()):  # most ticks find nothing
        if not await storage.write(lambda tx: refresh(tx, memory)):
            break
    while await storage.read(lambda tx: tx.repetition.are_due(clock.now())):
        if not await storage.write(lambda tx: claim(tx, questions, clock.now())):
            break


def refresh(tx: Tx, memory: Memory, member: Member | None = None) -> int:
    """Makes cards anew, of one member where given; returns how many."""
    of = (member.group, member.id) if member is not None else (None, None)
    touched = tx.repetition.touched(CARDS_MOST, *of)
    for group, owner, question in touched:
        tx.repetition.put(group, owner, question, memory.card_after(tx.repetition.past(group, owner, question)))
    return len(touched)


def claim(tx: Tx, questions: Questions, now: datetime) -> int:
    """One transaction of the tick: what is owed and each member's next moment commit together."""
    due = tx.repetition.due(now, CLAIM_MOST)
    for repeater in due:
        member = tx.members.by_id(repeater.group, repeater.member)
        assert member is not None
        _claim_one(tx, questions, repeater, member, now)
    return len(due)


def _claim_one(tx: Tx, questions: Questions, repeater: Repeater, member: Member, now: datetime) -> None:
    zone, last_day = zone_of(tx, member), repeater.last_day
    if _may_hear(tx, repeater, member, zone, now) and _owe(tx, questions, repeater, zone, now):
        last_day = local_day(zone, now)
    tx.repetition.move_next(repeater.group, repeater.member, next_morning(zone, now), last_day)


def _may_hear(tx: Tx, repeater: Repeater, member: Member, zone: str, now: datetime) -> bool:
    """Whether this is the member's time, on a day without a private message yet, and their group is not on holiday."""
    heard_today = repeater.last_day is not None and repeater.last_day >= local_day(zone, now)
    if member.left or heard_today or not is_time(zone, now) or tx.members.is_left(repeater.user.space):
        return False
    tracks = tx.asking.tracks(repeater.group)
    days = [(track, local_day(track.schedule.zone, now)) for track in tracks]
    return not days or not all(is_paused(tx.asking.pauses(repeater.group, track.id), day) for track, day in days)


def _owe(tx: Tx, questions: Questions, repeater: Repeater, zone: str, now: datetime) -> bool:
    """Files what is due today, the longest due first, as one message; False where nothing is."""
    group, member, today = repeater.group, repeater.member, local_day(zone, now)
    busy = tx.repetition.busy(group, member, today - REST)
    until, first, number = end_of_day(zone, now), None, 0
    for due in tx.repetition.cards(group, member):
        question = questions.question(due.question)
        if due.card.due_at >= until or number == repeater.most:
            break
        if question is not None and due.question not in busy:
            id = tx.repetition.ask(group, member, first, question, today, due.card.last_at, now)
            first, number = first or id, number + 1
    if first is not None:
        tx.owe(Story.ASK_AGAIN, message_key(first), group, first)
    return first is not None


def message_key(first: int) -> str:
    """The key of a day's private message: of the story, and of the words."""
    return f"again:{first}"


# ---------------------------------------------------------------- the stories


class Repetition:
    """The steps of asking again, and of reviewing what was answered."""

    def __init__(
        self,
        storage: Storage,
        reviewer: Reviewer,
        memory: Memory,
        courier: Courier,
        clock: Clock,
        costs: Costs,
    ) -> None:
        self._storage = storage
        self._reviewer = reviewer
        self._memory = memory
        self._courier = courier
        self._clock = clock
        self._costs = costs

    async def ask(self, group: int, first: int) -> None:
        """Says the day's message, if its member still wants it and it is still their day. Where they take no private
        words it is switched off, and they learn of that when they come. Raises `NotNow`."""

        def wanted(tx: Tx) -> bool:
            return self._message(tx, group, first) is not None

        item = await self._storage.read(lambda tx: self._message(tx, group, first))
        if item is None:
            await self._storage.write(lambda tx: _end(tx, group, first, ReaskState.DROPPED, closed=False))
            return
        state, closed = ReaskState.DROPPED, False
        try:
            if await self._courier.send(group, item, still=wanted) or await self._courier.arrived(group, item):
                state = ReaskState.ASKED
        except Refused as refused:
            log.info("asking_again_was_refused", extra={"key": item.key, "why": str(refused)})
            closed = refused.because in TAKES_NO_WORDS
        await self._storage.write(lambda tx: _end(tx, group, first, state, closed))

    def _message(self, tx: Tx, group: int, first: int) -> Whisper | None:
        asked = tx.repetition.message(group, first)
        repeater = tx.repetition.repeater(group, asked[0].member) if asked else None
        member = tx.members.by_id(group, asked[0].member) if asked else None
        if repeater is None or not repeater.on or member is None or member.left:
            return None
        zone, now = zone_of(tx, member), self._clock.now()
        if asked[0].state is not ReaskState.OWED or asked[0].day != local_day(zone, now) or not is_time(zone, now):
            return None
        text = texts.ask_again([each.question for each in asked])
        return Whisper(message_key(first), repeater.user, repeater.place, text, buttons=_buttons(asked), alone=True)

    async def review(self, group: int, id: int) -> bool:
        """Has an answer from memory reviewed, and makes its card anew. False when there is nothing to tell. Raises
        `NotNow` while the reviewer is away or the member's budget is used up, or `Refused`."""
        found = await self._storage.read(lambda tx: tx.repetition.reask(group, id))
        if found is None or found.state is not ReaskState.ANSWERED:
            return found is not None and found.state is ReaskState.GRADED
        review = await self._judge(found)
        await self._storage.write(partial(self._store, group=group, id=id, review=review))
        return True

    async def _judge(self, reask: Reask) -> Review:
        if (gate := _gate_of(reask.text)) is not None:
            return ungraded(reask.question, gate)
        bill, now = Bill(), self._clock.now()
        bill.booking = await budgets.reserve(
            self._storage, self._costs, self._reviewer, _payer(reask), reask.question, reask.text, now
        )
        member = await self._storage.read(lambda tx: tx.members.by_id(reask.group, reask.member))
        name = member.name if member is not None else ""
        try:
            return await ask_about(self._reviewer, reask.question, reask.text, name, spent=bill.add)
        except Refused as refused:
            raise Refused("the reviewer refused", RefusedBecause.NOT_REVIEWED) from refused
        finally:
            if bill.booking is not None:
                await self._storage.write(lambda tx: budgets.settle(tx, self._costs, reask.group, bill))

    def _store(self, tx: Tx, group: int, id: int, review: Review) -> None:
        found = tx.repetition.reask(group, id, hold=True)
        member = tx.members.by_id(group, found.member) if found is not None else None
        if found is None or member is None or found.state is not ReaskState.ANSWERED:
            return
        tx.repetition.grade(group, id, score(found.question, review), review)
        tx.repetition.touch(group, found.member, found.question.id)
        refresh(tx, self._memory, member)

    async def tell(self, group: int, id: int) -> None:
        """Shows the review to whoever answered, and to nobody else; it stays behind the button as well."""
        item = await self._storage.read(lambda tx: self._told(tx, group, id))
        if item is not None:
            await self._courier.reaches(group, item)

    def _told(self, tx: Tx, group: int, id: int) -> Whisper | None:
        found = tx.repetition.reask(group, id)
        repeater = tx.repetition.repeater(group, found.member) if found is not None else None
        if found is None or repeater is None or found.review is None:
            return None
        reply = _review_of(tx, found)
        return Whisper(f"practised:{id}", repeater.user, repeater.place, reply.text, buttons=reply.buttons, alone=True)


def _end(tx: Tx, group: int, first: int, state: ReaskState, closed: bool) -> None:
    asked = tx.repetition.message(group, first)
    tx.repetition.set_state(group, first, state)
    if asked and closed:
        tx.repetition.stop(group, asked[0].member, closed=True)


def _payer(reask: Reask) -> budgets.Payer:
    def payer(tx: Tx) -> tuple[int, int]:
        group = tx.members.group_now(reask.group)
        return group, (tx.repetition.reask(group, reask.id) or reask).member

    return payer


def _gate_of(text: str) -> Gate | None:
    """Why a text is no answer, where that can be seen without reading it (F23, FAULTS 44)."""
    if is_dont_know(text):
        return Gate.DONT_KNOW
    return Gate.EMPTY if is_next_to_nothing(text) else None


def _buttons(asked: Sequence[Reask]) -> tuple[Button, ...]:
    several = len(asked) > 1
    answer = [
        Button(
            Action.PRACTISE,
            texts.label_practise_one(each.question) if several else texts.label_practise(),
            str(each.id),
        )
        for each in asked
    ]
    return (*answer, _stop_button(asked[0]))


def _stop_button(reask: Reask) -> Button:
    return Button(Action.AGAIN_OFF, texts.label_again_off(), str(reask.id))


def _review_of(tx: Tx, reask: Reask) -> Reply:
    """The review of an answer from memory."""
    assert reask.review is not None
    assert reask.score is not None
    guess = texts.guess_line(Guessed(reask.guess, reask.score)) if reask.guess is not None else ""
    review = texts.full_review(reask.question, reask.review, reask.score, False, FULL_LIMIT - len(guess))
    member = tx.members.by_id(reask.group, reask.member)
    cards = {due.question: due.card for due in tx.repetition.cards(reask.group, reask.member)}
    card = cards.get(reask.question.id)
    day = local_day(zone_of(tx, member), card.due_at) if card is not None and member is not None else None
    return Reply(texts.practice_review(reask.question.title, review, guess, day), (_stop_button(reask),))


# ---------------------------------------------------------------- answering


def form(tx: Tx, group: int, target: str, viewer: UserRef, now: datetime) -> Form | Reply:
    """The form for an answer from memory; once it is graded, its review."""
    reask = _own(tx, group, target, viewer)
    if reask is None:
        return Reply(texts.not_found())
    if reask.state in (ReaskState.ANSWERED, ReaskState.GRADED):
        return Reply(texts.practice_waits()) if reask.review is None else _review_of(tx, reask)
    if _is_over(tx, reask, now):
        return Reply(texts.practice_over())
    field = Field(
        ANSWER_FIELD,
        texts.answer_form_label(),
        multiline=True,
        max_length=MAX_ANSWER,
        placeholder=texts.answer_form_placeholder(),
    )
    title, again = texts.answer_form_title(reask.question), Button(Action.PRACTISE, texts.label_open_form(), target)
    return Form(FormKind.PRACTICE, target, title, (field, guesses.field()), texts.answer_form_send(), again)


def form_sent(tx: Tx, group: int, event: FormSent, now: datetime) -> Reply:
    """An answer from memory. There is one; the same form again changes nothing."""
    tx.members.hold(group, event.person.user)
    found = _own(tx, group, event.target, event.person.user)
    reask = tx.repetition.reask(group, found.id, hold=True) if found is not None else None
    text = clean(event.fields.get(ANSWER_FIELD, ""))
    if reask is None:
        return Reply(texts.not_found())
    if reask.state in (ReaskState.ANSWERED, ReaskState.GRADED):
        return Reply(texts.practice_waits()) if reask.review is None else _review_of(tx, reask)
    if not text:
        return Reply(texts.answer_empty())
    if _is_over(tx, reask, now):
        return Reply(f"{texts.practice_over()}\n\n{texts.your_text(text)}")
    typed = event.fields.get(guesses.GUESS_FIELD, "").strip()
    guess = read_guess(typed)
    tx.repetition.answer(group, reask.id, text, guess, now)
    tx.owe(Story.REVIEW_PRACTICE, f"practice:{reask.id}", group, reask.id)
    unread = f" {texts.guess_unread()}" if typed and guess is None else ""
    return Reply(texts.practice_received() + unread, (_stop_button(reask),))


def _own(tx: Tx, group: int, target: str, user: UserRef) -> Reask | None:
    """The question that a target names, if this account's member was asked it."""
    id = read_id(target)
    reask = tx.repetition.reask(group, id) if id is not None else None
    member = tx.members.by_user(group, user)
    return reask if reask is not None and member is not None and reask.member == member.id else None


def _is_over(tx: Tx, reask: Reask, now: datetime) -> bool:
    member = tx.members.by_id(reask.group, reask.member)
    return member is None or not may_answer(reask.day, local_day(zone_of(tx, member), now))


# ---------------------------------------------------------------- yes and no


def command(
    tx: Tx,
    group: int,
    event: CommandCalled,
    options: Mapping[str, str],
    memory: Memory,
    questions: Questions,
    now: datetime,
) -> Reply:
    """`/study again`: on, off, or what comes back and when."""
    wanted = options.get("action")
    if wanted == "off":
        return _off(tx, group, event.person, event.place, now)
    if wanted == "on" or "questions" in options:
        most = int(options.get("questions", USUAL))
        return _on(tx, group, event.person, event.place, most, now)
    return _status(tx, group, event.person.user, memory, questions, now)


def offered(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Reply:
    """The button under one's own full review."""
    id = read_id(event.target)
    answer = tx.answers.by_id(group, id) if id is not None else None
    member = tx.members.by_user(group, event.person.user)
    if answer is None or member is None or answer.member != member.id or answer.state is AnswerState.WITHDRAWN:
        return Reply(texts.not_found())
    return _on(tx, group, event.person, event.place, USUAL, now)


def stopped(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Reply:
    """The button under everything that comes by it."""
    if _own(tx, group, event.target, event.person.user) is None:
        return Reply(texts.not_found())
    return _off(tx, group, event.person, event.place, now)


def _on(tx: Tx, group: int, person: Person, place: ChannelRef, most: int, now: datetime) -> Reply:
    member = member_for(tx, group, person, now)
    zone = zone_of(tx, member)
    first = next_morning(zone, now)
    tx.repetition.agree(group, member.id, person.user, place, most, first)
    tx.repetition.touch_all(group, member.id)
    return Reply(texts.again_on(most, first, zone))


def _off(tx: Tx, group: int, person: Person, place: ChannelRef, now: datetime) -> Reply:
    member = member_for(tx, group, person, now)
    tx.repetition.refuse(group, member.id, person.user, place)
    return Reply(texts.again_off())


def _status(tx: Tx, group: int, user: UserRef, memory: Memory, questions: Questions, now: datetime) -> Reply:
    member = tx.members.by_user(group, user)
    if member is None:
        return Reply(texts.again_status_off(()))
    tx.members.hold(group, user)
    while refresh(tx, memory, member) == CARDS_MOST:
        pass
    on = coming_back(tx, member, memory, questions, now)
    if on is None:
        return Reply(texts.again_status_off(_due_lines(tx, memory, questions, member, now)[:LISTED]))
    return Reply(texts.again_status(on.most, on.next_at, on.zone, on.lines[:LISTED], on.kept))


@dataclass(frozen=True, slots=True)
class ComingBack:
    """What a member who said yes is asked again: so many questions a day, the next not before a moment, told in their
    zone; what comes back, the longest due first; and what they still knew of it in the last year."""

    most: int
    next_at: datetime
    zone: str
    lines: Sequence[texts.DueLine]
    kept: Sequence[Stayed]


def coming_back(tx: Tx, member: Member, memory: Memory, questions: Questions, now: datetime) -> ComingBack | None:
    """What comes back to a member, by the cards as they are; None for who has not said yes."""
    repeater = tx.repetition.repeater(member.group, member.id)
    if repeater is None or not repeater.on:
        return None
    zone, told = zone_of(tx, member), tx.repetition.retained(member.group, now - A_YEAR, member.id)
    lines = _due_lines(tx, memory, questions, member, now)
    return ComingBack(repeater.most, next_morning(zone, now), zone, lines, [stayed(told, days) for days in DAYS])


def _due_lines(tx: Tx, memory: Memory, questions: Questions, member: Member, now: datetime) -> list[texts.DueLine]:
    """What comes back to a member, and when."""
    zone, lines = zone_of(tx, member), []
    for due in tx.repetition.cards(member.group, member.id):
        question = questions.question(due.question)
        if question is not None:
            is_due = due.card.due_at < end_of_day(zone, now)
            day = None if is_due else local_day(zone, due.card.due_at)
            lines.append(texts.DueLine(question.title, day, memory.recall(due.card, now)))
    return lines


def word_for(tx: Tx, group: int, person: Person) -> str:
    """What somebody has to be told once: that it is off, since private words did not reach them."""
    member = tx.members.by_user(group, person.user)
    repeater = tx.repetition.repeater(group, member.id) if member is not None else None
    if repeater is None or not repeater.closed:
        return ""
    tx.repetition.was_told(group, repeater.member)
    return texts.again_closed()


def member_left(tx: Tx, group: int, user: UserRef) -> None:
    """Who left is asked nothing any more, not even when they come back, until they say yes anew."""
    member = tx.members.by_user(group, user)
    repeater = tx.repetition.repeater(group, member.id) if member is not None else None
    if repeater is not None and repeater.on and repeater.user == user:
        tx.repetition.stop(group, repeater.member, closed=False)
