"""Votes on reviews, and appeals: a blind second grade, then a moderator where it does not agree (FEATURES F30).

An appeal lives while the version it is about is the one that counts, so an edit or a withdrawal ends it without more.
Where the reviewer would only say the same again, a moderator decides at once. An appeal never lowers a score.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from bot import texts
from bot.domain.answers import clean
from bot.domain.appeals import (
    LONGEST_REASON,
    Decision,
    agrees,
    may_appeal,
    raises,
    read_score,
    read_target,
)
from bot.domain.budgets import Costs
from bot.domain.errors import NotNow, Refused
from bot.domain.fairness import Unscored
from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent
from bot.domain.inert import shorten, sound
from bot.domain.outgoing import Action, Button, Field, Form, FormKind, Reply, Whisper, read_id
from bot.domain.refs import Person, UserRef
from bot.domain.reviews import Review, score
from bot.ports import Clock, Reviewer, Storage, Story
from bot.services import budgets, fairness, given, reviews, standings
from bot.services.budgets import Bill
from bot.services.delivery import Courier
from bot.services.reviews import Case
from bot.shelves import Answer, AnswerState, Appeal, AppealState, StoredReview, Tx

log = logging.getLogger(__name__)

REASON_FIELD = "reason"
SCORE_FIELD = "score"


# ---------------------------------------------------------------- the author


def vote(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Reply:
    """Helpful or not: one vote for a review, which may be changed."""
    found = _own_review(tx, group, event.target, event.person.user)
    if found is None:
        return Reply(texts.not_found())
    answer, review = found
    helpful = event.action is Action.HELPFUL
    tx.appeals.vote(group, answer.id, review.version, answer.member, helpful, now)
    return Reply(texts.vote_noted(helpful))


def form(tx: Tx, group: int, target: str, viewer: UserRef, now: datetime) -> Form | Reply:
    """The form that asks why."""
    found = _own_review(tx, group, target, viewer)
    if found is None:
        return Reply(texts.not_found())
    if (why_not := _may_not_appeal(tx, *found, now)) is not None:
        return Reply(why_not)
    field = Field(
        REASON_FIELD,
        texts.appeal_form_label(),
        multiline=True,
        max_length=LONGEST_REASON,
        placeholder=texts.appeal_form_placeholder(),
    )
    again = Button(Action.APPEAL, texts.label_open_form(), target)
    return Form(FormKind.APPEAL, target, texts.appeal_form_title(), (field,), texts.appeal_form_send(), again)


def form_sent(tx: Tx, group: int, event: FormSent, now: datetime) -> Reply:
    """Files an appeal, and owes its second grade."""
    reason = shorten(clean(event.fields.get(REASON_FIELD, "")), LONGEST_REASON)
    found = _own_review(tx, group, event.target, event.person.user)
    if found is None:
        return given.with_text(texts.not_found(), reason)
    answer, review = found
    if not reason:
        return Reply(texts.appeal_needs_reason())
    if (why_not := _may_not_appeal(tx, answer, review, now)) is not None:
        return given.with_text(why_not, reason)
    appeal = tx.appeals.file(group, answer.id, review.version, reason, now)
    if appeal is None:
        return Reply(texts.appeal_there_already())
    tx.owe(Story.REVIEW_APPEAL, f"appeal:{appeal.id}", group, appeal.id)
    # Whether a text is somebody's own is for a person to see, not for a second grade.
    return Reply(texts.appeal_received() if fairness.unscored(tx, answer) is None else texts.appeal_waits())


def _may_not_appeal(tx: Tx, answer: Answer, review: StoredReview, now: datetime) -> str | None:
    if review.version != answer.version:
        return texts.appeal_is_about_another()
    if tx.appeals.of(answer.group, answer.id, review.version) is not None:
        return texts.appeal_there_already()
    return None if may_appeal(review.at, now) else texts.appeal_too_late()


def ask_moderator(tx: Tx, group: int, event: ButtonPressed) -> Reply:
    """After a second grade that agrees, whoever appealed may still ask a person, once."""
    id = read_id(event.target)
    appeal = tx.appeals.held(group, id) if id is not None else None
    answer = tx.answers.by_id(group, appeal.answer) if appeal is not None else None
    if appeal is None or answer is None or not given.is_by(tx, answer, event.person.user):
        return Reply(texts.not_found())
    if not _lives(appeal, answer):
        return Reply(texts.appeal_is_over())
    if appeal.state is not AppealState.AGREED:
        return Reply(texts.appeal_waits_already())
    tx.appeals.change(replace(appeal, state=AppealState.WAITING))
    tx.owe(Story.TELL_APPEAL, f"appeal_told:{appeal.id}:waiting", group, appeal.id)
    return Reply(texts.appeal_waits())


def _own_review(tx: Tx, group: int, target: str, viewer: UserRef) -> tuple[Answer, StoredReview] | None:
    """The answer and the review of it that a target names, to its author alone."""
    wanted = read_target(target)
    answer = tx.answers.by_id(group, wanted[0]) if wanted is not None else None
    if wanted is None or answer is None or answer.state is AnswerState.WITHDRAWN or not given.is_by(tx, answer, viewer):
        return None
    review = tx.reviews.of(group, answer.id, wanted[1])
    return None if review is None else (answer, review)


def _lives(appeal: Appeal, answer: Answer) -> bool:
    return reviews.is_current(answer, appeal.version)


# ---------------------------------------------------------------- moderators


def is_moderator(tx: Tx, group: int, person: Person) -> bool:
    """Organisers are, by the event itself; others whom they appointed."""
    return person.organiser or person.user in tx.appeals.moderators(group)


def is_for(tx: Tx, group: int, event: CommandCalled) -> bool:
    """Whether this is `/study-admin appeals` from somebody whom organisers appointed."""
    return event.path == ("study-admin", "appeals") and event.person.user in tx.appeals.moderators(group)


def waiting(tx: Tx, group: int, person: Person) -> Reply:
    """`/study-admin appeals`, to a moderator: the case that waits longest and is not their own."""
    cases = tx.appeals.waiting(group)
    for appeal in cases:
        answer = tx.answers.by_id(group, appeal.answer)
        if answer is not None and not given.is_by(tx, answer, person.user):
            return _case(tx, appeal, len(cases))
    return Reply(texts.no_appeals())


def pressed(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Form | Reply:
    """A moderator's button: show the case, keep the first grade, take the second, or a form for one's own."""
    found = _for_moderator(tx, group, event.target, event.person)
    if isinstance(found, Reply):
        return found
    appeal, review = found
    match event.action:
        case Action.SHOW_APPEAL:
            return _case(tx, appeal, len(tx.appeals.waiting(group)))
        case Action.GIVE_GRADE:
            return _grade_form(event.target)
        case Action.TAKE_SECOND if appeal.second_score is not None and raises(review.score, appeal.second_score):
            return _decide(tx, appeal, event.person, Decision.SECOND, appeal.second_score, "", now)
        case Action.LET_COUNT if _waits_unscored(tx, appeal) is not None:
            return _decide(tx, appeal, event.person, Decision.COUNTED, review.score, "", now)
        case Action.KEEP_GRADE:
            return _decide(tx, appeal, event.person, Decision.KEPT, review.score, "", now)
        case _:
            return Reply(texts.not_found())


def grade_sent(tx: Tx, group: int, event: FormSent, now: datetime) -> Reply:
    """A moderator's own grade, with its reason."""
    found = _for_moderator(tx, group, event.target, event.person)
    if isinstance(found, Reply):
        return found
    appeal, review = found
    typed = event.fields.get(SCORE_FIELD, "")
    value = read_score(typed)
    why = shorten(clean(event.fields.get(REASON_FIELD, "")), LONGEST_REASON)
    # What people read has one digit after the point: the score as shown is not lower than the score.
    if value is None or value < review.score - 0.006:
        return given.with_text(texts.not_a_score(typed, review.score), why)
    decision = Decision.OWN if raises(review.score, value) else Decision.KEPT
    return _decide(tx, appeal, event.person, decision, max(value, review.score), why, now)


