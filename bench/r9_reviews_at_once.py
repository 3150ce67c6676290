"""R9: fifty reviews at once, from a server that takes two seconds for each and of which ten are asked at a time.

The baseline is no program but the best that can be: so many rounds of ten, two seconds each.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from bench._measure import options, report, say, timed
from bot.domain.questions import Question
from bot.domain.reviews import score
from bot.packs import content_root, load_packs
from bot.reviewers.llm import LlmReviewer, build
from bot.reviewers.llm.reviewer import AT_ONCE

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from openai_world import Asked, OpenAiWorld, grading, slowly

LATENCY_SECONDS = 2.0
TARGET = 1.3


def proving(asked: Asked, number: int, point: str) -> tuple[str, str]:
    """Every point is covered by the first words of the answer."""
    return "covered", " ".join(asked.answer.split()[:12])


async def reviewed(reviewer: LlmReviewer, question: Question, count: int) -> None:
    """So many answers at once, no two of them alike."""
    answers = (f"{question.model_answer} That is answer {number}." for number in range(count))
    found = await asyncio.gather(*(reviewer.review(question, answer) for answer in answers))
    if any(score(question, review) < 1 for review in found):
        raise RuntimeError("a review came back without its points")


async def turn(question: Question, count: int, latency: float) -> tuple[float, int]:
    """Seconds for all of them, and how many the server had at once. The first call of all, which loads the SDK and
    opens the first connection, does not count."""
    async with OpenAiWorld(grading(proving)) as world:
        reviewer = build(base_url=world.url, model="a-model")
        await reviewer.review(question, question.model_answer)
        world.otherwise = slowly(latency, grading(proving))
        seconds = await timed(reviewed(reviewer, question, count))
        await reviewer.close()
        if len(world.chats) != count + 1:
            raise RuntimeError(f"{len(world.chats)} calls were made for {count + 1} reviews")
        return seconds, world.most_at_once


async def run(args: Namespace, question: Question) -> dict[str, Any]:
    """Some turns, and their median."""
    count, turns = (20, 1) if args.short else (50, 3)
    ideal = math.ceil(count / AT_ONCE) * LATENCY_SECONDS
    took = [await turn(question, count, LATENCY_SECONDS) for _ in range(turns)]
    seconds, at_once = statistics.median(seconds for seconds, _ in took), max(most for _, most in took)
    ratio = seconds / ideal
    say(f"R9: {count} reviews in {seconds:.2f} s, ideally {ideal:.0f} s: {ratio:.3f}x, {at_once} at once")
    return {
        "figures": {
            "R9": {
                "ratio": round(ratio, 3),
                "ours_ms": round(seconds * 1000),
                "ideal_ms": round(ideal * 1000),
                "most_at_once": at_once,
                "turns": turns,
                "target": TARGET,
                "met": ratio <= TARGET and at_once <= AT_ONCE,
            }
        }
    }


if __name__ == "__main__":
    arguments = options("R9: many reviews at once")
    first = next(question for pack in load_packs(content_root()).packs for question in pack.questions)
    report("r9_reviews_at_once", arguments, asyncio.run(run(arguments, first)))
