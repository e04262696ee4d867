"""Every way to iterate, over n samples and from a fixed seed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch

import fastsamplers

# Begins a pass over a sampler that has been made once.
Begin = Callable[[], Iterator[Any]]


class Indices(torch.utils.data.Dataset[int]):
    """Each item is its index."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> int:
        return index


def indices_of(item: Any) -> list[int]:
    """The indices in what an iterator gives: an int, a batch of any type, or bins of a batch."""
    if isinstance(item, int):
        return [item]
    if isinstance(item, list):
        return [index for part in item for index in indices_of(part)]
    indices: list[int] = np.atleast_1d(item).tolist()
    return indices


def read(items: Iterable[Any], count: int | None = None) -> list[int]:
    """The indices of so many items, or of all that are left."""
    return [i for item in itertools.islice(items, count) for i in indices_of(item)]


def generator() -> torch.Generator:
    """One that nobody else has, at its first word."""
    return torch.Generator().manual_seed(9)


def weights_of(n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Weights that differ, none of them zero."""
    return np.random.default_rng(n).random(n) + 0.01


def lengths_of(n: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Lengths of text, between 1 and 4096."""
    drawn = np.random.default_rng(n).lognormal(5, 0.7, n)
    return drawn.clip(1, 4096).astype(np.int32)


def _array(n: int) -> Any:
    return np.arange(n)


def _random(n: int, **options: Any) -> fastsamplers.RandomSampler:
    return fastsamplers.RandomSampler(range(n), generator=generator(), **options)


def _batches(sampler: Any, output: str = "list", size: int = 64) -> fastsamplers.BatchSampler:
    return fastsamplers.BatchSampler(sampler, size, False, output=output)


def _ranked(n: int, **options: Any) -> fastsamplers.DistributedSampler:
    return fastsamplers.DistributedSampler(range(2 * n), 2, 1, **options)


def _wrapped(sampler: Any) -> fastsamplers.DistributedSamplerWrapper:
    return fastsamplers.DistributedSamplerWrapper(sampler, 2, 1)


def _loader(n: int, **options: Any) -> fastsamplers.DataLoader:
    made: fastsamplers.DataLoader = fastsamplers.DataLoader(
        Indices(n), 64, shuffle=True, generator=generator(), **options
    )
    return made


_SAMPLERS: dict[str, Callable[[int], Any]] = {
    "sequential": lambda n: fastsamplers.SequentialSampler(range(n)),
    "random": _random,
    "random feistel": lambda n: _random(n, algorithm="feistel"),
    "random, with replacement": lambda n: _random(n, replacement=True),
    "random, more than there are": lambda n: _random(n // 2 + 1, num_samples=n),
    "subset of a list": lambda n: fastsamplers.SubsetRandomSampler([*range(n)], generator()),
    "subset of an array": lambda n: fastsamplers.SubsetRandomSampler(_array(n), generator()),
    "weighted": lambda n: fastsamplers.WeightedRandomSampler(weights_of(n), n, True, generator()),
    "weighted, without replacement": lambda n: fastsamplers.WeightedRandomSampler(
        weights_of(n), n // 2 + 1, False, generator()
    ),
    "distributed": _ranked,
    "distributed feistel": lambda n: _ranked(n, algorithm="feistel", layout="contiguous"),
    "distributed weighted": lambda n: fastsamplers.DistributedWeightedRandomSampler(
        weights_of(2 * n), 2 * n, True, 2, 1
    ),
    "wrapper": lambda n: _wrapped(_random(2 * n)),
    "wrapper of torch's": lambda n: _wrapped(
        torch.utils.data.RandomSampler(range(2 * n), generator=generator())
    ),
    "wrapper of batches": lambda n: _wrapped(_batches(_random(2 * n))),
    "grouped by length": lambda n: fastsamplers.LengthGroupedSampler(
        64, lengths=lengths_of(n), generator=generator()
    ),
    "batches": lambda n: _batches(_random(n)),
    "batches as arrays": lambda n: _batches(_random(n), "numpy"),
    "batches as tensors": lambda n: _batches(_random(n), "torch"),
    "batches of a subset": lambda n: _batches(
        fastsamplers.SubsetRandomSampler([*range(n)], generator())
    ),
    "batches of torch's": lambda n: _batches(
        torch.utils.data.RandomSampler(range(n), generator=generator())
    ),
    "buckets": lambda n: fastsamplers.BucketBatchSampler(lengths_of(n), 64, generator=generator()),
    "tokens": lambda n: fastsamplers.MaxTokensBatchSampler(
        lengths_of(n), 8192, generator=generator()
    ),
    "bins": lambda n: fastsamplers.PackedBatchSampler(lengths_of(n), 8192, generator=generator()),
    "batches of bins": lambda n: fastsamplers.PackedBatchSampler(
        lengths_of(n), 8192, batch_size=4, generator=generator()
    ),
    "index shuffle": lambda n: fastsamplers.IndexShuffle(n, 3),
    "loader": _loader,
}


def _infinite(n: int) -> Begin:
    sampler = fastsamplers.InfiniteSampler(n // 2 + 1, seed=3, num_replicas=1, rank=0)
    return lambda: _First(iter(sampler), n)


class _First(Iterator[Any]):
    """The first items of an iterator without an end."""

    def __init__(self, items: Iterator[Any], count: int) -> None:
        self._items, self._left = items, count

    def __next__(self) -> Any:
        if self._left == 0:
            raise StopIteration
        item = next(self._items)  # may be refused: then nothing was taken
        self._left -= 1
        return item


def _iter_of(make: Callable[[int], Any]) -> Callable[[int], Begin]:
    def build(n: int) -> Begin:
        sampler = make(n)
        return lambda: iter(sampler)

    return build


def _blocks_of(make: Callable[[int], Any]) -> Callable[[int], Begin]:
    def build(n: int) -> Begin:
        sampler = make(n)
        return lambda: sampler.blocks(100)

    return build


CASES: dict[str, Callable[[int], Begin]] = {
    **{name: _iter_of(make) for name, make in _SAMPLERS.items()},
    **{
        f"{name}, in blocks": _blocks_of(_SAMPLERS[name])
        for name in (
            "random", "subset of a list", "weighted", "distributed", "wrapper", "batches",
            "grouped by length", "buckets", "bins",
        )
    },
    "infinite": _infinite,
}  # fmt: skip
