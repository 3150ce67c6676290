from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.budgets import DEFAULT_LIMITS, Limit, Span
from bot.settings import SettingsProblem, WrongSetting, read_settings, setting_names
from bot.settings.values import LogLevel, Platform, ReviewerChoice, kind_of_secret

SLACK_BOT = "xoxb-canary-1234567890"
SLACK_APP = "xapp-canary-1234567890"
OPENAI = "sk-canary-1234567890"
# The shape of a Discord token, put together here so that nobody takes it for one.
DISCORD = ".".join(["canary" * 4, "abcdef", "canary" * 5])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to start in, so that no settings file of this checkout is read."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wrong(**given: str) -> tuple[WrongSetting, ...]:
    with pytest.raises(SettingsProblem) as caught:
        read_settings(given)
    return caught.value.wrong


# ---------------------------------------------------------------- defaults and order


def test_without_any_setting_the_study_room_starts_on_this_machine(folder: Path) -> None:
    settings = read_settings()

    assert settings.platforms == (Platform.WEB,)
    assert settings.reviewer is ReviewerChoice.AUTO
    assert settings.log is LogLevel.INFO
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url == f"sqlite:///{folder}/data/studybot.db"
    assert settings.database_file == folder / "data" / "studybot.db"
    assert not settings.reached_from_outside


def test_the_database_lies_in_the_data_folder(folder: Path) -> None:
    settings = read_settings({"STUDYBOT_DATA_DIR": str(folder / "elsewhere")})

    assert settings.database_url == f"sqlite:///{folder}/elsewhere/studybot.db"


def test_an_argument_beats_the_environment_beats_dotenv_beats_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "studybot.toml").write_text(
        'HOST = "127.0.0.4"\nPORT = 4\nSTUDYBOT_LOG = "error"\nSTUDYBOT_DATA_DIR = "four"'
    )
    (folder / ".env").write_text("HOST=127.0.0.3\nPORT=3\nSTUDYBOT_LOG=warning\n")
    monkeypatch.setenv("HOST", "127.0.0.2")
    monkeypatch.setenv("PORT", "2")

    settings = read_settings({"PORT": "1"})

    assert settings.port == 1
    assert settings.host == "127.0.0.2"
    assert settings.log is LogLevel.WARNING
    assert settings.data_dir == Path("four")


def test_an_empty_value_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("DATABASE_URL", "")

    assert read_settings().port == 8000


@pytest.mark.parametrize("written", ['"9000"', "'9000'", " 9000 "])
def test_quotes_and_spaces_around_a_value_do_not_matter(written: str) -> None:
    assert read_settings({"PORT": written}).port == 9000


def test_a_list_may_repeat_itself_and_be_written_as_a_list_in_the_file(folder: Path) -> None:
    (folder / "studybot.toml").write_text('STUDYBOT_PLATFORMS = ["web", "Web"]')

    assert read_settings().platforms == (Platform.WEB,)


def test_a_token_brings_its_platform_beside_the_study_room() -> None:
    settings = read_settings({"DISCORD_TOKEN": DISCORD, "SLACK_BOT_TOKEN": SLACK_BOT, "SLACK_APP_TOKEN": SLACK_APP})

    assert settings.platforms == (Platform.WEB, Platform.DISCORD, Platform.SLACK)


def test_named_platforms_are_the_only_ones() -> None:
    settings = read_settings({"DISCORD_TOKEN": DISCORD, "STUDYBOT_PLATFORMS": "discord"})

    assert settings.platforms == (Platform.DISCORD,)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"STUDYBOT_PLATFORMS": "slack"}, {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}),
        ({"STUDYBOT_PLATFORMS": "slack", "SLACK_MODE": "http"}, {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"}),
        ({"SLACK_BOT_TOKEN": SLACK_BOT}, {"SLACK_APP_TOKEN"}),
        ({"STUDYBOT_PLATFORMS": "discord,slack"}, {"DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}),
    ],
)
def test_everything_that_a_platform_lacks_is_named(given: dict[str, str], missing: set[str]) -> None:
    assert {one.name for one in wrong(**given)} == missing


def test_chats_elsewhere_have_a_dashboard_once_it_has_a_public_address() -> None:
    assert read_settings().dashboards == {"web": ""}

    public = read_settings({"STUDYBOT_PUBLIC_URL": "https://study.example.org:8443/"}).dashboards

    address = "https://study.example.org:8443"
    assert public == {"web": "", "discord": address, "slack": address}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "study.example.org"])
