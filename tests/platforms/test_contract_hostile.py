"""The same contract under hostile words and hands: strange texts and names do nothing but stand there, and a button or
form that is not somebody's own, or was never there, changes nothing."""

from __future__ import annotations

import re

from fakes import RecordingChat
from group import GOOD
from hostile import STRANGE
from stage import STUDY, Answered, Play, Seen, Somebody, in_one_mode

from bot import texts
from bot.domain.incoming import MessagePosted, SpaceJoined
from bot.domain.outgoing import Received
from bot.domain.refs import ChannelRef, MessageRef, Person, SpaceRef, ThreadRef, UserRef
from bot.shelves import Posting
from bot.storage.storage import SqlTx

#: Words that would do something on one of the platforms.
LOUD = "@everyone @here <!channel> <!here|here> <@U012AB3CD> <@123456789012345678> <@&1> <#1> </run:1> @Olga"
LINKS = (
    "https://evil.example/?q=1 <https://evil.example|nice> [nice](https://evil.example) "
    "![picture](https://evil.example/x.png) discord.gg/abcdef mailto:a@b.example www.evil.example <img src=x>"
)
MARKS = "**bold ||spoiler ```unclosed ~~gone __under # heading > quote | a | b | *** `code"
PLAIN = "Words that mean no harm to anybody at all"


def sendable(text: str) -> str:
    """What a client can send: whole characters, no NUL."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")


def packed(most: int) -> list[str]:
    """All strange strings, in as few texts of this length as hold them; longer ones are cut."""
    packs = [GOOD]
    for text in (sendable(each)[: most // 2] for each in STRANGE):
        if len(packs[-1]) + len(text) + 1 > most:
            packs.append(GOOD)
        packs[-1] = f"{packs[-1]}\n{text}"
    return packs


async def is_harmless(play: Play) -> None:
    """Nobody was pinged, and nothing of a stranger's can be clicked."""
    assert await play.stage.pings() == []
    assert await play.stage.links() == []


# ---------------------------------------------------------------- words


@in_one_mode
async def test_x090_every_strange_text_can_be_an_answer(play: Play) -> None:
    packs = packed(1500)
    for number, text in enumerate(packs):
        who = await play.stage.member(f"Member {number}")
        receipt = await play.by_form(who, text)
        assert texts.answer_received() in receipt.text, text
    await play.settle()

    there = [each for each in await play.thread() if not each.private]
    assert len(await play.comments()) == len(packs)
    assert len(there) >= 2 * len(packs)
    await is_harmless(play)


@in_one_mode
async def test_x042_x043_quoted_words_ping_nobody_and_link_nowhere(play: Play) -> None:
    for number, words in enumerate((LOUD, LINKS, MARKS)):
        who = await play.stage.member(f"Member {number}")
        play.scripted.script.append(play.quoting(words[:120]))

        await play.by_form(who, f"{words} and that is all I have to say about it")
        await play.settle()
        comment = (await play.comments())[-1]
        full = await play.stage.press(who, comment, texts.label_full_review())

        assert "10 of 10" in full.text
        assert len(comment.text) <= 300
    await is_harmless(play)


