"""Reviews: asking the reviewer, storing verdict and points together, and saying the comment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot import texts
from bot.domain.answers import is_next_to_nothing
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.outgoing import Action, Button, Edit, Say, Whisper
from bot.domain.questions import Question, content_hash, question_from_json
from bot.domain.refs import MessageRef, SpaceRef, ThreadRef, UserRef
from bot.domain.reviews import Gate, Review, checked, score, ungraded
from bot.ports import Clock, Reviewer, Storage
from bot.services import notices, standings
from bot.services.delivery import Courier
from bot.shelves import Answer, AnswerState, Comments, Posting, StoredReview, Tx, Via

log = logging.getLogger(__name__)

#: A call to a reviewer is cut after so many seconds (FAULTS 35).
REVIEW_SECONDS = 60.0


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

    @property
    def thread(self) -> ThreadRef:
        """Where the words go. Raises `NotNow` while the thread is not open yet."""
        if self.posting.thread is None:
            raise NotNow("the thread is not open yet")
        return self.posting.thread


class Reviews:
    """The steps of reviewing an answer."""

    def __init__(self, storage: Storage, reviewer: Reviewer, courier: Courier, clock: Clock) -> None:
        self._storage = storage
        self._reviewer = reviewer
        self._courier = courier
        self._clock = clock

    async def show_form_answer(self, group: int, answer: int, version: int) -> bool:
        """Shows an answer that came by form in the thread, or its newest text. False when it is out of date. Where the
        thread cannot be opened the review goes on; comment and shown answer follow when it is there (FAULTS 5)."""
        case = await self._storage.read(lambda tx: load(tx, group, answer, version))
        if case is None:
            return False
        if case.answer.via is Via.THREAD or case.posting.thread is None or case.posting.gone:
            return True
        member = await self._storage.read(lambda tx: tx.members.by_id(group, case.answer.member))
        text = texts.shown_answer(case.answer.text)
        speaker = member.name if member and member.name else texts.nameless_member()
        item = Say(shown_key(case.answer), case.thread, text, speaker=speaker)
        edit = self._edit(case, item.key, version, text)
        # Where the thread takes no words, the review goes on all the same.
        await self._reached(group, item, version, edit, _still(group, answer, version))
        return True

    async def ask_and_store(self, group: int, answer: int, version: int) -> bool:
        """Asks the reviewer and stores verdict and points in one transaction. False when the text has changed
        meanwhile: then the verdict is thrown away (FAULTS 27, 28, 51)."""
        case = await self._storage.read(lambda tx: load(tx, group, answer, version))
        if case is None:
            return False
        if case.review is not None:
            return True
        try:
            review = await self._judge(case)
        except (NotNow, Refused) as away:
            # Not graded yet is no score: the story is told again, with growing pauses (F25).
            await self._storage.write(lambda tx: _wait(tx, group, answer, version))
            if isinstance(away, Refused):
                raise Refused("the reviewer refused", RefusedBecause.NOT_REVIEWED) from away
            raise
        return await self._storage.write(lambda tx: self._store(tx, case, review))

    async def _judge(self, case: Case) -> Review:
        if (gate := _needs_no_reviewer(case.answer)) is not None:
            return ungraded(case.question, gate)
        try:
            async with asyncio.timeout(REVIEW_SECONDS):
                review = await self._reviewer.review(case.question, case.answer.text)
        except TimeoutError as error:
            raise NotNow("the reviewer did not answer in time") from error
        return checked(case.question, review, case.answer.text)

    def _store(self, tx: Tx, case: Case, review: Review) -> bool:
        group, now = tx.members.group_now(case.answer.group), self._clock.now()
        answer = tx.answers.held(group, case.answer.id)
        if answer is None or not is_current(answer, case.answer.version):
            return False
        value = score(case.question, review)
        stored = StoredReview(answer.id, answer.version, value, review, now)
        if not tx.reviews.add(group, stored, case.hash):
            return True
        tx.answers.set_state(group, answer.id, AnswerState.REVIEWED)
        standings.book_review(tx, answer, review, value, now)
        return True

    async def say_comment(self, group: int, answer: int, version: int) -> bool:
        """Says the comment in the thread, or brings the one that stands there up to date (P3). False when the thread
        takes no words any more."""
        case = await self._storage.read(lambda tx: load(tx, group, answer, version))
        if case is None or case.review is None or case.posting.gone:
            return True
        if case.comments is Comments.PRIVATE and self._shows_at_once(case):
            return True
        text = comment_text(case)
        buttons = (Button(Action.FULL_REVIEW, texts.label_full_review(), str(answer)),)
        reply_to = await self._answer_message(case)
        item = Say(comment_key(case.answer), case.thread, text, reply_to, buttons)
        edit = self._edit(case, item.key, version, text, buttons, reply_to)
        return await self._reached(group, item, version, edit, _still(group, answer, version))

    async def whisper_full(self, group: int, answer: int, version: int, said: bool) -> None:
        """Shows the full review to its author at once, where the platform can do that without a click, or where the
        comment could not be said. When that is refused as well, organisers learn of it; the review itself stays behind
        the button and in `/study progress` (F20)."""
        case = await self._storage.read(lambda tx: load(tx, group, answer, version))
        if case is None or case.review is None or case.posting.gone:
            return
        space = case.posting.channel.space
        user = await self._storage.read(lambda tx: _author(tx, group, answer, space))
        if user is None or (said and not self._shows_at_once(case)):
            return
        key = f"full:{answer}:{version}"
        item = Whisper(key, user, case.posting.channel, full_text(case), thread=case.thread)
        if not await self._reached(group, item, 0, None, _still(group, answer, version)) and not said:
            notice = notices.Notice.REVIEW_NOT_SHOWN
            channel = case.posting.channel
            await self._storage.write(lambda tx: notices.owe(tx, group, channel, f"unshown:{answer}", notice))

    def _shows_at_once(self, case: Case) -> bool:
        """Whether the full review is shown to its author without a click."""
        return self._courier.chat(case.posting.channel.space).traits.whispers_at_once

    async def _reached(
        self,
        group: int,
        item: Say | Whisper,
        revision: int,
        edit: Callable[[str], Edit] | None,
        still: Callable[[Tx], bool],
    ) -> bool:
        """Sends; False when the place refused it for good."""
        try:
            await self._courier.send(group, item, revision, edit, still)
        except Refused as refused:
            log.info("a place takes no words", extra={"key": item.key, "why": str(refused)})
            return False
        return True

    async def take_back(self, group: int, answer: int, posting: int, born: int) -> None:
        """Takes comment and shown answer of a withdrawn answer away; what was not said yet stays unsaid."""
        found = await self._storage.read(lambda tx: tx.asking.posting(group, posting))
        if found is None or found.thread is None or found.gone:
            return
        thread = found.thread
        for key in (f"comment:{answer}:{born}", f"shown:{answer}:{born}"):
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
    return Case(found, posting, question, content_hash(question), track.comments, review, parts)


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


def _still(group: int, answer: int, version: int) -> Callable[[Tx], bool]:
    def still(tx: Tx) -> bool:
        # Held, so that whoever withdraws the answer finds either no comment or one that is being sent.
        found = tx.answers.held(group, answer)
        return found is not None and is_current(found, version)

    return still


def _wait(tx: Tx, group: int, answer: int, version: int) -> None:
    found = tx.answers.held(group, answer)
    if found is not None and is_current(found, version):
        tx.answers.set_state(group, answer, AnswerState.WAITING)
