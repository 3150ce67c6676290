from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hostile import STRANGE
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import (
    JOIN_FOR,
    LATE_FOR,
    MAX_ANSWER,
    Message,
    Take,
    Timeliness,
    clean,
    is_dont_know,
    is_next_to_nothing,
    join_parts,
    joins,
    same_text,
    timeliness,
    trusted_time,
    what_is,
)

ANSWERS = [
    "A queue decouples the producer from the consumer.",
    "use a queue with workers",
    "Hi! I would use a queue with several workers.",
    "Hello everyone, idempotency means that a repeat changes nothing.",
    "Thanks for the question! I'd shard by user id, since reads stay on one node.",
    "Why? Because an index keeps its keys sorted, so a range needs one seek.",
    "I don't know exactly, but maybe an LRU cache with a TTL would do",
    "No, HTTP/2 multiplexes many streams over one connection.",
    "`SELECT 1`",
    "x = `a[::-1]`",
    "```python\ndef f(): return 1\n```",
    "```\nunclosed code",
    "See https://example.org/cap but mostly it trades consistency for availability 👍",
    "> What is CAP?\nUnder a partition you choose consistency or availability.",
    "- shard by key\n- replicate twice\n- cache reads",
    "Anyone can read a replica, writes go to the leader.",
    "使用消息队列可以解耦生产者和消费者，并且削峰填谷",
    "メッセージキューを使って非同期に処理します",
    "ใช้คิวเพื่อแยกผู้ผลิตและผู้บริโภคออกจากกัน",
    "Ich würde eine Warteschlange mit mehreren Arbeitern nehmen.",
    "एक कतार उत्पादक और उपभोक्ता को अलग करती है",
]
NON_ANSWERS = [
    "I don't know",
    "i dont know.",
    "I don’t know 😅",
    "Sorry, I really don't know this one",
    "honestly no idea",
    "idk",
    "IDK!!!",
    "Hmm... not sure yet",
    "No clue at all, sorry",
    "pass",
    "Keine Ahnung",
    "Ich weiß es nicht",
    "No lo sé",
    "je ne sais pas",
    "Не знаю",
    "我不知道",
    "わかりません",
    "모르겠습니다",
    "पता नहीं",
]
TALK = [
    "",
    "   ",
    "hi",
    "Good morning everyone, hope you all have a great day!",
    "Guten Morgen",
    "Buenos días a todos",
    "你好",
    "thanks",
    "Thank you so much for the great question today",
    "Thanks a lot John, that helped me understand consistent hashing",
    "merci beaucoup pour la question",
    "https://example.org/a/very/long/link?with=words&and=more",
    "[my notes](https://example.org) https://example.org/2",
    "<https://example.org|one two three four five six>",
    "👍🎉🔥 👩\u200d💻",
    ":wave: :tada: :fire: :100a: :x_y: :z:",
    "<:party:123> <a:wave:456> <@789>",
    "nice one",
    "a queue",
    "just four words here",
    "What do you mean by idempotent in this context?",
    "Does anyone know whether this is about Redis",
    "can somebody explain what a shard is please",
    "Should the answer cover replication as well as sharding?",
    "does `foo` work here?",
    "+1",
    "lol yes same",
    "> What is CAP and why does it matter to us",
    "!!! ??? ...",
    "```\n```",
    "什么是分片？",
]


@pytest.mark.parametrize("text", ANSWERS)
def test_a_text_on_the_matter_is_an_answer(text: str) -> None:
    assert what_is(Message(text)) is Take.ANSWER


@pytest.mark.parametrize("text", NON_ANSWERS)
def test_not_knowing_is_kept_as_a_non_answer(text: str) -> None:
    assert is_dont_know(text)
    assert what_is(Message(text)) is Take.NON_ANSWER


@pytest.mark.parametrize("text", TALK)
def test_f17_greetings_thanks_links_emoji_questions_and_a_few_words_are_talk(text: str) -> None:
    assert what_is(Message(text)) is Take.TALK


@pytest.mark.parametrize("text", [*ANSWERS, *TALK])
def test_saying_more_than_not_knowing_is_no_non_answer(text: str) -> None:
    assert not is_dont_know(text)


@pytest.mark.parametrize("text", [*ANSWERS, *NON_ANSWERS])
def test_f17_what_is_said_to_another_member_is_talk(text: str) -> None:
    assert what_is(Message(text, replies_to_member=True)) is Take.TALK
    assert what_is(Message(text, mentions_member=True)) is Take.TALK


@pytest.mark.parametrize(
    ("text", "further"),
    [
        ("and caching", True),
        ("also `EXPLAIN`", True),
        ("The second point is that writes need a quorum.", True),
        ("thanks!", False),
        ("👍", False),
        ("https://example.org", False),
        ("was that right?", False),
        ("", False),
    ],
)
def test_further_messages_join_an_open_answer_unless_they_are_small_talk(text: str, further: bool) -> None:
    message = Message(text, has_answer=True, answer_open=True)

    assert joins(message) is further
    assert what_is(message) is (Take.ANSWER if further else Take.TALK)


@pytest.mark.parametrize(
    "message",
    [
        Message(ANSWERS[0], has_answer=True, answer_open=False),
        Message(ANSWERS[0], has_answer=True, answer_open=True, replies_to_member=True),
        Message(ANSWERS[0], has_answer=True, answer_open=True, mentions_member=True),
    ],
)
def test_after_the_comment_or_three_minutes_or_to_others_it_is_talk(message: Message) -> None:
    assert not joins(message)
    assert what_is(message) is Take.TALK


