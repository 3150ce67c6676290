"""One group across platforms, one member with several accounts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.inert import inert
from bot.shelves import Community
from bot.texts.counting import answers
from bot.texts.wording import _, n_


def label_confirm_join() -> str:
    """The organiser's yes to one group."""
    return _("Yes, make us one group")


def platform_name(platform: str) -> str:
    """A platform as people call it."""
    names = {"discord": "Discord", "slack": "Slack", "web": _("the study room")}
    return names.get(platform, platform)


def join_code(code: str) -> str:
    """`/study-admin join`."""
    return _(
        "Your code is `{code}`. It is good once, for 15 minutes.\n\n"
        "An organiser of the other community types `/study-admin join code:{code}` there, sees what would come along, "
        "and says yes. Then both are one group: one board, one history. Whoever has the code can join their community "
        "to this one, so give it to that organiser alone."
    ).format(code=code)


def join_preview(host: str, guest: Community) -> str:
    """What the yes would do; nothing has changed yet."""
    return _(
        "**Nothing has changed yet.** With your yes this community becomes one group with **{host}**. "
        "These come along:\n- {people}\n- {tracks}\n- {answers}\n\n"
        "From then on there is one board and one history, and organisers of both places look after it. "
        "It cannot be undone."
    ).format(
        host=inert(host, 80),
        people=n_("{number} member", "{number} members", guest.people),
        tracks=n_("{number} daily question", "{number} daily questions", guest.tracks),
        answers=answers(guest.answers),
    )


def joined() -> str:
    """After the yes."""
    return _(
        "Done: you are one group now, with one board and one history. Whoever has an account in both places makes them "
        "one with `/study link`. `/study-admin setup` in a channel can ask the same question in both places."
    )


def notice_joined() -> str:
    """To the organisers who handed the code out."""
    return _(
        "The other community has joined: you are one group now, with one board and one history. Whoever has an account "
        "in both places makes them one with `/study link`."
    )


def code_unknown(command: str) -> str:
    """A code that is none, whatever is wrong with it."""
    return _(
        "I cannot find that code: it is mistyped, used, or older than 15 minutes, or it was made right here. Nothing "
        "was changed. `{command}` without a code, in the other place, gives you a new one."
    ).format(command=command)


def too_many_codes() -> str:
    """Too many wrong codes."""
    return _(
        "Those were too many wrong codes in a short time, so I do not look at this one. Nothing was changed. "
        "Please wait 15 minutes, then ask for a new code in the other place and type that."
    )


def link_code(code: str, others: Sequence[str]) -> str:
    """`/study link`."""
    linked = _("Linked with this account: {others}.").format(others=_platforms(others)) if others else ""
    said = _(
        "Your code is `{code}`. It is good once, for 15 minutes.\n\n"
        "Type `/study link code:{code}` with your other account, where this group is as well. From then on both are "
        "one member: one history, one line on the board, hidden if either is. Where both answered the same question, "
        "the earlier answer stays. Give the code to nobody: linked accounts cannot be taken apart again."
    ).format(code=code)
    return "\n\n".join(part for part in (linked, said) if part)


def linked(platforms: Sequence[str]) -> str:
    """After linking."""
    return _(
        "Done: your accounts are one member now ({platforms}), with one history and one line on the board."
    ).format(platforms=_platforms(platforms))


def link_elsewhere() -> str:
    """A code of an account in another group."""
    return _(
        "That code is from another group, and a member belongs to one. Nothing was changed. An organiser can make both "
        "communities one group first, with `/study-admin join`; then type your code again, or a new one."
    )


def link_same_space() -> str:
    """Two accounts in one place."""
    return _(
        "Both of these members have an account in the same place, so I do not make them one. Nothing was changed. "
        "Linking is for your accounts in different places, such as one on Discord and one on Slack."
    )


def _platforms(names: Sequence[str]) -> str:
    return ", ".join(inert(platform_name(name), 40) for name in names)
