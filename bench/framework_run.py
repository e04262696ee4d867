"""One process of a loader inside a framework, up to its first batches; launched by torchrun.

``python -m bench.framework_run FRAMEWORK SIDE N FILE`` writes what rank r found to ``FILE.r``: the
seconds to the first batch, and the peak resident bytes. SIDE is torch, fastsamplers, or nothing,
which does all but read a batch.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed
import torch.utils.data
from torch import nn

import fastsamplers
from examples import memory

BATCH_SIZE = 256
BATCHES = 20


class Indices(torch.utils.data.Dataset[int]):
    """A dataset of n items that costs nothing: item i is i."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> int:
        return index


class Clock:
    """When reading began, and when the first batch had come."""

    began = first = 0.0

    def start(self) -> None:
        self.began = time.perf_counter()

    def batch(self) -> None:
        if not self.first:
            self.first = time.perf_counter()

    def seconds(self) -> float:
        return self.first - self.began


def _read(loader: Any, clock: Clock, is_read: bool) -> None:
    if not is_read:
        return
    clock.start()
    for number, _ in enumerate(loader):
        clock.batch()
        if number == BATCHES:
            return


def ddp(data: Indices, side: str, clock: Clock) -> None:
    """Plain DistributedSampler."""
    torch.distributed.init_process_group("gloo")
    samplers: Any = fastsamplers if side == "fastsamplers" else torch.utils.data
    order = samplers.DistributedSampler(data, seed=1)
    loader = torch.utils.data.DataLoader(data, BATCH_SIZE, sampler=order)
    _read(loader, clock, side != "nothing")
    torch.distributed.destroy_process_group()


def accelerate(data: Indices, side: str, clock: Clock) -> None:
    """Accelerate's seedable sampler."""
    from accelerate import Accelerator
    from accelerate.utils import DataLoaderConfiguration

    from fastsamplers.integrations.accelerate import adapt

    options = DataLoaderConfiguration(use_seedable_sampler=True)
    accelerator = Accelerator(cpu=True, dataloader_config=options)
    torch.manual_seed(1)
    loader = torch.utils.data.DataLoader(data, BATCH_SIZE, shuffle=True)
    loader = accelerator.prepare(loader)
    _read(adapt(loader) if side == "fastsamplers" else loader, clock, side != "nothing")
    accelerator.end_training()


def lightning(data: Indices, side: str, clock: Clock, weighted: bool = False) -> None:
    """Lightning's own sampler, or its wrapper around weights."""
    from lightning.pytorch import LightningModule, Trainer

    from fastsamplers.integrations.lightning import adapt

    class Module(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(1, 1)

        def training_step(self, batch: torch.Tensor, _: int) -> torch.Tensor:
            clock.batch()
            return self.layer(batch[:, None].float()).mean()  # type: ignore[no-any-return]

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), 0.0)

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.manual_seed(1)
    loader: torch.utils.data.DataLoader[int] = torch.utils.data.DataLoader(
        data, BATCH_SIZE, shuffle=True
    )
    if weighted:
        weights: Any = torch.linspace(1, 2, len(data), dtype=torch.float64)
        order = torch.utils.data.WeightedRandomSampler(weights, len(data))
        loader = torch.utils.data.DataLoader(data, BATCH_SIZE, sampler=order)
    options: dict[str, Any] = {"logger": False, "enable_checkpointing": False}
    options |= {"enable_progress_bar": False, "enable_model_summary": False}
    limit = 0 if side == "nothing" else BATCHES
    trainer = Trainer(
        accelerator="cpu", devices=2, strategy="ddp", max_epochs=1,
        limit_train_batches=limit, **options,
    )  # fmt: skip
    if side == "fastsamplers":
        loader = adapt(loader, trainer)
    clock.start()
    trainer.fit(Module(), loader)


def lightning_weighted(data: Indices, side: str, clock: Clock) -> None:
    """Lightning's wrapper around a WeightedRandomSampler."""
    lightning(data, side, clock, weighted=True)


def transformers(data: Indices, side: str, clock: Clock) -> None:
    """The Trainer's random order."""
    from transformers import Trainer, TrainingArguments

    from fastsamplers.integrations.transformers import TrainerMixin

    class FastTrainer(TrainerMixin, Trainer):
        pass

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(1, 1)

        def forward(self, index: torch.Tensor) -> dict[str, torch.Tensor]:
            clock.batch()
            return {"loss": self.layer(index[:, None].float()).mean()}

    options: dict[str, Any] = {"report_to": [], "save_strategy": "no", "disable_tqdm": True}
    options |= {"logging_strategy": "no", "remove_unused_columns": False, "use_cpu": True}
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, max_steps=BATCHES, per_device_train_batch_size=BATCH_SIZE,
            dataloader_pin_memory=False, **options,
        )  # fmt: skip
        trainer = (FastTrainer if side == "fastsamplers" else Trainer)(
            Model(), arguments, train_dataset=data,
            data_collator=lambda items: {"index": torch.tensor(items)},
        )  # fmt: skip
        if side != "nothing":
            clock.start()
            trainer.train()


RUNS: dict[str, Callable[[Indices, str, Clock], None]] = {
    "PyTorch DDP": ddp,
    "Accelerate": accelerate,
    "Lightning": lightning,
    "Lightning, weighted": lightning_weighted,
    "Transformers": transformers,
}


def main() -> None:
    framework, side, n, file = sys.argv[1:]
    warnings.simplefilter("ignore")
    clock = Clock()
    RUNS[framework](Indices(int(n)), side, clock)
    found = {"seconds": clock.seconds(), "peak": memory.peak()}
    Path(f"{file}.{os.environ['RANK']}").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
