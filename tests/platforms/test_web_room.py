from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hostile import STRANGE
from patience import until
from studyroom import ANSWER, COMMENT, STUDY, House, open_house, thread_under

from adapters.web_chat import words
from bot import texts
from bot.domain.incoming import (
    ButtonPressed,
    CommandCalled,
    FormSent,
    MessageEdited,
    MessagePosted,
    MessagesDeleted,
)
from bot.domain.outgoing import Action, FormKind, Post, Remove, Say, Whisper
from bot.domain.refs import UserRef
from bot.ports import RoomMessage

ANSWER_TEXT = "I would count in one shared store, with a window that slides."


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@asynccontextmanager
async def visitor(house: House, name: str | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser without a page: it sends what a page of ours would send."""
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    async with httpx2.AsyncClient(base_url=house.address, headers=headers, timeout=180) as client:
        if name is not None:
            entered = await client.post("/who", data={"person": name, "zone": "Europe/Berlin"})
            assert entered.status_code == 303
        yield client


async def write(client: httpx2.AsyncClient, text: str, **more: str) -> httpx2.Response:
    return await client.post("/c/study/messages", data={"text": text, **more})


async def said_in(house: House, thread: str | None = None, viewer: str = "bea") -> list[RoomMessage]:
    return list(await house.store.messages("study", viewer, thread))


def batched(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (texts[start : start + size] for start in range(0, len(texts), size))


async def nothing_waits(house: House) -> bool:
    return not await house.store.undelivered(house.clock.now())


# ---------------------------------------------------------------- coming in


async def test_a_first_visitor_is_asked_for_a_name_and_demo_names_are_marked(house: House) -> None:
    async with visitor(house) as client:
        page = (await client.get("/")).text

    assert words.WHO_TITLE in page
    assert all(name in page for name in ("Olga", "Amir", "Bea", "Chen"))
    assert page.count(f">{words.DEMO}<") == 4


async def test_somebody_new_comes_in_with_a_name_and_their_zone(house: House) -> None:
    async with visitor(house) as client:
        await client.post("/who", data={"name": "  Zoë   Ångström ", "zone": "Asia/Tokyo"})
        page = await client.get("/c/study")

    person = (await house.store.people())[-1]
    assert (person.name, person.zone, person.demo, person.organiser) == ("Zoë Ångström", "Asia/Tokyo", False, False)
    assert "Zoë Ångström" in page.text


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "studybot", "StudyBot"])
async def test_a_name_that_is_none_is_explained(house: House, name: str) -> None:
    async with visitor(house) as client:
        answer = await client.post("/who", data={"name": name})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert len(await house.store.people()) == 4


async def test_before_the_bot_listens_a_friendly_page_looks_again(tmp_path: Path) -> None:
    async with open_house(tmp_path, run=False) as house, visitor(house) as client:
        page = await client.get("/")
        sent = await client.post("/who", data={"person": "bea"})

        opened = house.room.opened

    assert page.status_code == sent.status_code == 503
    assert not opened
    assert words.STARTING in page.text
    assert 'http-equiv="refresh"' in page.text


async def test_the_room_has_opened_once_the_bot_took_it_in(house: House) -> None:
    await until(lambda: house.room.opened)

    async with visitor(house) as client:
        assert (await client.get("/")).status_code == 200


# ---------------------------------------------------------------- talking


async def test_a_message_is_stored_and_told_once_however_often_the_browser_sends_it(house: House) -> None:
    async with visitor(house, "bea") as bea:
        for _ in range(3):
            assert (await write(bea, "Hello **all**", nonce="abcdefgh1234")).status_code == 200

    told = house.bot.of(MessagePosted)
    assert [message.text for message in await said_in(house)] == ["Hello **all**"]
    assert {event.message.id for event in told} == {told[0].message.id}
    assert (told[0].author.name, told[0].author.zone, told[0].thread) == ("Bea", "Europe/Berlin", None)


async def test_replies_and_mentions_are_told_as_such(house: House) -> None:
    question = await house.ask_question()
    async with visitor(house, "bea") as bea, visitor(house, "olga") as olga:
        await write(bea, "Is a token bucket fine?", thread=question.id)
        first = house.bot.of(MessagePosted)[0]
        await write(olga, "It is, @Bea", thread=question.id, reply_to=first.message.id)

    told = house.bot.of(MessagePosted)[1]
    assert told.thread == thread_under(question)
    assert told.reply_to is not None
    assert (told.reply_to.author, told.reply_to.ours) == (UserRef("web", "room", "bea"), False)
    assert told.mentions == (UserRef("web", "room", "bea"),)
    assert told.author.organiser


async def test_editing_and_deleting_are_told_and_only_the_author_may(house: House) -> None:
    async with visitor(house, "bea") as bea, visitor(house, "olga") as olga:
        await write(bea, "first")
        id = (await said_in(house))[0].id
        refused = [
            (await olga.post(f"/m/{id}/edit", data={"text": "x"})).status_code,
            (await olga.post(f"/m/{id}/delete")).status_code,
        ]
        await bea.post(f"/m/{id}/edit", data={"text": "second"})
        await bea.post(f"/m/{id}/edit", data={"text": "second"})
        await bea.post(f"/m/{id}/delete")
        again = await bea.post(f"/m/{id}/delete")

    assert refused == [404, 404]
    assert again.status_code == 404
    assert [event.text for event in house.bot.of(MessageEdited)] == ["second"]
    assert [event.messages[0].id for event in house.bot.of(MessagesDeleted)] == [id]
    assert await said_in(house) == []


async def test_an_answer_carries_the_received_sign_until_the_comment_comes(house: House) -> None:
    house.bot.comments = False
    question = await house.ask_question()
    async with visitor(house, "bea") as bea:
        await write(bea, ANSWER_TEXT, thread=question.id)
        signed = await bea.get(f"/c/study/t/{question.id}")
        answer = house.bot.of(MessagePosted)[0].message
        await house.room.chat.deliver(Say("c", thread_under(question), COMMENT, answer))
        commented = await bea.get(f"/c/study/t/{question.id}")

    assert words.REVIEWING in signed.text
    assert words.REVIEWING not in commented.text
    assert "where all eight machines can see them" in commented.text


async def test_a_comment_that_is_quicker_than_the_sign_leaves_no_sign_behind(house: House) -> None:
    question = await house.ask_question()
    house.bot.comment_first = True
    async with visitor(house, "bea") as bea:
        await write(bea, ANSWER_TEXT, thread=question.id)

    answer, comment, _ = await said_in(house, question.id)
    assert comment.reply_to == answer.id
    assert not answer.sign


async def test_a_private_message_is_shown_to_one_person_and_can_be_dismissed(house: House) -> None:
    await house.room.chat.deliver(Whisper("w", UserRef("web", "room", "bea"), STUDY, "a secret word"))
    async with visitor(house, "bea") as bea, visitor(house, "chen") as chen:
        id = (await said_in(house))[0].id
        hers, his = (await bea.get("/c/study")).text, (await chen.get("/c/study")).text
        forged = await chen.post(f"/m/{id}/dismiss")
        await bea.post(f"/m/{id}/dismiss")
        after = (await bea.get("/c/study")).text

    assert "a secret word" in hers
    assert words.ONLY_YOU in hers
    assert "a secret word" not in his
    assert "a secret word" not in after
    assert forged.status_code == 404


# ---------------------------------------------------------------- commands, buttons, forms


async def test_a_command_is_answered_to_the_one_who_typed_it(house: House) -> None:
    async with visitor(house, "bea") as bea:
        answer = await write(bea, "/leaderboard period:week")

    called = house.bot.of(CommandCalled)[0]
    assert answer.status_code == 200
    assert (called.path, called.options) == (("leaderboard",), {"period": "week"})
    assert [message.visible_to for message in await said_in(house)] == ["bea"]
    assert await said_in(house, viewer="olga") == []


async def test_a_mistyped_command_is_explained_and_nothing_is_posted(house: House) -> None:
    async with visitor(house, "bea") as bea:
        answer = await write(bea, "/leaderbord")

    assert answer.status_code == 422
    assert "/leaderboard" in answer.json()["notice"]
    assert await said_in(house) == []


async def test_an_option_is_completed_by_the_bot(house: House) -> None:
    async with visitor(house, "olga") as olga:
        answer = await olga.get("/c/study/complete", params={"text": "/study-admin setup zone:new"})

    assert [item["insert"] for item in answer.json()["items"]] == ['/study-admin setup zone:"America/New York" ']


async def test_the_answer_button_opens_a_form_and_the_form_is_told(house: House) -> None:
    question = await house.ask_question()
    async with visitor(house, "bea") as bea:
        pressed = await bea.post(f"/m/{question.id}/press", data={"code": ANSWER.code})
        dialog = pressed.json()["dialog"]
        values = dict(re.findall(r'name="(kind|target|nonce)" value="([^"]*)"', dialog))
        sent = await bea.post("/c/study/form", data={**values, "field-text": ANSWER_TEXT})

    told = house.bot.of(FormSent)[0]
    assert sent.status_code == 200
    assert (told.target, told.fields, told.submission) == ("7", {"text": ANSWER_TEXT}, values["nonce"])
    assert [message.text for message in await said_in(house) if message.visible_to] == [
        "Your answer is stored, and its review is under way."
    ]


async def test_a_form_stays_open_while_the_bot_cannot_store_it(house: House) -> None:
    house.bot.away = True
    async with visitor(house, "bea") as bea:
        sent = await bea.post("/c/study/form", data={"kind": "answer", "target": "7", "field-text": "x"})

    assert sent.status_code == 503
    assert sent.json()["notice"] == words.TRY_AGAIN


async def test_the_set_up_form_shows_channels_and_packs_and_brings_all_that_was_chosen(house: House) -> None:
    async with visitor(house, "olga") as olga:
        dialog = (await write(olga, "/study-admin setup")).json()["dialog"]
        values = dict(re.findall(r'name="(kind|target|nonce)" value="([^"]*)"', dialog))
        chosen = {"channel": "study", "time": "10:30", "zone": "UTC", "pack": ["system-design", "behavioural"]}
        fields = {f"field-{name}": value for name, value in chosen.items()}
        sent = await olga.post("/c/study/form", data={**values, **fields})

    told = house.bot.of(FormSent)[0]
    assert re.findall(r'<option value="(\w+)" (selected)?', dialog)[0] == ("study", "selected")
    assert re.findall(r'type="checkbox" name="field-pack" value="([\w-]+)" checked', dialog) == [
        "microsoft-backend",
        "behavioural",
    ]
    assert sent.status_code == 200
    assert told.kind is FormKind.SETUP
    assert told.fields == {**chosen, "pack": "system-design,behavioural"}


async def test_a_channel_may_be_named_as_it_is_shown(house: House) -> None:
    async with visitor(house, "olga") as olga:
        for typed in ("#study", "Study", "nowhere"):
            await write(olga, f"/study-admin setup channel:{typed}")
        offered = await olga.get("/c/study/complete", params={"text": "/study-admin setup channel:#st"})

    assert [event.options["channel"] for event in house.bot.of(CommandCalled)] == ["study", "study", "nowhere"]
    assert [item["title"] for item in offered.json()["items"]] == ["#study"]


async def test_a_slow_set_up_form_is_asked_for_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.web_chat.door.PATIENCE_SECONDS", 0.05)
    house.bot.answers.clear()
    async with visitor(house, "olga") as olga:
        await write(olga, "/study-admin setup")
        house.bot.answers.set()
        await until(lambda: said_in(house, viewer="olga"))

    said = (await said_in(house, viewer="olga"))[0]
    assert (said.text, said.buttons) == (texts.command_late(), ())


async def test_a_slow_answer_follows_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.web_chat.door.PATIENCE_SECONDS", 0.05)
    house.bot.answers.clear()
    async with visitor(house, "bea") as bea:
        answer = await write(bea, "/study today")
        house.bot.answers.set()
        await until(lambda: said_in(house))

    assert answer.status_code == 202
    assert answer.json()["notice"] == words.STILL_WORKING


async def test_a_slow_form_is_offered_with_a_button(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.web_chat.door.PATIENCE_SECONDS", 0.05)
    house.bot.answers.clear()
    async with visitor(house, "bea") as bea:
        await write(bea, "/study answer")
        house.bot.answers.set()
        await until(lambda: said_in(house))

    assert [button.code for button in (await said_in(house))[0].buttons] == [ANSWER.code]


async def test_the_menu_of_ones_own_message_carries_text_and_author(house: House) -> None:
    question = await house.ask_question()
    async with visitor(house, "bea") as bea, visitor(house, "chen") as chen:
        await write(bea, "short one", thread=question.id)
        id = house.bot.of(MessagePosted)[0].message.id
        forged = await chen.post(f"/m/{id}/menu", data={"action": "count"})
        other = await bea.post(f"/m/{id}/menu", data={"action": "postnow"})
        await bea.post(f"/m/{id}/menu", data={"action": "count"})

    (pressed,) = house.bot.of(ButtonPressed)
    assert (forged.status_code, other.status_code) == (404, 404)
    assert (pressed.action, pressed.text, pressed.author) == (
        Action.COUNT_AS_ANSWER,
        "short one",
        UserRef("web", "room", "bea"),
    )


# ---------------------------------------------------------------- what is not taken is told again


async def test_what_the_bot_could_not_take_is_told_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.bot.away = True
    async with visitor(house, "bea") as bea:
        assert (await write(bea, "are you there?")).status_code == 200
    assert len(await house.store.undelivered(house.clock.now())) == 1

    house.bot.away = False
    house.clock.advance(timedelta(seconds=10))
    await until(lambda: house.bot.of(MessagePosted))

    await until(lambda: nothing_waits(house))

    assert [event.text for event in house.bot.of(MessagePosted)] == ["are you there?"]


# ---------------------------------------------------------------- live


async def next_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    async for line in lines:
        if line.startswith("data: "):
            event: dict[str, Any] = json.loads(line[6:])
            return event
    raise AssertionError("the stream ended")


async def test_others_see_a_message_live_and_go_on_where_they_were(house: House) -> None:
    async with visitor(house, "bea") as bea, visitor(house, "chen") as chen:
        async with chen.stream("GET", "/events?since=0") as stream:
            lines = stream.aiter_lines()
            await write(bea, "one")
            assert "one" in (await next_event(lines))["html"]
        seq = await house.store.last_seq()
        await write(bea, "two")
        async with chen.stream("GET", "/events?since=0", headers={"Last-Event-ID": str(seq)}) as stream:
            assert "two" in (await next_event(stream.aiter_lines()))["html"]


async def test_nothing_private_of_others_is_in_the_stream(house: House) -> None:
    await house.room.chat.deliver(Whisper("w", UserRef("web", "room", "bea"), STUDY, "a secret word"))
    await house.room.chat.deliver(Post("p", STUDY, "for all"))

    async with visitor(house, "chen") as chen, chen.stream("GET", "/events?since=0") as stream:
        event = await next_event(stream.aiter_lines())

    assert "for all" in event["html"]


async def test_a_removed_message_goes_live(house: House) -> None:
    question = await house.ask_question()
    seq = await house.store.last_seq()
    await house.room.chat.deliver(Remove("r", question))

    async with visitor(house, "chen") as chen, chen.stream("GET", f"/events?since={seq}") as stream:
        event = await next_event(stream.aiter_lines())

    assert (event["id"], event["html"]) == (question.id, "")


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize("path", ["/c/study", "/c/study/beside", "/c/study/complete?text=/", "/events", "/c/study/t/1"])
async def test_x107_nothing_is_read_without_a_name(house: House, path: str) -> None:
    await house.ask_question()
    async with visitor(house) as client:
        page = await client.get(path)
        partial = await client.get(path, headers={"Accept": "*/*"})

    assert page.status_code == 303
    assert partial.status_code == 401
    assert "Counting requests" not in page.text + partial.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{address}"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
        ({"Origin": "{address}"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_x107_only_a_page_of_ours_may_write(house: House, headers: dict[str, str], status: int) -> None:
    async with visitor(house, "bea") as bea:
        del bea.headers["Sec-Fetch-Site"]
        sent = {name: value.format(address=house.address) for name, value in headers.items()}
        answer = await bea.post("/c/study/messages", data={"text": "hello"}, headers=sent)

    assert answer.status_code == status
    assert len(await said_in(house)) == (1 if status == 200 else 0)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0x7f.1", ""])
async def test_x107_a_foreign_host_is_refused(house: House, host: str) -> None:
    async with visitor(house, "bea") as bea:
        answer = await bea.get("/c/study", headers={"Host": host})

    assert answer.status_code in (400, 421)
    assert "study" not in answer.text or "printed" in answer.text


async def test_x107_the_cookie_is_http_only_strict_random_and_dies_with_the_session(house: House) -> None:
    async with visitor(house) as client:
        entered = await client.post("/who", data={"person": "bea"})
        cookie = entered.headers["set-cookie"].lower()
        token = client.cookies["studyroom"]
        await client.post("/who", data={"person": "chen"})
        other = client.cookies["studyroom"]
        await client.post("/out")

    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert len(token) >= 40
    assert token != other
    for old in (token, other, "guess", ""):
        async with visitor(house) as client:
            client.cookies.set("studyroom", old)
            assert (await client.get("/c/study")).status_code == 303
            assert (await write(client, "hello")).status_code == 401
    assert token not in (house.database_file.read_bytes().decode("latin-1"))


async def test_x107_every_answer_carries_the_headers(house: House) -> None:
    async with visitor(house, "bea") as bea:
        answers = [await bea.get(path) for path in ("/", "/c/study", "/healthz", "/nowhere", "/static/room.js")]

    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<style" not in answer.text
        assert not re.search(r"<script(?![^>]*src=)", answer.text)
        assert not re.search(r"\s(on\w+|style)=\"", answer.text)


async def test_x099_a_button_that_is_not_there_for_them_cannot_be_pressed(house: House) -> None:
    question = await house.ask_question()
    await house.room.chat.deliver(Whisper("w", UserRef("web", "room", "bea"), STUDY, "yours", buttons=(ANSWER,)))
    hers = (await said_in(house))[-1].id
    async with visitor(house, "chen") as chen:
        refused = [
            await chen.post(f"/m/{hers}/press", data={"code": ANSWER.code}),
            await chen.post(f"/m/{question.id}/press", data={"code": "sb1:answer:8"}),
            await chen.post(f"/m/{question.id}/press", data={"code": "sb1:postnow:"}),
            await chen.post("/m/999/press", data={"code": ANSWER.code}),
            await chen.post("/m/x/press", data={"code": ANSWER.code}),
            await chen.post("/c/study/beside/press", data={"code": "sb1:postnow:"}),
            await chen.post("/c/other/beside/press", data={"code": ANSWER.code}),
            await chen.post("/c/study/messages", data={"text": "x", "thread": hers}),
            await chen.post("/c/study/form", data={"kind": "nothing", "target": "7"}),
        ]

    assert [answer.status_code for answer in refused] == [404] * len(refused)
    assert house.bot.of(ButtonPressed) == []


async def test_x090_strange_texts_are_stored_and_shown_as_text(house: House) -> None:
    sendable = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")[:3000] for text in STRANGE]
    async with visitor(house, "bea") as bea:
        for some in batched(sendable, 40):
            answers = await asyncio.gather(*(write(bea, text) for text in some))
            assert {answer.status_code for answer in answers} <= {200, 422}
        page = (await bea.get("/c/study")).text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\x00" not in page


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "@everyone", "a" * 500]
)
async def test_x092_a_strange_name_is_shown_as_text(house: House, name: str) -> None:
    async with visitor(house) as client:
        await client.post("/who", data={"name": name})
        await write(client, "hello @everyone")
        page = (await client.get("/c/study")).text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert (await house.store.people())[-1].name in unescape(page)
    assert len((await house.store.people())[-1].name) <= 40


async def test_x115_a_bug_of_ours_shows_no_trace_and_a_reference(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: Any) -> None:
        raise RuntimeError("select secret from table")

    monkeypatch.setattr(house.views, "beside", broken)
    async with visitor(house, "bea") as bea:
        answer = await bea.get("/c/study")

    assert answer.status_code == 500
    assert "reference" in answer.text
    assert "select" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_board_that_is_away_does_not_close_the_room(house: House) -> None:
    house.views.away = True
    async with visitor(house, "bea") as bea:
        page = await bea.get("/c/study")

    assert page.status_code == 200
    assert words.BOARD_AWAY in page.text


async def test_a_text_that_is_too_long_comes_back_in_words(house: House) -> None:
    async with visitor(house, "bea") as bea:
        long = await write(bea, "x" * 8001)
        huge = await bea.post("/c/study/messages", data={"text": "x" * 400_000})

    assert "1 characters too long" in long.json()["notice"]
    assert huge.status_code == 413
