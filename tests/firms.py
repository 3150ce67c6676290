"""A company to interview at: one small round, and a loop with a senior round behind it."""

from __future__ import annotations

from bot.domain.companies import (
    Basis,
    Company,
    Competency,
    DecisionRule,
    Fact,
    Interviewer,
    Manner,
    RoundPlan,
    Stage,
)
from bot.domain.questions import RubricPoint

ENGINEER = Interviewer("an engineer of the team", "Curious and calm.", "I am glad you are here.")
SENIOR = Interviewer("a senior leader", "Asks about what stayed open.", "I have read the notes of the others.")
RULE = DecisionRule(0.6, 0.85, 0.3, 0.5, (), True)
LEARNING = RubricPoint(
    "fit-learning", "Tells what they learned from it.", 2, ("I learned that",), (), "What did you learn from it?"
)


def plan(
    id: str = "design",
    stage: Stage = Stage.ON_SITE,
    competency: Competency = Competency.BACKEND,
    minutes: int = 20,
    questions: int = 2,
    interviewer: Interviewer = ENGINEER,
) -> RoundPlan:
    """A round with two questions in twenty minutes."""
    return RoundPlan(id, id.replace("-", " ").capitalize(), stage, competency, minutes, questions, interviewer)


LOOP = (
    plan("phone-screen", Stage.PHONE_SCREEN, questions=1, minutes=15),
    plan("system-design", Stage.ON_SITE, Competency.SYSTEM_DESIGN, questions=1, minutes=15),
    plan("last-round", Stage.AS_APPROPRIATE, Competency.BEHAVIORAL, questions=2, minutes=20, interviewer=SENIOR),
)


def company(
    id: str = "neutral", rounds: tuple[RoundPlan, ...] = (plan(),), decision: DecisionRule = RULE, pack: str = "pack"
) -> Company:
    """A company with one pack for everything."""
    return Company(
        id=id,
        title=id.capitalize(),
        facts=(Fact("It interviews.", Basis.GENERAL),),
        looks_for=(LEARNING,),
        packs=dict.fromkeys(Competency, (pack,)),
        weights=dict.fromkeys(Competency, 1),
        manner=Manner(("I see.",), ("You said “{quote}”. {question}",), "Thank you for your time."),
        rounds=rounds,
        decision=decision,
    )
