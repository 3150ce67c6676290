"""What people press, call and send, as the payloads that reach the bot, and what their Slack does with the answer."""

from __future__ import annotations

from dataclasses import dataclass

from slack_world.books import Trigger
from slack_world.delivery import Delivery, Kind
from slack_world.desk import Refusal
from slack_world.events import message_json
from slack_world.floor import Floor
from slack_world.forms import filled, option_chosen, state_of
from slack_world.hooks import Hooks
from slack_world.values import Channel, Ephemeral, Impossible, Json, Member, Message, Shown, Team, View
from slack_world.view_methods import checked_view, put_up, refill, view_json

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(eq=False)
class Hands:
    floor: Floor
    hooks: Hooks

    # ---------------------------------------------------------------- commands and shortcuts

    def command(self, member: Member, channel: Channel, name: str, text: str) -> Delivery:
        team = channel.team
        url, hook = self.hooks.open(channel, member)
        shown = "directmessage" if channel.direct else "privategroup" if channel.private else channel.name
        payload: Json = {"token": "made-up", "team_id": team.id, "team_domain": team.domain, "command": name}
        payload |= {"channel_id": channel.id, "channel_name": shown, "user_id": member.id, "text": text}
        payload |= {"user_name": member.name.lower(), "api_app_id": self.floor.books.app_id}
        payload |= {"is_enterprise_install": "false", "response_url": url}
        payload["trigger_id"] = self.floor.books.new_trigger(member, team).id
        hook.delivery = Delivery(Kind.COMMAND, payload, team)
        return hook.delivery

    async def answered(self, command: Delivery, channel: Channel, member: Member) -> None:
        """Shows what a command's acknowledgement said."""
        await command.over()
        if command.acked and command.body:
            _, hook = self.hooks.open(channel, member)
            try:
                self.hooks.act(hook, command.body)
            except Refusal as no:
                self.floor.books.complain(f"the acknowledgement of a command: {no.code}")

    def shortcut(self, member: Member, callback_id: str, message: Message | None) -> Delivery:
        books = self.floor.books
        team = message.channel.team if message else books.home_team(member)
        trigger = books.new_trigger(member, team)
        payload = self._by(member, team, trigger) | {"type": "shortcut", "callback_id": callback_id}
        payload["action_ts"] = books.new_ts()
        if message is None:
            return Delivery(Kind.INTERACTION, payload, team)
        url, hook = self.hooks.open(message.channel, member)
        payload |= {"type": "message_action", "message_ts": message.ts, "message": message_json(books, message)}
        payload |= {"channel": _channel(message.channel), "response_url": url}
        hook.delivery = Delivery(Kind.INTERACTION, payload, team)
        return hook.delivery

    # ---------------------------------------------------------------- buttons and menus

    def press(self, member: Member, where: Shown, what: str, choose: str | None) -> Delivery:
        element = _found(where, what)
        kept = "action_id block_id type text value style".split()
        action: Json = {key: element[key] for key in kept if key in element}
        action |= option_chosen(element, choose) if choose is not None else {}
        action["action_ts"] = self.floor.books.new_ts()
        match where:
            case Message() | Ephemeral():
                return self._pressed_in_message(member, where, action)
            case View():
                return self._pressed_in_view(member, where, action)
        raise Impossible(f"nothing can be pressed in {where!r}")

    def _pressed_in_message(self, member: Member, where: Message | Ephemeral, action: Json) -> Delivery:
        books, team = self.floor.books, where.channel.team
        if (isinstance(where, Message) and where.deleted) or (isinstance(where, Ephemeral) and where.gone):
            raise Impossible("it is not there any more")
        url, hook = self.hooks.open(where.channel, member, where)
        whispered = isinstance(where, Ephemeral)
        container: Json = {"type": "message", "message_ts": where.ts, "channel_id": where.channel.id}
        container |= {"is_ephemeral": whispered} | ({"thread_ts": where.thread_ts} if where.thread_ts else {})
        payload = self._by(member, team, books.new_trigger(member, team)) | {"type": "block_actions"}
        payload |= {"container": container, "channel": _channel(where.channel), "response_url": url}
        # Slack keeps no copy of what only one person saw.
        payload |= {"message": message_json(books, where)} if isinstance(where, Message) else {}
        payload |= {"state": {"values": {}}, "actions": [action]}
        hook.delivery = Delivery(Kind.INTERACTION, payload, team)
        return hook.delivery

    def _pressed_in_view(self, member: Member, view: View, action: Json) -> Delivery:
        self._must_be_open(view)
        team = self.floor.books.home_team(member)
        trigger = self.floor.books.new_trigger(member, team, view)
        if "value" not in action or action["type"] != "button":
            view.chosen |= {(action["block_id"], action["action_id"]): action}
        shown = view_json(view, team, self.floor.books.app_id, state_of(view))
        payload = self._by(member, team, trigger) | {"type": "block_actions", "view": shown}
        payload |= {"container": {"type": "view", "view_id": view.id}, "actions": [action]}
        return Delivery(Kind.INTERACTION, payload, team)

    # ---------------------------------------------------------------- forms

    def submit(self, member: Member, view: View, values: Json) -> Delivery:
        self._must_be_open(view)
        team = self.floor.books.home_team(member)
        state = filled(view, values)
        shown = view_json(view, team, self.floor.books.app_id, state)
        payload = self._by(member, team, self.floor.books.new_trigger(member, team, view))
        payload |= {"type": "view_submission", "view": shown, "response_urls": []}
        return Delivery(Kind.INTERACTION, payload, team)

    async def sent(self, submission: Delivery, view: View) -> None:
        """Does with the form what the answer to its submission says."""
        await submission.over()
        if not submission.acked:
            view.trouble = TROUBLE
            return
        try:
            self._respond(submission, view, submission.body or {})
        except Refusal as no:
            view.trouble = TROUBLE
            self.floor.books.complain(f"the answer to a form: {no.code} {no.more}")

    def _respond(self, submission: Delivery, view: View, answer: Json) -> None:
        stack = self.floor.books.views[view.to]
        match answer.get("response_action"):
            case None:
                stack.remove(view)
            case "clear":
                stack.clear()
            case "errors":
                unknown = set(answer["errors"]) - set(view.inputs)
                if unknown or not answer["errors"]:
                    raise Refusal("errors_for_unknown_blocks", blocks=sorted(unknown))
                view.errors = answer["errors"]
            case "update":
                refill(self.floor, view, checked_view(answer.get("view"), "modal"))
            case "push":
                put_up(self.floor, submission.team, view.to, checked_view(answer.get("view"), "modal"))
            case other:
                raise Refusal("unknown_response_action", action=other)

    def close(self, member: Member, view: View) -> Delivery:
        self._must_be_open(view)
        self.floor.books.views[member].remove(view)
        team = self.floor.books.home_team(member)
        shown = view_json(view, team, self.floor.books.app_id)
        payload = self._by(member, team, None) | {"type": "view_closed", "view": shown, "is_cleared": False}
        return Delivery(Kind.INTERACTION, payload, team)

    def options(self, member: Member, where: Shown, what: str, typed: str) -> Delivery:
        element = _found(where, what)
        team = self.floor.books.home_team(member)
        payload = self._by(member, team, None) | {"type": "block_suggestion", "value": typed}
        payload |= {"action_id": element["action_id"], "block_id": element["block_id"]}
        if isinstance(where, View):
            payload |= {"view": view_json(where, team, self.floor.books.app_id), "container": {"type": "view"}}
        return Delivery(Kind.INTERACTION, payload, team)

    # ---------------------------------------------------------------- common

    def _by(self, member: Member, team: Team, trigger: Trigger | None) -> Json:
        name = member.name.lower()
        user = {"id": member.id, "username": name, "name": name, "team_id": member.team.id}
        payload: Json = {"user": user, "team": {"id": team.id, "domain": team.domain}, "token": "made-up"}
        payload |= {"api_app_id": self.floor.books.app_id, "enterprise": None, "is_enterprise_install": False}
        return payload | ({"trigger_id": trigger.id} if trigger else {})

    def _must_be_open(self, view: View) -> None:
        if not view.is_home and view not in self.floor.books.views[view.to]:
            raise Impossible("this form is not open any more")


def _channel(channel: Channel) -> Json:
    return {"id": channel.id, "name": "privategroup" if channel.private else channel.name}


def _found(where: Shown, what: str) -> Json:
    """The element by action_id, label or value."""
    for element in where.elements:
        label = element.get("text", {}).get("text") if isinstance(element.get("text"), dict) else None
        if what in (element["action_id"], label, element.get("value")):
            return element
    raise Impossible(f"nothing called {what!r} here; there is {[e.get('action_id') for e in where.elements]}")
