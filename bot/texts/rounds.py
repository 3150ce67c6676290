"""Mock rounds: opening one, what an interviewer says in it, and how it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.companies import Company, Competency, RoundPlan
from bot.domain.inert import inert, quote_block
from bot.domain.questions import Question
from bot.domain.reviews import Review, Verdict
from bot.domain.rounds import LONGEST_QUOTE, Ended, Mode
from bot.texts.wording import _, n_, short_day

_LONGEST_PROMPT = 900


def competency_name(competency: Competency) -> str:
    """What a round looks at."""
    return {
        Competency.BACKEND: _("backend"),
        Competency.SYSTEM_DESIGN: _("system design"),
        Competency.CODING: _("coding discussion"),
        Competency.BEHAVIORAL: _("behavioural"),
    }[competency]


# ---------------------------------------------------------------- buttons


def label_competency(competency: Competency) -> str:
    """A round about this."""
    return competency_name(competency).capitalize()


def label_loop() -> str:
    """All rounds of a company."""
    return _("The whole loop")


def label_resume() -> str:
    """Go on with an open round."""
    return _("Resume")


def label_stop_round() -> str:
    """End an open round."""
    return _("Stop")


def label_pause_round() -> str:
    """Stop the clock."""
    return _("Pause")


def label_skip() -> str:
    """Leave a question out."""
    return _("Skip")


def label_round_hint() -> str:
    """A hint in a round."""
    return _("Hint")


def label_time() -> str:
    """How much time is left."""
    return _("Time")


def label_repeat() -> str:
    """The question once more."""
    return _("Repeat the question")


def label_next_round() -> str:
    """The next round of a loop."""
    return _("Start the next round")


# ---------------------------------------------------------------- choosing


def choose_company() -> str:
    """`/mock` without options."""
    return _(
        "**A mock interview, just for you.** I open a private place, play the interviewer, and write you a report at "
        "the end. Nobody else sees any of it, and it never counts on the board.\n\nWhose style shall it be?"
    )


def choose_round(company: str) -> str:
    """After a company was chosen."""
    return _(
        "**{company}.** Which round? I give you feedback after each answer; for a round without, use "
        "`/mock mode:strict`."
    ).format(company=inert(company, 60))


def no_such_company(typed: str, known: Sequence[str]) -> str:
    """An unknown profile."""
    return _(
        "I have no profile for “{typed}”. Choose one of {known}, or leave it out for a neutral interviewer."
    ).format(typed=inert(typed, 60), known=", ".join(f"`{each}`" for each in known))


def not_minutes(typed: str, fewest: int, most: int) -> str:
    """A length that is none."""
    return _("“{typed}” is no length of a round. Give minutes as a number from {fewest} to {most}.").format(
        typed=inert(typed, 30), fewest=fewest, most=most
    )


def no_round_questions() -> str:
    """No pack for this kind of round."""
    return _("There are no questions for this kind of round here. Try another one, or ask an organiser for more packs.")


def no_profiles() -> str:
    """A bot without any profile."""
    return _("No interview profile is installed here, so I cannot run a round. Please tell whoever runs this bot.")


# ---------------------------------------------------------------- opening


def round_title(company: str, plan: RoundPlan) -> str:
    """The name of a round's private place."""
    return _("Mock round: {company}, {title}").format(company=company, title=plan.title)


def round_opening() -> str:
    """The answer to `/mock`: the private place follows."""
    return _("I am opening a private place for your round; look for my message there in a moment.")


def open_already(title: str) -> str:
    """A second `/mock` while one is open."""
    return _(
        "You have a round open: **{title}**. Go on with it, or stop it first; what you said so far is kept."
    ).format(title=inert(title, 80))


def loop_open_already(company: str, done: int, of: int) -> str:
    """A second loop."""
    return _("You are in a loop at **{company}** already: {done} of {of} rounds are done.").format(
        company=inert(company, 60), done=done, of=of
    )


def room_intro(company: Company, plan: RoundPlan, mode: Mode, word_check: bool, where: str = "") -> str:
    """The first words in a round's private place; `where` it was opened, if that could be in doubt."""
    lines = [
        _("**{title}** · {company} · {minutes} minutes").format(
            title=inert(plan.title, 80), company=inert(company.title, 60), minutes=plan.minutes
        ),
        _("You talk to {role}. {opening}").format(
            role=inert(plan.interviewer.role, 120), opening=inert(plan.interviewer.opening, 500)
        ),
        _(
            "Answer right here, in as many messages as you like; I wait a moment after each. Say *hint*, *repeat*, "
            "*skip*, *time*, *pause* or *stop* at any time."
        ),
        _("You get feedback after each answer.") if mode is Mode.COACH else _("Feedback comes at the end."),
    ]
    if where:
        lines[0] += " · " + inert(where, 80)
    if word_check:
        lines[-1] += " " + _("No language model is connected, so I follow up from the question's own rubric.")
    lines.append(_("This is practice: nobody else sees it, and it never counts on the board."))
    return "\n\n".join(lines)


