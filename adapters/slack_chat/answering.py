"""What somebody is answered at once: private words, a form, the home page, the received sign. At most once each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from adapters.slack_chat.calls import Calls
from adapters.slack_chat.errors import SlackSaysNo
from adapters.slack_chat.forms import modal
from adapters.slack_chat.rich_text import TEXT_LIMIT, blocks, message
from adapters.slack_chat.uploads import Uploads
from bot import texts
from bot.domain.errors import NotNow, Refused
from bot.domain.inert import split_text
from bot.domain.outgoing import Form, Reply
from bot.domain.refs import MessageRef, UserRef

Json = dict[str, Any]

log = logging.getLogger(__name__)

#: The received sign.
SIGN = "eyes"
#: A comment may be quicker than the sign it replaces, in another process even: then the sign is looked for once more.
SIGN_SECONDS = 2.0
_MOST_HOME_PARTS = 30
_LOST_TRIGGER = frozenset(("expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_exchanged"))
#: How our words are sent: nothing in them is looked up, linked or previewed.
INERT: Json = {"parse": "none", "link_names": False, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}
QUIET: Json = {"parse": "none", "link_names": False}


class Errands:
    """What is done beside the acknowledgement. Its failures are logged and go no further."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, what: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begins an errand."""
        task = asyncio.create_task(self._run(what, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (NotNow, Refused) as error:
            log.warning("slack_errand_failed", extra={"what": what, "why": str(error)})
        except Exception:
            log.exception("slack_errand_broke", extra={"what": what})

    async def close(self, seconds: float) -> None:
        """Lets what is under way finish for so long, and ends the rest."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody asked and is answered: `hook` is Slack's response_url, `trigger` the right to open a form."""

    user: UserRef
    channel: str
    thread: str | None = None
    hook: str | None = None
    trigger: str | None = None


#: A way to say something: to all, or in private.
Say = Callable[[Json, Spot], Awaitable[None]]


class Answering:
    """Answers people where they asked."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._uploads = Uploads(calls)

    async def reply(self, reply: Reply, spot: Spot) -> None:
        """A reply in as many messages as it needs, the buttons under the last. Raises `NotNow` or `Refused`."""
        parts = split_text(reply.text, TEXT_LIMIT)
        for number, part in enumerate(parts, start=1):
            last = number == len(parts)
            picture = await self._uploads.block(spot.user.space, reply.picture if last else None)
            buttons = reply.buttons if last else ()
            say = self._to_all if reply.public else self._in_private
            await self._try(say, message(part, buttons, picture), message(part, buttons), spot)

    async def _try(self, say: Say, shown: Json, plain: Json, spot: Spot) -> None:
        """Says the message with its picture, and without it where Slack refuses that."""
        try:
            await say(shown, spot)
        except Refused as refused:
            if shown == plain:
                raise
            log.info("slack_shows_no_picture", extra={"why": str(refused)})
            await say(plain, spot)

    async def _to_all(self, message: Json, spot: Spot) -> None:
        if spot.hook is not None:
            thread = {"thread_ts": spot.thread} if spot.thread else {}
            await self._calls.answer(spot.hook, message | INERT | thread | _HOOK | {"response_type": "in_channel"})
            return
        await self._calls.write(
            spot.user.space, "chat.postMessage", channel=spot.channel, thread_ts=spot.thread, **INERT, **message
        )

    async def _in_private(self, message: Json, spot: Spot) -> None:
        """Where the person looks: in the thread, else where Slack's own way to answer leads, else directly."""
        if spot.hook is not None and spot.thread is None:
            try:
                return await self._calls.answer(spot.hook, message | INERT | _HOOK | {"response_type": "ephemeral"})
            except Refused:
                log.info("slack_hook_closed")  # used up, or older than half an hour
        if spot.channel == spot.user.id:
            return await self._otherwise(message, spot)
        try:
            await self._calls.write(
                spot.user.space,
                "chat.postEphemeral",
                channel=spot.channel,
                user=spot.user.id,
                thread_ts=spot.thread,
                **QUIET,
                **message,
            )
        except SlackSaysNo as no:
            if no.dead_token:
                raise
            await self._otherwise(message, spot)

    async def _otherwise(self, message: Json, spot: Spot) -> None:
        """A place where the bot is not inside: the hook works there, else only a direct message reaches the person."""
        if spot.hook is not None and spot.thread is not None:
            return await self._calls.answer(spot.hook, message | INERT | _HOOK | {"response_type": "ephemeral"})
        await self._calls.write(spot.user.space, "chat.postMessage", channel=spot.user.id, **INERT, **message)

    async def form(self, form: Form, spot: Spot) -> None:
        """Opens a form; where that comes too late, says so with a button that opens it. Raises as `reply`."""
        try:
            await self._calls.write(
                spot.user.space, "views.open", trigger_id=spot.trigger, view=modal(form, spot.channel, spot.thread)
            )
        except (SlackSaysNo, NotNow) as late_or_away:
            if isinstance(late_or_away, SlackSaysNo) and late_or_away.code not in _LOST_TRIGGER:
                raise
            late = Reply(texts.form_late(), (form.again,)) if form.again else Reply(texts.command_late())
            await self.reply(late, spot)

    async def home(self, reply: Reply, user: UserRef) -> None:
        """The bot's own page for one person. Raises as `reply`."""
        parts = split_text(reply.text, TEXT_LIMIT)[:_MOST_HOME_PARTS]
        shown = [block for part in parts for block in blocks(part)] + blocks("", reply.buttons)
        await self._calls.write(user.space, "views.publish", user_id=user.id, view={"type": "home", "blocks": shown})


#: Nothing of ours that stands is overwritten by an answer.
_HOOK: Json = {"replace_original": False}


class Signs:
    """The received sign on answers: a reaction of the bot's, taken away when the comment comes."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._commented: dict[MessageRef, None] = {}

    async def put(self, message: MessageRef, again: bool = False) -> None:
        """Signs an answer, unless its comment was quicker; `again` for a new text, which waits for a new comment.
        Raises `NotNow` or `Refused`."""
        if again:
            self._commented.pop(message, None)
        await self._react("reactions.add", message)
        if message in self._commented:
            await self._react("reactions.remove", message)

    async def take(self, message: MessageRef) -> None:
        """The comment is there. Raises `NotNow` or `Refused`."""
        self._commented[message] = None
        while len(self._commented) > 1000:
            self._commented.pop(next(iter(self._commented)))
        if not await self._react("reactions.remove", message):
            await asyncio.sleep(SIGN_SECONDS)
            await self._react("reactions.remove", message)

    async def _react(self, method: str, message: MessageRef) -> bool:
        try:
            await self._calls.write(message.space, method, channel=message.channel, timestamp=message.id, name=SIGN)
        except SlackSaysNo as no:
            if no.code not in ("already_reacted", "no_reaction", "message_not_found", "not_reactable"):
                raise
            return no.code == "already_reacted"
        return True
