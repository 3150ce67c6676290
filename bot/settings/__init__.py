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
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.domain.budgets import DEFAULT_LIMITS, Limit, Limits, Span
from bot.domain.errors import Mistake
from bot.domain.reviews import PATIENCE_SECONDS
from bot.settings.values import (
    TOKENS,
    LogLevel,
    Platform,
    ReviewerChoice,
    SlackMode,
    Unfit,
    address,
    checked,
    is_ip,
    kind_of_secret,
    listed,
    plain,
    read_budget,
    read_data_dir,
    read_database_url,
    read_host,
    read_log,
    read_model,
    read_model_at_once,
    read_model_seconds,
    read_platforms,
    read_port,
    read_public_url,
    read_reviewer,
    read_signing_secret,
    read_slack_mode,
    read_token,
    sqlite_url,
)

TOML_FILE = "studybot.toml"
ENV_FILE = ".env"
DATABASE_FILE = "studybot.db"


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

    given_platforms: Annotated[tuple[Platform, ...] | None, NoDecode, checked(read_platforms)] = Field(
        None, validation_alias="STUDYBOT_PLATFORMS"
    )
    data_dir: Annotated[Path, checked(read_data_dir)] = Field(Path("data"), validation_alias="STUDYBOT_DATA_DIR")
    reviewer: Annotated[ReviewerChoice, checked(read_reviewer)] = Field(
        ReviewerChoice.AUTO, validation_alias="STUDYBOT_REVIEWER"
    )
    log: Annotated[LogLevel, checked(read_log)] = Field(LogLevel.INFO, validation_alias="STUDYBOT_LOG")
    given_database_url: Annotated[SecretStr | None, checked(read_database_url)] = Field(
        None, validation_alias="DATABASE_URL"
    )
    host: Annotated[str, checked(read_host)] = Field("127.0.0.1", validation_alias="HOST")
    port: Annotated[int, checked(read_port)] = Field(8000, validation_alias="PORT")
    public_url: Annotated[str | None, checked(read_public_url)] = Field(None, validation_alias="STUDYBOT_PUBLIC_URL")
    discord_token: Annotated[SecretStr | None, BeforeValidator(read_token("DISCORD_TOKEN"))] = Field(
        None, validation_alias="DISCORD_TOKEN"
    )
    discord_api_base: Annotated[
        str, address("DISCORD_API_BASE", "https", "http", example="https://discord.com/api/v10")
    ] = Field("https://discord.com/api/v10", validation_alias="DISCORD_API_BASE")
    discord_gateway_url: Annotated[
        str | None, address("DISCORD_GATEWAY_URL", "wss", "ws", example="wss://gateway.discord.gg")
    ] = Field(None, validation_alias="DISCORD_GATEWAY_URL")
    discord_proxy: Annotated[
        SecretStr | None, address("DISCORD_PROXY", "http", "https", example="http://proxy.example.org:3128")
    ] = Field(None, validation_alias="DISCORD_PROXY")
    slack_bot_token: Annotated[SecretStr | None, BeforeValidator(read_token("SLACK_BOT_TOKEN"))] = Field(
        None, validation_alias="SLACK_BOT_TOKEN"
    )
    slack_app_token: Annotated[SecretStr | None, BeforeValidator(read_token("SLACK_APP_TOKEN"))] = Field(
        None, validation_alias="SLACK_APP_TOKEN"
    )
    slack_signing_secret: Annotated[SecretStr | None, BeforeValidator(read_signing_secret)] = Field(
        None, validation_alias="SLACK_SIGNING_SECRET"
    )
    slack_mode: Annotated[SlackMode, checked(read_slack_mode)] = Field(SlackMode.SOCKET, validation_alias="SLACK_MODE")
    slack_api_url: Annotated[str, address("SLACK_API_URL", "https", "http", example="https://slack.com/api/")] = Field(
        "https://slack.com/api", validation_alias="SLACK_API_URL"
    )
    openai_api_key: Annotated[SecretStr | None, BeforeValidator(read_token("OPENAI_API_KEY"))] = Field(
        None, validation_alias="OPENAI_API_KEY"
    )
    openai_base_url: Annotated[
        str | None, address("OPENAI_BASE_URL", "https", "http", example="http://127.0.0.1:8080/v1")
    ] = Field(None, validation_alias="OPENAI_BASE_URL")
    model: Annotated[str | None, checked(read_model)] = Field(None, validation_alias="STUDYBOT_MODEL")
    model_at_once: Annotated[int, checked(read_model_at_once)] = Field(10, validation_alias="STUDYBOT_MODEL_AT_ONCE")
    model_seconds: Annotated[int, checked(read_model_seconds)] = Field(
        int(PATIENCE_SECONDS), validation_alias="STUDYBOT_MODEL_SECONDS"
    )
    budget_month: Annotated[Limit, NoDecode, checked(read_budget("STUDYBOT_BUDGET_MONTH"))] = Field(
        DEFAULT_LIMITS[Span.MONTH], validation_alias="STUDYBOT_BUDGET_MONTH"
    )
    budget_day: Annotated[Limit, NoDecode, checked(read_budget("STUDYBOT_BUDGET_DAY"))] = Field(
        DEFAULT_LIMITS[Span.DAY], validation_alias="STUDYBOT_BUDGET_DAY"
    )
    budget_member_day: Annotated[Limit, NoDecode, checked(read_budget("STUDYBOT_BUDGET_MEMBER_DAY"))] = Field(
        DEFAULT_LIMITS[Span.MEMBER_DAY], validation_alias="STUDYBOT_BUDGET_MEMBER_DAY"
    )

    @property
    def budgets(self) -> Limits:
        """What each group may spend on reviews unless its organisers say otherwise."""
        return {Span.MONTH: self.budget_month, Span.DAY: self.budget_day, Span.MEMBER_DAY: self.budget_member_day}

    @property
    def asks_a_model(self) -> bool:
        """Whether a language model reviews: as set, else when there is a key or the address of a server."""
        if self.reviewer is ReviewerChoice.AUTO:
            return self.openai_api_key is not None or self.openai_base_url is not None
        return self.reviewer is ReviewerChoice.OPENAI

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Where people study: as set, else the study room and every platform whose token is there."""
        if self.given_platforms is not None:
            return self.given_platforms
        tokens = {Platform.DISCORD: self.discord_token, Platform.SLACK: self.slack_bot_token}
        return (Platform.WEB, *(platform for platform, given in tokens.items() if given is not None))

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
    def dashboards(self) -> dict[str, str]:
        """Under which address people of each platform reach the dashboard. In the study room they are on its server
        already; people of a chat elsewhere reach it once it has an address that is not only this machine's."""
        elsewhere = {} if self.public_url is None else {each.value: self.public_url for each in Platform}
        return elsewhere | {Platform.WEB.value: ""}

    @property
    def reached_from_outside(self) -> bool:
        """Whether other machines may reach the web server."""
        return not (self.host == "localhost" or (is_ip(self.host) and ipaddress.ip_address(self.host).is_loopback))

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


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the platforms are reached, for a look at a token before there are whole settings."""

    discord: tuple[str, str | None]
    slack: str


def read_addresses() -> Addresses:
    """The addresses that are set. Raises `SettingsProblem` when one of them does not fit."""
    settings = _read({})
    proxy = settings.discord_proxy.get_secret_value() if settings.discord_proxy else None
    return Addresses((settings.discord_api_base, proxy), settings.slack_api_url)


#: The options that stand for settings on the command line: flag, setting, what it says.
_OPTIONS = (
    ("--platforms", "STUDYBOT_PLATFORMS", "where people study, with commas between: web, discord, slack"),
    ("--data-dir", "STUDYBOT_DATA_DIR", "folder for the bot's files (default: data)"),
    ("--reviewer", "STUDYBOT_REVIEWER", "who comments on answers: auto, offline or openai (default: auto)"),
    ("--model-seconds", "STUDYBOT_MODEL_SECONDS", "how long a language model may take for a review (default: 60)"),
    ("--database-url", "DATABASE_URL", "SQLite or PostgreSQL (default: a SQLite file in the data folder)"),
    ("--host", "HOST", "address to listen on (default: 127.0.0.1, this machine only)"),
    ("--port", "PORT", "port of the web server (default: 8000)"),
)


def setting_names() -> tuple[str, ...]:
    """The name of every setting."""
    return tuple(str(field.validation_alias) for field in Settings.model_fields.values())


def add_setting_options(parser: argparse.ArgumentParser, without: Collection[str] = ()) -> None:
    """Gives a verb one option for each setting that people like to try out, but for those it has itself."""
    group = parser.add_argument_group(
        "settings", "each can also be set in the environment, in .env or in studybot.toml"
    )
    for flag, name, words in _OPTIONS:
        if flag in without:
            continue
        group.add_argument(flag, dest=name, metavar="…", help=f"{words}; {name}")


def settings_from(args: argparse.Namespace) -> Settings:
    """The settings with the options of `add_setting_options` before everything else. Raises `SettingsProblem`."""
    return read_settings({name: value for _, name, _ in _OPTIONS if (value := getattr(args, name, None)) is not None})


def read_settings(arguments: Mapping[str, str] | None = None) -> Settings:
    """Everything that is set, checked. Raises `SettingsProblem` naming all that is wrong at once."""
    settings = _read(dict(arguments or {}))
    if missing := list(_missing(settings)):
        raise SettingsProblem(missing)
    return settings


def _read(given: Mapping[str, str]) -> Settings:
    sources = _sources(given)
    wrong = list(_misspelt(sources))
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # keyed by the settings' public names
    except ValidationError as problem:
        raise SettingsProblem([*(_explained(error, sources) for error in problem.errors()), *wrong]) from None
    if wrong:
        raise SettingsProblem(wrong)
    return settings


def _missing(settings: Settings) -> Iterator[WrongSetting]:
    """What a platform or the reviewer needs and was not given."""
    platforms = settings.platforms
    if Platform.DISCORD in platforms and settings.discord_token is None:
        yield _lacks("DISCORD_TOKEN", "discord")
    if Platform.SLACK in platforms:
        if settings.slack_bot_token is None:
            yield _lacks("SLACK_BOT_TOKEN", "slack")
        if settings.slack_mode is SlackMode.SOCKET and settings.slack_app_token is None:
            yield _lacks("SLACK_APP_TOKEN", "slack")
        if settings.slack_mode is SlackMode.HTTP and settings.slack_signing_secret is None:
            yield _lacks("SLACK_SIGNING_SECRET", "slack")
    yield from _missing_for_the_model(settings)


def _missing_for_the_model(settings: Settings) -> Iterator[WrongSetting]:
    """What asking a language model needs and was not given."""
    if not settings.asks_a_model:
        return
    if settings.openai_api_key is None and settings.openai_base_url is None:
        yield WrongSetting(
            "OPENAI_API_KEY",
            "is not set",
            "The language model's service does not answer without a key.",
            "Set it, or OPENAI_BASE_URL for a server of your own that needs none, or STUDYBOT_REVIEWER=offline.",
        )
    elif settings.openai_base_url is not None and settings.model is None:
        yield WrongSetting(
            "STUDYBOT_MODEL",
            "is not set",
            "The server at OPENAI_BASE_URL may have several models, and only you know which one to ask.",
            "Set it to the name the server uses, as in STUDYBOT_MODEL=llama3.1:8b.",
        )


def _lacks(name: str, platform: str) -> WrongSetting:
    return WrongSetting(
        name,
        "is not set",
        f"The bot cannot be connected to {platform.capitalize()} without it.",
        f"This leads you through it: studybot setup {platform}",
    )


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
                do = f"Did you mean {meant}?" if meant else f"These are the settings: {listed(known)}."
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
    text = plain(value)
    if name in TOKENS or name == "SLACK_SIGNING_SECRET" or kind_of_secret(text) or re.search(r"://.*@", text):
        return "set to something secret, not shown here"
    if name == "DATABASE_URL" and "@" in text:
        return "set, and not shown here because it may hold a password"
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return f'"{short}"' if short.isprintable() else ascii(short)
