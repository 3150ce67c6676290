"""What people type on Slack, as they typed it: Slack's own notation for names, links and signs is undone."""

from __future__ import annotations

import re

from adapters.slack_chat import words

_ANGLED = re.compile(r"<([^<>]*)>")
_ENTITY = re.compile("&(lt|gt|amp);")
_SIGNS = {"lt": "<", "gt": ">", "amp": "&"}
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|[^<>]*)?>")
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


def plain(text: str) -> str:
    """The text as a reader sees it. People who are mentioned stay nameless: their names are not ours to store."""
    return unescape(_ANGLED.sub(_shown, text))


def unescape(text: str) -> str:
    """The three signs Slack sends as entities, each undone once."""
    return _ENTITY.sub(lambda found: _SIGNS[found[1]], text)


def mentioned(text: str) -> tuple[str, ...]:
    """Ids of the people mentioned, each once, in order."""
    return tuple(dict.fromkeys(_USER.findall(text)))


def channel_id(value: str) -> str | None:
    """The channel behind Slack's notation, as in "<#C123|study>"; None for anything else."""
    found = _CHANNEL.fullmatch(value.strip())
    return found[1] if found else None


def _shown(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    match target[:1]:
        case "@":
            return f"@{label}" if label else words.SOMEBODY
        case "#":
            return f"#{label}" if label else words.SOME_CHANNEL
        case "!":
            return _special(target[1:], label)
        case "":
            return found[0]
        case _:
            return _link(target, label)


def _special(target: str, label: str) -> str:
    """<!here>, <!subteam^S1|@helpers>, <!date^..|a date>."""
    if target.startswith(("date^", "subteam^")):
        return label or words.SOMEBODY
    return f"@{label or target.partition('^')[0]}".replace("@@", "@")


def _link(target: str, label: str) -> str:
    """A link as it was typed. Slack makes one of "example.com" too, with what was typed as its label."""
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in address:
        return label or address
    return f"{label} ({address})"
