"""The rounds shelf: mock rounds, their questions and turns, and loops."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
    update,
)

from bot.domain.companies import Competency, Interviewer, RoundPlan, Stage
from bot.domain.debriefs import Remark, Vote, WriteUp
from bot.domain.incoming import Attachment
from bot.domain.questions import Level, question_from_json, question_to_json
from bot.domain.refs import ChannelRef, MessageRef, ThreadRef, UserRef
from bot.domain.reviews import Review
from bot.domain.rounds import ANSWERING, UNDER_WAY, Ended, Floor, Mode, RoundClock, RoundState, Speaker, TurnKind
from bot.shelves import HeldAnswer, Loop, LoopState, NewRound, Round, RoundQuestion, Turn
from bot.storage.reviews import review_from_text, review_text
from bot.storage.types import JsonText, UtcDateTime, metadata
from bot.storage.work import insert_new

mock_loops = Table(
    "mock_loops",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("company", String(60), nullable=False),
    Column("level", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
)

#: `plan`, `floor` and `notes` are read by this shelf alone. `used_seconds` and `running_since` are the round's clock.
mock_rounds = Table(
    "mock_rounds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("loop_id", ForeignKey("mock_loops.id"), index=True),
    Column("platform", String(16), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("room_channel_id", String(64)),
    Column("room_thread_id", String(64)),
    Column("company", String(60), nullable=False),
    Column("plan", JsonText, nullable=False),
    Column("level", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("floor", JsonText, nullable=False),
    Column("asked_by", Integer, nullable=False),
    Column("used_seconds", Integer, nullable=False),
    Column("running_since", UtcDateTime),
    Column("epoch", Integer, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("why", String(16)),
    Column("notes", JsonText),
    Index("ix_mock_rounds_member", "member_id", "state"),
    Index("ix_mock_rounds_room", "room_channel_id", "room_thread_id"),
)

mock_questions = Table(
    "mock_questions",
    metadata,
    Column("round_id", ForeignKey("mock_rounds.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("question_id", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("review", Text),
    Column("heard", Integer, nullable=False),
    Column("hints", Integer, nullable=False),
)

mock_turns = Table(
    "mock_turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("round_id", ForeignKey("mock_rounds.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("speaker", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("message_id", String(64)),
    Column("at", UtcDateTime, nullable=False),
    Column("said", Boolean, nullable=False),
    UniqueConstraint("round_id", "number"),
    UniqueConstraint("round_id", "message_id"),
    Index("ix_mock_turns_message", "message_id"),
)


#: So many rounds of one account may be under way in one conversation, of as many groups.
MOST_HERE = 10

# What every message and every answer asks, put together once: making a statement takes longer than running it.
_r, _q, _t = mock_rounds.c, mock_questions.c, mock_turns.c
_ROUND = select(mock_rounds).where(_r.group_id == bindparam("of"), _r.id == bindparam("one"))
_ROUND_HELD = _ROUND.with_for_update()
_CHANGE = update(mock_rounds).where(_r.group_id == bindparam("of"), _r.id == bindparam("one"))
_ON, _THERE = _r.platform == bindparam("on"), _r.workspace == bindparam("there")
_THEIRS = (_ON, _r.user_id == bindparam("who"), _r.room_channel_id == bindparam("room"))
_IN_ROOM = select(mock_rounds).where(*_THEIRS).order_by(_r.state.in_(UNDER_WAY).desc(), _r.id.desc()).limit(MOST_HERE)
_ELSEWHERE = select(_r.id).where(_ON, _r.user_id == bindparam("who"), _r.workspace != bindparam("there")).limit(1)
_INSIDE = or_(_r.room_channel_id == bindparam("room"), _r.room_thread_id == bindparam("room"))
_SAID_THERE = _r.id.in_(select(_t.round_id).where(_t.message_id == bindparam("message")))
_HOLDING = select(mock_rounds).where(_ON, _INSIDE, _SAID_THERE).order_by(_r.id.desc()).limit(1)
# A private conversation may not tell the workspace; where it does, it is asked about too.
_IN_ROOM_THERE, _HOLDING_THERE = _IN_ROOM.where(_THERE), _HOLDING.where(_THERE)
_QUESTIONS = (
    select(mock_questions).where(_q.group_id == bindparam("of"), _q.round_id == bindparam("one")).order_by(_q.position)
)
_SET_QUESTION = update(mock_questions).where(
    _q.group_id == bindparam("of"), _q.round_id == bindparam("one"), _q.position == bindparam("at_position")
)
_TURNS = select(mock_turns).where(_t.group_id == bindparam("of"), _t.round_id == bindparam("one")).order_by(_t.number)
_LAST_TURN = select(func.coalesce(func.max(_t.number), 0)).where(_t.round_id == bindparam("one"))
_SET_SAID = update(mock_turns).where(_t.group_id == bindparam("of"), _t.id == bindparam("one")).values(said=True)


class SqlRounds:
    """Rounds and loops of one transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    # rounds

    def begin(self, group: int, new: NewRound, now: datetime) -> Round:
        """A new round with its questions; its private place is not open yet."""
        values = {
            "group_id": group,
            "member_id": new.member,
            "loop_id": new.loop,
            "platform": new.user.platform,
            "workspace": new.user.workspace,
            "user_id": new.user.id,
            "channel_id": new.place.id,
            "company": new.company,
            "plan": asdict(new.plan),
            "level": new.level,
            "mode": new.mode,
            "state": RoundState.OPENING,
            "floor": asdict(Floor(0)),
            "asked_by": 0,
            "used_seconds": 0,
            "epoch": 0,
            "opened_at": now,
        }
        row = self._conn.execute(mock_rounds.insert().values(values).returning(mock_rounds)).one()
        kept = [
            {
                "round_id": row.id,
                "position": position,
                "group_id": group,
                "question_id": question.id,
                "body": question_to_json(question),
                "heard": 0,
                "hints": 0,
            }
            for position, question in enumerate(new.questions)
        ]
        self._conn.execute(mock_questions.insert(), kept)
        return _round(row)

    def by_id(self, group: int, round: int) -> Round | None:
        """One round."""
        return self._first(_ROUND, {"of": group, "one": round})

    def held(self, group: int, round: int) -> Round | None:
        """One round; nobody else changes it until the transaction ends."""
        return self._first(_ROUND_HELD, {"of": group, "one": round})

    def in_room(self, place: ThreadRef, user: UserRef) -> Sequence[Round]:
        """The rounds of this account in this private place or in a conversation around it: those under way, newest
        first, else the newest one that is over. One query, since every message in a thread asks."""
        newest = _IN_ROOM_THERE if user.workspace else _IN_ROOM
        theirs = {"on": user.platform, "there": user.workspace, "who": user.id, "room": place.channel}
        found = [_round(row) for row in self._conn.execute(newest, theirs)]
        here = [each for each in found if each.room is not None and each.room.id == place.id]
        live = [each for each in here if each.state in UNDER_WAY]
        # A conversation is theirs alone: what stands beside the thread in it is meant for the round as well.
        around = [each for each in found if each.state in UNDER_WAY and place.channel != each.place.id]
        return live or around[:1] or here[:1]

    def elsewhere(self, user: UserRef) -> bool:
        """Whether this account opened a round in another workspace of its platform as well."""
        theirs = {"on": user.platform, "there": user.workspace, "who": user.id}
        return self._conn.execute(_ELSEWHERE, theirs).first() is not None

    def with_room(self, place: ThreadRef) -> Sequence[Round]:
        """The rounds under way in this private place."""
        c = mock_rounds.c
        here = (*_in_space(place), c.room_channel_id == place.channel, c.room_thread_id == place.id)
        rows = self._conn.execute(select(mock_rounds).where(*here, c.state.in_(UNDER_WAY)).order_by(c.id))
        return [_round(row) for row in rows]

    def of_target(self, round: int, user: UserRef) -> Round | None:
        """The round with this id, if this account opened it, whichever group it belongs to."""
        c = mock_rounds.c
        return self._one(c.id == round, *_in_space(user), c.user_id == user.id)

    def of_member(self, group: int, member: int, states: Sequence[RoundState], most: int) -> Sequence[Round]:
        """A member's rounds of these states, newest first."""
        c = mock_rounds.c
        mine = (c.group_id == group, c.member_id == member, c.state.in_(states))
        rows = self._conn.execute(select(mock_rounds).where(*mine).order_by(c.id.desc()).limit(most))
        return [_round(row) for row in rows]

    def of_loop(self, group: int, loop: int) -> Sequence[Round]:
        """The rounds of a loop, oldest first."""
        mine = (mock_rounds.c.group_id == group, mock_rounds.c.loop_id == loop)
        rows = self._conn.execute(select(mock_rounds).where(*mine).order_by(mock_rounds.c.id))
        return [_round(row) for row in rows]

    def change(self, round: Round) -> None:
        """Stores a round's room, state, floor, clock, end and notes."""
        values = {
            "room_channel_id": round.room.channel if round.room else None,
            "room_thread_id": round.room.id if round.room else None,
            "state": round.state,
            "floor": asdict(round.floor),
            "asked_by": round.asked_by,
            "used_seconds": int(round.clock.used.total_seconds()),
            "running_since": round.clock.since,
            "epoch": round.epoch,
            "ended_at": round.ended_at,
            "why": round.why,
            "notes": None if round.notes is None else asdict(round.notes),
        }
        self._conn.execute(_CHANGE, {"of": round.group, "one": round.id, **values})

    def live(self, platform: str) -> Sequence[tuple[Round, Sequence[str]]]:
        """Rounds under way whose private place is on a platform, with the ids of the members' messages in it."""
        c = mock_rounds.c
        open_ones = (c.platform == platform, c.state.in_(UNDER_WAY), c.room_thread_id.is_not(None))
        rounds = [
            _round(row) for row in self._conn.execute(select(mock_rounds).where(*open_ones).order_by(c.id.desc()))
        ]
        if not rounds:
            return []
        parts: dict[int, list[str]] = {}
        said = select(mock_turns.c.round_id, mock_turns.c.message_id).where(
            mock_turns.c.round_id.in_([round.id for round in rounds]), mock_turns.c.message_id.is_not(None)
        )
        for row in self._conn.execute(said):
            parts.setdefault(row.round_id, []).append(row.message_id)
        return [(round, parts.get(round.id, ())) for round in rounds]

    def _one(self, *wanted: Any) -> Round | None:
        return self._first(select(mock_rounds).where(*wanted).order_by(mock_rounds.c.id.desc()).limit(1), {})

    def _first(self, statement: Select[Any], named: Mapping[str, Any]) -> Round | None:
        row = self._conn.execute(statement, named).first()
        return None if row is None else _round(row)

    # turns

    def add_turn(self, round: Round, speaker: Speaker, kind: TurnKind, text: str, now: datetime) -> Turn:
        """What an interviewer will say."""
        turn = self._add(round, speaker, kind, text, round.floor.position, None, now, False)
        assert turn is not None
        return turn

    def add_answer(
        self, round: Round, kind: TurnKind, text: str, position: int, message: str, now: datetime
    ) -> Turn | None:
        """What the member said about a question; None when this message is known already."""
        return self._add(round, Speaker.MEMBER, kind, text, position, message, now, True)

    def add_held(self, round: Round, held: HeldAnswer, position: int, message: str, now: datetime) -> Turn | None:
        """What the member said about a question with files that are not read yet; None when this message is known
        already."""
        return self.add_answer(round, TurnKind.HELD, json.dumps(asdict(held)), position, message, now)

    def held_answer(self, group: int, turn: int) -> tuple[Round, Turn, HeldAnswer] | None:
        """An answer that waits for its files; None when it does not any more."""
        c = mock_turns.c
        found = select(mock_turns).where(c.group_id == group, c.id == turn, c.kind == TurnKind.HELD)
        row = self._conn.execute(found).first()
        round = self.by_id(group, row.round_id) if row is not None else None
        return (round, _turn(row), _held(row.text)) if round is not None and row is not None else None

    def take_held(self, group: int, turn: Turn, kind: TurnKind, text: str) -> None:
        """Its files were read, and it is this now."""
        mine = (mock_turns.c.group_id == group, mock_turns.c.id == turn.id)
        changed = update(mock_turns).where(*mine).values(kind=kind, text=text).returning(mock_turns.c.round_id)
        for round in self._conn.execute(changed).scalars().all():
            self._set_question(group, round, turn.position, heard=0)

    def add_note(self, round: Round, text: str, message: str, now: datetime) -> bool:
        """A member's message that is no answer; False when it is known already."""
        position = round.floor.position
        return self._add(round, Speaker.MEMBER, TurnKind.WORD, text, position, message, now, True) is not None

    def _add(
        self,
        round: Round,
        speaker: Speaker,
        kind: TurnKind,
        text: str,
        position: int,
        message: str | None,
        now: datetime,
        said: bool,
    ) -> Turn | None:
        number = self._conn.execute(_LAST_TURN, {"one": round.id}).scalar_one() + 1
        row = {
            "group_id": round.group,
            "round_id": round.id,
            "number": number,
            "speaker": speaker,
            "kind": kind,
            "text": text,
            "position": position,
            "message_id": message,
            "at": now,
            "said": said,
        }
        new = insert_new(self._conn, mock_turns, ("round_id", "message_id"), row)
        return None if new is None else Turn(new.id, number, speaker, kind, text, position, message, now, said)

    def turns(self, group: int, round: int) -> Sequence[Turn]:
        """All that was said, in order."""
        return [_turn(row) for row in self._conn.execute(_TURNS, {"of": group, "one": round})]

    def set_said(self, group: int, turn: int) -> None:
        """An interviewer's words stand there."""
        self._conn.execute(_SET_SAID, {"of": group, "one": turn})

    def set_text(self, group: int, round: int, message: str, text: str) -> Turn | None:
        """A member's message reads so now, and what is known of its question is out of date; None when it is none of an
        answer."""
        c = mock_turns.c
        mine = (c.group_id == group, c.round_id == round, c.message_id == message, c.kind.in_(ANSWERING))
        self._change_held(group, round, message, text)
        row = self._conn.execute(update(mock_turns).where(*mine).values(text=text).returning(mock_turns)).first()
        if row is None:
            return None
        self._set_question(group, round, row.position, heard=0)
        return _turn(row)

    def _change_held(self, group: int, round: int, message: str, text: str) -> None:
        """An answer that waits for its files reads so now; one that is gone waits for nothing."""
        c = mock_turns.c
        mine = (c.group_id == group, c.round_id == round, c.message_id == message, c.kind == TurnKind.HELD)
        row = self._conn.execute(select(mock_turns).where(*mine)).first()
        if row is None:
            return
        changed: dict[str, Any] = {"kind": TurnKind.WORD, "text": ""}
        if text:
            changed = {"text": json.dumps(asdict(replace(_held(row.text), text=text)))}
        self._conn.execute(update(mock_turns).where(*mine).values(changed))

    def holding(self, message: MessageRef) -> Round | None:
        """The round in which this message was written; an empty workspace does not matter."""
        statement = _HOLDING_THERE if message.workspace else _HOLDING
        named = {"on": message.platform, "there": message.workspace, "room": message.channel, "message": message.id}
        return self._first(statement, named)

    # questions

    def questions(self, group: int, round: int) -> Sequence[RoundQuestion]:
        """The questions of a round, in order."""
        return [_question(row) for row in self._conn.execute(_QUESTIONS, {"of": group, "one": round})]

    def set_review(self, group: int, round: int, position: int, review: Review, heard: int) -> None:
        """What the reviewer says of all that was said to a question up to a turn."""
        self._set_question(group, round, position, review=review_text(review), heard=heard)

    def take_hint(self, group: int, round: int, position: int) -> int:
        """One more hint was given to a question; returns how many there were before."""
        c = mock_questions.c
        mine = (c.group_id == group, c.round_id == round, c.position == position)
        before = self._conn.execute(select(c.hints).where(*mine)).scalar_one()
        self._set_question(group, round, position, hints=before + 1)
        return int(before)

    def _set_question(self, group: int, round: int, position: int, **values: Any) -> None:
        self._conn.execute(_SET_QUESTION, {"of": group, "one": round, "at_position": position, **values})

    def asked_before(self, group: int, member: int) -> Sequence[str]:
        """Ids of the questions a member was asked in rounds, oldest first."""
        rows = self._conn.execute(
            select(mock_questions.c.question_id)
            .join(mock_rounds, mock_rounds.c.id == mock_questions.c.round_id)
            .where(mock_rounds.c.group_id == group, mock_rounds.c.member_id == member)
            .order_by(mock_questions.c.round_id, mock_questions.c.position)
        )
        return list(rows.scalars())

    # loops

    def begin_loop(self, group: int, member: int, company: str, level: Level, mode: Mode, now: datetime) -> Loop:
        """A new loop."""
        values = {
            "group_id": group,
            "member_id": member,
            "company": company,
            "level": level,
            "mode": mode,
            "state": LoopState.OPEN,
            "opened_at": now,
        }
        return _loop(self._conn.execute(mock_loops.insert().values(values).returning(mock_loops)).one())

    def loop(self, group: int, loop: int) -> Loop | None:
        """One loop."""
        return self._loop(mock_loops.c.group_id == group, mock_loops.c.id == loop)

    def open_loop(self, group: int, member: int) -> Loop | None:
        """The loop a member is in."""
        c = mock_loops.c
        return self._loop(c.group_id == group, c.member_id == member, c.state == LoopState.OPEN)

    def _loop(self, *wanted: Any) -> Loop | None:
        row = self._conn.execute(select(mock_loops).where(*wanted).order_by(mock_loops.c.id.desc()).limit(1)).first()
        return None if row is None else _loop(row)

    def end_loop(self, group: int, loop: int, state: LoopState) -> None:
        """A loop is over."""
        mine = (mock_loops.c.group_id == group, mock_loops.c.id == loop)
        self._conn.execute(update(mock_loops).where(*mine).values(state=state))


