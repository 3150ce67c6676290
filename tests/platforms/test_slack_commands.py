"""What stands behind a slash command, and the manifest that declares them."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from slack_world import slack_world

from adapters.slack_chat import create_link, manifest
from adapters.slack_chat.commands import Called, read
from adapters.slack_chat.manifest import EVENTS, SCOPES
from bot.commands import COMMANDS, MENUS
from bot.domain.errors import Mistake
from bot.domain.outgoing import read_button_code


@pytest.mark.parametrize(
    ("slash", "text", "called"),
    [
        ("/study", "", Called(("study", "help"), {})),
        ("/study-admin", "  ", Called(("study", "help"), {})),
        ("/leaderboard", "", Called(("leaderboard",), {})),
        ("/leaderboard", "period:month", Called(("leaderboard",), {"period": "month"})),
        ("/leaderboard", "Month", Called(("leaderboard",), {"period": "month"})),
        ("/study", "Today", Called(("study", "today"), {})),
        ("/study", "help leaderboard", Called(("study", "help"), {"command": "leaderboard"})),
        ("/study", "help study today", Called(("study", "help"), {"command": "study today"})),
        ("/study", "link BCDF-GHJK", Called(("study", "link"), {"code": "BCDF-GHJK"})),
        ("/study-admin", "preview 7", Called(("study-admin", "preview"), {"count": "7"})),
        ("/study", "help command:“study today”", Called(("study", "help"), {"command": "study today"})),
        ("/study", "privacy hide", Called(("study", "privacy"), {"board": "hide"})),
        (
            "/study-admin",
            "setup channel:<#C0123ABC|study> time:09:00 zone:Europe/Berlin days:mon-fri pack:microsoft-backend",
            Called(
                ("study-admin", "setup"),
                {
                    "channel": "C0123ABC",
                    "time": "09:00",
                    "zone": "Europe/Berlin",
                    "days": "mon-fri",
                    "pack": "microsoft-backend",
                },
            ),
        ),
        ("/study-admin", "setup channel:#study", Called(("study-admin", "setup"), {"channel": "#study"})),
        ("/study-admin", "setup <#C0123ABC>", Called(("study-admin", "setup"), {"channel": "C0123ABC"})),
        (
            "/study-admin",
            'pause from:"2026-12-24" until:',
            Called(("study-admin", "pause"), {"from": "2026-12-24", "until": ""}),
        ),
        ("/study", "dance &lt;now&gt;", Called(("study", "dance"), {})),
        ("/ponder", "now", Called(("ponder", "now"), {})),
        ("/mock", "loop company:microsoft", Called(("mock",), {"action": "loop", "company": "microsoft"})),
        ("/mock", "microsoft", Called(("mock",), {"company": "microsoft"})),
        ("/mock", "loop Contoso", Called(("mock",), {"action": "loop", "company": "contoso"})),
        ("/mock", "resume", Called(("mock",), {"action": "resume"})),
        ("/mock", "", Called(("mock",), {})),
    ],
)
def test_a_command_is_read(slash: str, text: str, called: Called) -> None:
    assert read(slash, text) == called


def test_each_declared_example_is_read_as_declared() -> None:
    for command in COMMANDS:
        slash, _, text = command.example.partition(" ")

        assert read(slash, text).path == command.path


def test_a_word_that_belongs_nowhere_is_explained_with_an_example() -> None:
    with pytest.raises(Mistake, match=r"tomorrow.*name:value.*`/study-admin pause until"):
        read("/study-admin", "pause tomorrow")


# ---------------------------------------------------------------- the manifest


def test_the_manifest_declares_every_command_and_menu_once() -> None:
    features = manifest()["features"]

    assert [one["command"] for one in features["slash_commands"]] == [
        "/leaderboard",
        "/mock",
        "/study",
        "/study-admin",
    ]
    assert all(one["should_escape"] for one in features["slash_commands"])
    codes = [read_button_code(one["callback_id"]) for one in features["shortcuts"]]
    assert codes == [(menu.action, "") for menu in MENUS]


def test_the_hints_name_what_can_stand_behind_a_command() -> None:
    hints = {one["command"]: one["usage_hint"] for one in manifest()["features"]["slash_commands"]}

    assert hints["/leaderboard"] == "period:… when:… of:… track:… view:… show:…"
    assert hints["/study"].startswith("help | today | answer")
    assert all(len(hint) <= 100 for hint in hints.values())


def test_the_limits_of_slacks_manual_are_kept() -> None:
    shown = manifest("https://bot.example")

    for one in shown["features"]["slash_commands"]:
        assert len(one["description"]) <= 100
        assert one["url"] == "https://bot.example/slack/events"
    for one in shown["features"]["shortcuts"]:
        assert len(one["name"]) <= 24
    assert len(shown["display_information"]["description"]) <= 140


def test_socket_mode_needs_no_address_and_http_needs_one_everywhere() -> None:
    socket, http = manifest()["settings"], manifest("https://bot.example/")["settings"]

    assert socket["socket_mode_enabled"]
    assert "request_url" not in json.dumps(socket)
    assert not http["socket_mode_enabled"]
    assert http["event_subscriptions"]["request_url"] == "https://bot.example/slack/events"
    assert http["interactivity"]["request_url"] == "https://bot.example/slack/events"


def test_the_rights_are_the_least_and_every_event_has_its_right() -> None:
    assert len(SCOPES) == 12
    assert "channels:join" not in SCOPES
    needed = {
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "user_change": "users:read",
    }
    assert all(scope in SCOPES for event, scope in needed.items() if event in EVENTS)


async def test_slack_takes_the_manifest() -> None:
    async with slack_world() as slack:
        slack.use_manifest(manifest())

        assert slack.scopes == set(SCOPES)


def test_the_link_brings_the_manifest_to_slack() -> None:
    link = urlsplit(create_link(manifest()))

    assert (link.scheme, link.netloc, link.path) == ("https", "api.slack.com", "/apps")
    query = parse_qs(link.query)
    assert query["new_app"] == ["1"]
    assert json.loads(query["manifest_json"][0]) == manifest()
