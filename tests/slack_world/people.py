"""What people do in our tests' Slack."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from slack_world import events as events
from slack_world.books import Books, token
from slack_world.delivery import Delivery, Kind
from slack_world.floor import Floor
from slack_world.hands import Hands
from slack_world.markup import as_typed
from slack_world.values import Channel, File, Impossible, Json, Member, Message, Shown, Team, UserGroup, View
from slack_world.view_methods import view_json


@dataclass(eq=False)
class People:
    """The verbs. Each waits until the bot has acknowledged or Slack has given up, unless `waits` is off."""

    books: Books
    floor: Floor
    hands: Hands
    waits: bool = True
    #: Commands and shortcuts of the app's manifest; None: any.
    declared: set[str] | None = None

    # ---------------------------------------------------------------- who and what there is

    def add_team(self, name: str, bot_token: str | None = None, *, foreign: bool = False) -> Team:
        number = f"{len(self.books.teams) + 1}"
        team = Team(self.books.new_id("T"), name, bot_token or token("xoxb", number), foreign)
        bot = Member(team, self.books.new_id("U"), "studybot", is_bot=True, bot_id=self.books.new_id("B"))
        team.bot = self.books.members[bot.id] = bot
        self.books.teams.append(team)
        return team

    def add_foreign_team(self, name: str) -> Team:
        """A workspace on the other side of Slack Connect, without the app."""
        return self.add_team(name, foreign=True)

    def add_member(
        self,
        name: str,
        *,
        admin: bool = False,
        owner: bool = False,
        zone: str = "Etc/UTC",
        restricted: bool = False,
        bot: bool = False,
        team: Team | None = None,
    ) -> Member:
        """A person, who joins every public channel there is, or a guest, a bot or a foreigner, who joins none."""
        home = team or self.books.teams[0]
        member = Member(home, self.books.new_id("U"), name, zone, admin, owner, restricted, bot)
        member.bot_id = self.books.new_id("B") if bot else None
        self.books.members[member.id] = member
        if not (restricted or home.foreign):
            for channel in self.books.channels.values():
                if channel.team is home and channel.kind == "channel":
                    channel.members.append(member)
        return member

    def add_channel(
        self,
        name: str,
        *,
        private: bool = False,
        shared: bool = False,
        team: Team | None = None,
        bot_inside: bool = True,
    ) -> Channel:
        """A channel; everybody who is no guest is inside when it is public."""
        home = team or self.books.teams[0]
        channel = Channel(home, self.books.new_id("C"), name, private, shared)
        if not private:
            channel.members += [
                m for m in self.books.members.values() if m.team is home and not m.restricted and not m.is_bot
            ]
        if bot_inside:
            channel.members.append(home.bot)
        self.books.channels[channel.id] = channel
        return channel

    def add_group(self, handle: str, *members: Member) -> UserGroup:
        group = UserGroup(self.books.new_id("S"), handle, list(members))
        self.books.groups[group.id] = group
        return group

    def dm(self, member: Member) -> Channel:
        return self.books.dm(member)

    # ---------------------------------------------------------------- messages

    async def write(
        self,
        member: Member,
        channel: Channel,
        text: str,
        *,
        thread: Message | None = None,
        broadcast: bool = False,
        raw: bool = False,
        blocks: list[Json] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Message:
        if channel.archived or channel.deleted or member.deactivated:
            raise Impossible(f"{member.name} cannot write in {channel.name}")
        if member not in channel.members:
            channel.members.append(member)
        message = Message(
            text if raw else as_typed(text, self.books.named(channel.team)),
            blocks or [],
            channel=channel,
            ts=self.books.new_ts(),
            author=member,
            thread_ts=(thread.thread_ts or thread.ts) if thread else None,
            broadcast=broadcast,
            client_msg_id=None if member.is_bot else str(uuid.uuid4()),
            files=[self._kept(name, data) for name, data in (files or {}).items()],
        )
        self.floor.post(message)
        assert message.delivery
        await self._waited(message.delivery)
        return message

    def _kept(self, name: str, data: bytes) -> File:
        id = self.books.new_id("F")
        address = f"{self.hands.hooks.base_url}/files-pri/{id}/{name}"
        self.books.files[id] = File(id, name, len(data), content=data, address=address)
        return self.books.files[id]

    async def edit(self, message: Message, text: str, *, raw: bool = False) -> Delivery:
        words = text if raw else as_typed(text, self.books.named(message.channel.team))
        return await self._waited(self.floor.change(message, words, message.blocks))

    async def unfurl(self, message: Message) -> Delivery:
        return await self._waited(self.floor.change(message))

    async def delete(self, message: Message) -> Delivery:
        return await self._waited(self.floor.remove(message))

    async def react(self, member: Member, message: Message, emoji: str) -> Delivery:
        message.reactions.setdefault(emoji, []).append(member.id)
        event = events.reacted(self.books, member, message, emoji)
        return await self._told(event, message.channel, about=member)

    # ---------------------------------------------------------------- commands, buttons, forms

    async def command(self, member: Member, channel: Channel, name: str, text: str = "") -> Delivery:
        self._must_be_declared(name)
        call = self.floor.postman.bring(self.hands.command(member, channel, name, text))
        if self.waits:
            await self.hands.answered(call, channel, member)
        else:
            self.floor.postman.keep(self.hands.answered(call, channel, member))
        return call

    async def shortcut(self, member: Member, callback_id: str, message: Message | None = None) -> Delivery:
        self._must_be_declared(callback_id)
        return await self._waited(self.floor.postman.bring(self.hands.shortcut(member, callback_id, message)))

    def _must_be_declared(self, name: str) -> None:
        if self.declared is not None and name not in self.declared:
            raise Impossible(f"the app's manifest has no {name}")

    async def press(self, member: Member, where: Shown, what: str, *, choose: str | None = None) -> Delivery:
        return await self._waited(self.floor.postman.bring(self.hands.press(member, where, what, choose)))

    async def submit(self, member: Member, view: View, values: Json) -> Delivery:
        call = self.floor.postman.bring(self.hands.submit(member, view, values))
        if self.waits:
            await self.hands.sent(call, view)
        else:
            self.floor.postman.keep(self.hands.sent(call, view))
        return call

    async def close(self, member: Member, view: View) -> Delivery:
        call = self.hands.close(member, view)
        if view.content.get("notify_on_close"):
            return await self._waited(self.floor.postman.bring(call))
        call.finish(wanted=False)
        return call

    async def options(self, member: Member, where: Shown, what: str, typed: str) -> list[Json]:
        call = self.floor.postman.bring(self.hands.options(member, where, what, typed))
        await call.over()
        return list((call.body or {}).get("options", []))

    async def open_home(self, member: Member) -> Delivery:
        team, home = self.books.home_team(member), self.books.homes.get(member)
        shown = view_json(home, team, self.books.app_id) if home else None
        event = events.home_opened(self.books, member, shown, self.books.dm(member))
        return await self._waited(self.floor.announce(event, team, about=member))

    # ---------------------------------------------------------------- coming and going

    async def join(self, member: Member, channel: Channel, *, inviter: Member | None = None) -> Delivery:
        if member not in channel.members:
            channel.members.append(member)
        return await self._told(events.joined(self.books, member, channel, inviter), channel, about=member)

    async def leave(self, member: Member, channel: Channel) -> Delivery:
        channel.members.remove(member)
        if member is channel.team.bot:
            event = events.channel_event(self.books, "left", channel, actor_id="USLACKBOT")
            return await self._waited(self.floor.announce(event, channel.team))
        event = events.membership(self.books, "member_left_channel", member, channel)
        return await self._told(event, channel, about=member)

    async def archive(self, channel: Channel) -> Delivery:
        channel.archived = True
        return await self._told(events.channel_event(self.books, "archive", channel), channel)

    async def unarchive(self, channel: Channel) -> Delivery:
        channel.archived = False
        return await self._told(events.channel_event(self.books, "unarchive", channel), channel)

    async def rename(self, channel: Channel, name: str) -> Delivery:
        channel.name = name
        renamed = {"id": channel.id, "name": name, "created": 1700000000}
        return await self._told(events.channel_event(self.books, "rename", channel) | {"channel": renamed}, channel)

    async def delete_channel(self, channel: Channel) -> Delivery:
        channel.deleted = True
        return await self._told(events.channel_event(self.books, "deleted", channel), channel)

    async def deactivate(self, member: Member) -> Delivery:
        member.deactivated = True
        return await self._changed(member)

    async def move_zone(self, member: Member, zone: str) -> Delivery:
        member.zone = zone
        return await self._changed(member)

    async def make_admin(self, member: Member, admin: bool = True) -> Delivery:
        member.admin = admin
        return await self._changed(member)

    async def uninstall(self, team: Team | None = None) -> Delivery:
        """The app is removed; its token ends with it. Returns the delivery of app_uninstalled."""
        gone = team or self.books.teams[0]
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [gone.bot.id]}}
        told = self.floor.announce({"type": "app_uninstalled"}, gone)
        also = self.floor.announce(revoked, gone)
        gone.token_error = "account_inactive"
        await self._waited(also)
        return await self._waited(told)

    async def rate_limited(self, team: Team | None = None) -> Delivery:
        """Slack says that it keeps events back, because there were too many."""
        limited = team or self.books.teams[0]
        # No event_callback around it, unlike everything else.
        payload: Json = {"type": "app_rate_limited", "team_id": limited.id, "api_app_id": self.books.app_id}
        payload |= {"token": "made-up", "minute_rate_limited": int(self.books.clock()) // 60 * 60}
        return await self._waited(self.floor.postman.bring(Delivery(Kind.EVENT, payload, limited)))

    # ---------------------------------------------------------------- waiting

    async def _told(self, event: Json, channel: Channel, *, about: Member | None = None) -> Delivery:
        """What somebody does in a channel is heard inside; what becomes of a channel is heard everywhere."""
        if about and channel.team.bot not in channel.members:
            return self.floor.unheard(event, channel.team)
        return await self._waited(self.floor.announce(event, channel.team, about=about, shared=channel.shared))

    async def _changed(self, member: Member) -> Delivery:
        team = self.books.home_team(member)
        return await self._waited(self.floor.announce(events.user_changed(self.books, member), team))

    async def _waited(self, delivery: Delivery) -> Delivery:
        """Waits, unless nobody is there to acknowledge: then the delivery waits by itself."""
        if self.waits and self.floor.postman.can_reach:
            await delivery.over()
        return delivery
