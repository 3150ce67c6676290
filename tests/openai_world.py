"""A server on a real socket that talks like OpenAI's, and misbehaves when it is told to.

`async with OpenAiWorld() as world` gives one at `world.url`. What it answers is taken from `world.script`, one for each
request, and then from `world.otherwise`; every request is kept in `world.requests`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.questions import Question


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def messages(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.body["messages"]
        return found

    @property
    def form(self) -> str | None:
        """How the reply is asked to be JSON."""
        wanted: dict[str, str] = self.body.get("response_format", {})
        return wanted.get("type")

    @property
    def answer(self) -> str:
        """The answer as it was sent, without the marks around it."""
        lines = self.messages[1]["content"].splitlines()
        mark = lines[-1]
        return "\n".join(lines[lines.index(mark) + 1 : -1])

    @property
    def points(self) -> list[str]:
        """The texts of the rubric's points, in the order they were sent."""
        lines = self.messages[1]["content"].splitlines()
        rubric = lines[lines.index("Rubric:") + 1 :]
        return [line.partition(". ")[2] for line in rubric[: rubric.index("Answer:")]]


#: Writes one answer to a request.
Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class OpenAiWorld:
    """The server, its script and what it was asked."""

    otherwise: Answer
    script: deque[Answer] = field(default_factory=deque)
    requests: list[Asked] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    url: str = ""
    _server: asyncio.Server | None = None
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> OpenAiWorld:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for serving in self._serving:
            serving.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.create_task(self._serve(reader, writer)))

    @property
    def chats(self) -> list[Asked]:
        """The requests for a completion."""
        return [asked for asked in self.requests if asked.path.endswith("/chat/completions")]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await _read(reader)
                self.requests.append(asked)
                answer = self.script.popleft() if self.script else self.otherwise
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    await answer(asked, writer)
                    await writer.drain()
                finally:
                    self.at_once -= 1
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(head[0].split(" ")[1], headers, raw)


# ---------------------------------------------------------------- answers


def raw(body: bytes | str, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    """These bytes; underscores in names of headers stand for hyphens."""
    payload = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Whatever", f"content-type: {kind}", f"content-length: {len(payload)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join([*lines, "", ""]).encode() + payload)

    return answer


def completion(
    text: str | None, *, finish: str = "stop", refusal: str | None = None, usage: Mapping[str, Any] | None = None
) -> Answer:
    """A chat completion with this text."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": usage or {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }
    return raw(json.dumps(body))


def failing(status: int, code: str | None = None, message: str = "no", **headers: str) -> Answer:
    """An error in the usual form."""
    error = {"message": message, "type": code, "code": code, "param": None}
    return raw(json.dumps({"error": error}), status, **headers)


def models(*names: str) -> Answer:
    """The list of models."""
    return raw(json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in names]}))


def grading(verdict: Callable[[Asked, int, str], tuple[str, str]], **others: Any) -> Answer:
    """A reply that says for each point, by its number and text, what `verdict` says: the verdict and its quote."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        said = [verdict(asked, number, text) for number, text in enumerate(asked.points, 1)]
        await completion(graded(said, **others))(asked, writer)

    return answer


def graded(said: Sequence[tuple[str, str]], **others: Any) -> str:
    """The JSON of a sound reply: verdicts and quotes in the order of the points."""
    points = [{"n": number, "verdict": verdict, "quote": quote} for number, (verdict, quote) in enumerate(said, 1)]
    whole = {
        "kind": "answer",
        "points": points,
        "depth": 2,
        "trade_offs": 1,
        "communication": 3,
        "next_step": "Say what happens under load.",
        "think": "What would you measure first?",
    }
    return json.dumps({**whole, **others})


def all_missing(question: Question) -> str:
    """A sound reply that finds nothing."""
    return graded([("missing", "")] * len(question.points))


def slowly(seconds: float, then: Answer) -> Answer:
    """The same answer after a while."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await then(asked, writer)

    return answer


async def silent(_: Asked, writer: asyncio.StreamWriter) -> None:
    """Takes the request and says nothing, for ever."""
    await asyncio.Event().wait()


async def hung_up(_: Asked, writer: asyncio.StreamWriter) -> None:
    """Ends the connection without a word."""
    writer.transport.abort()
    raise ConnectionError


async def dripping(_: Asked, writer: asyncio.StreamWriter) -> None:
    """A reply of one byte now and then, without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\n \r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


def flood(size: int) -> Answer:
    """A completion whose text has so many bytes, sent in parts."""

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        parts = [
            b'{"choices":[{"finish_reason":"stop","message":{"content":"',
            *[b"x" * 65536] * (size // 65536),
            b'"}}]}',
        ]
        for part in [*parts, b""]:
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()

    return answer
