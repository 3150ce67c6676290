"""The room's addresses. Whatever changes something says so in JSON, so that the page can keep what was typed."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, Router

from adapters.web_chat import slash, words
from adapters.web_chat.chat import TEXT_LIMIT
from adapters.web_chat.door import Door, StillWorking
from adapters.web_chat.feed import Feed, stream
from adapters.web_chat.pages import Pages, button_on, holds_thread
from adapters.web_chat.people import Sessions, from_this_page, is_bots_name, room_name
from adapters.web_chat.static import Static
from bot import texts
from bot.domain.errors import Mistake, NotNow
from bot.domain.inert import sound
from bot.domain.outgoing import Action, Button, Form, FormKind
from bot.domain.standings import Period
from bot.ports import Clock, RoomChannel, RoomEvent, RoomEventKind, RoomMessage, RoomPerson, RoomStore

#: What the menu of one's own message in a thread may ask for.
MENU = (Action.COUNT_AS_ANSWER, Action.NOT_AN_ANSWER)
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")


class Room:
    """Everything a browser may ask for. `door` is None until the bot listens."""

    def __init__(self, store: RoomStore, pages: Pages, clock: Clock, feed: Feed, static: Static) -> None:
        self._store = store
        self._pages = pages
        self._clock = clock
        self._feed = feed
        self._sessions = Sessions(store, clock)
        self._static = static
        self.door: Door | None = None

    def app(self) -> Router:
        """The addresses."""
        return Router(
            [
                Route("/", self._open(self.front)),
                Route("/who", self._open(self.enter), methods=["POST"]),
                Route("/out", self._open(self.leave), methods=["POST"]),
                Route("/static/{name}", self.static_file),
                Route("/c/{channel}", self._signed(self.channel)),
                Route("/c/{channel}/t/{message}", self._signed(self.thread)),
                Route("/c/{channel}/beside", self._signed(self.beside)),
                Route("/c/{channel}/beside/press", self._signed(self.press_beside), methods=["POST"]),
                Route("/c/{channel}/complete", self._signed(self.complete)),
                Route("/c/{channel}/messages", self._signed(self.write), methods=["POST"]),
                Route("/c/{channel}/form", self._signed(self.send_form), methods=["POST"]),
                Route("/m/{message}/picture.png", self._signed(self.picture)),
                Route("/m/{message}/press", self._signed(self.press), methods=["POST"]),
                Route("/m/{message}/menu", self._signed(self.menu), methods=["POST"]),
                Route("/m/{message}/edit", self._signed(self.edit), methods=["POST"]),
                Route("/m/{message}/delete", self._signed(self.delete), methods=["POST"]),
                Route("/m/{message}/dismiss", self._signed(self.dismiss), methods=["POST"]),
                Route("/mine", self._signed(self.mine)),
                Route("/zone", self._signed(self.zone), methods=["POST"]),
                Route("/events", self._signed(self.events)),
            ]
        )

    # ------------------------------------------------------------ who may

    def _open(self, endpoint: Endpoint) -> Endpoint:
        """For everybody, once the bot listens; a change only from a page of ours."""

        async def guarded(request: Request) -> Response:
            if request.method == "POST" and not from_this_page(request):
                return _no(403, words.NOT_FROM_HERE)
            if self.door is None:
                return self._starting(request)
            try:
                return await endpoint(request)
            except NotNow:
                return self._away(request)

        return guarded

    def _signed(self, endpoint: Callable[[Request, RoomPerson], Awaitable[Response]]) -> Endpoint:
        """For those who have a name in the room."""

        async def signed(request: Request) -> Response:
            person = await self._sessions.person(request)
            if person is not None:
                return await endpoint(request, person)
            if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                return RedirectResponse("/", 303)
            return _no(401, words.SIGN_IN_FIRST)

        return self._open(signed)

    def _starting(self, request: Request) -> Response:
        if request.method == "POST":
            return _no(503, words.TRY_AGAIN)
        return HTMLResponse(self._pages.render("starting.html"), 503)

    def _away(self, request: Request) -> Response:
        """The database takes nothing at the moment; whoever typed keeps their text."""
        if request.method == "POST":
            return _no(503, words.TRY_AGAIN)
        return HTMLResponse(self._pages.render("starting.html"), 503)

    @property
    def _at_door(self) -> Door:
        if self.door is None:
            raise NotNow("the bot does not listen yet")
        return self.door

    # ------------------------------------------------------------ coming and going

    async def front(self, request: Request) -> Response:
        """The first channel, or the question who one is."""
        if await self._sessions.person(request) is None:
            return HTMLResponse(await self._pages.who())
        channels = await self._store.channels()
        return RedirectResponse(f"/c/{channels[0].id}", 303)

    async def enter(self, request: Request) -> Response:
        """Comes in under one of the names, or a new one."""
        form = await request.form()
        chosen, typed = _text(form, "person"), _text(form, "name")
        if chosen:
            person = next((one for one in await self._store.people() if one.id == chosen), None)
            notice = words.NOBODY_THERE
        else:
            name = room_name(typed)
            notice = words.NAME_MISSING if name is None else words.NAME_OF_BOT
            person = await self._store.add_person(name) if name and not is_bots_name(name) else None
        if person is None:
            return HTMLResponse(await self._pages.who(notice, typed), 422)
        await self._note_zone(person, _text(form, "zone"))
        response = RedirectResponse("/", 303)
        await self._sessions.enter(request, response, person)
        return response

    async def leave(self, request: Request) -> Response:
        """Ends the session, so that one can be somebody else."""
        response = RedirectResponse("/", 303)
        await self._sessions.leave(request, response)
        return response

    async def mine(self, request: Request, person: RoomPerson) -> Response:
        """One's own dashboard, by a link made for this very click."""
        address = await self._at_door.dashboard(person)
        return RedirectResponse(address or "/", 303)

    async def zone(self, request: Request, person: RoomPerson) -> Response:
        """The browser's time zone, when it changed."""
        await self._note_zone(person, _text(await request.form(), "zone"))
        return _done()

    async def _note_zone(self, person: RoomPerson, zone: str) -> None:
        if zone != person.zone and self._pages.knows_zone(zone):
            await self._store.set_zone(person.id, zone)

    # ------------------------------------------------------------ reading

    async def static_file(self, request: Request) -> Response:
        """Style, script, icon: the page names them by their content, so a browser may keep them."""
        return self._static.response(request.path_params["name"])

    async def channel(self, request: Request, person: RoomPerson) -> Response:
        """The room with one channel open."""
        channel = await self._channel(request)
        if channel is None:
            return RedirectResponse("/", 303)
        return HTMLResponse(await self._pages.room(person, channel, None, _period(request)))

    async def thread(self, request: Request, person: RoomPerson) -> Response:
        """One thread: the panel alone for a page that is open, else the whole room."""
        channel, id = await self._channel(request), request.path_params["message"]
        panel = await self._pages.thread(person, channel, id) if channel else None
        if channel is None or panel is None:
            return RedirectResponse("/", 303)
        if "hx-request" in request.headers:
            return HTMLResponse(panel, headers={"Vary": "HX-Request"})
        page = await self._pages.room(person, channel, id, _period(request))
        return HTMLResponse(page, headers={"Vary": "HX-Request"})

    async def beside(self, request: Request, person: RoomPerson) -> Response:
        """Question, board and people."""
        channel = await self._channel(request)
        if channel is None:
            return _no(404, words.GONE)
        return HTMLResponse(await self._pages.beside(person, channel, _period(request)))

    async def complete(self, request: Request, person: RoomPerson) -> Response:
        """What could come next in the box."""
        typed = request.query_params.get("text", "/")[:TEXT_LIMIT]
        wanted = slash.suggest(typed, person.organiser, await self._store.channels())
        items = list(wanted.items)
        if wanted.option:
            path, typed = wanted.path, sound(wanted.typed)
            place = request.path_params["channel"]
            choices = await self._at_door.complete(path, wanted.option, typed, person, place)
            items = [slash.value(wanted.before, choice.value, choice.label) for choice in choices]
        lines = [{"insert": one.insert, "title": one.title, "help": one.help, "note": one.note} for one in items]
        return JSONResponse({"head": wanted.head, "items": lines})

    async def picture(self, request: Request, person: RoomPerson) -> Response:
        """The picture of a message, to whoever may see the message. Another picture of it has
        another address, and no cache but theirs keeps it."""
        message = await self._pages.visible(person, request.path_params["message"])
        png = await self._store.png(message.id) if message is not None else None
        if png is None:
            return Response(status_code=404)
        headers = {"Cache-Control": "private, max-age=86400, immutable"}
        return Response(png, media_type="image/png", headers=headers)

    async def events(self, request: Request, person: RoomPerson) -> Response:
        """The live stream."""
        since = request.headers.get("last-event-id") or request.query_params.get("since", "")
        start = (
            int(since) if since.isascii() and since.isdecimal() and len(since) < 19 else await self._store.last_seq()
        )

        async def still_here() -> bool:
            return await self._sessions.person(request) is not None

        async def lines() -> AsyncIterator[str]:
            show = self._pages.lines
            async for line in stream(
                self._feed, self._store, person.id, start, lambda changed: show(person, changed), still_here
            ):
                yield line

        return StreamingResponse(lines(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _channel(self, request: Request) -> RoomChannel | None:
        wanted = request.path_params["channel"]
        return next((one for one in await self._store.channels() if one.id == wanted), None)

    # ------------------------------------------------------------ writing

    async def write(self, request: Request, person: RoomPerson) -> Response:
        """A message, or a command when it begins with a slash."""
        form = await request.form()
        text = sound(_text(form, "text")).rstrip()
        place = await self._place(request, form, person)
        if place is None:
            return _no(404, words.GONE)
        if not text.strip():
            return _done()
        if len(text) > TEXT_LIMIT:
            return _no(422, words.TOO_LONG.format(over=len(text) - TEXT_LIMIT, limit=TEXT_LIMIT))
        if slash.is_command(text):
            return await self._command(text, person, place, _nonce(form))
        return await self._post(text, person, place, form)

    async def _post(self, text: str, person: RoomPerson, place: RoomMessage, form: FormData) -> Response:
        event = secrets.token_hex(12)
        quoted = await self._pages.visible(person, _text(form, "reply_to"))
        seen = (None, place.visible_to)
        in_place = quoted is not None and quoted.visible_to in seen and quoted.channel == place.channel
        draft = replace(
            place,
            author=person.id,
            text=text.strip("\n"),
            at=self._clock.now(),
            reply_to=quoted.id if quoted and in_place else None,
            key=f"typed:{person.id}:{_nonce(form)}",
        )
        message = await self._store.post(draft, owed=event)
        self._feed.nudge()
        await self._at_door.tell(RoomEvent(event, RoomEventKind.POSTED, message.id, message.at))
        return _done()

    async def _command(self, text: str, person: RoomPerson, place: RoomMessage, call: str) -> Response:
        try:
            called = slash.read(text, await self._store.channels())
        except Mistake as mistake:
            return _no(422, texts.mistaken(mistake))
        return await self._answered(self._at_door.call(called, person, place, call), place)

    async def _answered(self, asked: Awaitable[Form | None], place: RoomMessage) -> Response:
        """A form is shown at once; every other answer comes through the live stream."""
        try:
            form = await asked
        except StillWorking:
            return JSONResponse({"notice": words.STILL_WORKING}, 202)
        except Mistake as mistake:
            return _no(422, texts.mistaken(mistake))
        if form is None:
            return _done()
        dialog = await self._pages.form(form, place, secrets.token_urlsafe(12))
        return JSONResponse({"dialog": dialog})

    async def send_form(self, request: Request, person: RoomPerson) -> Response:
        """A form comes back. The page keeps it open until this was stored."""
        form = await request.form()
        place = await self._place(request, form, person)
        kind = _text(form, "kind")
        if place is None or kind not in set(FormKind):
            return _no(404, words.GONE)
        fields = {name[6:]: sound(_texts(form, name)) for name in form if name.startswith("field-")}
        too_long = max((len(value) for value in fields.values()), default=0) - TEXT_LIMIT
        if too_long > 0:
            return _no(422, words.TOO_LONG.format(over=too_long, limit=TEXT_LIMIT))
        try:
            await self._at_door.send_form(FormKind(kind), _text(form, "target"), fields, person, place, _nonce(form))
        except Mistake as mistake:
            return _no(422, texts.mistaken(mistake))
        return _done()

    async def press(self, request: Request, person: RoomPerson) -> Response:
        """A button of a message. Only one that really is on a message this person sees."""
        form = await request.form()
        message = await self._pages.visible(person, request.path_params["message"])
        button = button_on(message.buttons, _text(form, "code")) if message else None
        if message is None or button is None:
            return _no(404, words.NO_BUTTON)
        return await self._answered(self._at_door.press(button, person, message, _nonce(form)), message)

    async def press_beside(self, request: Request, person: RoomPerson) -> Response:
        """A button of the panel; it is looked up again, since what is offered may have changed."""
        form = await request.form()
        channel = await self._channel(request)
        view = await self._pages.beside_view(person, channel, _period(request)) if channel else None
        button = button_on(view.buttons, _text(form, "code")) if view else None
        if channel is None or button is None:
            return _no(404, words.NO_BUTTON)
        place = RoomMessage(channel.id, "", self._clock.now())
        return await self._answered(self._at_door.press(button, person, place, _nonce(form)), place)

    async def menu(self, request: Request, person: RoomPerson) -> Response:
        """The menu of one's own message: this counts as my answer, or does not."""
        form = await request.form()
        message = await self._own(request, person)
        action = _text(form, "action")
        if message is None or message.thread is None or action not in MENU:
            return _no(404, words.GONE)
        button = Button(Action(action), "")
        return await self._answered(self._at_door.press(button, person, message, _nonce(form), menu=True), message)

    async def edit(self, request: Request, person: RoomPerson) -> Response:
        """New text for one's own message."""
        text = sound(_text(await request.form(), "text")).strip()
        if len(text) > TEXT_LIMIT:
            return _no(422, words.TOO_LONG.format(over=len(text) - TEXT_LIMIT, limit=TEXT_LIMIT))
        message = await self._own(request, person)
        if message is None:
            return _no(404, words.NOT_YOURS)
        if text and text != message.text:
            now = self._clock.now()
            await self._change_own(
                message,
                RoomEventKind.EDITED,
                lambda old: None if old.deleted else replace(old, text=text, edited_at=now),
            )
        return _done()

    async def delete(self, request: Request, person: RoomPerson) -> Response:
        """Takes one's own message away."""
        message = await self._own(request, person)
        if message is None:
            return _no(404, words.NOT_YOURS)
        await self._change_own(
            message,
            RoomEventKind.DELETED,
            lambda old: None if old.deleted else replace(old, deleted=True, sign=False),
        )
        return _done()

    async def dismiss(self, request: Request, person: RoomPerson) -> Response:
        """Puts a private message away."""
        message = await self._pages.visible(person, request.path_params["message"])
        if message is None or message.visible_to != person.id:
            return _no(404, words.GONE)
        await self._store.change(message.id, lambda old: replace(old, deleted=True))
        self._feed.nudge()
        return _done()

    async def _change_own(
        self, message: RoomMessage, kind: RoomEventKind, how: Callable[[RoomMessage], RoomMessage | None]
    ) -> None:
        event = RoomEvent(secrets.token_hex(12), kind, message.id, self._clock.now())
        if await self._store.change(message.id, how, event) is not None:
            self._feed.nudge()
            await self._at_door.tell(event)

    async def _own(self, request: Request, person: RoomPerson) -> RoomMessage | None:
        message = await self._pages.visible(person, request.path_params["message"])
        return message if message is not None and message.author == person.id else None

    async def _place(self, request: Request, form: FormData, person: RoomPerson) -> RoomMessage | None:
        """Where something was written, as an empty message that stands there."""
        channel = await self._channel(request)
        if channel is None:
            return None
        thread = _text(form, "thread") or None
        if thread is None:
            return RoomMessage(channel.id, "", self._clock.now())
        root = await self._pages.visible(person, thread)
        if root is None or not holds_thread(root) or root.channel != channel.id:
            return None
        return RoomMessage(channel.id, "", self._clock.now(), thread=thread, visible_to=root.visible_to)


Endpoint = Callable[[Request], Awaitable[Response]]


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(form: FormData, name: str) -> str:
    """All that was chosen under a name, with commas between."""
    return ",".join(value for value in form.getlist(name) if isinstance(value, str))


def _nonce(form: FormData) -> str:
    """The page's own mark for one sending, so that a repeat is recognised."""
    nonce = _text(form, "nonce")
    return nonce if _NONCE.fullmatch(nonce) else secrets.token_urlsafe(12)


def _period(request: Request) -> Period:
    with suppress(ValueError):
        return Period(request.query_params.get("period", ""))
    return Period.WEEK


def _done() -> Response:
    return JSONResponse({})


def _no(status: int, notice: str) -> Response:
    answer: Mapping[str, Any] = {"notice": notice}
    return JSONResponse(answer, status)
