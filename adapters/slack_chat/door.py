"""The door in: tells the intake what happened and acknowledges when it is safe to do so.

Events are acknowledged after the commit, else not at all: Slack delivers them again. Commands and buttons are
acknowledged within 1.5 s whatever the database does. A form is closed only after its text is stored.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from adapters.slack_chat import words
from adapters.slack_chat.answering import Answering, Errands, Signs, Spot
from adapters.slack_chat.forms import error as form_error
from adapters.slack_chat.incoming import Us
from adapters.slack_chat.people import People
from bot import texts
from bot.domain.errors import Mistake, NotNow, Refused
from bot.domain.incoming import FormSent, HomeOpened, Incoming, MessageEdited, MessagePosted, SpaceJoined
from bot.domain.outgoing import Form, Immediate, Received, Reply
from bot.domain.refs import SpaceRef
from bot.ports import Intake

log = logging.getLogger(__name__)

#: So long a person waits for the acknowledgement of a command or button; the answer follows by itself.
PATIENCE_SECONDS = 1.5
#: Slack takes a form for lost after 3 s.
FORM_SECONDS = 2.3
_MOST_SEEN = 2000

#: Builds an event; asking who somebody is takes a call to Slack.
Make = Callable[[], Awaitable[Incoming]]


def now() -> datetime:
    """The moment of what Slack sends without one."""
    return datetime.now(UTC)


class Door:
    """Tells the intake, and shows at once what it answers."""

    def __init__(self, intake: Intake, people: People, answering: Answering, signs: Signs) -> None:
        self._intake = intake
        self._people = people
        self._answering = answering
        self._signs = signs
        self._errands = Errands()
        self._met: set[SpaceRef] = set()
        self._seen: dict[str, None] = {}

    async def close(self, seconds: float = 2.0) -> None:
        """Lets go."""
        await self._errands.close(seconds)

    async def meet(self, us: Us) -> None:
        """Says once that the bot serves this workspace. Raises `NotNow`."""
        if us.space not in self._met:
            await self._intake.receive(SpaceJoined(us.space, us.name, now()))
            self._met.add(us.space)

    def part(self, space: SpaceRef) -> None:
        """The bot was removed; when it comes back, that is said again."""
        self._met.discard(space)

    # ---------------------------------------------------------------- events

    async def tell(self, event: Incoming) -> None:
        """An event. Raises `NotNow` when it was not stored: then it must not be acknowledged."""
        if isinstance(event, MessagePosted | MessageEdited):
            event = replace(event, author=await self._people.named(event.author.user))
        answer = await self._intake.receive(event)
        match answer:
            case Received():
                again = isinstance(event, MessageEdited)
                self._errands.start("sign", self._signs.put(answer.message, again))
            case Reply() if isinstance(event, MessagePosted | MessageEdited):
                thread = event.thread.id if event.thread else None
                spot = Spot(event.author.user, event.message.channel, thread)
                self._errands.start("reply", self._answering.reply(answer, spot))
            case _:
                pass

    def open_home(self, make: Make) -> None:
        """Somebody opened the home page. Nothing is stored, so the page may follow the acknowledgement."""
        self._errands.start("home", self._open_home(make))

    async def _open_home(self, make: Make) -> None:
        event = await make()
        assert isinstance(event, HomeOpened)
        answer = await self._intake.receive(event)
        if isinstance(answer, Reply):
            await self._answering.home(answer, event.person.user)

    # ---------------------------------------------------------------- commands and buttons

    async def ask(self, name: str, make: Make, spot: Spot) -> None:
        """A command or button. Returns in time for its acknowledgement; one that came before is left alone."""
        if self._is_repeat(name):
            return
        task = self._errands.start("answer", self._ask(make, spot))
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)

    async def _ask(self, make: Make, spot: Spot) -> None:
        try:
            answer = await self._intake.receive(await make())
        except Mistake as mistake:
            answer = Reply(texts.mistaken(mistake))
        except (NotNow, Refused) as away:
            log.warning("slack_command_failed", extra={"why": str(away)})
            answer = Reply(texts.try_again())
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("slack_command_broke", extra={"reference": reference})
            answer = Reply(texts.try_again(reference))
        await self._show(answer, spot)

    async def _show(self, answer: Immediate, spot: Spot) -> None:
        match answer:
            case Reply():
                await self._answering.reply(answer, spot)
            case Form():
                await self._answering.form(answer, spot)
            case Received():
                await self._signs.put(answer.message)
            case _:
                pass

    def _is_repeat(self, name: str) -> bool:
        """Whether this sending was seen here before. The core recognises what changes something; this spares people
        a second answer."""
        if name in self._seen:
            return True
        self._seen[name] = None
        while len(self._seen) > _MOST_SEEN:
            self._seen.pop(next(iter(self._seen)))
        return False

    # ---------------------------------------------------------------- forms

    async def form(self, make: Make, view: Mapping[str, Any], thread: str | None) -> dict[str, Any] | None:
        """A form that was sent. None once it is stored and may close; else the answer that keeps it open."""
        stored: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._errands.start("form", self._form(make, thread, stored))
        await asyncio.wait({stored}, timeout=FORM_SECONDS)
        why = stored.result() if stored.done() else words.FORM_SLOW
        return form_error(view, why) if why is not None else None

    async def _form(self, make: Make, thread: str | None, stored: asyncio.Future[str | None]) -> None:
        """Tells it, says what became of it, and then shows the receipt."""
        try:
            event = await make()
            answer = await self._intake.receive(event)
        except Mistake as mistake:
            stored.set_result(str(mistake))
            return
        except BaseException as error:
            stored.set_result(words.FORM_FAILED)
            if isinstance(error, NotNow | Refused):
                log.warning("slack_form_failed", extra={"why": str(error)})
                return
            raise
        stored.set_result(None)
        assert isinstance(event, FormSent)
        await self._show(answer, Spot(event.person.user, event.place.id, thread))