def which_round(rounds: Sequence[tuple[str, str]]) -> str:
    """Several rounds are open in one conversation; each by its title and where it was opened."""
    listed = "\n".join(
        _("- **{title}**, opened in {where}").format(title=inert(title, 80), where=inert(where, 80))
        for title, where in rounds
    )
    return _(
        "You have several rounds open in this conversation, and I cannot tell which one you mean:\n{listed}\nI did not "
        "count your words yet. Please say them once more as a reply to one of that interviewer's messages, or press "
        "*Pause* under the other one first."
    ).format(listed=listed)


def room_warning() -> str:
    """Before the first words, where the private place is a thread in somebody's server."""
    return _(
        "You take no direct messages from me, so this is a private thread. Please note: **moderators of this server "
        "can read it.** To keep the next one to yourself, allow direct messages from members of this server."
    )


def no_private_place() -> str:
    """Neither a conversation nor a thread could be opened."""
    return _(
        "I could not open a private place for your round: you take no direct messages from me, and I may not make "
        "private threads here. Allow direct messages from members of this server and call `/mock` again, or ask an "
        "organiser to give me the right to create private threads."
    )


# ---------------------------------------------------------------- in the round


def main_question(question: Question, number: int, of: int) -> str:
    """A main question."""
    head = _("**Question {number} of {of}**").format(number=number, of=of) if of > 1 else _("**Your question**")
    return f"{head}\n{quote_block(inert(question.prompt, _LONGEST_PROMPT))}"


def about_a_gap(round_title: str, question: str, asked: Sequence[str]) -> str:
    """A question of the senior round: it names what an earlier round left open. Becomes a question's prompt."""
    asks = " ".join(asked)
    return _(
        "In your earlier round “{round}”, “{question}” came up, and the notes say that something stayed open. {asks}"
    ).format(round=round_title, question=question, asks=asks)


def follow_up(probe: str, quote: str | None, question: str, nod: str) -> str:
    """A follow-up in the manner of a company: `probe` holds places for what was said and for what is asked."""
    if quote is None:
        return f"{inert(nod, 200)} {inert(question, 300)}"
    words = {"{quote}": inert(quote, LONGEST_QUOTE), "{question}": inert(question, 300)}
    return "".join(words.get(part) or _part(part) for part in re.split(r"(\{quote\}|\{question\})", probe))


def _part(text: str) -> str:
    """A piece of a sentence, with the blanks at its ends."""
    bare = text.strip()
    return text.replace(bare, inert(bare, 300)) if bare else text


def worded_follow_up(text: str) -> str:
    """A follow-up in a model's words."""
    return inert(text, 500)


def nudge(times: int) -> str:
    """The member said nothing on the matter."""
    if times == 1:
        return _(
            "Take your time, and think aloud if you like: where would you begin? Say *hint* if you would like one, or "
            "*repeat* to hear the question again."
        )
    return _("That is all right, nobody knows everything. Say *hint* for some help, or *skip* and we go on.")


def coach(review: Review) -> str:
    """Feedback after an answer: what was heard, and what is worth another thought, without giving it away."""
    heard = [each for each in review.points if each.verdict is Verdict.COVERED and each.quote]
    wrong = [each for each in review.points if each.verdict is Verdict.CONTRADICTED and each.quote]
    partly = [each for each in review.points if each.verdict is Verdict.PARTIAL]
    lines = []
    if heard:
        quotes = ", ".join(f"“{inert(each.quote or '', 80)}”" for each in heard[:2])
        lines.append(_("Good: {quotes}.").format(quotes=quotes))
    lines += [_("Look again at “{quote}”.").format(quote=inert(each.quote or "", 80)) for each in wrong[:1]]
    lines.append(_so_far(len(heard), len(partly), len(review.points)))
    return f"*{_('Coach:')}* {' '.join(lines)}"


