"""Sixty days of one group in New York, told hour by hour: a clock change, an outage of three days, holidays, a pause.

`sixty_days.txt` is the whole timeline as people saw it, for reading; here it is compared letter by letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from group import GOOD, FixedQuestions, Study, study
from organised import askings, postings, set_up

from bot.domain.outgoing import Outgoing, Post, Say
from bot.shelves import PostingState
from bot.storage.engine import Database

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EXPECTED = Path(__file__).with_name("sixty_days.txt")
ZONE = "America/New_York"
NEW_YORK = ZoneInfo(ZONE)
FIRST = date(2026, 10, 5)  # a Monday; the clocks go back on Sunday, November 1
DAYS = 60
QUESTIONS = 12


def local(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=NEW_YORK).astimezone(UTC)


#: When the bot was down.
OUTAGES = (
    (local(10, 14, 7), local(10, 14, 11)),  # over a morning: back within the grace window
    (local(10, 27, 20), local(10, 30, 18)),  # three days
)
#: What an organiser called, and when.
COMMANDS = {
    local(10, 9, 12): ("pause", {"from": "2026-10-12", "until": "2026-10-12"}),
    local(10, 21, 15): ("post", {}),
    local(11, 12, 12): ("pause", {}),
    local(11, 17, 12): ("resume", {}),
    local(11, 20, 12): ("pause", {"from": "2026-11-26", "until": "2026-11-27"}),
}


@dataclass
class Diary:
    """What people saw, and when."""

    group: Study
    seen: list[tuple[datetime, str]] = field(default_factory=list)

    def note(self, what: str) -> None:
        self.seen.append((self.group.clock.now(), what))

    def said(self, item: Outgoing) -> None:
        if isinstance(item, Post):
            title = item.text.partition("\n")[0].strip("*").rpartition("Question ")[2]
            kind = "extra question" if "An extra question" in item.text else "question"
            late = ", late" if "This one is late" in item.text else ""
            until = item.text.rpartition("Open until ")[2].removesuffix(".")
            self.note(f"{kind} {title}{late} (open until {until})")
        elif isinstance(item, Say) and item.key.startswith("close:"):
            self.note(f"model answer {item.text.rpartition(' of ')[2].removesuffix('.')}")


async def test_sixty_days_go_exactly_as_the_rules_say(database: Database) -> None:
    begin = datetime.combine(FIRST, datetime.min.time(), tzinfo=NEW_YORK).astimezone(UTC)
    async with study(database, now=begin, started=False, questions=FixedQuestions(QUESTIONS)) as group:
        await set_up(group, time="09:00", zone=ZONE, days="mon-fri")
        diary = Diary(group)
        group.chat.after = diary.said

        while group.clock.now() < begin + timedelta(days=DAYS, hours=1):  # one day has 25 hours
            await an_hour(group, diary)
            group.clock.move(hours=1)

        await the_rules_were_kept(diary)
        assert await timeline(diary) == EXPECTED.read_text()


async def an_hour(group: Study, diary: Diary) -> None:
    now = group.clock.now()
    hour = now.astimezone(NEW_YORK).hour
    if any(begin <= now < end for begin, end in OUTAGES) or not 6 <= hour <= 20:  # nothing happens at night
        return
    if now in COMMANDS:
        command, options = COMMANDS[now]
        diary.note(" ".join([f"/study-admin {command}", *(f"{name}:{value}" for name, value in options.items())]))
        await group.call(group.organiser, f"/study-admin {command}", **options)
    await group.settle()
    if hour == 13 and group.chat.posts():
        await answer_today(group)


async def answer_today(group: Study) -> None:
    """Ada answers the newest question, if she did not before."""
    posting = await group.posting()
    if posting.state is PostingState.POSTED and posting.thread is not None:
        ada = group.person("Ada")
        await group.write(ada, f"{GOOD} I would try that on {posting.id} machines.", thread=posting.thread)
        await group.settle()


async def timeline(diary: Diary) -> str:
    """Every day with what was seen and what was skipped, as text."""
    days: dict[date, list[str]] = {FIRST + timedelta(days=number): [] for number in range(DAYS)}
    for at, what in diary.seen:
        there = at.astimezone(NEW_YORK)
        days[there.date()].append(f"{there:%H:%M %Z}  {what}")
    for each in await askings(diary.group):
        if each.reason is not None:
            days[each.day].append(f"           no question: {each.reason.value}")
    for begin, end in OUTAGES:
        days[begin.astimezone(NEW_YORK).date()].append(f"{begin.astimezone(NEW_YORK):%H:%M %Z}  the bot goes down")
        days[end.astimezone(NEW_YORK).date()].append(f"{end.astimezone(NEW_YORK):%H:%M %Z}  the bot is back")
    lines = [f"{day:%a %b %d}  {line}" for day, some in days.items() for line in sorted(some) or [""]]
    ada = diary.group.person("Ada")
    lines.append(f"Ada has {await diary.group.points(ada)} points.")
    return "\n".join(line.rstrip() for line in lines) + "\n"


async def the_rules_were_kept(diary: Diary) -> None:
    group = diary.group
    asked = {each.id: each for each in await askings(group)}
    posted = [each for each in await postings(group) if each.posted_at is not None]
    scheduled = [each for each in posted if asked[each.asking].slot == "scheduled"]

    moments = [each.posted_at.astimezone(NEW_YORK) for each in scheduled if each.posted_at is not None]
    assert {moment.weekday() for moment in moments} == set(range(5))
    assert {f"{moment:%H:%M}" for moment in moments if moment.date() != date(2026, 10, 14)} == {"09:00"}
    assert {moment.tzname() for moment in moments} == {"EDT", "EST"}

    # Each was asked, or skipped for a reason.
    weekdays = [day for number in range(DAYS) if (day := FIRST + timedelta(days=number)).weekday() < 5]
    assert [each.day for each in asked.values() if each.slot == "scheduled"] == weekdays

    names = [asked[each.asking].question for each in posted]
    assert all(len(set(names[i : i + QUESTIONS])) == len(names[i : i + QUESTIONS]) for i in range(len(names)))

    for each in posted:
        assert each.posted_at is not None
        assert each.closes_at is not None
        assert timedelta(hours=24) <= each.closes_at - each.posted_at <= timedelta(days=7)
    model_answers = [what for _, what in diary.seen if what.startswith("model answer")]
    assert len(model_answers) == len([each for each in posted if each.state is PostingState.CLOSED])
