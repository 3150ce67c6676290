"""Sentence vectors: the model's package becomes a small file, and the offline reviewer hears other words for the same.

The numbers here are drawn by chance: what is tested is the way through the model, not what it has learned.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from reviewers.rubrics import CACHING

from bot.domain.reviews import Verdict, score
from bot.reviewers.embed.install import FILE, CannotInstall, ear_in
from bot.reviewers.embed.model import LAYERS, WIDTH, SentenceModel
from bot.reviewers.embed.tokens import MOST_PIECES, WordPieces
from bot.reviewers.embed.weights import pack, read_safetensors
from bot.reviewers.offline import judge

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cache", "##d", "##s", "miss", "is", "slow", "#", "c", "+"]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unpacked package with a model of chance."""
    folder = tmp_path_factory.mktemp("package") / "model"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(safetensors(arrays()))
    return folder.parent


def arrays() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    chance = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": (512, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "pooler.dense.weight": (WIDTH, WIDTH),
    }
    for number in range(LAYERS):
        base = f"encoder.layer.{number}"
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes |= {f"{base}.{name}.weight": (WIDTH, WIDTH), f"{base}.{name}.bias": (WIDTH,)}
        shapes |= {
            f"{base}.intermediate.dense.weight": (4 * WIDTH, WIDTH),
            f"{base}.intermediate.dense.bias": (4 * WIDTH,),
        }
        shapes |= {f"{base}.output.dense.weight": (WIDTH, 4 * WIDTH), f"{base}.output.dense.bias": (WIDTH,)}
        for name in ("attention.output", "output"):
            shapes |= {f"{base}.{name}.LayerNorm.weight": (WIDTH,), f"{base}.{name}.LayerNorm.bias": (WIDTH,)}
    shapes |= {"embeddings.LayerNorm.weight": (WIDTH,), "embeddings.LayerNorm.bias": (WIDTH,)}
    return {
        name: np.ones(shape, np.float32)
        if name.endswith("LayerNorm.weight")
        else chance.normal(0, 0.05, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def safetensors(found: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> bytes:
    table, body = {}, b""
    for name, array in found.items():
        end = len(body) + array.nbytes
        table[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(body), end]}
        body += array.tobytes()
    head = json.dumps(table).encode()
    return len(head).to_bytes(8, "little") + head + body


@pytest.fixture(scope="session")
def model(package: Path) -> SentenceModel:
    pack(package, package / FILE)
    return SentenceModel(package / FILE)


def test_a_sentence_has_the_same_vector_alone_and_beside_longer_ones(model: SentenceModel, package: Path) -> None:
    together = model.vectors(["a cache miss is slow", "miss", "a " * 90])

    alone = SentenceModel(package / FILE).vectors(["miss"])

    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together[1], alone[0], atol=1e-4)


def test_a_byte_for_each_number_changes_next_to_nothing(model: SentenceModel, package: Path) -> None:
    whole = read_safetensors((package / "model" / "model.safetensors").read_bytes())

    kept = model._weights.whole("encoder.layer.3.intermediate.dense.weight")

    error = np.abs(kept - whole["encoder.layer.3.intermediate.dense.weight"]).max()
    assert error < 0.002


def test_words_are_split_into_the_longest_known_pieces() -> None:
    pieces = WordPieces(VOCABULARY)

    def read(text: str) -> list[str]:
        return [VOCABULARY[number] for number in pieces.numbers(text)]

    assert read("Cached CACHES") == ["[CLS]", "cache", "##d", "cache", "##s", "[SEP]"]
    assert read("cåche C++ #zebra") == ["[CLS]", "cache", "c", "+", "+", "#", "[UNK]", "[SEP]"]
    assert read("") == ["[CLS]", "[SEP]"]
    assert len(pieces.numbers("a " * 500)) == MOST_PIECES


class OneTrackEar:
    """Hears the first point in the last sentence, and nothing else."""

    name = "one track"

    def nearness(self, wordings: Sequence[Sequence[str]], said: Sequence[str]) -> list[list[float]]:
        return [
            [1.0 if (number, place) == (0, len(said) - 1) else 0.0 for place, _ in enumerate(said)]
            for number, _ in enumerate(wordings)
        ]


def test_what_is_heard_counts_half_and_is_quoted() -> None:
    text = "Keep a ready answer close by. Then hand it out."

    deaf, hearing = judge(CACHING, text), judge(CACHING, text, ear=OneTrackEar())

    assert score(CACHING, hearing) > score(CACHING, deaf)
    assert hearing.points[0].verdict is not Verdict.MISSING
    assert hearing.points[0].quote == "Then hand it out."
    assert hearing.versions != deaf.versions
    assert [point.credit for point in hearing.points[1:]] == [point.credit for point in deaf.points[1:]]


def test_without_the_file_there_is_no_ear_and_a_broken_file_is_told(tmp_path: Path) -> None:
    assert ear_in(tmp_path) is None

    (tmp_path / FILE).write_bytes(b"PK\x03\x04 torn")

    with pytest.raises(CannotInstall, match="studybot embed install"):
        ear_in(tmp_path)


def test_a_package_without_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"0 files named vocab\.txt"):
        pack(tmp_path, tmp_path / FILE)
