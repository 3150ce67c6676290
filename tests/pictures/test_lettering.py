from __future__ import annotations

from pathlib import Path

import pytest
from hostile import STRANGE
from typefaces import typeface

from bot.pictures import lettering
from bot.pictures.lettering import BOLD, SHIPPED, Lettering, MachineFonts, fit, width_of

SHIPPED_ALONE = Lettering()


@pytest.mark.parametrize("name", ["Ada Lovelace", "Łukasz Żółć", "Μαρία", "Юлия", "O'Neil-Ñandú", "@everyone <b>"])
def test_a_name_in_letters_of_the_shipped_font_is_written(name: str) -> None:
    assert SHIPPED_ALONE.name(name) == name


@pytest.mark.parametrize("name", ["漢字の名前", "مريم", "שרה", "Ada 漢", "👻👻", "", "\u202e\u200b"])
def test_a_name_whose_letters_no_font_has_is_not_written(name: str) -> None:
    assert SHIPPED_ALONE.name(name) is None


def test_emoji_that_no_font_has_are_left_out_of_a_name() -> None:
    assert SHIPPED_ALONE.name("😀 Zoë 👩‍👩‍👧") == "Zoë"


def test_controls_and_stacks_of_marks_do_not_reach_a_picture() -> None:
    assert SHIPPED_ALONE.name("\u202eAd\x00a\ufffe\n\ud83d B") == "Ada B"
    assert len(SHIPPED_ALONE.name("Z" + "\u0301" * 500 + "oe") or "") < 8


@pytest.mark.fault(90)
@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_name_is_written_in_sound_characters_or_not_at_all(name: str) -> None:
    written = SHIPPED_ALONE.name(name)

    assert written is None or (written.isprintable() and len(written) <= 200)


def test_a_font_of_the_machine_writes_what_the_shipped_one_cannot(tmp_path: Path) -> None:
    han = typeface(tmp_path / "Han-Regular.ttf", "漢字")
    typeface(tmp_path / "Han-Bold.ttf", "漢字")
    (tmp_path / "broken.otf").write_bytes(b"no font")
    letters = Lettering(MachineFonts([tmp_path, tmp_path / "not there"]))

    assert letters.name("漢字 Ada") == "漢字 Ada"
    assert letters.name("名") is None
    assert letters.fonts_for("<text>漢 Ada</text>") == [*SHIPPED.values(), han]
    assert letters.fonts_for("<text>Ada</text>") == [*SHIPPED.values()]


def test_many_fonts_are_read_bit_by_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "READ_SECONDS", 0.0)
    typeface(tmp_path / "a.ttf", "漢")
    fonts = MachineFonts([tmp_path])

    assert fonts.font_with("漢") is None  # no time to look

    monkeypatch.setattr(lettering, "READ_SECONDS", 5.0)
    assert fonts.font_with("漢") == tmp_path / "a.ttf"


def test_a_reader_with_every_font_gets_every_name_whole() -> None:
    assert Lettering(any_letter=True).name("漢字 👻") == "漢字 👻"


@pytest.mark.parametrize("text", ["W" * 500, "Ada Lovelace of London", "漢" * 50, "👩‍👩‍👧‍👦" * 20, "i" * 500])
def test_a_text_is_cut_to_its_room(text: str) -> None:
    cut = fit(text, 100, 16, BOLD)

    assert cut.endswith("…")
    assert width_of(cut, 16, BOLD) <= 100


def test_a_text_that_fits_is_left_alone() -> None:
    assert fit("Ada", 100, 16) == "Ada"