def test_listening_for_others_is_noticed(host: str) -> None:
    assert read_settings({"HOST": host}).reached_from_outside


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.0.1"])
def test_listening_on_loopback_is_not_for_others(host: str) -> None:
    assert not read_settings({"HOST": host}).reached_from_outside


# ---------------------------------------------------------------- what is wrong, why, what to do


def test_everything_wrong_is_told_at_once() -> None:
    found = wrong(PORT="eighty", HOST="http://localhost:8000", STUDYBOT_REVIEWER="oracle")

    assert {one.name for one in found} == {"PORT", "HOST", "STUDYBOT_REVIEWER"}


@pytest.mark.parametrize(
    ("name", "value", "do"),
    [
        ("PORT", "eighty", "PORT=8000"),
        ("PORT", "-1", "PORT=8000"),
        ("PORT", "65536", "PORT=8000"),
        ("PORT", "80.5", "PORT=8000"),
        ("PORT", "http://localhost:8123", "PORT=8123"),
        ("PORT", "http://localhost", "PORT=8000"),
        ("PORT", "127.0.0.1", "HOST=127.0.0.1"),
        ("PORT", "localhost", "HOST=localhost"),
        ("HOST", "8000", "PORT=8000"),
        ("STUDYBOT_PUBLIC_URL", "study.example.org", "STUDYBOT_PUBLIC_URL=https://study.example.org"),
        ("STUDYBOT_PUBLIC_URL", "ftp://study.example.org", "STUDYBOT_PUBLIC_URL=https://study.example.org"),
        ("STUDYBOT_PUBLIC_URL", "https:///dashboard", "STUDYBOT_PUBLIC_URL=https://study.example.org"),
        ("STUDYBOT_PUBLIC_URL", "https://a.example:port", "STUDYBOT_PUBLIC_URL=https://study.example.org"),
        ("STUDYBOT_PUBLIC_URL", "https://a.example/dashboard", "STUDYBOT_PUBLIC_URL=https://a.example"),
        ("STUDYBOT_PUBLIC_URL", "https://me:secret@a.example:8443", "STUDYBOT_PUBLIC_URL=https://a.example:8443"),
        ("HOST", "http://example.org:80/x", "HOST=example.org"),
        ("HOST", "0.0.0.0:8000", "HOST=0.0.0.0 and PORT=8000"),
        ("HOST", "my laptop", "Leave HOST out"),
        ("HOST", "300.1.1.1", "Leave HOST out"),
        ("STUDYBOT_PLATFORMS", "discrod", "STUDYBOT_PLATFORMS=discord"),
        ("DISCORD_API_BASE", "discord.com", "DISCORD_API_BASE=https://discord.com/api/v10"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg", "DISCORD_GATEWAY_URL=wss://"),
        ("DISCORD_PROXY", "socks5://localhost:1", "DISCORD_PROXY=http://"),
        ("SLACK_MODE", "sockets", "SLACK_MODE=socket"),
        ("SLACK_API_URL", "https://", "SLACK_API_URL=https://slack.com/api/"),
        ("SLACK_SIGNING_SECRET", "not one", "Basic Information"),
        ("SLACK_SIGNING_SECRET", SLACK_BOT, "SLACK_BOT_TOKEN"),
        ("STUDYBOT_PLATFORMS", "wev", "STUDYBOT_PLATFORMS=web"),
        ("STUDYBOT_PLATFORMS", ",", "STUDYBOT_PLATFORMS=web"),
        ("STUDYBOT_MODEL", "http://localhost:8080/v1", "OPENAI_BASE_URL"),
        ("STUDYBOT_MODEL", "my model", "STUDYBOT_MODEL="),
        ("OPENAI_BASE_URL", "localhost:8080", "OPENAI_BASE_URL=http://"),
        ("STUDYBOT_REVIEWER", "ofline", "STUDYBOT_REVIEWER=offline"),
        ("STUDYBOT_MODEL_AT_ONCE", "many", "STUDYBOT_MODEL_AT_ONCE=10"),
        ("STUDYBOT_MODEL_AT_ONCE", "0", "STUDYBOT_MODEL_AT_ONCE=10"),
        ("STUDYBOT_MODEL_SECONDS", "three minutes", "STUDYBOT_MODEL_SECONDS=180"),
        ("STUDYBOT_MODEL_SECONDS", "9", "STUDYBOT_MODEL_SECONDS=180"),
        ("STUDYBOT_MODEL_SECONDS", "601", "STUDYBOT_MODEL_SECONDS=180"),
        ("STUDYBOT_MODEL_SECONDS", "90.5", "STUDYBOT_MODEL_SECONDS=180"),
        ("STUDYBOT_BUDGET_DAY", "plenty", "STUDYBOT_BUDGET_DAY=5.00"),
        ("STUDYBOT_LOG", "verbose", "STUDYBOT_LOG=info"),
        ("STUDYBOT_DATA_DIR", "https://example.org/data", "STUDYBOT_DATA_DIR=./data"),
        ("DATABASE_URL", "postgres://me@db/study", "postgresql://"),
        ("DATABASE_URL", "postgresql+asyncpg://me@db/study", "without +asyncpg"),
        ("DATABASE_URL", "sqlite+aiosqlite:///study.db", "without +aiosqlite"),
        ("DATABASE_URL", "mysql://me@db/study", "postgresql://"),
        ("DATABASE_URL", "http://localhost:5432/study", "sqlite:///"),
        ("DATABASE_URL", "/srv/study.db", "sqlite:////srv/study.db"),
        ("DATABASE_URL", "study", "leave it out"),
        ("DATABASE_URL", "sqlite://study.db", "sqlite:///study.db"),
        ("DATABASE_URL", "sqlite://", "sqlite:///data/studybot.db"),
        ("DATABASE_URL", "sqlite:///:memory:", "sqlite:///data/studybot.db"),
        ("DATABASE_URL", "postgresql://me:a@b@db/study", "%40"),
        ("DATABASE_URL", "postgresql://me:a#b@db/study", "%23"),
        ("DATABASE_URL", "postgresql://me:a/b@db/study", "%2F"),
        ("DATABASE_URL", "postgresql://me@db", "at its end"),
    ],
)
def test_a_wrong_value_is_explained_with_what_to_do(name: str, value: str, do: str) -> None:
    (found,) = wrong(**{name: value})

    assert found.name == name
    assert do in found.do
    assert found.why


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///data/study.db",
        "sqlite:////srv/study.db",
        "postgresql://me:word@db:5432/study",
        "postgresql+psycopg://me@db/study",
        "postgresql://me:@/study?host=/run/postgresql",
    ],
)
def test_a_sound_database_address_is_taken_as_it_is(url: str) -> None:
    assert read_settings({"DATABASE_URL": url}).database_url == url


