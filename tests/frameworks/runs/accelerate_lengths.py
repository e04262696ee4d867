"""Batches by length with Accelerate in several processes: as they are, and adapted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch.distributed
import torch.utils.data
from accelerate.state import PartialState
from torch.utils.data import DataLoader

import fastsamplers
from fastsamplers import BucketBatchSampler, MaxTokensBatchSampler, PackedBatchSampler
from fastsamplers.integrations.accelerate import adapt, skip_first_batches
from tests.frameworks.runs.accelerate_training import Numbers, Training, flattened, forget
from tests.frameworks.runs.report import leave, report

N = 82  # 21 batches of buckets, the last one short
LENGTHS = [1 + 7 * index % 31 for index in range(N)]
BUDGET = 60
DONE = 3
# Each takes num_replicas and rank.
PLANNED: dict[str, Callable[..., Any]] = {
    "BucketBatchSampler": lambda **options: BucketBatchSampler(LENGTHS, 4, seed=3, **options),
    "MaxTokensBatchSampler": lambda **options: MaxTokensBatchSampler(LENGTHS, BUDGET, **options),
    "PackedBatchSampler": lambda **options: PackedBatchSampler(LENGTHS, BUDGET, **options),
    "PackedBatchSampler(batch_size=2)": lambda **options: PackedBatchSampler(
        LENGTHS, BUDGET, batch_size=2, **options
    ),
}


def loader_of(batches: Any) -> Any:
    return DataLoader(Numbers(N), batch_sampler=batches, collate_fn=flattened)


def ranks() -> dict[str, int]:
    return {
        "num_replicas": torch.distributed.get_world_size(),
        "rank": torch.distributed.get_rank(),
    }


def prepared(batches: Any, **options: Any) -> Training:
    forget()
    return Training(loader_of(batches), **options)


def epochs_of(training: Training) -> dict[str, Any]:
    """Two epochs that Accelerate counts, and one that is set; what a metric would be given."""
    epochs = [training.epoch(), training.epoch()]
    training.loader.set_epoch(5)
    epochs.append(training.epoch())
    gathered: list[int] = []
    training.loader.set_epoch(0)
    for batch in training.loader if training.accelerator.even_batches else ():
        gathered += training.accelerator.gather_for_metrics(batch.tolist(), use_gather_object=True)
    length = len(training.loader)
    return {"epochs": epochs, "gathered": gathered, "len": length}


def by_itself(make: Callable[..., Any]) -> list[Any]:
    """What the sampler gives this rank, without any framework."""
    batches = make(**ranks())
    epochs = []
    for epoch in (0, 1, 5):
        batches.set_epoch(epoch)
        epochs.append([flattened(batch).tolist() for batch in batches])
    return epochs


def adapted(make: Callable[..., Any], way: str) -> Training:
    """A loader that has, or is given, a batch sampler with or without ranks."""
    has_ranks, is_given = "ranks" in way, "given" in way
    batches = make(**(ranks() if has_ranks else {}))
    if not is_given:
        training = prepared(batches)
        adapt(training.loader)
        return training
    order = fastsamplers.RandomSampler(range(N))
    training = prepared(fastsamplers.BatchSampler(order, 4, False))
    training.loader = adapt(training.loader, batch_sampler=batches)
    return training


WAYS = ("its own", "its own, with ranks", "given", "given, with ranks")


def resumed(make: Callable[..., Any], way: str) -> list[Any]:
    """The rest of epoch 1 and epoch 2, in a fresh object."""
    training = adapted(make, way)
    training.loader.set_epoch(1)
    rest = training.epoch(skip_first_batches(training.loader, DONE))
    training.loader.set_epoch(2)
    return [rest, training.epoch()]


def train_by_length() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, make in PLANNED.items():
        found[name] = {
            "itself": by_itself(make),
            "even": epochs_of(prepared(make())),
            "uneven": epochs_of(prepared(make(), even_batches=False)),
            **{way: epochs_of(adapted(make, way)) for way in WAYS},
            "resumed": {way: resumed(make, way) for way in (WAYS[0], WAYS[-1])},
        }
    return found


def split_batches() -> dict[str, Any]:
    """Each batch in parts, with and without the adapter."""
    found = {}
    for name in ("untouched", "adapted"):
        training = prepared(PLANNED["BucketBatchSampler"](), split_batches=True)
        if name == "adapted":
            training.loader = adapt(training.loader)
        found[name] = epochs_of(training)
    return found


def main() -> None:
    PartialState(cpu=True)
    report({"lengths": train_by_length(), "split": split_batches()})
    leave()


if __name__ == "__main__":
    main()
