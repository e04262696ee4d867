"""Lightning goes on from a checkpoint in the middle of an epoch, with torch's loader and ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("lightning")

import fastsamplers
from fastsamplers import DataLoader
from fastsamplers.integrations.lightning import adapt
from tests.frameworks.runs.lightning_loaders import (
    BATCH,
    IMPORTS,
    KINDS,
    PLANNED,
    TORCH,
    batches_of,
    by_length,
)
from tests.frameworks.runs.lightning_resume import EPOCHS, gone_on, saving
from tests.frameworks.runs.lightning_rows import ADAPTED, AFTER_THE_LAST, RESUMED, WITHOUT_STATE
from tests.frameworks.runs.lightning_training import Numbers, Recorder, trainer_of

N = 23


def distributed(loader: Any, **options: Any) -> Any:
    sampler = fastsamplers.DistributedSampler(range(N), 1, 0, seed=5)
    return loader(Numbers(N), batch_size=BATCH, sampler=sampler, **options)


def foreign(loader: Any) -> Any:
    """Samplers of torch in our loader, which draws their indices again."""
    sampler = TORCH.SubsetRandomSampler(range(N), torch.Generator().manual_seed(2))
    return loader(Numbers(N), batch_size=BATCH, sampler=sampler)


def arrays(loader: Any) -> Any:
    order = fastsamplers.RandomSampler(range(N))
    batches = fastsamplers.BatchSampler(order, BATCH, False, output="numpy")
    return loader(Numbers(N), batch_sampler=batches)


# Each takes a loader class.
LOADERS: dict[str, Callable[[Any], Any]] = {
    **{
        kind: lambda loader, kind=kind: KINDS[kind](IMPORTS["samplers"][0], loader, N)
        for kind in KINDS
    },
    **{kind: lambda loader, kind=kind: by_length(PLANNED[kind](), loader) for kind in PLANNED},
    "DistributedSampler": distributed,
    "torch's sampler": foreign,
    "arrays": arrays,
}


def rest_of(found: dict[str, Any], given: int, epoch: int = 1) -> list[Any]:
    whole = found["whole"]
    return [whole[epoch][given:], *whole[epoch + 1 :]]


@RESUMED
@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize("given", [1, 3])
def test_rest_of_the_epoch_and_the_next_epochs(name: str, given: int, tmp_path: Path) -> None:
    if len(LOADERS[name](DataLoader)) <= given:
        given = 2
    found = gone_on(lambda trainer: LOADERS[name](DataLoader), tmp_path, given)
    assert found["saved"] == found["whole"]
    assert found["rest"] == rest_of(found, given)


@RESUMED
@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("name", ["shuffle", "DistributedSampler", "MaxTokensBatchSampler"])
def test_other_epochs(name: str, epoch: int, tmp_path: Path) -> None:
    found = gone_on(lambda trainer: LOADERS[name](DataLoader), tmp_path, 2, epoch)
    assert found["rest"] == rest_of(found, 2, epoch)


@RESUMED
def test_workers_have_fetched_more_than_was_trained(tmp_path: Path) -> None:
    found = gone_on(lambda trainer: distributed(DataLoader, num_workers=2), tmp_path, 2)
    assert found["rest"] == rest_of(found, 2)


@RESUMED
def test_validation_in_the_middle_of_an_epoch(tmp_path: Path) -> None:
    """A validation draws from the same generator; the checkpoint is taken in a later one."""

    def fitted(**options: Any) -> tuple[Any, Any]:
        loader = KINDS["shuffle"](fastsamplers, DataLoader, N)
        module = Recorder()
        trainer = trainer_of(3, val_check_interval=2, **options)
        validated = KINDS["RandomSampler"](fastsamplers, DataLoader, N)
        return module, lambda **file: trainer.fit(module, loader, validated, **file)

    torch.manual_seed(3)
    module, fit = fitted(**saving(tmp_path, every_n_train_steps=9))
    fit()
    whole = module.seen["fit"]
    torch.manual_seed(99)
    module, fit = fitted()
    fit(ckpt_path=tmp_path / "step=9.ckpt", weights_only=False)
    assert module.seen["fit"] == [whole[1][3:], *whole[2:]]


@RESUMED
def test_a_checkpoint_saved_by_the_user_in_a_step(tmp_path: Path) -> None:
    """`trainer.save_checkpoint` in a step, whose batch counts as given."""

    class Saving(Recorder):
        def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
            loss = super().training_step(batch, batch_idx)
            if self.trainer.current_epoch == 1 and batch_idx == 2:
                self.trainer.save_checkpoint(tmp_path / "saved.ckpt")
            return loss

    torch.manual_seed(3)
    module = Saving()
    trainer_of(3).fit(module, LOADERS["shuffle"](DataLoader))
    whole = module.seen["fit"]
    state = torch.load(tmp_path / "saved.ckpt", weights_only=False)["loops"]["fit_loop"]
    loader = LOADERS["shuffle"](DataLoader)
    loader.load_state_dict(state["state_dict"]["combined_loader"][0])
    assert [batches_of(loader), batches_of(loader)] == [whole[1][3:], whole[2]]


@ADAPTED
@pytest.mark.parametrize("name", ["shuffle", "weighted, generator", "BatchSampler, shuffled"])
def test_adapted_loader(name: str, tmp_path: Path) -> None:
    def make(trainer: Any) -> Any:
        return adapt(KINDS[name](TORCH, DataLoader, N), trainer)

    found = gone_on(make, tmp_path, 2)
    assert found["rest"] == rest_of(found, 2)


@WITHOUT_STATE
@pytest.mark.parametrize("sampler", ["torch's", "ours"])
def test_without_a_state_batches_come_twice_and_others_never(sampler: str, tmp_path: Path) -> None:
    module = TORCH if sampler == "torch's" else fastsamplers

    def make(trainer: Any) -> Any:
        order = module.DistributedSampler(range(N), 1, 0, seed=5)
        return TORCH.DataLoader(Numbers(N), batch_size=BATCH, sampler=order)

    with pytest.warns(UserWarning, match="your dataloader is not resumable"):
        found = gone_on(make, tmp_path, 2)
    whole = found["whole"]
    # The first batches of the order again, as many as are missing from the epoch.
    assert found["rest"] == [whole[1][:-2], *whole[2:]]


def loader_classes() -> list[Any]:
    stateful = pytest.importorskip("torchdata.stateful_dataloader").StatefulDataLoader
    return [DataLoader, stateful]


@AFTER_THE_LAST
@pytest.mark.parametrize("which", [0, 1], ids=["ours", "torchdata's"])
def test_checkpoint_after_the_last_batch_skips_an_epoch(which: int, tmp_path: Path) -> None:
    loader = loader_classes()[which]
    batches = len(distributed(loader))
    found = gone_on(lambda trainer: distributed(loader), tmp_path, batches)
    assert found["rest"] == found["whole"][3:] != found["whole"][2:]
    assert len(found["whole"]) == EPOCHS
    # torch's loader, which has no state, goes on with the next epoch.
    theirs = gone_on(lambda trainer: distributed(TORCH.DataLoader), tmp_path / "theirs", batches)
    assert theirs["rest"] == theirs["whole"][2:]
