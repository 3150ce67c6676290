"""A Slack for tests: workspaces with people, and the real Web API, Socket Mode and signed HTTP for a bot to talk to.

It listens on a loopback port, so the bot may live in the test's own process or in another one.

    async with slack_world() as slack:                  # slack_world(clock=...) makes message times its own
        slack.api_url                                   # "http://127.0.0.1:PORT/api/", for SLACK_API_URL
        slack.bot_token, slack.app_token, slack.signing_secret, slack.app_id, slack.team, slack.bot (a Member)
        other = slack.add_team("Other")                 # .bot_token, .bot; the first one is slack.team
        study = slack.add_channel("study")              # private=, team=, bot_inside=True, shared=False (Slack Connect)
        olga = slack.add_member("Olga", admin=True)     # owner=, zone=, restricted= (guest), bot=, team= (a team or an
        ada = slack.add_member("Ada", zone="Europe/Berlin")     # add_foreign_team("Acme"): Slack Connect); .id .mention
        group = slack.add_group("helpers", ada)         # a user group: <!subteam^S..>

    What people do. Each returns once the bot has acknowledged or Slack has given up (slack.waits = False: at once):

        message = await slack.write(ada, study, "a < b, @studybot", thread=root, broadcast=False)
            # -> Message; typed text becomes Slack's (&lt; <@U..> <https://..>), raw=True sends it as it is. A mention
            # of the bot is a second event (app_mention). message.delivery is the delivery of the `message` event.
            # slack.dm(ada) is ada's direct channel with the bot.
        await slack.edit(message, "new")                # message_changed
        await slack.unfurl(message)                     # message_changed without a change of the text
        await slack.delete(message)                     # message_deleted; a root with replies leaves a tombstone
        await slack.react(ada, message, "eyes")         # reaction_added
        call = await slack.command(ada, study, "/study", "today")
        call = await slack.press(ada, where, "Answer")  # where: Message, Ephemeral or View (also the home);
            # what: action_id, label or value; choose="value" for menus and radio buttons
        call = await slack.shortcut(ada, "callback_id", message)        # without a message: a global shortcut
        call = await slack.submit(ada, view, {"block/action": "typed"})
            # also {"block": ..} or {"action": ..}; a list for checkboxes. Impossible: Slack's client would not send it
        await slack.close(ada, view)                    # view_closed when the view asked for it
        choices = await slack.options(ada, view, "action_id", "typed")  # block_suggestion
        await slack.open_home(ada)                      # app_home_opened
        await slack.join(ada, study); leave, archive(study), unarchive, rename(study, "new"), delete_channel(study),
              deactivate(ada), move_zone(ada, "Asia/Tokyo"), make_admin(ada, True), uninstall(team), rate_limited()
        await slack.join(slack.bot, study)              # the bot itself is invited; leave(slack.bot, study): removed
        await slack.settled()                           # until nothing is on its way to the bot any more

    A delivery (`call`, `message.delivery`, what edit, join, ... return):

        .acked .status .body        # body: e.g. {"response_action": "errors", ...}; status None: no answer
        .after                      # seconds until the acknowledgement; .attempts: every try, with its own of these
        .payload .trigger_id .response_url .lost    # lost: given up, or Socket Mode was down
        await slack.again(delivery)                 # the same once more, as Slack repeats it

    What stands there:

        slack.messages(study)       # top level, oldest first; with thread=root the replies
            # Message: .ts .user .text .blocks .metadata .thread_ts .edited .files .reactions .words (text of all parts,
            # as read) .buttons {label: element}. The bot's and everybody's; deleted ones are gone.
        slack.posted    # messages the bot ever posted, deleted ones too
        slack.ephemerals(ada)    # what only she saw: .channel .thread_ts .text .blocks .buttons .gone
        slack.views(ada)    # open modals, the top one last: .title .words .inputs .private_metadata
        slack.home(ada)    # the last published home or None: .words .buttons
        slack.dms(ada)    # messages between her and the bot
        slack.responses(call)    # JSON that came in at its response_url
        slack.notified    # Notice(kind, whom, message): whom the bot's words would have pinged
        slack.live_links    # LiveLink(url, label, unfurls, message): what can be clicked in them
        slack.requests, slack.calls("chat.postMessage")     # Request: .method .args .at .status .error (no tokens)
        slack.complaints    # what Slack or a careful reader would frown at; expect []

    Trouble:

        slack.script("chat.postMessage", Error("channel_not_found"), RateLimited(30), Status(500), Html(429),
                     Cut(), Cut(after=True), Delay(2))      # one after the other; for_ever=True repeats the last one
            # channel=study: only calls about it. RateLimited(None) has no Retry-After; Cut(): before it was done,
            # Cut(after=True): done, answer lost.
            # Also for "response_url", "files.upload" and "socket" (the websocket's handshake).
        slack.forget_script()
        slack.team.token_error = "token_revoked"    # every call with its token is refused
        await slack.drop()                          # cuts the sockets; slack.drop(politely=True) closes them
        await slack.disconnect("refresh_requested") # or "warning", "link_disabled", "too_many_websockets"
        await slack.down(); slack.up()              # no Socket Mode; events written meanwhile are lost. Without
            # down() an event waits slack.reconnect_seconds = 30 for a bot to connect, and writing does not wait for it
        slack.connections                           # open sockets
        slack.deliver_times = 3                     # every event, with retry numbers, at the same moment
        slack.shuffle(seed)                         # events wait for each other a little and come out of order
        slack.ack_seconds = 10                      # Slack's is 3 (ACK_SECONDS); tests on slow machines judge `.after`
        slack.trigger_seconds = 30                  # Slack's is 3 (TRIGGER_SECONDS); used once
        slack.retry_pauses = (0, 0.1, 0.3)          # Slack's are 0 s, 1 min, 5 min
        slack.limits = Limits(posts_per_second=1, enforce=True, history=HistoryLimit(calls=1, seconds=60, objects=15))
            # not enforced by default, always counted: slack.limits.too_fast
        slack.scopes = {"chat:write", ...}          # all that we know by default; missing_scope otherwise
        slack.subscribed = {"message.channels", ..} # events without subscription are not sent
        slack.use_manifest(manifest)                # scopes, events and commands as an app's manifest declares them

    HTTP instead of Socket Mode:

        slack.mode = "http"; slack.request_url = "http://127.0.0.1:PORT/slack/events"
        await slack.verify_url()                    # url_verification: True when the challenge came back
        await slack.ssl_check()                     # status
        answer = await slack.forge(Forgery.UNSIGNED)    # WRONG_SECRET, OLD, CHANGED, AGAIN, HONEST; .status .body
        slack.rotate_secret()                       # -> the new signing secret; the old one no longer signs

    Installing into more workspaces (multi-workspace apps):

        code = slack.consent("Third", by="Nina")    # what the browser brings back; oauth.v2.access takes it once
        slack.client_id, slack.client_secret, slack.authorize_url
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from slack_world.api import Api
from slack_world.books import ACK_SECONDS, TRIGGER_SECONDS, Books
from slack_world.delivery import Delivery, Postman, http_body
from slack_world.desk import ALL_SCOPES, Desk
from slack_world.faults import (
    Cut,
    Delay,
    Error,
    Fault,
    HistoryLimit,
    Html,
    Limits,
    RateLimited,
    Status,
)
from slack_world.floor import ALL_EVENTS, EVENT_SCOPES, Floor
from slack_world.hands import Hands
from slack_world.hooks import Hooks
from slack_world.people import People
from slack_world.signing import Forgery, forged
from slack_world.socket import Switchboard
from slack_world.through import Through
from slack_world.values import (
    Channel,
    Ephemeral,
    Impossible,
    Json,
    LiveLink,
    Member,
    Message,
    Notice,
    Request,
    Team,
    UserGroup,
    View,
)

__all__ = [
    "ACK_SECONDS",
    "ALL_EVENTS",
    "ALL_SCOPES",
    "TRIGGER_SECONDS",
    "Channel",
    "Cut",
    "Delay",
    "Delivery",
    "Ephemeral",
    "Error",
    "Fault",
    "Forgery",
    "HistoryLimit",
    "Html",
    "Impossible",
    "Limits",
    "LiveLink",
    "Member",
    "Message",
    "Notice",
    "RateLimited",
    "Request",
    "SlackWorld",
    "Status",
    "Team",
    "UserGroup",
    "View",
    "slack_world",
]


@dataclass(frozen=True)
class Answered:
    """What the bot said to a request over HTTP."""

    status: int
    body: str


class SlackWorld(People):
    """See the top of this file."""

    app_id = Through[str]("books.app_id")
    app_token = Through[str]("books.app_token")
    bot_token = Through[str]("team.bot_token")
    signing_secret = Through[str]("books.signing_secret")
    client_id = Through[str]("desk.client_id")
    client_secret = Through[str]("desk.client_secret")
    bot = Through[Member]("team.bot")

    posted = Through[list[Message]]("books.posted")
    notified = Through[list[Notice]]("books.notified")
    live_links = Through[list[LiveLink]]("books.live_links")
    requests = Through[list[Request]]("books.requests")
    complaints = Through[list[str]]("books.complaints")

    mode = Through[str]("postman.mode")
    request_url = Through[str]("postman.request_url")
    ack_seconds = Through[float]("postman.ack_seconds")
    reconnect_seconds = Through[float]("postman.reconnect_seconds")
    retry_pauses = Through[tuple[float, ...]]("postman.retry_pauses")
    deliver_times = Through[int]("postman.deliver_times")
    trigger_seconds = Through[float]("books.trigger_seconds")
    limits = Through[Limits]("desk.limits")
    scopes = Through[set[str]]("desk.scopes")
    subscribed = Through[set[str]]("floor.subscribed")

    def __init__(self, clock: Callable[[], float]) -> None:
        books = Books(clock)
        books.app_id = books.new_id("A")
        self.board = Switchboard(books.app_id)
        self.postman = Postman(books, self.board)
        floor = Floor(books, self.postman)
        self.hooks = Hooks(floor)
        self.desk = Desk(books, floor)
        super().__init__(books, floor, Hands(floor, self.hooks))
        self.team = self.add_team("Study")

    @property
    def api_url(self) -> str:
        return f"{self.desk.base_url}/api/"

    @property
    def authorize_url(self) -> str:
        return f"{self.desk.base_url}/oauth/v2/authorize"

    def rotate_secret(self) -> str:
        self.signing_secret = uuid.uuid4().hex
        return self.signing_secret

    def consent(self, name: str, *, by: str = "Nina") -> str:
        """Somebody agrees that the app joins a new workspace; the code is what the browser brings back."""
        team = self.add_team(name)
        team.token_error = "invalid_auth"
        self.add_member(by, owner=True, team=team)
        code = uuid.uuid4().hex
        self.desk.consents[code] = team
        return code

    def use_manifest(self, manifest: Json) -> None:
        """Scopes, events and commands as an app's manifest declares them."""
        self.scopes = set(manifest["oauth_config"]["scopes"]["bot"])
        self.subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])
        for event in sorted(self.subscribed):
            if event not in ALL_EVENTS:
                self.books.complain(f"manifest: nothing here ever sends {event}")
            elif (scope := EVENT_SCOPES.get(event)) and scope not in self.scopes:
                self.books.complain(f"manifest: {event} needs {scope}")
        features = manifest["features"]
        self.declared = {one["command"] for one in features.get("slash_commands", [])}
        self.declared |= {one["callback_id"] for one in features.get("shortcuts", [])}

    # ---------------------------------------------------------------- what stands there

    def messages(self, channel: Channel, *, thread: Message | None = None) -> list[Message]:
        standing = [m for m in channel.messages if not m.deleted]
        if thread is None:
            return [m for m in standing if not m.is_reply or m.broadcast]
        return [m for m in standing if m.is_reply and m.thread_ts == (thread.thread_ts or thread.ts)]

    def ephemerals(self, member: Member) -> list[Ephemeral]:
        return self.books.ephemerals[member]

    def views(self, member: Member) -> list[View]:
        return self.books.views[member]

    def home(self, member: Member) -> View | None:
        return self.books.homes.get(member)

    def dms(self, member: Member) -> list[Message]:
        return self.messages(self.books.dm(member))

    def responses(self, call: Delivery) -> list[Json]:
        return call.responses

    def calls(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.method == method]

    # ---------------------------------------------------------------- trouble

    def script(self, method: str, *faults: Fault, for_ever: bool = False, channel: Channel | None = None) -> None:
        self.desk.script.add(method, *faults, for_ever=for_ever, channel=channel.id if channel else None)

    def forget_script(self) -> None:
        self.desk.script.forget()

    @property
    def connections(self) -> int:
        return len(self.board.lines)

    async def drop(self, *, politely: bool = False) -> None:
        await self.board.drop(politely=politely)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        await self.board.say_disconnect(reason)

    async def down(self) -> None:
        self.board.is_down = True
        await self.board.drop()

    def up(self) -> None:
        self.board.is_down = False

    def shuffle(self, seed: int | None) -> None:
        self.postman.shuffle(seed)

    async def again(self, delivery: Delivery) -> None:
        await self.postman.again(delivery)

    async def settled(self) -> None:
        await self.postman.settled()

    # ---------------------------------------------------------------- HTTP

    async def verify_url(self) -> bool:
        """What Slack does when somebody enters the request URL: the challenge has to come back."""
        challenge = uuid.uuid4().hex
        body = json.dumps({"token": "made-up", "challenge": challenge, "type": "url_verification"})
        answer = await self._sent_by_hand("application/json", *forged(Forgery.HONEST, self.signing_secret, body))
        said = json.loads(answer.body).get("challenge") if answer.body.startswith("{") else answer.body
        return answer.status == 200 and said == challenge

    async def ssl_check(self) -> int:
        body = urlencode({"ssl_check": "1", "token": "made-up"})
        headers, body = forged(Forgery.HONEST, self.signing_secret, body)
        return (await self._sent_by_hand("application/x-www-form-urlencoded", headers, body)).status

    async def forge(self, kind: Forgery, delivery: Delivery | None = None) -> Answered:
        """A request in the name of Slack: what it would have said, or that delivery once more, wrong in one way."""
        if kind is Forgery.AGAIN and self.postman.last_http:
            headers, body = self.postman.last_http
            return await self._sent_by_hand(headers["Content-Type"], headers, body)
        content_type, body = http_body(delivery or self._made_up())
        return await self._sent_by_hand(content_type, *forged(kind, self.signing_secret, body))

    def _made_up(self) -> Delivery:
        """A command, which any bot would do something about."""
        person = next(m for m in self.books.members.values() if not m.is_bot)
        channel = next((c for c in self.books.channels.values() if not c.direct), None) or self.dm(person)
        return self.hands.command(person, channel, "/study", "today")

    async def _sent_by_hand(self, content_type: str, headers: dict[str, str], body: str) -> Answered:
        status, said, _ = await self.postman.post({"Content-Type": content_type} | headers, body)
        return Answered(status, said)


@asynccontextmanager
async def slack_world(clock: Callable[[], float] = time.time) -> AsyncIterator[SlackWorld]:
    """A Slack on a free loopback port; see the top of this file."""
    slack = SlackWorld(clock)
    app = web.Application(client_max_size=20 * 1024 * 1024)
    app.add_routes(Api(slack.desk, slack.board, slack.hooks).routes())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    slack.desk.base_url = slack.hooks.base_url = f"http://127.0.0.1:{port}"
    try:
        yield slack
    finally:
        await slack.postman.close()
        await slack.board.drop()
        await runner.cleanup()
