"""Answers that earn no points of their own: kind words to their author, and a quiet one to moderators."""

from __future__ import annotations

from bot.domain.fairness import SCORED_A_DAY, Why
from bot.domain.inert import inert, quote_block
from bot.texts.wording import _

#: A moderator sees so much of the earlier answer.
SHOWN_EARLIER = 800


def unscored_line(why: Why) -> str:
    """Above the full review, to its author alone."""
    if why is Why.CAP:
        return _(
            "**No points for this one:** on one day {most} answers earn points, and this came after them. The review "
            "is yours all the same."
        ).format(most=SCORED_A_DAY)
    if why is Why.AGAIN:
        return _(
            "**No points for this one:** it reads nearly the same as your own answer from when this was asked before, "
            "and a text earns points once. What is still there without looking is worth more: a new text of yours is "
            "looked at anew."
        )
    if why is Why.MODEL:
        return _(
            "**No points for this one:** it reads nearly the same as the model answer. Close that, say it in your own "
            "words, and a new text of yours is looked at anew."
        )
    return _(
        "**No points for this one:** it reads nearly the same as an answer that was here before, and a text earns "
        "points once. That happens. If the words are yours, press Appeal and say so: a person looks at both. A new "
        "text of yours is looked at anew."
    )


def notice_unscored(why: Why) -> str:
    """To organisers and moderators, privately; it names nobody."""
    if why is Why.CAP:
        return _(
            "A member gave more than {most} answers on one day; those beyond earn no points. They know, and nothing "
            "needs you."
        ).format(most=SCORED_A_DAY)
    return _(
        "An answer reads nearly the same as an earlier one of another member, so it earned no points. That may be "
        "chance. Its author knows and may appeal; then you see both texts, and nothing needs you before. If there are "
        "more for this question, I do not tell you of each."
    )


def label_let_count() -> str:
    """A decision."""
    return _("Let it count")


def appeal_counted() -> str:
    """To whoever appealed, when a moderator let the answer count."""
    return _("**Your appeal:** a moderator looked at your answer. It counts, with all its points.")


def case_unscored(why: Why, earlier: str) -> str:
    """In a moderator's case: why the answer earned no points, and the earlier text while it stands."""
    if why is Why.CAP:
        return _("**It earned no points:** it came after {most} others on one day.").format(most=SCORED_A_DAY)
    if why is Why.MODEL:
        return _("**It earned no points:** it reads nearly the same as the model answer.")
    said = _("**It earned no points:** it reads nearly the same as this earlier answer.")
    if not earlier:
        return _("**It earned no points:** it read nearly the same as an earlier answer, which was taken back since.")
    return f"{said}\n{quote_block(inert(earlier, SHOWN_EARLIER, multiline=True))}"
