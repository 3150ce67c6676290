"""The reviewer that asks a language model: gates, one reading, checks, a second signal. The score is made elsewhere."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.domain.budgets import Spent, Usage, unbooked
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.questions import Question, RubricPoint
from bot.domain.reviews import (
    PATIENCE_SECONDS,
    Advice,
    Flag,
    Gate,
    PointVerdict,
    Review,
    Verdict,
    Versions,
    score,
    ungraded,
)
from bot.domain.rounds import Probe
from bot.reviewers.gates import is_shrug
from bot.reviewers.llm import prompt, signal
from bot.reviewers.llm.breaker import Breaker
from bot.reviewers.llm.patience import Patience
from bot.reviewers.llm.quotes import Evidence, evidence_in
from bot.reviewers.llm.reading import Reading, Unusable, read
from bot.reviewers.llm.replies import Abilities, Away, Declined, End, NotTaken, OddReply, Reply, lesser
from bot.reviewers.llm.seen import Seen, see
from bot.reviewers.offline import judge

if TYPE_CHECKING:
    from bot.reviewers.llm.wire import Server

NAME = "openai"
#: The model of the official service, where none is set.
DEFAULT_MODEL = "gpt-4.1-mini"
#: The official service.
OFFICIAL_URL = "https://api.openai.com/v1"
#: The rules by which replies are read and checked. It changes whenever the same reply would give another review.
CODE = "4"
#: How soon to come back where many are before us.
BUSY_SECONDS = 10.0
#: So many requests one server has to answer at a time, unless the settings say otherwise.
AT_ONCE = 10
#: What a verdict is worth.
CREDITS = {Verdict.COVERED: 1.0, Verdict.PARTIAL: 0.5, Verdict.MISSING: 0.0, Verdict.CONTRADICTED: 0.0}
#: A model that takes a text for none is not believed where the word check finds so much in it.
FOUND_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class ServerFound:
    """What a look at the server has shown: whether it tells its models, and whether ours is among them."""

    tells_models: bool
    knows_model: bool


def host_of(base_url: str | None) -> str:
    """The host that answers are sent to."""
    return urlsplit(base_url or OFFICIAL_URL).hostname or ""


def build(
    *,
    key: str | None = None,
    base_url: str | None = None,
    model: str | None = None,
    language: str | None = None,
    at_once: int = AT_ONCE,
    seconds: float = PATIENCE_SECONDS,
) -> LlmReviewer:
    """The reviewer for a server, which gives a review so many seconds. Opens no connection and does not load the SDK
    yet; reads its prompts from disk."""
    asked, language = model or DEFAULT_MODEL, language or prompt.AS_THE_ANSWER
    return LlmReviewer(base_url, key, asked, language, at_once=at_once, seconds=seconds)


class LlmReviewer:
    """Asks a language model and believes what it can check."""

    name = NAME

    def __init__(
        self,
        base_url: str | None,
        key: str | None,
        model: str,
        language: str = prompt.AS_THE_ANSWER,
        breaker: Breaker | None = None,
        at_once: int = AT_ONCE,
        seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.host = host_of(base_url)
        self.model = model
        self.versions = Versions(NAME, model, prompt.version(), CODE)
        self.kept_under: Versions | None = self.versions
        self.patience = Patience(seconds)
        self._address = base_url, key
        self._language = language
        self._breaker = breaker or Breaker()
        self._turns = asyncio.Semaphore(at_once)
        self._opening = asyncio.Lock()
        self._server: Server | None = None
        self._abilities: Abilities | None = None

    @property
    def patience_seconds(self) -> float:
        """As it was built."""
        return self.patience.whole

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        """What the model says of this text, as far as it can be checked. A text in which nobody answers is reviewed by
        rule, without a call.

        Raises `NotNow` when the server is away, busy or talks nonsense, and `Refused`: for `NO_RIGHT` when it does not
        let us in, whatever is asked, for `NOT_REVIEWED` when it declines this text.
        """
        seen = await asyncio.to_thread(see, answer)
        if (gate := _gate(seen)) is not None:
            return ungraded(question, gate)
        try:
            async with asyncio.timeout(self.patience.review):
                async with self._turn():
                    # Our own look at the text costs milliseconds of thinking; the server thinks meanwhile.
                    checking = asyncio.create_task(asyncio.to_thread(_look_at, question, answer, seen))
                    try:
                        return await self._reviewed(_Case(question, seen, checking, spent), second)
                    finally:
                        checking.cancel()
        except TimeoutError:
            self._breaker.failed()
            raise NotNow("the reviewer's server did not answer in time") from None

    async def follow_up(self, probe: Probe, *, spent: Spent = unbooked) -> str:
        """A follow-up of a mock round in the model's words; whoever asked checks them. Raises `NotNow`, also for a
        reply that cannot be used, and `Refused`."""
        seen = await asyncio.to_thread(see, probe.said)
        if seen.attacked:
            raise Refused("the text speaks to its reader", RefusedBecause.NOT_REVIEWED)
        try:
            async with self._turn():
                reply = await self._call(prompt.follow_up(probe, seen), FOLLOW_UP_TOKENS, spent, prompt.worded())
            return str(json.loads(reply.text[reply.text.index("{") : reply.text.rindex("}") + 1])["question"])
        except (OddReply, ValueError, KeyError, TypeError, RecursionError):
            raise NotNow("the model's wording cannot be used") from None

    async def look(self) -> ServerFound:
        """Whether the server is there, lets us in and knows the model. Costs no token. Raises `NotNow`, `Refused`."""
        server = await self._open()
        try:
            async with asyncio.timeout(self.patience.review):
                known = await server.models()
        except NotTaken:  # not every server has such a list
            return ServerFound(False, False)
        except TimeoutError:
            raise NotNow("the reviewer's server did not answer in time") from None
        return ServerFound(bool(known), self.model in known)

    async def close(self) -> None:
        """Closes what is open."""
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _open(self) -> Server:
        """The server. The SDK is loaded the first time, beside the loop."""
        async with self._opening:
            if self._server is None:
                self._server = await asyncio.to_thread(_server, *self._address, self.model, self.patience.silence)
            return self._server

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One of the reviews that ask at once. Raises `NotNow` when too many are before us."""
        try:
            async with asyncio.timeout(self.patience.turn):
                await self._turns.acquire()
        except TimeoutError:
            raise NotNow("many reviews are under way", BUSY_SECONDS) from None
        try:
            yield
        finally:
            self._turns.release()

    async def _reviewed(self, case: _Case, second: bool) -> Review:
        """A reading that was held against the word check."""
        first = await self._read(case, _in_order(case.question.points, int(second)))
        own = await case.checking
        if not signal.is_far(case.question, first, own.checked):
            return first
        if case.seen.attacked:
            return signal.held_back(case.question, first, own.checked)
        if not own.evidence.in_english:  # of which the word check understands nothing
            return first
        try:
            again = await self._read(case, _in_order(case.question.points, int(second) + 1))
        except (NotNow, Refused):
            return replace(first, flag=Flag.DISPUTED)
        return signal.joined(case.question, first, again)

    async def _read(self, case: _Case, points: Sequence[RubricPoint]) -> Review:
        """One reading, asked a second time where the first cannot be used. Raises `NotNow` when neither can."""
        asked = prompt.prompt_for(case.question, case.seen, points, self._language)
        messages, room = asked.messages, asked.room
        first: _Believed | None = None
        for _ in range(2):
            try:
                reply = await self._call(messages, room, case.spent)
            except OddReply:
                continue
            except (NotNow, Refused):
                if first is None:
                    raise
                break
            if reply.end is End.CUT:
                messages, room = asked.then("…", prompt.shorter()), prompt.MORE_ROOM * asked.room
                continue
            try:
                reading = read(reply.text, asked.numbers)
            except Unusable as odd:
                messages = asked.then(reply.text[:ECHOED_CHARACTERS], prompt.repair(str(odd)))
                continue
            found = self._believed(case.question, await case.checking, asked.points, reading)
            if first is not None:
                return first.mended_by(found)
            if not found.unproven:
                return found.review
            first, messages = found, asked.then(reply.text, prompt.requote(found.unproven))
        if first is not None:
            return first.review
        raise NotNow("the model's replies cannot be used")

    def _believed(self, question: Question, own: _Own, points: Sequence[RubricPoint], reading: Reading) -> _Believed:
        """Of a reading, what can be checked."""
        if reading.kind is not None and score(question, own.checked) < FOUND_ENOUGH:
            return _Believed(replace(ungraded(question, reading.kind), versions=self.versions))
        said = [reading.points[number] for number in range(1, len(points) + 1)]
        proofs = own.evidence.proofs([quote if verdict is not Verdict.MISSING else "" for verdict, quote in said])
        verdicts = {
            point.id: _verdict(point.id, verdict, proof)
            for point, (verdict, _), proof in zip(points, said, proofs, strict=True)
        }
        unproven = tuple(
            number
            for number, (verdict, quote) in enumerate(said, 1)
            if verdict is not Verdict.MISSING and not own.evidence.stands(quote)
        )
        review = Review(
            tuple(verdicts[point.id] for point in question.points),
            self.versions,
            levels=reading.levels,
            advice=_own_words(reading.advice),
        )
        return _Believed(review, unproven, frozenset(points[number - 1].id for number in unproven))

    async def _call(
        self, messages: Sequence[prompt.Message], room: int, spent: Spent, schema: Mapping[str, Any] | None = None
    ) -> Reply:
        """One reply. What every caller must know of its end is told to the breaker and the books."""
        self._breaker.enter()
        try:
            reply = await self._ask(messages, room, schema or prompt.schema())
        except (OddReply, Declined) as ended:
            self._breaker.worked()
            spent(ended.usage)
            raise
        except NotNow as away:
            self._breaker.failed(away.after)
            if isinstance(away, Away) and away.usage is not None:
                spent(away.usage)
            raise
        except Refused as refused:
            self._shut_out(refused)
            raise
        except BaseException:
            self._breaker.left()
            spent(Usage(self.model, _estimate(messages), 0))
            raise
        self._breaker.worked()
        spent(reply.usage)
        return reply

    def _shut_out(self, refused: Refused) -> None:
        if refused.because is RefusedBecause.NO_RIGHT:
            self._breaker.refused(str(refused))
        else:
            self._breaker.worked()

    async def _ask(self, messages: Sequence[prompt.Message], room: int, schema: Mapping[str, Any]) -> Reply:
        """One reply in the best form this server has. What it does not understand is left out, and once that has
        worked, from the first call on."""
        server = await self._open()
        abilities: Abilities | None = self._abilities or server.starts_with
        while abilities is not None:
            try:
                reply = await server.ask(messages, schema, room, abilities)
            except NotTaken as refusal:
                abilities = lesser(abilities, refusal)
            else:
                self._abilities = abilities
                return reply
        raise Refused("the server does not understand the request", RefusedBecause.NOT_REVIEWED)


