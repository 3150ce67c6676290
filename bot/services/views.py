"""The door for reading: today, my standing, the board, one's own review. Group and viewer are always arguments, and
nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from bot import texts
from bot.commands import COMMANDS, Who, find
from bot.domain.answers import LATE_FOR, MAX_ANSWER
from bot.domain.asking import local_day, zone_names
from bot.domain.incoming import CompletionAsked
from bot.domain.outgoing import Action, Button, Choice, Choices, Field, Form, FormKind, Reply, read_id
from bot.domain.refs import ChannelRef, Person, UserRef
from bot.domain.standings import Board, Period, phase, read_period
from bot.domain.streaks import Streak
from bot.ports import Clock, Companies, LiveThread, Questions, ReaderView, Storage, TodayView
from bot.services import asking, boards, given, guesses, hidden, members, reviews, streaks
from bot.services.answers import ANSWER_FIELD
from bot.services.boards import GROUPS_OWN, Meant
from bot.services.pictures import Illustrated
from bot.services.standings import board_for
from bot.shelves import Answer, AnswerState, Member, Posting, PostingState, Tx, Via

#: So many suggestions a platform shows.
MOST_CHOICES = 25
LATEST_ANSWERS = 5
#: So many open questions stand on somebody's own page.
MOST_OPEN = 3


class ReadingRoom:
    """`bot.ports.Views`: what an adapter may show beside a chat."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def beside(self, viewer: UserRef, place: ChannelRef, period: Period) -> ReaderView:
        """Today's question of this place and the board as this viewer may see it."""
        now = self._clock.now()
        return await self._storage.read(lambda tx: _beside(tx, viewer, place, period, now))

    async def open_threads(self, platform: str) -> Sequence[LiveThread]:
        """The threads of a platform in which answers are still taken, newest first. Raises `NotNow`."""
        late_since = self._clock.now() - LATE_FOR
        return await self._storage.read(lambda tx: _open_threads(tx, platform, late_since))


def _open_threads(tx: Tx, platform: str, late_since: datetime) -> list[LiveThread]:
    parts = tx.answers.part_ids(platform, late_since)
    rooms = [
        LiveThread(round.room, round.opened_at, tuple(messages))
        for round, messages in tx.rounds.live(platform)
        if round.room is not None
    ]
    questions = [
        LiveThread(each.thread, each.posted_at, tuple(parts.get(each.id, ())))
        for each in tx.asking.live_threads(platform, late_since)
        if each.thread is not None and each.posted_at is not None
    ]
    return [*rooms, *questions]


def _beside(tx: Tx, viewer: UserRef, place: ChannelRef, period: Period, now: datetime) -> ReaderView:
    group = tx.members.group_of(place.space)
    if group is None or viewer.space != place.space:
        return ReaderView(None, Board(period, "", (), (), None, 0))
    today = _today_view(tx, group, viewer, place)
    answer = Button(Action.ANSWER, texts.label_answer(), today.posting_id) if today and not today.answered else None
    return ReaderView(today, _board(tx, group, viewer, place, period, now), (answer,) if answer else ())


def _today_view(tx: Tx, group: int, viewer: UserRef, place: ChannelRef) -> TodayView | None:
    posting = tx.asking.open_in(group, place)
    found = _view_of(tx, posting, viewer) if posting is not None else None
    return found[0] if found is not None else None


def _view_of(tx: Tx, posting: Posting, viewer: UserRef) -> tuple[TodayView, str] | None:
    """An open posting for its reader, and the zone of its track."""
    case = asking.load(tx, posting.group, posting.id)
    if case is None or case.posting.closes_at is None:
        return None
    question = asking.question_of(tx, case.asking)
    answered = given.standing_answer(tx, case.posting, viewer) is not None
    view = TodayView(str(case.posting.id), question.title, question.prompt, case.posting.closes_at, answered)
    return view, case.track.schedule.zone


def _board(
    tx: Tx,
    group: int,
    viewer: UserRef | None,
    place: ChannelRef,
    period: Period,
    now: datetime,
    meant: Meant = GROUPS_OWN,
) -> Board:
    member = tx.members.by_user(group, viewer) if viewer is not None else None
    board = _board_of(tx, group, member, place, period, now, meant)
    streak = streaks.streak_for(tx, member, now) if board.you is not None else None
    return replace(board, streak=streak.days) if streak is not None else board


def _board_of(
    tx: Tx,
    group: int,
    member: Member | None,
    place: ChannelRef,
    period: Period,
    now: datetime,
    meant: Meant = GROUPS_OWN,
) -> Board:
    viewer, today = member.id if member is not None else None, _today_in(tx, group, place, now)
    return replace(board_for(tx, group, viewer, period, today, meant.of), place=meant.name)


def _earlier_board(
    tx: Tx, group: int, viewer: UserRef | None, period: Period, day: date, today: date, meant: Meant
) -> Board:
    """The board of the period that a date lies in, which may be over for long."""
    member = tx.members.by_user(group, viewer) if viewer is not None else None
    board = board_for(tx, group, member.id if member is not None else None, period, day, meant.of)
    return replace(board, phase=phase(period, day, today), place=meant.name)


