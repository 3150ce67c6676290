"""Interactions from people's side: what Discord's client checks and sends when somebody calls, presses or types."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from patience import until

from discord_world.model import EPHEMERAL, LOADING, Channel, Json, Member, Message, User, Who, bits
from discord_world.payloads import channel_json, member_json, message_json, role_json, user_json
from discord_world.state import World

SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, PERSON, PLACE, ROLE, MENTIONABLE, NUMBER = range(3, 11)
KINDS = {4: "message", 5: "deferred", 6: "deferred_update", 7: "update", 8: "choices", 9: "modal"}


class Interaction(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    TYPING = 4
    FORM = 5


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing to fill in of a form the bot opened."""

    custom_id: str
    label: str
    kind: int
    required: bool
    value: Any
    raw: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Modal:
    custom_id: str
    title: str
    fields: tuple[FormField, ...]
    raw: Json = field(repr=False)


@dataclass(eq=False, repr=False)
class Call:
    """One interaction and all that the bot said to it.

    `kind` is None until the first response, then "message", "deferred", "deferred_update", "update", "choices" or
    "modal". `messages` are @original and the followups as they stand now, private ones included.
    """

    id: str
    token: str
    type: Interaction
    user: User
    channel: Channel
    world: World
    started: float
    data: Json = field(repr=False)
    source: Message | None = None
    before: Call | None = None
    kind: str | None = None
    first_after: float | None = None
    choices: list[Json] = field(default_factory=list)
    modal: Modal | None = None
    original: Message | None = None
    messages: list[Message] = field(default_factory=list)
    private: bool = False
    _began: float = field(default_factory=time.monotonic)
    _first: asyncio.Event = field(default_factory=asyncio.Event)

    def __repr__(self) -> str:
        return f"<{self.type.name.lower()} of {self.user.name}: {self.kind or 'unanswered'} {self.text!r}>"

    async def answered(self, seconds: float = 60) -> Call:
        """Waits for the first response."""
        async with asyncio.timeout(seconds):
            await self._first.wait()
        return self

    async def finished(self, seconds: float = 60) -> Call:
        """Waits until something other than "thinking" was said."""
        await self.answered(seconds)
        await until(self._is_over, seconds)
        return self

    async def said(self, words: str, seconds: float = 60) -> Call:
        """Waits until these words stand in the answer."""
        await until(lambda: words in self.text, seconds)
        return self

    @property
    def ephemeral(self) -> bool:
        """Whether only the caller sees the answer."""
        return self.private or any(message.ephemeral for message in self.messages)

    @property
    def text(self) -> str:
        """All that stands in the answer now, in order; for an update, the message the button is on."""
        if self.kind in ("update", "deferred_update") and self.source and not self.messages:
            return self.source.shown
        return "\n".join(message.shown for message in self.messages if not message.loading)

    @property
    def message(self) -> Message:
        """The newest message of the answer."""
        return self.messages[-1]

    def respond(self, kind: str) -> None:
        self.kind = kind
        self.first_after = time.monotonic() - self._began
        self._first.set()

    def _is_over(self) -> bool:
        return self.kind not in ("deferred", "deferred_update") or any(not one.loading for one in self.messages)


def read_modal(data: Json) -> Modal:
    """The form as people see it; components may stand in a row or under a label."""
    fields = []
    for outer in data["components"]:
        parts = [outer["component"]] if "component" in outer else outer.get("components", [])
        for part in parts:
            label = part.get("label") or outer.get("label") or ""
            required = part.get("required", part["type"] != 23)
            fields.append(FormField(part["custom_id"], label, part["type"], bool(required), _default(part), part))
    return Modal(data["custom_id"], data["title"], tuple(fields), data)


def _default(part: Json) -> Any:
    chosen = [option["value"] for option in part.get("options", ()) if option.get("default")]
    if part["type"] in (3, 22):
        return chosen
    if part["type"] in (5, 6, 7, 8):
        return [one["id"] for one in part.get("default_values", ())]
    if part["type"] == 21:
        return chosen[0] if chosen else None
    return part.get("default", False) if part["type"] == 23 else part.get("value") or ""


