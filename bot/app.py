"""Joins storage, reviewer, questions, chats and clock to one core. Tests call `build_core` with fakes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot import texts
from bot.domain.budgets import Costs
from bot.domain.companies import Company
from bot.domain.questions import Question
from bot.jobs.stories import Stories
from bot.jobs.telling import InProcess
from bot.memory import FsrsMemory
from bot.packs import Library
from bot.ports import ChatPlatform, Clock, Companies, Interviewer, Memory, Pictures, Questions, Reviewer
from bot.reviewers.copying import WordByWord
from bot.reviewers.offline import OfflineReviewer
from bot.services import asking, digests, repetition
from bot.services.appeals import Appeals
from bot.services.asking import Asker
from bot.services.dashboard import Dashboard
from bot.services.delivery import Courier
from bot.services.digests import Digests
from bot.services.drafts import Drafts
from bot.services.greeting import Greeter
from bot.services.hidden import Showing
from bot.services.intake import FrontDoor
from bot.services.interviews import Interviews
from bot.services.judging import Judges
from bot.services.notices import Notices
from bot.services.pictures import NoPictures
from bot.services.repetition import Repetition
from bot.services.reviews import Reviews
from bot.services.sharing import Sharing
from bot.services.views import ReadingRoom
from bot.storage.engine import Database
from bot.storage.storage import SqlStorage


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class LoadedQuestions:
    """The packs that were read at start, as the core asks for them."""

    def __init__(self, library: Library) -> None:
        self._packs = {pack.id: tuple(question.id for question in pack.questions) for pack in library.packs}
        self._questions = {question.id: question for pack in library.packs for question in pack.questions}

    @property
    def pack_ids(self) -> Sequence[str]:
        """All packs."""
        return tuple(self._packs)

    def ids_in(self, packs: Sequence[str]) -> Sequence[str]:
        """The questions of these packs, in posting order; packs that are gone bring none."""
        return tuple(question for pack in packs for question in self._packs.get(pack, ()))

    def question(self, id: str) -> Question | None:
        """One question."""
        return self._questions.get(id)


class KnownCompanies:
    """The company profiles that were read at start, as the core asks for them."""

    def __init__(self, companies: Iterable[Company]) -> None:
        self._companies = {company.id: company for company in companies}

    @property
    def ids(self) -> Sequence[str]:
        """All of them."""
        return tuple(self._companies)

    def company(self, id: str) -> Company | None:
        """One profile."""
        return self._companies.get(id)


@dataclass(frozen=True, slots=True)
class Core:
    """Everything that is the same on every platform."""

    storage: SqlStorage
    intake: FrontDoor
    views: ReadingRoom
    dashboard: Dashboard
    stories: Stories
    clock: Clock
    in_process: InProcess
    memory: Memory
    questions: Questions

    async def tick(self) -> int:
        """Files the questions, digests and re-asked questions whose time has come; returns how many tracks had a
        question."""
        await digests.tick(self.storage, self.clock)
        await repetition.tick(self.storage, self.clock, self.memory, self.questions)
        return await asking.tick(self.storage, self.clock)

    async def settle(self) -> int:
        """Ticks, and tells what is owed and due until nothing is left; returns how many tellings."""
        await self.tick()
        return await self.in_process.settle(self.clock.now())


def build_core(
    database: Database,
    questions: Questions,
    reviewer: Reviewer,
    chats: Mapping[str, ChatPlatform],
    clock: Clock,
    where: texts.WhereAnswersGo = texts.where_offline,
    costs: Costs | None = None,
    companies: Companies | None = None,
    interviewer: Interviewer | None = None,
    dashboards: Mapping[str, str] | None = None,
    pictures: Pictures | None = None,
) -> Core:
    """The core over these parts. `chats` may be filled later: it is looked into when something is said. `where` says
    where this reviewer sends the text of answers, `costs` what asking it costs; without prices tokens are counted.
    `dashboards` says by platform under which address its people reach the dashboard; where it says none, no link is
    offered. Without `pictures` every text goes out alone."""
    costs = costs or Costs()
    companies = companies or KnownCompanies(())
    pictures = pictures or NoPictures()
    storage = SqlStorage(database, clock)
    courier = Courier(storage, chats, clock)
    memory = FsrsMemory()
    stories = Stories(
        Asker(storage, questions, memory, courier, clock),
        Reviews(storage, reviewer, WordByWord(), courier, clock, costs),
        Notices(storage, courier),
        Greeter(storage, questions, courier, where),
        Appeals(storage, reviewer, courier, clock, costs),
        Showing(storage, courier, clock),
        Drafts(storage, courier, clock),
        Interviews(
            storage,
            Judges(reviewer, OfflineReviewer(), interviewer),
            companies,
            questions,
            courier,
            clock,
            costs,
            pictures,
        ),
        Digests(storage, courier, clock, pictures),
        Sharing(storage, companies, courier),
        Repetition(storage, reviewer, memory, courier, clock, costs),
    )
    model = reviewer.kept_under.model if reviewer.kept_under is not None else None
    intake = FrontDoor(
        storage,
        questions,
        clock,
        reviewer.name,
        where,
        secrets.randbelow,
        costs,
        model,
        companies,
        reviewer.versions,
        dashboards or {},
        pictures,
        memory,
    )
    views = ReadingRoom(storage, clock)
    in_process = InProcess(database, stories.by_name())
    board = Dashboard(storage, clock, reviewer.name, memory, questions)
    return Core(storage, intake, views, board, stories, clock, in_process, memory, questions)
