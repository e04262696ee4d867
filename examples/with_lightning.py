"""Digits with Lightning: the same batches from fast samplers, in one process or in several.

    python -m examples.with_lightning
    torchrun --nproc-per-node 2 -m examples.with_lightning --devices 2

The one line that is added to a script is ``adapt``, before ``fit``.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import torch
import torch.utils.data
from lightning.pytorch import LightningModule, Trainer
from rich.console import Console
from torch import Tensor, nn

from fastsamplers.integrations.lightning import adapt

from .comparison import Run, RunsDifferError, require_equal, show_result
from .digits import BATCH_SIZE, MOST_IMAGES, Digits, make_model


class Reader(LightningModule):
    """Reads digits, and keeps what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.model = make_model()
        self.run = Run()

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _: int) -> Tensor:
        indices, images, labels = batch
        loss = nn.functional.cross_entropy(self.model(images), labels)
        self.run.record(indices, loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.model.parameters(), lr=1e-2)


def train(fast: bool, *, epochs: int, limit: int, devices: int, seed: int = 0) -> Run:
    """What this process has seen, with Lightning's own samplers or with ours."""
    torch.manual_seed(seed)
    data, held_out = Digits(slice(limit)), Digits(slice(MOST_IMAGES, None))
    reader = Reader()
    options: dict[str, Any] = {"logger": False, "enable_checkpointing": False}
    options |= {"enable_progress_bar": False, "enable_model_summary": False}
    strategy = "ddp" if devices > 1 else "auto"
    trainer = Trainer(
        accelerator="cpu", devices=devices, strategy=strategy, max_epochs=epochs, **options
    )
    loader = torch.utils.data.DataLoader(data, BATCH_SIZE, shuffle=True)
    if fast:
        loader = adapt(loader, trainer)
    trainer.fit(reader, loader)
    reader.model.eval()
    with torch.no_grad():
        guesses = reader.model(held_out.images).argmax(1)
    return reader.run.finish((guesses == held_out.labels).double().mean().item())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Digits with Lightning, and our samplers in it.")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=MOST_IMAGES, help="images to train on")
    parser.add_argument("--devices", type=int, default=1, help="processes, as torchrun has begun")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # sums in one order: losses can be compared to the last bit
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", ".*does not have many workers")
    theirs, ours = (train(fast, **vars(options)) for fast in (False, True))
    try:
        require_equal(theirs, ours)
    except RunsDifferError as error:
        print(error, file=sys.stderr)
        return 1
    seen = sum(map(len, ours.batches))
    show_result(
        Console(),
        "identical",
        f"{len(ours.batches)} batches, {seen} images, accuracy {100 * ours.accuracy:.2f} %",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
