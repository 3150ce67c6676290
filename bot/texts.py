"""Every sentence the bot says in a chat: small functions that return simple Markdown (see `bot.domain.outgoing`).

Words of members and models are made `inert` here, at the last moment before they enter one of our sentences.
Each sentence is a gettext id with named fields, so that another language is a catalogue and nothing else.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.commands import COMMANDS, Command, Who
from bot.domain.asking import Schedule, days_text
from bot.domain.inert import inert, quote_block, shorten
from bot.domain.questions import Question
from bot.domain.reviews import Gate, PointVerdict, Review, Verdict
from bot.domain.standings import Board, Period, Place, score10

#: The language of the present task; English is what stands in the code.
language: ContextVar[gettext.NullTranslations] = ContextVar("language", default=gettext.NullTranslations())  # noqa: B039

#: RULES, What others see.
BRIEF_LIMIT = 300
#: FEATURES F21: a full review stays under 900 characters.
FULL_LIMIT = 899
#: A question to think on leaves some room for the quote before it.
LONGEST_THINK = 180


def _(message: str) -> str:
    return language.get().gettext(message)


# ---------------------------------------------------------------- labels


def label_answer() -> str:
    """The button under a question."""
    return _("Answer")


def label_full_review() -> str:
    """The button under a comment."""
    return _("My full review")


def label_withdraw() -> str:
    """The button on a receipt."""
    return _("This was not an answer")


def label_hide() -> str:
    """The one click of the first word."""
    return _("Hide my name on the board")


def label_show() -> str:
    """Back on the board."""
    return _("Show my name on the board")


def label_confirm_setup() -> str:
    """The organiser's yes."""
    return _("Yes, ask here")


def label_post_now() -> str:
    """The test post."""
    return _("Post one now")


# ---------------------------------------------------------------- times


def when(at: datetime, zone: str) -> str:
    """A moment in a zone, as in "Tue 24 Nov, 09:00 (Europe/Berlin)"."""
    local = at.astimezone(ZoneInfo(zone))
    return _("{day}, {time} ({zone})").format(day=_short_day(local.date()), time=local.strftime("%H:%M"), zone=zone)


def _short_day(day: date) -> str:
    weekdays = _("Mon Tue Wed Thu Fri Sat Sun").split()
    months = _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()
    return _("{weekday} {day} {month}").format(
        weekday=weekdays[day.weekday()], day=day.day, month=months[day.month - 1]
    )


# ---------------------------------------------------------------- the question


@dataclass(frozen=True, slots=True)
class Asked:
    """What the post of a question depends on beside its wording."""

    closes_at: datetime
    zone: str
    day: date
    late: bool
    extra: bool


def question_post(question: Question, asked: Asked) -> str:
    """The post of a question."""
    head = _("An extra question") if asked.extra else _("Question of the day, {day}").format(day=_short_day(asked.day))
    lines = [f"**{head}: {inert(question.title)}**", question.prompt.strip(), _facts(question)]
    if asked.late:
        lines.append(_("This one is late, sorry: I was away at its time. You have a full day all the same."))
    lines.append(
        _("Answer in the thread or with the button. Open until {when}.").format(when=when(asked.closes_at, asked.zone))
    )
    return "\n\n".join(lines)


def _facts(question: Question) -> str:
    topics = ", ".join(inert(topic) for topic in question.topics)
    return _("*{level} level · {topics}*").format(level=question.level.value, topics=topics)


def thread_name(question: Question, day: date) -> str:
    """The name of a question's thread."""
    return _("{day}: {title}").format(day=_short_day(day), title=question.title)[:100]


def closing_post(question: Question) -> str:
    """What stands in the thread at the close."""
    return _(
        "**This question is closed.** Answers still count half for seven days.\n\nOne good answer:\n\n{answer}"
    ).format(answer=question.model_answer.strip())


# ---------------------------------------------------------------- answering


def answer_form_title(question: Question) -> str:
    """Above the answer form."""
    return question.title[:45]


def answer_form_label() -> str:
    """The form's field."""
    return _("Your answer")


def answer_form_placeholder() -> str:
    """Inside the empty field."""
    return _("As you would say it in the interview. A few sentences are fine.")


def answer_form_send() -> str:
    """The form's button."""
    return _("Send my answer")


def answer_received() -> str:
    """The receipt of a form."""
    return _("Your answer is stored, and its review is under way.")


def answer_unchanged() -> str:
    """A form that came back with the same text."""
    return _("That is the answer I have already, so nothing changed.")


