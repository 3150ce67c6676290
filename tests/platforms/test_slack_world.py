"""Our tests' Slack, seen by the real slack_bolt and slack_sdk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from aiohttp import ClientConnectionError
from patience import until
from processes import in_own_process
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_world import (
    Cut,
    Delay,
    Error,
    Fault,
    Forgery,
    HistoryLimit,
    Html,
    Impossible,
    Limits,
    RateLimited,
    SlackWorld,
    Status,
    slack_world,
)
from slack_world.checks import message_problems, view_problems
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Route
from studyroom import free_port

Body = dict[str, Any]


@pytest.fixture
async def slack() -> AsyncIterator[SlackWorld]:
    async with slack_world() as world:
        yield world


def client_of(slack: SlackWorld, **more: Any) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, **more)


def app_of(slack: SlackWorld) -> AsyncApp:
    client = client_of(slack, retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=1)])
    return AsyncApp(client=client, signing_secret=slack.signing_secret, process_before_response=True)


@asynccontextmanager
async def connected(slack: SlackWorld, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await until(lambda: slack.connections)
    yield handler
    await handler.close_async()  # type: ignore[no-untyped-call]


async def test_what_people_write_reaches_the_bot_as_slack_words_it(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, heard = app_of(slack), list[Body]()

    @app.event("message")
    async def hear(body: Body) -> None:
        heard.append(body)

    async with connected(slack, app):
        root = await slack.write(ada, study, "a < b & c, see https://example.org/?a=1&b=2 @studybot")
        reply = await slack.write(ada, study, "mine", thread=root)

    event, in_thread = heard[0]["event"], heard[1]["event"]
    assert event["text"] == f"a &lt; b &amp; c, see <https://example.org/?a=1&amp;b=2> {slack.bot.mention}"
    assert (event["channel"], event["user"], event["ts"]) == (study.id, ada.id, root.ts)
    assert (in_thread["thread_ts"], in_thread["parent_user_id"], in_thread["ts"]) == (root.ts, ada.id, reply.ts)
    assert heard[0]["authorizations"][0]["team_id"] == slack.team.id
    assert root.delivery is not None
    assert root.delivery.acked


# ---------------------------------------------------------------- commands, buttons, forms, the home

FORM: Body = {
    "type": "modal",
    "callback_id": "answer",
    "title": {"type": "plain_text", "text": "Your answer"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "answer",
            "label": {"type": "plain_text", "text": "As you would say it"},
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": 3000},
        }
    ],
}
QUESTION: list[Body] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*How would you count?*"}},
    {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "answer:7", "text": {"type": "plain_text", "text": "Answer"}}],
    },
]


async def test_a_command_is_answered_privately_at_once_and_later(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app = app_of(slack)

    @app.command("/study")
    async def study_command(ack: Any, respond: Any, command: Body) -> None:
        await ack("one moment")
        await respond(text=f"you said {command['text']}")
        await respond(text="for all", response_type="in_channel")

    async with connected(slack, app):
        call = await slack.command(ada, study, "/study", "today")

    assert (call.acked, call.body) == (True, {"text": "one moment"})
    assert sorted(seen.text for seen in slack.ephemerals(ada)) == ["one moment", "you said today"]
    assert [message.text for message in slack.messages(study)] == ["for all"]
    assert len(slack.responses(call)) == 2


async def test_a_response_url_serves_five_times(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, answers = app_of(slack), list[str]()

    @app.command("/study")
    async def study_command(ack: Any, respond: Any) -> None:
        answers.extend([(await respond(text=f"{n}")).body for n in range(6)])
        await ack()

    async with connected(slack, app):
        await slack.command(ada, study, "/study")

    assert answers == ["ok"] * 5 + ["used_url"]


async def test_a_button_opens_a_form_and_its_text_arrives(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, sent = app_of(slack), list[Body]()

    @app.action("answer:7")
    async def pressed(ack: Any, body: Body, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=FORM | {"private_metadata": body["channel"]["id"]})
        await ack()

    @app.view("answer")
    async def taken(ack: Any, view: Body, body: Body) -> None:
        text = view["state"]["values"]["answer"]["text"]["value"]
        if text == "no":
            await ack(response_action="errors", errors={"answer": "Say a little more."})
            return
        sent.append({"text": text, "by": body["user"]["id"], "where": view["private_metadata"]})
        await ack()

    async with connected(slack, app):
        await client_of(slack).chat_postMessage(channel=study.id, text="How would you count?", blocks=QUESTION)
        [question] = slack.messages(study)
        await slack.press(ada, question, "Answer")
        [form] = slack.views(ada)
        refused = await slack.submit(ada, form, {"answer": "no"})
        said = dict(form.errors)
        await slack.submit(ada, form, {"answer/text": "In one place. <b>"})

    assert (refused.body or {})["response_action"] == "errors"
    assert said == {"answer": "Say a little more."}
    assert sent == [{"text": "In one place. <b>", "by": ada.id, "where": study.id}]
    assert slack.views(ada) == []
    assert slack.complaints == []


async def test_a_form_cannot_be_sent_empty_or_twice(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app = app_of(slack)
    await slack.write(ada, study, "an answer")

    @app.shortcut("count")
    async def open_form(ack: Any, body: Body, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)
        await ack()

    @app.view("answer")
    async def taken(ack: Any) -> None:
        await ack()

    async with connected(slack, app):
        [message] = slack.messages(study)
        await slack.shortcut(ada, "count", message)
        [form] = slack.views(ada)
        with pytest.raises(Impossible):
            await slack.submit(ada, form, {"answer": ""})
        await slack.submit(ada, form, {"answer": "x"})
        with pytest.raises(Impossible):
            await slack.submit(ada, form, {"answer": "x"})


async def test_every_kind_of_choice_arrives_in_a_form(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, sent = app_of(slack), list[Body]()
    options = [{"text": {"type": "plain_text", "text": name.title()}, "value": name} for name in ("mon", "tue", "wed")]
    elements: Body = {
        "pack": {"type": "static_select", "options": options, "initial_option": options[2]},
        "days": {"type": "checkboxes", "options": options},
        "level": {"type": "radio_buttons", "options": options},
        "where": {"type": "conversations_select"},
        "time": {"type": "timepicker", "initial_time": "09:00"},
        "zone": {"type": "external_select", "min_query_length": 0},
    }
    label = {"type": "plain_text", "text": "x"}
    blocks = [
        {"type": "input", "block_id": name, "label": label, "optional": True, "element": {"action_id": "a"} | element}
        for name, element in elements.items()
    ]

    @app.command("/study-admin")
    async def setup(ack: Any, command: Body, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=command["trigger_id"], view=FORM | {"blocks": blocks})
        await ack()

    @app.options("a")
    async def zones(ack: Any, payload: Body) -> None:
        found = {"text": {"type": "plain_text", "text": payload["value"]}, "value": f"Europe/{payload['value']}"}
        await ack(options=[found])

    @app.view("answer")
    async def taken(ack: Any, view: Body) -> None:
        sent.append({name: values["a"] for name, values in view["state"]["values"].items()})
        await ack()

    async with connected(slack, app):
        await slack.command(ada, study, "/study-admin", "setup")
        [form] = slack.views(ada)
        [berlin] = await slack.options(ada, form, "a", "Berlin")
        chosen = {"days": ["Mon", "tue"], "level": "mon", "where": study.id, "zone": berlin}
        await slack.submit(ada, form, chosen)

    [state] = sent
    assert state["pack"]["selected_option"]["value"] == "wed"
    assert [option["value"] for option in state["days"]["selected_options"]] == ["mon", "tue"]
    assert state["level"]["selected_option"]["value"] == "mon"
    assert state["where"]["selected_conversation"] == study.id
    assert state["time"]["selected_time"] == "09:00"
    assert state["zone"]["selected_option"]["value"] == "Europe/Berlin"


async def test_the_home_is_published_and_its_buttons_work(slack: SlackWorld) -> None:
    ada = slack.add_member("Ada")
    app, pressed = app_of(slack), list[str]()

    @app.event("app_home_opened")
    async def opened(event: Body, client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": QUESTION})

    @app.action("answer:7")
    async def answer(ack: Any, body: Body) -> None:
        pressed.append(body["view"]["type"])
        await ack()

    async with connected(slack, app):
        await slack.open_home(ada)
        home = slack.home(ada)
        assert home is not None
        await slack.press(ada, home, "Answer")

    assert home.words == "*How would you count?*\nAnswer"
    assert pressed == ["home"]


async def test_whispers_edits_and_deletions_are_seen(slack: SlackWorld) -> None:
    ada, study, client = slack.add_member("Ada"), slack.add_channel("study"), client_of(slack)

    posted = await client.chat_postMessage(channel=study.id, text="first")
    await client.chat_postEphemeral(channel=study.id, user=ada.id, text="for you", thread_ts=posted["ts"])
    await client.chat_postMessage(channel=study.id, text="below", thread_ts=posted["ts"])
    await client.chat_update(channel=study.id, ts=posted["ts"], text="better")
    thread = await client.conversations_replies(channel=study.id, ts=posted["ts"])
    await client.chat_delete(channel=study.id, ts=posted["ts"])

    assert [(seen.text, seen.thread_ts) for seen in slack.ephemerals(ada)] == [("for you", posted["ts"])]
    assert [(m["text"], m.get("reply_count")) for m in thread["messages"]] == [("better", 1), ("below", None)]
    assert slack.messages(study) == []
    tombstone = (await client.conversations_replies(channel=study.id, ts=posted["ts"]))["messages"][0]
    assert tombstone["subtype"] == "tombstone"


async def test_people_and_places_are_told_as_slack_tells_them(slack: SlackWorld) -> None:
    olga = slack.add_member("Olga", admin=True, zone="Europe/Berlin")
    study, client = slack.add_channel("study"), client_of(slack)

    user = (await client.users_info(user=olga.id))["user"]
    known = (await client.conversations_list(types="public_channel", limit=1))["channels"]
    direct = (await client.conversations_open(users=olga.id))["channel"]["id"]
    await client.chat_postMessage(channel=direct, text="hello")

    assert (user["tz"], user["is_admin"], user["is_bot"], user["deleted"]) == ("Europe/Berlin", True, False, False)
    assert [channel["id"] for channel in known] == [study.id]
    assert [message.text for message in slack.dms(olga)] == ["hello"]
    assert (await client.auth_test())["user_id"] == slack.bot.id


async def test_a_file_arrives_in_the_thread(slack: SlackWorld) -> None:
    study, client = slack.add_channel("study"), client_of(slack)
    root = await client.chat_postMessage(channel=study.id, text="the board")

    await client.files_upload_v2(
        channel=study.id, thread_ts=root["ts"], filename="board.png", content=b"PNG", alt_txt="a board"
    )

    [reply] = slack.messages(study, thread=slack.messages(study)[0])
    assert [(file.name, file.content, file.alt_text) for file in reply.files] == [("board.png", b"PNG", "a board")]


# ---------------------------------------------------------------- what Slack refuses


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_bad_words_are_refused_as_slack_refuses_them(slack: SlackWorld) -> None:
    study, elsewhere, client = slack.add_channel("study"), slack.add_channel("x", bot_inside=False), client_of(slack)
    long = [section("x" * 3001)]

    said = {
        "nowhere": await refusal(client.chat_postMessage(channel="C404", text="x")),
        "not inside": await refusal(client.chat_postMessage(channel=elsewhere.id, text="x")),
        "silent": await refusal(client.api_call("chat.postMessage", json={"channel": study.id})),
        "long": await refusal(client.chat_postMessage(channel=study.id, text="x" * 40_001)),
        "long block": await refusal(client.chat_postMessage(channel=study.id, text="x", blocks=long)),
        "gone": await refusal(client.chat_update(channel=study.id, ts="1.000001", text="x")),
        "stranger": await refusal(AsyncWebClient(token="made-up", base_url=slack.api_url).auth_test()),
    }
    slack.scopes -= {"chat:write"}
    said["no right"] = await refusal(client.chat_postMessage(channel=study.id, text="x"))

    assert said == {
        "nowhere": "channel_not_found",
        "not inside": "not_in_channel",
        "silent": "no_text",
        "long": "msg_too_long",
        "long block": "invalid_blocks",
        "gone": "message_not_found",
        "stranger": "invalid_auth",
        "no right": "missing_scope",
    }


def section(text: str) -> Body:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def actions(**button: Any) -> Body:
    named = {"type": "button", "text": {"type": "plain_text", "text": "x"}} | button
    return {"type": "actions", "elements": [named]}


@pytest.mark.parametrize(
    ("blocks", "at"),
    [
        ([section("x")] * 51, "/blocks"),
        ([section("")], "/blocks/0/text/text"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "/blocks/0/text/text"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "/blocks/0/text"),
        ([actions(text={"type": "plain_text", "text": "x" * 76})], "/blocks/0/elements/0/text/text"),
        ([actions(action_id="x" * 256)], "/blocks/0/elements/0/action_id"),
        ([actions(value="x" * 2001)], "/blocks/0/elements/0/value"),
        ([actions(style="loud")], "/blocks/0/elements/0/style"),
        ([actions(colour="red")], "/blocks/0/elements/0"),
        ([{"type": "actions", "elements": []}], "/blocks/0/elements"),
        ([{"type": "carousel"}], "/blocks/0/type"),
        ([section("x") | {"block_id": "same"}] * 2, "/blocks/1/block_id"),
        ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}], "/blocks/0/elements"),
    ],
)
def test_blocks_that_slack_refuses_are_refused_with_the_place(blocks: list[Body], at: str) -> None:
    [problem] = message_problems(blocks)

    assert problem.endswith(f"[json-pointer:{at}]")


@pytest.mark.parametrize(
    "changed",
    [
        {"title": {"type": "plain_text", "text": "x" * 25}},
        {"submit": {"type": "plain_text", "text": "x" * 25}},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"blocks": [section("x")] * 101},
        {"blocks": None},
        {"type": "page"},
    ],
)
def test_forms_that_slack_refuses_are_refused(changed: Body) -> None:
    assert view_problems(FORM) == []
    assert len(view_problems(FORM | changed)) == 1


async def test_an_apps_manifest_decides_what_it_hears_and_may_do(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    slack.use_manifest(
        {
            "features": {"slash_commands": [{"command": "/mock"}]},
            "oauth_config": {"scopes": {"bot": ["chat:write"]}},
            "settings": {"event_subscriptions": {"bot_events": ["app_home_opened", "message.im"]}},
        }
    )

    message = await slack.write(ada, study, "mine")
    with pytest.raises(Impossible):
        await slack.command(ada, study, "/study")

    assert message.delivery is not None
    assert message.delivery.attempts == []
    assert await refusal(client_of(slack).users_info(user=ada.id)) == "missing_scope"
    assert slack.complaints == ["manifest: message.im needs im:history"]


# ---------------------------------------------------------------- deliveries


def listening(slack: SlackWorld, failing: int = 0) -> tuple[AsyncApp, list[Body], list[str]]:
    """An app that hears messages, after failing a few times; with the retry number of each try."""
    app, heard, tries = app_of(slack), list[Body](), list[str]()

    @app.event("message")
    async def hear(request: AsyncBoltRequest, event: Body) -> None:
        tries.append(request.headers.get("x-slack-retry-num", ["0"])[0])
        if len(tries) <= failing:
            raise RuntimeError("the database is away")
        heard.append(event)

    return app, heard, tries


async def test_an_event_comes_again_until_it_is_acknowledged(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, heard, tries = listening(slack, failing=2)
    slack.ack_seconds = 0.2

    async with connected(slack, app):
        message = await slack.write(ada, study, "mine")

    assert message.delivery is not None
    assert (message.delivery.acked, message.delivery.lost) == (True, False)
    assert tries == ["0", "1", "2"]
    assert [event["text"] for event in heard] == ["mine"]


async def test_events_come_several_times_and_out_of_order_when_asked(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, heard, tries = listening(slack)
    slack.deliver_times, slack.waits = 3, False
    slack.shuffle(7)

    async with connected(slack, app):
        for number in range(10):
            await slack.write(ada, study, f"{number}")
        await slack.settled()

    texts = [event["text"] for event in heard]
    assert sorted(texts) == sorted(f"{number}" for number in range(10) for _ in range(3))
    assert texts != sorted(texts)
    assert sorted(tries) == sorted("012" * 10)


async def test_what_is_written_while_sockets_are_down_is_lost_and_a_cut_line_is_not(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, heard, _ = listening(slack)

    async with connected(slack, app):
        await slack.drop()
        await slack.write(ada, study, "after the cut")
        await slack.settled()
        await slack.down()
        lost = await slack.write(ada, study, "while down")
        slack.up()
        await until(lambda: slack.connections)
        await slack.write(ada, study, "after")

    assert lost.delivery is not None
    assert lost.delivery.lost
    assert [event["text"] for event in heard] == ["after the cut", "after"]


async def test_a_bot_that_is_asked_to_reconnect_does(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, heard, _ = listening(slack)

    async with connected(slack, app):
        (old,) = slack.board.lines
        await slack.disconnect("refresh_requested")
        await until(lambda: slack.board.lines and old not in slack.board.lines)
        await slack.write(ada, study, "mine")

    assert [event["text"] for event in heard] == ["mine"]


async def test_edits_previews_deletions_and_broadcasts_differ(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, heard, _ = listening(slack)

    async with connected(slack, app):
        root = await slack.write(ada, study, "https://example.org")
        reply = await slack.write(ada, study, "look", thread=root, broadcast=True)
        await slack.edit(reply, "look here")
        await slack.unfurl(reply)
        await slack.delete(root)
        await slack.delete(reply)

    told = [(event.get("subtype"), event.get("message", {}).get("subtype")) for event in heard]
    assert told == [
        (None, None),
        ("thread_broadcast", None),
        ("message_changed", "thread_broadcast"),
        ("message_changed", "thread_broadcast"),
        ("message_changed", "tombstone"),
        ("message_deleted", None),
    ]
    assert heard[3]["message"]["text"] == heard[3]["previous_message"]["text"] == "look here"


async def test_a_bot_outside_hears_what_becomes_of_a_channel_and_not_what_happens_in_it(slack: SlackWorld) -> None:
    ada, secret = slack.add_member("Ada"), slack.add_channel("elsewhere", bot_inside=False)
    app, heard = app_of(slack), list[str]()

    @app.event(re.compile(".*"))
    async def hear(event: Body) -> None:
        heard.append(event["type"])

    async with connected(slack, app):
        await slack.react(ada, await slack.write(ada, secret, "x"), "eyes")
        await slack.rename(secret, "nowhere")
        await slack.join(slack.bot, secret)
        await slack.write(ada, secret, "x")
        await slack.leave(slack.bot, secret)
        await slack.write(ada, secret, "x")
        await slack.delete_channel(secret)
        await slack.deactivate(ada)

    assert heard == [
        *("channel_rename", "member_joined_channel", "message", "channel_left", "channel_deleted", "user_change"),
    ]


async def test_x067_slack_says_when_it_keeps_events_back(slack: SlackWorld) -> None:
    app, heard = app_of(slack), list[str]()

    @app.middleware
    async def watch(body: Body, next: Any) -> None:
        heard.append(body["type"])
        await next()

    slack.ack_seconds, slack.retry_pauses = 0.1, ()
    async with connected(slack, app):
        call = await slack.rate_limited()

    # No listener of bolt's takes it, so it stays without an answer unless a middleware gives one.
    assert (heard, call.acked) == (["app_rate_limited"], False)


async def test_x071_people_across_slack_connect_come_with_their_own_workspace(slack: SlackWorld) -> None:
    acme, shared = slack.add_foreign_team("Acme"), slack.add_channel("shared", shared=True)
    kim = slack.add_member("Kim", team=acme)
    app, seen = app_of(slack), list[Body]()

    @app.event("message")
    async def hear(body: Body, context: AsyncBoltContext) -> None:
        seen.append(body | {"installed": context.team_id})

    async with connected(slack, app):
        await slack.write(kim, shared, "hello")

    [body] = seen
    assert (body["team_id"], body["event"]["user_team"]) == (acme.id, acme.id)
    assert (body["context_team_id"], body["installed"]) == (slack.team.id, slack.team.id)


# ---------------------------------------------------------------- HTTP


@asynccontextmanager
async def answering(slack: SlackWorld, app: AsyncApp) -> AsyncIterator[None]:
    """The app behind Starlette and uvicorn, where Slack finds it."""
    handler = AsyncSlackRequestHandler(app)

    async def events(request: StarletteRequest) -> Response:
        return await handler.handle(request)

    port = free_port()
    web = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(web, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    slack.mode, slack.request_url = "http", f"http://127.0.0.1:{port}/slack/events"
    yield
    server.should_exit = True
    await task


async def test_over_http_the_same_listeners_hear_the_same(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app, heard, tries = listening(slack, failing=1)

    @app.command("/study")
    async def study_command(ack: Any, client: AsyncWebClient, command: Body) -> None:
        await client.views_open(trigger_id=command["trigger_id"], view=FORM)
        await ack("here you are")

    @app.view("answer")
    async def taken(ack: Any) -> None:
        await ack(response_action="clear")

    async with answering(slack, app):
        verified, checked = await slack.verify_url(), await slack.ssl_check()
        await slack.write(ada, study, "mine")
        await slack.command(ada, study, "/study", "today")
        [form] = slack.views(ada)
        sent = await slack.submit(ada, form, {"answer": "x"})

    assert (verified, checked) == (True, 200)
    assert (tries, len(heard)) == (["0", "1"], 1)
    assert [whisper.text for whisper in slack.ephemerals(ada)] == ["here you are"]
    assert (sent.status, slack.views(ada)) == (200, [])


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Forgery.HONEST, 200),
        (Forgery.UNSIGNED, 401),
        (Forgery.WRONG_SECRET, 401),
        (Forgery.OLD, 401),
        (Forgery.CHANGED, 401),
        (Forgery.AGAIN, 200),
    ],
)
async def test_x102_forged_requests_are_told_apart(slack: SlackWorld, kind: Forgery, status: int) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")
    app = app_of(slack)

    @app.command("/study")
    async def study_command(ack: Any) -> None:
        await ack()

    async with answering(slack, app):
        await slack.command(ada, study, "/study")
        answer = await slack.forge(kind)

    assert answer.status == status


async def test_x102_after_the_secret_was_changed_the_old_one_opens_nothing(slack: SlackWorld) -> None:
    slack.add_member("Ada")
    app = app_of(slack)
    slack.rotate_secret()

    async with answering(slack, app):
        assert (await slack.forge(Forgery.HONEST)).status == 401


# ---------------------------------------------------------------- trouble


async def test_x004_a_line_cut_after_the_post_makes_the_usual_client_post_twice(slack: SlackWorld) -> None:
    study = slack.add_channel("study")
    slack.script("chat.postMessage", Cut(after=True))

    await client_of(slack).chat_postMessage(channel=study.id, text="once")

    assert [message.text for message in slack.messages(study)] == ["once", "once"]


async def test_x004_without_retry_handlers_it_is_posted_once_and_the_caller_is_left_in_the_dark(
    slack: SlackWorld,
) -> None:
    study = slack.add_channel("study")
    slack.script("chat.postMessage", Cut(after=True), Cut())
    client = client_of(slack, retry_handlers=[])

    for _ in range(2):
        with pytest.raises(ClientConnectionError):
            await client.chat_postMessage(channel=study.id, text="once", metadata=KEY)

    history = await client.conversations_history(channel=study.id, include_all_metadata=True)
    assert [message["metadata"]["event_payload"] for message in history["messages"]] == [{"key": "post-7"}]


KEY = {"event_type": "studybot", "event_payload": {"key": "post-7"}}


async def test_too_many_posts_are_refused_for_a_while(slack: SlackWorld) -> None:
    study, other, client = slack.add_channel("study"), slack.add_channel("other"), client_of(slack)
    slack.limits = Limits(posts_per_second=0.001, burst=1, enforce=True)

    await client.chat_postMessage(channel=study.id, text="one")
    await client.chat_postMessage(channel=other.id, text="elsewhere")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=study.id, text="two")

    assert (refused.value.response.status_code, refused.value.response["error"]) == (429, "ratelimited")
    assert int(refused.value.response.headers["Retry-After"]) > 1
    assert slack.limits.too_fast == 1


async def test_x023_history_is_rationed_for_apps_sold_outside_the_marketplace(slack: SlackWorld) -> None:
    ada, study, client = slack.add_member("Ada"), slack.add_channel("study"), client_of(slack)
    slack.limits = Limits(history=HistoryLimit(calls=1, seconds=600, objects=15))
    slack.waits = False
    root = await slack.write(ada, study, "root")
    for number in range(20):
        await slack.write(ada, study, f"{number}", thread=root)

    page = await client.conversations_replies(channel=study.id, ts=root.ts, limit=100)
    again = await refusal(client.conversations_replies(channel=study.id, ts=root.ts))

    assert (len(page["messages"]), page["has_more"]) == (15, True)
    assert again == "ratelimited"


async def test_threads_are_read_page_by_page_and_from_a_moment_on(slack: SlackWorld) -> None:
    ada, study, client = slack.add_member("Ada"), slack.add_channel("study"), client_of(slack)
    slack.waits = False
    root = await slack.write(ada, study, "root")
    replies = [await slack.write(ada, study, f"{number}", thread=root) for number in range(5)]

    first = await client.conversations_replies(channel=study.id, ts=root.ts, limit=4)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_replies(channel=study.id, ts=root.ts, limit=4, cursor=cursor)
    late = await client.conversations_replies(channel=study.id, ts=root.ts, oldest=replies[3].ts)
    inclusive = await client.conversations_replies(channel=study.id, ts=root.ts, oldest=replies[3].ts, inclusive=True)

    assert [m["text"] for m in [*first["messages"], *second["messages"]]] == ["root", "0", "1", "2", "3", "4"]
    assert [m["text"] for m in late["messages"]] == ["root", "4"]
    assert [m["text"] for m in inclusive["messages"]] == ["root", "3", "4"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Error("fatal_error"), 200),
        (Status(500), 500),
        (Html(429), 429),
        (RateLimited(None), 429),
        (RateLimited(9), 429),
    ],
)
async def test_scripted_faults_happen_once(slack: SlackWorld, fault: Fault, status: int) -> None:
    study, client = slack.add_channel("study"), client_of(slack, retry_handlers=[])
    slack.script("chat.postMessage", fault, channel=study)

    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=study.id, text="x")
    await client.chat_postMessage(channel=study.id, text="x")

    assert refused.value.response.status_code == status
    assert [request.status for request in slack.calls("chat.postMessage")] == [status, 200]


async def test_a_fault_for_ever_lasts_until_it_is_forgotten(slack: SlackWorld) -> None:
    study, other, client = slack.add_channel("study"), slack.add_channel("other"), client_of(slack)
    slack.script("chat.postMessage", Delay(0.01), Error("fatal_error"), for_ever=True, channel=study)

    await client.chat_postMessage(channel=study.id, text="late")
    for _ in range(3):
        assert await refusal(client.chat_postMessage(channel=study.id, text="x")) == "fatal_error"
    await client.chat_postMessage(channel=other.id, text="elsewhere")
    slack.forget_script()
    await client.chat_postMessage(channel=study.id, text="again")

    assert [message.text for message in slack.posted] == ["late", "elsewhere", "again"]


async def test_a_trigger_opens_one_form_and_not_for_long(slack: SlackWorld) -> None:
    ada, study, client = slack.add_member("Ada"), slack.add_channel("study"), client_of(slack)
    app, triggers = app_of(slack), list[str]()

    @app.command("/study")
    async def study_command(ack: Any, command: Body) -> None:
        triggers.append(command["trigger_id"])
        await ack()

    async with connected(slack, app):
        await slack.command(ada, study, "/study")
        await slack.command(ada, study, "/study")
    await client.views_open(trigger_id=triggers[0], view=FORM)
    twice = await refusal(client.views_open(trigger_id=triggers[0], view=FORM))
    slack.trigger_seconds = 0
    late = await refusal(client.views_open(trigger_id=triggers[1], view=FORM))

    assert (twice, late) == ("exchanged_trigger_id", "expired_trigger_id")


async def test_after_the_app_was_removed_its_token_is_worth_nothing(slack: SlackWorld) -> None:
    app, heard = app_of(slack), list[str]()

    for kind in ("app_uninstalled", "tokens_revoked"):

        @app.event(kind)
        async def removed(event: Body) -> None:
            heard.append(event["type"])

    async with connected(slack, app):
        await app.client.auth_test()
        await slack.uninstall()

    assert await refusal(client_of(slack).auth_test()) == "account_inactive"


# ---------------------------------------------------------------- what words do


async def test_words_that_ping_or_can_be_clicked_are_noticed_wherever_they_stand(slack: SlackWorld) -> None:
    ada, study, client = slack.add_member("Ada"), slack.add_channel("study"), client_of(slack)

    await client.chat_postMessage(channel=study.id, text=f"hi {ada.mention} and <!channel|x>")
    await client.chat_postMessage(
        channel=study.id, text="hello", blocks=[section("<!here> <https://evil.example|nice>")]
    )
    await client.chat_postMessage(channel=study.id, text="@everyone", link_names=True)
    await client.chat_postMessage(channel=study.id, text="see https://evil.example/x.png")
    pinged = [(notice.kind, notice.whom) for notice in slack.notified]
    links = [(link.url, link.unfurls) for link in slack.live_links]

    assert pinged == [("user", ada.id), ("channel", "channel"), ("here", "here"), ("everyone", "everyone")]
    assert links == [("https://evil.example", False), ("https://evil.example/x.png", True)]


async def test_escaped_and_plain_words_are_inert(slack: SlackWorld) -> None:
    study, client = slack.add_channel("study"), client_of(slack)
    plain = {"type": "section", "text": {"type": "plain_text", "text": "<!channel> https://evil.example"}}

    await client.chat_postMessage(channel=study.id, text="&lt;!channel&gt; @channel @here", blocks=[plain])

    assert (slack.notified, slack.live_links, slack.complaints) == ([], [], [])


# slack_sdk still makes its BasicAuth in the way that aiohttp gives up.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_another_workspace_joins_by_consent(slack: SlackWorld) -> None:
    client = AsyncWebClient(base_url=slack.api_url)
    code = slack.consent("Third", by="Nina")
    asked = {"client_id": slack.client_id, "client_secret": slack.client_secret, "code": code}

    installed = await client.oauth_v2_access(**asked)

    assert installed["team"]["name"] == "Third"
    known = await AsyncWebClient(token=installed["access_token"], base_url=slack.api_url).auth_test()
    assert known["team_id"] == installed["team"]["id"]
    assert await refusal(client.oauth_v2_access(**asked)) == "invalid_code"


def _other_process(api_url: str, bot_token: str, app_token: str) -> None:
    async def serve() -> None:
        app = AsyncApp(client=AsyncWebClient(token=bot_token, base_url=api_url), process_before_response=True)

        @app.event("message")
        async def hear(event: Body, say: Any) -> None:
            await say(text=f"you said {event['text']}", thread_ts=event["ts"])

        await AsyncSocketModeHandler(app, app_token).start_async()  # type: ignore[no-untyped-call]

    asyncio.run(serve())


async def test_a_bot_in_another_process_is_served_as_well(slack: SlackWorld) -> None:
    ada, study = slack.add_member("Ada"), slack.add_channel("study")

    process = in_own_process(_other_process, slack.api_url, slack.bot_token, slack.app_token)
    await until(lambda: slack.connections)
    root = await slack.write(ada, study, "hello")
    process.kill()

    assert [message.text for message in slack.messages(study, thread=root)] == ["you said hello"]
