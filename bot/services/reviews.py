"""Reviews: asking the reviewer, storing verdict and points together, and saying the comment."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot import texts
from bot.domain.answers import is_next_to_nothing
from bot.domain.budgets import Costs, Spent, Wait, Why, unbooked
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.fairness import MODEL_ANSWER, is_long_enough
from bot.domain.outgoing import Action, Button, Edit, Reply, Say, Whisper
from bot.domain.questions import Question, content_hash, question_from_json
from bot.domain.refs import MessageRef, SpaceRef, ThreadRef, UserRef
from bot.domain.reviews import Gate, Review, as_typed, checked, score, ungraded, without_name
from bot.ports import Clock, Copies, Reviewer, Storage
from bot.services import budgets, fairness, fullreview, hidden, notices, standings
from bot.services.budgets import Bill
from bot.services.delivery import Courier
from bot.shelves import Answer, AnswerState, Comments, Posting, StoredReview, Tx, Via

log = logging.getLogger(__name__)

#: A reviewer that lets nobody in is set right by a person, so it is asked for this text once an hour.
SHUT_OUT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Case:
    """All that a review or comment is about."""

    answer: Answer
    posting: Posting
    question: Question
    hash: str
    comments: Comments
    review: StoredReview | None
    parts: tuple[MessageRef, ...]
    zone: str

    @property
    def between_us(self) -> bool:
        """Whether the thread says nothing of this answer by itself: it was given while answers were hidden (F13), or it
        is a second attempt by form."""
        second_by_form = self.answer.is_second and self.answer.via is Via.FORM
        return second_by_form or (self.posting.hidden and not self.answer.late)

    @property
    def thread(self) -> ThreadRef:
        """Where the words go. Raises `NotNow` while the thread is not open yet."""
        if self.posting.thread is None:
            raise NotNow("the thread is not open yet")
        return self.posting.thread


class Reviews:
    """The steps of reviewing an answer."""

    def __init__(
        self,
        storage: Storage,
        reviewer: Reviewer,
        copies: Copies,
        courier: Courier,
        clock: Clock,
        costs: Costs | None = None,
    ) -> None:
        self._storage = storage
        self._reviewer = reviewer
        self._copies = copies
        self._courier = courier
        self._clock = clock
        self._costs = costs or Costs()

    async def review(self, group: int, answer: int, version: int) -> bool:
        """Shows an answer that came by form in the thread, asks the reviewer, and stores verdict and points in one
        transaction. False when the text is out of date, or has changed meanwhile: then the verdict is thrown away
        (FAULTS 27, 28, 51)."""
        case = await self._storage.read(lambda tx: load(tx, group, answer, version))
        if case is None:
            return False
        await self._show_form_answer(case)
        return case.review is not None or await self._ask_and_store(case)

    async def _show_form_answer(self, case: Case) -> None:
        """Shows an answer that came by form in the thread, or its newest text. Where the thread cannot be opened the
        review goes on; comment and shown answer follow when it is there (FAULTS 5)."""
        if case.answer.via is Via.THREAD or case.between_us or case.posting.thread is None or case.posting.gone:
            return
        group, version = case.answer.group, case.answer.version
        member = await self._storage.read(lambda tx: tx.members.by_id(group, case.answer.member))
        text = texts.shown_answer(case.answer.text)
        speaker = member.name if member and member.name else texts.nameless_member()
        item = Say(shown_key(case.answer), case.thread, text, speaker=speaker)
        edit = self._edit(case, item.key, version, text)
        # Where the thread takes no words, the review goes on all the same.
        await self._courier.reaches(group, item, version, edit, _still(group, case.answer.id, version))

    async def _ask_and_store(self, case: Case) -> bool:
        bill = Bill()
        try:
            review = await self._judge(case, bill)
        except (NotNow, Refused) as away:
            # Not graded yet is no score: the story is told again, with growing pauses (F25).
            shut_out = isinstance(away, Refused) and away.because is RefusedBecause.NO_RIGHT
            await self._storage.write(lambda tx: self._wait(tx, case, shut_out, bill))
            if shut_out:
                # Nothing is wrong with this text: it is graded as soon as the reviewer is set right (FAULTS 48).
                raise NotNow("the reviewer is shut out", SHUT_OUT_SECONDS) from away
            if isinstance(away, Refused):
                raise Refused("the reviewer refused", RefusedBecause.NOT_REVIEWED) from away
            raise
        like = await self._repeated(case)
        return await self._storage.write(lambda tx: self._store(tx, case, review, like, bill))

    async def _repeated(self, case: Case) -> int | None:
        """The earlier answer that this one repeats, or `MODEL_ANSWER` (F50)."""
        if not is_long_enough(case.answer.text):
            return None
        given = await self._storage.read(lambda tx: tx.fairness.given_before(case.answer.group, case.answer))
        others = {MODEL_ANSWER: case.question.model_answer, **given}
        return await asyncio.to_thread(self._copies.find, case.answer.text, others)

    async def _judge(self, case: Case, bill: Bill) -> Review:
        if (gate := _needs_no_reviewer(case.answer)) is not None:
            return ungraded(case.question, gate)
        if (known := await self._said_before(case)) is not None:
            return known
        now = self._clock.now()

        def waits(tx: Tx, wait: Wait) -> None:
            budgets.owe_words(tx, wait, case.posting, case.answer, now)

        payer, text = budgets.author_of(case.answer), case.answer.text
        bill.booking = await budgets.reserve(
            self._storage, self._costs, self._reviewer, payer, case.question, text, now, waits
        )
        return await ask(self._storage, self._reviewer, case, spent=bill.add)

    async def _said_before(self, case: Case) -> Review | None:
        """What the reviewer said of the same text in this group under the same rubric and versions: the same text has
        one score."""
        versions = self._reviewer.kept_under
        if versions is None:
            return None
        group, hash = case.answer.group, text_hash(case.answer.text)
        known = await self._storage.read(lambda tx: tx.reviews.same(group, case.hash, versions, hash))
        return None if known is None else checked(case.question, known, case.answer.text)

    def _wait(self, tx: Tx, case: Case, shut_out: bool, bill: Bill) -> None:
        """The answer waits for its review. Organisers learn when the reviewer lets nobody in, once a week at most."""
        answer = case.answer
        budgets.settle(tx, self._costs, answer.group, bill)
        found = tx.answers.held(answer.group, answer.id)
        if found is not None and is_current(found, answer.version):
            tx.answers.set_state(answer.group, answer.id, AnswerState.WAITING)
        if shut_out:
            year, week, _ = self._clock.now().isocalendar()
            key, notice = f"shut_out:{answer.group}:{year}-{week}", notices.Notice.REVIEWER_SHUT_OUT
            notices.owe(tx, answer.group, case.posting.channel, key, notice)

    def _store(self, tx: Tx, case: Case, review: Review, like: int | None, bill: Bill) -> bool:
        group, now = tx.members.group_now(case.answer.group), self._clock.now()
        budgets.settle(tx, self._costs, group, bill)
        answer = standings.held_for_points(tx, group, case.answer.id)
        if answer is None or not is_current(answer, case.answer.version):
            return False
        value = score(case.question, review)
        stored = StoredReview(answer.id, answer.version, value, review, now)
        if not tx.reviews.add(group, stored, case.hash, text_hash(case.answer.text)):
            return True
        tx.answers.set_state(group, answer.id, AnswerState.REVIEWED)
        fairness.settle(tx, answer, like, case.posting.channel)
        standings.book_review(tx, answer, review, value, now)
        return True

    async def offer_self_check(self, group: int, answer: int, version: int, why: str, until: str) -> None:
        """Tells the author of an answer that waits for its budget, and nobody else, how to check it meanwhile. Says
        nothing any more once it is reviewed."""
        case = await self._storage.read(lambda tx: load(tx, group, answer, version))
        if case is None or case.review is not None or case.posting.gone:
            return
        place = case.posting.channel
        user = await self._storage.read(lambda tx: _author(tx, group, answer, place.space))
        if user is None:
            return
        text = texts.self_check(case.question, Why(why), datetime.fromisoformat(until), case.zone)
        item = Whisper(f"self_check:{answer}:{version}", user, place, text, case.thread)
        await self._courier.reaches(group, item, 0, None, _still(group, answer, version))

    async def say(self, group: int, answer: int, version: int) -> None:
        """Says what came of a review: the comment to everybody, the full review to its author."""
        case = await self._storage.read(lambda tx: load(tx, group, answer, version))
        if case is None or case.review is None or case.posting.gone:
            return
        said = await self._say_comment(case)
        if self._shows_at_once(case) or not said:
            await self._whisper_full(case, said)

    async def _say_comment(self, case: Case) -> bool:
        """Says the comment in the thread, or brings the one that stands there up to date (P3). False when the thread
        takes no words any more."""
        if case.between_us or (case.comments is Comments.PRIVATE and self._shows_at_once(case)):
            return True
        group, answer, version = case.answer.group, case.answer.id, case.answer.version
        text = comment_text(case)
        buttons = (Button(Action.FULL_REVIEW, texts.label_full_review(), str(answer)),)
        reply_to = await self._answer_message(case)
        item = Say(comment_key(case.answer), case.thread, text, reply_to, buttons)
        edit = self._edit(case, item.key, version, text, buttons, reply_to)
        return await self._courier.reaches(group, item, version, edit, _still(group, answer, version))

    async def _whisper_full(self, case: Case, said: bool) -> None:
        """Shows the full review to its author at once, where the platform can do that without a click, or where the
        comment could not be said. When that is refused as well, organisers learn of it; the review itself stays behind
        the button and in `/study progress` (F20)."""
        group, answer, version = case.answer.group, case.answer.id, case.answer.version
        space = case.posting.channel.space
        now = self._clock.now()
        user, full = await self._storage.read(lambda tx: (_author(tx, group, answer, space), full_reply(tx, case, now)))
        if user is None:
            return
        key = f"full:{answer}:{version}"
        item = Whisper(key, user, case.posting.channel, full.text, case.thread, full.buttons)
        if not await self._courier.reaches(group, item, 0, None, _still(group, answer, version)) and not said:
            notice = notices.Notice.REVIEW_NOT_SHOWN
            channel = case.posting.channel
            await self._storage.write(lambda tx: notices.owe(tx, group, channel, f"unshown:{answer}", notice))

    def _shows_at_once(self, case: Case) -> bool:
        """Whether the full review is shown to its author without a click."""
        return self._courier.chat(case.posting.channel.space).traits.whispers_at_once

    async def take_back(self, group: int, answer: int, posting: int, born: int) -> None:
        """Takes comment and shown answer of a withdrawn answer away; what was not said yet stays unsaid."""
        found = await self._storage.read(lambda tx: tx.asking.posting(group, posting))
        if found is None or found.thread is None or found.gone:
            return
        thread = found.thread
        for key in (f"comment:{answer}:{born}", f"shown:{answer}:{born}", hidden.best_key(answer, born)):
            try:
                await self._courier.take_back(
                    group, Say(key, thread, ""), lambda id: self._courier.message_in(thread, id)
                )
            except Refused as gone:
                log.info("a message could not be taken back", extra={"key": key, "why": str(gone)})

    async def _answer_message(self, case: Case) -> MessageRef | None:
        """The message a comment replies to: the first part, or the shown form."""
        if case.answer.via is Via.THREAD:
            return case.parts[0] if case.parts else None
        shown = await self._storage.read(lambda tx: tx.delivery.by_key(case.answer.group, shown_key(case.answer)))
        return self._courier.message_in(case.thread, shown.sent_id) if shown and shown.sent_id else None

    def _edit(
        self,
        case: Case,
        key: str,
        version: int,
        text: str,
        buttons: tuple[Button, ...] = (),
        reply_to: MessageRef | None = None,
    ) -> Callable[[str], Edit]:
        def edit(id: str) -> Edit:
            return Edit(f"{key}:{version}", self._courier.message_in(case.thread, id), text, buttons, reply_to)

        return edit


async def ask(
    storage: Storage, reviewer: Reviewer, case: Case, *, second: bool = False, spent: Spent = unbooked
) -> Review:
    """What the reviewer says of an answer, with quotes that stand in it; the author's name does not leave with the
    text. `second`: a grade that knows nothing of the first. Raises `NotNow` or `Refused`."""
    member = await storage.read(lambda tx: tx.members.by_id(case.answer.group, case.answer.member))
    name = member.name if member else ""
    return await ask_about(reviewer, case.question, case.answer.text, name, second=second, spent=spent)


async def ask_about(
    reviewer: Reviewer,
    question: Question,
    text: str,
    name: str,
    *,
    second: bool = False,
    spent: Spent = unbooked,
    seconds: float | None = None,
) -> Review:
    """What the reviewer says of a text by somebody of this name, within so many seconds where fewer are wanted than
    it may take; as `ask`."""
    nameless = without_name(text, name)
    try:
        async with asyncio.timeout(reviewer.patience_seconds if seconds is None else seconds):
            review = await reviewer.review(question, nameless, spent=spent, second=second)
    except TimeoutError as error:
        raise NotNow("the reviewer did not answer in time") from error
    return checked(question, as_typed(review, nameless, text), text)


def load(tx: Tx, group: int, answer: int, version: int) -> Case | None:
    """What a step needs to know; None when this version is not the one that counts any more."""
    found = tx.answers.by_id(group, answer)
    if found is None or not is_current(found, version):
        return None
    posting = tx.asking.posting(group, found.posting)
    asking = tx.asking.asking(group, found.asking)
    if posting is None or asking is None or asking.question_hash is None:
        return None
    track = tx.asking.track(group, asking.track)
    body = tx.asking.copy(asking.question_hash)
    if track is None or body is None:
        return None
    parts = tuple(part.ref for part in tx.answers.parts(group, answer) if part.thread == posting.thread)
    review = tx.reviews.of(group, answer, version)
    question = question_from_json(body)
    return Case(found, posting, question, content_hash(question), track.comments, review, parts, track.schedule.zone)


def _author(tx: Tx, group: int, answer: int, space: SpaceRef) -> UserRef | None:
    """The author's account in a space, by the newest word on whose the answer is."""
    found = tx.answers.by_id(group, answer)
    return tx.members.user_of(group, found.member, space) if found is not None else None


