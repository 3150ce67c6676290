from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from bot.__main__ import main
from bot.packs import load_packs
from bot.settings import read_settings
from bot.settings.values import sqlite_url
from bot.storage.engine import open_database
from bot.storage.migrate import upgrade
from bot.verbs import doctor
from bot.verbs.doctor import Finding, Mark


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Whoever asks is let go at once, without a word.
        Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        yield listener.getsockname()[1]


def look(**given: str) -> dict[str, Finding]:
    return {finding.what: finding for finding in doctor.examine(lambda: read_settings({"PORT": "0", **given}))}


def test_in_an_empty_folder_all_is_well_and_nothing_is_made(folder: Path) -> None:
    found = look()

    assert {finding.mark for finding in found.values()} == {Mark.OK}
    assert set(found) == {"python", "settings", "data", "database", "packs", "reviewer", "port"}
    assert list(folder.iterdir()) == []


def test_the_exit_code_says_whether_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--port", "0"]) == 0
    assert "studybot run" in capsys.readouterr().out

    assert main(["doctor", "--port", "x"]) == 1
    assert "Set it as in PORT=8000." in capsys.readouterr().out


def test_wrong_settings_are_all_told_and_the_rest_is_looked_at() -> None:
    findings = list(doctor.examine(lambda: read_settings({"PORT": "x", "HOST": "1"})))

    assert [finding.words.split()[0] for finding in findings if finding.mark is Mark.MEND] == ["HOST", "PORT"]
    assert "reviewer" in {finding.what for finding in findings}


def test_an_old_schema_will_be_brought_forward(folder: Path) -> None:
    (folder / "data").mkdir()
    sqlite3.connect(folder / "data" / "studybot.db").close()

    database = look()["database"]

    assert database.mark is Mark.OK
    assert "none yet" in database.words


def test_the_present_schema_is_named(folder: Path) -> None:
    _made(folder)

    database = look()["database"]

    assert database.mark is Mark.OK
    assert "schema" in database.words
    assert "none yet" not in database.words


@pytest.mark.fault(75)
def test_a_newer_schema_is_to_mend(folder: Path) -> None:
    with closing(sqlite3.connect(_made(folder))) as conn, conn:
        conn.execute("update alembic_version set version_num = '9999'")

    database = look()["database"]

    assert database.mark is Mark.MEND
    assert "newer version" in database.words


@pytest.mark.fault(75)
def test_a_damaged_database_is_to_mend(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "studybot.db").write_text("no database at all " * 100)

    assert look()["database"].mark is Mark.MEND


@pytest.mark.fault(75)
def test_a_log_whose_database_is_gone_is_to_mend(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "studybot.db-wal").touch()

    assert look()["database"].mark is Mark.MEND


def test_a_server_that_is_away_is_to_mend_and_its_password_stays_hidden() -> None:
    database = look(DATABASE_URL="postgresql://me:canary@127.0.0.1:1/study")["database"]

    assert database.mark is Mark.MEND
    assert "canary" not in database.words


@pytest.mark.postgres
def test_an_empty_postgresql_is_well(postgres_url: str) -> None:
    database = look(DATABASE_URL=postgres_url)["database"]

    assert database.mark is Mark.OK
    assert "none yet" in database.words


def test_a_taken_port_is_to_mend(taken: int) -> None:
    port = look(PORT=str(taken))["port"]

    assert port.mark is Mark.MEND
    assert f"PORT={taken + 1}" in port.words


def test_a_port_on_which_studybot_itself_listens_is_well() -> None:
    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    def healthy(environ: object, start: object) -> list[bytes]:
        assert callable(start)
        start("200 OK", [("content-type", "text/plain")])
        return [b"ready"]

    with make_server("127.0.0.1", 0, healthy, handler_class=Quiet) as server:
        Thread(target=server.handle_request, daemon=True).start()

        port = look(PORT=str(server.server_port))["port"]

    assert port.mark is Mark.OK
    assert "running" in port.words


def test_an_address_that_is_not_ours_is_to_mend() -> None:
    assert look(HOST="192.0.2.1", PORT="8000")["port"].mark is Mark.MEND


def test_listening_for_others_is_noted_and_no_reason_to_fail() -> None:
    assert look(HOST="0.0.0.0")["host"].mark is Mark.NOTE


@pytest.mark.parametrize("kind", ["no question", "unsound"])
def test_packs_that_cannot_be_used_are_to_mend(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "content" / "packs").mkdir(parents=True)
    if kind == "unsound":
        (folder / "content" / "packs" / "mine").mkdir()
        (folder / "content" / "packs" / "mine" / "pack.yaml").write_text("title: [\n")
    monkeypatch.setattr(doctor, "load_packs", lambda root: load_packs(folder / "content"))

    assert look()["packs"].mark is Mark.MEND


def _made(folder: Path) -> Path:
    """The bot's database as a first start leaves it."""
    file = folder / "data" / "studybot.db"
    file.parent.mkdir()
    database = open_database(sqlite_url(file))
    upgrade(database.url)
    database.close_now()
    return file


# ---------------------------------------------------------------- a language model


@contextmanager
def model_server(status: str, body: bytes) -> Iterator[str]:
    """Answers everything in this way, in a thread of its own."""

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    def answer(environ: object, start: object) -> list[bytes]:
        assert callable(start)
        start(status, [("content-type", "application/json")])
        return [body]

    with make_server("127.0.0.1", 0, answer, handler_class=Quiet) as server:
        Thread(target=server.handle_request, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"


@pytest.mark.parametrize(
    ("status", "body", "mark", "words"),
    [
        ("200 OK", b'{"object": "list", "data": [{"id": "mine", "object": "model"}]}', Mark.OK, "mine at 127.0.0.1"),
        ("200 OK", b'{"object": "list", "data": [{"id": "yours", "object": "model"}]}', Mark.MEND, "STUDYBOT_MODEL"),
        ("404 Not Found", b"{}", Mark.OK, "mine at 127.0.0.1"),
        ("401 Unauthorized", b"{}", Mark.MEND, "OPENAI_API_KEY"),
        ("503 Unavailable", b"{}", Mark.NOTE, "wait until it is back"),
    ],
)
def test_the_models_server_is_looked_at(status: str, body: bytes, mark: Mark, words: str) -> None:
    with model_server(status, body) as url:
        found = look(OPENAI_BASE_URL=url, OPENAI_API_KEY="canary", STUDYBOT_MODEL="mine")["model"]

    assert found.mark is mark
    assert words in found.words
    assert "canary" not in found.words


def test_how_long_the_model_may_take_is_told() -> None:
    with model_server("404 Not Found", b"{}") as url:
        found = look(OPENAI_BASE_URL=url, STUDYBOT_MODEL="mine", STUDYBOT_MODEL_SECONDS="240")["model"]

    assert "within 240 seconds" in found.words


def test_a_models_server_that_is_away_is_noted() -> None:
    found = look(OPENAI_BASE_URL="http://127.0.0.1:1/v1", STUDYBOT_MODEL="mine")["model"]

    assert found.mark is Mark.NOTE
