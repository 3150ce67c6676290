"""The front door: finds the verb, lets it work, and says in words what went wrong."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import NoReturn

from bot.domain.errors import StudybotError

log = logging.getLogger("studybot")


@dataclass(frozen=True, slots=True)
class Verb:
    """A word of the command line. Its module is imported only when the word is used, so that help comes at once."""

    name: str
    summary: str
    example: str

    @property
    def module(self) -> str:
        """Where `add_parser` and `run` of this verb are."""
        return f"bot.verbs.{self.name}"


VERBS = (
    Verb("run", "start everything in one process", "studybot run --port 9000"),
    Verb("setup", "connect Discord or Slack, step by step", "studybot setup discord"),
    Verb("invite", "print the link that lets the bot into a Discord server", "studybot invite discord"),
    Verb("manifest", "print the Slack app's manifest and its link", "studybot manifest slack"),
    Verb("doctor", "look at settings, database, reviewer, packs; say what to mend", "studybot doctor"),
    Verb("packs", "check question packs", "studybot packs lint"),
    Verb("grader", "let a reviewer score answers", "studybot grader score --reviewer offline < in.jsonl > out.jsonl"),
    Verb("embed", "let the offline reviewer hear other words for the same", "studybot embed install"),
    Verb("boards", "prove the boards by their event log, or repair them", "studybot boards check"),
    Verb(
        "simulate",
        "weeks of a pretend group in seconds, told as a timeline",
        "studybot simulate --days 60 --people 12 --zone America/New_York --seed 7",
    ),
    Verb("docs", "write the pages that derive from the code", "studybot docs"),
    Verb("release", "bring the database to this version", "studybot release"),
    Verb("web", "only the web server", "studybot web"),
    Verb("gateway", "only the connections to chat platforms", "studybot gateway"),
    Verb("worker", "only the work behind: questions, reviews, messages", "studybot worker"),
)


class FriendlyParser(argparse.ArgumentParser):
    """Says what was not understood and where to look, rather than a usage line alone."""

    def error(self, message: str) -> NoReturn:
        """Ends with exit code 2, as every mistake on the command line does."""
        self.exit(2, f"studybot: {message}.\nSee: {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and returns its exit code: 2 when something has to be mended first, 1 when we are at fault."""
    given = list(sys.argv[1:] if argv is None else argv)
    # Taken out here, so that it may stand before the verb or behind it.
    words = [word for word in given if word != "--debug"]
    debug = words != given or os.environ.get("STUDYBOT_LOG", "").lower() == "debug"
    if debug:
        os.environ["STUDYBOT_LOG"] = "debug"
    try:
        return _run(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone, as in `studybot ... | head`; the interpreter must not try to flush to it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _explain(error, debug)


def _run(words: list[str]) -> int:
    parser = build_parser(words)
    args = parser.parse_args(words)
    run: Callable[[argparse.Namespace], int] | None = getattr(args, "run", None)
    if run is None:
        parser.print_help()
        return 0
    return run(args)


def build_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The command line with all verbs, of which only the one among `words` has been imported."""
    _refuse_unknown(words)
    parser = FriendlyParser(
        prog="studybot",
        description="A daily interview question for a study group, reviewed answers and a board.",
        epilog=_examples(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--debug", action="store_true", help="tell everything, also what went on inside when it fails")
    subparsers = parser.add_subparsers(title="verbs", metavar="verb", parser_class=FriendlyParser)
    chosen = _first_word(words)
    for verb in VERBS:
        if verb.name == chosen:
            import_module(verb.module).add_parser(subparsers)
        else:
            subparsers.add_parser(verb.name, help=verb.summary)
    return parser


def _first_word(words: Sequence[str]) -> str | None:
    return next((word for word in words if not word.startswith("-")), None)


def _refuse_unknown(words: Sequence[str]) -> None:
    word = _first_word(words)
    names = [verb.name for verb in VERBS]
    if word is None or word in names:
        return
    meant = get_close_matches(word, names, n=1)
    hint = f'Did you mean "studybot {meant[0]}"?' if meant else f"These are the verbs: {', '.join(names)}."
    raise UnknownVerb(f'There is no verb "{word}". {hint}')


class UnknownVerb(StudybotError):
    """The first word of the command line means nothing to us."""


def _examples() -> str:
    return "\n".join(
        ["examples:", *(f"  {verb.example}" for verb in VERBS), "", "Each verb explains itself: studybot run --help"]
    )


def _explain(error: Exception, debug: bool) -> int:
    """Says what went wrong on stderr. A bug gets a reference, under which the log tells the rest when asked to."""
    problems = list(_leaves(error))
    if all(isinstance(problem, StudybotError) for problem in problems):
        for problem in problems:
            print(f"studybot: {problem}", file=sys.stderr)
        return 2
    reference = secrets.token_hex(3)
    if debug:
        logging.basicConfig(stream=sys.stderr)
        log.error("bug %s", reference, exc_info=error)
    hint = "the log above tells more" if debug else "with --debug the log tells more"
    print(f"studybot stopped because of a mistake of its own, reference {reference}; {hint}.", file=sys.stderr)
    return 1


def _leaves(error: Exception) -> Iterator[Exception]:
    """The errors inside a group of a TaskGroup, or the error itself."""
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


if __name__ == "__main__":
    sys.exit(main())
