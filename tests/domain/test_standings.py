from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Timeliness
from bot.domain.standings import (
    Board,
    Period,
    Phase,
    Place,
    Row,
    board,
    board_from,
    day_before,
    first_day,
    keys_of,
    last_day,
    local_date_for_points,
    period_key,
    phase,
    points,
    possible_points,
    rank,
    read_period,
    scopes_of,
    score10,
    track_names,
)

IN_TIME, LATE, TOO_LATE = Timeliness.IN_TIME, Timeliness.LATE, Timeliness.TOO_LATE


@pytest.mark.parametrize(
    ("score", "timeliness", "hints", "non_answer", "worth", "why"),
    [
        (0.0, IN_TIME, 0, False, 4, "for answering"),
        (1.0, IN_TIME, 0, False, 10, "the most there is"),
        (0.5, IN_TIME, 0, False, 7, "4 + 3"),
        (0.75, IN_TIME, 0, False, 9, "8.5 is rounded up"),
        (0.7, IN_TIME, 0, False, 8, "8.2 is rounded down"),
        (0.1 + 0.2 + 0.45, IN_TIME, 0, False, 9, "a half that arithmetic made slightly too small"),
        (7 / 12, IN_TIME, 0, False, 8, "and another: 7.5"),
        (1.0, IN_TIME, 2, False, 8, "each hint costs one"),
        (0.3, IN_TIME, 3, False, 4, "never under 4"),
        (1.0, LATE, 0, False, 5, "half when late"),
        (0.5, LATE, 0, False, 4, "half of 7, rounded up"),
        (0.0, LATE, 3, False, 2, "half of 4"),
        (1.0, TOO_LATE, 0, False, 0, "more than seven days late"),
        (0.1, IN_TIME, 0, True, 0, "a non-answer"),
        (0.1, LATE, 0, True, 0, "a late non-answer"),
        (1.2, IN_TIME, 0, False, 10, "a score is at most 1"),
        (-0.1, IN_TIME, 0, False, 4, "and at least 0"),
    ],
)
def test_points_follow_the_published_rule(
    score: float, timeliness: Timeliness, hints: int, non_answer: bool, worth: int, why: str
) -> None:
    assert points(score, timeliness, hints, non_answer) == worth, why


@pytest.mark.parametrize(
    ("packs", "names"),
    [
        ([("sql",)], ["sql"]),
        ([("sql", "api"), ("sql",)], ["sql+1", "sql"]),
        ([("sql",), ("api",), ("sql",), ("sql",)], ["sql", "api", "sql#2", "sql#3"]),
        ([], []),
    ],
)
def test_tracks_are_called_by_their_packs_in_one_word(packs: list[tuple[str, ...]], names: list[str]) -> None:
    assert track_names(packs) == names


def test_points_count_on_the_boards_of_group_track_and_channel_and_growth_on_its_own_as_well() -> None:
    assert [scope.key for scope in scopes_of(3, 7, growth=False)] == ["all", "track:3", "channel:7"]
    assert [scope.key for scope in scopes_of(3, 7, growth=True)] == [
        *("all", "track:3", "channel:7"),
        *("growth", "growth:track:3", "growth:channel:7"),
    ]


@pytest.mark.parametrize(("points", "questions", "possible"), [(0, 0, 0), (7, 1, 10), (11, 1, 11), (20, 3, 30)])
def test_f49_nobody_has_more_points_than_were_possible(points: int, questions: int, possible: int) -> None:
    assert possible_points(points, questions) == possible


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from([each for each in Period if each is not Period.ALL])
)
def test_the_first_day_of_a_period_lies_in_it_and_the_one_before_does_not(day: date, period: Period) -> None:
    first = first_day(period, day)

    assert first is not None
    assert period_key(period, first) == period_key(period, day)
    assert period_key(period, first - timedelta(days=1)) != period_key(period, day)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 3), st.sampled_from([IN_TIME, LATE]))
def test_a_better_answer_never_earns_less(a: float, b: float, hints: int, timeliness: Timeliness) -> None:
    worse, better = sorted([a, b])

    assert points(worse, timeliness, hints) <= points(better, timeliness, hints)


@pytest.mark.parametrize(
    ("score", "shown"),
    [(0, "0"), (1, "10"), (0.7, "7"), (0.75, "7.5"), (0.725, "7.3"), (0.1, "1"), (0.999, "10"), (0.04, "0.4")],
)
def test_a_score_is_shown_from_0_to_10(score: float, shown: str) -> None:
    assert score10(score) == shown


