"""The door in: looks up what an event is about, files it and what is owed for it, and answers at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot import texts
from bot.commands import ORGANISERS_ACTIONS, Command, Who, find, nearest, read_options
from bot.domain.budgets import Costs
from bot.domain.codes import Draw
from bot.domain.errors import Mistake
from bot.domain.incoming import (
    ButtonPressed,
    CommandCalled,
    CompletionAsked,
    FormSent,
    Happening,
    HomeOpened,
    Incoming,
    MemberLeft,
    MessageEdited,
    MessagePosted,
    MessagesDeleted,
    PlaceGone,
    SpaceJoined,
    SpaceLeft,
    SpaceThrottled,
)
from bot.domain.outgoing import Action, Choices, Form, FormKind, Immediate, Reply, read_id
from bot.domain.refs import Person, SpaceRef, ThreadRef
from bot.domain.reviews import Versions
from bot.domain.standings import Period
from bot.ports import Clock, Companies, Memory, Pictures, Questions, Storage
from bot.services import (
    answers,
    appeals,
    attempts,
    audits,
    boards,
    budgets,
    dashboard,
    digests,
    drafts,
    hidden,
    hints,
    joining,
    members,
    mock,
    organising,
    places,
    question_health,
    repetition,
    rounds,
    sharing,
    views,
)
from bot.services.pictures import Filed, Illustrated, drawn, with_change
from bot.shelves import Track, Tx

log = logging.getLogger(__name__)


class FrontDoor:
    """`bot.ports.Intake`: one transaction for each event; the acknowledgement follows the commit."""

    def __init__(
        self,
        storage: Storage,
        questions: Questions,
        clock: Clock,
        reviewer: str,
        where: texts.WhereAnswersGo,
        draw: Draw,
        costs: Costs,
        model: str | None,
        companies: Companies,
        versions: Versions,
        dashboards: Mapping[str, str],
        pictures: Pictures,
        memory: Memory,
    ):
        self._storage = storage
        self._questions = questions
        self._clock = clock
        self._reviewer = reviewer
        self._where = where
        self._draw = draw
        self._costs = costs
        self._model = model
        self._companies = companies
        self._versions = versions
        self._dashboards = dashboards
        self._pictures = pictures
        self._memory = memory
        self._mock = mock.MockInterviews(companies, questions)

    async def receive(self, event: Incoming) -> Immediate:
        """Files what happened and what is owed for it, and answers at once. Raises `NotNow` when it was not stored."""
        if isinstance(event, CompletionAsked):
            return await self._complete(event)
        now = self._clock.now()
        try:
            filed = await self._storage.write(lambda tx: self._file(tx, event, now))
        except Mistake as mistake:
            return Reply(texts.mistaken(mistake))
        return await drawn(self._pictures, filed)

    def _file(self, tx: Tx, event: Happening, now: datetime) -> Filed:
        match event:
            case MessagePosted():
                return self._posted(tx, event, now)
            case MessageEdited():
                return self._edited(tx, event, now)
            case MessagesDeleted():
                self._deleted(tx, event, now)
                return None
            case FormSent():
                return self._form(tx, event, now)
            case ButtonPressed():
                return self._button(tx, event, now)
            case CommandCalled():
                return self._command(tx, event, now)
            case HomeOpened():
                return self._home(tx, event, now)
            case SpaceJoined():
                organising.join(tx, self._questions, event, now)
                return None
            case SpaceLeft() | SpaceThrottled() | PlaceGone() | MemberLeft():
                self._changed(tx, event, now)
                return None
            case _:
                assert_never(event)

    def _posted(self, tx: Tx, event: MessagePosted, now: datetime) -> Immediate:
        """In a question's thread, or in the private place of a round, which may not tell what group it belongs to."""
        match rounds.in_room(tx, event):
            case [round]:
                return rounds.said(tx, round, event, now)
            case [_, *_] as several:
                rounds.ask_which(tx, several, event, now)
                return None
        return self._in_group(tx, event.message.space, lambda group: attempts.posted(tx, group, event, now))

    def _edited(self, tx: Tx, event: MessageEdited, now: datetime) -> Immediate:
        if rounds.edited(tx, event):
            return None
        return self._in_group(tx, event.message.space, lambda group: answers.edited(tx, group, event, now))

    def _changed(self, tx: Tx, event: SpaceLeft | SpaceThrottled | PlaceGone | MemberLeft, now: datetime) -> None:
        """Something about a place or its people is not as it was. In a place we do not know it concerns nobody."""
        space = _space_of(event)
        group = tx.members.group_of(space)
        if group is None:
            return
        match event:
            case SpaceLeft():
                log.info("space_left", extra={"platform": space.platform, "workspace": space.workspace})
                places.space_left(tx, group, space)
            case SpaceThrottled():
                log.warning("space_throttled", extra={"platform": space.platform, "workspace": space.workspace})
                tx.members.throttled(space, now)
            case PlaceGone():
                places.gone(tx, group, event.place, now)
                if isinstance(event.place, ThreadRef):
                    rounds.place_gone(tx, event.place, now)
            case MemberLeft():
                places.member_left(tx, group, event.user)
                rounds.member_left(tx, group, event.user, now)

    def _home(self, tx: Tx, event: HomeOpened, now: datetime) -> Reply:
        group = tx.members.group_of(event.person.user.space)
        if group is None:
            return Reply(texts.no_group())
        members.note(tx, group, event.person)
        reply = views.home(tx, group, event.person.user, self._where(), now)
        return self._with_dashboard(tx, group, event.person, reply, now)

    def _in_group(self, tx: Tx, space: SpaceRef, work: Callable[[int], Immediate]) -> Immediate:
        group = tx.members.group_of(space)
        return None if group is None else work(group)

    def _deleted(self, tx: Tx, event: MessagesDeleted, now: datetime) -> None:
        rounds.deleted(tx, event)
        group = tx.members.group_of(event.messages[0].space) if event.messages else None
        if group is not None:
            answers.deleted(tx, group, event, now)

    def _form(self, tx: Tx, event: FormSent, now: datetime) -> Reply:
        group = tx.members.group_of(event.place.space)
        if group is None:
            return Reply(texts.no_group())
        members.note(tx, group, event.person)
        match event.kind:
            case FormKind.ANSWER:
                return answers.form_sent(tx, group, event, now)
            case FormKind.SETUP:
                return self._setup_form(tx, group, event, now)
            case FormKind.TRY_AGAIN:
                return attempts.form_sent(tx, group, event, now)
            case FormKind.APPEAL:
                return appeals.form_sent(tx, group, event, now)
            case FormKind.GRADE:
                members.note_organiser(tx, group, event.person)
                return appeals.grade_sent(tx, group, event, now)
            case FormKind.PRACTICE:
                return repetition.form_sent(tx, group, event, now)

    def _setup_form(self, tx: Tx, group: int, event: FormSent, now: datetime) -> Reply:
        """The right to organise is asked again: it may have gone while the form was open (FAULTS 98)."""
        members.note_organiser(tx, group, event.person)
        command = find(("study-admin", "setup"))
        assert command is not None
        if not self._may(tx, group, command, event.person, now):
            return Reply(texts.organisers_only(command.title))
        return organising.form_sent(tx, group, self._questions, event, now)

    # buttons

    def _button(self, tx: Tx, event: ButtonPressed, now: datetime) -> Immediate:
        group = tx.members.group_of(event.place.space)
        if group is None:
            return Reply(texts.no_group())
        members.note(tx, group, event.person)
        match event.action:
            case Action.ANSWER:
                return views.answer_form(tx, group, event.target, event.person.user)
            case Action.FULL_REVIEW:
                return views.full_review(tx, group, event.target, event.person.user, now)
            case Action.COUNT_AS_ANSWER:
                return answers.count_this(tx, group, event, now)
            case Action.NOT_AN_ANSWER:
                return answers.uncount(tx, group, event, now)
            case Action.DRAFT:
                return drafts.begin(tx, group, read_id(event.target), event, now)
            case Action.DRAFT_DONE | Action.DRAFT_CANCEL:
                return drafts.pressed(tx, group, event, now)
            case Action.READ_ANSWERS:
                return hidden.read(tx, group, event.target, event.person.user, now)
            case Action.SHOW_AT_CLOSE | Action.KEEP_MINE:
                agree = event.action is Action.SHOW_AT_CLOSE
                return hidden.consent(tx, group, event.target, event.person.user, agree, now)
            case Action.HIDE_ME | Action.SHOW_ME:
                return members.hide(tx, group, event.person, event.action is Action.HIDE_ME, now)
            case Action.HINT:
                return hints.pressed(tx, group, event, now)
            case Action.TRY_AGAIN:
                return attempts.form(tx, group, event.target, event.person.user, now)
            case Action.HELPFUL | Action.UNHELPFUL:
                return appeals.vote(tx, group, event, now)
            case Action.APPEAL:
                return appeals.form(tx, group, event.target, event.person.user, now)
            case Action.ASK_MODERATOR:
                return appeals.ask_moderator(tx, group, event)
            case Action.SHOW_APPEAL | Action.KEEP_GRADE | Action.TAKE_SECOND | Action.GIVE_GRADE | Action.LET_COUNT:
                members.note_organiser(tx, group, event.person)
                return appeals.pressed(tx, group, event, now)
            case Action.CONFIRM_SETUP | Action.ASK_ALONG | Action.POST_NOW | Action.CONFIRM_JOIN:
                return self._organiser_button(tx, group, event, now)
            case Action.DASHBOARD:
                members.note_organiser(tx, group, event.person)
                return self._dashboard(tx, group, event.person, now)
            case Action.AGAIN_ON:
                return repetition.offered(tx, group, event, now)
            case Action.AGAIN_OFF:
                return repetition.stopped(tx, group, event, now)
            case Action.PRACTISE:
                return repetition.form(tx, group, event.target, event.person.user, now)
            case Action.MOCK:
                return self._mock.chosen(tx, group, event, now)
            case Action.ROUND_SHARE:
                return sharing.offer(tx, self._companies, event)
            case Action.SHARE_NOW:
                return sharing.confirm(tx, self._companies, event, now)
            case Action.ROUND_NEXT:
                return self._mock.next_pressed(tx, event, now)
            case (
                Action.ROUND_RESUME
                | Action.ROUND_PAUSE
                | Action.ROUND_STOP
                | Action.ROUND_SKIP
                | Action.ROUND_HINT
                | Action.ROUND_REPEAT
                | Action.ROUND_TIME
            ):
                return rounds.pressed(tx, event, now)

    def _organiser_button(self, tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Reply:
        members.note_organiser(tx, group, event.person)
        command = find(ORGANISERS_ACTIONS[event.action])
        assert command is not None
        if not self._may(tx, group, command, event.person, now):
            return Reply(texts.organisers_only(command.title))
        match event.action:
            case Action.CONFIRM_JOIN:
                return joining.confirm_join(tx, group, event, now)
            case Action.ASK_ALONG:
                return organising.confirm_along(tx, group, event.target, event.place.space)
        id = read_id(event.target)
        if id is None:
            return Reply(texts.not_found())
        if event.action is Action.CONFIRM_SETUP:
            return organising.confirm(tx, group, id, event.place.space, now)
        track = tx.asking.track(group, id)
        if track is None or all(each.channel.space != event.place.space for each in track.channels):
            return Reply(texts.not_found())
        return organising.post_now(tx, track, event, now)

    # commands

    def _command(self, tx: Tx, event: CommandCalled, now: datetime) -> Filed:
        command = find(event.path)
        if command is None:
            meant = nearest(event.path)
            return Reply(texts.unknown_command("/" + " ".join(event.path), meant.title if meant else None))
        group = tx.members.group_of(event.place.space)
        if group is None:
            return Reply(texts.no_group())
        members.note(tx, group, event.person)
        members.note_organiser(tx, group, event.person)
        if appeals.is_for(tx, group, event):
            return appeals.waiting(tx, group, event.person)
        if command.who is Who.ORGANISER and not self._may(tx, group, command, event.person, now):
            return Reply(texts.organisers_only(command.title))
        options = read_options(command, event.options)
        if command.who is Who.ORGANISER:
            return self._organise(tx, group, event, options, now)
        return _with_word(self._serve(tx, group, event, options, now), tx, group, event.person)

    def _may(self, tx: Tx, group: int, command: Command, person: Person, now: datetime) -> bool:
        """Whether somebody may call an organiser's command, by the event itself; every call is logged (F62)."""
        tx.members.log(group, person.user, command.title, "done" if person.organiser else "refused", now)
        return person.organiser

    def _serve(self, tx: Tx, group: int, event: CommandCalled, options: dict[str, str], now: datetime) -> Filed:
        user, place = event.person.user, event.place
        match event.path:
            case ("leaderboard",):
                return self._leaderboard(tx, group, event, options, now)
            case ("mock",):
                return self._mock.called(tx, group, event, options, now)
            case ("study", "help"):
                return views.help_for(event.person, options.get("command"))
            case ("study", "today"):
                return views.today(tx, group, user, place)
            case ("study", "answer"):
                return self._open_form(tx, group, event)
            case ("study", "long"):
                posting = tx.asking.open_in(group, place)
                return drafts.begin(tx, group, posting.id if posting is not None else None, event, now)
            case ("study", "answers"):
                return hidden.read_here(tx, group, place, user, now)
            case ("study", "hint"):
                return hints.called(tx, group, event, now)
            case ("study", "progress"):
                shown = views.progress(tx, group, user, place, now)
                return with_change(shown, lambda reply: self._with_dashboard(tx, group, event.person, reply, now))
            case ("study", "privacy"):
                return members.settle_privacy(tx, group, event.person, options, self._where(), now)
            case members.TIMEZONE:
                return members.timezone(tx, group, event.person, options.get("zone"), now)
            case ("study", "again"):
                return repetition.command(tx, group, event, options, self._memory, self._questions, now)
            case ("study", "link"):
                return joining.link(tx, group, event, options, self._draw, now)
            case _:
                raise LookupError(f"{event.path} is declared but not served")

    def _leaderboard(
        self, tx: Tx, group: int, event: CommandCalled, options: dict[str, str], now: datetime
    ) -> Reply | Illustrated:
        period, when = Period(options.get("period", Period.WEEK.value)), options.get("when", "")
        meant = boards.meant(tx, group, event.place, options)
        if meant is None:
            return Reply(texts.no_such_board(list(boards.names(tx, group).values())))
        if options.get("show") != "all":
            return views.leaderboard(tx, group, event.person.user, event.place, period, now, when, meant)
        command = find(event.path)
        assert command is not None
        if not self._may(tx, group, command, event.person, now):
            return Reply(texts.organisers_only(f"{command.title} show:all"))
        return views.leaderboard_for_all(tx, group, event.place, period, now, when, meant)

    def _with_dashboard(self, tx: Tx, group: int, person: Person, reply: Reply, now: datetime) -> Reply:
        """The reply with a fresh link to the asker's own dashboard, where one can be reached."""
        button = dashboard.link_button(tx, group, person, self._dashboards, now)
        return replace(reply, buttons=(*reply.buttons, button)) if button is not None else reply

    def _dashboard(self, tx: Tx, group: int, person: Person, now: datetime) -> Reply:
        """A fresh link alone."""
        reply = self._with_dashboard(tx, group, person, Reply(texts.dashboard_ready()), now)
        return reply if reply.buttons else Reply(texts.not_found())

    def _open_form(self, tx: Tx, group: int, event: CommandCalled) -> Form | Reply:
        posting = tx.asking.open_in(group, event.place)
        if posting is None:
            return Reply(texts.nothing_open())
        return views.answer_form(tx, group, str(posting.id), event.person.user)

    def _organise(self, tx: Tx, group: int, event: CommandCalled, options: dict[str, str], now: datetime) -> Immediate:
        if event.path == ("study-admin", "setup"):
            if not options:
                return organising.setup_form(tx, group, self._questions, event)
            return organising.draft(tx, group, self._questions, event, options, now)
        if event.path == ("study-admin", "join"):
            return joining.join(tx, group, event, options, self._draw, now)
        if event.path == ("study-admin", "appeals"):
            return appeals.waiting(tx, group, event.person)
        if event.path == ("study-admin", "budget"):
            return budgets.command(tx, group, self._costs, self._model, options, now)
        if event.path == ("study-admin", "grader"):
            return audits.grader(tx, group, self._versions)
        if event.path == ("study-admin", "moderators"):
            return appeals.set_moderators(tx, group, event, options)
        if event.path == ("study-admin", "question"):
            return question_health.stats(tx, group, options.get("question"), now.date())
        track = tx.asking.track_in(group, event.place)
        if track is None:
            return Reply(texts.no_track())
        return self._organise_track(tx, track, event, options, now)

    def _organise_track(
        self, tx: Tx, track: Track, event: CommandCalled, options: dict[str, str], now: datetime
    ) -> Reply:
        match event.path:
            case ("study-admin", "post"):
                return organising.post_now(tx, track, event, now)
            case ("study-admin", "preview"):
                return organising.preview(tx, self._questions, track, options)
            case ("study-admin", "pause"):
                return organising.pause(tx, track, options, now)
            case ("study-admin", "resume"):
                return organising.resume(tx, track, now)
            case ("study-admin", "health"):
                return organising.health(tx, track, self._reviewer, now)
            case ("study-admin", "digest"):
                return digests.command(tx, track, options, now)
            case ("study-admin", "goal"):
                return digests.goal(tx, track, options)
            case _:
                raise LookupError(f"{event.path} is declared but not served")

    async def _complete(self, event: CompletionAsked) -> Choices:
        tracks: Sequence[str] = ()
        if event.option == "track":
            tracks = await self._storage.read(lambda tx: views.track_names(tx, event))
        # All zones are read from a folder, once.
        return await asyncio.to_thread(views.complete, event, self._questions, self._companies, tracks)


def _with_word(filed: Filed, tx: Tx, group: int, person: Person) -> Filed:
    """A private reply, with what somebody has to be told once, if there is anything."""
    if not isinstance(filed, Reply | Illustrated) or filed.public:
        return filed
    word = repetition.word_for(tx, group, person)
    return with_change(filed, lambda reply: replace(reply, text=f"{reply.text}\n\n{word}")) if word else filed


def _space_of(event: SpaceLeft | SpaceThrottled | PlaceGone | MemberLeft) -> SpaceRef:
    match event:
        case SpaceLeft() | SpaceThrottled():
            return event.space
        case PlaceGone():
            return event.place.space
        case MemberLeft():
            return event.user.space
