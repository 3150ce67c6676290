"""What the pages show: values for the templates, made for one viewer at a time."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from adapters.web_chat import words
from adapters.web_chat.door import channel_ref, user_ref
from bot.domain.asking import zone_names
from bot.domain.errors import NotNow
from bot.domain.outgoing import Action, Button, FieldKind, Form, FormKind
from bot.domain.standings import Period, Place
from bot.markdown import plain, render
from bot.ports import Clock, ReaderView, RoomChannel, RoomMessage, RoomPerson, RoomStore, Views
from bot.templates import templates

HERE = Path(__file__).parent
#: Messages that follow each other so closely share one head.
TOGETHER = timedelta(minutes=5)
HUES = 8
_FIRST_LETTERS = 2
#: What an organiser of the board might read first stands first.
PERIODS = (Period.DAY, Period.WEEK, Period.MONTH, Period.SEASON, Period.ALL)


@dataclass(frozen=True, slots=True)
class Face:
    """A round picture with letters in it."""

    letters: str
    hue: int
    name: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The line above a reply."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as one viewer sees it. `joins` means that the head of the message above is enough."""

    id: str
    author: str
    name: str
    face: Face
    html: Markup
    at: datetime
    day: str
    message: RoomMessage
    quote: Quote | None
    faces: tuple[Face, ...]
    demo: bool
    you: bool
    in_room: bool = False
    joins: bool = False
    new_day: bool = False

    @property
    def bot(self) -> bool:
        """The bot wrote it, in its own name."""
        return self.message.author is None and self.message.speaker is None

    @property
    def is_card(self) -> bool:
        """A post that asks for answers stands out from the talk, and so does a private place."""
        message = self.message
        return self.bot and message.thread is None and message.thread_name is not None

    @property
    def is_room(self) -> bool:
        """A private place: what hangs under it is one person's alone."""
        return self.is_card and self.message.visible_to is not None

    @property
    def is_whisper(self) -> bool:
        """A private word between others' messages, which its reader may put away."""
        return self.message.visible_to is not None and not self.in_room and not self.is_room


def all_zones() -> Mapping[str, ZoneInfo]:
    """Every zone, loaded: a zone is a file, and the loop reads none."""
    return {name: ZoneInfo(name) for name in zone_names().values()}