def _for_moderator(tx: Tx, group: int, target: str, person: Person) -> tuple[Appeal, StoredReview] | Reply:
    """A case that this moderator may decide, held with its answer; or why not."""
    id = read_id(target)
    known = tx.appeals.by_id(group, id) if id is not None else None
    if known is None:
        return Reply(texts.not_found())
    if not is_moderator(tx, group, person):
        return Reply(texts.moderators_only())
    answer = standings.held_for_points(tx, group, known.answer)
    appeal = tx.appeals.held(group, known.id)
    if answer is None or appeal is None or not _lives(appeal, answer) or appeal.state is not AppealState.WAITING:
        return Reply(texts.appeal_is_over())
    if given.is_by(tx, answer, person.user):
        return Reply(texts.not_your_own())
    review = tx.reviews.of(group, answer.id, appeal.version)
    return Reply(texts.appeal_is_over()) if review is None else (appeal, review)


def _decide(
    tx: Tx, appeal: Appeal, moderator: Person, decision: Decision, score: float, why: str, now: datetime
) -> Reply:
    group = appeal.group
    decided = replace(appeal, state=AppealState.DECIDED, decision=decision, score=score, why=why)
    tx.appeals.change(decided)
    tx.members.log(group, moderator.user, f"appeal {appeal.id} of answer {appeal.answer}", decision.value, now)
    answer = tx.answers.by_id(group, appeal.answer)
    assert answer is not None
    standings.settle(tx, answer, f"appeal:{appeal.id}", now)
    tx.owe(Story.TELL_APPEAL, f"appeal_told:{appeal.id}:decided", group, appeal.id)
    return Reply(texts.decision_noted())


