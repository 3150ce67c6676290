"""Where things happen: messages appear, change and go, and the bot hears of it as far as it subscribed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from slack_world import events as events
from slack_world.books import Books
from slack_world.delivery import Delivery, Kind, Postman
from slack_world.values import Blocks, Channel, Ephemeral, File, Json, Member, Message, Team

_FAMILIES = {"channel": "channels", "group": "groups", "im": "im"}

#: Everything we can send; an app hears what its manifest subscribes to.
ALL_EVENTS = frozenset(
    {
        *(f"message.{family}" for family in _FAMILIES.values()),
        *(f"{kind}_{what}" for kind in ("channel", "group") for what in ("archive", "unarchive", "rename", "deleted")),
        *("app_mention", "app_home_opened", "member_joined_channel", "member_left_channel", "reaction_added"),
        *("channel_left", "group_left", "user_change", "app_uninstalled", "tokens_revoked"),
    }
)
#: Without its scope Slack does not take an event into an app's manifest.
EVENT_SCOPES = {
    **{f"message.{family}": f"{family}:history" for family in _FAMILIES.values()},
    **{name: f"{name.partition('_')[0]}s:read" for name in ALL_EVENTS if name.startswith(("channel_", "group_"))},
    "app_mention": "app_mentions:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "reaction_added": "reactions:read",
    "user_change": "users:read",
}


@dataclass(eq=False)
class Floor:
    books: Books
    postman: Postman
    subscribed: set[str] = field(default_factory=lambda: set(ALL_EVENTS))

    # ---------------------------------------------------------------- telling the bot

    def announce(self, event: Json, team: Team, *, about: Member | None = None, shared: bool = False) -> Delivery:
        """An event on its way to the bot of a workspace, when it subscribed to it."""
        if team.token_error or team.foreign or _subscription(event) not in self.subscribed:
            return self.unheard(event, team)
        payload = self._wrapped(event, team, (about or team.bot).team, shared)
        return self.postman.bring(Delivery(Kind.EVENT, payload, team))

    def _wrapped(self, event: Json, team: Team, origin: Team, shared: bool) -> Json:
        """The envelope of an event. Across Slack Connect `team_id` may be the writer's workspace."""
        installed = {"enterprise_id": None, "team_id": team.id, "user_id": team.bot.id}
        wrapped: Json = {"token": "made-up", "team_id": origin.id, "api_app_id": self.books.app_id}
        wrapped |= {"context_team_id": team.id, "context_enterprise_id": None}
        wrapped |= {"event": event, "type": "event_callback", "event_id": self.books.new_id("Ev")}
        wrapped |= {"event_time": int(float(event.get("event_ts") or self.books.clock()))}
        wrapped |= {"authorizations": [installed | {"is_bot": True, "is_enterprise_install": False}]}
        return wrapped | {"is_ext_shared_channel": shared, "event_context": f"4-{uuid.uuid4().hex}"}

    def _tell(self, message: Message, event: Json) -> Delivery:
        """An event about a channel reaches the bot only when it is inside."""
        channel = message.channel
        if channel.team.bot in channel.members:
            return self.announce(event, channel.team, about=message.author, shared=channel.shared)
        return self.unheard(event, channel.team)

    def unheard(self, event: Json, team: Team) -> Delivery:
        """What does not reach the bot by Slack's rules."""
        delivery = Delivery(Kind.EVENT, event, team)
        delivery.finish(wanted=False)
        return delivery

    # ---------------------------------------------------------------- messages

    def post(self, message: Message) -> Message:
        """A new message stands in its channel and is told."""
        message.channel.messages.append(message)
        message.delivery = self._tell(message, events.posted(self.books, message))
        team = message.channel.team
        if team.bot.mention in message.text and message.author is not team.bot:
            self._tell(message, events.mentioned(self.books, message))
        return message

    def post_of_bot(
        self,
        channel: Channel,
        text: str,
        blocks: Blocks,
        flags: Json,
        *,
        thread_ts: str | None = None,
        metadata: Json | None = None,
        files: list[File] | None = None,
    ) -> Message:
        bot = channel.team.bot
        broadcast = bool(flags.get("reply_broadcast")) and thread_ts is not None
        message = Message(
            text,
            self.named_blocks(blocks),
            channel=channel,
            ts=self.books.new_ts(),
            author=bot,
            thread_ts=thread_ts,
            broadcast=broadcast,
            metadata=metadata,
            flags=flags,
            files=files or [],
            attachments=flags.get("attachments", []),
        )
        self.books.posted.append(message)
        self.books.heard(message, channel.team, flags)
        return self.post(message)

    def whisper(
        self, channel: Channel, to: Member, text: str, blocks: Blocks, flags: Json, thread_ts: str | None = None
    ) -> Ephemeral:
        whisper = Ephemeral(
            text,
            self.named_blocks(blocks),
            channel=channel,
            ts=self.books.new_ts(),
            to=to,
            thread_ts=thread_ts,
            author=channel.team.bot,
        )
        self.books.ephemerals[to].append(whisper)
        self.books.heard(whisper, channel.team, flags)
        return whisper

    def change(self, message: Message, text: str | None = None, blocks: Blocks | None = None) -> Delivery:
        """A changed text or changed blocks; with neither, Slack only added a preview of a link."""
        before = events.message_json(self.books, message)
        if text is None and blocks is None:
            url = "https://shop.example/offer"
            message.attachments.append({"from_url": url, "title": "A page", "id": len(message.attachments) + 1})
        else:
            message.edited = True
            message.text = message.text if text is None else text
            message.blocks = message.blocks if blocks is None else self.named_blocks(blocks)
        return self._tell(message, events.changed(self.books, message, before))

    def remove(self, message: Message) -> Delivery:
        """Removed, or a tombstone while replies hang below it."""
        before = events.message_json(self.books, message)
        stays = bool(message.replies)
        message.deleted = True
        if stays:
            return self._tell(message, events.changed(self.books, message, before))
        message.channel.messages.remove(message)
        return self._tell(message, events.deleted(self.books, message, before))

    def named_blocks(self, blocks: Blocks) -> Blocks:
        """Slack gives every block and every element that can be pressed a name when the bot did not."""
        return [self._named(block) for block in blocks]

    def _named(self, block: Json) -> Json:
        named = {**block, "block_id": block.get("block_id") or self.books.new_id("b")}
        if block.get("type") == "actions":
            named["elements"] = [self._with_action(element) for element in block["elements"]]
        for where in ("accessory", "element"):
            if isinstance(inside := block.get(where), dict) and inside.get("type") != "image":
                named[where] = self._with_action(inside)
        return named

    def _with_action(self, element: Json) -> Json:
        return {**element, "action_id": element.get("action_id") or self.books.new_id("a")}


def _subscription(event: Json) -> str:
    kind = str(event["type"])
    return f"message.{_FAMILIES[event['channel_type']]}" if kind == "message" else kind