def _so_far(heard: int, partly: int, of: int) -> str:
    if heard == of:
        return _("That covers what I was listening for.")
    if not heard and not partly:
        return _("I have not heard the main points yet; take a step back, or say *hint*.")
    if not partly:
        return _("{heard} of {all} points came across so far.").format(heard=heard, all=of)
    return _("{heard} of {all} points came across so far, and {partly} in part.").format(
        heard=heard, all=of, partly=partly
    )


def round_hint(number: int, of: int, text: str) -> str:
    """A hint in a round."""
    return _("**Hint {number} of {of}** (it takes a little off this question's score): {text}").format(
        number=number, of=of, text=inert(text, 600)
    )


def no_more_hints() -> str:
    """All hints are taken."""
    return _("I have no more hints for this one. Say what you would try, or *skip* and we go on.")


def time_left(minutes: int, of: int) -> str:
    """How much time is left."""
    left = n_("{number} minute", "{number} minutes", minutes)
    return _("About {left} of {of} are left.").format(left=left, of=of)


def round_status(number: int, of: int, minutes: int, total: int) -> str:
    """Where a round stands."""
    return _("We are at question {number} of {of}. {time}").format(number=number, of=of, time=time_left(minutes, total))


def round_paused() -> str:
    """The clock stands still."""
    return _("Paused, the clock stands still. Write here or say *resume* when you want to go on, today or next week.")


def round_paused_by_silence(minutes: int) -> str:
    """Nobody said anything for long."""
    return _(
        "You have been quiet for {minutes} minutes, so I stopped the clock. Nothing is lost: write here or say "
        "*resume* when you want to go on."
    ).format(minutes=minutes)


def welcome_back() -> str:
    """After a pause."""
    return _("Welcome back, the clock runs again. This is where we were:")


def we_go_on_here() -> str:
    """A round got another private place."""
    return _("We go on here; the place where we were is gone.")


def goes_on() -> str:
    """`/mock resume`, in the channel."""
    return _("Your round goes on in its private place.")


def earlier_question() -> str:
    """A button under a question that is done."""
    return _("That button belongs to an earlier question, so nothing changed. Use those under the latest one.")


def round_over() -> str:
    """A button of a round that ended."""
    return _("This round is over. `/mock` starts another one, `/mock history` shows what came out.")


def nothing_to_resume() -> str:
    """`/mock resume` without a round."""
    return _("You have no open round. `/mock` starts one.")


def done_as_asked() -> str:
    """A wish that was heard, said in the channel."""
    return _("Done; look into your round's private place.")


# ---------------------------------------------------------------- the end


def closing(why: Ended) -> str:
    """The last words of a round, before its report."""
    first = {
        Ended.COMPLETE: _("That was my last question."),
        Ended.TIME: _("Our time is up, so let us stop here."),
        Ended.TURNS: _("We have said a great deal, so let us stop here."),
        Ended.STOPPED: _("We stop here, as you wished."),
    }[why]
    return f"{first} {_('I am writing my notes; your report follows here.')}"


def loop_stopped() -> str:
    """A loop was given up between two rounds."""
    return _("Your loop is stopped. The rounds you finished stay in `/mock history`.")


def stopped_early() -> str:
    """A round that was stopped before anything was said."""
    return _("Stopped. There is nothing to write a report about, so this round does not count for anything.")


def report_waits() -> str:
    """The reviewer is away at the end of a round."""
    return _("The reviewer is away at the moment. Your answers are kept, and the report follows by itself.")


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One round that is done."""

    day: date
    company: str
    title: str
    competency: Competency
    score: float


def history(lines: Sequence[HistoryLine]) -> str:
    """A member's own rounds, newest first, with the trend in each competency."""
    if not lines:
        return _("You have not finished a round yet. `/mock` starts one.")
    shown = [
        _("- {day}: {company}, {title}: **{score}** of 10").format(
            day=short_day(each.day),
            company=inert(each.company, 60),
            title=inert(each.title, 80),
            score=f"{10 * each.score:.1f}",
        )
        for each in lines[:10]
    ]
    trends = []
    for competency in Competency:
        scores = [each.score for each in reversed(lines) if each.competency is competency]
        if len(scores) > 1:
            way = " → ".join(f"{10 * score:.1f}" for score in scores[-5:])
            trends.append(f"- {label_competency(competency)}: {way}")
    parts = [_("**Your mock rounds**, for your eyes only"), "\n".join(shown)]
    if trends:
        parts.append("\n".join([_("**Where it is going**"), *trends]))
    return "\n\n".join(parts)
