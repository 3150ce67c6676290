from __future__ import annotations

import asyncio
import json
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from discord_world import discord_world
from dotenv import dotenv_values
from slack_world import slack_world

from bot.commands import COMMANDS

ROOT = Path(__file__).parents[1]
UNKNOWN = ".".join(["unknown" * 4, "abcdef", "canary" * 5])


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


async def studybot(*words: str, folder: Path, typed: str = "", settings: Mapping[str, str] | None = None) -> Ended:
    """The command line as somebody uses it in a folder of their own, with these lines typed."""

    def run() -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=folder,
            input=typed,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **(settings or {})},
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return await asyncio.to_thread(run)


async def set_up(platform: str, *lines: str, folder: Path, options: Sequence[str] = (), **addresses: str) -> Ended:
    """`studybot setup` with these lines typed, one after the other."""
    typed = "".join(f"{line}\n" for line in lines)
    return await studybot("setup", platform, *options, folder=folder, typed=typed, settings=addresses)


# ---------------------------------------------------------------- Discord


async def test_setup_checks_a_discord_token_keeps_it_and_shows_the_invitation(tmp_path: Path) -> None:
    async with discord_world() as discord:
        ended = await set_up("discord", discord.token, folder=tmp_path, DISCORD_API_BASE=discord.api_base)

    assert (ended.code, ended.err) == (0, "")
    assert dotenv_values(tmp_path / ".env") == {"DISCORD_TOKEN": discord.token}
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert "https://discord.com/oauth2/authorize?" in ended.out
    assert discord.token not in ended.out
    assert discord.complaints == []


async def test_a_wrong_token_is_asked_for_again_and_nothing_is_written(tmp_path: Path) -> None:
    async with discord_world() as discord:
        ended = await set_up(
            "discord", "xoxb-canary-1234567890", UNKNOWN, UNKNOWN, folder=tmp_path, DISCORD_API_BASE=discord.api_base
        )

    assert ended.code == 2
    assert "It looks like a Slack bot token" in ended.out
    assert ended.out.count("does not know this token") == 2
    assert "not accepted 3 times" in ended.err
    assert not (tmp_path / ".env").exists()
    assert UNKNOWN not in ended.out + ended.err


async def test_setup_keeps_the_other_lines_of_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nPORT=9000\nDISCORD_TOKEN=old\n")
    async with discord_world() as discord:
        await set_up("discord", discord.token, folder=tmp_path, DISCORD_API_BASE=discord.api_base)

    assert (tmp_path / ".env").read_text() == f"# mine\nPORT=9000\nDISCORD_TOKEN={discord.token}\n"


async def test_without_the_right_to_read_messages_setup_says_what_follows(tmp_path: Path) -> None:
    async with discord_world() as discord:
        discord.privileged = False
        ended = await set_up("discord", discord.token, folder=tmp_path, DISCORD_API_BASE=discord.api_base)

    assert ended.code == 0
    assert "people answer with the button and the form" in ended.out


async def test_a_discord_that_is_away_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    ended = await set_up("discord", UNKNOWN, folder=tmp_path, DISCORD_API_BASE="http://127.0.0.1:9/api/v10")

    assert ended.code == 2
    assert "Discord cannot be reached" in ended.err
    assert not (tmp_path / ".env").exists()


async def test_the_invitation_asks_for_the_least_rights(tmp_path: Path) -> None:
    async with discord_world() as discord:
        settings = {"DISCORD_API_BASE": discord.api_base, "DISCORD_TOKEN": discord.token}
        ended = await studybot("invite", "discord", folder=tmp_path, settings=settings)

    asked = parse_qs(urlsplit(ended.out.strip()).query)
    assert ended.code == 0
    assert asked["scope"] == ["bot applications.commands"]
    administrator, manage_channels, mention_everyone = 1 << 3, 1 << 4, 1 << 17
    assert int(asked["permissions"][0]) & (administrator | manage_channels | mention_everyone) == 0


async def test_an_invitation_without_a_token_says_how_to_get_one(tmp_path: Path) -> None:
    ended = await studybot("invite", "discord", folder=tmp_path)

    assert ended.code == 2
    assert "studybot setup discord" in ended.err


# ---------------------------------------------------------------- Slack


async def test_setup_checks_both_slack_tokens_and_keeps_them(tmp_path: Path) -> None:
    async with slack_world() as slack:
        ended = await set_up("slack", slack.bot_token, slack.app_token, folder=tmp_path, SLACK_API_URL=slack.api_url)

        assert dotenv_values(tmp_path / ".env") == {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_MODE": "socket",
        }
    assert (ended.code, ended.err) == (0, "")
    assert "https://api.slack.com/apps?new_app=1" in ended.out


async def test_swapped_slack_tokens_are_noticed_before_slack_sees_them(tmp_path: Path) -> None:
    async with slack_world() as slack:
        ended = await set_up("slack", slack.app_token, folder=tmp_path, SLACK_API_URL=slack.api_url)

        assert slack.requests == []
    assert "Move it to SLACK_APP_TOKEN" in ended.out


async def test_with_an_address_slack_sends_requests_and_needs_the_signing_secret(tmp_path: Path) -> None:
    async with slack_world() as slack:
        ended = await set_up(
            "slack",
            slack.bot_token,
            slack.signing_secret,
            folder=tmp_path,
            options=("--url", "https://study.example.org"),
            SLACK_API_URL=slack.api_url,
        )

        assert dotenv_values(tmp_path / ".env")["SLACK_SIGNING_SECRET"] == slack.signing_secret
    assert ended.code == 0
    assert dotenv_values(tmp_path / ".env")["SLACK_MODE"] == "http"


async def test_the_manifest_offers_every_declared_command(tmp_path: Path) -> None:
    ended = await studybot("manifest", "slack", folder=tmp_path)

    declared = {f"/{command.path[0]}" for command in COMMANDS}
    assert {each["command"] for each in json.loads(ended.out)["features"]["slash_commands"]} == declared
    assert "https://api.slack.com/apps?new_app=1" in ended.err


# ---------------------------------------------------------------- doctor


@pytest.mark.parametrize(("known", "mark"), [(True, "ok"), (False, "mend")])
async def test_doctor_looks_at_the_tokens_that_are_set(tmp_path: Path, known: bool, mark: str) -> None:
    async with discord_world() as discord, slack_world() as slack:
        settings = {
            "DISCORD_API_BASE": discord.api_base,
            "SLACK_API_URL": slack.api_url,
            "DISCORD_TOKEN": discord.token if known else UNKNOWN,
            "SLACK_BOT_TOKEN": slack.bot_token if known else f"{slack.bot_token}x",
            "SLACK_APP_TOKEN": slack.app_token,
            "PORT": "0",
        }
        ended = await studybot("doctor", folder=tmp_path, settings=settings)

    told = {line.split()[1]: line.split()[0] for line in ended.out.splitlines() if line[:1].isalpha() and " " in line}
    assert (told["discord"], told["slack"]) == (mark, mark)
    assert ended.code == (0 if known else 1)