def _case(tx: Tx, appeal: Appeal, count: int) -> Reply:
    case = reviews.load(tx, appeal.group, appeal.answer, appeal.version)
    if case is None or case.review is None:
        return Reply(texts.appeal_is_over())
    first = (case.review.score, case.review.review)
    second = None
    if appeal.second is not None and appeal.second_score is not None:
        second = (appeal.second_score, appeal.second)
    unscored = _waits_unscored(tx, appeal)
    why = _why_unscored(tx, appeal.group, unscored) if unscored is not None else ""
    told = texts.AppealCase(case.question, case.answer.text, appeal.reason, first, second, count, why)
    text, target = texts.appeal_case(told), str(appeal.id)
    buttons = [Button(Action.LET_COUNT, texts.label_let_count(), target)] if unscored is not None else []
    buttons += [Button(Action.KEEP_GRADE, texts.label_keep(), target)]
    if second is not None and raises(first[0], second[0]):
        buttons.append(Button(Action.TAKE_SECOND, texts.label_take_second(second[0]), target))
    buttons.append(Button(Action.GIVE_GRADE, texts.label_own_grade(), target))
    return Reply(text, tuple(buttons))


def _waits_unscored(tx: Tx, appeal: Appeal) -> Unscored | None:
    answer = tx.answers.by_id(appeal.group, appeal.answer)
    return fairness.unscored(tx, answer) if answer is not None else None


def _why_unscored(tx: Tx, group: int, unscored: Unscored) -> str:
    """What a moderator reads of it, with the earlier answer while it stands."""
    earlier = tx.answers.by_id(group, unscored.like) if unscored.like is not None else None
    stands = earlier is not None and earlier.state is not AnswerState.WITHDRAWN
    return texts.case_unscored(unscored.why, earlier.text if earlier is not None and stands else "")


