"""`studybot grader`: reviews answers given as JSON lines, and measures a reviewer on the gold set."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from bot.domain.errors import Mistake
from bot.domain.questions import Level, Question, QuestionKind, RubricPoint, Sample, SampleKind
from bot.domain.reviews import Verdict, score
from bot.ports import Reviewer
from bot.reviewers.offline import OfflineReviewer
from bot.settings import add_setting_options, settings_from
from bot.verbs import audit
from bot.verbs.reviewers import ear_of, make_reviewer, model_reviewer

_COVERED = (Verdict.COVERED, Verdict.PARTIAL)


class BadLine(ValueError):
    """A line that is no item to grade. Its text says why, for the person who made the file."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `grader` with its sub-commands."""
    grader = subparsers.add_parser("grader", help="measure the reviewer")
    actions = grader.add_subparsers(dest="action", required=True, metavar="ACTION")
    lines = actions.add_parser(
        "score",
        help="review answers given as JSON lines",
        description="Reads one JSON object per line on standard input, writes one per line on standard output. "
        'In: {"id", "question", "reference_points": [...], "reference_answer", "answer"[, "graded_examples": '
        '[{"answer", "score": 0..1}]]}. '
        'Out: {"id", "score": 0..1, "covered": [numbers of points], "missing": [numbers of points]}.',
    )
    lines.add_argument(
        "--reviewer",
        choices=("offline", "embed", "openai"),
        default="offline",
        help="offline: the word check by itself; embed: with what `studybot embed install` brought; openai: the "
        "language model of the settings",
    )
    add_setting_options(lines, without=("--reviewer",))
    lines.set_defaults(run=run)
    whole = actions.add_parser("audit", help="measure the reviewer on answers graded by people")
    whole.add_argument(
        "--reviewer",
        choices=("configured", "offline", "embed", "openai"),
        default="configured",
        help="the one that the settings choose, or another",
    )
    audit.add_options(whole)
    add_setting_options(whole, without=("--reviewer",))
    whole.set_defaults(run=run_audit)


def run_audit(args: argparse.Namespace) -> int:
    """Measures the reviewer; see `audit.audit`."""
    return asyncio.run(_audit(args))


async def _audit(args: argparse.Namespace) -> int:
    settings = await asyncio.to_thread(settings_from, args)
    reviewer = make_reviewer(settings)[0] if args.reviewer == "configured" else await asyncio.to_thread(_reviewer, args)
    try:
        return await audit.audit(args, reviewer, settings)
    finally:
        await reviewer.close()


def run(args: argparse.Namespace) -> int:
    """Grades standard input. 0 when every line was an item, 2 when some were not."""
    return asyncio.run(_score(args))


async def _score(args: argparse.Namespace) -> int:
    reviewer = await asyncio.to_thread(_reviewer, args)
    try:
        return await score_lines(reviewer, sys.stdin, sys.stdout, sys.stderr)
    finally:
        await reviewer.close()


def _reviewer(args: argparse.Namespace) -> Reviewer:
    """The one that was named. Raises `Mistake` where the settings or the model's file are missing."""
    if args.reviewer == "offline":
        return OfflineReviewer()
    settings = settings_from(args)
    if args.reviewer == "embed":
        ear = ear_of(settings)
        if ear is None:
            raise Mistake(f"There is no model in {settings.data_dir}. Bring it with: studybot embed install")
        return OfflineReviewer(ear)
    if settings.openai_api_key is None and settings.openai_base_url is None:
        raise Mistake("No language model is set. Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own.")
    return model_reviewer(settings)


async def score_lines(reviewer: Reviewer, lines: Iterable[str], out: TextIO, err: TextIO) -> int:
    """Answers each line as soon as it is read; a line that cannot be graded is named on `err` and skipped."""
    mistakes = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result = await _score_line(reviewer, line)
        except BadLine as mistake:
            mistakes += 1
            print(f"Line {number}: {mistake}", file=err, flush=True)
        else:
            print(json.dumps(result), file=out, flush=True)
    return 2 if mistakes else 0


async def _score_line(reviewer: Reviewer, line: str) -> dict[str, Any]:
    item = _item(line)
    question = question_of(item)
    review = await reviewer.review(question, item["answer"])
    covered = [int(verdict.point) for verdict in review.points if verdict.verdict in _COVERED]
    missing = [number for number in range(len(question.points)) if number not in covered]
    return {"id": item["id"], "score": round(score(question, review), 4), "covered": covered, "missing": missing}


def _item(line: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("this is not JSON. Each line must be one JSON object.") from None
    if not isinstance(item, dict):
        raise BadLine("this is JSON, but not an object with an id and an answer.")
    if not isinstance(item.get("id"), str | int):
        raise BadLine('"id" is missing or is not a text.')
    for field in ("question", "answer"):
        if not isinstance(item.get(field), str):
            raise BadLine(f'"{field}" is missing or is not a text (item {item["id"]!r}).')
    points = item.get("reference_points")
    if not isinstance(points, list) or not points or not all(isinstance(point, str) for point in points):
        raise BadLine(f'"reference_points" must be a list of at least one text (item {item["id"]!r}).')
    return item


def question_of(item: dict[str, Any]) -> Question:
    """The question of an item: its reference points are the rubric, each of weight 1, named by their number."""
    model = item.get("reference_answer")
    return Question(
        id="item",
        pack="items",
        title="",
        prompt=item["question"],
        level=Level.MID,
        kind=QuestionKind.CONCEPT,
        topics=(),
        points=tuple(RubricPoint(str(number), text, 1) for number, text in enumerate(item["reference_points"])),
        hints=(),
        follow_ups=(),
        model_answer=model if isinstance(model, str) else "",
        samples=tuple(Sample(SampleKind.PARTIAL, each["answer"], each["score"]) for each in _examples(item)),
    )


def _examples(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Answers to the same question with the scores people gave them, where the item brings some."""
    given = item.get("graded_examples", [])
    if not isinstance(given, list):
        raise BadLine(f'"graded_examples" must be a list (item {item["id"]!r}).')
    for each in given:
        is_example = isinstance(each, dict) and isinstance(each.get("answer"), str)
        if not is_example or not isinstance(each.get("score"), int | float) or not 0 <= each["score"] <= 1:
            raise BadLine(f'each of "graded_examples" needs an answer and a score from 0 to 1 (item {item["id"]!r}).')
    return given
