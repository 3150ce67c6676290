"""What is said at the end of a mock round, and of a loop, inside the caller's transaction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from bot import texts
from bot.domain.companies import Company, Competency
from bot.domain.debriefs import WriteUp, debrief
from bot.domain.pictures import CompetencyProfile, Measure
from bot.domain.rounds import Mode, TurnKind
from bot.ports import Questions
from bot.services.conducting import say
from bot.shelves import LoopState, Round, Tx

#: So many drills close a report (F38).
DRILLS = 2


def say_report(tx: Tx, questions: Questions, company: Company, round: Round, word_check: bool, now: datetime) -> None:
    """The report of a round that is done. In a strict loop it is kept for the debrief; between two rounds stands what
    comes next, and after the last one the debrief."""
    loop = tx.rounds.loop(round.group, round.loop) if round.loop is not None else None
    if loop is None or round.mode is Mode.COACH:
        say(tx, round, TurnKind.REPORT, _report(tx, questions, company, round, word_check), now)
    if loop is None or loop.state is not LoopState.OPEN:
        return
    notes = [each.notes for each in tx.rounds.of_loop(round.group, loop.id) if each.notes is not None]
    if len(notes) < len(company.rounds):
        following = company.rounds[len(notes)].title
        text = texts.loop_goes_on(company.manner.closing, len(notes), len(company.rounds), following)
        say(tx, round, TurnKind.NEXT, text, now)
        return
    tx.rounds.end_loop(round.group, loop.id, LoopState.DONE)
    weakest = min(notes, key=lambda note: note.score)
    drills = _drills(tx, questions, company, round, weakest)
    text = texts.debrief(company, notes, debrief(company, notes), drills, word_check)
    say(tx, round, TurnKind.DEBRIEF, text, now)


def profile(tx: Tx, company: Company, round: Round, kind: TurnKind) -> CompetencyProfile | None:
    """What a report or a debrief shows of the competencies (F38); None for other words."""
    if kind is TurnKind.REPORT and round.notes is not None:
        return _profile_of_round(company, round.notes)
    if kind is TurnKind.DEBRIEF and round.loop is not None:
        return _profile_of_loop(company, [each.notes for each in tx.rounds.of_loop(round.group, round.loop)])
    return None


def _profile_of_round(company: Company, note: WriteUp) -> CompetencyProfile:
    measures = [Measure(texts.label_competency(note.competency), note.score)]
    if note.fit is not None:
        measures.append(Measure(texts.fit_with(company.title), note.fit))
    return CompetencyProfile(texts.report_title(note.title), tuple(measures), texts.vote_said(note.vote))


def _profile_of_loop(company: Company, written: Sequence[WriteUp | None]) -> CompetencyProfile | None:
    notes = [each for each in written if each is not None]
    if not notes:
        return None
    result = debrief(company, notes)
    measures = tuple(Measure(texts.label_competency(each), score) for each, score in result.by_competency.items())
    return CompetencyProfile(texts.debrief_title(company.title), measures, texts.verdict(result.recommended))


def _report(tx: Tx, questions: Questions, company: Company, round: Round, word_check: bool) -> str:
    assert round.notes is not None
    drills = _drills(tx, questions, company, round, round.notes)
    minutes = max(1, math.ceil(round.clock.used.total_seconds() / 60))
    return texts.report(company, round.notes, drills, minutes, word_check)


def _drills(tx: Tx, questions: Questions, company: Company, round: Round, note: WriteUp) -> Sequence[str]:
    """Two things to practise: the weakest question once more, and another one of the same kind."""
    drills = [texts.drill_again(note.gaps[0].question)] if note.gaps else []
    other = _another(tx, questions, company, round, note.competency)
    if other is not None:
        drills.append(texts.drill_other(other, note.competency))
    return drills[:DRILLS]


def _another(tx: Tx, questions: Questions, company: Company, round: Round, competency: Competency) -> str | None:
    asked = set(tx.rounds.asked_before(round.group, round.member))
    ids = questions.ids_in(company.packs.get(competency, ()))
    new = next((id for id in ids if id not in asked), None)
    question = questions.question(new) if new is not None else None
    return question.title if question is not None else None
