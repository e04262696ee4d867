"""In several processes: batch samplers, samplers that know their rank, and checkpoints."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

import fastsamplers
from fastsamplers import DataLoader, DistributedSampler, DistributedSamplerWrapper
from fastsamplers.integrations.lightning import adapt
from tests.frameworks.runs.lightning_hooks import Hooked
from tests.frameworks.runs.lightning_loaders import (
    BATCH,
    KINDS,
    PLANNED,
    TORCH,
    WEIGHTS,
    Pairs,
    by_length,
    seeded,
    used,
)
from tests.frameworks.runs.lightning_resume import gone_on
from tests.frameworks.runs.lightning_training import Numbers, Recorder, trainer_of

N = 21
RESUMED_N = 48
ADAPTED_N = 23  # more than GIVEN batches for each rank
LOOPS = {"train": "fit", "evaluate": "validate", "predict": "predict"}


def sized_pairs(n: int) -> Pairs:
    """What Lightning takes for a batch sampler of torch's kind."""
    batches = Pairs(n)
    vars(batches).update(batch_size=2, drop_last=False)
    return batches


def weighted_batches(module: Any, **options: Any) -> Any:
    sampler = module.WeightedRandomSampler(WEIGHTS[:N], N, generator=seeded())
    return module.BatchSampler(sampler, BATCH, False, **options)


class Twice(fastsamplers.BatchSampler):
    """A batch sampler of a user's own."""

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool) -> None:
        super().__init__(sampler, 2 * batch_size, drop_last)


# What a loader is given as its batch_sampler.
BATCHES: dict[str, Callable[[], Any]] = {
    "ours, in order": lambda: fastsamplers.BatchSampler(
        fastsamplers.SequentialSampler(range(N)), BATCH, False
    ),
    "ours, shuffled": lambda: fastsamplers.BatchSampler(
        fastsamplers.RandomSampler(range(N)), BATCH, False
    ),
    "torch's, shuffled": lambda: TORCH.BatchSampler(TORCH.RandomSampler(range(N)), BATCH, False),
    "ours, weighted": lambda: weighted_batches(fastsamplers),
    "torch's, weighted": lambda: weighted_batches(TORCH),
    "arrays": lambda: weighted_batches(fastsamplers, output="numpy"),
    "subclass": lambda: Twice(range(N), BATCH, False),
    "pairs": lambda: Pairs(22),
    "pairs, sized": lambda: sized_pairs(22),
}


def attempted(
    make: Callable[[str, Any], Any], stage: str, place: str, ddp: dict[str, Any]
) -> dict[str, Any]:
    """What one loop sees, and with which samplers; or the error."""
    trainer = trainer_of(2, **ddp)
    module = Hooked(make) if place == "module" else Recorder()
    torch.manual_seed(3)
    try:
        given = () if place == "module" else (make(stage, trainer),)
        getattr(trainer, LOOPS[stage])(module, *given)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    names = {"train": "train_dataloader", "evaluate": "val_dataloaders"}
    loader = getattr(trainer, names.get(stage, "predict_dataloaders"))
    return {"seen": module.seen[LOOPS[stage]], "used": used(loader), "len": len(loader)}


def all_stages(
    make: Callable[[str, Any], Any], ddp: dict[str, Any], hook: bool = True
) -> dict[str, Any]:
    """Each loop, with a loader that is given; fit and predict with one that is made in a hook."""
    found = {stage: attempted(make, stage, "argument", ddp) for stage in LOOPS}
    for stage in ("train", "predict") if hook else ():
        found[f"{stage}, hook"] = attempted(make, stage, "module", ddp)
    return found


def _loader(batches: Callable[[], Any]) -> Any:
    return TORCH.DataLoader(
        Numbers(N), batch_sampler=batches(), collate_fn=lambda samples: torch.tensor([*samples])
    )


def given_batches(ddp: dict[str, Any]) -> dict[str, Any]:
    """Loaders with a batch sampler, untouched and adapted."""

    def plain(name: str) -> Callable[[str, Any], Any]:
        return lambda stage, trainer: _loader(BATCHES[name])

    def adapted(name: str) -> Callable[[str, Any], Any]:
        return lambda stage, trainer: adapt(_loader(BATCHES[name]), trainer, stage=stage)

    return {
        name: {
            "untouched": all_stages(plain(name), ddp),
            "adapted": all_stages(adapted(name), ddp),
        }
        for name in BATCHES
    }


