"""Statistical tests of weighted draws: which at which weights, and how the results are counted.

A test gives the probability of a result as far off by chance, two-sided.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from bench.quality.battery import Result
from bench.quality.draws import Kind, Reals, Source, uniform_parts
from bench.quality.statistics import chi_square, normal

KINDS = ("equal", "exponential", "zipf", "half zero", "wide")
LENGTHS = (7, 1000, 10**5 + 3, 10**6, 2**24 + 1)
# The order in which these are chosen is looked at as a whole.
ORDERED, CHOSEN = Kind("exponential", 5), 3
# O(k^2) for each choice of k.
MOST_CHOSEN = 500
_BINS = 256
_GRID = 16

Test = Callable[[list[Reals]], float]


def histogram(parts: list[Reals]) -> float:
    """All values alike, in 256 groups."""
    counts = sum(np.bincount(_groups(part, _BINS), minlength=_BINS) for part in parts)
    return chi_square(np.asarray(counts), np.full(_BINS, sum(map(len, parts)) / _BINS))


def serial(parts: list[Reals]) -> float:
    """Which draw follows which, in 16 groups each."""
    counts = np.zeros(_GRID * _GRID, dtype=np.int64)
    for part in parts:
        group = _groups(part, _GRID)
        counts += np.bincount(group[:-1] * _GRID + group[1:], minlength=counts.size)
    return chi_square(counts, np.full(counts.size, counts.sum() / counts.size))


def correlation(parts: list[Reals]) -> float:
    """Of neighbours."""
    total = sum(float((part[1:] - 0.5) @ (part[:-1] - 0.5)) for part in parts) * 12
    return normal(total / math.sqrt(sum(len(part) - 1 for part in parts)))


def seeds(parts: list[Reals]) -> float:
    """Differences modulo 1 of draws at the same place with consecutive seeds."""
    differences = [(later - earlier) % 1.0 for earlier, later in itertools.pairwise(parts)]
    return histogram(differences)


def extremes(parts: list[Reals]) -> float:
    """The least of each 100 draws: 1 - (1 - least)**100 is uniform."""
    values = np.concatenate(parts)
    least = values[: len(values) // 100 * 100].reshape(-1, 100).min(axis=1)
    return histogram([-np.expm1(100 * np.log1p(-least))])


TESTS: tuple[Test, ...] = (histogram, serial, correlation, seeds, extremes)


def orders(source: Source, passes: int) -> float:
    """Every order in which 3 of 5 can be chosen without replacement."""
    weights = ORDERED.weights()
    seen = Counter(tuple(source(weights, CHOSEN, False, seed).tolist()) for seed in range(passes))
    chances = {}
    for order in itertools.permutations(range(ORDERED.n), CHOSEN):
        left, chance = weights.sum(), 1.0
        for index in order:
            chance *= weights[index] / left
            left -= weights[index]
        chances[order] = chance
    counts = np.array([seen[order] for order in chances])
    return chi_square(counts, passes * np.array(list(chances.values())))


def run(source: Source, work: int, *, longest: int = LENGTHS[-1]) -> Iterator[Result]:
    """All tests of all weights up to a length, each on about ``work`` draws."""
    for name, n in itertools.product(KINDS, (n for n in LENGTHS if n <= longest)):
        kind = Kind(name, n)
        least = 20 if n <= 10**6 else 2
        # Many draws by the table; few for their weights, which the sums at every 256th serve;
        # choices without replacement.
        few, chosen = n // 16, min(n // 4, MOST_CHOSEN)
        yield from _each(source, kind, "table", work // 20, True, 20)
        if few >= 100:
            yield from _each(source, kind, "sums", few, True, max(least, work // few // 4))
        if chosen >= 100:
            passes = max(least, work // max(n, 100 * chosen))
            yield from _each(source, kind, "race", chosen, False, passes)
    yield Result("orders", ORDERED.n, work // 30, orders(source, work // 30))


def _each(
    source: Source, kind: Kind, way: str, count: int, replacement: bool, passes: int
) -> Iterator[Result]:
    parts = list(uniform_parts(source, kind, count, replacement, passes))
    for test in TESTS:
        name = f"{test.__name__}, {kind.name}, {way}"
        yield Result(name, kind.n, passes, test(parts))


def _groups(values: Reals, groups: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return (values * groups).astype(np.int64).clip(0, groups - 1)
