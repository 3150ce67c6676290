"""What went wrong, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands import Wrong, WrongOption
from bot.domain.asking import Misread, Unclear
from bot.domain.errors import Mistake
from bot.domain.inert import inert, quote_block
from bot.texts.wording import _, as_code


def not_found() -> str:
    """For what is not there and for what is not theirs alike, so that nobody can tell one from the other."""
    return _("I cannot find that any more, or it is not yours. `/study today` brings you to the open question.")


def stale_button() -> str:
    """A button or menu that no present version of the bot has made."""
    return _(
        "That button is from an older version of me, and I cannot tell any more what it was for. "
        "`/study today` brings a fresh one."
    )


def form_late() -> str:
    """A form that its platform did not wait for, with a button that opens it below."""
    return _("The form took a moment too long to open. Press the button, and it opens at once.")


def command_late() -> str:
    """The same where only the command opens the form."""
    return _("The form took a moment too long to open. Please send the command once more, and it opens at once.")


def label_open_form() -> str:
    """The button below."""
    return _("Open the form")


def option_without_name(word: str, example: str) -> str:
    """A word behind a command that belongs to no option."""
    return _("I do not know what to do with “{word}”. Options are written as name:value, as in `{example}`").format(
        word=inert(word, 40), example=as_code(example)
    )


def your_text(text: str) -> str:
    """What was typed into a form that changed nothing, so that it is not lost."""
    return _("This is what you wrote:\n{text}").format(text=quote_block(inert(text, 1200, multiline=True)))


def try_again(reference: str = "") -> str:
    """When we failed, not they."""
    if reference:
        return _(
            "Something on my side went wrong; nothing you wrote is lost. "
            "Please try again in a minute (reference {reference})."
        ).format(reference=reference)
    return _("I am busy for a moment, so nothing was stored yet. Please try again in a minute.")


def mistaken(mistake: Mistake) -> str:
    """What was mistaken, and what to do instead."""
    match mistake:
        case Misread():
            return _misread(mistake)
        case WrongOption():
            return _wrong_option(mistake)
        case _:
            return str(mistake)


def _misread(mistake: Misread) -> str:
    sentences = {
        Unclear.TIME: _("I cannot read “{typed}” as a time. Please write it like 09:00 or 9am."),
        Unclear.HALF_DAY: _("“{typed}” is no time of day: with am or pm the hour goes from 1 to 12, like 9am."),
        Unclear.TIME_OF_DAY: _("“{typed}” is no time of day. The day goes from 00:00 to 23:59, so 09:00 works."),
        Unclear.ZONE: _(
            "I know no time zone called “{typed}”. Please write it like Europe/Berlin or America/New_York."
        ),
        Unclear.DAYS: _("I cannot read “{typed}” as weekdays. Please write them like mon-fri, mon,wed,fri or daily."),
        Unclear.NO_DAYS: _("Please say on which days to ask, like mon-fri, mon,wed,fri or daily."),
    }
    sentence = sentences[mistake.what]
    if mistake.what is Unclear.ZONE and mistake.near:
        sentence = _("I know no time zone called “{typed}”. Did you mean {near}?")
    return sentence.format(typed=_as_typed(mistake.typed), near=_either(mistake.near))


def _as_typed(text: str) -> str:
    """What was typed, cut short, without anything that could be a sign of ours."""
    return inert("".join(char for char in text if char.isprintable() and char not in "`<>@*_~|[]"), 40)


def _wrong_option(mistake: WrongOption) -> str:
    command, option = mistake.command, mistake.option
    example = _("For example: `{example}`").format(example=command.example)
    if not command.options:
        return _("`{title}` takes no options. Send it without.").format(title=command.title)
    if option is None:
        known = _either([f"`{each.name}`" for each in command.options])
        said = _("`{title}` has no option of that name. It knows {known}.").format(title=command.title, known=known)
    elif mistake.wrong is Wrong.MISSING:
        said = _("`{title}` needs `{option}`: {help}").format(
            title=command.title, option=option.name, help=_(option.help)
        )
    else:
        choices = _either([f"`{choice}`" for choice in option.choices])
        said = _("`{option}` can be {choices}.").format(option=option.name, choices=choices)
    return f"{said} {example}"


def _either(names: Sequence[str]) -> str:
    """Several names, of which one is meant."""
    if len(names) < 2:
        return "".join(names)
    return _("{names} or {last}").format(names=", ".join(names[:-1]), last=names[-1])
