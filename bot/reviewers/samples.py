"""Graded samples of a question set its measure: how kind people are differs from question to question.

A score is moved by what people gave samples with a similar score, more than the word check gave them (a kernel average
of the differences). Without samples nothing moves, and words that change no score change nothing here either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Scores this far apart say little about each other.
BANDWIDTH = 0.25
#: So many samples of the same score have to say the same before half of it is believed.
DOUBT = 1.0
#: With fewer samples than this nothing is known.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Graded:
    """A sample: what the reviewer gives it by itself, and what people gave it."""

    score: float
    given: float


def settled(score: float, samples: Sequence[Graded]) -> float:
    """The score 0..1 by the measure of the samples."""
    if len(samples) < FEWEST:
        return score
    weights = [math.exp(-(((score - sample.score) / BANDWIDTH) ** 2) / 2) for sample in samples]
    moved = sum(weight * (each.given - each.score) for weight, each in zip(weights, samples, strict=True))
    return min(1.0, max(0.0, score + moved / (sum(weights) + DOUBT)))


def scaled(credit: float, before: float, after: float) -> float:
    """A point's credit in proportion to a score that was moved: down towards nothing, up towards all."""
    if after <= before:
        return credit * after / before if before else credit
    return 1 - (1 - credit) * (1 - after) / (1 - before)
