"""One member in a mock round: what they do there, and what they read."""

from __future__ import annotations

from datetime import timedelta

from fakes import covering
from group import Study, question

from bot.domain.incoming import ButtonPressed, MessagePosted
from bot.domain.outgoing import Action, Immediate, read_room
from bot.domain.refs import MessageRef, Person, ThreadRef
from bot.domain.reviews import PointVerdict, Review, Verdict
from bot.domain.rounds import LISTEN_FOR, RoundState
from bot.services.rounds import target_of
from bot.shelves import Round, Tx

LONG = "I would put a token bucket in front of every client and refill it steadily over time."


class Interview:
    """One member in a round: what they do there, and what they read."""

    def __init__(self, group: Study, name: str = "Ada") -> None:
        self.group = group
        self.person: Person = group.person(name)
        self._presses = 0

    async def begin(self, **options: str) -> Immediate:
        reply = await self.group.call(self.person, "mock", **({"round": "backend"} | options))
        await self.group.settle()
        return reply

    @property
    def room(self) -> ThreadRef:
        id, _ = self.group.chat.rooms(self.person.user)[-1]
        channel, thread = read_room(id)
        return ThreadRef(self.group.space.platform, self.group.space.workspace, channel, thread)

    async def write(self, text: str, message: MessageRef | None = None) -> tuple[MessageRef, Immediate]:
        ref = message or self.group.new_message(self.room)
        event = MessagePosted(ref, self.room, self.person, text, self.group.clock.now())
        return ref, await self.group.receive(event)

    async def answer(self, text: str) -> str:
        """Writes, lets the interviewer think, and returns what they say."""
        await self.write(text)
        await self.think()
        return self.heard[-1]

    async def think(self) -> None:
        self.group.clock.set(self.group.clock.now() + LISTEN_FOR + timedelta(seconds=1))
        await self.group.settle()

    async def say(self, word: str) -> str:
        """Something in plain words."""
        await self.write(word)
        await self.group.settle()
        return self.heard[-1]

    async def press(self, action: Action, target: str = "") -> Immediate:
        """A button in the private place, without a target under the words that were said last."""
        round = await self.latest()
        self._presses += 1
        press, at = f"p{round.id}.{self._presses}", self.group.clock.now()
        target = target or target_of(round.id, round.asked_by)
        event = ButtonPressed(action, target, self.person, self.group.channel, press, at, thread=self.room)
        reply = await self.group.receive(event)
        await self.group.settle()
        return reply

    @property
    def heard(self) -> list[str]:
        """What the interviewer said in the latest private place."""
        return [each.text for each in self.group.chat.said(self.room)]

    async def latest(self) -> Round:
        def newest(tx: Tx) -> Round:
            member = tx.members.by_user(self.group.group, self.person.user)
            assert member is not None
            return tx.rounds.of_member(self.group.group, member.id, tuple(RoundState), 1)[0]

        return await self.group.core.storage.read(newest)


def partly(covered: str, answer: str) -> Review:
    """One point is covered, the others are missing."""
    asked = question("any")
    quote = " ".join(answer.split(" ")[:6])
    points = tuple(
        PointVerdict(point.id, Verdict.COVERED, 1.0, quote)
        if point.id == covered
        else PointVerdict(point.id, Verdict.MISSING, 0.0)
        for point in asked.points
    )
    return Review(points, covering(asked, answer).versions)