def test_a_first_message_joins_nothing() -> None:
    assert not joins(Message(ANSWERS[0], answer_open=True))
    assert timedelta(minutes=3) == JOIN_FOR


def test_parts_become_one_answer_in_their_order() -> None:
    assert join_parts([" first \r\n", "", "  ", "second"]) == "first\nsecond"
    assert join_parts([]) == ""
    assert len(join_parts(["x" * 15_000] * 3)) == MAX_ANSWER


# --- keeping a text


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x00a\x07b\x1b[0m", "ab[0m"),
        ("\ud83da\ude00", "a"),
        ("\ud83d\ude00", "😀"),
        ("  tabs\tstay \n\n", "tabs\tstay"),
        ("Zoe\u0308", "Zoë"),
        ("\u2028one\u2029two", "one\ntwo"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("**as** `written` @everyone", "**as** `written` @everyone"),
    ],
)
def test_a_text_is_kept_as_written_but_sound(written: str, kept: str) -> None:
    assert clean(written) == kept


def test_a_text_that_is_too_long_is_cut_between_characters() -> None:
    kept = clean("👩\u200d💻" * MAX_ANSWER)

    assert len(kept) <= MAX_ANSWER
    assert kept.endswith("💻…")


@pytest.mark.fault(90)
@pytest.mark.parametrize("strange", STRANGE, ids=ascii)
def test_x090_a_strange_text_is_kept_so_that_any_database_takes_it(strange: str) -> None:
    kept = clean(strange)

    assert kept.encode("utf-8").decode("utf-8") == kept
    assert not any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in kept)
    assert unicodedata.is_normalized("NFC", kept)
    assert len(kept) <= MAX_ANSWER
    assert clean(kept) == kept
    assert what_is(Message(strange)) in Take


@pytest.mark.parametrize(
    "text",
    ["", " \n", "caching", "Caching!", "👍 🎉 👏", "...", "https://example.org", "<@U1> :wave:", "`LRU`", "``` ```"],
)
def test_one_word_at_most_is_next_to_nothing(text: str) -> None:
    assert is_next_to_nothing(text)


@pytest.mark.parametrize("text", ["token bucket", "令牌桶", "a = b", "```\nx\n```", "Why not Redis?"])
def test_a_little_more_is_something(text: str) -> None:
    assert not is_next_to_nothing(text)


@given(st.text(st.characters(), max_size=300))
def test_x090_keeping_a_kept_text_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.fault(26)
@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("an answer", "an answer", True),
        ("an answer", "  an   answer\n", True),
        ("line one\nline two", "line one\r\n\r\nline two", True),
        ("Zoë", "Zoe\u0308", True),
        ("an answer\x00", "an answer", True),
        ("an answer", "An answer", False),
        ("an answer", "an answer.", False),
        ("an answer", "ananswer", False),
        ("an answer", "", False),
        ("use `a`", "use a", False),
    ],
)
def test_x026_an_edit_that_changes_nothing_is_known(before: str, after: str, same: bool) -> None:
    assert same_text(before, after) is same


# --- time

RECEIVED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.fault(25)
@pytest.mark.parametrize(
    ("age", "counted_age", "believed"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(hours=3), timedelta(hours=3), True),
        (timedelta(days=7), timedelta(days=7), True),
        (timedelta(days=7, seconds=1), timedelta(0), False),
        (timedelta(days=400), timedelta(0), False),
        (timedelta(seconds=-90), timedelta(0), True),
        (timedelta(minutes=-3), timedelta(0), False),
        (timedelta(days=-2), timedelta(0), False),
    ],
)
def test_x025_a_time_stamp_of_the_future_or_far_past_counts_as_received(
    age: timedelta, counted_age: timedelta, believed: bool
) -> None:
    assert trusted_time(RECEIVED - age, RECEIVED) == (RECEIVED - counted_age, believed)


@pytest.mark.fault(24)
@pytest.mark.parametrize(
    ("sent", "received", "outcome", "why"),
    [
        (-60, -60, Timeliness.IN_TIME, "before the close"),
        (0, 1, Timeliness.IN_TIME, "at the close"),
        (-3600, 3 * 3600, Timeliness.IN_TIME, "delivered three hours after the close, sent before it"),
        (1, 1, Timeliness.LATE, "a second after it"),
        (3600, 4 * 3600, Timeliness.LATE, "sent and delivered after it"),
        (7 * 86400, 7 * 86400, Timeliness.LATE, "seven days after it"),
        (7 * 86400 + 1, 7 * 86400 + 1, Timeliness.TOO_LATE, "more than seven days after it"),
        (-8 * 86400, 60, Timeliness.LATE, "a stamp of the far past is not believed"),
        (86400, -60, Timeliness.IN_TIME, "nor one of the future"),
    ],
)
def test_x024_lateness_goes_by_the_time_of_sending(sent: int, received: int, outcome: Timeliness, why: str) -> None:
    closes = RECEIVED

    at, got = (closes + timedelta(seconds=seconds) for seconds in (sent, received))

    assert timeliness(at, got, closes) is outcome, why
    assert timedelta(days=7) == LATE_FOR
