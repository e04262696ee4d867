"""pickle, copy and deepcopy carry the configuration, as they do with torch's classes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import fastsamplers

COPIES: dict[str, Callable[[Any], Any]] = {
    **{
        f"pickle {protocol}": lambda sampler, p=protocol: pickle.loads(pickle.dumps(sampler, p))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}

SAMPLERS = {
    "sequential": lambda library, generator: library.SequentialSampler([1, 2, 3]),
    "random": lambda library, generator: library.RandomSampler(range(20), generator=generator),
    "replacement": lambda library, generator: library.RandomSampler(range(20), True, 50, generator),
    "longer": lambda library, generator: library.RandomSampler([0] * 7, num_samples=20),
    "subset": lambda library, generator: library.SubsetRandomSampler([5, 6, 7, 8], generator),
    "subset of an array": lambda library, generator: library.SubsetRandomSampler(
        np.arange(5, dtype=np.int16), generator
    ),
    "subset of a tensor": lambda library, generator: library.SubsetRandomSampler(
        torch.arange(5), generator
    ),
    "batch": lambda library, generator: library.BatchSampler(
        library.RandomSampler(range(20), generator=generator), 3, True
    ),
    "batch of a list": lambda library, generator: library.BatchSampler(["a", "b", "c"], 2, False),
    "distributed": lambda library, generator: library.DistributedSampler(
        range(20), 3, 2, seed=5, drop_last=True
    ),
}


def generator_of(sampler: Any) -> torch.Generator | None:
    return getattr(getattr(sampler, "sampler", sampler), "generator", None)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", SAMPLERS)
def test_a_copy_runs_the_same_passes(same, trace, name: str, how: str, own: bool) -> None:
    def scenario(library):
        generator = torch.Generator().manual_seed(6) if own else None
        sampler = SAMPLERS[name](library, generator)
        if hasattr(sampler, "set_epoch") and name == "distributed":
            sampler.set_epoch(4)
        iterator = iter(sampler)
        next(iterator)  # a pass that is under way is no part of the copy
        duplicate = COPIES[how](sampler)
        assert type(duplicate) is type(sampler)
        outcome = [trace(lambda: duplicate, generator_of(duplicate)) for _ in range(2)]
        outcome += [trace(lambda: sampler, generator), len(duplicate), len(sampler)]
        return outcome

    same(scenario)


def test_our_own_arguments_are_carried() -> None:
    batches = fastsamplers.BatchSampler(range(5), 2, False, output="numpy")
    sampler = fastsamplers.RandomSampler(range(5), algorithm="torch")
    for duplicate in COPIES.values():
        assert duplicate(batches).output == "numpy"
        assert [type(batch) for batch in duplicate(batches)] == [np.ndarray] * 3
        assert duplicate(sampler).algorithm == "torch"


def test_attributes_of_the_user_are_carried() -> None:
    sampler = fastsamplers.RandomSampler(range(5))
    sampler.remark = {"a": 1}
    for duplicate in COPIES.values():
        assert duplicate(sampler).remark == {"a": 1}


def test_no_index_is_pickled() -> None:
    sizes = [
        len(
            pickle.dumps(fastsamplers.BatchSampler(fastsamplers.RandomSampler(range(n)), 32, False))
        )
        for n in (10, 10**7)
    ]
    assert sizes[1] - sizes[0] < 16


def test_a_deepcopy_has_a_generator_of_its_own(states) -> None:
    generator = torch.Generator().manual_seed(1)
    sampler = fastsamplers.RandomSampler(range(9), generator=generator)
    before = states(generator)
    list(copy.deepcopy(sampler))
    assert states(generator) == before
    assert copy.copy(sampler).generator is generator
