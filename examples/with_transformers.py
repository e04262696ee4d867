"""Text with the Trainer of Hugging Face, in batches of snippets of like length.

    python -m examples.with_transformers

Trains a small transformer on the source of Python's standard library twice: with the Trainer as it
is, and with ``TrainerMixin`` and a ``BucketBatchSampler``. What is shown is what the model saw.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from rich import box
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from transformers import Trainer, TrainingArguments

from fastsamplers import BucketBatchSampler
from fastsamplers.integrations.transformers import TrainerMixin

from .reader import Reader
from .snippets import NO_TARGET, Batch, Row, Snippets, collate, read

BATCH_SIZE = 16


class Model(nn.Module):
    """A ``Reader`` with the inputs and outputs that the Trainer expects; it counts tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.reader = Reader()
        self.steps: list[list[int]] = []
        self.tokens = self.padded = 0

    def forward(self, indices: Tensor, inputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        self.steps.append(indices.tolist())
        self.tokens += int((targets != NO_TARGET).sum())
        self.padded += targets.numel()
        batch = Batch(indices.tolist(), inputs, targets, None)
        return {"loss": self.reader.token_losses(batch).mean()}


class FastTrainer(TrainerMixin, Trainer):
    """The Trainer, with fast samplers."""


def collated(rows: list[Row]) -> dict[str, Tensor]:
    batch = collate(rows)
    return {
        "indices": torch.tensor(batch.indices),
        "inputs": batch.inputs,
        "targets": batch.targets,
    }


def train(data: Snippets, by_length: bool, epochs: int, seed: int = 0) -> Model:
    """The trained model."""
    torch.manual_seed(seed)
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {"report_to": [], "save_strategy": "no", "disable_tqdm": True}
        options |= {"logging_strategy": "no", "remove_unused_columns": False, "use_cpu": True}
        arguments = TrainingArguments(
            folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=BATCH_SIZE,
            dataloader_pin_memory=False,
            learning_rate=3e-3,
            seed=seed,
            **options,
        )
        trainer = (FastTrainer if by_length else Trainer)(
            model, arguments, data_collator=collated, train_dataset=data
        )
        if by_length:
            trainer.train_batch_sampler = BucketBatchSampler(data.lengths, BATCH_SIZE, seed=seed)
        trainer.train()
    return model


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Text with the Trainer, in batches by length.")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--snippets", type=int, default=800)
    options = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", category=UserWarning)
    data, _ = read(options.snippets)
    table = Table(box=box.SIMPLE)
    for heading in ("batches", "steps", "tokens", "with padding", "padding"):
        table.add_column(heading, justify="left" if heading == "batches" else "right")
    for name, by_length in (("Trainer", False), ("by length", True)):
        model = train(data, by_length, options.epochs)
        seen = sorted(index for step in model.steps for index in step)
        if seen != sorted([*range(len(data))] * options.epochs):
            print(f"{name}: not each snippet was seen once an epoch", file=sys.stderr)
            return 1
        numbers = len(model.steps), model.tokens, model.padded
        waste = 100 * (1 - model.tokens / model.padded)
        table.add_row(name, *(f"{number:,}" for number in numbers), f"{waste:.1f} %")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
