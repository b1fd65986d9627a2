"""Two rankings as one: by meaning and by words, weighed."""

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")

MEANING = 0.8
"""The weight of meaning; words have the rest. Chosen by measurement (docs/adr/0011-documents.md):
plain rank fusion, which weighs both alike, found less than meaning alone."""


def fused(
    by_meaning: Mapping[K, float], by_words: Mapping[K, float], *, meaning: float = MEANING
) -> list[tuple[K, float]]:
    """Everything in either ranking with its common score, the best first.

    A score of each ranking counts as its share of that ranking's best. What is in one of them alone
    has nothing of the other.
    """
    parts = ((by_meaning, meaning), (by_words, 1 - meaning))
    total: dict[K, float] = {}
    for scores, weight in parts:
        best = max(scores.values(), default=0.0)
        for key, score in scores.items():
            share = max(score, 0.0) / best if best > 0 else 0.0
            total[key] = total.get(key, 0.0) + weight * share
    return sorted(total.items(), key=lambda pair: -pair[1])
