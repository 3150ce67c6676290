"""Members: who somebody is in their group, the first word to them, and what they settle for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot import texts
from bot.domain.asking import read_zone, zone_names
from bot.domain.inert import NOBODY, clean_name
from bot.domain.likeness import skeleton
from bot.domain.outgoing import Reply
from bot.domain.refs import ChannelRef, Person
from bot.ports import Story
from bot.shelves import Member, Tx

#: In place of a zone: what the platform tells counts.
AUTO = "auto"
#: In place of an alias: one's own name again.
NO_ALIAS = "none"
TIMEZONE = ("study", "timezone")


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


def privacy(member: Member | None, where_answers_go: str) -> str:
    """What somebody has settled for themselves; who is no member yet has settled nothing."""
    if member is None:
        return texts.privacy(where_answers_go, False, True)
    return texts.privacy(where_answers_go, member.hidden, member.streaks, member.alias)


def settle_privacy(
    tx: Tx, group: int, person: Person, options: Mapping[str, str], where_answers_go: str, now: datetime
) -> Reply:
    """`/study privacy`: what is settled, or what somebody settles now."""
    if not options:
        return Reply(privacy(tx.members.by_user(group, person.user), where_answers_go))
    said = []
    if "name" in options:
        said.append(go_by(tx, group, person, options["name"], now))
    if "board" in options:
        said.append(hide(tx, group, person, options["board"] == "hide", now).text)
    if "streak" in options:
        wanted = options["streak"] == "on"
        tx.members.set_streaks(group, member_for(tx, group, person, now).id, wanted)
        said.append(texts.streak_on() if wanted else texts.streak_off())
    return Reply("\n".join(said))


def go_by(tx: Tx, group: int, person: Person, typed: str, now: datetime) -> str:
    """Another name on every board, or one's own again. Nobody goes by a name that looks like another member's."""
    member = member_for(tx, group, person, now)
    if typed.casefold() == NO_ALIAS:
        tx.members.set_alias(group, member.id, "")
        return texts.alias_none()
    alias = clean_name(typed)
    wanted = skeleton(alias)
    if not wanted or alias == NOBODY or alias.endswith("…"):
        return texts.alias_unfit()
    others = (each for each in tx.members.names(group) if each[0] != member.id)
    if any(wanted in (skeleton(name), skeleton(other)) for _, name, other in others):
        return texts.alias_taken()
    tx.members.set_alias(group, member.id, alias)
    return texts.alias_set(alias)


def hide(tx: Tx, group: int, person: Person, hidden: bool, now: datetime) -> Reply:
    """Takes a name off the boards, or puts it back."""
    member = member_for(tx, group, person, now)
    tx.members.set_hidden(group, member.id, hidden)
    return Reply(texts.hidden_now() if hidden else texts.shown_now())


def timezone(tx: Tx, group: int, person: Person, typed: str | None, now: datetime) -> Reply:
    """`/study timezone`: the zone somebody's days are counted in, and how they set it. Raises `Misread`."""
    if typed is None:
        member = tx.members.by_user(group, person.user)
        zone = member.lives_in if member is not None else _zone_of(person)
        return Reply(texts.zone_now(zone, member is not None and member.own_zone is not None, now))
    own = None if typed.casefold() == AUTO else read_zone(typed)
    member = member_for(tx, group, person, now)
    tx.members.set_own_zone(group, member.id, own)
    zone = own or _zone_of(person) or member.zone
    return Reply(texts.zone_set(zone, now) if zone is not None else texts.zone_now(None, False, now))


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
