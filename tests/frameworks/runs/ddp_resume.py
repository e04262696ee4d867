"""Checkpoints of loaders in the middle of epoch 1, and their rest on other numbers of ranks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed

from fastsamplers import (
    BatchSampler,
    DataLoader,
    DistributedSampler,
    DistributedSamplerWrapper,
    DistributedWeightedRandomSampler,
    WeightedRandomSampler,
)
from fastsamplers.integrations.distributed_loader import PlannedShare
from tests.frameworks.runs.ddp_lengths import PLANNED, loader_of
from tests.frameworks.runs.ddp_training import Numbers, Training

N = 53
BATCH = 3
GIVEN = 2  # batches of epoch 1 before the checkpoint
WEIGHTS = [1.0 + index % 4 for index in range(N)]


def by_samples(sampler: Any, **options: Any) -> tuple[Any, Any]:
    """A loader and whose epoch is set."""
    return DataLoader(Numbers(N), BATCH, sampler=sampler, **options), sampler


def by_batches(batches: Any) -> tuple[Any, Any]:
    return loader_of(batches, DataLoader), batches


def _wrapped() -> tuple[Any, Any]:
    order = WeightedRandomSampler(WEIGHTS, 47, generator=torch.Generator().manual_seed(3))
    return by_samples(DistributedSamplerWrapper(order))


def _cut() -> tuple[Any, Any]:
    batches = BatchSampler(DistributedSampler(range(N), seed=2), BATCH, False)
    return DataLoader(Numbers(N), batch_sampler=batches), batches


LOADERS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "torch": lambda: by_samples(DistributedSampler(range(N), seed=2)),
    "workers": lambda: by_samples(DistributedSampler(range(N), seed=2), num_workers=2),
    "batch_sampler": _cut,
    "feistel": lambda: by_samples(
        DistributedSampler(range(N), algorithm="feistel", padding="none")
    ),
    "runs": lambda: by_samples(DistributedSampler(range(N), layout="contiguous", padding="none")),
    "draw": lambda: by_samples(DistributedWeightedRandomSampler(WEIGHTS, 47, seed=4)),
    "weighted": _wrapped,
    **{
        name: lambda make=make: by_batches(  # type: ignore[misc]
            make(num_replicas=torch.distributed.get_world_size(), rank=torch.distributed.get_rank())
        )
        for name, make in PLANNED.items()
    },
    "PlannedShare": lambda: by_batches(PlannedShare(PLANNED["BucketBatchSampler"]())),
}


def leave_states(folder: str) -> dict[str, Any]:
    """Trains an epoch and a bit; every rank leaves the state of each loader in a file."""
    rank = torch.distributed.get_rank()
    found = {}
    for name, make in LOADERS.items():
        loader, sampler = make()
        training = Training()
        training.epoch(loader)
        sampler.set_epoch(1)
        found[name] = training.epoch(loader, GIVEN)
        torch.save(loader.state_dict(), Path(folder, f"{name}-{rank}.pt"))
    return found


def resume(folder: str) -> dict[str, Any]:
    """The rest of epoch 1 and all of epoch 2, in fresh processes.

    Two of them load the states of rank 0, three their own.
    """
    rank, world = torch.distributed.get_rank(), torch.distributed.get_world_size()
    saved = 0 if world == 2 else rank
    found = {}
    for name, make in LOADERS.items():
        loader, sampler = make()
        training = Training()
        loader.load_state_dict(torch.load(Path(folder, f"{name}-{saved}.pt")))
        rest = training.epoch(loader)
        sampler.set_epoch(2)
        found[name] = {"rest": rest, "next": training.epoch(loader), "len": len(loader)}
    return found
