"""Private words that are owed: the first one to a new member, and the preview of a set-up."""

from __future__ import annotations

import logging

from bot import texts
from bot.domain.errors import Refused
from bot.domain.outgoing import Action, Button, Reply, Whisper
from bot.domain.refs import ChannelRef, UserRef
from bot.ports import Questions, Storage
from bot.services import organising
from bot.services.delivery import Courier
from bot.shelves import Tx

log = logging.getLogger(__name__)


class Greeter:
    """The steps that whisper to one person."""

    def __init__(self, storage: Storage, questions: Questions, courier: Courier, where: texts.WhereAnswersGo) -> None:
        self._storage = storage
        self._questions = questions
        self._courier = courier
        self._where = where

    async def welcome(self, group: int, member: int, user: UserRef, place: ChannelRef) -> None:
        """Says where the text of answers goes, that they are on the board, and offers one click to hide. Who takes no
        private words is left alone; `/study privacy` tells them the same."""
        button = Button(Action.HIDE_ME, texts.label_hide())
        item = Whisper(f"welcome:{member}", user, place, texts.welcome(self._where()), buttons=(button,))
        try:
            await self._courier.send(group, item)
        except Refused as refused:
            log.info("a first word was not taken", extra={"key": item.key, "why": str(refused)})

    async def preview_setup(self, group: int, track: int, user: UserRef, place: ChannelRef) -> None:
        """Names what is missing in the channel one by one, or shows what would be asked with the yes under it."""
        wished, left = await self._storage.read(
            lambda tx: (tx.asking.track(group, track), tx.members.is_left(user.space))
        )
        if wished is None or not wished.channels or left:
            return
        channel = wished.channels[0].channel
        lacking = await self._courier.chat(channel.space).lacking(channel)
        if lacking:
            reply = Reply(texts.setup_lacking([(each.what, each.mend) for each in lacking]))
        else:
            reply = await self._storage.read(lambda tx: self._preview(tx, group, track))
        item = Whisper(f"setup:{track}", user, place, reply.text, buttons=reply.buttons)
        await self._courier.send(group, item)

    def _preview(self, tx: Tx, group: int, track: int) -> Reply:
        wished = tx.asking.track(group, track)
        return organising.setup_preview(tx, self._questions, wished) if wished else Reply(texts.not_found())
