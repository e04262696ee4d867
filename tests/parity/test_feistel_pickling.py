"""Copies of samplers with algorithm="feistel" run the same passes, and hold no indices."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from fastsamplers import (
    BatchSampler,
    DistributedSampler,
    IndexShuffle,
    RandomSampler,
    SubsetRandomSampler,
)

COPIES: dict[str, Callable[[Any], Any]] = {
    **{
        f"pickle {protocol}": lambda sampler, p=protocol: pickle.loads(pickle.dumps(sampler, p))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
INDICES = {
    "list": [5, 6, 7, 8],
    "array": np.arange(50, dtype=np.int16),
    "shuffle": IndexShuffle(50, 3),
}
SAMPLERS: dict[str, Callable[[torch.Generator | None], Any]] = {
    "random": lambda own: RandomSampler(range(5000), False, None, own, algorithm="feistel"),
    "longer": lambda own: RandomSampler([0] * 7, False, 20, own, algorithm="feistel"),
    **{
        f"subset of {name}": lambda own, indices=indices: SubsetRandomSampler(
            indices, own, algorithm="feistel"
        )
        for name, indices in INDICES.items()
    },
    "batches": lambda own: BatchSampler(SAMPLERS["random"](own), 64, True),
    "distributed": lambda own: DistributedSampler(
        range(5000), 3, 2, seed=5, drop_last=True, algorithm="feistel"
    ),
}


def generator_of(sampler: Any) -> torch.Generator | None:
    return getattr(getattr(sampler, "sampler", sampler), "generator", None)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", SAMPLERS)
def test_a_copy_runs_the_same_passes(states, name: str, how: str, own: bool) -> None:
    torch.default_generator.manual_seed(3)
    sampler = SAMPLERS[name](torch.Generator().manual_seed(6) if own else None)
    if name == "distributed":
        sampler.set_epoch(4)
    next(iter(sampler))
    duplicate = COPIES[how](sampler)
    assert type(duplicate) is type(sampler)
    assert repr(duplicate).split("generator")[0] == repr(sampler).split("generator")[0]
    assert "algorithm='feistel'" in repr(duplicate)
    runs = []
    start = torch.default_generator.get_state()
    own_start = sampler_state(sampler)
    for one in (sampler, duplicate):
        torch.default_generator.set_state(start)
        if how == "copy" and own_start is not None:  # which shares its generator
            generator_of(sampler).set_state(own_start)
        runs.append(
            [[list(map(int, np.hstack([*one]))) for _ in range(2)], states(generator_of(one))]
        )
    assert runs[0] == runs[1]


def sampler_state(sampler: Any) -> torch.Tensor | None:
    generator = generator_of(sampler)
    return None if generator is None else generator.get_state()


def test_no_index_is_pickled() -> None:
    for n in (10**7, 2**62):
        for sampler in (
            RandomSampler(range(n), algorithm="feistel"),
            SubsetRandomSampler(range(n), algorithm="feistel"),
            SubsetRandomSampler(IndexShuffle(n, 5), algorithm="feistel"),
            DistributedSampler(range(n), 4, 1, algorithm="feistel"),
        ):
            next(iter(sampler))
            assert len(pickle.dumps(sampler)) < 700
            assert len(pickle.dumps(BatchSampler(sampler, 32, False))) < 900


def test_a_pickle_is_read_in_another_process(run_child) -> None:
    sampler = DistributedSampler(range(10**12), 4, 1, seed=7, algorithm="feistel")
    sampler.set_epoch(3)
    code = """
import itertools, pickle, sys
sampler = pickle.loads(bytes.fromhex(sys.argv[1]))
print(list(itertools.islice(sampler, 5)))
"""
    expected = IndexShuffle(10**12, 7, epoch=3)[1:21:4].tolist()
    assert run_child(code, pickle.dumps(sampler).hex()) == str(expected)


@pytest.mark.parametrize("kind", [RandomSampler, SubsetRandomSampler, DistributedSampler])
def test_a_sampler_of_an_older_release_is_torchs(kind: type) -> None:
    """Pickled before there was an algorithm to choose."""
    sampler = kind(range(10), 2, 0) if kind is DistributedSampler else kind(range(10))
    del sampler.algorithm
    duplicate = pickle.loads(pickle.dumps(sampler))
    assert duplicate.algorithm == "torch"
    torch.default_generator.manual_seed(1)
    expected = list(sampler)
    torch.default_generator.manual_seed(1)
    assert list(duplicate) == expected
