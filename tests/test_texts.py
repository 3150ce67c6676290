"""Every sentence can be translated: in a language of small capitals no English word is left over."""

from __future__ import annotations

import ast
import gettext
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path

import pytest
from fakes import VERSIONS
from firms import RULE
from group import question

from bot import texts
from bot.commands import COMMANDS, Command, Wrong, WrongOption
from bot.domain.asking import Misread, Schedule, Unclear
from bot.domain.audits import Figures
from bot.domain.budgets import Amount, Limit, Span, Why
from bot.domain.companies import Basis, Company, Competency, Fact, Interviewer, Manner, RoundPlan, Stage
from bot.domain.debriefs import Debrief, Reason, Remark, Vote, WriteUp
from bot.domain.digests import Goal, GoalState, Weakness, Week
from bot.domain.errors import Mistake
from bot.domain.fairness import Why as Unscored
from bot.domain.guesses import Calibration, Guessed
from bot.domain.pictures import CompetencyProfile, DayMark, Measure, ProgressChart, Scored, Sketch, StreakCalendar
from bot.domain.question_health import QuestionHealth, Sign
from bot.domain.questions import Level
from bot.domain.repetition import Stayed
from bot.domain.reviews import Advice, Facet, Flag, Gate, PointVerdict, Review, Verdict, Versions
from bot.domain.rounds import Ended, Mode
from bot.domain.standings import Board, Period, Phase, Place, scopes_of
from bot.domain.streaks import MILESTONES, Streak
from bot.shelves import Community
from bot.texts import wording

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
ZONE = "UTC"


class SmallCapitals(gettext.NullTranslations):
    """A language whose letters are those of the original in circles; fields and code stay."""

    def gettext(self, message: str) -> str:
        kept = re.split(r"(\{\w*\}|`[^`]*`)", message)
        return "".join(part if number % 2 else part.translate(CIRCLED) for number, part in enumerate(kept))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


