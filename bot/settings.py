"""Settings, read once at the front door and passed on.

An argument beats the environment, the environment beats `.env`, and that beats `studybot.toml`; a setting has the same
name in all of them. Whatever is wrong is reported together, in words, and no secret's value is ever repeated.
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, unquote, urlsplit

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.domain.errors import Mistake

TOML_FILE = "studybot.toml"
ENV_FILE = ".env"
DATABASE_FILE = "studybot.db"


class Platform(StrEnum):
    """A place where people study together."""

    WEB = "web"


class ReviewerChoice(StrEnum):
    """Who comments on answers; `auto` takes the best reviewer that needs nothing more from us."""

    AUTO = "auto"
    OFFLINE = "offline"


class LogLevel(StrEnum):
    """How much the log tells."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class WrongSetting:
    """One setting that does not fit. `found` may be printed: it holds no secret."""

    name: str
    found: str
    why: str
    do: str

    def __str__(self) -> str:
        return f"{self.name} {self.found}.\n    {self.why}\n    {self.do}"


class SettingsProblem(Mistake):
    """Some settings do not fit; the text names every one of them, why, and what to do."""

    def __init__(self, wrong: Sequence[WrongSetting]) -> None:
        self.wrong = tuple(wrong)
        count = "One setting needs" if len(wrong) == 1 else f"{len(wrong)} settings need"
        super().__init__("\n\n".join([f"{count} mending first.", *(f"  {one}" for one in wrong)]))


class Unfit(ValueError):
    """A value that a setting cannot have: why, and what to do instead."""

    def __init__(self, why: str, do: str) -> None:
        super().__init__(f"{why} {do}")
        self.why = why
        self.do = do


_SECRET_KINDS = {
    "a Slack bot token": re.compile(r"xoxb-"),
    "a Slack app token": re.compile(r"xapp-"),
    "a Slack token": re.compile(r"xox[a-z]-"),
    "an OpenAI key": re.compile(r"sk-"),
    "a Discord token": re.compile(r"[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}$"),
}

#: Each token's setting and the kinds of token that belong there.
_TOKENS = {
    "DISCORD_TOKEN": ("a Discord token",),
    "SLACK_BOT_TOKEN": ("a Slack bot token", "a Slack token"),
    "SLACK_APP_TOKEN": ("a Slack app token",),
    "OPENAI_API_KEY": ("an OpenAI key",),
}


def kind_of_secret(value: str) -> str | None:
    """Which kind of token this value looks like, by the shape each service gives its own."""
    return next((kind for kind, shape in _SECRET_KINDS.items() if shape.match(value)), None)


def _plain(value: object) -> str:
    """The value without the spaces and quotes that a copied line or an env file leaves around it."""
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    return text


def _checked(parse: Callable[[str], object]) -> BeforeValidator:
    """Reads a setting's text by `parse`, after a look whether a token has strayed into it."""

    def check(value: object) -> object:
        text = _plain(value.get_secret_value() if isinstance(value, SecretStr) else value)
        if kind := kind_of_secret(text):
            raise Unfit(f"It looks like {kind}, which does not belong here.", _move(kind))
        return parse(text)

    return BeforeValidator(check)


def _move(kind: str) -> str:
    home = next((name for name, kinds in _TOKENS.items() if kind in kinds), None)
    return f"Move it to {home}." if home else "Look up the right value again."


def _one_of(value: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(value.lower(), list(known), n=1)), None)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


_LATER_PLATFORMS = {"discord": "Discord", "slack": "Slack"}


def _platform(name: str) -> Platform:
    do = "Set STUDYBOT_PLATFORMS=web, or leave it out."
    meant = _one_of(name, [*Platform, *_LATER_PLATFORMS])
    if later := _LATER_PLATFORMS.get(meant or ""):
        raise Unfit(f"This version cannot be connected to {later} yet; it has the study room in the browser.", do)
    if name not in list(Platform):
        raise Unfit(f"It is a list with commas in it, and these platforms are known: {_listed(Platform)}.", do)
    return Platform(name)


def _platforms(text: str) -> tuple[Platform, ...]:
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if not names:
        raise Unfit(
            "It names no platform, so nobody could reach the bot.", "Set STUDYBOT_PLATFORMS=web, or leave it out."
        )
    return tuple(dict.fromkeys(map(_platform, names)))


def _data_dir(text: str) -> Path:
    if "://" in text:
        raise Unfit(
            "It is an address, and this setting is a folder on this machine.",
            "Name a folder, as in STUDYBOT_DATA_DIR=./data; an address of a database belongs in DATABASE_URL.",
        )
    folder = Path(text).expanduser()
    if folder.is_file():
        raise Unfit(
            "It is a file, and this setting is the folder in which the bot keeps its files.",
            f"Name a folder, as in STUDYBOT_DATA_DIR={folder.parent}; "
            f"for an existing SQLite file set DATABASE_URL={sqlite_url(folder)}.",
        )
    return folder


