"""Batch samplers by length that give a Trainer its training batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import Trainer

from fastsamplers import BucketBatchSampler, MaxTokensBatchSampler, PackedBatchSampler
from tests.frameworks.runs.trainer_training import (
    FastTrainer,
    Samples,
    length_of,
    trainer_of,
)

N = 82  # 21 batches of buckets, the last one short
LENGTHS = [length_of(index) for index in range(N)]
BUDGET = 60
ROWS = "PackedBatchSampler(batch_size=2)"
# Each takes num_replicas and rank.
PLANNED: dict[str, Callable[..., Any]] = {
    "BucketBatchSampler": lambda **options: BucketBatchSampler(LENGTHS, 4, seed=3, **options),
    "MaxTokensBatchSampler": lambda **options: MaxTokensBatchSampler(LENGTHS, BUDGET, **options),
    "PackedBatchSampler": lambda **options: PackedBatchSampler(LENGTHS, BUDGET, **options),
    ROWS: lambda **options: PackedBatchSampler(LENGTHS, BUDGET, batch_size=2, **options),
}


class OwnLoaderTrainer(Trainer):
    """A Trainer that makes its training loader itself, from a batch sampler, as users do."""

    train_batch_sampler: Any = None

    def get_train_dataloader(self) -> Any:
        loader = DataLoader(
            self.train_dataset,
            batch_sampler=self.train_batch_sampler,
            collate_fn=self.data_collator,
        )
        return self.accelerator.prepare(loader)


def flattened(samples: list[Any]) -> Any:
    """The collator: of samples, or of rows of them."""
    rows = [sample if isinstance(sample, list) else [sample] for sample in samples]
    return {"index": torch.tensor([sample["index"] for row in rows for sample in row])}


def planned_trainer(
    kind: type[Trainer], folder: str | Path, name: str, ranks: dict[str, int], **options: Any
) -> Any:
    """A Trainer whose batches a batch sampler by length makes."""
    return trainer_of(kind, folder, N, PLANNED[name](**ranks), flattened, **options)


def by_itself(name: str, epochs: int = 2, **ranks: int) -> list[list[list[int]]]:
    """The batches of each epoch without any framework."""
    batches = PLANNED[name](**ranks)
    found = []
    for epoch in range(epochs):
        batches.set_epoch(epoch)
        samples = Samples(N)
        given = [flattened([samples[index] for index in batch])["index"] for batch in batches]
        found.append([batch.tolist() for batch in given])
    return found


KINDS = {"mixin": FastTrainer, "untouched": OwnLoaderTrainer}
