"""What the bot may do in a channel, and the commands that Discord shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from discord_station import Station, channel_ref, station
from discord_world import Channel, DiscordWorld, Guild, Status, Times
from patience import until

from adapters.discord_chat import words
from adapters.discord_chat.rights import NEEDED
from adapters.discord_chat.tree import tree
from bot.commands import COMMANDS, MENUS, Who
from bot.domain.errors import NotNow
from bot.domain.refs import ChannelRef

COMMANDS_PATH = "/applications/{application_id}/commands"


@pytest.fixture
async def bot(discord: DiscordWorld) -> AsyncIterator[Station]:
    async with station(discord) as it:
        yield it


async def lacking(bot: Station, channel: Channel) -> list[str]:
    return [each.what for each in await bot.adapter.chat.lacking(channel_ref(channel))]


async def test_with_what_the_invitation_asks_for_nothing_is_lacking(bot: Station, study: Channel) -> None:
    assert await lacking(bot, study) == []


@pytest.mark.parametrize(("right", "name"), [each for each in NEEDED if each[0] != "view_channel"])
async def test_x063_each_missing_right_is_named_with_where_to_switch_it_on(
    bot: Station, guild: Guild, study: Channel, right: str, name: str
) -> None:
    guild.deny(right, channel=study)

    (missing,) = await bot.adapter.chat.lacking(channel_ref(study))

    assert missing.what == name
    assert "Edit Channel, Permissions" in missing.mend


async def test_x063_a_right_that_is_missing_in_the_whole_server_is_named_too(
    bot: Station, guild: Guild, study: Channel
) -> None:
    guild.deny("create_public_threads", "add_reactions")

    assert await lacking(bot, study) == ["Create Public Threads", "Add Reactions"]


async def test_what_one_channel_allows_is_not_lacking_there(bot: Station, guild: Guild, study: Channel) -> None:
    guild.deny("send_messages")
    guild.allow("send_messages", channel=study)

    assert await lacking(bot, study) == []


async def test_an_administrator_lacks_nothing(bot: Station, guild: Guild, study: Channel) -> None:
    guild.deny("send_messages", channel=study)
    guild.allow("administrator")

    assert await lacking(bot, study) == []


async def test_x069_a_private_or_missing_channel_is_named_as_such(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel
) -> None:
    secret = guild.add_channel("secret", denied=("view_channel",))
    gone = ChannelRef("discord", guild.id, "1234")
    elsewhere = ChannelRef("discord", discord.add_guild("Elsewhere").id, study.id)

    assert await lacking(bot, secret) == [words.NO_CHANNEL]
    for ref in (gone, elsewhere):
        assert [each.what for each in await bot.adapter.chat.lacking(ref)] == [words.NO_CHANNEL]


@pytest.mark.parametrize("kind", ["forum", "voice"])
async def test_x069_a_channel_without_threads_on_messages_is_named_as_such(
    bot: Station, guild: Guild, kind: str
) -> None:
    assert await lacking(bot, guild.add_channel("ideas", kind=kind)) == [words.NOT_TEXT]


async def test_announcement_channels_will_do(bot: Station, guild: Guild) -> None:
    assert await lacking(bot, guild.add_channel("news", kind="news")) == []


async def test_x069_slow_mode_is_named(bot: Station, study: Channel) -> None:
    study.slow_seconds = 30

    assert await lacking(bot, study) == [words.SLOW]


async def test_x068_without_the_message_content_right_a_question_can_be_asked_all_the_same(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel
) -> None:
    discord.privileged = False

    nothing = await lacking(bot, study)
    guild.deny("add_reactions")
    missing = await lacking(bot, study)

    assert (nothing, missing) == ([], ["Add Reactions", words.NO_CONTENT])


async def test_discord_away_while_rights_are_looked_at_is_told_as_such(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    discord.script("GET", "/guilds/{guild_id}", Status(500))

    with pytest.raises(NotNow):
        await lacking(bot, study)


# commands


def test_every_command_and_menu_is_declared() -> None:
    paths = {
        (top["name"], *(() if inner["type"] != 1 else (inner["name"],))) for top in tree() for inner in _inner(top)
    }

    assert {command.path for command in COMMANDS} == {path for path in paths if path[0] not in _labels()}
    assert _labels() == {top["name"] for top in tree() if top["type"] == 3}


def _labels() -> set[str]:
    return {menu.label for menu in MENUS}


def _inner(top: dict[str, Any]) -> list[dict[str, Any]]:
    return top.get("options") or [{"type": 0}]


def test_commands_of_organisers_are_shown_to_who_may_manage_the_server() -> None:
    hidden = {top["name"] for top in tree() if top.get("default_member_permissions") == 32}

    assert hidden == {command.path[0] for command in COMMANDS if command.who is Who.ORGANISER}
    assert all(top["contexts"] == [0] and top["integration_types"] == [0] for top in tree())


async def test_commands_are_declared_once_and_again_only_when_they_changed(
    bot: Station, discord: DiscordWorld, guild: Guild
) -> None:
    await bot.listening()
    await discord.synced()
    await bot.stop()

    async with station(discord) as again:
        await again.listening()
        await until(lambda: discord.count("GET", COMMANDS_PATH) == 2)
        await again.stop()
    unchanged = discord.command_syncs
    discord.commands[0]["description"] = "Something older"
    async with station(discord) as at_last:
        await at_last.listening()
        await until(lambda: discord.command_syncs == 2)

    assert unchanged == 1
    assert "Something older" not in {command["description"] for command in discord.commands}


async def test_commands_that_cannot_be_declared_yet_hold_up_nothing(
    bot: Station, discord: DiscordWorld, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord_chat.DECLARE_PAUSE", 0.01)
    discord.script("GET", COMMANDS_PATH, Times(3, Status(503)))

    await bot.listening()

    await discord.synced()
    assert discord.command_syncs == 1
