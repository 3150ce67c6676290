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
    member = tx.members.add(group, person.user, name_of(person), _zone_of(person), now)
    _refresh(tx, member, person)
    return member


def note(tx: Tx, group: int, person: Person) -> None:
    """The newest name and zone of somebody who does something; who is no member becomes none by it."""
    member = tx.members.by_user(group, person.user)
    if member is not None:
        _refresh(tx, member, person)


def _refresh(tx: Tx, member: Member, person: Person) -> None:
    name, zone = name_of(person) or member.name, _zone_of(person) or member.zone
    if (member.name, member.zone) != (name, zone):
        tx.members.update(member.group, member.id, name, zone)
    if member.left:
        tx.members.set_left(member.group, person.user, False)


def name_of(person: Person) -> str:
    """The name as we keep it; empty where the platform did not tell it this time."""
    return clean_name(person.name) if person.name else ""


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
        f"welcome:{member.id}",
        group,
        member.id,
        user.platform,
        user.workspace,
        user.id,
        place.id,
    )
