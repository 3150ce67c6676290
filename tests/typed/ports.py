"""Read by the type checker only: whatever is plugged into a socket of `bot.ports` fits it."""

from __future__ import annotations

from adapters.discord_chat import DiscordAdapter
from adapters.discord_chat.chat import DiscordChat
from adapters.slack_chat import SlackChatAdapter
from adapters.slack_chat.chat import SlackChat
from adapters.web_chat import WebChat
from adapters.web_chat.chat import RoomChat
from bot.jobs.work import DurableWork
from bot.memory import FsrsMemory
from bot.ports import Adapter, ChatPlatform, Jobs, Memory, Reviewer, RoomStore, Storage, Views
from bot.reviewers.offline import OfflineReviewer
from bot.services.views import ReadingRoom
from bot.storage.room import SqlRoomStore
from bot.storage.storage import SqlStorage


def room_is_an_adapter(it: WebChat) -> Adapter:
    return it


def room_chat_is_a_platform(it: RoomChat) -> ChatPlatform:
    return it


def room_shelf_is_a_room_store(it: SqlRoomStore) -> RoomStore:
    return it


def offline_is_a_reviewer(it: OfflineReviewer) -> Reviewer:
    return it


def fsrs_is_a_memory(it: FsrsMemory) -> Memory:
    return it


def sql_is_a_storage(it: SqlStorage) -> Storage:
    return it


def durable_work_is_jobs(it: DurableWork) -> Jobs:
    return it


def discord_is_an_adapter(it: DiscordAdapter) -> Adapter:
    return it


def discord_chat_is_a_platform(it: DiscordChat) -> ChatPlatform:
    return it


def slack_is_an_adapter(it: SlackChatAdapter) -> Adapter:
    return it


def slack_chat_is_a_platform(it: SlackChat) -> ChatPlatform:
    return it


def reading_room_is_views(it: ReadingRoom) -> Views:
    return it
