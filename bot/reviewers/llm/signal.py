"""A second opinion on a model's reading: the word check beside it, and a second reading where the two lie far apart."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.questions import Question
from bot.domain.reviews import Flag, PointVerdict, Review, Verdict, held_to, score

#: Of 0..1: the word check misses what is said in other words, so a smaller difference means nothing.
FAR_APART = 0.4
#: Two readings of one text by the same model differ less than this unless the text is a hard case.
SAME_SCORE = 0.15


def is_far(question: Question, review: Review, checked: Review) -> bool:
    """Whether model and word check lie so far apart that one of them must be wrong."""
    return abs(score(question, review) - score(question, checked)) > FAR_APART


def held_back(question: Question, review: Review, checked: Review) -> Review:
    """The review of a text that speaks to its grader, where the grader was much kinder than the word check, which
    never reads such sentences: no higher than the word check, without the model's words, and marked for a person."""
    most = score(question, checked)
    if score(question, review) <= most:
        return review
    return replace(held_to(question, review, most), levels=(), advice=None, flag=Flag.SUSPECT)


def joined(question: Question, first: Review, second: Review) -> Review:
    """One review of two readings: the first where they agree, else the mean of their credits, marked for a person.

    The mean and not the lower, since the rarer words of a good answer are the likeliest reason for doubt; each point
    has the more careful verdict of the two.
    """
    if abs(score(question, first) - score(question, second)) <= SAME_SCORE:
        return first
    other = {verdict.point: verdict for verdict in second.points}
    points = tuple(_mean(verdict, other[verdict.point]) for verdict in first.points)
    return replace(first, points=points, flag=Flag.DISPUTED)


_CARE = (Verdict.COVERED, Verdict.PARTIAL, Verdict.MISSING, Verdict.CONTRADICTED)


def _mean(one: PointVerdict, other: PointVerdict) -> PointVerdict:
    careful = max(one, other, key=lambda verdict: _CARE.index(verdict.verdict))
    credit = (one.credit + other.credit) / 2
    if careful.verdict is Verdict.MISSING and credit:
        kinder = one if careful is other else other
        return replace(kinder, verdict=Verdict.PARTIAL, credit=credit)
    return replace(careful, credit=credit)
