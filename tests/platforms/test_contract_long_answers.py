"""Answers in several messages on every platform, and with code files where there are files (F18)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from discord_stage import DiscordStage
from slack_stage import SlackStage
from stage import Play

from adapters.discord_chat.files import fetch as fetch_from_discord
from adapters.discord_chat.settings import DiscordSettings
from adapters.slack_chat.files import fetch as fetch_from_slack
from bot import texts
from bot.domain.errors import Refused

CODE = b"def allow(bucket):\n    return bucket.take(1)\n"
FENCED = f"limiter.py:\n```py\n{CODE.decode().strip()}\n```"

with_files = pytest.mark.parametrize("stage", ["discord", "slack-socket", "slack-http"], indirect=True)


async def test_f18_several_messages_are_one_answer_after_done(play: Play) -> None:
    ada = await play.stage.member("Ada")
    begun = await play.stage.command(ada, "/study long")
    for part in ("First, a bucket.", "Then a store."):
        await play.stage.write(ada, part, under=play.question)
        await play.pass_time(minutes=5)
    before = list(play.scripted.asked)

    done = await play.stage.press(ada, begun.private[-1], texts.label_draft_done())
    await play.settle()

    assert before == []
    assert texts.draft_done() in done.text
    assert play.scripted.asked == ["First, a bucket.\nThen a store."]
    assert len(await play.comments()) == 1


@with_files
async def test_f18_a_code_file_joins_the_answer(play: Play) -> None:
    assert isinstance(play.stage, DiscordStage | SlackStage)
    ada = await play.stage.member("Ada")

    await play.stage.attach(ada, "Here is my take on it:", play.question, "limiter.py", CODE)
    await play.settle()

    assert play.scripted.asked == [f"Here is my take on it:\n{FENCED}"]
    assert len(await play.comments()) == 1


@with_files
async def test_f18_a_file_alone_is_an_answer(play: Play) -> None:
    assert isinstance(play.stage, DiscordStage | SlackStage)
    ada = await play.stage.member("Ada")

    await play.stage.attach(ada, "", play.question, "limiter.py", CODE)
    await play.settle()

    assert play.scripted.asked == [FENCED]


@with_files
async def test_a_picture_leaves_the_words_and_its_author_is_told(play: Play) -> None:
    assert isinstance(play.stage, DiscordStage | SlackStage)
    ada = await play.stage.member("Ada")
    words = "The picture shows a token bucket for each client."

    await play.stage.attach(ada, words, play.question, "drawing.png", b"\x89PNG\x00\x00")
    await play.settle()

    assert play.scripted.asked == [words]
    assert any("drawing.png" in each.text for each in await play.stage.private(ada))


@pytest.mark.parametrize("stage", ["slack-http"], indirect=True)
async def test_without_the_right_to_read_files_the_answer_is_taken_without(play: Play) -> None:
    assert isinstance(play.stage, SlackStage)
    ada = await play.stage.member("Ada")
    play.stage.slack.scopes -= {"files:read"}
    words = "A token bucket for each client, as in the file."

    await play.stage.attach(ada, words, play.question, "limiter.py", CODE)
    await play.settle()

    assert play.scripted.asked == [words]


# ---------------------------------------------------------------- only the platform's own hosts are ever called

ELSEWHERE = [
    "http://127.0.0.1:9/latest/meta-data/limiter.py",
    "http://cdn.discordapp.com/attachments/1/limiter.py",
    "https://cdn.discordapp.com.evil.example/limiter.py",
    "https://cdn.discordapp.com@evil.example/limiter.py",
    "https://files.slack.com@evil.example/limiter.py",
    "http://files.slack.com/limiter.py",
    "file:///etc/hostname",
    "https://[broken",
    "",
]


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_x049_an_address_of_somebody_else_is_never_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: object, **__: object) -> Callable[[], None]:
        raise AssertionError(f"{url} was called")

    monkeypatch.setattr("aiohttp.ClientSession.get", called)

    with pytest.raises(Refused):
        await fetch_from_discord(DiscordSettings("made-up"), url, 100)
    with pytest.raises(Refused):
        await fetch_from_slack("https://slack.com/api/", "made-up", url, 100)
