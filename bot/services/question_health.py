"""Question health: what organisers may know of the questions of their group (FEATURES F59)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot import texts
from bot.domain.errors import Mistake
from bot.domain.outgoing import Reply
from bot.domain.question_health import QuestionHealth, separation, signs
from bot.domain.questions import question_from_json
from bot.shelves import AskedQuestion, GradedAnswer, Trust, Tx

#: Older answers say little of how a question does now.
LOOK_BACK = timedelta(days=365)
#: A chat shows so many questions, those that deserve a look before the others.
MOST_LISTED = 12


def of_group(tx: Tx, group: int, today: date) -> Sequence[QuestionHealth]:
    """Each question the group was asked within a year, those asked last first."""
    since = today - LOOK_BACK
    graded, trust = tx.question_health.graded(group, since), tx.question_health.trust(group, since)
    by_question = defaultdict[str, list[GradedAnswer]](list)
    for answer in graded:
        by_question[answer.question].append(answer)
    strengths = _strengths(graded)
    return [
        _health(tx, asked, by_question[asked.id], strengths, trust.get(asked.id, Trust()))
        for asked in tx.question_health.asked(group, since)
    ]


def _strengths(graded: Sequence[GradedAnswer]) -> Mapping[int, tuple[float, int]]:
    """The sum of each member's scores, and how many they are."""
    sums: dict[int, tuple[float, int]] = {}
    for answer in graded:
        total, count = sums.get(answer.member, (0.0, 0))
        sums[answer.member] = (total + answer.score, count + 1)
    return sums


def _health(
    tx: Tx,
    asked: AskedQuestion,
    answers: Sequence[GradedAnswer],
    strengths: Mapping[int, tuple[float, int]],
    trust: Trust,
) -> QuestionHealth:
    body = tx.asking.copy(asked.hash)
    assert body is not None
    own: dict[int, list[float]] = defaultdict(list)
    for answer in answers:
        own[answer.member].append(answer.score)
    pairs = []
    for member, scores in own.items():
        total, count = strengths[member]
        if count > len(scores):
            pairs.append(((total - sum(scores)) / (count - len(scores)), sum(scores) / len(scores)))
    mean = sum(answer.score for answer in answers) / len(answers) if answers else None
    return QuestionHealth(
        asked.id,
        question_from_json(body).title,
        len(answers),
        mean,
        separation(pairs),
        trust.appeals,
        trust.helpful,
        trust.unhelpful,
        asked.asked,
        asked.last_day,
    )


def stats(tx: Tx, group: int, question: str | None, today: date) -> Reply:
    """`/study-admin question`: one question, or all. Raises `Mistake` for one that was not asked."""
    known = of_group(tx, group, today)
    if question is None:
        by_need = sorted(known, key=lambda each: not signs(each))
        return Reply(texts.question_list(by_need[:MOST_LISTED], len(known)))
    found = next((each for each in known if each.id == question.strip()), None)
    if found is None:
        raise Mistake(texts.question_not_asked(question))
    return Reply(texts.question_stats(found))