@in_one_mode
async def test_x091_quoted_marks_do_not_change_the_layout_of_a_comment(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")
    for who, words in ((ada, PLAIN), (bob, MARKS)):
        play.scripted.script.append(play.quoting(words))
        await play.answer(who, f"{words} and more of it besides")

    plain, marked = await play.comments()
    shown = [
        await play.stage.press(who, each, texts.label_full_review()) for who, each in ((ada, plain), (bob, marked))
    ]

    assert plain.layout == marked.layout
    assert shown[0].private[0].layout == shown[1].private[0].layout
    assert "||spoiler" in marked.text.replace("\\", "")


@in_one_mode
async def test_x092_a_strange_name_is_only_a_name(play: Play) -> None:
    for plain in ("Bob", "Cleo"):
        await play.answer(await play.stage.member(plain), GOOD)
    before = await play.stage.command(play.olga, "/leaderboard", show="all")
    for name in (LOUD, LINKS, MARKS, "Line\nbreak\n# heading", "x" * 500, "\u202eevil\u200b"):
        await play.by_form(await play.stage.member(name), GOOD)
        await play.settle()

    after = await play.stage.command(play.olga, "/leaderboard", show="all")

    (old,), (new,) = before.public, after.public
    lines = new.text.splitlines()
    assert sum(bool(re.search(r"10 points \(1 answer\)$", line)) for line in lines) >= 3
    assert all(len(line) <= 100 for line in lines)
    assert set(new.layout) == set(old.layout)
    await is_harmless(play)


@in_one_mode
async def test_x090_strange_options_are_answered_in_words(play: Play) -> None:
    for typed in (LOUD, LINKS, MARKS[:90], "; DROP TABLE answers; --", "../../etc/passwd", "\u202e\u200b"):
        for command, option in (("/study help", "command"), ("/study-admin pause", "until")):
            said = await play.stage.command(play.olga, command, **{option: typed.replace('"', "")})
            assert said.text, (command, typed)
            assert "Traceback" not in said.text

    await is_harmless(play)


# ---------------------------------------------------------------- hands


async def state_of(play: Play) -> list[tuple[str, str]]:
    """All that is public in the thread and the channel."""
    there = [*await play.thread(), *await play.stage.channel(play.olga)]
    return [(each.id, each.text) for each in there if not each.private]


def is_a_refusal(said: Answered) -> bool:
    """Kind words without a trace, seen by nobody else."""
    text = said.text
    return bool(text) and said.form is None and said.public == () and "Traceback" not in text and "of 10" not in text


async def test_x072_a_button_of_an_older_version_gets_kind_words(play: Play) -> None:
    ada = await play.stage.member("Ada")

    said = [
        await play.stage.forge_press(ada, play.question, code)
        for code in ("sb0:answer:1", "sb1:vanished:1", "sb1:answer", "sb1", "other:thing", "sb1:answer:" + "9" * 40)
    ]

    assert all(map(is_a_refusal, said)), [each.text for each in said]


async def test_x099_somebody_elses_buttons_and_forms_do_nothing(play: Play) -> None:
    ada = await play.stage.member("Ada")
    mallory = await play.stage.member("Mallory")
    await play.answer(ada, GOOD)
    await play.stage.add_channel("algo")
    await play.preview("algo")
    before = await state_of(play)
    (comment,) = await play.comments()

    said = [
        await play.stage.forge_press(mallory, comment, code)
        for code in ("sb1:review:1", "sb1:uncount:1", "sb1:setup:2", "sb1:setup:1", "sb1:postnow:1", "sb1:review:999")
    ]
    forms = [await play.stage.forge_form(mallory, target, GOOD) for target in ("999", "0", "-1", "1e3", "x'; drop")]
    await play.settle()

    assert all(map(is_a_refusal, said)), [each.text for each in said]
    assert all(map(is_a_refusal, forms)), [each.text for each in forms]
    assert await state_of(play) == before
    assert await play.points(ada) == 10
    assert [each for each in await play.stage.channel(play.olga, "algo") if not each.private] == []


async def test_x099_a_comments_button_shows_nothing_to_another_reader(play: Play) -> None:
    ada = await play.stage.member("Ada")
    bob = await play.stage.member("Bob")
    await play.answer(ada, GOOD)
    await play.answer(bob, "Counters in one Redis, and a fallback when it is slow or away for long.")

    for own, other in ((ada, bob), (bob, ada)):
        comment = await _comment_on(play, own)
        hers = await play.stage.press(own, comment, texts.label_full_review())
        his = await play.stage.press(other, comment, texts.label_full_review())
        assert "10 of 10" in hers.text
        assert is_a_refusal(his)


async def _comment_on(play: Play, who: Somebody) -> Seen:
    """Comments come in the order of answers."""
    first, second = await play.comments()
    return first if who.name == "Ada" else second


async def test_x100_another_groups_ids_are_not_found(play: Play) -> None:
    ada = await play.stage.member("Ada")
    theirs = await another_group(play)
    missing = await play.stage.forge_press(ada, play.question, "sb1:answer:999")

    said = [
        await play.stage.forge_press(ada, play.question, f"sb1:answer:{theirs.id}"),
        await play.stage.forge_press(ada, play.question, "sb1:review:1"),
        await play.stage.forge_press(ada, play.question, "sb1:uncount:1"),
        await play.stage.forge_press(play.olga, play.question, "sb1:postnow:2"),
        await play.stage.forge_press(play.olga, play.question, "sb1:setup:2"),
    ]
    form = await play.stage.forge_form(ada, str(theirs.id), GOOD)
    await play.settle()

    assert [each.text for each in said] == [missing.text] * len(said)
    assert is_a_refusal(form)
    assert play.scripted.asked == [GOOD]
    assert await play.points(ada) == 0


async def test_x070_the_same_ids_elsewhere_are_other_people_and_messages(play: Play) -> None:
    ada = await play.stage.member("Ada")
    answer = await play.answer(ada, GOOD)

    theirs = await another_group(play, play.stage.space().workspace, play.stage.channel_ref().id, answer.id)

    assert play.scripted.asked == [GOOD, GOOD]
    assert theirs.thread is not None
    assert len(await play.comments()) == 1
    assert await play.points(ada) == 10


async def another_group(
    play: Play, workspace: str = "elsewhere", channel: str = "study", message: str = "m1"
) -> Posting:
    """A group on another platform in the same database, with a question and an answer to it."""
    platform, clock = "elsewhere", play.stage.clock
    play.chats[platform] = RecordingChat()
    space, place = SpaceRef(platform, workspace), ChannelRef(platform, workspace, channel)
    await play.core.intake.receive(SpaceJoined(space, "Others", clock.now(), ask_in=place))
    await play.settle()

    def newest(tx: SqlTx) -> Posting:
        group = tx.members.group_of(space)
        assert group is not None
        asked = tx.asking.recent(group, tx.asking.tracks(group)[0].id, 1)[0]
        return tx.asking.postings(group, asked.id)[0]

    posting = await play.database.read(lambda conn: newest(SqlTx(conn, clock.now())))
    assert posting.thread is not None
    thread = ThreadRef(platform, workspace, channel, posting.thread.id)
    author = Person(UserRef(platform, workspace, "u-1"), "Nina")
    event = MessagePosted(MessageRef(platform, workspace, channel, message), thread, author, GOOD, clock.now())
    assert isinstance(await play.core.intake.receive(event), Received)
    await play.settle()
    return posting


def test_the_packs_hold_every_strange_string() -> None:
    everything = "\n".join(packed(1500))

    assert all(sendable(each)[:700] in everything for each in STRANGE)
    assert STUDY == "study"
