"""Notices: private words to organisers when something needs them, each said once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum

from bot import texts
from bot.domain.errors import Refused
from bot.domain.fairness import Why
from bot.domain.outgoing import Whisper
from bot.domain.refs import ChannelRef, UserRef
from bot.ports import Storage, Story
from bot.services.delivery import Courier
from bot.shelves import Tx

log = logging.getLogger(__name__)


class Notice(StrEnum):
    """What organisers are told. Stored with what is owed, so the values never change."""

    NO_QUESTION = "no_question"
    CHANNEL_STOPPED = "channel_stopped"
    CHANNEL_GONE = "channel_gone"
    REVIEW_NOT_SHOWN = "review_not_shown"
    JOINED = "joined"
    REVIEWER_SHUT_OUT = "reviewer_shut_out"
    BUDGET_USED_UP = "budget_used_up"
    FEWER_DAYS = "fewer_days"
    UNSCORED = "unscored"


#: What moderators are told as well.
FOR_MODERATORS = frozenset({Notice.UNSCORED})


def owe(tx: Tx, group: int, channel: ChannelRef, key: str, notice: Notice, why: str = "") -> None:
    """Organisers will be told, once for this key."""
    place = (channel.platform, channel.workspace, channel.id)
    tx.owe(Story.TELL_ORGANISERS, f"notice:{key}", group, key, notice, *place, why[:200])


class Notices:
    """The steps of telling organisers."""

    def __init__(self, storage: Storage, courier: Courier) -> None:
        self._storage = storage
        self._courier = courier

    async def tell(self, group: int, key: str, notice: str, channel: ChannelRef, why: str) -> None:
        """Tells every organiser of the channel's space, and its moderators what is for them. Raises `NotNow`."""
        users = await self._storage.read(lambda tx: _readers(tx, group, Notice(notice)))
        for user in users:
            if user.space == channel.space:
                item = Whisper(f"notice:{key}:{user.id}", user, channel, _wording(Notice(notice), why))
                await self._tell_one(group, item)

    async def _tell_one(self, group: int, item: Whisper) -> None:
        try:
            await self._courier.send(group, item)
        except Refused as refused:
            log.info("an organiser could not be told", extra={"key": item.key, "why": str(refused)})


def _readers(tx: Tx, group: int, notice: Notice) -> Sequence[UserRef]:
    moderators = tx.appeals.moderators(group) if notice in FOR_MODERATORS else ()
    return list(dict.fromkeys([*tx.members.organisers(group), *moderators]))


def _wording(notice: Notice, why: str) -> str:
    match notice:
        case Notice.NO_QUESTION:
            return texts.notice_no_question()
        case Notice.CHANNEL_STOPPED:
            return texts.notice_channel_stopped(why)
        case Notice.CHANNEL_GONE:
            return texts.notice_channel_gone(why)
        case Notice.REVIEW_NOT_SHOWN:
            return texts.notice_review_not_shown()
        case Notice.JOINED:
            return texts.notice_joined()
        case Notice.REVIEWER_SHUT_OUT:
            return texts.notice_reviewer_shut_out()
        case Notice.BUDGET_USED_UP:
            return texts.notice_budget_used_up(why)
        case Notice.FEWER_DAYS:
            return texts.notice_fewer_days(why)
        case Notice.UNSCORED:
            return texts.notice_unscored(Why(why))