def _grade_form(target: str) -> Form:
    fields = (
        Field(SCORE_FIELD, texts.grade_form_score(), max_length=6, placeholder="7.5"),
        Field(REASON_FIELD, texts.grade_form_why(), multiline=True, max_length=LONGEST_REASON),
    )
    again = Button(Action.GIVE_GRADE, texts.label_open_form(), target)
    return Form(FormKind.GRADE, target, texts.grade_form_title(), fields, texts.grade_form_send(), again)


def set_moderators(tx: Tx, group: int, event: CommandCalled, options: dict[str, str]) -> Reply:
    """`/study-admin moderators`: appoints, ends it, or lists. Members of this space, by their id or name there."""
    for option, appointed in (("add", True), ("remove", False)):
        if typed := options.get(option):
            users = tx.appeals.called(group, event.place.space, sound(typed).strip("<@!> "))
            if len(users) != 1:
                return Reply(texts.moderator_unknown(typed))
            tx.appeals.set_moderator(group, users[0], appointed)
            return Reply(texts.moderator_set(_name(tx, group, users[0]), appointed))
    return Reply(texts.moderators_list([_name(tx, group, user) for user in tx.appeals.moderators(group)]))


def _name(tx: Tx, group: int, user: UserRef) -> str:
    member = tx.members.by_user(group, user)
    return member.name if member is not None and member.name else user.id


# ---------------------------------------------------------------- steps


class Appeals:
    """The steps of an appeal."""

    def __init__(
        self, storage: Storage, reviewer: Reviewer, courier: Courier, clock: Clock, costs: Costs | None = None
    ) -> None:
        self._storage = storage
        self._reviewer = reviewer
        self._courier = courier
        self._clock = clock
        self._costs = costs or Costs()

    async def grade_again(self, group: int, appeal: int) -> None:
        """A grade that knows nothing of the first and of the reason. Raises `NotNow` while the reviewer is away."""
        found = await self._storage.read(lambda tx: _open_case(tx, group, appeal, AppealState.ASKED))
        if found is None:
            return
        unscored = await self._storage.read(lambda tx: fairness.unscored(tx, found.answer))
        second = await self._second(found) if unscored is None else None
        await self._storage.write(lambda tx: _store_second(tx, tx.members.group_now(group), appeal, found, second))

    async def _second(self, case: Case) -> Review | None:
        """None where the reviewer would say the same again, or will not look at this text. Raises `NotNow` while the
        budget is used up."""
        if self._reviewer.kept_under is None:
            return None
        bill, now = Bill(), self._clock.now()
        payer, text = budgets.author_of(case.answer), case.answer.text
        bill.booking = await budgets.reserve(
            self._storage, self._costs, self._reviewer, payer, case.question, text, now
        )
        second: Review | None = None
        try:
            second = await reviews.ask(self._storage, self._reviewer, case, second=True, spent=bill.add)
        except Refused as refused:
            log.info("no_second_grade", extra={"answer_id": case.answer.id, "why": str(refused)})
        except NotNow:
            await self._settle(case, bill)
            raise
        await self._settle(case, bill)
        return second

    async def _settle(self, case: Case, bill: Bill) -> None:
        await self._storage.write(lambda tx: budgets.settle(tx, self._costs, case.answer.group, bill))

    async def tell(self, group: int, appeal: int) -> None:
        """Tells whoever appealed how it stands, and moderators when it is their turn; each once. Raises `NotNow`."""
        words = await self._storage.read(lambda tx: _words(tx, group, appeal))
        for item in words:
            await self._courier.reaches(group, item, still=lambda tx: _still(tx, group, appeal))


def _open_case(tx: Tx, group: int, id: int, state: AppealState) -> Case | None:
    appeal = tx.appeals.by_id(group, id)
    if appeal is None or appeal.state is not state:
        return None
    return reviews.load(tx, group, appeal.answer, appeal.version)


