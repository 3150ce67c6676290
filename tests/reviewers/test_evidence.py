"""A word is evidence for the point it belongs to, and not for every point that shares the subject."""

from __future__ import annotations

from dataclasses import replace

from packshelf import shipped_packs
from reviewers.rubrics import CACHING, INDEXES, SORTED_COPY

from bot.domain.questions import Question
from bot.domain.reviews import Verdict, score
from bot.reviewers.evidence import Match, matches, shares_of
from bot.reviewers.matching import Phrase, Said, phrase
from bot.reviewers.offline import judge
from bot.reviewers.text import sentences

FOUND = (Verdict.COVERED, Verdict.PARTIAL)
RICH = (
    "Without an index the lookup reads every row. A B-tree needs a few page reads instead. For a composite index the "
    "order of columns matters: it only helps queries on a leftmost prefix. I check with EXPLAIN whether it is used, "
    "and skip columns with few distinct values."
)


def points(*texts: str) -> list[tuple[Phrase, ...]]:
    return [(phrase(text, frozenset()),) for text in texts]


def strengths(answer: str, *texts: str) -> list[float]:
    return [match.strength for match in matches(Said(sentences(answer)), shares_of(points(*texts)))]


def verdicts(asked: Question, answer: str) -> dict[str, Verdict]:
    return {each.point: each.verdict for each in judge(asked, answer).points}


def test_a_sentence_about_one_point_is_no_evidence_for_its_neighbours() -> None:
    for point in CACHING.points:
        for text in (point.text, *point.wordings):
            found = verdicts(CACHING, text)

            assert found.pop(point.id) is Verdict.COVERED, text
            assert set(found.values()) == {Verdict.MISSING}, text


def test_a_sentence_in_shared_words_alone_covers_no_point_it_does_not_say() -> None:
    found = verdicts(INDEXES, SORTED_COPY)

    assert {found["structure"], found["scan"]} <= set(FOUND)
    assert Verdict.COVERED not in (found["selectivity"], found["order"])


def test_the_shipped_question_on_indexes_praises_nothing_that_was_not_said() -> None:
    asked = next(each for each in shipped_packs().questions(["backend-core"]) if each.id == "database-indexes")

    plain, rich = verdicts(asked, SORTED_COPY), verdicts(asked, RICH)

    assert Verdict.COVERED not in (plain["selectivity"], plain["composite-order"])
    assert plain["verify-plan"] is Verdict.MISSING
    assert {rich["avoids-scan"], rich["composite-order"]} == {Verdict.COVERED}
    assert {rich["selectivity"], rich["verify-plan"]} <= set(FOUND)
    assert score(asked, judge(asked, RICH)) > score(asked, judge(asked, SORTED_COPY))


def test_the_quote_is_the_sentence_that_holds_the_words_of_the_point() -> None:
    quotes = {each.point: each.quote for each in judge(INDEXES, RICH).points}

    assert quotes["scan"] in (
        "Without an index the lookup reads every row.",
        "A B-tree needs a few page reads instead.",
    )
    assert quotes["order"] == (
        "For a composite index the order of columns matters: it only helps queries on a leftmost prefix."
    )


def test_two_points_said_in_one_sentence_are_both_found() -> None:
    one, other = strengths(
        "Locks prevent the stampede and entries carry an expiry time.",
        "locks prevent the stampede",
        "entries carry an expiry time",
    )

    assert one == other == 1.0


def test_a_shared_word_counts_less_for_the_point_that_is_said_less() -> None:
    alone = strengths("The cache stores fresh rows.", "the cache drops stale rows")[0]

    beside = strengths("The cache stores fresh rows.", "the cache drops stale rows", "the cache stores fresh rows")

    assert beside[1] == 1.0
    assert beside[0] < alone


def test_a_word_of_another_point_is_no_relative_of_this_one() -> None:
    alone = strengths("It scans pages.", "it reads entries")[0]

    beside = strengths("It scans pages.", "it reads entries", "workers scan something")[0]

    assert beside < alone


def test_a_question_of_one_point_shares_nothing() -> None:
    assert strengths("Every write must update the index.", "every write must update the index") == [1.0]


def test_nothing_said_matches_nothing() -> None:
    assert matches(Said([]), shares_of(points("a point", "another one"))) == [Match(0.0, 0)] * 2


def test_points_in_other_order_get_the_same_verdicts() -> None:
    turned = replace(INDEXES, points=INDEXES.points[::-1])

    assert verdicts(turned, RICH) == verdicts(INDEXES, RICH)
