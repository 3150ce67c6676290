"""What each setting's text must be: one reader for each kind, which says why a text does not fit and what to do."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import BeforeValidator, SecretStr

from bot.domain.budgets import Limit, read_limit


class Platform(StrEnum):
    """A place where people study together."""

    WEB = "web"
    DISCORD = "discord"
    SLACK = "slack"


class ReviewerChoice(StrEnum):
    """Who comments on answers; `auto` asks a language model when a key or a server of one is set."""

    AUTO = "auto"
    OFFLINE = "offline"
    OPENAI = "openai"


class SlackMode(StrEnum):
    """How Slack reaches the bot: by a connection that the bot opens, or by requests to an address of ours."""

    SOCKET = "socket"
    HTTP = "http"


class LogLevel(StrEnum):
    """How much the log tells."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


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
TOKENS = {
    "DISCORD_TOKEN": ("a Discord token",),
    "SLACK_BOT_TOKEN": ("a Slack bot token", "a Slack token"),
    "SLACK_APP_TOKEN": ("a Slack app token",),
    "OPENAI_API_KEY": ("an OpenAI key",),
}


def kind_of_secret(value: str) -> str | None:
    """Which kind of token this value looks like, by the shape each service gives its own."""
    return next((kind for kind, shape in _SECRET_KINDS.items() if shape.match(value)), None)


def plain(value: object) -> str:
    """The value without the spaces and quotes that a copied line or an env file leaves around it."""
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    return text


def checked(parse: Callable[[str], object]) -> BeforeValidator:
    """Reads a setting's text by `parse`, after a look whether a token has strayed into it."""

    def check(value: object) -> object:
        text = plain(value.get_secret_value() if isinstance(value, SecretStr) else value)
        if kind := kind_of_secret(text):
            raise Unfit(f"It looks like {kind}, which does not belong here.", _move(kind))
        return parse(text)

    return BeforeValidator(check)


def _move(kind: str) -> str:
    home = next((name for name, kinds in TOKENS.items() if kind in kinds), None)
    return f"Move it to {home}." if home else "Look up the right value again."


def _one_of(value: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(value.lower(), list(known), n=1)), None)


def listed(names: Iterable[str]) -> str:
    """With commas between."""
    return ", ".join(names)


def _platform(name: str) -> Platform:
    if name in list(Platform):
        return Platform(name)
    meant = _one_of(name, Platform) or Platform.WEB
    raise Unfit(
        f"It is a list with commas in it, and these platforms are known: {listed(Platform)}.",
        f"Set STUDYBOT_PLATFORMS={meant}, or leave it out.",
    )


def read_platforms(text: str) -> tuple[Platform, ...]:
    """The platforms of a list with commas in it."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if not names:
        raise Unfit(
            "It names no platform, so nobody could reach the bot.", "Set STUDYBOT_PLATFORMS=web, or leave it out."
        )
    return tuple(dict.fromkeys(map(_platform, names)))


def read_data_dir(text: str) -> Path:
    """A folder on this machine."""
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


def read_reviewer(text: str) -> ReviewerChoice:
    """Who comments."""
    name = text.lower()
    try:
        return ReviewerChoice(name)
    except ValueError:
        meant = _one_of(name, ReviewerChoice) or ReviewerChoice.AUTO
        raise Unfit(
            f"These reviewers are known: {listed(ReviewerChoice)}.", f"Set STUDYBOT_REVIEWER={meant}, or leave it out."
        ) from None


#: As long as a review remembers.
LONGEST_MODEL = 120


def read_model(text: str) -> str:
    """The name of a language model, as its server calls it."""
    if "://" in text:
        raise Unfit(
            "It is an address, and this setting is the name of a model.",
            "The address of its server belongs in OPENAI_BASE_URL; write the name as in STUDYBOT_MODEL=llama3.1:8b.",
        )
    if len(text) > LONGEST_MODEL or not text.isprintable() or " " in text:
        raise Unfit("It is no name of a model.", "Copy the name from your server, as in STUDYBOT_MODEL=llama3.1:8b.")
    return text


def read_budget(name: str) -> Callable[[str], Limit]:
    """Reads how much reviews may cost."""

    def read(text: str) -> Limit:
        limit = read_limit(text)
        if limit is None:
            raise Unfit(
                "It is neither an amount in US dollars nor a number of tokens.",
                f"Write {name}=5.00 or {name}=200000 tokens, {name}=none for no limit, or leave it out.",
            )
        return limit

    return read


def read_slack_mode(text: str) -> SlackMode:
    """Socket or http."""
    try:
        return SlackMode(text.lower())
    except ValueError:
        meant = _one_of(text, SlackMode) or SlackMode.SOCKET
        raise Unfit(
            f"Slack can be reached in these ways: {listed(SlackMode)}.", f"Set SLACK_MODE={meant}, or leave it out."
        ) from None


def read_log(text: str) -> LogLevel:
    """How much the log tells."""
    name = text.lower()
    try:
        return LogLevel(name)
    except ValueError:
        meant = _one_of(name, LogLevel) or LogLevel.INFO
        raise Unfit(
            f"These levels are known: {listed(LogLevel)}.", f"Set STUDYBOT_LOG={meant}, or leave it out."
        ) from None


#: No server takes more from one customer.
MOST_AT_ONCE = 500
#: In less no model writes a review. More may not last: a server that hangs is tried again after so long (FAULTS 36).
FEWEST_SECONDS, MOST_SECONDS = 10, 600
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$")


def is_ip(text: str) -> bool:
    """Whether this is a numeric address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def read_host(text: str) -> str:
    """A machine's own name or number to listen on."""
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
    if is_ip(bare):
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


