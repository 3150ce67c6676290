"""Which fields a pack and a question have; the JSON Schemas for editors are made from these models.

A description is shown twice: by the editor while somebody writes, and in our message when the value does not fit.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.questions import Level, Question, QuestionKind, RubricPoint, Sample, SampleKind

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

Slug = Annotated[str, Field(pattern=SLUG, max_length=60, description="Lower-case words joined by `-`.")]
Clause = Annotated[str, Field(min_length=8, max_length=300, description="A full clause, in words a learner would use.")]
Topic = Annotated[str, Field(pattern=SLUG, max_length=30, description="One lower-case word, or several joined by `-`.")]
Hint = Annotated[str, Field(min_length=8, max_length=400, description="A hint; the first of the three is a question.")]
FollowUp = Annotated[
    str, Field(pattern=r"\?$", max_length=160, description="A question to think on, so it ends with a question mark.")
]


class Shape(BaseModel):
    """Fields as they stand in a file: nothing is guessed, converted or ignored."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, str_strip_whitespace=True)


class PackShape(Shape):
    """A pack: what it is about, and its questions in the order in which they are posted."""

    id: Slug = Field(description="The name of the pack's folder.")
    title: str = Field(min_length=3, max_length=60, description="The pack's name as people read it.")
    description: str = Field(min_length=10, max_length=300, description="One sentence on what the pack is about.")
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", description="A language tag, such as `en` or `pt-BR`.")
    licence: str = Field(min_length=3, max_length=60, description="The SPDX name of the licence, such as `CC0-1.0`.")
    questions: list[Slug] = Field(min_length=1, description="The ids of all questions, in posting order.")


class PointShape(Shape):
    """One thing a good answer says."""

    id: Slug = Field(description="A short name of the point, used once in this question.")
    text: str = Field(min_length=8, max_length=300, description="What a good answer says, as one sentence.")
    weight: int = Field(ge=1, le=5, description="How much the point counts beside the others: 1 is little, 5 is most.")
    wordings: list[Clause] = Field(
        min_length=2, max_length=4, description="Two to four other ways in which learners say this point."
    )
    wrong_claims: list[Clause] = Field(
        default=[], max_length=3, description="Up to three false statements that learners typically make about it."
    )

    follow_up: FollowUp | None = Field(
        default=None, description="What an interviewer asks when an answer left this point out; gives nothing away."
    )

    def value(self) -> RubricPoint:
        """The point as the domain knows it."""
        return RubricPoint(
            self.id, self.text, self.weight, tuple(self.wordings), tuple(self.wrong_claims), self.follow_up or ""
        )


class SampleShape(Shape):
    """An answer as somebody might write it, with the score people would give it."""

    kind: SampleKind = Field(strict=False, description="What sort of answer this is.")
    unseen: bool = Field(default=False, description="True for a paraphrase that shares no phrase with the rubric.")
    score: Annotated[float, Field(ge=0, le=1, description="From 0 (nothing) to 1 (all that was asked).")]
    text: str = Field(min_length=1, max_length=4000, description="The answer, in a learner's voice.")

    def value(self) -> Sample:
        """The sample as the domain knows it."""
        return Sample(self.kind, self.text, float(self.score), self.unseen)


class QuestionShape(Shape):
    """An interview question with its rubric, hints, model answer and graded samples."""

    id: Slug = Field(description="The file's name; unique over all packs, never changed and never used again.")
    title: str = Field(min_length=3, max_length=60, description="What the question is called in lists.")
    level: Level = Field(strict=False, description="How much experience the question expects.")
    kind: QuestionKind = Field(strict=False, description="What sort of answer the question invites.")
    topics: list[Topic] = Field(min_length=1, max_length=5, description="One to five topics, for choosing questions.")
    prompt: str = Field(min_length=20, max_length=900, description="The question as an interviewer puts it.")
    points: list[PointShape] = Field(
        min_length=4, max_length=8, description="The rubric: four to eight things a good answer says."
    )
    hints: list[Hint] = Field(
        min_length=3, max_length=3, description="Three hints, from general to specific; the first is a question."
    )
    follow_ups: list[FollowUp] = Field(
        min_length=2, max_length=2, description="Two questions to go on with; neither gives a point away."
    )
    model_answer: str = Field(
        min_length=200, max_length=3000, description="What a strong candidate would say, in 120 to 250 words."
    )
    samples: list[SampleShape] = Field(
        min_length=4, max_length=6, description="Four to six graded answers, written before the wordings."
    )
    replaces: Slug | None = Field(default=None, description="The id of an older question that this one replaces.")

    def value(self, pack_id: str) -> Question:
        """The question as the domain knows it."""
        return Question(
            id=self.id,
            pack=pack_id,
            title=self.title,
            prompt=self.prompt,
            level=self.level,
            kind=self.kind,
            topics=tuple(self.topics),
            points=tuple(point.value() for point in self.points),
            hints=tuple(self.hints),
            follow_ups=tuple(self.follow_ups),
            model_answer=self.model_answer,
            samples=tuple(sample.value() for sample in self.samples),
            replaces=self.replaces,
        )


def schema(shape: type[Shape]) -> dict[str, Any]:
    """The JSON Schema of one kind of file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **shape.model_json_schema()}