def _today_in(tx: Tx, group: int, place: ChannelRef, now: datetime) -> date:
    """The local date of the track that asks here; without one, UTC's."""
    track = tx.asking.track_in(group, place)
    return local_day(track.schedule.zone if track is not None else "UTC", now)


# ---------------------------------------------------------------- commands


def leaderboard(
    tx: Tx,
    group: int,
    viewer: UserRef,
    place: ChannelRef,
    period: Period,
    now: datetime,
    when: str = "",
    meant: Meant = GROUPS_OWN,
) -> Reply | Illustrated:
    """The board as the asker may see it, with a card (F77); `when` names an earlier one in their words, `meant` one
    that is not of the whole group."""
    board = _asked_board(tx, group, viewer, place, period, now, when, meant)
    return _with_card(Reply(texts.board(board)), board) if board is not None else Reply(texts.not_a_period(when))


def leaderboard_for_all(
    tx: Tx,
    group: int,
    place: ChannelRef,
    period: Period,
    now: datetime,
    when: str = "",
    meant: Meant = GROUPS_OWN,
) -> Reply | Illustrated:
    """The board an organiser shows to all, with a card."""
    board = _asked_board(tx, group, None, place, period, now, when, meant)
    if board is None:
        return Reply(texts.not_a_period(when))
    return _with_card(Reply(texts.board_for_all(board), public=True), board)


def _asked_board(
    tx: Tx,
    group: int,
    viewer: UserRef | None,
    place: ChannelRef,
    period: Period,
    now: datetime,
    when: str,
    meant: Meant,
) -> Board | None:
    if not when:
        return _board(tx, group, viewer, place, period, now, meant)
    today = _today_in(tx, group, place, now)
    days = read_period(when, period, today)
    return _earlier_board(tx, group, viewer, *days, today, meant) if days is not None else None


def _with_card(reply: Reply, board: Board) -> Reply | Illustrated:
    """A board on which nobody stands says so in words alone."""
    return Illustrated(reply, board) if board.top else reply


def help_for(person: Person, command: str | None) -> Reply:
    """What somebody can ask, or one command explained."""
    if command is None:
        return Reply(texts.help_all(person.organiser))
    found = find(tuple(command.strip().removeprefix("/").split()))
    if found is None:
        return Reply(texts.unknown_command(command, None))
    return Reply(texts.help_one(found))


def today(tx: Tx, group: int, viewer: UserRef, place: ChannelRef) -> Reply:
    """The question that is open here, or when the next one comes."""
    track = tx.asking.track_in(group, place)
    if track is None:
        return Reply(texts.no_track())
    view = _today_view(tx, group, viewer, place)
    zone = track.schedule.zone
    if view is None:
        return Reply(texts.nothing_today(asking.next_asked(tx, track), zone))
    return Reply(
        texts.today(view.title, view.prompt, view.closes_at, zone, view.answered), _ways_to_answer(tx, group, view)
    )


def _ways_to_answer(tx: Tx, group: int, view: TodayView) -> tuple[Button, ...]:
    """By form, or in several messages where the thread takes answers."""
    posting = tx.asking.posting(group, int(view.posting_id))
    if view.answered or posting is None:
        return ()
    form = Button(Action.ANSWER, texts.label_answer(), view.posting_id)
    return (form,) if posting.secret else (form, Button(Action.DRAFT, texts.label_draft(), view.posting_id))


def progress(tx: Tx, group: int, viewer: UserRef, place: ChannelRef, now: datetime) -> Reply | Illustrated:
    """One's own points and latest reviews, with the calendar of one's streak."""
    member = tx.members.by_user(group, viewer)
    if member is None:
        return Reply(texts.progress(None, None, ()))
    latest = tx.answers.latest_of(group, member.id, LATEST_ANSWERS)
    lines = [_progress_line(tx, answer) for answer, _ in latest]
    week, ever = (_board_of(tx, group, member, place, period, now).you for period in (Period.WEEK, Period.ALL))
    calendar = streaks.calendar_for(tx, member, now)
    buttons = tuple(Button(Action.FULL_REVIEW, texts.label_full_review(), str(answer.id)) for answer, _ in latest[:1])
    calibration = guesses.calibration_of(tx, group, member.id)
    streak = Streak(calendar.streak, calendar.freezes) if calendar is not None else None
    reply = Reply(texts.progress(ever, week, lines, streak, calibration), buttons)
    return Illustrated(reply, calendar) if calendar is not None and calendar.marks else reply


def _progress_line(tx: Tx, answer: Answer) -> texts.ProgressLine:
    asked = tx.asking.asking(answer.group, answer.asking)
    assert asked is not None
    review = tx.reviews.of(answer.group, answer.id, answer.version)
    title = asking.question_of(tx, asked).title
    return texts.ProgressLine(answer.day, title, review.score if review is not None else None)


