"""Makes discord_api.json: the part of Discord's description of its API that our pretend Discord serves.

    python tests/discord_world/extract.py path/to/openapi.json

The description is published under the MIT licence at github.com/discord/discord-api-spec.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

SERVED = """
get /applications/@me
get /oauth2/applications/@me
get put post /applications/{application_id}/commands
get patch delete /applications/{application_id}/commands/{command_id}
get put post /applications/{application_id}/guilds/{guild_id}/commands
get patch delete /applications/{application_id}/guilds/{guild_id}/commands/{command_id}
get patch delete /channels/{channel_id}
get post /channels/{channel_id}/messages
post /channels/{channel_id}/messages/bulk-delete
get patch delete /channels/{channel_id}/messages/{message_id}
delete /channels/{channel_id}/messages/{message_id}/reactions
get delete /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}
put delete /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me
delete /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}
post /channels/{channel_id}/messages/{message_id}/threads
get /channels/{channel_id}/thread-members
put delete /channels/{channel_id}/thread-members/@me
get put delete /channels/{channel_id}/thread-members/{user_id}
post /channels/{channel_id}/threads
get /channels/{channel_id}/threads/archived/public
get /channels/{channel_id}/threads/archived/private
get /channels/{channel_id}/users/@me/threads/archived/private
post /channels/{channel_id}/typing
get /gateway
get /gateway/bot
get /guilds/{guild_id}
get /guilds/{guild_id}/channels
get /guilds/{guild_id}/members
get /guilds/{guild_id}/members/{user_id}
get /guilds/{guild_id}/roles
get /guilds/{guild_id}/threads/active
post /interactions/{interaction_id}/{interaction_token}/callback
get /users/@me
post /users/@me/channels
get /users/@me/guilds
delete /users/@me/guilds/{guild_id}
get /users/{user_id}
post /webhooks/{webhook_id}/{webhook_token}
get patch delete /webhooks/{webhook_id}/{webhook_token}/messages/@original
get patch delete /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}
"""
WORDS_ONLY = {"description", "title", "examples", "deprecated"}
TARGET = Path(__file__).parent / "discord_api.json"


def extract(source: dict[str, Any]) -> dict[str, Any]:
    """Paths we serve with their queries and JSON bodies, and every schema those need."""
    paths = {
        words[-1]: {method: _operation(source, words[-1], method) for method in words[:-1]}
        for words in map(str.split, SERVED.strip().splitlines())
    }
    needed: dict[str, Any] = {}
    waiting = _names(paths)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = _bare(source["components"]["schemas"][name])
            waiting |= _names(needed[name])
    return {
        "about": {
            "title": source["info"]["title"],
            "version": source["info"]["version"],
            "licence": "MIT, Discord Inc., github.com/discord/discord-api-spec",
            "sha256_of_the_whole": hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest(),
            "made_by": "tests/discord_world/extract.py: served paths, queries and JSON bodies, no descriptions",
        },
        "paths": paths,
        "schemas": dict(sorted(needed.items())),
    }


def _operation(source: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    shared = source["paths"][path].get("parameters", [])
    operation = source["paths"][path][method]
    query = {
        one["name"]: _bare(one["schema"])
        for one in [*shared, *operation.get("parameters", [])]
        if one.get("in") == "query"
    }
    kept: dict[str, Any] = {"query": query} if query else {}
    body = operation.get("requestBody")
    if body is not None:
        kept["body"] = _bare(body["content"]["application/json"]["schema"])
        kept["body_required"] = body.get("required", False)
    return kept


def _bare(value: Any) -> Any:
    """Without words for people, and with short references."""
    if isinstance(value, list):
        return [_bare(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return {"$ref": value["$ref"].rpartition("/")[2]}
    return {
        key: {name: _bare(one) for name, one in inner.items()} if key == "properties" else _bare(inner)
        for key, inner in value.items()
        if key not in WORDS_ONLY and not key.startswith("x-")
    }


def _names(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in _names(one)}
    if not isinstance(value, dict):
        return set()
    return {value["$ref"]} if "$ref" in value else {name for one in value.values() for name in _names(one)}


def written(made: dict[str, Any]) -> str:
    """One path or schema a line: small, and a change shows where it is."""
    blocks = []
    for block, entries in made.items():
        lines = [f"  {json.dumps(key)}: {json.dumps(entry, separators=(',', ':'))}" for key, entry in entries.items()]
        blocks.append(f"{json.dumps(block)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(written(extract(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))), encoding="utf-8")
