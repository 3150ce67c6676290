"""Our pretend Discord, held against the real discord.py."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord_world import (
    CutAfter,
    DiscordWorld,
    Forever,
    Html,
    Limits,
    RateLimited,
    Status,
    discord_world,
)
from discord_world.routes import ROUTES
from discord_world.schema import description
from discord_world.script import Form
from patience import until

INTENTS = discord.Intents(
    guilds=True, guild_messages=True, guild_reactions=True, dm_messages=True, message_content=True
)


class AnswerForm(ui.Modal, title="Your answer"):
    answer: ui.Label[AnswerForm] = ui.Label(
        text="In your words", component=ui.TextInput(custom_id="answer", style=discord.TextStyle.long, max_length=4000)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.answer.component, ui.TextInput)
        await interaction.response.send_message(f"Thank you: {self.answer.component.value}", ephemeral=True)


class AnswerButton(ui.DynamicItem[ui.Button[ui.View]], template=r"answer:(?P<posting>\d+)"):
    def __init__(self, posting: str) -> None:
        super().__init__(ui.Button(label="Answer", custom_id=f"answer:{posting}"))

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction, item: ui.Item[Any], match: Any) -> AnswerButton:
        return cls(match["posting"])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(AnswerForm())


class SmallBot(discord.Client):
    """The smallest bot that does everything once. `heard` is what it read, in the order it read it."""

    def __init__(self, intents: discord.Intents = INTENTS) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.05, max_messages=None)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[str] = []
        self.seen_edits: list[int] = []
        self.seen_deletes: list[int] = []
        self._declare()

    def _declare(self) -> None:
        study = app_commands.Group(name="study", description="Everything about studying")

        @study.command(name="today", description="Today's question")
        async def today(interaction: discord.Interaction, topic: str | None = None) -> None:
            view = ui.View(timeout=None).add_item(AnswerButton("7"))
            await interaction.response.send_message(f"Today: {topic}", ephemeral=True, view=view)

        @study.command(name="slowly", description="Something that takes a while")
        async def slowly(interaction: discord.Interaction) -> None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await interaction.followup.send("First")
            await interaction.followup.send("Second", ephemeral=True)
            await interaction.edit_original_response(content="First, and better")

        @today.autocomplete("topic")
        async def topics(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{typed} and more", value=typed)]

        @app_commands.context_menu(name="Count as my answer")
        async def count(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"Counted: {message.content}", ephemeral=True)

        self.tree.add_command(study)
        self.tree.add_command(count)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the five seconds that the library waits before it identifies anew."""

    async def setup_hook(self) -> None:
        self.add_dynamic_items(AnswerButton)
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        assert self.user is not None
        if message.author.id != self.user.id and message.type in (
            discord.MessageType.default,
            discord.MessageType.reply,
        ):
            self.heard.append(message.content)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.seen_edits.append(event.message_id)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self.seen_deletes.append(event.message_id)


@pytest.fixture
async def world() -> AsyncIterator[DiscordWorld]:
    async with discord_world() as it:
        yield it


@pytest.fixture(autouse=True)
def pointed_at(world: DiscordWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Route, "BASE", world.api_base)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(world.gateway_url))


