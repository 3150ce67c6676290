"""Each durable job told from beginning to end: named steps, ids as arguments. What a story is about is read from rows
by each step, so a story can be told again at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.refs import ChannelRef, UserRef
from bot.ports import Do, Later, Story, Telling
from bot.services.asking import Asker
from bot.services.greeting import Greeter
from bot.services.notices import Notices
from bot.services.reviews import Reviews


@dataclass(frozen=True, slots=True)
class Stories:
    """All stories, and the services they are told with."""

    asker: Asker
    reviews: Reviews
    notices: Notices
    greeter: Greeter

    def by_name(self) -> Mapping[Story, Telling]:
        """Every story under its name."""
        return {
            Story.POST_QUESTION: self.post_question,
            Story.CLOSE_QUESTION: self.close_question,
            Story.REVIEW_ANSWER: self.review_answer,
            Story.TAKE_BACK: self.take_back,
            Story.TELL_ORGANISERS: self.tell_organisers,
            Story.PREVIEW_SETUP: self.preview_setup,
            Story.WELCOME: self.welcome,
        }

    async def post_question(self, do: Do, group: int, posting: int) -> Later | None:
        """A question goes out in one channel, and its thread opens."""
        wait = await do("choose the question", self.asker.choose, group, posting)
        if wait:
            return Later(wait)
        if wait is not None and await do("post it", self.asker.post, group, posting):
            await do("open its thread", self.asker.open_thread, group, posting)
        return None

    async def close_question(self, do: Do, group: int, posting: int) -> Later | None:
        """A question closes when the next one is there, and its model answer is shown."""
        wait = await do("close it", self.asker.close, group, posting)
        return Later(wait) if wait is not None else None

    async def review_answer(self, do: Do, group: int, answer: int, version: int) -> Later | None:
        """One version of an answer is reviewed; verdict and points are stored together, then the words follow."""
        if not await do("show an answer by form", self.reviews.show_form_answer, group, answer, version):
            return None
        if await do("ask and store", self.reviews.ask_and_store, group, answer, version):
            said = await do("say the comment", self.reviews.say_comment, group, answer, version)
            await do("show the full review", self.reviews.whisper_full, group, answer, version, said)
        return None

    async def take_back(self, do: Do, group: int, answer: int, posting: int, born: int) -> Later | None:
        """A withdrawn answer's words go."""
        await do("take its words back", self.reviews.take_back, group, answer, posting, born)
        return None

    async def tell_organisers(
        self, do: Do, group: int, key: str, notice: str, platform: str, workspace: str, channel: str, why: str
    ) -> Later | None:
        """Organisers learn what needs them."""

        async def tell() -> None:
            await self.notices.tell(group, key, notice, ChannelRef(platform, workspace, channel), why)

        await do("tell organisers", tell)
        return None

    async def preview_setup(
        self, do: Do, group: int, track: int, platform: str, workspace: str, user: str, channel: str
    ) -> Later | None:
        """An organiser sees what is missing, or what would be asked, before anything is public."""

        async def show() -> None:
            place = ChannelRef(platform, workspace, channel)
            await self.greeter.preview_setup(group, track, UserRef(platform, workspace, user), place)

        await do("check rights and preview", show)
        return None

    async def welcome(
        self, do: Do, group: int, member: int, platform: str, workspace: str, user: str, channel: str
    ) -> Later | None:
        """The first word to a new member."""

        async def greet() -> None:
            place = ChannelRef(platform, workspace, channel)
            await self.greeter.welcome(group, member, UserRef(platform, workspace, user), place)

        await do("say the first word", greet)
        return None