def _reviewer(text: str) -> ReviewerChoice:
    name = text.lower()
    if name == "openai":
        raise Unfit(
            "This version comments with the offline reviewer only; it cannot ask a language model yet.",
            "Set STUDYBOT_REVIEWER=auto and the model is used as soon as a version can, or STUDYBOT_REVIEWER=offline.",
        )
    try:
        return ReviewerChoice(name)
    except ValueError:
        meant = _one_of(name, ReviewerChoice) or ReviewerChoice.AUTO
        raise Unfit(
            f"These reviewers are known: {_listed(ReviewerChoice)}.", f"Set STUDYBOT_REVIEWER={meant}, or leave it out."
        ) from None


def _log(text: str) -> LogLevel:
    name = text.lower()
    try:
        return LogLevel(name)
    except ValueError:
        meant = _one_of(name, LogLevel) or LogLevel.INFO
        raise Unfit(
            f"These levels are known: {_listed(LogLevel)}.", f"Set STUDYBOT_LOG={meant}, or leave it out."
        ) from None


_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _host(text: str) -> str:
    if "://" in text:
        host = urlsplit(text).hostname or "127.0.0.1"
        raise Unfit(
            "It is a web address, and this setting is only the machine's own name or number.", f"Set HOST={host}."
        )
    if text.isdigit():
        raise Unfit(
            "It is a number, which looks like a port.", f"Set PORT={text}, and HOST=127.0.0.1 or leave HOST out."
        )
    bare = text.removeprefix("[").removesuffix("]")
    if _is_ip(bare):
        return bare
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit():
        raise Unfit(
            "It holds a port as well, and the port has a setting of its own.", f"Set HOST={host} and PORT={port}."
        )
    if not _HOST_NAME.match(text) or text.replace(".", "").isdigit():
        raise Unfit(
            "It is neither a number like 127.0.0.1 nor a name like localhost.",
            "Leave HOST out to be reached from this machine only, or set HOST=0.0.0.0 to be reached from others too.",
        )
    return text


def _port(text: str) -> int:
    if "://" in text:
        port = _port_of(urlsplit(text)) or 8000
        raise Unfit("It is an address, and a port is a number.", f"Set PORT={port}.")
    if text.lower() == "localhost" or _is_ip(text):
        raise Unfit(
            "It looks like the machine's address, not its port.", f"Set HOST={text}, and PORT=8000 or leave PORT out."
        )
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise Unfit("It is not a whole number.", "Set it as in PORT=8000.")
    if not 0 <= int(text) <= 65535:
        raise Unfit("Ports go from 1 to 65535 (0 takes any that is free).", "Set it as in PORT=8000.")
    return int(text)


