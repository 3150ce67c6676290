"""Help, and commands that cannot be done here."""

from __future__ import annotations

from bot.commands import COMMANDS, Command, Who
from bot.texts.wording import _, as_code


def help_all(organiser: bool) -> str:
    """`/study help`."""
    lines = [
        _("I post a question on its day. Answer in its thread or with the button; the full review is for you alone."),
        "",
    ]
    lines += [_help_line(command) for command in COMMANDS if organiser or command.who is Who.EVERYONE]
    return "\n".join(lines)


def help_one(command: Command) -> str:
    """`/study help command:…`."""
    lines = [f"**{command.title}**", _(command.help), _("For example: `{example}`").format(example=command.example)]
    for option in command.options:
        choices = f" ({', '.join(f'`{choice}`' for choice in option.choices)})" if option.choices else ""
        lines.append(
            _("- `{option}`: {help}{choices}").format(option=option.name, help=_(option.help), choices=choices)
        )
    return "\n".join(lines)


def _help_line(command: Command) -> str:
    return _("- `{title}`: {help}").format(title=command.title, help=_(command.help))


def unknown_command(typed: str, meant: str | None) -> str:
    """A command we do not have."""
    if meant:
        return _("I do not know `{typed}`. Did you mean `{meant}`?").format(typed=as_code(typed), meant=meant)
    return _("I do not know `{typed}`. `/study help` lists what I can do.").format(typed=as_code(typed))


def organisers_only(title: str) -> str:
    """A command that is refused."""
    return _("`{title}` is for organisers of this group, so nothing was changed. Please ask one of them.").format(
        title=title
    )


def no_group() -> str:
    """A place we do not serve."""
    return _("I do not serve this place yet. An organiser can start me with `/study-admin setup`.")


def no_track() -> str:
    """No questions are set up in this channel."""
    return _("No questions are set up in this channel yet. An organiser can change that with `/study-admin setup`.")
