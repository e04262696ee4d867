"""Weighted draws: whole passes, and the function, with and without replacement."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch

from bench.sides import FUNCTIONS, drain, equal_on_both_sides
from bench.sizes import size

Measure = Callable[..., None]


@functools.lru_cache(maxsize=1)
def weights_of(n: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Uniform weights, the same for both sides."""
    return torch.rand(n, dtype=dtype, generator=torch.Generator().manual_seed(n))


def sampler_of(module: ModuleType, n: int, count: int, replacement: bool) -> Any:
    return module.WeightedRandomSampler(weights_of(n), count, replacement)


def check(replacement: bool) -> None:
    assert equal_on_both_sides(lambda module: sampler_of(module, 5_000, 50, replacement))
    assert equal_on_both_sides(lambda module: sampler_of(module, 5_000, 5_000, replacement))


def test_replacement(measure: Measure, samplers: ModuleType) -> None:
    check(True)
    n, count = size(10_000_000), size(4_000_000)
    sampler = sampler_of(samplers, n, count, True)
    measure(
        f"WeightedRandomSampler, {count:,} of {n:,} with replacement, the table standing",
        lambda: drain(sampler),
        indices=count,
        floor=12.0,
        aim=25.0,
        rounds=4,
    )


def test_replacement_first_pass(measure: Measure, samplers: ModuleType) -> None:
    check(True)
    n, count = size(10_000_000), size(4_000_000)
    measure(
        f"WeightedRandomSampler, {count:,} of {n:,} with replacement, a first pass",
        lambda: drain(sampler_of(samplers, n, count, True)),
        indices=count,
        floor=1.0,
        rounds=4,
    )


@pytest.mark.parametrize(
    ("n", "count", "floor", "aim"),
    [(10_000_000, 100_000, 10.0, 20.0), (4_000_000, 4_000_000, 2.0, 4.0)],
)
def test_no_replacement(
    measure: Measure, samplers: ModuleType, n: int, count: int, floor: float, aim: float
) -> None:
    check(False)
    n, count = size(n), size(count)
    sampler = sampler_of(samplers, n, count, False)
    measure(
        f"WeightedRandomSampler, {count:,} of {n:,} without replacement",
        lambda: drain(sampler),
        indices=count,
        floor=floor,
        aim=aim,
        rounds=4,
    )


def test_small_passes(measure: Measure, samplers: ModuleType) -> None:
    check(True)
    n, passes = size(1_000), 200
    sampler = sampler_of(samplers, n, n, True)

    def run() -> None:
        for _ in range(passes):
            drain(sampler)

    measure(
        f"{passes} passes of WeightedRandomSampler, {n:,} of {n:,} with replacement",
        run,
        indices=n * passes,
        floor=1.0,
    )


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("replacement", [True, False], ids=["with", "without"])
@pytest.mark.parametrize("count", [100, 1_000_000])
def test_multinomial(
    measure: Measure, side: str, dtype: torch.dtype, replacement: bool, count: int
) -> None:
    n, count = size(4_000_000), size(count)
    weights = weights_of(n, dtype)
    drawn = [
        module.multinomial(weights[:70_001], 300, replacement, generator=torch.Generator())
        for module in FUNCTIONS.values()
    ]
    assert torch.equal(*drawn)
    kind = "with" if replacement else "without"
    measure(
        f"multinomial, {count:,} of {n:,} {str(dtype).removeprefix('torch.')} {kind} replacement",
        lambda: FUNCTIONS[side].multinomial(weights, count, replacement),
        indices=count,
        rounds=4,
    )
