"""People in real browsers, on their dashboard: on a laptop and a phone, by day and by night, by keyboard, without
scripts, and with names that would like to be more than names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe
from dashboards import Desk, open_desk
from fakes import covering
from group import GOOD, question

from bot.domain.refs import Person
from bot.storage.engine import Database
from bot.web.dashboard import words

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

LAPTOP, PHONE = (1280, 800), (390, 844)
PAGES = ("", "progress", "answers", "answers/1", "questions", "health", "nothing")
HOSTILE = ("<img src=x onerror=alert(1)>", "W" * 60, "\u202eحسن", "王小明🎉")
#: What axe itself calls worth mending before others.
GRAVE = {"serious", "critical"}


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Two days with answers of people with odd names."""
    async with open_desk(database) as desk:
        for _ in range(2):
            for number, name in enumerate(("Ada", *HOSTILE)):
                person = ada(desk) if name == "Ada" else replace(desk.group.person(f"P{number}"), name=name)
                desk.group.reviewer.script.append(covering(question("pack-1"), GOOD, 1 - number / 5))
                await desk.group.write(person, f"{GOOD} <script>alert(1)</script> {'y' * 90}")
                await desk.group.settle()
            await desk.group.pass_time(timedelta(days=1), timedelta(hours=12))
        yield desk


def ada(desk: Desk) -> Person:
    """Somebody who answers and organises."""
    return replace(desk.group.person("Ada"), organiser=True)


async def visit(browser: Browser, desk: Desk, complaints: list[str], scripts: bool = True) -> Page:
    """Opens the dashboard by its link; whatever the page complains about, or asks of others, is noted."""
    context = await browser.new_context(java_script_enabled=scripts)
    page = await context.new_page()
    page.set_default_timeout(180_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda request: complaints.append(request.url) if desk.address not in request.url else None)
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    await page.goto(await desk.link(ada(desk)))
    return page


async def test_every_page_fits_reads_well_and_asks_nobody_else(browser: Browser, desk: Desk) -> None:
    complaints: list[str] = []
    page = await visit(browser, desk, complaints)
    assert page.url == f"{desk.address}/dashboard/"
    for path in PAGES:
        await page.goto(f"{desk.address}/dashboard/{path}")
        for size, scheme in ((LAPTOP, "light"), (PHONE, "dark"), (LAPTOP, "dark"), (PHONE, "light")):
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert await page.evaluate("document.documentElement.scrollWidth") <= size[0], (path, size)
            if (size, scheme) in ((LAPTOP, "light"), (PHONE, "dark")):
                found = (await Axe().run(page)).response["violations"]
                assert [(each["id"], each["nodes"]) for each in found if each["impact"] in GRAVE] == [], path

    assert complaints == []


async def test_a_visit_by_keyboard_alone_and_without_scripts(browser: Browser, desk: Desk) -> None:
    complaints: list[str] = []
    page = await visit(browser, desk, complaints, scripts=False)

    async def go_to(label: str) -> None:
        for _ in range(30):
            await page.keyboard.press("Tab")
            if label in await page.locator(":focus").inner_text():
                return
        raise AssertionError(f"the keyboard does not reach {label}")

    await page.keyboard.press("Tab")
    assert await page.locator(":focus").inner_text() == words.SKIP
    await go_to(words.PROGRESS_TAB)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("svg.picture")
    await go_to(words.SCORES)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("details[open] table")
    await go_to("Question pack-1")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(f".review :text('{words.REVIEW}')")
    await go_to(words.LEAVE)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(f"h1:text-is('{words.LEFT}')")
    await page.go_back()
    await page.wait_for_selector(f"h1:text-is('{words.CLOSED}')")

    assert complaints == []
