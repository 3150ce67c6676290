"""Names for people and places: platform + workspace + id. Ids stay text from end to end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpaceRef:
    """One Discord server, Slack workspace or study room."""

    platform: str
    workspace: str


@dataclass(frozen=True, slots=True)
class UserRef:
    """One account on a platform."""

    platform: str
    workspace: str
    id: str

    @property
    def space(self) -> SpaceRef:
        """Where this account lives."""
        return SpaceRef(self.platform, self.workspace)


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """One channel that many people read."""

    platform: str
    workspace: str
    id: str

    @property
    def space(self) -> SpaceRef:
        """The space this channel belongs to."""
        return SpaceRef(self.platform, self.workspace)


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """One thread; `channel` is the channel it hangs under."""

    platform: str
    workspace: str
    channel: str
    id: str

    @property
    def space(self) -> SpaceRef:
        """The space this thread belongs to."""
        return SpaceRef(self.platform, self.workspace)

    @property
    def parent(self) -> ChannelRef:
        """The channel under which the thread hangs."""
        return ChannelRef(self.platform, self.workspace, self.channel)


@dataclass(frozen=True, slots=True)
class MessageRef:
    """One message; `channel` is the place that holds it (on some platforms a thread is such a place)."""

    platform: str
    workspace: str
    channel: str
    id: str

    @property
    def space(self) -> SpaceRef:
        """The space this message belongs to."""
        return SpaceRef(self.platform, self.workspace)


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something, as the platform tells it with the event itself.

    `organiser` is the platform's own statement at this moment, so a right that was taken away a second ago is gone.
    `zone` is an IANA name where the platform knows it.
    """

    user: UserRef
    name: str
    organiser: bool = False
    bot: bool = False
    zone: str | None = None
