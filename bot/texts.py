"""Every sentence the bot says in a chat: small functions that return simple Markdown (see `bot.domain.outgoing`).

Words of members and models are made `inert` here, at the last moment before they enter one of our sentences.
Each sentence is a gettext id with named fields, so that another language is a catalogue and nothing else.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.commands import COMMANDS, Command, Who, Wrong, WrongOption
from bot.domain.asking import Misread, Schedule, Unclear, days_text
from bot.domain.errors import Mistake
from bot.domain.inert import inert, quote_block, shorten
from bot.domain.questions import Question
from bot.domain.reviews import Gate, PointVerdict, Review, Verdict
from bot.domain.standings import Board, Period, Place, score10
from bot.shelves import Community

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


def label_answer_one(title: str) -> str:
    """The same, where several questions are open."""
    return shorten(_("Answer: {title}").format(title=title), 70)


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


def label_ask_along(platform: str, at: str) -> str:
    """The organiser's yes to one question for several channels."""
    return _("Same question as on {platform}, {time}").format(platform=platform_name(platform), time=at)


def label_confirm_join() -> str:
    """The organiser's yes to one group."""
    return _("Yes, make us one group")


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


def stale_button() -> str:
    """A button or menu that no present version of the bot has made."""
    return _(
        "That button is from an older version of me, and I cannot tell any more what it was for. "
        "`/study today` brings a fresh one."
    )


def form_late() -> str:
    """A form that its platform did not wait for, with a button that opens it below."""
    return _("The form took a moment too long to open. Press the button, and it opens at once.")


def command_late() -> str:
    """The same where only the command opens the form."""
    return _("The form took a moment too long to open. Please send the command once more, and it opens at once.")


def label_open_form() -> str:
    """The button below."""
    return _("Open the form")


def option_without_name(word: str, example: str) -> str:
    """A word behind a command that belongs to no option."""
    return _("I do not know what to do with “{word}”. Options are written as name:value, as in `{example}`").format(
        word=inert(word, 40), example=_code(example)
    )


def by_form(speaker: str) -> str:
    """Above an answer that came by form, where a platform cannot show it under its author's name."""
    return _("**{speaker}** (through the form):").format(speaker=inert(speaker, 80))


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


def review_ready() -> str:
    """In the thread, where comments are private and nothing private can be shown without a click."""
    return _("Your review is ready. The button below shows it to you alone.")


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
    name = inert(place.name, 40) if place.name else nameless_member()
    # The dot is literal: as a list, platforms would number the lines themselves and hide that ranks are shared.
    text = _("{rank}\\. {name}, {points} ({answers})").format(
        rank=place.rank if place.rank is not None else "-",
        name=name,
        points=points(place.points),
        answers=answers(place.answers),
    )
    return _("**{line} ← you**").format(line=text) if place.you else text


def nameless_member() -> str:
    """In place of the name of a member who hid it, who left, or whose name we have not learned yet."""
    return _("a member")


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


@dataclass(frozen=True, slots=True)
class HomeLine:
    """A question that is open, and whether the reader has answered it."""

    title: str
    closes_at: datetime
    zone: str
    answered: bool


def home(
    today: Sequence[HomeLine], week: Place | None, all_time: Place | None, where_answers_go: str, hidden: bool
) -> str:
    """The bot's own page."""
    questions = [_home_line(line) for line in today] or [_("No question is open right now.")]
    parts = [
        _("**Today**"),
        *questions,
        "",
        _standing(_("This week"), week),
        _standing(_("All time"), all_time),
        "",
        privacy(where_answers_go, hidden),
        "",
        _("`/study help` shows what I can do."),
    ]
    return "\n".join(parts)


def _home_line(line: HomeLine) -> str:
    state = _("You have answered it.") if line.answered else _("You have not answered it yet.")
    return _("- **{title}**, open until {when}. {state}").format(
        title=inert(line.title), when=when(line.closes_at, line.zone), state=state
    )


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


