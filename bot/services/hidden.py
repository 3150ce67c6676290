"""What members read of each other's answers: hidden ones before and after the close (F13), and the best of those whose
authors agreed to be quoted. Nobody who has not answered is shown an answer of a question with hidden ones before its
close."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from bot import texts
from bot.domain.inert import split_text
from bot.domain.outgoing import Action, Button, Edit, Reply, Say, Whisper, read_id
from bot.domain.refs import ChannelRef, UserRef
from bot.ports import Clock, Storage, Story
from bot.services import fairness, given
from bot.services.delivery import Courier
from bot.shelves import Answer, AnswerState, Posting, PostingState, Tx

#: A page of answers: under the smallest message of any platform, with room for its head.
PAGE = 1800
#: So many answers are begun in the thread at the close; more would flood it.
MOST_OPENED = 8
#: An answer from this score on may be quoted, if its author agrees; at most so many are.
GOOD_SCORE = 0.7
MOST_BEST = 2


# ---------------------------------------------------------------- reading


def read(tx: Tx, group: int, target: str, viewer: UserRef, now: datetime) -> Reply:
    """A page of the others' answers, to somebody who may read them. Reading makes one's own answer final."""
    name, _, page = target.partition("-")
    id, number = read_id(name), read_id(page) if page else 0
    posting = tx.asking.posting(group, id) if id is not None else None
    if posting is None or number is None or posting.channel.space != viewer.space:
        return Reply(texts.not_found())
    if posting.state not in (PostingState.POSTED, PostingState.CLOSED):
        return Reply(texts.not_found())
    tx.members.hold(group, viewer)
    own = given.standing_answer(tx, posting, viewer)
    if posting.secret and own is None:
        return Reply(texts.answer_first(), (_answer_button(posting),))
    if posting.secret and own is not None:
        tx.hidden.note_read(group, own.id, now)
    return _page(posting, _readable(tx, posting, own), number)


def read_here(tx: Tx, group: int, place: ChannelRef, viewer: UserRef, now: datetime) -> Reply:
    """The answers to the question that is open here, else to the newest one."""
    open_now = tx.asking.open_in(group, place)
    id = open_now.id if open_now is not None else tx.hidden.newest_in(group, place)
    return Reply(texts.nothing_open()) if id is None else read(tx, group, str(id), viewer, now)


def _page(posting: Posting, answers: Sequence[texts.ReadAnswer], number: int) -> Reply:
    pages = split_text(texts.answers_listed(answers), PAGE) if answers else ()
    if not pages:
        return Reply(texts.no_answers_yet())
    at = min(number, len(pages) - 1)
    more = Button(Action.READ_ANSWERS, texts.label_more_answers(), f"{posting.id}-{at + 1}")
    return Reply(texts.answers_page(pages[at], at + 1, len(pages)), (more,) if at + 1 < len(pages) else ())


def _readable(tx: Tx, posting: Posting, own: Answer | None) -> list[texts.ReadAnswer]:
    found = tx.hidden.answers(posting.group, posting.id)
    return [shown(tx, each) for each in found if not each.dont_know and (own is None or each.id != own.id)]


def shown(tx: Tx, answer: Answer) -> texts.ReadAnswer:
    """With the name, unless its author is hidden on the board, has left, or goes by another name (F47): beside an
    answer that stands in the thread, an alias would tell whose it is."""
    member = tx.members.by_id(answer.group, answer.member)
    named = member is not None and not (member.hidden or member.left or member.alias)
    return texts.ReadAnswer(member.name if member is not None and named else None, answer.text)


def _answer_button(posting: Posting) -> Button:
    return Button(Action.ANSWER, texts.label_answer(), str(posting.id))


# ---------------------------------------------------------------- answering


def is_final(tx: Tx, posting: Posting, answer: Answer) -> bool:
    """Whether its author has read what others wrote, so that changing it would not be fair any more."""
    return posting.secret and tx.hidden.has_read(answer.group, answer.id)


def owe_use_form(tx: Tx, posting: Posting, user: UserRef, now: datetime) -> None:
    """Somebody answered in the thread, where answers are hidden: they are told of the form, once a day at most."""
    who = hashlib.sha256(f"{user.platform}:{user.workspace}:{user.id}".encode()).hexdigest()[:32]
    key = f"useform:{who}:{now:%Y%m%d}"
    tx.owe(Story.USE_FORM, key, posting.group, posting.id, user.platform, user.workspace, user.id, key)


def receipt_buttons(posting: Posting, answer: Answer) -> tuple[Button, ...]:
    """Under the receipt of a hidden answer, which has no comment in the thread to carry them."""
    return (
        Button(Action.FULL_REVIEW, texts.label_full_review(), str(answer.id)),
        Button(Action.READ_ANSWERS, texts.label_read_answers(), str(posting.id)),
    )


# ---------------------------------------------------------------- consent


def review_buttons(tx: Tx, answer: Answer, posting: Posting, score: float) -> tuple[Button, ...]:
    """Under a full review: what others wrote where that is hidden, and the author's consent for a good answer."""
    reading = Button(Action.READ_ANSWERS, texts.label_read_answers(), str(posting.id))
    buttons = (reading,) if posting.hidden else ()
    if posting.state is PostingState.CLOSED or answer.late or answer.is_second or score < GOOD_SCORE:
        return buttons
    if fairness.is_copy(tx, answer):
        return buttons
    agreed = tx.hidden.agreed(answer.group, answer.id, answer.born)
    return (*buttons, _consent_button(answer, agreed))


