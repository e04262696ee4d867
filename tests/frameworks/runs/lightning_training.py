"""A tiny module whose steps record the indices that reach it, and a Trainer without trimmings."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

import torch
import torch.utils.data

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.callbacks import BasePredictionWriter

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

Seen = list[list[int]]
QUIET: dict[str, Any] = {
    "accelerator": "cpu",
    "logger": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "num_sanity_val_steps": 0,
}


class Numbers(torch.utils.data.Dataset[Any]):
    """Each sample is its index; a sample that is asked for by a row of indices is that row."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: Any) -> Any:
        return index


def flattened(samples: list[Any]) -> torch.Tensor:
    """A batch of indices, or of packed rows of them."""
    rows = [sample if isinstance(sample, list) else [sample] for sample in samples]
    return torch.tensor([int(index) for row in rows for index in row], dtype=torch.int64)


class Recorder(LightningModule):
    """Keeps the batches of each epoch of each loop, and learns something from them."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(2, 1)
        self.seen: dict[str, list[Seen]] = {"fit": [], "validate": [], "test": [], "predict": []}
        self.in_batch: Callable[[int], None] | None = None

    def _record(self, loop: str, batch: torch.Tensor, begins: bool) -> torch.Tensor:
        indices = batch.reshape(-1)
        if begins:
            self.seen[loop].append([])
        self.seen[loop][-1].append(indices.tolist())
        features = torch.stack([torch.cos(indices.double()), torch.sin(indices.double())], dim=-1)
        return self.linear(features.float()).square().mean()

    def on_train_epoch_start(self) -> None:
        self.seen["fit"].append([])

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        if not self.seen["fit"]:  # resumed in the middle of an epoch
            self.seen["fit"].append([])
        return self._record("fit", batch, False)

    def validation_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        return self._record("validate", batch, batch_idx == 0)

    def test_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        return self._record("test", batch, batch_idx == 0)

    def predict_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        self._record("predict", batch, batch_idx == 0)
        return batch

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Writer(BasePredictionWriter):
    """Keeps the indices that Lightning has captured of each predicted batch."""

    def __init__(self) -> None:
        super().__init__("batch_and_epoch")
        self.of_batches: list[Any] = []
        self.of_epoch: list[Any] = []

    def write_on_batch_end(
        self, trainer: Any, module: Any, prediction: Any, batch_indices: Any, *rest: Any
    ) -> None:
        self.of_batches.append(plain(batch_indices))

    def write_on_epoch_end(
        self, trainer: Any, module: Any, predictions: Any, batch_indices: Any
    ) -> None:
        self.of_epoch = [[plain(batch) for batch in loader] for loader in batch_indices]


def plain(batch: Any) -> list[int]:
    """Indices of a batch, of whichever kind it is."""
    return [int(index) for index in batch]


def trainer_of(epochs: int = 2, **options: Any) -> Trainer:
    return Trainer(**{**QUIET, "max_epochs": epochs, "enable_checkpointing": False, **options})