CIRCLED = {ord(letter): chr(0x24B6 + number) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {
    ord(letter): chr(0x24D0 + number) for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz")
}


@pytest.fixture
def _small_capitals() -> Iterator[None]:
    before = texts.language.set(SmallCapitals())
    yield
    texts.language.reset(before)


ASKED = question("1")
NINE = replace(ASKED, prompt="9")
BUDGET = (
    texts.BudgetLine(Span.MONTH, Limit(9, 9), 9, Amount(9, 9)),
    texts.BudgetLine(Span.DAY, Limit(), 1, Amount()),
    texts.BudgetLine(Span.MEMBER_DAY, Limit(9), None, None),
)
CASE = (("bucket", Verdict.COVERED), ("shared", Verdict.CONTRADICTED))
REVIEW = Review(tuple(PointVerdict(point, verdict, 0.9, "9") for point, verdict in CASE), VERSIONS)
PARTLY = Review(
    (PointVerdict("bucket", Verdict.PARTIAL, 0.4, "9"), PointVerdict("shared", Verdict.MISSING, 0.0)),
    Versions("offline", "", "", ""),
)
UNDERSTOOD = replace(REVIEW, levels=tuple((facet, 3) for facet in Facet), advice=Advice("1", "2?"))
PLACES = (Place(1, "", 3, 1, False), Place(2, "22", 1, 2, True))
BOARDS = [
    Board(period, "", PLACES, PLACES, PLACES[1], 2, 9, gain=9) for period in Period if period is not Period.ALL
] + [*(Board(Period.DAY, "", (), (), None, 0, phase=phase) for phase in Phase)]
BOARDS += [replace(each, of=of, place="9") for each in BOARDS[-4:] for of in scopes_of(1, 1, growth=True)]
SHARES = [replace(BOARDS[0], possible=9, joined_late=late) for late in (False, True)]
BOARDS += SHARES
CALENDARS = [StreakCalendar(DAY, tuple(DayMark), n, n, n) for n in (0, 1, 2)] + [StreakCalendar(DAY, (), 0, 0, 0)]
CHARTS = [ProgressChart((Scored(DAY, 0.5),) * n) for n in (0, 1, 2)]
SHOWN: list[Sketch] = [*BOARDS, *CALENDARS, *CHARTS, CompetencyProfile("9", (Measure("9", 0.5),), "9")]
STREAKS = [Streak(9, 1), Streak(1, 2), Streak(0, 0)]
SCHEDULE = Schedule(ZONE, time(9), frozenset({0}))
STILL = [
    texts.StandsStill(*each) for each in ((None, "failures", False), ("9", "no_right", False), ("9", "left", True))
]
SPACES = [texts.Connection("9", "9", *each) for each in ((False, None), (True, None), (False, NOW))]
HEALTH = texts.Health(None, NOW, ZONE, STILL, SPACES, 1, 1, (("9", "9"),), 3, "9")
ASKED_ONCE = QuestionHealth("9", "9", 0, None, None, 0, 0, 0, 1, DAY)
ASKED_OFTEN = [
    QuestionHealth("9", "9", 30, mean, -0.1, 9, helpful, 9, 3, DAY) for mean, helpful in ((0.1, 1), (0.95, 1))
]

PLAN = RoundPlan("9", "9", Stage.ON_SITE, Competency.BACKEND, 9, 9, Interviewer("9", "9", "9"))
FIRM = Company(
    "9", "9", (Fact("9", Basis.GENERAL),), (), {}, {}, Manner(("9",), ("{quote} {question}",), "9"), (PLAN,), RULE
)
REMARKS = (Remark("9", "9", "9"), Remark("9", "9"))
NOTE = WriteUp("9", Stage.ON_SITE, Competency.BACKEND, 0.5, 0.5, Vote.YES, REMARKS, REMARKS, 1, 2)
BARE = replace(NOTE, fit=None, strengths=(), gaps=())
RESULT = Debrief(True, 0.5, 1, 2, tuple((reason, Competency.CODING) for reason in Reason), {Competency.BACKEND: 0.5})
FIGURES = Figures(9, 0, 0.5, 0.1, 0.1, 0.1, 0.5, 1.0, 9, 1, (0.1, 0.2), 9, 9)
WEEK = Week(DAY, 2, 3, 1)
LEFT_OUT = Weakness(ASKED, ASKED.points[0], 1, 3)
QUOTED = [texts.Quoted("9", texts.ReadAnswer("9", "9")), texts.Quoted("9", texts.ReadAnswer(None, "9"))]
DIGESTS = (
    texts.Digest(WEEK, BOARDS[1], QUOTED, LEFT_OUT, GoalState(Goal(1, 80), 1, 1, 1)),
    texts.Digest(replace(WEEK, questions=0), BOARDS[1], (), None, GoalState(Goal(3, 80), 3, 1, 2)),
    texts.Digest(WEEK, BOARDS[1], (), replace(LEFT_OUT, point=replace(ASKED.points[0], follow_up="9")), None),
)
KEPT = Stayed(7, 3, 2)
COMING_BACK = [texts.DueLine("9", day, 0.9) for day in (None, DAY)]
DONE = [texts.HistoryLine(DAY, "9", "9", Competency.BACKEND, score) for score in (0.5, 0.6)]

SETUP = next(command for command in COMMANDS if command.path == ("study-admin", "setup"))
WRONG = ((Wrong.UNKNOWN, None), (Wrong.NO_CHOICE, SETUP.options[-1]), (Wrong.MISSING, SETUP.options[0]))

#: Each sentence, and how it may be called; words of the caller hold no letters.
CALLS: dict[str, list[Callable[[], str]]] = {
    "answer_form_title": [lambda: texts.answer_form_title(ASKED)],
    "answers_listed": [
        lambda: texts.answers_listed([texts.ReadAnswer("9", "9"), texts.ReadAnswer(None, "9")]),
    ],
    "answers_opened": [
        lambda: texts.answers_opened([texts.ReadAnswer("9", "9")], 0),
        lambda: texts.answers_opened([texts.ReadAnswer(None, "9")], 2),
    ],
    "answers_page": [lambda: texts.answers_page("9", 1, 1), lambda: texts.answers_page("9", 1, 2)],
    "best_answer": [
        lambda: texts.best_answer(texts.ReadAnswer("9", "9")),
        lambda: texts.best_answer(texts.ReadAnswer(None, "9")),
    ],
    "appeal_agreed": [lambda: texts.appeal_agreed(0.5, 0.6)],
    "appeal_case": [
        lambda: texts.appeal_case(texts.AppealCase(ASKED, "9", "9", (0.5, REVIEW), (0.6, PARTLY), 1)),
        lambda: texts.appeal_case(texts.AppealCase(ASKED, "9", "9", (0.5, REVIEW), None, 1)),
        lambda: texts.appeal_case(texts.AppealCase(ASKED, "9", "9", (0.5, REVIEW), None, 1, "9")),
    ],
    "appeal_decided": [lambda: texts.appeal_decided(0.5, 0.7, "9"), lambda: texts.appeal_decided(0.5, 0.5, "")],
    "case_unscored": [partial(texts.case_unscored, why, text) for why in Unscored for text in ("", "9")],
    "notice_unscored": [partial(texts.notice_unscored, why) for why in Unscored],
    "unscored_line": [partial(texts.unscored_line, why) for why in Unscored],
    "appeal_line": [lambda: texts.appeal_line(0.7, "9"), lambda: texts.appeal_line(0.7, "")],
    "attempt_form_title": [lambda: texts.attempt_form_title(ASKED)],
    "growth_line": [lambda: texts.growth_line(0.5, 1, True), lambda: texts.growth_line(0.5, 2, False)],
    "hint": [lambda: texts.hint(1, 2, "9", 1, False), lambda: texts.hint(2, 2, "9", 0, True)],
    "label_take_second": [lambda: texts.label_take_second(0.7)],
    "not_a_score": [lambda: texts.not_a_score("9", 0.5)],
    "answers": [lambda: texts.answers(1), lambda: texts.answers(2)],
    "board": [partial(texts.board, each) for each in BOARDS],
    "board_for_all": [partial(texts.board_for_all, each) for each in BOARDS],
    "possible_line": [partial(texts.possible_line, each) for each in SHARES],
    "no_such_board": [lambda: texts.no_such_board(["9"]), lambda: texts.no_such_board([])],
    "board_foot": [partial(texts.board_foot, each) for each in BOARDS],
    "board_title": [partial(texts.board_title, each) for each in BOARDS],
    "mark_name": [partial(texts.mark_name, each) for each in DayMark],
    "picture_alt": [partial(texts.picture_alt, each) for each in SHOWN],
    "progress_foot": [partial(texts.progress_foot, each, size) for each in CHARTS for size in (1, 2)],
    "streak_foot": [partial(texts.streak_foot, each) for each in CALENDARS],
    "streak_title": [partial(texts.streak_title, each) for each in CALENDARS],
    "verdict": [lambda: texts.verdict(True), lambda: texts.verdict(False)],
    "vote_said": [partial(texts.vote_said, each) for each in Vote],
    "standing_line": [lambda: texts.standing_line("9", None)],
    "brief_comment": [
        lambda: texts.brief_comment(ASKED, REVIEW, "9", 0),
        lambda: texts.brief_comment(ASKED, PARTLY, "", 0),
        lambda: texts.brief_comment(ASKED, Review((), VERSIONS, Gate.DONT_KNOW), "", 0),
    ],
    "about_a_gap": [lambda: texts.about_a_gap("9", "9", ["9", "9"])],
    "badge": [lambda: texts.badge(DAY, FIGURES)],
    "grader": [
        lambda: texts.grader(Versions("9", "9", "9", "9"), DAY, FIGURES, 1, 2),
        lambda: texts.grader(Versions("9", "", "", "9"), None, None, 0, 0),
    ],
    "basis": [lambda: texts.basis(FIRM), lambda: texts.basis(replace(FIRM, facts=()))],
    "choose_round": [lambda: texts.choose_round("9")],
    "closing": [partial(texts.closing, why) for why in Ended],
    "coach": [
        lambda: texts.coach(REVIEW),
        lambda: texts.coach(PARTLY),
        lambda: texts.coach(Review((), VERSIONS)),
        lambda: texts.coach(Review(PARTLY.points[1:], VERSIONS)),
    ],
    "competency_name": [partial(texts.competency_name, each) for each in Competency],
    "debrief": [
        lambda: texts.debrief(FIRM, [NOTE, BARE], RESULT, ["9"], True),
        lambda: texts.debrief(FIRM, [NOTE], replace(RESULT, recommended=False), [], False),
    ],
    "drill_other": [lambda: texts.drill_other("9", Competency.CODING)],
    "calibration_line": [partial(texts.calibration_line, Calibration(9, error)) for error in (-2.5, 0.5, 2.5)],
    "guess_kept": [lambda: texts.guess_kept(0.7)],
    "guess_line": [partial(texts.guess_line, Guessed(0.7, score)) for score in (0.7, 0.55)],
    "again_goes_on": [partial(texts.again_goes_on, most, NOW, ZONE) for most in (1, 2)],
    "due_day": [partial(texts.due_day, each) for each in COMING_BACK],
    "again_on": [partial(texts.again_on, most, NOW, ZONE) for most in (1, 2)],
    "again_status": [
        partial(texts.again_status, *each) for each in ((1, NOW, ZONE, ()), (2, NOW, ZONE, COMING_BACK, [KEPT]))
    ],
    "again_status_off": [partial(texts.again_status_off, due) for due in ((), COMING_BACK)],
    "ask_again": [partial(texts.ask_again, asked) for asked in ([ASKED], [ASKED, ASKED])],
    "label_practise_one": [lambda: texts.label_practise_one(ASKED)],
    "stayed_line": [lambda: texts.stayed_line(KEPT)],
    "practice_review": [partial(texts.practice_review, "9", "9", *each) for each in (("", None), ("9", DAY))],
    "history": [lambda: texts.history(()), lambda: texts.history(DONE)],
    "label_competency": [partial(texts.label_competency, each) for each in Competency],
    "loop_goes_on": [lambda: texts.loop_goes_on("9", 1, 2, "9")],
    "loop_open_already": [lambda: texts.loop_open_already("9", 1, 2)],
    "main_question": [lambda: texts.main_question(NINE, 1, 2), lambda: texts.main_question(NINE, 1, 1)],
    "nudge": [lambda: texts.nudge(1), lambda: texts.nudge(2)],
    "reason_text": [
        *(partial(texts.reason_text, reason, Competency.CODING, RESULT) for reason in Reason),
        lambda: texts.reason_text(Reason.MUST_PASS, None, RESULT),
    ],
    "report": [
        lambda: texts.report(FIRM, NOTE, ["9"], 1, True),
        lambda: texts.report(FIRM, BARE, [], 2, False),
    ],
    "room_intro": [
        lambda: texts.room_intro(FIRM, PLAN, Mode.COACH, True),
        lambda: texts.room_intro(FIRM, PLAN, Mode.STRICT, False, "9"),
    ],
    "round_title": [lambda: texts.round_title("9", PLAN)],
    "shared_loop": [
        lambda: texts.shared_loop("9", FIRM, [NOTE, BARE], RESULT, DAY),
        lambda: texts.shared_loop("9", FIRM, [BARE], replace(RESULT, recommended=False), DAY),
    ],
    "shared_round": [
        lambda: texts.shared_round("9", FIRM, NOTE, DAY),
        lambda: texts.shared_round("9", FIRM, BARE, DAY),
    ],
    "which_round": [lambda: texts.which_round([("9", "9"), ("9", "9")])],
    "scores": [lambda: texts.scores(FIRM, NOTE), lambda: texts.scores(FIRM, BARE)],
    "vote_name": [partial(texts.vote_name, each) for each in Vote],
    "closing_post": [lambda: texts.closing_post(ASKED)],
    "dont_know_comment": [lambda: texts.dont_know_comment(ASKED)],
    "full_review": [
        lambda: texts.full_review(ASKED, REVIEW, 0.5, True),
        lambda: texts.full_review(ASKED, PARTLY, 0.5, False),
        *(partial(texts.full_review, ASKED, Review((), VERSIONS, gate), 0.1, False) for gate in Gate),
        *(partial(texts.full_review, ASKED, replace(UNDERSTOOD, flag=flag), 0.1, False) for flag in Flag),
    ],
    "apart": [lambda: texts.apart(-0.5)],
    "difficulty_text": [partial(texts.difficulty_text, each) for each in (ASKED_ONCE, *ASKED_OFTEN)],
    "helpful_text": [partial(texts.helpful_text, each) for each in (ASKED_ONCE, *ASKED_OFTEN)],
    "question_list": [
        lambda: texts.question_list((), 0),
        lambda: texts.question_list((ASKED_ONCE, *ASKED_OFTEN), 3),
        lambda: texts.question_list(ASKED_OFTEN, 3),
    ],
    "question_stats": [partial(texts.question_stats, each) for each in (ASKED_ONCE, *ASKED_OFTEN)],
    "separation_text": [partial(texts.separation_text, each) for each in (ASKED_ONCE, *ASKED_OFTEN)],
    "sign_text": [partial(texts.sign_text, each) for each in Sign],
    "health": [
        lambda: texts.health(HEALTH),
        lambda: texts.health(replace(HEALTH, drift_seconds=3.0)),
        lambda: texts.health(replace(HEALTH, drift_seconds=300.0)),
    ],
    "digest": [partial(texts.digest, each) for each in DIGESTS],
    "digest_on": [lambda: texts.digest_on(NOW, ZONE)],
    "goal_is": [lambda: texts.goal_is(Goal(3, 80))],
    "goal_words": [lambda: texts.goal_words(Goal(1, 80)), lambda: texts.goal_words(Goal(3, 80))],
    "help_all": [lambda: texts.help_all(True), lambda: texts.help_all(False)],
    "help_one": [partial(texts.help_one, command) for command in COMMANDS],
    "home": [
        lambda: texts.home((), None, None, None, "9"),
        lambda: texts.home(
            [texts.HomeLine("9", NOW, ZONE, answered) for answered in (True, False)], *PLACES, STREAKS[0], "9"
        ),
    ],
    "budget": [
        lambda: texts.budget(texts.BudgetView(BUDGET, None, False, None)),
        lambda: texts.budget(texts.BudgetView(BUDGET, "9", True, DAY)),
        lambda: texts.budget(texts.BudgetView(BUDGET, "9", False, DAY)),
    ],
    "spent_today": [lambda: texts.spent_today(1, Amount(9, 9))],
    "self_check": [partial(texts.self_check, ASKED, why, NOW, ZONE) for why in Why],
    "notice_budget_used_up": [partial(texts.notice_budget_used_up, span) for span in ("month", "day")],
    "join_preview": [lambda: texts.join_preview("9", Community("9", 1, 2, 1))],
    "link_code": [lambda: texts.link_code("9", ["9"]), lambda: texts.link_code("9", [])],
    "mistaken": [
        lambda: texts.mistaken(Mistake("9")),
        *(partial(texts.mistaken, Misread(what, "9", near)) for what in Unclear for near in ((), ("9", "9"))),
        *(partial(texts.mistaken, WrongOption(wrong, SETUP, option)) for wrong, option in WRONG),
        lambda: texts.mistaken(WrongOption(Wrong.UNKNOWN, Command(("9",), "", "9"))),
    ],
    "not_a_count": [lambda: texts.not_a_count("9")],
    "not_a_date": [lambda: texts.not_a_date("9")],
    "notice_channel_stopped": [lambda: texts.notice_channel_stopped("9")],
    "days_in_a_row": [partial(texts.days_in_a_row, number) for number in (1, 2)],
    "milestone": [partial(texts.milestone, days) for days in MILESTONES],
    "streak_line": [partial(texts.streak_line, streak) for streak in STREAKS],
    "zone_now": [
        lambda: texts.zone_now(None, False, NOW),
        *(partial(texts.zone_now, ZONE, own, NOW) for own in (True, False)),
    ],
    "zone_set": [lambda: texts.zone_set(ZONE, NOW)],
    "nothing_today": [lambda: texts.nothing_today(NOW, ZONE)],
    "organisers_only": [lambda: texts.organisers_only("/9")],
    "paused": [
        lambda: texts.paused(DAY, None),
        lambda: texts.paused(DAY, DAY),
        lambda: texts.paused(DAY, DAY.replace(day=24)),
    ],
    "people": [lambda: texts.people(1), lambda: texts.people(2)],
    "points": [lambda: texts.points(1), lambda: texts.points(2)],
    "preview": [
        lambda: texts.preview(
            [texts.Preview(NOW, None, True), texts.Preview(NOW, None, False), texts.Preview(NOW, "9", False)], ZONE
        ),
        lambda: texts.preview([texts.Preview(NOW, "9", False)], ZONE, again=True),
    ],
    "privacy": [
        lambda: texts.privacy("9", True, False),
        lambda: texts.privacy("9", False, True),
        lambda: texts.privacy("9", False, True, "9"),
    ],
    "progress": [
        lambda: texts.progress(None, None, ()),
        lambda: texts.progress(PLACES[0], None, [texts.ProgressLine(DAY, "9", None), texts.ProgressLine(DAY, "9", 1)]),
        lambda: texts.progress(None, None, [texts.ProgressLine(DAY, "9", None)], STREAKS[1], Calibration(9, 0.0)),
    ],
    "question_post": [
        lambda: texts.question_post(ASKED, texts.Asked(NOW, ZONE, DAY, True, False)),
        lambda: texts.question_post(ASKED, texts.Asked(NOW, ZONE, DAY, False, True)),
        lambda: texts.question_post(ASKED, texts.Asked(NOW, ZONE, DAY, False, False, True)),
        lambda: texts.question_post(ASKED, texts.Asked(NOW, ZONE, DAY, False, False, False, DAY)),
    ],
    "resumed": [lambda: texts.resumed(NOW, ZONE)],
    "setup_done": [lambda: texts.setup_done(NOW, ZONE)],
    "setup_form_wrong": [lambda: texts.setup_form_wrong("9", {"9": "9"})],
    "setup_lacking": [lambda: texts.setup_lacking([("9", "9")])],
    "setup_preview": [
        lambda: texts.setup_preview(SCHEDULE, ["9"], NOW, "9", texts.SetUp("brief", "open", False)),
        lambda: texts.setup_preview(SCHEDULE, ["9"], NOW, "9", texts.SetUp("brief", "hidden", True)),
    ],
    "shown_answer": [lambda: texts.shown_answer("9")],
    "thread_name": [lambda: texts.thread_name(ASKED, DAY)],
    "today": [lambda: texts.today("9", "9", NOW, ZONE, True), lambda: texts.today("9", "9", NOW, ZONE, False)],
    "too_late": [lambda: texts.too_late(ZONE, NOW)],
    "try_again": [lambda: texts.try_again(), lambda: texts.try_again("9")],
    "unknown_channel": [lambda: texts.unknown_channel("9")],
    "unknown_command": [lambda: texts.unknown_command("9", None), lambda: texts.unknown_command("9", "/9")],
    "unknown_pack": [lambda: texts.unknown_pack("9", ["9"])],
    "was_not_paused": [lambda: texts.was_not_paused(NOW, ZONE)],
    "welcome": [lambda: texts.welcome("9")],
    "when": [lambda: texts.when(NOW, ZONE)],
    "your_text": [lambda: texts.your_text("9")],
}

#: What is no sentence of ours: words of the question, what organisers type as it stands, the names of zones.
NOT_OURS = {
    *(ASKED.title, ASKED.prompt, ASKED.model_answer, *ASKED.topics, *ASKED.hints, *ASKED.follow_ups),
    *(point.text.removesuffix(".") for point in ASKED.points),
    *(level.value for level in Level),
    *(ZONE, *(command.title for command in COMMANDS)),
}


def sentences() -> list[str]:
    """The public functions of `bot.texts` that return a sentence."""
    return sorted(
        name
        for name, found in inspect.getmembers(texts, inspect.isfunction)
        if found.__module__.startswith(texts.__name__) and found.__module__ != wording.__name__
    )


def calls_of(name: str) -> list[Callable[[], str]]:
    if name in CALLS:
        return CALLS[name]
    plain: Callable[..., str] = getattr(texts, name)
    parameters = inspect.signature(plain).parameters
    # Sentences that came later are called with numbers for whatever they want to know.
    return [lambda: plain(*("9" for _ in parameters))]


@pytest.mark.usefixtures("_small_capitals")
@pytest.mark.parametrize("name", sentences())
def test_every_sentence_is_translated(name: str) -> None:
    for call in calls_of(name):
        text = call()
        bare = re.sub(r"`[^`]*`", "", text)
        for foreign in sorted(NOT_OURS, key=len, reverse=True):
            bare = bare.replace(foreign, "")
        assert not re.search("[A-Za-z]{2,}", bare), text


@pytest.mark.parametrize("name", sentences())
def test_no_sentence_has_an_empty_field_or_a_forgotten_brace(name: str) -> None:
    for call in calls_of(name):
        assert not re.search(r"\{\w*\}|None", call())


def test_fields_have_names() -> None:
    ids = message_ids()

    assert len(ids) > 100
    assert [text for text in ids if "{}" in text or "%s" in text] == []


def message_ids() -> list[str]:
    """Every gettext id in the source."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in Path(texts.__file__).parent.glob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    wanted = [node.args for node in calls if isinstance(node.func, ast.Name) and node.func.id in ("_", "n_")]
    return [
        arg.value for args in wanted for arg in args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    ]
