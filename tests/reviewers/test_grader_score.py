"""`studybot grader score` speaks JSON lines with whoever measures it."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.reviewers.offline import OfflineReviewer
from bot.verbs import grader

ITEM = {
    "id": "a1",
    "question": "What is a recursive function?",
    "reference_points": ["a function that calls itself", "a base case ends it"],
    "reference_answer": "A function that calls itself until a base case ends it.",
    "answer": "It is a function which calls itself.",
}


async def graded(*lines: str) -> tuple[int, list[dict[str, Any]], str]:
    out, err = io.StringIO(), io.StringIO()
    code = await grader.score_lines(OfflineReviewer(), lines, out, err)
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


async def test_every_item_is_answered_under_its_id_with_each_point_in_one_list() -> None:
    code, answers, words = await graded(json.dumps(ITEM), json.dumps(ITEM | {"id": "a2", "answer": ""}))

    assert (code, words) == (0, "")
    assert [answer["id"] for answer in answers] == ["a1", "a2"]
    assert (answers[0]["covered"], answers[0]["missing"]) == ([0], [1])
    assert (answers[1]["covered"], answers[1]["missing"], answers[1]["score"]) == ([], [0, 1], 0.0)
    assert 0.4 <= answers[0]["score"] <= 0.8


async def test_graded_examples_and_unknown_fields_are_allowed() -> None:
    code, answers, _ = await graded(json.dumps(ITEM | {"graded_examples": [{"answer": "x", "score": 1}], "more": 1}))

    assert (code, len(answers)) == (0, 1)


async def test_an_item_needs_no_reference_answer() -> None:
    code, answers, _ = await graded(json.dumps({key: ITEM[key] for key in ITEM if key != "reference_answer"}))

    assert (code, len(answers)) == (0, 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not an object"),
        (json.dumps({"answer": "x"}), '"id"'),
        (json.dumps(ITEM | {"answer": None}), '"answer"'),
        (json.dumps(ITEM | {"question": 3}), '"question"'),
        (json.dumps(ITEM | {"reference_points": []}), '"reference_points"'),
        (json.dumps(ITEM | {"reference_points": ["a", 1]}), '"reference_points"'),
    ],
)
async def test_a_bad_line_is_named_and_the_others_are_answered(line: str, words: str) -> None:
    code, answers, said = await graded(json.dumps(ITEM), line, "", json.dumps(ITEM | {"id": "a3"}))

    assert code == 2
    assert [answer["id"] for answer in answers] == ["a1", "a3"]
    assert said.startswith("Line 2: ")
    assert words in said
    assert "Traceback" not in said


async def test_each_line_is_answered_before_the_next_is_read() -> None:
    out = io.StringIO()
    answered_before: list[int] = []

    def asked_one_by_one() -> Iterator[str]:
        for number in range(3):
            answered_before.append(len(out.getvalue().splitlines()))
            yield json.dumps(ITEM | {"id": number})

    await grader.score_lines(OfflineReviewer(), asked_one_by_one(), out, io.StringIO())

    assert answered_before == [0, 1, 2]


def test_the_verb_reads_standard_input_and_writes_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    grader.add_parser(parser.add_subparsers())
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(ITEM) + "\nnonsense\n"))

    args = parser.parse_args(["grader", "score", "--reviewer", "offline"])

    assert args.run(args) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["id"] == "a1"
    assert said.err.startswith("Line 2: this is not JSON")


@pytest.mark.parametrize(
    ("reviewer", "words"),
    [("embed", "studybot embed install"), ("openai", "Set OPENAI_API_KEY, or OPENAI_BASE_URL")],
)
def test_a_reviewer_that_is_not_there_is_told_with_what_to_do(
    reviewer: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    code = main(["grader", "score", "--reviewer", reviewer])

    assert code == 2
    assert words in capsys.readouterr().err