#: A worded follow-up is short; some models think before.
FOLLOW_UP_TOKENS = 400
#: So much of an unusable reply is shown to the model again.
ECHOED_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class _Own:
    """Our own look at a text: what finds quotes in it, and what the word check says."""

    evidence: Evidence
    checked: Review


def _look_at(question: Question, answer: str, seen: Seen) -> _Own:
    return _Own(evidence_in(question, answer, seen), judge(question, answer))


@dataclass(frozen=True, slots=True)
class _Case:
    """All that one review needs."""

    question: Question
    seen: Seen
    checking: asyncio.Task[_Own]
    spent: Spent


@dataclass(frozen=True, slots=True)
class _Believed:
    """What is left of a reading, with the points whose quotes stand nowhere: by number, and by id."""

    review: Review
    unproven: tuple[int, ...] = ()
    ids: frozenset[str] = frozenset()

    def mended_by(self, second: _Believed) -> Review:
        """This review, with the second's word on the points that were not proven."""
        other = {verdict.point: verdict for verdict in second.review.points}
        points = (other[each.point] if each.point in self.ids else each for each in self.review.points)
        return replace(self.review, points=tuple(points))


def _verdict(point: str, verdict: Verdict, proof: str | None) -> PointVerdict:
    """The verdict with its proof; without one, the point is missing (FEATURES F22)."""
    if proof is None:
        return PointVerdict(point, Verdict.MISSING, 0.0)
    return PointVerdict(point, verdict, CREDITS[verdict], proof)


def _own_words(advice: Advice | None) -> Advice | None:
    """What the model says to the author, unless it only gives its rules back."""
    if advice is None or any(map(prompt.repeats_the_rules, (advice.next_step, advice.think))):
        return None
    return advice


def _gate(seen: Seen) -> Gate | None:
    """Why a text is no answer, where nobody needs to be asked: nothing is left of it, or nothing but a shrug."""
    if not seen.spoken:
        return Gate.EMPTY
    return Gate.DONT_KNOW if all(is_shrug(sentence) for sentence in seen.spoken) else None


def _in_order(points: Sequence[RubricPoint], turn: int) -> tuple[RubricPoint, ...]:
    """The points as they stand, from the back, or from the middle on: a reading that leans on the order shows it."""
    middle = len(points) // 2
    return (tuple(points), tuple(reversed(points)), (*points[middle:], *points[:middle]))[turn]


def _estimate(messages: Iterable[prompt.Message]) -> int:
    return sum(len(message["content"]) for message in messages) // 4


def _server(base_url: str | None, key: str | None, model: str, silence: float) -> Server:
    server: Server = importlib.import_module("bot.reviewers.llm.wire").Server(base_url, key, model, silence)
    return server
