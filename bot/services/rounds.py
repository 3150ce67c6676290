"""What members do in an open mock round: answers, wishes in plain words or by button, edits, and leaving.

Everything here happens inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import texts
from bot.domain.answers import clean
from bot.domain.files import as_part
from bot.domain.incoming import ButtonPressed, MessageEdited, MessagePosted, MessagesDeleted
from bot.domain.outgoing import Action, Received, Reply, read_id
from bot.domain.refs import ThreadRef, UserRef
from bot.domain.rounds import (
    ASKING,
    READS_FOR,
    UNDER_WAY,
    RoundState,
    Speaker,
    TurnKind,
    Wish,
    wish_in,
)
from bot.ports import Story
from bot.services import conducting
from bot.shelves import HeldAnswer, Round, Turn, Tx

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
        tx.delivery.by_key(round.group, conducting.saying_key(round.id, turn.number))
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
        conducting.say(tx, newest, TurnKind.WORD, text, now)


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
        conducting.grant(tx, round, wish, now)
    return None


def _answered(tx: Tx, round: Round, text: str, event: MessagePosted, now: datetime) -> Received | None:
    turns = tx.rounds.turns(round.group, round.id)
    asking = next((turn for turn in turns if turn.number == round.asked_by), None)
    waiting = asking is not None and _may_answer(tx, round, asking, _is_first(turns, asking), event.at)
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
            conducting.run_clock(tx, round, now)
    elif waiting and not event.files:
        conducting.owe_hearing(tx, round, now)
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
        conducting.say(tx, round, TurnKind.WORD, texts.files_not_read(unread), now)
    if whole and held.kind is TurnKind.ANSWER and round.state is RoundState.OPEN:
        conducting.owe_hearing(tx, round, now)


def _is_first(turns: Sequence[Turn], asking: Turn) -> bool:
    return not any(turn.kind in ASKING and turn.number < asking.number for turn in turns)


def _may_answer(tx: Tx, round: Round, asking: Turn, first: bool, written_at: datetime) -> bool:
    """Whether what was written then can be about this question. What is written while it is being prepared belongs to
    the one before, however late it comes; the first one has none before it. One that was sent off may stand there
    although we do not know it yet: a process that died saying it learns of it only when it looks for it again."""
    if asking.said:
        return first or written_at > asking.at - READS_FOR
    sending = tx.delivery.by_key(round.group, conducting.saying_key(round.id, asking.number))
    return sending is not None and (first or written_at > sending.attempted + READS_FOR)


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
    found = round_of(tx, event)
    round = tx.rounds.held(found.group, found.id) if found is not None else None
    if round is None:
        return Reply(texts.not_found())
    if round.state not in UNDER_WAY:
        return Reply(texts.round_over())
    wish = WISHES[event.action]
    if wish in _ABOUT_A_QUESTION and _is_earlier(tx, round, event):
        return Reply(texts.earlier_question())
    if not _is_inside(round, event):
        return done_from_afar(tx, round, wish, event.press, now)
    _grant_once(tx, round, wish, event.press, now)
    return None


def target_of(round: int, turn: int) -> str:
    """What buttons under a turn of a round act on."""
    return f"{round}.{turn}"


def round_of(tx: Tx, event: ButtonPressed) -> Round | None:
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
        conducting.grant(tx, round, wish, now)


def _is_inside(round: Round, event: ButtonPressed) -> bool:
    room = round.room
    if room is None:
        return False
    thread = event.thread.id if event.thread is not None else None
    return room.id == thread or (room.channel == event.place.id != round.place.id)


def done_from_afar(tx: Tx, round: Round, wish: Wish, event: str, now: datetime) -> Reply:
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
        conducting.stop_silently(tx, round, now)
        return Reply(texts.stopped_early())
    if round.state is RoundState.PAUSED:
        round = replace(round, epoch=round.epoch + 1)
        tx.rounds.change(round)
    tx.owe(Story.OPEN_ROUND, f"room:{round.id}:{round.epoch}", round.group, round.id)
    return Reply(texts.round_opening())


def place_gone(tx: Tx, place: ThreadRef, now: datetime) -> None:
    """The private place of a round was deleted: the clock stops, and resuming opens another one."""
    for round in tx.rounds.with_room(place):
        held = tx.rounds.held(round.group, round.id)
        if held is not None and held.state in UNDER_WAY:
            conducting.lose_room(tx, held, now)


def member_left(tx: Tx, group: int, user: UserRef, now: datetime) -> None:
    """Whoever leaves has no open round any more; what they said is kept for their return."""
    member = tx.members.by_user(group, user)
    rounds = tx.rounds.of_member(group, member.id, UNDER_WAY, 1) if member is not None else ()
    for round in rounds:
        if round.user == user:
            conducting.stop_silently(tx, round, now)