def _needs_no_reviewer(answer: Answer) -> Gate | None:
    """Why a text is no answer, where that can be seen without reading it (F23, FAULTS 44)."""
    if answer.dont_know:
        return Gate.DONT_KNOW
    return Gate.EMPTY if is_next_to_nothing(answer.text) else None


def is_current(answer: Answer, version: int) -> bool:
    """Whether this version is the one that counts."""
    return answer.state is not AnswerState.WITHDRAWN and answer.version == version


def text_hash(text: str) -> str:
    """A short name for exactly this text (SHA-256, 32 hex digits)."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def comment_key(answer: Answer) -> str:
    """The one comment an answer has while it stands."""
    return f"comment:{answer.id}:{answer.born}"


def shown_key(answer: Answer) -> str:
    """The message that shows an answer given by form."""
    return f"shown:{answer.id}:{answer.born}"


def comment_text(case: Case) -> str:
    """What stands in the thread, as the track chose."""
    assert case.review is not None
    if case.comments is Comments.FULL:
        return full_text(case)
    if case.comments is Comments.PRIVATE:
        return texts.review_ready()
    return texts.brief_comment(case.question, case.review.review, case.answer.text, case.answer.id)


def full_text(case: Case) -> str:
    """The full review of the case."""
    assert case.review is not None
    return texts.full_review(case.question, case.review.review, case.review.score, case.answer.late)


def full_reply(tx: Tx, case: Case, now: datetime) -> Reply:
    """The full review as its author sees it, with what stands under it."""
    assert case.review is not None
    shown = fullreview.shown(tx, case.question, case.answer, case.review, now)
    if case.answer.is_second:
        return shown
    hiding = hidden.review_buttons(tx, case.answer, case.posting, case.review.score)
    return replace(shown, buttons=(*shown.buttons, *hiding))


def _still(group: int, answer: int, version: int) -> Callable[[Tx], bool]:
    def still(tx: Tx) -> bool:
        # Held, so that whoever withdraws the answer finds either no comment or one that is being sent.
        found = tx.answers.held(group, answer)
        return found is not None and is_current(found, version)

    return still
