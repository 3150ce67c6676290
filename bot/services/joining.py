"""Joining: two communities become one group, two accounts one member. Everything happens inside the caller's
transaction.

A code is handed out in one place and typed in the other, so both sides have agreed. What is no code any more, or never
was one, gets the same words whatever is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot import texts
from bot.domain import codes
from bot.domain.codes import Draw, Purpose
from bot.domain.incoming import ButtonPressed, CommandCalled
from bot.domain.outgoing import Action, Button, Reply, read_id
from bot.domain.refs import ChannelRef, Person, UserRef
from bot.services import answers, notices
from bot.services.members import member_for
from bot.shelves import Answer, AnswerState, Code, Member, Tx

JOIN = "/study-admin join"
LINK = "/study link"


# ---------------------------------------------------------------- communities


def join(tx: Tx, group: int, event: CommandCalled, options: Mapping[str, str], draw: Draw, now: datetime) -> Reply:
    """Hands out a code; with one from another community, shows what would become one, and changes nothing yet."""
    user = event.person.user
    if "code" not in options:
        return Reply(texts.join_code(_issue(tx, group, Purpose.JOIN, user, event.place, draw, now)))
    if _guesses_too_much(tx, group, user, now):
        return Reply(texts.too_many_codes())
    code = _typed(tx, Purpose.JOIN, options["code"], user, now)
    if code is None or code.group == group or not _is_organiser(tx, code):
        return _unknown(tx, group, user, JOIN, now)
    tx.codes.take(code.id, user)
    host = tx.joining.community(code.group).name
    button = Button(Action.CONFIRM_JOIN, texts.label_confirm_join(), str(code.id))
    return Reply(texts.join_preview(host, tx.joining.community(group)), (button,))


def confirm_join(tx: Tx, group: int, event: ButtonPressed, now: datetime) -> Reply:
    """The yes of who typed the code: both are one group from now on. Saying it twice changes nothing."""
    id = read_id(event.target)
    code = tx.codes.by_id(id) if id is not None else None
    if code is None or code.purpose is not Purpose.JOIN or code.taker != event.person.user:
        return Reply(texts.not_found())
    if code.used or code.group == group:
        return Reply(texts.joined())
    if code.expires_at <= now or not _is_organiser(tx, code):
        return Reply(texts.code_unknown(JOIN))
    tx.joining.join(code.group, group, now)
    tx.codes.use(code.id)
    notices.owe(tx, code.group, code.place, f"joined:{code.id}", notices.Notice.JOINED)
    return Reply(texts.joined())


def _is_organiser(tx: Tx, code: Code) -> bool:
    """Whether who handed the code out may still do so, as far as we were told."""
    return code.issuer in tx.members.organisers(code.group)


# ---------------------------------------------------------------- accounts


def link(tx: Tx, group: int, event: CommandCalled, options: Mapping[str, str], draw: Draw, now: datetime) -> Reply:
    """Hands out a code, and shows which accounts are linked; with a code from one's other account, links the two."""
    user = event.person.user
    if "code" not in options:
        me = member_for(tx, group, event.person, now)
        others = [account.platform for account in tx.joining.accounts(group, me.id) if account != user]
        return Reply(texts.link_code(_issue(tx, group, Purpose.LINK, user, event.place, draw, now), others))
    tx.asking.hold_all(group)  # one after the other: who is linked with whom stays as it is read
    if _guesses_too_much(tx, group, user, now):
        return Reply(texts.too_many_codes())
    code = _typed(tx, Purpose.LINK, options["code"], user, now)
    if code is None:
        return _unknown(tx, group, user, LINK, now)
    if code.group != group:
        return Reply(texts.link_elsewhere())
    return _link(tx, group, event.person, code, now)


def _link(tx: Tx, group: int, person: Person, code: Code, now: datetime) -> Reply:
    me, other = member_for(tx, group, person, now), tx.members.by_user(group, code.issuer)
    if other is None:
        return _unknown(tx, group, person.user, LINK, now)
    accounts = [*tx.joining.accounts(group, me.id), *tx.joining.accounts(group, other.id)]
    if me.id != other.id:
        if len({account.space for account in accounts}) < len(accounts):
            return Reply(texts.link_same_space())
        for account in sorted(accounts, key=lambda each: (each.platform, each.workspace, each.id)):
            tx.members.hold(group, account)
        older, younger = sorted((me, other), key=lambda each: each.id)
        _become_one(tx, group, older, younger, now)
    tx.codes.take(code.id, person.user)
    tx.codes.use(code.id)
    return Reply(texts.linked(sorted({account.platform for account in accounts})))


def _become_one(tx: Tx, group: int, older: Member, younger: Member, now: datetime) -> None:
    """The older member has everything from now on. Where both answered, the earlier answer stays, and the later one is
    taken back with its words and points (FAULTS 57)."""
    for answered in tx.joining.answered_twice(group, older.id, younger.id):
        later = max(answered, key=_precedence)
        if later.state is not AnswerState.WITHDRAWN:
            answers.withdraw(tx, later, now)
        tx.joining.set_aside(group, later.id)
    tx.joining.merge(group, older, younger)


def _precedence(answer: Answer) -> tuple[bool, datetime, int]:
    """What stands comes before what was taken back, the earlier before the later."""
    return answer.state is AnswerState.WITHDRAWN, answer.received_at, answer.id


# ---------------------------------------------------------------- codes


def _issue(tx: Tx, group: int, purpose: Purpose, user: UserRef, place: ChannelRef, draw: Draw, now: datetime) -> str:
    code = codes.new_code(draw)
    tx.codes.issue(group, purpose, codes.code_hash(purpose, code), user, place, now, codes.good_until(now))
    return codes.shown(code)


def _typed(tx: Tx, purpose: Purpose, typed: str, user: UserRef, now: datetime) -> Code | None:
    """The code that was typed, if this account may use it: another's, in its time, and taken by nobody else."""
    letters = codes.read_code(typed)
    code = tx.codes.by_hash(codes.code_hash(purpose, letters)) if letters is not None else None
    if code is None or code.expires_at <= now or code.issuer == user:
        return None
    return None if code.taker not in (None, user) else code


def _guesses_too_much(tx: Tx, group: int, user: UserRef, now: datetime) -> bool:
    tx.members.hold(group, user)
    return not codes.may_guess(tx.codes.wrong_since(user, now - codes.GUESSES_WITHIN))


def _unknown(tx: Tx, group: int, user: UserRef, command: str, now: datetime) -> Reply:
    tx.codes.wrong(group, user, now)
    return Reply(texts.code_unknown(command))