def setup_along() -> str:
    """Under the preview, where the group asks elsewhere already."""
    return _(
        "This group has a daily question elsewhere already. “Same question as …” asks that one here as well, on the "
        "same day; an answer then counts once, wherever it was given."
    )


def asks_already() -> str:
    """A yes for a channel that has questions of its own by now."""
    return _("This channel has questions of its own already, so nothing was changed.")


def setup_form_title() -> str:
    """Above the set-up form."""
    return _("Set up the daily question")


def setup_form_send() -> str:
    """The set-up form's button."""
    return _("Show me a preview")


def setup_label_channel() -> str:
    """Field of the set-up form."""
    return _("Channel to ask in")


def setup_label_time() -> str:
    """Field of the set-up form."""
    return _("Local time")


def setup_label_zone() -> str:
    """Field of the set-up form."""
    return _("Time zone")


def setup_label_packs() -> str:
    """Field of the set-up form."""
    return _("Question packs")


def setup_form_wrong(why: str, typed: Mapping[str, str]) -> str:
    """A set-up form that cannot be read: why, what was typed, and how to go on."""
    lines = [f"{_code(name)}: {inert(value, 100)}" for name, value in sorted(typed.items()) if value.strip()]
    return _(
        "{why}\n\nNothing was changed. This is what you wrote:\n{typed}\n\n"
        "Call `/study-admin setup` again, or say it in one line, for example `/study-admin setup time:09:00`."
    ).format(why=why, typed=quote_block("\n".join(lines[:10])))


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


def posting_already() -> str:
    """After a second press on "Post one now"."""
    return _(
        "One extra question was asked for a moment ago; it is on its way or there already. "
        "If you want one more, type `/study-admin post`."
    )


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
class StandsStill:
    """A channel in which nothing is asked for now. `channel` is its id where the track has several; `left` says that we
    are not in its space."""

    channel: str | None
    why: str
    left: bool


@dataclass(frozen=True, slots=True)
class Connection:
    """One of the group's spaces. `throttled_at` is given for a day after its platform held events back."""

    platform: str
    name: str
    left: bool
    throttled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """What `/study-admin health` tells of one track and its group."""

    last_at: datetime | None
    next_at: datetime
    zone: str
    still: Sequence[StandsStill]
    connections: Sequence[Connection]
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
    lines += [_connection_line(each, health.zone) for each in health.connections]
    lines += [_still_line(each) for each in health.still]
    lines += [
        _("- ⚠ Set aside: {story}: {why}").format(story=story, why=inert(why, 200)) for story, why in health.parked
    ]
    return "\n".join(lines)


def _connection_line(connection: Connection, zone: str) -> str:
    place = _("{name} ({platform})").format(name=inert(connection.name, 60), platform=_code(connection.platform))
    if connection.left:
        return _("- ⚠ {place}: I was removed there, so I say nothing until I am invited again.").format(place=place)
    if connection.throttled_at is not None:
        return _(
            "- ⚠ {place}: on {when} the platform held messages back because there were too many at once; answers of "
            "that time may have come late."
        ).format(place=place, when=when(connection.throttled_at, zone))
    return _("- {place}: I am in it").format(place=place)


def _still_line(still: StandsStill) -> str:
    where = _("Channel `{channel}`").format(channel=_code(still.channel)) if still.channel else _("This channel")
    if still.left:
        return _("- ⚠ {where} stands still: I was removed from its community. Invite me again, then resume.").format(
            where=where
        )
    reasons = {
        "failures": _("posting failed several times"),
        "no_right": _("I lack a right there; `/study-admin setup` names it"),
        "gone": _("it was deleted, or I cannot see it any more"),
        "left": _("I was removed and am back"),
    }
    return _("- ⚠ {where} stands still: {why}. `/study-admin resume` starts the questions there again.").format(
        where=where, why=reasons[still.why]
    )