class People:
    """What people do with the bot's commands, buttons and forms."""

    def __init__(self, world: World) -> None:
        self.world = world

    def _send(
        self,
        kind: Interaction,
        who: Who,
        channel: Channel,
        data: Json,
        source: Message | None = None,
        before: Call | None = None,
    ) -> Call:
        world = self.world
        call = Call(
            world.ids.next(), secrets.token_urlsafe(48), kind, who.user, channel, world, world.clock.elapsed(), data
        )
        call.source, call.before = source, before
        world.calls[call.token] = call
        told = self._interaction(call)
        if source is not None:
            told["message"] = message_json(source, lambda _: True)
        # An interaction comes whatever the intents and the bot's rights in the channel.
        world.tell("INTERACTION_CREATE", told, channel=channel)
        return call

    def _interaction(self, call: Call) -> Json:
        world, channel, guild = self.world, call.channel, call.channel.guild
        told: Json = {
            "id": call.id,
            "application_id": world.bot.id,
            "type": int(call.type),
            "token": call.token,
            "version": 1,
            "data": call.data,
            "channel_id": channel.id,
            "channel": channel_json(channel) | {"permissions": str(channel.rights(call.user))},
            "app_permissions": str(channel.rights(world.bot)),
            "locale": "en-US",
            "entitlements": [],
            "entitlement_sku_ids": [],
            "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": {"0": guild.id if guild else "0"},
            "context": 0 if guild else 1,
        }
        if guild is None:
            return told | {"user": user_json(call.user)}
        member = member_json(guild.members[call.user.id]) | {"permissions": str(channel.rights(call.user))}
        about = {"id": guild.id, "locale": guild.locale, "features": []}
        return told | {"guild_id": guild.id, "guild": about, "guild_locale": guild.locale, "member": member}

    # Commands

    def _declared(self, channel: Channel, who: Who, name: str, kind: int) -> Json:
        guild = channel.guild
        known = [*self.world.commands.get(guild.id if guild else "", []), *self.world.commands.get(None, [])]
        found = next((one for one in known if one["name"] == name and one.get("type", 1) == kind), None)
        names = ", ".join(sorted(one["name"] for one in known))
        assert found is not None, f"Discord shows no command {name!r} here; synced are: {names or 'none'}"
        contexts = found.get("contexts")
        assert contexts is None or (0 if guild else 1) in contexts, f"Discord hides {name!r} in this kind of place"
        assert guild or found.get("dm_permission", True) is not False, f"Discord hides {name!r} in conversations"
        asked = int(found.get("default_member_permissions") or 0)
        rights = channel.rights(who)
        missing = asked & ~rights if guild and not rights & bits(["administrator"]) else 0
        assert not missing, f"Discord hides {name!r} from {who.name}, who lacks the rights {missing:#x}"
        return found

    def command(self, who: Who, channel: Channel, words: str, options: Mapping[str, Any]) -> Call:
        """Calls a command as `study today`."""
        name, *path = words.removeprefix("/").split()
        top = self._declared(channel, who, name, 1)
        declared, wrap = self._descend(top, path, words)
        given, resolved = self._options(declared, options, words, typing=None)
        data = {"id": top["id"], "name": name, "type": 1, "options": wrap(given)}
        return self._send(Interaction.COMMAND, who, channel, data | ({"resolved": resolved} if resolved else {}))

    def complete(
        self, who: Who, channel: Channel, words: str, option: str, typed: str, given: Mapping[str, Any]
    ) -> Call:
        """Types in an option that completes."""
        name, *path = words.removeprefix("/").split()
        top = self._declared(channel, who, name, 1)
        declared, wrap = self._descend(top, path, words)
        found = next((one for one in declared.get("options") or () if one["name"] == option), None)
        assert found is not None, f"{words!r} has no option {option!r}"
        assert found.get("autocomplete"), f"the option {option!r} of {words!r} does not complete"
        options, _ = self._options(declared, {**given, option: typed}, words, typing=option)
        return self._send(
            Interaction.TYPING, who, channel, {"id": top["id"], "name": name, "type": 1, "options": wrap(options)}
        )

    def _descend(self, top: Json, path: list[str], words: str) -> tuple[Json, Any]:
        declared, around = top, []
        for step in path:
            options = [one for one in declared.get("options") or () if one["type"] in (SUBCOMMAND, GROUP)]
            found = next((one for one in options if one["name"] == step), None)
            assert found is not None, f"{words!r} is not among the commands; under {declared['name']!r} there are: " + (
                ", ".join(one["name"] for one in options) or "none"
            )
            declared = found
            around.append((found["name"], found["type"]))
        inner = [one["name"] for one in declared.get("options") or () if one["type"] in (SUBCOMMAND, GROUP)]
        assert not inner, f"{words!r} is not complete: {', '.join(inner)}"

        def wrap(options: list[Json]) -> list[Json]:
            for name, kind in reversed(around):
                options = [{"name": name, "type": kind, "options": options}]
            return options

        return declared, wrap

    def _options(
        self, declared: Json, given: Mapping[str, Any], words: str, typing: str | None
    ) -> tuple[list[Json], Json]:
        known = {one["name"]: one for one in declared.get("options") or ()}
        unknown = set(given) - set(known)
        assert not unknown, f"{words!r} has no option {', '.join(unknown)}; it has {', '.join(known) or 'none'}"
        missing = [name for name, one in known.items() if one.get("required") and name not in given]
        assert typing or not missing, f"{words!r} needs {', '.join(missing)}"
        resolved: Json = {}
        options = []
        for name, value in given.items():
            option = known[name]
            shown = {"name": name, "type": option["type"], "value": self._value(option, value, resolved)}
            if name == typing:
                shown["focused"] = True
            else:
                _check_choice(option, shown["value"])
            options.append(shown)
        return options, resolved

    def _value(self, option: Json, value: Any, resolved: Json) -> Any:
        match option["type"]:
            case 6:
                resolved.setdefault("users", {})[value.id] = user_json(value.user)
                if isinstance(value, Member):
                    resolved.setdefault("members", {})[value.id] = member_json(value, with_user=False) | {
                        "permissions": str(value.guild.rights(value))
                    }
                return value.id
            case 7:
                shown = channel_json(value) | {"permissions": str(value.rights(self.world.bot))}
                resolved.setdefault("channels", {})[value.id] = shown
                return value.id
            case 8:
                resolved.setdefault("roles", {})[value.id] = role_json(value)
                return value.id
            case 4:
                return int(value)
            case 10:
                return float(value)
            case 5:
                return bool(value)
            case _:
                return str(value)

    def menu(self, who: Who, name: str, message: Message) -> Call:
        """Chooses an entry of a message's own menu. The bot gets the words of that message, by right or not."""
        top = self._declared(message.channel, who, name, 3)
        target = message_json(message, lambda _: True)
        data = {"id": top["id"], "name": name, "type": 3, "target_id": message.id}
        return self._send(
            Interaction.COMMAND, who, message.channel, data | {"resolved": {"messages": {message.id: target}}}
        )

    # Buttons, lists and forms

    def press(self, who: Who, message: Message, label_or_id: str) -> Call:
        found = [one for one in message.buttons if label_or_id in (one.get("label"), one.get("custom_id"))]
        shown = [one.get("label") for one in message.buttons]
        assert found, f"there is no button {label_or_id!r}; there are {shown}"
        assert not found[0].get("disabled"), f"the button {label_or_id!r} is disabled"
        assert found[0].get("custom_id"), f"the button {label_or_id!r} is a link: {found[0].get('url')}"
        self._in_sight(who, message)
        return self.forge(who, message, found[0]["custom_id"], part_id=found[0]["id"])

    def choose(self, who: Who, message: Message, custom_id: str, values: Iterable[str]) -> Call:
        found = [one for one in message.parts if one.get("custom_id") == custom_id and one["type"] == 3]
        assert found, f"there is no list {custom_id!r}"
        offered = {option["value"] for option in found[0]["options"]}
        assert set(values) <= offered, f"the list offers {sorted(offered)}"
        self._in_sight(who, message)
        return self.forge(who, message, custom_id, values=list(values), part_id=found[0]["id"])

    def forge(
        self, who: Who, message: Message, custom_id: str, values: list[str] | None = None, part_id: int = 1
    ) -> Call:
        """A component interaction with any custom id, whether the message has such a thing or not."""
        data: Json = {"custom_id": custom_id, "component_type": 2, "id": part_id}
        if values is not None:
            data |= {"component_type": 3, "values": values}
        return self._send(Interaction.COMPONENT, who, message.channel, data, message)

    def _in_sight(self, who: Who, message: Message) -> None:
        assert message.only_for in (None, who.user), f"{who.name} does not see this message"
        assert not message.deleted, "the message is gone"

    def submit(self, call: Call, values: Mapping[str, Any], who: Who | None = None, forged: bool = False) -> Call:
        """Sends the form back that `call` was answered with; fields by label or id, the rest as the bot filled them."""
        assert call.modal is not None, f"the call was answered with {call.kind}, not with a form"
        names = {name for one in call.modal.fields for name in (one.label, one.custom_id)}
        unknown = set(values) - names
        assert forged or not unknown, f"the form has no field {unknown}; it has {sorted(names)}"
        filled = {
            one.custom_id: values.get(one.custom_id, values.get(one.label, one.value)) for one in call.modal.fields
        }
        for one in call.modal.fields if not forged else ():
            _check_field(one, filled[one.custom_id])
        data = {"custom_id": call.modal.custom_id, "components": _filled(call.modal.raw["components"], filled)}
        return self._send(Interaction.FORM, who or call.user, call.channel, data, call.source, before=call)


