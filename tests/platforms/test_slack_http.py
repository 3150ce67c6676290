"""Slack over HTTP: only what Slack signed is looked at."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_side import Day, day_on_slack, served, side_of
from slack_world import Forgery, slack_world
from slack_world.signing import signed

from adapters.slack_chat import SlackMode
from adapters.slack_chat.requests import MOST_BYTES
from bot.domain.incoming import CommandCalled, MessagePosted, SpaceThrottled


@pytest.fixture
async def day() -> AsyncIterator[Day]:
    async with day_on_slack("http") as day:
        yield day


async def post(day: Day, body: bytes, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(day.slack.request_url, data=body, headers=headers) as answer,
    ):
        return answer.status


async def test_slack_finds_the_address_and_may_check_it(day: Day) -> None:
    assert await day.slack.verify_url()
    assert await day.slack.ssl_check() == 200
    assert await post(day, b"ssl_check=1", {}) == 200


@pytest.mark.parametrize("forgery", [Forgery.UNSIGNED, Forgery.WRONG_SECRET, Forgery.OLD, Forgery.CHANGED])
async def test_x102_a_request_slack_did_not_sign_is_refused_before_any_work(day: Day, forgery: Forgery) -> None:
    calls, asked = len(day.slack.requests), day.side.intake.asked

    answer = await day.slack.forge(forgery)

    assert answer.status == 401
    assert (len(day.slack.requests), day.side.intake.asked) == (calls, asked)


async def test_x102_after_the_secret_was_rotated_the_old_one_signs_nothing(day: Day) -> None:
    assert (await day.slack.forge(Forgery.HONEST)).status == 200
    day.slack.rotate_secret()

    assert (await day.slack.forge(Forgery.HONEST)).status == 401


STAMPS = ("", "now", "soon", "-5", "1e9", "²", "9" * 400)
SIGNATURES = ("", "v0=", "v0=ü", "v1=00")


async def test_x102_odd_headers_are_refused_and_break_nothing(day: Day) -> None:
    for stamp, signature in itertools.product(STAMPS, SIGNATURES):
        at = str(int(time.time())) if stamp == "now" else stamp

        assert await post(day, b"{}", {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}) == 401


UNREADABLE = (b"{", b"[" * 100_000, b"payload=%7B", b'{"a":' * 100_000, b"\xff\xfe", b"null", b"[1]", b'{"type": []}')


async def test_x102_a_signed_body_nobody_can_read_is_no_crash(day: Day) -> None:
    for body in UNREADABLE:
        headers = signed(day.slack.signing_secret, body.decode("utf-8", "replace"))

        assert await post(day, body, headers) in (200, 400, 401, 404)


async def test_a_body_without_end_is_not_kept(day: Day) -> None:
    assert await post(day, b"x" * (MOST_BYTES + 1), {}) == 413


async def test_x104_a_signed_request_that_comes_again_is_answered_once(day: Day) -> None:
    await day.slack.command(day.ada, day.study, "/study-admin", "post")

    assert (await day.slack.forge(Forgery.AGAIN)).status == 200
    assert len(day.side.intake.of(CommandCalled)) == 1


async def test_x104_an_event_that_comes_again_is_told_alike(day: Day) -> None:
    question = await day.question()
    await day.slack.write(day.ada, day.study, "an answer", thread=question)

    assert (await day.slack.forge(Forgery.AGAIN)).status == 200
    first, second = day.side.intake.of(MessagePosted)
    assert first == second


async def test_before_the_bot_listens_slack_is_asked_to_come_again() -> None:
    async with slack_world() as slack:
        slack.add_member("Ada")
        adapter = side_of(slack).adapter(SlackMode.HTTP)
        async with served(adapter) as url:
            slack.mode, slack.request_url = "http", url

            assert not adapter.opened
            assert await slack.verify_url()
            assert (await slack.forge(Forgery.HONEST)).status == 503


async def test_only_a_post_to_the_one_address_is_served(day: Day) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(day.slack.request_url) as answer:
            assert answer.status == 405
        async with session.post(day.slack.request_url.replace("events", "install")) as answer:
            assert answer.status == 404


async def test_http_needs_no_socket_and_every_process_may_listen(day: Day) -> None:
    assert not day.adapter.one_at_a_time
    assert list(day.adapter.http) == ["/slack"]
    assert day.slack.calls("apps.connections.open") == []


async def test_x071_where_the_app_serves_an_organisation_the_workspace_of_the_event_is_used(day: Day) -> None:
    question = await day.question()
    written = await day.slack.write(day.ada, day.study, "an answer", thread=question)
    assert written.delivery is not None
    payload = json.loads(json.dumps(written.delivery.payload))
    payload["authorizations"][0] |= {"team_id": None, "is_enterprise_install": True, "enterprise_id": "E0TEST"}
    body = json.dumps(payload)

    status = await post(
        day, body.encode(), {"Content-Type": "application/json"} | signed(day.slack.signing_secret, body)
    )

    assert status == 200
    first, second = day.side.intake.of(MessagePosted)
    assert first == second


async def test_x067_slack_says_in_its_own_way_that_it_holds_events_back(day: Day) -> None:
    told = {"type": "app_rate_limited", "team_id": day.slack.team.id, "minute_rate_limited": 1700000000}
    body = json.dumps(told)

    status = await post(
        day, body.encode(), {"Content-Type": "application/json"} | signed(day.slack.signing_secret, body)
    )

    assert status == 200
    assert [one.space for one in day.side.intake.of(SpaceThrottled)] == [day.side.space]
