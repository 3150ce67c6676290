"""The whole bot as a process of its own, over real sockets, with people on a stage: what they did and saw is kept, so
that the day can be read afterwards."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NoReturn, TypeVar

import httpx2
from patience import until
from processes import in_own_process
from promises import Heard, broken_promises_at
from sqlalchemy import create_engine, select
from stage import STUDY, Answered, RealStage, Seen, Somebody
from studyroom import free_port

from bot import texts
from bot.__main__ import main
from bot.storage.tables import sendings

T = TypeVar("T")

#: Settings of whoever runs the tests; the process shall know none of them.
OURS = ("STUDYBOT_", "DISCORD_", "SLACK_", "DATABASE_URL", "HOST", "PORT", "OPENAI_")


@dataclass
class Bot:
    """`studybot run` on a database of its own."""

    folder: Path
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    process: BaseProcess | None = None

    @property
    def runs(self) -> bool:
        """It was started, and has not ended."""
        return self.process is not None and self.process.is_alive()

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'studybot.db'}"

    async def start(self) -> None:
        """Returns once it listens to people."""
        own = {"STUDYBOT_DATA_DIR": str(self.folder), "DATABASE_URL": self.url, "PORT": str(self.port)}
        self.process = await asyncio.to_thread(in_own_process, run_bot, self.folder / "log", own | dict(self.settings))
        await until(self._is_ready)

    async def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.runs, (self.folder / "log").read_text()
        try:
            async with httpx2.AsyncClient(verify=False) as client:
                return (await client.get(f"http://127.0.0.1:{self.port}/healthz")).status_code == 200
        except httpx2.TransportError:
            return False

    async def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.kill()
        await asyncio.to_thread(self.process.join)

    async def stop(self) -> int | None:
        """Asks it to end."""
        assert self.process is not None
        self.process.terminate()
        await asyncio.to_thread(self.process.join)
        return self.process.exitcode


def run_bot(log: Path, settings: Mapping[str, str]) -> NoReturn:
    """`studybot run` in this process, which has nothing else to do."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.chdir(Path(__file__).parent.parent)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ.update(settings)
    sys.exit(main(["run"]))


