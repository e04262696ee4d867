"""Samplers that know their rank, in a Trainer; and arguments that let Accelerate cut batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.utils.data
from transformers import Trainer
from transformers.trainer_pt_utils import DistributedLengthGroupedSampler

import fastsamplers
from fastsamplers.integrations.transformers import TrainerMixin
from tests.frameworks.runs.trainer_lengths import PLANNED, planned_trainer
from tests.frameworks.runs.trainer_training import (
    BATCH,
    FastTrainer,
    kinds_of,
    length_of,
    resumed,
    trained,
    trainer_of,
)

N = 46  # a share of 23
# Each takes num_replicas and rank.
RANKED: dict[str, Callable[..., Any]] = {
    "torch": lambda **ranks: torch.utils.data.DistributedSampler(range(N), seed=6, **ranks),
    "ours": lambda **ranks: fastsamplers.DistributedSampler(range(N), seed=6, **ranks),
    "grouped": lambda **ranks: DistributedLengthGroupedSampler(
        BATCH, lengths=[length_of(index) for index in range(N)], **ranks
    ),
}
GIVEN = 6 + 2  # batches of a process before the checkpoint
EACH_BATCH = {
    name: {"accelerator_config": {name: True}} for name in ("split_batches", "dispatch_batches")
}


class OwnSamplerTrainer(Trainer):
    """A Trainer that makes its sampler itself, as users do."""

    make: Any = None

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return self.make()


class FastOwnSamplerTrainer(TrainerMixin, OwnSamplerTrainer):
    """The same with the mixin."""


def ranked_trainer(kind: type[OwnSamplerTrainer], folder: Any, make: Any, **options: Any) -> Any:
    trainer = trainer_of(kind, folder, N, **options)
    trainer.make = make
    return trainer


def shares(name: str, epochs: int, **ranks: int) -> list[list[int]]:
    """What the sampler gives without any framework."""
    sampler = RANKED[name](**ranks)
    found = []
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        found.append([int(index) for index in sampler])
    return found


def train_ranked(ranks: dict[str, int]) -> dict[str, Any]:
    found = {}
    for name, sampler in RANKED.items():

        def make(sampler: Callable[..., Any] = sampler) -> Any:
            return sampler(**ranks)

        plain = ranked_trainer(OwnSamplerTrainer, ".", make).get_train_dataloader()
        fast = ranked_trainer(FastOwnSamplerTrainer, ".", make)
        found[name] = {
            "itself": shares(name, 3, **ranks),
            "mixin": trained(fast),
            "modules": [kind.__module__ for kind in kinds_of(fast.get_train_dataloader())],
            # Not trained, which might hang.
            "plain": [batch["index"].tolist() for batch in plain],
            "resumed": resumed(
                lambda folder, make=make, **options: ranked_trainer(
                    FastOwnSamplerTrainer, folder, make, **options
                ),
                f"ranked {name}",
                GIVEN,
            ),
        }
    return found


def cut_batches() -> dict[str, Any]:
    """Batches by length where Accelerate makes parts of batches; an error as its message."""
    found: dict[str, Any] = {}
    for argument, options in EACH_BATCH.items():
        found[argument] = {}
        for name in PLANNED:
            trainer = planned_trainer(FastTrainer, ".", name, {}, **options)
            try:
                loader = trainer.get_train_dataloader()
            except ValueError as error:
                found[argument][name] = str(error)
            else:
                found[argument][name] = [batch["index"].tolist() for batch in loader]
    return found
