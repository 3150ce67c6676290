"""Mock rounds: what follows when a member has spoken, and when a round ends.

All of it is decided here, in code; a model words a follow-up at most (FEATURES F35, F36).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.answers import is_dont_know, is_next_to_nothing
from bot.domain.companies import RoundPlan
from bot.domain.inert import shorten
from bot.domain.questions import Question, RubricPoint
from bot.domain.reviews import Gate, PointVerdict, Review, Verdict


class Mode(StrEnum):
    """Whether feedback comes after each answer, or only at the end (F40)."""

    COACH = "coach"
    STRICT = "strict"


class RoundState(StrEnum):
    """Where a round stands. `CLOSING`: its interviewer writes the report."""

    OPENING = "opening"
    OPEN = "open"
    PAUSED = "paused"
    CLOSING = "closing"
    DONE = "done"
    STOPPED = "stopped"


#: In these states somebody may still want to go on with it.
UNDER_WAY = (RoundState.OPENING, RoundState.OPEN, RoundState.PAUSED)


class Speaker(StrEnum):
    """Who says something."""

    INTERVIEWER = "interviewer"
    MEMBER = "member"


class TurnKind(StrEnum):
    """What somebody's words are for."""

    QUESTION = "question"
    FOLLOW_UP = "follow_up"
    NUDGE = "nudge"
    HINT = "hint"
    WORD = "word"
    PAUSE = "pause"
    CLOSING = "closing"
    NEXT = "next"
    REPORT = "report"
    DEBRIEF = "debrief"
    ANSWER = "answer"
    ADDITION = "addition"
    HELD = "held"


#: These ask for an answer.
ASKING = (TurnKind.QUESTION, TurnKind.FOLLOW_UP, TurnKind.NUDGE)
#: What is said when a round or a loop is over.
REPORTING = (TurnKind.REPORT, TurnKind.DEBRIEF)
#: What a member says about a question; an addition came while the next one was being prepared, and waits for nothing.
#: What is held becomes one of the two when its files are read.
ANSWERING = (TurnKind.ANSWER, TurnKind.ADDITION)


class Wish(StrEnum):
    """What a member may ask for in the middle of a round, by button, command or plain word (F41)."""

    STOP = "stop"
    SKIP = "skip"
    TIME = "time"
    REPEAT = "repeat"
    HINT = "hint"
    PAUSE = "pause"
    RESUME = "resume"
    STATUS = "status"


class Ended(StrEnum):
    """Why a round ended."""

    COMPLETE = "complete"
    TIME = "time"
    TURNS = "turns"
    STOPPED = "stopped"


#: So many times a member may speak in one round; no honest round comes near it, and it bounds what one may cost.
MOST_ANSWERS = 40
#: Follow-ups to one question: about one in four minutes that are planned for it, within these.
FEWEST_FOLLOW_UPS, MOST_FOLLOW_UPS = 1, 4
MINUTES_A_FOLLOW_UP = 4
#: With less time than this left, nothing new is begun.
TIME_FOR_A_FOLLOW_UP = timedelta(minutes=1)
TIME_FOR_A_QUESTION = timedelta(minutes=3)
#: So long after the latest word the interviewer begins to think: an answer may come in several messages.
LISTEN_FOR = timedelta(seconds=4)
#: Nobody answers a question sooner than so long after it was asked; clocks differ by less.
READS_FOR = timedelta(seconds=3)
#: A member who says nothing for so long went away; the clock stops, and the round can be resumed.
SILENT_FOR = timedelta(minutes=15)
#: What is quoted from an answer is at most so long, to be read at a glance.
LONGEST_QUOTE = 140
_SHORTEST_QUOTE = 8


# ---------------------------------------------------------------- time


@dataclass(frozen=True, slots=True)
class RoundClock:
    """The time of a round. `used` was used before `since`; while it stands still `since` is None."""

    minutes: int
    used: timedelta
    since: datetime | None

    def spent(self, now: datetime) -> timedelta:
        """What was used of the time until now."""
        return self.used if self.since is None else self.used + max(timedelta(), now - self.since)

    def left(self, now: datetime) -> timedelta:
        """What is left of it, never negative."""
        return max(timedelta(), timedelta(minutes=self.minutes) - self.spent(now))


# ---------------------------------------------------------------- what was said


