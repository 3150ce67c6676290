"""Votes on reviews, appeals, and words to moderators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.appeals import LONGEST_REASON
from bot.domain.inert import inert, quote_block
from bot.domain.questions import Question
from bot.domain.reviews import Review, Verdict
from bot.domain.standings import score10
from bot.texts.wording import _, point_named

#: A moderator sees so much of an answer; the whole of it stands in its thread.
SHOWN_ANSWER = 2400


def label_helpful() -> str:
    """A vote, under a full review."""
    return _("Helpful")


def label_unhelpful() -> str:
    """A vote, under a full review."""
    return _("Not helpful")


def vote_noted(helpful: bool) -> str:
    """After a vote."""
    said = _("helpful") if helpful else _("not helpful")
    return _("Noted: {said}. Only the sum of all votes is shown to organisers; another press changes yours.").format(
        said=said
    )


def label_appeal() -> str:
    """The button under a full review."""
    return _("Appeal")


def appeal_form_title() -> str:
    """Above the form of an appeal."""
    return _("Appeal this review")


def appeal_form_label() -> str:
    """The form's field."""
    return _("What did the review get wrong?")


def appeal_form_placeholder() -> str:
    """Inside the empty field."""
    return _("For example: I did name the shared store, in the last sentence.")


def appeal_form_send() -> str:
    """The form's button."""
    return _("Send the appeal")


def appeal_received() -> str:
    """After the form."""
    return _(
        "Your appeal is stored. Your answer is graded a second time by a grader that sees neither the first grade nor "
        "your reason; I tell you privately what comes of it. An appeal never lowers a score."
    )


def appeal_there_already() -> str:
    """A second appeal against the same review."""
    return _("You appealed this review already; I tell you privately what comes of it.")


def appeal_too_late() -> str:
    """More than seven days after the review."""
    return _("A review can be appealed for seven days, and those are over.")


def appeal_needs_reason() -> str:
    """A form without text."""
    return _("Please say in a sentence what the review got wrong. Nothing was filed.")


def appeal_is_about_another() -> str:
    """The answer changed while the form was open."""
    return _("Your answer has a new version since, and that gets a review of its own. Nothing was filed.")


def label_ask_moderator() -> str:
    """After a second grade that agrees."""
    return _("Ask a moderator")


def appeal_agreed(first: float, second: float) -> str:
    """The blind second grade agrees with the first."""
    return _(
        "**Your appeal:** a second, blind grade came to {second} of 10; the first was {first}. That is close enough to "
        "leave the score as it is. If you still think that both are wrong, a person looks at it: press the button."
    ).format(second=score10(second), first=score10(first))


def appeal_waits() -> str:
    """A moderator decides."""
    return _("**Your appeal:** a moderator will look at your answer and decide. You hear from me when it is done.")


def appeal_waits_already() -> str:
    """A second press on the button."""
    return _("A moderator has your appeal already, or has decided it. There is nothing more to press.")


def appeal_decided(first: float, score: float, why: str) -> str:
    """To whoever appealed, when a moderator has decided."""
    if score > first:
        said = _("**Your appeal:** a moderator raised your score from {first} to {score} of 10.")
    else:
        said = _("**Your appeal:** a moderator looked at your answer and left your score at {first} of 10.")
    lines = [said.format(first=score10(first), score=score10(score))]
    if why:
        lines.append(_("The reason: {why}").format(why=inert(why, LONGEST_REASON)))
    return "\n".join(lines)


def appeal_line(score: float, why: str) -> str:
    """On top of a full review that ended with another grade."""
    line = _("**After your appeal: {score} of 10.**").format(score=score10(score))
    return f"{line} {inert(why, 200)}" if why else line


# ---------------------------------------------------------------- moderators


def moderators_only() -> str:
    """Somebody else asks for appeals."""
    return _("Appeals are for moderators. Organisers appoint them with `/study-admin moderators`.")


def notice_appeal() -> str:
    """To each moderator, once for an appeal."""
    return _(
        "A member appealed a review, and a moderator has to decide. The button shows you the case, you alone; "
        "`/study-admin appeals` shows it as well."
    )


def label_show_appeal() -> str:
    """Under that notice."""
    return _("Show me the appeal")


def no_appeals() -> str:
    """Nothing waits."""
    return _("No appeal waits for you. Your own ones are decided by others.")


