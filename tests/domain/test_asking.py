from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import texts
from bot.domain.asking import (
    Fate,
    Misread,
    Pause,
    Schedule,
    choose,
    closes_at,
    days_text,
    due_on,
    fate,
    is_paused,
    local_day,
    next_due,
    read_days,
    read_schedule,
    read_time,
    read_zone,
    upcoming,
    zone_names,
)

DAILY = frozenset(range(7))
MON_FRI = frozenset(range(5))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


# --- reading a schedule


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("09:00", time(9)),
        ("9:00", time(9)),
        (" 9.30 ", time(9, 30)),
        ("9h05", time(9, 5)),
        ("9am", time(9)),
        ("9 AM", time(9)),
        ("9:30 p.m.", time(21, 30)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("00:00", time(0)),
        ("23:59", time(23, 59)),
    ],
)
def test_a_time_is_read_in_the_ways_people_write_it(typed: str, meant: time) -> None:
    assert read_time(typed) == meant


@pytest.mark.parametrize("typed", ["", "9", "24:00", "09:60", "13pm", "0am", "noon", "9:5", "-9:00", "09:00:00"])
def test_a_time_that_cannot_be_read_is_answered_with_an_example(typed: str) -> None:
    with pytest.raises(Misread) as mistake:
        read_time(typed)

    assert re.search("09:00|9am", texts.mistaken(mistake.value))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" America/New York ", "America/New_York"),
        ("AMERICA/ARGENTINA/BUENOS_AIRES", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_read_whatever_its_case(typed: str, meant: str) -> None:
    assert read_zone(typed) == meant


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("Asia/Kolkatta", "Asia/Kolkata"),
        ("tokio", "Asia/Tokyo"),
        ("Narnia", "Europe/Berlin"),
        ("", "Europe/Berlin"),
    ],
)
def test_an_unknown_zone_is_answered_with_a_suggestion(typed: str, suggestion: str) -> None:
    with pytest.raises(Misread) as mistake:
        read_zone(typed)

    assert suggestion in texts.mistaken(mistake.value)


def test_what_was_typed_cannot_ping_from_within_the_mistake() -> None:
    with pytest.raises(Misread) as mistake:
        read_zone("@everyone <!channel> `x`\n# big")

    assert not set("@<>`\n") & set(texts.mistaken(mistake.value))


@pytest.mark.parametrize(
    ("typed", "meant", "shown"),
    [
        ("mon-fri", MON_FRI, "Mon-Fri"),
        ("Monday to Friday", MON_FRI, "Mon-Fri"),
        ("weekdays", MON_FRI, "Mon-Fri"),
        ("mon,wed,fri", frozenset({0, 2, 4}), "Mon, Wed, Fri"),
        ("mo we fr", frozenset({0, 2, 4}), "Mon, Wed, Fri"),
        ("mon, wed and fri", frozenset({0, 2, 4}), "Mon, Wed, Fri"),
        ("fri-mon", frozenset({4, 5, 6, 0}), "Fri-Mon"),
        ("daily", DAILY, "daily"),
        ("every day", DAILY, "daily"),
        ("mon-sun", DAILY, "daily"),
        ("weekends", frozenset({5, 6}), "Sat, Sun"),
        ("tues - thurs", frozenset({1, 2, 3}), "Tue-Thu"),
        ("mon-mon", frozenset({0}), "Mon"),
        ("mon-wed, sat", frozenset({0, 1, 2, 5}), "Mon-Wed, Sat"),
        ("Mondays", frozenset({0}), "Mon"),
    ],
)
def test_weekdays_are_read_and_shown(typed: str, meant: frozenset[int], shown: str) -> None:
    assert read_days(typed) == meant
    assert days_text(meant) == shown


@pytest.mark.parametrize("typed", ["", " , ", "m", "t", "someday", "mon-", "-fri", "1-5", "mon--fri-sat"])
def test_weekdays_that_cannot_be_read_are_answered_with_an_example(typed: str) -> None:
    with pytest.raises(Misread) as mistake:
        read_days(typed)

    assert "mon-fri" in texts.mistaken(mistake.value)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_what_is_shown_of_weekdays_reads_back_the_same(days: frozenset[int]) -> None:
    assert read_days(days_text(days)) == days


