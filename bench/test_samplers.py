"""Whole passes of every sampler, in the forms a training loop reads them."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch

from bench.sides import SIDES, drain, equal_on_both_sides
from bench.sizes import size

Measure = Callable[..., None]


@pytest.mark.parametrize("n", [1_000, 100_000, 4_000_000])
def test_random_ints(measure: Measure, samplers: ModuleType, n: int) -> None:
    def make(module: ModuleType, n: int = 5_000) -> Any:
        return module.RandomSampler(range(n))

    assert equal_on_both_sides(make)
    floor, aim = (3.0, 4.5) if n == 4_000_000 else (1.0, 0.0)
    n = size(n)
    measure(
        f"RandomSampler as ints, n = {n:,}",
        lambda: drain(make(samplers, n)),
        indices=n,
        floor=floor,
        aim=aim,
    )


def test_random_batches_as_lists(measure: Measure, samplers: ModuleType) -> None:
    def make(module: ModuleType, n: int = 5_000) -> Any:
        return module.BatchSampler(module.RandomSampler(range(n)), 256, False)

    assert equal_on_both_sides(make)
    n = size(4_000_000)
    measure(
        f"BatchSampler(RandomSampler, 256) as lists, n = {n:,}",
        lambda: drain(make(samplers, n)),
        indices=n,
        floor=5.0,
        aim=8.0,
    )


@pytest.mark.parametrize(("output", "floor", "aim"), [("torch", 10.0, 20.0), ("numpy", 8.0, 0.0)])
def test_random_batches_as_arrays(
    measure: Measure, samplers: ModuleType, output: str, floor: float, aim: float
) -> None:
    # torch has lists alone: they are what its users read, and what is compared.
    def make(module: ModuleType, n: int = 5_000) -> Any:
        options = {} if module is SIDES["torch"] else {"output": output}
        return module.BatchSampler(module.RandomSampler(range(n)), 256, False, **options)

    assert equal_on_both_sides(make)
    n = size(8_000_000)
    measure(
        f"the same, output={output!r}, n = {n:,}",
        lambda: drain(make(samplers, n)),
        indices=n,
        floor=floor,
        aim=aim,
    )


def test_small_passes(measure: Measure, samplers: ModuleType) -> None:
    n, passes = size(1_000), 200

    def make(module: ModuleType) -> Any:
        return module.BatchSampler(module.RandomSampler(range(n)), 32, False)

    assert equal_on_both_sides(make)
    sampler = make(samplers)

    def run() -> None:
        for _ in range(passes):
            drain(sampler)

    measure(
        f"{passes} passes over n = {n:,} in batches of 32",
        run,
        indices=n * passes,
        floor=1.0,
        aim=3.0,
    )


def test_first_index(measure: Measure, samplers: ModuleType) -> None:
    def make(module: ModuleType, n: int = 5_000) -> Any:
        return module.RandomSampler(range(n))

    assert equal_on_both_sides(make)
    n = size(50_000_000)
    measure(
        f"first index of RandomSampler, n = {n:,}",
        lambda: next(iter(make(samplers, n))),
        indices=1,
        floor=100.0,
        aim=10_000.0,
        rounds=4,
    )


@pytest.mark.parametrize("own_generator", [False, True], ids=["global", "own"])
def test_replacement(measure: Measure, samplers: ModuleType, own_generator: bool) -> None:
    def make(module: ModuleType, count: int = 5_000) -> Any:
        generator = torch.Generator().manual_seed(1) if own_generator else None
        return module.RandomSampler(range(10_000_000), True, count, generator)

    assert equal_on_both_sides(make)
    count = size(1_000_000)
    # Whoever brings a generator of their own has it advanced as torch does, every 32 indices.
    source, floor, aim = (
        ("the user's generator", 1.0, 0.0) if own_generator else ("the global generator", 2.5, 4.0)
    )
    measure(
        f"RandomSampler(replacement=True), 1e6 of 1e7, {source}",
        lambda: drain(make(samplers, count)),
        indices=count,
        floor=floor,
        aim=aim,
    )


@pytest.mark.parametrize("container", ["list", "tensor"])
def test_subset(measure: Measure, samplers: ModuleType, container: str) -> None:
    def make(module: ModuleType, n: int = 5_000) -> Any:
        indices = torch.arange(n).mul_(3)
        return module.SubsetRandomSampler(indices.tolist() if container == "list" else indices)

    assert equal_on_both_sides(make)
    n = size(1_000_000)
    sampler = make(samplers, n)
    measure(
        f"SubsetRandomSampler of a {container}, n = {n:,}",
        lambda: drain(sampler),
        indices=n,
        floor=1.0,
    )


@pytest.mark.parametrize("shuffle", [True, False], ids=["shuffled", "in order"])
def test_distributed(measure: Measure, samplers: ModuleType, shuffle: bool) -> None:
    def make(module: ModuleType, n: int = 5_003) -> Any:
        return module.DistributedSampler(range(n), num_replicas=8, rank=3, shuffle=shuffle)

    assert equal_on_both_sides(make)
    n = size(8_000_000)
    order, floor, aim = ("shuffled", 6.0, 10.0) if shuffle else ("in order", 1.0, 0.0)
    measure(
        f"DistributedSampler, one rank of 8, {order}, n = {n:,}",
        lambda: drain(make(samplers, n)),
        indices=n // 8,
        floor=floor,
        aim=aim,
    )


def test_sequential_batches(measure: Measure, samplers: ModuleType) -> None:
    def make(module: ModuleType, n: int = 5_000) -> Any:
        return module.BatchSampler(module.SequentialSampler(range(n)), 256, False)

    assert equal_on_both_sides(make)
    n = size(4_000_000)
    measure(
        f"BatchSampler(SequentialSampler, 256) as lists, n = {n:,}",
        lambda: drain(make(samplers, n)),
        indices=n,
    )


def test_sequential_ints(measure: Measure, samplers: ModuleType) -> None:
    assert equal_on_both_sides(lambda module: module.SequentialSampler(range(5_000)))
    n = size(4_000_000)
    measure(
        f"SequentialSampler as ints, n = {n:,}",
        lambda: drain(samplers.SequentialSampler(range(n))),
        indices=n,
    )
