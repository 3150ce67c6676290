"""What the bot says on Slack: once under each key, at Slack's pace, and with Slack's refusals in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from patience import until
from slack_side import ANSWER_BUTTON, Day, day_on_slack
from slack_world import Cut, Delay, Error, Html, Limits, RateLimited, Status

from adapters.slack_chat import words
from adapters.slack_chat.answering import SIGN
from adapters.slack_chat.errors import UNTOLD_PAUSE, pause_of
from bot.domain.errors import NotNow, Refused, RefusedBecause
from bot.domain.incoming import MessagePosted
from bot.domain.outgoing import Edit, OpenThread, Outgoing, Post, Received, Remove, Say, Whisper

LONG_AGO = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
async def day() -> AsyncIterator[Day]:
    async with day_on_slack() as day:
        yield day


def post(day: Day, key: str = "post:1", text: str = "**A question**\n\nWhy?") -> Post:
    return Post(key, day.side.channel(day.study.id), text, (ANSWER_BUTTON,))


async def whisper(day: Day, thread: bool = True) -> Whisper:
    question = await day.question()
    place = day.side.thread(day.study.id, question.ts) if thread else None
    return Whisper("review:1", day.side.user(day.ada.id), day.side.channel(day.study.id), "**7 of 10**", place)


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("trouble", [Cut(after=True), Cut(), Status(500), Status(503), Html(502), Html(200)])
async def test_x004_what_became_of_a_post_is_asked_and_never_guessed(day: Day, trouble: object) -> None:
    day.slack.script("chat.postMessage", trouble)  # type: ignore[arg-type]

    with pytest.raises(NotNow):
        await day.adapter.chat.deliver(post(day))

    assert len(day.slack.calls("chat.postMessage")) == 1
    found = await day.adapter.chat.find(post(day), LONG_AGO)
    arrived = [one.ts for one in day.slack.messages(day.study)]
    assert arrived == ([found] if found else [])
    assert (found is not None) == (trouble == Cut(after=True))


async def test_x003_each_key_finds_its_own_message_among_many(day: Day) -> None:
    question = await day.question()
    thread = day.side.thread(day.study.id, question.ts)
    comments = [Say(f"comment:{number}", thread, f"Comment {number}") for number in range(40)]
    ids = [await day.adapter.chat.deliver(comment) for comment in comments]
    posts = [post(day, f"post:{number}") for number in range(2, 40)]
    ids += [await day.adapter.chat.deliver(one) for one in posts]

    assert [await day.adapter.chat.find(one, LONG_AGO) for one in (comments[0], comments[39])] == [ids[0], ids[39]]
    assert await day.adapter.chat.find(posts[0], LONG_AGO) == ids[40]
    assert await day.adapter.chat.find(Say("comment:40", thread, "Comment 0"), LONG_AGO) is None
    assert await day.adapter.chat.find(post(day, "post:99"), LONG_AGO) is None


async def test_a_deleted_message_is_not_found(day: Day) -> None:
    question = await day.question()
    await day.slack.delete(question)

    assert await day.adapter.chat.find(post(day), LONG_AGO) is None


async def test_x006_opening_a_thread_takes_no_call_and_is_always_there(day: Day) -> None:
    question = await day.question()
    before = len(day.slack.requests)
    opening = OpenThread("thread:1", day.side.message(day.study.id, question.ts), "Mon 23 Nov: Why?")

    assert await day.adapter.chat.deliver(opening) == await day.adapter.chat.find(opening, LONG_AGO) == question.ts
    assert len(day.slack.requests) == before


async def test_a_private_review_counts_as_arrived_and_another_private_word_is_said_again(day: Day) -> None:
    assert await day.adapter.chat.find(await whisper(day), LONG_AGO) is not None
    assert await day.adapter.chat.find(await whisper(day, thread=False), LONG_AGO) is None


async def test_what_may_be_repeated_is_not_looked_for(day: Day) -> None:
    question = await day.question()
    ref = day.side.message(day.study.id, question.ts)

    for item in (Edit("edit:1", ref, "New words"), Remove("remove:1", ref)):
        assert await day.adapter.chat.find(item, LONG_AGO) is None
        assert await day.adapter.chat.deliver(item) == await day.adapter.chat.deliver(item) == question.ts
        if isinstance(item, Edit):
            assert question.words == "New words"


async def test_taking_back_a_private_word_nobody_can_find_is_no_error(day: Day) -> None:
    found = await day.adapter.chat.find(await whisper(day), LONG_AGO)
    assert found is not None

    assert await day.adapter.chat.deliver(Remove("r", day.side.message(day.study.id, found))) == found


# ---------------------------------------------------------------- how it looks


async def test_an_answer_by_form_stands_under_its_speakers_name(day: Day) -> None:
    question = await day.question()
    thread = day.side.thread(day.study.id, question.ts)

    await day.adapter.chat.deliver(Say("said:1", thread, "Because it fills up.", speaker="<!channel> Ada"))

    (said,) = day.slack.messages(day.study, thread=question)
    assert said.words.endswith("(through the form):\nBecause it fills up.")
    assert "Ada" in said.words


async def test_a_comment_says_in_its_metadata_what_it_answers(day: Day) -> None:
    question = await day.question()
    written = await day.slack.write(day.ada, day.study, "an answer", thread=question)
    reply_to = day.side.message(day.study.id, written.ts)

    await day.adapter.chat.deliver(Say("comment:1", day.side.thread(day.study.id, question.ts), "Thanks!", reply_to))

    metadata = day.slack.posted[-1].metadata
    assert metadata is not None
    assert metadata["event_payload"] == {"key": "comment:1", "reply_to": written.ts}


async def test_x043_previews_are_off_and_nothing_is_looked_up(day: Day) -> None:
    await day.adapter.chat.deliver(post(day, text="See https://evil.example/x.png and www.evil.example"))

    flags = day.slack.posted[-1].flags
    assert flags["unfurl_links"] is flags["unfurl_media"] is flags["link_names"] is flags["mrkdwn"] is False
    assert flags["parse"] == "none"


async def test_x060_a_sign_that_comes_after_the_comment_is_taken_away_again(day: Day) -> None:
    day.side.intake.answer = lambda event: Received(event.message) if isinstance(event, MessagePosted) else None
    question = await day.question()
    day.slack.script("reactions.add", Delay(0.3))
    written = await day.slack.write(day.ada, day.study, "an answer", thread=question)

    await day.adapter.chat.deliver(
        Say(
            "comment:1",
            day.side.thread(day.study.id, question.ts),
            "Thanks!",
            day.side.message(day.study.id, written.ts),
        )
    )

    await until(lambda: any(one.error is None for one in day.slack.calls("reactions.remove")))
    assert not written.reactions.get(SIGN)


async def test_a_private_word_to_somebody_outside_of_the_channel_comes_directly(day: Day) -> None:
    bob = day.slack.add_member("Bob")
    await day.slack.leave(bob, day.study)

    await day.adapter.chat.deliver(
        Whisper("notice:1", day.side.user(bob.id), day.side.channel(day.study.id), "Something needs you.")
    )

    assert [one.words for one in day.slack.dms(bob)] == ["Something needs you."]


# ---------------------------------------------------------------- pace and pauses


async def test_posts_take_their_turn_in_their_channel(day: Day) -> None:
    other = day.slack.add_channel("other")
    await day.question()
    await day.question(other)
    await day.adapter.chat.deliver(await whisper(day))  # Slack's limit is on what everybody sees

    team = day.slack.team.id
    here, there = f"slack:{team}:{day.study.id}", f"slack:{team}:{other.id}"
    assert day.side.pace.turns == [(here, 1.0), (there, 1.0), (here, 1.0)]


@pytest.mark.parametrize(
    ("trouble", "seconds"), [(RateLimited(7), 7.0), (RateLimited(None), UNTOLD_PAUSE), (Html(429), UNTOLD_PAUSE)]
)
async def test_x066_a_429_is_obeyed_in_every_form_and_other_channels_go_on(
    day: Day, trouble: object, seconds: float
) -> None:
    other = day.slack.add_channel("other")
    day.slack.script("chat.postMessage", trouble, channel=day.study)  # type: ignore[arg-type]

    with pytest.raises(NotNow) as first:
        await day.adapter.chat.deliver(post(day))
    with pytest.raises(NotNow) as second:
        await day.adapter.chat.deliver(post(day))
    await day.question(other)

    assert first.value.after == seconds
    assert second.value.after is not None
    assert 0 < second.value.after <= seconds
    assert day.side.pace.holds == [(f"slack:{day.slack.team.id}:{day.study.id}", seconds)]
    assert len(day.slack.calls("chat.postMessage")) == 2


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0.75", 0.75),
        ("", UNTOLD_PAUSE),
        ("soon", UNTOLD_PAUSE),
        ("-1", UNTOLD_PAUSE),
        ("nan", UNTOLD_PAUSE),
        ("1e9", 3600.0),
    ],
)
@pytest.mark.fault(66)
def test_x066_a_pause_may_be_told_in_any_way(told: str, seconds: float) -> None:
    assert pause_of({"retry-after": told}) == seconds


async def test_the_tests_slack_would_notice_who_posts_too_fast(day: Day) -> None:
    day.slack.limits = Limits(posts_per_second=1, burst=1, enforce=True)
    await day.question()

    with pytest.raises(NotNow) as limited:
        await day.question()

    assert limited.value.after == 1.0


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("code", "because"),
    [
        ("is_archived", RefusedBecause.GONE),
        ("channel_not_found", RefusedBecause.GONE),
        ("not_in_channel", RefusedBecause.NO_RIGHT),
        ("restricted_action_thread_locked", RefusedBecause.NO_RIGHT),
        ("missing_scope", RefusedBecause.NO_RIGHT),
        ("msg_too_long", RefusedBecause.TOO_LONG),
        ("user_disabled", RefusedBecause.CLOSED),
        ("something_new", RefusedBecause.OTHER),
    ],
)
@pytest.mark.fault(53)
async def test_x053_a_refusal_has_a_reason_and_is_not_tried_again(day: Day, code: str, because: RefusedBecause) -> None:
    day.slack.script("chat.postMessage", Error(code))

    with pytest.raises(Refused, match=code) as refused:
        await day.adapter.chat.deliver(post(day))

    assert refused.value.because is because
    assert len(day.slack.calls("chat.postMessage")) == 1


async def test_a_thread_that_is_gone_is_refused_as_gone(day: Day) -> None:
    with pytest.raises(Refused) as refused:
        await day.adapter.chat.deliver(Say("comment:1", day.side.thread(day.study.id, "1700000000.000001"), "Thanks!"))

    assert refused.value.because is RefusedBecause.GONE


@pytest.mark.parametrize("code", ["internal_error", "ratelimited", "service_unavailable"])
async def test_slacks_own_trouble_means_later(day: Day, code: str) -> None:
    day.slack.script("chat.update", Error(code))
    question = await day.question()

    with pytest.raises(NotNow):
        await day.adapter.chat.deliver(Edit("edit:1", day.side.message(day.study.id, question.ts), "New"))


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_x064_a_dead_token_is_tried_once_and_other_workspaces_go_on(day: Day, code: str) -> None:
    other = day.slack.add_team("Other")
    there = day.slack.add_channel("study", team=other)
    day.side.installations.tokens = {day.slack.team.id: day.slack.bot_token, other.id: other.bot_token}
    day.slack.script("chat.postMessage", Error(code), channel=day.study)

    for item in _ten_ways_to_speak(day):
        with pytest.raises(Refused) as refused:
            await day.adapter.chat.deliver(item)
        assert refused.value.because is RefusedBecause.NO_RIGHT
    await day.question(there)

    asked = [one for one in day.slack.requests if one.team == day.slack.team.id and one.method.startswith("chat.")]
    assert len(asked) == 1


def _ten_ways_to_speak(day: Day) -> list[Outgoing]:
    thread = day.side.thread(day.study.id, "1700000000.000001")
    ref = day.side.message(day.study.id, "1700000000.000001")
    return [
        post(day),
        post(day),
        *(Say(f"comment:{n}", thread, "Thanks!") for n in range(6)),
        Remove("r", ref),
        Edit("e", ref, "x"),
    ]


async def test_without_an_installation_nothing_is_asked(day: Day) -> None:
    day.side.installations.only = None
    before = len(day.slack.requests)

    with pytest.raises(Refused) as refused:
        await day.adapter.chat.deliver(post(day))

    assert refused.value.because is RefusedBecause.NO_RIGHT
    assert len(day.slack.requests) == before


# ---------------------------------------------------------------- rights


async def test_nothing_lacks_in_a_channel_where_everything_is_allowed(day: Day) -> None:
    assert await day.adapter.chat.lacking(day.side.channel(day.study.id)) == []


@pytest.mark.parametrize("right", sorted(words.RIGHTS))
@pytest.mark.fault(63)
async def test_x063_each_missing_right_is_named_with_where_to_switch_it_on(day: Day, right: str) -> None:
    day.slack.scopes = day.slack.scopes - {right}

    (lack,) = await day.adapter.chat.lacking(day.side.channel(day.study.id))

    assert lack.what == words.RIGHTS[right]
    assert "manifest" in lack.mend


@pytest.mark.fault(63)
async def test_x063_a_channel_without_the_bot_archived_or_gone_is_named(day: Day) -> None:
    outside = day.slack.add_channel("outside", bot_inside=False)
    archived = day.slack.add_channel("archived")
    await day.slack.archive(archived)

    named = [await day.adapter.chat.lacking(day.side.channel(id)) for id in (outside.id, archived.id, "C0NOWHERE")]

    assert [one[0].what for one in named] == [words.IN_CHANNEL, words.ARCHIVED, words.CHANNEL]
    assert "/invite" in named[0][0].mend


async def test_a_dead_token_is_named_as_what_lacks(day: Day) -> None:
    day.slack.script("auth.test", Error("token_revoked"))

    (lack,) = await day.adapter.chat.lacking(day.side.channel(day.study.id))

    assert lack.what == words.TOKEN


async def test_while_slack_is_away_nobody_knows_what_lacks(day: Day) -> None:
    day.slack.script("conversations.info", Status(500))

    with pytest.raises(NotNow):
        await day.adapter.chat.lacking(day.side.channel(day.study.id))
