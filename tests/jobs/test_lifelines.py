from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

from bot.jobs.lifelines import Lifeline, folder_for


def test_who_lives_is_not_dead_and_who_left_is_forgotten(tmp_path: Path) -> None:
    mine, other = Lifeline(tmp_path / "nodes"), Lifeline(tmp_path / "nodes")
    mine.hold("mine")
    other.hold("other")

    assert mine.cut() == []
    other.let_go()

    assert mine.cut() == []
    assert [path.name for path in (tmp_path / "nodes").iterdir()] == ["mine"]
    mine.let_go()


def test_who_died_is_dead_until_buried(tmp_path: Path) -> None:
    mine = Lifeline(tmp_path)
    (tmp_path / "dead").touch()

    assert mine.cut() == ["dead"]
    assert mine.cut() == ["dead"]
    mine.bury("dead")

    assert mine.cut() == []


def test_only_a_file_has_processes_that_share_a_disk() -> None:
    assert folder_for(make_url("sqlite:////var/lib/studybot.db")) == Path("/var/lib/studybot.db-nodes")
    assert folder_for(make_url("postgresql://localhost/studybot")) is None

    nobody = Lifeline(None)
    nobody.hold("mine")
    assert nobody.cut() == []
    nobody.let_go()
