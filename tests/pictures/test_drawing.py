from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hostile import STRANGE
from sketches import DAY, SKETCHES, board_of, calendar_of, chart_of, profile_of

from bot import texts
from bot.domain.pictures import DayMark, Sketch, StreakCalendar
from bot.pictures import Lettering, draw

SHIPPED_ALONE = Lettering()
MOST_SVG = 40_000


def words_in(svg: str) -> list[str]:
    """What a picture says to the eye, piece by piece."""
    root = ElementTree.fromstring(svg)
    return ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")]


def title_of(svg: str) -> str:
    return next(each.text or "" for each in ElementTree.fromstring(svg).iter() if each.tag.endswith("}title"))


@pytest.mark.fault(95)
@pytest.mark.parametrize("sketch", SKETCHES.values(), ids=SKETCHES)
def test_every_picture_is_sound_bounded_and_says_its_words(sketch: Sketch) -> None:
    svg = draw(sketch, SHIPPED_ALONE)

    assert title_of(svg) == texts.picture_alt(sketch)
    assert 0 < len(texts.picture_alt(sketch)) <= texts.MOST_ALT
    assert len(svg) <= MOST_SVG
    assert float(ElementTree.fromstring(svg).attrib["height"]) <= 1_300


@pytest.mark.parametrize("sketch", SKETCHES.values(), ids=SKETCHES)
def test_the_same_values_give_the_same_picture(sketch: Sketch) -> None:
    assert draw(sketch, Lettering()) == draw(sketch, Lettering())


@pytest.mark.fault(90, 92)
@pytest.mark.parametrize("names", [STRANGE[at : at + 10] for at in range(0, len(STRANGE), 10)])
def test_a_strange_name_harms_no_picture(names: tuple[str, ...]) -> None:
    for sketch in (board_of(len(names), 1, names, top=10), profile_of(*names)):
        svg = draw(sketch, SHIPPED_ALONE)

        assert title_of(svg).split() == texts.picture_alt(sketch).split()
        tags = {each.tag.rpartition("}")[2] for each in ElementTree.fromstring(svg).iter()}
        assert tags <= {"svg", "title", "g", "rect", "line", "path", "circle", "text", "tspan"}


def test_a_board_shows_top_neighbours_and_the_viewer() -> None:
    svg = draw(board_of(40, viewer=17), SHIPPED_ALONE)

    said = words_in(svg)
    assert [word for word in said if "Member" in word] == [f"Member {n}" for n in (1, 2, 3, 16)] + [
        "Member 17you",
        "Member 18",
    ]
    assert {"394 points", "2 answers", "17", "40 people with points"} <= set(said)
    assert svg.count("stroke-dasharray") == 1  # the gap between the third and the sixteenth


def test_a_board_for_all_shows_nobody_as_the_viewer() -> None:
    assert not [word for word in words_in(draw(board_of(40), SHIPPED_ALONE)) if word.endswith("you")]


def test_a_name_without_glyphs_is_in_the_words_and_a_hidden_one_nowhere() -> None:
    sketch = board_of(2, None, ["漢字", ""])

    said, alt = words_in(draw(sketch, SHIPPED_ALONE)), texts.picture_alt(sketch)

    assert texts.picture_name() in said
    assert "漢字" in alt
    assert texts.nameless_member() in said
    assert texts.nameless_member() in alt


def test_a_calendar_shows_thirteen_weeks_up_to_today() -> None:
    sketch = calendar_of(365)
    shown = sketch.marks[-(12 * 7 + DAY.isoweekday()) :]

    svg = draw(sketch, SHIPPED_ALONE)

    assert svg.count('rx="8"') == 1  # today
    assert svg.count("fill-ice") == shown.count(DayMark.FROZEN) + 1  # and one in the legend
    assert svg.count("line-faint") == shown.count(DayMark.MISSED) + 1
    assert {"Sep", "Oct", "Nov"} <= set(words_in(svg))


def test_days_before_a_member_came_are_no_missed_days() -> None:
    new = StreakCalendar(DAY, (DayMark.ANSWERED,), 1, 1, 0)

    svg = draw(new, SHIPPED_ALONE)

    assert svg.count("line-faint") == 1  # the legend's
    assert "not answered" not in texts.picture_alt(new)
    assert words_in(svg)[0] == "A streak of 1 day"


def test_a_long_chart_gathers_answers_into_dots() -> None:
    svg = draw(chart_of(300), SHIPPED_ALONE)

    assert svg.count("<circle") == 60 + 1
    assert any("a dot is 5 answers" in word for word in words_in(svg))


def test_a_chart_keeps_to_its_own_scale() -> None:
    svg = draw(chart_of(100), SHIPPED_ALONE)

    heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', svg)]
    assert min(heights) >= 92
    assert max(heights) <= 262
    assert {"0", "5", "10"} <= set(words_in(svg))


def test_a_profile_has_a_bar_and_a_score_for_each_measure() -> None:
    svg = draw(profile_of("Backend", "System design"), SHIPPED_ALONE)

    said = words_in(svg)
    assert said[1:5] == ["Backend", "0/ 10", "System design", "5/ 10"]
    assert texts.practice_signal() in said


def test_a_page_can_give_every_colour_another() -> None:
    svg = draw(board_of(3, 1), SHIPPED_ALONE)

    coloured = re.findall(r"<(?:rect|line|text|tspan|circle|path)[^>]*>", svg)
    free = [shape for shape in coloured if "class=" not in shape]
    assert len(free) == 3 + 2 * 3  # the bot's sign, and what stands for each member
