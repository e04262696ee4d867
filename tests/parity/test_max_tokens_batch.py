"""MaxTokensBatchSampler: no batch of any epoch is above its budget, and few are far below.

That its batches are those of the plan in plain Python is tested in test_planned_batches.py.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastsamplers
from tests.parity.plans import all_indices, class_of, cost_of, quadratic, some_lengths

COSTS = ["padded", "sum", quadratic]


def lognormal(n: int) -> np.ndarray:
    return np.random.default_rng(n).lognormal(5, 0.7, n).astype(np.int64).clip(1, 4096)


@given(
    lengths=st.lists(st.integers(0, 300), min_size=1, max_size=150),
    spare=st.integers(0, 2000),
    cost=st.sampled_from(COSTS),
    most=st.none() | st.integers(1, 30),
    multiple=st.integers(1, 9),
    drop_last=st.booleans(),
    seed=st.integers(0, 2**64 - 1),
)
def test_budgets_are_kept_in_every_epoch(
    lengths: list[int],
    spare: int,
    cost: Any,
    most: int | None,
    multiple: int,
    drop_last: bool,
    seed: int,
) -> None:
    lengths = [*lengths, 1, 2]  # which are not all equal
    budget = max(1, cost_of([max(lengths)], cost) + spare)
    sampler = fastsamplers.MaxTokensBatchSampler(
        lengths,
        budget,
        max_samples=most,
        cost=cost,
        required_multiple=multiple,
        drop_last=drop_last,
        seed=seed,
    )
    for epoch in range(3):
        sampler.set_epoch(epoch)
        batches = list(sampler)
        sizes = [len(batch) for batch in batches]
        for batch in batches:
            assert cost_of([lengths[i] for i in batch], cost) <= budget
        assert max(sizes, default=0) <= (most or len(lengths))
        # One batch may end where the samples do; what cannot have a multiple has fewer.
        uneven = [size for size in sizes if size % multiple]
        assert len([size for size in uneven if size > multiple]) <= (not drop_last)
        assert sorted(all_indices(batches))[: len(lengths) * (not drop_last)] == [
            *range(len(lengths) * (not drop_last))
        ]


@pytest.mark.parametrize("cost", COSTS)
def test_batches_are_full(cost: Any) -> None:
    """No batch, but the last one, could have had one of the next class's samples more."""
    lengths = lognormal(20_000)
    budget = 10**8 if cost is quadratic else 16_384
    sampler = fastsamplers.MaxTokensBatchSampler(lengths, budget, cost=cost, shuffle=False)
    batches = list(sampler)
    filled = [cost_of(lengths[batch].tolist(), cost) / budget for batch in batches[:-1]]
    assert max(filled) <= 1
    assert np.mean(filled) > 0.93
    for batch, after in itertools.pairwise(batches[:-1]):
        bounds = [greatest_of(lengths, i) for i in [*batch, after[0]]]
        assert cost_of(bounds, cost) > budget


def greatest_of(lengths: np.ndarray, i: int) -> int:
    """The longest sample that may be exchanged for this one."""
    if not hasattr(greatest_of, "kept"):
        kept: dict[Any, int] = {}
        for length in lengths.tolist():
            number = class_of(length)
            kept[number] = max(length, kept.get(number, 0))
        greatest_of.kept = kept  # type: ignore[attr-defined]
    return greatest_of.kept[class_of(int(lengths[i]))]  # type: ignore[attr-defined, no-any-return]


def test_little_padding() -> None:
    lengths = lognormal(50_000)
    sampler = fastsamplers.MaxTokensBatchSampler(lengths, 8192)
    for epoch in range(2):
        sampler.set_epoch(epoch)
        padded = sum(len(batch) * int(lengths[batch].max()) for batch in sampler)
        assert padded < 1.03 * lengths.sum()


def test_samples_of_nearly_one_length_are_exchanged() -> None:
    lengths = [1000 + k % 20 for k in range(200)] + [10, 11] * 20
    sampler = fastsamplers.MaxTokensBatchSampler(lengths, 10_190)
    seen = set()
    for epoch in range(20):
        sampler.set_epoch(epoch)
        batches = list(sampler)
        seen.add(frozenset(next(batch for batch in batches if 0 in batch)))
        for batch in batches:
            # Short ones stand apart: 10 is not exchanged for 11, though a batch may have both.
            assert len({lengths[i] > 100 for i in batch}) == 1 or len(batch) < 1000
    assert len(seen) == 20


def test_without_shuffling_the_longest_come_first() -> None:
    lengths = some_lengths(500)
    batches = list(fastsamplers.MaxTokensBatchSampler(lengths, 400, shuffle=False))
    expected = sorted(range(500), key=lambda i: (-lengths[i], i))
    assert all_indices(batches) == expected


