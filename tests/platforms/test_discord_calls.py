"""Commands, buttons, menus and forms: acknowledged in time, answered in private, and no typed word is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from discord_station import ANSWER, Station, channel_ref, message_ref, station, thread_ref
from discord_world import Channel, DiscordWorld, Guild, Member, Status
from fakes import PIXEL
from patience import until

from bot import texts
from bot.domain.incoming import ButtonPressed, CommandCalled, CompletionAsked, FormSent, Incoming, SpaceJoined
from bot.domain.outgoing import (
    Action,
    Button,
    Choice,
    Choices,
    Field,
    FieldKind,
    Form,
    FormKind,
    Immediate,
    Picture,
    Reply,
    Whisper,
)
from bot.domain.refs import UserRef

PICTURE = Picture(PIXEL, "board.png", "A board.")
FORM = Form(
    FormKind.ANSWER,
    "7",
    "What is a heap?",
    (Field("answer", "Your answer", multiline=True),),
    "Send",
    Button(Action.ANSWER, "Open the form", "7"),
)
SETUP = Form(
    FormKind.SETUP,
    "3",
    "Set up",
    (
        Field("channel", "Where", kind=FieldKind.CHANNEL),
        Field("time", "When", "09:00", max_length=5),
        Field("pack", "Questions", "a", kind=FieldKind.CHOICES, choices=(Choice("a", "Pack A"), Choice("b", "Pack B"))),
    ),
    "Preview",
)


def says(*answers: Immediate) -> Callable[[Incoming], Immediate]:
    """Answers calls in this order; servers that are joined get none."""
    left = list(answers)
    return lambda event: None if isinstance(event, SpaceJoined) else left.pop(0)


@pytest.fixture
async def bot(discord: DiscordWorld, guild: Guild) -> AsyncIterator[Station]:
    async with station(discord) as it:
        await it.listening()
        await discord.synced()
        await it.intake.one(SpaceJoined)
        yield it


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands and buttons are deferred at once, which saves a second and a half of waiting in each test."""
    monkeypatch.setattr("adapters.discord_chat.door.PATIENCE_SECONDS", 0.05)


# commands