@pytest.mark.fault(87)
@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        ("2026-11-23", "2026-W48", "2026-11"),
        ("2028-02-29", "2028-W09", "2028-02"),
        ("2026-12-31", "2026-W53", "2026-12"),
        ("2027-01-01", "2026-W53", "2027-01"),
        ("2027-01-03", "2026-W53", "2027-01"),
        ("2027-01-04", "2027-W01", "2027-01"),
        ("2024-12-30", "2025-W01", "2024-12"),
        ("2024-12-31", "2025-W01", "2024-12"),
        ("2020-12-31", "2020-W53", "2020-12"),
        ("2021-01-03", "2020-W53", "2021-01"),
        ("2023-01-01", "2022-W52", "2023-01"),
    ],
)
def test_x087_boards_follow_the_calendar(day: str, week: str, month: str) -> None:
    assert keys_of(date.fromisoformat(day)) == (
        (Period.DAY, day),
        (Period.WEEK, week),
        (Period.MONTH, month),
        (Period.SEASON, f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"),
        (Period.ALL, "all"),
    )


@pytest.mark.fault(87)
@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_x087_a_week_is_seven_days_from_monday_on(day: date) -> None:
    monday = date.fromordinal(day.toordinal() - day.weekday())

    keys = {period_key(Period.WEEK, date.fromordinal(monday.toordinal() + n)) for n in range(7)}

    assert keys == {period_key(Period.WEEK, day)}
    assert period_key(Period.WEEK, date.fromordinal(monday.toordinal() + 7)) not in keys


@pytest.mark.fault(87)
@pytest.mark.parametrize(
    ("day", "season", "ends"),
    [
        ("2026-01-01", "2026-Q1", "2026-03-31"),
        ("2028-02-29", "2028-Q1", "2028-03-31"),
        ("2026-04-01", "2026-Q2", "2026-06-30"),
        ("2026-09-30", "2026-Q3", "2026-09-30"),
        ("2026-12-31", "2026-Q4", "2026-12-31"),
        ("2027-01-01", "2027-Q1", "2027-03-31"),
    ],
)
def test_x087_a_season_is_a_quarter_of_the_calendar(day: str, season: str, ends: str) -> None:
    assert period_key(Period.SEASON, date.fromisoformat(day)) == season
    assert last_day(Period.SEASON, date.fromisoformat(day)) == date.fromisoformat(ends)


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from([each for each in Period if each is not Period.ALL])
)
def test_a_period_ends_before_the_next_one_begins(day: date, period: Period) -> None:
    end = last_day(period, day)

    assert end is not None
    assert period_key(period, end) == period_key(period, day)
    assert period_key(period, date.fromordinal(end.toordinal() + 1)) != period_key(period, day)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from([each for each in Period if each != "all"]))
def test_the_period_before_ends_where_this_one_begins(day: date, period: Period) -> None:
    earlier = day_before(period, day)

    assert earlier is not None
    end = last_day(period, earlier)
    assert end is not None
    assert period_key(period, date.fromordinal(end.toordinal() + 1)) == period_key(period, day)


@pytest.mark.parametrize(
    ("period", "today", "expected"),
    [
        (Period.SEASON, "2026-09-30", Phase.RUNNING),
        (Period.SEASON, "2026-10-01", Phase.OVER),
        (Period.SEASON, "2026-10-14", Phase.OVER),
        (Period.SEASON, "2026-10-15", Phase.FINAL),
        (Period.WEEK, "2026-08-19", Phase.RUNNING),
        (Period.WEEK, "2026-09-20", Phase.FINAL),
        (Period.ALL, "2030-01-01", Phase.RUNNING),
    ],
)
def test_a_board_is_final_two_weeks_after_its_period(period: Period, today: str, expected: Phase) -> None:
    assert phase(period, date(2026, 8, 19), date.fromisoformat(today)) is expected


@pytest.mark.parametrize(
    ("typed", "period", "meant"),
    [
        ("2026-Q3", Period.WEEK, "2026-Q3"),
        ("q3 2026", Period.WEEK, "2026-Q3"),
        ("2026 q3", Period.SEASON, "2026-Q3"),
        ("2026-10", Period.WEEK, "2026-10"),
        ("2026-W53", Period.WEEK, "2026-W53"),
        (" 2026-w48 ", Period.DAY, "2026-W48"),
        ("2026-11-23", Period.DAY, "2026-11-23"),
        ("2026-11-23", Period.WEEK, "2026-W48"),
        ("2026-08-01", Period.SEASON, "2026-Q3"),
        ("last", Period.WEEK, "2025-W52"),
        ("Last", Period.SEASON, "2025-Q4"),
        ("previous", Period.MONTH, "2025-12"),
        ("last", Period.DAY, "2026-01-01"),
        ("last", Period.ALL, None),
        ("2026-Q5", Period.SEASON, None),
        ("2026-W54", Period.WEEK, None),
        ("2026-13", Period.MONTH, None),
        ("2026-02-30", Period.DAY, None),
        ("summer", Period.SEASON, None),
        ("", Period.WEEK, None),
    ],
)
def test_an_earlier_period_is_read_as_people_write_it(typed: str, period: Period, meant: str | None) -> None:
    found = read_period(typed, period, date(2026, 1, 2))

    assert (found and period_key(*found)) == meant