def test_a_schedule_is_read_as_a_whole() -> None:
    assert read_schedule("9am", "europe/berlin", "mon-fri") == Schedule("Europe/Berlin", time(9), MON_FRI)


def test_a_schedule_needs_a_day() -> None:
    with pytest.raises(ValueError, match="weekdays"):
        Schedule("UTC", time(9), frozenset())


# --- when a track asks


def test_f1_one_question_at_nine_local_on_both_sides_of_a_change_and_none_on_saturday() -> None:
    schedule = Schedule("Europe/Berlin", time(9), MON_FRI)

    slots = [utc("2026-03-26 00:00")]
    for _ in range(4):
        slots.append(next_due(schedule, slots[-1]))

    assert slots[1:] == [
        utc("2026-03-26 08:00"),
        utc("2026-03-27 08:00"),
        utc("2026-03-30 07:00"),
        utc("2026-03-31 07:00"),
    ]


@pytest.mark.parametrize(
    ("zone", "at", "day", "due", "why"),
    [
        ("Europe/Berlin", time(2, 30), "2026-03-29", "2026-03-29 01:30", "missing: moves by the gap to 03:30"),
        ("Europe/Berlin", time(2, 30), "2026-10-25", "2026-10-25 00:30", "doubled: the first of the two"),
        ("Australia/Lord_Howe", time(2, 15), "2026-10-04", "2026-10-03 15:45", "a gap of half an hour: 02:45"),
        ("Australia/Lord_Howe", time(1, 45), "2026-04-05", "2026-04-04 14:45", "half an hour doubled: the first"),
        ("Africa/Cairo", time(0, 15), "2026-04-24", "2026-04-23 22:15", "a gap at midnight: 01:15"),
        ("America/Scoresbysund", time(23, 30), "2026-03-28", "2026-03-29 00:30", "a gap over midnight: back to 22:30"),
        ("Pacific/Kiritimati", time(9), "2026-06-01", "2026-05-31 19:00", "fourteen hours ahead"),
        ("Etc/GMT+12", time(9), "2026-06-01", "2026-06-01 21:00", "twelve hours behind"),
        ("Europe/Berlin", time(9), "2028-02-29", "2028-02-29 08:00", "a leap day"),
    ],
)
def test_f2_a_missing_or_doubled_time_has_exactly_one_moment(zone: str, at: time, day: str, due: str, why: str) -> None:
    schedule = Schedule(zone, at, DAILY)

    assert due_on(schedule, date.fromisoformat(day)) == utc(due), why
    assert local_day(zone, utc(due)) == date.fromisoformat(day)


def test_a_date_that_a_zone_left_out_is_not_asked_on() -> None:
    schedule = Schedule("Pacific/Apia", time(9), DAILY)  # Samoa had no 30 December 2011

    slots = [local("Pacific/Apia", "2011-12-28 12:00")]
    for _ in range(3):
        slots.append(next_due(schedule, slots[-1]))

    assert [local_day("Pacific/Apia", slot).day for slot in slots[1:]] == [29, 31, 1]


def test_the_next_slot_lies_strictly_after() -> None:
    schedule = Schedule("Europe/Berlin", time(9), DAILY)
    due = utc("2026-11-23 08:00")

    assert next_due(schedule, due - timedelta(microseconds=1)) == due
    assert next_due(schedule, due) == utc("2026-11-24 08:00")


def test_a_slot_that_has_passed_in_the_track_s_zone_waits_for_tomorrow() -> None:
    schedule = Schedule("America/Los_Angeles", time(9), DAILY)

    assert next_due(schedule, utc("2026-11-23 16:59")) == utc("2026-11-23 17:00")
    assert next_due(schedule, utc("2026-11-23 18:00")) == utc("2026-11-24 17:00")


def change_days(zone: str, first: date, last: date) -> list[date]:
    """The dates on which the offset of a zone differs from that of the day before."""
    found, tz = [], ZoneInfo(zone)
    before = datetime.combine(first, time(0), tzinfo=UTC).astimezone(tz).utcoffset()
    for number in range(1, (last - first).days + 1):
        day = first + timedelta(days=number)
        now = datetime.combine(day, time(0), tzinfo=UTC).astimezone(tz).utcoffset()
        if now != before:
            found.append(day)
        before = now
    return found


