"""The weekly digest on every platform: it stands in the study channel, for all to read, and once."""

from __future__ import annotations

from group import GOOD
from stage import Play

from bot.domain.digests import next_digest


async def test_f51_the_week_is_told_in_the_channel_once(play: Play) -> None:
    ada, bob = await play.stage.member("Ada"), await play.stage.member("Bob")
    await play.answer(ada, GOOD)
    now = play.stage.clock.now()

    await play.pass_time(seconds=(next_digest("Europe/Berlin", now) - now).total_seconds())
    await play.pass_time(minutes=1)

    for reader in (ada, bob):
        told = [each for each in await play.stage.channel(reader) if "Our week" in each.text]
        assert len(told) == 1
        assert "1 person gave 1 answer" in told[0].text
        assert "Ada" in told[0].text
