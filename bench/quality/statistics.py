"""Statistical tests of permutations: each gives the probability of a result as far off by chance.

A test takes a source, a length n, and how many keys to look at: the seeds 0, 1, 2, ..., so that
what consecutive seeds have in common shows. The probabilities are two-sided: a result can also be
too even. Tests of whole permutations say so; the others look at up to 65,536 places of each.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import stats

from bench.quality.sources import Permutation, Source, Values

Test = Callable[[Source, int, int], float]

_BINS = 256
_GRID = 16
_MOST = 65_536


def row_length(n: int) -> int:
    """Places this far apart share a half of the network's: where its traces are strongest."""
    return 1 << ((n - 1).bit_length() + 1) // 2


def orders(source: Source, n: int, keys: int) -> float:
    """Every one of the n! orders, for small n."""
    seen = Counter(tuple(_whole(source, n, seed).tolist()) for seed in range(keys))
    counts = [seen[order] for order in itertools.permutations(range(n))]
    return chi_square(np.array(counts), np.full(len(counts), keys / len(counts)))


def places(source: Source, n: int, keys: int) -> float:
    """Every value at every place; of long permutations 64 places, and values in 64 groups."""
    groups = min(n, 64)
    counts = np.zeros((groups, groups), dtype=np.int64)
    for seed in range(keys):
        values = source(n, seed).values_of_range(0, n // groups, groups)
        counts[np.arange(groups), _bins(values, n, groups)] += 1
    expected = np.broadcast_to(_bin_sizes(n, groups) * (keys / n), counts.shape)
    if groups == n:  # sums of permutation matrices: rows and columns add up to the number of keys
        return chi_square(counts, expected, degrees=(n - 1) ** 2, scale=(n - 1) / n)
    return chi_square(counts, expected, degrees=groups * (groups - 1))


def adjacent(source: Source, n: int, keys: int) -> float:
    """Differences of neighbours."""
    return _differences(n, _neighbours(source, n, keys))


def rows(source: Source, n: int, keys: int) -> float:
    """Differences of places that share a half of the network's."""
    return _differences(n, _rows(source, n, keys))


def trace(source: Source, n: int, keys: int, *, of_rows: bool) -> float:
    """How far ``adjacent`` or ``rows`` is off, in standard deviations of a chi-square."""
    counts = _difference_counts(n, (_rows if of_rows else _neighbours)(source, n, keys))
    expected = _difference_sizes(n, zero=False) * (counts.sum() / (n - 1))
    degrees = _BINS - 1
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return (statistic - degrees) / math.sqrt(2 * degrees)


def seeds(source: Source, n: int, keys: int) -> float:
    """Differences of the values of consecutive seeds at the same place."""
    return _same_place(n, (source(n, seed) for seed in range(keys)))


def epochs(source: Source, n: int, keys: int) -> float:
    """Differences of the values of consecutive epochs at the same place."""
    return _same_place(n, (source(n, 1, epoch) for epoch in range(keys)))


def powers(source: Source, n: int, keys: int) -> float:
    """Differences of places at every power of two apart, by high and by low bits, key by key too.

    Of the values, and of the two halves that a network of this length puts them together from; for
    n from 2**20 on. The least of all these probabilities, times their number.
    """
    right_size = row_length(n)
    left_size = -(-n // right_size)
    count = 2**18
    found = []
    for power in range((n - count).bit_length() - 1):
        sums: dict[str, npt.NDArray[np.int64]] = {}
        for seed in range(keys):
            permutation = source(n, seed)
            first = _start(n, count + 2**power, seed)
            near = permutation.values_of_range(first, 1, count)
            far = permutation.values_of_range(first + 2**power, 1, count)
            differences = {
                "value": ((far - near) % n, n),
                "left": ((far % left_size - near % left_size) % left_size, left_size),
                "right": ((far // left_size - near // left_size) % right_size, right_size),
            }
            for name, (difference, size) in differences.items():
                high = np.bincount(_bins(difference, size, _BINS), minlength=_BINS)
                low = np.bincount(difference & (_BINS - 1), minlength=_BINS)
                expected = {
                    "high": _bin_sizes(size, _BINS) * (count / size),
                    "low": _residue_sizes(size, _BINS) * (count / size),
                }
                for bits, counts in (("high", high), ("low", low)):
                    found.append(chi_square(counts, expected[bits]))
                    key = f"{name} {bits}"
                    sums[key] = sums.get(key, np.zeros(_BINS, dtype=np.int64)) + counts
                    if seed == keys - 1:
                        found.append(chi_square(sums[key], expected[bits] * keys))
    return min(1.0, min(found) * len(found))


def columns(source: Source, n: int, keys: int) -> float:
    """Pairs of a row that keep the distance of their left halves (Patarin's attack on six rounds).

    For n = 2**k up to 2**26, whole permutations.
    """
    right_size = row_length(n)
    left_size = n // right_size
    left = np.arange(n) // right_size
    right = np.arange(n) % right_size
    pairs = 0.0
    for seed in range(keys):
        kept = (_whole(source, n, seed) % left_size - left) % left_size
        together = np.bincount(right * left_size + kept, minlength=n)
        pairs += float((together * (together - 1) / 2).sum())
    expected = keys * right_size * (left_size * (left_size - 1) / 2) * right_size / (n - 1)
    return normal((pairs - expected) / math.sqrt(expected))


def serial(source: Source, n: int, keys: int) -> float:
    """Which value follows which, in 16 groups each."""
    counts = np.zeros(_GRID * _GRID, dtype=np.int64)
    for part in _parts(source, n, keys):
        group = _bins(part, n, _GRID)
        counts += np.bincount(group[:-1] * _GRID + group[1:], minlength=_GRID * _GRID)
    sizes = _bin_sizes(n, _GRID)
    pairs = np.outer(sizes, sizes) - np.diag(sizes)
    return chi_square(counts, pairs.ravel() * (counts.sum() / (float(n) * (n - 1))))


def correlation(source: Source, n: int, keys: int) -> float:
    """Correlation of neighbours: of a random order -1 / (n - 1)."""
    total, count = 0.0, 0
    for part in _parts(source, n, keys):
        centred = (part - (n - 1) / 2) / math.sqrt((float(n) * n - 1) / 12)
        total += float(centred[1:] @ centred[:-1])
        count += len(part) - 1
    return normal((total + count / (n - 1)) / math.sqrt(count))


def fixed_points(source: Source, n: int, keys: int) -> float:
    """Values at their own place, of whole permutations: one on average, and one their variance."""
    own = np.arange(n)
    found = sum(int((_whole(source, n, seed) == own).sum()) for seed in range(keys))
    return normal((found - keys) / math.sqrt(keys))


def cycles(source: Source, n: int, keys: int) -> float:
    """Cycles of whole permutations: H_n on average."""
    counts = [cycle_count(_whole(source, n, seed)) for seed in range(keys)]
    harmonic = 1 / np.arange(1, n + 1)
    mean, variance = harmonic.sum(), (harmonic * (1 - harmonic)).sum()
    return normal((sum(counts) - keys * mean) / math.sqrt(keys * variance))


def signs(source: Source, n: int, keys: int) -> float:
    """Even and odd permutations, of whole ones: as many of both."""
    odd = sum((n - cycle_count(_whole(source, n, seed))) % 2 for seed in range(keys))
    return normal((2 * odd - keys) / math.sqrt(keys))


def inversions(source: Source, n: int, keys: int) -> float:
    """Pairs that stand in reverse, of whole permutations: half of all pairs on average."""
    own = np.arange(n)
    total = sum(_discordant(own, _whole(source, n, seed)) for seed in range(keys))
    mean, variance = n * (n - 1) / 4, n * (n - 1) * (2 * n + 5) / 72
    return normal((total - keys * mean) / math.sqrt(keys * variance))


def mallows(source: Source, n: int, keys: int) -> float:
    """Mean Mallows kernel of consecutive seeds' whole permutations (arXiv 2106.06161).

    exp(-5 d / (n choose 2)) for d pairs that the two permutations order differently; under
    uniformity its mean is the generating function of inversions at that point.
    """
    scale = 5 / (n * (n - 1) / 2)
    kernels = np.array(
        [
            math.exp(-scale * _discordant(_whole(source, n, seed), _whole(source, n, seed + 1)))
            for seed in range(0, 2 * keys, 2)
        ]
    )
    j = np.arange(1, n + 1)
    expected = math.exp(float(np.log(np.expm1(-scale * j) / (j * math.expm1(-scale))).sum()))
    error = float(kernels.std(ddof=1)) / math.sqrt(keys)
    return normal((float(kernels.mean()) - expected) / error)


def _neighbours(source: Source, n: int, keys: int) -> Iterator[tuple[Values, Values]]:
    for part in _parts(source, n, keys):
        yield part[1:], part[:-1]


def _rows(source: Source, n: int, keys: int) -> Iterator[tuple[Values, Values]]:
    distance = row_length(n)
    count = min(n - distance, _MOST)
    for seed in range(keys):
        permutation = source(n, seed)
        first = _start(n, count + distance, seed)
        yield (
            permutation.values_of_range(first + distance, 1, count),
            permutation.values_of_range(first, 1, count),
        )


def _same_place(n: int, permutations: Iterator[Permutation]) -> float:
    count = min(n, _MOST)
    parts = (permutation.values_of_range(0, 1, count) for permutation in permutations)
    return _differences(n, itertools.pairwise(parts), zero=True)


def _differences(n: int, pairs: Iterable[tuple[Values, Values]], *, zero: bool = False) -> float:
    """Differences modulo n; 0 among them where the two values come from two permutations."""
    counts = _difference_counts(n, pairs)
    return chi_square(counts, _difference_sizes(n, zero=zero) * (counts.sum() / (n - (not zero))))


def _difference_counts(n: int, pairs: Iterable[tuple[Values, Values]]) -> npt.NDArray[np.int64]:
    counts = np.zeros(_BINS, dtype=np.int64)
    for later, earlier in pairs:
        difference = later - earlier
        difference[difference < 0] += n
        counts += np.bincount(_bins(difference, n, _BINS), minlength=_BINS)
    return counts


def _difference_sizes(n: int, *, zero: bool) -> npt.NDArray[np.float64]:
    sizes = _bin_sizes(n, _BINS)
    sizes[0] -= not zero
    return sizes


def _parts(source: Source, n: int, keys: int) -> Iterator[Values]:
    count = min(n, _MOST)
    for seed in range(keys):
        yield source(n, seed).values_of_range(_start(n, count, seed), 1, count)


def _start(n: int, count: int, seed: int) -> int:
    """Where a part begins: anywhere, by the seed; at the head for every fourth."""
    return 0 if seed % 4 == 0 else (seed * 0x9E3779B97F4A7C15) % (n - count + 1)


def _whole(source: Source, n: int, seed: int) -> Values:
    return source(n, seed).values_of_range(0, 1, n)


def _bins(values: Values, n: int, bins: int) -> npt.NDArray[np.int64]:
    """value * bins // n, also where the product does not fit."""
    if n <= 2**54:
        return values * bins // n
    return values // (n // bins)


def _bin_sizes(n: int, bins: int) -> npt.NDArray[np.float64]:
    """How many of 0..n-1 fall into each; an n above 2**54 has to be a multiple of the bins."""
    edges = [-(-bin * n // bins) for bin in range(bins + 1)]
    return np.diff(np.array(edges, dtype=object)).astype(np.float64)


def _residue_sizes(n: int, modulus: int) -> npt.NDArray[np.float64]:
    """How many of 0..n-1 leave each rest."""
    whole, rest = divmod(n, modulus)
    return whole + (np.arange(modulus) < rest).astype(np.float64)


def cycle_count(values: Values) -> int:
    """Cycles of a whole permutation."""
    seen = bytearray(len(values))
    following = values.tolist()
    count = 0
    for place in range(len(following)):
        if not seen[place]:
            count += 1
            while not seen[place]:
                seen[place] = 1
                place = following[place]
    return count


def _discordant(first: Values, second: Values) -> float:
    n = len(first)
    tau = stats.kendalltau(first, second).statistic
    return (1 - float(tau)) * n * (n - 1) / 4


def chi_square(
    counts: npt.NDArray[np.int64],
    expected: npt.NDArray[np.float64],
    degrees: int | None = None,
    scale: float = 1.0,
) -> float:
    """Of counts beside what is expected: how likely it is to be as far off, or as close."""
    statistic = scale * float(((counts - expected) ** 2 / expected).sum())
    degrees = counts.size - 1 if degrees is None else degrees
    above = float(stats.chi2.sf(statistic, degrees))
    below = float(stats.chi2.cdf(statistic, degrees))
    return min(1.0, 2 * min(above, below))


def normal(deviation: float) -> float:
    """How likely a normal deviate is as far from 0 on either side."""
    return float(2 * stats.norm.sf(abs(deviation)))
