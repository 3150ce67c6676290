"""Members: who somebody is in their group, the first word to them, and the board's hiding."""

from __future__ import annotations

from datetime import datetime

from bot.domain.asking import zone_names
from bot.domain.inert import clean_name
from bot.domain.refs import ChannelRef, Person
from bot.ports import Story
from bot.shelves import Member, Tx


def member_for(tx: Tx, group: int, person: Person, now: datetime) -> Member:
    """The member behind an event, made on first sight, with the newest name and zone."""
    tx.members.hold(group, person.user)
    name, zone = clean_name(person.name), _zone_of(person)
    member = tx.members.add(group, person.user, name, zone, now)
    if (member.name, member.zone) != (name, zone or member.zone):
        tx.members.update(group, member.id, name, zone or member.zone)
    return member


def _zone_of(person: Person) -> str | None:
    """A zone we know. Browsers and platforms may name others, and those would help nobody."""
    return zone_names().get(person.zone.casefold()) if person.zone else None


def note_organiser(tx: Tx, group: int, person: Person) -> None:
    """Remembers who may organise, for notices; what somebody may do is judged by each event itself."""
    tx.members.set_organiser(group, person.user, person.organiser)


def owe_welcome(tx: Tx, group: int, member: Member, person: Person, place: ChannelRef) -> None:
    """The first word to a new member, once (RULES, Quiet)."""
    if member.welcomed:
        return
    tx.members.set_welcomed(group, member.id)
    user = person.user
    tx.owe(
        Story.WELCOME,
        f"welcome:{group}:{member.id}",
        group,
        member.id,
        user.platform,
        user.workspace,
        user.id,
        place.id,
    )
