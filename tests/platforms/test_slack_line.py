"""The line to Slack: opened, lost, opened again, refused; and what was missed meanwhile is read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from patience import until
from slack_side import Day, RecordingPace, day_on_slack, listening, over_socket, side_of
from slack_world import Error, HistoryLimit, Limits, RateLimited, Status, slack_world
from slack_world.values import Message

from adapters import slack_chat
from adapters.slack_chat import SlackMode, SlackSettings, line
from bot.domain.errors import Refused
from bot.domain.incoming import MessageEdited, MessagePosted, MessagesDeleted, PlaceGone, SpaceJoined
from bot.ports import LiveThread

LOST, BACK = "slack_connection_lost", "slack_connection_back"


@pytest.fixture
async def day() -> AsyncIterator[Day]:
    async with day_on_slack() as day:
        yield day


def live(day: Day, question: Message, *parts: Message) -> LiveThread:
    thread = day.side.thread(question.channel.id, question.ts)
    return LiveThread(thread, datetime.now(UTC), tuple(part.ts for part in parts))


def told(caplog: pytest.LogCaptureFixture, what: str) -> int:
    return sum(record.getMessage() == what for record in caplog.records)


# ---------------------------------------------------------------- opening


async def test_the_workspace_is_joined_at_the_start_and_once(day: Day) -> None:
    question = await day.question()
    await day.slack.write(day.ada, day.study, "an answer", thread=question)

    (joined,) = day.side.intake.of(SpaceJoined)
    assert (joined.space, joined.name, joined.ask_in) == (day.side.space, "Study", None)


@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "not_allowed_token_type"])
async def test_x064_a_token_for_the_socket_that_slack_refuses_ends_it_at_once(code: str) -> None:
    async with slack_world() as slack:
        slack.script("apps.connections.open", Error(code), for_ever=True)
        side = side_of(slack)

        with pytest.raises(Refused, match=code):
            await side.adapter().run(side.intake)

        assert len(slack.calls("apps.connections.open")) == 1


@pytest.mark.parametrize("mode", SlackMode)
@pytest.mark.fault(64)
async def test_x064_a_bots_token_that_slack_refuses_ends_it_at_once(mode: SlackMode) -> None:
    async with slack_world() as slack:
        slack.script("auth.test", Error("invalid_auth"), for_ever=True)
        side = side_of(slack)

        with pytest.raises(Refused, match="invalid_auth"):
            await side.adapter(mode).run(side.intake)

        assert [one.method for one in slack.requests] == ["auth.test"]


async def test_bolts_own_store_stays_out_even_where_a_client_id_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "made up")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "made up as well")
    async with day_on_slack() as day:
        question = await day.question()
        await day.slack.write(day.ada, day.study, "an answer", thread=question)

        assert len(day.side.intake.of(MessagePosted)) == 1
        assert os.listdir(tmp_path) == []


async def test_a_slack_that_is_away_at_the_start_is_waited_for() -> None:
    async with slack_world() as slack:
        slack.script("auth.test", Status(503))
        slack.script("apps.connections.open", Status(503), RateLimited(0))
        slack.script("socket", Status(500))

        async with over_socket(slack) as (side, adapter):
            assert adapter.opened
            assert len(side.intake.of(SpaceJoined)) == 1


def test_http_without_a_signing_secret_is_no_way_to_listen() -> None:
    with pytest.raises(ValueError, match="signing secret"):
        slack_chat.create(SlackSettings(mode=SlackMode.HTTP), None, None, None)  # type: ignore[arg-type]


def test_x109_tokens_are_in_no_repr() -> None:
    settings = SlackSettings(app_token="xapp-made-up", signing_secret="made up")

    assert "made" not in repr(settings)


# ---------------------------------------------------------------- losing


@pytest.mark.parametrize("politely", [True, False])
async def test_a_lost_socket_is_opened_again_and_said_once(
    day: Day, politely: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    question = await day.question()

    await day.slack.drop(politely=politely)
    await until(lambda: told(caplog, BACK))
    await day.slack.write(day.ada, day.study, "an answer", thread=question)

    assert len(day.side.intake.of(MessagePosted)) == 1
    assert (told(caplog, LOST), told(caplog, BACK)) == (1, 1)
    assert day.slack.connections == 1


async def test_an_outage_is_said_once_however_often_it_was_tried(day: Day, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    await day.slack.down()
    await until(lambda: len(day.slack.calls("apps.connections.open")) >= 3)
    assert not day.adapter.opened
    day.slack.up()
    await until(lambda: day.adapter.opened)

    assert (told(caplog, LOST), told(caplog, BACK)) == (1, 1)


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_a_socket_is_replaced_before_it_is_left(day: Day, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    question = await day.question()
    day.side.intake.gate = asyncio.Event()
    day.slack.waits = False
    written = await day.slack.write(day.ada, day.study, "an answer", thread=question)
    await until(lambda: day.side.intake.asked)

    await day.slack.disconnect(reason)
    await until(lambda: day.slack.connections == 2)
    day.side.intake.gate.set()
    await until(lambda: written.delivery is not None and written.delivery.acked)

    assert written.delivery is not None
    assert len(written.delivery.attempts) == 1
    assert told(caplog, LOST) == 0
    assert day.side.views.asked == 1


async def test_a_socket_that_is_closed_again_and_again_is_not_opened_in_a_hurry(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[int] = []

    def noted(failures: int, error: BaseException | None) -> float:
        pauses.append(failures)
        return 0.0

    monkeypatch.setattr(line, "_pause", noted)

    for _ in range(4):
        await until(lambda: day.slack.connections == 1 and day.adapter.opened)
        await day.slack.disconnect("too_many_websockets")
        await day.slack.drop()
    await until(lambda: len(pauses) >= 4)

    assert pauses[:4] == [1, 2, 3, 4]


def test_pauses_grow_and_end_at_a_minute() -> None:
    grown = [line._pause(failures, None) for failures in (1, 3, 5, 9, 40)]

    assert grown[:4] == sorted(grown[:4])
    assert 48 <= grown[-1] <= 72


async def test_the_last_answers_are_stored_and_acknowledged_before_it_ends() -> None:
    async with slack_world() as slack:
        study, ada = slack.add_channel("study"), slack.add_member("Ada")
        side = side_of(slack)
        adapter = side.adapter()
        async with listening(side, adapter):
            day = Day(slack, side, adapter, study, ada)
            question = await day.question()
            side.intake.gate = asyncio.Event()
            slack.waits = False
            written = await slack.write(ada, study, "an answer", thread=question)
            await until(lambda: side.intake.asked)
            asyncio.get_running_loop().call_later(0.2, side.intake.gate.set)

        assert written.delivery is not None
        await until(lambda: written.delivery is not None and written.delivery.acked)
        assert len(side.intake.of(MessagePosted)) == 1
        assert not adapter.opened


async def test_it_listens_again_after_it_was_ended() -> None:
    async with slack_world() as slack:
        study, ada = slack.add_channel("study"), slack.add_member("Ada")
        side = side_of(slack)
        adapter = side.adapter()
        async with listening(side, adapter):
            pass
        async with listening(side, adapter):
            question = await Day(slack, side, adapter, study, ada).question()
            await slack.write(ada, study, "an answer", thread=question)

        assert len(side.intake.of(MessagePosted)) == 1


# ---------------------------------------------------------------- what was missed


async def test_x023_what_was_written_changed_and_deleted_while_slack_was_away_is_read(day: Day) -> None:
    question = await day.question()
    before, changed, deleted = [
        await day.slack.write(day.ada, day.study, text, thread=question) for text in ("one", "two", "three")
    ]
    day.side.intake.told.clear()
    day.side.views.threads = [live(day, question, before, changed, deleted)]

    await day.slack.down()
    written = [await day.slack.write(day.ada, day.study, f"missed {n}", thread=question) for n in range(20)]
    await day.slack.edit(changed, "two and a half")
    await day.slack.delete(deleted)
    day.slack.up()
    await until(lambda: day.side.intake.of(MessagesDeleted))

    posted = [one.message.id for one in day.side.intake.of(MessagePosted)]
    assert posted == [before.ts, *(one.ts for one in written)]
    (edited,) = day.side.intake.of(MessageEdited)
    assert (edited.message.id, edited.text) == (changed.ts, "two and a half")
    (gone,) = day.side.intake.of(MessagesDeleted)
    assert [one.id for one in gone.messages] == [deleted.ts]


@dataclass
class SpacingPace(RecordingPace):
    """Keeps turns apart, as the real one does."""

    free_at: dict[str, float] = field(default_factory=dict)

    async def turn(self, bucket: str, per_second: float, hurries: bool = False) -> None:
        await super().turn(bucket, per_second)
        start = max(time.monotonic(), self.free_at.get(bucket, 0.0))
        self.free_at[bucket] = start + 1 / per_second
        await asyncio.sleep(start - time.monotonic())


async def test_x023_reading_keeps_to_the_rate_slack_allows() -> None:
    async with slack_world() as slack:
        study, ada = slack.add_channel("study"), slack.add_member("Ada")
        side = side_of(slack)
        side.pace = SpacingPace()
        slack.limits = Limits(history=HistoryLimit(calls=1, seconds=1, objects=15))
        adapter = side.adapter()
        async with listening(side, adapter):
            day = Day(slack, side, adapter, study, ada)
            question = await day.question()
            side.views.threads = [live(day, question)]
            await slack.down()
            written = [await slack.write(ada, study, f"missed {number}", thread=question) for number in range(40)]
            slack.up()
            await until(lambda: len(side.intake.of(MessagePosted)) == 40)

        assert [one.message.id for one in side.intake.of(MessagePosted)] == [one.ts for one in written]
        asked = slack.calls("conversations.replies")
        assert len([one for one in asked if one.error is None]) == 3
        assert len([one for one in asked if one.error == "ratelimited"]) <= 2


async def test_a_thread_that_cannot_be_read_keeps_nobody_from_the_others(day: Day) -> None:
    hidden = day.slack.add_channel("hidden")
    there, here = await day.question(hidden), await day.question()
    gone = LiveThread(day.side.thread(day.study.id, "1700000000.000001"), datetime.now(UTC), ())
    day.side.views.threads = [gone, live(day, there), live(day, here)]
    await day.slack.leave(day.slack.bot, hidden)
    await day.slack.down()
    await day.slack.write(day.ada, day.study, "missed", thread=here)
    day.slack.up()

    await until(lambda: day.side.intake.of(MessagePosted))

    assert gone.thread in [one.place for one in day.side.intake.of(PlaceGone)]


async def test_a_question_that_was_deleted_meanwhile_is_noticed(day: Day) -> None:
    question = await day.question()
    await day.slack.write(day.ada, day.study, "an answer", thread=question)
    day.side.views.threads = [live(day, question)]
    await day.slack.down()
    await day.slack.delete(question)
    day.slack.up()

    await until(lambda: day.side.intake.of(MessagesDeleted))

    (deleted,) = day.side.intake.of(MessagesDeleted)
    assert [one.id for one in deleted.messages] == [question.ts]


async def test_reading_goes_on_where_the_database_was_away(day: Day) -> None:
    question = await day.question()
    day.side.views.threads = [live(day, question)]
    await day.slack.down()
    written = await day.slack.write(day.ada, day.study, "missed", thread=question)
    day.side.intake.away, asked = True, day.side.intake.asked
    day.slack.up()
    await until(lambda: day.side.intake.asked >= asked + 2)
    day.side.intake.away = False

    await until(lambda: day.side.intake.of(MessagePosted))

    assert {one.message.id for one in day.side.intake.of(MessagePosted)} == {written.ts}


async def test_x109_nothing_secret_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with day_on_slack() as day:
        question = await day.question()
        await day.slack.write(day.ada, day.study, "a text nobody logs", thread=question)
        await day.slack.command(day.ada, day.study, "/study", "today")
        day.slack.script("chat.postMessage", Error("invalid_auth"))
        with contextlib.suppress(Refused):
            await day.question()
        secrets = [day.slack.bot_token, day.slack.app_token, day.slack.signing_secret]

    # The tests' Slack logs its requests as well; those are not the bot's.
    records = [record for record in caplog.records if record.name != "aiohttp.access"]
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in records)
    assert [secret for secret in secrets if secret in logged] == []
    assert "ticket=" not in logged
    assert "a text nobody logs" not in logged
