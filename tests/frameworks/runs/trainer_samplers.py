"""Samplers of torch or of ours, by a name, in a Trainer whose user makes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.utils.data
from transformers import trainer_pt_utils

from tests.frameworks.runs.trainer_ranked import FastOwnSamplerTrainer, OwnSamplerTrainer
from tests.frameworks.runs.trainer_training import length_of, trainer_of

N = 31


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(11)


WEIGHTS = [1.0 + index % 3 for index in range(N)]
# Each takes a module, torch.utils.data or fastsamplers.
MADE: dict[str, Callable[[Any], Any]] = {
    "sequential": lambda m: m.SequentialSampler(range(N)),
    "random": lambda m: m.RandomSampler(range(N)),
    "random, generator": lambda m: m.RandomSampler(range(N), generator=seeded()),
    "replacement": lambda m: m.RandomSampler(range(N), True, N + 7),
    "longer": lambda m: m.RandomSampler(range(N), False, 2 * N + 1, seeded()),
    "subset": lambda m: m.SubsetRandomSampler(range(0, N, 2)),
    "subset, generator": lambda m: m.SubsetRandomSampler([*range(3, N)], seeded()),
    "weighted": lambda m: m.WeightedRandomSampler(WEIGHTS, N),
    "choice, generator": lambda m: m.WeightedRandomSampler(WEIGHTS, N - 5, False, seeded()),
    "distributed": lambda m: _distributed(m)(range(N), num_replicas=1, rank=0, seed=4),
    "grouped": lambda m: _grouped(m)(8, lengths=[length_of(index) for index in range(N)]),
}


def _distributed(module: Any) -> Any:
    return torch.utils.data.DistributedSampler if module is torch.utils.data else (
        module.DistributedSampler
    )  # fmt: skip


def _grouped(module: Any) -> Any:
    library = trainer_pt_utils if module is torch.utils.data else module
    return library.LengthGroupedSampler


def trainer_with(
    make: Callable[[], Any], folder: str | Path, fast: bool = False, **options: Any
) -> Any:
    """A Trainer of the user's, with the sampler that is wanted, and with or without the mixin."""
    kind = FastOwnSamplerTrainer if fast else OwnSamplerTrainer
    trainer = trainer_of(kind, folder, N, **options)
    trainer.make = make
    return trainer