def _check_choice(option: Json, value: Any) -> None:
    offered = [choice["value"] for choice in option.get("choices") or ()]
    assert not offered or value in offered, f"the option {option['name']!r} offers {offered}"
    if option["type"] in (INTEGER, NUMBER):
        assert value >= option.get("min_value", value), f"{option['name']!r} is {option['min_value']} at least"
        assert value <= option.get("max_value", value), f"{option['name']!r} is {option['max_value']} at most"


def _check_field(one: FormField, value: Any) -> None:
    assert value or not one.required, f"the field {one.label!r} must be filled in"
    if one.kind == 4 and value:
        least, most = one.raw.get("min_length") or 0, one.raw.get("max_length") or 4000
        assert least <= len(value) <= most, f"the field {one.label!r} takes {least} to {most} characters"


def _filled(components: list[Json], values: Mapping[str, Any]) -> list[Json]:
    """The components as the client sends them back."""
    shown = []
    for number, outer in enumerate(components, 1):
        back: Json = {"type": outer["type"], "id": outer.get("id", number)}
        if "component" in outer:
            back["component"] = _filled_part(outer["component"], values)
        elif "components" in outer:
            back["components"] = [_filled_part(part, values) for part in outer["components"]]
        shown.append(back)
    return shown


def _filled_part(part: Json, values: Mapping[str, Any]) -> Json:
    value = values[part["custom_id"]]
    name = "values" if part["type"] in (3, 5, 6, 7, 8, 19, 22) else "value"
    if name == "values":
        value = [value] if isinstance(value, str) else list(value or ())
    return {"type": part["type"], "id": part.get("id", 1), "custom_id": part["custom_id"], name: value}


def thinking(flags: int) -> int:
    return LOADING | (flags & EPHEMERAL)
