"""`studybot embed`: brings a small language model for vectors to the offline reviewer, or takes it away."""

from __future__ import annotations

import argparse

from bot.domain.errors import Mistake
from bot.reviewers.embed.install import FILE, CannotInstall, install
from bot.settings import Settings, add_setting_options, settings_from


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `embed`."""
    parser = subparsers.add_parser(
        "embed",
        help="let the offline reviewer hear other words for the same",
        description="The offline reviewer looks for words. With sentence vectors (all-MiniLM-L6-v2, 21 MB beside the "
        "data) it also hears other words for the same. Nothing leaves this machine; an answer takes tenths of a second "
        'instead of milliseconds. Needs numpy: pip install "studybot[embed]"',
        epilog="example: studybot embed install",
    )
    parser.add_argument("action", choices=("install", "remove"), help="bring the model, or take it away")
    add_setting_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Brings it or takes it away. Restart studybot afterwards."""
    settings = settings_from(args)
    print(_install(settings) if args.action == "install" else _remove(settings))
    return 0


def _install(settings: Settings) -> str:
    try:
        file = install(settings.data_dir)
    except CannotInstall as why:
        raise Mistake(str(why)) from why
    size = round(file.stat().st_size / 1_000_000)
    return f"The model lies in {file} ({size} MB). Restart studybot, and the offline reviewer uses it."


def _remove(settings: Settings) -> str:
    file = settings.data_dir / FILE
    if not file.exists():
        return f"There is no model in {settings.data_dir}, so nothing was changed."
    file.unlink()
    return f"{file} is gone. Restart studybot, and the offline reviewer looks for words alone."