@dataclass
class Live:
    """A bot, a stage, and an organiser in it."""

    bot: Bot
    stage: RealStage
    told: list[str] = field(default_factory=list)
    olga: Somebody = field(init=False)

    # telling the day

    def chapter(self, words: str) -> None:
        self.told.append(f"\n== {words}")

    def _note(self, who: str, words: str) -> None:
        self.told.append(f"{who}: " + words.replace("\n", "\n    "))

    def _note_answer(self, said: Answered) -> None:
        for each in (*said.private, *said.public):
            self._note("   to all" if each in said.public else "   in private", _with_buttons(each))

    # people

    async def member(self, name: str, organiser: bool = False) -> Somebody:
        return await self.stage.member(name, organiser=organiser)

    async def command(self, who: Somebody, title: str, at: str = STUDY, **options: str) -> Answered:
        said = await self.stage.command(who, title, at, **options)
        self._note(who.name, " ".join([title, *(f"{name}:{value}" for name, value in options.items())]))
        self._note_answer(said)
        return said

    async def press(self, who: Somebody, message: Seen, label: str) -> Answered:
        said = await self.stage.press(who, message, label)
        self._note(who.name, f"[{label}]")
        self._note_answer(said)
        return said

    async def write(self, who: Somebody, text: str, under: Seen) -> Seen:
        self._note(f"{who.name} in the thread", text)
        return await self.stage.write(who, text, under=under)

    async def by_form(self, who: Somebody, question: Seen, text: str) -> Answered:
        opened = await self.press(who, question, texts.label_answer())
        assert opened.form is not None, opened
        self._note(who.name, f"(sends the form) {text}")
        said = await self.stage.send(who, opened.form, text)
        self._note_answer(said)
        return said

    # waiting and seeing

    async def soon(self, look: Callable[[], Awaitable[T]]) -> T:
        """What it finds, once it finds something."""
        found: list[T] = []

        async def there() -> bool:
            found[:] = [await look()]
            return bool(found[0])

        await until(there)
        return found[0]

    async def questions(self, channel: str = STUDY) -> list[Seen]:
        there = await self.stage.channel(self.olga, channel)
        return [each for each in there if each.by_bot and texts.label_answer() in each.buttons]

    async def comments(self, root: Seen) -> list[Seen]:
        label = texts.label_full_review()
        there = await self.stage.thread(self.olga, root)
        return [each for each in there if each.by_bot and not each.private and label in each.buttons]

    async def commented(self, root: Seen, count: int) -> list[Seen]:
        """The comments, once there are so many."""

        async def enough() -> list[Seen]:
            there = await self.comments(root)
            return there if len(there) >= count else []

        return await self.soon(enough)

    async def whispered(self, who: Somebody, fragment: str) -> Seen:
        async def there() -> Seen | None:
            return next((each for each in await self.stage.private(who) if fragment in each.text), None)

        found = await self.soon(there)
        assert found is not None
        self._note(f"   in private to {who.name}", _with_buttons(found))
        return found

    async def set_up(self, channel: str = STUDY) -> Seen:
        """Olga sets a channel up, sees the preview in private, says yes, and posts one question."""
        await self.command(
            self.olga,
            "/study-admin setup",
            channel,
            time="09:00",
            zone="Europe/Berlin",
            days="mon-fri",
            pack="microsoft-backend",
        )
        preview = await self.whispered(self.olga, "This is what I would do; nothing is public yet.")
        assert await self.questions(channel) == []
        done = await self.press(self.olga, preview, texts.label_confirm_setup())
        await self.press(self.olga, done.private[-1], texts.label_post_now())
        return await self.next_question([], channel)

    async def next_question(self, before: list[Seen], channel: str = STUDY) -> Seen:
        """The question that comes after those, with its thread."""

        async def new() -> list[Seen]:
            return (await self.questions(channel))[len(before) :]

        question = (await self.soon(new))[0]
        await self.soon(lambda: self.stage.has_thread(question))
        self._note(f"studybot in #{channel}", _with_buttons(question))
        return question

    async def read(self, root: Seen) -> None:
        """Writes down how the thread reads now."""
        for each in await self.stage.thread(self.olga, root):
            if not each.private:
                mark = " 👀" if each.reviewing else ""
                self._note(f"   {each.author}{mark}", _with_buttons(each))

    @property
    def transcript(self) -> str:
        return "\n".join(self.told)

    # afterwards

    async def keeps_its_promises(self) -> bool:
        """Whether nothing is broken, nor half-done, at this moment."""
        return not await self.broken_promises()

    async def broken_promises(self) -> list[str]:
        """The promises that are broken, by what stands outside and what the database says."""
        seen = [each for root in await self.questions() for each in (root, *await self.stage.thread(self.olga, root))]
        standing = {each.id for each in seen}
        rows = await asyncio.to_thread(_sent, self.bot.url)
        heard = [
            Heard(key, None, "", gone=id not in standing, user=None)
            for key, id in rows
            if key.partition(":")[0] in ("post", "comment", "shown")
        ]
        strangers = {each.id for each in seen if each.by_bot and not each.private} - {id for _, id in rows}
        broken = await broken_promises_at(self.bot.url, heard)
        return [*broken, *(f"P3: message {id} stands there and nobody sent it" for id in strangers)]


def _sent(url: str) -> list[tuple[str, str]]:
    engine = create_engine(url)
    try:
        with engine.connect() as conn:
            rows = conn.execute(select(sendings.c.key, sendings.c.sent_id).where(sendings.c.sent_id.is_not(None)))
            return [(row.key, row.sent_id) for row in rows]
    finally:
        engine.dispose()


def _with_buttons(seen: Seen) -> str:
    buttons = " ".join(f"[{label}]" for label in seen.buttons)
    return f"{seen.text}\n{buttons}" if buttons else seen.text


@asynccontextmanager
async def live(stage: RealStage, bot: Bot) -> AsyncIterator[Live]:
    """A running bot with Olga on the stage. It is stopped in the end, and has to end well."""
    playing = Live(bot, stage)
    await bot.start()
    try:
        await stage.opened()
        playing.olga = await stage.member("Olga", organiser=True)
        yield playing
        assert await bot.stop() == 0, (bot.folder / "log").read_text()
    finally:
        if bot.runs:
            await bot.kill()
        print(playing.transcript)