def test_a_file_named_as_data_folder_is_offered_as_database(folder: Path) -> None:
    (folder / "old.db").touch()

    (found,) = wrong(STUDYBOT_DATA_DIR="old.db")

    assert f"DATABASE_URL=sqlite:///{folder}/old.db" in found.do


def test_the_place_of_a_wrong_value_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("PORT=x\n")
    (folder / "studybot.toml").write_text('STUDYBOT_LOG = "x"')
    monkeypatch.setenv("STUDYBOT_REVIEWER", "x")

    places = {one.name: one.found for one in wrong(HOST="1 2")}

    assert places == {
        "PORT": 'is "x" (in .env)',
        "STUDYBOT_LOG": 'is "x" (in studybot.toml)',
        "STUDYBOT_REVIEWER": 'is "x" (in the environment)',
        "HOST": 'is "1 2" (on the command line)',
    }


def test_a_misspelt_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYBOT_PLATFORM", "web")

    (found,) = wrong()

    assert found.do == "Did you mean STUDYBOT_PLATFORMS?"


def test_a_line_of_the_file_that_nothing_reads_is_noticed(folder: Path) -> None:
    (folder / "studybot.toml").write_text("port = 8001\ncolour = 3")

    colour, port = sorted(wrong(), key=lambda one: one.name)

    assert "PORT" in port.do
    assert all(name in colour.do for name in setting_names())


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORT", "x")
    monkeypatch.setenv("STUDYBOT_TEST_POSTGRES_URL", "x")

    assert read_settings().port == 8000


@pytest.mark.parametrize(
    ("file", "text"), [("studybot.toml", b"PORT = \n"), ("studybot.toml", b"\xff"), (".env", b"\xff\xfe")]
)
def test_a_file_that_cannot_be_read_is_named(folder: Path, file: str, text: bytes) -> None:
    (folder / file).write_bytes(text)

    (found,) = wrong()

    assert found.name == file


# ---------------------------------------------------------------- tokens


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (SLACK_BOT, "a Slack bot token"),
        (SLACK_APP, "a Slack app token"),
        (OPENAI, "an OpenAI key"),
        (DISCORD, "a Discord token"),
        ("none", None),
    ],
)
def test_a_token_is_known_by_its_shape(value: str, kind: str | None) -> None:
    assert kind_of_secret(value) == kind


