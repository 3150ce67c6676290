"""What an organiser does to a study group, in a line each."""

from __future__ import annotations

from datetime import datetime

from group import Study

from bot.domain.outgoing import Action, Immediate, Reply
from bot.services import asking
from bot.shelves import Asking, AskingState, Posting


async def set_up(group: Study, **options: str) -> Reply:
    """Sets a track up, or changes the one that stands, and says yes to the preview."""
    await group.call(group.organiser, "/study-admin setup", **options)
    await group.settle()
    return reply_of(await group.press(group.organiser, Action.CONFIRM_SETUP, draft_shown(group)))


def draft_shown(group: Study) -> str:
    """The draft whose yes the organiser was offered last."""
    shown = [each.item for each in group.chat.whispers(group.organiser.user) if each.item.key.startswith("setup:")]
    return next(button.target for button in shown[-1].buttons if button.action is Action.CONFIRM_SETUP)


def reply_of(said: Immediate) -> Reply:
    assert isinstance(said, Reply)
    return said


async def askings(group: Study) -> list[Asking]:
    """All askings of the first track, oldest first."""
    tracks = await group.tracks()
    return list(await group.core.storage.read(lambda tx: tx.asking.recent(group.group, tracks[0].id, 500)))[::-1]


async def fates(group: Study) -> list[str]:
    """What became of each slot, oldest first: asked, due, or the reason for which it was skipped."""
    return [each.reason.value if each.reason else each.state.value for each in await askings(group)]


async def asked(group: Study) -> list[str | None]:
    """The questions that were asked, oldest first."""
    return [each.question for each in await askings(group) if each.state is AskingState.ASKED]


async def postings(group: Study) -> list[Posting]:
    """All postings, oldest first."""
    found = [
        await group.core.storage.read(lambda tx, id=each.id: tx.asking.postings(group.group, id))  # type: ignore[misc]
        for each in await askings(group)
    ]
    return [posting for some in found for posting in some]


async def tick_at(group: Study, now: datetime) -> None:
    """The clock shows this, and slots that have come are filed; nobody does the work yet."""
    group.clock.set(now)
    await asking.tick(group.core.storage, group.clock)
