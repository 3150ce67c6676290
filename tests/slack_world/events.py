"""Events as Slack words them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from slack_world.books import Books
from slack_world.markup import rich_text
from slack_world.values import Channel, File, Json, Member, Message, Team


def message_json(books: Books, message: Message, *, metadata: bool = False) -> Json:
    """A message as history, events and interactions show it."""
    author = message.author
    shown: Json = {"type": "message", "user": author.id, "ts": message.ts, "team": author.team.id}
    shown["text"] = message.text
    if message.client_msg_id:
        shown["client_msg_id"] = message.client_msg_id
    if author.is_bot:
        shown |= {"bot_id": author.bot_id, "app_id": books.app_id, "bot_profile": bot_profile(books, author)}
    if blocks := message.blocks or ([] if author.is_bot else rich_text(message.text, f"b{message.ts[-4:]}")):
        shown["blocks"] = blocks
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.attachments:
        shown["attachments"] = message.attachments
    if message.edited:
        shown["edited"] = {"user": author.id, "ts": message.ts}
    if message.files:
        shown["files"] = [file_json(file) for file in message.files]
    if metadata and message.metadata:
        shown["metadata"] = message.metadata
    shown |= _subtype(message) | _thread(message) | _reactions(message)
    return _tombstone(shown) if message.deleted else shown


def _tombstone(shown: Json) -> Json:
    """What stays of a root below which replies hang."""
    gone = {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT", "hidden": True}
    return {k: v for k, v in shown.items() if k not in {"blocks", "metadata", "files", "attachments"}} | gone


def bot_profile(books: Books, bot: Member) -> Json:
    return {"id": bot.bot_id, "app_id": books.app_id, "name": bot.name, "deleted": False, "team_id": bot.team.id}


def file_json(file: File) -> Json:
    told = {"id": file.id, "name": file.name, "title": file.title, "size": file.length, "alt_txt": file.alt_text}
    return told | ({"url_private": file.address, "url_private_download": file.address} if file.address else {})


def _subtype(message: Message) -> Json:
    if message.files:
        return {"subtype": "file_share", "upload": False}
    return {"subtype": "thread_broadcast"} if message.broadcast else {}


def _thread(message: Message) -> Json:
    """What a root says about its replies, and a reply about its root."""
    if message.is_reply:
        root = next((m for m in message.channel.messages if m.ts == message.thread_ts), None)
        return {"parent_user_id": root.author.id} if root else {}
    replies = message.replies
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.author.id for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def _reactions(message: Message) -> Json:
    found = [{"name": name, "users": who, "count": len(who)} for name, who in message.reactions.items() if who]
    return {"reactions": found} if found else {}


def posted(books: Books, message: Message) -> Json:
    event = message_json(books, message) | _place(message.channel, message.ts)
    if message.broadcast:
        root = next((m for m in message.channel.messages if m.ts == message.thread_ts), None)
        event["root"] = message_json(books, root) if root else {}
    if message.author.team is not message.channel.team:
        event |= {"user_team": message.author.team.id, "source_team": message.author.team.id}
    return event


def mentioned(books: Books, message: Message) -> Json:
    event = posted(books, message) | {"type": "app_mention"}
    event.pop("channel_type")
    return event


def changed(books: Books, message: Message, before: Json) -> Json:
    after = message_json(books, message)
    return _about(books, message, "message_changed") | {"message": after, "previous_message": before}


def deleted(books: Books, message: Message, before: Json) -> Json:
    return _about(books, message, "message_deleted") | {"deleted_ts": message.ts, "previous_message": before}


def _about(books: Books, message: Message, subtype: str) -> Json:
    ts = books.new_ts()
    return {"type": "message", "subtype": subtype, "hidden": True, "ts": ts} | _place(message.channel, ts)


def _place(channel: Channel, ts: str) -> Json:
    return {"channel": channel.id, "event_ts": ts, "channel_type": channel.kind}


def reacted(books: Books, member: Member, message: Message, emoji: str) -> Json:
    item = {"type": "message", "channel": message.channel.id, "ts": message.ts}
    event = {"type": "reaction_added", "user": member.id, "reaction": emoji, "item": item}
    return event | {"item_user": message.author.id, "event_ts": books.new_ts()}


def home_opened(books: Books, member: Member, view: Json | None, channel: Channel) -> Json:
    event = {"type": "app_home_opened", "user": member.id, "channel": channel.id, "tab": "home"}
    return event | {"event_ts": books.new_ts()} | ({"view": view} if view else {})


def joined(books: Books, member: Member, channel: Channel, inviter: Member | None) -> Json:
    event = membership(books, "member_joined_channel", member, channel)
    return event | ({"inviter": inviter.id} if inviter else {})


def membership(books: Books, kind: str, member: Member, channel: Channel) -> Json:
    letter = "G" if channel.private else "C"
    event = {"type": kind, "user": member.id, "channel": channel.id, "channel_type": letter}
    return event | {"team": channel.team.id, "event_ts": books.new_ts()}


def channel_event(books: Books, what: str, channel: Channel, **more: object) -> Json:
    """channel_archive, group_rename, ...: `what` is the word after the underscore."""
    family = "group" if channel.private else "channel"
    return {"type": f"{family}_{what}", "channel": channel.id, "event_ts": books.new_ts(), **more}


def user_changed(books: Books, member: Member) -> Json:
    return {"type": "user_change", "user": user_json(member, member.team), "event_ts": books.new_ts()}


def user_json(member: Member, seen_from: Team) -> Json:
    """A person as users.info shows them to an app of a workspace."""
    now = datetime.now(UTC).astimezone(ZoneInfo(member.zone))
    offset = now.utcoffset()
    profile = {"real_name": member.name, "display_name": member.name, "display_name_normalized": member.name}
    shown: Json = {"id": member.id, "team_id": member.team.id, "name": member.name.lower().replace(" ", ".")}
    shown |= {"deleted": member.deactivated, "real_name": member.name, "profile": profile | {"team": member.team.id}}
    shown |= {"is_bot": member.is_bot, "is_app_user": False, "updated": 0, "color": "9f69e7"}
    if member.deactivated:
        return shown
    shown |= {"tz": member.zone, "tz_label": now.tzname(), "tz_offset": int(offset.total_seconds()) if offset else 0}
    shown |= {"is_admin": member.admin or member.owner, "is_owner": member.owner, "is_primary_owner": False}
    shown |= {
        "is_restricted": member.restricted,
        "is_ultra_restricted": False,
        "who_can_share_contact_card": "EVERYONE",
    }
    return shown | ({"is_stranger": True} if member.team is not seen_from else {})


def channel_json(channel: Channel, *, bot: Member) -> Json:
    """A conversation as conversations.info shows it."""
    shown: Json = {"id": channel.id, "created": 1700000000, "is_archived": channel.archived, "is_mpim": False}
    shown |= {"context_team_id": channel.team.id, "is_shared": channel.shared, "is_ext_shared": channel.shared}
    if channel.direct:
        return shown | {"is_im": True, "is_channel": False, "is_group": False, "user": channel.direct.id}
    shown |= {"name": channel.name, "name_normalized": channel.name, "is_im": False, "is_private": channel.private}
    shown |= {"is_channel": not channel.private, "is_group": channel.private, "is_general": False}
    shown |= {"topic": {"value": ""}, "purpose": {"value": ""}, "is_org_shared": False}
    return shown | {"is_member": bot in channel.members, "num_members": len(channel.members)}
