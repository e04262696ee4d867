"""The index shuffle is as random as numpy's permutations, by tests that fail where one is not.

Fixed keys: what passes once passes always. The level is that of all results together (Bonferroni).
"""

from __future__ import annotations

import numpy as np
import pytest

from bench.quality import battery, sources, statistics

LEVEL = 1e-3
TESTS = 185


def test_every_test_passes() -> None:
    results = list(battery.run(sources.IndexShuffle(), 300_000))
    assert len(results) == TESTS
    assert battery.failures(results, LEVEL) == []


def test_numpy_passes_too() -> None:
    results = list(battery.run(sources.NumPy(), 100_000, longest=10_000))
    assert battery.failures(results, LEVEL) == []


@pytest.mark.parametrize("n", battery.PART_LENGTHS)
def test_two_rounds_fail_at_every_length(n: int) -> None:
    source = sources.IndexShuffle(2)
    least = min(test(source, n, 60) for test in battery.PARTS)
    assert least < LEVEL / TESTS


def test_four_rounds_fail_where_the_network_is_small() -> None:
    assert statistics.adjacent(sources.IndexShuffle(4), 4097, 2000) < LEVEL / TESTS
    assert statistics.adjacent(sources.IndexShuffle(6), 4097, 2000) > 0.01


class Broken:
    """Random permutations of which one in five places keeps its own value."""

    name = "broken"

    def __call__(self, n: int, seed: int, epoch: int = 0) -> sources.Permutation:
        choose = np.random.default_rng((seed, epoch))
        values = np.arange(n)
        moved = np.sort(choose.permutation(n)[: n - n // 5])
        values[moved] = choose.permutation(moved)
        return sources.stored(values)


class Even(sources.NumPy):
    """Even permutations alone: the first two values change places where it takes that."""

    def __call__(self, n: int, seed: int, epoch: int = 0) -> sources.Permutation:
        values = super().__call__(n, seed, epoch).values_of_range(0, 1, n).copy()
        if (n - statistics.cycle_count(values)) % 2:
            values[:2] = values[1::-1]
        return sources.stored(values)


@pytest.mark.parametrize("test", [*battery.WHOLE, *battery.PARTS], ids=lambda test: test.__name__)
def test_every_test_can_fail(test: statistics.Test) -> None:
    source = Even() if test is statistics.signs else Broken()
    assert test(source, 4097, 400) < LEVEL / TESTS
    assert test(sources.NumPy(), 4097, 100) > LEVEL


def test_patarins_pairs_tell_six_rounds() -> None:
    assert statistics.columns(sources.IndexShuffle(6), 2**14, 500) < LEVEL / TESTS


@pytest.mark.parametrize("n", [2**20, 2**24, 2**31])
def test_powers_of_two_tell_four_rounds(n: int) -> None:
    assert statistics.powers(sources.IndexShuffle(4), n, 1) < LEVEL / TESTS


@pytest.mark.parametrize("n", [3, 4, 5])
def test_orders_can_fail(n: int) -> None:
    assert statistics.orders(Even(), n, 5000) < LEVEL / TESTS


@pytest.mark.large
def test_every_test_passes_at_full_size() -> None:
    results = list(battery.run(sources.IndexShuffle(), 30_000_000))
    assert battery.failures(results, LEVEL) == []
