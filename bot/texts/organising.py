"""Words to organisers: setup, preview, pauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.asking import Schedule, days_text
from bot.domain.inert import inert, quote_block
from bot.texts.joining import platform_name
from bot.texts.wording import _, as_code, short_day, when


def label_confirm_setup() -> str:
    """The organiser's yes."""
    return _("Yes, ask here")


def label_ask_along(platform: str, at: str) -> str:
    """The organiser's yes to one question for several channels."""
    return _("Same question as on {platform}, {time}").format(platform=platform_name(platform), time=at)


def label_post_now() -> str:
    """The test post."""
    return _("Post one now")


@dataclass(frozen=True, slots=True)
class Preview:
    """One line of the preview: the day's question, or why there is none."""

    at: datetime
    title: str | None
    paused: bool


def preview(lines: Sequence[Preview], zone: str, again: bool = False) -> str:
    """`/study-admin preview`; `again` where the track asks again what the group is about to forget."""
    parts = [_("**Next questions** (only you see this; nothing is used up)")]
    for line in lines:
        title = _("paused, no question") if line.paused else inert(line.title or _("no question in the packs"))
        parts.append(_("- {when}: {title}").format(when=when(line.at, zone), title=title))
    if again:
        parts.append(
            _("One that the group is about to forget may come in place of one of these; the others then move back.")
        )
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class SetUp:
    """How a track goes about its questions, in the words of the command's options."""

    comments: str
    answers: str
    again: bool


def setup_preview(schedule: Schedule, packs: Sequence[str], first_at: datetime, title: str, how: SetUp) -> str:
    """The private preview of a set-up; nothing public happens before the yes."""
    return _(
        "**This is what I would do; nothing is public yet.**\n"
        "- One question at {time} ({zone}), `{days}`\n"
        "- Packs: {packs}\n"
        "- Comments in the thread: `{comments}`\n"
        "- Answers: `{answers}`{hidden}\n"
        "- Asked again when the group is about to forget it: `{again}`\n"
        "- First question, {when}: {title}\n\n"
        "Something to change? Call the command again, for example with `time:08:30` or `days:mon-fri`."
    ).format(
        time=schedule.at.strftime("%H:%M"),
        zone=schedule.zone,
        days=days_text(schedule.weekdays),
        packs=", ".join(f"`{pack}`" for pack in packs),
        comments=how.comments,
        answers=how.answers,
        hidden=_(", by form; all read them at the close") if how.answers == "hidden" else "",
        again="on" if how.again else "off",
        when=when(first_at, schedule.zone),
        title=inert(title),
    )


def setup_along() -> str:
    """Under the preview, where the group asks elsewhere already."""
    return _(
        "This group has a daily question elsewhere already. “Same question as …” asks that one here as well, on the "
        "same day; an answer then counts once, wherever it was given."
    )


def asks_already() -> str:
    """A yes for a channel that has questions of its own by now."""
    return _("This channel has questions of its own already, so nothing was changed.")


def setup_form_title() -> str:
    """Above the set-up form."""
    return _("Set up the daily question")


def setup_form_send() -> str:
    """The set-up form's button."""
    return _("Show me a preview")


def setup_label_channel() -> str:
    """Field of the set-up form."""
    return _("Channel to ask in")


def setup_label_time() -> str:
    """Field of the set-up form."""
    return _("Local time")


def setup_label_zone() -> str:
    """Field of the set-up form."""
    return _("Time zone")


def setup_label_packs() -> str:
    """Field of the set-up form."""
    return _("Question packs")


def setup_form_wrong(why: str, typed: Mapping[str, str]) -> str:
    """A set-up form that cannot be read: why, what was typed, and how to go on."""
    lines = [f"{as_code(name)}: {inert(value, 100)}" for name, value in sorted(typed.items()) if value.strip()]
    return _(
        "{why}\n\nNothing was changed. This is what you wrote:\n{typed}\n\n"
        "Call `/study-admin setup` again, or say it in one line, for example `/study-admin setup time:09:00`."
    ).format(why=why, typed=quote_block("\n".join(lines[:10])))


def setup_checking() -> str:
    """While the rights are looked at."""
    return _("I am checking what I may do in that channel; a private preview follows in a moment.")


def setup_lacking(lacking: Sequence[tuple[str, str]]) -> str:
    """Rights that are missing, one by one, with where to switch each on (F61)."""
    lines = [_("I cannot ask there yet; nothing was changed. Missing:")]
    lines += [f"- **{inert(what)}**: {inert(mend)}" for what, mend in lacking]
    lines.append(_("When that is done, call `/study-admin setup` again."))
    return "\n".join(lines)


def setup_done(first_at: datetime, zone: str) -> str:
    """After the organiser's yes."""
    return _("Done. The first question comes on {when}. “Post one now” sends an extra question at once.").format(
        when=when(first_at, zone)
    )


def posting_now() -> str:
    """After `/study-admin post`."""
    return _("An extra question is on its way to the channel.")


def posting_already() -> str:
    """After a second press on "Post one now"."""
    return _(
        "One extra question was asked for a moment ago; it is on its way or there already. "
        "If you want one more, type `/study-admin post`."
    )


def paused(first: date, last: date | None) -> str:
    """After `/study-admin pause`."""
    if last is None:
        return _("Paused from {first} until somebody calls `/study-admin resume`. Nobody loses anything by it.").format(
            first=short_day(first)
        )
    if first == last:
        return _("No daily question on {first}. Nobody loses anything by it.").format(first=short_day(first))
    return _("No daily question from {first} to {last}, both included. Nobody loses anything by it.").format(
        first=short_day(first), last=short_day(last)
    )


def resumed(next_at: datetime, zone: str) -> str:
    """After `/study-admin resume`."""
    return _("Running again: the next question comes on {when}.").format(when=when(next_at, zone))


def was_not_paused(next_at: datetime, zone: str) -> str:
    """Resume without a pause."""
    return _("Nothing was paused here. The next question comes on {when}.").format(when=when(next_at, zone))


def not_a_date(typed: str) -> str:
    """An unreadable date."""
    return _("“{typed}” is not a date I can read. Please write it like 2026-12-27.").format(typed=inert(typed, 40))


def pause_backwards() -> str:
    """From after until, or all in the past."""
    return _("The last day of a pause comes on or after its first, and not in the past. Nothing was changed.")


def not_a_count(typed: str) -> str:
    """An unreadable number."""
    return _("“{typed}” is not a number from 1 to 14. For example: `/study-admin preview count:7`").format(
        typed=inert(typed, 40)
    )


def unknown_pack(typed: str, known: Sequence[str]) -> str:
    """A pack we do not have."""
    names = ", ".join(f"`{name}`" for name in known)
    return _("I have no pack called “{typed}”. I have: {names}.").format(typed=inert(typed, 60), names=names)


def unknown_channel(typed: str) -> str:
    """A channel option that names none."""
    return _("I cannot read “{typed}” as a channel. Call the command in the channel where I shall ask.").format(
        typed=inert(typed, 60)
    )
