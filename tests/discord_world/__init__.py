"""The Discord of our tests: a small server with real sockets (REST and gateway) that the real discord.py talks to.

It listens on a loopback port, so a bot in another process can use it too. Every request is checked against Discord's
own description of its API (discord_api.json); what does not fit is answered 400 with 50035 and stands in
`discord.complaints`, which a good test asserts to be empty.

    async with discord_world() as discord:         # one application with one bot user; its clock starts at `start`, or
                                                   # follows it if that is a function
        discord.api_base                           # "http://127.0.0.1:PORT/api/v10"    -> DISCORD_API_BASE
        discord.gateway_url                        # "ws://127.0.0.1:PORT/gateway"      -> DISCORD_GATEWAY_URL
        discord.token                              # made up; any other gets 401 and is closed with 4004
        discord.bot                                # the bot's own User: .id, .mention
        await discord.connected()                  # until the bot has a session and has been told all its servers
        await discord.synced()                     # until it declared its commands; `discord.commands` are those

    # Places and people (told to a connected bot at once)
        guild = discord.add_guild("Study Hall")    # bot_rights=(...) for other rights than our invitation asks for
        study = guild.add_channel("study")         # kind="forum", "voice", "news"; denied=("send_messages",)
        olga = guild.add_member("Olga", organiser=True)            # organisers have Manage Server
        ada = guild.add_member("Ada"); other_guild.add_member(ada) # the same person in two servers
        role = guild.add_role("Juniors", mentionable=True)
        guild.deny("send_messages", channel=study); guild.allow(...)   # the bot's rights; without channel in all of it
        discord.dm(ada)                            # her conversation with the bot, a place like any other
        discord.close_dms(ada)                     # messages to her are refused with 50007; open_dms(ada)
        discord.threads(study), discord.private_threads(study), discord.dms(ada)   # threads; what stands in a DM

    # What people do
        message = await discord.write(ada, study, "text", reply_to=message, mentions=(discord.bot,), at=datetime)
        await discord.write(ada, study, "", type=7)                          # 6 a pin, 7 a join; write_by_webhook(...)
        await discord.edit(message, "new"); await discord.touch(message)     # touch: an embed appears, same words
        await discord.delete(message); await discord.bulk_delete([a, b]); await discord.react(ada, message, "👍")
        thread = await discord.start_thread(ada, study, "Talk")              # on=message for one on a message
        call = await discord.command(ada, study, "study today", {"option": "value"})   # AssertionError if not synced
        call = await discord.press(ada, message, "Answer")                   # label or custom id
        call = await discord.choose(ada, message, "custom_id", ["value"])    # a list
        call = await discord.menu(ada, "Count as my answer", message)        # a message's own menu
        call = await discord.submit(call, {"Your answer": "text"})           # the form `call` was answered with
        choices = await discord.complete(ada, study, "study-admin setup", option="zone", typed="Berl")  # (name, value)s
        call = await discord.forge(ada, message, "any:custom:id")            # what no honest client sends
        await call.answered(); await call.finished(); await call.said("words")
        call.kind          # "message", "deferred", "deferred_update", "update", "choices", "modal"; None: nothing yet
        call.text, call.messages, call.message, call.ephemeral, call.modal, call.choices, call.first_after
        discord.messages(place)                    # what people and the bot wrote there, as it stands now; a Message
                                                   # has .author .text .shown .buttons .parts .reply_to .marks .edited
                                                   # .flags .embeds .files .thread; system ones are in place.messages
        discord.notified                           # who was really notified by the bot: Notification(who, how, message)
        discord.typed(place)                       # how often the bot showed that it is writing there

    # Requests
        discord.requests                           # method, route, path, query, body, files, headers, status, at
        discord.count("POST", "/channels/{channel_id}/messages")
        discord.script("POST", "/channels/*/messages", Status(403, code=50013), CutAfter(), Times(3, Status(500)),
                       Forever(RateLimited(1.5, scope="global", form="float")))   # route template or path with *
                       # also Html(429), Delay(seconds, then=...), CutBefore(), Pass()
        discord.unscript()
        discord.limits = Limits(per_second=50, per_channel=(5, 5.0), enforce=True)
        discord.rate_limited                       # the scope of each 429 that these limits gave
        discord.invalid_requests                   # how many 401, 403 and 429 were answered
        discord.complaints

    # The gateway
        await discord.drop(code=4000)              # resumable as the code says, or resumable=True/False
        discord.cut()                              # the line breaks without a word; the session can be resumed
        async with discord.away(): ...             # nobody is connected meanwhile; what is told is kept for sessions
        discord.refuse_resume()                    # the next RESUME gets opcode 9; the session and its events are lost
        discord.invalidate(); discord.ask_to_reconnect()                     # opcodes 9 and 7 on a running connection
        discord.resend_seen(10)                    # the next RESUME also replays the 10 last events already seen
        discord.events; discord.replay(discord.events, times=3, shuffle=7)   # told again, several times, shuffled
        discord.repeat(times=3, seed=7, within=0.05)   # from now on every event comes thrice, each after its own pause
        discord.session_starts = 5                 # how many IDENTIFYs /gateway/bot allows in all; 1000 as a rule
        discord.identifies, discord.resumes, discord.connections, discord.closed_with
        discord.privileged = False                 # privileged intents are refused with 4014, words come empty
        await discord.kick_bot(guild); await discord.outage(guild); await discord.back(guild); await discord.leave(ada)
        await discord.delete_account(ada)          # leaves every server, and nobody knows her id any more
        await discord.remove(channel_or_thread); await discord.archive(thread, locked=True); await discord.rename(...)
        discord.advance(timedelta(minutes=16))     # Discord's clock: interaction tokens, nonces, time stamps
        discord.first_answer_within = 3.0          # seconds until 10062; generous (30) unless a test is about it
        discord.revoke_token()                     # every request 401, the gateway closes with 4004

Ids look like Discord's and carry the time. Two pauses are discord.py's own: `guild_ready_timeout` (2 s) before it is
ready, and `before_identify_hook` (5 s) before it identifies anew after opcode 9.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

from patience import until

from discord_world.gateway import Gateway, Identify
from discord_world.interactions import Call
from discord_world.model import Channel, Guild, Json, Member, Message, Role, User
from discord_world.people import PeopleSide
from discord_world.rest import Request, RestServer
from discord_world.rules import Notification
from discord_world.script import (
    CutAfter,
    CutBefore,
    Delay,
    Forever,
    Html,
    Limits,
    Outcome,
    Pass,
    RateLimited,
    Status,
    Times,
    script_of,
)
from discord_world.sessions import Event
from discord_world.state import World

__all__ = [
    "Call",
    "Channel",
    "CutAfter",
    "CutBefore",
    "Delay",
    "DiscordWorld",
    "Event",
    "Forever",
    "Guild",
    "Html",
    "Limits",
    "Member",
    "Message",
    "Notification",
    "Pass",
    "RateLimited",
    "Request",
    "Role",
    "Status",
    "Times",
    "User",
    "discord_world",
]


Start = datetime | Callable[[], datetime] | None


class DiscordWorld(PeopleSide):
    """See the top of this file."""

    def __init__(self, start: Start = None) -> None:
        super().__init__(World(start))
        self._gateway = self._world.gateway = Gateway(self._world)
        self._rest = RestServer(self._world, self._gateway)

    @property
    def api_base(self) -> str:
        return f"{self._world.base}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws{self._world.base.removeprefix('http')}/gateway"

    @property
    def token(self) -> str:
        return self._world.token

    @property
    def bot(self) -> User:
        return self._world.bot

    @property
    def now(self) -> datetime:
        return self._world.clock.now()

    async def connected(self, seconds: float = 60) -> None:
        await until(lambda: self._gateway.connected, seconds)
        await self._gateway.sent()

    async def synced(self, seconds: float = 60) -> None:
        await until(lambda: self._world.command_syncs, seconds)

    @property
    def commands(self) -> list[Json]:
        return [one for known in self._world.commands.values() for one in known]

    @property
    def command_syncs(self) -> int:
        return self._world.command_syncs

    # Requests

    @property
    def requests(self) -> list[Request]:
        return self._rest.requests

    def count(self, method: str, route: str) -> int:
        return sum((one.method, one.route) == (method, route) for one in self._rest.requests)

    def script(self, method: str, pattern: str, *outcomes: Outcome | Times | Forever) -> None:
        self._rest.scripts.append(script_of(method, pattern, outcomes))

    def unscript(self) -> None:
        self._rest.scripts.clear()

    @property
    def complaints(self) -> list[str]:
        return self._rest.complaints

    @property
    def limits(self) -> Limits:
        return self._rest.meter.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._rest.meter.limits = limits

    @property
    def rate_limited(self) -> list[str]:
        return [*self._rest.meter.refused]

    @property
    def invalid_requests(self) -> int:
        return self._rest.meter.invalid

    # The gateway

    @property
    def connections(self) -> int:
        return self._gateway.connected

    @property
    def identifies(self) -> list[Identify]:
        return self._gateway.identifies

    @property
    def resumes(self) -> list[bool]:
        """Each RESUME: whether it was granted."""
        return self._gateway.resumes

    @property
    def closed_with(self) -> list[int]:
        return self._gateway.closed_with

    @property
    def events(self) -> list[Event]:
        return list(self._gateway.events)

    async def drop(self, code: int = 4000, resumable: bool | None = None) -> None:
        await self._gateway.drop(code, resumable)

    def cut(self) -> None:
        self._gateway.cut()

    def away(self) -> AbstractAsyncContextManager[None]:
        return self._gateway.away()

    @property
    def session_starts(self) -> int:
        return self._gateway.session_starts

    @session_starts.setter
    def session_starts(self, total: int) -> None:
        self._gateway.session_starts = total

    def refuse_resume(self, times: int = 1) -> None:
        self._gateway.refused_resumes = times

    def invalidate(self, resumable: bool = False) -> None:
        self._gateway.invalidate(resumable)

    def ask_to_reconnect(self) -> None:
        self._gateway.ask_to_reconnect()

    def resend_seen(self, count: int) -> None:
        self._gateway.seen_again = count

    def replay(self, events: Iterable[Event], times: int = 1, shuffle: int | None = None) -> None:
        self._gateway.replay(list(events), times, shuffle)

    def repeat(self, times: int, seed: int = 0, within: float = 0.05) -> None:
        self._gateway.repeat(times, seed, within)

    @property
    def privileged(self) -> bool:
        return self._world.privileged

    @privileged.setter
    def privileged(self, granted: bool) -> None:
        self._world.privileged = granted

    @property
    def first_answer_within(self) -> float:
        return self._world.first_answer_within

    @first_answer_within.setter
    def first_answer_within(self, seconds: float) -> None:
        self._world.first_answer_within = seconds

    def advance(self, span: timedelta) -> None:
        self._world.clock.advance(span)

    def revoke_token(self) -> None:
        self._world.token = "made.up.token-that-nobody-knows"


@asynccontextmanager
async def discord_world(start: Start = None, port: int = 0) -> AsyncIterator[DiscordWorld]:
    """A Discord of one's own until the block ends."""
    discord = DiscordWorld(start)
    await discord._rest.start(port)
    try:
        yield discord
    finally:
        discord._gateway.cut()
        await discord._rest.stop()