def slots_between(schedule: Schedule, first: date, last: date) -> list[datetime]:
    slots = [next_due(schedule, due_on(schedule, first) - timedelta(seconds=1))]
    while local_day(schedule.zone, slots[-1]) < last:
        slots.append(next_due(schedule, slots[-1]))
    return slots


def assert_one_a_day(schedule: Schedule, first: date, last: date) -> None:
    days = [local_day(schedule.zone, slot) for slot in slots_between(schedule, first, last)]
    assert days == [first + timedelta(days=n) for n in range((last - first).days + 1)], schedule


FOUR_TIMES = (time(0, 15), time(2, 30), time(9), time(23, 45))


@pytest.mark.fault(85)
def test_x085_every_zone_has_exactly_one_slot_a_day_around_each_change_of_its_clocks() -> None:
    changes = 0
    for zone in sorted(set(zone_names().values())):
        for change in change_days(zone, date(2026, 1, 1), date(2027, 12, 31)):
            changes += 1
            for at in FOUR_TIMES:
                assert_one_a_day(Schedule(zone, at, DAILY), change - timedelta(days=2), change + timedelta(days=2))
    assert changes > 500


@pytest.mark.fault(85)
@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Pacific/Kiritimati",
        "Etc/GMT+12",
        "America/Scoresbysund",
        "Africa/Cairo",
    ],
)
def test_x085_two_whole_years_have_exactly_one_slot_a_day(zone: str) -> None:
    for at in FOUR_TIMES:
        assert_one_a_day(Schedule(zone, at, DAILY), date(2026, 1, 1), date(2027, 12, 31))


@pytest.mark.fault(85)
def test_x085_every_quarter_hour_of_each_change_day_has_its_one_slot() -> None:
    for zone in ("America/Scoresbysund", "Africa/Cairo", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut"):
        for change in change_days(zone, date(2026, 1, 1), date(2027, 12, 31)):
            for quarter in range(96):
                at = time(quarter // 4, quarter % 4 * 15)
                assert_one_a_day(Schedule(zone, at, DAILY), change - timedelta(days=1), change + timedelta(days=1))


@given(
    zone=st.sampled_from(sorted(set(zone_names().values()))),
    at=st.times(),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    after=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)),
)
@settings(max_examples=300, deadline=None)
def test_the_next_slot_is_the_first_of_all_that_follow(
    zone: str, at: time, days: frozenset[int], after: datetime
) -> None:
    schedule, moment = Schedule(zone, at, days), after.replace(tzinfo=UTC)

    due = next_due(schedule, moment)

    day = local_day(zone, moment)
    candidates = [due_on(schedule, day + timedelta(days=n)) for n in range(-2, 17)]
    wanted = [
        slot
        for n, slot in zip(range(-2, 17), candidates, strict=True)
        if slot > moment and (day + timedelta(days=n)).weekday() in days
    ]
    assert due == min(wanted)


@pytest.mark.fault(86)
def test_x086_a_zone_changed_one_minute_before_the_post_names_the_same_local_day() -> None:
    minute_before = local("Europe/Berlin", "2026-11-23 08:59")
    berlin, angeles = (Schedule(zone, time(9), DAILY) for zone in ("Europe/Berlin", "America/Los_Angeles"))

    there = next_due(angeles, minute_before)
    back = next_due(berlin, minute_before)

    # Both name 23 November, so the row of that local day admits one of them.
    assert local_day(angeles.zone, there) == local_day(berlin.zone, back) == date(2026, 11, 23)


# --- late or not at all


