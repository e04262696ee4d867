"""Loaders for Ray Train, each made anew with torch's samplers or with ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.utils.data
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers import (
    BucketBatchSampler,
    DistributedSamplerWrapper,
    MaxTokensBatchSampler,
    PackedBatchSampler,
)
from tests.frameworks.runs.ddp_training import Numbers

BATCH = 4
DATA = Numbers(25)  # 13 for each of two workers: the last batch is not full
WEIGHTS = [0.0, 1.0, 2.0, 3.0] * 6 + [4.0]
LENGTHS = [1 + 5 * index % 17 for index in range(len(DATA))]


class Pairs(torch.utils.data.Sampler[list[int]]):
    """A batch sampler of a user, which has epochs."""

    epoch = 0

    def __iter__(self) -> Iterator[list[int]]:
        for first in range(self.epoch, self.epoch + 22, 2):
            yield [first % len(DATA), (first + 1) % len(DATA)]

    def __len__(self) -> int:
        return 11

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch


class Endless(torch.utils.data.IterableDataset[int]):
    """A dataset without indices."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(6))


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(7)


def cut_by(of: Any, sampler: Any) -> Any:
    """Batches made by a batch sampler, as README recommends: ``loader.sampler`` says nothing."""
    return DataLoader(DATA, batch_sampler=of.BatchSampler(sampler, BATCH, True))


# ``of`` is torch.utils.data or fastsamplers.
LOADERS: dict[str, Callable[[Any], Any]] = {
    "random": lambda of: DataLoader(DATA, BATCH, sampler=of.RandomSampler(DATA)),
    "sequential": lambda of: DataLoader(DATA, BATCH, sampler=of.SequentialSampler(DATA)),
    "random, drop_last": lambda of: DataLoader(
        DATA, BATCH, sampler=of.RandomSampler(DATA), drop_last=True
    ),
    "random, no batches": lambda of: DataLoader(DATA, None, sampler=of.RandomSampler(DATA)),
    "distributed": lambda of: DataLoader(
        DATA, BATCH, sampler=of.DistributedSampler(DATA, seed=3, drop_last=True)
    ),
    "weighted": lambda of: DataLoader(
        DATA, BATCH, sampler=of.WeightedRandomSampler(WEIGHTS, 19, generator=seeded())
    ),
    "subset": lambda of: DataLoader(
        DATA, BATCH, sampler=of.SubsetRandomSampler(range(2, 19), generator=seeded())
    ),
    "batches, random": lambda of: cut_by(of, of.RandomSampler(DATA)),
    "batches, sequential": lambda of: cut_by(of, of.SequentialSampler(DATA)),
    "batches, distributed": lambda of: cut_by(of, of.DistributedSampler(DATA, seed=3)),
    "batches, weighted": lambda of: cut_by(
        of, of.WeightedRandomSampler(WEIGHTS, 19, generator=seeded())
    ),
    "batches, wrapper": lambda of: DataLoader(
        DATA, batch_sampler=DistributedSamplerWrapper(Pairs())
    ),
    "pairs": lambda of: DataLoader(DATA, batch_sampler=Pairs()),
    "loader": lambda of: of.DataLoader(DATA, BATCH, shuffle=True),
    "wrapper": lambda of: DataLoader(
        DATA,
        BATCH,
        sampler=DistributedSamplerWrapper(
            of.WeightedRandomSampler(WEIGHTS, 19, generator=seeded())
        ),
    ),
}

PLANNED: dict[str, Callable[..., Any]] = {
    "BucketBatchSampler": lambda **ranks: BucketBatchSampler(LENGTHS, 3, seed=3, **ranks),
    "MaxTokensBatchSampler": lambda **ranks: MaxTokensBatchSampler(LENGTHS, 30, **ranks),
    "PackedBatchSampler": lambda **ranks: PackedBatchSampler(LENGTHS, 30, **ranks),
}


def planned_loader(name: str, loader: Any = DataLoader, **ranks: int) -> Any:
    return loader(DATA, batch_sampler=PLANNED[name](**ranks))


RESUMED: dict[str, Callable[[], Any]] = {
    "random": lambda: fastsamplers.DataLoader(DATA, 3, shuffle=True),
    "weighted": lambda: fastsamplers.DataLoader(
        DATA,
        3,
        sampler=fastsamplers.WeightedRandomSampler(WEIGHTS, 21, generator=seeded()),
    ),
    "by length": lambda: planned_loader("BucketBatchSampler", fastsamplers.DataLoader),
}
