"""BucketBatchSampler: windows, batches of like length, and an order that shows no trend in length.

That its batches are those of the plan in plain Python is tested in test_planned_batches.py.
"""

from __future__ import annotations

import collections
import math
from typing import Any

import numpy as np
import pytest

import fastsamplers
from tests.parity.plans import all_indices, some_lengths

# Of the standard normal, beyond which one of a hundred draws lies with a chance of 1e-4.
QUANTILE = 4.9


def lognormal(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng((n, seed)).lognormal(5, 0.7, n).astype(np.int64).clip(1, 4096)


def padding(lengths: np.ndarray, batches: list[list[int]]) -> int:
    return sum(
        len(batch) * int(lengths[batch].max()) - int(lengths[batch].sum()) for batch in batches
    )


@pytest.mark.parametrize("batch_size", [8, 32, 64])
def test_little_padding(batch_size: int) -> None:
    lengths = lognormal(50_000, 1)
    order = np.random.default_rng(2).permutation(len(lengths)).tolist()
    at_random = [order[k : k + batch_size] for k in range(0, len(order), batch_size)]
    waste = {}
    for window in (1, 10, 50, 100_000):
        sampler = fastsamplers.BucketBatchSampler(lengths, batch_size, window=window)
        waste[window] = padding(lengths, list(sampler)) / padding(lengths, at_random)
    assert waste[50] < 0.35
    assert 0.9 < waste[1] < 1.1
    assert waste[1] > waste[10] > waste[50] > waste[100_000]
    default = fastsamplers.BucketBatchSampler(lengths, batch_size)
    assert padding(lengths, list(default)) == waste[50] * padding(lengths, at_random)


def test_batches_of_a_window_do_not_overlap_in_length() -> None:
    """Without shuffling a window is a run of the dataset, and its batches come shortest first."""
    lengths = some_lengths(1003)
    batches = list(fastsamplers.BucketBatchSampler(lengths, 4, window=6, shuffle=False))
    assert [len(batch) for batch in batches] == [4] * 250 + [3]
    for first in range(0, len(batches), 6):
        window = all_indices(batches[first : first + 6])
        assert sorted(window) == [*range(4 * first, min(4 * first + 24, 1003))]
        assert window == sorted(window, key=lambda i: (lengths[i], i))


def ranks_of(values: Any) -> np.ndarray:
    """Mean ranks, equal values alike."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def trend(lengths: np.ndarray, batches: list[list[int]]) -> float:
    """Spearman's correlation of a batch's place and its mean length, by its deviation."""
    means = [lengths[batch].mean() for batch in batches]
    correlation = np.corrcoef(np.arange(len(means)), ranks_of(means))[0, 1]
    return abs(correlation) * math.sqrt(len(means) - 1)


@pytest.mark.parametrize("world", [1, 4])
@pytest.mark.parametrize("window", [1, 50, 10**6])
def test_the_order_shows_no_trend_in_length(window: int, world: int) -> None:
    lengths = lognormal(12_000, 3)
    for seed in range(100 // 6):
        sampler = fastsamplers.BucketBatchSampler(
            lengths, 12, window=window, seed=seed, num_replicas=world, rank=seed % world
        )
        assert trend(lengths, list(sampler)) < QUANTILE
    plain = fastsamplers.BucketBatchSampler(lengths, 12, window=10**6, shuffle=False)
    assert trend(lengths, list(plain)) > 2 * QUANTILE  # or nothing would be seen


def test_neighbours_in_the_order_are_not_of_like_length() -> None:
    """No trend, and no waves either: correlation of each batch with the next one."""
    lengths = lognormal(12_000, 3)
    for seed in range(10):
        batches = list(fastsamplers.BucketBatchSampler(lengths, 12, seed=seed))
        means = ranks_of([lengths[batch].mean() for batch in batches])
        correlation = np.corrcoef(means[1:], means[:-1])[0, 1]
        assert abs(correlation) * math.sqrt(len(means) - 1) < QUANTILE


def test_equal_lengths_come_together_at_random() -> None:
    lengths = [5] * 63 + [6]
    sampler = fastsamplers.BucketBatchSampler(lengths, 8)
    together = 0
    firsts = collections.Counter()
    epochs = 2000
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        batches = list(sampler)
        together += any({0, 1} <= {*batch} for batch in batches)
        firsts[batches[0][0]] += 1
    expected = epochs * 7 / 63
    assert abs(together - expected) < 5 * math.sqrt(expected)
    assert len(firsts) >= 60


def test_what_drop_last_leaves_out_is_random() -> None:
    lengths = some_lengths(43)
    sampler = fastsamplers.BucketBatchSampler(lengths, 4, drop_last=True)
    left_out = collections.Counter()
    for epoch in range(1000):
        sampler.set_epoch(epoch)
        batches = list(sampler)
        assert [len(batch) for batch in batches] == [4] * 10
        left_out.update({*range(43)} - {*all_indices(batches)})
    assert sum(left_out.values()) == 3000
    expected = 3000 / 43
    assert all(abs(left_out[i] - expected) < 5 * math.sqrt(expected) for i in range(43))


@pytest.mark.parametrize("n", [1, 7, 8, 9])
def test_sizes_beyond_everything(n: int) -> None:
    lengths = [*range(n)]
    for batch_size in (n, n + 1, 2**31, 2**62, 2**64, 10**30):
        for window in (1, 2**40, 10**30):
            sampler = fastsamplers.BucketBatchSampler(lengths, batch_size, window=window)
            assert [sorted(batch) for batch in sampler] == [lengths]
            assert len(sampler) == 1
            cut = fastsamplers.BucketBatchSampler(
                lengths, batch_size, window=window, drop_last=True
            )
            assert len(cut) == len(list(cut)) == (batch_size == n)


@pytest.mark.parametrize("name", ["batch_size", "window"])
@pytest.mark.parametrize("wrong", [0, -1, 2.0, "2", None, True])
def test_options_that_are_none(name: str, wrong: Any) -> None:
    options = {"batch_size": 2, name: wrong}
    with pytest.raises(
        ValueError, match=f"{name} should be a positive integer value, but got {name}={wrong}"
    ):
        fastsamplers.BucketBatchSampler([1, 2], **options)


def test_options_are_keywords() -> None:
    with pytest.raises(TypeError, match="positional argument"):
        fastsamplers.BucketBatchSampler([1, 2], 2, 50)  # type: ignore[misc]
    sampler = fastsamplers.BucketBatchSampler([1, 2, 3], 2)
    assert repr(sampler) == (
        "BucketBatchSampler(n=3, batch_size=2, window=50, shuffle=True, drop_last=False, seed=0, "
        "generator=None, num_replicas=1, rank=0, epoch=0)"
    )


def test_attributes_that_are_assigned() -> None:
    lengths = some_lengths(100)
    sampler = fastsamplers.BucketBatchSampler(lengths, 4)
    list(sampler)
    sampler.batch_size, sampler.window, sampler.drop_last, sampler.seed = 7, 3, True, 5
    like = fastsamplers.BucketBatchSampler(lengths, 7, window=3, drop_last=True, seed=5)
    assert list(sampler) == list(like)
    assert len(sampler) == len(like) == 14
