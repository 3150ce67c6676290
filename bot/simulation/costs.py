"""What the reviews of a simulation cost, and what a language model would have cost in their place."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.budgets import MICROS, Amount, Costs, Spent, estimate, unbooked
from bot.domain.questions import Question
from bot.domain.reviews import Review, Versions
from bot.ports import Reviewer


@dataclass(slots=True)
class Counting:
    """A reviewer that keeps count of what it is asked, and of what asking this model would cost by `costs`."""

    reviewer: Reviewer
    model: str
    costs: Costs
    reviews: int = 0
    would_cost: Amount = field(default_factory=Amount)

    @property
    def name(self) -> str:
        """That of the reviewer behind."""
        return self.reviewer.name

    @property
    def versions(self) -> Versions:
        """Those of the reviewer behind."""
        return self.reviewer.versions

    @property
    def kept_under(self) -> Versions | None:
        """That of the reviewer behind."""
        return self.reviewer.kept_under

    @property
    def patience_seconds(self) -> float:
        """That of the reviewer behind."""
        return self.reviewer.patience_seconds

    async def review(self, question: Question, answer: str, *, spent: Spent = unbooked, second: bool = False) -> Review:
        """What the reviewer behind says. Raises as it does."""
        self.reviews += 1
        self.would_cost += self.costs.of(estimate(self.model, question, answer))
        return await self.reviewer.review(question, answer, spent=spent, second=second)

    async def close(self) -> None:
        """Closes the reviewer behind."""
        await self.reviewer.close()

    def __str__(self) -> str:
        dollars = self.would_cost.micros / MICROS
        return (
            f"Cost: {self.reviews} reviews by the {self.name} reviewer, nothing to pay; {self.model} would have taken "
            f"at most about {self.would_cost.tokens:,} tokens, {dollars:.2f} US dollars."
        )
