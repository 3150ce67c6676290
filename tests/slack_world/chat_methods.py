"""chat.*, reactions.* and files.*: what a bot says."""

from __future__ import annotations

import json
from typing import Any

from slack_world import checks as checks
from slack_world.books import Books
from slack_world.desk import Call, Refusal, TooMany, served
from slack_world.events import file_json, message_json
from slack_world.values import Blocks, Channel, File, Json, Message, Team

MOST_METADATA = 8_000
_SAYING = "channel text blocks attachments as_user icon_emoji icon_url link_names parse username markdown_text"
_FLAGS = "unfurl_links unfurl_media link_names mrkdwn reply_broadcast"


@served(
    "chat.postMessage",
    f"{_SAYING} metadata mrkdwn reply_broadcast thread_ts unfurl_links unfurl_media container_id client_msg_id",
    "chat:write",
)
def post_message(call: Call) -> Json:
    channel = writable(call, call.channel())
    text, blocks = words(call)
    refuse_strange_files(call.books, call.team, blocks)
    thread_ts = _thread(call, channel)
    metadata = _metadata(call)
    if (wait := call.desk.limits.post(channel.id)) is not None:
        raise TooMany(wait)
    message = call.desk.floor.post_of_bot(channel, text, blocks, flags_of(call), thread_ts=thread_ts, metadata=metadata)
    shown = message_json(call.books, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


@served("chat.postEphemeral", f"{_SAYING} thread_ts user", "chat:write")
def post_ephemeral(call: Call) -> Json:
    channel = writable(call, call.channel())
    member = call.member(missing="user_not_in_channel")
    if member not in channel.members or member.deactivated:
        raise Refusal("user_not_in_channel")
    text, blocks = words(call)
    refuse_strange_files(call.books, call.team, blocks)
    whisper = call.desk.floor.whisper(channel, member, text, blocks, flags_of(call), call.args.maybe("thread_ts"))
    return {"message_ts": whisper.ts}


@served("chat.update", f"{_SAYING} ts metadata reply_broadcast file_ids", "chat:write")
def update(call: Call) -> Json:
    message = _own(call, "cant_update_message")
    text, blocks = words(call)
    if "metadata" in call.args:
        message.metadata = _metadata(call)
    has_blocks = "blocks" in call.args or "markdown_text" in call.args
    call.desk.floor.change(message, text, blocks if has_blocks else None)
    call.books.heard(message, call.team, flags_of(call))
    shown = message_json(call.books, message, metadata=True)
    return {"channel": message.channel.id, "ts": message.ts, "text": message.text, "message": shown}


@served("chat.delete", "channel ts as_user", "chat:write")
def delete(call: Call) -> Json:
    message = _own(call, "cant_delete_message")
    call.desk.floor.remove(message)
    return {"channel": message.channel.id, "ts": message.ts}


@served("chat.getPermalink", "channel message_ts")
def permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.books.message(channel, call.args.text("message_ts"))
    if message is None:
        raise Refusal("message_not_found")
    url = f"https://{call.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else ""
    return {"channel": channel.id, "permalink": url + thread}


# ---------------------------------------------------------------- what is allowed to be said


def writable(call: Call, channel: Channel) -> Channel:
    """The channel, when the bot may write into it."""
    if channel.archived:
        raise Refusal("is_archived")
    if call.team.bot not in channel.members and "chat:write.public" not in call.desk.scopes:
        raise Refusal("not_in_channel")
    if channel.direct and channel.direct.deactivated:
        raise Refusal("cannot_dm_deactivated_user")
    return channel


def words(call: Call) -> tuple[str, Blocks]:
    """Text and blocks of a call, when Slack would take them."""
    args = call.args
    text, markdown = args.text("text"), args.text("markdown_text")
    blocks = args.parsed("blocks", "invalid_blocks_format")
    refuse_bad_words(call.method, text, blocks)
    if markdown:
        if text or blocks:
            raise Refusal("markdown_text_conflict")
        if len(markdown) > checks.MOST_MARKDOWN:
            raise Refusal("msg_too_long")
        return markdown, [{"type": "markdown", "text": markdown}]
    if not text and not blocks and not args.get("attachments"):
        raise Refusal("no_text")
    if not text:
        call.books.complain(f"{call.method}: no top-level text beside the blocks, so notifications say nothing")
    return text, blocks or []


def refuse_bad_words(method: str, text: str, blocks: Any) -> None:
    """Raises what Slack would say about a text or blocks."""
    if len(text) > checks.MOST_TEXT:
        raise Refusal("msg_too_long")
    if blocks is None:
        return
    problems = checks.message_problems(blocks)
    if problems:
        raise Refusal("invalid_blocks", errors=problems, response_metadata={"messages": problems})
    if checks.text_length(blocks) > checks.MOST_BLOCK_TEXT:
        raise Refusal("msg_blocks_too_long")


def flags_of(call: Call) -> Json:
    """The flags that change how words are shown."""
    flags: Json = {name: call.args.flag(name) for name in _FLAGS.split() if name in call.args}
    flags |= {"parse": call.args["parse"]} if call.args.get("parse") else {}
    flags |= {"markdown_text": True} if call.args.get("markdown_text") else {}
    attachments = call.args.parsed("attachments", "invalid_attachments")
    return flags | ({"attachments": attachments} if attachments else {})


def _metadata(call: Call) -> Json | None:
    match call.args.parsed("metadata", "invalid_metadata_format"):
        case nothing if not nothing:
            return None
        case {"event_type": str(), "event_payload": dict()} as metadata if len(metadata) == 2:
            if len(json.dumps(metadata)) > MOST_METADATA:
                raise Refusal("metadata_too_large")
            return dict(metadata)
        case _:
            raise Refusal("invalid_metadata_format")


def _thread(call: Call, channel: Channel) -> str | None:
    """The root's ts. Slack takes a reply's as well and files the message under it, where nobody finds it."""
    ts = call.args.maybe("thread_ts")
    if ts is None:
        return None
    root = next((m for m in channel.messages if m.ts == ts), None)
    if root is None:
        raise Refusal("cannot_reply_to_message")
    if root.is_reply:
        call.books.complain(f"{call.method}: thread_ts {ts} is a reply, not the root of its thread")
    return ts


def _own(call: Call, foreign: str) -> Message:
    message = call.books.message(call.channel(), call.args.text("ts"))
    if message is None:
        raise Refusal("message_not_found")
    if message.author is not call.team.bot:
        raise Refusal(foreign)
    return message


# ---------------------------------------------------------------- reactions


def _reaction(call: Call) -> tuple[str, Message]:
    channel = call.channel()
    message = call.books.message(channel, call.args.text("timestamp"))
    if call.team.bot not in channel.members:
        raise Refusal("not_in_channel")
    if message is None:
        raise Refusal("message_not_found")
    name = call.args.text("name").strip(":")
    if not name or not name.replace("_", "").replace("-", "").replace("+", "").replace(":", "").isalnum():
        raise Refusal("invalid_name")
    return name, message


@served("reactions.add", "channel name timestamp", "reactions:write")
def add_reaction(call: Call) -> Json:
    name, message = _reaction(call)
    who = message.reactions.setdefault(name, [])
    if call.team.bot.id in who:
        raise Refusal("already_reacted")
    if message.channel.archived:
        raise Refusal("is_archived")
    who.append(call.team.bot.id)
    return {}


@served("reactions.remove", "channel name timestamp file file_comment", "reactions:write")
def remove_reaction(call: Call) -> Json:
    name, message = _reaction(call)
    if call.team.bot.id not in message.reactions.get(name, []):
        raise Refusal("no_reaction")
    message.reactions[name].remove(call.team.bot.id)
    return {}


@served("reactions.get", "channel timestamp full file file_comment", "reactions:read")
def get_reactions(call: Call) -> Json:
    channel = call.channel()
    message = call.books.message(channel, call.args.text("timestamp"))
    if message is None:
        raise Refusal("message_not_found")
    return {"type": "message", "channel": channel.id, "message": message_json(call.books, message)}


# ---------------------------------------------------------------- files


@served("files.getUploadURLExternal", "filename length alt_txt snippet_type", "files:write")
def upload_url(call: Call) -> Json:
    name, length = call.args.text("filename"), call.args.number("length", 0)
    if not name or length <= 0:
        raise Refusal("invalid_arguments")
    file = File(call.books.new_id("F"), name, length, call.args.maybe("alt_txt"))
    call.books.files[file.id] = file
    return {"upload_url": f"{call.desk.base_url}/upload/v1/{file.id}", "file_id": file.id}


@served("files.completeUploadExternal", "files channel_id channels initial_comment thread_ts blocks", "files:write")
def complete_upload(call: Call) -> Json:
    files = [_uploaded(call, one) for one in call.args.parsed("files", "invalid_arguments") or []]
    if not files:
        raise Refusal("invalid_arguments")
    if call.args.maybe("channel_id"):
        channel = writable(call, call.channel("channel_id"))
        comment = call.args.text("initial_comment")
        thread_ts = _thread(call, channel)
        call.desk.floor.post_of_bot(channel, comment, [], {}, thread_ts=thread_ts, files=files)
    return {"files": [file_json(file) for file in files]}


def _uploaded(call: Call, one: Json) -> File:
    file = call.books.files.get(str(one.get("id")))
    if file is None or file.content is None:
        raise Refusal("file_not_found")
    file.title, file.team, file.unlooked = one.get("title") or file.name, call.team, call.books.looks_needed
    return file


@served("files.info", "file count cursor limit page", "files:read")
def file_info(call: Call) -> Json:
    """A file is told about at once, and what kind it is only after Slack has looked at it."""
    file = call.books.files.get(call.args.text("file"))
    if file is None or file.team is not call.team:
        raise Refusal("file_not_found")
    file.unlooked -= 1
    kind = {"mimetype": "image/png", "filetype": "png"} if file.unlooked < 0 else {"mimetype": "", "filetype": ""}
    return {"file": file_json(file) | kind}


def refuse_strange_files(books: Books, team: Team, blocks: Blocks) -> None:
    """An image block shows a file of the bot's own, after Slack has looked at it."""
    for number, block in enumerate(blocks):
        name = (block.get("slack_file") or {}).get("id")
        file = books.files.get(str(name))
        if name is not None and (file is None or file.team is not team or file.unlooked >= 0):
            problem = f"invalid slack file [json-pointer:/blocks/{number}/slack_file]"
            raise Refusal("invalid_blocks", errors=[problem], response_metadata={"messages": [problem]})