def read_model_at_once(text: str) -> int:
    """How many requests a model's server may have to answer at a time."""
    if not re.fullmatch(r"[0-9]{1,12}", text) or not 1 <= int(text) <= MOST_AT_ONCE:
        raise Unfit(
            f"It is not a whole number from 1 to {MOST_AT_ONCE}.",
            "Set how many requests the server answers side by side, as in STUDYBOT_MODEL_AT_ONCE=10.",
        )
    return int(text)


def read_model_seconds(text: str) -> int:
    """How many seconds a language model may take for a whole review."""
    if not re.fullmatch(r"[0-9]{1,12}", text) or not FEWEST_SECONDS <= int(text) <= MOST_SECONDS:
        raise Unfit(
            f"It is not a whole number of seconds from {FEWEST_SECONDS} to {MOST_SECONDS}.",
            "Set how long the model may take for a review, as in STUDYBOT_MODEL_SECONDS=180, or leave it out for 60.",
        )
    return int(text)


def read_port(text: str) -> int:
    """A port to listen on."""
    if "://" in text:
        port = _port_of(urlsplit(text)) or 8000
        raise Unfit("It is an address, and a port is a number.", f"Set PORT={port}.")
    if text.lower() == "localhost" or is_ip(text):
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


def read_database_url(text: str) -> SecretStr:
    """The address of a SQLite file or a PostgreSQL database; it may hold a password."""
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


def read_token(name: str) -> Callable[[object], SecretStr]:
    """Reads a token of the setting with this name."""

    def check(value: object) -> SecretStr:
        text = plain(value.get_secret_value() if isinstance(value, SecretStr) else value)
        kind = kind_of_secret(text)
        if kind and kind not in TOKENS[name]:
            raise Unfit(f"It looks like {kind}, and {TOKENS[name][0]} belongs here.", _move(kind))
        return SecretStr(text)

    return check


def address(name: str, *schemes: str, example: str) -> BeforeValidator:
    """Reads the address of a service, which must begin with one of these schemes and name a host."""

    def read(text: str) -> str:
        parts = urlsplit(text)
        do = f"Write it as in {name}={example}, or leave it out."
        if parts.scheme not in schemes:
            raise Unfit(f"It does not begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.", do)
        if not parts.hostname:
            raise Unfit("It names no host.", do)
        return text.rstrip("/")

    return checked(read)


def read_public_url(text: str) -> str:
    """The address under which people reach the web server: scheme and name, and nothing behind them."""
    example = "Write it as in STUDYBOT_PUBLIC_URL=https://study.example.org, or leave it out."
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise Unfit("Its parts cannot be told from each other.", example) from None
    if parts.scheme not in ("https", "http"):
        raise Unfit("It does not begin with https:// or http://.", example)
    if not parts.hostname:
        raise Unfit("It names no host.", example)
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        where = parts.netloc.rpartition("@")[2]
        raise Unfit(
            "There is more in it than the name of the server; the bot's pages begin at /dashboard there.",
            f"Set STUDYBOT_PUBLIC_URL={parts.scheme}://{where}, or leave it out.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def read_signing_secret(value: object) -> SecretStr:
    """Slack's signing secret: 32 signs of 0-9 and a-f. It signs requests and is no token."""
    text = plain(value.get_secret_value() if isinstance(value, SecretStr) else value)
    if kind := kind_of_secret(text):
        raise Unfit(f"It looks like {kind}, and the signing secret belongs here.", _move(kind))
    if not re.fullmatch(r"[0-9a-fA-F]{16,64}", text):
        raise Unfit(
            "A signing secret is made of the signs 0-9 and a-f.",
            "Copy it from your Slack app's page, Basic Information, App Credentials, Signing Secret.",
        )
    return SecretStr(text)
