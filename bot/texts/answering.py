"""Words to somebody who answers."""

from __future__ import annotations

from datetime import datetime

from bot.domain.inert import inert
from bot.domain.questions import Question
from bot.texts.wording import _, when


def label_withdraw() -> str:
    """The button on a receipt."""
    return _("This was not an answer")


def answer_form_title(question: Question) -> str:
    """Above the answer form."""
    return question.title[:45]


def answer_form_label() -> str:
    """The form's field."""
    return _("Your answer")


def answer_form_placeholder() -> str:
    """Inside the empty field."""
    return _("As you would say it in the interview. A few sentences are fine.")


def answer_form_send() -> str:
    """The form's button."""
    return _("Send my answer")


def answer_received() -> str:
    """The receipt of a form."""
    return _("Your answer is stored, and its review is under way.")


def answer_unchanged() -> str:
    """A form that came back with the same text."""
    return _("That is the answer I have already, so nothing changed.")


def answered_in_thread() -> str:
    """The form, after an answer in the thread."""
    return _("You answered in the thread already. Edit your message there, and I review the new text.")


def answered_by_form() -> str:
    """The menu, after an answer by form."""
    return _("You answered with the form already. Press Answer again to change it.")


def closed_for_edits() -> str:
    """An edit after the close."""
    return _("This question is closed, so your answer stays as it was. Nothing was lost.")


def answer_empty() -> str:
    """A form without text."""
    return _(
        "There was no text in the form, so nothing was stored. Please press Answer again and write a sentence or two."
    )


def too_late(zone: str, closed_at: datetime) -> str:
    """An answer by form more than seven days after the close."""
    return _(
        "This question closed on {when}, and late answers count for seven days. "
        "Your text was not stored; the newest question is open for you."
    ).format(when=when(closed_at, zone))


def by_form(speaker: str) -> str:
    """Above an answer that came by form, where a platform cannot show it under its author's name."""
    return _("**{speaker}** (through the form):").format(speaker=inert(speaker, 80))


def counted() -> str:
    """After "count this as my answer"."""
    return _("Counted: this is your answer now, and its review is under way.")


def counted_before() -> str:
    """ "Count this" on what counts already."""
    return _("This counts as your answer already.")


def uncounted() -> str:
    """After "this was not an answer"."""
    return _("Taken back: this is not an answer any more, and its points and comment are gone. Nothing else changed.")


def shown_answer(text: str) -> str:
    """An answer that came by form, shown in the thread."""
    return inert(text, 3500, multiline=True)
