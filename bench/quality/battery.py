"""Which tests at which lengths, with how many keys, and what becomes of many results at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.quality import statistics
from bench.quality.sources import Source
from bench.quality.statistics import Test

# Of whole permutations; slow, so at lengths where the network is smallest.
WHOLE: tuple[Test, ...] = (
    statistics.fixed_points,
    statistics.cycles,
    statistics.signs,
    statistics.inversions,
    statistics.mallows,
)
# Of parts, at any length.
PARTS: tuple[Test, ...] = (
    statistics.places,
    statistics.adjacent,
    statistics.rows,
    statistics.serial,
    statistics.correlation,
    statistics.seeds,
    statistics.epochs,
)
# Written down; the least networks, at, above and below powers of two and squares; narrow and wide.
LISTED = (2, 3, 4, 5, 10, 64, 1000)
WHOLE_LENGTHS = (4097, 4225, 8192, 8193)
PART_LENGTHS = (
    *(4097, 4225, 8191, 8192, 8193, 10_000, 65_536, 65_537, 1_000_003, 2**20, 2**20 + 1),
    *(2**24, 2**24 + 1, 10**9, 2**30, 2**31, 2**31 + 1, 10**12, 2**48, 2**62),
)
# Where differences at powers of two are looked at, and whole rows.
POWER_LENGTHS = (2**20, 10**6 + 3, 2**24, 10**9, 2**30, 2**31, 2**31 + 1, 10**12, 2**48, 2**62)
COLUMN_LENGTHS = (2**13, 2**14, 2**16, 2**20)
# What numpy can hold without waiting.
MOST_STORED = 10**5


@dataclass(frozen=True)
class Result:
    """One test of one source at one length."""

    test: str
    n: int
    keys: int
    probability: float


def run(source: Source, work: int, *, longest: int = 2**62) -> Iterator[Result]:
    """All tests up to a length, each on about ``work`` values."""
    for n in (n for n in LISTED if n <= longest):
        if n <= 5:
            yield _one(statistics.orders, source, n, work // n)
        yield _one(statistics.places, source, n, work // n)
    for n in (n for n in WHOLE_LENGTHS if n <= longest):
        for test in WHOLE:
            yield _one(test, source, n, max(100, work // (10 * n)))
    for n in (n for n in PART_LENGTHS if n <= longest):
        for test in PARTS:
            values = 64 if test is statistics.places else min(n, 65_536)
            yield _one(test, source, n, max(20, min(work // values, 20_000)))
    for n in (n for n in COLUMN_LENGTHS if n <= longest):
        yield _one(statistics.columns, source, n, max(2, work // n))
    for n in (n for n in POWER_LENGTHS if n <= longest):
        yield _one(statistics.powers, source, n, max(1, work // 10_000_000))


def failures(results: list[Result], level: float) -> list[Result]:
    """Those too far off for so many results at once (Bonferroni)."""
    return [result for result in results if result.probability * len(results) < level]


def _one(test: Test, source: Source, n: int, keys: int) -> Result:
    return Result(test.__name__, n, keys, test(source, n, keys))
