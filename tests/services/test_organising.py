"""What organisers settle: setting up, saying yes, and who may not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from fakes import START
from group import FixedQuestions, question, study
from organised import asked, askings, draft_shown, reply_of, set_up

from bot import texts
from bot.domain.errors import NotNow, Refused
from bot.domain.incoming import ButtonPressed, CommandCalled
from bot.domain.outgoing import Action, Outgoing, Whisper
from bot.ports import Lacking
from bot.storage.engine import Database

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
async def test_f61_missing_rights_are_named_one_by_one_and_nothing_is_public(database: Database) -> None:
    async with study(database, started=False) as group:
        group.chat.missing = (
            Lacking("Send messages", "Channel settings, Permissions"),
            Lacking("Create threads", "Channel settings, Permissions"),
        )

        reply = reply_of(await group.call(group.organiser, "/study-admin setup", time="10:00"))
        await group.settle()

        shown = group.chat.whispers(group.organiser.user)
        assert not reply.public
        assert [shown[0].text.count(right) for right in ("Send messages", "Create threads")] == [1, 1]
        assert isinstance(shown[0].item, Whisper)
        assert shown[0].item.buttons == ()
        assert [type(each) for each in group.chat.delivered] == [Whisper]
        assert await group.tracks() == []


@on_sqlite
async def test_f61_a_fresh_server_is_shown_a_preview_and_asks_only_after_the_yes(database: Database) -> None:
    async with study(database, started=False) as group:
        await group.call(group.organiser, "/study-admin setup", time="10:00", zone="Europe/Berlin", days="mon-fri")
        await group.pass_time(timedelta(days=1), step=timedelta(hours=1))

        shown = group.chat.whispers(group.organiser.user)
        assert len(shown) == 1
        assert "nothing is public yet" in shown[0].text
        assert "Question pack-1" in shown[0].text
        assert group.chat.posts() == []

        reply = reply_of(await group.press(group.organiser, Action.CONFIRM_SETUP, draft_shown(group)))
        assert [button.action for button in reply.buttons] == [Action.POST_NOW]
        await group.press(group.organiser, Action.POST_NOW, reply.buttons[0].target)
        await group.pass_time(timedelta(hours=3))

        assert ["An extra question" in each.text for each in group.chat.posts()] == [True, False]


@pytest.mark.parametrize("pause", [timedelta(0), timedelta(seconds=30)], ids=["at once", "when it is there"])
async def test_post_one_now_pressed_twice_in_a_row_posts_one(database: Database, pause: timedelta) -> None:
    async with study(database) as group:
        track = str((await group.tracks())[0].id)

        first = reply_of(await group.press(group.organiser, Action.POST_NOW, track))
        await group.pass_time(pause)
        second = reply_of(await group.press(group.organiser, Action.POST_NOW, track))
        await group.pass_time(timedelta(minutes=2))
        assert [each.slot for each in await askings(group)] == ["scheduled", "extra-1"]
        await group.press(group.organiser, Action.POST_NOW, track)
        await group.settle()

        assert first.text == texts.posting_now()
        assert second.text == texts.posting_already()
        assert [each.slot for each in await askings(group)] == ["scheduled", "extra-1", "extra-2"]
        assert len(group.chat.posts()) == 3


@on_sqlite
async def test_x016_a_press_or_command_that_is_delivered_again_posts_nothing_more(database: Database) -> None:
    async with study(database) as group:
        track, now = (await group.tracks())[0].id, group.clock.now()
        press = ButtonPressed(Action.POST_NOW, str(track), group.organiser, group.channel, "press-x", now)
        call = CommandCalled(("study-admin", "post"), group.organiser, group.channel, "call-x", now)

        for event in (press, call):
            for _ in range(3):
                assert reply_of(await group.receive(event)).text == texts.posting_now()
                await group.pass_time(timedelta(minutes=5))

        assert [each.slot for each in await askings(group)] == ["scheduled", "extra-1", "extra-2"]


@on_sqlite
async def test_saying_yes_twice_changes_nothing_more(database: Database) -> None:
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin setup", time="11:00")
        await group.settle()

        first = await group.press(group.organiser, Action.CONFIRM_SETUP, draft_shown(group))
        second = await group.press(group.organiser, Action.CONFIRM_SETUP, draft_shown(group))

        assert first == second
        assert [f"{each.schedule.at:%H:%M}" for each in await group.tracks()] == ["11:00"]


async def test_two_drafts_confirmed_at_once_make_one_track(database: Database) -> None:
    async with study(database, started=False) as group:
        for time in ("10:00", "11:00", "12:00", "13:00"):
            await group.call(group.organiser, "/study-admin setup", time=time, zone="Europe/Berlin")

        await asyncio.gather(*(group.press(group.organiser, Action.CONFIRM_SETUP, str(id)) for id in range(1, 5)))

        assert len(await group.tracks()) == 1


@on_sqlite
async def test_a_change_keeps_what_was_not_named_and_what_was_asked(database: Database) -> None:
    async with study(database, questions=FixedQuestions(9)) as group:
        await set_up(group, time="09:30", comments="private")
        await set_up(group, days="mon-fri")

        track = (await group.tracks())[0]
        assert (f"{track.schedule.at:%H:%M}", track.comments.value, len(track.schedule.weekdays)) == (
            "09:30",
            "private",
            5,
        )
        assert [each.question for each in await askings(group)] == ["pack-1"]


@on_sqlite
@pytest.mark.fault(62)
@pytest.mark.parametrize("command", ["setup", "post", "pause", "resume", "preview"])
async def test_others_may_not_organise_and_the_attempt_is_logged(database: Database, command: str) -> None:
    async with study(database) as group:
        eve = group.person("Eve")

        reply = reply_of(await group.call(eve, f"/study-admin {command}"))
        await group.settle()

        log = await group.core.storage.read(lambda tx: tx.members.log_lines(group.group, 5))
        assert not reply.public
        assert [(who, what.split()[-1], outcome) for _, who, what, outcome in log] == [("u-eve", command, "refused")]
        assert len(group.chat.posts()) == 1
        assert await group.core.storage.read(lambda tx: tx.asking.track(group.group, 2)) is None
        assert not await group.core.storage.read(lambda tx: tx.asking.pauses(group.group, 1))


@on_sqlite
async def test_a_stolen_yes_button_is_refused(database: Database) -> None:
    async with study(database, started=False) as group:
        await group.call(group.organiser, "/study-admin setup", time="09:00")
        await group.settle()

        await group.press(group.person("Eve"), Action.CONFIRM_SETUP, draft_shown(group))

        assert await group.tracks() == []


@on_sqlite
async def test_posting_by_the_button_of_a_draft_posts_nothing(database: Database) -> None:
    async with study(database, started=False) as group:
        await group.call(group.organiser, "/study-admin setup", time="09:00")
        await group.settle()

        await group.press(group.organiser, Action.POST_NOW, draft_shown(group))
        await group.pass_time(timedelta(hours=1))

        assert group.chat.posts() == []


@on_sqlite
@pytest.mark.parametrize(
    ("command", "options", "names"),
    [
        ("setup", {"time": "25:00"}, "25:00"),
        ("setup", {"zone": "Berlin/Europe"}, "Berlin/Europe"),
        ("setup", {"days": "someday"}, "someday"),
        ("setup", {"pack": "nonsense"}, "nonsense"),
        ("setup", {"channel": "<@everyone>"}, "everyone"),
        ("pause", {"until": "soon"}, "soon"),
        ("pause", {"until": "2026-11-01"}, "last day"),
        ("preview", {"count": "99"}, "99"),
    ],
)
async def test_what_was_typed_wrong_is_explained_and_changes_nothing(
    database: Database, command: str, options: dict[str, str], names: str
) -> None:
    async with study(database) as group:
        before = await group.tracks()

        reply = reply_of(await group.call(group.organiser, f"/study-admin {command}", **options))
        await group.settle()

        assert names in reply.text.replace("\\", "")
        assert await group.tracks() == before
        assert not await group.core.storage.read(lambda tx: tx.asking.pauses(group.group, 1))


@on_sqlite
async def test_a_changed_set_up_previews_the_question_that_really_comes_next(database: Database) -> None:
    async with study(database) as group:
        [asked_before] = await asked(group)
        assert asked_before is not None

        await group.call(group.organiser, "/study-admin setup", time="07:30")
        await group.settle()

        preview = group.chat.whispers(group.organiser.user)[-1].text
        assert "First question" in preview
        assert question(asked_before).title not in preview


@on_sqlite
async def test_the_preview_of_a_set_up_waits_for_a_platform_that_is_away(database: Database) -> None:
    async with study(database, started=False) as group:

        def away(item: Outgoing) -> None:
            raise NotNow("away")

        group.chat.trouble = away
        await group.call(group.organiser, "/study-admin setup", time="09:00")
        await group.settle()
        group.chat.trouble = lambda item: None
        await group.pass_time(timedelta(minutes=5), step=timedelta(minutes=1))

        assert len(group.chat.whispers(group.organiser.user)) == 1


@on_sqlite
async def test_an_organiser_who_lets_nobody_write_to_them_does_not_keep_the_others_from_being_told(
    database: Database,
) -> None:
    async with study(database) as group:
        await group.call(group.person("Anna", organiser=True), "/study-admin preview")
        await group.call(group.organiser, "/study-admin preview")
        group.questions.packs["pack"].clear()

        def refuse(item: Outgoing) -> None:
            if isinstance(item, Whisper) and item.user.id == "u-anna":
                raise Refused("no private messages, please")

        group.chat.trouble = refuse
        group.clock.set(START + timedelta(days=1))
        await group.settle()

        assert len(group.chat.whispers(group.organiser.user)) == 1
        assert await group.settle() == 0
