"""The index shuffle: beside a copy, beside torch's permutations, and beside Grain's."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
import torch

import fastsamplers
from bench.sides import drain
from bench.sizes import size

Measure = Callable[..., None]
BLOCK = 65_536


def starts(n: int) -> range:
    return range(0, n - BLOCK + 1, BLOCK)


def test_beside_a_copy(measure: Measure, side: str) -> None:
    """One thread each; what is copied stays in the cache, and so does what is written."""
    n = max(size(1_000_000_000), BLOCK)
    shuffle = fastsamplers.IndexShuffle(n, 1)
    source, target = np.arange(BLOCK), np.empty(BLOCK, dtype=np.int64)

    def compute() -> None:
        for start in starts(n):
            shuffle[start : start + BLOCK]

    def copy() -> None:
        for _ in starts(n):
            np.copyto(target, source)

    measure(
        f"IndexShuffle, {n:,} in blocks of {BLOCK:,} (torch: a copy of as many int64)",
        compute if side == "fastsamplers" else copy,
        indices=n,
        floor=0.3,
        aim=0.5,
        rounds=4,
    )


@pytest.mark.parametrize("n", [100, 1_000, 10_000])
def test_small_permutations(measure: Measure, side: str, n: int) -> None:
    """A new permutation each time, as an array; a thousand of them."""

    def ours() -> None:
        for seed in range(1_000):
            fastsamplers.IndexShuffle(n, seed)[:]

    def torchs() -> None:
        for _ in range(1_000):
            torch.randperm(n)

    measure(
        f"1,000 times IndexShuffle({n:,}, seed)[:] (torch: randperm)",
        ours if side == "fastsamplers" else torchs,
        indices=1_000 * n,
        floor=1.0,
        aim=2.0,
    )


def feistel(side: str) -> dict[str, str]:
    return {"algorithm": "feistel"} if side == "fastsamplers" else {}


def test_ints(measure: Measure, side: str, samplers: ModuleType) -> None:
    n = size(4_000_000)
    sampler = samplers.RandomSampler(range(n), **feistel(side))
    measure(
        f'RandomSampler(algorithm="feistel") as ints, n = {n:,} (torch: its own order)',
        lambda: drain(sampler),
        indices=n,
    )


def test_one_rank_of_many(measure: Measure, side: str, samplers: ModuleType) -> None:
    n = size(10_000_000)
    sampler = samplers.DistributedSampler(range(n), 1_000, 7, **feistel(side))
    measure(
        f'DistributedSampler(algorithm="feistel"), 1 of 1,000 ranks, n = {n:,} (torch: its own)',
        lambda: drain(sampler),
        indices=n // 1_000,
        rounds=4,
    )


def test_first_batch(measure_point: Measure) -> None:
    n = 10**12
    sampler = fastsamplers.RandomSampler(range(n), algorithm="feistel")
    batches = fastsamplers.BatchSampler(sampler, 256, False)
    work = f'first batch of 256, RandomSampler(algorithm="feistel"), n = {n:,}'
    measure_point("shuffle", lambda: next(iter(batches)), n=256, work=work, times=1)


def test_one_by_one(measure_point: Measure) -> None:
    n = 1_000_000_000
    shuffle = fastsamplers.IndexShuffle(n, 1)
    places = list(range(1_000))
    measure_point(
        "shuffle",
        lambda: [shuffle[place] for place in places],
        n=len(places),
        work="IndexShuffle, a call an index",
        times=len(places),
    )


def test_grain(measure_point: Measure) -> None:
    """Google Grain's, which has no other way than a call an index; by its default 4 rounds."""
    grain = pytest.importorskip("grain.experimental")
    n = 1_000_000_000
    places = list(range(1_000))
    values = [grain.index_shuffle(place, max_index=n - 1, seed=1, rounds=4) for place in places]
    assert len(set(values)) == len(values)
    assert all(0 <= value < n for value in values)
    measure_point(
        "shuffle",
        lambda: [grain.index_shuffle(place, max_index=n - 1, seed=1, rounds=4) for place in places],
        n=len(places),
        work="Grain's index_shuffle, a call an index",
        times=len(places),
    )


def test_stored_permutation(measure_point: Measure) -> None:
    """What it stands in for: reading as many indices from an array too large for the cache."""
    n = max(size(100_000_000), BLOCK)
    stored = np.arange(n)
    target = np.empty(BLOCK, dtype=np.int64)

    def copy() -> None:
        for start in starts(n):
            np.copyto(target, stored[start : start + BLOCK])

    work = f"a copy of {n:,} int64 from memory, in blocks of {BLOCK:,}"
    measure_point("shuffle", copy, n=n, work=work, times=n)
