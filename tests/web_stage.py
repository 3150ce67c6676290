"""The study room as a stage: people are browsers that ask a real server for its pages and send what a page would."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import httpx2
from patience import until
from sqlalchemy import Connection, update
from stage import BOT, STUDY, Answered, Dialog, GoingClock, Seen, Somebody
from studyroom import free_port

from adapters import web_chat
from adapters.web_chat import WebChat, words
from bot import texts
from bot.commands import COMMANDS, MENUS
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import CompletionAsked, Incoming, SpaceJoined
from bot.domain.outgoing import Immediate, OpenThread, Outgoing, Post, Say, Whisper
from bot.domain.refs import ChannelRef, SpaceRef
from bot.ports import Adapter, Clock, Intake, RoomChannel, RoomMessage, RoomPerson, Views
from bot.storage.engine import Database
from bot.storage.room import SqlRoomStore, room_people
from bot.web import build_app, serve

KINDS = {"post": Post, "thread": OpenThread, "say": Say, "whisper": Whisper}


# ---------------------------------------------------------------- reading a page


@dataclass
class Element:
    """A piece of a page."""

    tag: str
    given: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "", kind: str = "") -> Iterator[Element]:
        """Everything inside with this tag and this class, from the outside to the inside."""
        for each in self.inside:
            if isinstance(each, Element):
                if tag in ("", each.tag) and (not kind or kind in each.given.get("class", "").split()):
                    yield each
                yield from each.all(tag, kind)

    def first(self, tag: str = "", kind: str = "") -> Element | None:
        return next(self.all(tag, kind), None)

    @property
    def text(self) -> str:
        """The words in it; paragraphs, points and line breaks begin a line."""
        if self.tag == "ol":
            items = [each for each in self.inside if isinstance(each, Element)]
            return "".join(f"{n}. {each.text}" for n, each in enumerate(items, int(self.given.get("start", 1))))
        parts = [each if isinstance(each, str) else each.text for each in self.inside]
        return "".join(parts) + ("\n" if self.tag in ("p", "li", "br", "pre", "blockquote") else "")

    @property
    def layout(self) -> tuple[str, ...]:
        return tuple(each.tag for each in self.all())


class _Reader(HTMLParser):
    _EMPTY = frozenset("area base br col hr img input link meta source use path".split())

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(made)
        if tag not in self._EMPTY:
            self._open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if any(each.tag == tag for each in self._open[1:]):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


def read_page(page: str) -> Element:
    """The elements of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.root


def _seen(item: Element, thread: str | None) -> Seen:
    text = item.first("div", "text")
    quote = item.first("p", "quote")
    jump = quote.first("a") if quote else None
    name = item.first("b", "name")
    buttons = item.first("div", "buttons")
    is_bot = item.first("span", "is-bot") is not None
    assert text is not None
    assert name is not None
    return Seen(
        item.given["data-id"],
        BOT if is_bot or not item.given["data-author"] else name.text,
        _without_edited(text).text.strip(),
        thread=thread,
        buttons=tuple(each.text.strip() for each in buttons.all("button")) if buttons else (),
        links=tuple(each.given["href"] for each in buttons.all("a")) if buttons else (),
        private="private" in item.given["class"].split(),
        reply_to=jump.given["data-jump"] if jump else None,
        reviewing=item.first("p", "sign") is not None,
        edited=text.first("span", "edited") is not None,
        layout=text.layout,
        picture="".join(each.given["alt"] for each in item.all("img")),
    )


def _without_edited(text: Element) -> Element:
    kept = [each for each in text.inside if isinstance(each, str) or each.given.get("class") != "edited"]
    return Element(text.tag, text.given, kept)


# ---------------------------------------------------------------- the stage


