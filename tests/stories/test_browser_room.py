"""People in real browsers, in the study room, with a small bot behind the door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hostile import STRANGE
from patience import until
from studyroom import STUDY, House, open_house

from adapters.web_chat import words
from bot.domain.incoming import ButtonPressed, CommandCalled, FormSent, MessageEdited, MessagePosted
from bot.domain.inert import sound
from bot.domain.outgoing import Post

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.browser
ANSWER = "I would count in one shared store, with a window that slides."
PHONE = (390, 844)
LAPTOP = (1280, 800)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def visit(
    browser: Browser, house: House, name: str, size: tuple[int, int] = LAPTOP, scheme: str = "light"
) -> Page:
    """Somebody opens the room; whatever the page complains about fails the test at its end."""
    phone = size[0] < 500
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        timezone_id="Europe/Berlin",
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=phone,
        is_mobile=phone,
    )
    page = await context.new_page()
    page.set_default_timeout(180_000)
    page.on("pageerror", lambda error: house.complaints.append(str(error)))
    page.on("dialog", lambda dialog: house.complaints.append(dialog.message))
    page.on("request", lambda request: _only_ours(request.url, house))
    page.on("console", lambda line: _no_policy_broken(line.text, house))
    await page.goto(house.address)
    await page.get_by_role("button", name=name).click()
    await page.wait_for_selector(".main [data-composer][data-ready]")
    return page


def _only_ours(url: str, house: House) -> None:
    if not url.startswith(house.address):
        house.complaints.append(url)


def _no_policy_broken(line: str, house: House) -> None:
    if "Content Security Policy" in line:
        house.complaints.append(line)


async def write(page: Page, text: str, where: str = ".main") -> None:
    box = page.locator(f"{where} textarea")
    await box.fill(text)
    await box.press("Enter")


async def test_a_learner_answers_and_gets_the_comment_while_another_watches(browser: Browser, house: House) -> None:
    house.bot.reviews.clear()
    await house.ask_question()
    bea, chen = await visit(browser, house, "Bea"), await visit(browser, house, "Chen")

    for page in (bea, chen):
        await page.locator(".card .to-thread").click()
        await page.wait_for_selector("#thread textarea")
    await write(bea, ANSWER, "#thread")

    await bea.wait_for_selector("#thread .sign")
    house.bot.reviews.set()
    await bea.wait_for_selector(f"#thread :text('{words.ONLY_YOU}')")
    await chen.wait_for_selector("#thread :text('where all eight machines')")
    await bea.wait_for_selector("#thread .sign", state="detached")
    await chen.wait_for_selector(f".main .to-thread b:text-is('{words.replies(2)}')")
    assert await chen.locator(f"#thread :text('{words.ONLY_YOU}')").count() == 0
    assert house.complaints == []


async def test_everything_can_be_done_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    await house.ask_question()
    page = await visit(browser, house, "Amir")

    await page.wait_for_selector(".main textarea:focus")
    await page.keyboard.type("/lead")
    await page.wait_for_selector(".suggestion.chosen")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".suggestion >> text=period:")
    await page.keyboard.press("Tab")
    await page.wait_for_selector(".suggestion >> text=week")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".private")
    await page.locator(".card .to-thread").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#thread textarea:focus")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("#thread:empty", state="attached")

    called = house.bot.of(CommandCalled)[0]
    assert (called.path, list(called.options)) == (("leaderboard",), ["period"])
    assert house.complaints == []


async def test_the_form_keeps_its_text_when_the_bot_is_away(browser: Browser, house: House) -> None:
    await house.ask_question()
    page = await visit(browser, house, "Bea")

    await page.locator(".card .buttons button").click()
    await page.locator("dialog textarea").fill(ANSWER)
    house.bot.away = True
    await page.locator("dialog button.primary").click()
    await page.wait_for_selector(f"dialog :text('{words.TRY_AGAIN}')")
    await page.keyboard.press("Escape")
    house.bot.away = False
    await page.locator(".card .buttons button").click()
    assert await page.locator("dialog textarea").input_value() == ANSWER
    await page.locator("dialog button.primary").click()
    await page.wait_for_selector("dialog:not([open])", state="attached")

    assert [event.fields["text"] for event in house.bot.of(FormSent)] == [ANSWER]
    assert house.complaints == []


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_the_set_up_form_is_filled_in_with_the_keyboard_alone(
    browser: Browser, house: House, size: tuple[int, int]
) -> None:
    page = await visit(browser, house, "Olga", size)

    await write(page, "/study-admin setup")
    await page.wait_for_selector("dialog select:focus")
    assert await page.evaluate("document.querySelector('dialog').scrollWidth") <= size[0]
    await page.keyboard.press("Tab")
    await page.keyboard.type("10:30")
    await page.keyboard.press("Tab")
    await page.keyboard.type("UTC")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    for _ in range(2):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(f"dialog :text('{words.CHOOSE_ONE}')")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("dialog:not([open])", state="attached")

    (sent,) = house.bot.of(FormSent)
    expected = {"channel": "study", "time": "10:30", "zone": "UTC", "pack": "microsoft-backend"}
    assert dict(sent.fields) == expected
    assert house.complaints == []


async def test_a_typed_text_outlives_a_reload_and_a_lost_line(browser: Browser, house: House) -> None:
    page = await visit(browser, house, "Bea")

    await page.locator(".main textarea").fill("half a thought")
    await page.reload()
    await page.wait_for_selector(".main [data-composer][data-ready]")
    assert await page.locator(".main textarea").input_value() == "half a thought"
    await page.context.set_offline(True)
    await page.locator(".main textarea").press("Enter")
    await page.wait_for_selector(f".main :text('{words.TRY_AGAIN}')")
    assert await page.locator(".main textarea").input_value() == "half a thought"
    await page.context.set_offline(False)
    await page.locator(".main textarea").press("Enter")
    await page.wait_for_selector(".message :text('half a thought')")

    await until(lambda: house.bot.of(MessagePosted))
    assert len(house.bot.of(MessagePosted)) == 1


async def test_ones_own_message_is_edited_counted_and_deleted_in_place(browser: Browser, house: House) -> None:
    question = await house.ask_question()
    page = await visit(browser, house, "Bea")
    await page.goto(f"{house.address}/c/study/t/{question.id}")
    await write(page, "one two", "#thread")
    mine = page.locator("#thread [data-list] .message").first

    await mine.hover()
    await mine.locator("summary").click()
    await mine.get_by_role("button", name=words.EDIT).click()
    await page.locator(".edit textarea").fill("one two three")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#thread :text('one two three')")
    await mine.hover()
    await mine.locator("summary").click()
    await mine.get_by_role("button", name=words.COUNT).click()
    await page.wait_for_selector("#thread :text('You pressed')")
    await mine.hover()
    await mine.locator("summary").click()
    await mine.get_by_role("button", name=words.DELETE).click()
    await page.locator("dialog button.danger").click()
    await page.wait_for_selector("#thread :text('one two three')", state="detached")

    await until(lambda: house.bot.of(MessageEdited))
    assert [event.text for event in house.bot.of(MessageEdited)] == ["one two three"]
    assert [event.text for event in house.bot.of(ButtonPressed)] == ["one two three"]
    assert house.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_the_room_fits_its_screen(browser: Browser, house: House, size: tuple[int, int], scheme: str) -> None:
    question = await house.ask_question()
    await house.room.chat.deliver(Post("wide", STUDY, "x" * 500 + "\n```\n" + "y" * 500 + "\n```"))
    page = await visit(browser, house, "Amir", size, scheme)

    for address in ("/c/study", f"/c/study/t/{question.id}"):
        await page.goto(house.address + address)
        await page.wait_for_selector("textarea >> visible=true")
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert await page.evaluate("document.documentElement.scrollHeight") <= size[1]
    assert house.complaints == []


async def test_a_phone_reaches_board_and_thread_and_comes_back(browser: Browser, house: House) -> None:
    await house.ask_question()
    page = await visit(browser, house, "Amir", PHONE)

    await page.locator("[data-side=open]").click()
    await page.locator("#tab-month").click()
    await page.wait_for_selector("#tab-month[aria-pressed=true]")
    await page.locator(".side-head [data-side=close]").click()
    await page.locator(".card .to-thread").click()
    await page.wait_for_selector("#thread textarea")
    await page.locator("#thread [data-close-thread] >> visible=true").click()
    await page.wait_for_selector(".main textarea")

    assert page.url == f"{house.address}/c/study"
    assert house.complaints == []


async def test_the_theme_can_be_chosen_and_stays(browser: Browser, house: House) -> None:
    page = await visit(browser, house, "Amir")
    colour = "getComputedStyle(document.querySelector('.main')).backgroundColor"
    light = await page.evaluate(colour)

    await page.locator("[data-theme-toggle]").click()
    dark = await page.evaluate(colour)
    await page.reload()

    assert light != dark
    assert await page.evaluate(colour) == dark


async def test_x093_hostile_texts_and_names_do_nothing_in_a_browser(browser: Browser, house: House) -> None:
    await house.store.add_person("<img src=x onerror=alert(1)>")
    hostile = [
        "<script>alert(1)</script>",
        "<img src=https://elsewhere.example/x.png onerror=alert(1)>",
        "<svg onload=alert(1)>",
        '"><a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1)) https://elsewhere.example",
        "```</code></pre><script>alert(1)</script>```",
        *STRANGE[::9],
    ]
    for number, text in enumerate(hostile):
        await house.room.chat.deliver(Post(f"hostile:{number}", STUDY, sound(text)[:4000]))
    page = await visit(browser, house, "Bea")

    await write(page, hostile[0])
    await page.wait_for_selector(".message[data-author=bea]")
    await asyncio.sleep(0.3)

    assert await page.locator(".stream script, .stream img, .stream svg:not(.icon), .text a").count() == 0
    assert house.complaints == []
