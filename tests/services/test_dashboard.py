"""Who is let into a dashboard, and what they see there, over a real socket."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from dashboards import Desk, open_desk, serving
from fakes import covering
from group import GOOD, PLATFORM, nearby, question, study
from hostile import STRANGE
from organised import set_up
from studyroom import free_port

from bot.domain.dashboard import LINK_LASTS, VISIT_LASTS
from bot.domain.incoming import MemberLeft
from bot.domain.outgoing import Action, Reply
from bot.domain.refs import ChannelRef, Person
from bot.storage.engine import Database

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EXPIRED = "This link has expired"
MISSING = "There is nothing here"
PAGES = ("", "board/week", "board/all", "progress", "answers", "answers/1", "nonsense", "open/x")


async def answered(desk: Desk, name: str, text: str = GOOD) -> Person:
    person = desk.group.person(name)
    await desk.group.write(person, text)
    await desk.group.settle()
    return person


# ---------------------------------------------------------------- coming in


async def test_the_link_of_study_progress_opens_the_board_and_leaves_the_address_bar(database: Database) -> None:
    async with open_desk(database) as desk:
        link = await desk.link(await answered(desk, "Ada"))

        async with httpx2.AsyncClient(base_url=desk.address) as client:
            opened = await client.get(link)
            page = await client.get(opened.headers["location"])

        assert (opened.status_code, opened.headers["location"]) == (303, "/dashboard/")
        cookie = opened.headers["set-cookie"]
        assert all(each in cookie for each in ("HttpOnly", "SameSite=lax", "Path=/dashboard", "Max-Age=7200"))
        assert "Secure" not in cookie
        assert "Ada" in page.text
        for answer in (opened, page):
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "no-store"
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy


@only_sqlite
async def test_a_link_opens_for_a_quarter_of_an_hour_and_the_visit_lasts_two_hours(database: Database) -> None:
    async with open_desk(database) as desk, desk.browser() as early, desk.browser() as late:
        link = await desk.link(await answered(desk, "Ada"))

        desk.group.clock.move(seconds=LINK_LASTS.total_seconds() - 1)
        assert "Ada" in (await early.get(link)).text
        desk.group.clock.move(seconds=1)
        assert EXPIRED in (await late.get(link)).text
        desk.group.clock.move(seconds=VISIT_LASTS.total_seconds() - 2)
        assert "Ada" in (await early.get("/dashboard/")).text
        desk.group.clock.move(seconds=1)
        assert EXPIRED in (await early.get("/dashboard/")).text


@only_sqlite
async def test_x107_without_a_visit_every_address_gives_the_same_page(database: Database) -> None:
    async with open_desk(database) as desk, desk.browser() as stranger:
        link = await desk.link(await answered(desk, "Ada"))
        text, _, signature = link.rpartition("/")[2].partition(".")
        forged = (f"{text}.{signature[:-2]}AA", f"{text}A.{signature}", text, f".{signature}", f"{text}.", "é.é", "%00")

        answers = [await stranger.get(f"/dashboard/{path}") for path in PAGES]
        answers += [await stranger.get(f"/dashboard/open/{each}") for each in forged]
        stranger.cookies.set("dashboard", "guessed", path="/dashboard")
        answers.append(await stranger.get("/dashboard/"))

        assert {answer.status_code for answer in answers} == {404}
        assert {answer.text for answer in answers} == {answers[0].text}
        assert EXPIRED in answers[0].text


@only_sqlite
async def test_x107_a_visit_that_was_closed_is_over_for_every_copy_of_its_cookie(database: Database) -> None:
    async with open_desk(database) as desk:
        ada = await answered(desk, "Ada")
        async with desk.browser(ada) as hers, desk.browser() as copied:
            copied.cookies.set("dashboard", hers.cookies["dashboard"], path="/dashboard")
            assert "Ada" in (await copied.get("/dashboard/")).text

            assert "Your dashboard is closed" in (await hers.post("/dashboard/leave")).text

            assert "dashboard" not in hers.cookies
            assert EXPIRED in (await copied.get("/dashboard/")).text


async def test_every_process_on_the_database_reads_the_same_links(database: Database, database_url: str) -> None:
    async with open_desk(database) as desk, nearby(database_url) as other:
        link = await desk.link(await answered(desk, "Ada"))

        async with serving(other, free_port(), "") as elsewhere, elsewhere.browser() as client:
            assert "Ada" in (await client.get("/dashboard/open/" + link.rpartition("/")[2])).text


@only_sqlite
async def test_who_left_the_group_sees_nothing_any_more(database: Database) -> None:
    async with open_desk(database) as desk:
        ada = await answered(desk, "Ada")
        async with desk.browser(ada) as hers:
            link = await desk.link(ada)

            await desk.group.receive(MemberLeft(ada.user, desk.group.clock.now()))

            assert EXPIRED in (await hers.get("/dashboard/")).text
            assert EXPIRED in (await hers.get(link)).text


@only_sqlite
async def test_without_an_address_no_link_is_offered(database: Database) -> None:
    async with study(database) as group:
        ada = group.person("Ada")
        await group.write(ada, GOOD)
        await group.settle()

        said = await group.call(ada, "/study progress")

        assert isinstance(said, Reply)
        assert Action.DASHBOARD not in {button.action for button in said.buttons}


@only_sqlite
async def test_behind_a_server_with_https_the_cookie_keeps_to_https(database: Database) -> None:
    public = "https://study.example.org"
    async with (
        study(database, dashboards={PLATFORM: public}) as group,
        serving(group, free_port(), public) as desk,
        desk.browser() as client,
    ):
        link = await desk.link(group.person("Ada"))
        assert link.startswith(f"{public}/dashboard/open/")

        path, named = link.removeprefix(public), {"host": "study.example.org"}
        opened = await client.get(path, headers=named, follow_redirects=False)

        assert "Secure" in opened.headers["set-cookie"]


# ---------------------------------------------------------------- pages


@only_sqlite
async def test_the_board_shows_the_top_the_neighbours_and_no_hidden_name(database: Database) -> None:
    async with open_desk(database) as desk:
        group = desk.group
        reviews = [covering(question("pack-1"), GOOD, credit) for credit in (1.0, 0.9, 0.8, 0.7, 0.3, 0.1)]
        for name, review in zip(("Ada", "Ben", "Cleo", "Dora", "Emil", "Finn"), reviews, strict=True):
            group.reviewer.script.append(review)
            await answered(desk, name)
        await group.call(group.person("Ben"), "/study privacy", board="hide")

        async with desk.browser(group.person("Emil")) as client:
            pages = {period: (await client.get(f"/dashboard/board/{period}")).text for period in ("week", "day", "all")}
            assert (await client.get("/dashboard/board/decade")).status_code == 404

        for page in pages.values():
            assert all(name in page for name in ("Ada", "Cleo", "Dora", "Emil", "Finn"))
            assert "Ben" not in page
            assert "a member" in page
        assert "Week of Mon 23 Nov" in pages["week"]


@only_sqlite
async def test_the_board_of_a_track_and_of_growth_is_a_click_away_and_none_of_another_group(database: Database) -> None:
    async with (
        open_desk(database) as desk,
        study(database, workspace="two", started=False) as other,
    ):
        await set_up(other, time="09:00", zone="Europe/Berlin")
        group = desk.group
        await answered(desk, "Ada")
        design = ChannelRef(group.space.platform, group.space.workspace, "design")
        await set_up(replace(group, channel=design), time="10:00", zone="Europe/Berlin")
        (first, second), (theirs,) = [[each.id for each in await one.tracks()] for one in (group, other)]

        async with desk.browser(group.person("Ada")) as client:
            board = (await client.get("/dashboard/board/season")).text
            pages = [
                (await client.get(f"/dashboard/board/week?track={track}")).text
                for track in (first, second, theirs, "x")
            ]
            growth = (await client.get(f"/dashboard/board/week?track={first}&view=growth")).text

        assert "You: 10 of 10 possible." in board
        assert f'href="/dashboard/board/season?track={second}"' in board
        assert "<bdi>Ada</bdi>" in pages[0]
        assert "Nobody has points here yet" in pages[1]
        assert pages[2] == pages[3]
        assert "There is nothing here" in pages[2]
        assert "Nobody has growth points here" in growth


@only_sqlite
async def test_ones_answer_stands_there_with_its_full_review_and_later_the_model_answer(database: Database) -> None:
    async with open_desk(database) as desk:
        ada = await answered(desk, "Ada")
        async with desk.browser(ada) as client:
            listed = await client.get("/dashboard/answers")
            page = await client.get("/dashboard/answers/1")

            assert "10 of 10" in listed.text
            assert 'href="/dashboard/answers/1"' in listed.text
            assert GOOD in page.text
            assert "Names an algorithm such as the token bucket" in page.text
            assert "10 points" in page.text
            assert "The model answer of" not in page.text
            await desk.group.pass_time(timedelta(hours=25))
            async with desk.browser(ada) as later:
                assert "The model answer of" in (await later.get("/dashboard/answers/1")).text


@only_sqlite
async def test_an_ungraded_answer_and_a_withdrawn_one(database: Database) -> None:
    async with open_desk(database) as desk:
        ada = desk.group.person("Ada")
        message, _ = await desk.group.write(ada, GOOD)
        async with desk.browser(ada) as client:
            assert "not graded yet" in (await client.get("/dashboard/answers")).text
            assert "Not graded yet" in (await client.get("/dashboard/answers/1")).text
            assert "No" in (await client.get("/dashboard/progress")).text

            await desk.group.delete(message)
            await desk.group.settle()

            assert (await client.get("/dashboard/answers/1")).status_code == 404
            assert "You have not answered yet" in (await client.get("/dashboard/answers")).text


@only_sqlite
async def test_answers_are_listed_page_by_page(database: Database) -> None:
    async with open_desk(database, questions=None) as desk:
        ada = desk.group.person("Ada")
        for number in range(23):
            await desk.group.write(ada, GOOD)
            await desk.group.call(desk.group.organiser, "/study-admin post")
            await desk.group.settle()
            desk.group.clock.move(minutes=1 + number % 2)

        async with desk.browser(ada) as client:
            first = (await client.get("/dashboard/answers")).text
            older = (await client.get("/dashboard/answers?before=4")).text
            none = (await client.get("/dashboard/answers?before=1")).text

        assert first.count("/dashboard/answers/") == 20
        assert "/dashboard/answers?before=4" in first
        assert older.count("/dashboard/answers/") == 3
        assert "before=" not in older
        assert "/dashboard/answers/" not in none


@only_sqlite
async def test_progress_counts_weeks_and_competencies(database: Database) -> None:
    async with open_desk(database) as desk:
        ada = await answered(desk, "Ada")
        await desk.group.pass_time(timedelta(days=7), timedelta(hours=6))
        await answered(desk, "Ada")

        async with desk.browser(ada) as client:
            page = (await client.get("/dashboard/progress")).text

        assert "Week of Mon 23 Nov" in page
        assert "Week of Mon 30 Nov" in page
        assert "System design" in page
        assert "2 answers" in page
        assert "20 points" in page


@only_sqlite
async def test_f46_the_calendar_of_ones_streak_says_each_day_in_words_unless_one_wants_none(
    database: Database,
) -> None:
    async with open_desk(database) as desk:
        ada = await answered(desk, "Ada")
        await desk.group.pass_time(timedelta(days=2), timedelta(days=1))

        async with desk.browser(ada) as client:
            page = (await client.get("/dashboard/progress")).text
            await desk.group.call(ada, "/study privacy", streak="off")
            quiet = (await client.get("/dashboard/progress")).text

        days = ("Mon 23 Nov: answered", "Tue 24 Nov: not answered", "Wed 25 Nov: nothing counted, today")
        assert [page.count(f">{day}<") for day in days] == [1, 1, 1]
        assert page.count('scope="col"') >= 13
        assert "Longest: 1 day, 0 freezes in hand" in page
        assert "calendar" not in quiet
        assert "Longest" not in quiet


@only_sqlite
async def test_f52_what_comes_back_stands_there_with_its_day_and_how_likely_it_is_known(database: Database) -> None:
    async with open_desk(database) as desk:
        group, ada = desk.group, desk.group.person("Ada")
        for credit in (1.0, 0.1):
            group.reviewer.script.append(covering(question("pack-1"), GOOD, credit))
            await answered(desk, "Ada")
            await group.pass_time(timedelta(days=1), timedelta(days=1))
        await group.call(ada, "/study again", action="on")

        async with desk.browser(ada) as client, desk.browser(await answered(desk, "Ben")) as bens:
            page = (await client.get("/dashboard/progress")).text
            others = (await bens.get("/dashboard/progress")).text
            await group.call(ada, "/study again", action="off")
            off = (await client.get("/dashboard/progress")).text

        lines = re.findall(r"<bdi>(.*?)</bdi></th><td class=\"day\">(.*?)</td><td class=\"number\">(.*?)</td>", page)
        assert lines == [("Question pack-2", "due now", "77 %"), ("Question pack-1", "Tue 1 Dec", "97 %")]
        assert "at most one message a day with one question, the next not before Thu 26 Nov, 09:00" in page
        for without in (others, off):
            assert without.count("If you like, I ask you in private") == 1
            assert "Still known" not in without


@only_sqlite
async def test_f52_who_said_yes_before_anything_was_graded_reads_that_nothing_comes_back_yet(
    database: Database,
) -> None:
    async with open_desk(database) as desk:
        ada = desk.group.person("Ada")
        await desk.group.call(ada, "/study again", action="on")

        async with desk.browser(ada) as client:
            page = (await client.get("/dashboard/progress")).text

        assert "No question of yours is on its way back yet" in page
        assert "If you like" not in page


@only_sqlite
async def test_somebody_who_has_not_answered_yet_sees_the_board(database: Database) -> None:
    async with open_desk(database) as desk:
        await answered(desk, "Ada")
        async with desk.browser(desk.group.person("Newcomer")) as client:
            assert "Ada" in (await client.get("/dashboard/")).text
            assert "Nothing to show yet" in (await client.get("/dashboard/progress")).text
            assert "You have not answered yet" in (await client.get("/dashboard/answers")).text
            assert (await client.get("/dashboard/answers/1")).status_code == 404


@only_sqlite
async def test_x093_strange_names_and_answers_stay_words(database: Database) -> None:
    async with open_desk(database) as desk:
        for number, strange in enumerate(STRANGE[::20]):
            ada = replace(desk.group.person(f"P{number}"), name=strange)
            text = f"I would say {strange} {strange} and <script>alert(1)</script> are words."
            await desk.group.write(ada, text)
            await desk.group.settle()
            async with desk.browser(ada) as client:
                board = (await client.get("/dashboard/")).text
                page = (await client.get(f"/dashboard/answers/{number + 1}")).text

            for html in (board, page):
                assert html.count("<script") == 1
                assert "<img src=x" not in html
                assert "<svg onload" not in html
            assert "&lt;script&gt;alert(1)" in page
