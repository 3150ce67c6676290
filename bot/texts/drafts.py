"""Answers in several messages, and files that come with them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.files import MAX_FILE_BYTES, MOST_FILES
from bot.domain.inert import inert
from bot.texts.wording import _


def label_draft() -> str:
    """The button that begins a long answer."""
    return _("Answer in several messages")


def label_draft_done() -> str:
    """The end of a long answer."""
    return _("Done")


def label_draft_cancel() -> str:
    """A long answer is given up."""
    return _("Cancel")


def draft_begun(minutes: int) -> str:
    """After a long answer was begun."""
    return _(
        "Write your answer in the question's thread, in as many messages as you like, code files included. I review "
        "nothing until you press Done; after {minutes} minutes I take what is there."
    ).format(minutes=minutes)


def draft_has_answer() -> str:
    """A long answer, after an answer was given."""
    return _(
        "You have answered this question already. Edit your message in the thread, or press Answer if you used the "
        "form, and I review the new text."
    )


def draft_done() -> str:
    """After Done."""
    return _("Your messages are one answer now, and its review is under way.")


def draft_empty() -> str:
    """Done before anything was written."""
    return _("There is nothing of yours in the thread yet. Write there first; your answer is still open.")


def draft_reading() -> str:
    """Done while a file is being fetched."""
    return _("I am still reading your file. Please press Done again in a moment; your answer is still open.")


def draft_cancelled() -> str:
    """After Cancel."""
    return _("Given up: what you wrote in the meantime is not an answer, and nothing is reviewed.")


def draft_over() -> str:
    """A press on the buttons of a draft that ended."""
    return _("This answer is finished already. Edit your messages in the thread if you would like to change it.")


def files_not_read(names: Sequence[str]) -> str:
    """Files of an answer that are no text, too large, or could not be fetched."""
    return _(
        "I could not read {names}, so your answer is taken without. I read text and code files up to {size} kB, "
        "at most {most} in a message."
    ).format(
        names=", ".join(f"“{inert(name, 60)}”" for name in names[:5]), size=MAX_FILE_BYTES // 1024, most=MOST_FILES
    )
