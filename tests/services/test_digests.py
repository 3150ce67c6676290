"""The weekly digest and the group's goal, as people and organisers meet them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes import covering, missing
from group import GOOD, FixedQuestions, Study, nearby, study
from organised import reply_of, set_up

from bot.domain.errors import NotNow, Refused
from bot.domain.outgoing import Action, Outgoing, Post
from bot.domain.reviews import PointVerdict, Review, Verdict
from bot.services import digests
from bot.simulation.world import Standing
from bot.storage.engine import Database

#: The group's week begins on Monday morning; its zone is Europe/Berlin.
SUNDAY = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


def digests_in(group: Study) -> list[Standing]:
    """The digests that stand in the channel, oldest first."""
    return [each for each in group.chat.posts() if each.item.key.startswith("digest:")]


async def at(group: Study, moment: datetime) -> None:
    group.clock.set(moment)
    await group.settle()


async def answer(group: Study, *names: str, text: str = GOOD) -> None:
    """These people answer the newest question."""
    for name in names:
        await group.write(group.person(name), f"{text} That is what I, {name}, would do.")
        await group.settle()


async def test_the_digest_comes_on_sunday_evening_and_once(database: Database) -> None:
    async with study(database) as group:
        await answer(group, "Ada", "Ben")

        await at(group, SUNDAY - AN_HOUR)
        before = digests_in(group)
        for _ in range(3):
            await at(group, SUNDAY)
        await at(group, SUNDAY + AN_HOUR)

        assert before == []
        (digest,) = digests_in(group)
        assert "**Our week, Mon 23 Nov to Sun 29 Nov**" in digest.text
        assert "2 people gave 2 answers to 1 question." in digest.text
        assert "1\\. Ben, 10 points (1 answer)\n1\\. Ada, 10 points (1 answer)" in digest.text


async def test_each_week_has_its_own_digest_and_a_week_without_answers_none(database: Database) -> None:
    async with study(database) as group:
        await at(group, SUNDAY)
        empty = digests_in(group)
        await at(group, SUNDAY + timedelta(days=1))
        await answer(group, "Ada")
        await at(group, SUNDAY + timedelta(days=7))
        await at(group, SUNDAY + timedelta(days=14))

        assert empty == []
        (digest,) = digests_in(group)
        assert "Mon 30 Nov to Sun 6 Dec" in digest.text
        assert "1 person gave 1 answer." in digest.text  # a late one, counted for the day it came as on the board


@pytest.mark.parametrize(
    ("back", "posted"),
    [
        (SUNDAY + timedelta(hours=3), SUNDAY + timedelta(hours=3)),
        (SUNDAY + timedelta(hours=6), SUNDAY + timedelta(hours=14)),
        (SUNDAY + timedelta(hours=29), None),
    ],
)
async def test_an_outage_over_the_evening_delays_the_digest_until_it_would_be_stale(
    database: Database, back: datetime, posted: datetime | None
) -> None:
    async with study(database) as group:
        await answer(group, "Ada")
        seen: list[datetime] = []

        def note(item: Outgoing) -> None:
            if item.key.startswith("digest:"):
                seen.append(group.clock.now())

        group.chat.after = note
        await at(group, back)
        await at(group, SUNDAY + timedelta(hours=14))
        await at(group, SUNDAY + timedelta(hours=40))

        assert seen == ([] if posted is None else [posted])


async def test_a_line_cut_after_the_digest_arrived_repeats_nothing(database: Database) -> None:
    async with study(database) as group:
        await answer(group, "Ada")
        cuts: list[str] = []

        def cut(item: Outgoing) -> None:
            if item.key.startswith("digest:") and not cuts:
                cuts.append(item.key)
                raise NotNow("the line was cut")

        group.chat.after = cut
        await at(group, SUNDAY)
        await at(group, SUNDAY + timedelta(minutes=1))

        assert cuts
        assert len(digests_in(group)) == 1


async def test_two_nodes_owe_one_digest(database: Database, database_url: str) -> None:
    async with study(database) as group, nearby(database_url) as other:
        await answer(group, "Ada")
        group.clock.set(SUNDAY)
        other.clock.set(SUNDAY)

        assert await digests.tick(group.core.storage, group.clock) == 1
        assert await digests.tick(other.core.storage, other.clock) == 0
        await group.settle()
        await other.settle()

        assert len(digests_in(group)) + len(digests_in(other)) == 1


async def test_a_channel_that_takes_no_words_goes_without(database: Database) -> None:
    async with study(database) as group:
        await answer(group, "Ada")

        def refuse(item: Outgoing) -> None:
            if isinstance(item, Post):
                raise Refused("no right")

        group.chat.trouble = refuse
        await at(group, SUNDAY)

        assert digests_in(group) == []
        assert (await group.core.storage.read(lambda tx: tx.work(group.group))).parked == []


async def test_a_new_zone_moves_the_evening(database: Database) -> None:
    async with study(database) as group:
        await answer(group, "Ada")
        await set_up(group, zone="America/New_York")

        await at(group, SUNDAY)
        in_berlin = digests_in(group)
        await at(group, SUNDAY + timedelta(hours=6))

        assert in_berlin == []
        assert len(digests_in(group)) == 1


async def test_whoever_hid_their_name_has_none_in_the_digest(database: Database) -> None:
    async with study(database) as group:
        await answer(group, "Ada", "Ben")
        await group.press(group.person("Ada"), Action.HIDE_ME)

        await at(group, SUNDAY)

        (digest,) = digests_in(group)
        assert "Ada" not in digest.text
        assert "a member, 10 points" in digest.text


async def test_only_answers_whose_authors_agreed_are_quoted(database: Database) -> None:
    async with study(database) as group:
        await answer(group, "Ada", "Ben", "Cleo")
        await group.press(group.person("Ada"), Action.SHOW_AT_CLOSE, "1")
        await group.press(group.person("Cleo"), Action.SHOW_AT_CLOSE, "3")
        await group.press(group.person("Cleo"), Action.HIDE_ME)
        await at(group, TUESDAY)  # the next question comes, and this one closes
        await at(group, SUNDAY)

        (digest,) = digests_in(group)
        quotes = [line for line in digest.text.splitlines() if line.startswith("> ")]
        assert "shown with its author's consent (Ada, on Question pack-1)" in digest.text
        assert "(A member, on Question pack-1)" in digest.text
        assert sorted("I, Ada" in quote for quote in quotes) == [False, True]
        assert not any("I, Ben" in quote for quote in quotes)


async def test_a_quoted_answer_that_is_taken_back_goes_from_the_digest_too(database: Database) -> None:
    async with study(database) as group:
        adas, _ = await group.write(group.person("Ada"), f"{GOOD} That is what Ada would do.")
        await answer(group, "Ben")
        await group.press(group.person("Ada"), Action.SHOW_AT_CLOSE, "1")
        await at(group, TUESDAY)
        await at(group, SUNDAY)
        before = digests_in(group)[0].text

        await group.delete(adas)
        await group.settle()

        (digest,) = digests_in(group)
        assert "what Ada would do" in before
        assert "Ada" not in digest.text
        assert "1 person gave 1 answer to 2 questions." in digest.text


async def test_a_digest_of_which_nothing_is_left_is_taken_away(database: Database) -> None:
    async with study(database) as group:
        adas, _ = await group.write(group.person("Ada"), GOOD)
        await group.settle()
        await group.press(group.person("Ada"), Action.SHOW_AT_CLOSE, "1")
        await at(group, TUESDAY)
        await at(group, SUNDAY)
        assert len(digests_in(group)) == 1

        await group.delete(adas)
        await group.settle()

        assert digests_in(group) == []


async def test_what_most_answers_left_out_is_next_weeks_focus(database: Database) -> None:
    async with study(database) as group:
        asked = group.questions.question("pack-1")
        assert asked is not None
        only_bucket = Review((PointVerdict("bucket", Verdict.COVERED, 1.0, "A token bucket"),), missing(asked).versions)
        group.reviewer.script.extend([only_bucket, only_bucket, covering(asked, GOOD)])
        await answer(group, "Ada", "Ben", "Cleo")

        await at(group, SUNDAY)

        (digest,) = digests_in(group)
        assert (
            "**Most often left out:** Keeps counters in a shared store such as Redis. "
            "(Question pack-1: said in 1 of 3 answers)"
        ) in digest.text
        assert "**Our focus for next week:** api." in digest.text


# ---------------------------------------------------------------- the goal


@pytest.mark.parametrize(("share", "told"), [("50", "Reached: 1 of 2 people did."), ("80", "1 of 2 people did. Weeks")])
async def test_the_goal_is_told_to_all_and_names_nobody(database: Database, share: str, told: str) -> None:
    async with study(database) as group:
        said = reply_of(await group.call(group.organiser, "/study-admin goal", answers="2", share=share))
        await answer(group, "Ada", "Ben")
        await at(group, TUESDAY)
        await answer(group, "Ada")

        await at(group, SUNDAY)

        assert f"{share} % of us answer 2 times a week" in said.text
        (digest,) = digests_in(group)
        line = next(line for line in digest.text.splitlines() if line.startswith("**Our goal:**"))
        assert told in line
        assert "Ada" not in line
        assert "Ben" not in line


async def test_a_goal_is_changed_shown_and_ended(database: Database) -> None:
    async with study(database) as group:

        async def goal(**options: str) -> str:
            return reply_of(await group.call(group.organiser, "/study-admin goal", **options)).text

        assert "No goal is set here." in await goal()
        assert "80 % of us answer 2 times a week" in await goal(answers="2")
        assert "60 % of us answer 2 times a week" in await goal(share="60%")
        assert "60 % of us answer 2 times a week" in await goal()
        assert "no goal here any more" in await goal(set="off")
        assert "No goal is set here." in await goal()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"answers": "8"}, "“8” is not a number from 1 to 7."),
        ({"answers": "three"}, "“three” is not a number from 1 to 7."),
        ({"share": "0"}, "“0” is not a number from 1 to 100."),
        ({"share": "101"}, "“101” is not a number from 1 to 100."),
    ],
)
async def test_an_odd_goal_is_explained_and_changes_nothing(
    database: Database, options: dict[str, str], told: str
) -> None:
    async with study(database) as group:
        said = reply_of(await group.call(group.organiser, "/study-admin goal", **options))

        assert told in said.text
        assert "No goal" in reply_of(await group.call(group.organiser, "/study-admin goal")).text


# ---------------------------------------------------------------- organisers


async def test_the_preview_is_private_and_uses_nothing_up(database: Database) -> None:
    async with study(database) as group:
        empty = reply_of(await group.call(group.organiser, "/study-admin digest", do="preview"))
        await answer(group, "Ada")

        shown = reply_of(await group.call(group.organiser, "/study-admin digest", do="preview"))
        await at(group, SUNDAY)

        assert "Nobody has answered this week's questions yet." in empty.text
        assert not shown.public
        assert digests_in(group)[0].text in shown.text


async def test_a_digest_that_was_switched_off_does_not_come_until_it_is_on_again(database: Database) -> None:
    async with study(database) as group:
        await answer(group, "Ada")
        off = reply_of(await group.call(group.organiser, "/study-admin digest", do="off"))
        await at(group, SUNDAY)
        none = digests_in(group)
        await at(group, SUNDAY + timedelta(days=1))
        await answer(group, "Ben")
        on = reply_of(await group.call(group.organiser, "/study-admin digest", do="on"))
        await group.settle()
        await at(group, SUNDAY + timedelta(days=7))

        assert "is off" in off.text
        assert none == []
        assert "Sun 6 Dec, 18:00 (Europe/Berlin)" in on.text
        assert len(digests_in(group)) == 1


async def test_a_digest_switched_off_in_the_last_moment_does_not_come(database: Database) -> None:
    async with study(database) as group:
        await answer(group, "Ada")
        group.clock.set(SUNDAY)
        await digests.tick(group.core.storage, group.clock)

        await group.call(group.organiser, "/study-admin digest", do="off")
        await group.settle()

        assert digests_in(group) == []


@pytest.mark.parametrize("command", ["digest", "goal"])
async def test_members_may_not_settle_it(database: Database, command: str) -> None:
    async with study(database) as group:
        said = reply_of(await group.call(group.person("Ada"), f"/study-admin {command}"))

        assert f"`/study-admin {command}` is for organisers" in said.text


async def test_organisers_hear_privately_when_far_fewer_people_answer(database: Database) -> None:
    people = ("Ada", "Ben", "Cleo", "Dan")
    async with study(database) as group:
        await group.call(group.organiser, "/study-admin digest")
        for week, there in enumerate((people, people, people, people[:1], people[:1])):
            await at(group, datetime(2026, 11, 23, 9, 0, tzinfo=UTC) + timedelta(days=7 * week))
            await answer(group, *there)
            await at(group, SUNDAY + timedelta(days=7 * week))

        told = [each for each in group.chat.whispers() if "far fewer answers" in each.text]
        (notice,) = told
        assert notice.item.key.endswith(f":{group.organiser.user.id}")
        assert "`/study-admin setup days:mon,wed,fri`" in notice.text
        assert "far fewer" not in "".join(each.text for each in digests_in(group))


async def test_with_several_tracks_each_digest_has_the_board_of_its_own(database: Database) -> None:
    async with study(database, questions=FixedQuestions(packs=("sql", "go"))) as group:
        await set_up(group, pack="sql")
        alone = await preview(group)
        await set_up(group, channel="other", pack="go", zone="Europe/Berlin")
        await at(group, group.clock.now() + timedelta(days=1, minutes=1))
        posted = {each.item.channel.id: each for each in group.chat.posts() if isinstance(each.item, Post)}
        await answer_under(group, posted["study"], "Ada")
        await answer_under(group, posted["other"], "Ben")
        await at(group, SUNDAY)

        told = {each.item.channel.id: each.text for each in digests_in(group) if isinstance(each.item, Post)}
        assert "sql" not in alone
        assert ("Ada, 10 points" in told["study"], "Ben, " in told["study"]) == (True, False)
        assert ("Ben, 10 points" in told["other"], "Ada, " in told["other"]) == (True, False)
        assert [track in told[channel] for track, channel in (("sql", "study"), ("go", "other"))] == [True, True]


async def preview(group: Study) -> str:
    await answer(group, "Cleo")
    return reply_of(await group.call(group.organiser, "/study-admin digest", do="preview")).text


async def answer_under(group: Study, post: Standing, name: str) -> None:
    """This person answers the question of this post."""
    assert isinstance(post.item, Post)
    target = next(button.target for button in post.item.buttons if button.action is Action.ANSWER)
    await group.send_form(group.person(name), f"{GOOD} That is what I, {name}, would do.", target)
    await group.settle()
