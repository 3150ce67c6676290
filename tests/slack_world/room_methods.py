"""conversations.*, users.*, team.info, auth and oauth: what a bot asks."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from slack_world import events as events
from slack_world.desk import Call, Refusal, TooMany, served
from slack_world.values import Channel, Json, Message

T = TypeVar("T")
_READING = "channel cursor include_all_metadata inclusive latest limit oldest"


# ---------------------------------------------------------------- conversations


@served("conversations.info", "channel include_locale include_num_members")
def info(call: Call) -> Json:
    channel = call.channel()
    call.need_for(channel, "read")
    return {"channel": events.channel_json(channel, bot=call.team.bot)}


@served("conversations.list", "cursor exclude_archived limit team_id types")
def listing(call: Call) -> Json:
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    wanted = [kinds.get(one) for one in (call.args.text("types") or "public_channel").split(",")]
    found = [c for c in call.books.channels.values() if c.team is call.team and c.kind in wanted and not c.deleted]
    for channel in found:
        call.need_for(channel, "read")
    known = [c for c in found if c.kind == "channel" or call.team.bot in c.members]
    open_ones = [c for c in known if not (c.archived and call.args.flag("exclude_archived"))]
    page, after = _page(call, open_ones, 100, 1000)
    return {"channels": [events.channel_json(c, bot=call.team.bot) for c in page]} | after


@served("conversations.members", "channel cursor limit")
def members(call: Call) -> Json:
    channel = call.channel()
    call.need_for(channel, "read")
    page, after = _page(call, channel.members, 100, 1000)
    return {"members": [member.id for member in page]} | after


@served("conversations.join", "channel", "channels:join")
def join(call: Call) -> Json:
    channel = call.channel()
    if channel.archived:
        raise Refusal("is_archived")
    if channel.kind != "channel":
        raise Refusal("method_not_supported_for_channel_type")
    if call.team.bot in channel.members:
        return {"channel": events.channel_json(channel, bot=call.team.bot), "warning": "already_in_channel"}
    channel.members.append(call.team.bot)
    call.desk.floor.announce(events.joined(call.books, call.team.bot, channel, None), call.team)
    return {"channel": events.channel_json(channel, bot=call.team.bot)}


@served("conversations.open", "channel prevent_creation return_im users", "im:write")
def open_direct(call: Call) -> Json:
    person = call.member("users")
    if person.deactivated:
        raise Refusal("user_disabled")
    if person.is_bot:
        raise Refusal("cannot_dm_bot")
    channel = call.books.dm(person)
    if call.args.flag("return_im"):
        return {"channel": events.channel_json(channel, bot=call.team.bot)}
    return {"channel": {"id": channel.id}}


@served("conversations.history", _READING)
def history(call: Call) -> Json:
    channel = _readable(call)
    wanted = [m for m in channel.messages if (not m.is_reply or m.broadcast) and _in_span(call, m)]
    page, after = _page(call, list(reversed(wanted)), 100, 999, _objects(call))
    return _read(call, page) | after


@served("conversations.replies", f"{_READING} ts")
def replies(call: Call) -> Json:
    channel = _readable(call)
    ts = call.args.text("ts")
    asked = next((m for m in channel.messages if m.ts == ts), None)
    if asked is None or (asked.deleted and not asked.replies):
        raise Refusal("thread_not_found")
    root = asked.thread_ts or asked.ts
    thread = [m for m in channel.messages if m.ts == root or (m.thread_ts == root and not m.deleted)]
    # Slack puts the root first whatever span was asked for.
    wanted = [m for m in thread if m.ts == root or _in_span(call, m)]
    page, after = _page(call, wanted, 1000, 1000, _objects(call))
    return _read(call, page) | after


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.need_for(channel, "history")
    if call.team.bot not in channel.members:
        raise Refusal("not_in_channel")
    if (wait := call.desk.limits.read(call.team.id, call.method)) is not None:
        raise TooMany(wait)
    return channel


def _objects(call: Call) -> int | None:
    return call.desk.limits.history.objects if call.desk.limits.history else None


def _read(call: Call, page: Sequence[Message]) -> Json:
    metadata = call.args.flag("include_all_metadata")
    return {"messages": [events.message_json(call.books, m, metadata=metadata) for m in page]}


def _in_span(call: Call, message: Message) -> bool:
    oldest, latest = call.args.maybe("oldest"), call.args.maybe("latest")
    if call.args.flag("inclusive") and message.ts in (oldest, latest):
        return True
    return (oldest is None or _ts(message.ts) > _ts(oldest)) and (latest is None or _ts(message.ts) < _ts(latest))


def _ts(text: str) -> tuple[int, int]:
    """A message's time for comparing; as a float it would lose its last digits."""
    seconds, _, micro = text.partition(".")
    try:
        return int(seconds), int(f"{micro:0<6}"[:6])
    except ValueError as wrong:
        raise Refusal("invalid_ts_oldest") from wrong