def _in_space(ref: UserRef | ThreadRef | MessageRef) -> tuple[Any, ...]:
    """Of this platform and workspace; a private conversation may not tell the workspace."""
    c = mock_rounds.c
    return (c.platform == ref.platform, *([c.workspace == ref.workspace] if ref.workspace else ()))


def _round(row: Row[Any]) -> Round:
    room = None
    if row.room_channel_id and row.room_thread_id:
        room = ThreadRef(row.platform, row.workspace, row.room_channel_id, row.room_thread_id)
    plan = _plan(row.plan)
    return Round(
        id=row.id,
        group=row.group_id,
        member=row.member_id,
        user=UserRef(row.platform, row.workspace, row.user_id),
        place=ChannelRef(row.platform, row.workspace, row.channel_id),
        room=room,
        company=row.company,
        plan=plan,
        level=Level(row.level),
        mode=Mode(row.mode),
        loop=row.loop_id,
        state=RoundState(row.state),
        floor=Floor(row.floor["position"], tuple(row.floor["asked"]), row.floor["nudges"], row.floor["answers"]),
        asked_by=row.asked_by,
        clock=RoundClock(plan.minutes, timedelta(seconds=row.used_seconds), row.running_since),
        epoch=row.epoch,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        why=Ended(row.why) if row.why else None,
        notes=_notes(row.notes) if row.notes else None,
    )


