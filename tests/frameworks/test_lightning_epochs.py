"""In one process Lightning's epochs reach every sampler that has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lightning")

from lightning.pytorch import Trainer

import fastsamplers
from fastsamplers.integrations.lightning import adapt
from tests.frameworks.runs.lightning_hooks import Hooked
from tests.frameworks.runs.lightning_loaders import (
    BATCH,
    LENGTHS,
    PLANNED,
    TORCH,
    batches_of,
    by_length,
)
from tests.frameworks.runs.lightning_resume import gone_on
from tests.frameworks.runs.lightning_rows import BY_LENGTH, BY_LENGTH_UNTOUCHED, EPOCHS, ONE_PROCESS
from tests.frameworks.runs.lightning_training import Numbers, Recorder, trainer_of

N = 23
of_loaders = pytest.mark.parametrize("loader", [TORCH.DataLoader, fastsamplers.DataLoader])
of_kinds = pytest.mark.parametrize("kind", PLANNED)


def distributed(module: Any) -> Any:
    return module.DistributedSampler(range(N), 2, 1, seed=5)


# Each takes a loader class.
WITH_EPOCHS: dict[str, Callable[[Any], Any]] = {
    "DistributedSampler": lambda loader: loader(
        Numbers(N), batch_size=BATCH, sampler=distributed(fastsamplers)
    ),
    "torch's": lambda loader: loader(Numbers(N), batch_size=BATCH, sampler=distributed(TORCH)),
    "feistel": lambda loader: loader(
        Numbers(N),
        batch_size=BATCH,
        sampler=fastsamplers.DistributedSampler(range(N), 2, 1, algorithm="feistel"),
    ),
    "BatchSampler": lambda loader: loader(
        Numbers(N), batch_sampler=fastsamplers.BatchSampler(distributed(fastsamplers), BATCH, True)
    ),
    "DistributedWeightedRandomSampler": lambda loader: loader(
        Numbers(N),
        batch_size=BATCH,
        sampler=fastsamplers.DistributedWeightedRandomSampler([1.0] * N, N, num_replicas=2, rank=1),
    ),
    "batches dealt out": lambda loader: loader(
        Numbers(N),
        batch_sampler=fastsamplers.DistributedSamplerWrapper(
            fastsamplers.BatchSampler(distributed(fastsamplers), 2, False), 2, 0
        ),
    ),
    "Wrapper": lambda loader: loader(
        Numbers(N),
        batch_size=BATCH,
        sampler=fastsamplers.DistributedSamplerWrapper(distributed(fastsamplers), 2, 0),
    ),
    **{
        kind: lambda loader, kind=kind: by_length(PLANNED[kind](num_replicas=2, rank=1), loader)
        for kind in PLANNED
    },
}
of_samplers = pytest.mark.parametrize("name", WITH_EPOCHS)


def epoch_of(name: str, epoch: int) -> list[list[int]]:
    """The batches of an epoch outside of Lightning."""
    loader = WITH_EPOCHS[name](TORCH.DataLoader)
    for part in (loader.sampler, loader.batch_sampler):
        if hasattr(part, "set_epoch"):
            part.set_epoch(epoch)
    return batches_of(loader)


@EPOCHS
@of_samplers
@of_loaders
@pytest.mark.parametrize("reload", [0, 1])
def test_each_epoch_has_its_order(name: str, loader: Any, reload: int) -> None:
    seen = []
    for module in (Recorder(), Hooked(lambda stage, trainer: WITH_EPOCHS[name](loader))):
        trainer = trainer_of(3, reload_dataloaders_every_n_epochs=reload)
        given = (WITH_EPOCHS[name](loader), WITH_EPOCHS[name](loader))
        trainer.fit(module, *(() if isinstance(module, Hooked) else given))
        seen.append(module.seen)
    epochs = [epoch_of(name, epoch) for epoch in range(3)]
    assert epochs[0] != epochs[1] != epochs[2]
    for found in seen:
        assert found["fit"] == epochs
        assert found["validate"] == epochs


@EPOCHS
@of_samplers
@of_loaders
def test_training_that_goes_on_after_an_epoch(name: str, loader: Any, tmp_path: Path) -> None:
    """Lightning begins a pass before it sets the epoch: that has to count nevertheless."""
    found = gone_on(lambda trainer: WITH_EPOCHS[name](loader), tmp_path, 0)
    assert found["saved"] == found["whole"] == [epoch_of(name, epoch) for epoch in range(4)]
    assert found["rest"] == found["whole"][2:]


@EPOCHS
@of_samplers
def test_a_second_fit_of_the_same_trainer(name: str) -> None:
    loader, module, trainer = WITH_EPOCHS[name](TORCH.DataLoader), Recorder(), trainer_of(1)
    trainer.fit(module, loader)
    trainer.fit_loop.max_epochs = 3
    trainer.fit(module, loader)
    assert module.seen["fit"] == [epoch_of(name, epoch) for epoch in range(3)]


def loop_of(trainer: Trainer, loop: str) -> Callable[..., Any]:
    return getattr(trainer, loop)  # type: ignore[no-any-return]


@ONE_PROCESS
@of_kinds
@of_loaders
@pytest.mark.parametrize("loop", ["fit", "validate", "test"])
def test_batches_by_length(kind: str, loader: Any, loop: str) -> None:
    module = Recorder()
    loop_of(trainer_of(1), loop)(module, by_length(PLANNED[kind](), loader))
    expected = batches_of(by_length(PLANNED[kind]()))
    assert module.seen[loop] == [expected]
    assert sorted(index for batch in expected for index in batch) == [*range(len(LENGTHS))]


@BY_LENGTH_UNTOUCHED
def test_prediction_makes_a_bucket_sampler_of_something_else() -> None:
    loader = by_length(PLANNED["BucketBatchSampler"]())
    with pytest.raises((TypeError, ValueError)):
        trainer_of().predict(Recorder(), loader)


@BY_LENGTH
@of_kinds
@of_loaders
@pytest.mark.parametrize("hook", [False, True])
def test_prediction_by_length(kind: str, loader: Any, hook: bool) -> None:
    def make(stage: str, trainer: Any) -> Any:
        return adapt(by_length(PLANNED[kind](), loader), trainer, stage=stage)

    trainer = trainer_of()
    module = Hooked(make) if hook else Recorder()
    trainer.predict(module, None if hook else make("predict", trainer))
    assert module.seen["predict"] == [batches_of(by_length(PLANNED[kind]()))]
