"""R8: what a review costs in tokens, against a prompt as one writes it first.

Tokens are estimated as characters / 4 on both sides; the ratio is what counts, and it does not depend on that number.
"""

from __future__ import annotations

import json
import statistics
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from bench import _naive
from bench._measure import options, report, say
from bot.domain.questions import Question, SampleKind
from bot.domain.reviews import Review
from bot.packs import content_root, load_packs
from bot.reviewers.llm import prompt
from bot.reviewers.llm.seen import see
from bot.reviewers.offline import judge

CHARACTERS_A_TOKEN = 4
TARGET = 0.35
#: As long as the prompt allows: 25 words.
_ADVICE = (
    "Say what happens to the requests that wait when the limit is reached, and how you would notice it on a dashboard."
)


def tokens(text: str) -> float:
    """About so many."""
    return len(text) / CHARACTERS_A_TOKEN


def ours(question: Question, answer: str, review: Review) -> tuple[float, float]:
    """Tokens sent, the schema included, and tokens that come back."""
    asked = prompt.prompt_for(question, see(answer), question.points)
    sent = sum(tokens(message["content"]) for message in asked.messages) + tokens(_compact(prompt.schema()))
    return sent, tokens(_reply(review))


def naive(question: Question, answer: str, review: Review) -> tuple[float, float]:
    """The same of the other side, which brings its schema in the prompt."""
    return tokens(_naive.prompt(question, answer)), tokens(_naive.reply(question, review))


def _reply(review: Review) -> str:
    points = [
        {"n": number, "verdict": verdict.verdict.value, "quote": _short(verdict.quote)}
        for number, verdict in enumerate(review.points, 1)
    ]
    levels = {"depth": 2, "trade_offs": 2, "communication": 3}
    return _compact({"kind": "answer", "points": points, **levels, "next_step": _ADVICE, "think": _ADVICE})


def _short(quote: str | None) -> str:
    return " ".join((quote or "").split()[:20])


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def cases(short: bool) -> Sequence[tuple[Question, str, Review]]:
    """Every sample of every question, with verdicts for a reply: those of the word check."""
    questions = [question for pack in load_packs(content_root()).packs for question in pack.questions]
    answers = [
        (question, sample.text)
        for question in (questions[:3] if short else questions)
        for sample in question.samples
        if sample.kind is not SampleKind.EMPTY
    ]
    return [(question, text, judge(question, text)) for question, text in answers]


def compared(mine: Sequence[float], other: Sequence[float], target: float | None) -> dict[str, Any]:
    """The ratio of the sums, and the worst of a single review."""
    ratio = sum(mine) / sum(other)
    found = {
        "ratio": round(ratio, 3),
        "worst": round(max(one / two for one, two in zip(mine, other, strict=True)), 3),
        "ours_tokens": round(statistics.mean(mine)),
        "naive_tokens": round(statistics.mean(other)),
        "reviews": len(mine),
    }
    return found if target is None else {**found, "target": target, "met": ratio <= target}


def run(args: Namespace) -> dict[str, Any]:
    """Sent; sent and received; and sent against a naive prompt that shows no graded samples."""
    reviews = cases(args.short)
    mine, other = [ours(*case) for case in reviews], [naive(*case) for case in reviews]
    bare = [tokens(_naive.prompt(question, answer, with_samples=False)) for question, answer, _ in reviews]
    sent = [sent for sent, _ in mine]
    figures = {
        "sent": compared(sent, [sent for sent, _ in other], TARGET),
        "sent and received": compared([*map(sum, mine)], [*map(sum, other)], TARGET),
        "sent, samples left out": compared(sent, bare, None),
    }
    for name, found in figures.items():
        say(f"  {name:24}{found['ratio']:.3f}x  {found['ours_tokens']} against {found['naive_tokens']} tokens a review")
    return {"figures": {"R8": figures}}


if __name__ == "__main__":
    arguments = options("R8: tokens of a review, against a naive prompt")
    report("r8_tokens", arguments, run(arguments))
