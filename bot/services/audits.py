"""What is known of how good the reviewer is."""

from __future__ import annotations

from bot import texts
from bot.domain.outgoing import Reply
from bot.domain.reviews import Versions
from bot.shelves import Tx


def badge(tx: Tx, versions: Versions) -> str:
    """The line under a full review by these versions (F29); none where they were never measured, or something has
    changed since."""
    audit = tx.audits.of(versions)
    return "" if audit is None else texts.badge(audit.at.date(), audit.figures)


def grader(tx: Tx, group: int, versions: Versions) -> Reply:
    """`/study-admin grader`: what is known of the reviewer at work, and what members say of it."""
    audit = tx.audits.of(versions)
    votes = tx.appeals.votes(group)
    day, figures = (audit.at.date(), audit.figures) if audit is not None else (None, None)
    return Reply(texts.grader(versions, day, figures, votes.helpful, votes.unhelpful))
