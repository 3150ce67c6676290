"""A model that plays its part in mock rounds: it grades by a rule, and words follow-ups as it is asked to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from openai_world import Answer, Asked, completion, grading

#: What it says of a point of a rubric, by its text: the verdict and its quote.
Judge = Callable[[Asked, str], tuple[str, str]]


def interviewing(judge: Judge) -> Answer:
    """Answers both kinds of request in a round."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        wanted = _follow_up(asked)
        if wanted is not None:
            await completion(json.dumps({"question": wanted}))(asked, writer)
        else:
            await grading(lambda asked, _, text: judge(asked, text))(asked, writer)

    return answer


def is_review(asked: Asked) -> bool:
    """Whether it is asked for a grade."""
    return _follow_up(asked) is None


def _follow_up(asked: Asked) -> str | None:
    """The words of a follow-up, where one is asked for: the candidate's own and what it shall ask."""
    told = dict(line.partition(": ")[::2] for line in asked.messages[1]["content"].splitlines() if ": " in line)
    if "Aim" not in told or "Their words" not in told:
        return None
    return f"I noted “{told['Their words']}”. {told['Aim'].rstrip('?.! ')}?"
