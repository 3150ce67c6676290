"""What a chat says of the dashboard."""

from __future__ import annotations

from bot.domain.dashboard import LINK_LASTS
from bot.texts.wording import _


def label_dashboard() -> str:
    """The button that opens one's own dashboard in the browser."""
    return _("Open my dashboard")


def dashboard_ready() -> str:
    """With a fresh link under it."""
    minutes = int(LINK_LASTS.total_seconds() // 60)
    return _("Your dashboard is for you alone. The link opens it within {minutes} minutes; don't pass it on.").format(
        minutes=minutes
    )
