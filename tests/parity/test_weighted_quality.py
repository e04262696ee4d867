"""Weighted draws follow their weights, by tests that fail where draws do not.

Fixed seeds: what passes once passes always. The level is that of all results together (Bonferroni).
"""

from __future__ import annotations

import numpy as np
import pytest

from bench.quality import draws, weighted
from bench.quality.battery import failures

LEVEL = 1e-3
RESULTS = 151


def test_every_test_passes():
    results = list(weighted.run(draws.Sampler(), 100_000, longest=10**5 + 3))
    assert len(results) == RESULTS
    assert failures(results, LEVEL) == []


def test_numpy_passes_too():
    results = list(weighted.run(draws.NumPy(), 30_000, longest=1000))
    assert failures(results, LEVEL) == []


class Broken(draws.Sampler):
    """Draws with one fault."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    def __call__(self, weights, count, replacement, seed):
        if self._fault == "one weight for the next":
            weights = np.roll(weights, 1)
        if self._fault == "the same seed twice":
            seed //= 2
        chosen = super().__call__(weights, count, replacement, seed).copy()
        if self._fault == "sorted":
            chosen.sort()
        if self._fault == "one in ten is repeated":
            chosen[10::10] = chosen[9:-1:10]
        if self._fault == "the least is never drawn":
            chosen[chosen == 0] = 1
        return chosen


@pytest.mark.parametrize(
    ("fault", "replacement", "notice"),
    [
        ("one weight for the next", True, weighted.histogram),
        ("one weight for the next", False, weighted.histogram),
        ("the same seed twice", True, weighted.seeds),
        ("the same seed twice", False, weighted.seeds),
        ("sorted", True, weighted.serial),
        ("sorted", True, weighted.correlation),
        ("sorted", False, weighted.correlation),
        ("one in ten is repeated", True, weighted.serial),
        ("one in ten is repeated", True, weighted.correlation),
        ("the least is never drawn", True, weighted.extremes),
    ],
)
def test_every_test_can_fail(fault, replacement, notice):
    kind, count = draws.Kind("exponential", 1000), 20_000 if replacement else 250
    passes = 20 if replacement else 200
    least = notice(list(draws.uniform_parts(Broken(fault), kind, count, replacement, passes)))
    assert least < LEVEL / RESULTS
    right = list(draws.uniform_parts(draws.Sampler(), kind, count, replacement, passes))
    assert notice(right) > LEVEL


@pytest.mark.parametrize("fault", ["one weight for the next", "sorted"])
def test_orders_can_fail(fault):
    assert weighted.orders(Broken(fault), 2000) < LEVEL / RESULTS
    assert weighted.orders(draws.Sampler(), 2000) > LEVEL


@pytest.mark.large
def test_every_test_passes_at_full_size():
    results = list(weighted.run(draws.Sampler(), 30_000_000))
    assert failures(results, LEVEL) == []
