"""What the bot says on Discord: once each, harmless, and with errors in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from discord_station import ANSWER, Station, channel_ref, message_ref, station, thread_ref
from discord_world import (
    Channel,
    CutAfter,
    CutBefore,
    DiscordWorld,
    Forever,
    Guild,
    Html,
    Member,
    RateLimited,
    Status,
)
from patience import until

from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import MessagePosted
from bot.domain.outgoing import Action, Button, Edit, OpenThread, Outgoing, Post, Received, Remove, Reply, Say, Whisper
from bot.domain.refs import UserRef

POST = "/channels/{channel_id}/messages"
THREADS = "/channels/{channel_id}/messages/{message_id}/threads"


def before() -> datetime:
    """A moment before what the test does."""
    return datetime.now(UTC) - timedelta(seconds=5)


@pytest.fixture
async def bot(discord: DiscordWorld) -> AsyncIterator[Station]:
    """Only the way out, as a worker has it: nothing listens."""
    async with station(discord) as it:
        yield it


async def test_a_worker_speaks_without_a_gateway(bot: Station, discord: DiscordWorld, study: Channel) -> None:
    await bot.question(study)

    assert discord.identifies == []
    assert [request.path for request in discord.requests][:2] == ["/users/@me", "/oauth2/applications/@me"]


async def test_each_request_takes_its_turn(bot: Station, discord: DiscordWorld, study: Channel) -> None:
    await bot.question(study)

    assert len(bot.pace.turns) == len(discord.requests)
    assert {bucket.partition(":")[0] for bucket in bot.pace.turns} == {"discord"}
    assert discord.token not in "".join(bot.pace.turns)


# whether it arrived


def items(study: Channel, thread: Channel, answer: Any, user: UserRef) -> dict[str, Outgoing]:
    where, there = channel_ref(study), thread_ref(thread)
    review = Button(Action.FULL_REVIEW, "My full review", "12")
    return {
        "post": Post("post:9", where, "What is a stack?", (Button(Action.ANSWER, "Answer", "9"),)),
        "plain post": Post("post:10", where, "A post *without* buttons, https://example.org/"),
        "part": Post("post:9~2", where, "The rest of it."),
        "comment": Say("comment:1", there, "Well put.", message_ref(answer), (review,)),
        "plain comment": Say("comment:2", there, "Well put again.", message_ref(answer)),
        "model answer": Say("close:1", there, "This is **how** it is."),
        "spoken": Say("shown:1", there, "> A tree.", speaker="@everyone **Ada**"),
        "whisper": Whisper("notice:1", user, where, "A word for you.", buttons=(review,)),
    }


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "kind", ["post", "plain post", "part", "comment", "plain comment", "model answer", "spoken", "whisper"]
)
async def test_what_arrived_is_found_and_what_did_not_is_not(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member, kind: str
) -> None:
    _, thread = await bot.question(study)
    answer = await discord.write(ada, thread, "A heap is a tree.")
    all_items = items(study, thread, answer, UserRef("discord", guild.id, ada.id))
    for other, item in all_items.items():
        if other != kind and {kind, other} != {"comment", "plain comment"}:
            await bot.adapter.chat.deliver(item)
    wanted = all_items[kind]

    missing = await bot.adapter.chat.find(wanted, before())
    id = await bot.adapter.chat.deliver(wanted)
    found = await bot.adapter.chat.find(wanted, before())

    assert (missing, found) == (None, id)


async def test_x004_a_line_cut_after_the_post_is_found_and_not_sent_again(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    discord.script("POST", POST, CutAfter())
    item = Post("post:1", channel_ref(study), "What is a heap?", (ANSWER,))

    with pytest.raises(NotNow):
        await bot.adapter.chat.deliver(item)

    (post,) = discord.messages(study)
    assert await bot.adapter.chat.find(item, before()) == post.id
    assert discord.count("POST", POST) == 1


@pytest.mark.parametrize("trouble", [CutBefore(), Status(500), Status(502), Status(503), Html(504), Html(500)])
async def test_a_failure_of_discords_is_tried_once_and_passed_on(
    bot: Station, discord: DiscordWorld, study: Channel, trouble: Any
) -> None:
    await bot.question(study)
    tried = discord.count("POST", POST)
    discord.script("POST", POST, trouble)

    with pytest.raises(NotNow):
        await bot.adapter.chat.deliver(Post("post:2", channel_ref(study), "What is a stack?"))

    assert discord.count("POST", POST) == tried + 1
    assert await bot.adapter.chat.deliver(Post("post:2", channel_ref(study), "What is a stack?"))


async def test_a_repeat_within_minutes_is_the_first_message(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    item = Post("post:1", channel_ref(study), "What is a heap?")

    ids = {await bot.adapter.chat.deliver(item) for _ in range(3)}

    assert ids == {discord.messages(study)[0].id}
    assert len(discord.messages(study)) == 1


async def test_x006_a_thread_that_is_there_already_counts_as_opened(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    message, thread = await bot.question(study)
    item = OpenThread("post:1:thread", message_ref(message), "What is a heap?")

    assert await bot.adapter.chat.deliver(item) == thread.id
    assert await bot.adapter.chat.find(item, before()) == thread.id


async def test_x005_a_thread_that_is_refused_leaves_the_post(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    await bot.adapter.chat.deliver(Post("post:1", channel_ref(study), "What is a heap?", (ANSWER,)))
    (message,) = discord.messages(study)
    item = OpenThread("post:1:thread", message_ref(message), "What is a heap?")
    discord.script("POST", THREADS, Status(500), Status(403, code=50013))

    with pytest.raises(NotNow):
        await bot.adapter.chat.deliver(item)
    with pytest.raises(Refused) as refused:
        await bot.adapter.chat.deliver(item)

    assert refused.value.because is RefusedBecause.NO_RIGHT
    assert await bot.adapter.chat.find(item, before()) is None
    assert discord.messages(study) == [message]


# changing and removing


async def test_a_message_is_edited_and_removed_once(bot: Station, discord: DiscordWorld, study: Channel) -> None:
    message, _ = await bot.question(study)
    edit = Edit("post:1:edit", message_ref(message), "What is a **tree**?", (ANSWER,))
    remove = Remove("post:1:remove", message_ref(message))

    assert await bot.adapter.chat.find(edit, before()) is None
    assert await bot.adapter.chat.deliver(edit) == message.id
    assert await bot.adapter.chat.find(edit, before()) == message.id
    assert await bot.adapter.chat.find(remove, before()) is None
    assert await bot.adapter.chat.deliver(remove) == message.id
    assert await bot.adapter.chat.deliver(remove) == message.id
    assert await bot.adapter.chat.find(remove, before()) == message.id
    with pytest.raises(Refused) as refused:
        await bot.adapter.chat.deliver(edit)
    assert refused.value.because is RefusedBecause.GONE


async def test_x053_an_archived_thread_is_woken_for_a_word_an_edit_and_a_removal(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    _, thread = await bot.question(study)
    there = thread_ref(thread)

    await discord.archive(thread)
    said = await bot.adapter.chat.deliver(Say("close:1", there, "It is a tree."))
    message = discord.messages(thread)[-1]
    assert message.id == said
    await discord.archive(thread)
    await bot.adapter.chat.deliver(Edit("close:1:edit", message_ref(message), "It is an ordered tree."))
    await discord.archive(thread)
    await bot.adapter.chat.deliver(Remove("close:1:remove", message_ref(message)))

    assert message.deleted
    assert message.text == "It is an ordered tree."


async def test_x053_a_thread_that_answers_only_when_it_is_woken_gets_its_word(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    _, thread = await bot.question(study)
    await discord.archive(thread)
    discord.script("POST", POST, Status(400, code=50083))

    await bot.adapter.chat.deliver(Say("close:1", thread_ref(thread), "It is a tree."))

    assert discord.messages(thread)[-1].text == "It is a tree."
    assert not thread.archived


async def test_x053_a_thread_that_is_locked_or_gone_is_refused_with_the_reason(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    _, thread = await bot.question(study)
    item = Say("close:1", thread_ref(thread), "It is a tree.")

    await discord.archive(thread, locked=True)
    with pytest.raises(Refused) as closed:
        await bot.adapter.chat.deliver(item)
    await discord.remove(thread)
    tried = len(discord.requests)
    with pytest.raises(Refused) as gone:
        await bot.adapter.chat.deliver(item)

    assert closed.value.because is RefusedBecause.CLOSED
    assert gone.value.because is RefusedBecause.GONE
    assert len(discord.requests) == tried + 1


async def test_x028_an_answer_that_is_gone_gets_no_comment(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    answer = await discord.write(ada, thread, "A heap is a tree.")
    await discord.delete(answer)

    with pytest.raises(Refused) as refused:
        await bot.adapter.chat.deliver(Say("comment:1", thread_ref(thread), "Well put.", message_ref(answer)))

    assert refused.value.because is RefusedBecause.GONE


# private words


async def test_a_private_word_follows_what_somebody_just_called(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    await bot.listening()
    await discord.synced()
    bot.intake.answer = lambda event: Reply("One moment.")
    call = await discord.command(ada, study, "study today")
    await call.finished()
    item = Whisper("setup:1", UserRef("discord", guild.id, ada.id), channel_ref(study), "Here it is.", None, (ANSWER,))

    id = await bot.adapter.chat.deliver(item)

    assert (call.messages[-1].text, call.messages[-1].ephemeral) == ("Here it is.", True)
    assert discord.dms(ada) == []
    assert await bot.adapter.chat.find(item, before()) == id


async def test_x058_a_private_word_after_fifteen_minutes_comes_as_a_message(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    await bot.listening()
    await discord.synced()
    bot.intake.answer = lambda event: Reply("One moment.")
    await (await discord.command(ada, study, "study today")).finished()

    discord.advance(timedelta(minutes=16))
    await bot.adapter.chat.deliver(
        Whisper("setup:1", UserRef("discord", guild.id, ada.id), channel_ref(study), "Here it is.")
    )

    assert [message.text for message in discord.dms(ada)] == ["Here it is."]


async def test_closed_doors_are_refused_as_closed(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    discord.close_dms(ada)

    with pytest.raises(Refused) as refused:
        await bot.adapter.chat.deliver(
            Whisper("welcome:1", UserRef("discord", guild.id, ada.id), channel_ref(study), "Hello.")
        )

    assert refused.value.because is RefusedBecause.CLOSED


async def test_the_sign_hurries_and_nothing_else_does(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    await bot.listening()
    bot.intake.answer = lambda event: Received(event.message) if isinstance(event, MessagePosted) else None
    _, thread = await bot.question(study)

    answer = await discord.write(ada, thread, "A heap is a tree.")
    await until(lambda: answer.marks)

    assert bot.pace.hurried == 1


async def test_the_sign_goes_when_the_comment_is_edited_or_private(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    answer = await discord.write(ada, thread, "A heap is a tree.")
    there, user = thread_ref(thread), UserRef("discord", guild.id, ada.id)
    await bot.adapter.chat.deliver(Say("comment:1", there, "Well put.", message_ref(answer)))
    comment = discord.messages(thread)[-1]
    await discord.react(discord.bot, answer, "\N{EYES}")

    await bot.adapter.chat.deliver(Edit("comment:1:edit", message_ref(comment), "Even better."))

    await until(lambda: not answer.marks)
    assert await bot.adapter.chat.deliver(Whisper("full:1", user, channel_ref(study), "In full.", there))


# rights, limits, tokens


@pytest.mark.parametrize(
    "trouble", [Status(403, code=50013), Status(403, code=50001), Status(403)], ids=["right", "access", "plain"]
)
async def test_x063_a_missing_right_is_refused_after_one_request(
    bot: Station, discord: DiscordWorld, study: Channel, trouble: Status
) -> None:
    await bot.question(study)
    tried = discord.count("POST", POST)
    discord.script("POST", POST, trouble)

    with pytest.raises(Refused) as refused:
        await bot.adapter.chat.deliver(Post("post:2", channel_ref(study), "What is a stack?"))

    assert refused.value.because is RefusedBecause.NO_RIGHT
    assert discord.count("POST", POST) == tried + 1


@pytest.mark.parametrize("form", ["float", "int"])
async def test_x066_a_short_pause_is_waited_for_and_the_message_comes_once(
    bot: Station, discord: DiscordWorld, study: Channel, form: Any
) -> None:
    discord.script("POST", POST, RateLimited(0.2, form=form))

    await bot.adapter.chat.deliver(Post("post:1", channel_ref(study), "What is a heap?"))

    assert discord.count("POST", POST) == 2
    assert len(discord.messages(study)) == 1


@pytest.mark.parametrize(
    ("trouble", "pause", "held"),
    [
        (RateLimited(40.0, form="float"), 40.0, []),
        (RateLimited(41, scope="shared", form="int"), 41.0, []),
        (RateLimited(42.5, scope="global", form="float"), 42.5, [42.5]),
        (Html(429), 60.0, [60.0]),
        (RateLimited(43, form="html"), 43.0, [43.0]),
    ],
    ids=["one route", "shared", "global", "page", "page with a pause"],
)
async def test_x066_a_long_pause_is_told_and_nothing_is_asked_before_it_is_over(
    bot: Station, discord: DiscordWorld, study: Channel, trouble: Any, pause: float, held: list[float]
) -> None:
    await bot.adapter.chat.deliver(Post("post:1", channel_ref(study), "What is a heap?"))
    discord.script("POST", POST, trouble)
    item = Post("post:2", channel_ref(study), "What is a stack?")

    with pytest.raises(NotNow) as first:
        await bot.adapter.chat.deliver(item)
    tried = discord.count("POST", POST)
    with pytest.raises(NotNow) as second:
        await bot.adapter.chat.deliver(item)

    assert first.value.after == pause
    assert second.value.after is not None
    assert 0 < second.value.after <= pause
    assert discord.count("POST", POST) == tried
    assert bot.pace.holds == held


async def test_x066_a_pause_without_a_number_is_a_short_one(
    bot: Station, discord: DiscordWorld, study: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord_chat.watching.UNTOLD_SECONDS", 0.1)
    discord.script("POST", POST, RateLimited(form="missing"))

    await bot.adapter.chat.deliver(Post("post:1", channel_ref(study), "What is a heap?"))

    assert discord.count("POST", POST) == 2


async def test_x066_other_routes_go_on_while_one_pauses(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel
) -> None:
    other = guild.add_channel("other")
    discord.script("POST", f"/channels/{study.id}/messages", RateLimited(40.0))
    with pytest.raises(NotNow):
        await bot.adapter.chat.deliver(Post("post:1", channel_ref(study), "What is a heap?"))

    assert await bot.adapter.chat.deliver(Post("post:2", channel_ref(other), "What is a heap?"))


@pytest.mark.fault(9)
async def test_x066_a_flood_into_a_few_channels_meets_no_429(bot: Station, discord: DiscordWorld, guild: Guild) -> None:
    discord.limits = replace(discord.limits, enforce=True, per_channel=(5, 0.3))
    channels = [guild.add_channel(f"study-{number}") for number in range(4)]

    for number in range(6):
        for channel in channels:
            await bot.adapter.chat.deliver(Post(f"post:{number}", channel_ref(channel), f"Question {number}"))

    assert discord.rate_limited == []
    assert [len(discord.messages(channel)) for channel in channels] == [6, 6, 6, 6]


async def test_x064_after_a_revoked_token_nothing_is_asked_any_more(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    await bot.adapter.chat.deliver(Post("post:1", channel_ref(study), "What is a heap?"))
    discord.revoke_token()
    asked = len(discord.requests)

    for _ in range(5):
        with pytest.raises(Refused):
            await bot.adapter.chat.deliver(Post("post:2", channel_ref(study), "What is a stack?"))

    assert len(discord.requests) == asked + 1


async def test_something_else_that_answers_in_discords_place_is_no_answer(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    await bot.question(study)
    discord.script("POST", POST, Html(200, "<title>Welcome to our network</title>"))

    with pytest.raises(NotNow):
        await bot.adapter.chat.deliver(Post("post:2", channel_ref(study), "What is a stack?"))


async def test_discord_away_while_we_sign_in_is_no_reason_to_give_up(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    discord.script("GET", "/users/@me", Status(503), Status(500))
    item = Post("post:1", channel_ref(study), "What is a heap?")

    for _ in range(2):
        with pytest.raises(NotNow):
            await bot.adapter.chat.deliver(item)

    assert await bot.adapter.chat.deliver(item)


# what people see


@pytest.mark.fault(42, 43, 92)
async def test_nothing_we_say_notifies_or_loads_anything(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    role = guild.add_role("Juniors", mentionable=True)
    wild = f"@everyone @here {ada.mention} {role.mention} https://evil.example/x.png ![x](http://evil.example/?q=1)"
    message, thread = await bot.question(study)
    answer = await discord.write(ada, thread, "A heap is a tree.")
    user, there = UserRef("discord", guild.id, ada.id), thread_ref(thread)

    await bot.adapter.chat.deliver(Post("post:2", channel_ref(study), wild))
    await bot.adapter.chat.deliver(Say("comment:1", there, wild, message_ref(answer), speaker=wild))
    await bot.adapter.chat.deliver(Edit("post:1:edit", message_ref(message), wild))
    await bot.adapter.chat.deliver(Whisper("whisper:1", user, channel_ref(study), wild))

    assert discord.notified == []
    bodies = [request.body for request in discord.requests if isinstance(request.body, dict)]
    said = [body for body in bodies if "content" in body]
    assert len(said) == 5
    assert all(body["flags"] & 4 for body in said)
    assert all(body["allowed_mentions"] == {"parse": [], "replied_user": False} for body in said)
    assert not any("https://" in body["content"] or "http://" in body["content"] for body in said)


async def test_x054_a_text_that_does_not_fit_is_refused_before_it_is_sent(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    item = Post("post:1", channel_ref(study), "x" * 2001)

    with pytest.raises(Refused) as refused:
        await bot.adapter.chat.deliver(item)

    assert refused.value.because is RefusedBecause.TOO_LONG
    assert discord.requests == []


async def test_the_key_of_a_message_is_no_longer_than_discord_allows(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    await bot.adapter.chat.deliver(Post("post:" + "9" * 500, channel_ref(study), "What is a heap?"))

    body = discord.requests[-1].body
    assert isinstance(body, dict)
    assert body["enforce_nonce"] is True
    assert len(body["nonce"]) <= 25


async def test_a_route_that_is_forbidden_for_ever_costs_one_request_each_time(
    bot: Station, discord: DiscordWorld, study: Channel
) -> None:
    discord.script("POST", POST, Forever(Status(403, code=50013)))

    for number in range(5):
        with pytest.raises(Refused):
            await bot.adapter.chat.deliver(Post(f"post:{number}", channel_ref(study), "What is a heap?"))

    assert discord.count("POST", POST) == 5
