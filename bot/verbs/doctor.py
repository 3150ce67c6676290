"""`studybot doctor`: looks at everything a start needs, changes nothing, and says what to mend."""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import platform
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.domain.errors import NotNow, Refused, StudybotError
from bot.domain.questions import Question
from bot.domain.reviews import Review
from bot.packs import Library, PacksUnsound, content_root, load_packs
from bot.reviewers.llm import LlmReviewer, ServerFound
from bot.reviewers.offline import OfflineReviewer
from bot.settings import Settings, SettingsProblem, WrongSetting, add_setting_options, settings_from
from bot.settings.values import Platform, SlackMode
from bot.storage.engine import Database, open_database
from bot.storage.migrate import Schema, schema_of
from bot.verbs.reviewers import model_reviewer

#: So many problems of a pack are shown; `studybot packs lint` shows them all.
SHOWN_PROBLEMS = 3


class Mark(StrEnum):
    """How a finding is marked; only `MEND` keeps the bot from working."""

    OK = "ok"
    NOTE = "note"
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look has shown."""

    what: str
    mark: Mark
    words: str

    def __str__(self) -> str:
        first, *rest = self.words.splitlines()
        indent = " " * 16
        return "\n".join([f"{self.mark:<5} {self.what:<9} {first}", *(f"{indent}{line.strip()}" for line in rest)])


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `doctor`, which takes the same settings as `run`."""
    parser = subparsers.add_parser(
        "doctor",
        help="say what to mend",
        description="Looks at Python, settings, tokens, data folder, database, reviewer, packs and port. "
        "Changes nothing. Ends with 1 when something must be mended.",
        epilog="example: studybot doctor --port 9000",
    )
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prints every finding as soon as it is there; 1 when something must be mended."""
    worst = 0
    for finding in examine(lambda: settings_from(args)):
        print(finding, flush=True)
        worst = max(worst, int(finding.mark is Mark.MEND))
    print(_SUMMARY[worst])
    return worst


_SUMMARY = ("\nAll is well: studybot run", "\nMend what is marked, then look again: studybot doctor")


def examine(read: Callable[[], Settings]) -> Iterator[Finding]:
    """All findings. Without sound settings nothing can be said of what they name, and only the rest is looked at."""
    yield _python()
    try:
        settings = read()
    except SettingsProblem as problem:
        yield from (_wrong(one) for one in problem.wrong)
        yield from _packs_and_reviewer(None)
        return
    yield Finding("settings", Mark.OK, f"platforms: {', '.join(settings.platforms)}; log: {settings.log}")
    yield _data_dir(settings.data_dir)
    yield _database(settings)
    yield from _packs_and_reviewer(settings)
    yield from _chats(settings)
    yield _port(settings)
    if settings.reached_from_outside:
        yield Finding("host", Mark.NOTE, _OPEN_TO_OTHERS)


_OPEN_TO_OTHERS = (
    "Other machines can reach the study room, where everybody may be anybody.\n"
    "That is meant for a network you trust; leave HOST out to keep it to this machine."
)


def _python() -> Finding:
    # An older Python never gets as far as this: neither the Makefile nor pip installs the bot there.
    return Finding("python", Mark.OK, f"{platform.python_version()} in {sys.prefix}")


def _wrong(one: WrongSetting) -> Finding:
    return Finding("settings", Mark.MEND, str(one))


def _data_dir(folder: Path) -> Finding:
    folder = folder.absolute()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding(
            "data",
            Mark.MEND,
            f"{existing} cannot be written to.\nChange its rights, or set STUDYBOT_DATA_DIR to a folder of yours.",
        )
    return Finding("data", Mark.OK, str(folder) if existing == folder else f"{folder}, which the first start makes")


def _database(settings: Settings) -> Finding:
    if settings.database_file is not None and not _present(settings.database_file):
        return Finding("database", Mark.OK, f"{settings.database_shown}, which the first start makes")
    try:
        schema = asyncio.run(_schema(settings.database_url))
    except StudybotError as problem:
        return Finding("database", Mark.MEND, f"{problem}")
    return _schema_finding(settings.database_shown, schema)


def _present(file: Path) -> bool:
    """A write-ahead log without its file is a loss to be told, not a fresh start."""
    return file.exists() or file.with_name(f"{file.name}-wal").exists()


async def _schema(url: str) -> Schema:
    database: Database = open_database(url, writers=1, readers=1)
    try:
        return await database.read(schema_of)
    finally:
        await database.close()


def _schema_finding(shown: str, schema: Schema) -> Finding:
    if schema.is_newer:
        return Finding(
            "database",
            Mark.MEND,
            f"{shown} has schema {schema.current}, made by a newer version; this one knows {schema.newest}.\n"
            "Install that version again, or restore a backup made before it.",
        )
    if schema.current == schema.newest:
        return Finding("database", Mark.OK, f"{shown}, schema {schema.current}")
    was = schema.current or "none yet"
    return Finding("database", Mark.OK, f"{shown}, schema {was}; the next start brings it to {schema.newest}")


def _packs_and_reviewer(settings: Settings | None) -> Iterator[Finding]:
    try:
        library = load_packs(content_root())
    except PacksUnsound as unsound:
        yield _unsound(unsound)
        return
    questions = [question for pack in library.packs for question in pack.questions]
    if not questions:
        yield Finding("packs", Mark.MEND, f"There is no question below {content_root()}.\nRestore the shipped packs.")
        return
    yield _sound(library, len(questions))
    yield _reviewer(questions[0])
    if settings is not None and settings.asks_a_model:
        yield _model(settings)


def _unsound(unsound: PacksUnsound) -> Finding:
    first = [str(problem) for problem in unsound.problems[:SHOWN_PROBLEMS]]
    count = len(unsound.problems)
    return Finding("packs", Mark.MEND, "\n".join([f"{count} to mend; all of them: studybot packs lint", *first]))


def _sound(library: Library, count: int) -> Finding:
    return Finding("packs", Mark.OK, f"{count} questions in {', '.join(pack.id for pack in library.packs)}")


def _reviewer(question: Question) -> Finding:
    reviewer = OfflineReviewer()
    review: Review = asyncio.run(reviewer.review(question, question.model_answer))
    if review.gate is not None:
        return Finding(
            "reviewer", Mark.MEND, f'It takes the model answer of "{question.title}" for none.\nstudybot packs lint'
        )
    return Finding(
        "reviewer", Mark.OK, f"{reviewer.name}: a word check on this machine; needs no key, sends nothing away"
    )


def _model(settings: Settings) -> Finding:
    """A look at the language model's server, which costs nothing there."""
    reviewer = model_reviewer(settings)
    asked = f"{reviewer.model} at {reviewer.host}"
    try:
        found = asyncio.run(_server(reviewer))
    except Refused as refused:
        return Finding("model", Mark.MEND, f"{asked}: {refused}.\nCheck OPENAI_API_KEY and OPENAI_BASE_URL.")
    except NotNow as away:
        return Finding("model", Mark.NOTE, f"{asked}: {away}. Answers wait until it is back.")
    if found.tells_models and not found.knows_model:
        return Finding("model", Mark.MEND, f"{reviewer.host} has no model {reviewer.model}.\nCheck STUDYBOT_MODEL.")
    return Finding(
        "model", Mark.OK, f"{asked} reviews, within {settings.model_seconds} seconds; the text of answers is sent there"
    )


