"""Trainings that go on from a checkpoint of Lightning, in the middle of an epoch or after it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import ModelCheckpoint

from tests.frameworks.runs.lightning_training import Recorder, Seen, trainer_of

EPOCHS = 4
# The checkpoint is taken after so many batches of epoch 1.
GIVEN = 2


def trained(loader: Any, **options: Any) -> list[Seen]:
    """All epochs of a training that nothing interrupts."""
    module = Recorder()
    trainer_of(EPOCHS, **options).fit(module, loader)
    return module.seen["fit"]


def saving(folder: str | Path, **when: Any) -> dict[str, Any]:
    """Options of a Trainer that keeps every checkpoint, in files named by their step."""
    checkpoint = ModelCheckpoint(folder, filename="{step}", save_top_k=-1, **when)
    return {"callbacks": [checkpoint], "enable_checkpointing": True}


def gone_on(
    make: Callable[[Any], Any], folder: str | Path, given: int, epoch: int = 1, **options: Any
) -> dict[str, Any]:
    """What a whole training sees, and what one sees that goes on from a checkpoint of it.

    ``make`` gets a trainer and makes a loader; each training has samplers and loaders of its own.
    The checkpoint is taken after ``given`` batches of ``epoch``, or at its end where that is 0.
    The global generator is elsewhere when training goes on.
    """
    torch.manual_seed(3)
    whole = trained(make(trainer_of(1, **options)), **options)
    step = len(whole[0]) * epoch + (given or len(whole[epoch]))
    when: dict[str, Any] = {"every_n_train_steps": step}
    if not given:
        when = {"every_n_epochs": epoch + 1, "save_on_train_epoch_end": True}
    torch.manual_seed(3)
    saved = trained(make(trainer_of(1, **options)), **options, **saving(folder, **when))
    torch.manual_seed(99)
    torch.rand(7)
    module = Recorder()
    trainer = trainer_of(EPOCHS, **options)
    loader = make(trainer)
    file = Path(folder, f"step={step}.ckpt")
    trainer.fit(module, loader, ckpt_path=file, weights_only=False)
    return {"whole": whole, "saved": saved, "rest": module.seen["fit"]}
