"""What people do about a question: each answers, and one of them does something more that the timeline tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.domain.outgoing import Action, FormKind
from bot.domain.refs import MessageRef
from bot.domain.standings import score10
from bot.services.reviews import comment_key
from bot.shelves import SECOND_ATTEMPT
from bot.simulation.cast import ORGANISER, Deed, Turn
from bot.simulation.hands import button_of
from bot.simulation.stage import Asked, Stage

#: Second thoughts come after so long; the organiser looks at appeals after so long.
THINKS, DECIDES = timedelta(hours=1), timedelta(hours=3)
#: By so much an organiser raises a grade.
RAISE = 0.2


class Scene(Protocol):
    """One turn, from its first deed on."""

    async def __call__(self, stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
        """Does what comes first, and puts what follows on the agenda."""
        ...


async def perform(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    """Does what somebody wants to do about a question."""
    await SCENES[deed.turn](stage, deed, asked, at)


async def _answer(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> MessageRef:
    return await stage.hands.write(deed.player.person, asked.thread, deed.text, at)


async def _just_answer(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await _answer(stage, deed, asked, at)


async def _edit(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    message = await _answer(stage, deed, asked, at)

    async def think_again(at: datetime) -> None:
        before = await stage.standing(deed.player, asked)
        await stage.hands.edit(deed.player.person, asked.thread, message, deed.better, at)
        await stage.core.settle()
        after = await stage.standing(deed.player, asked)
        stage.note(f"{deed.player.name} edits the answer: {before.shown}, then {after.shown}")

    stage.later(at + THINKS, think_again)


async def _hint(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await stage.hands.press(deed.player.person, Action.HINT, str(asked.posting.id), at)
    stage.note(f"{deed.player.name} takes a hint for a point")
    await _answer(stage, deed, asked, at)


async def _delete(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    message = await _answer(stage, deed, asked, at)

    async def take_back(at: datetime) -> None:
        before = await stage.standing(deed.player, asked)
        await stage.hands.delete(message, at)
        await stage.core.settle()
        after = await stage.standing(deed.player, asked)
        stage.note(f"{deed.player.name} deletes the answer: {before.points} points, then {after.points}")

    stage.later(at + THINKS, take_back)


async def _appeal(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await _answer(stage, deed, asked, at)

    async def appeal(at: datetime) -> None:
        standing = await stage.standing(deed.player, asked)
        if standing.answer is None:
            return
        review = await stage.hands.press(deed.player.person, Action.FULL_REVIEW, str(standing.answer.id), at)
        button = button_of(review, Action.APPEAL)
        if button is None:
            return
        await stage.hands.send(
            deed.player.person, FormKind.APPEAL, button.target, at, reason="I meant the same in other words."
        )
        stage.note(f"{deed.player.name} appeals against {standing.shown}")
        stage.later(at + DECIDES, partial(_decide, stage, deed, asked))

    stage.later(at + THINKS, appeal)


async def _decide(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    """The organiser gives a grade of her own."""
    before = await stage.standing(deed.player, asked)
    case = await stage.hands.call(ORGANISER, "study-admin appeals", at)
    button = button_of(case, Action.GIVE_GRADE)
    if button is None or before.score is None:
        return
    grade = score10(min(1.0, before.score + RAISE))
    await stage.hands.send(ORGANISER, FormKind.GRADE, button.target, at, score=grade, reason="Said in other words.")
    await stage.core.settle()
    after = await stage.standing(deed.player, asked)
    stage.note(f"{ORGANISER.name} decides the appeal of {deed.player.name}: {after.shown}, {after.points} points")


async def _try_again(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await _answer(stage, deed, asked, at)

    async def reply_to_comment(at: datetime) -> None:
        first = await stage.standing(deed.player, asked)
        comment = stage.chat.by_key(comment_key(first.answer)) if first.answer is not None else None
        if comment is None:
            return
        await stage.hands.write(deed.player.person, asked.thread, deed.better, at, comment.id)
        await stage.core.settle()
        second = await stage.standing(deed.player, asked, SECOND_ATTEMPT)
        stage.note(
            f"{deed.player.name} tries again: {first.shown}, then {second.shown}, {second.points} points for growth"
        )

    stage.later(at + THINKS, reply_to_comment)


async def _hide(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await _answer(stage, deed, asked, at)
    await stage.hands.press(deed.player.person, Action.HIDE_ME, "", at)
    stage.note(f"{deed.player.name} hides the name on the board")


async def _late(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await _answer(stage, deed, asked, at)
    await stage.core.settle()
    standing = await stage.standing(deed.player, asked)
    stage.note(f"{deed.player.name} answers {asked.question.title} after the close: {standing.points} points")


async def _consent(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await _answer(stage, deed, asked, at)

    async def agree(at: datetime) -> None:
        standing = await stage.standing(deed.player, asked)
        if standing.answer is not None:
            await stage.hands.press(deed.player.person, Action.SHOW_AT_CLOSE, str(standing.answer.id), at)
            stage.note(f"{deed.player.name} agrees to be quoted at the close: {standing.shown}")

    stage.later(at + THINKS, agree)


async def _thank(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await stage.hands.write(deed.player.person, asked.thread, "Thanks everybody, great question today!", at)
    await stage.core.settle()
    standing = await stage.standing(deed.player, asked)
    taken = "talk" if standing.answer is None else "an answer"
    stage.note(f"{deed.player.name} says thanks in the thread, which is taken for {taken}")


async def _dont_know(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await stage.hands.write(deed.player.person, asked.thread, "I don't know", at)
    await stage.core.settle()
    standing = await stage.standing(deed.player, asked)
    stage.note(f"{deed.player.name} does not know: {standing.points} points")


async def _form(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    await stage.hands.send(deed.player.person, FormKind.ANSWER, str(asked.posting.id), at, answer=deed.text)
    stage.note(f"{deed.player.name} answers by form")


async def _copy(stage: Stage, deed: Deed, asked: Asked, at: datetime) -> None:
    """Repeats what somebody wrote before; where nobody has, they answer for themselves."""
    found = await stage.earliest(asked)
    if found is None:
        await _answer(stage, deed, asked, at)
        return
    name, text = found
    await stage.hands.write(deed.player.person, asked.thread, f"{text} I agree.", at)
    await stage.core.settle()
    standing = await stage.standing(deed.player, asked)
    stage.note(f"{deed.player.name} repeats what {name} wrote: {standing.points} points")


SCENES: Mapping[Turn | None, Scene] = {
    None: _just_answer,
    Turn.EDIT: _edit,
    Turn.HINT: _hint,
    Turn.DELETE: _delete,
    Turn.APPEAL: _appeal,
    Turn.TRY_AGAIN: _try_again,
    Turn.HIDE: _hide,
    Turn.LATE: _late,
    Turn.CONSENT: _consent,
    Turn.THANK: _thank,
    Turn.DONT_KNOW: _dont_know,
    Turn.FORM: _form,
    Turn.COPY: _copy,
}