def _consent_button(answer: Answer, agreed: bool) -> Button:
    if agreed:
        return Button(Action.KEEP_MINE, texts.label_keep_mine(), str(answer.id))
    return Button(Action.SHOW_AT_CLOSE, texts.label_show_at_close(), str(answer.id))


def consent(tx: Tx, group: int, target: str, viewer: UserRef, agree: bool, now: datetime) -> Reply:
    """The author agrees that the answer is quoted at the close, or does not any more; until the close, either."""
    tx.members.hold(group, viewer)
    id = read_id(target)
    answer = tx.answers.by_id(group, id) if id is not None else None
    if answer is None or answer.state is AnswerState.WITHDRAWN or not given.is_by(tx, answer, viewer):
        return Reply(texts.not_found())
    posting = tx.asking.posting(group, answer.posting)
    if posting is None or posting.state is PostingState.CLOSED:
        return Reply(texts.closed_for_consent())
    if agree:
        tx.hidden.agree(group, answer.id, answer.born, now)
    else:
        tx.hidden.take_back(group, answer.id)
    return Reply(texts.may_be_shown() if agree else texts.kept_mine(), (_consent_button(answer, agree),))


# ---------------------------------------------------------------- the close


class Showing:
    """The steps that show answers at the close, and the word to somebody who answered in the wrong place."""

    def __init__(self, storage: Storage, courier: Courier, clock: Clock) -> None:
        self._storage = storage
        self._courier = courier
        self._clock = clock

    async def use_form(self, group: int, posting: int, user: UserRef, key: str) -> None:
        """Tells somebody that answers are hidden here; who takes no private words is left alone."""
        found = await self._storage.read(lambda tx: tx.asking.posting(group, posting))
        if found is None or not found.secret:
            return
        words, button = texts.answer_with_the_form(), _answer_button(found)
        item = Whisper(key, user, found.channel, words, found.thread, (button,))
        await self._courier.reaches(group, item)

    async def choose(self, group: int, posting: int) -> bool:
        """Settles whose answers are quoted, once the question is closed and nobody agrees any more. Whether anything is
        shown at all: quoted, or hidden until now."""
        return await self._storage.write(lambda tx: _choose(tx, group, posting))

    async def quote_best(self, group: int, posting: int) -> None:
        """Quotes them in the thread, without a score."""
        found, best = await self._storage.read(lambda tx: _best(tx, group, posting))
        if found is None or found.thread is None or found.gone:
            return
        for answer, words in best:
            item = Say(best_key(answer.id, answer.born), found.thread, words)
            await self._courier.reaches(group, item, 0, None, _still(group, answer))

    async def open_answers(self, group: int, posting: int) -> None:
        """Says in the thread how the hidden answers begin, or brings that up to date when one was taken back."""
        found, words, revision = await self._storage.read(lambda tx: _opened(tx, group, posting))
        if found is None or found.thread is None or found.gone or words is None:
            return
        thread, key = found.thread, f"answers:{posting}"
        buttons = (Button(Action.READ_ANSWERS, texts.label_read_answers(), str(posting)),)

        def edit(id: str) -> Edit:
            return Edit(f"{key}:{revision}", self._courier.message_in(thread, id), words, buttons)

        await self._courier.reaches(group, Say(key, thread, words, buttons=buttons), revision, edit, lambda tx: True)


def best_key(answer: int, born: int) -> str:
    """The key under which an answer is quoted at the close."""
    return f"best:{answer}:{born}"


def _closed(tx: Tx, group: int, posting: int) -> Posting | None:
    found = tx.asking.posting(group, posting)
    return found if found is not None and found.state is PostingState.CLOSED else None


def _choose(tx: Tx, group: int, posting: int) -> bool:
    found = _closed(tx, group, posting)
    if found is None:
        return False
    if tx.hidden.chosen(group, posting):
        return True
    candidates = [each.answer for each in tx.hidden.candidates(group, posting) if each.score >= GOOD_SCORE]
    good = [each.id for each in candidates if not fairness.is_copy(tx, each)][:MOST_BEST]
    if good:
        tx.hidden.choose(group, good)
    return bool(good) or found.hidden


def _best(tx: Tx, group: int, posting: int) -> tuple[Posting | None, list[tuple[Answer, str]]]:
    found = _closed(tx, group, posting)
    chosen = tx.hidden.chosen(group, posting) if found is not None else ()
    return found, [(each, texts.best_answer(shown(tx, each))) for each in chosen]


def _opened(tx: Tx, group: int, posting: int) -> tuple[Posting | None, str | None, int]:
    """The posting, what is said of its answers, and how often they have changed. None where nothing is said: answers
    were never hidden, or nobody gave any."""
    found = _closed(tx, group, posting)
    if found is None or not found.hidden:
        return found, None, 0
    revision = tx.hidden.changes(group, posting)
    answers = [each for each in tx.hidden.answers(group, posting) if not (each.dont_know or each.late)]
    if not revision:
        return found, None, 0
    begun = [shown(tx, each) for each in answers[:MOST_OPENED]]
    return found, texts.answers_opened(begun, len(answers) - len(begun)), revision


def _still(group: int, answer: Answer) -> Callable[[Tx], bool]:
    def still(tx: Tx) -> bool:
        found = tx.answers.held(group, answer.id)
        return found is not None and found.state is not AnswerState.WITHDRAWN and found.born == answer.born

    return still