def _port_of(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return None


def sqlite_url(file: Path) -> str:
    """The DATABASE_URL of a SQLite file."""
    return f"sqlite:///{file.absolute().as_posix()}"


_EXAMPLES = "DATABASE_URL=sqlite:///data/studybot.db or DATABASE_URL=postgresql://name:password@host:5432/studybot"


def _database_url(text: str) -> SecretStr:
    scheme, colon, _rest = text.partition("://")
    if not colon:
        raise _without_scheme(text)
    match scheme.lower().split("+"):
        case ["sqlite"]:
            _check_sqlite(text)
        case ["postgresql"] | ["postgresql", "psycopg"]:
            _check_postgresql(text)
        case ["postgres", *_]:
            raise Unfit(
                "Its first word is the old name of PostgreSQL addresses.", "Write postgresql:// instead of postgres://."
            )
        case ["sqlite" | "postgresql" as kind, driver]:
            raise Unfit(
                f"It names the driver {driver}, and the bot brings its own.", f"Write {kind}:// without +{driver}."
            )
        case ["http" | "https"]:
            raise Unfit("It is a web address, not a database's.", f"Leave it out, or write {_EXAMPLES}.")
        case [other, *_]:
            raise Unfit(f"It names {other}; the bot keeps its data in SQLite or PostgreSQL.", f"Write {_EXAMPLES}.")
    return SecretStr(text)


def _without_scheme(text: str) -> Unfit:
    if re.match(r"[./~]|[A-Za-z]:[\\/]", text) or text.endswith((".db", ".sqlite", ".sqlite3")):
        file = Path(text).expanduser()
        return Unfit(
            "It is the path of a file; an address says first what kind it is.",
            f"Write DATABASE_URL={sqlite_url(file)}.",
        )
    return Unfit(
        "It does not say what kind of database it is.", f"Write {_EXAMPLES}, or leave it out for a file in data/."
    )


def _check_sqlite(text: str) -> None:
    path = text.partition("://")[2]
    if path in ("", "/", "/:memory:"):
        raise Unfit(
            "It names no file, so everything would be forgotten at the next start.",
            "Write DATABASE_URL=sqlite:///data/studybot.db, or leave it out.",
        )
    if not path.startswith("/"):
        raise Unfit("A SQLite address has three slashes before the path.", f"Write DATABASE_URL=sqlite:///{path}.")


def _check_postgresql(text: str) -> None:
    mended = "In the password write @ as %40, / as %2F, # as %23 and : as %3A."
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise Unfit("Its parts cannot be told from each other; the port is not a number.", mended) from None
    if parts.fragment or parts.netloc.count("@") > 1:
        raise Unfit("A sign in the password is taken for the end of it.", mended)
    if not unquote(parts.path).strip("/"):
        raise Unfit(
            "It does not name the database on that server.", "Write the name at its end, as in …:5432/studybot."
        )


def _token(name: str) -> BeforeValidator:
    def check(value: object) -> SecretStr:
        text = _plain(value.get_secret_value() if isinstance(value, SecretStr) else value)
        kind = kind_of_secret(text)
        if kind and kind not in _TOKENS[name]:
            raise Unfit(f"It looks like {kind}, and {_TOKENS[name][0]} belongs here.", _move(kind))
        return SecretStr(text)

    return BeforeValidator(check)


class Settings(BaseSettings):
    """What whoever runs the bot has decided. Its `repr` shows no secret."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        validate_default=False,
        case_sensitive=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        toml_file=TOML_FILE,
    )

    platforms: Annotated[tuple[Platform, ...], NoDecode, _checked(_platforms)] = Field(
        (Platform.WEB,), validation_alias="STUDYBOT_PLATFORMS"
    )
    data_dir: Annotated[Path, _checked(_data_dir)] = Field(Path("data"), validation_alias="STUDYBOT_DATA_DIR")
    reviewer: Annotated[ReviewerChoice, _checked(_reviewer)] = Field(
        ReviewerChoice.AUTO, validation_alias="STUDYBOT_REVIEWER"
    )
    log: Annotated[LogLevel, _checked(_log)] = Field(LogLevel.INFO, validation_alias="STUDYBOT_LOG")
    given_database_url: Annotated[SecretStr | None, _checked(_database_url)] = Field(
        None, validation_alias="DATABASE_URL"
    )
    host: Annotated[str, _checked(_host)] = Field("127.0.0.1", validation_alias="HOST")
    port: Annotated[int, _checked(_port)] = Field(8000, validation_alias="PORT")
    discord_token: Annotated[SecretStr | None, _token("DISCORD_TOKEN")] = Field(None, validation_alias="DISCORD_TOKEN")
    slack_bot_token: Annotated[SecretStr | None, _token("SLACK_BOT_TOKEN")] = Field(
        None, validation_alias="SLACK_BOT_TOKEN"
    )
    slack_app_token: Annotated[SecretStr | None, _token("SLACK_APP_TOKEN")] = Field(
        None, validation_alias="SLACK_APP_TOKEN"
    )
    openai_api_key: Annotated[SecretStr | None, _token("OPENAI_API_KEY")] = Field(
        None, validation_alias="OPENAI_API_KEY"
    )

    @property
    def database_url(self) -> str:
        """Where the data lies; may hold a password, so it is for the database library and for nobody to read."""
        if self.given_database_url is not None:
            return self.given_database_url.get_secret_value()
        return sqlite_url(self.data_dir / DATABASE_FILE)

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, where there is one."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path.partition("?")[0]) if scheme == "sqlite" else None

    @property
    def database_shown(self) -> str:
        """The same in words for people: no name, no password, no parameters."""
        if self.database_file is not None:
            return f"the SQLite file {self.database_file}"
        parts = urlsplit(self.database_url)
        where = f" on {parts.hostname}" if parts.hostname else ""
        return f"the PostgreSQL database {unquote(parts.path).strip('/')}{where}"

    @property
    def reached_from_outside(self) -> bool:
        """Whether other machines may reach the web server."""
        return not (self.host == "localhost" or (_is_ip(self.host) and ipaddress.ip_address(self.host).is_loopback))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Who is asked first."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)


#: The options that stand for settings on the command line: flag, setting, what it says.
_OPTIONS = (
    ("--platforms", "STUDYBOT_PLATFORMS", "where people study, with commas between (default: web)"),
    ("--data-dir", "STUDYBOT_DATA_DIR", "folder for the bot's files (default: data)"),
    ("--reviewer", "STUDYBOT_REVIEWER", "who comments on answers: auto or offline (default: auto)"),
    ("--database-url", "DATABASE_URL", "SQLite or PostgreSQL (default: a SQLite file in the data folder)"),
    ("--host", "HOST", "address to listen on (default: 127.0.0.1, this machine only)"),
    ("--port", "PORT", "port of the web server (default: 8000)"),
)


def setting_names() -> tuple[str, ...]:
    """The name of every setting."""
    return tuple(str(field.validation_alias) for field in Settings.model_fields.values())


def add_setting_options(parser: argparse.ArgumentParser) -> None:
    """Gives a verb one option for each setting that people like to try out."""
    group = parser.add_argument_group(
        "settings", "each can also be set in the environment, in .env or in studybot.toml"
    )
    for flag, name, words in _OPTIONS:
        group.add_argument(flag, dest=name, metavar="…", help=f"{words}; {name}")


def settings_from(args: argparse.Namespace) -> Settings:
    """The settings with the options of `add_setting_options` before everything else. Raises `SettingsProblem`."""
    return read_settings({name: value for _, name, _ in _OPTIONS if (value := getattr(args, name, None)) is not None})


def read_settings(arguments: Mapping[str, str] | None = None) -> Settings:
    """Everything that is set, checked. Raises `SettingsProblem` naming all that is wrong at once."""
    given = dict(arguments or {})
    sources = _sources(given)
    wrong = list(_misspelt(sources))
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # keyed by the settings' public names
    except ValidationError as problem:
        raise SettingsProblem([*(_explained(error, sources) for error in problem.errors()), *wrong]) from None
    if wrong:
        raise SettingsProblem(wrong)
    return settings


def _sources(arguments: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """Where each setting may come from, first come first served, under the words for that place."""
    return {
        "on the command line": arguments,
        "in the environment": {name: value for name, value in os.environ.items() if value},
        f"in {ENV_FILE}": _env_file(),
        f"in {TOML_FILE}": _toml_file(),
    }


def _env_file() -> Mapping[str, Any]:
    try:
        return {name: value for name, value in dotenv_values(ENV_FILE).items() if value}
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(ENV_FILE, error, "Save it as UTF-8 text with lines like PORT=8000.") from error


def _toml_file() -> Mapping[str, Any]:
    try:
        with Path(TOML_FILE).open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _unreadable(TOML_FILE, error, 'Write lines like PORT = 8000 or STUDYBOT_REVIEWER = "offline".') from error


def _unreadable(file: str, error: Exception, do: str) -> SettingsProblem:
    # A decoder's words may quote the text around the mistake, which may be a token: only tell the place.
    place = re.search(r"\(at [^)]*\)", str(error))
    return SettingsProblem(
        [WrongSetting(file, f"cannot be read {place[0] if place else ''}".rstrip(), "It is not as it should be.", do)]
    )


#: Settings of the tests and of the maintainers' tools, which the bot itself does not read.
_NOT_OURS = re.compile(r"STUDYBOT_(TEST_|REQUIRE_|KILLS|BENCH)")


def _misspelt(sources: Mapping[str, Mapping[str, Any]]) -> Iterator[WrongSetting]:
    """Names that nothing reads though they look meant for us. An unread line in our own file always is."""
    known = setting_names()
    for place, values in sources.items():
        for name in sorted(values.keys() - set(known)):
            ours = place.endswith(TOML_FILE)
            meant = _meant(name, known)
            if (ours or (meant and name.startswith("STUDYBOT_"))) and not _NOT_OURS.match(name):
                do = f"Did you mean {meant}?" if meant else f"These are the settings: {_listed(known)}."
                yield WrongSetting(name, f"was found {place}", "No setting has this name.", do)


def _meant(name: str, known: Sequence[str]) -> str | None:
    return next(iter(get_close_matches(name.upper(), known, n=1, cutoff=0.8)), None)


def _explained(error: Any, sources: Mapping[str, Mapping[str, Any]]) -> WrongSetting:
    name = str(error["loc"][0])
    unfit = error.get("ctx", {}).get("error")
    why, do = (
        (unfit.why, unfit.do) if isinstance(unfit, Unfit) else (f"{error['msg']}.", "Leave it out to use the default.")
    )
    place = next((place for place, values in sources.items() if name in values), "")
    return WrongSetting(name, f"is {_shown(name, error['input'])} ({place})", why, do)


def _shown(name: str, value: object) -> str:
    """The value as it may be printed: nothing that is, or looks like, or may hold a secret."""
    text = _plain(value)
    if name in _TOKENS or kind_of_secret(text) or re.search(r"://.*@", text):
        return "set to something secret, not shown here"
    if name == "DATABASE_URL" and "@" in text:
        return "set, and not shown here because it may hold a password"
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return f'"{short}"' if short.isprintable() else ascii(short)