def _plan(raw: Any) -> RoundPlan:
    interviewer = Interviewer(**raw["interviewer"])
    return RoundPlan(
        raw["id"],
        raw["title"],
        Stage(raw["stage"]),
        Competency(raw["competency"]),
        raw["minutes"],
        raw["questions"],
        interviewer,
    )


def _notes(raw: Any) -> WriteUp:
    return WriteUp(
        raw["title"],
        Stage(raw["stage"]),
        Competency(raw["competency"]),
        raw["score"],
        raw["fit"],
        Vote(raw["vote"]),
        tuple(Remark(**each) for each in raw["strengths"]),
        tuple(Remark(**each) for each in raw["gaps"]),
        raw["answered"],
        raw["asked"],
    )


def _turn(row: Row[Any]) -> Turn:
    return Turn(
        row.id,
        row.number,
        Speaker(row.speaker),
        TurnKind(row.kind),
        row.text,
        row.position,
        row.message_id,
        row.at,
        row.said,
    )


def _held(text: str) -> HeldAnswer:
    raw = json.loads(text)
    return HeldAnswer(TurnKind(raw["kind"]), raw["text"], tuple(Attachment(**each) for each in raw["files"]))


def _question(row: Row[Any]) -> RoundQuestion:
    review = review_from_text(row.review) if row.review else None
    return RoundQuestion(row.position, question_from_json(row.body), review, row.heard, row.hints)


def _loop(row: Row[Any]) -> Loop:
    state = LoopState(row.state)
    return Loop(
        row.id, row.group_id, row.member_id, row.company, Level(row.level), Mode(row.mode), state, row.opened_at
    )
