"""Trains with the Trainer in several processes, and reports which indices reached each model."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch.distributed
from transformers import Trainer

from tests.frameworks.runs.report import leave, report
from tests.frameworks.runs.trainer_lengths import (
    KINDS,
    PLANNED,
    OwnLoaderTrainer,
    by_itself,
    planned_trainer,
)
from tests.frameworks.runs.trainer_ranked import cut_batches, train_ranked
from tests.frameworks.runs.trainer_training import (
    FastTrainer,
    kinds_of,
    predicted,
    resumed,
    trained,
    trainer_of,
)

SIZES = (32, 35)  # whole rounds of 2 processes, and some samples more
PLAIN = {"plain": Trainer, "mixin": FastTrainer}
UNSEEDABLE = {"use_seedable_sampler": False}
ORDERS: dict[str, dict[str, Any]] = {
    "random": {},
    "random, unseedable": {"accelerator_config": UNSEEDABLE},
    "random, data_seed": {"data_seed": 9, "gradient_accumulation_steps": 2},
    "sequential": {"train_sampling_strategy": "sequential"},
    "group_by_length": {"train_sampling_strategy": "group_by_length"},
    "group_by_length, unseedable": {
        "train_sampling_strategy": "group_by_length",
        "accelerator_config": UNSEEDABLE,
    },
    "drop_last": {"dataloader_drop_last": True},
    "group_by_length, drop_last": {
        "train_sampling_strategy": "group_by_length",
        "dataloader_drop_last": True,
    },
}
OTHERS: dict[str, dict[str, Any]] = {
    "batch_rebalance": {
        "train_sampling_strategy": "batch_rebalance",
        "gradient_accumulation_steps": 2,
    },
    "split_batches": {"accelerator_config": {"split_batches": True}},
    "dispatch_batches": {"accelerator_config": {"dispatch_batches": True}},
}
# Batches of each process before the checkpoint: epoch 1 has begun.
RESUMED: dict[str, dict[str, Any]] = {
    name: ORDERS[name] for name in ("random", "sequential", "group_by_length")
}
GIVEN = 7
DONE = 3  # batches of epoch 1, of batch samplers by length
# What a batch sampler by length has to get along with.
BESIDE: dict[str, dict[str, Any]] = {
    "accumulated": {"gradient_accumulation_steps": 2},
    "workers": {"dataloader_num_workers": 1, "dataloader_multiprocessing_context": "fork"},
    "group_by_length": ORDERS["group_by_length"],
    "batch_rebalance": {"train_sampling_strategy": "batch_rebalance"},
    "unseedable": {"accelerator_config": UNSEEDABLE},
}


def ranks() -> dict[str, int]:
    return {
        "num_replicas": torch.distributed.get_world_size(),
        "rank": torch.distributed.get_rank(),
    }


def of_kinds(make: Callable[[type[Trainer]], Any]) -> dict[str, Any]:
    return {name: make(kind) for name, kind in PLAIN.items()}


def train_orders() -> dict[str, Any]:
    found = {}
    for name, options in {**ORDERS, **OTHERS}.items():
        for n in SIZES:
            found[f"{name}, {n}"] = of_kinds(
                lambda kind, n=n, options=options: trained(trainer_of(kind, ".", n, **options))
            )
    return found


def loaders() -> dict[str, Any]:
    """What the training loaders give in two passes, of which the Trainer would take so many steps.

    And where the classes of their samplers come from.
    """
    found = {}
    for name, options in ORDERS.items():

        def passes(kind: type[Trainer], options: dict[str, Any] = options) -> dict[str, Any]:
            loader = trainer_of(kind, ".", SIZES[1], **options).get_train_dataloader()
            modules = [part.__module__ for part in kinds_of(loader)]
            given = [[batch["index"].tolist() for batch in loader] for _ in range(2)]
            return {"modules": modules, "len": len(loader), "passes": given}

        found[name] = of_kinds(passes)
    return found


def evaluate() -> dict[str, Any]:
    return {
        name: of_kinds(lambda kind, options=options: predicted(trainer_of(kind, ".", 9, **options)))
        for name, options in (("random", {}), ("grouped", ORDERS["group_by_length"]))
    }


def resume_orders() -> dict[str, Any]:
    found = {}
    for name, options in RESUMED.items():
        found[name] = of_kinds(
            lambda kind, name=name, options=options: resumed(
                functools.partial(trainer_of, kind, n=SIZES[1]),
                Path(f"{name} {kind.__name__}"),
                GIVEN,
                **options,
            )
        )
    return found


def train_by_length() -> dict[str, Any]:
    found: dict[str, Any] = {"beside": {}}
    for name in PLANNED:
        steps = len(PLANNED[name](**ranks()))
        own = found[name] = {"itself": by_itself(name, 3, **ranks()), "steps": steps}
        for way, given in (("plain", {}), ("with ranks", ranks())):
            own[way] = trained(planned_trainer(FastTrainer, ".", name, given))
        own["untouched"] = trained(planned_trainer(OwnLoaderTrainer, ".", name, {}))
        twice = planned_trainer(OwnLoaderTrainer, ".", name, ranks())  # training might hang
        own["dealt twice"] = [batch["index"].tolist() for batch in twice.get_train_dataloader()]
        for kind_name, kind in KINDS.items():
            own[f"resumed, {kind_name}"] = resumed(
                lambda folder, name=name, kind=kind, **options: planned_trainer(
                    kind, folder, name, {}, **options
                ),
                Path(f"{name} {kind_name}"),
                steps + DONE,
            )
    for beside, options in BESIDE.items():
        trainer = planned_trainer(FastTrainer, ".", "BucketBatchSampler", {}, **options)
        found["beside"][beside] = trained(trainer)
    return found


def main() -> None:
    trainer_of(Trainer, ".", 4)  # which makes the process group
    report(
        {
            "orders": train_orders(),
            "loaders": loaders(),
            "evaluation": evaluate(),
            "resumed": resume_orders(),
            "lengths": train_by_length(),
            "ranked": train_ranked(ranks()),
            "cut": cut_batches(),
        }
    )
    leave()


if __name__ == "__main__":
    main()