@pytest.mark.parametrize(
    ("name", "value", "home"),
    [
        ("DISCORD_TOKEN", SLACK_BOT, "SLACK_BOT_TOKEN"),
        ("SLACK_BOT_TOKEN", SLACK_APP, "SLACK_APP_TOKEN"),
        ("SLACK_APP_TOKEN", DISCORD, "DISCORD_TOKEN"),
        ("OPENAI_API_KEY", DISCORD, "DISCORD_TOKEN"),
        ("DATABASE_URL", OPENAI, "OPENAI_API_KEY"),
        ("STUDYBOT_PLATFORMS", SLACK_BOT, "SLACK_BOT_TOKEN"),
        ("HOST", OPENAI, "OPENAI_API_KEY"),
        ("PORT", DISCORD, "DISCORD_TOKEN"),
        ("STUDYBOT_DATA_DIR", SLACK_APP, "SLACK_APP_TOKEN"),
    ],
)
def test_a_token_in_the_wrong_place_is_told_where_it_belongs(name: str, value: str, home: str) -> None:
    (found,) = wrong(**{name: value})

    assert found.do == f"Move it to {home}."
    assert value not in str(found)


def test_a_key_of_unknown_shape_may_serve_a_server_of_ones_own() -> None:
    key = read_settings({"OPENAI_API_KEY": "none"}).openai_api_key

    assert key is not None
    assert key.get_secret_value() == "none"


def test_a_model_gets_a_minute_unless_somebody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    default = read_settings().model_seconds
    monkeypatch.setenv("STUDYBOT_MODEL_SECONDS", " 180 ")

    assert default == 60
    assert read_settings().model_seconds == 180


def test_budgets_are_read_from_the_environment_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYBOT_BUDGET_MONTH", "25.00")
    monkeypatch.setenv("STUDYBOT_BUDGET_DAY", "none")

    budgets = read_settings().budgets

    assert budgets[Span.MONTH] == Limit(micros=25_000_000)
    assert budgets[Span.DAY] == Limit()
    assert budgets[Span.MEMBER_DAY] == DEFAULT_LIMITS[Span.MEMBER_DAY]


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": OPENAI}, True),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1", "STUDYBOT_MODEL": "m"}, True),
        ({"OPENAI_API_KEY": OPENAI, "STUDYBOT_REVIEWER": "offline"}, False),
        ({"OPENAI_API_KEY": OPENAI, "STUDYBOT_REVIEWER": "openai"}, True),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1", "STUDYBOT_REVIEWER": "offline"}, False),
    ],
)
def test_a_model_is_asked_when_it_is_set_or_when_there_is_one(given: dict[str, str], asks: bool) -> None:
    assert read_settings(given).asks_a_model is asks


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({"STUDYBOT_REVIEWER": "openai"}, "OPENAI_API_KEY"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}, "STUDYBOT_MODEL"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1", "OPENAI_API_KEY": OPENAI}, "STUDYBOT_MODEL"),
    ],
)
def test_what_asking_a_model_needs_is_named(given: dict[str, str], lacks: str) -> None:
    (found,) = wrong(**given)

    assert (found.name, found.found) == (lacks, "is not set")
    assert OPENAI not in str(found)


def test_x109_settings_show_no_secret() -> None:
    settings = read_settings(
        {
            "DISCORD_TOKEN": DISCORD,
            "SLACK_BOT_TOKEN": SLACK_BOT,
            "SLACK_APP_TOKEN": SLACK_APP,
            "OPENAI_API_KEY": OPENAI,
            "DATABASE_URL": "postgresql://me:canary@db/study",
        }
    )

    shown = f"{settings!r} {settings} {settings.model_dump_json()} {settings.database_shown}"

    assert "canary" not in shown
    assert settings.database_shown == "the PostgreSQL database study on db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://me:canary@db/study"),
        ("DATABASE_URL", "me:canary@db:5432/study"),
        ("DATABASE_URL", "postgresql://me:can/ary:canary@db/study"),
        ("DATABASE_URL", "postgresql+asyncpg://me:canary@db/study"),
        ("STUDYBOT_DATA_DIR", "postgresql://me:canary@db/study"),
        ("STUDYBOT_DATA_DIR", "postgresql://me:can/canary@db/study"),
        ("HOST", "postgresql://me:canary@db:5432/study"),
        ("PORT", "postgresql://me:canary@db:5432/study"),
    ],
)
def test_x109_words_about_a_wrong_setting_show_no_password(name: str, value: str) -> None:
    (found,) = wrong(**{name: value})

    assert "canary" not in str(found)


def test_x109_words_about_a_broken_file_do_not_quote_it(folder: Path) -> None:
    (folder / "studybot.toml").write_text(f"OPENAI_API_KEY = {OPENAI}")

    (found,) = wrong()

    assert "canary" not in str(found)
    assert "line 1" in found.found