def answered_in_thread() -> str:
    """The form, after an answer in the thread."""
    return _("You answered in the thread already. Edit your message there, and I review the new text.")


def answered_by_form() -> str:
    """The menu, after an answer by form."""
    return _("You answered with the form already. Press Answer again to change it.")


def closed_for_edits() -> str:
    """An edit after the close."""
    return _("This question is closed, so your answer stays as it was. Nothing was lost.")


def answer_empty() -> str:
    """A form without text."""
    return _(
        "There was no text in the form, so nothing was stored. Please press Answer again and write a sentence or two."
    )


def too_late(zone: str, closed_at: datetime) -> str:
    """An answer by form more than seven days after the close."""
    return _(
        "This question closed on {when}, and late answers count for seven days. "
        "Your text was not stored; the newest question is open for you."
    ).format(when=when(closed_at, zone))


def nothing_open() -> str:
    """No question to answer."""
    return _("No question is open here right now. The next one comes on its day; `/study today` shows when.")


def not_found() -> str:
    """For what is not there and for what is not theirs alike, so that nobody can tell one from the other."""
    return _("I cannot find that any more, or it is not yours. `/study today` brings you to the open question.")


def your_text(text: str) -> str:
    """What was typed into a form that changed nothing, so that it is not lost."""
    return _("This is what you wrote:\n{text}").format(text=quote_block(inert(text, 1200, multiline=True)))


def counted() -> str:
    """After "count this as my answer"."""
    return _("Counted: this is your answer now, and its review is under way.")


def counted_before() -> str:
    """ "Count this" on what counts already."""
    return _("This counts as your answer already.")


def uncounted() -> str:
    """After "this was not an answer"."""
    return _("Taken back: this is not an answer any more, and its points and comment are gone. Nothing else changed.")


def shown_answer(text: str) -> str:
    """An answer that came by form, shown in the thread."""
    return inert(text, 3500, multiline=True)


def welcome(where_answers_go: str) -> str:
    """The first word to a new member (RULES, Quiet)."""
    return _(
        "Welcome! Three things, once:\n"
        "- {where}\n"
        "- Your points are on this group's board. One click below hides your name there.\n"
        "- I say nothing else in private unless you ask. `/study help` shows what you can ask."
    ).format(where=where_answers_go)


def where_offline() -> str:
    """Where the text of answers goes with the offline reviewer."""
    return _("Your answers stay on this machine: a word check reviews them, and no outside service sees them.")


def hidden_now() -> str:
    """After hiding."""
    return _("Done: the board no longer shows your name. `/study privacy board:show` brings it back.")


def shown_now() -> str:
    """After showing."""
    return _("Done: the board shows your name again. `/study privacy board:hide` hides it.")


def privacy(where_answers_go: str, hidden: bool) -> str:
    """`/study privacy`."""
    board = (
        _("The board does not show your name; `/study privacy board:show` brings it back.")
        if hidden
        else _("The board shows your name; `/study privacy board:hide` hides it.")
    )
    deleted = _("Delete a message in a question's thread, and its text, comment and points are gone.")
    return "\n".join(f"- {line}" for line in (where_answers_go, board, deleted))


# ---------------------------------------------------------------- reviews


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


def full_review(question: Question, review: Review, score: float, late: bool) -> str:
    """The review its author alone reads: a verdict on each point, quotes, one next step (F21). Long points and quotes
    are cut as far as needed, more where signs of code have to be escaped."""
    tries = (_full_review(question, review, score, late, width) for width in (110, 90, 70, 55, 40, 30, 20, 12, 8))
    return next((text for text in tries if len(text) <= FULL_LIMIT), "") or _headline(review, score, late)


def _full_review(question: Question, review: Review, score: float, late: bool, width: int) -> str:
    # A text that is no real answer covers nothing, whatever its words touch (F23).
    verdicts = {verdict.point: verdict for verdict in review.points if review.gate is None}
    strong = _best(question, review)
    gaps = _gaps(question, review)
    lines = [_headline(review, score, late), ""]
    for point in question.points:
        verdict = verdicts.get(point.id) or PointVerdict(point.id, Verdict.MISSING, 0.0)
        lines.append(_verdict_line(inert(point.text, width), verdict, point.id in strong, point.id in gaps, width))
    lines += ["", _("**Next step:** {step}").format(step=_next_step(question, review, gaps, width))]
    return "\n".join(lines)


