"""Loaders of each kind, with samplers and loaders of torch or of ours, and what is used of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import torch.utils.data

import fastsamplers
from fastsamplers import BucketBatchSampler, MaxTokensBatchSampler, PackedBatchSampler
from tests.frameworks.runs.lightning_hooks import Hooked, Hooks
from tests.frameworks.runs.lightning_training import Numbers, Recorder, flattened, trainer_of

TORCH = torch.utils.data
BATCH = 4
WEIGHTS = [float(index % 4) for index in range(40)]


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(11)


class Outwards(TORCH.Sampler[int]):
    """A sampler of somebody else: from the middle outwards."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(range(self.n), key=lambda index: abs(2 * index - self.n)))

    def __len__(self) -> int:
        return self.n


class Pairs:
    """A batch sampler of somebody else, of batches that do not overlap."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __iter__(self) -> Iterator[list[int]]:
        return iter([[index, index + 1] for index in range(0, self.n, 2)])

    def __len__(self) -> int:
        return self.n // 2


# Each takes a module and a loader class, torch's or ours, and n. (In a hook, for a prediction,
# Lightning knows batch_size by its name alone.)
KINDS: dict[str, Callable[[Any, Any, int], Any]] = {
    "in order": lambda m, loader, n: loader(Numbers(n), batch_size=BATCH),
    "shuffle": lambda m, loader, n: loader(Numbers(n), batch_size=BATCH, shuffle=True),
    "drop_last": lambda m, loader, n: loader(
        Numbers(n), batch_size=BATCH, shuffle=True, drop_last=True
    ),
    "SequentialSampler": lambda m, loader, n: loader(
        Numbers(n), batch_size=BATCH, sampler=m.SequentialSampler(range(n))
    ),
    "RandomSampler": lambda m, loader, n: loader(
        Numbers(n), batch_size=BATCH, sampler=m.RandomSampler(range(n), generator=seeded())
    ),
    "replacement": lambda m, loader, n: loader(
        Numbers(n),
        batch_size=BATCH,
        sampler=m.RandomSampler(range(n), replacement=True, num_samples=15),
    ),
    "SubsetRandomSampler": lambda m, loader, n: loader(
        Numbers(n), batch_size=BATCH, sampler=m.SubsetRandomSampler(range(2, n - 2))
    ),
    "WeightedRandomSampler": lambda m, loader, n: loader(
        Numbers(n), batch_size=BATCH, sampler=m.WeightedRandomSampler(WEIGHTS[:n], n + 3)
    ),
    "weighted, generator": lambda m, loader, n: loader(
        Numbers(n),
        batch_size=BATCH,
        sampler=m.WeightedRandomSampler(WEIGHTS[:n], 9, replacement=False, generator=seeded()),
    ),
    "another's sampler": lambda m, loader, n: loader(
        Numbers(n), batch_size=BATCH, sampler=Outwards(n)
    ),
    "samples": lambda m, loader, n: loader(
        Numbers(n),
        batch_size=None,
        sampler=m.SubsetRandomSampler(range(n), seeded()),
        collate_fn=torch.tensor,
    ),
    "samples, global generator": lambda m, loader, n: loader(
        Numbers(n),
        batch_size=None,
        sampler=m.SubsetRandomSampler(range(n)),
        collate_fn=torch.tensor,
    ),
    "BatchSampler": lambda m, loader, n: loader(
        Numbers(n), batch_sampler=m.BatchSampler(m.SequentialSampler(range(n)), BATCH, False)
    ),
    "BatchSampler, shuffled": lambda m, loader, n: loader(
        Numbers(n), batch_sampler=m.BatchSampler(m.RandomSampler(range(n)), BATCH, True)
    ),
}
# Modules of samplers and loaders: torch's, and what a changed import gives.
IMPORTS: dict[str, tuple[Any, Any]] = {
    "torch": (TORCH, TORCH.DataLoader),
    "samplers": (fastsamplers, TORCH.DataLoader),
    "samplers and DataLoader": (fastsamplers, fastsamplers.DataLoader),
}

LENGTHS = np.array([1 + 7 * index % 31 for index in range(37)])
BUDGET = 60
# Each takes num_replicas and rank.
PLANNED: dict[str, Callable[..., Any]] = {
    "BucketBatchSampler": lambda **ranks: BucketBatchSampler(LENGTHS, BATCH, seed=3, **ranks),
    "MaxTokensBatchSampler": lambda **ranks: MaxTokensBatchSampler(LENGTHS, BUDGET, **ranks),
    "PackedBatchSampler": lambda **ranks: PackedBatchSampler(LENGTHS, BUDGET, **ranks),
    "PackedBatchSampler(batch_size=2)": lambda **ranks: PackedBatchSampler(
        LENGTHS, BUDGET, batch_size=2, **ranks
    ),
}


def by_length(batches: Any, loader: Any = TORCH.DataLoader) -> Any:
    return loader(Numbers(len(LENGTHS)), batch_sampler=batches, collate_fn=flattened)


def batches_of(loader: Any) -> list[list[int]]:
    """What a loader gives outside of any framework."""
    return [batch.reshape(-1).tolist() for batch in loader]


def kind_of(part: Any) -> str:
    return f"{type(part).__module__}.{type(part).__qualname__}"


def used(loader: Any) -> list[str]:
    """Where a loader's sampler, batch sampler, and the sampler that is dealt out come from.

    Those inside what captures the indices of a prediction.
    """
    batches = getattr(loader.batch_sampler, "_batch_sampler", loader.batch_sampler)
    sampler = loader.sampler if batches is None else getattr(batches, "sampler", batches)
    return [kind_of(part) for part in (sampler, batches, getattr(sampler, "sampler", None))]


def random_state() -> str:
    return hashlib.sha256(torch.get_rng_state().numpy().tobytes()).hexdigest()


def looped(
    make: Callable[[str, Any], Any], where: str = "argument", **options: Any
) -> dict[str, Any]:
    """Fits for two epochs with a validation in each, validates and predicts.

    ``make`` takes a stage and the trainer, and is called here or in hooks of a module or
    datamodule. The samplers of all ranks draw from global generators in the same state.
    """
    trainer = trainer_of(2, **options)
    module: Any = Hooked(make) if where == "module" else Recorder()
    given: dict[str, Any] = {"datamodule": Hooks(make)} if where == "datamodule" else {}

    def loaders(**stages: str) -> dict[str, Any]:
        if where != "argument":
            return given
        return {name: make(stage, trainer) for name, stage in stages.items()}

    torch.manual_seed(3)
    trainer.fit(module, **loaders(train_dataloaders="train", val_dataloaders="evaluate"))
    found: dict[str, Any] = {"used": {"train": used(trainer.train_dataloader)}}
    found["used"]["evaluate"] = used(trainer.val_dataloaders)
    trainer.validate(module, **loaders(dataloaders="evaluate"), verbose=False)
    trainer.test(module, **loaders(dataloaders="evaluate"), verbose=False)
    predicted = trainer.predict(module, **loaders(dataloaders="predict"))
    found["used"]["predict"] = used(trainer.predict_dataloaders)
    found["predictions"] = [batch.reshape(-1).tolist() for batch in predicted]
    return {**found, "seen": module.seen, "random state": random_state()}
