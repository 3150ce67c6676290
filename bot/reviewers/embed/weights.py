"""The model's numbers: read from the package that carries them, kept as small whole numbers beside the data.

The package holds `model.safetensors`: a length, a table in JSON, then the numbers themselves
(https://huggingface.co/docs/safetensors). Ours is one `.npz` with a byte for each number and one scale for each row.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def read_safetensors(raw: bytes) -> dict[str, Floats]:
    """The arrays of 32-bit floats in a safetensors file. Raises `ValueError` when it is none."""
    length = int.from_bytes(raw[:8], "little")
    if not 0 < length < len(raw):
        raise ValueError("not a safetensors file")
    table: dict[str, Any] = json.loads(raw[8 : 8 + length])
    body = memoryview(raw)[8 + length :]
    found = {}
    for name, entry in table.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            found[name] = np.frombuffer(body[begin:end], "<f4").reshape(entry["shape"])
    return found


def pack(package: Path, target: Path) -> None:
    """Writes the model in an unpacked package as one small file. Raises `ValueError` when there is no such model."""
    words = _one(package, "vocab.txt").read_bytes()
    kept: dict[str, NDArray[Any]] = {"vocabulary": np.frombuffer(words, np.uint8)}
    for name, array in read_safetensors(_one(package, "model.safetensors").read_bytes()).items():
        if name.startswith("pooler."):
            continue
        if array.ndim == 2:
            scale = np.maximum(np.abs(array).max(axis=1, keepdims=True), 1e-12) / 127
            kept[f"{name}:int8"] = np.round(array / scale).astype(np.int8)
            kept[f"{name}:scale"] = scale.astype(np.float32)
        else:
            kept[name] = array
    beside = target.with_suffix(".new.npz")
    np.savez_compressed(beside, allow_pickle=False, **kept)
    beside.replace(target)


def _one(package: Path, name: str) -> Path:
    found = list(package.rglob(name))
    if len(found) != 1:
        raise ValueError(f"the package holds {len(found)} files named {name}, not one")
    return found[0]


class Weights:
    """The numbers of one packed file."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as raw, np.load(raw, allow_pickle=False) as kept:
            self._kept = {name: kept[name] for name in kept.files}

    @property
    def vocabulary(self) -> list[str]:
        """One piece a line."""
        return bytes(self._kept["vocabulary"]).decode("utf-8").rstrip("\n").split("\n")

    def whole(self, name: str) -> Floats:
        """An array as floats."""
        if (small := self._kept.get(f"{name}:int8")) is None:
            return _floats(self._kept[name])
        return _floats(small * self._kept[f"{name}:scale"])

    def rows(self, name: str, numbers: NDArray[np.int64]) -> Floats:
        """Some rows of an array, so that a large one need not be unpacked."""
        return _floats(self._kept[f"{name}:int8"][numbers] * self._kept[f"{name}:scale"][numbers])


def _floats(array: NDArray[Any]) -> Floats:
    return np.asarray(array, np.float32)
