"""The door out: what the bot says becomes messages on Slack, each with its key in the message's metadata."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from adapters.slack_chat import words
from adapters.slack_chat.answering import INERT, QUIET, Errands, Signs
from adapters.slack_chat.calls import PLATFORM, Calls
from adapters.slack_chat.errors import SlackSaysNo
from adapters.slack_chat.manifest import SCOPES
from adapters.slack_chat.rich_text import TEXT_LIMIT, message
from adapters.slack_chat.uploads import Uploads
from bot import texts
from bot.domain.errors import Refused, RefusedBecause
from bot.domain.outgoing import (
    Button,
    Edit,
    OpenRoom,
    OpenThread,
    Outgoing,
    Picture,
    Post,
    Remove,
    Say,
    Whisper,
    room_id,
)
from bot.domain.refs import ChannelRef, SpaceRef, ThreadRef
from bot.ports import ChatTraits, Lacking

Json = dict[str, Any]

log = logging.getLogger(__name__)

EVENT_TYPE = "studybot"
#: Slack's manual: about one message a second in a channel. Other methods have limits by the minute, which a 429 tells.
POSTS_PER_SECOND = 1.0
#: Under this id an ephemeral message is noted that was sent but whose id was lost: Slack shows it to nobody else.
UNSEEN = "unseen"
#: Above an answer that came by form, its speaker's name takes some of the message.
_SPEAKER_ROOM = 200
_NOT_THERE = ("user_not_in_channel", "not_in_channel", "channel_not_found", "is_archived")
_PAGE = 100
_MOST_PAGES = 20


class SlackChat:
    """`ChatPlatform` of Slack."""

    traits = ChatTraits(text_limit=TEXT_LIMIT - _SPEAKER_ROOM, whispers_at_once=True)

    def __init__(self, calls: Calls, signs: Signs) -> None:
        self._calls = calls
        self._signs = signs
        self._uploads = Uploads(calls)
        self._errands = Errands()

    async def deliver(self, item: Outgoing) -> str:
        """Does it and returns Slack's id of what was made. Raises `NotNow` or `Refused`."""
        match item:
            case Post():
                return await self._illustrated(item.channel, item.key, item.text, item.buttons, item.picture)
            case OpenThread():
                # On Slack every message is the root of a thread; there is nothing to do.
                return item.message.id
            case Say():
                return await self._say(item)
            case Edit():
                return await self._edit(item)
            case Remove():
                return await self._remove(item)
            case Whisper():
                return await self._whisper(item)
            case OpenRoom():
                return await self._open_room(item)
            case _:
                assert_never(item)

    async def find(self, item: Outgoing, since: datetime) -> str | None:
        """Whether an earlier attempt arrived. What may be done twice without harm is not looked for."""
        match item:
            case Post():
                return await self._found(item.channel, item.key, since)
            case OpenThread():
                return item.message.id
            case Say():
                return await self._found(item.thread.parent, item.key, since, item.thread.id)
            case Whisper(alone=True):
                return await self._found(await self._conversation(item), item.key, since)
            case Whisper():
                # Slack keeps no others. One in a thread is taken for arrived: "My full review" brings it again.
                return UNSEEN if item.thread is not None else None
            case Edit() | Remove():
                return None
            case OpenRoom():
                conversation = await self._conversation(item)
                root = await self._found(conversation, item.key, since)
                return room_id(conversation.id, root) if root is not None else None
            case _:
                assert_never(item)

    async def close(self) -> None:
        """Lets received signs go that are still on their way."""
        await self._errands.close(2.0)

    # ---------------------------------------------------------------- one by one

    async def _post(self, channel: ChannelRef, key: str, words: Json, **more: Any) -> str:
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key} | more.pop("about", {})}
        bucket = await self._turn(channel)
        posted = await self._calls.write(
            channel.space, "chat.postMessage", bucket, channel=channel.id, metadata=metadata, **words, **INERT, **more
        )
        return str(posted["ts"])

    async def _illustrated(
        self,
        channel: ChannelRef,
        key: str,
        text: str,
        buttons: tuple[Button, ...],
        picture: Picture | None,
        **more: Any,
    ) -> str:
        """Posts with the picture in it."""
        return await self._with_picture(
            channel.space, text, buttons, picture, lambda words: self._post(channel, key, words, **more)
        )

    async def _with_picture(
        self,
        space: SpaceRef,
        text: str,
        buttons: tuple[Button, ...],
        picture: Picture | None,
        say: Callable[[Json], Awaitable[str]],
    ) -> str:
        """Says the words with the picture; where Slack does not show it, the words go alone."""
        block = await self._uploads.block(space, picture)
        try:
            return await say(message(text, buttons, block))
        except SlackSaysNo as no:
            if not block or no.code != "invalid_blocks":
                raise
            log.info("slack_shows_no_picture", extra={"why": str(no)})
            return await say(message(text, buttons))

    async def _say(self, item: Say) -> str:
        text = f"{texts.by_form(item.speaker)}\n{item.text}" if item.speaker else item.text
        about = {"reply_to": item.reply_to.id} if item.reply_to else {}
        place = {"thread_ts": item.thread.id, "about": about}
        said = await self._illustrated(item.thread.parent, item.key, text, item.buttons, item.picture, **place)
        for answered in filter(None, (item.reply_to, *item.settles)):
            self._errands.start("sign", self._signs.take(answered))
        return said

    async def _open_room(self, item: OpenRoom) -> str:
        """A thread in the app's conversation with somebody."""
        conversation = await self._conversation(item)
        return room_id(conversation.id, await self._post(conversation, item.key, message(item.text)))

    async def _conversation(self, item: OpenRoom | Whisper) -> ChannelRef:
        opened = await self._calls.write(item.user.space, "conversations.open", users=item.user.id)
        return ChannelRef(PLATFORM, item.user.workspace, str(opened["channel"]["id"]))

    async def _edit(self, item: Edit) -> str:
        ref = item.message

        async def change(words: Json) -> str:
            """Slack shows from now on what is named here, and nothing that stood there before."""
            told = await self._calls.write(ref.space, "chat.update", channel=ref.channel, ts=ref.id, **words, **QUIET)
            return str(told["ts"])

        changed = await self._with_picture(ref.space, item.text, item.buttons, item.picture, change)
        if item.reply_to is not None:
            self._errands.start("sign", self._signs.take(item.reply_to))
        return changed

    async def _remove(self, item: Remove) -> str:
        """Slack lets nobody take an ephemeral message away later; it is gone for its reader at the next reload."""
        if item.message.id != UNSEEN:
            try:
                await self._calls.write(
                    item.message.space, "chat.delete", channel=item.message.channel, ts=item.message.id
                )
            except SlackSaysNo as no:
                if no.because is not RefusedBecause.GONE:
                    raise
        return item.message.id

    async def _whisper(self, item: Whisper) -> str:
        if item.alone:
            return await self._post(await self._conversation(item), item.key, message(item.text, item.buttons))
        try:
            whispered = await self._calls.write(
                item.place.space,
                "chat.postEphemeral",
                channel=item.place.id,
                user=item.user.id,
                thread_ts=item.thread.id if item.thread else None,
                **message(item.text, item.buttons),
                **QUIET,
            )
        except SlackSaysNo as no:
            if no.code not in _NOT_THERE:
                raise
            # They are not in the channel, or the bot is not: a direct message reaches them.
            directly = ChannelRef(PLATFORM, item.user.workspace, item.user.id)
            return await self._post(directly, item.key, message(item.text, item.buttons))
        return str(whispered["message_ts"])

    async def _turn(self, channel: ChannelRef) -> str:
        bucket = f"{PLATFORM}:{channel.workspace}:{channel.id}"
        await self._calls.pace.turn(bucket, POSTS_PER_SECOND)
        return bucket

    # ---------------------------------------------------------------- looking

    async def _found(self, channel: ChannelRef, key: str, since: datetime, thread: str | None = None) -> str | None:
        async for one in self._written(channel, since, thread):
            if _key_of(one) == key:
                return str(one["ts"])
        return None

    async def _written(
        self, channel: ChannelRef, since: datetime, thread: str | None
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Messages of a channel or thread since then, with their metadata. Clocks may differ by some minutes."""
        method = "conversations.replies" if thread else "conversations.history"
        args: dict[str, str | int] = {"channel": channel.id, "limit": _PAGE, "include_all_metadata": "true"}
        args |= {"oldest": f"{since.timestamp() - 300:.6f}"}
        args |= {"ts": thread} if thread else {}
        for _ in range(_MOST_PAGES):
            page = await self._calls.read(channel.space, method, **args)
            for one in page["messages"]:
                yield one
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            args["cursor"] = cursor

    # ---------------------------------------------------------------- rights

    async def read_file(self, space: SpaceRef, ref: str, limit: int) -> bytes:
        """What a file holds that was shared in a message. Raises `NotNow` or `Refused`."""
        return await self._calls.file(space, ref, limit)

    async def typing(self, place: ThreadRef) -> None:
        """Slack has no such sign for apps like ours; the received sign stands until the answer."""

    async def lacking(self, channel: ChannelRef) -> Sequence[Lacking]:
        """What we may not do in this channel and would need to, one by one. Raises `NotNow`."""
        try:
            granted = (await self._calls.write(channel.space, "auth.test"))["_scopes"]
            missing = [right for right in SCOPES if granted and right not in granted.split(",")]
            lacks = [Lacking(words.RIGHTS[right], words.RIGHTS_MEND) for right in missing if right in words.RIGHTS]
            return [*lacks, *await self._lacking_there(channel, missing)]
        except Refused as refused:
            if isinstance(refused, SlackSaysNo) and not refused.dead_token:
                raise
            return (Lacking(words.TOKEN, words.TOKEN_MEND),)

    async def _lacking_there(self, channel: ChannelRef, missing: Sequence[str]) -> Sequence[Lacking]:
        try:
            told = (await self._calls.read(channel.space, "conversations.info", channel=channel.id))["channel"]
        except SlackSaysNo as no:
            if no.code == "missing_scope" and missing:
                return ()
            return (Lacking(words.CHANNEL, words.NO_CHANNEL_MEND),)
        if told.get("is_archived"):
            return (Lacking(words.ARCHIVED, words.ARCHIVED_MEND),)
        return () if told.get("is_member") else (Lacking(words.IN_CHANNEL, words.INVITE_MEND),)


def _key_of(shown: Mapping[str, Any]) -> str | None:
    told = shown.get("metadata") or {}
    if told.get("event_type") != EVENT_TYPE:
        return None
    key = (told.get("event_payload") or {}).get("key")
    return key if isinstance(key, str) else None