def _page(call: Call, items: Sequence[T], usual: int, most: int, cap: int | None = None) -> tuple[Sequence[T], Json]:
    """A page of items and how to ask for the next."""
    limit = call.args.number("limit", usual)
    if not 1 <= limit <= most:
        raise Refusal("invalid_limit")
    limit = min(limit, cap or limit)
    start = _start(call.args.text("cursor"))
    end = start + limit
    more = end < len(items)
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if more else ""
    return items[start:end], {"has_more": more, "response_metadata": {"next_cursor": cursor}}


def _start(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("next:")) if cursor else 0
    except ValueError as wrong:
        raise Refusal("invalid_cursor") from wrong


# ---------------------------------------------------------------- people and the workspace


@served("users.info", "user include_locale", "users:read")
def user_info(call: Call) -> Json:
    return {"user": events.user_json(call.member(), call.team)}


@served("users.list", "cursor include_locale limit team_id", "users:read")
def user_list(call: Call) -> Json:
    everybody = [m for m in call.books.members.values() if m.team is call.team]
    page, after = _page(call, everybody, 200, 1000)
    return {"members": [events.user_json(m, call.team) for m in page]} | after


@served("team.info", "team domain", "team:read")
def team_info(call: Call) -> Json:
    team = call.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


@served("auth.test", "url")
def auth_test(call: Call) -> Json:
    team = call.team
    who = {"team": team.name, "user": team.bot.name.lower(), "team_id": team.id, "user_id": team.bot.id}
    return {"url": f"https://{team.domain}.slack.com/", "bot_id": team.bot.bot_id, "is_enterprise_install": False} | who


@served("apps.uninstall", "client_id client_secret")
def uninstall(call: Call) -> Json:
    _check_client(call)
    call.team.token_error = "account_inactive"
    return {}


@served("oauth.v2.access", "client_id client_secret code redirect_uri grant_type", by_bot=False)
def access(call: Call) -> Json:
    _check_client(call)
    team = call.desk.consents.pop(call.args.text("code"), None)
    if team is None:
        raise Refusal("invalid_code")
    team.token_error = None
    installed: Json = {"app_id": call.books.app_id, "token_type": "bot", "access_token": team.bot_token}
    installed |= {"scope": ",".join(sorted(call.desk.scopes)), "bot_user_id": team.bot.id, "enterprise": None}
    installed |= {"team": {"id": team.id, "name": team.name}, "is_enterprise_install": False}
    person = next((m for m in call.books.members.values() if m.team is team and not m.is_bot), team.bot)
    return installed | {"authed_user": {"id": person.id}}


def _check_client(call: Call) -> None:
    if call.args.text("client_id") != call.desk.client_id:
        raise Refusal("invalid_client_id")
    if call.args.text("client_secret") != call.desk.client_secret:
        raise Refusal("bad_client_secret")
