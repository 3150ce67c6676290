"""response_url: the way a bot answers a command, a button or a shortcut for half an hour."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

from slack_world.chat_methods import refuse_bad_words, refuse_strange_files
from slack_world.delivery import Delivery
from slack_world.desk import Refusal
from slack_world.floor import Floor
from slack_world.values import Channel, Ephemeral, Json, Member, Message

MOST_USES = 5
LIFETIME_SECONDS = 30 * 60
_KNOWN = frozenset(
    """text blocks attachments response_type replace_original delete_original thread_ts unfurl_links unfurl_media
    metadata mrkdwn parse link_names""".split()
)


@dataclass(eq=False)
class Hook:
    channel: Channel
    member: Member
    #: The message whose button was pressed, if that is where it came from.
    source: Message | Ephemeral | None
    opened: float
    uses: int = 0
    delivery: Delivery | None = None


@dataclass(eq=False)
class Hooks:
    floor: Floor
    base_url: str = ""
    _hooks: dict[str, Hook] = field(default_factory=dict)

    def open(self, channel: Channel, member: Member, source: Message | Ephemeral | None = None) -> tuple[str, Hook]:
        name = uuid.uuid4().hex
        hook = self._hooks[name] = Hook(channel, member, source, time.monotonic())
        return f"{self.base_url}/respond/{name}", hook

    def respond(self, name: str, body: Json) -> tuple[int, str]:
        """Status and text that Slack answers with."""
        hook = self._hooks.get(name)
        if hook is None:
            return 404, "invalid_url"
        if hook.uses >= MOST_USES:
            return 404, "used_url"
        if time.monotonic() - hook.opened > LIFETIME_SECONDS:
            return 404, "expired_url"
        if hook.delivery:
            hook.delivery.responses.append(body)
        hook.uses += 1
        try:
            self.act(hook, body)
        except Refusal as no:
            return 400, no.code
        return 200, "ok"

    def act(self, hook: Hook, body: Json) -> None:
        """Does what an answer to a command or an interaction asks for."""
        self._judge(hook, body)
        if body.get("delete_original"):
            self._delete(hook)
            return
        text, blocks = str(body.get("text") or ""), body.get("blocks") or []
        refuse_bad_words("response_url", text, body.get("blocks"))
        refuse_strange_files(self.floor.books, hook.channel.team, blocks)
        if not text and not blocks and not body.get("attachments"):
            raise Refusal("no_text")
        if body.get("replace_original") and hook.source is not None:
            self._replace(hook.source, text, blocks, body)
        elif body.get("response_type") == "in_channel":
            self.floor.post_of_bot(hook.channel, text, blocks, body, thread_ts=body.get("thread_ts"))
        else:
            self.floor.whisper(hook.channel, hook.member, text, blocks, body, body.get("thread_ts"))

    def _judge(self, hook: Hook, body: Json) -> None:
        complain = self.floor.books.complain
        for unknown in sorted(set(body) - _KNOWN):
            complain(f"response_url: Slack knows no property {unknown}")
        deletes = body.get("delete_original")
        if hook.source is not None and "replace_original" not in body and not deletes:
            complain("response_url: replace_original is not stated, and Slack's default differs by case")
        if not body.get("text") and not deletes:
            complain("response_url: no top-level text")

    def _delete(self, hook: Hook) -> None:
        match hook.source:
            case Message() as message:
                self.floor.remove(message)
            case Ephemeral() as whisper:
                whisper.gone = True

    def _replace(self, source: Message | Ephemeral, text: str, blocks: list[Json], flags: Json) -> None:
        if isinstance(source, Message):
            self.floor.change(source, text, blocks)
        else:
            source.text, source.blocks = text, self.floor.named_blocks(blocks)
        self.floor.books.heard(source, source.channel.team, flags)
