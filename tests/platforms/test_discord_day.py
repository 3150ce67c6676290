"""A day on Discord, step by step: what people do arrives as our values, and what we say arrives as people see it."""

from __future__ import annotations

from discord_station import Station, channel_ref, message_ref, station, thread_ref
from discord_world import Delay, Guild
from patience import until

from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent, MessagePosted, SpaceJoined
from bot.domain.outgoing import Action, Field, Form, FormKind, Immediate, Received, Reply, Say
from bot.domain.refs import SpaceRef, UserRef

FORM = Form(FormKind.ANSWER, "7", "What is a heap?", (Field("answer", "Your answer", multiline=True),), "Send")


async def test_a_server_is_joined_by_its_name(bot: Station, guild: Guild) -> None:
    joined = await bot.intake.one(SpaceJoined)

    assert (joined.space, joined.name) == (SpaceRef("discord", guild.id), "Study Hall")


async def test_a_question_is_a_post_with_a_button_and_a_thread(bot: Station, guild: Guild) -> None:
    study = guild.add_channel("study")

    message, thread = await bot.question(study)

    assert message.text == "**What is a heap?**"
    assert [button["custom_id"] for button in message.buttons] == ["sb1:answer:7"]
    assert (thread.name, thread.id, thread.archive_minutes) == ("What is a heap?", message.id, 7 * 24 * 60)


async def test_a_message_in_the_thread_arrives_with_all_that_matters(bot: Station, guild: Guild) -> None:
    ada = guild.add_member("Ada", nick="Ada L.")
    bea = guild.add_member("Bea")
    _, thread = await bot.question(guild.add_channel("study"))

    message = await bot.discord.write(ada, thread, f"{bot.discord.bot.mention} {bea.mention} A heap is a tree.")

    posted = await bot.intake.one(MessagePosted)
    assert (posted.message, posted.thread, posted.text) == (message_ref(message), thread_ref(thread), message.text)
    assert (posted.author.user, posted.author.name) == (UserRef("discord", guild.id, ada.id), "Ada L.")
    assert (posted.author.bot, posted.system, posted.reply_to) == (False, False, None)
    assert [user.id for user in posted.mentions] == [bea.id]


async def test_an_answer_gets_the_sign_and_the_comment_replaces_it(bot: Station, guild: Guild) -> None:
    _, thread = await bot.question(guild.add_channel("study"))
    bot.intake.answer = lambda event: Received(event.message) if isinstance(event, MessagePosted) else None
    answer = await bot.discord.write(guild.add_member("Ada"), thread, "A heap is a tree.")
    await until(lambda: "\N{EYES}" in answer.marks)

    said = await bot.adapter.chat.deliver(Say("comment:1", thread_ref(thread), "Well put.", message_ref(answer)))

    await until(lambda: not answer.marks)
    comment = next(each for each in bot.discord.messages(thread) if each.id == said)
    assert (comment.text, comment.reply_to) == ("Well put.", answer)
    assert bot.discord.notified == []


async def test_x060_a_slow_sign_does_not_outlive_the_comment_of_another_process(bot: Station, guild: Guild) -> None:
    _, thread = await bot.question(guild.add_channel("study"))
    bot.intake.answer = lambda event: Received(event.message) if isinstance(event, MessagePosted) else None
    sign = "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me"
    bot.discord.script("PUT", sign, Delay(0.3))
    answer = await bot.discord.write(guild.add_member("Ada"), thread, "A heap is a tree.")
    await until(lambda: bot.discord.count("PUT", sign))

    async with station(bot.discord) as worker:
        await worker.adapter.chat.deliver(Say("comment:1", thread_ref(thread), "Well put.", message_ref(answer)))

        await until(lambda: bot.discord.count("DELETE", sign) == 2)
    await until(lambda: not answer.marks)


async def test_a_command_is_answered_privately(bot: Station, guild: Guild) -> None:
    study, olga = guild.add_channel("study"), guild.add_member("Olga", organiser=True)
    bot.intake.answer = lambda event: Reply("It opens at nine.") if isinstance(event, CommandCalled) else None
    await bot.discord.synced()

    call = await bot.discord.command(olga, study, "study-admin setup", {"channel": study, "time": "09:00"})
    await call.finished()

    assert (call.text, call.kind, call.ephemeral) == ("It opens at nine.", "message", True)
    called = await bot.intake.one(CommandCalled)
    assert (called.path, called.place) == (("study-admin", "setup"), channel_ref(study))
    assert called.options == {"channel": study.id, "time": "09:00"}
    assert called.person.organiser


async def test_the_button_opens_the_form_and_the_form_comes_back(bot: Station, guild: Guild) -> None:
    ada, study = guild.add_member("Ada"), guild.add_channel("study")
    message, _ = await bot.question(study)

    def answer(event: object) -> Immediate:
        return FORM if isinstance(event, ButtonPressed) else Reply("Stored.") if isinstance(event, FormSent) else None

    bot.intake.answer = answer

    pressed = await bot.discord.press(ada, message, "Answer")
    sent = await bot.discord.submit(pressed, {"Your answer": "A tree\nwith order."})
    await sent.finished()

    press, form = await bot.intake.one(ButtonPressed), await bot.intake.one(FormSent)
    assert (press.action, press.target, press.message) == (Action.ANSWER, "7", message_ref(message))
    assert (form.kind, form.target, form.fields) == (FormKind.ANSWER, "7", {"answer": "A tree\nwith order."})
    assert (form.person.user, form.place) == (press.person.user, channel_ref(study))
    assert (sent.text, sent.ephemeral) == ("Stored.", True)