def appeal_is_over() -> str:
    """A case that was decided, or whose answer was changed or taken back."""
    return _("This appeal is over: it was decided, or its answer was changed or taken back. Nothing was changed.")


def not_your_own() -> str:
    """A moderator and their own answer."""
    return _("Nobody decides about an answer of their own; another moderator will.")


def label_keep() -> str:
    """A decision."""
    return _("Keep the first grade")


def label_take_second(score: float) -> str:
    """A decision."""
    return _("Take the second ({score} of 10)").format(score=score10(score))


def label_own_grade() -> str:
    """A decision."""
    return _("Give my own grade")


@dataclass(frozen=True, slots=True)
class AppealCase:
    """All that a moderator sees; never whose answer it is. `unscored`: why it earned no points, in words."""

    question: Question
    answer: str
    reason: str
    first: tuple[float, Review]
    second: tuple[float, Review] | None
    waiting: int
    unscored: str = ""


def appeal_case(case: AppealCase) -> str:
    """A case, for a moderator alone."""
    lines = [
        _("**Appeal** ({count} waiting)").format(count=case.waiting),
        _("**Question:** {question}").format(question=inert(case.question.prompt, 600)),
        _("**Answer:**"),
        quote_block(inert(case.answer, SHOWN_ANSWER, multiline=True)),
        _("**Why they appeal:** {reason}").format(reason=inert(case.reason, LONGEST_REASON)),
        *([case.unscored] if case.unscored else []),
        "",
        *_grade_lines(_("First grade"), case.question, *case.first),
    ]
    if case.unscored:
        return "\n".join(lines)
    if case.second is not None:
        lines += ["", *_grade_lines(_("Second grade, blind"), case.question, *case.second)]
    else:
        lines += ["", _("There is no second grade: the reviewer would say the same again.")]
    return "\n".join(lines)


def _grade_lines(name: str, question: Question, score: float, review: Review) -> Sequence[str]:
    verdicts = {each.point: each for each in review.points}
    signs = {Verdict.COVERED: "✓", Verdict.PARTIAL: "◐", Verdict.MISSING: "○", Verdict.CONTRADICTED: "⚠"}
    lines = [_("**{name}: {score} of 10**").format(name=name, score=score10(score))]
    for point in question.points:
        verdict = verdicts.get(point.id)
        sign = signs[verdict.verdict] if verdict is not None else signs[Verdict.MISSING]
        line = f"- {sign} {point_named(point.text, 110)}"
        quote = verdict.quote if verdict is not None else None
        lines.append(_("{line}: “{quote}”").format(line=line, quote=inert(quote, 110)) if quote else line)
    return lines


def grade_form_title() -> str:
    """Above a moderator's form."""
    return _("Your own grade")


def grade_form_score() -> str:
    """A field of a moderator's form."""
    return _("Score, 0 to 10")


def grade_form_why() -> str:
    """A field of a moderator's form."""
    return _("Reason, shown to the author")


def grade_form_send() -> str:
    """The form's button."""
    return _("Decide")


def not_a_score(typed: str, first: float) -> str:
    """A score that cannot be read, or is lower than the first."""
    return _(
        "“{typed}” is not a score I can take: please write a number from {first} to 10. An appeal never lowers a "
        "score. Nothing was changed."
    ).format(typed=inert(typed, 20), first=score10(first))


def decision_noted() -> str:
    """After a decision."""
    return _("Decided, and the points follow your decision. The author is told privately, without your name.")


def moderator_set(name: str, appointed: bool) -> str:
    """After `/study-admin moderators`."""
    if appointed:
        return _("{name} may decide appeals from now on.").format(name=inert(name, 60))
    return _("{name} decides appeals no more. Organisers always may.").format(name=inert(name, 60))


def moderators_list(names: Sequence[str]) -> str:
    """`/study-admin moderators` without an option."""
    if not names:
        return _("Organisers decide appeals. Appoint others with `/study-admin moderators add:@somebody`.")
    shown = ", ".join(inert(name, 60) for name in names)
    return _("Beside the organisers, appeals are decided by: {names}.").format(names=shown)


def moderator_unknown(typed: str) -> str:
    """An option that names nobody."""
    return _(
        "I cannot read “{typed}” as exactly one person who took part here already, so nothing was changed."
    ).format(typed=inert(typed, 40))