@asynccontextmanager
async def running(world: DiscordWorld, bot: SmallBot | None = None) -> AsyncIterator[SmallBot]:
    bot = bot or SmallBot()
    task = asyncio.create_task(bot.start(world.token))
    await asyncio.wait({task, asyncio.create_task(world.connected())}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        await bot.wait_until_ready()
    try:
        yield bot
    finally:
        await bot.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_smallest_bot_answers_a_command_a_menu_and_what_is_typed(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")
    message = await world.write(ada, study, "Sharding by user id.")

    async with running(world):
        today = await (await world.command(ada, study, "study today", {"topic": "caching"})).answered()
        slow = await (await world.command(ada, study, "study slowly")).said("better")
        counted = await (await world.menu(ada, "Count as my answer", message)).answered()
        offered = await world.complete(ada, study, "study today", option="topic", typed="ca")

    assert (today.kind, today.text, today.ephemeral) == ("message", "Today: caching", True)
    assert (slow.kind, [one.text for one in slow.messages]) == ("deferred", ["First, and better", "Second"])
    assert counted.text == "Counted: Sharding by user id."
    assert offered == [("ca and more", "ca")]
    assert world.messages(study) == [message]
    assert world.complaints == []


async def test_a_button_opens_a_form_and_the_form_is_answered(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")

    async with running(world) as bot:
        view = ui.View(timeout=None).add_item(AnswerButton("7"))
        await bot.get_partial_messageable(int(study.id)).send("**Question**", view=view)
        pressed = await world.press(ada, world.messages(study)[0], "Answer")
        sent = await world.submit(pressed, {"In your words": "Count in windows."})
        await sent.answered()

    assert pressed.kind == "modal"
    assert pressed.modal is not None
    assert pressed.modal.title == "Your answer"
    assert (sent.kind, sent.text, sent.ephemeral) == ("message", "Thank you: Count in windows.", True)
    assert world.complaints == []


async def test_a_form_checks_what_discord_checks(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")

    async with running(world):
        call = await world.command(ada, study, "study today")
        pressed = await world.press(ada, (await call.answered()).message, "answer:7")

        with pytest.raises(AssertionError, match="must be filled in"):
            await world.submit(pressed, {})
        with pytest.raises(AssertionError, match="4000"):
            await world.submit(pressed, {"answer": "x" * 4001})
        with pytest.raises(AssertionError, match="no field"):
            await world.submit(pressed, {"another": "x"})


async def test_what_discord_does_not_offer_cannot_be_called(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")

    async with running(world):
        for words, options, why in [
            ("mock", {}, "no command 'mock'"),
            ("study yesterday", {}, "not among"),
            ("study today", {"colour": "red"}, "no option"),
            ("study", {}, "not complete"),
        ]:
            with pytest.raises(AssertionError, match=why):
                await world.command(ada, study, words, options)


async def test_a_thread_with_replies_reactions_and_history(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")

    async with running(world) as bot:
        channel = bot.get_channel(int(study.id))
        assert isinstance(channel, discord.TextChannel)
        post = await channel.send("**Question**")
        thread = await post.create_thread(name="Question of the day")
        place = world.threads(study)[0]
        answer = await world.write(ada, place, "In a token bucket.", reply_to=place.messages[0])
        await until(lambda: bot.heard == ["In a token bucket."])
        theirs = await thread.fetch_message(int(answer.id))
        await theirs.add_reaction("✅")
        await theirs.reply("Well said.", mention_author=False)
        read = [one.content async for one in thread.history(after=discord.Object(post.id), oldest_first=True)]
        with pytest.raises(discord.HTTPException) as again:
            await post.create_thread(name="Once more")

    assert place.id == str(post.id)
    assert read == ["", "In a token bucket.", "Well said."]
    assert answer.marks == {"✅": ["studybot"]}
    assert world.messages(place)[-1].reply_to is answer
    assert world.notified == []
    assert again.value.code == 160004
    assert world.complaints == []


async def test_edits_deletes_and_conversations(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada, ben = guild.add_channel("study"), guild.add_member("Ada"), guild.add_member("Ben")
    world.close_dms(ben)

    async with running(world) as bot:
        message = await world.write(ada, study, "Frist")
        await world.edit(message, "First")
        await world.touch(message)
        await world.delete(message)
        await until(lambda: bot.seen_deletes)
        friend = await bot.fetch_user(int(ada.id))
        await friend.send("Your review")
        with pytest.raises(discord.Forbidden) as closed:
            await (await bot.fetch_user(int(ben.id))).send("Your review")

    assert bot.seen_edits == [int(message.id)] * 2
    assert bot.seen_deletes == [int(message.id)]
    assert [one.text for one in world.dms(ada)] == ["Your review"]
    assert closed.value.code == 50007


async def test_a_dropped_connection_is_resumed_and_missed_and_seen_events_are_told_again(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")

    async with running(world) as bot:
        await world.write(ada, study, "one")
        await until(lambda: bot.heard == ["one"])
        world.resend_seen(1)
        async with world.away():
            await world.write(ada, study, "two")
        await until(lambda: "two" in bot.heard)

        assert bot.heard == ["one", "one", "two"]
        assert world.resumes == [True]
        assert len(world.identifies) == 1


async def test_a_refused_resume_loses_what_was_told_meanwhile(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")

    async with running(world) as bot:
        world.refuse_resume()
        async with world.away():
            lost = await world.write(ada, study, "lost")
        await until(lambda: len(world.identifies) == 2)
        await world.connected()
        await world.write(ada, study, "heard")
        await until(lambda: bot.heard)
        channel = bot.get_partial_messageable(int(study.id))
        read = [one.content async for one in channel.history(after=discord.Object(int(lost.id) - 1))]

    assert bot.heard == ["heard"]
    assert read == ["lost", "heard"]


@pytest.mark.parametrize("code", [1000, 4000, 4009])
async def test_the_bot_comes_back_after_a_close(world: DiscordWorld, code: int) -> None:
    async with running(world):
        await world.drop(code)
        await until(lambda: len(world.resumes) + len(world.identifies) == 2 or world.resumes)
        await world.connected()

    assert world.resumes == ([False] if code == 4009 else [True])


async def test_events_come_again_shuffled_and_thrice(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")

    async with running(world) as bot:
        world.repeat(times=3, seed=7)
        for word in ("one", "two"):
            await world.write(ada, study, word)
        await until(lambda: len(bot.heard) == 6)
        world.repeat(times=1, within=0)
        world.replay([event for event in world.events if event.name == "MESSAGE_CREATE"], times=2, shuffle=7)
        await until(lambda: len(bot.heard) == 10)

    assert sorted(bot.heard) == ["one"] * 5 + ["two"] * 5


async def test_a_wrong_token_is_refused_by_rest_and_gateway(world: DiscordWorld) -> None:
    async with SmallBot() as bot:
        with pytest.raises(discord.LoginFailure):
            await bot.login("another.made.up-token")
    async with SmallBot() as bot:
        await bot.login(world.token)
        world.revoke_token()
        with pytest.raises(discord.ConnectionClosed) as closed:
            await bot.connect()

    assert closed.value.code == 4004
    assert world.invalid_requests == 1


async def test_intents_that_were_not_granted_are_refused(world: DiscordWorld) -> None:
    world.privileged = False

    async with SmallBot() as bot:
        await bot.login(world.token)
        assert bot.application is not None
        assert not bot.application.flags.gateway_message_content_limited
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await bot.connect()

    assert [one.accepted for one in world.identifies] == [False]


async def test_without_the_right_to_read_words_come_empty_unless_they_speak_to_the_bot(world: DiscordWorld) -> None:
    world.privileged = False
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")
    small = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)

    async with running(world, SmallBot(small)) as bot:
        message = await world.write(ada, study, "A token bucket.")
        await world.write(ada, study, f"{world.bot.mention} hello")
        await world.write(ada, world.dm(ada), "Just us")
        await until(lambda: len(bot.heard) == 3)
        fetched = await bot.get_partial_messageable(int(study.id)).fetch_message(int(message.id))
        counted = await (await world.menu(ada, "Count as my answer", message)).answered()

    assert bot.heard == ["", f"{world.bot.mention} hello", "Just us"]
    assert fetched.content == ""
    assert counted.text == "Counted: A token bucket."


async def test_a_429_of_any_form_is_obeyed_or_raised(world: DiscordWorld) -> None:
    study = world.add_guild("Study Hall").add_channel("study")
    world.script(
        "POST", "/channels/*/messages", RateLimited(0.05), RateLimited(0.05, "global"), RateLimited(0.05, "shared")
    )

    async with running(world) as bot:
        channel = bot.get_partial_messageable(int(study.id))
        await channel.send("patient")
        world.script("POST", "/channels/*/messages", Html(429))
        with pytest.raises(discord.HTTPException) as page:
            await channel.send("impatient")

    assert page.value.status == 429
    assert [one.text for one in world.messages(study)] == ["patient"]
    assert [one.status for one in world.requests if one.method == "POST"] == [429, 429, 429, 200, 429]
    assert world.invalid_requests == 3


async def test_enforced_limits_are_told_in_the_headers(world: DiscordWorld) -> None:
    study = world.add_guild("Study Hall").add_channel("study")
    world.limits = Limits(per_channel=(2, 0.2), enforce=True)

    async with running(world) as bot:
        channel = bot.get_partial_messageable(int(study.id))
        for number in range(4):
            await channel.send(str(number))

    assert world.rate_limited == []
    assert len(world.messages(study)) == 4


async def test_who_does_not_read_the_headers_gets_a_429(world: DiscordWorld) -> None:
    study = world.add_guild("Study Hall").add_channel("study")
    world.limits = Limits(per_second=3, second=60.0, per_channel=(2, 60.0), enforce=True)
    address = f"{world.api_base}/channels/{study.id}/messages"

    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {world.token}"}) as session:
        seen = []
        for number in range(4):
            async with session.post(address, json={"content": str(number)}) as response:
                seen.append((response.status, response.headers.get("X-RateLimit-Scope")))

    assert seen == [(200, None), (200, None), (429, "user"), (429, "global")]


@pytest.mark.parametrize(
    ("form", "header", "body"),
    [
        ("float", "2", {"message": "You are being rate limited.", "global": False, "retry_after": 1.5}),
        ("int", "2", {"message": "You are being rate limited.", "global": False, "retry_after": 2}),
        ("missing", None, {"message": "You are being rate limited.", "global": False}),
        ("html", "2", None),
    ],
)
async def test_a_429_tells_its_pause_in_each_form(
    world: DiscordWorld, form: Form, header: str | None, body: object
) -> None:
    world.script("GET", "/users/@me", RateLimited(1.5, form=form))

    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bot {world.token}"}) as session,
        session.get(f"{world.api_base}/users/@me") as response,
    ):
        told = await response.json() if response.content_type == "application/json" else None

    assert (response.status, response.headers.get("Retry-After"), told) == (429, header, body)
    assert ("Via" in response.headers) is (form != "html")


async def test_accepted_and_cut_and_sent_again_with_the_same_nonce_is_one_message(world: DiscordWorld) -> None:
    study = world.add_guild("Study Hall").add_channel("study")
    world.script("POST", "/channels/*/messages", CutAfter())

    async with running(world) as bot:
        channel = bot.get_partial_messageable(int(study.id))
        with pytest.raises((aiohttp.ClientError, OSError)):
            await channel.send("**Question**", nonce="posting-7")
        again = await channel.send("**Question**", nonce="posting-7")
        world.advance(timedelta(minutes=10))
        late = await channel.send("**Question**", nonce="posting-7")

    assert [int(one.id) for one in world.messages(study)] == [again.id, late.id]
    assert [one.status for one in world.requests if one.method == "POST"] == [-1, 200, 200]


async def test_each_missing_right_is_refused_as_discord_does(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, hidden = guild.add_channel("study", denied=["send_messages"]), guild.add_channel("hidden")
    guild.deny("view_channel", channel=hidden)

    async with running(world) as bot:
        codes = []
        for place in (study, hidden):
            with pytest.raises(discord.Forbidden) as refused:
                await bot.get_partial_messageable(int(place.id)).send("Hello")
            codes.append(refused.value.code)
        guild.allow("send_messages", channel=study)
        await bot.get_partial_messageable(int(study.id)).send("Hello")

    assert codes == [50013, 50001]
    assert [one.text for one in world.messages(study)] == ["Hello"]


async def test_archived_and_locked_threads(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")
    thread = await world.start_thread(ada, study, "Talk")
    message = await world.write(ada, thread, "Hello")

    async with running(world) as bot:
        place = bot.get_partial_messageable(int(thread.id))
        await world.archive(thread)
        with pytest.raises(discord.HTTPException) as archived:
            await place.get_partial_message(int(message.id)).add_reaction("✅")
        await place.send("Open again")
        still_archived = thread.archived
        await world.archive(thread, locked=True)
        with pytest.raises(discord.Forbidden) as locked:
            await place.send("Too late")

    assert (archived.value.code, still_archived, locked.value.code) == (50083, False, 160005)


async def test_who_is_notified_follows_allowed_mentions_and_the_bots_rights(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")
    juniors = guild.add_role("Juniors", mentionable=True)
    words = f"{ada.mention} {juniors.mention} @everyone `{world.bot.mention}`"

    async with running(world) as bot:
        channel = bot.get_partial_messageable(int(study.id))
        answer = await channel.fetch_message(int((await world.write(ada, study, "My answer")).id))
        await channel.send(words, allowed_mentions=discord.AllowedMentions.none())
        await answer.reply("Quietly", mention_author=False)
        silent = list(world.notified)
        await channel.send(words)
        await answer.reply("Loudly")

    assert silent == []
    rung = [(one.who, one.how) for one in world.notified]
    assert rung == [(ada.id, "mention"), (juniors.id, "mention"), ("everyone", "mention"), (ada.id, "reply")]


async def test_servers_and_people_come_and_go(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    intents = discord.Intents(guilds=True, members=True)

    async with running(world, SmallBot(intents)) as bot:
        other = world.add_guild("Another")
        await until(lambda: bot.get_guild(int(other.id)))
        ada = other.add_member("Ada")
        await until(lambda: bot.get_guild(int(other.id)).get_member(int(ada.id)))  # type: ignore[union-attr]
        await world.outage(guild)
        await until(lambda: bot.get_guild(int(guild.id)).unavailable)  # type: ignore[union-attr]
        await world.back(guild)
        await world.delete_account(ada)
        with pytest.raises(discord.NotFound):
            await bot.fetch_user(int(ada.id))
        await world.kick_bot(other)
        await until(lambda: bot.get_guild(int(other.id)) is None)

        assert bot.get_guild(int(guild.id)) is not None


async def test_a_late_or_second_first_answer_is_refused(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada = guild.add_channel("study"), guild.add_member("Ada")
    bot, codes = SmallBot(), []

    @bot.tree.command(name="late", description="Answers too late, or twice")
    async def late(interaction: discord.Interaction, minutes: int) -> None:
        world.advance(timedelta(minutes=minutes))
        for _ in range(2):
            try:
                await interaction.response.defer()
            except discord.HTTPException as error:
                codes.append(error.code)
            interaction.response._response_type = None
        world.advance(timedelta(minutes=16))
        try:
            await interaction.followup.send("Here it is")
        except discord.HTTPException as error:
            codes.append(error.code)

    async with running(world, bot):
        await world.command(ada, study, "late", {"minutes": 1})
        await until(lambda: len(codes) == 3)
        await world.command(ada, study, "late", {"minutes": 0})
        await until(lambda: len(codes) == 5)

    assert codes == [10062, 10062, 10015, 40060, 50027]


def test_all_that_is_described_is_served_and_the_other_way_round() -> None:
    described = {(route.method, route.template) for route in description().routes}

    assert set(ROUTES) == described


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        ("POST", "/channels/{study}/messages", {"contents": "Hello"}, "contents"),
        ("POST", "/channels/{study}/messages", {"content": 7}, "content"),
        ("POST", "/channels/{study}/messages", {"content": "x" * 2001}, "2000 or fewer"),
        ("POST", "/channels/{study}/messages", {"content": "x", "nonce": "n" * 26}, "25 or fewer"),
        ("POST", "/channels/{study}/messages", {"content": "x", "message_reference": {}}, "required"),
        ("POST", "/channels/{study}/threads", {"name": "x" * 101, "type": 11}, "100 or fewer"),
        ("POST", "/channels/{study}/messages", {"content": "x", "components": [{"type": 1, "components": [
            {"type": 2, "style": 1, "label": "y" * 81, "custom_id": "z"}]}]}, "80 or fewer"),
        ("POST", "/channels/{study}/messages", {"content": "x", "components": [{"type": 1, "components": [
            {"type": 2, "style": 1, "label": "y", "custom_id": "z" * 101}]}]}, "100 or fewer"),
        ("POST", "/channels/{study}/messages", {"content": "x", "allowed_mentions": {"parse": ["all"]}}, "parse"),
        ("GET", "/channels/{study}/messages?limit=101", None, "from 1 to 100"),
        ("GET", "/channels/{study}/messages?order=up", None, "order"),
    ],
)  # fmt: skip
async def test_a_request_that_does_not_fit_the_description_is_refused(
    world: DiscordWorld, method: str, path: str, body: object, complaint: str
) -> None:
    study = world.add_guild("Study Hall").add_channel("study")

    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {world.token}"}) as session:
        address = world.api_base + path.format(study=study.id)
        async with session.request(method, address, json=body) as response:
            answered = await response.json()

    assert (response.status, answered["code"]) == (400, 50035)
    assert len(world.complaints) == 1
    assert complaint in world.complaints[0]
    assert world.messages(study) == []


async def test_an_unknown_route_is_a_complaint(world: DiscordWorld) -> None:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bot {world.token}"}) as session,
        session.get(f"{world.api_base}/channels/1/poems") as response,
    ):
        assert response.status == 404

    assert world.complaints == ["GET /channels/1/poems: no such route"]


async def test_a_scripted_failure_comes_as_often_as_told(world: DiscordWorld) -> None:
    study = world.add_guild("Study Hall").add_channel("study")
    world.script("POST", "/channels/{channel_id}/messages", Forever(Status(403, code=50013)))

    async with running(world) as bot:
        for _ in range(2):
            with pytest.raises(discord.Forbidden):
                await bot.get_partial_messageable(int(study.id)).send("Hello")
        world.unscript()
        await bot.get_partial_messageable(int(study.id)).send("Hello")

    assert world.count("POST", "/channels/{channel_id}/messages") == 3
    assert len(world.messages(study)) == 1


async def test_private_threads_forums_and_files(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, talk, ada = guild.add_channel("study"), guild.add_channel("talk", kind="forum"), guild.add_member("Ada")

    async with running(world) as bot:
        channel, forum = bot.get_channel(int(study.id)), bot.get_channel(int(talk.id))
        assert isinstance(channel, discord.TextChannel)
        assert isinstance(forum, discord.ForumChannel)
        room = await channel.create_thread(name="Round for Ada", type=discord.ChannelType.private_thread)
        await room.add_user(discord.Object(int(ada.id)))
        await room.send("Shall we?", file=discord.File(io.BytesIO(b"a picture"), "card.png"))
        post = await forum.create_thread(name="Question of the day", content="How would you count?")
        with pytest.raises(discord.HTTPException) as not_there:
            await bot.get_partial_messageable(int(talk.id)).send("Hello")

    mine = world.private_threads(study)[0]
    assert set(mine.joined) == {world.bot.id, ada.id}
    assert world.messages(mine)[0].files == {"card.png": b"a picture"}
    assert [one.text for one in world.messages(world.threads(talk)[0])] == ["How would you count?"]
    assert post.message.content == "How would you count?"
    assert not_there.value.code == 50008
    assert world.complaints == []


async def test_a_list_changes_the_message_it_stands_on(world: DiscordWorld) -> None:
    guild = world.add_guild("Study Hall")
    study, ada, ben = guild.add_channel("study"), guild.add_member("Ada"), guild.add_member("Ben")
    bot = SmallBot()

    @bot.tree.command(name="pick", description="Choose one")
    async def pick(interaction: discord.Interaction) -> None:
        view: ui.View = ui.View(timeout=None)
        levels: ui.Select[ui.View] = ui.Select(
            custom_id="level", options=[discord.SelectOption(label=word) for word in ("junior", "senior")]
        )

        async def chosen(pressed: discord.Interaction) -> None:
            await pressed.response.edit_message(content=f"You are {levels.values[0]}.", view=None)
            await pressed.followup.send("Noted.", ephemeral=True)

        levels.callback = chosen  # type: ignore[method-assign, assignment]
        await interaction.response.send_message("What are you?", view=view.add_item(levels), ephemeral=True)

    async with running(world, bot):
        shown = (await (await world.command(ada, study, "pick")).answered()).message
        with pytest.raises(AssertionError, match="does not see"):
            await world.choose(ben, shown, "level", ["senior"])
        call = await (await world.choose(ada, shown, "level", ["senior"])).said("Noted.")

    assert (call.kind, shown.text, shown.components) == ("update", "You are senior.", [])
    assert world.messages(study) == []
    assert world.complaints == []


@pytest.mark.parametrize("asked", ["reconnect", "invalid", "invalid but resumable", "cut"])
async def test_the_gateway_asks_for_a_new_connection(world: DiscordWorld, asked: str) -> None:
    async with running(world):
        match asked:
            case "reconnect":
                world.ask_to_reconnect()
            case "cut":
                world.cut()
            case _:
                world.invalidate(resumable=asked != "invalid")
        await until(lambda: len(world.identifies) == 2 if asked == "invalid" else world.resumes)
        await world.connected()

    assert world.resumes == ([] if asked == "invalid" else [True])


async def test_discords_clock_may_follow_another() -> None:
    moment = [datetime(2026, 11, 23, 8, tzinfo=UTC)]
    async with discord_world(start=lambda: moment[0]) as it:
        guild = it.add_guild("Study Hall")
        study, ada = guild.add_channel("study"), guild.add_member("Ada")
        first = await it.write(ada, study, "Today")
        moment[0] += timedelta(days=1)
        second = await it.write(ada, study, "Tomorrow")
        early = await it.write(ada, study, "Yesterday", at=moment[0] - timedelta(days=2))

    assert discord.utils.snowflake_time(int(second.id)) == moment[0]
    assert second.at - first.at == timedelta(days=1)
    assert it.messages(study) == [early, first, second]


async def test_a_bot_in_another_process_sees_the_same_world(world: DiscordWorld) -> None:
    study = world.add_guild("Study Hall").add_channel("study")
    code = f"""
import asyncio, discord
from discord.http import Route
Route.BASE = {world.api_base!r}
async def main():
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login({world.token!r})
        await client.get_partial_messageable({study.id}).send("From elsewhere")
asyncio.run(main())
"""

    other = await asyncio.create_subprocess_exec(sys.executable, "-W", "ignore", "-c", code)

    assert await other.wait() == 0
    assert [one.text for one in world.messages(study)] == ["From elsewhere"]
