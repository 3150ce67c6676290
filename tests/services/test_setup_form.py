"""Set-up in chat by a form of four questions: what it shows, what it does, and who may send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from group import FixedQuestions, Study, study
from organised import askings, draft_shown, reply_of, set_up

from bot.domain.incoming import ButtonPressed, FormSent
from bot.domain.outgoing import Action, FieldKind, Form, FormKind, Immediate, Whisper
from bot.domain.refs import ChannelRef, Person, SpaceRef
from bot.ports import Lacking
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILLED = {"channel": "study", "time": "10:30", "zone": "europe/berlin", "pack": "pack"}


async def opened(group: Study, person: Person | None = None) -> Form:
    form = await group.call(person or group.organiser, "/study-admin setup")
    assert isinstance(form, Form)
    return form


async def send(
    group: Study,
    fields: Mapping[str, str],
    person: Person | None = None,
    sending: str = "sent-1",
    place: ChannelRef | None = None,
) -> Immediate:
    who, where = person or group.organiser, place or group.channel
    return await group.receive(FormSent(FormKind.SETUP, "", who, where, fields, sending, group.clock.now()))


async def drafts(group: Study) -> int:
    """How many previews the organisers were shown."""
    await group.settle()
    return sum(each.item.key.startswith("setup:") for each in group.chat.whispers())


@only_sqlite
async def test_the_form_asks_four_questions_and_knows_good_answers(database: Database) -> None:
    async with study(database, started=False, questions=FixedQuestions(packs=("pack", "more"))) as group:
        olga = replace(group.organiser, zone="europe/berlin")

        form = await opened(group, olga)

        assert form.kind is FormKind.SETUP
        assert [(field.name, field.kind, field.value) for field in form.fields] == [
            ("channel", FieldKind.CHANNEL, "study"),
            ("time", FieldKind.TEXT, "09:00"),
            ("zone", FieldKind.TEXT, "Europe/Berlin"),
            ("pack", FieldKind.CHOICES, "pack,more"),
        ]
        assert [choice.value for choice in form.fields[3].choices] == ["pack", "more"]


@only_sqlite
async def test_the_form_shows_what_stands_in_the_channel(database: Database) -> None:
    async with study(database, questions=FixedQuestions(packs=("pack", "more"))) as group:
        await set_up(group, time="07:45", zone="Asia/Tokyo", pack="more")

        form = await opened(group)

        assert [field.value for field in form.fields] == ["study", "07:45", "Asia/Tokyo", "more"]


async def test_the_form_goes_the_way_of_the_command_to_the_first_question(database: Database) -> None:
    async with study(database, started=False) as group:
        reply = reply_of(await send(group, FILLED))
        await group.settle()

        preview = group.chat.whispers(group.organiser.user)[0]
        assert "private preview follows" in reply.text
        assert "One question at 10:30 (Europe/Berlin), `Mon-Fri`" in preview.text
        assert group.chat.posts() == []

        done = reply_of(await group.press(group.organiser, Action.CONFIRM_SETUP, draft_shown(group)))
        await group.press(group.organiser, Action.POST_NOW, done.buttons[0].target)
        await group.settle()
        assert len(group.chat.posts("study")) == 1


@only_sqlite
async def test_days_and_comments_that_the_form_does_not_ask_for_stay(database: Database) -> None:
    async with study(database) as group:
        await set_up(group, days="mon,wed", comments="full")

        await send(group, FILLED)
        await group.settle()
        await group.press(group.organiser, Action.CONFIRM_SETUP, draft_shown(group))

        track = (await group.tracks())[0]
        assert (sorted(track.schedule.weekdays), track.comments.value) == ([0, 2], "full")
        assert f"{track.schedule.at:%H:%M}" == "10:30"
        assert [each.question for each in await askings(group)] == ["pack-1"]


@only_sqlite
async def test_fields_left_empty_keep_what_stands(database: Database) -> None:
    async with study(database) as group:
        await send(group, {"channel": "", "time": " ", "zone": "Asia/Tokyo", "pack": ""})
        await group.settle()

        shown = group.chat.whispers(group.organiser.user)[-1].text
        assert "One question at 09:00 (Asia/Tokyo)" in shown


@only_sqlite
@pytest.mark.parametrize(
    ("field", "typed", "advice"),
    [
        ("time", "25:00", "09:00"),
        ("time", "soon", "09:00"),
        ("zone", "Berlin/Europe", "Europe/Berlin"),
        ("pack", "nonsense", "I have"),
        ("channel", "<@everyone>", "channel"),
    ],
)
async def test_a_wrong_value_comes_back_with_all_that_was_typed_and_what_to_do(
    database: Database, field: str, typed: str, advice: str
) -> None:
    async with study(database) as group:
        said = reply_of(await send(group, {**FILLED, field: typed})).text.replace("\\", "").replace("\u200b", "")

        assert typed in said
        assert advice in said
        assert all(value in said for name, value in FILLED.items() if name != field)
        assert "/study-admin setup" in said
        assert await drafts(group) == 0


async def test_x016_the_same_set_up_form_four_times_is_one_draft(database: Database) -> None:
    async with study(database) as group:
        said = [reply_of(await send(group, FILLED)).text for _ in range(4)]

        assert len(set(said)) == 1
        assert await drafts(group) == 1
        await send(group, FILLED, sending="sent-2")
        assert await drafts(group) == 2


@only_sqlite
@pytest.mark.fault(98)
async def test_x099_the_form_of_somebody_who_may_not_organise_is_refused_and_logged(database: Database) -> None:
    async with study(database) as group:
        await opened(group)
        former = replace(group.organiser, organiser=False)

        for person in (former, group.person("Eve")):
            said = reply_of(await send(group, FILLED, person))
            assert "is for organisers" in said.text

        log = await group.core.storage.read(lambda tx: tx.members.log_lines(group.group, 9))
        assert [outcome for _, _, _, outcome in log] == ["refused", "refused", "done"]
        assert await drafts(group) == 0


@only_sqlite
async def test_x099_fields_that_were_never_asked_are_refused(database: Database) -> None:
    async with study(database) as group:
        said = reply_of(await send(group, {**FILLED, "organiser": "yes"}))

        assert "no option of that name" in said.text
        assert await drafts(group) == 0


@only_sqlite
async def test_x099_a_channel_of_another_space_can_neither_be_named_nor_confirmed(database: Database) -> None:
    async with study(database) as here, study(database, workspace="two") as there:
        await send(here, FILLED)
        await here.settle()
        draft = draft_shown(here)
        stolen = ChannelRef("test", "two", "study")

        foreign = await there.press(there.organiser, Action.CONFIRM_SETUP, draft)
        elsewhere = Person(here.organiser.user, "Olga", organiser=True)
        pressed = ButtonPressed(Action.CONFIRM_SETUP, draft, elsewhere, stolen, "p", here.clock.now())
        await here.receive(pressed)

        assert "cannot find that" in reply_of(foreign).text
        assert [f"{each.schedule.at:%H:%M}" for group in (here, there) for each in await group.tracks()] == [
            "09:00",
            "09:00",
        ]


@only_sqlite
async def test_x099_a_form_from_a_place_we_do_not_serve_changes_nothing(database: Database) -> None:
    async with study(database) as group:
        nowhere = ChannelRef("test", "nowhere", "study")

        said = reply_of(await send(group, FILLED, place=nowhere))

        assert "I do not serve this place yet" in said.text
        assert await group.core.storage.read(lambda tx: tx.members.group_of(SpaceRef("test", "nowhere"))) is None


@only_sqlite
async def test_a_channel_the_bot_cannot_see_is_explained_in_private(database: Database) -> None:
    async with study(database) as group:
        group.chat.missing = (Lacking("View channel", "Channel settings, Permissions"),)

        await send(group, {**FILLED, "channel": "hidden"})
        await group.settle()

        shown = group.chat.whispers(group.organiser.user)[-1]
        assert "View channel" in shown.text
        assert isinstance(shown.item, Whisper)
        assert shown.item.buttons == ()
