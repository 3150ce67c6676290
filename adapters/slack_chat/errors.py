"""Slack's errors in our words: try later, or do not try again and why."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.errors import NotNow, Refused, RefusedBecause

#: The token is no good any more; nothing else will work with it either.
DEAD_TOKEN = frozenset(
    """account_inactive app_not_installed enterprise_is_restricted invalid_auth invalid_token
    not_allowed_token_type not_authed org_login_required team_access_not_granted token_expired token_revoked""".split()
)
_LATER = frozenset(
    """accesslimited external_service_migration_in_progress fatal_error internal_error msg_not_ready rate_limited
    ratelimited request_timeout service_unavailable team_added_to_org upgrade_in_progress""".split()
)
_GONE = frozenset(
    """app_missing_action_url cannot_reply_to_message channel_not_found is_archived message_not_found
    root_message_not_found thread_not_found user_not_found user_not_visible users_not_found""".split()
)
_NO_RIGHT = frozenset(
    """access_denied cant_delete_message cant_update_message channel_is_limited_access ekm_access_denied
    edit_window_closed message_limit_exceeded missing_scope no_permission not_in_channel
    posting_to_general_channel_denied restricted_action restricted_action_non_threadable_channel
    restricted_action_read_only_channel restricted_action_thread_locked restricted_action_thread_only_channel
    team_access_not_granted thread_locked""".split()
)
_TOO_LONG = frozenset(("msg_too_long", "msg_blocks_too_long", "metadata_too_large", "view_too_large"))
_CLOSED = frozenset(
    """cannot_dm_bot cannot_dm_deactivated_user im_disabled messages_tab_disabled user_disabled
    user_not_in_channel""".split()
)
_WHY: Mapping[RefusedBecause, frozenset[str]] = {
    RefusedBecause.NO_RIGHT: _NO_RIGHT | DEAD_TOKEN,
    RefusedBecause.GONE: _GONE,
    RefusedBecause.TOO_LONG: _TOO_LONG,
    RefusedBecause.CLOSED: _CLOSED,
}
#: A pause where Slack asks for one without saying how long.
UNTOLD_PAUSE = 30.0
LONGEST_PAUSE = 3600.0


class SlackSaysNo(Refused):
    """Refused, with Slack's own code for it."""

    def __init__(self, method: str, code: str, because: RefusedBecause) -> None:
        super().__init__(f"Slack refused {method}: {code}", because)
        self.code = code

    @property
    def dead_token(self) -> bool:
        """Whether the token is of no use any more."""
        return self.code in DEAD_TOKEN


def from_code(method: str, code: str) -> NotNow | SlackSaysNo:
    """The error for a code of Slack's. An unknown code means no: asking again would only bring it again."""
    if code in _LATER:
        return NotNow(f"Slack asks to try {method} later: {code}")
    because = next((why for why, codes in _WHY.items() if code in codes), RefusedBecause.OTHER)
    return SlackSaysNo(method, code, because)


def pause_of(headers: Mapping[str, str]) -> float:
    """The seconds a 429 asks for, whole or not; a page of some proxy in between may not say."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(told)
    except ValueError:
        return UNTOLD_PAUSE
    return min(seconds, LONGEST_PAUSE) if seconds >= 0 else UNTOLD_PAUSE
