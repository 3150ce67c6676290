"""What language models cost, as it was noted in `content/prices.json`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from bot.domain.budgets import DEFAULT_LIMITS, Costs, Limits, Price

FILE = "prices.json"


def load_costs(root: Path, limits: Limits = DEFAULT_LIMITS) -> Costs:
    """The prices in this content folder, and what a group may spend unless it says otherwise."""
    noted = json.loads((root / FILE).read_text(encoding="utf-8"))
    prices = {name: Price(each["in"], each["out"]) for name, each in noted["models"].items()}
    return Costs(prices, date.fromisoformat(noted["noted"]), limits)
