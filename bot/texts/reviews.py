"""The brief comment and the full review (RULES, What others see; FEATURES F21)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.inert import inert, shorten
from bot.domain.questions import Question
from bot.domain.reviews import (
    HIGHEST_LEVEL,
    Facet,
    Flag,
    Gate,
    PointVerdict,
    Review,
    Verdict,
    levels_to_show,
    worth_working_on,
)
from bot.domain.standings import score10
from bot.texts.wording import _, as_code, point_named

#: RULES, What others see.
BRIEF_LIMIT = 300
#: FEATURES F21: a full review stays under 900 characters.
FULL_LIMIT = 899
#: A question to think on leaves some room for the quote before it.
LONGEST_THINK = 180


def label_full_review() -> str:
    """The button under a comment."""
    return _("My full review")


def brief_comment(question: Question, review: Review, answer: str, turn: int) -> str:
    """The comment everybody reads: something from the answer, literally, and one question to think on. It has the same
    form whatever the score; `turn` picks among the follow-up questions (RULES, What others see)."""
    if review.gate is Gate.DONT_KNOW:
        return dont_know_comment(question)
    think = shorten(question.follow_ups[turn % len(question.follow_ups)], LONGEST_THINK)
    quote = _noted(review, answer)
    if quote is None:
        return _("Thank you for writing. One question to think on: {question}").format(question=think)
    frame = _("Thank you! From your answer I noted: “{quote}” One question to think on: {question}")
    room = BRIEF_LIMIT - len(frame.format(quote="", question=think)) - 1
    return frame.format(quote=_fitting(quote, room), question=think)


def dont_know_comment(question: Question) -> str:
    """For "I don't know": a hint, put as a question."""
    frame = _("Good that you say so. A question to start from: {hint}")
    room = BRIEF_LIMIT - len(frame.format(hint=""))
    return frame.format(hint=shorten(question.hints[0], room))


def _noted(review: Review, answer: str) -> str | None:
    """The part of the answer the comment quotes: the best point's, else its first sentence that is not mistaken."""
    said = [point for point in review.points if point.quote]
    wrong = {point.quote for point in said if point.verdict is Verdict.CONTRADICTED}
    good = [point for point in said if point.verdict is not Verdict.CONTRADICTED]
    if good:
        return max(good, key=lambda point: point.credit).quote
    lines = [line.strip() for line in answer.replace(". ", ".\n").splitlines()]
    plain = [line for line in lines if line and not any(quote and quote in line for quote in wrong)]
    return plain[0] if plain else None


def _fitting(quote: str, room: int) -> str:
    """The quote inert and no longer than this with its escapes."""
    limit = room
    while len(shown := inert(quote, limit)) > room:
        limit -= len(shown) - room
    return shown


def review_ready() -> str:
    """In the thread, where comments are private and nothing private can be shown without a click."""
    return _("Your review is ready. The button below shows it to you alone.")


def full_review(question: Question, review: Review, score: float, late: bool, room: int = FULL_LIMIT) -> str:
    """The review its author alone reads: a verdict on each point, quotes, one next step (F21). Long points and quotes
    are cut as far as needed, more where signs of code have to be escaped. `room` is what it may take, in characters."""
    tries = (_full_review(question, review, score, late, width) for width in (110, 90, 70, 55, 40, 30, 20, 12, 8))
    return next((text for text in tries if len(text) <= room), "") or _headline(review, score, late)


def _full_review(question: Question, review: Review, score: float, late: bool, width: int) -> str:
    # A text that is no real answer covers nothing, whatever its words touch (F23).
    verdicts = {verdict.point: verdict for verdict in review.points if review.gate is None}
    strong = _best(question, review)
    gaps = _gaps(question, review)
    lines = [_headline(review, score, late), ""]
    for point in question.points:
        verdict = verdicts.get(point.id) or PointVerdict(point.id, Verdict.MISSING, 0.0)
        lines.append(
            _verdict_line(point_named(point.text, width), verdict, point.id in strong, point.id in gaps, width)
        )
    lines += ["", *_levels(question, review)]
    lines += [_("**Next step:** {step}").format(step=_next_step(question, review, gaps, width))]
    if review.advice is not None and review.gate is None:
        think = inert(review.advice.think, min(LONGEST_THINK, 2 * width))
        lines += [_("**To think on:** {question}").format(question=think)]
    return "\n".join(lines)


def _levels(question: Question, review: Review) -> list[str]:
    """One line on what stands beside the rubric, the weightiest first."""
    names = {
        Facet.DEPTH: _("depth"),
        Facet.TRADE_OFFS: _("trade-offs"),
        Facet.COMMUNICATION: _("communication"),
    }
    shown = levels_to_show(question, review) if review.gate is None else ()
    levels = [
        _("{facet} {level} of {highest}").format(facet=names[facet], level=level, highest=HIGHEST_LEVEL)
        for facet, level in shown
    ]
    if not levels:
        return []
    line = _("Beside the score: {levels}.").format(levels=", ".join(levels))
    weakest = worth_working_on(question, review)
    return [line if weakest is None else _("{line} Most to gain: {facet}.").format(line=line, facet=names[weakest])]


