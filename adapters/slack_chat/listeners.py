"""What Bolt listens to: each kind of request becomes one of our events and goes through the door. The same listeners
serve Socket Mode and HTTP."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from adapters.slack_chat import words
from adapters.slack_chat.calls import Calls
from adapters.slack_chat.door import Door, now
from adapters.slack_chat.incoming import (
    Us,
    channel_of,
    moment,
    space_of,
    to_message,
    to_person,
    user_of,
)
from adapters.slack_chat.interactions import Interactions
from adapters.slack_chat.people import People
from adapters.slack_chat.places import Places
from bot.domain.errors import NotNow, Refused
from bot.domain.incoming import (
    HomeOpened,
    Incoming,
    MemberLeft,
    PlaceGone,
    SpaceLeft,
    SpaceThrottled,
)
from bot.ports import Installations

Json = dict[str, Any]

log = logging.getLogger(__name__)

_ANY = re.compile("", re.DOTALL)
_PLACE_GONE = "channel_deleted channel_archive channel_left group_deleted group_archive group_left".split()


class Listeners:
    """Everything Slack may send, on a Bolt app. Without a door (before `run`, and after) nothing is acknowledged."""

    def __init__(self, calls: Calls, people: People, installations: Installations, signing_secret: str) -> None:
        self._people = people
        self._installations = installations
        self.door: Door | None = None
        self.app = AsyncApp(
            name="studybot",
            logger=calls.quiet,
            client=calls.client(),
            # Acknowledge after the listener: what it could not store, Slack delivers again (FAULTS 15).
            process_before_response=True,
            signing_secret=signing_secret,
            # An own `authorize` keeps Bolt's file store out, even where SLACK_CLIENT_ID stands in the environment.
            authorize=_Authorizing(self._authorize),  # type: ignore[arg-type]  # an AsyncAuthorize may say None
            before_authorize=self._before,
            user_facing_authorize_error_message=words.NOT_INSTALLED,
            # It would hide that one of our own messages was deleted.
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        self._listen(Interactions(people, Places(calls), lambda: self._open_door))

    def _listen(self, asked: Interactions) -> None:
        app = self.app
        app.error(self._failed)
        app.event("message")(self._message)
        for name in _PLACE_GONE:
            app.event(name)(self._place_gone)
        app.event("member_joined_channel")(self._joined)
        app.event("member_left_channel")(self._left_channel)
        app.event("user_change")(self._user_changed)
        app.event("app_home_opened")(self._home)
        app.event("app_uninstalled")(self._removed)
        app.event("tokens_revoked")(self._revoked)
        app.event("app_rate_limited")(self._rate_limited)
        # Whatever else is subscribed to gets its 200: an event without a listener would be delivered again and again.
        app.event(_ANY)(self._nothing)
        app.command(_ANY)(asked.command)
        app.action(_ANY)(asked.button)
        app.shortcut(_ANY)(asked.menu)
        app.view(_ANY)(asked.form)
        app.view_closed(_ANY)(self._acknowledge)
        app.options(_ANY)(self._acknowledge)

    @property
    def _open_door(self) -> Door:
        if self.door is None:
            raise NotNow("the bot is not listening")
        return self.door

    # ---------------------------------------------------------------- who and whether

    async def _authorize(self, context: AsyncBoltContext, team_id: str | None) -> AuthorizeResult | None:
        """The bot's token in a workspace. Raises `NotNow`; None where it is not installed any more."""
        space = space_of(team_id or "")
        try:
            us = await self._people.us(space)
            await self._open_door.meet(us)
        except Refused as refused:
            log.warning("slack_event_of_a_closed_space", extra={"workspace": team_id, "why": str(refused)})
            return None
        token = await self._installations.token(space)
        context["us"] = us
        return AuthorizeResult(
            enterprise_id=context.enterprise_id, team_id=team_id, bot_token=token, bot_user_id=us.user, bot_id=us.bot
        )

    async def _failed(self, error: Exception) -> BoltResponse:
        """Not acknowledged. What the database or Slack keeps us from is no bug, and is delivered again."""
        if isinstance(error, NotNow):
            log.warning("slack_delivery_not_taken", extra={"why": str(error)})
            return BoltResponse(status=503)
        log.error("slack_listener_broke", exc_info=error)
        return BoltResponse(status=500)

    async def _acknowledge(self, ack: AsyncAck) -> None:
        await ack()

    async def _nothing(self) -> None:
        """Nothing to do."""

    # ---------------------------------------------------------------- messages, places, people

    async def _message(self, event: Json, context: AsyncBoltContext) -> None:
        told = to_message(context["us"], event)
        if told is not None:
            await self._open_door.tell(told)

    async def _place_gone(self, event: Json, context: AsyncBoltContext) -> None:
        place = channel_of(context["us"].space, event["channel"])
        await self._open_door.tell(PlaceGone(place, moment(event["event_ts"])))

    async def _joined(self, event: Json) -> None:
        """Somebody joined a channel. When it is the bot, its workspace is known by now; more needs no word."""

    async def _left_channel(self, event: Json, context: AsyncBoltContext) -> None:
        """Who leaves a channel stays a member of the workspace; the bot sees the channel no more."""
        us: Us = context["us"]
        if event["user"] == us.user:
            await self._place_gone(event, context)

    async def _user_changed(self, event: Json, context: AsyncBoltContext) -> None:
        us, user = context["us"], event["user"]
        person = to_person(us.space, user)
        if user.get("deleted"):
            at = moment(event["event_ts"]) if "event_ts" in event else now()
            await self._open_door.tell(MemberLeft(person.user, at))
        self._people.note(person)

    async def _home(self, event: Json, context: AsyncBoltContext) -> None:
        user, at = user_of(context["us"].space, event["user"]), moment(event["event_ts"])

        async def make() -> Incoming:
            return HomeOpened(await self._people.named(user), at)

        if event.get("tab", "home") == "home":
            self._open_door.open_home(make)

    # ---------------------------------------------------------------- the workspace itself

    async def _removed(self, event: Json, context: AsyncBoltContext) -> None:
        """The bot was uninstalled. The core hears it first: were it not stored, Slack tells it again."""
        space = space_of(context.team_id or "")
        at = moment(event["event_ts"]) if "event_ts" in event else now()
        await self._open_door.tell(SpaceLeft(space, at))
        self._open_door.part(space)
        await self._installations.forget(space)

    async def _revoked(self, event: Json, context: AsyncBoltContext) -> None:
        """Tokens were revoked; those of single people are none of ours."""
        if event.get("tokens", {}).get("bot"):
            await self._removed(event, context)

    async def _before(
        self, body: Json, context: AsyncBoltContext, next: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Takes what Slack wraps like nothing else: that it holds events back names a workspace, but is none of its
        events."""
        if body.get("type") == "app_rate_limited":
            await self._open_door.tell(SpaceThrottled(space_of(body.get("team_id", "")), now()))
            return BoltResponse(status=200)
        # Where the app serves a whole organisation, the first authorization may name no workspace.
        context.setdefault("team_id", body.get("team_id") or (body.get("user") or {}).get("team_id"))
        await next()
        return None

    async def _rate_limited(self, context: AsyncBoltContext) -> None:
        await self._open_door.tell(SpaceThrottled(context["us"].space, now()))


class _Authorizing(AsyncAuthorize):
    """Bolt's way to ask for a token. None means: not installed there."""

    def __init__(self, ask: Callable[[AsyncBoltContext, str | None], Awaitable[AuthorizeResult | None]]) -> None:
        self._ask = ask

    async def __call__(
        self, *, context: AsyncBoltContext, team_id: str | None, **others: str | None
    ) -> AuthorizeResult | None:
        return await self._ask(context, team_id)
