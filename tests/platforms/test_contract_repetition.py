"""Being asked again on every platform: where only its member reads, with a form and a button that stops it."""

from __future__ import annotations

from group import GOOD
from stage import Play, Seen, Somebody

from bot import texts

A_DAY = 24 * 60 * 60.0


async def asked(play: Play, who: Somebody) -> list[Seen]:
    """The private words that ask somebody again."""
    return [each for each in await play.stage.private(who) if "Do you still know" in each.text]


async def begin(play: Play) -> tuple[Somebody, Somebody, Seen]:
    ada, bob = await play.stage.member("Ada"), await play.stage.member("Bob")
    await play.answer(ada, GOOD)
    await play.settle()
    await play.stage.command(ada, "/study again", action="on")
    for _ in range(16):
        await play.pass_time(seconds=A_DAY)
        if found := await asked(play, ada):
            return ada, bob, found[0]
    raise AssertionError("nobody was asked again")


async def test_f52_a_member_is_asked_again_where_only_they_read(play: Play) -> None:
    ada, bob, message = await begin(play)

    opened = await play.stage.press(ada, message, texts.label_practise())
    assert opened.form is not None
    sent = await play.stage.send(ada, opened.form, GOOD)
    await play.settle()
    hers = await play.stage.private(ada)
    others = [*await play.stage.channel(bob), *await play.stage.private(bob)]

    assert "comes to you alone" in sent.text
    assert texts.label_again_off() in sent.private[-1].buttons
    assert any("(private practice)" in each.text and "of 10" in each.text for each in hers)
    assert not any("private practice" in each.text or "Do you still know" in each.text for each in others)


async def test_f52_stop_these_is_a_button_below_it(play: Play) -> None:
    ada, _, message = await begin(play)

    stopped = await play.stage.press(ada, message, texts.label_again_off())

    assert stopped.text.startswith(texts.again_off()[:30])
