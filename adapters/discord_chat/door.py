"""The door in: acknowledges what people do as Discord wants it, and shows at once what the intake answers.

Commands and buttons are answered within 1.5 seconds, if only by "thinking". A form is answered after it is stored and
not before: Discord's client keeps a form open, with all that was typed, until we say that it arrived.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import discord

from adapters.discord_chat import incoming, words
from adapters.discord_chat.answering import Kind, Opening
from adapters.discord_chat.content import EPHEMERAL, pieces_of
from adapters.discord_chat.forms import modal
from adapters.discord_chat.instead import Instead
from adapters.discord_chat.lanes import Lanes
from adapters.discord_chat.openings import Open
from adapters.discord_chat.parts import Parts
from bot import texts
from bot.domain.errors import NotNow, Refused
from bot.domain.incoming import Incoming, MessageEdited, MessagePosted
from bot.domain.inert import inert, quote_block
from bot.domain.outgoing import Choices, Form, Immediate, Received, Reply
from bot.domain.refs import Person
from bot.ports import Intake

log = logging.getLogger(__name__)

#: So long a command or button may take before its caller is told that we are on it. Discord gives up after 3 seconds.
PATIENCE_SECONDS = 1.5
COMPLETION_SECONDS = 2.5
_MOST_CHOICES = 25


class Door:
    """Tells the intake, and shows what it answers. `recovered` is called when events were lost in a long outage of the
    database that is over."""

    def __init__(self, intake: Intake, parts: Parts, recovered: Callable[[], None]) -> None:
        self._intake = intake
        self._answering = parts.answering
        self._openings = parts.openings
        self._signs = parts.signs
        self._members = parts.members
        self._instead = Instead(parts.rest, parts.direct)
        self._under_way: set[asyncio.Task[None]] = set()
        self._lanes = Lanes(self._store, recovered)

    # what the gateway tells

    def tell(self, event: Incoming, lane: str) -> None:
        """Keeps an event until it is stored, behind what came before it in the same lane."""
        self._lanes.put(lane, event)

    async def room(self) -> None:
        """Returns when there is room for events that could wait."""
        await self._lanes.room()

    async def _store(self, event: Incoming) -> None:
        answer = await self._intake.receive(event)
        if isinstance(answer, Received):
            author = event.author.user if isinstance(event, MessagePosted | MessageEdited) else None
            self._signs.put(answer.message, author)

    # what people call and press

    def take(self, call: discord.Interaction) -> None:
        """Serves an interaction beside everything else."""
        task = asyncio.create_task(self._take(call))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take(self, call: discord.Interaction) -> None:
        opening = Opening(str(call.id), call.token, str(call.application_id))
        try:
            match call.type:
                case discord.InteractionType.application_command:
                    await self._answer(call, opening, self._command(call))
                case discord.InteractionType.component:
                    await self._answer(call, opening, self._press(call))
                case discord.InteractionType.modal_submit:
                    await self._take_form(call, opening)
                case discord.InteractionType.autocomplete:
                    await self._complete(call, opening)
                case _:
                    pass
        except (NotNow, Refused) as error:
            log.warning("discord_answer_not_shown", extra={"kind": call.type.name, "why": str(error)})
        except Exception:
            log.exception("discord_answer_failed", extra={"kind": call.type.name})

    async def _command(self, call: discord.Interaction) -> Immediate:
        if call.guild_id is None:
            return Reply(words.ONLY_IN_SERVERS)
        event = incoming.to_chosen(call) if incoming.is_menu(call) else incoming.to_command(call)
        return Reply(words.STALE_COMMAND) if event is None else await self._intake.receive(event)

    async def _press(self, call: discord.Interaction) -> Immediate:
        if not incoming.knows_button(call):
            return Reply(texts.stale_button())
        person = await self._caller(call)
        event = incoming.to_pressed(call, person) if person else None
        return Reply(words.NOT_A_MEMBER) if event is None else await self._intake.receive(event)

    async def _caller(self, call: discord.Interaction) -> Person | None:
        """Who called; a private conversation does not tell in which server, and with which rights."""
        if call.guild_id is not None:
            return incoming.caller(call)
        server = incoming.noted_server(call)
        return await self._members.person(server, call.user) if server is not None else None

    # answering

    async def _answer(self, call: discord.Interaction, to: Opening, asking: Coroutine[Any, Any, Immediate]) -> None:
        asked = asyncio.create_task(self._outcome(asking))
        noted = self._note(call, to)
        try:
            done, _ = await asyncio.wait({asked}, timeout=PATIENCE_SECONDS)
            if done:
                await self._show(call, to, asked.result(), noted)
                return
            await self._say_later(to, noted)
            await self._show_late(call, to, await asked)
        finally:
            asked.cancel()

    def _note(self, call: discord.Interaction, to: Opening) -> Open:
        return self._openings.note(incoming.caller(call).user, incoming.place_of(call), to)

    async def _say_later(self, to: Opening, noted: Open) -> None:
        """Whatever becomes of "thinking", what was asked for goes on."""
        try:
            await self._answering.respond(to, Kind.LATER, {"flags": EPHEMERAL})
            noted.answered.set()
        except (NotNow, Refused) as error:
            log.warning("discord_call_not_acknowledged", extra={"why": str(error)})

    async def _outcome(self, asking: Awaitable[Immediate], typed: str = "") -> Immediate:
        """What the intake says, or words for what went wrong, with what was typed."""
        try:
            return await asking
        except NotNow as away:
            log.info("discord_call_not_now", extra={"why": str(away)})
            return Reply(_with_typed(texts.try_again(), typed))
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("discord_call_failed", extra={"reference": reference})
            return Reply(_with_typed(texts.try_again(reference), typed))

    async def _show(self, call: discord.Interaction, to: Opening, answer: Immediate, noted: Open) -> None:
        """In a private conversation whatever can be pressed or sent says which server it is about."""
        server = incoming.noted_server(call)
        if isinstance(answer, Form):
            await self._answering.respond(to, Kind.FORM, modal(answer, server))
            noted.answered.set()
            return
        reply = _as_reply(answer)
        first, *rest = pieces_of(reply, server)
        await self._answering.say(to, first if reply.public else first.private())
        noted.answered.set()
        for piece in rest:
            await self._answering.follow_up(to, piece if reply.public else piece.private())

    async def _show_late(self, call: discord.Interaction, to: Opening, answer: Immediate) -> None:
        """Takes the place of "thinking", which only the caller sees; what is for all comes as one more message."""
        reply = _late_form(answer) if isinstance(answer, Form) else _as_reply(answer)
        pieces = pieces_of(reply, incoming.noted_server(call))
        shown = pieces_of(Reply(words.SHOWN_BELOW)) + pieces if reply.public else pieces
        try:
            await self._answering.replace(to, shown[0])
            for piece in shown[1:]:
                await self._answering.follow_up(to, piece if reply.public else piece.private())
        except Refused:
            await self._instead.tell(call, reply)

    # forms and completion

    async def _take_form(self, call: discord.Interaction, to: Opening) -> None:
        typed = incoming.typed_words(call)
        noted = self._note(call, to)
        answer = await self._outcome(self._form(call, typed), typed)
        await self._show(call, to, _late_form(answer) if isinstance(answer, Form) else answer, noted)

    async def _form(self, call: discord.Interaction, typed: str) -> Immediate:
        if not incoming.knows_form(call):
            return Reply(_with_typed(words.STALE_FORM, typed))
        person = await self._caller(call)
        event = incoming.to_form(call, person) if person else None
        if event is None:
            return Reply(_with_typed(words.NOT_A_MEMBER, typed))
        return await self._intake.receive(event)

    async def _complete(self, call: discord.Interaction, to: Opening) -> None:
        """Suggestions, or none: typing goes on without them."""
        event = incoming.to_completion(call)
        answer: Immediate = None
        try:
            async with asyncio.timeout(COMPLETION_SECONDS):
                answer = await self._intake.receive(event) if event is not None else None
        except (NotNow, TimeoutError) as error:
            log.debug("discord_completion_left_out: %s", error)
        items = answer.items[:_MOST_CHOICES] if isinstance(answer, Choices) else ()
        choices = [{"name": each.label[:100] or each.value[:100], "value": each.value[:100]} for each in items]
        await self._answering.respond(to, Kind.CHOICES, {"choices": choices})

    async def close(self) -> None:
        """Ends what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._lanes.close()


def _as_reply(answer: Immediate) -> Reply:
    """Discord wants an answer to each call, also where there is nothing to say."""
    return answer if isinstance(answer, Reply) else Reply(words.DONE)


def _late_form(form: Form) -> Reply:
    """A form opens only as the first answer to a call; later a button opens it."""
    return Reply(texts.form_late(), (form.again,)) if form.again else Reply(texts.command_late())


def _with_typed(text: str, typed: str) -> str:
    """The words, and below them all that was typed into a form: it is on nobody else's screen any more."""
    if not typed:
        return text
    return f"{text}\n\n{words.NOT_STORED}\n{quote_block(inert(typed, multiline=True))}"