async def _server(reviewer: LlmReviewer) -> ServerFound:
    try:
        return await reviewer.look()
    finally:
        await reviewer.close()


def _chats(settings: Settings) -> Iterator[Finding]:
    """One look at each platform whose tokens are set."""
    if Platform.DISCORD in settings.platforms:
        yield _looked("discord", _discord(settings))
    if Platform.SLACK in settings.platforms:
        yield _looked("slack", _slack(settings))


def _looked(platform: str, look: Awaitable[Finding]) -> Finding:
    async def once() -> Finding:
        return await look

    try:
        return asyncio.run(once())
    except Refused as refused:
        return Finding(platform, Mark.MEND, f"{refused}.\nMake a new one and set it up: studybot setup {platform}")
    except NotNow as away:
        return Finding(platform, Mark.NOTE, f"{away}. The bot will try again by itself.")


async def _discord(settings: Settings) -> Finding:
    from adapters.discord_chat.check import check

    assert settings.discord_token is not None
    proxy = settings.discord_proxy.get_secret_value() if settings.discord_proxy else None
    found = await check(settings.discord_token.get_secret_value(), settings.discord_api_base, proxy)
    if found.reads_messages:
        return Finding("discord", Mark.OK, f"{found.name} may read messages")
    return Finding(
        "discord",
        Mark.NOTE,
        f"{found.name} may not read messages, so people answer with the button and the form.\n"
        'Switch on "Message Content Intent" on the page "Bot" of your application to count answers in threads.',
    )


async def _slack(settings: Settings) -> Finding:
    from adapters.slack_chat.check import check_app_token, check_bot_token

    assert settings.slack_bot_token is not None
    found = await check_bot_token(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    if settings.slack_app_token is not None and settings.slack_mode is SlackMode.SOCKET:
        await check_app_token(settings.slack_app_token.get_secret_value(), settings.slack_api_url)
    if found.lacking:
        return Finding(
            "slack",
            Mark.MEND,
            f"{found.bot} in {found.name} lacks {', '.join(found.lacking)}.\n"
            "Reinstall the app with the manifest that asks for them: studybot manifest slack",
        )
    return Finding("slack", Mark.OK, f"{found.bot} in {found.name}, by {settings.slack_mode}")


def _port(settings: Settings) -> Finding:
    host, port = settings.host, settings.port
    try:
        _bind(host, port)
    except socket.gaierror:
        return Finding("port", Mark.MEND, f"No address is known for {host}.\nLeave HOST out, or set HOST=127.0.0.1.")
    except PermissionError:
        return Finding(
            "port", Mark.MEND, f"Ports as low as {port} are kept for the system.\nSet PORT=8000 or another above 1023."
        )
    except OSError as error:
        return _taken(host, port, error)
    return Finding("port", Mark.OK, f"{host}:{port} is free" if port else f"any free port on {host}")


def _bind(host: str, port: int) -> None:
    family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, proto) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(address)


def _taken(host: str, port: int, error: OSError) -> Finding:
    if _is_studybot(host, port):
        return Finding("port", Mark.OK, f"studybot is running on {host}:{port}")
    why = error.strerror or str(error)
    other = port + 1 if port < 65535 else 8000
    return Finding("port", Mark.MEND, f"Nothing can listen on {host}:{port} ({why}).\nSet another one: PORT={other}")


def _is_studybot(host: str, port: int) -> bool:
    """Whether what listens there answers as we do. Asks this machine only."""
    connection = http.client.HTTPConnection("127.0.0.1" if host in ("0.0.0.0", "::") else host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(20) in (b"ready", b"starting", b"failing")
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