@pytest.mark.parametrize(
    ("at", "now", "outcome", "why"),
    [
        (time(9), "2026-11-23 08:59", Fate.POST, "before its time nothing is late"),
        (time(9), "2026-11-23 09:00", Fate.POST, "to the second"),
        (time(9), "2026-11-23 09:05", Fate.POST, "five minutes are punctual"),
        (time(9), "2026-11-23 09:06", Fate.POST_LATE, "six are not"),
        (time(9), "2026-11-23 15:00", Fate.POST_LATE, "the end of the grace window"),
        (time(9), "2026-11-23 15:01", Fate.SKIP, "past the grace window"),
        (time(9), "2026-11-24 15:00", Fate.SKIP, "a day and a half later"),
        (time(18), "2026-11-23 22:00", Fate.POST_LATE, "the last moment of the evening"),
        (time(18), "2026-11-23 22:01", Fate.SKIP, "inside the grace window, but after 22:00"),
        (time(21, 58), "2026-11-23 22:03", Fate.POST, "punctual counts before the evening's end"),
        (time(23), "2026-11-23 23:00", Fate.POST, "a track that asks at 23:00 is served"),
        (time(23), "2026-11-23 23:06", Fate.SKIP, "but never late"),
        (time(23, 58), "2026-11-24 00:02", Fate.POST, "punctual over midnight"),
        (time(20), "2026-11-24 01:30", Fate.SKIP, "inside the grace window, on another day"),
    ],
)
def test_a_late_question_is_posted_or_skipped_by_the_rule(at: time, now: str, outcome: Fate, why: str) -> None:
    schedule = Schedule("Europe/Berlin", at, DAILY)
    due = due_on(schedule, date(2026, 11, 23))

    assert fate(schedule, due, local("Europe/Berlin", now)) is outcome, why


# --- open and closed


@pytest.mark.parametrize(
    ("posted", "following", "closes", "why"),
    [
        ("2026-11-23 09:00", "2026-11-24 09:00", "2026-11-24 09:00", "with the next one"),
        ("2026-11-23 14:00", "2026-11-24 09:00", "2026-11-24 14:00", "posted late: 24 hours all the same"),
        ("2026-11-20 09:00", "2026-11-23 09:00", "2026-11-23 09:00", "open over the weekend"),
        ("2026-11-23 09:00", "2026-12-07 09:00", "2026-11-30 09:00", "seven days at most"),
        ("2026-03-28 08:00", "2026-03-29 07:00", "2026-03-29 08:00", "a day of 23 hours is too short"),
    ],
)
def test_a_question_closes_with_the_next_within_a_day_and_a_week(
    posted: str, following: str, closes: str, why: str
) -> None:
    assert closes_at(utc(posted), utc(following)) == utc(closes), why


@pytest.mark.parametrize(
    ("day", "paused"),
    [("2026-12-23", False), ("2026-12-24", True), ("2026-12-26", True), ("2026-12-27", False), ("2027-08-01", True)],
)
def test_a_pause_holds_on_both_its_ends_and_without_an_end_until_resumed(day: str, paused: bool) -> None:
    pauses = [Pause(date(2026, 12, 24), date(2026, 12, 26)), Pause(date(2027, 7, 1), None)]

    assert is_paused(pauses, date.fromisoformat(day)) is paused


# --- which question


@pytest.mark.parametrize(
    ("candidates", "used", "chosen", "why"),
    [
        ("", "", None, "nothing to ask"),
        ("abc", "", "a", "in their order"),
        ("abc", "a", "b", "the next unused one"),
        ("abc", "abc", "a", "all were used: begin again"),
        ("abc", "cab", "c", "in the order of last use"),
        ("abc", "abca", "b", "the second cycle goes on"),
        ("abcd", "abca", "d", "one that was added comes first"),
        ("abcd", "abcad", "b", "and then waits its turn like the others"),
        ("ac", "ab", "c", "one that was removed leaves no hole"),
        ("x", "x", "x", "a single question repeats"),
    ],
)
def test_the_question_asked_longest_ago_is_next(candidates: str, used: str, chosen: str | None, why: str) -> None:
    assert choose(candidates, used) == chosen, why


def test_f6_no_question_repeats_before_all_were_used() -> None:
    candidates = [f"q{n}" for n in range(20)]
    used: list[str] = []

    for _ in range(60):
        used.append(choose(candidates, used) or "")

    assert all(len(set(used[start : start + 20])) == 20 for start in range(41))


@given(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1), st.lists(st.sampled_from("abcdefghxyz")))
def test_f10_the_preview_is_what_will_be_asked(candidates: list[str], used: list[str]) -> None:
    foretold = upcoming(candidates, used, 12)

    asked = list(used)
    for _ in range(12):
        asked.append(choose(candidates, asked) or "")

    assert tuple(asked[len(used) :]) == foretold


def test_the_preview_of_nothing_is_empty() -> None:
    assert upcoming([], ["gone"], 7) == ()