_WISHES = {
    Wish.STOP: ("stop", "stop the round", "end", "end the round", "quit", "finish", "i want to stop"),
    Wish.SKIP: ("skip", "next", "next question", "skip this", "skip this question", "pass"),
    Wish.TIME: ("time", "how much time", "how much time is left", "time left", "clock"),
    Wish.REPEAT: ("repeat", "again", "repeat the question", "say that again", "can you repeat the question"),
    Wish.HINT: ("hint", "a hint", "give me a hint", "hint please", "can i have a hint", "help"),
    Wish.PAUSE: ("pause", "break", "wait", "pause please"),
    Wish.RESUME: ("resume", "continue", "go on", "i am back", "i'm back", "back"),
    Wish.STATUS: ("status", "where are we"),
}
_BY_WORDS = {words: wish for wish, ways in _WISHES.items() for words in ways}


def wish_in(text: str) -> Wish | None:
    """What somebody asks for in plain words, where that is all they say: slash commands do not run in every thread."""
    if len(text) > 60:
        return None
    return _BY_WORDS.get(" ".join(re.sub(r"[^\w' ]", " ", text.casefold().replace("’", "'")).split()))


_FEWEST_WORDS = 3


def is_non_answer(text: str, review: Review | None) -> bool:
    """Whether this says nothing on the matter, so that the interviewer waits (F35). `review` is of all that was said to
    the question, as long as there was no follow-up."""
    if is_dont_know(text) or is_next_to_nothing(text):
        return True
    if "`" not in text and len(text.split()) < _FEWEST_WORDS:
        return True
    return review is not None and review.gate is not None and review.gate is not Gate.KEYWORD_LIST


# ---------------------------------------------------------------- what follows


@dataclass(frozen=True, slots=True)
class Floor:
    """How far the conversation about the question on the table has come: its place in the round, the points that were
    asked about, the non-answers in a row, how often the member spoke in the round."""

    position: int
    asked: tuple[str, ...] = ()
    nudges: int = 0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Nudge:
    """The member said nothing on the matter: the interviewer waits, and offers help."""

    times: int


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Ask about this point, beginning with something the member said; `quote` stands literally in the answer."""

    point: RubricPoint
    quote: str | None


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """This question is done; the next one comes."""

    position: int


@dataclass(frozen=True, slots=True)
class Close:
    """The round is over."""

    why: Ended


Step = Nudge | FollowUp | NextQuestion | Close


def next_step(
    plan: RoundPlan, questions: Sequence[Question], floor: Floor, said: str, latest: Review, left: timedelta
) -> Step:
    """What follows from what was said to the question on the table. `latest` is the review of all that was said to it,
    `said` what was said last."""
    if left <= timedelta():
        return Close(Ended.TIME)
    if floor.answers >= MOST_ANSWERS:
        return Close(Ended.TURNS)
    question = questions[floor.position]
    if is_non_answer(said, latest if not floor.asked else None):
        return Nudge(floor.nudges + 1)
    gap = gap_to_ask(question, latest, floor.asked)
    if gap is not None and len(floor.asked) < follow_ups_for(plan) and left >= TIME_FOR_A_FOLLOW_UP:
        return FollowUp(gap, quote_for(gap, said))
    return after_question(questions, floor.position, left)


def after_question(questions: Sequence[Question], position: int, left: timedelta) -> NextQuestion | Close:
    """What comes when a question is done or skipped."""
    if position + 1 >= len(questions):
        return Close(Ended.COMPLETE)
    return NextQuestion(position + 1) if left >= TIME_FOR_A_QUESTION else Close(Ended.TIME)


def follow_ups_for(plan: RoundPlan) -> int:
    """How many follow-ups each question of a round may have."""
    planned = plan.minutes // plan.questions // MINUTES_A_FOLLOW_UP
    return max(FEWEST_FOLLOW_UPS, min(MOST_FOLLOW_UPS, planned))


_URGENCY = {Verdict.CONTRADICTED: 2, Verdict.MISSING: 1, Verdict.PARTIAL: 1}


def gap_to_ask(question: Question, review: Review, asked: Sequence[str]) -> RubricPoint | None:
    """The point most worth asking about that was not asked about yet: first what the answer got wrong, then by
    weight; where two weigh the same, by their order in the rubric."""
    verdicts = {each.point: each for each in review.points}
    heard = {"", *(asks_for(question, point) for point in question.points if point.id in asked)}
    open_ones = [
        point
        for point in question.points
        if _urgency(verdicts.get(point.id)) and asks_for(question, point) not in heard
    ]
    return max(open_ones, key=lambda point: (_urgency(verdicts.get(point.id)), point.weight), default=None)


def asks_for(question: Question, point: RubricPoint) -> str:
    """What an interviewer asks about a point: its own follow-up, else one of the question's; empty where there is
    none."""
    if point.follow_up or not question.follow_ups:
        return point.follow_up
    return question.follow_ups[question.points.index(point) % len(question.follow_ups)]


def _urgency(verdict: PointVerdict | None) -> int:
    return _URGENCY[Verdict.MISSING] if verdict is None else _URGENCY.get(verdict.verdict, 0)


# ---------------------------------------------------------------- quotes


_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+|(?<=[。！？])")
_WORDS = re.compile(r"\w+")


def quote_for(point: RubricPoint, said: str) -> str | None:
    """The sentence of an answer that lies nearest to a point, literally as it was written and short; None where there
    is nothing to quote."""
    without_code = re.sub(r"```.*?(?:```|\Z)", "\n", said, flags=re.DOTALL)
    sentences = [part.strip() for part in _SENTENCES.split(without_code) if len(part.strip()) >= _SHORTEST_QUOTE]
    if not sentences:
        return None
    wanted = _stems(" ".join((point.text, *point.wordings)))
    nearest = max(sentences, key=lambda sentence: (len(_stems(sentence) & wanted), len(_stems(sentence))))
    return cut_quote(nearest)


def cut_quote(sentence: str) -> str:
    """The beginning of a sentence, at most `LONGEST_QUOTE` characters, ending with a whole word where it has one."""
    if len(sentence) <= LONGEST_QUOTE:
        return sentence.rstrip(".!…。！ ")
    head = shorten(sentence, LONGEST_QUOTE).removesuffix("…").rstrip(" ,;:")
    return head if head in sentence else sentence[:LONGEST_QUOTE].rstrip()


def _stems(text: str) -> set[str]:
    return {word[:6] for word in map(str.casefold, _WORDS.findall(text)) if len(word) > 3}


# ---------------------------------------------------------------- a model's words


@dataclass(frozen=True, slots=True)
class Probe:
    """What a model may word: a question that begins with what the member said and asks what `aim` asks. `manner` is how
    this company's interviewers speak. Nothing in it gives the point away."""

    role: str
    manner: str
    prompt: str
    said: str
    quote: str
    aim: str