def notice_channel_stopped(why: str) -> str:
    """To organisers, once: posting failed several times."""
    return _(
        "I could not post the question here several times ({why}), so I stopped asking in this channel; "
        "other channels go on. When it is mended, `/study-admin resume` starts it again."
    ).format(why=inert(why, 200))


def notice_channel_gone(name: str) -> str:
    """To organisers, once: a channel where we asked was deleted, or hidden from us."""
    return _(
        "The channel I asked in (`{name}`) is gone, or I cannot see it any more, so I stopped asking there. All "
        "answers and points are kept. `/study-admin setup` in another channel goes on there; if this one still exists, "
        "let me in again and call `/study-admin resume` in it."
    ).format(name=_code(name))


def notice_review_not_shown() -> str:
    """To organisers: neither the thread nor the author could be reached."""
    return _(
        "A review is done, but the thread takes no words any more and its author takes no private ones. "
        "Nothing is lost: they find it by `/study progress`. Perhaps the thread is locked or archived."
    )


def notice_no_question() -> str:
    """To organisers: the packs are empty."""
    return _("There was no question to ask today: the chosen packs have none. `/study-admin setup` chooses others.")


# ---------------------------------------------------------------- one group, one member


def platform_name(platform: str) -> str:
    """A platform as people call it."""
    names = {"discord": "Discord", "slack": "Slack", "web": _("the study room")}
    return names.get(platform, platform)


def join_code(code: str) -> str:
    """`/study-admin join`."""
    return _(
        "Your code is `{code}`. It is good once, for 15 minutes.\n\n"
        "An organiser of the other community types `/study-admin join code:{code}` there, sees what would come along, "
        "and says yes. Then both are one group: one board, one history. Whoever has the code can join their community "
        "to this one, so give it to that organiser alone."
    ).format(code=code)


def join_preview(host: str, guest: Community) -> str:
    """What the yes would do; nothing has changed yet."""
    return _(
        "**Nothing has changed yet.** With your yes this community becomes one group with **{host}**. "
        "These come along:\n- {people}\n- {tracks}\n- {answers}\n\n"
        "From then on there is one board and one history, and organisers of both places look after it. "
        "It cannot be undone."
    ).format(
        host=inert(host, 80),
        people=_n("{number} member", "{number} members", guest.people),
        tracks=_n("{number} daily question", "{number} daily questions", guest.tracks),
        answers=answers(guest.answers),
    )


def joined() -> str:
    """After the yes."""
    return _(
        "Done: you are one group now, with one board and one history. Whoever has an account in both places makes them "
        "one with `/study link`. `/study-admin setup` in a channel can ask the same question in both places."
    )


def notice_joined() -> str:
    """To the organisers who handed the code out."""
    return _(
        "The other community has joined: you are one group now, with one board and one history. Whoever has an account "
        "in both places makes them one with `/study link`."
    )


def code_unknown(command: str) -> str:
    """A code that is none, whatever is wrong with it."""
    return _(
        "I cannot find that code: it is mistyped, used, or older than 15 minutes, or it was made right here. Nothing "
        "was changed. `{command}` without a code, in the other place, gives you a new one."
    ).format(command=command)


def too_many_codes() -> str:
    """Too many wrong codes."""
    return _(
        "Those were too many wrong codes in a short time, so I do not look at this one. Nothing was changed. "
        "Please wait 15 minutes, then ask for a new code in the other place and type that."
    )


def link_code(code: str, others: Sequence[str]) -> str:
    """`/study link`."""
    linked = _("Linked with this account: {others}.").format(others=_platforms(others)) if others else ""
    said = _(
        "Your code is `{code}`. It is good once, for 15 minutes.\n\n"
        "Type `/study link code:{code}` with your other account, where this group is as well. From then on both are "
        "one member: one history, one line on the board, hidden if either is. Where both answered the same question, "
        "the earlier answer stays. Give the code to nobody: linked accounts cannot be taken apart again."
    ).format(code=code)
    return "\n\n".join(part for part in (linked, said) if part)


