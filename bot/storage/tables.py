"""Our tables. The work engine keeps its own beside them; the study room's are in `room.py`, owed work in `work.py`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from bot.storage.types import UtcDateTime, metadata

groups = Table(
    "groups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

#: Groups that are no more, and the one that has their rows now.
joined_groups = Table(
    "joined_groups",
    metadata,
    Column("former", Integer, primary_key=True, autoincrement=False),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

spaces = Table(
    "spaces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("left", Boolean, nullable=False, default=False),
    Column("throttled_at", UtcDateTime),
    UniqueConstraint("platform", "workspace"),
)

members = Table(
    "members",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("hidden", Boolean, nullable=False, default=False),
    Column("welcomed", Boolean, nullable=False, default=False),
    Column("left", Boolean, nullable=False, default=False),
    Column("zone", String(64)),
    Column("own_zone", String(64)),
    Column("streaks", Boolean, nullable=False, default=True),
    Column("alias", String(40), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_members_name", "group_id", "name", "id"),
)

identities = Table(
    "identities",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False, index=True),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("left", Boolean, nullable=False, default=False),
    UniqueConstraint("group_id", "platform", "workspace", "user_id"),
)

organisers = Table(
    "organisers",
    metadata,
    Column("group_id", ForeignKey("groups.id"), primary_key=True),
    Column("platform", String(32), primary_key=True),
    Column("workspace", String(64), primary_key=True),
    Column("user_id", String(64), primary_key=True),
)

organiser_log = Table(
    "organiser_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False, index=True),
    Column("user_id", String(64), nullable=False),
    Column("what", String(200), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

#: Codes that join two groups or two accounts; only their hashes. `taker` is who typed one first.
codes = Table(
    "codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("taker_platform", String(32)),
    Column("taker_workspace", String(64)),
    Column("taker_id", String(64)),
    Column("used", Boolean, nullable=False),
    UniqueConstraint("hash"),
    Index("ix_codes_issuer", "platform", "workspace", "user_id"),
    Index(None, "expires_at"),
)

#: Codes that were typed and were none.
wrong_codes = Table(
    "wrong_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("user_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_wrong_codes_user", "platform", "workspace", "user_id", "at"),
)

tracks = Table(
    "tracks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("local_time", String(5), nullable=False),
    Column("weekdays", String(7), nullable=False),
    Column("packs", Text, nullable=False),
    Column("comments", String(16), nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("showing", String(16), nullable=False, default="open"),
    # The weekly digest: whether there is one, its next moment (none until a tick has settled it), the group's goal.
    Column("digest", Boolean, nullable=False, default=True),
    Column("digest_at", UtcDateTime),
    Column("goal_answers", Integer),
    Column("goal_share", Integer),
    # Whether it asks again what the group is about to forget.
    Column("again", Boolean, nullable=False, default=False),
    Index("ix_tracks_state_next_at", "state", "next_at"),
)

track_channels = Table(
    "track_channels",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("track_id", ForeignKey("tracks.id"), nullable=False, index=True),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("stopped", String(16)),
    Index("ix_track_channels_place", "platform", "workspace", "channel_id"),
)

pauses = Table(
    "pauses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("track_id", ForeignKey("tracks.id"), nullable=False, index=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
)

question_copies = Table(
    "question_copies",
    metadata,
    Column("hash", String(32), primary_key=True),
    Column("question_id", String(120), nullable=False),
    Column("body", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)

askings = Table(
    "askings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("track_id", ForeignKey("tracks.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("slot", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(16)),
    Column("due_at", UtcDateTime, nullable=False),
    Column("question_id", String(120)),
    Column("question_hash", ForeignKey("question_copies.hash")),
    Column("asked_before", Date),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("track_id", "day", "slot"),
)

postings = Table(
    "postings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("asking_id", ForeignKey("askings.id"), nullable=False),
    Column("track_channel_id", ForeignKey("track_channels.id"), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("message_channel", String(64)),
    Column("message_id", String(64)),
    Column("thread_id", String(64)),
    Column("gone", Boolean, nullable=False, default=False),
    Column("posted_at", UtcDateTime),
    Column("closes_at", UtcDateTime),
    Column("hidden", Boolean, nullable=False, default=False),
    UniqueConstraint("asking_id", "track_channel_id"),
    Index("ix_postings_thread", "platform", "workspace", "channel_id", "thread_id"),
    Index("ix_postings_track_channel", "track_channel_id", "posted_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("posting_id", ForeignKey("postings.id"), nullable=False),
    Column("asking_id", ForeignKey("askings.id"), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("via", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("born", Integer, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("day", Date, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    # The date it was where its author lives; older answers, and second attempts, have none.
    Column("own_day", Date),
    UniqueConstraint("asking_id", "member_id", "attempt"),
    Index("ix_answers_member", "member_id", "id"),
    Index("ix_answers_group_state", "group_id", "state"),
)

answer_versions = Table(
    "answer_versions",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("dont_know", Boolean, nullable=False),
)

#: What an author guessed a version's score to be, in thousandths.
guesses = Table(
    "guesses",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("millis", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

form_submissions = Table(
    "form_submissions",
    metadata,
    Column("submission", String(120), primary_key=True),
    Column("group_id", ForeignKey("groups.id"), primary_key=True),
    Column("answer_id", ForeignKey("answers.id")),
    Column("at", UtcDateTime, nullable=False),
)

thread_messages = Table(
    "thread_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("message_id", String(64), nullable=False),
    Column("thread_channel", String(64), nullable=False),
    Column("thread_id", String(64), nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("author_name", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("answer_id", ForeignKey("answers.id"), index=True),
    Column("text", Text, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("replies_to_member", Boolean, nullable=False),
    Column("mentions_member", Boolean, nullable=False),
    UniqueConstraint("platform", "workspace", "channel_id", "message_id"),
    Index("ix_thread_messages_thread", "group_id", "thread_id", "kind"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("score_millis", Integer, nullable=False),
    Column("gate", String(16)),
    Column("points", Text, nullable=False),
    Column("reviewer", String(60), nullable=False),
    Column("model", String(120), nullable=False),
    Column("prompt", String(60), nullable=False),
    Column("code", String(60), nullable=False),
    Column("rubric_hash", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("text_hash", String(32)),
    Column("levels", Text),
    Column("advice", Text),
    Column("flag", String(16)),
    # The same text, reviewed under the same versions, keeps its score.
    Index("ix_reviews_same_text", "group_id", "rubric_hash", "text_hash"),
)

point_events = Table(
    "point_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False, index=True),
    Column("key", String(80), nullable=False),
    Column("member_id", ForeignKey("members.id"), nullable=False),
    Column("asking_id", ForeignKey("askings.id"), nullable=False),
    Column("answer_id", ForeignKey("answers.id"), nullable=False, index=True),
    Column("points", Integer, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # Where it was earned: the track, the number of the channel's board, and whether by a second attempt.
    Column("track_id", Integer, nullable=False),
    Column("place_id", Integer, nullable=False),
    Column("growth", Boolean, nullable=False),
    UniqueConstraint("key"),
)

#: One line for each member, period and board; `board` is the key of a scope.
totals = Table(
    "totals",
    metadata,
    Column("group_id", ForeignKey("groups.id"), primary_key=True),
    Column("board", String(32), primary_key=True),
    Column("period", String(8), primary_key=True),
    Column("period_key", String(10), primary_key=True),
    Column("member_id", ForeignKey("members.id"), primary_key=True),
    Column("points", Integer, nullable=False),
    Column("answers", Integer, nullable=False),
    # Read backwards this is the order of a board: its top and anybody's neighbours, however many share a rank.
    Index("ix_totals_points", "group_id", "board", "period", "period_key", "points", "member_id"),
)

#: How many members have exactly so many points, so that a rank is read and not counted. The line of 0 points tells how
#: many have any.
tallies = Table(
    "tallies",
    metadata,
    Column("group_id", ForeignKey("groups.id"), primary_key=True),
    Column("board", String(32), primary_key=True),
    Column("period", String(8), primary_key=True),
    Column("period_key", String(10), primary_key=True),
    Column("points", Integer, primary_key=True, autoincrement=False),
    Column("people", Integer, nullable=False),
    sqlite_with_rowid=False,
)

sendings = Table(
    "sendings",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("group_id", ForeignKey("groups.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sent_id", String(64)),
    Column("attempted", UtcDateTime, nullable=False),
    Column("claimed_until", UtcDateTime),
    Index("ix_sendings_group_state", "group_id", "state"),
)
