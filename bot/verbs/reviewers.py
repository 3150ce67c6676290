"""Who comments, by the settings."""

from __future__ import annotations

from functools import partial

from bot import texts
from bot.domain.errors import Mistake
from bot.ports import Reviewer
from bot.reviewers import llm
from bot.reviewers.embed.install import CannotInstall, ear_in
from bot.reviewers.llm import LlmReviewer
from bot.reviewers.offline import Ear, OfflineReviewer
from bot.settings import Settings


def make_reviewer(settings: Settings) -> tuple[Reviewer, texts.WhereAnswersGo]:
    """Who comments, and what says where the text of answers goes then."""
    if not settings.asks_a_model:
        return OfflineReviewer(ear_of(settings)), texts.where_offline
    reviewer = model_reviewer(settings)
    return reviewer, partial(texts.where_service, reviewer.host, reviewer.model)


def model_reviewer(settings: Settings) -> LlmReviewer:
    """The reviewer that asks the language model of the settings."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    return llm.build(
        key=key,
        base_url=settings.openai_base_url,
        model=settings.model,
        at_once=settings.model_at_once,
        seconds=settings.model_seconds,
    )


def ear_of(settings: Settings) -> Ear | None:
    """What `studybot embed install` brought, if anything. Raises `Mistake` when it is broken."""
    try:
        return ear_in(settings.data_dir)
    except CannotInstall as broken:
        raise Mistake(str(broken)) from broken
