"""Loaders over every kind of sampler, interrupted at every kind of place: for test_loader_*.py."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import torch
import torch.utils.data
import torch.utils.data.distributed

import fastsamplers

N = 29
DATA = list(range(N))


class Items(torch.utils.data.Dataset[Any]):
    """Each item is its index, and a list of indices its items."""

    def __len__(self) -> int:
        return N

    def __getitem__(self, index: Any) -> Any:
        return index


BATCHES = 8  # of four, with batch_size=4
WEIGHTS = [0.5 + k % 5 for k in range(N)]
LENGTHS = [k * 7 % 11 for k in range(N)]

TORCH = SimpleNamespace(
    SequentialSampler=torch.utils.data.SequentialSampler,
    RandomSampler=torch.utils.data.RandomSampler,
    SubsetRandomSampler=torch.utils.data.SubsetRandomSampler,
    WeightedRandomSampler=torch.utils.data.WeightedRandomSampler,
    BatchSampler=torch.utils.data.BatchSampler,
    DistributedSampler=torch.utils.data.distributed.DistributedSampler,
)

Options = dict[str, Any]
Make = Callable[[Any, "torch.Generator | None"], Options]


def _sampler(make: Callable[[Any, torch.Generator | None], Any], **options: Any) -> Make:
    return lambda library, generator: {
        "sampler": make(library, generator), "batch_size": 4, **options
    }  # fmt: skip


def _batches(library: Any, sampler: Any, drop_last: bool = False) -> Any:
    return library.BatchSampler(sampler, 4, drop_last)


# What torch's classes give too: the reference is torch's alone.
WITH_TORCH: dict[str, Make] = {
    "sequential": lambda library, g: {"batch_size": 4},
    "shuffled": lambda library, g: {"batch_size": 4, "shuffle": True},
    "drop_last": lambda library, g: {"batch_size": 4, "shuffle": True, "drop_last": True},
    "no batches": lambda library, g: {"batch_size": None, "shuffle": True},
    "replacement": _sampler(lambda library, g: library.RandomSampler(DATA, True, 31, g)),
    "longer": _sampler(lambda library, g: library.RandomSampler(DATA, False, 70, g)),
    "subset": _sampler(lambda library, g: library.SubsetRandomSampler(DATA[3::2], g)),
    "weighted": _sampler(lambda library, g: library.WeightedRandomSampler(WEIGHTS, 31, True, g)),
    "choice": _sampler(lambda library, g: library.WeightedRandomSampler(WEIGHTS, 25, False, g)),
    "distributed": _sampler(lambda library, g: library.DistributedSampler(DATA, 2, 1, seed=3)),
    "batch sampler": lambda library, g: {
        "batch_sampler": _batches(library, library.RandomSampler(DATA, generator=g))
    },
    "batches as sampler": lambda library, g: {
        "batch_size": None, "sampler": _batches(library, library.RandomSampler(DATA, generator=g)),
    },
    "torch's sampler": _sampler(lambda _, g: torch.utils.data.RandomSampler(DATA, generator=g)),
    "torch's batches": lambda _, g: {
        "batch_sampler": _batches(TORCH, torch.utils.data.RandomSampler(DATA, generator=g))
    },
}  # fmt: skip

# What only we have: the reference is torch's loader around our sampler.
OURS_ALONE: dict[str, Make] = {
    "feistel": _sampler(
        lambda _, g: fastsamplers.RandomSampler(DATA, generator=g, algorithm="feistel")
    ),
    "feistel subset": _sampler(
        lambda _, g: fastsamplers.SubsetRandomSampler(DATA[3::2], g, algorithm="feistel")
    ),
    "feistel distributed": _sampler(
        lambda _, g: fastsamplers.DistributedSampler(DATA, 2, 1, algorithm="feistel")
    ),
    "contiguous": _sampler(lambda _, g: fastsamplers.DistributedSampler(
        DATA, 2, 1, padding="none", layout="contiguous")),
    "distributed weighted": _sampler(
        lambda _, g: fastsamplers.DistributedWeightedRandomSampler(WEIGHTS, 60, True, 2, 1)
    ),
    "arrays": lambda _, g: {"batch_sampler": fastsamplers.BatchSampler(
        fastsamplers.RandomSampler(DATA, generator=g), 4, False, output="numpy")},
    "tensors": lambda _, g: {"batch_sampler": fastsamplers.BatchSampler(
        fastsamplers.RandomSampler(DATA, generator=g), 4, True, output="torch")},
}  # fmt: skip

KINDS = {**WITH_TORCH, **OURS_ALONE}


def values(batch: Any) -> Any:
    return batch.tolist() if isinstance(batch, torch.Tensor) else batch


class Worlds:
    """Loaders of one kind: torch's, ours, and ours in a process that knows nothing."""

    def __init__(self, kind: str, shared: bool = True, **options: Any) -> None:
        self._make = KINDS[kind]
        self._shared = shared
        self._options = options

    def _loader(self, loader: Any, library: Any, seed: int, options: Options) -> Any:
        torch.default_generator.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed + 1) if self._shared else None
        made = self._make(library, generator)
        if options.get("num_workers"):
            options.setdefault("multiprocessing_context", "fork")
        return loader(Items(), generator=generator, **made, **self._options, **options)

    def reference(self, **options: Any) -> Any:
        """torch's loader; without workers, which change no batch unless they are persistent."""
        return self._loader(torch.utils.data.DataLoader, TORCH, 5, options)

    def loader(self, workers: int = 0, **options: Any) -> Any:
        """Ours, from the same generators."""
        options["num_workers"] = workers
        return self._loader(fastsamplers.DataLoader, fastsamplers, 5, options)

    def fresh(self, state: Any, workers: int = 0, **options: Any) -> Any:
        """Ours with the state loaded, where all generators stood elsewhere."""
        options["num_workers"] = workers
        loader = self._loader(fastsamplers.DataLoader, fastsamplers, 1234, options)
        loader.load_state_dict(pickle.loads(pickle.dumps(state)))
        return loader


def set_epoch(loader: Any, epoch: int) -> None:
    for sampler in (loader.sampler, loader.batch_sampler):
        if hasattr(sampler, "set_epoch"):
            sampler.set_epoch(epoch)


def run_pass(loader: Any, epoch: int) -> list[Any]:
    """The batches of one epoch."""
    set_epoch(loader, epoch)
    return [values(batch) for batch in loader]


def run_passes(loader: Any, epochs: Iterator[int] | range) -> list[list[Any]]:
    return [run_pass(loader, epoch) for epoch in epochs]


def run_some(loader: Any, epoch: int, count: int) -> tuple[list[Any], Any]:
    """The first batches of an epoch, and the iterator, which has not noticed any end."""
    set_epoch(loader, epoch)
    iterator = iter(loader)
    return [values(batch) for batch in itertools.islice(iterator, count)], iterator
