from __future__ import annotations

from pathlib import Path

import pytest
from packshelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf.in_folder(tmp_path / "content")