def test_points_are_booked_on_the_posting_s_day_and_late_ones_on_the_track_s_day_of_receipt() -> None:
    posted, received = date(2026, 11, 23), datetime(2026, 11, 25, 23, 30, tzinfo=UTC)

    assert local_date_for_points(IN_TIME, posted, "Asia/Tokyo", received) == posted
    assert local_date_for_points(LATE, posted, "Asia/Tokyo", received) == date(2026, 11, 26)
    assert local_date_for_points(LATE, posted, "America/New_York", received) == date(2026, 11, 25)


# --- boards


def rows(*totals: tuple[str, int]) -> list[Row]:
    return [Row(number, name, earned, 1) for number, (name, earned) in enumerate(totals, start=1)]


def test_equal_points_share_a_rank_and_who_came_last_stands_first() -> None:
    ranked = rank(rows(("Dora", 5), ("carl", 8), ("Anna", 10), ("Ben", 8), ("Zoe", 0), ("Yan", -1)))

    assert [(number, row.name) for number, row in ranked] == [(1, "Anna"), (2, "Ben"), (2, "carl"), (4, "Dora")]


def test_the_board_shows_the_top_and_the_asker_s_neighbours() -> None:
    group = rows(*((f"m{n}", 100 - n) for n in range(1, 9)))

    shown = board(Period.WEEK, "2026-W48", group, viewer=6)

    assert [place.rank for place in shown.top] == [1, 2, 3]
    assert [(place.rank, place.you) for place in shown.around] == [(5, False), (6, True), (7, False)]
    assert shown.you == Place(6, "m6", 94, 1, True)
    assert shown.people == 8


@pytest.mark.parametrize(("viewer", "ranks"), [(8, [7, 8]), (4, [3, 4, 5])])
def test_the_neighbourhood_ends_with_the_board(viewer: int, ranks: list[int]) -> None:
    group = rows(*((f"m{n}", 100 - n) for n in range(1, 9)))

    assert [place.rank for place in board(Period.DAY, "2026-11-23", group, viewer).around] == ranks


def test_somebody_in_the_top_needs_no_neighbourhood() -> None:
    shown = board(Period.ALL, "all", rows(("Anna", 9), ("Ben", 7)), viewer=2)

    assert shown.around == ()
    assert shown.you == Place(2, "Ben", 7, 1, True)


def test_who_has_no_points_is_not_listed_and_sees_only_their_own_row() -> None:
    shown = board(Period.MONTH, "2026-11", rows(("Anna", 9), ("Ben", 0)), viewer=2)

    assert [place.name for place in shown.top] == ["Anna"]
    assert shown.you == Place(None, "Ben", 0, 1, True)
    assert (shown.around, shown.people) == ((), 1)


def test_who_is_not_in_the_group_sees_the_top_alone() -> None:
    assert board(Period.DAY, "2026-11-23", rows(("Anna", 9)), viewer=None).you is None
    assert board(Period.DAY, "2026-11-23", [], viewer=None) == Board(Period.DAY, "2026-11-23", (), (), None, 0)


def test_a_board_from_its_parts_equals_the_one_over_all_rows() -> None:
    group = rows(*((f"m{n}", 100 - n // 2) for n in range(1, 30)))
    ranked = rank(group)

    whole = board(Period.ALL, "all", group, viewer=20)
    at = next(number for number, (_, row) in enumerate(ranked) if row.member_id == 20)
    around = ranked[at - 1 : at + 2]
    parts = board_from(Period.ALL, "all", [row for _, row in ranked[:3]], around, group[19], len(ranked))

    assert parts == whole


@given(st.lists(st.integers(0, 20), max_size=30))
def test_a_rank_is_one_more_than_how_many_have_more(totals: list[int]) -> None:
    group = [Row(number, f"m{number}", earned, 1) for number, earned in enumerate(totals)]

    for number, row in rank(group):
        assert number == 1 + sum(other.points > row.points for other in group)