def linked(platforms: Sequence[str]) -> str:
    """After linking."""
    return _(
        "Done: your accounts are one member now ({platforms}), with one history and one line on the board."
    ).format(platforms=_platforms(platforms))


def link_elsewhere() -> str:
    """A code of an account in another group."""
    return _(
        "That code is from another group, and a member belongs to one. Nothing was changed. An organiser can make both "
        "communities one group first, with `/study-admin join`; then type your code again, or a new one."
    )


def link_same_space() -> str:
    """Two accounts in one place."""
    return _(
        "Both of these members have an account in the same place, so I do not make them one. Nothing was changed. "
        "Linking is for your accounts in different places, such as one on Discord and one on Slack."
    )


def _platforms(names: Sequence[str]) -> str:
    return ", ".join(inert(platform_name(name), 40) for name in names)


# ---------------------------------------------------------------- faults


def try_again(reference: str = "") -> str:
    """When we failed, not they."""
    if reference:
        return _(
            "Something on my side went wrong; nothing you wrote is lost. "
            "Please try again in a minute (reference {reference})."
        ).format(reference=reference)
    return _("I am busy for a moment, so nothing was stored yet. Please try again in a minute.")


def mistaken(mistake: Mistake) -> str:
    """What was mistaken, and what to do instead."""
    match mistake:
        case Misread():
            return _misread(mistake)
        case WrongOption():
            return _wrong_option(mistake)
        case _:
            return str(mistake)


def _misread(mistake: Misread) -> str:
    sentences = {
        Unclear.TIME: _("I cannot read “{typed}” as a time. Please write it like 09:00 or 9am."),
        Unclear.HALF_DAY: _("“{typed}” is no time of day: with am or pm the hour goes from 1 to 12, like 9am."),
        Unclear.TIME_OF_DAY: _("“{typed}” is no time of day. The day goes from 00:00 to 23:59, so 09:00 works."),
        Unclear.ZONE: _(
            "I know no time zone called “{typed}”. Please write it like Europe/Berlin or America/New_York."
        ),
        Unclear.DAYS: _("I cannot read “{typed}” as weekdays. Please write them like mon-fri, mon,wed,fri or daily."),
        Unclear.NO_DAYS: _("Please say on which days to ask, like mon-fri, mon,wed,fri or daily."),
    }
    sentence = sentences[mistake.what]
    if mistake.what is Unclear.ZONE and mistake.near:
        sentence = _("I know no time zone called “{typed}”. Did you mean {near}?")
    return sentence.format(typed=_as_typed(mistake.typed), near=_either(mistake.near))


def _as_typed(text: str) -> str:
    """What was typed, cut short, without anything that could be a sign of ours."""
    return inert("".join(char for char in text if char.isprintable() and char not in "`<>@*_~|[]"), 40)


def _wrong_option(mistake: WrongOption) -> str:
    command, option = mistake.command, mistake.option
    example = _("For example: `{example}`").format(example=command.example)
    if not command.options:
        return _("`{title}` takes no options. Send it without.").format(title=command.title)
    if option is None:
        known = _either([f"`{each.name}`" for each in command.options])
        said = _("`{title}` has no option of that name. It knows {known}.").format(title=command.title, known=known)
    elif mistake.wrong is Wrong.MISSING:
        said = _("`{title}` needs `{option}`: {help}").format(
            title=command.title, option=option.name, help=_(option.help)
        )
    else:
        choices = _either([f"`{choice}`" for choice in option.choices])
        said = _("`{option}` can be {choices}.").format(option=option.name, choices=choices)
    return f"{said} {example}"


def _either(names: Sequence[str]) -> str:
    """Several names, of which one is meant."""
    if len(names) < 2:
        return "".join(names)
    return _("{names} or {last}").format(names=", ".join(names[:-1]), last=names[-1])


#: What turns a place without answers into words; services hand it to the welcome and to privacy.
WhereAnswersGo = Callable[[], str]
