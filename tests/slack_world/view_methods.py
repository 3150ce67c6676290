"""views.*: forms and the home."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from slack_world import checks as checks
from slack_world.books import Trigger
from slack_world.desk import Call, Refusal, served
from slack_world.floor import Floor
from slack_world.values import Json, Member, Team, View

#: How many forms may lie on top of each other.
MOST_STACKED = 3
MOST_BYTES = 250_000


@served("views.open", "trigger_id interactivity_pointer view")
def open_view(call: Call) -> Json:
    content = checked_view(call.args.parsed("view", "invalid_arguments"), "modal")
    trigger = _used(call)
    if trigger.view is not None and trigger.view in call.books.views[trigger.member]:
        call.books.complain("views.open from within a form: views.push or response_action is meant")
    call.books.views[trigger.member] = []
    return _shown(call, put_up(call.desk.floor, call.team, trigger.member, content, trigger=trigger))


@served("views.push", "trigger_id interactivity_pointer view")
def push_view(call: Call) -> Json:
    content = checked_view(call.args.parsed("view", "invalid_arguments"), "modal")
    trigger = _used(call)
    stack = call.books.views[trigger.member]
    if not stack:
        raise Refusal("not_found")
    if len(stack) >= MOST_STACKED:
        raise Refusal("push_limit_reached")
    return _shown(call, put_up(call.desk.floor, call.team, trigger.member, content, trigger=trigger))


@served("views.update", "view view_id external_id hash")
def update_view(call: Call) -> Json:
    name = call.args.text("view_id") or call.args.text("external_id")
    view = call.books.open_view(name)
    if view is None:
        raise Refusal("not_found")
    content = checked_view(call.args.parsed("view", "invalid_arguments"), "home" if view.is_home else "modal")
    if (seen := call.args.maybe("hash")) and seen != view.hash:
        raise Refusal("hash_conflict")
    refill(call.desk.floor, view, content)
    return _shown(call, view)


@served("views.publish", "user_id view hash")
def publish(call: Call) -> Json:
    member = call.member("user_id")
    content = checked_view(call.args.parsed("view", "invalid_arguments"), "home")
    view = call.books.homes.get(member)
    if (seen := call.args.maybe("hash")) and (view is None or seen != view.hash):
        raise Refusal("hash_conflict")
    if view is None:
        view = _new(call.desk.floor, member, content)
        call.books.homes[member] = view
    else:
        refill(call.desk.floor, view, content)
    return _shown(call, view)


def _used(call: Call) -> Trigger:
    """The right to open a form, taken up."""
    trigger = call.books.triggers.get(call.args.text("trigger_id"))
    if trigger is None or trigger.team is not call.team:
        raise Refusal("invalid_trigger_id")
    if trigger.used:
        raise Refusal("exchanged_trigger_id")
    if time.monotonic() - trigger.at > call.books.trigger_seconds:
        raise Refusal("expired_trigger_id")
    trigger.used = True
    return trigger


def _shown(call: Call, view: View) -> Json:
    return {"view": view_json(view, call.team, call.books.app_id)}


# ---------------------------------------------------------------- also for response_action


def checked_view(content: Any, kind: str) -> Json:
    """A view that Slack would take."""
    problems = checks.view_problems(content)
    if not problems and content["type"] != kind:
        problems = [f"must be a {kind} [json-pointer:/view/type]"]
    if problems:
        raise Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {p}" for p in problems]})
    if len(json.dumps(content)) > MOST_BYTES:
        raise Refusal("view_too_large")
    return dict(content)


def put_up(floor: Floor, team: Team, member: Member, content: Json, *, trigger: Trigger | None = None) -> View:
    """A form on top of what the person sees."""
    stack = floor.books.views[member]
    view = _new(floor, member, content)
    if trigger:
        view.after = time.monotonic() - trigger.at
    if stack:
        view.root, view.previous = stack[0].id, stack[-1].id
    stack.append(view)
    return view


def _new(floor: Floor, member: Member, content: Json) -> View:
    name = floor.books.new_id("V")
    view = View(id=name, to=member, content=content, hash="", root=name)
    refill(floor, view, content)
    return view


def refill(floor: Floor, view: View, content: Json) -> None:
    """Another content for the same view."""
    view.content = content
    view.blocks = floor.named_blocks(content["blocks"])
    view.errors, view.trouble = {}, None
    view.hash = f"{floor.books.new_ts()}.{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:8]}"
    floor.books.heard(view, floor.books.home_team(view.to), {})


def view_json(view: View, team: Team, app_id: str, state: Json | None = None) -> Json:
    """A view as Slack shows it to the app."""
    shown: Json = {"id": view.id, "team_id": team.id, "hash": view.hash, "root_view_id": view.root, "app_id": app_id}
    shown |= {"callback_id": "", "private_metadata": "", "external_id": "", "app_installed_team_id": team.id}
    shown |= {
        "title": None,
        "submit": None,
        "close": None,
        "previous_view_id": view.previous,
        "bot_id": team.bot.bot_id,
    }
    shown |= {"clear_on_close": False, "notify_on_close": False}
    return shown | view.content | {"blocks": view.blocks, "state": {"values": state or {}}}
