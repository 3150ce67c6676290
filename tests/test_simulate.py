"""The command line of `studybot simulate`; what it plays is in tests/stories/test_sixty_days.py."""

from __future__ import annotations

from datetime import date

import pytest

from bot.__main__ import main
from bot.domain.errors import Mistake
from bot.simulation.plan import Plan, read_plan

FITTING = {"days": "60", "people": "12", "zone": "America/New_York", "seed": "7", "start": "2026-10-05"}


def test_the_shipped_packs_are_played_and_the_boards_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--days", "2", "--people", "2", "--zone", "asia/tokyo", "--start", "2026-09-01"]) == 0

    told = capsys.readouterr()
    assert "2 days from 2026-09-01 in Asia/Tokyo" in told.out
    assert "Tue 2026-09-01  09:00 JST  question: " in told.out
    assert "Boards: equal to their event log on each of the 2 days." in told.out
    assert "nothing to pay; gpt-4.1-mini would have taken" in told.out
    assert "seconds" in told.err


def test_options_are_read() -> None:
    assert read_plan(**FITTING) == Plan()
    assert read_plan(**FITTING | {"start": "2028-02-29", "people": "1"}).start == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("option", "typed", "told"),
    [
        ("days", "0", '--days takes a whole number from 1 to 400, and "0" is none.'),
        ("days", "many", '--days takes a whole number from 1 to 400, and "many" is none.'),
        ("days", "²", '--days takes a whole number from 1 to 400, and "²" is none.'),
        ("people", "-3", '--people takes a whole number from 1 to 200, and "-3" is none.'),
        ("people", "201", '--people takes a whole number from 1 to 200, and "201" is none.'),
        ("seed", "7.5", '--seed takes a whole number from 0 to 1000000000, and "7.5" is none.'),
        ("zone", "America/NewYork", "Did you mean America/New_York?"),
        ("zone", "", "Write one like --zone America/New_York."),
        ("start", "tomorrow", '--start takes a date like 2026-10-05, and "tomorrow" is none.'),
        ("start", "0001-01-01", "--start takes a date from 2000 to 2099, and 0001-01-01 is not one of them."),
    ],
)
def test_an_odd_option_is_refused_in_a_clear_sentence(option: str, typed: str, told: str) -> None:
    with pytest.raises(Mistake) as refused:
        read_plan(**FITTING | {option: typed})

    assert told in str(refused.value)


def test_the_script_counts_from_the_first_monday() -> None:
    assert read_plan(**FITTING | {"start": "2026-10-07"}).first_monday == date(2026, 10, 12)
    assert Plan().first_monday == Plan().start
