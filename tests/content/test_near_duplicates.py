from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.packs.wording import content_words, likeness, near_duplicates

WORDS = ["cache", "index", "queue", "shard", "token", "retry", "lock", "quorum"]
PROMPTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), max_size=8)


@settings(max_examples=150, deadline=None)
@given(PROMPTS, st.sampled_from([0.34, 0.5, 0.6, 0.75, 1.0]))
def test_comparing_rare_words_alone_misses_no_twin(prompts: list[str], threshold: float) -> None:
    sets = [frozenset(content_words(prompt)) for prompt in prompts]
    every_pair = {
        later
        for earlier, later in combinations(range(len(sets)), 2)
        if sets[earlier] and likeness(sets[earlier], sets[later]) >= threshold
    }

    found = dict(near_duplicates(prompts, threshold))

    assert set(found) == every_pair


def test_thousands_of_prompts_are_compared_without_looking_at_every_pair() -> None:
    dice = random.Random(1)
    prompts = [" ".join(f"word{dice.randrange(4000)}" for _ in range(25)) for _ in range(2_000)]

    twins = list(near_duplicates([*prompts, prompts[17]], 0.6))

    assert twins == [(2_000, 17)]