class Echoing:
    """The door in, where every event may come several times, and out of order."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.times = 1

    async def receive(self, event: Incoming) -> Immediate:
        if isinstance(event, SpaceJoined | CompletionAsked):
            return await self._intake.receive(event)
        said = await asyncio.gather(*(self._intake.receive(event) for _ in range(self.times)))
        return said[0]


class WebStage:
    """`Stage` of the study room."""

    platform = "web"
    quotes = True

    def __init__(self) -> None:
        self.clock = GoingClock()
        self._port = free_port()
        self._numbers = itertools.count(1)
        self._pages: dict[str, Element] = {}
        self._refusing: set[str] = set()
        self._closed: set[str] = set()
        self._locked: set[str] = set()
        self._cut: list[type[Outgoing]] = []
        self._echo: Echoing | None = None
        self._browsers: list[httpx2.AsyncClient] = []
        self._hurried: asyncio.Task[None] | None = None
        self.times = 1

    def adapter(self, views: Views, database: Database, clock: Clock) -> Adapter:
        self._database = database
        self._store = SqlRoomStore(database)
        self._room = web_chat.create(self._store, views, clock, "Europe/Berlin")
        return _Troubled(self._room, self)

    async def serve(self, adapter: Adapter) -> None:
        await serve(build_app(adapter.http, lambda: True), "127.0.0.1", self._port)

    async def opened(self) -> None:
        async def listens() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                return False
            writer.close()
            return True

        await until(listens)

    async def close(self) -> None:
        if self._hurried is not None:
            self._hurried.cancel()
        for browser in self._browsers:
            await browser.aclose()

    # who and where

    async def member(self, name: str, organiser: bool = False) -> Somebody:
        client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self._port}",
            headers={"Sec-Fetch-Site": "same-origin", "Accept": "text/html"},
            timeout=60,
            verify=False,  # there is no TLS here, and reading its certificates takes longer than most tests
        )
        self._browsers.append(client)
        known = next((each for each in await self._store.people() if each.name == name and each.organiser), None)
        who = {"person": known.id} if organiser and known else {"name": name}
        entered = await client.post("/who", data=who | {"zone": "Europe/Berlin"})
        assert entered.status_code == 303, entered.text
        # Whoever needs a second one of a name gets a number behind it.
        return Somebody((await self._store.people())[-1].name if known is None else known.name, client)

    @property
    def bot(self) -> Somebody:
        return Somebody(BOT)

    async def leave(self, who: Somebody) -> bool:
        return False

    async def demote(self, who: Somebody) -> None:
        def change(conn: Connection) -> None:
            conn.execute(update(room_people).where(room_people.c.name == who.name).values(organiser=False))

        await self._database.write(change)

    async def noise(self, root: Seen) -> None:
        """In the room only people and the bot speak."""

    async def calm(self) -> None:
        async def all_is_told() -> bool:
            return not await self._store.undelivered(self.clock.now())

        await until(all_is_told)

    async def add_channel(self, name: str) -> None:
        await self._store.seed((RoomChannel(name, name),), ())

    def space(self) -> SpaceRef:
        return SpaceRef("web", "room")

    def channel_ref(self, name: str = STUDY) -> ChannelRef:
        return ChannelRef("web", "room", name)

    # what people do

    async def write(
        self,
        who: Somebody,
        text: str,
        *,
        under: Seen | None = None,
        reply_to: Seen | None = None,
        to: Somebody | None = None,
        channel: str = STUDY,
    ) -> Seen:
        place = under.channel if under else channel
        typed = f"@{to.name} {text}" if to else text
        data = {"text": typed, "nonce": self._nonce()}
        data |= {"thread": under.id} if under else {}
        data |= {"reply_to": reply_to.id} if reply_to else {}
        for _ in range(self.times):
            sent = await who.handle.post(f"/c/{place}/messages", data=data)
            assert sent.status_code == 200, sent.text
        there = await (self.thread(who, under) if under else self.channel(who, place))
        return [each for each in there if each.author == who.name][-1]

    async def edit(self, who: Somebody, message: Seen, text: str) -> None:
        assert (await who.handle.post(f"/m/{message.id}/edit", data={"text": text})).status_code == 200

    async def touch(self, who: Somebody, message: Seen) -> None:
        """The room has no previews; sending the same text again is the nearest thing."""
        now = await self._store.get(message.id)
        assert now is not None
        await self.edit(who, message, now.text)

    async def delete(self, who: Somebody, message: Seen) -> None:
        assert (await who.handle.post(f"/m/{message.id}/delete")).status_code == 200

    async def press(self, who: Somebody, message: Seen, label: str) -> Answered:
        stored = await self._store.get(message.id)
        assert stored is not None
        code = next(button.code for button in stored.buttons if button.label == label)
        return await self.forge_press(who, message, code)

    async def choose(self, who: Somebody, message: Seen, label: str) -> Answered:
        action = next(menu.action for menu in MENUS if menu.label == label)
        return await self._asked(who, message.channel, f"/m/{message.id}/menu", {"action": action.value})

    async def send(self, who: Somebody, form: Dialog, typed: str | Mapping[str, str]) -> Answered:
        values = {next(iter(form.fields)): typed} if isinstance(typed, str) else typed
        names, data = form.handle["names"], dict(form.handle["data"])
        return await self._asked(
            who, STUDY, form.handle["to"], data | {names[label]: value for label, value in values.items()}
        )

    async def command(self, who: Somebody, title: str, at: str = STUDY, **options: str) -> Answered:
        typed = " ".join([title, *(f'{name}:"{value}"' for name, value in options.items())])
        answered = await self._asked(who, at, f"/c/{at}/messages", {"text": typed})
        late = texts.command_late() in answered.text
        return await self.command(who, title, at, **options) if late else answered

    async def forge_press(self, who: Somebody, message: Seen, code: str) -> Answered:
        return await self._asked(who, message.channel, f"/m/{message.id}/press", {"code": code})

    async def forge_form(self, who: Somebody, target: str, text: str) -> Answered:
        data = {"kind": "answer", "target": target, "field-answer": text}
        return await self._asked(who, STUDY, f"/c/{STUDY}/form", data)

    async def _asked(self, who: Somebody, channel: str, address: str, data: dict[str, str]) -> Answered:
        """What is new on this person's page after they sent something."""
        seq = await self._store.last_seq()
        data = {"nonce": self._nonce()} | data
        answers = [await who.handle.post(address, data=data) for _ in range(self.times)]
        said = _said(answers[0])
        if answers[0].status_code == 202:  # a busy machine: the answer follows by itself
            await until(lambda: self._shown_since(who, seq))
        new = await self._shown_since(who, seq)
        late = [each for each in new if each.text == texts.form_late()]
        if late:
            return await self.press(who, late[-1], late[-1].buttons[0])
        return Answered(
            tuple(each for each in new if each.private),
            tuple(each for each in new if not each.private),
            _dialog(said["dialog"]) if "dialog" in said else None,
            said.get("notice", ""),
        )

    async def _shown_since(self, who: Somebody, seq: int) -> list[Seen]:
        """Everything new of the bot's that this person sees."""
        person = await self._person(who)
        changed = await self._store.changed_since(seq, person.id, 1000)
        new = [each for each in changed if each.author is None and not each.deleted]
        return sorted(await self._read(person, new), key=lambda each: int(each.id))

    async def _person(self, who: Somebody) -> RoomPerson:
        return next(each for each in await self._store.people() if each.name == who.name)

    async def _read(self, person: RoomPerson, messages: Sequence[RoomMessage]) -> list[Seen]:
        """Messages as the page of this person shows them: the lines that its live stream brings."""
        lines = await self._room._room._pages.lines(person, messages)
        return [
            replace(_seen(next(read_page(line["html"]).all("li", "message")), line["thread"]), channel=line["channel"])
            for line in lines
        ]

    def _nonce(self) -> str:
        return f"sending-{next(self._numbers):06d}"

    # what people see

    async def channel(self, reader: Somebody, name: str = STUDY) -> list[Seen]:
        person = await self._person(reader)
        return await self._read(person, await self._store.messages(name, person.id, None))

    async def thread(self, reader: Somebody, root: Seen) -> list[Seen]:
        person = await self._person(reader)
        return await self._read(person, await self._store.messages(root.channel, person.id, root.id))

    async def private(self, reader: Somebody) -> list[Seen]:
        return [each for each in await self._shown_since(reader, 0) if each.private]

    async def room(self, reader: Somebody) -> list[Seen]:
        person = await self._person(reader)
        found = await self._store.changed_since(0, person.id, 1000)
        root = next(each for each in reversed(found) if each.visible_to and each.thread_name and each.thread is None)
        return await self._read(person, [root, *await self._store.messages(root.channel, person.id, root.id)])

    async def write_in_room(self, who: Somebody, text: str) -> Seen:
        return await self.write(who, text, under=(await self.room(who))[0])

    async def look(self, reader: Somebody, message: Seen) -> bytes | None:
        answer = await reader.handle.get(f"/m/{message.id}/picture.png")
        assert (answer.status_code == 200) is (answer.headers.get("content-type") == "image/png")
        return answer.content if answer.status_code == 200 else None

    def refuse_pictures(self) -> bool:
        return False

    async def offered(self, who: Somebody) -> set[str]:
        """What the box suggests, for each first letter."""
        found: set[str] = set()
        for command in COMMANDS:
            asked = await who.handle.get(f"/c/{STUDY}/complete", params={"text": command.title[:-1]})
            found |= {item["title"] for item in asked.json()["items"]}
        return found

    async def pings(self) -> list[str]:
        return [each.text async for each in self._in_our_words("span", "mention")]

    async def links(self) -> list[str]:
        outside = [each async for each in self._in_our_words("a", "")]
        pictures = [each async for each in self._in_our_words("img", "")]
        return [str(each.given) for each in (*outside, *pictures)]

    async def _in_our_words(self, tag: str, kind: str) -> AsyncIterator[Element]:
        """What the bot's messages hold, on the pages of whoever came first and last."""
        for browser in {id(each): each for each in (self._browsers[0], self._browsers[-1])}.values():
            roots = await self._store.changed_since(0, "", 1000)
            pages = [f"/c/{each.channel}/t/{each.id}" for each in roots if each.thread_name is not None]
            for page in [f"/c/{each.id}" for each in await self._store.channels()] + pages:
                for item in read_page((await browser.get(page)).text).all("li", "message"):
                    text = item.first("div", "text")
                    if text is not None and item.first("span", "is-bot") is not None:
                        for found in text.all(tag, kind):
                            yield found

    async def ever_said(self, fragment: str) -> int:
        everything = await self._store.changed_since(0, "", 1000)
        return sum(each.author is None and fragment in each.text for each in everything)

    # trouble

    def redeliver(self, times: int) -> None:
        self.times = times
        assert self._echo is not None
        self._echo.times = times

    def cut_after(self, what: str) -> None:
        self._cut.append(KINDS[what])

    async def suggested(self, who: Somebody, title: str, option: str, typed: str) -> list[str] | None:
        asked = await who.handle.get(f"/c/{STUDY}/complete", params={"text": f"{title} {option}:{typed}"})
        return [item["insert"].rpartition(":")[2].strip(' "') for item in asked.json()["items"]]

    async def lose_rights(self, channel: str = STUDY) -> None:
        self._refusing.add(channel)

    async def lacking_places(self) -> AsyncIterator[tuple[str, str]]:
        yield "nowhere", words.NO_CHANNEL_MEND

    async def regain_rights(self, channel: str = STUDY) -> None:
        self._refusing.discard(channel)

    async def remove_question(self, root: Seen) -> bool:
        return False

    async def remove_channel(self, name: str) -> bool:
        return False

    def hurry(self) -> None:
        """The room looks again every two seconds, for what is some seconds old by a clock that may be put forward."""
        self._hurried = asyncio.create_task(self._put_forward())

    async def _put_forward(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            self.clock.advance(timedelta(seconds=1))

    async def close_private(self, who: Somebody) -> bool:
        return False

    async def open_private(self, who: Somebody) -> None:
        """They were never closed."""

    async def lock(self, root: Seen) -> None:
        self._locked.add(root.id)

    def complaints(self) -> list[str]:
        return []


def _said(answer: httpx2.Response) -> dict[str, str]:
    """A page of words in place of JSON is what the server says after a fault of ours."""
    if answer.headers["content-type"].startswith("application/json"):
        said: dict[str, str] = answer.json()
        return said
    return {"notice": read_page(answer.text).text}


def _dialog(page: str) -> Dialog:
    """A form as the browser has it: what would be sent with it, and the names behind the labels."""
    form = next(read_page(page).all("form"))
    data = {each.given["name"]: each.given["value"] for each in form.all("input") if each.given.get("type") == "hidden"}
    names: dict[str, str] = {}
    for label in form.all("label"):
        if "for" in label.given:
            names[label.text.strip()] = label.given["for"]
    for each in [*form.all("textarea"), *form.all("select"), *form.all("input")]:
        if "name" in each.given and each.given.get("type") != "hidden" and each.given.get("type") != "checkbox":
            data[each.given["name"]] = _value(each)
    for each in form.all("input"):
        if "checked" in each.given:
            data[each.given["name"]] = each.given["value"]
    title = form.first("h2")
    assert title is not None
    handle = {"to": form.given["action"], "data": data, "names": names}
    return Dialog(title.text, {label: data[name] for label, name in names.items()}, handle)


def _value(field: Element) -> str:
    chosen = next((each.given["value"] for each in field.all("option") if "selected" in each.given), None)
    # A browser leaves out the line break that follows the tag of a larger field.
    return chosen or field.given.get("value") or field.text.removeprefix("\n")


@asynccontextmanager
async def web_stage() -> AsyncIterator[WebStage]:
    """A study room, closed at the end."""
    stage = WebStage()
    try:
        yield stage
    finally:
        await stage.close()


# ---------------------------------------------------------------- trouble the room cannot have by itself


class _Troubled:
    """The room's adapter; its chat refuses and cuts where the stage says so."""

    platform = "web"
    one_at_a_time = False

    def __init__(self, room: WebChat, stage: WebStage) -> None:
        self._room = room
        self._stage = stage
        self.chat: Any = self
        self.http = room.http
        self.traits = room.chat.traits
        self.find = room.chat.find
        self.lacking = room.chat.lacking

    @property
    def opened(self) -> bool:
        return self._room.opened

    async def run(self, intake: Intake) -> None:
        self._stage._echo = Echoing(intake)
        await self._room.run(self._stage._echo)

    async def close(self) -> None:
        await self._room.close()

    async def deliver(self, item: Outgoing) -> str:
        stage = self._stage
        if isinstance(item, Post) and item.channel.id in stage._refusing:
            raise Refused("no right to write there", RefusedBecause.NO_RIGHT)
        if isinstance(item, Say) and item.thread.id in stage._locked:
            raise Refused("the thread is locked", RefusedBecause.NO_RIGHT)
        id = await self._room.chat.deliver(item)
        if type(item) in stage._cut:
            stage._cut.remove(type(item))
            raise NotNow("the line was cut")
        return id
