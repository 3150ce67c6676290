"""The connection to Discord's gateway: kept up, resumed, begun again, and given up where Discord said no."""

from __future__ import annotations

import asyncio
import logging

import discord as library
import pytest
from discord_station import Station, message_ref, station, thread_ref
from discord_world import Channel, DiscordWorld, Guild, Member, Status, Times
from patience import until

from adapters.discord_chat.budget import AT_ONCE, pause_before
from bot.domain.errors import NotNow, Refused
from bot.domain.incoming import ButtonPressed, MessageEdited, MessagePosted, MessagesDeleted, PlaceGone, SpaceJoined
from bot.domain.outgoing import Received, Reply


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between connections are short."""
    monkeypatch.setattr("adapters.discord_chat.gateway.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("adapters.discord_chat.gateway.INVALID_SECONDS", (0.0, 0.01))


def texts_of(bot: Station) -> list[str]:
    return [posted.text for posted in bot.intake.all(MessagePosted)]


async def test_x021_a_dropped_line_is_resumed_and_what_was_missed_comes_once_under_its_id(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    for number in range(10):
        await discord.write(ada, thread, f"Before {number}")
    await until(lambda: len(texts_of(bot)) == 10)

    discord.resend_seen(10)
    await discord.drop(4000)
    for number in range(10):
        await discord.write(ada, thread, f"Meanwhile {number}")

    await until(lambda: "Meanwhile 9" in texts_of(bot))
    assert discord.resumes == [True]
    assert len(discord.identifies) == 1
    assert len({posted.message for posted in bot.intake.all(MessagePosted)}) == 20
    assert bot.views.asked == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", ["cut", "reconnect", "close"])
async def test_x021_every_way_to_lose_a_line_leads_back_to_the_session(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member, how: str
) -> None:
    _, thread = await bot.question(study)
    if how == "cut":
        discord.cut()
    elif how == "reconnect":
        discord.ask_to_reconnect()
    else:
        await discord.drop(1001)
    await until(lambda: not discord.connections or discord.resumes)

    await discord.write(ada, thread, "Still there?")

    await until(lambda: texts_of(bot) == ["Still there?"])
    assert discord.resumes == [True]


@pytest.mark.usefixtures("quick")
async def test_x022_after_a_session_that_is_lost_the_open_threads_are_read_again(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    known = await discord.write(ada, thread, "Known before.")
    gone = await discord.write(ada, thread, "Soon gone.")
    changed = await discord.write(ada, thread, "Soon changed.")
    await until(lambda: len(texts_of(bot)) == 3)
    bot.stored(thread, known, gone, changed)
    bot.intake.received.clear()

    discord.refuse_resume()
    async with discord.away():
        answers = [await discord.write(ada, thread, f"Answer {number}") for number in range(20)]
        await discord.edit(changed, "Changed meanwhile.")
        await discord.delete(gone)

    await until(lambda: bot.intake.all(MessagesDeleted) and "Answer 19" in texts_of(bot))
    assert discord.resumes == [False]
    assert {message_ref(answer) for answer in answers} <= {each.message for each in bot.intake.all(MessagePosted)}
    assert [each.messages for each in bot.intake.all(MessagesDeleted)] == [(message_ref(gone),)]
    (edited,) = bot.intake.all(MessageEdited)
    assert (edited.message, edited.text, edited.at) == (message_ref(changed), "Changed meanwhile.", changed.edited_at)
    assert {each.thread for each in bot.intake.all(MessagePosted)} == {thread_ref(thread)}


@pytest.mark.usefixtures("quick")
async def test_x022_an_invalid_session_begins_a_new_one_at_the_same_address(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    address = library.gateway.DiscordWebSocket.DEFAULT_GATEWAY

    discord.invalidate()
    await until(lambda: len(discord.identifies) == 2 and bot.adapter.opened)

    await discord.write(ada, thread, "Still there?")
    await until(lambda: "Still there?" in texts_of(bot))
    assert len(bot.intake.all(SpaceJoined)) == 1
    assert address == library.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    assert library.http.Route.BASE == "https://discord.com/api/v10"


@pytest.mark.usefixtures("quick")
async def test_without_a_gateway_address_of_ours_the_one_that_discord_names_is_taken(
    discord: DiscordWorld, guild: Guild
) -> None:
    async with station(discord, gateway=False) as bot:
        await bot.listening()
        await discord.drop(4000)
        await until(lambda: discord.resumes)
        discord.invalidate()
        await until(lambda: len(discord.identifies) == 2)

    assert discord.resumes == [True]
    assert discord.count("GET", "/gateway/bot") == 2


async def test_what_was_written_while_nobody_ran_is_read_at_the_start(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    async with station(discord) as bot:
        _, thread = await bot.question(study)
        await discord.write(ada, thread, "Written at night.")
        bot.intake.answer = lambda event: Received(event.message) if isinstance(event, MessagePosted) else None

        await bot.listening()

        posted = await bot.intake.one(MessagePosted)
        assert (posted.text, posted.author.name) == ("Written at night.", "Ada")
        await until(lambda: discord.messages(thread)[-1].marks)


async def test_a_thread_that_went_away_meanwhile_is_told_and_the_others_are_read(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    async with station(discord) as bot:
        _, first = await bot.question(study)
        _, second = await bot.question(guild.add_channel("other"), key="post:2")
        await discord.write(ada, first, "Written at night.")
        await discord.remove(second)

        await bot.listening()

        assert (await bot.intake.one(PlaceGone)).place == thread_ref(second)
        assert (await bot.intake.one(MessagePosted)).text == "Written at night."


async def test_x063_a_thread_that_we_may_not_see_any_more_holds_up_no_other(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member, caplog: pytest.LogCaptureFixture
) -> None:
    async with station(discord) as bot:
        _, first = await bot.question(study)
        _, second = await bot.question(guild.add_channel("other"), key="post:2")
        await discord.write(ada, first, "Written at night.")
        discord.script("GET", f"/channels/{second.id}/messages", Status(403, code=50001))

        await bot.listening()

        assert (await bot.intake.one(MessagePosted)).text == "Written at night."
        assert "discord_thread_not_read" in caplog.text


async def test_a_thread_that_cannot_be_read_takes_nobodys_answer_away(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    async with station(discord) as bot:
        _, thread = await bot.question(study)
        answer = await discord.write(ada, thread, "Written at night.")
        bot.stored(thread, answer)
        guild.deny("read_message_history", channel=study)

        await bot.listening()
        await until(lambda: discord.count("GET", "/channels/{channel_id}/messages") == 1)
        await discord.write(ada, thread, "And in the morning.")

        await until(lambda: texts_of(bot) == ["And in the morning."])
        assert bot.intake.all(MessagesDeleted) == []


async def test_threads_are_read_again_when_discord_is_away_at_first(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord_chat.catch_up.FIRST_PAUSE", 0.01)
    async with station(discord) as bot:
        _, thread = await bot.question(study)
        await discord.write(ada, thread, "Written at night.")
        discord.script("GET", "/channels/{channel_id}/messages", Times(2, Status(503)))

        await bot.listening()

        assert (await bot.intake.one(MessagePosted)).text == "Written at night."


async def test_events_that_did_not_fit_are_read_again_when_the_database_is_back(
    bot: Station,
    discord: DiscordWorld,
    study: Channel,
    ada: Member,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, thread = await bot.question(study)
    monkeypatch.setattr("adapters.discord_chat.lanes.MOST", 3)
    bot.intake.gate = asyncio.Event()

    for number in range(8):
        await discord.write(ada, thread, f"Answer {number}")
    await until(lambda: "discord_events_lost" in caplog.text)
    bot.intake.gate.set()

    await until(lambda: set(texts_of(bot)) == {f"Answer {number}" for number in range(8)})


# rights and tokens


@pytest.mark.fault(68)
async def test_x068_without_the_content_right_it_is_said_once_and_buttons_work(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member, caplog: pytest.LogCaptureFixture
) -> None:
    discord.privileged = False
    async with station(discord) as bot:
        await bot.listening()
        message, thread = await bot.question(study)
        bot.intake.answer = lambda event: Reply("Yes.") if isinstance(event, ButtonPressed) else None

        words = await discord.write(ada, thread, "A heap is a tree.")
        await discord.edit(words, "A heap is an ordered tree.")
        call = await discord.press(ada, message, "Answer")
        await call.finished()

    assert call.text == "Yes."
    assert bot.intake.all(MessagePosted) == []
    assert bot.intake.all(MessageEdited) == []
    assert discord.closed_with == []
    said = [record for record in caplog.records if record.message == "discord_message_content_missing"]
    assert len(said) == 1
    assert "Message Content Intent" in said[0].__dict__["mend"]


async def test_x068_intents_that_the_gateway_refuses_are_asked_for_once(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member, caplog: pytest.LogCaptureFixture
) -> None:
    async with station(discord) as bot:
        await bot.question(study)  # signed in, with the flags of this moment
        discord.privileged = False

        await bot.listening()

        assert discord.closed_with == [4014]
        assert [each.accepted for each in discord.identifies] == [False, True]
        assert "discord_message_content_missing" in caplog.text


async def test_x064_a_wrong_token_ends_at_once_after_one_request(discord: DiscordWorld, guild: Guild) -> None:
    async with station(discord) as bot:
        discord.revoke_token()
        bot.start()
        assert bot.running is not None

        with pytest.raises(Refused, match="DISCORD_TOKEN"):
            await bot.running

    assert len(discord.requests) <= 2
    assert discord.identifies == []


async def test_x064_a_token_revoked_in_mid_connection_ends_without_a_loop(bot: Station, discord: DiscordWorld) -> None:
    await discord.synced()
    asked = len(discord.requests)
    assert bot.running is not None

    discord.revoke_token()
    await discord.drop(4004)

    with pytest.raises(Refused, match="DISCORD_TOKEN"):
        await bot.running
    assert (len(discord.identifies), discord.resumes) == (1, [])
    assert len(discord.requests) <= asked + 2


@pytest.mark.parametrize("code", [4010, 4011, 4012, 4013])
async def test_x064_closing_codes_that_will_not_change_end_the_connection(
    bot: Station, discord: DiscordWorld, code: int
) -> None:
    assert bot.running is not None

    await discord.drop(code)

    with pytest.raises(Refused, match=str(code)):
        await bot.running
    assert len(discord.identifies) == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("code", [4000, 4001, 4002, 4005, 4007, 4008, 4009, 1000])
async def test_all_other_closing_codes_lead_back(bot: Station, discord: DiscordWorld, code: int) -> None:
    await discord.drop(code)

    await until(lambda: (len(discord.identifies) == 2 or True in discord.resumes) and bot.adapter.opened)


async def test_discord_away_at_the_start_is_told_to_whoever_started_us(discord: DiscordWorld, guild: Guild) -> None:
    discord.script("GET", "/users/@me", Status(503))
    async with station(discord) as bot:
        with pytest.raises(NotNow):
            await bot.adapter.run(bot.intake)
        await bot.listening()

    assert len(discord.identifies) == 1


async def test_whoever_stops_says_goodbye_and_may_start_again(bot: Station, discord: DiscordWorld) -> None:
    await bot.stop()
    await until(lambda: not discord.connections)
    closed = bot.adapter.opened

    await bot.listening()

    assert (closed, bot.adapter.opened, discord.resumes) == (False, True, [])


async def test_an_event_that_nobody_understands_ends_nothing(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member, caplog: pytest.LogCaptureFixture
) -> None:
    _, thread = await bot.question(study)
    partial = {"id": "1", "channel_id": thread.id, "guild_id": guild.id, "embeds": []}
    discord._world.tell("MESSAGE_UPDATE", partial, channel=thread)
    discord._world.tell("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": {}}, guild)

    await discord.write(ada, thread, "Still there?")

    await until(lambda: texts_of(bot) == ["Still there?"])
    assert "discord_event_not_understood" in caplog.text


@pytest.mark.fault(109)
async def test_no_token_stands_in_any_log(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with station(discord) as bot:
        bot.intake.answer = lambda event: Reply("Yes.") if isinstance(event, ButtonPressed) else None
        await bot.listening()
        message, _ = await bot.question(study)
        call = await discord.press(ada, message, "Answer")
        await call.finished()
        discord.script("POST", "/channels/{channel_id}/messages", Status(500))
        with pytest.raises(NotNow):
            await bot.question(study, "post:2")

    seen = caplog.text + "".join(repr(vars(record)) for record in caplog.records) + repr(bot.adapter._parts.settings)
    assert discord.token not in seen
    assert call.token not in seen


# sessions that begin


@pytest.mark.fault(65)
def test_x065_at_most_twenty_sessions_begin_in_any_hour_however_often_we_are_started() -> None:
    begun: list[float] = []
    now, window, used = 0.0, 0.0, 0
    while now < 3 * 86_400:
        if now >= window + 86_400:
            window, used = now, 0
        pause = pause_before({"total": 1000, "remaining": 1000 - used, "reset_after": (window + 86_400 - now) * 1000})
        # The supervisor starts us again ten seconds after each crash, which comes as soon as the session began.
        now += pause + 10
        used += 1
        begun.append(now)

    for first in begun:
        assert sum(first <= each < first + 3600 for each in begun) <= 20


@pytest.mark.fault(65)
def test_x065_when_no_session_is_left_the_count_begins_anew_first() -> None:
    assert pause_before({"total": 1000, "remaining": 0, "reset_after": 7_200_000}) == 7200
    assert pause_before({"total": 1000, "remaining": 999, "reset_after": 0}) == 0


@pytest.mark.fault(65)
async def test_x065_fifty_starts_begin_only_a_few_sessions(discord: DiscordWorld, guild: Guild) -> None:
    for _ in range(50):
        async with station(discord) as bot:
            bot.start()
            seen = len(discord.identifies)
            # It crashes as soon as it has a session, or has found out that it must wait for one.
            await until(lambda: len(discord.identifies) > seen or _waits(discord))  # noqa: B023
            discord.requests.clear()

    assert len(discord.identifies) <= 20


def _waits(discord: DiscordWorld) -> bool:
    """Whether it was told that so many sessions began today that it had better wait."""
    told = [request for request in discord.requests if request.route == "/gateway/bot" and request.status == 200]
    return bool(told) and len(discord.identifies) >= AT_ONCE
