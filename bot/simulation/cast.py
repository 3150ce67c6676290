"""Who takes part in a simulation, and what each of them does about a question. Nothing here hangs on the clock of this
machine: the same plan brings the same people, who do the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from bot.domain.questions import Question, SampleKind
from bot.domain.refs import Person, UserRef
from bot.simulation.plan import Plan

PLATFORM, WORKSPACE = "simulation", "one"
#: Demo names, all of them.
NAMES = (
    "Ada Ben Chi Dara Eli Fay Gus Hana Ivo Jun Kaya Leo Mia Noor Oto Pia Quinn Ravi Sana Tom Uma Vik Wen Xia Yara Zoe"
).split()
ORGANISER = Person(UserRef(PLATFORM, WORKSPACE, "u-olga"), "Olga", organiser=True)
#: Some live elsewhere.
ZONES = ("Asia/Tokyo", "Europe/London", "America/Los_Angeles")
#: One in so many joins later, and one in so many lives elsewhere.
LATE_JOINER_EACH, ELSEWHERE_EACH = 4, 5
#: An answer of fewer words might be taken for talk.
FEWEST_WORDS = 12
#: Everybody says more than the point. Without it people who draw from a few samples would all write the same.
ASIDES = (
    "I had to explain this to a colleague only last month.",
    "My first try at work went wrong in just this place.",
    "Let me think aloud and begin with what I am sure of.",
    "I would draw this on the board before I say anything.",
    "I read about it over the weekend and tried it at home.",
    "This is how our team does it, for better or worse.",
    "In an interview I would ask for the numbers first.",
    "Somebody asked me this once and I had no answer then.",
    "I may forget a detail here, so correct me please.",
    "To keep it short I leave the exotic cases aside.",
    "From memory, without looking anything up this time.",
    "It took me two evenings to really understand this.",
    "There is a good talk about it which I can look for.",
    "I would begin small and measure before I do more.",
    "On the night shift nobody wants surprises from this.",
    "Happy to hear how you others would go about that.",
    "The rest depends on the budget and on the deadline.",
    "I would write that down for whoever comes after me.",
    "We argued about that in a review and both had a point.",
    "With more time I would build a little demo of it.",
    "My manager would want to hear about the risk as well.",
    "I once broke production with the opposite approach.",
    "That is the part I would practise again tomorrow.",
    "Old systems I worked on did it quite differently.",
)
#: How many of the sentences somebody says, and how often an aside follows one.
SAYS, DIGRESSES = 0.75, 0.35


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody in the group. `zeal` is how likely they answer, `skill` how likely well. Days count from the start;
    on `leaves` they leave the place for good."""

    person: Person
    zeal: float
    skill: float
    joins: int = 0
    leaves: int | None = None

    @property
    def name(self) -> str:
        """The demo name."""
        return self.person.name

    def is_there(self, day: int) -> bool:
        """Whether they take part on this day."""
        return self.joins <= day and (self.leaves is None or day < self.leaves)


def cast_of(plan: Plan) -> tuple[Player, ...]:
    """Everybody who takes part. The second one leaves, where there are enough others; late joiners come one by one."""
    players = tuple(_player(plan, number) for number in range(plan.people))
    if plan.people < 4:
        return players
    leaver = replace(players[1], leaves=max(2, plan.days * 7 // 10))
    return (players[0], leaver, *players[2:])


def _player(plan: Plan, number: int) -> Player:
    chance = Random(f"{plan.seed}:player:{number}")
    name = NAMES[number % len(NAMES)]
    again = number // len(NAMES)
    zone = chance.choice(ZONES) if number % ELSEWHERE_EACH == ELSEWHERE_EACH - 1 else plan.zone
    late = number % LATE_JOINER_EACH == LATE_JOINER_EACH - 1
    return Player(
        Person(UserRef(PLATFORM, WORKSPACE, f"u-{number}"), f"{name} {again + 1}" if again else name, zone=zone),
        zeal=chance.uniform(0.35, 0.95),
        skill=chance.uniform(0.2, 0.9),
        joins=chance.randint(1, max(1, plan.days // 2)) if late else 0,
    )


class Turn(StrEnum):
    """What somebody does beside answering. Each question has one turn, in this order again and again."""

    EDIT = "edit"
    HINT = "hint"
    DELETE = "delete"
    APPEAL = "appeal"
    TRY_AGAIN = "try_again"
    HIDE = "hide"
    LATE = "late"
    CONSENT = "consent"
    THANK = "thank"
    DONT_KNOW = "dont_know"
    FORM = "form"
    COPY = "copy"


TURNS = tuple(Turn)
#: Turns that show more with a poor answer at first, and with a good one.
POORLY, WELL = (Turn.EDIT, Turn.APPEAL, Turn.TRY_AGAIN), (Turn.CONSENT,)


@dataclass(frozen=True, slots=True)
class Deed:
    """What one person does about one question, and when. `better` is what they would write after thinking again."""

    player: Player
    at: datetime
    turn: Turn | None
    text: str
    better: str


def deeds(
    plan: Plan, players: Sequence[Player], number: int, question: Question, asked_at: datetime, closes_at: datetime
) -> list[Deed]:
    """What these people do about the question that was asked as the so-manieth, in the order of `players`."""
    chance = Random(f"{plan.seed}:asked:{number}")
    actor = chance.choice(players) if players else None
    found = []
    for player in players:
        of = Random(f"{plan.seed}:asked:{number}:{player.person.user.id}")
        if player is actor:
            found.append(_deed(player, TURNS[number % len(TURNS)], question, asked_at, closes_at, of))
        elif of.random() < player.zeal:
            found.append(_deed(player, None, question, asked_at, closes_at, of))
    return found


def _deed(
    player: Player, turn: Turn | None, question: Question, asked_at: datetime, closes_at: datetime, of: Random
) -> Deed:
    # Whoever has more to do about a question begins early enough for all of it.
    wait = timedelta(minutes=of.randint(5, 240 if turn else 720))
    at = asked_at + (COPIES if turn is Turn.COPY else wait)
    if turn is Turn.LATE:
        at = closes_at + timedelta(hours=5)
    well = turn in WELL or (turn not in POORLY and of.random() < player.skill)
    return Deed(
        player, at, turn, _in_own_words(_samples(question, well), of), _in_own_words(_samples(question, True), of)
    )


#: Whoever repeats others waits until they have written.
COPIES = timedelta(hours=13)
GOOD_SAMPLES = (SampleKind.REFERENCE, SampleKind.PARAPHRASE)
POOR_SAMPLES = (SampleKind.PARTIAL, SampleKind.WRONG_CLAIM)


def _samples(question: Question, well: bool) -> list[str]:
    """The graded samples of this quality; where a pack brings none, its model answer or its first point."""
    kinds = GOOD_SAMPLES if well else POOR_SAMPLES
    found = [sample.text for sample in question.samples if sample.kind in kinds]
    return found or [question.model_answer if well else f"I would say it like this: {question.points[0].text}"]


def _in_own_words(samples: Sequence[str], of: Random) -> str:
    """A sample from which now and then a sentence is left out, between asides, as people do not all write the same."""
    sample = of.choice(samples)
    sentences = re.split(r"(?<=[.!?])\s+", sample)
    kept = [sentence for sentence in sentences if of.random() < SAYS]
    if len(" ".join(kept).split()) < FEWEST_WORDS:
        kept = sentences
    begin, last, end, *more = of.sample(ASIDES, len(ASIDES))
    said = [begin]
    for sentence in kept:
        said.append(sentence)
        if more and of.random() < DIGRESSES:
            said.append(more.pop())
    return " ".join([*said, last, end])
