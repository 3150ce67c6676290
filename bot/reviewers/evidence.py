"""To which points of a rubric the words of an answer belong.

The points of one question share a subject and so share words: every point on indexes speaks of columns, rows and
tables. Found by itself, such a word would prove them all. Three rules keep a sentence about one point from being
credited to its neighbours:

- A word that only other points use is theirs. It never stands in for a relative that this point uses.
- A word that several points use counts in full for the point that its sentence says best, and for every other point
  in proportion (dampened by `RIVALRY`) to how well the sentence says that other point.
- A wording of which nothing but shared words is found counts less (`SHARED_ONLY`).

A question of a single point is left as it is: there is nobody to share with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.reviewers.matching import Phrase, Said, Worth, families_of

#: What two neighbouring sentences say together is worth a little less than the same in one.
TOGETHER = 0.9
#: 0 lets every point keep a shared word, 1 leaves a point that is said half as well half of it.
RIVALRY = 0.5
#: What words that other points use as well are worth when no word of this point's own stands beside them.
SHARED_ONLY = 0.8

#: What each word of a point is worth, by sentence.
Rows = Mapping[str, Worth]


@dataclass(frozen=True, slots=True)
class Shares:
    """The wordings of each point, which points use a word or a relative of it, and the words each leaves to others."""

    points: tuple[tuple[Phrase, ...], ...]
    users: Mapping[str, tuple[int, ...]]
    foreign: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """How strongly a point is said, 0..1, and the number of the sentence that says it."""

    strength: float
    sentence: int


def shares_of(points: Sequence[tuple[Phrase, ...]]) -> Shares:
    """Who uses which word, for the wordings of each point of one question."""
    words = [frozenset(term.stem for wording in point for term in wording.terms) for point in points]
    families = [families_of(own) for own in words]
    everything = frozenset[str]().union(*words)
    users = {
        word: tuple(
            number
            for number, own in enumerate(words)
            if word in own or not families[number].isdisjoint(families_of([word]))
        )
        for word in everything
    }
    return Shares(tuple(points), users, tuple(everything - own for own in words))


def matches(said: Said, shares: Shares) -> list[Match]:
    """The best match of each point: as a whole in one of its wordings, or put together from several."""
    count = len(said.sentences)
    rows = [
        {term.stem: said.worth(term.stem, foreign) for wording in point for term in wording.terms}
        for point, foreign in zip(shares.points, shares.foreign, strict=True)
    ]
    grasp = [
        _best_of(_singles(each, own, count) for each in point) for point, own in zip(shares.points, rows, strict=True)
    ]
    purity = [said.purities(point, foreign) for point, foreign in zip(shares.points, shares.foreign, strict=True)]
    purest = _best_of(purity)
    found = []
    for number, point in enumerate(shares.points):
        fair = {
            word: _fair(row, grasp[number], _best_of(grasp[user] for user in shares.users[word])) if row else row
            for word, row in rows[number].items()
        }
        pooled = [share * _part(share, best) for share, best in zip(purity[number], purest, strict=True)]
        found.append(_best_match(point, fair, pooled, shares))
    return found


def _best_of(rows: Iterable[Sequence[float]]) -> list[float]:
    return [max(column) for column in zip(*rows, strict=True)]


def _fair(row: Worth, own: Sequence[float], best: Sequence[float]) -> Worth:
    return {number: worth * _part(own[number], best[number]) for number, worth in row.items()}


def _part(own: float, best: float) -> float:
    """How much of a shared word a point keeps that is said this well, beside the one that is said best."""
    return float((own / best) ** RIVALRY) if best else 0.0


def _best_match(point: Sequence[Phrase], fair: Rows, pooled: Sequence[float], shares: Shares) -> Match:
    found = [Match(share, number) for number, share in enumerate(pooled)]
    for wording in point:
        single = _singles(wording, fair, len(pooled))
        owned = _owned(wording, fair, shares)
        for number, share in enumerate(single):
            found.append(Match(share if owned is None or number in owned else SHARED_ONLY * share, number))
        for number, share in enumerate(_doubles(wording, fair, len(pooled))):
            fully = owned is None or number in owned or number + 1 in owned
            clearer = number if single[number] >= single[number + 1] else number + 1
            found.append(Match(TOGETHER * (share if fully else SHARED_ONLY * share), clearer))
    return max(found, key=lambda match: match.strength, default=Match(0.0, 0))


def _owned(wording: Phrase, fair: Rows, shares: Shares) -> set[int] | None:
    """The sentences that hold a word of this wording which no other point uses; None when it has no such word."""
    own = [fair[term.stem] for term in wording.terms if len(shares.users[term.stem]) == 1]
    return set[int]().union(*own) if own else None


def _singles(wording: Phrase, rows: Rows, count: int) -> list[float]:
    """How much of the wording each sentence says."""
    single = [0.0] * count
    for term in wording.terms:
        for number, worth in rows[term.stem].items():
            single[number] += term.weight * worth / wording.weight
    return single


def _doubles(wording: Phrase, rows: Rows, count: int) -> list[float]:
    """How much of the wording each sentence says together with the next."""
    double = [0.0] * count
    for term in wording.terms:
        row = rows[term.stem]
        for number, worth in row.items():
            double[number] += term.weight * max(worth, row.get(number + 1, 0.0)) / wording.weight
            if number and number - 1 not in row:
                double[number - 1] += term.weight * worth / wording.weight
    return double[:-1]
