"""The way from a chat to one's own dashboard, on every platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from group import GOOD
from stage import Play, Somebody, Stage, play_on

from bot.services.dashboard import PREFIX
from bot.web import build_app
from bot.web.dashboard import dashboard_app

PUBLIC = "https://study.example.org"


@pytest.fixture
async def play(stage: Stage, tmp_path: Path) -> AsyncIterator[Play]:
    bases = {"web": "", "discord": PUBLIC, "slack": PUBLIC}
    async with play_on(stage, tmp_path, dashboards=bases) as play:
        yield play


async def link_of(play: Play, who: Somebody) -> str:
    """The address behind the button; the room makes a new one for each click."""
    said = await play.stage.command(who, "/study progress")
    (address,) = said.private[-1].links
    if address.startswith(PUBLIC):
        return address
    clicked = await who.handle.get(address)
    assert clicked.status_code == 303
    return f"{PUBLIC}{clicked.headers['location']}"


async def test_f76_study_progress_leads_to_ones_own_dashboard(play: Play) -> None:
    bea, ben = await play.stage.member("Bea"), await play.stage.member("Ben")
    await play.answer(bea, GOOD)
    await play.answer(ben, f"{GOOD} And a window that slides.")
    app = await asyncio.to_thread(dashboard_app, play.core.dashboard, PUBLIC)
    site = httpx2.ASGITransport(app=build_app({PREFIX: app}, lambda: True, signed={PREFIX}))

    async with httpx2.AsyncClient(transport=site, base_url=PUBLIC, follow_redirects=True) as client:
        board = await client.get(await link_of(play, ben))
        mine = await client.get("/dashboard/answers/2")
        others = await client.get("/dashboard/answers/1")

    assert "Bea" in board.text
    assert "Ben" in board.text
    assert "a window that slides" in mine.text
    assert others.status_code == 404
