"""What Discord's gateway tells becomes our values; what does not concern us never gets as far as the intake."""

from __future__ import annotations

import pytest
from discord_station import Station, channel_ref, message_ref, station, thread_ref
from discord_world import Channel, DiscordWorld, Guild, Member, Message
from patience import until

from bot.domain.incoming import (
    MemberLeft,
    MessageEdited,
    MessagePosted,
    MessagesDeleted,
    PlaceGone,
    Replied,
    SpaceJoined,
    SpaceLeft,
)
from bot.domain.outgoing import Say
from bot.domain.refs import SpaceRef, UserRef


async def last(bot: Station, thread: Channel, who: Member) -> MessagePosted:
    """Waits for one message more, so that whatever came before it would be there."""
    await bot.discord.write(who, thread, "This is the last one.")
    await until(lambda: any(each.text == "This is the last one." for each in bot.intake.all(MessagePosted)))
    return bot.intake.all(MessagePosted)[0]


async def test_an_edit_arrives_with_the_new_text_and_its_time(bot: Station, study: Channel, ada: Member) -> None:
    _, thread = await bot.question(study)
    message = await bot.discord.write(ada, thread, "A heap is a list.")

    await bot.discord.edit(message, "A heap is a tree.")

    edited = await bot.intake.one(MessageEdited)
    assert (edited.message, edited.thread, edited.text) == (message_ref(message), thread_ref(thread), message.text)
    assert (edited.at, edited.author.name) == (message.edited_at, "Ada")


