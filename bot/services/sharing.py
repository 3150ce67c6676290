"""Results of mock rounds that their member shows to the group (F42): a first click shows them, to the member alone,
exactly what would be seen; a second one has it posted in the study channel. Nothing else of a round ever leaves it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from bot import texts
from bot.domain.debriefs import debrief
from bot.domain.incoming import ButtonPressed
from bot.domain.outgoing import Action, Button, Post, Reply, read_id
from bot.domain.refs import ChannelRef
from bot.domain.rounds import TurnKind
from bot.ports import Companies, Storage, Story
from bot.services.delivery import Courier
from bot.shelves import LoopState, Round, Tx


@dataclass(frozen=True, slots=True)
class Shown:
    """What would be posted, where, and under which key: each result is shown once."""

    key: str
    text: str
    channel: ChannelRef | None

    @property
    def mark(self) -> str:
        """Names exactly this text, so that nobody agrees to another one than they saw."""
        return str(zlib.crc32(self.text.encode()))


def offer(tx: Tx, companies: Companies, event: ButtonPressed) -> Reply:
    """The first click: under a report, under a debrief, or in the history."""
    round = _own(tx, event)
    if round is None:
        return Reply(texts.not_found())
    number = read_id(event.target.partition(".")[2])
    return _preview(tx, companies, round, number is not None and _is_debrief(tx, round, number))


def _is_debrief(tx: Tx, round: Round, number: int) -> bool:
    turns = tx.rounds.turns(round.group, round.id)
    return any(turn.number == number and turn.kind is TurnKind.DEBRIEF for turn in turns)


def _preview(tx: Tx, companies: Companies, round: Round, whole_loop: bool) -> Reply:
    showing = showing_of(tx, companies, round, whole_loop)
    if showing is None:
        return Reply(texts.nothing_to_share())
    if tx.delivery.by_key(round.group, showing.key) is not None:
        return Reply(texts.shared_already())
    if showing.channel is None:
        return Reply(texts.nowhere_to_share())
    target = f"{round.id}.{int(whole_loop)}.{showing.mark}"
    return Reply(texts.share_preview(showing.text), (Button(Action.SHARE_NOW, texts.label_share_now(), target),))


def confirm(tx: Tx, companies: Companies, event: ButtonPressed, now: datetime) -> Reply:
    """The second click. What reads otherwise by now is shown first once more."""
    round = _own(tx, event)
    _, _, rest = event.target.partition(".")
    kind, _, mark = rest.partition(".")
    whole_loop = kind == "1"
    showing = showing_of(tx, companies, round, whole_loop) if round is not None else None
    if round is None:
        return Reply(texts.not_found())
    if showing is None:
        return Reply(texts.nothing_to_share())
    if showing.channel is None or showing.mark != mark:
        return _preview(tx, companies, round, whole_loop)
    tx.owe(Story.SHARE_ROUND, showing.key, round.group, round.id, int(whole_loop), mark)
    return Reply(texts.share_under_way())


def _own(tx: Tx, event: ButtonPressed) -> Round | None:
    """The round a button is about, where it is the presser's own."""
    id = read_id(event.target.partition(".")[0])
    return tx.rounds.of_target(id, event.person.user) if id is not None else None


def showing_of(tx: Tx, companies: Companies, round: Round, whole_loop: bool) -> Shown | None:
    """What is seen of a round, or of the loop that ended with it; None where there is no result."""
    company, member = companies.company(round.company), tx.members.by_id(round.group, round.member)
    if company is None or member is None or round.notes is None or round.ended_at is None:
        return None
    day, channel = round.ended_at.date(), _study_channel(tx, round)
    if not whole_loop:
        return Shown(f"share:{round.id}", texts.shared_round(member.name, company, round.notes, day), channel)
    loop = tx.rounds.loop(round.group, round.loop) if round.loop is not None else None
    if loop is None or loop.state is not LoopState.DONE:
        return None
    notes = [each.notes for each in tx.rounds.of_loop(round.group, loop.id) if each.notes is not None]
    text = texts.shared_loop(member.name, company, notes, debrief(company, notes), day)
    return Shown(f"share_loop:{loop.id}", text, channel)


def _study_channel(tx: Tx, round: Round) -> ChannelRef | None:
    """Where `/mock` was called, if questions are asked there; else the first channel of that space in which they
    are."""
    asked_in = [each.channel for track in tx.asking.tracks(round.group) for each in track.channels]
    there = [channel for channel in asked_in if channel.space == round.place.space]
    return round.place if round.place in there else next(iter(there), None)


class Sharing:
    """The step that posts a result."""

    def __init__(self, storage: Storage, companies: Companies, courier: Courier) -> None:
        self._storage = storage
        self._companies = companies
        self._courier = courier

    async def post(self, group: int, round: int, whole_loop: bool, mark: str) -> None:
        """Posts it once, as it was agreed to; one that reads otherwise by now is not posted. Raises `NotNow`."""
        found = await self._storage.read(lambda tx: self._look(tx, group, round, whole_loop))
        if found is not None and found.channel is not None and found.mark == mark:
            await self._courier.reaches(group, Post(found.key, found.channel, found.text))

    def _look(self, tx: Tx, group: int, id: int, whole_loop: bool) -> Shown | None:
        round = tx.rounds.by_id(group, id)
        return showing_of(tx, self._companies, round, whole_loop) if round is not None else None
