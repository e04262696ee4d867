"""In one process Lightning gives the model the batches of torch's samplers, in all its loops."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch

pytest.importorskip("lightning")

import fastsamplers
from fastsamplers.integrations.lightning import adapt
from tests.frameworks.runs.lightning_loaders import (
    BATCH,
    IMPORTS,
    KINDS,
    TORCH,
    batches_of,
    kind_of,
    looped,
    random_state,
)
from tests.frameworks.runs.lightning_rows import ADAPTED, LISTS, ONE_PROCESS
from tests.frameworks.runs.lightning_training import Numbers, Recorder, Writer, plain, trainer_of

N = 23
of_kinds = pytest.mark.parametrize("kind", KINDS)
of_imports = pytest.mark.parametrize("imported", ["samplers", "samplers and DataLoader"])
of_places = pytest.mark.parametrize("where", ["argument", "module", "datamodule"])


@functools.cache
def expected(kind: str, where: str, *options: tuple[str, Any]) -> dict[str, Any]:
    """What torch's samplers give in Lightning."""
    make = functools.partial(KINDS[kind], *IMPORTS["torch"], N)
    return looped(lambda stage, trainer: make(), where, **dict(options))


@ONE_PROCESS
@of_kinds
@of_imports
@of_places
def test_all_loops(kind: str, imported: str, where: str) -> None:
    found = looped(lambda stage, trainer: KINDS[kind](*IMPORTS[imported], N), where)
    theirs = expected(kind, where)
    for name in ("seen", "predictions", "random state"):
        assert found[name] == theirs[name]
    assert len(found["seen"]["fit"]) == 2
    assert len(found["seen"]["validate"]) == 3
    if kind not in ("in order", "SequentialSampler", "another's sampler", "BatchSampler"):
        assert found["seen"]["fit"][0] != found["seen"]["fit"][1]


@ADAPTED
@of_kinds
@of_places
def test_adapted(kind: str, where: str) -> None:
    def make(stage: str, trainer: Any) -> Any:
        return adapt(KINDS[kind](*IMPORTS["torch"], N), trainer, stage=stage)

    found, theirs = looped(make, where), expected(kind, where)
    for name in ("seen", "predictions", "random state"):
        assert found[name] == theirs[name]
    for stage in ("train", "evaluate"):
        for ours, torchs in zip(found["used"][stage], theirs["used"][stage], strict=True):
            of_torch = torchs.startswith("torch.")
            assert ours.startswith("fastsamplers." if of_torch else torchs)


@ONE_PROCESS
@of_imports
@pytest.mark.parametrize(
    "option",
    [
        ("limit_train_batches", 3),
        ("limit_train_batches", 0.5),
        ("overfit_batches", 2),
        ("reload_dataloaders_every_n_epochs", 1),
        ("accumulate_grad_batches", 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("where", ["argument", "module"])
def test_options_of_the_trainer(imported: str, option: tuple[str, Any], where: str) -> None:
    for kind in ("shuffle", "weighted, generator", "BatchSampler, shuffled"):
        make = functools.partial(KINDS[kind], *IMPORTS[imported], N)
        found = looped(lambda stage, trainer, make=make: make(), where, **dict([option]))
        theirs = expected(kind, where, option)
        for name in ("seen", "random state"):
            assert found[name] == theirs[name]


class TwiceAsLarge(fastsamplers.BatchSampler):
    """A batch sampler of a user, with arguments of its own."""

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool, times: int = 2) -> None:
        super().__init__(sampler, batch_size * times, drop_last)


@ONE_PROCESS
@of_imports
@of_places
@pytest.mark.parametrize("kind", ["in order", "shuffle", "weighted, generator", "BatchSampler"])
def test_writers_get_the_indices_of_each_batch(kind: str, imported: str, where: str) -> None:
    writer = Writer()
    found = looped(
        lambda stage, trainer: KINDS[kind](*IMPORTS[imported], N), where, callbacks=[writer]
    )
    assert writer.of_batches == found["predictions"] == found["seen"]["predict"][0]
    assert writer.of_epoch == [found["predictions"]]


def predicted_in_hook(make: Any) -> tuple[Any, Writer, list[Any]]:
    """The batch sampler that Lightning has made anew, what it captured, and the predictions."""

    class Module(Recorder):
        def predict_dataloader(self) -> Any:
            return make()

    writer = Writer()
    trainer = trainer_of(callbacks=[writer])
    predictions = trainer.predict(Module())
    return trainer.predict_dataloaders.batch_sampler, writer, predictions


@ONE_PROCESS
@pytest.mark.parametrize("loader", [TORCH.DataLoader, fastsamplers.DataLoader])
@pytest.mark.parametrize("output", ["list", "numpy", "torch"])
def test_batches_stay_arrays_where_they_were_made_in_a_hook(loader: Any, output: str) -> None:
    def make() -> Any:
        order = fastsamplers.SubsetRandomSampler(range(N), torch.Generator())
        return loader(
            Numbers(N), batch_sampler=fastsamplers.BatchSampler(order, BATCH, True, output=output)
        )

    captured, writer, predictions = predicted_in_hook(make)
    kinds = {"list": "builtins.list", "numpy": "numpy.ndarray", "torch": "torch.Tensor"}
    assert {kind_of(batch) for batch in captured.seen_batch_indices} == {kinds[output]}
    assert writer.of_batches == [plain(batch) for batch in predictions]


@LISTS
def test_batches_are_lists_where_they_were_not_made_in_a_hook() -> None:
    batches = fastsamplers.BatchSampler(range(N), BATCH, False, output="numpy")
    trainer = trainer_of()
    trainer.predict(Recorder(), TORCH.DataLoader(Numbers(N), batch_sampler=batches))
    captured = trainer.predict_dataloaders.batch_sampler.seen_batch_indices
    assert captured == [[*range(first, min(first + BATCH, N))] for first in range(0, N, BATCH)]
    assert {kind_of(batch) for batch in captured} == {"builtins.list"}


@ONE_PROCESS
@pytest.mark.parametrize("loader", [TORCH.DataLoader, fastsamplers.DataLoader])
def test_a_subclass_with_arguments_of_its_own(loader: Any) -> None:
    def make() -> Any:
        return loader(Numbers(N), batch_sampler=TwiceAsLarge(range(N), 2, True, times=3))

    captured, writer, _ = predicted_in_hook(make)
    assert type(captured._batch_sampler) is TwiceAsLarge
    # Lightning lets a prediction leave nothing out, over the loader's sampler.
    assert writer.of_batches == [[*range(first, min(first + 6, N))] for first in range(0, N, 6)]


@ONE_PROCESS
def test_the_global_generator_and_the_loaders_order_outside_of_lightning() -> None:
    """What is compared above is an order that the global generator decides."""
    seen = expected("shuffle", "argument")["seen"]
    torch.manual_seed(3)
    before = random_state()
    module, loader = IMPORTS["samplers and DataLoader"]
    assert batches_of(KINDS["shuffle"](module, loader, N)) == seen["fit"][0]
    assert random_state() != before
