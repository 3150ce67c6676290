"""Each durable job told from beginning to end: named steps, ids as arguments. What a story is about is read from rows
by each step, so a story can be told again at any time. What comes last is no step: that the story ended is kept
anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.refs import ChannelRef, MessageRef, UserRef
from bot.ports import Do, Later, Story, Telling
from bot.services.appeals import Appeals
from bot.services.asking import Asker
from bot.services.digests import Digests
from bot.services.drafts import Drafts
from bot.services.greeting import Greeter
from bot.services.hidden import Showing
from bot.services.interviews import Interviews
from bot.services.notices import Notices
from bot.services.repetition import Repetition
from bot.services.reviews import Reviews
from bot.services.sharing import Sharing


@dataclass(frozen=True, slots=True)
class Stories:
    """All stories, and the services they are told with."""

    asker: Asker
    reviews: Reviews
    notices: Notices
    greeter: Greeter
    appeals: Appeals
    showing: Showing
    drafts: Drafts
    interviews: Interviews
    digests: Digests
    sharing: Sharing
    repetition: Repetition

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
            Story.REVIEW_APPEAL: self.review_appeal,
            Story.TELL_APPEAL: self.tell_appeal,
            Story.USE_FORM: self.use_form,
            Story.END_DRAFT: self.end_draft,
            Story.READ_FILES: self.read_files,
            Story.OFFER_SELF_CHECK: self.offer_self_check,
            Story.OPEN_ROUND: self.open_round,
            Story.HEAR_ANSWER: self.hear_answer,
            Story.SPEAK: self.speak,
            Story.WATCH_ROUND: self.watch_round,
            Story.END_ROUND: self.end_round,
            Story.POST_DIGEST: self.post_digest,
            Story.SHARE_ROUND: self.share_round,
            Story.READ_ROUND_FILES: self.read_round_files,
            Story.ASK_AGAIN: self.ask_again,
            Story.REVIEW_PRACTICE: self.review_practice,
        }

    async def post_question(self, do: Do, group: int, posting: int) -> Later | None:
        """A question is chosen and goes out in one channel, and its thread opens."""
        return _again_in(await self.asker.post(group, posting))

    async def close_question(self, do: Do, group: int, posting: int) -> Later | None:
        """A question closes when the next one is there: its model answer is shown, and what was hidden opens."""

        async def close() -> float | bool:
            wait = await self.asker.close(group, posting)
            return wait if wait is not None else await self.showing.choose(group, posting)

        end = await do("close it and choose what is shown", close)
        if not isinstance(end, bool):
            return Later(end)
        if end:
            await do("open the hidden answers", self.showing.open_answers, group, posting)
            await self.showing.quote_best(group, posting)
        return None

    async def review_answer(self, do: Do, group: int, answer: int, version: int) -> Later | None:
        """One version of an answer is reviewed; verdict and points are stored together, then the words follow."""
        if await do("review it", self.reviews.review, group, answer, version):
            await self.reviews.say(group, answer, version)
        return None

    async def post_digest(self, do: Do, group: int, track: int, channel: int, monday: str) -> Later | None:
        """A week of a track is told in one of its channels."""
        await do("post it", self.digests.post, group, track, channel, monday)
        await self.digests.propose_fewer_days(group, track, channel, monday)
        return None

    async def ask_again(self, do: Do, group: int, first: int) -> Later | None:
        """A member is asked in private what they may be about to forget."""
        await self.repetition.ask(group, first)
        return None

    async def review_practice(self, do: Do, group: int, reask: int) -> Later | None:
        """An answer from memory is reviewed, for its author alone."""
        if await do("review it", self.repetition.review, group, reask):
            await self.repetition.tell(group, reask)
        return None

    async def offer_self_check(
        self, do: Do, group: int, answer: int, version: int, why: str, until: str
    ) -> Later | None:
        """An answer waits for its budget: its author may check it meanwhile."""
        await self.reviews.offer_self_check(group, answer, version, why, until)
        return None

    async def take_back(self, do: Do, group: int, answer: int, posting: int, born: int) -> Later | None:
        """A withdrawn answer's words go."""
        await do("take its words back", self.reviews.take_back, group, answer, posting, born)
        await do("open the answers without it", self.showing.open_answers, group, posting)
        await self.digests.tell_again(group, answer)
        return None

    async def end_draft(self, do: Do, group: int, draft: int) -> Later | None:
        """A long answer ends by itself."""
        await self.drafts.end(group, draft)
        return None

    async def read_files(
        self, do: Do, group: int, platform: str, workspace: str, channel: str, message: str
    ) -> Later | None:
        """A message came with files: they are read, and it is taken for what it is."""
        await self.drafts.read_files(group, MessageRef(platform, workspace, channel, message))
        return None

    async def use_form(
        self, do: Do, group: int, posting: int, platform: str, workspace: str, user: str, key: str
    ) -> Later | None:
        """Somebody answered in the thread, where answers are hidden."""
        await self.showing.use_form(group, posting, UserRef(platform, workspace, user), key)
        return None

    async def open_round(self, do: Do, group: int, round: int) -> Later | None:
        """A mock round begins: its private place opens, where the first question is owed then."""
        await self.interviews.open_room(group, round)
        return None

    async def hear_answer(self, do: Do, group: int, round: int, asked_by: int) -> Later | None:
        """A member answers in a mock round: the interviewer lets them finish, thinks, and goes on."""
        return _again_in(await self.interviews.hear(group, round, asked_by))

    async def speak(self, do: Do, group: int, round: int) -> Later | None:
        """What an interviewer has to say is said."""
        await self.interviews.speak(group, round)
        return None

    async def watch_round(self, do: Do, group: int, round: int, epoch: int) -> Later | None:
        """Somebody looks at the clock of a mock round."""
        return _again_in(await self.interviews.watch(group, round, epoch))

    async def end_round(self, do: Do, group: int, round: int) -> Later | None:
        """A mock round is over: what was not graded is, and the report follows."""
        await do("grade the rest", self.interviews.grade_rest, group, round)
        await self.interviews.write_report(group, round)
        return None

    async def read_round_files(self, do: Do, group: int, turn: int) -> Later | None:
        """An answer in a mock round came with files: they are read, and join it."""
        await self.interviews.read_files(group, turn)
        return None

    async def share_round(self, do: Do, group: int, round: int, whole_loop: int, mark: str) -> Later | None:
        """A member shows a result of theirs to the group."""
        await self.sharing.post(group, round, bool(whole_loop), mark)
        return None

    async def review_appeal(self, do: Do, group: int, appeal: int) -> Later | None:
        """An appealed answer gets a second, blind grade, and people learn what follows from it."""
        await do("grade it again", self.appeals.grade_again, group, appeal)
        await self.appeals.tell(group, appeal)
        return None

    async def tell_appeal(self, do: Do, group: int, appeal: int) -> Later | None:
        """An appeal was handed to the moderators, or decided."""
        await self.appeals.tell(group, appeal)
        return None

    async def tell_organisers(
        self, do: Do, group: int, key: str, notice: str, platform: str, workspace: str, channel: str, why: str
    ) -> Later | None:
        """Organisers learn what needs them."""
        await self.notices.tell(group, key, notice, ChannelRef(platform, workspace, channel), why)
        return None

    async def preview_setup(
        self, do: Do, group: int, track: int, platform: str, workspace: str, user: str, channel: str
    ) -> Later | None:
        """An organiser sees what is missing, or what would be asked, before anything is public."""
        place = ChannelRef(platform, workspace, channel)
        await self.greeter.preview_setup(group, track, UserRef(platform, workspace, user), place)
        return None

    async def welcome(
        self, do: Do, group: int, member: int, platform: str, workspace: str, user: str, channel: str
    ) -> Later | None:
        """The first word to a new member."""
        place = ChannelRef(platform, workspace, channel)
        await self.greeter.welcome(group, member, UserRef(platform, workspace, user), place)
        return None


def _again_in(seconds: float | None) -> Later | None:
    """The end of a story that is to be told again, or of one that is over."""
    return Later(seconds) if seconds is not None else None
