"""Resume: how soon a pass goes on in the middle, and what its state costs."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch

import fastsamplers
from bench.sides import SIDES
from bench.sizes import size

Measure = Callable[..., None]


def test_three_quarters_of_a_permutation(measure: Measure, side: str) -> None:
    """The next index there: torch's sampler has to be walked to it."""
    n = size(20_000_000)
    place = n * 3 // 4
    sampler: Any = SIDES[side].RandomSampler(range(n), generator=torch.Generator().manual_seed(0))

    def walk() -> object:
        iterator = iter(sampler)
        collections.deque(itertools.islice(iterator, place), maxlen=0)
        return next(iterator)

    def seek() -> object:
        sampler.seek(place)
        return next(iter(sampler))

    measure(
        f"RandomSampler, the index after {place:,} of {n:,} (torch: walking there)",
        seek if side == "fastsamplers" else walk,
        indices=place,
        floor=12.0,
        aim=25.0,
        rounds=4,
    )


def test_three_quarters_of_an_index_shuffle(measure_point: Callable[..., None]) -> None:
    n = 10**12
    sampler: Any = fastsamplers.RandomSampler(range(n), algorithm="feistel")

    def seek() -> object:
        sampler.seek(n * 3 // 4)
        return next(iter(sampler))

    measure_point("resume", seek, n=1, work=f"seek to 3/4 of {n:,}, feistel, and the next index")


STATES: dict[str, Callable[[], Any]] = {
    "RandomSampler": lambda: fastsamplers.RandomSampler(range(10**8)),
    "RandomSampler with a generator": lambda: fastsamplers.RandomSampler(
        range(10**8), generator=torch.Generator()
    ),
    'RandomSampler(algorithm="feistel")': lambda: fastsamplers.RandomSampler(
        range(10**12), algorithm="feistel"
    ),
    "SubsetRandomSampler over a tensor": lambda: fastsamplers.SubsetRandomSampler(
        torch.arange(10**6)  # type: ignore[arg-type]
    ),
    "WeightedRandomSampler": lambda: fastsamplers.WeightedRandomSampler(
        torch.ones(10**6, dtype=torch.float64), 10**6
    ),
    "DistributedSampler": lambda: fastsamplers.DistributedSampler(range(10**8), 8, 3),
    "BatchSampler": lambda: fastsamplers.BatchSampler(
        fastsamplers.RandomSampler(range(10**8)), 256, False
    ),
}


@pytest.mark.parametrize("kind", STATES)
def test_states(measure_point: Callable[..., None], kind: str) -> None:
    iterator: Any = iter(STATES[kind]())
    next(iterator)
    measure_point("resume", iterator.state_dict, n=1, work=f"state_dict() of {kind}")


def test_state_of_a_loader(measure_point: Callable[..., None]) -> None:
    loader = fastsamplers.DataLoader(range(10**6), 256, shuffle=True)
    iterator = iter(loader)
    next(iterator)
    measure_point("resume", loader.state_dict, n=1, work="state_dict() of DataLoader(shuffle=True)")