async def test_x026_a_link_preview_is_told_with_the_same_text_and_time(
    bot: Station, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    message = await bot.discord.write(ada, thread, "A heap is a tree.")

    await bot.discord.touch(message)

    edited = await bot.intake.one(MessageEdited)
    posted = await bot.intake.one(MessagePosted)
    assert (edited.text, edited.at) == (posted.text, posted.at)


async def test_a_reply_says_to_whom_and_whether_to_us(bot: Station, study: Channel, guild: Guild, ada: Member) -> None:
    _, thread = await bot.question(study)
    bea = guild.add_member("Bea")
    first = await bot.discord.write(ada, thread, "A heap is a tree.")
    await bot.adapter.chat.deliver(Say("comment:1", thread_ref(thread), "Well put.", message_ref(first)))
    comment = bot.discord.messages(thread)[-1]

    await bot.discord.write(bea, thread, "I like that.", reply_to=first)
    await bot.discord.write(ada, thread, "Why?", reply_to=comment)

    await until(lambda: len(bot.intake.all(MessagePosted)) == 3)
    _, to_ada, to_us = bot.intake.all(MessagePosted)
    assert to_ada.reply_to == Replied(message_ref(first), UserRef("discord", guild.id, ada.id))
    assert to_us.reply_to == Replied(message_ref(comment), None, ours=True)


async def test_x029_deleted_messages_arrive_one_by_one_or_in_bulk(bot: Station, study: Channel, ada: Member) -> None:
    _, thread = await bot.question(study)
    messages = [await bot.discord.write(ada, thread, f"Part {number} of it.") for number in range(3)]

    await bot.discord.delete(messages[0])
    await bot.discord.bulk_delete(messages[1:])

    await until(lambda: len(bot.intake.all(MessagesDeleted)) == 2)
    one, many = bot.intake.all(MessagesDeleted)
    assert one.messages == (message_ref(messages[0]),)
    assert many.messages == tuple(map(message_ref, messages[1:]))


async def test_x029_a_deleted_thread_or_channel_is_told(bot: Station, study: Channel) -> None:
    _, thread = await bot.question(study)

    await bot.discord.remove(thread)
    await bot.discord.remove(study)

    await until(lambda: len(bot.intake.all(PlaceGone)) == 2)
    assert [gone.place for gone in bot.intake.all(PlaceGone)] == [thread_ref(thread), channel_ref(study)]


async def test_x030_our_own_words_other_bots_and_webhooks_are_no_news(
    bot: Station, study: Channel, guild: Guild, ada: Member
) -> None:
    _, thread = await bot.question(study)
    robot = guild.add_member("Robot", bot=True)
    for number in range(5):
        await bot.adapter.chat.deliver(Say(f"say:{number}", thread_ref(thread), "Our own word."))
    await bot.discord.write(robot, thread, "Beep, a heap is a tree.")
    bot.discord.replay(bot.discord.events, times=3, shuffle=1)

    posted = await last(bot, thread, ada)

    assert (posted.author.user.id, len(bot.intake.all(MessagePosted))) == (ada.id, 1)


async def test_x030_joins_and_pins_are_marked_as_such(bot: Station, study: Channel, ada: Member) -> None:
    _, thread = await bot.question(study)

    await bot.discord.write(ada, thread, "", type=6)
    await bot.discord.write(ada, thread, "A heap is a tree.")

    await until(lambda: len(bot.intake.all(MessagePosted)) == 2)
    assert [posted.system for posted in bot.intake.all(MessagePosted)] == [True, False]


async def test_foreign_messages_are_dropped_before_the_intake(
    bot: Station, study: Channel, guild: Guild, ada: Member
) -> None:
    _, ours = await bot.question(study)
    talk = await bot.discord.start_thread(ada, study, "Lunch")
    message = await bot.discord.write(ada, study, "Who has lunch?")
    other = await bot.discord.write(ada, talk, "I do.")
    await bot.discord.edit(other, "I do not.")
    await bot.discord.delete(other)
    await bot.discord.delete(message)
    await bot.discord.remove(talk)

    await last(bot, ours, ada)

    assert [type(event) for event in bot.intake.received] == [SpaceJoined, MessagePosted]


async def test_a_thread_that_was_opened_on_our_post_by_somebody_else_is_ours(
    discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    async with station(discord) as bot:
        post, thread = await _post_with_thread_of(ada, bot, study)
        await bot.listening()
        await until(lambda: discord.count("GET", "/channels/{channel_id}/messages"))

        await discord.write(ada, thread, "A heap is a tree.")

        assert (await bot.intake.one(MessagePosted)).thread == thread_ref(thread)
        assert thread.owner is ada.user
        assert post.thread is thread


async def _post_with_thread_of(who: Member, bot: Station, study: Channel) -> tuple[Message, Channel]:
    bot.discord.script("POST", "/channels/{channel_id}/messages/{message_id}/threads")
    post, thread = await bot.question(study)
    thread.owner = who.user
    return post, thread


async def test_x061_a_kick_is_told_and_x062_an_outage_is_not(bot: Station, discord: DiscordWorld, guild: Guild) -> None:
    other = discord.add_guild("Elsewhere")
    await until(lambda: len(bot.intake.all(SpaceJoined)) == 2)

    await discord.outage(guild)
    await discord.kick_bot(other)

    left = await bot.intake.one(SpaceLeft)
    assert left.space == SpaceRef("discord", other.id)


async def test_x062_a_server_that_is_back_after_an_outage_works_on(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    await discord.outage(guild)
    await discord.back(guild)

    await discord.write(ada, thread, "A heap is a tree.")

    assert (await bot.intake.one(MessagePosted)).thread == thread_ref(thread)
    assert bot.intake.all(SpaceLeft) == []


async def test_x031_somebody_who_leaves_is_told(bot: Station, discord: DiscordWorld, guild: Guild, ada: Member) -> None:
    await discord.leave(ada)

    assert (await bot.intake.one(MemberLeft)).user == UserRef("discord", guild.id, ada.id)


async def test_x069_a_renamed_channel_works_on_by_its_id(bot: Station, study: Channel, ada: Member) -> None:
    _, thread = await bot.question(study)

    await bot.discord.rename(study, "learning")
    await bot.discord.write(ada, thread, "A heap is a tree.")

    assert (await bot.intake.one(MessagePosted)).thread == thread_ref(thread)


async def test_x070_the_same_person_in_two_servers_is_two_accounts(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    other = discord.add_guild("Elsewhere")
    other.add_member(ada)
    _, here = await bot.question(study)
    _, there = await bot.question(other.add_channel("study"), key="post:2")

    await discord.write(ada, here, "A heap is a tree.")
    await discord.write(ada, there, "A heap is a tree.")

    await until(lambda: len(bot.intake.all(MessagePosted)) == 2)
    authors = {posted.author.user for posted in bot.intake.all(MessagePosted)}
    assert authors == {UserRef("discord", guild.id, ada.id), UserRef("discord", other.id, ada.id)}


async def test_x016_and_x018_a_message_told_again_is_told_under_the_same_id(
    bot: Station, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    bot.discord.repeat(times=4, seed=3, within=0.02)

    message = await bot.discord.write(ada, thread, "A heap is a tree.")

    await until(lambda: len(bot.intake.all(MessagePosted)) == 4)
    assert {posted.message for posted in bot.intake.all(MessagePosted)} == {message_ref(message)}


async def test_x013_what_cannot_be_stored_is_kept_in_order_until_it_can(
    bot: Station, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    bot.intake.away = 2

    message = await bot.discord.write(ada, thread, "A heap is a list.")
    await bot.discord.edit(message, "A heap is a tree.")
    await bot.discord.delete(message)

    await until(lambda: bot.intake.all(MessagesDeleted))
    kinds = [type(event) for event in bot.intake.received if not isinstance(event, SpaceJoined)]
    assert kinds == [MessagePosted, MessageEdited, MessagesDeleted]


async def test_one_thread_does_not_wait_for_another(bot: Station, guild: Guild, study: Channel, ada: Member) -> None:
    _, one = await bot.question(study)
    _, two = await bot.question(guild.add_channel("other"), key="post:2")
    bot.intake.away = 1

    await bot.discord.write(ada, one, "A heap is a tree.")
    await until(lambda: bot.intake.away == 0)
    await bot.discord.write(ada, two, "A stack is a pile.")

    await until(lambda: len(bot.intake.all(MessagePosted)) == 2)
    assert [posted.text for posted in bot.intake.all(MessagePosted)] == ["A stack is a pile.", "A heap is a tree."]


async def test_an_event_that_meets_a_bug_makes_way_for_its_neighbours(
    bot: Station, study: Channel, ada: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("adapters.discord_chat.lanes.FIRST_PAUSE", 0.01)
    _, thread = await bot.question(study)
    tried: list[str] = []

    def answer(event: object) -> None:
        if isinstance(event, MessagePosted) and event.text == "odd":
            tried.append(event.text)
            raise LookupError("a bug")

    bot.intake.answer = answer
    await bot.discord.write(ada, thread, "odd")
    await bot.discord.write(ada, thread, "A heap is a tree.")

    await until(lambda: any(posted.text == "A heap is a tree." for posted in bot.intake.all(MessagePosted)))
    assert len(tried) == 3
    assert "discord_event_not_filed" in caplog.text
