"""What every room of the tests may lean on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from blocking import watching
from databases import (
    database,
    database_url,
    empty_database,
    migrated_file,
    migrated_template,
    postgres_url,
    sqlite_url,
    start_postgres,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser

#: Fixtures that live in a file of their own.
__all__ = [
    "database",
    "database_url",
    "empty_database",
    "migrated_file",
    "migrated_template",
    "postgres_url",
    "sqlite_url",
]

# A machine that is busy with something else is no fault of the code.
slowness = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=slowness)
hypothesis.settings.load_profile("patient")

#: Rooms whose tests wait for whole processes.
LONG_ROOMS = ("tests/stories/", "tests/jobs/")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Names under which whoever runs the tests may have settings for a bot of their own.
SETTINGS = ("DATABASE_URL", "HOST", "PORT", "DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "OPENAI_API_KEY")
OUR_KNOBS = ("STUDYBOT_TEST_POSTGRES_URL", "STUDYBOT_REQUIRE_BROWSER", "STUDYBOT_KILLS")


# A commit waits for the disk, often for most of a test; what tests store need outlive nothing.
MEMORY = Path("/dev/shm")
ROOM_IN_MEMORY = 4 * 1024**3
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_IN_MEMORY:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*SETTINGS, *(name for name in os.environ if name.startswith("STUDYBOT_") and name not in OUR_KNOBS)]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _nobody_blocks_the_loop() -> Iterator[None]:
    with watching():
        yield


# ---------------------------------------------------------------- a real PostgreSQL


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server, version 15 or newer, where databases may be made: the one that is named, else one started
    from a wheel."""
    if named := os.environ.get("STUDYBOT_TEST_POSTGRES_URL"):
        yield named
        return
    # Not in pytest's folder, which other runs of pytest tidy up and where another user than root may not look.
    with tempfile.TemporaryDirectory(prefix="studybot-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as folder:
        server = start_postgres(Path(folder) / "data")
        yield server.get_uri()
        server.cleanup()


# ---------------------------------------------------------------- a real browser


def chromium() -> Path | None:
    """A Chromium on the path."""
    return next((Path(found) for name in BROWSERS if (found := shutil.which(name))), None)


NO_BROWSER = "no Chromium on the path, so nobody looked at the study room (Debian: apt install chromium)"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium. Without one the test is skipped, or fails where STUDYBOT_REQUIRE_BROWSER=1 asks for it."""
    program = chromium()
    if program is None:
        if os.environ.get("STUDYBOT_REQUIRE_BROWSER"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        # Chromium's own sandbox refuses to run for root; the pages are ours.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        await browser.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One loud line when the browser tests did not run."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} BROWSER TESTS SKIPPED: {NO_BROWSER}", red=True, bold=True)


# ---------------------------------------------------------------- the list of fault cases


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--faults` prints which numbered fault cases have a test."""
    parser.addoption("--faults", action="store_true", help="list the fault cases with their tests, and run none")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests that are named after a fault case, as in test_x027_..., with its number; deals the tests out so that
    every worker begins with its share of the long ones."""
    _mark_faults(config, items)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long_first = sorted(items, key=lambda item: not item.nodeid.startswith(LONG_ROOMS))
    # xdist gives the first worker the first part of the list, and so on.
    items[:] = [item for worker in range(workers) for item in long_first[worker::workers]]


def _mark_faults(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        name = item.name.partition("[")[0]
        if name.startswith("test_x") and name[6:9].isdigit():
            item.add_marker(pytest.mark.fault(int(name[6:9])))
    if config.getoption("--faults"):
        cases = sorted(
            {(n, item.nodeid.partition("[")[0]) for item in items for m in item.iter_markers("fault") for n in m.args}
        )
        print("\n".join(f"{number:>4}  {nodeid}" for number, nodeid in cases))
        items.clear()