def _headline(review: Review, score: float, late: bool) -> str:
    parts = [_("**{score} of 10**").format(score=score10(score))]
    if review.versions.reviewer == "offline":
        parts.append(_("word check, provisional"))
    if review.gate is not None:
        parts.append(_gate_text(review.gate))
    if review.flag is not None:
        parts.append(_flag_text(review.flag))
    if late:
        parts.append(_("late, so half the points"))
    return " · ".join(parts)


def _flag_text(flag: Flag) -> str:
    texts = {
        Flag.SUSPECT: _("provisional: part of it speaks to the reviewer and was not counted"),
        Flag.DISPUTED: _("provisional: two readings differed"),
    }
    return texts[flag]


def _gate_text(gate: Gate) -> str:
    texts = {
        Gate.EMPTY: _("there was too little to review"),
        Gate.DONT_KNOW: _("an honest “I don't know”"),
        Gate.OFF_TOPIC: _("I did not find the question's subject in it"),
        Gate.ECHO: _("it says the question again"),
        Gate.KEYWORD_LIST: _("it lists words; whole sentences show what you know"),
    }
    return texts[gate]


def _verdict_line(name: str, verdict: PointVerdict, strong: bool, gap: bool, width: int) -> str:
    quote = inert(verdict.quote, width) if verdict.quote else ""
    match verdict.verdict:
        case Verdict.CONTRADICTED:
            return _("- ⚠ {point}: please check “{quote}”").format(point=name, quote=quote)
        case Verdict.COVERED if strong:
            return _("- ✓ {point}: “{quote}”").format(point=name, quote=quote)
        case Verdict.COVERED:
            return _("- ✓ {point}").format(point=name)
        case Verdict.PARTIAL if gap:
            return _("- ◐ {point} (say more)").format(point=name)
        case Verdict.PARTIAL:
            return _("- ◐ {point}").format(point=name)
        case Verdict.MISSING if gap:
            return _("- ○ {point} (worth adding)").format(point=name)
        case Verdict.MISSING:
            return _("- ○ {point}").format(point=name)


def _best(question: Question, review: Review) -> set[str]:
    """At most two covered points with a quote, the weightiest first."""
    if review.gate is not None:
        return set()
    covered = [point for point in review.points if point.verdict is Verdict.COVERED and point.quote]
    covered.sort(key=lambda point: -question.point(point.point).weight * point.credit)
    return {point.point for point in covered[:2]}


def _gaps(question: Question, review: Review) -> list[str]:
    """At most two points that would earn most."""
    open_points = [point for point in review.points if point.verdict in (Verdict.MISSING, Verdict.PARTIAL)]
    open_points.sort(key=lambda point: -question.point(point.point).weight * (1 - point.credit))
    return [point.point for point in open_points[:2]]


def _next_step(question: Question, review: Review, gaps: Sequence[str], width: int) -> str:
    wrong = next((point for point in review.points if point.verdict is Verdict.CONTRADICTED and point.quote), None)
    if review.gate is not None:
        return inert(question.hints[0], min(200, 2 * width))
    if wrong is not None and wrong.quote is not None:
        return _("look up whether “{quote}” holds, and write down why.").format(quote=inert(wrong.quote, width))
    if review.advice is not None:
        return inert(review.advice.next_step, min(200, 2 * width))
    if gaps:
        return _("add a sentence on this: {point}").format(point=inert(question.point(gaps[0]).text, 140))
    return _("try this one: {question}").format(question=inert(question.follow_ups[0], min(200, 2 * width)))


def notice_reviewer_shut_out() -> str:
    """For organisers, when the service that reviews lets nobody in (FAULTS 48)."""
    return _(
        "The service that reviews answers does not let me in: its key may be wrong, or its credit used up. Answers are "
        "kept, shown as “not graded yet” and reviewed as soon as it works again. Whoever runs me finds out more with "
        "`studybot doctor`."
    )


def where_service(host: str, model: str) -> str:
    """Where the text of answers goes with a language model. Names and addresses in it are replaced before."""
    return _(
        "Your answers are reviewed by the language model {model} at {host}: their text is sent there, without names, "
        "mentions, links and mail addresses."
    ).format(host=as_code(host), model=as_code(model))


def not_graded_yet() -> str:
    """The review waits, whatever for: the reviewer is away, or the budget is used up."""
    return _(
        "Not graded yet: the review is still to come, and you need not do anything. Your answer is safe, and no points "
        "are lost."
    )
