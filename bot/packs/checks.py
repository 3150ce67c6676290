"""What makes a question sound beyond the shape of its file. Each check yields the place and what to do about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.questions import Question, Sample, SampleKind
from bot.packs.plain_yaml import INVISIBLE
from bot.packs.problems import Loc
from bot.packs.wording import content_words, near_duplicates, phrases, says_literally, sentences, words

Finding = tuple[Loc, str]

#: How alike the words of two prompts may be at most.
LIKENESS = 0.6
#: Words of a model answer.
SHORTEST, LONGEST = 120, 250
#: Content words in a row that an unseen paraphrase may not share with the rubric.
PHRASE = 3
#: The same for follow-ups, which may well name what the question is about.
GIVEN_AWAY = 4


@dataclass(frozen=True, slots=True)
class Band:
    """The scores, from `low` to `high`, that a sort of sample may have."""

    low: float
    high: float

    def holds(self, score: float) -> bool:
        """True when the score lies in the band."""
        return self.low <= score <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


#: Where people's score and the reviewer's must lie.
BANDS = {
    SampleKind.REFERENCE: Band(0.8, 1.0),
    SampleKind.WRONG_CLAIM: Band(0.0, 0.4),
    SampleKind.EMPTY: Band(0.0, 0.1),
}
#: Where only people's score must lie: how far a reviewer comes with these is measured rather than demanded.
_PEOPLES_BANDS = BANDS | {SampleKind.PARAPHRASE: Band(0.6, 1.0), SampleKind.PARTIAL: Band(0.2, 0.7)}

_UNSAFE: tuple[tuple[re.Pattern[str], str], ...] = (
    (INVISIBLE, "an invisible or control character; type the text again"),
    (re.compile(r"<(?=[A-Za-z/!?@#:])"), "HTML or a mention; write it in words, or put a space after `<`"),
    (re.compile(r"&(?:#\w+|[A-Za-z]\w*);"), "an HTML entity; write the character itself"),
    (re.compile(r"(?:java|vb|live)\s*script\s*:", re.IGNORECASE), "a script address; put it in other words"),
    (re.compile(r"\bdata:[\w.+-]+/", re.IGNORECASE), "a data address; put it in other words"),
)


_ADDRESS = re.compile(r"\b(?:https?|ftps?|wss?|file):/+([^\s/?#]*)|(?<![\w:/])//(\w[^\s/?#]*\.\w+)|\b(www\.\w+)", re.I)
_OUR_HOSTS = re.compile(r"(?:(?:[\w-]+\.)*(?:example(?:\.(?:com|net|org))?|localhost)(?::\d+)?)?", re.I)


def _foreign_host(text: str) -> str | None:
    """The first host in an address that is neither this machine nor one of those reserved for examples (RFC 2606)."""
    hosts = (next(filter(None, found.groups()), "") for found in _ADDRESS.finditer(text))
    return next((host[:60] for host in hosts if not _OUR_HOSTS.fullmatch(host.rstrip(".,;:!?)'\"`*"))), None)


def unsafe_texts(value: Any, loc: Loc = ()) -> Iterator[Finding]:
    """Texts that would be more than text on some screen: HTML, scripts, foreign links, invisible characters."""
    match value:
        case str():
            yield from ((loc, f"the text holds {what}") for pattern, what in _UNSAFE if pattern.search(value))
            if host := _foreign_host(value):
                yield (
                    loc,
                    f"the text leads to `{host}`; say it in words, or write `example.com` instead",
                )
        case dict():
            for key, inner in value.items():
                yield from unsafe_texts(inner, (*loc, key))
        case list():
            for position, inner in enumerate(value):
                yield from unsafe_texts(inner, (*loc, position))


def _repeated_points(question: Question) -> Iterator[Finding]:
    seen: set[str] = set()
    for position, point in enumerate(question.points):
        if point.id in seen:
            yield (
                ("points", position, "id"),
                f"two points are called `{point.id}`, so a review could mean either; rename one",
            )
        seen.add(point.id)


def _repeated_wordings(question: Question) -> Iterator[Finding]:
    seen: dict[tuple[str, ...], str] = {}
    for loc, text in _rubric(question):
        known = seen.setdefault(words(text), text)
        if known is not text:
            yield (
                loc,
                "another line of the rubric says this word for word; find other words, or another point",
            )


def _criteria_not_asked_for(question: Question) -> Iterator[Finding]:
    asked = {*content_words(question.prompt), *content_words(question.model_answer)}
    for position, point in enumerate(question.points):
        if asked.isdisjoint(content_words(point.text)):
            yield (
                ("points", position, "text"),
                "neither the prompt nor the model answer speaks of this point, so nobody could know that it is asked "
                "for; mention it there, or drop the point",
            )


def _model_answer_length(question: Question) -> Iterator[Finding]:
    count = len(question.model_answer.split())
    if not SHORTEST <= count <= LONGEST:
        yield (
            ("model_answer",),
            f"the model answer has {count} words; {SHORTEST} to {LONGEST} can be read in a minute and still say it all",
        )


def _first_hint_asks(question: Question) -> Iterator[Finding]:
    if "?" not in question.hints[0]:
        yield ("hints", 0), "the first hint is no question; it is what somebody stuck is asked, so let it end with `?`"


def _follow_ups_give_nothing_away(question: Question) -> Iterator[Finding]:
    known = _rubric_phrases(question, GIVEN_AWAY)
    for loc, text in _asked_later(question):
        if shared := _shared_phrase(text, known, GIVEN_AWAY):
            yield (
                loc,
                f"`{shared}` also stands in the rubric, and all may read this question; ask without giving it away",
            )


def _asked_later(question: Question) -> Iterator[Finding]:
    """Every follow-up with its place."""
    yield from ((("follow_ups", position), text) for position, text in enumerate(question.follow_ups))
    for position, point in enumerate(question.points):
        if point.follow_up:
            yield ("points", position, "follow_up"), point.follow_up


def _sample_kinds(question: Question) -> Iterator[Finding]:
    present = Counter(sample.kind for sample in question.samples)
    for kind in BANDS:
        if not present[kind]:
            yield (
                ("samples",),
                f"no sample has `kind: {kind}`, and without it nothing proves the rubric there; add one",
            )
    if not any(sample.unseen for sample in question.samples):
        yield ("samples",), "no sample is an unseen paraphrase; add one with `kind: paraphrase` and `unseen: true`"
    for position, sample in enumerate(question.samples):
        if sample.unseen and sample.kind is not SampleKind.PARAPHRASE:
            yield ("samples", position, "unseen"), "only a paraphrase can be `unseen`; remove this line"


def _sample_scores(question: Question) -> Iterator[Finding]:
    for position, sample in enumerate(question.samples):
        band = _PEOPLES_BANDS[sample.kind]
        if not band.holds(sample.score):
            yield (
                ("samples", position, "score"),
                f"a sample of kind {sample.kind} scores {band}, and this one {sample.score:g}; "
                "look again at its score, or at its kind",
            )


def _fitted_samples(question: Question) -> Iterator[Finding]:
    for position, sample in enumerate(question.samples):
        if sample.kind is SampleKind.EMPTY:
            continue
        for loc, text in _rubric(question):
            if says_literally(sample.text, text):
                yield (
                    loc,
                    f"sample {position + 1} says this word for word, so it proves nothing; "
                    "leave the sample as it is and find another wording",
                )
        if copied := _copied_sentence(sample, question):
            yield (
                ("samples", position, "text"),
                f"`{copied[:60]}` also stands in the model answer; a sample speaks in its own words",
            )


def _copied_sentence(sample: Sample, question: Question) -> str | None:
    long_ones = (sentence for sentence in sentences(sample.text) if len(words(sentence)) >= 5)
    return next((sentence for sentence in long_ones if says_literally(question.model_answer, sentence)), None)


def _seen_paraphrases(question: Question) -> Iterator[Finding]:
    known = _rubric_phrases(question, PHRASE)
    for position, sample in enumerate(question.samples):
        if sample.unseen and (shared := _shared_phrase(sample.text, known, PHRASE)):
            yield (
                ("samples", position, "text"),
                f"this paraphrase is marked `unseen`, but shares `{shared}` with the rubric; "
                "say it in other words, and leave the rubric as it is",
            )


def _rubric_phrases(question: Question, length: int) -> set[tuple[str, ...]]:
    return {phrase for _, text in _rubric(question) for phrase in phrases(text, length)}


def _shared_phrase(text: str, known: Collection[tuple[str, ...]], length: int) -> str | None:
    return next((written for phrase, written in phrases(text, length).items() if phrase in known), None)


def _rubric(question: Question) -> Iterator[Finding]:
    """Every text of the rubric with its place."""
    for position, point in enumerate(question.points):
        yield ("points", position, "text"), point.text
        for field, clauses in (("wordings", point.wordings), ("wrong_claims", point.wrong_claims)):
            yield from ((("points", position, field, number), clause) for number, clause in enumerate(clauses))


_CHECKS: tuple[Callable[[Question], Iterator[Finding]], ...] = (
    _repeated_points,
    _repeated_wordings,
    _criteria_not_asked_for,
    _model_answer_length,
    _first_hint_asks,
    _follow_ups_give_nothing_away,
    _sample_kinds,
    _sample_scores,
    _fitted_samples,
    _seen_paraphrases,
)


def check_question(question: Question) -> Iterator[Finding]:
    """Everything that is wrong with one question, taken by itself."""
    for check in _CHECKS:
        yield from check(question)


def check_together(questions: Sequence[Question]) -> Iterator[tuple[int, Finding]]:
    """What is wrong between questions: the position of the later one, and the finding."""
    first: dict[str, Question] = {}
    for position, question in enumerate(questions):
        known = first.setdefault(question.id, question)
        if known is not question:
            yield position, (("id",), f"the pack {known.pack} already has a question `{question.id}`; rename this one")
    for position, question in enumerate(questions):
        if question.replaces in first:
            yield position, (("replaces",), f"`{question.replaces}` is still here; take the replaced question out")
    for position, earlier in near_duplicates([question.prompt for question in questions], LIKENESS):
        yield (
            position,
            (
                ("prompt",),
                f"this asks nearly the same as `{questions[earlier].id}`; ask something else, or keep one",
            ),
        )
