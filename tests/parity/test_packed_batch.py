"""PackedBatchSampler: the bins of functional.pack, shuffled; batches of bins.

That they come in the order of the plan in plain Python is tested in test_planned_batches.py.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import fastsamplers
from fastsamplers import functional
from tests.parity.plans import all_indices, some_lengths

ALGORITHMS = ("bfd", "ffd", "sequential")


def lognormal(n: int) -> np.ndarray:
    return np.random.default_rng(n).lognormal(5, 0.8, n).astype(np.int64).clip(1, 2048)


def packed(lengths: Any, capacity: int, algorithm: str) -> list[list[int]]:
    indices, offsets = functional.pack(lengths, capacity, algorithm=algorithm)
    return [indices[first:end].tolist() for first, end in itertools.pairwise(offsets.tolist())]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 200, 5000])
def test_the_bins_are_those_of_pack(n: int, algorithm: str) -> None:
    lengths = np.random.default_rng(n).integers(1, 100, n)
    expected = packed(lengths, 150, algorithm)
    sampler = fastsamplers.PackedBatchSampler(lengths, 150, algorithm=algorithm)
    assert sampler.num_bins == len(sampler) == len(expected)
    orders = []
    for epoch in range(3):
        sampler.set_epoch(epoch)
        orders.append(list(sampler))
        assert sorted(orders[-1]) == sorted(expected)
    if len(expected) > 9:
        assert expected not in orders
        assert orders[0] != orders[1] != orders[2]
    plain = fastsamplers.PackedBatchSampler(lengths, 150, algorithm=algorithm, shuffle=False)
    assert list(plain) == expected


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("batch_size", [2, 3, 7])
def test_batches_of_bins(batch_size: int, drop_last: bool) -> None:
    lengths = some_lengths(300)
    single = fastsamplers.PackedBatchSampler(lengths, 150, shuffle=False)
    bins = list(single)
    sampler = fastsamplers.PackedBatchSampler(
        lengths, 150, batch_size=batch_size, drop_last=drop_last, shuffle=False
    )
    full, rest = divmod(len(bins), batch_size)
    assert rest  # or nothing is dropped
    expected = [bins[k * batch_size : (k + 1) * batch_size] for k in range(full)]
    if not drop_last:
        expected.append(bins[full * batch_size :])
    assert list(sampler) == expected
    assert len(sampler) == len(expected)
    assert sampler.num_bins == len(bins)
    sampler.shuffle = True
    seen = set()
    for epoch in range(5):
        sampler.set_epoch(epoch)
        batches = list(sampler)
        assert [len(batch) for batch in sorted(batches, key=len)] == sorted(map(len, expected))
        given = [tuple(one) for batch in batches for one in batch]
        assert {*given} <= {*map(tuple, bins)}
        assert len({*given}) == len(given)
        seen.add(frozenset({*map(tuple, bins)} - {*given}))
    assert (len(seen) > 2) == drop_last  # what is left out is random


def test_one_bin_to_a_batch_is_not_nested() -> None:
    assert list(fastsamplers.PackedBatchSampler([3, 3, 3], 6, shuffle=False)) == [[0, 1], [2]]
    nested = fastsamplers.PackedBatchSampler([3, 3, 3], 6, batch_size=2, shuffle=False)
    assert list(nested) == [[[0, 1], [2]]]
    huge = fastsamplers.PackedBatchSampler([3, 3, 3], 6, batch_size=10**30, shuffle=False)
    assert list(huge) == [[[0, 1], [2]]]


@pytest.mark.parametrize("algorithm", ["bfd", "ffd"])
def test_bins_are_full(algorithm: str) -> None:
    lengths = lognormal(30_000)
    sampler = fastsamplers.PackedBatchSampler(lengths, 2048, algorithm=algorithm)
    assert sampler.efficiency >= 0.99
    assert all(int(lengths[bin_].sum()) <= 2048 for bin_ in sampler)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_efficiency(algorithm: str) -> None:
    for n in (1, 2, 500):
        lengths = lognormal(n)
        sampler = fastsamplers.PackedBatchSampler(
            lengths, 3000, algorithm=algorithm, batch_size=3, num_replicas=2
        )
        bins = packed(lengths, 3000, algorithm)
        assert type(sampler.num_bins) is int
        assert sampler.num_bins == len(bins)
        assert sampler.efficiency == int(lengths.sum()) / (3000 * len(bins))
    assert fastsamplers.PackedBatchSampler([], 5).efficiency == 1.0
    assert fastsamplers.PackedBatchSampler([0], 5).efficiency == 0.0
    with pytest.raises(AttributeError):
        sampler.num_bins = 3  # type: ignore[misc]


def test_efficiency_of_sums_beyond_64_bits() -> None:
    lengths = np.full(40, 2**62, np.uint64)
    sampler = fastsamplers.PackedBatchSampler(lengths, 2**63 - 1)
    assert sampler.num_bins == 40
    assert sampler.efficiency == 2**62 / (2**63 - 1)


def test_samples_of_no_length_come_along() -> None:
    lengths = [0, 7, 0, 7, 0]
    assert sorted(all_indices(fastsamplers.PackedBatchSampler(lengths, 7))) == [0, 1, 2, 3, 4]
    with pytest.warns(UserWarning, match="all 4 lengths are 0"):
        nothing = fastsamplers.PackedBatchSampler([0] * 4, 7)
    assert list(nothing) == [[0, 1, 2, 3]]


def test_a_sample_above_the_capacity_is_named() -> None:
    for algorithm in ALGORITHMS:
        with pytest.raises(
            ValueError,
            match="capacity should be at least the length of each sample, but got capacity=39 and "
            r"lengths\[1\]=40",
        ):
            fastsamplers.PackedBatchSampler([5, 40, 12, 40], 39, algorithm=algorithm)


@pytest.mark.parametrize("name", ["capacity", "batch_size"])
@pytest.mark.parametrize("wrong", [0, -1, 2.0, "2", None, True])
def test_options_that_are_none(name: str, wrong: Any) -> None:
    options = {"capacity": 5, name: wrong}
    with pytest.raises(
        ValueError, match=f"{name} should be a positive integer value, but got {name}={wrong}"
    ):
        fastsamplers.PackedBatchSampler([1, 2], **options)


@pytest.mark.parametrize("wrong", ["", "BFD", None, 1])
def test_algorithms_that_are_none(wrong: Any) -> None:
    with pytest.raises(ValueError, match="algorithm should be one of 'bfd', 'ffd', 'sequential'"):
        fastsamplers.PackedBatchSampler([1, 2], 5, algorithm=wrong)


def test_repr_and_assigned_attributes() -> None:
    lengths = some_lengths(300)
    sampler = fastsamplers.PackedBatchSampler(lengths, 150)
    assert repr(sampler) == (
        "PackedBatchSampler(n=300, capacity=150, algorithm='bfd', batch_size=1, shuffle=True, "
        "drop_last=False, seed=0, generator=None, num_replicas=1, rank=0, epoch=0)"
    )
    list(sampler)
    changes = {"capacity": 400, "algorithm": "sequential", "bins_per_batch": 4}
    for name, value in changes.items():
        setattr(sampler, name, value)
        options = {key: getattr(sampler, key) for key in changes}
        options["batch_size"] = options.pop("bins_per_batch")
        like = fastsamplers.PackedBatchSampler(lengths, **options)
        assert list(sampler) == list(like)
        assert len(sampler) == len(like)
        assert sampler.efficiency == like.efficiency
