from __future__ import annotations

import pytest

from bot.domain.likeness import skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "аdа"),  # Cyrillic
        ("Ada", " A d a "),
        ("José", "JOSE"),
        ("Olga", "0lga"),
        ("Bill", "Bil1"),
        ("Xavi", "Χavi"),  # Greek
        ("Ada", "Ada\u200b"),
        ("Ada", "Ａｄａ"),  # full width
        ("Ada", "A.d-a!"),
        ("Straße", "STRASSE"),
    ],
)
def test_what_looks_the_same_is_the_same(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("Ada", "Ida"), ("Ян", "Ан"), ("田中", "中田"), ("Ada 1", "Ada 2")])
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)
