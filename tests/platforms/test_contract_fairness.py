"""Fair points on every platform: told privately, decided by a person, and boards chosen while typing."""

from __future__ import annotations

from group import GOOD
from stage import Play

from bot import texts

TEXT = f"{GOOD} The buckets live in one shared store, and a script takes a token in one step, for all machines."


async def test_f50_a_copied_answer_is_told_of_privately_and_a_moderator_lets_it_count(play: Play) -> None:
    stage = play.stage
    ada, ben = await stage.member("Ada"), await stage.member("Ben")
    for person in (ada, ben):
        await play.answer(person, TEXT)
    *_, comment = await play.comments()

    full = await stage.press(ben, comment, texts.label_full_review())
    asked = await stage.press(ben, full.private[-1], texts.label_appeal())
    assert asked.form is not None
    await stage.send(ben, asked.form, "I wrote it myself.")
    await play.settle()
    copied = await play.points(ben)
    told = [each for each in await stage.private(play.olga) if texts.label_show_appeal() in each.buttons]
    case = await stage.press(play.olga, told[-1], texts.label_show_appeal())
    await stage.press(play.olga, case.private[-1], texts.label_let_count())
    await play.settle()

    assert "No points for this one" in full.text
    assert any("reads nearly the same as an earlier one" in each.text for each in await stage.private(play.olga))
    assert not any("No points" in each.text or "nearly the same" in each.text for each in await play.thread(ada))
    assert "It earned no points" in case.text
    assert (copied, await play.points(ben), await play.points(ada)) == (0, 10, 10)


async def test_a_track_is_suggested_while_its_name_is_typed(play: Play) -> None:
    offered = await play.stage.suggested(play.olga, "/leaderboard", "track", "")

    assert offered in (None, ["pack"])