@pytest.mark.parametrize("world", [1, 3])
def test_the_order_shows_no_trend_in_length(world: int) -> None:
    lengths = lognormal(12_000)
    for seed in range(20):
        sampler = fastsamplers.MaxTokensBatchSampler(
            lengths, 2 * 4096, seed=seed, num_replicas=world
        )
        means = np.argsort(np.argsort([lengths[batch].mean() for batch in sampler]))
        correlation = np.corrcoef(np.arange(len(means)), means)[0, 1]
        # One of twenty lies beyond with a chance of 1e-4.
        assert abs(correlation) * math.sqrt(len(means) - 1) < 4.6


def test_lengths_of_zero_cost_nothing() -> None:
    lengths = [0] * 100 + [5] * 3
    for cost in COSTS:
        batches = list(fastsamplers.MaxTokensBatchSampler(lengths, 25, cost=cost, shuffle=False))
        assert all_indices(batches)[:3] == [100, 101, 102]
        assert len(batches[-1]) >= 90 or cost == "sum"
    limited = fastsamplers.MaxTokensBatchSampler(lengths, 25, max_samples=10)
    assert max(map(len, limited)) == 10


def test_the_budget_of_one_sample_is_enough() -> None:
    lengths = [7, 3, 7, 7, 2]
    batches = list(fastsamplers.MaxTokensBatchSampler(lengths, 7, shuffle=False))
    assert batches == [[0], [2], [3], [1, 4]]
    batches = list(fastsamplers.MaxTokensBatchSampler(lengths, 7, shuffle=False, cost="sum"))
    assert batches == [[0], [2], [3], [1, 4]]


def test_what_drop_last_leaves_out() -> None:
    lengths = [10] * 10 + [9]
    for multiple, sizes in ((1, [4, 4, 3]), (2, [4, 4, 2]), (3, [3, 3, 3]), (4, [4, 4])):
        sampler = fastsamplers.MaxTokensBatchSampler(
            lengths, 40, required_multiple=multiple, drop_last=True, shuffle=False
        )
        assert [len(batch) for batch in sampler] == sizes
        assert len(sampler) == len(sizes)


@pytest.mark.parametrize("budget", [2**31, 2**32 + 1, 2**62, 2**63, 2**64, 10**30])
def test_budgets_beyond_all_lengths_together(budget: int) -> None:
    lengths = some_lengths(300)
    for cost in COSTS:
        sampler = fastsamplers.MaxTokensBatchSampler(lengths, budget, cost=cost)
        assert [sorted(batch) for batch in sampler] == [[*range(300)]]
    limited = fastsamplers.MaxTokensBatchSampler(
        lengths, budget, max_samples=10**30, required_multiple=10**30
    )
    assert [sorted(batch) for batch in limited] == [[*range(300)]]


@pytest.mark.parametrize("cost", ["padded", "sum"])
@pytest.mark.parametrize("budget", [2**63, 2**63 + 2**62, 2**64 - 1])
def test_lengths_and_budgets_beyond_63_bits(budget: int, cost: str) -> None:
    lengths = np.array([2**63 - 1, 2**62, 2**62, 2**62, 2**61, 1], np.uint64)
    batches = list(fastsamplers.MaxTokensBatchSampler(lengths, budget, cost=cost, shuffle=False))
    bounds = lengths.tolist()
    expected: list[list[int]] = []
    for i in range(6):
        full = not expected or cost_of([bounds[k] for k in [*expected[-1], i]], cost) > budget
        expected = [*expected, [i]] if full else [*expected[:-1], [*expected[-1], i]]
    assert batches == expected
    for beyond in (2**64, 10**30):
        sampler = fastsamplers.MaxTokensBatchSampler(lengths, beyond, cost=cost)
        with pytest.raises(
            ValueError, match=r"max_tokens should be below 2\*\*64 for such lengths"
        ):
            len(sampler)


def test_repr_and_assigned_attributes() -> None:
    lengths = some_lengths(300)
    sampler = fastsamplers.MaxTokensBatchSampler(lengths, 400)
    assert repr(sampler) == (
        "MaxTokensBatchSampler(n=300, max_tokens=400, max_samples=None, cost='padded', "
        "required_multiple=1, shuffle=True, drop_last=False, seed=0, generator=None, "
        "num_replicas=1, rank=0, epoch=0)"
    )
    list(sampler)
    changes = {"max_tokens": 900, "cost": "sum", "max_samples": 7, "required_multiple": 3}
    for name, value in changes.items():
        setattr(sampler, name, value)
        options = {key: getattr(sampler, key) for key in changes}
        like = fastsamplers.MaxTokensBatchSampler(lengths, **options)
        assert list(sampler) == list(like)
        assert len(sampler) == len(like)
