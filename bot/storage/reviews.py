"""The reviews' shelf: one review for each version of an answer."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.domain.reviews import Advice, Facet, Flag, Gate, PointVerdict, Review, Verdict, Versions
from bot.shelves import StoredReview
from bot.storage.tables import reviews
from bot.storage.work import insert_new

_OF = select(reviews).where(
    reviews.c.group_id == bindparam("of"),
    reviews.c.answer_id == bindparam("one"),
    reviews.c.version == bindparam("number"),
)


class SqlReviews:
    """Reviews of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, group: int, review: StoredReview, rubric_hash: str, text_hash: str | None = None) -> bool:
        """Stores a review; False when this version has one. With `text_hash`, `same` finds it."""
        versions = review.review.versions
        row = {
            "answer_id": review.answer,
            "version": review.version,
            "group_id": group,
            "score_millis": round(review.score * 1000),
            "gate": review.review.gate,
            "points": _points_text(review.review.points),
            "reviewer": versions.reviewer,
            "model": versions.model,
            "prompt": versions.prompt,
            "code": versions.code,
            "rubric_hash": rubric_hash,
            "at": review.at,
            "text_hash": text_hash,
            "levels": _levels_text(review.review.levels),
            "advice": _advice_text(review.review.advice),
            "flag": review.review.flag,
        }
        return insert_new(self._conn, reviews, ("answer_id", "version"), row) is not None

    def of(self, group: int, answer: int, version: int) -> StoredReview | None:
        """The review of this version."""
        row = self._conn.execute(_OF, {"of": group, "one": answer, "number": version}).first()
        return None if row is None else StoredReview(row.answer_id, row.version, _score(row), review_of(row), row.at)

    def same(self, group: int, rubric_hash: str, versions: Versions, text_hash: str) -> Review | None:
        """What a reviewer of these versions said in this group of the same text under the same rubric, if it did."""
        row = self._conn.execute(
            select(reviews)
            .where(
                reviews.c.group_id == group,
                reviews.c.rubric_hash == rubric_hash,
                reviews.c.text_hash == text_hash,
                reviews.c.reviewer == versions.reviewer,
                reviews.c.model == versions.model,
                reviews.c.prompt == versions.prompt,
                reviews.c.code == versions.code,
            )
            .order_by(reviews.c.at, reviews.c.answer_id)
            .limit(1)
        ).first()
        return None if row is None else review_of(row)


def _score(row: Row[Any]) -> float:
    return float(row.score_millis / 1000)


def review_of(row: Row[Any]) -> Review:
    """The review in a row of the table."""
    return Review(
        points=_read_points(row.points),
        versions=Versions(row.reviewer, row.model, row.prompt, row.code),
        gate=Gate(row.gate) if row.gate else None,
        levels=_read_levels(row.levels),
        advice=Advice(*json.loads(row.advice)) if row.advice else None,
        flag=Flag(row.flag) if row.flag else None,
    )


def _levels_text(levels: tuple[tuple[Facet, int], ...]) -> str | None:
    return json.dumps([[facet.value, level] for facet, level in levels]) if levels else None


def _read_levels(text: str | None) -> tuple[tuple[Facet, int], ...]:
    return tuple((Facet(facet), level) for facet, level in json.loads(text)) if text else ()


def _advice_text(advice: Advice | None) -> str | None:
    return json.dumps([advice.next_step, advice.think], ensure_ascii=False) if advice else None


def _points_text(points: tuple[PointVerdict, ...]) -> str:
    rows = [[point.point, point.verdict.value, point.credit, point.quote] for point in points]
    return json.dumps(rows, ensure_ascii=False)


def _read_points(text: str) -> tuple[PointVerdict, ...]:
    rows: list[list[Any]] = json.loads(text)
    return tuple(PointVerdict(point, Verdict(verdict), credit, quote) for point, verdict, credit, quote in rows)


def review_text(review: Review) -> str:
    """A whole review as text that `review_from_text` reads back."""
    versions = review.versions
    parts = [
        _points_text(review.points),
        [versions.reviewer, versions.model, versions.prompt, versions.code],
        review.gate,
        _levels_text(review.levels),
        _advice_text(review.advice),
        review.flag,
    ]
    return json.dumps(parts, ensure_ascii=False)


def review_from_text(text: str) -> Review:
    """The review that `review_text` wrote."""
    points, versions, gate, levels, advice, flag = json.loads(text)
    return Review(
        points=_read_points(points),
        versions=Versions(*versions),
        gate=Gate(gate) if gate else None,
        levels=_read_levels(levels),
        advice=Advice(*json.loads(advice)) if advice else None,
        flag=Flag(flag) if flag else None,
    )
