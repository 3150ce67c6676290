"""Answers in several messages: begun, added to in the thread, and ended by Done, by Cancel or by time; and the files
that come with messages (F18)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import texts
from bot.domain.errors import NotNow, Refused
from bot.domain.files import MAX_FILE_BYTES, is_readable, read_text
from bot.domain.incoming import Attachment, ButtonPressed, CommandCalled
from bot.domain.outgoing import Action, Button, Reply, Whisper, read_id
from bot.domain.refs import MessageRef, SpaceRef
from bot.ports import Clock, Storage, Story
from bot.services import answers
from bot.services.delivery import Courier
from bot.services.members import member_for
from bot.shelves import (
    AnswerState,
    Draft,
    DraftState,
    MessageFile,
    MessageKind,
    PostingState,
    ThreadMessage,
    Tx,
)

log = logging.getLogger(__name__)

#: A long answer ends by itself after so long, as if Done had been pressed.
OPEN_FOR = timedelta(minutes=30)
#: A file that could not be fetched for so long is given up, and the answer taken without it.
FETCH_FOR = timedelta(minutes=10)
#: A fetch is cut after so many seconds.
FETCH_SECONDS = 10.0


# ---------------------------------------------------------------- long answers


def begin(tx: Tx, group: int, posting: int | None, event: ButtonPressed | CommandCalled, now: datetime) -> Reply:
    """Begins a long answer to this posting; a second wish for it is the same one."""
    found = tx.asking.posting(group, posting) if posting is not None else None
    if found is None or found.channel.space != event.place.space or found.state is not PostingState.POSTED:
        return Reply(texts.nothing_open() if isinstance(event, CommandCalled) else texts.not_found())
    if found.secret:
        return Reply(texts.hidden_takes_forms(), (Button(Action.ANSWER, texts.label_answer(), str(found.id)),))
    tx.members.hold(group, event.person.user)
    member = member_for(tx, group, event.person, now)
    draft = tx.drafts.open_of(group, found.id, member.id)
    if draft is None:
        standing = tx.answers.of(group, found.asking, member.id)
        if standing is not None and standing.state is not AnswerState.WITHDRAWN:
            return Reply(texts.draft_has_answer())
        draft = tx.drafts.begin(group, found.id, member.id, now)
        tx.owe(Story.END_DRAFT, f"draft:{draft.id}", group, draft.id, not_before=now + OPEN_FOR)
    return Reply(texts.draft_begun(int(OPEN_FOR.total_seconds() // 60)), _buttons(draft))


def pressed(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Reply:
    """Done or Cancel, by the one who writes."""
    tx.members.hold(group, event.person.user)
    id = read_id(event.target)
    draft = tx.drafts.by_id(group, id) if id is not None else None
    member = tx.members.by_user(group, event.person.user)
    if draft is None or member is None or draft.member != member.id:
        return Reply(texts.not_found())
    if draft.state is not DraftState.OPEN:
        return Reply(texts.draft_cancelled() if draft.state is DraftState.CANCELLED else texts.draft_over())
    return _cancel(tx, draft, now) if event.action is Action.DRAFT_CANCEL else _done(tx, draft)


def end(tx: Tx, group: int, draft: int) -> None:
    """Its time is over: what is there is the answer."""
    found = tx.drafts.by_id(group, draft)
    if found is not None:
        _finish(tx, found)


def _done(tx: Tx, draft: Draft) -> Reply:
    posting = tx.asking.posting(draft.group, draft.posting)
    if posting is not None and answers.waits_for_files(tx, posting, draft.member):
        return Reply(texts.draft_reading(), _buttons(draft))
    answer = answers.standing_of(tx, draft.group, draft.posting, draft.member)
    if answer is None:
        return Reply(texts.draft_empty(), _buttons(draft))
    _finish(tx, draft)
    return Reply(texts.draft_done(), (Button(Action.NOT_AN_ANSWER, texts.label_withdraw(), str(answer.id)),))


def _finish(tx: Tx, draft: Draft) -> None:
    if not tx.drafts.end(draft.group, draft.id, DraftState.DONE):
        return
    answer = answers.standing_of(tx, draft.group, draft.posting, draft.member)
    if answer is not None:
        answers.owe_review(tx, draft.group, answer.id, answer.version)


def _cancel(tx: Tx, draft: Draft, now: datetime) -> Reply:
    answer = answers.standing_of(tx, draft.group, draft.posting, draft.member)
    tx.drafts.end(draft.group, draft.id, DraftState.CANCELLED)
    if answer is not None:
        answers.decline(tx, answer, now)
    return Reply(texts.draft_cancelled())


def _buttons(draft: Draft) -> tuple[Button, ...]:
    return (
        Button(Action.DRAFT_DONE, texts.label_draft_done(), str(draft.id)),
        Button(Action.DRAFT_CANCEL, texts.label_draft_cancel(), str(draft.id)),
    )


# ---------------------------------------------------------------- the steps


async def fetch(courier: Courier, space: SpaceRef, file: Attachment, patient: bool) -> str:
    """A file's text, or nothing where it has none for us. Raises `NotNow` while the platform is away, as long as there
    is patience."""
    if not is_readable(file.name, file.size):
        return ""
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            return read_text(await courier.chat(space).read_file(space, file.ref, MAX_FILE_BYTES)) or ""
    except Refused as refused:
        log.info("a file could not be read", extra={"why": str(refused)})
    except (NotNow, TimeoutError) as away:
        if patient:
            raise NotNow("the platform did not hand out a file in time") from away
        log.info("a file was given up")
    return ""


class Drafts:
    """The steps that end long answers and fetch files."""

    def __init__(self, storage: Storage, courier: Courier, clock: Clock) -> None:
        self._storage = storage
        self._courier = courier
        self._clock = clock

    async def end(self, group: int, draft: int) -> None:
        """Ends a long answer whose time is over."""
        await self._storage.write(lambda tx: end(tx, group, draft))

    async def read_files(self, group: int, message: MessageRef) -> None:
        """Fetches the files of a message that waits for them, and takes it for what it is. Raises `NotNow` while the
        platform is away; a file that does not come within minutes is given up."""
        held, files = await self._storage.read(lambda tx: _held(tx, group, message))
        if held is None:
            return
        patient = self._clock.now() - held.changed_at < FETCH_FOR
        waiting = [each for each in files if each.text is None]
        read = {each.id: await fetch(self._courier, message.space, each.file, patient) for each in waiting}
        await self._storage.write(lambda tx: self._take(tx, group, message, read))
        unread = [each.file.name for each in files if not read.get(each.id, each.text)]
        await self._tell(group, held, unread)

    def _take(self, tx: Tx, group: int, message: MessageRef, read: dict[int, str]) -> None:
        group = tx.members.group_now(group)
        for file, text in read.items():
            tx.drafts.set_text(group, file, text)
        answers.take_held(tx, group, message, self._clock.now())

    async def _tell(self, group: int, message: ThreadMessage, names: Sequence[str]) -> None:
        """Says to the author alone which files could not be read."""
        if not names:
            return
        key = f"unread:{message.ref.platform}:{message.ref.workspace}:{message.ref.channel}:{message.ref.id}"[:120]
        item = Whisper(key, message.author, message.thread.parent, texts.files_not_read(names), message.thread)
        await self._courier.reaches(group, item)


def _held(tx: Tx, group: int, ref: MessageRef) -> tuple[ThreadMessage | None, Sequence[MessageFile]]:
    """A message that waits for its files."""
    message = tx.answers.message(ref)
    if message is None or message.deleted or message.kind is not MessageKind.HELD:
        return None, ()
    return message, tx.drafts.files(group, ref)