#: A worded follow-up is read at a glance, quotes at least so much of the answer, and asks one thing.
LONGEST_FOLLOW_UP = 400
SHORTEST_SHARED = 12
_ADDRESS = re.compile(r"https?:|www\.|[<@]", re.IGNORECASE)
_GIVEN_AWAY = 4


def is_good_follow_up(text: str, probe: Probe, point: RubricPoint) -> bool:
    """Whether a model's wording may be said: short, one question, beginning with literal words of the member, without
    addresses or mentions, and without the rubric's own words that were not said."""
    bare = text.strip()
    if not bare or len(bare) > LONGEST_FOLLOW_UP or bare.count("?") != 1 or not bare.endswith("?"):
        return False
    return not _ADDRESS.search(bare) and _quotes(bare, probe.said) and not _gives_away(bare, probe, point)


def _quotes(text: str, said: str) -> bool:
    """Whether something in quotation marks stands literally in what was said."""
    quoted = re.findall(r"[“\"«„]([^“”\"«»„]+)[”\"»“]", text)
    spoken = " ".join(said.split()).casefold()
    return any(len(each) >= SHORTEST_SHARED and " ".join(each.split()).casefold() in spoken for each in quoted)


def _gives_away(text: str, probe: Probe, point: RubricPoint) -> bool:
    """Whether it holds several words in a row of the point that stand neither in the answer nor in the question."""
    known = set(_runs(f"{probe.said} {probe.prompt} {probe.aim}"))
    secret = {run for clause in (point.text, *point.wordings) for run in _runs(clause)} - known
    return any(run in secret for run in _runs(text))


def _runs(text: str) -> list[tuple[str, ...]]:
    words = [word for word in map(str.casefold, _WORDS.findall(text)) if len(word) > 3]
    return [tuple(words[at : at + _GIVEN_AWAY]) for at in range(len(words) - _GIVEN_AWAY + 1)]