def home(tx: Tx, group: int, viewer: UserRef, where_answers_go: str, now: datetime) -> Reply:
    """The bot's own page for one member: what is open, where they stand, and their settings."""
    postings = tx.asking.open_in_space(group, viewer.space)[:MOST_OPEN]
    today = list(filter(None, (_view_of(tx, posting, viewer) for posting in postings)))
    place = postings[0].channel if postings else ChannelRef(viewer.platform, viewer.workspace, "")
    member = tx.members.by_user(group, viewer)
    week, ever = (_board_of(tx, group, member, place, period, now).you for period in (Period.WEEK, Period.ALL))
    lines = [texts.HomeLine(view.title, view.closes_at, zone, view.answered) for view, zone in today]
    settings = members.privacy(member, where_answers_go)
    text = texts.home(lines, week, ever, streaks.streak_for(tx, member, now), settings)
    hide = _hide_button(member is not None and member.hidden)
    return Reply(text, (*_answer_buttons([view for view, _ in today if not view.answered]), hide))


def _answer_buttons(open_views: Sequence[TodayView]) -> list[Button]:
    several = len(open_views) > 1
    return [
        Button(Action.ANSWER, texts.label_answer_one(view.title) if several else texts.label_answer(), view.posting_id)
        for view in open_views
    ]


def _hide_button(hidden: bool) -> Button:
    return Button(Action.SHOW_ME, texts.label_show()) if hidden else Button(Action.HIDE_ME, texts.label_hide())


# ---------------------------------------------------------------- forms and buttons


def answer_form(tx: Tx, group: int, target: str, viewer: UserRef) -> Form | Reply:
    """The form to answer a question, filled with the viewer's own answer where they gave one by form. Who answered in
    the thread is sent there before anything is typed in vain."""
    id = read_id(target)
    case = asking.load(tx, group, id) if id is not None else None
    if case is None or case.posting.channel.space != viewer.space or case.asking.question is None:
        return Reply(texts.not_found())
    if case.posting.state not in (PostingState.POSTED, PostingState.CLOSED):
        return Reply(texts.not_found())
    standing = given.standing_answer(tx, case.posting, viewer)
    if standing is not None and standing.via is Via.THREAD:
        return Reply(texts.answered_in_thread())
    if standing is not None and hidden.is_final(tx, case.posting, standing):
        return Reply(texts.read_so_final())
    question = asking.question_of(tx, case.asking)
    field = Field(
        ANSWER_FIELD,
        texts.answer_form_label(),
        standing.text if standing is not None else "",
        multiline=True,
        max_length=MAX_ANSWER,
        placeholder=texts.answer_form_placeholder(),
    )
    again = Button(Action.ANSWER, texts.label_open_form(), target)
    fields = (field, *guesses.fields_for(tx, standing))
    return Form(FormKind.ANSWER, target, texts.answer_form_title(question), fields, texts.answer_form_send(), again)


def full_review(tx: Tx, group: int, target: str, viewer: UserRef, now: datetime) -> Reply:
    """The full review, to its author alone, as often as wanted."""
    id = read_id(target)
    answer = tx.answers.by_id(group, id) if id is not None else None
    if answer is None or answer.state is AnswerState.WITHDRAWN or not given.is_by(tx, answer, viewer):
        return Reply(texts.not_found())
    case = reviews.load(tx, group, answer.id, answer.version)
    if case is None or case.review is None:
        return Reply(texts.not_graded_yet())
    return reviews.full_reply(tx, case, now)


# ---------------------------------------------------------------- completion


def complete(event: CompletionAsked, questions: Questions, companies: Companies, tracks: Sequence[str]) -> Choices:
    """Suggestions for an option that is being typed; `tracks` are the names of the group's own."""
    names = _names_for(event, questions, companies, tracks)
    typed = event.typed.strip().casefold()
    begin = [name for name in names if name.casefold().startswith(typed)]
    inside = [name for name in names if typed in name.casefold() and name not in begin]
    return Choices(tuple(Choice(name, name) for name in [*begin, *inside][:MOST_CHOICES]))


def track_names(tx: Tx, event: CompletionAsked) -> Sequence[str]:
    """How the tracks of the asker's group are called."""
    group = tx.members.group_of(event.place.space)
    return list(boards.names(tx, group).values()) if group is not None else ()


def _names_for(event: CompletionAsked, questions: Questions, companies: Companies, tracks: Sequence[str]) -> list[str]:
    command = find(event.path)
    if command is None or not any(option.name == event.option and option.completes for option in command.options):
        return []
    match event.option:
        case "command":
            allowed = [each for each in COMMANDS if event.person.organiser or each.who is Who.EVERYONE]
            return [each.title.removeprefix("/") for each in allowed]
        case "zone":
            zones = [name for name in zone_names().values() if "/" in name or name == "UTC"]
            return [members.AUTO, *zones] if event.path == members.TIMEZONE else zones
        case "company":
            return list(companies.ids)
        case "question":
            return list(questions.ids_in(questions.pack_ids))
        case "pack":
            return list(questions.pack_ids)
        case "track":
            return list(tracks)
        case _:
            raise LookupError(f"{event.option} is declared to complete, but nothing completes it")
