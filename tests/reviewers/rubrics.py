"""Small questions to review answers to, and what any review of them has to keep."""

from __future__ import annotations

from bot.domain.questions import Level, Question, QuestionKind, RubricPoint
from bot.domain.reviews import Review, Verdict, score
from bot.reviewers.offline import judge
from bot.reviewers.text import QUOTE_CHARACTERS


def question(prompt: str, *points: RubricPoint, model_answer: str = "") -> Question:
    return Question(
        id="q",
        pack="p",
        title="A question",
        prompt=prompt,
        level=Level.MID,
        kind=QuestionKind.CONCEPT,
        topics=("topic",),
        points=points,
        hints=(),
        follow_ups=(),
        model_answer=model_answer,
    )


CACHING = question(
    "How does a cache in front of a database work, and what can go wrong with it?",
    RubricPoint(
        "read",
        "On a miss the application loads the row from the database and stores it in the cache.",
        3,
        ("if the key is absent we query Postgres and put the result into Redis for next time",),
        ("the cache loads every row of the database when it starts",),
    ),
    RubricPoint(
        "stale",
        "Entries carry an expiry time, because readers may see outdated values.",
        2,
        ("a TTL bounds how long somebody reads old data",),
        ("cached values can never be stale", "a TTL makes the cache faster"),
    ),
    RubricPoint(
        "stampede",
        "When a hot key expires, a lock or request coalescing prevents a stampede.",
        2,
        ("a mutex per key lets only one request recompute a popular entry",),
        ("expiring hot keys are harmless because the database handles all requests at once",),
    ),
    model_answer=(
        "The application asks the cache first. On a miss it reads the row from the database and stores it in the "
        "cache. Entries have a TTL since readers may see outdated values. When a popular key expires, a lock or "
        "coalescing keeps all requests from hitting the database together."
    ),
)
GOOD = (
    "On a cache miss the app loads the row from the database and puts it into the cache. "
    "Entries get an expiry time, since readers may see outdated values. "
    "For a hot key that expires I use a lock or request coalescing against the stampede."
)
WEAK = "A cache keeps rows in memory. Entries carry an expiry time."
WRONG = "Cached values can never be stale. The cache loads every row of the database when it starts."

INCIDENT = question(
    "Tell me about a production incident you handled. What happened and what did you do?",
    RubricPoint("situation", "Situation: names a concrete incident and its impact on users", 1),
    RubricPoint("task", "Task: states the candidate's own responsibility", 1),
    RubricPoint("action", "Action: describes the steps the candidate took", 1),
    RubricPoint("result", "Result: gives a measurable outcome", 1),
    RubricPoint("learning", "Learning: names a follow-up that prevents recurrence", 1),
)
STORY = (
    "In March our search went down for a third of our customers. I was on call and had to bring it back. I compared "
    "the graphs, found a full disk, moved the logs away and restarted two nodes. Search was back within 20 minutes. "
    "Afterwards I wrote a postmortem and added an alert on disk space."
)

INDEXES = question(
    "What is a database index, what do you pay for it, and which columns deserve one?",
    RubricPoint(
        "structure",
        "An index is a separate sorted structure, usually a B-tree, that maps column values to the rows of a table.",
        3,
        ("it is an ordered copy of a column with a pointer to each row",),
    ),
    RubricPoint(
        "scan",
        "With it the database reads a few pages of a tree instead of scanning the whole table.",
        3,
        ("without an index a lookup reads every row",),
    ),
    RubricPoint(
        "selectivity",
        "It pays for columns with many distinct values, hardly for flags or tiny tables.",
        2,
        ("on a small table the planner prefers reading all rows over using the index",),
    ),
    RubricPoint(
        "order",
        "In an index over several columns the order matters, it serves queries on the leading columns.",
        2,
        ("a composite index on (a, b) helps searches on a, but hardly on b alone",),
    ),
)
SORTED_COPY = (
    "An index is a sorted copy of one or a few columns, usually a B-tree, so the database finds the rows without "
    "scanning the whole table."
)


def points_of(answer: str, asked: Question = CACHING) -> float:
    """The score that the offline reviewer gives."""
    return score(asked, judge(asked, answer))


def is_sound(review: Review, asked: Question, answer: str) -> bool:
    """One verdict for each point, credit 0..1, a literal quote wherever one is due and none where it is not."""
    return [each.point for each in review.points] == [point.id for point in asked.points] and all(
        0.0 <= each.credit <= 1.0
        and (each.quote is None) == (each.verdict is Verdict.MISSING)
        and (each.quote is None or (each.quote in answer and 0 < len(each.quote) <= QUOTE_CHARACTERS))
        for each in review.points
    )
