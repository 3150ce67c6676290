"""The routes of interactions: responses, followups, and the commands a bot declares."""

from __future__ import annotations

import copy
import re
from datetime import timedelta

from discord_world.interactions import KINDS, Call, Interaction, read_modal, thinking
from discord_world.model import EPHEMERAL, LOADING, Json, Message
from discord_world.payloads import message_json, numbered, user_json
from discord_world.routes import Asked, content, edit, serves
from discord_world.rules import Refusal, is_empty, malformed, need, notifications
from discord_world.script import Answer

TOKEN_LASTS = timedelta(minutes=15).total_seconds()
FITS = {
    Interaction.COMMAND: {4, 5, 9},
    Interaction.COMPONENT: {4, 5, 6, 7, 9},
    Interaction.TYPING: {8},
    Interaction.FORM: {4, 5, 6, 7},
}


# The first response


@serves("POST /interactions/{interaction_id}/{interaction_token}/callback")
def respond(asked: Asked) -> Answer:
    call = asked.world.calls.get(asked.places["interaction_token"])
    if call is None or call.id != asked.places["interaction_id"]:
        raise Refusal(10062)
    if call.kind is not None:
        raise Refusal(40060)
    if asked.world.clock.elapsed() - call.started > asked.world.first_answer_within:
        raise Refusal(10062)
    kind, data = asked.body["type"], asked.body.get("data") or {}
    if kind not in FITS[call.type] or (kind in (6, 7) and call.source is None):
        raise malformed([f"type: A response of type {kind} does not fit this interaction."])
    match kind:
        case 4:
            if is_empty(data, len(asked.files)):
                raise Refusal(50006)
            call.original = _say(asked, call, data)
        case 5:
            call.private = bool((data.get("flags") or 0) & EPHEMERAL)
            call.original = _appear(asked, call, {"text": "", "flags": thinking(data.get("flags") or 0)})
        case 6:
            call.original = call.source
        case 7:
            assert call.source is not None
            edit(asked, call.source, content(asked, data))
            call.original = call.source
        case 8:
            call.choices = data["choices"] or []
        case 9:
            _check_modal(data)
            call.modal = read_modal({**data, "components": numbered(copy.deepcopy(data["components"]))})
    call.respond(KINDS[kind])
    wants_response = asked.query.get("with_response") in ("1", "true")
    return Answer(200, _response(call, kind)) if wants_response else Answer(204)


def _check_modal(data: Json) -> None:
    ids = [one.custom_id for one in read_modal(data).fields]
    doubled = {one for one in ids if ids.count(one) > 1}
    if doubled:
        raise malformed([f"data.components: Component custom id cannot be duplicated: {one}" for one in doubled])


def _response(call: Call, kind: int) -> Json:
    about: Json = {
        "id": call.id,
        "type": int(call.type),
        "channel_id": call.channel.id,
    } | ({"guild_id": call.channel.guild.id} if call.channel.guild else {})
    if call.original is None:
        return {"interaction": about}
    about |= {
        "response_message_id": call.original.id,
        "response_message_loading": call.original.loading,
        "response_message_ephemeral": call.original.ephemeral,
    }
    if kind not in (4, 7):
        return {"interaction": about}
    return {"interaction": about, "resource": {"type": kind, "message": _whole(call.original)}}


def _whole(message: Message) -> Json:
    return message_json(message, lambda _: True)


def _say(asked: Asked, call: Call, data: Json) -> Message:
    _may_attach(asked, call)
    fields = content(asked, data)
    hidden = (data.get("flags") or 0) & EPHEMERAL
    return _appear(asked, call, {"text": "", **fields, "flags": fields.get("flags", 0) | hidden})


def _may_attach(asked: Asked, call: Call) -> None:
    """Answers go by the rights of the bot where it was called (`app_permissions`)."""
    if asked.files and call.channel.guild is not None:
        need(call.channel, asked.me, "attach_files")


def _appear(asked: Asked, call: Call, fields: Json) -> Message:
    """A message of the answer: for all to see, or kept from everybody but the caller."""
    world = asked.world
    fields["interaction"] = _about(call)
    if call.source is not None and not call.source.deleted:
        fields |= {"type": 19, "reply_to": call.source}
    elif call.type is Interaction.COMMAND:
        fields["type"] = 20 if call.data.get("type") == 1 else 23
    if fields["flags"] & EPHEMERAL:
        message = Message(world.ids.next(), call.channel, world.bot, at=world.clock.now(), only_for=call.user, **fields)
        world.complete(message)
    else:
        message = world.post(call.channel, world.bot, **fields)
    call.messages.append(message)
    return message


def _about(call: Call) -> Json:
    """What a message says about the interaction it answers."""
    about: Json = {"id": call.id, "type": int(call.type), "user": user_json(call.user)}
    about["authorizing_integration_owners"] = {"0": call.channel.guild.id if call.channel.guild else "0"}
    if call.type is Interaction.COMPONENT and call.source is not None:
        about["interacted_message_id"] = call.source.id
    if call.before is not None:
        about["triggering_interaction_metadata"] = _about(call.before)
    return about


# Followups


def _call(asked: Asked) -> Call:
    if asked.places["webhook_id"] != asked.me.id:
        raise Refusal(10015)
    call = asked.world.calls.get(asked.places["webhook_token"])
    if call is None or call.kind is None:
        raise Refusal(10015)
    if asked.world.clock.elapsed() - call.started > TOKEN_LASTS:
        raise Refusal(50027, 401)
    return call


