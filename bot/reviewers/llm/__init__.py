"""The reviewer that asks a language model and believes only what it can check.

The model says, for each rubric point, whether the answer covers it and quotes the words that prove it; the code looks
every quote up in the answer and makes the score. `build` is all that others need to know.
"""

from bot.reviewers.llm.reviewer import DEFAULT_MODEL, LlmReviewer, ServerFound, build, host_of

__all__ = ["DEFAULT_MODEL", "LlmReviewer", "ServerFound", "build", "host_of"]
