"""all-MiniLM-L6-v2 in plain numpy: what a sentence means, as 384 numbers of length one.

Six layers of attention (Vaswani et al. 2017) as in BERT, then the mean over the pieces (Reimers and Gurevych 2019). A
sentence costs a few milliseconds; sentences seen before cost nothing.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from bot.reviewers.embed.tokens import WordPieces
from bot.reviewers.embed.weights import Floats, Weights

LAYERS, HEADS, WIDTH = 6, 12, 384
#: Every rubric point and many answers fit; 25 MB at most.
REMEMBERED = 16384
#: So many sentences go through the model at once.
AT_ONCE = 16


class _Dense:
    def __init__(self, weights: Weights, name: str) -> None:
        self._weight = np.ascontiguousarray(weights.whole(f"{name}.weight").T)
        self._bias = weights.whole(f"{name}.bias")

    def __call__(self, x: Floats) -> Floats:
        out: Floats = x @ self._weight + self._bias
        return out


class _Norm:
    def __init__(self, weights: Weights, name: str) -> None:
        self._weight, self._bias = weights.whole(f"{name}.weight"), weights.whole(f"{name}.bias")

    def __call__(self, x: Floats) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        out: Floats = centred / spread * self._weight + self._bias
        return out


class _Layer:
    def __init__(self, weights: Weights, number: int) -> None:
        base = f"encoder.layer.{number}"
        self._query, self._key, self._value = (
            _Dense(weights, f"{base}.attention.self.{name}") for name in ("query", "key", "value")
        )
        self._mixed = _Dense(weights, f"{base}.attention.output.dense")
        self._mixed_norm = _Norm(weights, f"{base}.attention.output.LayerNorm")
        self._wide = _Dense(weights, f"{base}.intermediate.dense")
        self._narrow = _Dense(weights, f"{base}.output.dense")
        self._norm = _Norm(weights, f"{base}.output.LayerNorm")

    def __call__(self, x: Floats, unseen: Floats) -> Floats:
        query, key, value = (_by_head(part(x)) for part in (self._query, self._key, self._value))
        near = query @ key.transpose(0, 1, 3, 2) / np.float32(math.sqrt(WIDTH / HEADS)) + unseen
        heads = _softmax(near) @ value
        together = heads.transpose(0, 2, 1, 3).reshape(x.shape)
        x = self._mixed_norm(x + self._mixed(together))
        return self._norm(x + self._narrow(_gelu(self._wide(x))))


def _by_head(x: Floats) -> Floats:
    sentences, pieces, _ = x.shape
    return x.reshape(sentences, pieces, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)


def _softmax(x: Floats) -> Floats:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    out: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return out


def _gelu(x: Floats) -> Floats:
    """By its approximation with tanh, which differs from the exact one by less than 0.001."""
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    return np.asarray(np.float32(0.5) * x * (np.float32(1) + np.tanh(inner)), np.float32)


class SentenceModel:
    """`bot.reviewers.offline.Ear` by vectors of sentences. May be used by several threads."""

    name = "MiniLM"

    def __init__(self, file: Path) -> None:
        self._weights = Weights(file)
        self._pieces = WordPieces(self._weights.vocabulary)
        self._positions = self._weights.whole("embeddings.position_embeddings.weight")
        self._kind = self._weights.whole("embeddings.token_type_embeddings.weight")[0]
        self._norm = _Norm(self._weights, "embeddings.LayerNorm")
        self._layers = [_Layer(self._weights, number) for number in range(LAYERS)]
        self._remembered: OrderedDict[str, Floats] = OrderedDict()
        self._lock = Lock()

    def vectors(self, sentences: Sequence[str]) -> Floats:
        """One row of length one for each sentence; their products are cosines."""
        with self._lock:
            fresh = sorted({text for text in sentences if text not in self._remembered}, key=len)
            for start in range(0, len(fresh), AT_ONCE):
                some = fresh[start : start + AT_ONCE]
                self._remembered.update(zip(some, self._run(some), strict=True))
            rows = [self._remembered[text] for text in sentences]
            for text in sentences:
                self._remembered.move_to_end(text)
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return np.stack(rows) if rows else np.zeros((0, WIDTH), np.float32)

    def nearness(self, wordings: Sequence[Sequence[str]], said: Sequence[str]) -> list[list[float]]:
        """For each point, given by its wordings, the cosine between each sentence and the wording nearest to it."""
        vectors = self.vectors(said)
        return [(self.vectors(each) @ vectors.T).max(axis=0).tolist() for each in wordings]

    def _run(self, sentences: Sequence[str]) -> Floats:
        numbers = [self._pieces.numbers(text) for text in sentences]
        length = max(map(len, numbers))
        padded = np.array([each + [0] * (length - len(each)) for each in numbers], np.int64)
        there = np.array([[1.0] * len(each) + [0.0] * (length - len(each)) for each in numbers], np.float32)
        x = self._weights.rows("embeddings.word_embeddings.weight", padded) + self._positions[:length] + self._kind
        x = self._norm(x)
        unseen = (there[:, None, None, :] - np.float32(1)) * np.float32(1e9)
        for layer in self._layers:
            x = layer(x, unseen)
        mean = (x * there[:, :, None]).sum(axis=1) / there.sum(axis=1, keepdims=True)
        out: Floats = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.float32(1e-9))
        return out
