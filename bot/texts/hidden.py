"""Answers that are hidden until the close, and those shown with their authors' consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.inert import inert, quote_block
from bot.texts.wording import _, n_

#: So much of an answer stands in the thread at the close; all of it is behind the button.
EXCERPT = 280
#: So much of a best answer is quoted.
BEST_EXCERPT = 900


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """An answer as others read it; without a name where its author is hidden on the board."""

    name: str | None
    text: str


def label_read_answers() -> str:
    """The button that shows the others' answers."""
    return _("Read the answers")


def label_more_answers() -> str:
    """The same, for the next page."""
    return _("More answers")


def label_show_at_close() -> str:
    """The author's consent."""
    return _("My answer may be shown at the close")


def label_keep_mine() -> str:
    """The author takes the consent back."""
    return _("Rather not show it")


def answer_with_the_form() -> str:
    """To somebody who answered in the thread of a question with hidden answers."""
    return _(
        "Answers to this question are hidden until its close, so please give yours with the button; only you see it "
        "then. What you wrote in the thread is not counted, and everybody can read it there: you may want to delete it."
    )


def hidden_takes_forms() -> str:
    """The menu "count this", where answers are hidden."""
    return _("Answers to this question are hidden until its close. Please give yours with the Answer button.")


def answer_first() -> str:
    """To somebody who would read the answers before answering."""
    return _("The answers are hidden until the close. Answer first, and you may read them at once.")


def read_so_final() -> str:
    """A changed answer, after reading those of others."""
    return _("You have read the answers of others, so yours stays as it was. Nothing was lost.")


def reading_makes_final() -> str:
    """Under a receipt, where answers are hidden."""
    return _(
        "Nobody else reads your answer before they have given their own, or before the close. You may read the others' "
        "answers now; after that yours cannot be changed any more."
    )


def no_answers_yet() -> str:
    """Nobody else has answered."""
    return _("Nobody else has answered yet.")


def answers_page(text: str, page: int, pages: int) -> str:
    """A page of the others' answers; the text is inert already."""
    head = _("**The answers of others**")
    if pages > 1:
        head = _("**The answers of others** ({page} of {pages})").format(page=page, pages=pages)
    return f"{head}\n\n{text}"


def answers_listed(answers: Sequence[ReadAnswer]) -> str:
    """Whole answers below each other."""
    return "\n\n".join(
        f"**{_speaker(each)}:**\n{quote_block(inert(each.text, multiline=True))}" for each in answers if each.text
    )


def answers_opened(answers: Sequence[ReadAnswer], more: int) -> str:
    """At the close of a question with hidden answers: the beginnings of some, and where all are read."""
    lines = [_("**The answers, open to all now.** The button shows them in full, to you alone.")]
    lines += [f"**{_speaker(each)}:** {inert(each.text, EXCERPT)}" for each in answers]
    if more:
        lines.append(n_("And {number} more.", "And {number} more.", more))
    return "\n\n".join(lines)


def best_answer(answer: ReadAnswer) -> str:
    """A very good answer, quoted at the close because its author agreed."""
    return _("**A very good answer, shown with its author's consent** ({name}):\n\n{text}").format(
        name=_speaker(answer), text=quote_block(inert(answer.text, BEST_EXCERPT, multiline=True))
    )


def may_be_shown() -> str:
    """After the consent."""
    return _(
        "Thank you. If yours is among the best at the close, I quote it in the thread and in the weekly digest, "
        "without its score."
    )


def kept_mine() -> str:
    """After the consent was taken back."""
    return _("Your answer is not quoted at the close.")


def closed_for_consent() -> str:
    """Consent or its withdrawal after the close."""
    return _(
        "This question is closed already, so nothing changes about what is shown. To take your words away, "
        "take the answer back."
    )


def _speaker(answer: ReadAnswer) -> str:
    return inert(answer.name, 80) if answer.name else _("A member")
