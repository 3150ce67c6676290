"""Which board is meant: the group's, a channel's or a track's, of all points or of growth alone. Only what the asker's
own group has is ever found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.refs import ChannelRef
from bot.domain.standings import WHOLE_GROUP, Scope, track_names
from bot.shelves import Tx


@dataclass(frozen=True, slots=True)
class Meant:
    """A board that was asked for, and how people call its track; empty for any other board."""

    of: Scope = WHOLE_GROUP
    name: str = ""


GROUPS_OWN = Meant()


def meant(tx: Tx, group: int, place: ChannelRef, options: Mapping[str, str]) -> Meant | None:
    """The board that the options `of`, `track` and `view` name, called in this place; None where there is none."""
    grown = options.get("view") == "growth"
    if "track" in options:
        wanted = options["track"].casefold()
        found = next((id for id, name in names(tx, group).items() if name.casefold() == wanted), None)
        return _of_track(tx, group, found, grown)
    match options.get("of"):
        case "channel":
            number = tx.standings.channel_number(group, place)
            return Meant(Scope(channel=number, growth=grown)) if number is not None else None
        case "track":
            here = tx.asking.track_in(group, place)
            return _of_track(tx, group, here.id if here is not None else None, grown)
        case _:
            return Meant(Scope(growth=grown))


def _of_track(tx: Tx, group: int, track: int | None, grown: bool) -> Meant | None:
    name = names(tx, group).get(track) if track is not None else None
    return Meant(Scope(track=track, growth=grown), name) if name is not None else None


def names(tx: Tx, group: int) -> Mapping[int, str]:
    """How people call each active track of the group."""
    tracks = tx.asking.tracks(group)
    return dict(zip((track.id for track in tracks), track_names([track.packs for track in tracks]), strict=True))