# Samplers that Lightning is to leave alone; each takes the ranks, or looks them up.
RANKED: dict[str, Callable[..., Any]] = {
    "DistributedSampler": lambda **ranks: DistributedSampler(range(N), seed=5, **ranks),
    "contiguous": lambda **ranks: DistributedSampler(
        range(N), layout="contiguous", padding="none", **ranks
    ),
    "Wrapper": lambda **ranks: DistributedSamplerWrapper(
        fastsamplers.WeightedRandomSampler(WEIGHTS[:N], N, generator=seeded()), **ranks
    ),
    "weighted": lambda **ranks: fastsamplers.DistributedWeightedRandomSampler(
        WEIGHTS[:N], N, **ranks
    ),
}


def alone(ddp: dict[str, Any]) -> dict[str, Any]:
    """Samplers that know their rank, in a loader that is untouched or adapted."""
    found = {}
    for name, make in RANKED.items():
        for is_adapted in (False, True):
            module, trainer = Recorder(), trainer_of(2, **ddp)
            loader = TORCH.DataLoader(Numbers(N), batch_size=BATCH, sampler=make())
            sampler, batches = loader.sampler, loader.batch_sampler
            if is_adapted:
                adapt(loader, trainer)
            trainer.fit(module, loader)
            kept = trainer.train_dataloader
            is_kept = kept.sampler is sampler and kept.batch_sampler is batches
            found[f"{name}, adapted" if is_adapted else name] = [module.seen["fit"], is_kept]
    return found


def by_length_found(ddp: dict[str, Any]) -> dict[str, Any]:
    """Batch samplers by length, untouched and adapted, in torch's loader and in ours."""

    def plain(name: str) -> Callable[[str, Any], Any]:
        return lambda stage, trainer: by_length(PLANNED[name]())

    def adapted(name: str, loader: Any) -> Callable[[str, Any], Any]:
        return lambda stage, trainer: adapt(
            by_length(PLANNED[name](), loader), trainer, stage=stage
        )

    return {
        name: {
            "untouched": all_stages(plain(name), ddp),
            "adapted": all_stages(adapted(name, TORCH.DataLoader), ddp),
            "adapted, ours": all_stages(adapted(name, DataLoader), ddp, hook=False),
        }
        for name in PLANNED
    }


def even_loader(**ranks: int) -> Any:
    """A loader whose state may be that of another number of ranks."""
    sampler = DistributedSampler(range(RESUMED_N), seed=5, **ranks)
    return DataLoader(Numbers(RESUMED_N), batch_size=BATCH, sampler=sampler)


def resumed(ddp: dict[str, Any], folder: str) -> dict[str, Any]:
    """Trainings that go on in the middle of an epoch, of adapted loaders with a state."""
    mine = Path(os.environ["FOUND"])
    found = {}
    for kind in ("shuffle", "WeightedRandomSampler", "BatchSampler, shuffled"):
        found[kind] = gone_on(
            lambda trainer, kind=kind: adapt(KINDS[kind](TORCH, DataLoader, ADAPTED_N), trainer),
            mine / kind,
            2,
            **ddp,
        )
    for kind in PLANNED:
        for given in (2, 0):  # in the middle of an epoch, and after it
            found[f"{kind}, {given}"] = gone_on(
                lambda trainer, kind=kind: adapt(by_length(PLANNED[kind](), DataLoader), trainer),
                mine / kind / str(given),
                given,
                **ddp,
            )
    module = Recorder()
    file = Path(folder, f"step={RESUMED_N // BATCH + 4}.ckpt")
    trainer_of(4, **ddp).fit(module, even_loader(), ckpt_path=file, weights_only=False)
    found["of one process"] = {"rest": module.seen["fit"]}
    found["of two"] = gone_on(lambda trainer: even_loader(), mine / "two", 2, **ddp)
    return found
