"""Places: spaces that are left, channels and threads that went, people who left. Everything happens inside the caller's
transaction, and nothing here takes data away."""

from __future__ import annotations

from datetime import datetime

from bot.domain.refs import ChannelRef, SpaceRef, ThreadRef, UserRef
from bot.services import asking, notices, repetition
from bot.shelves import Stopped, TrackChannel, Tx


def space_left(tx: Tx, group: int, space: SpaceRef) -> None:
    """We were removed: no question is asked there and nothing is said, until we are back and an organiser resumes
    (FAULTS 61)."""
    tx.members.leave(space)
    for channel in tx.asking.channels_in(group, space):
        asking.drop_waiting(tx, group, channel)
        tx.asking.stop_channel(group, channel.id, Stopped.LEFT)


def gone(tx: Tx, group: int, place: ChannelRef | ThreadRef, now: datetime) -> None:
    """Nothing more is said there; answers keep their points. Of a channel where questions were asked, organisers learn
    once (FAULTS 29)."""
    tx.asking.mark_gone(group, place)
    if isinstance(place, ThreadRef):
        return
    stopped = [channel.id for channel in tx.asking.channels_in(group, place) if _stop(tx, group, channel)]
    if stopped:
        key = f"gone:{stopped[0]}:{now:%Y%m%d%H%M%S}"
        notices.owe(tx, group, place, key, notices.Notice.CHANNEL_GONE, place.id)


def _stop(tx: Tx, group: int, channel: TrackChannel) -> bool:
    """Whether this is news."""
    asking.drop_waiting(tx, group, channel)
    return tx.asking.stop_channel(group, channel.id, Stopped.GONE)


def member_left(tx: Tx, group: int, user: UserRef) -> None:
    """The board shows no name for somebody who is not here any more (FAULTS 31); whatever they do brings it back."""
    tx.members.set_organiser(group, user, False)
    tx.members.set_left(group, user, True)
    repetition.member_left(tx, group, user)