def _store_second(tx: Tx, group: int, id: int, case: Case, second: Review | None) -> None:
    appeal = tx.appeals.held(group, id)
    first = tx.reviews.of(group, case.answer.id, case.answer.version)
    if appeal is None or appeal.state is not AppealState.ASKED or first is None:
        return
    if second is None:
        tx.appeals.change(replace(appeal, state=AppealState.WAITING))
        return
    value = score(case.question, second)
    state = AppealState.AGREED if _confirms(first.score, second, value) else AppealState.WAITING
    tx.appeals.change(replace(appeal, state=state, second=second, second_score=value))


def _confirms(first: float, second: Review, value: float) -> bool:
    """Whether a second grade agrees; one that somebody should look at confirms nothing."""
    return second.flag is None and agrees(first, value)


def _still(tx: Tx, group: int, id: int) -> bool:
    appeal = tx.appeals.by_id(group, id)
    answer = tx.answers.by_id(group, appeal.answer) if appeal is not None else None
    return appeal is not None and answer is not None and _lives(appeal, answer)


def _words(tx: Tx, group: int, id: int) -> list[Whisper]:
    appeal = tx.appeals.by_id(group, id)
    case = reviews.load(tx, group, appeal.answer, appeal.version) if appeal is not None else None
    if appeal is None or case is None or case.review is None:
        return []
    return [*_to_author(tx, appeal, case), *_to_moderators(tx, appeal, case)]


def _to_author(tx: Tx, appeal: Appeal, case: Case) -> list[Whisper]:
    place, first = case.posting.channel, case.review.score if case.review is not None else 0.0
    user = tx.members.user_of(appeal.group, case.answer.member, place.space)
    if user is None:
        return []
    buttons: tuple[Button, ...] = ()
    text = ""
    match appeal.state:
        case AppealState.ASKED:
            return []
        case AppealState.AGREED:
            text = texts.appeal_agreed(first, appeal.second_score or 0.0)
            buttons = (Button(Action.ASK_MODERATOR, texts.label_ask_moderator(), str(appeal.id)),)
        case AppealState.WAITING if _knows_that_it_waits(tx, appeal, first):
            return []
        case AppealState.WAITING:
            text = texts.appeal_waits()
        case AppealState.DECIDED:
            text = texts.appeal_decided(first, appeal.score if appeal.score is not None else first, appeal.why)
            text = texts.appeal_counted() if appeal.decision is Decision.COUNTED else text
            buttons = (Button(Action.FULL_REVIEW, texts.label_full_review(), str(case.answer.id)),)
    key = f"appeal:{appeal.id}:{appeal.state.value}"
    return [Whisper(key, user, place, text, case.posting.thread, buttons)]


def _knows_that_it_waits(tx: Tx, appeal: Appeal, first: float) -> bool:
    """Whether the reply to their own form or press said so: there was nothing to grade again, or they asked for a
    person after a second grade that agrees."""
    second, value = appeal.second, appeal.second_score
    confirmed = second is not None and value is not None and _confirms(first, second, value)
    return confirmed or _waits_unscored(tx, appeal) is not None


def _to_moderators(tx: Tx, appeal: Appeal, case: Case) -> list[Whisper]:
    """Every moderator in the space of the question learns of it once; never the one whose answer it is."""
    if appeal.state is not AppealState.WAITING:
        return []
    place = case.posting.channel
    users = dict.fromkeys([*tx.members.organisers(appeal.group), *tx.appeals.moderators(appeal.group)])
    button = Button(Action.SHOW_APPEAL, texts.label_show_appeal(), str(appeal.id))
    return [
        Whisper(f"appeal_case:{appeal.id}:{user.id}", user, place, texts.notice_appeal(), buttons=(button,))
        for user in users
        if user.space == place.space and not given.is_by(tx, case.answer, user)
    ]