async def test_a_long_reply_comes_in_parts_with_its_buttons_under_the_last(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    text = "\n".join(f"Line {number} of many." for number in range(200))
    bot.intake.answer = says(Reply(text, (ANSWER,)))

    call = await discord.command(ada, study, "study today")

    await call.said("Line 199 of many.")
    assert len(call.messages) > 1
    assert [len(message.buttons) for message in call.messages] == [0] * (len(call.messages) - 1) + [1]
    assert all(message.ephemeral for message in call.messages)


async def test_a_public_reply_is_for_all_and_notifies_nobody(
    bot: Station, discord: DiscordWorld, study: Channel, olga: Member
) -> None:
    bot.intake.answer = says(Reply(f"**Board** of {olga.mention} @everyone", public=True))

    call = await discord.command(olga, study, "leaderboard", {"show": "all"})

    await call.finished()
    assert not call.ephemeral
    assert discord.notified == []


async def test_x059_a_command_that_takes_long_is_deferred_and_the_result_follows(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    bot.intake.gate = asyncio.Event()
    bot.intake.answer = says(Reply("Here it is.", (ANSWER,)))

    call = await discord.command(ada, study, "study today")
    await call.answered()

    assert (call.kind, call.ephemeral, bot.intake.all(CommandCalled)) == ("deferred", True, [])
    bot.intake.gate.set()
    await call.finished()
    assert (call.text, len(call.message.buttons), len(call.messages)) == ("Here it is.", 1, 1)


@pytest.mark.usefixtures("impatient")
async def test_x059_a_public_reply_that_comes_late_is_public_all_the_same(
    bot: Station, discord: DiscordWorld, study: Channel, olga: Member
) -> None:
    bot.intake.gate = asyncio.Event()
    bot.intake.answer = says(Reply("**Board** for all", public=True))

    call = await discord.command(olga, study, "leaderboard", {"show": "all"})
    await call.answered()
    bot.intake.gate.set()

    await call.said("Board")
    assert [message.text for message in discord.messages(study)] == ["**Board** for all"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("public", [False, True])
async def test_a_picture_comes_with_a_late_reply(
    bot: Station, discord: DiscordWorld, study: Channel, olga: Member, public: bool
) -> None:
    bot.intake.gate = asyncio.Event()
    bot.intake.answer = says(Reply("**Board**", public=public, picture=PICTURE))

    call = await discord.command(olga, study, "leaderboard", {"show": "all"})
    await call.answered()
    bot.intake.gate.set()

    await call.said("Board")
    (shown,) = [message for message in call.messages if "Board" in message.text]
    assert [(each["filename"], each["description"]) for each in shown.attachments] == [("board.png", "A board.")]
    assert shown.files == {"board.png": PIXEL}
    assert shown.ephemeral is not public


async def test_a_picture_stands_under_the_last_part_of_a_reply(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    bot.intake.answer = says(Reply("One more line of this.\n" * 200, picture=PICTURE))

    call = await discord.command(ada, study, "study today")

    await until(lambda: call.messages and call.messages[-1].attachments)
    assert len(call.messages) > 1
    assert [len(message.attachments) for message in call.messages] == [0] * (len(call.messages) - 1) + [1]


@pytest.mark.usefixtures("impatient")
async def test_x059_a_form_that_comes_late_waits_behind_a_button(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    bot.intake.gate = asyncio.Event()
    bot.intake.answer = says(FORM, FORM)
    call = await discord.command(ada, study, "study answer")
    await call.answered()
    bot.intake.gate.set()
    await call.finished()

    pressed = await discord.press(ada, call.message, "Open the form")

    await pressed.answered()
    assert pressed.kind == "modal"
    assert (await bot.intake.one(ButtonPressed)).target == "7"


async def test_a_command_that_cannot_be_stored_is_answered_in_words(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    bot.intake.away = 1

    call = await discord.command(ada, study, "study today")

    await call.finished()
    assert call.text == texts.try_again()


async def test_x115_a_bug_of_ours_is_told_with_a_reference_and_no_trace(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    bot.intake.answer = lambda event: [][1]

    call = await discord.command(ada, study, "study today")

    await call.finished()
    assert "reference" in call.text
    assert "index" not in call.text


@pytest.mark.usefixtures("impatient")
async def test_x058_a_reply_after_fifteen_minutes_comes_as_a_private_message(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    bot.intake.gate = asyncio.Event()
    bot.intake.answer = says(Reply("Here it is.", (Button(Action.HIDE_ME, "Hide me"),)), Reply("Hidden."))
    call = await discord.command(ada, study, "study today")
    await call.answered()

    discord.advance(timedelta(minutes=16))
    bot.intake.gate.set()

    await until(lambda: discord.dms(ada))
    (message,) = discord.dms(ada)
    assert message.text == "Here it is."
    pressed = await discord.press(ada, message, "Hide me")
    await pressed.finished()
    assert pressed.text == "Hidden."
    assert (await bot.intake.one(ButtonPressed)).person.user == UserRef("discord", guild.id, ada.id)


@pytest.mark.usefixtures("impatient")
async def test_x058_a_public_reply_after_fifteen_minutes_comes_as_a_message(
    bot: Station, discord: DiscordWorld, study: Channel, olga: Member
) -> None:
    bot.intake.gate = asyncio.Event()
    bot.intake.answer = says(Reply("**Board** for all", public=True))
    call = await discord.command(olga, study, "leaderboard", {"show": "all"})
    await call.answered()

    discord.advance(timedelta(minutes=16))
    bot.intake.gate.set()

    await until(lambda: discord.messages(study))
    assert [message.text for message in discord.messages(study)] == ["**Board** for all"]


async def test_suggestions_come_while_typing_and_none_when_the_database_is_away(
    bot: Station, discord: DiscordWorld, study: Channel, olga: Member
) -> None:
    bot.intake.answer = says(Choices((Choice("Europe/Berlin", "Berlin"),)))

    found = await discord.complete(olga, study, "study-admin setup", option="zone", typed="Berl")
    bot.intake.away = 1
    nothing = await discord.complete(olga, study, "study-admin setup", option="zone", typed="Berli")

    assert (found, nothing) == ([("Berlin", "Europe/Berlin")], [])
    asked = await bot.intake.one(CompletionAsked)
    assert (asked.path, asked.option, asked.typed) == (("study-admin", "setup"), "zone", "Berl")


# buttons and menus


async def test_x072_a_button_of_an_older_version_gets_friendly_words(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    message, _ = await bot.question(study)

    for code in ("sb0:answer:7", "sb1:dance:7", "answer", "sb1f:answer:7", "🙂"):
        call = await discord.forge(ada, message, code)
        await call.finished()
        assert (call.text, call.ephemeral) == (texts.stale_button(), True)

    assert bot.intake.all(ButtonPressed) == []


async def test_buttons_and_forms_survive_a_restart(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    message, _ = await bot.question(study)
    bot.intake.answer = says(FORM)
    pressed = await discord.press(ada, message, "Answer")
    await pressed.answered()

    await bot.stop()
    async with station(discord) as again:
        await again.listening()
        again.intake.answer = says(Reply("Stored."), FORM)
        sent = await discord.submit(pressed, {"Your answer": "A tree."})
        await sent.finished()
        once_more = await discord.press(ada, message, "Answer")
        await once_more.answered()

    assert (sent.text, once_more.kind) == ("Stored.", "modal")


async def test_a_menu_brings_the_message_with_its_words_and_author(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    message = await discord.write(ada, thread, "A tree.")
    bot.intake.answer = lambda event: Reply("Counted.") if isinstance(event, ButtonPressed) else None

    call = await discord.menu(ada, "Count as my answer", message)

    await call.finished()
    chosen = await bot.intake.one(ButtonPressed)
    assert (chosen.action, chosen.text, chosen.message) == (Action.COUNT_AS_ANSWER, "A tree.", message_ref(message))
    assert (chosen.thread, chosen.place) == (thread_ref(thread), channel_ref(study))
    assert chosen.author == chosen.person.user == UserRef("discord", guild.id, ada.id)


async def test_x099_who_presses_is_who_discord_says_it_is(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    bea = guild.add_member("Bea")
    bot.intake.answer = lambda event: Reply("Only for you.")
    call = await discord.command(ada, study, "study progress")
    await call.finished()

    forged = await discord.forge(bea, call.message, "sb1:review:1")

    await forged.finished()
    pressed = await bot.intake.one(ButtonPressed)
    assert (pressed.person.user.id, pressed.person.organiser) == (bea.id, False)


async def test_x099_a_button_that_names_another_server_does_nothing_for_a_stranger(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member
) -> None:
    other = discord.add_guild("Elsewhere")
    await bot.adapter.chat.deliver(
        Whisper("welcome:1", UserRef("discord", guild.id, ada.id), channel_ref(study), "Hello.")
    )
    (message,) = discord.dms(ada)

    for code in (f"sb1:hide:@{other.id}", "sb1:hide:@999", "sb1:hide:"):
        call = await discord.forge(ada, message, code)
        await call.finished()
        assert call.text.startswith("You are not in that server")

    in_a_server, _ = await bot.question(study)
    bot.intake.answer = lambda event: Reply("Hidden.")
    await (await discord.forge(ada, in_a_server, f"sb1:hide:@{other.id}")).finished()
    assert (await bot.intake.one(ButtonPressed)).person.user.workspace == guild.id


async def test_an_organiser_is_known_in_a_private_conversation_too(
    bot: Station, discord: DiscordWorld, guild: Guild, study: Channel, ada: Member, olga: Member
) -> None:
    bot.intake.answer = lambda event: Reply("Done.")
    yes = Button(Action.CONFIRM_SETUP, "Yes", "3")
    for who in (ada, olga):
        user = UserRef("discord", guild.id, who.id)
        await bot.adapter.chat.deliver(Whisper(f"setup:{who.id}", user, channel_ref(study), "So?", buttons=(yes,)))
        await (await discord.press(who, discord.dms(who)[0], "Yes")).finished()

    assert [pressed.person.organiser for pressed in bot.intake.all(ButtonPressed)] == [False, True]


# forms


async def test_every_kind_of_field_comes_back_by_its_name(
    bot: Station, discord: DiscordWorld, study: Channel, olga: Member
) -> None:
    bot.intake.answer = says(SETUP, Reply("A preview follows."))

    call = await discord.command(olga, study, "study-admin setup")
    sent = await discord.submit(call, {"Where": study.id, "When": "08:30", "Questions": ["a", "b"]})

    await sent.finished()
    form = await bot.intake.one(FormSent)
    assert (form.kind, form.target) == (FormKind.SETUP, "3")
    assert form.fields == {"channel": study.id, "time": "08:30", "pack": "a,b"}


@pytest.mark.usefixtures("impatient")
async def test_x059_a_form_is_not_closed_before_it_is_stored(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    bot.intake.answer = says(FORM, Reply("Stored."))
    call = await discord.command(ada, study, "study answer")
    await call.answered()
    bot.intake.gate = asyncio.Event()

    sent = await discord.submit(call, {"Your answer": "A tree."})
    await until(lambda: bot.intake.asked == 3)
    # Longer than a command would wait before it says "thinking".
    with pytest.raises(TimeoutError):
        await sent.answered(seconds=0.5)

    bot.intake.gate.set()
    await sent.finished()
    assert (sent.kind, sent.text) == ("message", "Stored.")


async def test_a_form_that_cannot_be_stored_gives_every_word_back(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    typed = "\n".join(f"{number}. A heap is a tree, with order." for number in range(100))
    bot.intake.answer = says(FORM)
    call = await discord.command(ada, study, "study answer")
    await call.answered()
    bot.intake.away = 1

    sent = await discord.submit(call, {"Your answer": typed})

    await sent.said("99")
    assert sent.ephemeral
    assert sent.text.startswith(texts.try_again())
    shown = sent.text.replace("\\", "").replace("> ", "")
    assert [line for line in typed.splitlines() if line not in shown] == []


async def test_x072_a_form_of_an_older_version_gives_every_word_back(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    bot.intake.answer = says(FORM)
    call = await discord.command(ada, study, "study answer")
    await call.answered()
    assert call.modal is not None
    object.__setattr__(call.modal, "custom_id", "sb0form/answer/7")

    sent = await discord.submit(call, {"Your answer": "A tree."})

    await sent.said("A tree.")
    assert bot.intake.all(FormSent) == []


async def test_a_call_whose_answer_is_refused_is_taken_in_all_the_same(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    discord.script("POST", "/interactions/{interaction_id}/{interaction_token}/callback", Status(404, code=10062))

    await discord.command(ada, study, "study today")

    assert (await bot.intake.one(CommandCalled)).path == ("study", "today")


async def test_a_call_in_a_thread_is_about_the_channel_it_hangs_under(
    bot: Station, discord: DiscordWorld, study: Channel, ada: Member
) -> None:
    _, thread = await bot.question(study)
    bot.intake.answer = says(Reply("Here."))

    await (await discord.command(ada, thread, "study today")).finished()

    assert (await bot.intake.one(CommandCalled)).place == channel_ref(study)