class Pages:
    """Makes the pages and their parts."""

    def __init__(self, store: RoomStore, views: Views, clock: Clock, static: Mapping[str, str], zone: str) -> None:
        self._store = store
        self._views = views
        self._clock = clock
        self._zones = all_zones()
        self._home = self._zones.get(zone, UTC)
        self._templates = templates(HERE / "templates")
        self._templates.globals.update(
            words=words, Action=Action, FieldKind=FieldKind, FormKind=FormKind, periods=PERIODS, static=static
        )

    def render(self, template: str, **values: Any) -> str:
        """One template."""
        return self._templates.get_template(template).render(**values)

    def knows_zone(self, name: str) -> bool:
        """Whether a browser's zone is one."""
        return name in self._zones

    async def who(self, notice: str = "", typed: str = "") -> str:
        """The page on which one picks a name."""
        people = [(person, face(person.id, person.name)) for person in await self._store.people()]
        return self.render("who.html", people=people, notice=notice, typed=typed)

    async def room(self, viewer: RoomPerson, channel: RoomChannel, thread: str | None, period: Period) -> str:
        """The whole room. The seq is read first: what comes while the rest is read comes again, live."""
        seq = await self._store.last_seq()
        messages = await self._store.messages(channel.id, viewer.id, None)
        opened = await self.thread(viewer, channel, thread) if thread else None
        return self.render(
            "room.html",
            me=viewer,
            my_face=face(viewer.id, viewer.name),
            channel=channel,
            channels=await self._store.channels(),
            seq=seq,
            messages=_grouped(await self.shown(viewer, messages)),
            beside=Markup(await self.beside(viewer, channel, period)),
            thread=Markup(opened or ""),
        )

    async def thread(self, viewer: RoomPerson, channel: RoomChannel, id: str) -> str | None:
        """The panel of one thread, or None when the viewer can see no such message."""
        root = await self.visible(viewer, id)
        if root is None or not holds_thread(root) or root.channel != channel.id:
            return None
        replies = await self._store.messages(channel.id, viewer.id, id)
        shown = await self.shown(viewer, [root, *replies])
        return self.render("thread.html", root=shown[0], replies=_grouped(shown[1:]), channel=channel, me=viewer)

    async def form(self, form: Form, place: RoomMessage, sending: str) -> str:
        """A form to fill in. Its channels are those of the room."""
        channels = await self._store.channels()
        return self.render("form.html", form=form, place=place, sending=sending, channels=channels)

    async def visible(self, viewer: RoomPerson, id: str) -> RoomMessage | None:
        """A message, if it is there for this viewer."""
        message = await self._store.get(id)
        if message is None or message.deleted or message.visible_to not in (None, viewer.id):
            return None
        return message

    async def beside_view(self, viewer: RoomPerson, channel: RoomChannel, period: Period) -> ReaderView | None:
        """Question and board, or None while they cannot be read."""
        try:
            return await self._views.beside(user_ref(viewer.id), channel_ref(channel.id), period)
        except NotNow:
            return None

    async def beside(self, viewer: RoomPerson, channel: RoomChannel, period: Period) -> str:
        """The panel with question, board and people."""
        view = await self.beside_view(viewer, channel, period)
        now = self._local(self._clock.now(), viewer)
        people = [(person, face(person.id, person.name)) for person in await self._store.people()]
        return self.render(
            "beside.html",
            me=viewer,
            channel=channel,
            view=view,
            period=period,
            places=_board_lines(view, {person.name: person.id for person, _ in people}) if view else (),
            closes=words.closes(self._local(view.today.closes_at, viewer), now) if view and view.today else "",
            people=people,
        )

    async def lines(self, viewer: RoomPerson, messages: Sequence[RoomMessage]) -> Sequence[dict[str, Any]]:
        """Messages for the live stream."""
        return [self._line(one, viewer) for one in await self.shown(viewer, messages)] if messages else ()

    def _line(self, one: Shown, viewer: RoomPerson) -> dict[str, Any]:
        html = "" if one.message.deleted else self.render("message.html", one=one, me=viewer, inside=one.message.thread)
        return {
            "id": one.id,
            "thread": one.message.thread,
            "channel": one.message.channel,
            "mine": one.you,
            "bot": one.message.author is None,
            "replies": words.replies(one.message.replies),
            "room": one.is_room and one.message.seq == int(one.id),
            "html": html,
        }

    async def shown(self, viewer: RoomPerson, messages: Sequence[RoomMessage]) -> list[Shown]:
        """Messages as this viewer sees them."""
        people = {person.id: person for person in await self._store.people()}
        names = [person.name for person in people.values()]
        known = {message.id: message for message in messages}
        shown: list[Shown] = []
        for message in messages:
            quoted = await self._quoted(message, known, viewer)
            one = self._shown(message, viewer, people, names, quoted)
            shown.append(replace(one, in_room=await self._in_room(message, known)))
        return shown

    async def _in_room(self, message: RoomMessage, known: Mapping[str, RoomMessage]) -> bool:
        """Whether a message stands in a private place."""
        if message.thread is None or message.visible_to is None:
            return False
        root = known.get(message.thread) or await self._store.get(message.thread)
        return root is not None and root.visible_to is not None

    async def _quoted(
        self, message: RoomMessage, known: Mapping[str, RoomMessage], viewer: RoomPerson
    ) -> RoomMessage | None:
        if message.reply_to is None:
            return None
        quoted = known.get(message.reply_to) or await self._store.get(message.reply_to)
        return quoted if quoted is not None and quoted.visible_to in (None, viewer.id) else None

    def _shown(
        self,
        message: RoomMessage,
        viewer: RoomPerson,
        people: Mapping[str, RoomPerson],
        names: Sequence[str],
        quoted: RoomMessage | None,
    ) -> Shown:
        name = _name(message, people)
        at = self._local(message.at, viewer)
        author = people.get(message.author or "")
        return Shown(
            id=message.id,
            author=message.author or message.speaker or "",
            name=name,
            face=face(message.author or _id_of(message.speaker, people), name),
            html=render(message.text, names),
            at=at,
            day=words.day(at, self._local(self._clock.now(), viewer)),
            message=message,
            quote=_quote(message, quoted, people),
            faces=tuple(face(id, people[id].name) for id in message.repliers if id in people),
            demo=author is not None and author.demo,
            you=message.author == viewer.id,
        )

    def _local(self, at: datetime, viewer: RoomPerson) -> datetime:
        return at.astimezone(self._zones.get(viewer.zone or "", self._home))


