"""A study group with its dashboard on a real socket, and somebody's way to it by the link they are given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx2
from group import PLATFORM, Study, study
from patience import until
from studyroom import free_port

from bot.domain.outgoing import Action, Reply
from bot.domain.refs import Person
from bot.services.dashboard import PREFIX
from bot.storage.engine import Database
from bot.web import build_app, serve
from bot.web.dashboard import dashboard_app


@dataclass
class Desk:
    """The group and the address its dashboard is served under."""

    group: Study
    address: str

    async def link(self, person: Person) -> str:
        """What `/study progress` hands out."""
        said = await self.group.call(person, "/study progress")
        assert isinstance(said, Reply)
        return next(button.url for button in said.buttons if button.action is Action.DASHBOARD)

    @asynccontextmanager
    async def browser(self, person: Person | None = None) -> AsyncIterator[httpx2.AsyncClient]:
        """A browser without scripts, let in by the person's link where there is one."""
        async with httpx2.AsyncClient(base_url=self.address, follow_redirects=True, timeout=60) as client:
            if person is not None:
                page = await client.get(await self.link(person))
                assert page.status_code == 200
            yield client


@asynccontextmanager
async def serving(group: Study, port: int, public_url: str) -> AsyncIterator[Desk]:
    """This group's dashboard on a port."""
    pages = await asyncio.to_thread(dashboard_app, group.core.dashboard, public_url)
    app = build_app({PREFIX: pages}, lambda: True, signed={PREFIX})
    task = asyncio.create_task(serve(app, "127.0.0.1", port))
    desk = Desk(group, f"http://127.0.0.1:{port}")

    async def is_there() -> bool:
        async with httpx2.AsyncClient() as client:
            with suppress(httpx2.TransportError):
                return (await client.get(f"{desk.address}/healthz")).status_code == 200
        return False

    await until(is_there)
    try:
        yield desk
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def open_desk(database: Database, workspace: str = "one", **options: object) -> AsyncIterator[Desk]:
    """A group with one question, and its dashboard."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    async with (
        study(database, workspace=workspace, dashboards={PLATFORM: address}, **options) as group,  # type: ignore[arg-type]
        serving(group, port, address) as desk,
    ):
        yield desk
