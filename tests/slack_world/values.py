"""What stands in our tests' Slack: workspaces, people, channels, messages, views and what was said about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slack_world.delivery import Delivery

Json = dict[str, Any]
Blocks = list[Json]


class Impossible(AssertionError):
    """Slack's own client would not let a person do this."""


@dataclass(eq=False)
class Team:
    id: str
    name: str
    bot_token: str
    #: A workspace on the other side of Slack Connect: people of it are seen, the app is not installed there.
    foreign: bool = False
    #: What every call with its token is refused with, once the app is gone.
    token_error: str | None = None
    bot: Member = field(init=False)

    @property
    def domain(self) -> str:
        return self.name.lower().replace(" ", "-")


@dataclass(eq=False)
class Member:
    team: Team
    id: str
    name: str
    zone: str = "Etc/UTC"
    admin: bool = False
    owner: bool = False
    restricted: bool = False
    is_bot: bool = False
    deactivated: bool = False
    #: Set for bots: messages of theirs carry it.
    bot_id: str | None = None

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class UserGroup:
    id: str
    handle: str
    members: list[Member]


@dataclass(eq=False)
class Channel:
    team: Team
    id: str
    name: str
    private: bool = False
    shared: bool = False
    archived: bool = False
    deleted: bool = False
    #: The person of a direct channel with the bot.
    direct: Member | None = None
    members: list[Member] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Slack's `channel_type`."""
        return "im" if self.direct else "group" if self.private else "channel"


@dataclass(eq=False)
class File:
    id: str
    name: str
    length: int
    alt_text: str | None = None
    title: str | None = None
    content: bytes | None = None
    #: Where it is read, with the bot's token.
    address: str = ""
    #: Whose bot brought it, once the upload is complete.
    team: Team | None = None
    #: How often somebody has to ask yet before Slack has looked at it.
    unlooked: int = 0


@dataclass(eq=False)
class Shown:
    """Anything with text and blocks."""

    text: str = ""
    blocks: Blocks = field(default_factory=list)

    @property
    def words(self) -> str:
        """The text of all blocks, or of the message when it has none; entities undone."""
        parts = list(_words(self.blocks)) or [self.text]
        return "\n".join(parts).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    @property
    def elements(self) -> list[Json]:
        """Everything that can be pressed or chosen, each with its `block_id`."""
        return list(elements_of(self.blocks))

    @property
    def buttons(self) -> dict[str, Json]:
        """The buttons by label, in order."""
        return {e["text"]["text"]: e for e in self.elements if e.get("type") == "button"}


@dataclass(eq=False, kw_only=True)
class Message(Shown):
    channel: Channel
    ts: str
    author: Member
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json | None = None
    edited: bool = False
    #: Deleted for good, or a root of which a tombstone stays.
    deleted: bool = False
    client_msg_id: str | None = None
    files: list[File] = field(default_factory=list)
    #: Who reacted, by emoji.
    reactions: dict[str, list[str]] = field(default_factory=dict)
    attachments: list[Json] = field(default_factory=list)
    #: Which flags the bot sent along: unfurl_links, parse, ...
    flags: Json = field(default_factory=dict)
    #: How Slack brought it to the bot; None for what came before anybody subscribed.
    delivery: Delivery | None = None

    @property
    def user(self) -> str:
        return self.author.id

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def replies(self) -> list[Message]:
        return [m for m in self.channel.messages if m.thread_ts == self.ts and m is not self and not m.deleted]


@dataclass(eq=False, kw_only=True)
class Ephemeral(Shown):
    """What only one person saw."""

    channel: Channel
    ts: str
    to: Member
    thread_ts: str | None = None
    #: Replaced or removed through a response_url.
    gone: bool = False
    author: Member


@dataclass(eq=False, kw_only=True)
class View(Shown):
    """A modal that is open, or a published home."""

    id: str
    to: Member
    content: Json
    hash: str
    root: str
    previous: str | None = None
    trouble: str | None = None
    #: What `response_action: errors` said, by block.
    errors: dict[str, str] = field(default_factory=dict)
    #: Seconds between the trigger and its use.
    after: float = 0.0
    #: What has been chosen in inputs that dispatch at once.
    chosen: dict[tuple[str, str], Json] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return str(self.content.get("title", {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        return str(self.content.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.content.get("private_metadata", ""))

    @property
    def is_home(self) -> bool:
        return self.content.get("type") == "home"

    @property
    def inputs(self) -> dict[str, Json]:
        """The input blocks by block_id."""
        return {b["block_id"]: b for b in self.blocks if b.get("type") == "input"}

    @property
    def asked(self) -> dict[str, str]:
        """The labels of the inputs by block_id."""
        return {name: block["label"]["text"] for name, block in self.inputs.items()}


@dataclass(frozen=True)
class Request:
    """One request to the Web API, without its token."""

    method: str
    args: Json
    at: float
    status: int
    error: str | None
    team: str | None
    json: bool


@dataclass(frozen=True)
class Notice:
    """Somebody who would have been pinged by words of the bot."""

    kind: str
    whom: str
    message: Shown


@dataclass(frozen=True)
class LiveLink:
    """Something to click in words of the bot."""

    url: str
    label: str
    unfurls: bool
    message: Shown


def elements_of(blocks: Blocks) -> Iterator[Json]:
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in inside:
            if isinstance(element, dict) and "action_id" in element:
                yield {**element, "block_id": block.get("block_id", "")}


def _words(part: object) -> Iterator[str]:
    """Text objects and the texts of rich text, wherever they stand."""
    match part:
        case list():
            for one in part:
                yield from _words(one)
        case {"type": "rich_text_section" | "rich_text_quote" | "rich_text_preformatted", "elements": list(inside)}:
            yield "".join(_words(inside))
        case {"type": "mrkdwn" | "plain_text" | "markdown" | "text" | "raw_text", "text": str(text)}:
            yield text
        case dict():
            for name, one in part.items():
                if name not in {"confirm", "options", "placeholder", "metadata"}:
                    yield from _words(one)