def face(id: str, name: str) -> Face:
    """Letters and colour of somebody; always the same for the same person."""
    letters = "".join(word[0] for word in name.split() if word[0].isalnum())[:_FIRST_LETTERS].upper()
    return Face(letters or name[:1].upper(), zlib.crc32(id.encode()) % HUES, name)


def _name(message: RoomMessage, people: Mapping[str, RoomPerson]) -> str:
    if message.author is None:
        return message.speaker or words.BOT
    author = people.get(message.author)
    return author.name if author else words.SOMEBODY


def _id_of(speaker: str | None, people: Mapping[str, RoomPerson]) -> str:
    """A member whose answer came by form keeps their colour."""
    return next((person.id for person in people.values() if person.name == speaker), speaker or "")


def _quote(message: RoomMessage, quoted: RoomMessage | None, people: Mapping[str, RoomPerson]) -> Quote | None:
    if message.reply_to is None:
        return None
    if quoted is None or quoted.deleted:
        return Quote("", "", words.GONE_QUOTE)
    return Quote(quoted.id, _name(quoted, people), plain(quoted.text))


def holds_thread(root: RoomMessage) -> bool:
    """Whether something may hang under a message: it stands in a channel, and all see it, or it is a private place."""
    return root.thread is None and (root.visible_to is None or root.thread_name is not None)


def _grouped(shown: Sequence[Shown]) -> list[Shown]:
    """Marks the first message of each day, and those that need no head of their own."""
    grouped: list[Shown] = []
    for one in shown:
        above = grouped[-1] if grouped else None
        new_day = above is None or above.day != one.day
        joins = above is not None and not new_day and _joins(above, one)
        grouped.append(replace(one, new_day=new_day, joins=joins))
    return grouped


def _joins(above: Shown, one: Shown) -> bool:
    plain_talk = not (one.quote or one.is_card or above.is_card)
    same = above.author == one.author and above.message.visible_to == one.message.visible_to
    return plain_talk and same and one.at - above.at < TOGETHER


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One line of the board; `gap` stands between the top and the neighbours."""

    place: Place
    face: Face
    gap: bool


def _board_lines(view: ReaderView, ids: Mapping[str, str]) -> tuple[BoardLine, ...]:
    board = view.board
    top = {place.rank for place in board.top}
    near = [place for place in board.around if place not in board.top]
    alone = [board.you] if board.you and board.you not in (*board.top, *near) else []
    lines: list[BoardLine] = []
    for place in (*board.top, *near, *alone):
        last = lines[-1].place.rank if lines else None
        gap = bool(top) and place.rank is not None and last is not None and place.rank > last + 1
        picture = face(ids.get(place.name, place.name), place.name)
        lines.append(BoardLine(place, picture, gap or place.rank is None))
    return tuple(lines)


def button_on(buttons: Sequence[Button], code: str) -> Button | None:
    """The button with this code, if it is really there."""
    return next((button for button in buttons if button.code == code), None)