@serves("POST /webhooks/{webhook_id}/{webhook_token}")
def follow_up(asked: Asked) -> Answer:
    call = _call(asked)
    if is_empty(asked.body, len(asked.files)):
        raise Refusal(50006)
    if call.original is not None and call.original.loading:
        # Kept by Discord for old bots: the first followup after "thinking" takes its place, private or not as it was.
        _replace(asked, call.original)
        return Answer(200, _whole(call.original))
    return Answer(200, _whole(_say(asked, call, asked.body)))


def _replace(asked: Asked, message: Message) -> None:
    was_loading = message.loading
    fields = content(asked, asked.body)
    message.flags &= ~LOADING
    edit(asked, message, fields)
    if was_loading:
        # The first words of an answer are new words, not an edit.
        message.edited_at = None
        asked.world.notified += notifications(message)


def _answer_message(asked: Asked) -> Message:
    call = _call(asked)
    wanted = asked.places.get("message_id")
    if wanted is None:
        found = call.original
    else:
        found = next((one for one in [*call.messages, call.source] if one and one.id == wanted), None)
    if found is None or found.deleted:
        raise Refusal(10008)
    return found


ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
ONE = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"


@serves(f"GET {ORIGINAL}", f"GET {ONE}")
def get_answer(asked: Asked) -> Answer:
    return Answer(200, _whole(_answer_message(asked)))


@serves(f"PATCH {ORIGINAL}", f"PATCH {ONE}")
def edit_answer(asked: Asked) -> Answer:
    message = _answer_message(asked)
    _may_attach(asked, _call(asked))
    _replace(asked, message)
    return Answer(200, _whole(message))


@serves(f"DELETE {ORIGINAL}", f"DELETE {ONE}")
def delete_answer(asked: Asked) -> Answer:
    message = _answer_message(asked)
    call = _call(asked)
    if message in call.messages:
        call.messages.remove(message)
    asked.world.remove(message)
    return Answer(204)


# Commands

COMMANDS = "/applications/{application_id}/commands"
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"
NAME = re.compile(r"[-_'\w]{1,32}")


def _known(asked: Asked) -> list[Json]:
    if asked.places["application_id"] != asked.me.id:
        raise Refusal(50001)
    scope = asked.places.get("guild_id")
    if scope is not None and scope not in asked.world.guilds:
        raise Refusal(50001)
    return asked.world.commands.setdefault(scope, [])


def _declare(asked: Asked, command: Json, known: list[Json]) -> Json:
    kind = command.get("type") or 1
    if faults := list(_faults(command, kind)):
        raise malformed(faults)
    old = next((one for one in known if (one["name"], one["type"]) == (command["name"], kind)), None)
    asked_for = command.get("default_member_permissions")
    scope = asked.places.get("guild_id")
    return {
        "id": old["id"] if old else asked.world.ids.next(),
        "application_id": asked.me.id,
        "version": asked.world.ids.next(),
        "type": kind,
        "name": command["name"],
        "description": command.get("description") or "",
        "options": command.get("options") or [],
        "default_member_permissions": None if asked_for is None else str(asked_for),
        "dm_permission": command.get("dm_permission", True),
        "contexts": command.get("contexts"),
        "integration_types": command.get("integration_types") or [0],
        "nsfw": command.get("nsfw", False),
    } | ({"guild_id": scope} if scope else {})


def _faults(command: Json, kind: int) -> list[str]:
    if kind != 1:
        return ["description: Context menu commands cannot have a description."] if command.get("description") else []
    faults = [] if command.get("description") else ["description: This field is required"]
    waiting = [command]
    while waiting:
        one = waiting.pop()
        waiting += one.get("options") or ()
        if not NAME.fullmatch(one["name"]) or one["name"] != one["name"].lower():
            faults.append(f"name: Command name is invalid: {one['name']}")
        names = [option["name"] for option in one.get("options") or ()]
        needed = [bool(option.get("required")) for option in one.get("options") or ()]
        if len(set(names)) != len(names):
            faults.append(f"options: Option name already exists in {one['name']}")
        if needed != sorted(needed, reverse=True):
            faults.append(f"options: Required options must be placed before non-required options in {one['name']}")
    return faults


@serves(f"GET {COMMANDS}", f"GET {GUILD_COMMANDS}")
def list_commands(asked: Asked) -> Answer:
    return Answer(200, _known(asked))


@serves(f"PUT {COMMANDS}", f"PUT {GUILD_COMMANDS}")
def replace_commands(asked: Asked) -> Answer:
    known = _known(asked)
    known[:] = [_declare(asked, command, known) for command in asked.body or ()]
    asked.world.command_syncs += 1
    return Answer(200, known)


@serves(f"POST {COMMANDS}", f"POST {GUILD_COMMANDS}")
def add_command(asked: Asked) -> Answer:
    known = _known(asked)
    made = _declare(asked, asked.body, known)
    old = [one for one in known if one["id"] == made["id"]]
    known[:] = [one for one in known if one not in old] + [made]
    return Answer(200 if old else 201, made)


def _one(asked: Asked) -> Json:
    found = next((one for one in _known(asked) if one["id"] == asked.places["command_id"]), None)
    if found is None:
        raise Refusal(10063)
    return found


@serves(f"GET {COMMANDS}/{{command_id}}", f"GET {GUILD_COMMANDS}/{{command_id}}")
def get_command(asked: Asked) -> Answer:
    return Answer(200, _one(asked))


@serves(f"PATCH {COMMANDS}/{{command_id}}", f"PATCH {GUILD_COMMANDS}/{{command_id}}")
def edit_command(asked: Asked) -> Answer:
    one = _one(asked)
    one |= {name: value for name, value in asked.body.items() if name in one}
    return Answer(200, one)


@serves(f"DELETE {COMMANDS}/{{command_id}}", f"DELETE {GUILD_COMMANDS}/{{command_id}}")
def delete_command(asked: Asked) -> Answer:
    _known(asked).remove(_one(asked))
    return Answer(204)
