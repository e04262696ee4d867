"""Batches by length under DistributedDataParallel, with ranks given, looked up, or missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.distributed
import torch.utils.data

from fastsamplers import BucketBatchSampler, MaxTokensBatchSampler, PackedBatchSampler
from fastsamplers.integrations.distributed_loader import PlannedShare
from tests.frameworks.runs.ddp_training import Numbers, trained

LENGTHS = [1 + 7 * index % 31 for index in range(83)]
BUDGET = 60
# Each takes num_replicas and rank.
PLANNED: dict[str, Callable[..., Any]] = {
    "BucketBatchSampler": lambda **ranks: BucketBatchSampler(LENGTHS, 4, seed=3, **ranks),
    "MaxTokensBatchSampler": lambda **ranks: MaxTokensBatchSampler(LENGTHS, BUDGET, **ranks),
    "PackedBatchSampler": lambda **ranks: PackedBatchSampler(LENGTHS, BUDGET, **ranks),
    "PackedBatchSampler(batch_size=2)": lambda **ranks: PackedBatchSampler(
        LENGTHS, BUDGET, batch_size=2, **ranks
    ),
}


def flattened(samples: list[Any]) -> torch.Tensor:
    """A batch of indices, or of packed rows of them."""
    rows = [sample if isinstance(sample, list) else [sample] for sample in samples]
    return torch.tensor([index for row in rows for index in row])


def loader_of(batches: Any, loader: Any = torch.utils.data.DataLoader) -> Any:
    return loader(Numbers(len(LENGTHS)), batch_sampler=batches, collate_fn=flattened)


def error_of(act: Callable[[], Any]) -> str:
    """Type and message of what is raised."""
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def train_by_length() -> dict[str, Any]:
    rank, world = torch.distributed.get_rank(), torch.distributed.get_world_size()
    found: dict[str, Any] = {"given": {}, "len": {}, "share": {}, "refused": {}}
    for name, make in PLANNED.items():
        batches = make(num_replicas=world, rank=rank)
        found["given"][name] = trained(loader_of(batches), batches.set_epoch)["seen"]
        found["len"][name] = len(batches)
        share = PlannedShare(make())
        # Frameworks set the epoch of a batch sampler's own sampler.
        seen = trained(loader_of(share), share.sampler.set_epoch)["seen"]
        share.seek(2)
        share.set_epoch(1)
        found["share"][name] = {
            "seen": seen,
            "len": len(share),
            "ranks": [share.rank, share.num_replicas],
            "after seek": [list(flattened(batch).tolist()) for batch in share],
        }
    make = PLANNED["BucketBatchSampler"]
    found["without ranks"] = trained(loader_of(make()), None, (0,))["seen"]
    own = PlannedShare(make(num_replicas=world, rank=rank))
    found["share of its own rank"] = [[own.rank, own.num_replicas], len(own)]
    others = {
        "num_replicas": make(num_replicas=world + 1, rank=rank),
        "rank": make(num_replicas=world, rank=(rank + 1) % world),
    }
    for name, wrong in others.items():
        uses = (len, iter, lambda share: share.rank, lambda share: share.seek(1))
        found["refused"][name] = [
            error_of(lambda use=use, wrong=wrong: use(PlannedShare(wrong))) for use in uses
        ]
    return found
