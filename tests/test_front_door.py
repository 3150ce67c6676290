from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from bot import __main__ as front_door
from bot.__main__ import VERBS, Verb, build_parser, main
from bot.domain.errors import Mistake, NotNow

HEAVY = ("alembic", "dbos", "discord", "openai", "pydantic", "slack_bolt", "sqlalchemy", "starlette", "uvicorn", "yaml")


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], int]], None]:
    """Puts a verb of the test's own on the list: `studybot try` does what the given function does."""

    def install(does: Callable[[], int]) -> None:
        def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
            subparsers.add_parser("try").set_defaults(run=lambda args: does())

        monkeypatch.setattr(front_door, "VERBS", (Verb("try", "tries", "studybot try"),))
        monkeypatch.setattr(front_door, "import_module", lambda name: SimpleNamespace(add_parser=add_parser))

    return install


def raising(error: BaseException) -> Callable[[], int]:
    def does() -> int:
        raise error

    return does


def test_help_names_every_verb_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])

    told = capsys.readouterr().out
    assert end.value.code == 0
    assert all(verb.summary.split()[0] in told and verb.example in told for verb in VERBS)


def test_without_a_verb_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "studybot run --port 9000" in capsys.readouterr().out


def test_help_comes_without_importing_what_is_heavy() -> None:
    program = "import sys, bot.__main__ as door; door.main([]); print(*sorted(sys.modules))"

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert not set(HEAVY) & set(told.splitlines()[-1].split())


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_its_module(verb: Verb) -> None:
    assert find_spec(verb.module) is not None


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_example_of_a_verb_is_understood(verb: Verb) -> None:
    words = shlex.split(verb.example.partition("<")[0])[1:]

    args = build_parser(words).parse_args(words)

    assert callable(args.run)


def test_a_misspelt_verb_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docter"]) == 2
    assert 'Did you mean "studybot doctor"?' in capsys.readouterr().err


def test_an_unknown_option_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["doctor", "--colour", "red"])

    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "--colour" in told
    assert "--help" in told


def test_the_exit_code_of_a_verb_is_ours(verb: Callable[[Callable[[], int]], None]) -> None:
    verb(lambda: 7)

    assert main(["try"]) == 7


@pytest.mark.parametrize("error", [Mistake("the words"), NotNow("the words")])
def test_a_known_error_is_one_clear_sentence(
    error: Exception, verb: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(raising(error))

    assert main(["try"]) == 2
    assert capsys.readouterr().err == "studybot: the words\n"


def test_known_errors_from_a_task_group_are_told_too(
    verb: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(raising(ExceptionGroup("tasks", [Mistake("one"), ExceptionGroup("inner", [NotNow("two")])])))

    assert main(["try"]) == 2
    assert capsys.readouterr().err == "studybot: one\nstudybot: two\n"


def test_x115_a_bug_is_told_by_reference_without_a_trace(
    verb: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(raising(RuntimeError("select * from /secret/path")))

    assert main(["try"]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert "reference" in told.err
    assert len(told.err.splitlines()) == 1
    assert "Traceback" not in told.err
    assert "/secret/path" not in told.err


@pytest.mark.parametrize("words", [["--debug", "try"], ["try", "--debug"]])
def test_with_debug_the_log_tells_the_trace_under_the_reference(
    words: list[str],
    verb: Callable[[Callable[[], int]], None],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    verb(raising(RuntimeError("the cause")))

    assert main(words) == 1

    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.getMessage().removeprefix("bug ") in capsys.readouterr().err


def test_ctrl_c_ends_quietly(verb: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]) -> None:
    verb(raising(KeyboardInterrupt()))

    assert main(["try"]) == 130
    assert capsys.readouterr().err == ""
