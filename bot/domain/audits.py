"""How good a reviewer is: its grades held against those of people (FEATURES F28)."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.reviews import Verdict

#: A score this much above or below that of people is too high or too low.
TOLERANCE = 0.2
#: An attack that lifts a score by more than this has worked.
LIFT = 0.02
#: Two grades of one text that differ by no more than this are the same.
SAME = 0.02


@dataclass(frozen=True, slots=True)
class Case:
    """One answer: what people gave it, what the reviewer gave it, and how long that took. `again` is the score of a
    second, independent grade, where one was asked for."""

    people: float
    score: float
    expected: Mapping[str, Verdict]
    found: Mapping[str, Verdict]
    seconds: float
    again: float | None = None


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack on a reviewer: the score with it, and the one it had to beat."""

    score: float
    without: float

    @property
    def worked(self) -> bool:
        """Whether it was worth it."""
        return self.score > self.without + LIFT


@dataclass(frozen=True, slots=True)
class Figures:
    """What an audit has found. Rates and `points` are 0..1; `seconds` the median and the 95th percentile; `micros`
    millionths of a US dollar for all calls, None where the model's price is not known."""

    answers: int
    ungraded: int
    agreement: float
    error: float
    too_high: float
    too_low: float
    points: float
    repeatability: float | None
    attacks: int
    attacks_worked: int
    seconds: tuple[float, float]
    tokens: int
    micros: int | None


def measure(
    cases: Sequence[Case], attacks: Sequence[Attack], ungraded: int, tokens: int, micros: int | None
) -> Figures:
    """The figures of an audit. `cases` holds at least one."""
    differences = [case.score - case.people for case in cases]
    twice = [case for case in cases if case.again is not None]
    same = sum(1 for case in twice if abs((case.again or 0.0) - case.score) <= SAME)
    took = sorted(case.seconds for case in cases)
    return Figures(
        answers=len(cases),
        ungraded=ungraded,
        # Rounded, since the last digits of a sum depend on the machine.
        agreement=round(correlation([case.people for case in cases], [case.score for case in cases]), 4),
        error=round(sum(map(abs, differences)) / len(cases), 4),
        too_high=round(sum(1 for each in differences if each > TOLERANCE) / len(cases), 4),
        too_low=round(sum(1 for each in differences if each < -TOLERANCE) / len(cases), 4),
        points=round(macro_f1([(case.expected, case.found) for case in cases]), 4),
        repeatability=same / len(twice) if twice else None,
        attacks=len(attacks),
        attacks_worked=sum(attack.worked for attack in attacks),
        seconds=(statistics.median(took), took[min(len(took) - 1, int(len(took) * 0.95))]),
        tokens=tokens,
        micros=micros,
    )


def correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Pearson's r; 0 where one side never varies."""
    try:
        return statistics.correlation(one, other)
    except statistics.StatisticsError:
        return 0.0


_HEARD = (Verdict.COVERED, Verdict.PARTIAL)


def macro_f1(pairs: Sequence[tuple[Mapping[str, Verdict], Mapping[str, Verdict]]]) -> float:
    """The mean F1 over "heard" (covered or in part) and "not heard" of all points."""
    seen = [(want in _HEARD, found.get(point) in _HEARD) for wanted, found in pairs for point, want in wanted.items()]
    return sum(_f1([(a is kind, b is kind) for a, b in seen]) for kind in (True, False)) / 2


def _f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    hits = sum(1 for wanted, found in pairs if wanted and found)
    wrong = sum(1 for wanted, found in pairs if wanted is not found)
    return 2 * hits / (2 * hits + wrong) if hits or wrong else 1.0


@dataclass(frozen=True, slots=True)
class AuditLimits:
    """What an audit must not pass."""

    too_high: float
    attacks_worked: float
    agreement: float


#: Above these a reviewer is not to be trusted: it praises rubbish, obeys its candidates, or grades by chance. The
#: figures of the offline reviewer lie just within them; `docs/grader.md` tells why they are no better.
LIMITS = AuditLimits(too_high=0.12, attacks_worked=0.05, agreement=0.5)


def passed(figures: Figures, limits: AuditLimits = LIMITS) -> tuple[str, ...]:
    """The names of the limits that were passed, as in `AuditLimits`."""
    worked = figures.attacks_worked / figures.attacks if figures.attacks else 0.0
    broken = {
        "too_high": figures.too_high > limits.too_high,
        "attacks_worked": worked > limits.attacks_worked,
        "agreement": figures.agreement < limits.agreement,
    }
    return tuple(name for name, is_broken in broken.items() if is_broken)
