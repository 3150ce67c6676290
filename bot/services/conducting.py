"""How a mock round is conducted: what its interviewer says and asks, what a wish does, when the clock runs, and how the
round ends.

Everything here happens inside the caller's transaction, on a round that is held. What an interviewer says is a turn
with `said=False`; the story `SPEAK` says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import texts
from bot.domain.answers import join_parts
from bot.domain.questions import Question
from bot.domain.rounds import (
    ANSWERING,
    LISTEN_FOR,
    UNDER_WAY,
    Close,
    Ended,
    Floor,
    NextQuestion,
    RoundClock,
    RoundState,
    Speaker,
    TurnKind,
    Wish,
    after_question,
)
from bot.ports import Story
from bot.shelves import Round, Turn, Tx


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
        round = run_clock(tx, round, now)
        say(tx, round, TurnKind.WORD, f"{texts.welcome_back()}\n\n{_asked(tx, round)}", now)
    elif round.state is RoundState.OPEN:
        _repeat(tx, round, now)


def run_clock(tx: Tx, round: Round, now: datetime) -> Round:
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


def owe_hearing(tx: Tx, round: Round, now: datetime) -> None:
    """The interviewer will think about what is said to their question, a moment after the latest word."""
    # After a pause it is another listening: the one before ended with the pause.
    key = f"hear:{round.id}:{round.asked_by}:{round.epoch}"
    tx.owe(Story.HEAR_ANSWER, key, round.group, round.id, round.asked_by, not_before=now + LISTEN_FOR)


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


def lose_room(tx: Tx, round: Round, now: datetime) -> None:
    """A round without a private place waits."""
    clock = RoundClock(round.clock.minutes, round.clock.spent(now), None)
    tx.rounds.change(replace(round, room=None, state=RoundState.PAUSED, clock=clock))


def answers_to(turns: Sequence[Turn], position: int, since: int = 0) -> str:
    """All that the member said to a question behind a turn, as one text."""
    return join_parts(
        turn.text for turn in turns if turn.kind in ANSWERING and turn.position == position and turn.number > since
    )