def _headline(review: Review, score: float, late: bool) -> str:
    parts = [_("**{score} of 10**").format(score=score10(score))]
    if review.versions.reviewer == "offline":
        parts.append(_("word check, provisional"))
    if review.gate is not None:
        parts.append(_gate_text(review.gate))
    if late:
        parts.append(_("late, so half the points"))
    return " · ".join(parts)


def _gate_text(gate: Gate) -> str:
    texts = {
        Gate.EMPTY: _("there was nothing to review"),
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
    if gaps:
        return _("add a sentence on this: {point}").format(point=inert(question.point(gaps[0]).text, 140))
    return _("try this one: {question}").format(question=inert(question.follow_ups[0], min(200, 2 * width)))


def not_graded_yet() -> str:
    """The reviewer is away."""
    return _(
        "Not graded yet: the reviewer is away, and I ask again by myself. Your answer is safe, and no points are lost."
    )


# ---------------------------------------------------------------- board and progress


def board(board: Board) -> str:
    """A leaderboard for one viewer."""
    lines = [f"**{_board_title(board)}**", ""]
    if not board.top:
        lines.append(_("Nobody has points yet. The first answer opens the board."))
    lines += [_place_line(place) for place in board.top]
    if board.around:
        lines += ["", *[_place_line(place) for place in board.around]]
    if board.you is None or board.you.rank is None:
        lines += ["", _("You have no points here yet; the open question waits for you.")]
    elif board.people:
        lines += ["", _("{people} with points.").format(people=people(board.people))]
    return "\n".join(lines)


def board_for_all(board: Board) -> str:
    """A leaderboard an organiser shows to everybody: the top, and nobody's own row."""
    lines = [f"**{_board_title(board)}**", ""]
    lines += [_place_line(place) for place in board.top] or [
        _("Nobody has points yet. The first answer opens the board.")
    ]
    return "\n".join(lines)


def _board_title(board: Board) -> str:
    titles = {
        Period.DAY: _("Board of the day, {key}"),
        Period.WEEK: _("Board of the week, {key}"),
        Period.MONTH: _("Board of the month, {key}"),
        Period.ALL: _("Board of all time"),
    }
    return titles[board.period].format(key=board.key)


def _place_line(place: Place) -> str:
    name = inert(place.name, 40) if place.name else hidden_member()
    text = _("{rank}. {name}, {points} ({answers})").format(
        rank=place.rank if place.rank is not None else "-",
        name=name,
        points=points(place.points),
        answers=answers(place.answers),
    )
    return _("**{line} ← you**").format(line=text) if place.you else text


def hidden_member() -> str:
    """In place of a hidden member's name."""
    return _("a hidden member")


def points(number: int) -> str:
    """A number of points."""
    return _n("{number} point", "{number} points", number)


def answers(number: int) -> str:
    """A number of answers."""
    return _n("{number} answer", "{number} answers", number)


def people(number: int) -> str:
    """A number of people."""
    return _n("{number} person", "{number} people", number)


def _n(one: str, many: str, number: int) -> str:
    return language.get().ngettext(one, many, number).format(number=number)


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """One of the member's own answers."""

    day: date
    title: str
    score: float | None


def progress(all_time: Place | None, week: Place | None, lines: Sequence[ProgressLine]) -> str:
    """`/study progress`."""
    if not lines:
        return _("You have not answered yet, so there is nothing to show. `/study today` shows the open question.")
    parts = [_standing(_("This week"), week), _standing(_("All time"), all_time), "", _("**Your latest answers**")]
    for line in lines:
        said = _("not graded yet") if line.score is None else _("{score} of 10").format(score=score10(line.score))
        parts.append(_("- {day}: {title}: {said}").format(day=_short_day(line.day), title=inert(line.title), said=said))
    return "\n".join(parts)


def _standing(name: str, place: Place | None) -> str:
    if place is None or place.rank is None:
        return _("**{period}:** no points yet").format(period=name)
    return _("**{period}:** {points}, rank {rank}").format(period=name, points=points(place.points), rank=place.rank)


# ---------------------------------------------------------------- help and commands


def help_all(organiser: bool) -> str:
    """`/study help`."""
    lines = [
        _("I post a question on its day. Answer in its thread or with the button; the full review is for you alone."),
        "",
    ]
    lines += [_help_line(command) for command in COMMANDS if organiser or command.who is Who.EVERYONE]
    return "\n".join(lines)


def help_one(command: Command) -> str:
    """`/study help command:…`."""
    lines = [f"**{command.title}**", _(command.help), _("For example: `{example}`").format(example=command.example)]
    for option in command.options:
        choices = f" ({', '.join(f'`{choice}`' for choice in option.choices)})" if option.choices else ""
        lines.append(
            _("- `{option}`: {help}{choices}").format(option=option.name, help=_(option.help), choices=choices)
        )
    return "\n".join(lines)


def _help_line(command: Command) -> str:
    return _("- `{title}`: {help}").format(title=command.title, help=_(command.help))


def unknown_command(typed: str, meant: str | None) -> str:
    """A command we do not have."""
    if meant:
        return _("I do not know `{typed}`. Did you mean `{meant}`?").format(typed=_code(typed), meant=meant)
    return _("I do not know `{typed}`. `/study help` lists what I can do.").format(typed=_code(typed))


def _code(text: str) -> str:
    return inert(text, 60).replace("`", "").replace("\\", "")


def organisers_only(title: str) -> str:
    """A command that is refused."""
    return _("`{title}` is for organisers of this group, so nothing was changed. Please ask one of them.").format(
        title=title
    )


def no_group() -> str:
    """A place we do not serve."""
    return _("I do not serve this place yet. An organiser can start me with `/study-admin setup`.")


def no_track() -> str:
    """No questions are set up in this channel."""
    return _("No questions are set up in this channel yet. An organiser can change that with `/study-admin setup`.")


# ---------------------------------------------------------------- today


def today(title: str, prompt: str, closes_at: datetime, zone: str, answered: bool) -> str:
    """`/study today` while a question is open."""
    state = _("You have answered it.") if answered else _("You have not answered it yet.")
    return _("**{title}**\n\n{prompt}\n\nOpen until {when}. {state}").format(
        title=inert(title), prompt=prompt.strip(), when=when(closes_at, zone), state=state
    )


def nothing_today(next_at: datetime, zone: str) -> str:
    """`/study today` between questions."""
    return _("No question is open here. The next one comes on {when}.").format(when=when(next_at, zone))


# ---------------------------------------------------------------- organisers


@dataclass(frozen=True, slots=True)
class Preview:
    """One line of the preview: the day's question, or why there is none."""

    at: datetime
    title: str | None
    paused: bool


def preview(lines: Sequence[Preview], zone: str) -> str:
    """`/study-admin preview`."""
    parts = [_("**Next questions** (only you see this; nothing is used up)")]
    for line in lines:
        title = _("paused, no question") if line.paused else inert(line.title or _("no question in the packs"))
        parts.append(_("- {when}: {title}").format(when=when(line.at, zone), title=title))
    return "\n".join(parts)


def setup_preview(schedule: Schedule, packs: Sequence[str], first_at: datetime, title: str, comments: str) -> str:
    """The private preview of a set-up; nothing public happens before the yes."""
    return _(
        "**This is what I would do; nothing is public yet.**\n"
        "- One question at {time} ({zone}), `{days}`\n"
        "- Packs: {packs}\n"
        "- Comments in the thread: `{comments}`\n"
        "- First question, {when}: {title}\n\n"
        "Something to change? Call the command again, for example with `time:08:30` or `days:mon-fri`."
    ).format(
        time=schedule.at.strftime("%H:%M"),
        zone=schedule.zone,
        days=days_text(schedule.weekdays),
        packs=", ".join(f"`{pack}`" for pack in packs),
        comments=comments,
        when=when(first_at, schedule.zone),
        title=inert(title),
    )


def setup_checking() -> str:
    """While the rights are looked at."""
    return _("I am checking what I may do in that channel; a private preview follows in a moment.")


def setup_lacking(lacking: Sequence[tuple[str, str]]) -> str:
    """Rights that are missing, one by one, with where to switch each on (F61)."""
    lines = [_("I cannot ask there yet; nothing was changed. Missing:")]
    lines += [f"- **{inert(what)}**: {inert(mend)}" for what, mend in lacking]
    lines.append(_("When that is done, call `/study-admin setup` again."))
    return "\n".join(lines)


def setup_done(first_at: datetime, zone: str) -> str:
    """After the organiser's yes."""
    return _("Done. The first question comes on {when}. “Post one now” sends an extra question at once.").format(
        when=when(first_at, zone)
    )


def posting_now() -> str:
    """After `/study-admin post`."""
    return _("An extra question is on its way to the channel.")


def paused(first: date, last: date | None) -> str:
    """After `/study-admin pause`."""
    if last is None:
        return _("Paused from {first} until somebody calls `/study-admin resume`. Nobody loses anything by it.").format(
            first=_short_day(first)
        )
    if first == last:
        return _("No daily question on {first}. Nobody loses anything by it.").format(first=_short_day(first))
    return _("No daily question from {first} to {last}, both included. Nobody loses anything by it.").format(
        first=_short_day(first), last=_short_day(last)
    )


def resumed(next_at: datetime, zone: str) -> str:
    """After `/study-admin resume`."""
    return _("Running again: the next question comes on {when}.").format(when=when(next_at, zone))


def was_not_paused(next_at: datetime, zone: str) -> str:
    """Resume without a pause."""
    return _("Nothing was paused here. The next question comes on {when}.").format(when=when(next_at, zone))


def not_a_date(typed: str) -> str:
    """An unreadable date."""
    return _("“{typed}” is not a date I can read. Please write it like 2026-12-27.").format(typed=inert(typed, 40))


def pause_backwards() -> str:
    """From after until, or all in the past."""
    return _("The last day of a pause comes on or after its first, and not in the past. Nothing was changed.")


def not_a_count(typed: str) -> str:
    """An unreadable number."""
    return _("“{typed}” is not a number from 1 to 14. For example: `/study-admin preview count:7`").format(
        typed=inert(typed, 40)
    )


def unknown_pack(typed: str, known: Sequence[str]) -> str:
    """A pack we do not have."""
    names = ", ".join(f"`{name}`" for name in known)
    return _("I have no pack called “{typed}”. I have: {names}.").format(typed=inert(typed, 60), names=names)


def unknown_channel(typed: str) -> str:
    """A channel option that names none."""
    return _("I cannot read “{typed}” as a channel. Call the command in the channel where I shall ask.").format(
        typed=inert(typed, 60)
    )


@dataclass(frozen=True, slots=True)
class Health:
    """What `/study-admin health` tells of one track and its group."""

    last_at: datetime | None
    next_at: datetime
    zone: str
    stopped: bool
    owed: int
    ungraded: int
    parked: Sequence[tuple[str, str]]
    wrong_totals: int
    reviewer: str


def health(health: Health) -> str:
    """`/study-admin health`."""
    last = when(health.last_at, health.zone) if health.last_at else _("none yet")
    lines = [
        _("**Health of this channel's questions**"),
        _("- Last question: {when}").format(when=last),
        _("- Next question: {when}").format(when=when(health.next_at, health.zone)),
        _("- Reviewer: {name}").format(name=health.reviewer),
        _("- Answers not graded yet: {number}").format(number=health.ungraded),
        _("- Work waiting: {number}").format(number=health.owed),
        _("- Board against its log: {state}").format(
            state=_("equal")
            if not health.wrong_totals
            else _("{number} rows differ; run `studybot boards repair`").format(number=health.wrong_totals)
        ),
    ]
    if health.stopped:
        lines.append(_("- ⚠ I stopped asking here after failures; `/study-admin resume` tries again."))
    lines += [
        _("- ⚠ Set aside: {story}: {why}").format(story=story, why=inert(why, 200)) for story, why in health.parked
    ]
    return "\n".join(lines)


def notice_channel_stopped(why: str) -> str:
    """To organisers, once: posting failed several times."""
    return _(
        "I could not post the question here several times ({why}), so I stopped asking in this channel; "
        "other channels go on. When it is mended, `/study-admin resume` starts it again."
    ).format(why=inert(why, 200))


def notice_review_not_shown() -> str:
    """To organisers: neither the thread nor the author could be reached."""
    return _(
        "A review is done, but the thread takes no words any more and its author takes no private ones. "
        "Nothing is lost: they find it by `/study progress`. Perhaps the thread is locked or archived."
    )


def notice_no_question() -> str:
    """To organisers: the packs are empty."""
    return _("There was no question to ask today: the chosen packs have none. `/study-admin setup` chooses others.")


# ---------------------------------------------------------------- faults


def try_again(reference: str = "") -> str:
    """When we failed, not they."""
    if reference:
        return _(
            "Something on my side went wrong; nothing you wrote is lost. "
            "Please try again in a minute (reference {reference})."
        ).format(reference=reference)
    return _("I am busy for a moment, so nothing was stored yet. Please try again in a minute.")


#: What turns a place without answers into words; services hand it to the welcome and to privacy.
WhereAnswersGo = Callable[[], str]
