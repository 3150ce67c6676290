"""Answers about experience: rubric points like "Result: a measurable outcome" are found by their form, not their words.

Situation, task, action, result and learning each have cues that people use when they tell what really happened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from bot.reviewers.text import Sentence


class Part(StrEnum):
    """A part of a story about one's own work."""

    SITUATION = "situation"
    TASK = "task"
    ACTION = "action"
    RESULT = "result"
    LEARNING = "learning"


_ABOUT_EXPERIENCE = re.compile(
    r"\b(?:tell (?:me|us) about|describe|give (?:me |us )?an example of|share|walk (?:me|us) through|think of"
    r"|talk about|recall)"
    r" (?:a|an|one|your|some) .{0,60}\b(?:you|your|time|situation|when)\b|\bhave you ever\b|\ba time (?:when|you)\b"
)
_LABELS = {
    Part.SITUATION: re.compile(r"^(?:situation|context|background|incident)\b"),
    Part.TASK: re.compile(r"^(?:task|role|responsibility|own role)\b"),
    Part.ACTION: re.compile(r"^(?:actions?|steps|approach|decision)\b"),
    Part.RESULT: re.compile(r"^(?:results?|outcome|impact|effect)\b"),
    Part.LEARNING: re.compile(r"^(?:learning|learnings|lessons?|reflection|follow[- ]?ups?|prevention)\b"),
}
#: Past tense. Neither a state of today ("I am obsessed", "we are organised") nor a word that merely ends in "ed".
_PAST = (
    r"(?:(?<!am )(?<!is )(?<!are )(?!(?:need|speed|feed|indeed|embed)\b)\w{2,}ed"
    r"|took|found|saw|wrote|built|ran|put|shut|cut|got|made|began|set|sent|led|brought|kept|drew|went"
    r"|gave|told"
    r"|chose|spoke|met|held|fought|left|drove|broke|rebuilt|did|rollback|failover|redid|split)"
)
_UNIT = (
    r"(?:%|percent|min(?:ute)?s?|hours?|h|seconds?|ms|days?|weeks?|months?|x|times|fold"
    r"|requests|orders|users|customers|tickets)"
)
_NUMBER = r"\d|half|zero|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty"
#: The first cue of a part is its core; the second completes it.
_CUES: dict[Part, tuple[re.Pattern[str], re.Pattern[str]]] = {
    Part.SITUATION: (
        re.compile(
            rf"\b(?:was|were|had|began|started|stopped|went|failed|broke|crashed|returned|filled|timeout|{_PAST})\b"
        ),
        re.compile(
            r"\b(?:users?|customers?|visitors?|clients?|people|orders|revenue|payments?|checkout|percent|outage"
            r"|down|errors?"
            r"|downtime|offline|deadline|release|team)\b|%"
        ),
    ),
    Part.TASK: (
        re.compile(
            r"\b(?:i|we) (?:was|were) (?:the |a |an |on |in )?(?:on[- ]?call|responsible|charge|lead|owner|assigned"
            r"|asked"
            r"|primary|duty|incident)|\bmy (?:job|role|task|responsibility|part|duty|assignment|goal)\b"
            r"|\bi (?:had to|owned"
            r"|led|volunteered|needed to)\b|\bas (?:the|an?) [\w -]{0,30}(?:lead|commander|engineer|owner|manager"
            r"|developer)\b"
        ),
        re.compile(r"\b(?:was|were|had|led|owned|volunteered)\b"),
    ),
    Part.ACTION: (
        re.compile(
            rf"\b(?:i|we)(?: \w+ly| then| first| also| immediately)? (?!had\b|was\b|needed\b|wanted\b){_PAST}\b"
        ),
        re.compile(rf"(?:,| and| then)(?: then| \w+ly| i| we)? {_PAST}\b"),
    ),
    Part.RESULT: (
        re.compile(
            r"\b(?:restored|back|healthy|recovered|resolved|fixed|reduced|dropped|fell|cut|improved|saved|lost)\b"
            # "after some time" is no result, "after 20 minutes" may well be one
            rf"|\b(?:within|after|down to|up to|from|by|less than|under|instead of)\b.{{0,20}}?\b(?:{_NUMBER})"
        ),
        re.compile(rf"\b\d+(?:[.,]\d+)? ?{_UNIT}(?!\w)|\b(?:half|twice|double|halved|doubled|zero)\b"),
    ),
    Part.LEARNING: (
        re.compile(
            r"\b(?:postmortem|retrospective|retro|blameless|lessons?|learned|learnt|since then|afterwards?"
            r"|afterward|from then on"
            r"|we now|i now|follow[- ]?ups?|next time|so that it|to prevent|never again|not happened again|takeaway)\b"
        ),
        re.compile(
            r"\b(?:alert|alarm|tests?|check|monitor\w*|runbook|review|drills?|policy|process|checklist|validation"
            r"|action)\b"
        ),
    ),
}
_OWN = re.compile(r"\b(?:i|me|my|mine|myself)\b")
_NOT_OURS = re.compile(
    r"\b(?:cannot|never|nothing|nobody|no one|someone else|somebody else|not really involved|no)\b"
    r"|\bdid not\b|\bwas not\b"
)
_ASIDE = re.compile(
    r"\bby the way\b|\bthanks?\b|\bthank you\b|\bwrote this\b|\bthis (?:question|answer|text|channel)\b"
)
_DENIABLE = frozenset(Part) - {Part.LEARNING}
#: What the core alone is worth, and core with completion.
HALF, WHOLE = 0.4, 0.95


def asks_for_experience(prompt: str) -> bool:
    """Does the question ask for a story from one's own work?"""
    return bool(_ABOUT_EXPERIENCE.search(prompt.casefold()))


def part_of(point: str) -> Part | None:
    """The part of a story that a rubric point asks for, by the label it starts with."""
    plain = point.casefold().strip()
    return next((part for part, label in _LABELS.items() if label.search(plain)), None)


def told(part: Part, sentences: Sequence[Sentence]) -> tuple[float, int]:
    """How clearly the sentences tell this part, 0..1, and which one tells it best."""
    worth = [_worth(part, sentence) for sentence in sentences]
    best = max(range(len(worth)), key=worth.__getitem__, default=0)
    return (worth[best], best) if worth else (0.0, 0)


def _worth(part: Part, sentence: Sentence) -> float:
    core, completion = _CUES[part]
    if _ASIDE.search(sentence.text) or not core.search(sentence.text):
        return 0.0
    if part in _DENIABLE and _NOT_OURS.search(sentence.text):
        return 0.0
    # What "we" did says little of the one who is asked.
    whole = completion.search(sentence.text) and (part is not Part.ACTION or _OWN.search(sentence.text))
    return WHOLE if whole else HALF
