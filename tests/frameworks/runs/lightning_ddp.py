"""Trains, validates and predicts in two processes, with samplers of torch and ours, adapted or not.

The folder of a checkpoint that one process has left may be given.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import torch.distributed

from fastsamplers.integrations.lightning import adapt
from tests.frameworks.runs.lightning_ddp_batches import (
    alone,
    by_length_found,
    given_batches,
    resumed,
)
from tests.frameworks.runs.lightning_loaders import IMPORTS, KINDS, PLANNED, by_length, looped
from tests.frameworks.runs.lightning_training import Recorder, Seen, trainer_of
from tests.frameworks.runs.report import leave, report

DDP: dict[str, Any] = {"devices": 2, "strategy": "ddp"}
N = 21  # one is repeated, to fill up the ranks, and each rank's last batch is not full
EVEN = 24
PLACES = ("argument", "module", "datamodule")
SEEDED = ("shuffle", "WeightedRandomSampler")


def variants(kind: str, n: int = N, place: str = "argument", **options: Any) -> dict[str, Any]:
    """What is seen with torch's samplers and ours, untouched and adapted.

    Adapted loaders are made at ``place``, here or in hooks.
    """
    found = {}
    for imported, (module, loader) in IMPORTS.items():

        def plain(stage: str, trainer: Any, module: Any = module, loader: Any = loader) -> Any:
            return KINDS[kind](module, loader, n)

        def adapted(stage: str, trainer: Any, plain: Any = plain) -> Any:
            return adapt(plain(stage, trainer), trainer, stage=stage)

        found[imported] = looped(plain, **DDP, **options)
        if imported != "samplers":  # as those of the other import, once they are adapted
            found[f"{imported}, adapted"] = looped(adapted, place, **DDP, **options)
    return found


def all_kinds() -> dict[str, Any]:
    kinds = [kind for kind in KINDS if not kind.startswith("Batch")]
    return {kind: variants(kind, N, PLACES[at % 3]) for at, kind in enumerate(kinds)}


def fitted(loader: Any, trainer: Any) -> list[Seen]:
    module = Recorder()
    torch.manual_seed(3)
    trainer.fit(module, loader)
    return module.seen["fit"]


def adapted_early() -> dict[str, Any]:
    """Loaders that are adapted before there is a process group, and used afterwards."""
    assert not torch.distributed.is_initialized()
    trainers = {name: trainer_of(2, **DDP) for name in (*KINDS, *PLANNED)}
    loaders = {kind: adapt(KINDS[kind](*IMPORTS["torch"], N), trainers[kind]) for kind in KINDS}
    for kind in PLANNED:
        loaders[kind] = adapt(by_length(PLANNED[kind]()), trainers[kind])
    found = {name: [fitted(loader, trainers[name])] for name, loader in loaders.items()}
    for kind in KINDS:
        if not kind.startswith("Batch"):
            theirs = KINDS[kind](*IMPORTS["torch"], N)
            found[kind].append(fitted(theirs, trainer_of(2, **DDP)))
    return found


def with_seeds() -> dict[str, Any]:
    """By the seed that `seed_everything` leaves, and where batches are to be learned by heart."""
    os.environ["PL_GLOBAL_SEED"] = "7"
    found: dict[str, Any] = {"seed": {kind: variants(kind) for kind in SEEDED}}
    del os.environ["PL_GLOBAL_SEED"]
    found["overfit"] = {kind: variants(kind, overfit_batches=2) for kind in SEEDED}
    return found


def in_its_own_order() -> dict[str, Any]:
    """With shuffle=False, and with shuffle=True where Lightning would not shuffle."""
    found: dict[str, Any] = {}
    for kind in ("another's sampler", "weighted, generator", "shuffle"):
        module = Recorder()
        trainer = trainer_of(2, **DDP)
        train = adapt(KINDS[kind](*IMPORTS["torch"], N), trainer, shuffle=False)
        check = adapt(KINDS[kind](*IMPORTS["torch"], N), trainer, stage="evaluate", shuffle=True)
        torch.manual_seed(3)
        trainer.fit(module, train, check)
        found[kind] = module.seen
    return found


def main(folder: str) -> None:
    warnings.simplefilter("ignore")
    report(
        {
            "folder": os.environ["FOUND"],
            "early": adapted_early(),
            "kinds": all_kinds(),
            "even": {kind: variants(kind, EVEN) for kind in ("in order", "SubsetRandomSampler")},
            **with_seeds(),
            "own order": in_its_own_order(),
            "batches": given_batches(DDP),
            "alone": alone(DDP),
            "by length": by_length_found(DDP),
            "resumed": resumed(DDP, folder),
        }
    )
    leave()


if __name__ == "__main__":
    main(sys.argv[1])
