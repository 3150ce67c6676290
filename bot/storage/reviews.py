"""The reviews' shelf: one review for each version of an answer."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from bot.domain.reviews import Gate, PointVerdict, Review, Verdict, Versions
from bot.shelves import StoredReview
from bot.storage.tables import reviews
from bot.storage.work import insert_for, inserted


class SqlReviews:
    """Reviews of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, group: int, review: StoredReview, rubric_hash: str) -> bool:
        """Stores a review; False when this version has one."""
        versions = review.review.versions
        return inserted(
            self._conn,
            insert_for(self._conn, reviews)
            .values(
                answer_id=review.answer,
                version=review.version,
                group_id=group,
                score_millis=round(review.score * 1000),
                gate=review.review.gate,
                points=_points_text(review.review.points),
                reviewer=versions.reviewer,
                model=versions.model,
                prompt=versions.prompt,
                code=versions.code,
                rubric_hash=rubric_hash,
                at=review.at,
            )
            .on_conflict_do_nothing(index_elements=["answer_id", "version"]),
        )

    def of(self, group: int, answer: int, version: int) -> StoredReview | None:
        """The review of this version."""
        row = self._conn.execute(
            select(reviews).where(
                reviews.c.group_id == group, reviews.c.answer_id == answer, reviews.c.version == version
            )
        ).first()
        if row is None:
            return None
        versions = Versions(row.reviewer, row.model, row.prompt, row.code)
        review = Review(_read_points(row.points), versions, Gate(row.gate) if row.gate else None)
        return StoredReview(row.answer_id, row.version, row.score_millis / 1000, review, row.at)


def _points_text(points: tuple[PointVerdict, ...]) -> str:
    rows = [[point.point, point.verdict.value, point.credit, point.quote] for point in points]
    return json.dumps(rows, ensure_ascii=False)


def _read_points(text: str) -> tuple[PointVerdict, ...]:
    rows: list[list[Any]] = json.loads(text)
    return tuple(PointVerdict(point, Verdict(verdict), credit, quote) for point, verdict, credit, quote in rows)
